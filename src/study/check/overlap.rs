//! Where the hematoma lies between cord and canal.

use std::collections::BTreeMap;

use hemastage_image::{finding::Finding, roi::Roi};

use super::percent;
use crate::steps::shape::{MAX_OUTSIDE, Outside, along};

/// Share of the hematoma in the cord from which it is a warning; untouched studies reach 1.2 %.
const MAX_IN_CORD: f64 = 0.10;
/// Share outside canal and cord; untouched studies reach 4.5 %, flipped ones 16 to 41 %.
const MIN_OUTSIDE: f64 = 0.15;

/// What lies all around the cord over this length, and over this share of its own, is the canal or its fluid: blood
/// mostly lies on one side (own choice).
const MIN_AROUND_MM: f64 = 60.0;
const MIN_AROUND: f64 = 0.9;
/// Masks may leave a voxel between them, which is more at a slant.
const MAX_GAP_MM: f64 = 3.0;

/// A finding when the hematoma lies all around the cord along all of its length, as the canal's label does.
pub(super) fn around_cord(hematoma: &Roi, cord: &Roi) -> Option<Finding> {
    let along = along(cord);
    let spacing_mm = cord.grid().spacing_mm();
    let map = cord.grid().map_to(hematoma.grid());
    let is_blood = |voxel: [usize; 3]| map.nearest(voxel).is_some_and(|at| hematoma.position(at).is_some());
    // of each plane across the cord, the sides of voxels at its border, and those with blood next to them
    let mut planes: BTreeMap<usize, [usize; 2]> = BTreeMap::new();
    for voxel in cord.voxels() {
        for (axis, by) in (0..3).filter(|&axis| axis != along).flat_map(|axis| [(axis, -1), (axis, 1)]) {
            let moved = |by: isize| {
                let mut moved = voxel;
                moved[axis] = voxel[axis].checked_add_signed(by)?;
                Some(moved)
            };
            if moved(by).is_some_and(|next| cord.position(next).is_some()) {
                continue;
            }
            let steps = (1..=3).filter(|&n| n == 1 || n as f64 * spacing_mm[axis] <= MAX_GAP_MM);
            let is_next = steps.filter_map(|n| moved(n * by)).any(is_blood);
            let [border, next] = planes.entry(voxel[along]).or_default();
            (*border, *next) = (*border + 1, *next + usize::from(is_next));
        }
    }
    let with_blood = planes.values().filter(|[_, next]| *next > 0).count() as f64;
    let is_around = |[border, next]: &&[usize; 2]| *next as f64 >= MIN_AROUND * *border as f64;
    let around = planes.values().filter(is_around).count() as f64;
    let mm = around * spacing_mm[along];
    let message = format!(
        "the hematoma lies all around the cord over {mm:.0} mm, {} of its length: it looks like the mask of the canal or its fluid; give the hematoma's own label, or look at both on the T2",
        percent(around / with_blood)
    );
    (mm >= MIN_AROUND_MM && around >= MIN_AROUND * with_blood)
        .then(|| Finding::warning("hematoma_around_cord", message))
}

/// A finding when much of the hematoma lies in the cord's mask.
pub(super) fn in_cord(hematoma: &Roi, cord: &Roi) -> Option<Finding> {
    let (inside, all) =
        (hematoma.shared_with(cord).into_iter().filter(|&inside| inside).count(), hematoma.len());
    let share = inside as f64 / all as f64;
    let message = format!(
        "{} of the hematoma ({inside} of {all} voxels) lies in the cord's mask: the blood is in the cord, or one of the two masks is out of place, flipped or transposed; look at both on the T2",
        percent(share)
    );
    (share > MAX_IN_CORD).then(|| Finding::warning("hematoma_in_cord", message))
}

/// Findings when much of the hematoma lies outside the canal and the cord together, or beyond the canal's ends.
pub(super) fn outside_canal(hematoma: &Roi, canal: &Roi, cord: Option<&Roi>) -> Vec<Finding> {
    let outside = Outside::of(hematoma, canal, cord);
    let share = outside.share();
    let (n, all, percent_out) = (outside.voxels, outside.judged, percent(share));
    let heights = if outside.beyond > 0 { " at the canal's heights" } else { "" };
    let message = if outside.is_left_out {
        format!(
            "{percent_out} of the hematoma{heights} ({n} of {all} voxels) lies outside the canal and the cord, but next to them: if the canal's mask leaves the blood out, as a dural sac or one of several labels does, add it, as in `labels.nii.gz:7,1,2`; else one of the masks is out of place"
        )
    } else {
        let lost = if share > MAX_OUTSIDE { "; occupancy and displacement were not measured" } else { "" };
        format!(
            "{percent_out} of the hematoma{heights} ({n} of {all} voxels) lies outside the canal and the cord: the mask is out of place, flipped, too large or not of a hematoma{lost}; look at it on the T2"
        )
    };
    let out = (share > MIN_OUTSIDE).then(|| Finding::warning("outside_canal", message));
    out.into_iter().chain(short(&outside)).collect()
}

/// A finding when much of the hematoma lies beyond the ends of the canal's mask.
fn short(outside: &Outside) -> Option<Finding> {
    let (n, all) = (outside.beyond, outside.beyond + outside.judged);
    let part = format!(
        "{} of the hematoma ({n} of {all} voxels) lies beyond the ends of the canal's mask",
        percent(outside.share_beyond())
    );
    if outside.share_beyond() > MAX_OUTSIDE {
        let message =
            format!("{part}: one of the two masks is out of place, or the canal's covers too little");
        return Some(Finding::warning("canal_short", message));
    }
    let message = format!(
        "{part}: occupancy and displacement are those of the rest; give a mask of the canal that is as long"
    );
    (outside.share_beyond() > MIN_OUTSIDE).then(|| Finding::info("canal_short", message))
}

#[cfg(test)]
mod tests {
    use hemastage_image::{grid::Affine, roi::Labels};
    use ndarray::Array3;

    use super::*;

    /// Voxels of 1 mm by their distance from the middle, the side they lie on and their height.
    fn mask(inside: impl Fn(f64, f64, usize) -> bool) -> Roi {
        let array = Array3::from_shape_fn((25, 25, 120), |(i, j, k)| {
            let (x, y) = (i as f64 - 12.0, j as f64 - 12.0);
            u8::from(inside(x.hypot(y), y, k))
        });
        Roi::from_array(array.view(), Affine::from_spacing([1.0; 3]).unwrap(), &Labels::NonZero).unwrap()
    }

    #[test]
    fn a_canal_given_as_the_hematoma_is_around_the_cord() {
        let cord = mask(|off, _, _| off < 5.0);
        let canal = mask(|off, _, k| (5.0..9.0).contains(&off) && (20..100).contains(&k));
        let message = around_cord(&canal, &cord).unwrap().message;
        assert!(message.contains("over 80 mm, 100 % of its length"), "{message}");
        // with a voxel between both
        assert!(around_cord(&mask(|off, _, _| (6.0..9.0).contains(&off)), &cord).is_some());
        for blood in [
            // on one side, all around over two vertebrae, and over half of what lies behind
            mask(|off, y, _| (5.0..9.0).contains(&off) && y < 2.0),
            mask(|off, _, k| (5.0..9.0).contains(&off) && k < 40),
            mask(|off, y, k| (5.0..9.0).contains(&off) && (y < 2.0 || k < 70)),
        ] {
            assert!(around_cord(&blood, &cord).is_none());
        }
    }
}
