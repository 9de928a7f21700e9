//! What DICOM files hold: stacks of slices, segments or contours.

use std::{
    io::{self, Write},
    path::Path,
};

use hemastage::io::{
    Limits,
    dicom::{MaskPart, MaskSummary, ObjectKind, Segmentation, SeriesSummary, StructureSet, list, list_masks},
};
use hemastage_image::text::printable;
use serde::Serialize;

use crate::{lines::line, theme::Theme};

/// What a DICOM file, or a folder of them, holds.
#[derive(Debug, Serialize)]
#[serde(tag = "format")]
pub(super) enum Record {
    /// A stack of slices.
    #[serde(rename = "dicom")]
    Series(Box<Series>),
    /// A segmentation, with the numbers of its segments.
    #[serde(rename = "dicom-seg")]
    Segmentation {
        segments: Vec<i64>,
        #[serde(flatten)]
        mask: Mask,
    },
    /// A structure set, with the numbers of its ROIs.
    #[serde(rename = "dicom-rtstruct")]
    StructureSet {
        rois: Vec<i64>,
        #[serde(flatten)]
        mask: Mask,
    },
}

/// What a segmentation and a structure set have in common.
#[derive(Debug, Serialize)]
pub(super) struct Mask {
    name: String,
    bytes: u64,
    /// The text behind `#` that chooses it in its folder.
    choice: String,
    /// The segments or ROIs.
    parts: Vec<Part>,
    /// The numbers of the series in the folder that it refers to.
    series: Vec<i64>,
    /// Why it can't be read; null if it can.
    problem: Option<String>,
    /// Its line in the listing of a folder; `None` for a file that is described by itself.
    #[serde(skip)]
    text: Option<String>,
}

/// A segment or an ROI.
#[derive(Debug, Serialize)]
struct Part {
    number: i64,
    /// What it is of, by its code; null without a code of the standard.
    property: Option<&'static str>,
    voxels: Option<usize>,
    contours: Option<usize>,
    #[serde(skip)]
    text: String,
}

impl Record {
    fn of_mask(summary: &MaskSummary, is_in_folder: bool) -> Self {
        let part = |part: &MaskPart| Part {
            number: part.number,
            property: part.property,
            voxels: part.voxels,
            contours: part.contours,
            text: part.to_string(),
        };
        let mask = Mask {
            name: summary.name.clone(),
            bytes: summary.bytes,
            choice: summary.choice(),
            parts: summary.parts.iter().map(part).collect(),
            series: summary.series.clone(),
            problem: summary.problem.clone(),
            text: is_in_folder.then(|| summary.to_string()),
        };
        let numbers = summary.parts.iter().map(|part| part.number).collect();
        if summary.kind == ObjectKind::Segmentation {
            Self::Segmentation { segments: numbers, mask }
        } else {
            Self::StructureSet { rois: numbers, mask }
        }
    }
}

/// A stack of slices.
#[derive(Debug, Serialize)]
pub(super) struct Series {
    /// The text behind `#` that chooses it.
    choice: String,
    weighting: String,
    contrast_agent: bool,
    slices: usize,
    /// More than slices where several images were made of one.
    images: usize,
    matrix: Option<[usize; 2]>,
    spacing_mm: [Option<f64>; 3],
    orientation: Option<String>,
    /// The middle of its slices, RAS+ mm.
    middle_mm: Option<[f64; 3]>,
    /// The positions of its first and last slice along their normal.
    ends_mm: Option<[f64; 2]>,
    /// What tells it from other stacks at its place.
    apart: Option<String>,
    /// Why it can't be read as a volume; null if it can.
    problem: Option<String>,
    #[serde(skip)]
    text: String,
}

impl Series {
    fn of(summary: &SeriesSummary) -> Self {
        Self {
            choice: summary.choice(),
            weighting: summary.weighting.to_string(),
            contrast_agent: summary.contrast_agent,
            slices: summary.slices,
            images: summary.images,
            matrix: summary.matrix,
            spacing_mm: summary.spacing_mm.map(|mm| mm.map(rounded)),
            orientation: summary.orientation.map(|plane| plane.to_string()),
            middle_mm: summary.middle_mm.map(|mm| mm.map(rounded)),
            ends_mm: summary.ends_mm.map(|mm| mm.map(rounded)),
            apart: summary.apart.clone(),
            problem: summary.problem.clone(),
            text: summary.to_string(),
        }
    }
}

fn rounded(mm: f64) -> f64 {
    (mm * 1e6).round() / 1e6
}

/// What a DICOM file holds, or a folder with all folders in it.
///
/// # Errors
/// When a file is damaged, or a folder cannot be read.
pub(super) fn read(path: &Path) -> hemastage::Result<Vec<Record>> {
    let limits = Limits::default();
    if path.is_file() {
        match ObjectKind::of_file(path, limits)? {
            ObjectKind::Segmentation => drop(Segmentation::open(path, limits)?),
            ObjectKind::StructureSet => drop(StructureSet::open(path, limits)?),
            ObjectKind::Image => return Ok(series(path, limits)?.collect()),
        }
        let masks = list_masks(path, limits)?;
        return Ok(masks.iter().map(|mask| Record::of_mask(mask, false)).collect());
    }
    let masks = list_masks(path, limits)?;
    let masks = masks.iter().map(|mask| Record::of_mask(mask, true));
    match series(path, limits) {
        Ok(series) => Ok(series.chain(masks).collect()),
        Err(_) if masks.len() > 0 => Ok(masks.collect()),
        Err(error) => Err(error),
    }
}

fn series(path: &Path, limits: Limits) -> hemastage::Result<impl Iterator<Item = Record>> {
    Ok(list(path, limits)?.into_iter().map(|summary| Record::Series(Box::new(Series::of(&summary)))))
}

pub(super) fn print(out: &mut dyn Write, record: &Record) -> io::Result<()> {
    let bold = Theme::heading();
    let masks = |out: &mut dyn Write, format: &str, what: &str, mask: &Mask| {
        if let Some(text) = &mask.text {
            return writeln!(out, "{bold}DICOM{bold:#} {}", printable(text));
        }
        writeln!(out, "{bold}{}{bold:#}", printable(&mask.name))?;
        line(out, "  format", &format!("{format}, {} bytes", mask.bytes))?;
        let numbers: Vec<String> = mask.parts.iter().map(|part| part.number.to_string()).collect();
        line(out, &format!("  {what}"), &numbers.join(", "))?;
        mask.parts.iter().try_for_each(|part| line(out, "", &part.text))
    };
    match record {
        Record::Series(series) => writeln!(out, "{bold}DICOM{bold:#} {}", printable(&series.text)),
        Record::Segmentation { mask, .. } => masks(out, "DICOM segmentation", "segments", mask),
        Record::StructureSet { mask, .. } => masks(out, "DICOM structure set", "ROIs", mask),
    }
}
