//! How a caller names the files of a study.

use std::{
    convert::Infallible,
    path::{MAIN_SEPARATOR, PathBuf},
    str::FromStr,
};

use hemastage_image::{
    ArrayImage, ImageReader, Limits, MaskReader, dicom::SegmentChoice, error::Result, mask_in,
};

use crate::steps::{level::Scheme, reference::Tissue};

/// An image: a NIfTI, NRRD or MetaImage file and one of its volumes, DICOM files and one of their series, or an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFile {
    pub(super) path: PathBuf,
    pub(super) series: Option<String>,
    pub(super) volume: Option<usize>,
    /// Whether the path may end with a choice of series, which [`located`](Self::located) splits off.
    is_text: bool,
    /// In memory, so that there is no file.
    array: Option<ArrayImage>,
}

impl ImageFile {
    /// The only image in a file or folder.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), series: None, volume: None, is_text: false, array: None }
    }

    /// An image in memory.
    pub fn array(image: ArrayImage) -> Self {
        Self { array: Some(image), ..Self::new(PathBuf::new()) }
    }

    /// Chooses a volume of a NIfTI file that holds several, counted from 0.
    pub fn with_volume(mut self, volume: usize) -> Self {
        self.volume = Some(volume);
        self
    }

    /// Chooses one of several DICOM series: by its number (`5`), by its number and the index of a stack with that
    /// number (`5.2`), or by the beginning of its UID.
    pub fn with_series(mut self, series: impl Into<String>) -> Self {
        self.series = Some(series.into());
        self
    }

    /// Reads `t1.nii.gz`, `folder` or `folder#5`, which is series 5 in that folder.
    ///
    /// A path may contain a `#`: when the study is opened, a file or folder with exactly this name takes precedence.
    pub fn parse(text: &str) -> Self {
        Self { is_text: text.contains('#'), ..Self::new(text) }
    }

    /// Whether it is in memory.
    pub(super) fn is_array(&self) -> bool {
        self.array.is_some()
    }

    /// Opens it.
    pub(super) fn open(&self, limits: Limits) -> Result<ImageReader> {
        match &self.array {
            Some(image) => Ok(ImageReader::Array(Box::new(image.clone()))),
            None => ImageReader::open(&self.path, self.series.as_deref(), limits),
        }
    }

    /// Opens it as a mask.
    pub(super) fn open_mask(&self, limits: Limits) -> Result<MaskReader> {
        match &self.array {
            Some(image) => Ok(MaskReader::Image(ImageReader::Array(Box::new(image.clone())))),
            None => MaskReader::open(&self.path, self.series.as_deref(), limits),
        }
    }

    /// Splits the path from the series, depending on which files exist.
    pub(super) fn located(&self) -> Self {
        let mut located = Self { is_text: false, ..self.clone() };
        let text = self.path.to_str().filter(|_| self.is_text && !self.path.exists());
        if let Some((path, series)) = text.and_then(|text| text.rsplit_once('#'))
            && !path.is_empty()
            // else the sign is in the name of a folder
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

/// A mask: a label image, a segmentation or a structure set, and the part of it that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskFile {
    pub(super) image: ImageFile,
    /// `None` unless set explicitly: then the text decides, else all of it counts.
    part: Option<SegmentChoice>,
}

impl MaskFile {
    /// Every nonzero value of the file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { image: ImageFile::new(path), part: None }
    }

    /// Every nonzero value of an array.
    pub fn array(image: ArrayImage) -> Self {
        Self { image: ImageFile::array(image), part: None }
    }

    /// Chooses these labels, or these segments of a segmentation.
    pub fn with_labels(mut self, labels: impl IntoIterator<Item = i64>) -> Self {
        self.part = Some(SegmentChoice::Numbers(labels.into_iter().collect()));
        self
    }

    /// Chooses the segment or structure with this name, or the file of a folder with a mask per file.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.part = Some(SegmentChoice::Named(name.into()));
        self
    }

    /// Chooses one of several DICOM series, as [`ImageFile::with_series`].
    pub fn with_series(mut self, series: impl Into<String>) -> Self {
        self.image = self.image.with_series(series);
        self
    }

    /// Reads `mask.nii.gz`, `mask.nii.gz:3`, `mask.nii.gz:3,4`, `folder#5:1`, `seg.dcm:2`, `a.seg.nrrd:Hematoma`, or
    /// `folder:spinal_cord` for `spinal_cord.nii.gz` in a folder with a mask per file.
    ///
    /// A path may contain a `:` or `#`: when the study is opened, a file or folder with exactly this name takes
    /// precedence, then the longest name that exists. Numbers are labels even if no file exists.
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

    /// Whether only a part of the file is chosen, for example by a label in the text.
    pub fn has_choice(&self) -> bool {
        *self.located().part() != SegmentChoice::All
    }

    /// The chosen part.
    pub(super) fn part(&self) -> &SegmentChoice {
        self.part.as_ref().unwrap_or(&SegmentChoice::All)
    }

    /// Splits path, series and part, depending on which files exist.
    pub(super) fn located(&self) -> Self {
        let (mut image, part) = split(&self.image);
        image.series = self.image.series.clone().or(image.series);
        let part = self.part.clone().or(part);
        if let Some(SegmentChoice::Named(name)) = &part
            && image.series.is_none()
            && let Some(file) = mask_in(&image.path, name)
        {
            return Self { image: ImageFile { path: file, ..image }, part: None };
        }
        Self { image, part }
    }
}

impl FromStr for MaskFile {
    type Err = Infallible;

    /// As [`MaskFile::parse`].
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::parse(text))
    }
}

/// The signs before a series and before a part.
const SIGNS: [char; 2] = ['#', ':'];

/// The image of a mask, and the part named after it.
fn split(image: &ImageFile) -> (ImageFile, Option<SegmentChoice>) {
    let Some(text) = image.path.to_str().filter(|_| image.is_text && !image.path.exists()) else {
        return (image.located(), None);
    };
    let before = |at: usize| ImageFile::parse(&text[..at]).located();
    let mut splits =
        text.match_indices(':').map(|(at, _)| (before(at), SegmentChoice::parse(&text[at + 1..]))).rev();
    // the longest name first: a folder's name may contain the sign too
    let existing = splits.clone().find(|(image, _)| image.path.exists());
    // so that the error about a missing file names it without its labels
    let missing = || splits.next().filter(|(_, part)| matches!(part, SegmentChoice::Numbers(_)));
    existing.or_else(missing).map_or_else(|| (image.located(), None), |(image, part)| (image, Some(part)))
}

/// How a caller names the reference.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ReferenceFile {
    /// A mask of the spinal cord.
    Cord(MaskFile),
    /// A mask of another tissue; published criteria are relative to cord.
    Tissue {
        /// The tissue.
        tissue: Tissue,
        /// Its mask.
        mask: MaskFile,
    },
    /// The spinal cord of the [anatomy](super::StudyFiles::with_anatomy).
    Anatomy,
    /// Signal of the reference on T1 and T2, each with its robust SD if known.
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
            Self::Anatomy | Self::Values { .. } => self.clone(),
        }
    }
}

/// How a caller names the vertebrae.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "a study has only one")]
pub enum VertebraeFile {
    /// A label map and the scheme of its numbers; without a scheme, the error lists those that fit.
    Map {
        /// The map.
        map: ImageFile,
        /// What its numbers mean.
        scheme: Option<Scheme>,
    },
    /// Landmarks as JSON or CSV (level, x, y, z; RAS mm), or as an image of Spinal Cord Toolbox disc points.
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

/// One label map of cord, canal and vertebrae.
#[derive(Debug, Clone, PartialEq)]
pub struct AnatomyFile {
    pub(super) map: ImageFile,
    pub(super) scheme: Option<Scheme>,
}

impl AnatomyFile {
    /// The map; without a scheme, the error lists those that fit.
    pub fn new(map: ImageFile) -> Self {
        Self { map, scheme: None }
    }

    /// Sets what its numbers mean.
    pub fn with_scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = Some(scheme);
        self
    }

    /// With its file located.
    pub(super) fn located(&self) -> Self {
        Self { map: self.map.located(), scheme: self.scheme.clone() }
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
        assert_eq!(located(path), mask(path), "a file of that name takes precedence");
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
