//! Opens a study from its files: the masks first, then only the part of each image that the masks need.

mod agent;
mod anatomy;
mod content;
mod error;
mod files;
mod fingerprint;
mod hematoma;
mod loader;
mod masks;
mod named;
mod opened;
mod origin;
mod placed;
mod sources;
mod visits;

use std::path::{Path, PathBuf};

use hemastage_image::{Limits, acquisition::Acquisition, dicom::ImageSpace, error::Result, finding::Finding};

pub use self::files::{AnatomyFile, ImageFile, MaskFile, ReferenceFile, VertebraeFile};
use self::{
    anatomy::{Anatomy, Parts},
    error::LoadError,
    hematoma::{HEMATOMA, HematomaFile},
    loader::Loader,
    opened::Opened,
    visits::{acquired, visit_findings},
};
use crate::{
    steps::level::Scheme,
    study::{ReferenceSource, Study, StudyWithoutHematoma},
    vocabulary::{
        contrast::PerContrast,
        further::PerFurther,
        units::{DateTime, Onset, OnsetTime, VisitTime},
    },
};

/// Maximum number of bleeding events of a study.
pub const MAX_ONSETS: usize = 16;

/// The files of a study, and how to read them.
///
/// # Example
/// ```no_run
/// use hemastage::{StageOptions, load::{ImageFile, MaskFile, ReferenceFile, StudyFiles}, stage};
/// let files = StudyFiles::new(
///     ImageFile::new("t1.nii.gz"),
///     ImageFile::new("t2.nii.gz"),
///     MaskFile::new("hematoma.nii.gz"),
///     ReferenceFile::Cord(MaskFile::new("cord.nii.gz")),
/// );
/// let staged = stage(&files.open()?, &StageOptions::default())?;
/// println!("{}", staged.report.stage.call);
/// # Ok::<(), hemastage::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct StudyFiles {
    t1: ImageFile,
    t2: ImageFile,
    further: PerFurther<Option<ImageFile>>,
    hematoma: HematomaFile,
    reference: ReferenceFile,
    canal: Option<MaskFile>,
    vertebrae: Option<VertebraeFile>,
    anatomy: Option<AnatomyFile>,
    onsets: Vec<OnsetTime>,
    visit: Option<VisitTime>,
    limits: Limits,
    hash_inputs: bool,
    check_checksums: bool,
    allow_unoriented: bool,
    margin_mm: f64,
}

impl StudyFiles {
    /// Codes of findings on the images that [`check`](Self::check) never gives: they need the images' voxels.
    pub const NOT_CHECKED: [&str; 9] = [
        "negative_signal",
        "signal_offset",
        "zero_signal",
        "constant_signal",
        "reference_flat",
        "reference_uneven",
        "no_fluid",
        "images_shifted",
        "alignment_unknown",
    ];

    /// A study of these four files, which every study needs.
    pub fn new(t1: ImageFile, t2: ImageFile, hematoma: MaskFile, reference: ReferenceFile) -> Self {
        Self::of(t1, t2, HematomaFile::Mask(hematoma), reference)
    }

    /// A study whose images show no hematoma, as after it was absorbed;
    /// [`open_without_hematoma`](Self::open_without_hematoma) reads it.
    pub fn without_hematoma(t1: ImageFile, t2: ImageFile, reference: ReferenceFile) -> Self {
        Self::of(t1, t2, HematomaFile::None { empty: None }, reference)
    }

    fn of(t1: ImageFile, t2: ImageFile, hematoma: HematomaFile, reference: ReferenceFile) -> Self {
        Self {
            t1,
            t2,
            further: PerFurther::default(),
            hematoma,
            reference,
            canal: None,
            vertebrae: None,
            anatomy: None,
            onsets: Vec::new(),
            visit: None,
            limits: Limits::default(),
            hash_inputs: false,
            check_checksums: false,
            allow_unoriented: false,
            margin_mm: 0.0,
        }
    }

    /// Sets when the bleeding began, one onset per bleeding event.
    pub fn with_onsets(mut self, onsets: impl IntoIterator<Item = Onset>) -> Self {
        self.onsets = onsets.into_iter().map(OnsetTime::Elapsed).collect();
        self
    }

    /// Adds the mask of a hematoma that is expected to be empty, to a study [without one](Self::without_hematoma).
    pub fn with_empty_mask(mut self, mask: MaskFile) -> Self {
        self.hematoma = HematomaFile::None { empty: Some(mask) };
        self
    }

    /// Sets when the visit was, for a follow-up.
    pub fn with_visit_time(mut self, time: VisitTime) -> Self {
        self.visit = Some(time);
        self
    }

    /// Whether the images show no hematoma.
    pub fn is_without_hematoma(&self) -> bool {
        matches!(self.hematoma, HematomaFile::None { .. })
    }

    /// Sets when the bleeding began, one onset per bleeding event, each a time before the scan or a date and time.
    ///
    /// The time of the scan is that of T2, else that of T1, from its header or sidecar.
    pub fn with_onset_times(mut self, onsets: impl IntoIterator<Item = OnsetTime>) -> Self {
        self.onsets = onsets.into_iter().collect();
        self
    }

    /// Adds the T1 after contrast agent.
    pub fn with_t1_post(mut self, image: ImageFile) -> Self {
        self.further.t1_post = Some(image);
        self
    }

    /// Adds a T2*-weighted image.
    pub fn with_t2star(mut self, image: ImageFile) -> Self {
        self.further.t2star = Some(image);
        self
    }

    /// Adds a T1 with suppressed fat, or the water or fat image of the Dixon sequence that the T1 is of; which of these,
    /// its header or its name says.
    pub fn with_t1_fs(mut self, image: ImageFile) -> Self {
        self.further.t1_fs = Some(image);
        self
    }

    /// Adds a mask of the spinal canal.
    pub fn with_canal(mut self, canal: MaskFile) -> Self {
        self.canal = Some(canal);
        self
    }

    /// Adds the vertebrae.
    pub fn with_vertebrae(mut self, vertebrae: VertebraeFile) -> Self {
        self.vertebrae = Some(vertebrae);
        self
    }

    /// Adds one label map of cord, canal and vertebrae. It gives the canal and the vertebrae unless these are added, and
    /// the cord if the reference is [`ReferenceFile::Anatomy`]; canal or vertebrae that it lacks are unknown.
    pub fn with_anatomy(mut self, anatomy: AnatomyFile) -> Self {
        self.anatomy = Some(anatomy);
        self
    }

    /// Sets the limits on what a file may claim to hold.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Records the SHA-256 of each file in the report (of an `.hdr`/`.img` pair, that of the `.img`). Every file is
    /// read whole.
    pub fn with_hashes(mut self) -> Self {
        self.hash_inputs = true;
        self
    }

    /// Checks the checksums of T1 and T2 if they are gzip files, which inflates them to their ends. Those of masks are
    /// always checked.
    pub fn with_checksums(mut self) -> Self {
        self.check_checksums = true;
        self
    }

    /// Accepts files with neither sform nor qform, of which only the voxel sizes are used.
    pub fn with_unoriented_allowed(mut self) -> Self {
        self.allow_unoriented = true;
        self
    }

    /// Also keeps this margin of each image around what the masks need, for figures. No number depends on it.
    pub fn with_margin_mm(mut self, mm: f64) -> Self {
        self.margin_mm = mm;
        self
    }

    /// Reads the masks, and the box of each image that they need.
    ///
    /// # Errors
    /// Whatever is wrong with a file, with its name; `Geometry` when one has no orientation; `Parameter` when an
    /// onset is a date and time and that of the scan is unknown, or earlier.
    pub fn open(&self) -> Result<Study> {
        self.read_masks(self.hash_inputs)?.with_images()
    }

    /// The same for a study whose images show no hematoma.
    ///
    /// # Errors
    /// As [`open`](Self::open); `Parameter` where a mask of the hematoma was given that is not empty.
    pub fn open_without_hematoma(&self) -> Result<StudyWithoutHematoma> {
        self.read_masks(self.hash_inputs)?.without_hematoma()
    }

    /// Checks what [`open`](Self::open) checks, and that the masks lie within the images, that the reference is not all
    /// hematoma and that the vertebrae fit their scheme. Reads no voxel of an image. Gives what is unusual, as far as no
    /// voxel of an image says it (those that do are [`NOT_CHECKED`](Self::NOT_CHECKED)), and which further images their headers
    /// say are none.
    ///
    /// # Errors
    /// As [`open`](Self::open), except for damage to the images' voxels; `Geometry` when a mask lies outside an image;
    /// the errors of [`levels`](crate::steps::level::levels()) about the vertebrae.
    pub fn check(&self) -> Result<Vec<Finding>> {
        self.read_masks(false)?.check()
    }

    /// The SHA-256 of everything that [`open`](Self::open) may read, and of the files' names without their folders.
    ///
    /// A file counts with its other half (`.hdr`, `.img`, or the data file of a header) and, if it is T1 or T2, with its
    /// sidecar. A folder counts with all its files, and so does the folder of a DICOM file, which may hold more of its
    /// series. All are read whole.
    ///
    /// # Errors
    /// When a folder cannot be listed, or a file cannot be read to its end. A file that cannot be opened counts as
    /// empty.
    pub fn fingerprint(&self) -> Result<String> {
        fingerprint::of(&self.located())
    }

    /// The files and folders that opening the study reads, each with its role: also the other half of a pair
    /// (`.hdr`, `.img`, or the data file of a header), the sidecars of T1 and T2, and the other files of a DICOM series.
    pub fn inputs(&self) -> Vec<(&'static str, PathBuf)> {
        fingerprint::inputs(&self.located())
    }

    /// The paths and their roles; located before.
    pub(crate) fn paths(&self) -> Vec<(&'static str, &Path)> {
        fingerprint::paths(self)
    }

    /// All that is chosen of the files, and how they are read, as a text without their paths; located before.
    pub(crate) fn choices(&self) -> String {
        fingerprint::choices(self)
    }

    /// Splits every path from the choice after it, depending on which files exist.
    pub(crate) fn located(&self) -> Self {
        Self {
            t1: self.t1.located(),
            t2: self.t2.located(),
            further: self.further.as_ref().map(|image| image.as_ref().map(ImageFile::located)),
            hematoma: self.hematoma.located(),
            reference: self.reference.located(),
            canal: self.canal.as_ref().map(MaskFile::located),
            vertebrae: self.vertebrae.as_ref().map(VertebraeFile::located),
            anatomy: self.anatomy.as_ref().map(AnatomyFile::located),
            ..self.clone()
        }
    }

    /// The scheme of the vertebrae's map, where it is named.
    fn scheme(&self) -> Option<&Scheme> {
        match &self.vertebrae {
            Some(VertebraeFile::Map { scheme, .. }) => scheme.as_ref(),
            _ => None,
        }
    }

    /// Opens the images and reads everything else.
    fn read_masks(&self, hash_inputs: bool) -> Result<Opened> {
        agent::told_apart(self.located())?.read_located(hash_inputs)
    }

    fn read_located(self, hash_inputs: bool) -> Result<Opened> {
        if self.onsets.len() > MAX_ONSETS {
            return Err(LoadError::Onsets { found: self.onsets.len(), max: MAX_ONSETS }.into());
        }
        let mut loader = Loader::new(&self, hash_inputs);
        let PerContrast { t1, t2 } = loader.images()?;
        let oriented = loader.oriented_among([("t1", &t1), ("t2", &t2)]);
        let acquisitions = PerContrast {
            t1: loader.acquisition("t1", &t1, &self.t1.path),
            t2: loader.acquisition("t2", &t2, &self.t2.path),
        };
        let further = loader.further(&oriented)?;
        let onsets = self.onsets_before(&acquisitions)?;
        let visit = self.visit.map(|visit| visit.since_first(scanned(&acquisitions))).transpose()?;
        loader.findings.extend(visit_findings(&acquisitions, &self.onsets));
        let mut spaces = vec![t1.space(), t2.space()];
        loader.findings.extend(frames_differ(spaces[0], spaces[1]));
        let other_images = further.images.iter().filter_map(|(_, image)| image.as_ref());
        spaces.extend(other_images.map(|(image, _)| image.space().if_referred_to()));
        let mut roles: Vec<(&str, &MaskFile)> = Vec::new();
        match &self.hematoma {
            HematomaFile::Mask(mask) => roles.push((HEMATOMA, mask)),
            HematomaFile::None { empty } => loader.check_empty(empty.as_ref(), &spaces, &oriented)?,
        }
        roles.extend(self.reference.mask());
        roles.extend(self.canal.as_ref().map(|mask| ("canal", mask)));
        let map = self.vertebrae.as_ref().and_then(VertebraeFile::image);
        let map = map.as_ref().map(|(role, image)| (*role, image));
        let (masks, anatomy) = rayon::join(
            || loader.masks(&roles, map, &spaces, &oriented),
            || Anatomy::read(&self, &spaces, &oriented),
        );
        let (mut regions, labels, map_header) = masks?;
        let parts = anatomy?.map_or_else(|| Ok(Parts::default()), |anatomy| anatomy.recorded(&mut loader))?;
        let hematoma = (!self.is_without_hematoma()).then(|| regions.remove(0));
        let reference = match parts.cord {
            Some(cord) => ReferenceSource::cord(cord),
            None => self.reference.source(|| regions.remove(0))?,
        };
        let reference = reference.prepared(hematoma.as_ref())?;
        let canal = self.canal.as_ref().map(|_| regions.remove(0)).or(parts.canal);
        let vertebrae = self.vertebrae.as_ref().map(|file| file.source(labels)).transpose()?;
        let vertebrae = vertebrae.or(parts.vertebrae);
        let oriented = loader.is_oriented()?;
        let Loader { inputs, findings, .. } = loader;
        Ok(Opened {
            files: self,
            t1,
            t2,
            further,
            hematoma,
            reference,
            canal,
            vertebrae,
            no_vertebrae: parts.no_vertebrae,
            onsets,
            visit,
            acquisitions,
            oriented,
            inputs,
            findings,
            map_header,
        })
    }

    /// The time from each onset to the scan.
    fn onsets_before(&self, acquisitions: &PerContrast<Option<Acquisition>>) -> Result<Vec<Onset>> {
        let scan = scanned(acquisitions);
        let is_unreadable =
            [&acquisitions.t1, &acquisitions.t2].into_iter().flatten().any(Acquisition::has_unreadable_time);
        if scan.is_none()
            && is_unreadable
            && self.onsets.iter().any(|onset| matches!(onset, OnsetTime::At(_)))
        {
            return Err(LoadError::UnreadableTime.into());
        }
        self.onsets.iter().map(|onset| onset.relative_to(scan)).collect()
    }
}

/// The time of the scan: that of T2, else of T1.
fn scanned(PerContrast { t1, t2 }: &PerContrast<Option<Acquisition>>) -> Option<DateTime> {
    acquired(t2.as_ref()).or(acquired(t1.as_ref()))
}

/// Warns if T1 and T2 are in different frames of reference.
fn frames_differ(t1: ImageSpace<'_>, t2: ImageSpace<'_>) -> Option<Finding> {
    let (one, other) = (t1.frame_of_reference?, t2.frame_of_reference?);
    let message = "T1 and T2 are in different frames of reference: the patient may have been moved in between, and nothing is registered; check that the mask fits both";
    (one != other).then(|| Finding::warning("frame_of_reference", message).at("t2"))
}
