//! Cross-sections of a mask at each step of the line: volume, middle and sectors.

use super::{
    cells::{Cells, spread},
    line::Line,
    position::Sectors,
};
use crate::{roi::Roi, statistics::median};

/// Length of a step, mm.
pub(super) const STEP_MM: f64 = 1.0;

/// A step lies in a mask when it holds this share of the mask's median step or more.
const LEAST_SECTION: f64 = 0.5;

/// What a mask holds of one or more steps.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Section {
    pub(super) volume_mm3: f64,
    /// First moments of the volume.
    right: f64,
    anterior: f64,
    pub(super) sectors: Sectors,
}

impl Section {
    fn add(&mut self, other: &Self, share: f64) {
        self.volume_mm3 += share * other.volume_mm3;
        self.right += share * other.right;
        self.anterior += share * other.anterior;
        self.sectors.add(&other.sectors, share);
    }

    /// Millimetres of the middle to the right of the line and in front of it.
    pub(super) fn middle(&self) -> Option<[f64; 2]> {
        (self.volume_mm3 > 0.0).then(|| [self.right / self.volume_mm3, self.anterior / self.volume_mm3])
    }
}

/// The cross-sections of a mask, one per step; step `n` goes from `n` to `n + 1` mm along the line.
#[derive(Debug, Default, Clone)]
pub(super) struct Sections {
    first: i64,
    steps: Vec<Section>,
    /// How far the mask reaches along the line.
    pub(super) extent: Option<(f64, f64)>,
    /// The volume that half of the steps exceed.
    typical_mm3: f64,
}

impl Sections {
    /// The cross-sections of the voxels of a mask that are kept, given by index.
    ///
    /// A voxel's volume is shared among the steps that its cells reach, so that the sections add up
    /// to the volume. A cell on the border of two sectors is shared between them.
    pub(super) fn of(line: &Line, mask: &Roi, keep: impl Fn([usize; 3]) -> bool) -> Self {
        let cells = Cells::of(mask.grid());
        let mut found = Self::default();
        for voxel in mask.voxels().filter(|&voxel| keep(voxel)) {
            let centre = mask.grid().centre(voxel);
            let frame = line.frame(line.locate(centre).frame);
            let along = cells.extent_mm(frame.up);
            let across = [cells.extent_mm(frame.right), cells.extent_mm(frame.anterior)];
            for p in cells.centres(centre) {
                let at = line.locate(p);
                let volume_mm3 = cells.volume_mm3;
                let section = Section {
                    volume_mm3,
                    right: volume_mm3 * at.right,
                    anterior: volume_mm3 * at.anterior,
                    sectors: Sectors::of_cell([at.right, at.anterior], across, volume_mm3),
                };
                found.add(at.along, along, &section);
            }
        }
        let mut volumes: Vec<f64> =
            found.steps.iter().map(|section| section.volume_mm3).filter(|&v| v > 0.0).collect();
        found.typical_mm3 = median(&mut volumes).unwrap_or(0.0);
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

    /// A step with its neighbours as far as `half` steps.
    pub(super) fn slab(&self, step: i64, half: i64) -> Section {
        (step - half..=step + half).fold(Section::default(), |mut sum, step| {
            sum.add(&self.at(step), 1.0);
            sum
        })
    }

    /// All steps together.
    pub(super) fn whole(&self) -> Section {
        self.steps.iter().fold(Section::default(), |mut sum, step| {
            sum.add(step, 1.0);
            sum
        })
    }

    /// These and others together.
    pub(super) fn and(mut self, other: &Self) -> Self {
        for step in other.range() {
            self.reach(step);
            self.steps[(step - self.first) as usize].add(&other.at(step), 1.0);
        }
        self
    }

    /// Whether a step lies in the mask, and not at an end of it that is cut across.
    pub(super) fn is_inside(&self, step: i64) -> bool {
        let volume = self.at(step).volume_mm3;
        volume > 0.0 && volume >= LEAST_SECTION * self.typical_mm3
    }
}
