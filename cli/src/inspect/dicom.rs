//! What DICOM files hold: stacks of slices, segments or contours.

use std::{
    io::{self, Write},
    path::Path,
};

use hemastage::io::{
    Limits,
    dicom::{ObjectKind, Segmentation, SeriesSummary, StructureSet, list},
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
    Series(Series),
    /// A segmentation, with the numbers of its segments.
    #[serde(rename = "dicom-seg")]
    Segmentation { name: String, bytes: u64, segments: Vec<i64> },
    /// A structure set, with the numbers of its ROIs.
    #[serde(rename = "dicom-rtstruct")]
    StructureSet { name: String, bytes: u64, rois: Vec<i64> },
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
            ObjectKind::Segmentation => {
                let found = Segmentation::open(path, limits)?;
                let (name, bytes) = (found.name().into(), found.stored_bytes());
                return Ok(vec![Record::Segmentation { name, bytes, segments: found.numbers() }]);
            }
            ObjectKind::StructureSet => {
                let found = StructureSet::open(path, limits)?;
                let (name, bytes) = (found.name().into(), found.stored_bytes());
                return Ok(vec![Record::StructureSet { name, bytes, rois: found.numbers() }]);
            }
            ObjectKind::Image => {}
        }
    }
    Ok(list(path, limits)?.iter().map(|summary| Record::Series(Series::of(summary))).collect())
}

pub(super) fn print(out: &mut dyn Write, record: &Record) -> io::Result<()> {
    let bold = Theme::heading();
    let masks = |out: &mut dyn Write, name: &str, format: &str, bytes: u64, what: &str, numbers: &[i64]| {
        writeln!(out, "{bold}{}{bold:#}", printable(name))?;
        line(out, "  format", &format!("{format}, {bytes} bytes"))?;
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        line(out, &format!("  {what}"), &numbers.join(", "))
    };
    match record {
        Record::Series(series) => writeln!(out, "{bold}DICOM{bold:#} {}", printable(&series.text)),
        Record::Segmentation { name, bytes, segments } => {
            masks(out, name, "DICOM segmentation", *bytes, "segments", segments)
        }
        Record::StructureSet { name, bytes, rois } => {
            masks(out, name, "DICOM structure set", *bytes, "ROIs", rois)
        }
    }
}
