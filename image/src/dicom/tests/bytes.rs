//! Writes DICOM byte by byte, right or wrong.

use std::io::Write as _;

use dicom_core::{Tag, VR};
use flate2::{Compression, write::DeflateEncoder};
use tempfile::TempDir;

use super::super::DicomFile;
use crate::{error::Result, limits::Limits};

pub(super) const IMPLICIT: &str = "1.2.840.10008.1.2";
pub(super) const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub(super) const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
pub(super) const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
pub(super) const RLE: &str = "1.2.840.10008.1.2.5";

pub(super) const UNDEFINED: u32 = u32::MAX;

/// A private name in many values: no message may repeat it.
pub(super) const SECRET: &str = "SECRET^NAME";

/// VRs whose length has 16 bits.
pub(super) const SHORT: [VR; 21] = [
    VR::AE,
    VR::AS,
    VR::AT,
    VR::CS,
    VR::DA,
    VR::DS,
    VR::DT,
    VR::FD,
    VR::FL,
    VR::IS,
    VR::LO,
    VR::LT,
    VR::PN,
    VR::SH,
    VR::SL,
    VR::SS,
    VR::ST,
    VR::TM,
    VR::UI,
    VR::UL,
    VR::US,
];

pub(super) const LONG: [VR; 13] =
    [VR::OB, VR::OD, VR::OF, VR::OL, VR::OV, VR::OW, VR::SQ, VR::SV, VR::UC, VR::UN, VR::UR, VR::UT, VR::UV];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Written {
    Implicit,
    Explicit,
    BigEndian,
}

impl Written {
    pub(super) fn uid(self) -> &'static str {
        match self {
            Self::Implicit => IMPLICIT,
            Self::Explicit => EXPLICIT,
            Self::BigEndian => BIG_ENDIAN,
        }
    }

    pub(super) fn short(self, value: u16) -> [u8; 2] {
        if self == Self::BigEndian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    pub(super) fn long(self, value: u32) -> [u8; 4] {
        if self == Self::BigEndian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    /// The header of an element; a length too large for its VR becomes the largest even one.
    pub(super) fn header(self, tag: Tag, vr: VR, length: u32) -> Vec<u8> {
        let mut bytes = [self.short(tag.group()), self.short(tag.element())].concat();
        if self == Self::Implicit {
            bytes.extend(self.long(length));
        } else if SHORT.contains(&vr) {
            bytes.extend(vr.to_bytes());
            bytes.extend(self.short(u16::try_from(length).unwrap_or(0xfffe)));
        } else {
            bytes.extend(vr.to_bytes());
            bytes.extend([0, 0]);
            bytes.extend(self.long(length));
        }
        bytes
    }

    pub(super) fn element(self, tag: Tag, vr: VR, value: &[u8]) -> Vec<u8> {
        [self.header(tag, vr, value.len() as u32), value.to_vec()].concat()
    }

    pub(super) fn text(self, tag: Tag, vr: VR, value: &str) -> Vec<u8> {
        let pad = if value.len() % 2 == 1 { " " } else { "" };
        self.element(tag, vr, format!("{value}{pad}").as_bytes())
    }

    pub(super) fn number(self, tag: Tag, value: u16) -> Vec<u8> {
        self.element(tag, VR::US, &self.short(value))
    }

    /// The header of an item, or a delimiter of element number e00d (item) or e0dd (sequence).
    pub(super) fn item(self, element: u16, length: u32) -> Vec<u8> {
        [self.short(0xfffe).to_vec(), self.short(element).to_vec(), self.long(length).to_vec()].concat()
    }

    /// A sequence of one item, with lengths or with delimiters.
    pub(super) fn sequence(self, tag: Tag, inside: &[u8], delimited: bool) -> Vec<u8> {
        let inside = if delimited {
            let end = [self.item(0xe00d, 0), self.item(0xe0dd, 0)].concat();
            [self.item(0xe000, UNDEFINED), inside.to_vec(), end].concat()
        } else {
            [self.item(0xe000, inside.len() as u32), inside.to_vec()].concat()
        };
        let length = if delimited { UNDEFINED } else { inside.len() as u32 };
        [self.header(tag, VR::SQ, length), inside].concat()
    }
}

/// Preamble and file meta information.
pub(super) fn meta(uid: &str) -> Vec<u8> {
    let w = Written::Explicit;
    let mut uid = uid.as_bytes().to_vec();
    if uid.len() % 2 == 1 {
        uid.push(0);
    }
    let group = [
        w.element(Tag(2, 1), VR::OB, &[0, 1]),
        w.element(Tag(2, 2), VR::UI, b"1.2.840.10008.5.1.4.1.1.4\0"),
        w.element(Tag(2, 0x10), VR::UI, &uid),
        w.text(Tag(2, 0x13), VR::SH, SECRET),
    ]
    .concat();
    let length = w.element(Tag(2, 0), VR::UL, &(group.len() as u32).to_le_bytes());
    [vec![0; 128], b"DICM".to_vec(), length, group].concat()
}

pub(super) fn file(uid: &str, data_set: &[u8]) -> Vec<u8> {
    [meta(uid), if uid == DEFLATED { deflate(data_set) } else { data_set.to_vec() }].concat()
}

pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A file on disk as long as it is looked at.
pub(super) struct Stored(TempDir);

impl Stored {
    pub(super) fn new(bytes: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("a.dcm"), bytes).unwrap();
        Self(folder)
    }

    pub(super) fn path(&self) -> std::path::PathBuf {
        self.0.path().join("a.dcm")
    }

    pub(super) fn open(&self) -> Result<DicomFile> {
        DicomFile::open(&self.path(), Limits::default())
    }
}

/// The text of the error that opening these bytes gives.
pub(super) fn error(bytes: &[u8]) -> String {
    Stored::new(bytes).open().unwrap_err().to_string()
}

/// A small image with text, numbers, sequences of both kinds and private elements.
pub(super) fn image(w: Written) -> Vec<u8> {
    use dicom_dictionary_std::tags;
    let code =
        [w.text(tags::CODE_VALUE, VR::SH, "T-D1213"), w.text(tags::CODE_MEANING, VR::LO, SECRET)].concat();
    [
        w.text(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 100"),
        w.text(tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY\\M"),
        w.sequence(tags::PROCEDURE_CODE_SEQUENCE, &code, true),
        w.sequence(tags::ANATOMIC_REGION_SEQUENCE, &w.sequence(Tag(8, 0x2220), &code, false), false),
        w.text(Tag(9, 0x10), VR::LO, "MAKER"),
        w.text(Tag(9, 0x1001), VR::UN, SECRET),
        w.text(tags::PATIENT_NAME, VR::PN, SECRET),
        w.text(tags::SLICE_THICKNESS, VR::DS, "4.5"),
        w.text(tags::IMAGE_POSITION_PATIENT, VR::DS, "-1.5\\2.25\\1e1"),
        w.text(tags::INSTANCE_NUMBER, VR::IS, "7"),
        w.number(tags::SAMPLES_PER_PIXEL, 1),
        w.number(tags::ROWS, 4),
        w.number(tags::COLUMNS, 6),
        w.number(tags::BITS_ALLOCATED, 16),
        w.number(tags::PIXEL_REPRESENTATION, 1),
        w.number(tags::PIXEL_PADDING_VALUE, 63536),
    ]
    .concat()
}

/// The same image with its pixels, 48 bytes that count up.
pub(super) fn with_pixels(w: Written) -> Vec<u8> {
    let pixels: Vec<u8> = (0..48).collect();
    [image(w), w.element(dicom_dictionary_std::tags::PIXEL_DATA, VR::OW, &pixels)].concat()
}

/// The same image with two fragments after an offset table.
pub(super) fn with_fragments() -> Vec<u8> {
    let w = Written::Explicit;
    [
        image(w),
        w.header(dicom_dictionary_std::tags::PIXEL_DATA, VR::OB, UNDEFINED),
        w.item(0xe000, 8),
        vec![0, 0, 0, 0, 12, 0, 0, 0],
        w.item(0xe000, 4),
        vec![1, 2, 3, 4],
        w.item(0xe000, 6),
        vec![5, 6, 7, 8, 9, 10],
        w.item(0xe0dd, 0),
    ]
    .concat()
}
