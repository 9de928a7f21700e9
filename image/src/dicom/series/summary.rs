//! One line about a stack: what is needed to choose it, without free text of the header.

use std::fmt;

use super::{
    super::{acquisition::acquisition, plane::Plane},
    group::Candidate,
    scan::ImageFile,
    stack::positions,
};
use crate::acquisition::Weighting;

/// A stack of slices in a folder, or images that cannot be read as one.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SeriesSummary {
    /// `SeriesNumber`, if the header has it.
    pub series_number: Option<i64>,
    /// Its number among the stacks of its series number, from 1; `None` when it is the only one.
    pub part: Option<usize>,
    /// The weighting of its first slice.
    pub weighting: Weighting,
    /// Number of different slice positions; of images without positions, the number of files.
    pub slices: usize,
    /// Columns and rows.
    pub matrix: Option<[usize; 2]>,
    /// Distance between pixel centers along a row, along a column and between slices.
    pub spacing_mm: [Option<f64>; 3],
    /// The anatomical plane nearest to the slices.
    pub orientation: Option<AnatomicalPlane>,
    /// Why it cannot be read as a volume.
    pub problem: Option<String>,
}

/// An anatomical plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnatomicalPlane {
    /// Slices are stacked from left to right.
    Sagittal,
    /// Slices are stacked from front to back.
    Coronal,
    /// Slices are stacked from head to feet.
    Axial,
}

impl AnatomicalPlane {
    fn of(plane: &Plane) -> Self {
        let [x, y, z] = plane.normal().map(f64::abs);
        match () {
            () if x >= y && x >= z => Self::Sagittal,
            () if y >= z => Self::Coronal,
            () => Self::Axial,
        }
    }
}

impl fmt::Display for AnatomicalPlane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sagittal => "sagittal",
            Self::Coronal => "coronal",
            Self::Axial => "axial",
        })
    }
}

impl SeriesSummary {
    pub(super) fn of(candidate: &Candidate, files: &[ImageFile]) -> Self {
        let stack = candidate.stack.as_ref().ok();
        let plane = candidate.frames.first().map(|frame| frame.plane);
        let in_plane = |axis: usize| plane.map(|plane| plane.spacing_mm()[axis]);
        let first = candidate.frames.first().map(|frame| (frame.file, frame.index));
        let header = first.or_else(|| candidate.files.first().map(|&file| (file, 0)));
        Self {
            series_number: candidate.series_number,
            part: candidate.part,
            weighting: header.map_or(Weighting::Unknown, |(file, frame)| {
                acquisition(files[file].dicom.dataset(), frame).weighting()
            }),
            slices: if plane.is_some() { positions(&candidate.frames) } else { candidate.files.len() },
            matrix: candidate.frames.first().map(|frame| frame.key.matrix()),
            spacing_mm: [in_plane(0), in_plane(1), stack.map(|stack| stack.grid.spacing_mm()[2])],
            orientation: plane.as_ref().map(AnatomicalPlane::of),
            problem: candidate.stack.as_ref().err().map(ToString::to_string),
        }
    }

    /// The text after `#` that selects it, such as `5` or `5.2`; `None` without a series number.
    pub fn choice(&self) -> Option<String> {
        let number = self.series_number?;
        Some(self.part.map_or_else(|| number.to_string(), |part| format!("{number}.{part}")))
    }
}

impl fmt::Display for SeriesSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.choice() {
            Some(choice) => write!(f, "#{choice}: ")?,
            None => write!(f, "(no number): ")?,
        }
        write!(f, "{}, {} slice{}", self.weighting, self.slices, if self.slices == 1 { "" } else { "s" })?;
        if let Some([columns, rows]) = self.matrix {
            write!(f, " of {columns} x {rows}")?;
        }
        if let Some(orientation) = self.orientation {
            write!(f, ", {orientation}")?;
        }
        let [i, j, k] = self.spacing_mm.map(|mm| mm.map(|mm| (mm * 1e3).round() / 1e3));
        if let (Some(i), Some(j)) = (i, j) {
            write!(f, ", {i} x {j}")?;
            if let Some(k) = k {
                write!(f, " x {k}")?;
            }
            f.write_str(" mm")?;
        }
        match &self.problem {
            Some(problem) => write!(f, "; cannot be used: {problem}"),
            None => Ok(()),
        }
    }
}
