//! Names files that are no image of a supported format for what they are, and says what to do with them.

use crate::{
    error::{Detail, ErrorKind},
    metaimage,
};

/// A file of another format.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {advice}")]
pub(crate) struct Foreign {
    what: &'static str,
    advice: &'static str,
}

impl Detail for Foreign {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unsupported
    }
}

/// A link to a file that is not there.
pub(crate) const DANGLING: Foreign = Foreign {
    what: "a link to a file that is not there, as git-annex and DataLad leave it",
    advice: "fetch its content first (`git annex get` or `datalad get`)",
};

const UNPACK: &str = "unpack it, and give the image in it";
const AFFINE: &str = "it has no place in the patient, so save it as NIfTI with the affine of its image";
const PICTURE: &str = "it has no place in the patient, so give the NIfTI or DICOM image that it shows";
const TO_NIFTI: &str = "convert it to NIfTI";

/// How formats start. The text of a pointer or page is shown nowhere.
const STARTS: [(&[u8], &str, &str); 27] = [
    (b"\x93NUMPY", "a numpy array (.npy)", AFFINE),
    (b"\x89PNG", "a PNG picture", PICTURE),
    (b"\xff\xd8\xff", "a JPEG picture", PICTURE),
    (b"GIF8", "a GIF picture", PICTURE),
    (b"II*\0", "a TIFF picture", PICTURE),
    (b"MM\0*", "a TIFF picture", PICTURE),
    (b"%PDF", "a PDF document", PICTURE),
    (b"PK\x03\x04", "a ZIP archive (or .npz, .xlsx)", UNPACK),
    (b"\xfd7zXZ\0", "a file compressed with xz", "unpack it with `unxz`"),
    (b"BZh", "a file compressed with bzip2", "unpack it with `bunzip2`"),
    (b"\x28\xb5\x2f\xfd", "a file compressed with zstd", "unpack it with `unzstd`"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"MATLAB 5.0", "a MATLAB file (.mat)", AFFINE),
    (b"\x89HDF", "an HDF5 file (MINC 2, or .mat of MATLAB 7.3)", TO_NIFTI),
    (b"CDF\x01", "a MINC 1 file", "convert it to NIfTI with `mnc2nii`"),
    (b"CDF\x02", "a MINC 1 file", "convert it to NIfTI with `mnc2nii`"),
    (
        b"version https://git-lfs",
        "a pointer of Git LFS instead of the file",
        "fetch the file with `git lfs pull`",
    ),
    (b"/annex/objects/", "a pointer of git-annex instead of the file", "fetch the file with `git annex get`"),
    (b"<!DOCTYPE", "a web page, as of a download that failed", "download the file again"),
    (b"<!doctype", "a web page, as of a download that failed", "download the file again"),
    (b"<html", "a web page, as of a download that failed", "download the file again"),
    (b"<HTML", "a web page, as of a download that failed", "download the file again"),
    (b"<?xml", "an XML file", "give the image and not what describes it"),
    (b"# vtk DataFile", "a VTK file", TO_NIFTI),
    (b"\0\x05\x16\x07", "a macOS metadata file (`._`)", "give the file without `._` in its name"),
    (b"FORM", "an image of another program (IFF)", TO_NIFTI),
];

/// What a file is by the first bytes of it, unpacked where it was gzip; `None` where that is unknown.
pub(crate) fn named(start: &[u8], was_gzip: bool) -> Option<Foreign> {
    const GUNZIP: &str = "unpack it with `gunzip`";
    let foreign = |what, advice| Some(Foreign { what, advice });
    if was_gzip {
        match start {
            _ if start.get(128..132) == Some(b"DICM") => {
                return foreign("a DICOM file packed with gzip", GUNZIP);
            }
            _ if is_nrrd(start) => return foreign("an NRRD file packed with gzip", GUNZIP),
            _ if metaimage::is_first_line(start) => {
                return foreign("a MetaImage file packed with gzip", GUNZIP);
            }
            _ => {}
        }
    }
    if let Some(&(_, what, advice)) = STARTS.iter().find(|(magic, ..)| start.starts_with(magic)) {
        return foreign(what, advice);
    }
    match start {
        _ if start.get(257..262) == Some(b"ustar") => foreign("a tar archive", UNPACK),
        _ if is_freesurfer(start) => {
            foreign("a FreeSurfer volume (.mgz)", "convert it to NIfTI with `mri_convert`")
        }
        _ if matches!(start.trim_ascii_start(), [b'{' | b'[', ..]) && start.is_ascii() => {
            foreign("a JSON file, such as a sidecar", "give the image next to it")
        }
        _ => None,
    }
}

/// Whether a file starts like NRRD.
pub(crate) fn is_nrrd(start: &[u8]) -> bool {
    start.starts_with(b"NRRD000")
}

/// Whether a file starts like that of `FreeSurfer`: version 1, four sizes and a type, most significant byte first.
fn is_freesurfer(start: &[u8]) -> bool {
    let Some(&bytes) = start.first_chunk::<24>() else { return false };
    let (numbers, _) = bytes.as_chunks::<4>();
    let [version, sizes @ .., datatype] = numbers else { return false };
    u32::from_be_bytes(*version) == 1
        && sizes.iter().all(|&size| (1..=32_767).contains(&u32::from_be_bytes(size)))
        && matches!(u32::from_be_bytes(*datatype), 0 | 1 | 3 | 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_for_what_it_is() {
        let named = |start: &[u8], was_gzip| named(start, was_gzip).map(|found| found.to_string());
        let mut tar = vec![0; 540];
        tar[257..262].copy_from_slice(b"ustar");
        let mut dicom = vec![0; 540];
        dicom[128..132].copy_from_slice(b"DICM");
        let sizes = [1, 256, 256, 200, 1, 3].map(|number: u32| number.to_be_bytes()).concat();
        for (start, was_gzip, expected) in [
            (&b"\x93NUMPY\x01"[..], false, "a numpy array (.npy): it has no place in the patient"),
            (&tar, true, "a tar archive: unpack it"),
            (&tar, false, "a tar archive: unpack it"),
            (&dicom, true, "a DICOM file packed with gzip: unpack it with `gunzip`"),
            (&sizes, true, "a FreeSurfer volume (.mgz): convert it to NIfTI with `mri_convert`"),
            (b"NRRD0004\n", true, "an NRRD file packed with gzip"),
            (b"ObjectType = Image\n", true, "a MetaImage file packed with gzip"),
            (b"version https://git-lfs.github.com/spec/v1\n", false, "a pointer of Git LFS"),
            (b" {\"EchoTime\": 0.1}", false, "a JSON file"),
        ] {
            let found = named(start, was_gzip).unwrap_or_default();
            assert!(found.starts_with(expected), "{found}");
        }
        for start in [&b""[..], b"plain words", &[0; 540], &sizes[..20]] {
            assert_eq!(named(start, false), None);
        }
    }
}
