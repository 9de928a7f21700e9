//! A folder with a mask per file, named by what it holds, as TotalSegmentator writes it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    choice::SegmentChoice,
    dicom::{DicomFile, files_in},
    error::{Detail, Error, ErrorKind, Result},
    file::file_name,
    finding::Finding,
    grid::Grid,
    image::ImageReader,
    label_map::{LabelMap, LabelMapBuilder, LabelRun},
    limits::Limits,
    roi::label,
    sink::Sink,
};

/// Endings of the files that a folder of masks holds.
const ENDINGS: [&str; 6] = [".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd"];

/// Maximum number of runs of all masks together.
const MAX_RUNS: usize = 1 << 23;

/// Maximum distance of corners of grids that are the same.
const SAME_MM: f64 = 1e-2;

/// A folder with a mask per file, each on the same grid.
#[derive(Debug)]
pub struct MaskFolder {
    name: String,
    masks: Vec<PathBuf>,
    /// Those that have a number.
    numbered: Vec<(i64, ImageReader)>,
    limits: Limits,
}

impl MaskFolder {
    /// A folder that holds images and no DICOM.
    pub(crate) fn open(path: &Path, limits: Limits) -> Option<Self> {
        let masks = masks_in(path)?;
        Some(Self { name: file_name(path), masks, numbered: Vec::new(), limits })
    }

    /// What stands for its name: a folder is not named.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Total size of the masks that have a number.
    pub(crate) fn stored_bytes(&self) -> u64 {
        self.numbered.iter().map(|(_, mask)| mask.source().bytes).sum()
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.numbered.iter().flat_map(|(_, mask)| mask.source().files)
    }

    pub(crate) fn is_oriented(&self) -> bool {
        self.numbered.iter().all(|(_, mask)| mask.source().oriented)
    }

    /// What is unusual in the header of the first.
    pub(crate) fn findings(&self) -> &[Finding] {
        self.numbered.first().map_or(&[], |(_, mask)| mask.source().findings)
    }

    /// The names of the masks, without folder and ending.
    pub fn masks(&self) -> impl Iterator<Item = String> + '_ {
        self.masks.iter().filter_map(|mask| stem(mask))
    }

    /// Opens the masks that have a number by their names.
    pub(crate) fn number(&mut self, number: impl Fn(&str) -> Option<i64>) -> Result<()> {
        self.numbered.clear();
        for mask in &self.masks {
            if let Some(number) = stem(mask).and_then(|stem| number(&stem)) {
                self.numbered.push((number, ImageReader::open(mask, None, self.limits)?));
            }
        }
        self.check()
    }

    /// Checks that no two masks have the same number, and that all lie on one grid.
    fn check(&self) -> Result<()> {
        let Some(((_, first), others)) = self.numbered.split_first() else { return Ok(()) };
        for (_, other) in others {
            if first.grid().corner_distance_mm(other.grid()) > SAME_MM {
                let one = first.source().name.into();
                return Err(Error::from(FolderError::Grids { one }).at(other.source().name));
            }
        }
        for (n, (number, mask)) in self.numbered.iter().enumerate() {
            if let Some((_, twin)) = self.numbered[..n].iter().find(|(other, _)| other == number) {
                let one = twin.source().name.into();
                return Err(Error::from(FolderError::Twice { one }).at(mask.source().name));
            }
        }
        Ok(())
    }

    /// The error about a choice of a mask that the folder does not hold.
    pub(crate) fn no_choice(&self, choice: &SegmentChoice) -> Error {
        let masks = self.masks.len();
        Error::from(match choice {
            SegmentChoice::Named(name) if named(&self.masks, name).count() > 1 => FolderError::SameName,
            SegmentChoice::Named(_) => FolderError::NoMask { masks },
            _ => FolderError::Choose { masks },
        })
        .at(&self.name)
    }

    /// The masks as one label map. A mask that is empty has no label.
    pub(crate) fn read_labels(&self) -> Result<LabelMap> {
        let Some((_, first)) = self.numbered.first() else {
            return Err(Error::from(FolderError::NoNumbers { masks: self.masks.len() }).at(&self.name));
        };
        let grid: Grid = *first.grid();
        let mut all = Marked::default();
        for (number, mask) in &self.numbered {
            all.label = *number;
            let streamed = mask.stream(&mut all).and_then(|()| Ok(all.check()?));
            streamed.map_err(|error| error.at(mask.source().name))?;
        }
        all.runs.sort_unstable_by_key(|run| (run.k, run.j, run.i));
        let overlap = all.runs.windows(2).find(|pair| {
            let [one, other] = pair else { return false };
            (one.k, one.j) == (other.k, other.j) && other.i < one.i + one.len
        });
        if let Some([one, other]) = overlap {
            let name = |run: &LabelRun| {
                let mask = self.numbered.iter().find(|(number, _)| *number == run.label);
                mask.map(|(_, mask)| mask.source().name.to_owned()).unwrap_or_default()
            };
            return Err(Error::from(FolderError::Overlap { one: name(one) }).at(name(other)));
        }
        let mut map = LabelMapBuilder::new(grid);
        for run in &all.runs {
            map.add([run.i, run.j, run.k].map(|n| n as usize), run.len as usize, run.label as f64);
        }
        map.finish().map_err(|error| error.at(&self.name))
    }
}

/// The only mask with a name in a folder of masks: `spinal_cord` is `spinal_cord.nii.gz` there.
pub fn mask_in(folder: &Path, name: &str) -> Option<PathBuf> {
    let masks = masks_in(folder)?;
    let mut found = named(&masks, name);
    let only = found.next()?;
    found.next().is_none().then(|| only.clone())
}

/// The masks with a name, whatever its case and their endings.
fn named<'a>(masks: &'a [PathBuf], name: &'a str) -> impl Iterator<Item = &'a PathBuf> {
    masks.iter().filter(move |mask| stem(mask).is_some_and(|stem| stem.eq_ignore_ascii_case(name.trim())))
}

/// The images in a folder by name, unless it holds DICOM files too, or no images.
fn masks_in(folder: &Path) -> Option<Vec<PathBuf>> {
    let mut masks: Vec<PathBuf> =
        fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    masks.retain(|path| stem(path).is_some() && path.is_file());
    masks.sort();
    let is_dicom = |file: &PathBuf| stem(file).is_none() && DicomFile::is_dicom(file).unwrap_or(false);
    let is_of_masks = !masks.is_empty() && !files_in(folder).ok()?.iter().any(is_dicom);
    is_of_masks.then_some(masks)
}

/// The name of an image without its ending; `None` for other and for hidden files.
fn stem(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let lower = name.to_ascii_lowercase();
    let ending = ENDINGS.iter().find(|ending| lower.ends_with(*ending))?;
    let stem = &name[..name.len() - ending.len()];
    (!stem.is_empty() && !stem.starts_with('.')).then(|| stem.to_owned())
}

/// Collects the voxels of masks, all that are not 0 with the label of their mask.
#[derive(Default)]
struct Marked {
    label: i64,
    runs: Vec<LabelRun>,
    invalid: Option<f64>,
    is_full: bool,
}

impl Marked {
    fn check(&self) -> Result<(), FolderError> {
        match self.invalid {
            Some(value) => Err(FolderError::NotMask { value }),
            None if self.is_full => Err(FolderError::Runs { max: MAX_RUNS }),
            None => Ok(()),
        }
    }
}

impl Sink for Marked {
    fn add(&mut self, [i, j, k]: [usize; 3], len: usize, value: f64) {
        match label(value) {
            Some(0) => {}
            None => _ = self.invalid.get_or_insert(value),
            Some(_) if self.runs.len() == MAX_RUNS => self.is_full = true,
            Some(_) => {
                let [i, j, k, len] = [i, j, k, len].map(|n| n as u32);
                self.runs.push(LabelRun { i, j, k, len, label: self.label });
            }
        }
    }

    fn skips_zeros(&self) -> bool {
        true
    }
}

#[derive(Debug, thiserror::Error)]
enum FolderError {
    #[error(
        "a folder of {masks} images: choose one of them by its name without ending, as in `folder:spinal_cord`"
    )]
    Choose { masks: usize },
    #[error(
        "none of the {masks} images in the folder has the chosen name: expected the name of a file without its ending, as in `folder:spinal_cord`"
    )]
    NoMask { masks: usize },
    #[error("several images in the folder have the chosen name: give the path of one")]
    SameName,
    #[error(
        "none of the {masks} images in the folder has a number: name a scheme that knows their names, such as totalsegmentator"
    )]
    NoNumbers { masks: usize },
    #[error("the mask lies on another grid than {one}: expected masks of one image")]
    Grids { one: String },
    #[error("the mask has the same number as {one}: expected one file per class")]
    Twice { one: String },
    #[error("the mask overlaps with {one}: a label map holds one label per voxel, so export the masks again")]
    Overlap { one: String },
    #[error("the mask holds {value}, which is no whole number: expected a mask")]
    NotMask { value: f64 },
    #[error("the masks have more than {max} runs of voxels: expected few regions in large parts")]
    Runs { max: usize },
}

impl Detail for FolderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Choose { .. } | Self::NoMask { .. } | Self::SameName | Self::NoNumbers { .. } => {
                ErrorKind::Parameter
            }
            Self::Grids { .. } => ErrorKind::Geometry,
            Self::Twice { .. } | Self::Overlap { .. } | Self::NotMask { .. } => ErrorKind::Malformed,
            Self::Runs { .. } => ErrorKind::Limit,
        }
    }
}
