//! Finds and reads the BIDS sidecar of an image: `X.json` next to `X.nii.gz`, `X.nrrd` or `X.mha`.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use crate::{
    acquisition::Acquisition,
    error::{Detail, ErrorKind, Result},
};

/// Maximum size of a sidecar.
const MAX_BYTES: u64 = 1 << 20;

/// Endings of images that may have a sidecar.
const ENDINGS: [&str; 10] =
    [".nii.gz", ".nii", ".hdr.gz", ".hdr", ".img.gz", ".img", ".nrrd", ".nhdr", ".mha", ".mhd"];

/// The scan parameters in the sidecar of an image; `None` when there is no sidecar.
///
/// # Errors
/// `Io` when it cannot be read, `Malformed` when it is too large or not a sidecar.
pub fn acquisition(image: &Path) -> Result<Option<Acquisition>> {
    match path_of(image) {
        Some(sidecar) if sidecar.is_file() => Acquisition::from_sidecar(&text(&sidecar)?).map(Some),
        _ => Ok(None),
    }
}

/// Where the sidecar of an image would be; `None` when the name is not that of an image.
pub fn path_of(image: &Path) -> Option<PathBuf> {
    let name = image.file_name()?.to_str()?;
    let stem = ENDINGS.iter().find_map(|ending| {
        let (stem, end) = name.split_at_checked(name.len().checked_sub(ending.len())?)?;
        end.eq_ignore_ascii_case(ending).then_some(stem)
    })?;
    Some(image.with_file_name(format!("{stem}.json")))
}

fn text(sidecar: &Path) -> Result<String, SidecarFileError> {
    let mut text = String::new();
    fs::File::open(sidecar)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES { Err(SidecarFileError::TooLarge) } else { Ok(text) }
}

#[derive(Debug, thiserror::Error)]
enum SidecarFileError {
    #[error("the sidecar could not be read ({0}): expected JSON text")]
    Read(#[from] io::Error),
    #[error("the sidecar is larger than {MAX_BYTES} bytes: expected the JSON text of an image")]
    TooLarge,
}

impl Detail for SidecarFileError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Read(_) => ErrorKind::Io,
            Self::TooLarge => ErrorKind::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acquisition::Weighting;

    #[test]
    fn a_sidecar_has_the_images_name() {
        for (image, sidecar) in [
            ("a/t1.nii.gz", Some("a/t1.json")),
            ("t1.NII", Some("t1.json")),
            ("a.b/t1.v2.nii", Some("a.b/t1.v2.json")),
            ("t1.img", Some("t1.json")),
            ("t1.dcm", None),
            ("nii", None),
            ("é.nii", Some("é.json")),
        ] {
            assert_eq!(path_of(Path::new(image)), sidecar.map(PathBuf::from), "{image}");
        }
    }

    #[test]
    fn a_sidecar_is_read_if_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("t2.nii.gz");
        let sidecar = folder.path().join("t2.json");
        assert!(acquisition(&image).unwrap().is_none());
        fs::write(&sidecar, r#"{"ScanningSequence": "SE", "RepetitionTime": 4, "EchoTime": 0.1}"#).unwrap();
        assert_eq!(acquisition(&image).unwrap().unwrap().weighting(), Weighting::T2);
        fs::write(&sidecar, " ".repeat(2 << 20)).unwrap();
        assert!(acquisition(&image).unwrap_err().to_string().contains("larger than 1048576 bytes"));
        fs::write(&sidecar, [0xff, 0xfe]).unwrap();
        assert!(acquisition(&image).unwrap_err().to_string().contains("could not be read"));
        fs::remove_file(&sidecar).unwrap();
        fs::create_dir(&sidecar).unwrap();
        assert!(acquisition(&image).unwrap().is_none());
    }
}
