//! Cross-sections of a mask at each step of the line: volume and sectors.

use super::{
    cells::{Cells, spread},
    line::Line,
    position::Sectors,
};
use crate::roi::Roi;

/// Length of a step, mm.
pub(super) const STEP_MM: f64 = 1.0;

/// What a mask holds of one or more steps.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Section {
    pub(super) volume_mm3: f64,
    pub(super) sectors: Sectors,
}

impl Section {
    fn add(&mut self, other: &Self, share: f64) {
        self.volume_mm3 += share * other.volume_mm3;
        self.sectors.add(&other.sectors, share);
    }
}

/// The cross-sections of a mask, one per step; step `n` goes from `n` to `n + 1` mm along the line.
#[derive(Debug, Default, Clone)]
pub(super) struct Sections {
    first: i64,
    steps: Vec<Section>,
    /// How far the mask reaches along the line.
    pub(super) extent: Option<(f64, f64)>,
}

impl Sections {
    /// The cross-sections of a mask.
    ///
    /// A voxel's volume is shared among the steps that its cells reach, so that the sections add up
    /// to the volume. A cell on the border of two sectors is shared between them.
    pub(super) fn of(line: &Line, mask: &Roi) -> Self {
        let cells = Cells::of(mask.grid());
        let mut found = Self::default();
        for voxel in mask.voxels() {
            let centre = mask.grid().centre(voxel);
            let frame = line.frame(line.locate(centre).frame);
            let along = cells.extent_mm(frame.up);
            let across = [cells.extent_mm(frame.right), cells.extent_mm(frame.anterior)];
            for p in cells.centres(centre) {
                let at = line.locate(p);
                let volume_mm3 = cells.volume_mm3;
                let section = Section {
                    volume_mm3,
                    sectors: Sectors::of_cell([at.right, at.anterior], across, volume_mm3),
                };
                found.add(at.along, along, &section);
            }
        }
        found
    }

    fn add(&mut self, along: f64, extent: f64, section: &Section) {
        let (low, high) = (along - extent / 2.0, along + extent / 2.0);
        self.extent = Some(self.extent.map_or((low, high), |(a, b)| (a.min(low), b.max(high))));
        for (step, share) in spread(along, extent, STEP_MM) {
            self.reach(step);
            self.steps[(step - self.first) as usize].add(section, share);
        }
    }

    /// Makes room for a step.
    fn reach(&mut self, step: i64) {
        if self.steps.is_empty() {
            self.first = step;
        }
        if step < self.first {
            let missing = (self.first - step) as usize;
            self.steps.splice(0..0, std::iter::repeat_n(Section::default(), missing));
            self.first = step;
        }
        let needed = (step - self.first) as usize + 1;
        if needed > self.steps.len() {
            self.steps.resize(needed, Section::default());
        }
    }

    /// The steps from the first to the last that hold anything.
    pub(super) fn range(&self) -> std::ops::Range<i64> {
        self.first..self.first + self.steps.len() as i64
    }

    /// One step; empty where the mask is not.
    pub(super) fn at(&self, step: i64) -> Section {
        let place = usize::try_from(step - self.first).ok();
        place.and_then(|n| self.steps.get(n)).copied().unwrap_or_default()
    }

    /// All steps together.
    pub(super) fn whole(&self) -> Section {
        self.steps.iter().fold(Section::default(), |mut sum, step| {
            sum.add(step, 1.0);
            sum
        })
    }
}
