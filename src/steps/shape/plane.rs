//! The area and the centroid of flat cross-sections, from chords.
//!
//! The volume per mm of a curved line underestimates the cross-section on the inner side of the curve and
//! overestimates it on the outer side; an area from chords does not.

use super::chords::{Chord, SPACING_MM, planes_of, raster_mm, within};

/// The flat cross-section of a slab of steps, as the mean over its planes.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Flat {
    pub(super) area_mm2: f64,
    /// First moments of the area.
    right: f64,
    anterior: f64,
}

impl Flat {
    /// The cross-section of anteroposterior chords that do not overlap, sorted by plane.
    pub(super) fn of(joined: &[Chord], step: i64, half: i64) -> Self {
        let planes = planes_of(step - half, step + half + 1);
        let scale = SPACING_MM / (planes.end - planes.start) as f64;
        within(joined, &planes).iter().fold(Self::default(), |sum, chord| {
            let area_mm2 = scale * chord.length_mm();
            Self {
                area_mm2: sum.area_mm2 + area_mm2,
                right: sum.right + area_mm2 * raster_mm(chord.line),
                anterior: sum.anterior + area_mm2 * f64::midpoint(chord.low, chord.high),
            }
        })
    }

    /// The centroid, mm to the right of the line and in front of it; `None` of nothing.
    pub(super) fn centroid(&self) -> Option<[f64; 2]> {
        (self.area_mm2 > 0.0).then(|| [self.right / self.area_mm2, self.anterior / self.area_mm2])
    }
}
