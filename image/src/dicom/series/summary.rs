//! One line about a stack: what is needed to choose it, without free text of the header.

use std::fmt;

use super::{
    super::{frames::Frame, plane::Plane},
    group::Candidate,
    numbering::middle,
    select::UNNUMBERED,
    stack::positions,
};
use crate::{acquisition::Weighting, grid::Grid, vector::dot};

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
    /// Whether the header of its first slice names a contrast agent.
    pub contrast_agent: bool,
    /// Number of different slice positions; of images without positions, the number of files.
    pub slices: usize,
    /// Columns and rows.
    pub matrix: Option<[usize; 2]>,
    /// Distance between pixel centers along a row, along a column and between slices.
    pub spacing_mm: [Option<f64>; 3],
    /// The anatomical plane nearest to the slices.
    pub orientation: Option<AnatomicalPlane>,
    /// Number of images; more than slices where several were made of one.
    pub images: usize,
    /// Whether the images of one slice are time points.
    pub has_time_points: bool,
    /// What tells it from other stacks of its series number that lie at its place, such as `acquisition 2`.
    pub apart: Option<String>,
    /// Where it lies; `None` when it cannot be read as a volume.
    pub grid: Option<Grid>,
    /// The middle of its slices, in RAS+ mm.
    pub middle_mm: Option<[f64; 3]>,
    /// The positions of its first and last slice along their normal.
    pub ends_mm: Option<[f64; 2]>,
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
    pub(super) fn of(candidate: &Candidate) -> Self {
        let grid = candidate.stack.as_ref().ok().map(|stack| stack.grid);
        let first = candidate.frames.first();
        let plane = first.map(|frame| frame.plane);
        let in_plane = |axis: usize| plane.map(|plane| plane.spacing_mm()[axis]);
        let time_points =
            candidate.frames.windows(2).map(|pair| [&pair[0], &pair[1]].map(|frame| frame.marks.time_point));
        Self {
            series_number: candidate.series_number,
            part: candidate.part,
            weighting: candidate.weighting,
            contrast_agent: candidate.contrast_agent,
            slices: if first.is_some() { positions(&candidate.frames) } else { candidate.files.len() },
            matrix: first.map(|frame| frame.key.matrix()),
            spacing_mm: [in_plane(0), in_plane(1), grid.map(|grid| grid.spacing_mm()[2])],
            orientation: plane.as_ref().map(AnatomicalPlane::of),
            images: if first.is_some() { candidate.frames.len() } else { candidate.files.len() },
            has_time_points: time_points.into_iter().any(|[one, next]| one != next),
            apart: candidate.apart.clone(),
            middle_mm: middle(candidate),
            ends_mm: plane.map(|plane| ends(&candidate.frames, plane.normal())),
            grid,
            problem: candidate.stack.as_ref().err().map(ToString::to_string),
        }
    }

    /// The text after `#` that selects it: `5` or `5.2`, and `none` or `none.2` without a series number.
    pub fn choice(&self) -> String {
        let number = self.series_number.map_or_else(|| UNNUMBERED.to_owned(), |number| number.to_string());
        self.part.map_or(number.clone(), |part| format!("{number}.{part}"))
    }
}

/// The first and the last position of frames along a direction.
fn ends(frames: &[Frame], normal: [f64; 3]) -> [f64; 2] {
    let along = frames.iter().map(|frame| dot(frame.plane.position(), normal));
    along.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], mm| [low.min(mm), high.max(mm)])
}

/// A point in the patient, such as `L 3.2 A 12 S 62.1`.
struct Point([f64; 3]);

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (axis, (mm, letters)) in self.0.into_iter().zip(["LR", "PA", "IS"]).enumerate() {
            let mm = tenths(mm);
            let letter = &letters[usize::from(mm >= 0.0)..][..1];
            write!(f, "{}{letter} {}", if axis == 0 { "" } else { " " }, mm.abs())?;
        }
        Ok(())
    }
}

fn tenths(mm: f64) -> f64 {
    // adding zero turns -0 into 0
    (mm * 10.0).round() / 10.0 + 0.0
}

impl SeriesSummary {
    fn place(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(middle) = self.middle_mm {
            write!(f, ", middle {} mm", Point(middle))?;
        }
        match self.ends_mm.map(|ends| ends.map(tenths)) {
            Some([first, last]) if first < last => {
                write!(f, ", slices from {first} to {last} mm along their normal")
            }
            Some([at, _]) => write!(f, ", slice at {at} mm along its normal"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for SeriesSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agent = if self.contrast_agent { " after contrast agent" } else { "" };
        write!(f, "#{}: {}{agent}", self.choice(), self.weighting)?;
        write!(f, ", {} slice{}", self.slices, if self.slices == 1 { "" } else { "s" })?;
        if let Some([columns, rows]) = self.matrix {
            write!(f, " of {columns} x {rows}")?;
        }
        if self.slices == 1 && self.images > 1 {
            let what = if self.has_time_points { "at" } else { "in" };
            let images = if self.has_time_points { "time points" } else { "images" };
            write!(f, " {what} {} {images}", self.images)?;
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
        self.place(f)?;
        if let Some(apart) = &self.apart {
            write!(f, ", {apart}")?;
        }
        match &self.problem {
            Some(problem) => write!(f, "; cannot be used: {problem}"),
            None => Ok(()),
        }
    }
}
