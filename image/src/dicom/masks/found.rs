//! The masks in a folder, and which one a caller selects.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
};

use dicom_dictionary_std::tags;
use rayon::prelude::*;

use super::{
    references::{Identifiers, ImageIndex},
    summary::{MaskSummary, choice},
};
use crate::{
    dicom::{
        file::DicomFile,
        object::ObjectKind,
        series::{Selector, files_in},
    },
    error::{Detail, ErrorKind, Result},
    limits::Limits,
};

/// A segmentation or structure set of a folder.
pub(crate) struct FoundMask {
    pub(super) file: DicomFile,
    pub(super) kind: ObjectKind,
    pub(super) series_number: Option<i64>,
    /// Its number among the masks of its series number, from 1; `None` when it is the only one.
    pub(super) part: Option<usize>,
    series_uid: String,
}

impl FoundMask {
    fn matches(&self, selector: &Selector) -> bool {
        match selector {
            Selector::Number { series, .. } if self.series_number != Some(*series) => false,
            Selector::Unnumbered { .. } if self.series_number.is_some() => false,
            Selector::Number { part, .. } | Selector::Unnumbered { part } => {
                part.is_none_or(|part| part == self.part.unwrap_or(1))
            }
            Selector::Uid(start) => self.series_uid.starts_with(start),
            Selector::Only => true,
        }
    }
}

impl fmt::Display for FoundMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.kind == ObjectKind::Segmentation { "segmentation" } else { "structure set" };
        write!(f, "#{}: {kind}", choice(self.series_number, self.part))
    }
}

/// The masks in a folder and its subfolders, in the order of their series numbers; of one number, that of their instance
/// numbers.
///
/// # Errors
/// When the folder cannot be listed.
pub(crate) fn masks_in(folder: &Path, limits: Limits) -> Result<Vec<FoundMask>> {
    Ok(scan(&files_in(folder)?, limits).masks)
}

/// What some DICOM files hold.
struct Scan {
    masks: Vec<FoundMask>,
    /// The series of images, each with its number.
    images: Vec<(i64, Identifiers)>,
}

/// One DICOM file.
enum Found {
    Mask(FoundMask),
    /// `SeriesNumber`, `SeriesInstanceUID` and `SOPInstanceUID`.
    Image(i64, String, String),
}

impl Found {
    /// `None` for what cannot be read, or is an image without an identifier.
    fn of(path: &Path, limits: Limits) -> Option<Self> {
        if !DicomFile::is_dicom(path).unwrap_or(false) {
            return None;
        }
        let file = DicomFile::open(path, limits).ok()?;
        let dataset = file.dataset();
        let kind = ObjectKind::of(dataset);
        let series_number = dataset.whole(tags::SERIES_NUMBER);
        let series_uid = dataset.text(tags::SERIES_INSTANCE_UID).unwrap_or_default();
        if kind == ObjectKind::Image {
            return Some(Self::Image(series_number?, series_uid, dataset.text(tags::SOP_INSTANCE_UID)?));
        }
        Some(Self::Mask(FoundMask { file, kind, series_number, part: None, series_uid }))
    }
}

/// Reads the headers of files, in parallel.
fn scan(files: &[PathBuf], limits: Limits) -> Scan {
    let found: Vec<Found> = files.par_iter().filter_map(|path| Found::of(path, limits)).collect();
    let mut masks = Vec::new();
    let mut series: BTreeMap<(i64, String), BTreeSet<String>> = BTreeMap::new();
    for found in found {
        match found {
            Found::Mask(mask) => masks.push(mask),
            Found::Image(number, uid, instance) => {
                series.entry((number, uid)).or_default().insert(instance);
            }
        }
    }
    let identifiers = |((number, uid), instances): ((i64, String), BTreeSet<String>)| {
        (number, Identifiers { series: Some(uid).filter(|uid| !uid.is_empty()), instances })
    };
    sort(&mut masks);
    Scan { masks, images: series.into_iter().map(identifiers).collect() }
}

/// Sorts masks and numbers those of one series number, by what the files say; their names mean nothing.
fn sort(masks: &mut [FoundMask]) {
    masks.sort_by_cached_key(|mask| {
        let dataset = mask.file.dataset();
        let instance = dataset.whole(tags::INSTANCE_NUMBER);
        let number = mask.series_number.unwrap_or(i64::MAX);
        (number, mask.series_uid.clone(), instance, dataset.text(tags::SOP_INSTANCE_UID))
    });
    let mut counts: BTreeMap<Option<i64>, usize> = BTreeMap::new();
    for mask in masks.iter_mut() {
        let count = counts.entry(mask.series_number).or_default();
        *count += 1;
        mask.part = Some(*count);
    }
    for mask in masks.iter_mut().filter(|mask| counts.get(&mask.series_number) == Some(&1)) {
        mask.part = None;
    }
}

/// The mask of a folder that a choice of series selects; `None` when it selects none.
///
/// # Errors
/// `Parameter` when it selects several.
pub(crate) fn selected(
    folder: &Path,
    selector: &Selector,
    limits: Limits,
) -> Result<Option<(ObjectKind, DicomFile)>> {
    let mut masks = masks_in(folder, limits)?;
    masks.retain(|mask| mask.matches(selector));
    match masks.len() {
        0 | 1 => Ok(masks.pop().map(|mask| (mask.kind, mask.file))),
        count => Err(FoundError::Several { count, listed: listed(&masks) }.into()),
    }
}

/// One line for each of the masks, up to 24.
pub(crate) fn listed(masks: &[FoundMask]) -> String {
    const MAX: usize = 24;
    let mut lines: Vec<String> = masks.iter().take(MAX).map(|mask| format!("\n  {mask}")).collect();
    if masks.len() > MAX {
        lines.push(format!("\n  and {} more", masks.len() - MAX));
    }
    lines.concat()
}

/// Lists the segmentations and structure sets in a folder and its subfolders, or the one in a file. All frames of segmentations are read, as
/// their voxels are counted.
///
/// One that cannot be read is listed with its problem.
///
/// # Errors
/// `Io` when the folder cannot be read, `Limit` when it holds too many files.
pub fn list_masks(path: impl AsRef<Path>, limits: Limits) -> Result<Vec<MaskSummary>> {
    let path = path.as_ref();
    let files = if path.is_dir() { files_in(path)? } else { vec![path.to_owned()] };
    let Scan { masks, images } = scan(&files, limits);
    let numbers: Vec<i64> = images.iter().map(|(number, _)| *number).collect();
    let index = ImageIndex::of_identifiers(images.into_iter().map(|(_, identifiers)| identifiers).collect());
    let summary = |mask: FoundMask| {
        let dataset = mask.file.dataset();
        let referred = match mask.kind {
            ObjectKind::Segmentation => index.of_segmentation(dataset),
            _ => index.of_contours(dataset),
        };
        let series: BTreeSet<i64> = referred.numbers().filter_map(|n| numbers.get(n).copied()).collect();
        MaskSummary::of(mask, series.into_iter().collect(), limits)
    };
    Ok(masks.into_iter().map(summary).collect())
}

#[derive(Debug, thiserror::Error)]
enum FoundError {
    #[error(
        "{count} masks have that series number or UID: add one of these to the path, or give the file{listed}"
    )]
    Several { count: usize, listed: String },
}

impl Detail for FoundError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}
