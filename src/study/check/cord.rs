//! Whether the cord's mask is a cord: as thin as one, and in the canal.

use std::collections::{BTreeMap, HashMap};

use hemastage_image::{
    finding::Finding,
    principal_axis::PrincipalAxis,
    roi::Roi,
    vector::{Vector, dot},
};

use super::percent;
use crate::{
    kernel::{scattered::Scattered, statistics::median},
    steps::shape::along,
};

/// Cross-section from which it is no cord (own choice): those of adults have 40 to 110 mm2, and canals 200 to 400.
const MAX_MM2: f64 = 200.0;
/// Cross-sections are measured over this length, or twice a voxel's.
const SLAB_MM: f64 = 4.0;
/// From this elongation (a ratio of variances) on, the direction of a mask is that of its length.
const MIN_ELONGATION: f64 = 4.0;

/// Cross-section from which it is no canal (own choice).
const MAX_CANAL_MM2: f64 = 800.0;
/// The canal's is measured by few points, over this length.
const CANAL_SLAB_MM: f64 = 8.0;
/// Share of what a mask surrounds, and does not hold, from which it is hollow: the fluid around a cord has 0.2.
const MAX_HOLLOW: f64 = 0.10;

/// Share of the cord outside the canal at the canal's heights from which it is a warning.
const MAX_OUTSIDE: f64 = 0.50;
/// Share of the cord that must lie at these heights.
const MIN_AT_CANAL: f64 = 0.20;

/// A finding when the mask is thicker than a cord.
pub(super) fn too_thick(cord: &Roi) -> Option<Finding> {
    let mm2 = cross_section_mm2(cord)?;
    let message = format!(
        "the mask has a cross-section of {mm2:.0} mm2 (median), and a cord has 40 to 110: it is that of the canal, of vertebrae or discs, or drawn too large; give the mask of the cord"
    );
    (mm2 > MAX_MM2).then(|| Finding::warning("cord_too_thick", message))
}

/// Whether the mask is thicker than a cord.
pub(super) fn is_too_thick(cord: &Roi) -> bool {
    cross_section_mm2(cord).is_some_and(|mm2| mm2 > MAX_MM2)
}

/// A finding when the mask of the canal is wider than one.
pub(super) fn canal_too_wide(canal: &Roi) -> Option<Finding> {
    let points = Scattered::of(canal);
    let patient = canal.grid().patient_axes();
    let found = PrincipalAxis::of(points.points().iter().copied(), &patient);
    let axis = if found.elongation >= MIN_ELONGATION { found.axis } else { patient.superior };
    let slab = |point: &Vector| (dot(*point, axis) / CANAL_SLAB_MM).floor() as i64;
    let mut slabs: BTreeMap<i64, usize> = BTreeMap::new();
    points.points().iter().for_each(|point| *slabs.entry(slab(point)).or_default() += 1);
    let near: Vec<f64> = points.points().iter().map(|point| slabs[&slab(point)] as f64).collect();
    let mm2 = median(&near)? * canal.volume_mm3() / (points.points().len() as f64 * CANAL_SLAB_MM);
    let message = format!(
        "the mask has a cross-section of {mm2:.0} mm2 (median), and a canal has 200 to 400: it holds bone or the whole body, or was inverted, so occupancy and displacement mean nothing; give the mask of the canal"
    );
    (mm2 > MAX_CANAL_MM2).then(|| Finding::warning("canal_too_wide", message).at("canal"))
}

/// A finding when the mask surrounds what it does not hold, as that of the fluid around the cord does.
pub(super) fn hollow(cord: &Roi) -> Option<Finding> {
    let rows = Rows::of(cord);
    let [(a, rows_a), (b, rows_b)] = &rows.across;
    let mut enclosed = 0_usize;
    for (others_of_a, [first, last]) in rows_a {
        for at in first + 1..*last {
            let mut voxel = [0_i64; 3];
            (voxel[*a], voxel[(a + 1) % 3], voxel[(a + 2) % 3]) = (at, others_of_a[0], others_of_a[1]);
            let surrounds = |[first, last]: &[i64; 2]| first < &voxel[*b] && &voxel[*b] < last;
            let is_between = rows_b.get(&others(voxel, *b)).is_some_and(surrounds);
            enclosed += usize::from(is_between && cord.position(voxel.map(|v| v as usize)).is_none());
        }
    }
    let share = enclosed as f64 / (enclosed + cord.len()) as f64;
    let message = format!(
        "the mask is hollow: {} of what it surrounds is not in it, as in a mask of the fluid around the cord; give the mask of the cord",
        percent(share)
    );
    (share > MAX_HOLLOW).then(|| Finding::warning("cord_hollow", message))
}

/// The cross-section that half of the voxels lie in one of at most.
pub(super) fn cross_section_mm2(mask: &Roi) -> Option<f64> {
    let patient = mask.grid().patient_axes();
    let found = PrincipalAxis::of(mask.centers(), &patient);
    let axis = if found.elongation >= MIN_ELONGATION { found.axis } else { patient.superior };
    let m = mask.grid().affine().matrix();
    let step = |c: usize| (0..3).map(|r| m[r][c] * axis[r]).sum::<f64>().abs();
    let slab_mm = SLAB_MM.max(2.0 * (0..3).map(step).fold(0.0, f64::max));
    let slab = |point: Vector| (dot(point, axis) / slab_mm).floor() as i64;
    let mut slabs: BTreeMap<i64, usize> = BTreeMap::new();
    mask.centers().for_each(|point| *slabs.entry(slab(point)).or_default() += 1);
    let voxels: Vec<f64> = mask.centers().map(|point| slabs[&slab(point)] as f64).collect();
    Some(median(&voxels)? * mask.grid().voxel_mm3() / slab_mm)
}

/// A finding when most of the cord lies outside the canal at the canal's heights. What a ring surrounds lies in it.
pub(super) fn outside_canal(cord: &Roi, canal: &Roi) -> Option<Finding> {
    let in_canal = cord.shared_with(canal);
    let outside = in_canal.iter().filter(|&&inside| !inside).count();
    if outside as f64 <= MAX_OUTSIDE * MIN_AT_CANAL * cord.len() as f64 {
        return None;
    }
    let rows = Rows::of(canal);
    let map = cord.grid().map_to(canal.grid());
    let (mut judged, mut out) = (0_usize, 0_usize);
    for (voxel, &inside) in cord.voxels().zip(&in_canal) {
        let at = map.exact(voxel.map(|v| v as f64));
        if inside || rows.is_at_height(at) {
            judged += 1;
            out += usize::from(!inside && !rows.surround(at));
        }
    }
    let share = out as f64 / judged as f64;
    let message = format!(
        "{} of the cord at the canal's heights ({out} of {judged} voxels) lies outside the canal: one of the two masks is of something else, such as a vertebra or a disc, or out of place; look at both on the T2",
        percent(share)
    );
    let is_judged = judged as f64 >= MIN_AT_CANAL * cord.len() as f64;
    (is_judged && share > MAX_OUTSIDE).then(|| Finding::warning("cord_outside_canal", message))
}

/// The rows of the canal's grid across its length, each from the first to the last of its voxels.
struct Rows {
    along: usize,
    ends: [f64; 2],
    /// For each axis across.
    across: [(usize, RowEnds); 2],
}

/// The first and the last voxel of a row, by the indices along the other two axes.
type RowEnds = HashMap<[i64; 2], [i64; 2]>;

impl Rows {
    fn of(canal: &Roi) -> Self {
        let along = along(canal);
        let bounds = canal.bounds();
        let rows = |axis: usize| {
            let mut rows = RowEnds::new();
            for voxel in canal.voxels() {
                let voxel = voxel.map(|v| v as i64);
                let row = rows.entry(others(voxel, axis)).or_insert([voxel[axis]; 2]);
                *row = [row[0].min(voxel[axis]), row[1].max(voxel[axis])];
            }
            (axis, rows)
        };
        let [a, b] = [1, 2].map(|n| (along + n) % 3);
        Self {
            along,
            ends: [bounds.start[along] as f64 - 0.5, bounds.end[along] as f64 - 0.5],
            across: [rows(a), rows(b)],
        }
    }

    fn is_at_height(&self, at: Vector) -> bool {
        (self.ends[0]..=self.ends[1]).contains(&at[self.along])
    }

    /// Whether the canal lies on both sides of a point, along one of the axes.
    fn surround(&self, at: Vector) -> bool {
        let voxel = at.map(|v| v.round() as i64);
        self.across.iter().any(|(axis, rows)| {
            rows.get(&others(voxel, *axis))
                .is_some_and(|[first, last]| (*first..=*last).contains(&voxel[*axis]))
        })
    }
}

/// The indices along the other two axes.
fn others(voxel: [i64; 3], axis: usize) -> [i64; 2] {
    [voxel[(axis + 1) % 3], voxel[(axis + 2) % 3]]
}
