//! What identifies somebody in a DICOM file of another writer: a walk over its elements, without a library.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

/// Words that stand in headers and are ours too.
const OURS: [&str; 15] = [
    "spine", "cord", "none", "original", "unknown", "image", "dicom", "series", "axial", "sagittal",
    "segment", "label", "mask", "brain",
    // a time of day in one file and the number of a series in another
    "123456",
];

/// A DICOM file of another writer.
pub(crate) struct ForeignFile {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    /// Its identifying texts that nobody else writes.
    pub(crate) texts: Vec<String>,
}

impl ForeignFile {
    /// Panics where an output shows one of the texts. One of digits alone counts only as a whole number, since any
    /// number has digits.
    pub(crate) fn assert_hidden(&self, output: &str, what: &str) {
        let numbers: HashSet<&str> = output.split(|c: char| !is_of_number(c)).collect();
        for text in &self.texts {
            let shows = if text.chars().all(is_of_number) {
                text.len() > 5 && numbers.contains(&**text)
            } else {
                output.contains(text)
            };
            assert!(!shows, "{} {what}: {text} shows: {output}", self.name);
        }
    }
}

fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || c == '.'
}

/// All DICOM files below a folder. A text does not count if it is a word of ours or one of `also`, or stands in
/// `usual`, the output of a study without such files.
///
/// # Panics
/// Where there are too few.
pub(crate) fn foreign_files(folder: &Path, usual: &str, also: &[&str]) -> Vec<ForeignFile> {
    let (mut files, mut n_texts) = (Vec::new(), 0);
    for path in files_below(folder) {
        let bytes = fs::read(&path).unwrap();
        let is_named_so = path.extension().is_some_and(|ending| ending == "dcm");
        if bytes.get(128..132) != Some(b"DICM") && !is_named_so {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_foreign = |text: &String| {
            let word = text.to_lowercase();
            let is_ours = OURS.contains(&&*word) || also.contains(&&*word) || usual.contains(&**text);
            !(is_ours || text.starts_with("1.2.840.10008.") || name.contains(&**text))
        };
        let mut texts: Vec<String> = identifying(&bytes).into_iter().filter(is_foreign).collect();
        n_texts += texts.len();
        texts.sort_unstable();
        texts.dedup();
        files.push(ForeignFile { path, name, texts });
    }
    println!("{n_texts} texts of {} files", files.len());
    assert!(
        files.len() > 50 && n_texts > 1000,
        "HEMASTAGE_DATA is set but holds {n_texts} texts in {} DICOM files",
        files.len()
    );
    files
}

/// A file, or the files in a folder and all below it, in the order of their names.
pub(crate) fn files_below(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let mut inside: Vec<PathBuf> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    inside.sort();
    inside.iter().flat_map(|path| files_below(path)).collect()
}

/// A little-endian data set's identifying and free texts, of four characters and more.
///
/// Sequences are walked through as if they were flat, so that their lengths need not be understood.
pub(crate) fn identifying(file: &[u8]) -> Vec<String> {
    let has_preamble = file.get(128..132) == Some(b"DICM");
    let mut walk = Walk { file, at: if has_preamble { 132 } else { 0 }, explicit: true, texts: Vec::new() };
    let mut meta = true;
    while let Some((group, element)) = walk.tag() {
        if meta && group != 2 {
            meta = false;
            // letters where the value representation stands, or implicit
            walk.explicit = walk.bytes(0, 2).is_some_and(|vr| vr.iter().all(u8::is_ascii_uppercase));
        }
        if walk.element(group, element).is_none() {
            break;
        }
    }
    walk.texts
}

struct Walk<'a> {
    file: &'a [u8],
    at: usize,
    explicit: bool,
    texts: Vec<String>,
}

impl Walk<'_> {
    fn bytes(&self, from: usize, length: usize) -> Option<&[u8]> {
        self.file.get(self.at + from..)?.get(..length)
    }

    fn u16(&self, from: usize) -> Option<u16> {
        self.bytes(from, 2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    fn u32(&self, from: usize) -> Option<u32> {
        Some(u32::from(self.u16(from)?) | u32::from(self.u16(from + 2)?) << 16)
    }

    fn tag(&mut self) -> Option<(u16, u16)> {
        let tag = (self.u16(0)?, self.u16(2)?);
        self.at += 4;
        Some(tag)
    }

    /// Reads one element; `None` at the pixels, or where the file makes no sense.
    fn element(&mut self, group: u16, element: u16) -> Option<()> {
        if group == 0xFFFE {
            self.at += 4;
            return Some(());
        }
        let (vr, length) = if self.explicit {
            let vr = [self.bytes(0, 1)?[0], self.bytes(1, 1)?[0]];
            let long =
                matches!(&vr, b"OB" | b"OW" | b"OF" | b"OD" | b"OL" | b"SQ" | b"UC" | b"UN" | b"UR" | b"UT");
            let length = if long { self.u32(4)? } else { u32::from(self.u16(2)?) };
            self.at += if long { 8 } else { 4 };
            (Some(vr), length)
        } else {
            let length = self.u32(0)?;
            self.at += 4;
            (None, length)
        };
        if group == 0x7FE0 {
            return None;
        }
        if length == u32::MAX || vr.as_ref() == Some(b"SQ") {
            return Some(());
        }
        let value = self.bytes(0, length as usize)?.to_vec();
        self.at += value.len();
        if let (true, Ok(text)) = (is_identifying(vr, group, element), String::from_utf8(value)) {
            let values = text.split(['\\', '^']).map(|part| part.trim_matches(['\0', ' ']).to_owned());
            self.texts.extend(values.filter(|value| value.chars().count() >= 4));
        }
        Some(())
    }
}

/// Elements that identify somebody or are free text, by group. In an explicit file the types add more.
const IDENTIFYING: [(u16, &[u16]); 10] = [
    (
        0x0008,
        &[0x0014, 0x0018, 0x0020, 0x0021, 0x0022, 0x0023, 0x002A, 0x0030, 0x0031, 0x0032, 0x0033, 0x0050],
    ),
    (
        0x0008,
        &[0x0080, 0x0081, 0x0090, 0x1010, 0x1030, 0x103E, 0x1040, 0x1050, 0x1060, 0x1070, 0x1155, 0x2111],
    ),
    (0x0010, &[0x0010, 0x0020, 0x0030, 0x1000, 0x1001, 0x1040, 0x21B0, 0x4000]),
    (0x0018, &[0x1000, 0x1020, 0x1030]),
    (0x0020, &[0x000D, 0x000E, 0x0010, 0x0052, 0x4000]),
    (0x0032, &[0x1032, 0x1060]),
    (0x0040, &[0x0253, 0x0254, 0x1001]),
    (0x0062, &[0x0005, 0x0006]),
    (0x3006, &[0x0002, 0x0004, 0x0026]),
    (0x0012, &[0x0010, 0x0040]),
];

const IDENTIFYING_TYPES: [&[u8; 2]; 13] =
    [b"PN", b"LO", b"SH", b"LT", b"ST", b"UT", b"UC", b"AE", b"DA", b"TM", b"DT", b"UI", b"AS"];

/// Whether an element identifies somebody or is free text.
fn is_identifying(vr: Option<[u8; 2]>, group: u16, element: u16) -> bool {
    let by_tag = IDENTIFYING.iter().any(|(of, elements)| *of == group && elements.contains(&element));
    by_tag || vr.is_some_and(|vr| IDENTIFYING_TYPES.contains(&&vr))
}
