//! The spinal canal around the hematoma: how much of it is occupied, and how far the cord is displaced.

use hemastage_image::roi::Roi;

use super::{
    chords::{
        Chord, Direction, MaskRows, SPACING_MM, around, joined, longest, nearest_line, on_line, planes_of,
    },
    line::Line,
    plane::Flat,
    thickness::Thickest,
};
use crate::kernel::statistics::median;

/// A step is inside a mask if its cross-section is at least this share of the mask's median: at the ends of a mask
/// cross-sections are cut. Rounding does not decide a share of exactly a half.
const MIN_SECTION: f64 = 0.5 - 1e-6;

/// A smaller cross-section is a rounding error.
const MIN_MM2: f64 = 1e-6;
/// A part of the hematoma within this distance of the canal on a line lies in it, whatever has no label in between (own
/// choice).
const MAX_GAP_MM: f64 = 10.0;
/// Slack on positions, so that rounding does not decide a tie.
const SLACK_MM: f64 = 1e-6;

/// A mask's anteroposterior chords, and the cross-section from which on a step is inside it.
#[derive(Debug)]
struct Tube {
    chords: Vec<Chord>,
    min_mm2: f64,
}

impl Tube {
    fn new(chords: Vec<Chord>, steps: std::ops::Range<i64>) -> Self {
        let areas: Vec<f64> =
            steps.map(|step| Flat::of(&chords, step, 0).area_mm2).filter(|&area| area > MIN_MM2).collect();
        let min_mm2 = MIN_SECTION * median(&areas).unwrap_or(f64::INFINITY);
        Self { chords, min_mm2 }
    }

    /// Whether the slab around a step lies inside the mask.
    fn holds(&self, step: i64, half: i64) -> bool {
        (step - half..=step + half).all(|step| Flat::of(&self.chords, step, 0).area_mm2 >= self.min_mm2)
    }
}

/// The canal with all its contents.
///
/// The space is the canal mask joined with the hematoma and the cord, as segmentations of the canal often leave these
/// out. On each line it reaches from the first to the last of them: between cord and canal often lies a voxel without
/// any label, which is canal nonetheless.
#[derive(Debug)]
pub(super) struct Canal {
    mask: Tube,
    cord: Option<Tube>,
    space: Vec<Chord>,
    /// The longest chord of each line in the space.
    longest: Vec<Chord>,
    half: i64,
}

impl Canal {
    /// The canal at some steps of a line, given the hematoma's chords; `half` is the number of steps on
    /// either side of a slab's middle.
    pub(super) fn of(
        line: &Line,
        canal: &Roi,
        hematoma: &[Chord],
        cord: Option<&Roi>,
        steps: std::ops::Range<i64>,
        half: i64,
    ) -> Self {
        let planes = planes_of(steps.start - half, steps.end + half);
        let tube = |mask| {
            let chords = MaskRows::of(line, mask, &planes, Direction::Anteroposterior).chords(&planes);
            Tube::new(chords, steps.clone())
        };
        let (mask, cord) = rayon::join(|| tube(canal), || cord.map(tube));
        let walls = [&*mask.chords, cord.as_ref().map_or(&[], |cord| &*cord.chords)].concat();
        let across = joined(walls, f64::INFINITY);
        let space = joined([&*across, hematoma].concat(), MAX_GAP_MM);
        Self { mask, cord, longest: longest(space.clone()), space, half }
    }

    /// Area of the space in the slab around a step; `None` outside the mask.
    pub(super) fn area_mm2(&self, step: i64) -> Option<f64> {
        self.mask.holds(step, self.half).then(|| Flat::of(&self.space, step, self.half).area_mm2)
    }

    /// Hematoma / canal by area, given the hematoma's chords.
    pub(super) fn occupancy_area(&self, hematoma: &[Chord], step: i64) -> Option<f64> {
        Some(Flat::of(hematoma, step, self.half).area_mm2 / self.area_mm2(step)?)
    }

    /// Hematoma / canal by AP diameter, on the lines where the hematoma is thickest.
    pub(super) fn occupancy_ap(&self, thickest: &Thickest, step: i64) -> Option<f64> {
        let pair = |chord: &Chord| {
            on_line(&self.mask.chords, chord.plane, chord.line)?;
            Some((chord.length_mm(), around(&self.space, chord)?.length_mm()))
        };
        self.mask.holds(step, self.half).then(|| ratio(thickest.chords.iter().filter_map(pair)))?
    }

    /// Hematoma / canal by AP diameter, on the two lines nearest to the canal's midline, given the hematoma's longest
    /// chords.
    pub(super) fn occupancy_midline(&self, hematoma: &[Chord], step: i64) -> Option<f64> {
        let [right, _] = Flat::of(&self.space, step, self.half).centroid()?;
        let first = midline_pair(right);
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

    /// The cord's centroid relative to the canal's, mm to the right and to the front; `None` outside either mask.
    pub(super) fn displacement(&self, step: i64) -> Option<[f64; 2]> {
        let cord = self
            .cord
            .as_ref()
            .filter(|cord| cord.holds(step, self.half) && self.mask.holds(step, self.half))?;
        let cord = Flat::of(&cord.chords, step, self.half).centroid()?;
        let canal = Flat::of(&self.space, step, self.half).centroid()?;
        Some([cord[0] - canal[0], cord[1] - canal[1]])
    }
}

/// The first of the two lines around a position. A line at the position itself, as in the middle of a canal that is
/// stored symmetrically, is the first, and the other is to its right: rounding decides no tie.
fn midline_pair(right_mm: f64) -> i64 {
    nearest_line(right_mm - SPACING_MM / 2.0 + SLACK_MM)
}

/// The sum of the first over the sum of the second; `None` of nothing.
fn ratio(pairs: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (part, whole) = pairs.fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    (whole > 0.0).then(|| part / whole)
}

#[cfg(test)]
mod tests {
    use super::{super::chords::raster_mm, *};

    #[test]
    fn rounding_decides_no_tie_between_lines() {
        for line in -20..20 {
            let at = raster_mm(line);
            for right in [at - 1e-12, at, at + 1e-12, at + SPACING_MM / 2.0] {
                assert_eq!(midline_pair(right), line, "{right}");
            }
            assert_eq!(midline_pair(at - SPACING_MM / 2.0), line - 1);
        }
    }
}
