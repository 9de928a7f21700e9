//! The files of a study as the caller names them.

use std::{
    convert::Infallible,
    path::{MAIN_SEPARATOR, PathBuf},
    str::FromStr,
};

use hemastage_image::dicom::SegmentChoice;

use crate::steps::{level::Scheme, reference::Tissue};

/// An image: a NIfTI file and which of its volumes, or DICOM files and which of their series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFile {
    pub(super) path: PathBuf,
    pub(super) series: Option<String>,
    pub(super) volume: Option<usize>,
    /// Whether the path is a text that may end with a choice; [`located`](Self::located) takes it off.
    is_text: bool,
}

impl ImageFile {
    /// The one image of a file or folder.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), series: None, volume: None, is_text: false }
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

    /// The image that a text names: `t1.nii.gz`, `folder` or `folder#5`, the series 5 of a folder.
    ///
    /// A path may hold a `#` of its own. When the study is opened, a file or folder of exactly this name goes first.
    pub fn parse(text: &str) -> Self {
        Self { is_text: text.contains('#'), ..Self::new(text) }
    }

    /// With the path and the series told apart, by what is on the disk.
    pub(super) fn located(&self) -> Self {
        let mut located = Self { is_text: false, ..self.clone() };
        let text = self.path.to_str().filter(|_| self.is_text && !self.path.exists());
        if let Some((path, series)) = text.and_then(|text| text.rsplit_once('#'))
            && !path.is_empty()
            // the sign stands in the name of a folder
            && !series.contains(MAIN_SEPARATOR)
        {
            located.path = path.into();
            located.series.get_or_insert_with(|| series.into());
        }
        located
    }
}

impl FromStr for ImageFile {
    type Err = Infallible;

    /// As [`ImageFile::parse`].
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::parse(text))
    }
}

/// A mask: an image of labels, a DICOM segmentation or structure set, and which part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskFile {
    pub(super) image: ImageFile,
    /// `None` where the text says it, else everything.
    part: Option<SegmentChoice>,
}

impl MaskFile {
    /// Every value of the file but 0.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { image: ImageFile::new(path), part: None }
    }

    /// These labels of the file, or these segments of a segmentation.
    pub fn with_labels(mut self, labels: impl IntoIterator<Item = i64>) -> Self {
        self.part = Some(SegmentChoice::Numbers(labels.into_iter().collect()));
        self
    }

    /// The segment or structure of this name.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.part = Some(SegmentChoice::Named(name.into()));
        self
    }

    /// One DICOM series of several, as [`ImageFile::with_series`].
    pub fn with_series(mut self, series: impl Into<String>) -> Self {
        self.image = self.image.with_series(series);
        self
    }

    /// The mask that a text names: `mask.nii.gz`, `mask.nii.gz:3`, `mask.nii.gz:3,4`, `folder#5:1`, `seg.dcm:2` or
    /// `seg.dcm:Hematoma`.
    ///
    /// A path may hold a `:` or `#` of its own. When the study is opened, a file or folder of exactly this name goes
    /// first, then the longest name that is there; numbers choose labels also where nothing is there.
    ///
    /// # Example
    /// ```
    /// use hemastage::load::MaskFile;
    /// let mask = MaskFile::parse("seg.nii.gz:3,4");
    /// assert_eq!("seg.nii.gz:3,4".parse(), Ok(mask));
    /// ```
    pub fn parse(text: &str) -> Self {
        let image = ImageFile { is_text: text.contains(SIGNS), ..ImageFile::new(text) };
        Self { image, part: None }
    }

    /// Whether only a part of the file is chosen, as by a label in the text.
    pub fn has_choice(&self) -> bool {
        *self.located().part() != SegmentChoice::All
    }

    /// The chosen part.
    pub(super) fn part(&self) -> &SegmentChoice {
        self.part.as_ref().unwrap_or(&SegmentChoice::All)
    }

    /// With the path, the series and the part told apart, by what is on the disk.
    pub(super) fn located(&self) -> Self {
        let (mut image, part) = split(&self.image);
        image.series = self.image.series.clone().or(image.series);
        Self { image, part: self.part.clone().or(part) }
    }
}

impl FromStr for MaskFile {
    type Err = Infallible;

    /// As [`MaskFile::parse`].
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::parse(text))
    }
}

/// What a path ends with before a series or a part.
const SIGNS: [char; 2] = ['#', ':'];

/// The image of a mask and the part that stands behind it.
fn split(image: &ImageFile) -> (ImageFile, Option<SegmentChoice>) {
    let Some(text) = image.path.to_str().filter(|_| image.is_text && !image.path.exists()) else {
        return (image.located(), None);
    };
    let before = |at: usize| ImageFile::parse(&text[..at]).located();
    let mut splits =
        text.match_indices(':').map(|(at, _)| (before(at), SegmentChoice::parse(&text[at + 1..]))).rev();
    // the longest name first: a folder's name may hold the sign too
    let found = splits.clone().find(|(image, _)| image.path.exists());
    // an error about a missing file names it without its labels
    let missing = || splits.next().filter(|(_, part)| matches!(part, SegmentChoice::Numbers(_)));
    found.or_else(missing).map_or_else(|| (image.located(), None), |(image, part)| (image, Some(part)))
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

impl ReferenceFile {
    /// With its file located.
    pub(super) fn located(&self) -> Self {
        match self {
            Self::Cord(mask) => Self::Cord(mask.located()),
            Self::Tissue { tissue, mask } => Self::Tissue { tissue: tissue.clone(), mask: mask.located() },
            Self::Values { .. } => self.clone(),
        }
    }
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

impl VertebraeFile {
    /// With its file located.
    pub(super) fn located(&self) -> Self {
        match self {
            Self::Map { map, scheme } => Self::Map { map: map.located(), scheme: scheme.clone() },
            Self::Landmarks(_) => self.clone(),
        }
    }
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
        let located = |text: &str| MaskFile::parse(text).located();
        assert_eq!(located(path), mask(path), "its own name goes first");
        assert_eq!(located(&format!("{path}:2, 3")), mask(path).with_labels([2, 3]));
        assert_eq!(located(&format!("{path}:Clot: old")), mask(path).with_name("Clot: old"));
        assert_eq!(located(&format!("{path}#5.2:1")), mask(path).with_series("5.2").with_labels([1]));
        assert_eq!(located("missing.dcm:Clot"), mask("missing.dcm:Clot"));
        assert_eq!(located("missing.nii:2"), mask("missing.nii").with_labels([2]));
        assert_eq!(located("#5"), mask("#5"));

        let unusual = folder.path().join("no#1:2");
        std::fs::create_dir(&unusual).unwrap();
        std::fs::create_dir(folder.path().join("no")).unwrap();
        std::fs::create_dir(folder.path().join("no#1")).unwrap();
        std::fs::write(unusual.join("a.nii"), "").unwrap();
        let path = unusual.join("a.nii");
        let path = path.to_str().unwrap();
        assert_eq!(located(&format!("{path}:3")), mask(path).with_labels([3]), "signs in a folder's name");
        let missing = format!("{path}.gz");
        assert_eq!(ImageFile::parse(&missing).located(), ImageFile::new(missing));
    }

    #[test]
    fn a_text_is_the_same_wherever_it_is_parsed() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("scan#5:1").to_str().unwrap().to_owned();
        let (image, mask) = (ImageFile::parse(&text), MaskFile::parse(&text));
        std::fs::write(folder.path().join("scan#5"), "").unwrap();
        assert_eq!((ImageFile::parse(&text), MaskFile::parse(&text)), (image.clone(), mask.clone()));
        assert_eq!((text.parse(), text.parse()), (Ok(image), Ok(mask.clone())));
        let named = MaskFile::new(folder.path().join("scan#5"));
        assert_eq!(mask.located(), named.clone().with_labels([1]));
        assert_eq!(
            mask.with_labels([2]).located(),
            named.with_labels([2]),
            "what is set replaces the text's"
        );
        assert_eq!(MaskFile::parse("a.nii"), MaskFile::new("a.nii"));
        assert!(MaskFile::parse("none.nii:1").has_choice() && !MaskFile::parse("none.nii").has_choice());
    }
}
