//! The spinal canal around the hematoma: how much of it is taken, and where the cord has gone.

use hemastage_image::roi::Roi;

use super::{
    chords::{Chord, Course, Pieces, SPACING_MM, around, joined, line_at, longest, on_line, planes_of},
    line::Line,
    plane::Flat,
    thickness::Thickest,
};
use crate::kernel::statistics::median;

/// A step lies in a mask when it holds this share of the mask's median step or more: at the ends of a
/// mask a cross-section is cut. A share of exactly a half is not left to rounding.
const MIN_SECTION: f64 = 0.5 - 1e-6;

/// A smaller cross-section is rounding.
const MIN_MM2: f64 = 1e-6;
/// Slack on places, so that rounding does not decide a tie.
const SLACK_MM: f64 = 1e-6;

/// The chords of a mask, and the cross-section from which a step counts as inside it.
#[derive(Debug)]
struct Tube {
    chords: Vec<Chord>,
    least_mm2: f64,
}

impl Tube {
    fn new(chords: Vec<Chord>, steps: std::ops::Range<i64>) -> Self {
        let mut areas: Vec<f64> =
            steps.map(|step| Flat::of(&chords, step, 0).area_mm2).filter(|&area| area > MIN_MM2).collect();
        let least_mm2 = MIN_SECTION * median(&mut areas).unwrap_or(f64::INFINITY);
        Self { chords, least_mm2 }
    }

    /// Whether the slab around a step lies inside the mask.
    fn holds(&self, step: i64, half: i64) -> bool {
        (step - half..=step + half).all(|step| Flat::of(&self.chords, step, 0).area_mm2 >= self.least_mm2)
    }
}

/// A canal with what lies in it.
///
/// The space is the canal mask together with the hematoma and the cord: a segmenter often leaves either
/// out of what it calls the canal.
#[derive(Debug)]
pub(super) struct Canal {
    mask: Tube,
    cord: Option<Tube>,
    space: Vec<Chord>,
    /// The longest stretch of each line in the space.
    longest: Vec<Chord>,
    half: i64,
    /// Share of the hematoma's voxels whose center is not in the mask.
    pub(super) outside: f64,
}

impl Canal {
    /// The canal at some steps of a line; `half` is the reach of a slab.
    pub(super) fn of(
        line: &Line,
        canal: &Roi,
        (hematoma, blood): (&Roi, &[Chord]),
        cord: Option<&Roi>,
        steps: std::ops::Range<i64>,
        half: i64,
    ) -> Self {
        let planes = planes_of(steps.start - half, steps.end + half);
        let tube = |mask| {
            let chords = Pieces::of(line, mask, &planes, Course::Sagittal).chords(&planes);
            Tube::new(chords, steps.clone())
        };
        let (mask, cord) = rayon::join(|| tube(canal), || cord.map(tube));
        let parts = [&*mask.chords, blood, cord.as_ref().map_or(&[], |cord| &*cord.chords)];
        let space = joined(parts.concat());
        let map = hematoma.grid().map_to(canal.grid());
        let inside = |voxel| map.nearest(voxel).is_some_and(|index| canal.position(index).is_some());
        let outside = hematoma.voxels().filter(|&voxel| !inside(voxel)).count() as f64;
        Self {
            mask,
            cord,
            longest: longest(space.clone()),
            space,
            half,
            outside: outside / hematoma.len() as f64,
        }
    }

    /// Area of the canal with all that lies in it, in the slab around a step inside the mask.
    pub(super) fn area_mm2(&self, step: i64) -> Option<f64> {
        self.mask.holds(step, self.half).then(|| Flat::of(&self.space, step, self.half).area_mm2)
    }

    /// Hematoma / canal by area, given the hematoma's stretches.
    pub(super) fn occupancy_area(&self, hematoma: &[Chord], step: i64) -> Option<f64> {
        Some(Flat::of(hematoma, step, self.half).area_mm2 / self.area_mm2(step)?)
    }

    /// Hematoma / canal on the lines where the hematoma is thickest.
    pub(super) fn occupancy_ap(&self, thickest: &Thickest, step: i64) -> Option<f64> {
        let pair = |chord: &Chord| {
            on_line(&self.mask.chords, chord.plane, chord.line)?;
            Some((chord.length_mm(), around(&self.space, chord)?.length_mm()))
        };
        self.mask.holds(step, self.half).then(|| ratio(thickest.chords.iter().filter_map(pair)))?
    }

    /// Hematoma / canal on the two lines beside the canal's middle, given the hematoma's longest stretches.
    pub(super) fn occupancy_midline(&self, hematoma: &[Chord], step: i64) -> Option<f64> {
        let [right, _] = Flat::of(&self.space, step, self.half).middle()?;
        let first = first_beside(right);
        let pair = |plane, line| {
            on_line(&self.mask.chords, plane, line)?;
            let Some(blood) = on_line(hematoma, plane, line) else {
                return Some((0.0, on_line(&self.longest, plane, line)?.length_mm()));
            };
            Some((blood.length_mm(), around(&self.space, blood)?.length_mm()))
        };
        let planes = planes_of(step - self.half, step + self.half + 1);
        let pairs = planes.flat_map(|plane| [pair(plane, first), pair(plane, first + 1)]);
        self.mask.holds(step, self.half).then(|| ratio(pairs.flatten()))?
    }

    /// Millimeters of the cord's middle to the right and in front of the canal's, at a step inside both.
    pub(super) fn displacement(&self, step: i64) -> Option<[f64; 2]> {
        let cord = self
            .cord
            .as_ref()
            .filter(|cord| cord.holds(step, self.half) && self.mask.holds(step, self.half))?;
        let cord = Flat::of(&cord.chords, step, self.half).middle()?;
        let canal = Flat::of(&self.space, step, self.half).middle()?;
        Some([cord[0] - canal[0], cord[1] - canal[1]])
    }
}

/// The first of the two lines beside a place. A line at the place itself, as in the middle of a canal that is stored
/// symmetrically, is the first, and the other is to its right: rounding decides no tie.
fn first_beside(right_mm: f64) -> i64 {
    line_at(right_mm - SPACING_MM / 2.0 + SLACK_MM)
}

fn ratio(pairs: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (part, whole) = pairs.fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    (whole > 0.0).then(|| part / whole)
}

#[cfg(test)]
mod tests {
    use super::{super::chords::beside_mm, *};

    #[test]
    fn rounding_decides_no_tie_between_lines() {
        for line in -20..20 {
            let on_it = beside_mm(line);
            for place in [on_it - 1e-12, on_it, on_it + 1e-12, on_it + SPACING_MM / 2.0] {
                assert_eq!(first_beside(place), line, "{place}");
            }
            assert_eq!(first_beside(on_it - SPACING_MM / 2.0), line - 1);
        }
    }
}
