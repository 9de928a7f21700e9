//! Where the data set of a file starts and how it is encoded: preamble and file meta information.

use std::{
    fs::File,
    io::{self, BufReader, Read as _, Seek as _},
    path::Path,
};

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use flate2::read::GzDecoder;

use super::{
    error::DicomError,
    source::CHUNK,
    stated::{self, WINDOW, has_long_length},
    transfer_syntax::TransferSyntax,
};
use crate::{
    error::Result,
    file::open_regular,
    foreign::{self, Foreign},
};

/// Bytes of the preamble and its magic.
const PREAMBLE: usize = 132;

const MAGIC: &[u8] = b"DICM";

/// Maximum length of a UID.
const MAX_UID: usize = 64;

/// Maximum length of the first element of a data set without a file header.
const MAX_FIRST: u32 = 1024;

pub(super) struct Start {
    /// The first byte of the data set, compressed or not.
    pub(super) at: u64,
    /// The syntax of the header; of a file without one, that of its first element.
    pub(super) stated: TransferSyntax,
    /// The syntax that the data set is written in.
    pub(super) actual: TransferSyntax,
}

/// Opens a regular file; returns its length too.
pub(super) fn open(path: &Path) -> Result<(BufReader<File>, u64), DicomError> {
    let (file, length) = open_regular(path).map_err(DicomError::Open)?.ok_or(DicomError::NotAFile)?;
    Ok((BufReader::with_capacity(CHUNK, file), length))
}

/// Whether a file looks like DICOM, as `DicomFile::is_dicom`.
pub(super) fn is_dicom(path: &Path) -> io::Result<bool> {
    let Some((file, _)) = open_regular(path)? else { return Ok(false) };
    let mut lead = Vec::with_capacity(PREAMBLE);
    file.take(PREAMBLE as u64).read_to_end(&mut lead)?;
    Ok(after_magic(&lead).is_some() || is_group_two(&lead) || starts_plausibly(&lead))
}

/// A DICOM file that is packed with gzip, by what it is.
pub(super) fn gzipped(path: &Path) -> io::Result<Option<Foreign>> {
    let Some((mut file, _)) = open_regular(path)? else { return Ok(None) };
    let mut lead = Vec::with_capacity(PREAMBLE);
    file.by_ref().take(GZIP.len() as u64).read_to_end(&mut lead)?;
    if lead != GZIP {
        return Ok(None);
    }
    file.rewind()?;
    lead.clear();
    GzDecoder::new(BufReader::with_capacity(CHUNK, file)).take(PREAMBLE as u64).read_to_end(&mut lead)?;
    Ok(foreign::named(&lead, true).filter(|_| after_magic(&lead) == Some(PREAMBLE as u64)))
}

/// An archive, by what it is.
pub(super) fn archive(path: &Path) -> io::Result<Option<Foreign>> {
    let Some((file, _)) = open_regular(path)? else { return Ok(None) };
    let mut lead = Vec::with_capacity(ZIP.len());
    file.take(ZIP.len() as u64).read_to_end(&mut lead)?;
    Ok(foreign::named(&lead, false).filter(|_| lead == ZIP))
}

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZIP: &[u8] = b"PK\x03\x04";

/// Reads the preamble and file meta information, up to the start of the data set.
///
/// The transfer syntax of a file that does not state it is taken from its first element: explicit when this has the
/// letters of a VR, else implicit.
pub(super) fn find(reader: &mut BufReader<File>, length: u64) -> Result<Start> {
    let mut lead = [0; PREAMBLE];
    let filled = peek(reader, &mut lead)?;
    let magic = after_magic(&lead[..filled]);
    let mut at = magic.unwrap_or(0);
    let mut meta = Meta::default();
    skip(reader, at)?;
    let mut next = [0; 8];
    loop {
        let filled = peek(reader, &mut next)?;
        if !is_group_two(&next[..filled]) {
            break;
        }
        at = meta.element(reader, at, length)?;
    }
    let filled = peek(reader, &mut next)?;
    if magic.is_none() && at == 0 && !starts_plausibly(&next[..filled]) {
        return Err(DicomError::NotDicom.into());
    }
    if meta.is_directory {
        return Err(DicomError::Directory.into());
    }
    let Some(uid) = &meta.syntax else {
        let syntax = guess(&next[..filled]);
        return Ok(Start { at, stated: syntax, actual: syntax });
    };
    let stated = TransferSyntax::of_uid(uid)?;
    let mut first = vec![0; WINDOW];
    let filled = peek(reader, &mut first)?;
    let actual = stated::actual(stated, &first[..filled], length.saturating_sub(at))?;
    Ok(Start { at, stated, actual })
}

/// The file meta information.
#[derive(Default)]
struct Meta {
    syntax: Option<String>,
    is_directory: bool,
}

impl Meta {
    /// Reads one element of group 0002; returns where the next one starts.
    fn element(&mut self, reader: &mut BufReader<File>, at: u64, end: u64) -> Result<u64, DicomError> {
        let (element, lead, claimed) = header(reader, at)?;
        let start = at + lead;
        let claimed = u64::from(claimed);
        let left = end.saturating_sub(start);
        if claimed > left {
            return Err(DicomError::TooLong { at, claimed, left });
        }
        if element == tags::MEDIA_STORAGE_SOP_CLASS_UID.element() && claimed <= MAX_UID as u64 {
            self.is_directory = uid(reader, claimed, at)? == uids::MEDIA_STORAGE_DIRECTORY_STORAGE;
        } else if element == tags::TRANSFER_SYNTAX_UID.element() {
            self.syntax = Some(uid(reader, claimed, at)?).filter(|uid| !uid.is_empty());
        } else {
            skip(reader, claimed)?;
        }
        Ok(start + claimed)
    }
}

/// A UID, which is ASCII; anything else compares unequal to those of the standard.
fn uid(reader: &mut BufReader<File>, length: u64, at: u64) -> Result<String, DicomError> {
    let mut bytes = [0; MAX_UID];
    let bytes = bytes.get_mut(..length as usize).ok_or(DicomError::Damaged { at })?;
    reader.read_exact(bytes).map_err(|error| DicomError::from_read(error, at))?;
    Ok(String::from_utf8_lossy(bytes).trim_matches(['\0', ' ']).to_owned())
}

/// The element number, header length and value length of an element of group 0002. It is explicit VR little endian, but
/// some writers omit the VR.
fn header(reader: &mut BufReader<File>, at: u64) -> Result<(u16, u64, u32), DicomError> {
    let mut read =
        |bytes: &mut [u8]| reader.read_exact(bytes).map_err(|error| DicomError::from_read(error, at));
    let mut lead = [0; 8];
    read(&mut lead)?;
    let element = u16::from_le_bytes([lead[2], lead[3]]);
    let long = u32::from_le_bytes([lead[4], lead[5], lead[6], lead[7]]);
    let short = u32::from(u16::from_le_bytes([lead[6], lead[7]]));
    Ok(match vr(lead) {
        None => (element, 8, long),
        Some(vr) if has_long_length(vr) => {
            let mut length = [0; 4];
            read(&mut length)?;
            (element, 12, u32::from_le_bytes(length))
        }
        Some(_) => (element, 8, short),
    })
}

fn vr(element: [u8; 8]) -> Option<VR> {
    VR::from_binary([element[4], element[5]])
}

fn is_group_two(bytes: &[u8]) -> bool {
    let Some(&element) = bytes.first_chunk::<8>() else { return false };
    element[..2] == [2, 0] && (vr(element).is_some() || is_short(element))
}

/// Whether an element of implicit VR has a short value.
fn is_short(element: [u8; 8]) -> bool {
    u32::from_le_bytes([element[4], element[5], element[6], element[7]]) <= MAX_FIRST
}

/// Whether bytes look like the first element of a data set: group 0008, and a VR or a short length.
fn starts_plausibly(bytes: &[u8]) -> bool {
    let Some(&element) = bytes.first_chunk::<8>() else { return false };
    match element[..2] {
        [8, 0] => vr(element).is_some() || is_short(element),
        [0, 8] => vr(element).is_some(),
        _ => false,
    }
}

/// The likely syntax of a data set whose file does not state it.
fn guess(bytes: &[u8]) -> TransferSyntax {
    let Some(&element) = bytes.first_chunk::<8>() else { return TransferSyntax::ImplicitLittleEndian };
    match (vr(element), element[..2] == [0, 8]) {
        (Some(_), true) => TransferSyntax::ExplicitBigEndian,
        (Some(_), false) => TransferSyntax::ExplicitLittleEndian,
        (None, _) => TransferSyntax::ImplicitLittleEndian,
    }
}

/// Where the data after the magic starts; some writers omit the preamble.
fn after_magic(lead: &[u8]) -> Option<u64> {
    if lead.get(PREAMBLE - MAGIC.len()..PREAMBLE) == Some(MAGIC) {
        Some(PREAMBLE as u64)
    } else {
        lead.starts_with(MAGIC).then_some(MAGIC.len() as u64)
    }
}

/// Reads up to the buffer's length, and seeks back.
fn peek(reader: &mut BufReader<File>, buffer: &mut [u8]) -> Result<usize, DicomError> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(DicomError::Read(error)),
        }
    }
    reader.seek_relative(-(filled as i64)).map_err(DicomError::Read)?;
    Ok(filled)
}

fn skip(reader: &mut BufReader<File>, bytes: u64) -> Result<(), DicomError> {
    let offset = i64::try_from(bytes).map_err(|_| DicomError::Unreadable)?;
    reader.seek_relative(offset).map_err(DicomError::Read)
}
