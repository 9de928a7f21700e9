//! The files of a study as the caller names them.

use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use hemastage_image::dicom::SegmentChoice;

use crate::steps::{level::Scheme, reference::Tissue};

/// An image: a NIfTI file and which of its volumes, or DICOM files and which of their series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFile {
    pub(super) path: PathBuf,
    pub(super) series: Option<String>,
    pub(super) volume: Option<usize>,
}

impl ImageFile {
    /// The one image of a file or folder.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), series: None, volume: None }
    }

    /// One volume of a NIfTI file that holds several, counted from 0.
    pub fn with_volume(mut self, volume: usize) -> Self {
        self.volume = Some(volume);
        self
    }

    /// One DICOM series of several: its number (`5`), its number and its place among the stacks of that number
    /// (`5.2`), or the beginning of its UID.
    pub fn with_series(mut self, series: impl Into<String>) -> Self {
        self.series = Some(series.into());
        self
    }

    /// Reads `t1.nii.gz`, `folder` or `folder#5`. A file of exactly that name goes first.
    ///
    /// # Example
    /// ```
    /// use hemastage::load::ImageFile;
    /// assert_eq!(ImageFile::parse("study#5"), ImageFile::new("study").with_series("5"));
    /// ```
    pub fn parse(text: &str) -> Self {
        match text.rsplit_once('#') {
            // a folder's name may hold the sign too
            Some((path, series))
                if !path.is_empty() && !series.contains(MAIN_SEPARATOR) && !Path::new(text).exists() =>
            {
                Self::new(path).with_series(series)
            }
            _ => Self::new(text),
        }
    }
}

/// A mask: an image of labels, a DICOM segmentation or structure set, and which part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskFile {
    pub(super) image: ImageFile,
    pub(super) part: SegmentChoice,
}

impl MaskFile {
    /// Every value of the file but 0.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { image: ImageFile::new(path), part: SegmentChoice::All }
    }

    /// These labels of the file, or these segments of a segmentation.
    pub fn with_labels(mut self, labels: impl IntoIterator<Item = i64>) -> Self {
        self.part = SegmentChoice::Numbers(labels.into_iter().collect());
        self
    }

    /// The segment or structure of this name.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.part = SegmentChoice::Named(name.into());
        self
    }

    /// One DICOM series of several, as [`ImageFile::with_series`].
    pub fn with_series(mut self, series: impl Into<String>) -> Self {
        self.image = self.image.with_series(series);
        self
    }

    /// Reads `mask.nii.gz`, `mask.nii.gz:3`, `mask.nii.gz:3,4`, `folder#5:1`, `seg.dcm:2` or `seg.dcm:Hematoma`.
    /// A file of exactly that name goes first; a name is taken only behind a file that is there.
    ///
    /// # Example
    /// ```
    /// use hemastage::load::MaskFile;
    /// assert_eq!(MaskFile::parse("seg.nii.gz:3,4"), MaskFile::new("seg.nii.gz").with_labels([3, 4]));
    /// ```
    pub fn parse(text: &str) -> Self {
        let whole = || Self { image: ImageFile::parse(text), part: SegmentChoice::All };
        if Path::new(text).exists() {
            return whole();
        }
        let parts =
            || text.match_indices(':').map(|(at, _)| (ImageFile::parse(&text[..at]), &text[at + 1..]));
        // the longest: a folder's name may hold the sign too
        let found = parts().rev().find(|(image, _)| image.path.exists());
        // the error about a missing file names it without its labels
        let missing = || parts().next_back().filter(|(_, part)| is_numbers(part));
        let named =
            found.or_else(missing).map(|(image, part)| Self { image, part: SegmentChoice::parse(part) });
        named.unwrap_or_else(whole)
    }
}

fn is_numbers(part: &str) -> bool {
    matches!(SegmentChoice::parse(part), SegmentChoice::Numbers(_))
}

/// The reference as the caller names it.
#[derive(Debug, Clone, PartialEq)]
pub enum ReferenceFile {
    /// The spinal cord's mask.
    Cord(MaskFile),
    /// Another tissue's mask; published criteria are relative to cord.
    Tissue {
        /// The tissue.
        tissue: Tissue,
        /// Its mask.
        mask: MaskFile,
    },
    /// Signal of the reference on T1 and T2, each with its spread if known.
    Values {
        /// On T1.
        t1: (f64, Option<f64>),
        /// On T2.
        t2: (f64, Option<f64>),
    },
}

/// The vertebrae as the caller names them.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a study has one of them")]
pub enum VertebraeFile {
    /// A label map, and the scheme of its numbers; without one the error says which schemes fit.
    Map {
        /// The map.
        map: ImageFile,
        /// What its numbers mean.
        scheme: Option<Scheme>,
    },
    /// Landmarks: JSON or CSV (level, x, y, z; RAS mm), or an image of Spinal Cord Toolbox disc points.
    Landmarks(PathBuf),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_a_path_a_series_and_a_part() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seg:1.dcm");
        std::fs::write(&path, "").unwrap();
        let path = path.to_str().unwrap();
        let mask = MaskFile::new;
        assert_eq!(MaskFile::parse(path), mask(path), "its own name goes first");
        assert_eq!(MaskFile::parse(&format!("{path}:2, 3")), mask(path).with_labels([2, 3]));
        assert_eq!(MaskFile::parse(&format!("{path}:Clot: old")), mask(path).with_name("Clot: old"));
        assert_eq!(MaskFile::parse(&format!("{path}#5.2:1")), mask(path).with_series("5.2").with_labels([1]));
        assert_eq!(MaskFile::parse("missing.dcm:Clot"), mask("missing.dcm:Clot"));
        assert_eq!(MaskFile::parse("missing.nii:2"), mask("missing.nii").with_labels([2]));
        assert_eq!(MaskFile::parse("#5"), mask("#5"));

        let odd = folder.path().join("no#1:2");
        std::fs::create_dir(&odd).unwrap();
        std::fs::create_dir(folder.path().join("no")).unwrap();
        std::fs::create_dir(folder.path().join("no#1")).unwrap();
        std::fs::write(odd.join("a.nii"), "").unwrap();
        let path = odd.join("a.nii");
        let path = path.to_str().unwrap();
        assert_eq!(
            MaskFile::parse(&format!("{path}:3")),
            mask(path).with_labels([3]),
            "odd signs in a folder"
        );
        assert_eq!(ImageFile::parse(&format!("{path}.gz")), ImageFile::new(format!("{path}.gz")));
    }
}
