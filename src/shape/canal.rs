//! The spinal canal around the hematoma: how much of it is taken, and where the cord has gone.

use super::{
    chords::{Chord, Course, SPACING_MM, around, chords, joined, line_at, longest, planes_of, within},
    line::Line,
    sections::Sections,
    thickness::Thickest,
};
use crate::roi::Roi;

/// A canal with what lies in it.
///
/// The space is the canal mask together with the hematoma and the cord: a segmenter often leaves either
/// out of what it calls the canal.
#[derive(Debug)]
pub(super) struct Canal {
    mask: Sections,
    space: Sections,
    /// Each line's stretches in the mask and in the space.
    mask_chords: Vec<Chord>,
    space_chords: Vec<Chord>,
    /// Share of the hematoma's voxels whose centre is not in the mask.
    pub(super) outside: f64,
}

impl Canal {
    /// The canal along a line, its chords at the planes given.
    pub(super) fn of(
        line: &Line,
        canal: &Roi,
        hematoma: &Roi,
        cord: Option<&Roi>,
        planes: &std::ops::Range<i64>,
    ) -> Self {
        let mask = Sections::of(line, canal, |_| true);
        let in_canal = |roi: &Roi, voxel| holds(canal, roi, voxel);
        let blood = Sections::of(line, hematoma, |voxel| !in_canal(hematoma, voxel));
        let mut space = mask.clone().and(&blood);
        let own = chords(line, canal, planes, Course::Sagittal);
        let mask_chords = joined(own.clone());
        let mut all = [own, chords(line, hematoma, planes, Course::Sagittal)].concat();
        if let Some(cord) = cord {
            let free = |voxel| !in_canal(cord, voxel) && !holds(hematoma, cord, voxel);
            space = space.and(&Sections::of(line, cord, free));
            all.extend(chords(line, cord, planes, Course::Sagittal));
        }
        let outside = hematoma.voxels().filter(|&voxel| !in_canal(hematoma, voxel)).count();
        let outside = outside as f64 / hematoma.len() as f64;
        Self { mask, space, mask_chords, space_chords: joined(all), outside }
    }

    /// Area of the canal with all that lies in it, in a step inside the mask.
    pub(super) fn area_mm2(&self, step: i64) -> Option<f64> {
        self.mask.is_inside(step).then(|| self.space.at(step).volume_mm3 / super::sections::STEP_MM)
    }

    /// Hematoma / canal by area, in the slab around a step inside the mask.
    pub(super) fn occupancy_area(&self, hematoma: &Sections, step: i64, half: i64) -> Option<f64> {
        let space = self.space.slab(step, half).volume_mm3;
        (self.mask.is_inside(step) && space > 0.0).then(|| hematoma.slab(step, half).volume_mm3 / space)
    }

    /// Hematoma / canal on the lines where the hematoma is thickest.
    pub(super) fn occupancy_ap(&self, thickest: &Thickest, step: i64) -> Option<f64> {
        let pair = |chord: &Chord| {
            on_line(&self.mask_chords, chord.plane, chord.line)?;
            Some((chord.length_mm(), around(&self.space_chords, chord)?.length_mm()))
        };
        self.mask.is_inside(step).then(|| ratio(thickest.chords.iter().filter_map(pair)))?
    }

    /// Hematoma / canal on the two lines beside the canal's middle.
    pub(super) fn occupancy_midline(&self, longest_in: &[Chord], step: i64, half: i64) -> Option<f64> {
        let [right, _] = self.space.slab(step, half).middle()?;
        let first = line_at(right - SPACING_MM / 2.0);
        let longest_of = longest(within(&self.space_chords, &planes_of(step - half, step + half + 1)));
        let pairs = planes_of(step - half, step + half + 1).flat_map(|plane| {
            [first, first + 1].map(|line| {
                on_line(&self.mask_chords, plane, line)?;
                let Some(blood) = on_line(longest_in, plane, line) else {
                    return Some((0.0, on_line(&longest_of, plane, line)?.length_mm()));
                };
                Some((blood.length_mm(), around(&self.space_chords, blood)?.length_mm()))
            })
        });
        self.mask.is_inside(step).then(|| ratio(pairs.flatten()))?
    }

    /// Millimetres of the cord's middle to the right and in front of the canal's, in the slab around a step
    /// inside both masks.
    pub(super) fn displacement(&self, cord: &Sections, step: i64, half: i64) -> Option<[f64; 2]> {
        if !self.mask.is_inside(step) || !cord.is_inside(step) {
            return None;
        }
        let (cord, canal) = (cord.slab(step, half).middle()?, self.space.slab(step, half).middle()?);
        Some([cord[0] - canal[0], cord[1] - canal[1]])
    }
}

/// Whether a mask holds the centre of another's voxel.
fn holds(mask: &Roi, other: &Roi, voxel: [usize; 3]) -> bool {
    other.grid().map_to(mask.grid()).nearest(voxel).is_some_and(|index| mask.position(index).is_some())
}

fn on_line(chords: &[Chord], plane: i64, line: i64) -> Option<&Chord> {
    let at = chords.partition_point(|chord| (chord.plane, chord.line) < (plane, line));
    chords.get(at).filter(|chord| (chord.plane, chord.line) == (plane, line))
}

fn ratio(pairs: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (part, whole) = pairs.fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    (whole > 0.0).then(|| part / whole)
}
