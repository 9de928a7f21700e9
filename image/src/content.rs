//! What a path is read as, by its content and never by its name.

use std::{io::Read as _, path::Path};

use crate::{dicom::DicomFile, file::open_regular, foreign::is_nrrd, metaimage};

/// What a path is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// A folder, or a file that starts like DICOM.
    Dicom,
    Nrrd,
    MetaImage,
    /// Anything else, which is read as NIfTI or named for what it is.
    Other,
}

/// Bytes that tell the text formats apart.
const START: u64 = 64;

impl Content {
    pub(crate) fn of(path: &Path) -> Self {
        if path.is_dir() {
            return Self::Dicom;
        }
        let Ok(Some((file, _))) = open_regular(path) else { return Self::Other };
        let mut start = Vec::new();
        if file.take(START).read_to_end(&mut start).is_err() {
            return Self::Other;
        }
        match &start[..] {
            start if is_nrrd(start) => Self::Nrrd,
            start if metaimage::is_first_line(start) => Self::MetaImage,
            start if starts_as_nifti(start) => Self::Other,
            _ if DicomFile::is_dicom(path).unwrap_or(false) => Self::Dicom,
            _ => Self::Other,
        }
    }
}

/// Whether a file starts with the size of a NIfTI header, or like gzip.
fn starts_as_nifti(start: &[u8]) -> bool {
    let Some(&size) = start.first_chunk() else { return false };
    let is_size = |bytes| matches!(bytes, 348 | 540);
    is_size(u32::from_le_bytes(size)) || is_size(u32::from_be_bytes(size)) || start.starts_with(&[0x1f, 0x8b])
}
