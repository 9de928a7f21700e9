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
/// A gap in the hematoma up to this wide is a layer without its label, as between two phases that were drawn apart, unless
/// the cord lies in it ...
const MAX_LAYER_MM: f64 = 3.0;
/// ... and as long as this share of the lines has one: at the ends of a hematoma few voxels have gaps, too (own choice).
const MIN_LAYERED: f64 = 0.05;
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
    /// From the first to the last of canal and cord on each line, ...
    across: Vec<Chord>,
    /// ... and with the hematoma.
    space: Vec<Chord>,
    /// The hematoma from its first to its last layer, ...
    blood: Vec<Chord>,
    /// ... and the longest of each line that lies in the canal.
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
        let of_cord = cord.as_ref().map_or(&[][..], |cord: &Tube| &cord.chords);
        let across = joined([&*mask.chords, of_cord].concat(), f64::INFINITY);
        let space = joined([&*across, hematoma].concat(), MAX_GAP_MM);
        let blood = layered(hematoma, of_cord);
        let mut canal = Self { mask, cord, across, space, longest: Vec::new(), blood, half };
        let within: Vec<Chord> =
            canal.blood.iter().filter(|blood| canal.space_around(blood).is_some()).copied().collect();
        canal.longest = longest(within);
        canal
    }

    /// The space on a line, where there is canal or cord.
    fn space_on(&self, plane: i64, line: i64) -> Option<&Chord> {
        around(&self.space, on_line(&self.across, plane, line)?)
    }

    /// The space around a chord that lies in it. Blood that nothing of the canal adjoins is in no canal.
    fn space_around(&self, chord: &Chord) -> Option<&Chord> {
        let space = self.space_on(chord.plane, chord.line)?;
        (space.low <= chord.low && chord.high <= space.high).then_some(space)
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
            let blood = around(&self.blood, chord)?;
            Some((blood.length_mm(), self.space_around(blood)?.length_mm()))
        };
        self.mask.holds(step, self.half).then(|| ratio(thickest.chords.iter().filter_map(pair)))?
    }

    /// Hematoma / canal by AP diameter, on the two lines nearest to the canal's midline.
    pub(super) fn occupancy_midline(&self, step: i64) -> Option<f64> {
        let [right, _] = Flat::of(&self.space, step, self.half).centroid()?;
        let first = midline_pair(right);
        let pair = |plane, line| {
            on_line(&self.mask.chords, plane, line)?;
            let space = self.space_on(plane, line)?;
            let blood = on_line(&self.longest, plane, line).map_or(0.0, Chord::length_mm);
            Some((blood, space.length_mm()))
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

/// The hematoma's chords joined across layers without its label, but not across the cord; as they are if there is no
/// such layer.
fn layered(hematoma: &[Chord], cord: &[Chord]) -> Vec<Chord> {
    let mut layered: Vec<Chord> = Vec::with_capacity(hematoma.len());
    let mut lines = 0;
    let mut last_line = None;
    for &chord in hematoma {
        lines += usize::from(last_line.replace((chord.plane, chord.line)) != Some((chord.plane, chord.line)));
        match layered.last_mut() {
            Some(last)
                if (last.plane, last.line) == (chord.plane, chord.line)
                    && chord.low - last.high <= MAX_LAYER_MM
                    && !is_between(cord, last, &chord) =>
            {
                last.high = chord.high;
            }
            _ => layered.push(chord),
        }
    }
    let gaps = hematoma.len() - layered.len();
    if gaps as f64 >= MIN_LAYERED * lines as f64 { layered } else { hematoma.to_vec() }
}

/// Whether a chord of the cord, which are sorted, lies between two chords of a line.
fn is_between(cord: &[Chord], first: &Chord, next: &Chord) -> bool {
    let line = (first.plane, first.line);
    let at = cord.partition_point(|cord| (cord.plane, cord.line) < line);
    let mut of_line = cord[at..].iter().take_while(|cord| (cord.plane, cord.line) == line);
    of_line.any(|cord| cord.low < next.low && cord.high > first.high)
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
