//! A scan as files in a folder of its own, removed at the end.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use hemastage::{
    level::Scheme,
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles, VertebraeFile},
};
use ndarray::Array3;

use super::scan::Scan;

/// Length of a `NIfTI` header without extensions.
const HEADER: usize = 352;

pub(crate) struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    /// The scan with its masks, by their place in [`Scan::masks`].
    pub(crate) fn new(scan: &Scan, masks: &[(String, Array3<u8>)]) -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap() };
        scan.phantom.write(files.folder.path()).unwrap();
        let header = inflated(&files.path("hematoma"))[..HEADER].to_vec();
        for (n, (_, mask)) in masks.iter().enumerate() {
            let out = fs::File::create(files.mask(n)).unwrap();
            let mut out = GzEncoder::new(out, Compression::fast());
            out.write_all(&header).unwrap();
            out.write_all(mask.as_slice_memory_order().unwrap()).unwrap();
            out.finish().unwrap();
        }
        files
    }

    /// An image or mask of the phantom.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.nii.gz"))
    }

    pub(crate) fn mask(&self, n: usize) -> PathBuf {
        self.path(&format!("mask{n}"))
    }

    /// The study with this mask of the hematoma.
    pub(crate) fn study(&self, mask: &Path) -> StudyFiles {
        let cord = ReferenceFile::Cord(MaskFile::new(self.path("cord")));
        let [t1, t2] = ["t1", "t2"].map(|name| ImageFile::new(self.path(name)));
        StudyFiles::new(t1, t2, MaskFile::new(mask), cord)
            .with_canal(MaskFile::new(self.path("canal")))
            .with_vertebrae(VertebraeFile::Map {
                map: ImageFile::new(self.path("vertebrae")),
                scheme: Some(Scheme::built_in("sct").unwrap()),
            })
    }
}

/// The obvious way to read: everything in memory.
pub(crate) fn inflated(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// The voxels of a whole file of bytes.
pub(crate) fn bytes_of(path: &Path) -> Vec<u8> {
    inflated(path).split_off(HEADER)
}

/// The voxels of a whole file of 16 bits.
pub(crate) fn shorts_of(path: &Path) -> Vec<i16> {
    bytes_of(path).chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}
