//! Step 0: masks first, then only the part of each image that the masks need.
//!
//! | file | what it does |
//! |---|---|
//! | `files.rs` | the files of a study as the caller names them |

mod files;

use std::{fs, path::Path};

use sha2::{Digest, Sha256};

use self::files::Part;
pub use self::files::{ImageFile, MaskFile, ReferenceFile, VertebraeFile};
use crate::{
    error::{Detail, Error, ErrorKind, Result},
    finding::Finding,
    grid::{Grid, IndexBox},
    io::{
        Limits, file_name,
        nifti::{LabelMapHeader, NiftiFile, NiftiVersion, Orientation},
    },
    label_map::LabelMap,
    level::{Landmarks, Scheme},
    reference::{Reference, ReferenceRegion},
    report::Input,
    roi::{Labels, Roi},
    study::{CORD, ReferenceSource, Study, VertebraeSource},
    units::Onset,
    volume::Volume,
};

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
    hematoma: MaskFile,
    reference: ReferenceFile,
    canal: Option<MaskFile>,
    vertebrae: Option<VertebraeFile>,
    onsets: Vec<Onset>,
    limits: Limits,
    hash_inputs: bool,
    allow_unoriented: bool,
}

impl StudyFiles {
    /// The four files that every study has.
    pub fn new(t1: ImageFile, t2: ImageFile, hematoma: MaskFile, reference: ReferenceFile) -> Self {
        Self {
            t1,
            t2,
            hematoma,
            reference,
            canal: None,
            vertebrae: None,
            onsets: Vec::new(),
            limits: Limits::default(),
            hash_inputs: false,
            allow_unoriented: false,
        }
    }

    /// Sets when the bleeding began, one onset per event.
    pub fn with_onsets(mut self, onsets: impl IntoIterator<Item = Onset>) -> Self {
        self.onsets = onsets.into_iter().collect();
        self
    }

    /// Adds the spinal canal's mask.
    pub fn with_canal(mut self, canal: MaskFile) -> Self {
        self.canal = Some(canal);
        self
    }

    /// Adds the vertebrae.
    pub fn with_vertebrae(mut self, vertebrae: VertebraeFile) -> Self {
        self.vertebrae = Some(vertebrae);
        self
    }

    /// Sets how much a file may claim.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Records the SHA-256 of each file in the report (of a pair, of its `.img`), which reads every file whole.
    pub fn with_hashes(mut self) -> Self {
        self.hash_inputs = true;
        self
    }

    /// Takes files that have neither sform nor qform, by their voxel sizes alone.
    pub fn with_unoriented_allowed(mut self) -> Self {
        self.allow_unoriented = true;
        self
    }

    /// Reads the masks, and of each image the box that they need.
    ///
    /// # Errors
    /// Whatever is wrong with a file, with its name; `Geometry` when one has no orientation.
    pub fn open(&self) -> Result<Study> {
        let mut loader = Loader { files: self, oriented: true, inputs: Vec::new(), findings: Vec::new() };
        let t1 = loader.header("t1", &self.t1.path, None)?;
        let t2 = loader.header("t2", &self.t2.path, None)?;
        let (hematoma, map_header) = loader.mask("hematoma", &self.hematoma)?;
        let reference = loader.reference(&hematoma)?;
        let canal =
            self.canal.as_ref().map(|mask| loader.mask("canal", mask)).transpose()?.map(|(roi, _)| roi);
        let vertebrae = self.vertebrae.as_ref().map(|file| loader.vertebrae(file)).transpose()?;
        let region = match &reference {
            ReferenceSource::Tissue { region, .. } => Some(region.roi()),
            ReferenceSource::Given { .. } => None,
        };
        let read = |file: &NiftiFile, image: &ImageFile| {
            let volume = file.choose_volume(image.volume)?;
            file.read_block(volume, needed(file.grid(), &hematoma, region))
        };
        let (t1, t2): (Result<Volume>, Result<Volume>) = std::thread::scope(|scope| {
            let second = scope.spawn(|| read(&t2, &self.t2));
            let first = read(&t1, &self.t1);
            (first, second.join().unwrap_or_else(|_| Err(LoadError::Thread.into())))
        });
        Ok(Study {
            t1: t1?,
            t2: t2?,
            hematoma,
            reference,
            canal,
            vertebrae,
            onsets: self.onsets.clone(),
            oriented: loader.oriented,
            inputs: loader.inputs,
            findings: loader.findings,
            map_header,
        })
    }
}

/// The box of an image that a hematoma and a reference need.
fn needed(image: &Grid, hematoma: &Roi, reference: Option<&Roi>) -> IndexBox {
    let reach = |roi: &Roi| roi.grid().map_to(image).reach(roi.bounds());
    let box_of = reach(hematoma);
    reference.map_or(box_of, |roi| box_of.union(&reach(roi)))
}

/// Opens files one by one and keeps what the report says of them.
struct Loader<'a> {
    files: &'a StudyFiles,
    /// False as soon as one file does not tell left from right.
    oriented: bool,
    inputs: Vec<Input>,
    findings: Vec<Finding>,
}

impl Loader<'_> {
    fn header(&mut self, role: &str, path: &Path, labels: Option<&Labels>) -> Result<NiftiFile> {
        let file = NiftiFile::open(path, self.files.limits)?;
        if file.orientation() == Orientation::None {
            if !self.files.allow_unoriented {
                return Err(Error::from(LoadError::Unoriented).at(file.name()));
            }
            self.oriented = false;
            self.findings.push(
                Finding::warning("unoriented", "neither sform nor qform is set: left and right are unknown")
                    .at(role),
            );
        }
        self.findings.extend(file.findings().iter().cloned().map(|finding| finding.at(role)));
        let sha256 = if self.files.hash_inputs { Some(hash(file.voxels_in())?) } else { None };
        self.inputs.push(describe(role, &file, labels, sha256));
        Ok(file)
    }

    fn mask(&mut self, role: &str, mask: &MaskFile) -> Result<(Roi, LabelMapHeader)> {
        let Part::Labels(labels) = &mask.part else { return Err(LoadError::NoNames.into()) };
        let file = self.header(role, &mask.image.path, Some(labels))?;
        let roi = file.read_roi(file.choose_volume(None)?, labels)?;
        Ok((roi, LabelMapHeader::of_file(&file)))
    }

    fn vertebrae(&mut self, file: &VertebraeFile) -> Result<VertebraeSource> {
        match file {
            VertebraeFile::Map { map: ImageFile { path, .. }, scheme } => {
                let map = self.labels("vertebrae", path)?;
                let scheme = match scheme {
                    Some(scheme) => scheme.clone(),
                    None => Scheme::choose(None, &map).map_err(|error| error.at(file_name(path)))?,
                };
                Ok(VertebraeSource::Map { map: Box::new(map), scheme: Box::new(scheme) })
            }
            VertebraeFile::Landmarks(path) => {
                let landmarks = if is_nifti(path) {
                    Landmarks::from_disc_points(&self.labels("landmarks", path)?, &Scheme::built_in("sct")?)
                } else {
                    text(path).and_then(|text| text.parse())
                };
                landmarks.map(VertebraeSource::Landmarks).map_err(|error| error.at(file_name(path)))
            }
        }
    }

    fn labels(&mut self, role: &str, path: &Path) -> Result<LabelMap> {
        let file = self.header(role, path, None)?;
        file.read_labels(file.choose_volume(None)?)
    }

    fn reference(&mut self, hematoma: &Roi) -> Result<ReferenceSource> {
        let (role, name, mask) = match &self.files.reference {
            ReferenceFile::Cord(mask) => ("cord", CORD, mask),
            ReferenceFile::Tissue { name, mask } => ("reference", name.as_str(), mask),
            &ReferenceFile::Values { t1, t2 } => {
                return Ok(ReferenceSource::Given {
                    t1: Box::new(Reference::given(t1.0, t1.1)?),
                    t2: Box::new(Reference::given(t2.0, t2.1)?),
                });
            }
        };
        let (roi, _) = self.mask(role, mask)?;
        let region =
            ReferenceRegion::new(roi, hematoma).map_err(|error| error.at(file_name(&mask.image.path)))?;
        Ok(ReferenceSource::Tissue { name: name.into(), region: Box::new(region) })
    }
}

fn describe(role: &str, file: &NiftiFile, labels: Option<&Labels>, sha256: Option<String>) -> Input {
    let format = match file.version() {
        NiftiVersion::One => "nifti-1",
        NiftiVersion::Two => "nifti-2",
    };
    Input {
        file: Some(file.name().into()),
        bytes: Some(file.stored_bytes()),
        sha256,
        format: format.into(),
        orientation: (file.orientation() != Orientation::None).then(|| file.grid().orientation()),
        labels: match labels {
            Some(Labels::Only(labels)) => Some(labels.clone()),
            _ => None,
        },
        ..Input::array(role, file.grid())
    }
}

/// Whether a file is an image by its name.
fn is_nifti(path: &Path) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    [".nii", ".hdr", ".img"].iter().any(|ending| name.trim_end_matches(".gz").ends_with(ending))
}

/// A small text file, whole.
fn text(path: &Path) -> Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    let file = fs::File::open(path).map_err(LoadError::Text)?;
    if !file.metadata().map_err(LoadError::Text)?.is_file() {
        return Err(LoadError::NotText.into());
    }
    file.take(MOST_TEXT + 1).read_to_string(&mut text).map_err(LoadError::Text)?;
    if text.len() as u64 > MOST_TEXT { Err(LoadError::NotText.into()) } else { Ok(text) }
}

fn hash(path: &Path) -> Result<String> {
    use std::fmt::Write as _;
    let failed = |error| Error::from(LoadError::Hash(error)).at(file_name(path));
    let mut hasher = Sha256::new();
    std::io::copy(&mut fs::File::open(path).map_err(failed)?, &mut hasher).map_err(failed)?;
    let mut text = String::new();
    for byte in hasher.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// No file of landmarks is larger.
const MOST_TEXT: u64 = 1 << 20;

#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error(
        "neither sform nor qform is set, so left and right are unknown: set the orientation, or allow unoriented input"
    )]
    Unoriented,
    #[error("reading failed ({0})")]
    Hash(#[source] std::io::Error),
    #[error("the landmarks could not be read ({0}): expected JSON or CSV text, or an image of disc points")]
    Text(#[source] std::io::Error),
    #[error("not a text file of at most 1 MiB: expected landmarks as JSON or CSV")]
    NotText,
    #[error("a label map has no names: choose its labels by number, as in `mask.nii.gz:2`")]
    NoNames,
    #[error("reading stopped unexpectedly")]
    Thread,
}

impl Detail for LoadError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unoriented => ErrorKind::Geometry,
            Self::Hash(_) | Self::Text(_) | Self::Thread => ErrorKind::Io,
            Self::NotText => ErrorKind::Malformed,
            Self::NoNames => ErrorKind::Parameter,
        }
    }
}
