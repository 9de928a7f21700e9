//! Which voxels of a vertebra's label are its body: those anterior to the canal at the same height.
//!
//! Posterior elements slope down, in the thoracic spine by a whole level, so a centroid that includes them lies too
//! low.

use hemastage_image::{
    principal_axis::PrincipalAxis,
    roi::Roi,
    vector::{Vector, cross, dot, minus, unit},
};

use crate::kernel::round::floor_small;

/// Slack on millimeter borders, so that rounding in an affine does not decide a tie.
const SLACK_MM: f64 = 1e-6;

/// The number of heights (1 mm each) that a mask may span; beyond it the affine makes no sense.
const MAX_HEIGHTS: usize = 100_000;

/// The maximum number of heights that one voxel is taken to span.
const MAX_VOXEL: usize = 50;

/// A mask shows its direction if the variance along it is at least this many times the variance across it.
const MIN_ELONGATION: f64 = 2.0;

/// A mask's own directions, which rotate with the study.
#[derive(Debug)]
struct Axes {
    center: Vector,
    up: Vector,
    anterior: Vector,
}

impl Axes {
    /// Up along the mask; anterior is perpendicular to that and to the patient's right. A mask that is not long and
    /// upright, as of one or two slices, has its grid's directions.
    fn of(mask: &Roi) -> Self {
        let patient = mask.grid().patient_axes();
        let PrincipalAxis { center, axis, elongation } = PrincipalAxis::of(mask.centers(), &patient);
        let upright = dot(axis, patient.superior).abs() > std::f64::consts::FRAC_1_SQRT_2;
        let up = if upright && elongation >= MIN_ELONGATION { axis } else { patient.superior };
        Self { center, up, anterior: unit(cross(up, patient.right)).unwrap_or(patient.anterior) }
    }

    /// Height and anterior position of a point.
    fn coordinates(&self, world: Vector) -> [f64; 2] {
        let offset = minus(world, self.center);
        [dot(offset, self.up), dot(offset, self.anterior)]
    }

    /// The number of heights that a voxel of the mask spans.
    fn voxel_heights(&self, mask: &Roi) -> usize {
        let (_, steps) = super::order::along_index(mask.grid().affine(), self.up);
        let span: f64 = steps.iter().map(|step| step.abs()).sum();
        ((span - SLACK_MM).ceil() as usize).min(MAX_VOXEL)
    }
}

/// The most anterior point of a mask at each millimeter of height.
///
/// # Shape and units
/// Heights are whole millimeters along the mask's main axis above its lowest voxel.
#[derive(Debug)]
pub(super) struct Front {
    axes: Axes,
    lowest: f64,
    anterior_mm: Vec<f64>,
    /// Height and anterior position of each label's center, by ascending height. Beyond the mask the front runs
    /// parallel to them.
    path: Vec<[f64; 2]>,
}

/// Where a point lies relative to a front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side {
    /// Whether the mask has voxels at the point's height.
    pub(super) at_mask: bool,
    /// Whether the point is anterior to the mask.
    pub(super) is_anterior: bool,
}

impl Front {
    /// The front of a canal or cord mask; `centers_mm` are those of the whole labels. Heights between the mask's
    /// slices are interpolated.
    pub(super) fn of(mask: &Roi, centers_mm: &[[f64; 3]]) -> Self {
        let axes = Axes::of(mask);
        let points: Vec<[f64; 2]> = mask.centers().map(|center| axes.coordinates(center)).collect();
        let lowest = points.iter().map(|point| point[0]).fold(f64::INFINITY, f64::min);
        let highest = points.iter().map(|point| point[0]).fold(f64::NEG_INFINITY, f64::max);
        let span = highest - lowest + SLACK_MM;
        let mut anterior_mm =
            vec![f64::NEG_INFINITY; if span < MAX_HEIGHTS as f64 { span as usize + 1 } else { 0 }];
        for [height, anterior] in points {
            if let Some(max) = anterior_mm.get_mut((height - lowest + SLACK_MM) as usize) {
                *max = max.max(anterior);
            }
        }
        let mut anterior_mm = without_dents(&anterior_mm, axes.voxel_heights(mask));
        interpolate(&mut anterior_mm);
        let mut path: Vec<[f64; 2]> = centers_mm.iter().map(|&center| axes.coordinates(center)).collect();
        path.sort_by(|a, b| a[0].total_cmp(&b[0]));
        Self { axes, lowest, anterior_mm, path }
    }

    /// Calls `visit` with the number and the side of each of `n` points, a step apart.
    pub(super) fn sides(&self, start: Vector, step: Vector, n: u32, mut visit: impl FnMut(u32, Side)) {
        let [height, anterior] = self.axes.coordinates(start);
        let [rise, forward] = [dot(step, self.axes.up), dot(step, self.axes.anterior)];
        let (mut last, mut border, mut at_mask) = (f64::NAN, f64::INFINITY, false);
        for point in 0..n {
            let whole = floor_small(height + f64::from(point) * rise - self.lowest + SLACK_MM);
            if whole != last {
                (last, border) = (whole, self.border(whole));
                at_mask = whole >= 0.0 && (whole as usize) < self.anterior_mm.len();
            }
            visit(point, Side { at_mask, is_anterior: anterior + f64::from(point) * forward > border });
        }
    }

    /// The anterior position from which a point at a whole height, negative below the mask, is in front of the mask.
    ///
    /// Beyond the mask's ends, as below the conus, the front runs on parallel to the labels' centers: a curve through
    /// bodies here and whole vertebrae there would lean by ten degrees and more in between.
    fn border(&self, height: f64) -> f64 {
        let Some(last) = self.anterior_mm.len().checked_sub(1) else { return f64::INFINITY };
        let end = height.clamp(0.0, last as f64);
        let onward = if height == end {
            0.0
        } else {
            self.center_at(self.lowest + height) - self.center_at(self.lowest + end)
        };
        self.anterior_mm[end as usize] + onward + SLACK_MM
    }

    /// Anterior position of the labels' centers at a height, linear between them.
    fn center_at(&self, height: f64) -> f64 {
        let right = self.path.partition_point(|knot| knot[0] <= height);
        let knot = |at: usize| self.path.get(at).copied();
        match (right.checked_sub(1).and_then(knot), knot(right)) {
            (Some(a), Some(b)) => a[1] + (height - a[0]) * (b[1] - a[1]) / (b[0] - a[0]),
            (Some(end), None) | (None, Some(end)) => end[1],
            (None, None) => 0.0,
        }
    }
}

/// Removes dents: heights with more anterior ones on both sides, no more than a voxel apart. Of a slice that lies
/// across the mask, such a height has the centers of the rear alone.
fn without_dents(anterior_mm: &[f64], voxel: usize) -> Vec<f64> {
    let keep = |(at, &value): (usize, &f64)| {
        let is_higher = |other: &f64| *other > value + SLACK_MM;
        let distance = |position: Option<usize>| position.map(|n| n + 1);
        let below = distance(anterior_mm[..at].iter().rev().take(voxel).position(is_higher));
        let above = distance(anterior_mm[at + 1..].iter().take(voxel).position(is_higher));
        let dent = below.zip(above).is_some_and(|(below, above)| below + above <= voxel);
        if dent { f64::NEG_INFINITY } else { value }
    };
    anterior_mm.iter().enumerate().map(keep).collect()
}

/// Fills heights without a voxel, as between thick slices, by linear interpolation.
fn interpolate(anterior_mm: &mut [f64]) {
    let mut last: Option<usize> = None;
    for at in 0..anterior_mm.len() {
        if !anterior_mm[at].is_finite() {
            continue;
        }
        if let Some(from) = last {
            let (low, high) = (anterior_mm[from], anterior_mm[at]);
            for (n, value) in anterior_mm[from + 1..at].iter_mut().enumerate() {
                *value = low + (high - low) * (n + 1) as f64 / (at - from) as f64;
            }
        }
        last = Some(at);
    }
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels};
    use ndarray::Array3;

    use super::*;

    #[test]
    fn the_rear_of_a_tilted_slice_is_no_front() {
        let none = f64::NEG_INFINITY;
        let found = |values: &[f64]| {
            let mut found = without_dents(values, 4);
            interpolate(&mut found);
            found
        };
        assert_eq!(found(&[8.0, 3.0, none, -1.0, 6.0]), [8.0, 7.5, 7.0, 6.5, 6.0]);
        let wide = [8.0, 2.0, 2.0, 2.0, 2.0, 6.0];
        assert_eq!(found(&wide), wide, "longer than a voxel");
        assert_eq!(found(&[3.0, 4.0, 5.0, 5.0, 2.0]), [3.0, 4.0, 5.0, 5.0, 2.0], "slopes and ends stay");
    }

    #[test]
    fn heights_between_thick_slices_are_interpolated() {
        let affine =
            Affine::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 4., 10.], [0., 0., 0., 1.]]).unwrap();
        let inside = |j: usize, k: usize| (2..=5 + 4 * k).contains(&j);
        let mask = Array3::from_shape_fn((3, 20, 2), |(_, j, k)| u8::from(inside(j, k)));
        let roi = Roi::from_array(mask.view(), affine, &Labels::NonZero).unwrap();
        let front = Front::of(&roi, &[[0.0, 30.0, 12.0], [0.0, 20.0, 2.0], [0.0, 40.0, 32.0]]);
        let side = |point| {
            let mut found = None;
            front.sides(point, [0.0; 3], 1, |_, side| found = Some(side));
            found.unwrap()
        };
        let is_front = |point| side(point).is_anterior;
        let reaches = |z| side([0.0, 0.0, z]).at_mask;
        for (z, border) in [(10.0, 5.0), (10.9, 5.0), (11.0, 6.0), (13.5, 8.0), (14.0, 9.0), (14.99, 9.0)] {
            assert!(is_front([0.0, border + 0.1, z]) && reaches(z), "{z}");
            assert!(!is_front([0.0, border, z]), "{z}");
        }
        for (z, border) in [(7.0, 2.0), (2.0, -3.0), (-9.0, -3.0), (24.0, 14.0), (90.0, 18.0)] {
            assert!(is_front([0.0, border + 0.1, z]) && !reaches(z), "{z}");
            assert!(!is_front([0.0, border, z]), "{z}");
        }
    }
}
