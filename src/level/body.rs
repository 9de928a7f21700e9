//! Which voxels of a vertebra's label are its body: those in front of the canal at the same height.
//!
//! Posterior elements slope down, in the thoracic spine by a whole level; a centroid that counts them
//! lies too low.

use crate::roi::Roi;

/// Slack on millimetre borders, so that rounding in an affine does not decide a tie.
const SLACK_MM: f64 = 1e-6;

/// Heights that a mask may span; beyond them its affine makes no sense.
const MOST_HEIGHTS: usize = 100_000;

/// The most anterior point of a mask at each millimetre of height.
///
/// # Shape and units
/// Heights are RAS z rounded down to the millimetre, anterior is RAS +y.
#[derive(Debug)]
pub(super) struct Front {
    first: f64,
    anterior_mm: Vec<f64>,
    /// Height and anterior place of each label's centre, by rising height: what the front runs parallel to
    /// beyond the mask.
    path: Vec<[f64; 2]>,
}

impl Front {
    /// The front of a canal or cord mask, with the centres of the whole labels. Heights between the mask's
    /// slices are interpolated.
    pub(super) fn of(mask: &Roi, centres_mm: &[[f64; 3]]) -> Self {
        let centres = || mask.voxels().map(|voxel| mask.grid().centre(voxel));
        let (mut first, mut last) = (f64::INFINITY, f64::NEG_INFINITY);
        for centre in centres() {
            first = first.min(height(centre));
            last = last.max(height(centre));
        }
        let count = if last - first < MOST_HEIGHTS as f64 { (last - first) as usize + 1 } else { 0 };
        let mut anterior_mm = vec![f64::NEG_INFINITY; count];
        for centre in centres() {
            if let Some(most) = anterior_mm.get_mut((height(centre) - first) as usize) {
                *most = most.max(centre[1]);
            }
        }
        interpolate(&mut anterior_mm);
        let mut path: Vec<[f64; 2]> = centres_mm.iter().map(|centre| [centre[2], centre[1]]).collect();
        path.sort_by(|a, b| a[0].total_cmp(&b[0]));
        Self { first, anterior_mm, path }
    }

    /// Whether the mask reaches a point's height.
    pub(super) fn reaches(&self, world: [f64; 3]) -> bool {
        let at = height(world) - self.first;
        at >= 0.0 && (at as usize) < self.anterior_mm.len()
    }

    /// Whether the mask lies behind a point.
    ///
    /// Beyond its ends, as below the conus, the front runs on parallel to the labels' centres: a curve
    /// through bodies here and whole vertebrae there would lean by ten degrees and more in between.
    pub(super) fn is_behind(&self, world: [f64; 3]) -> bool {
        let Some(last) = self.anterior_mm.len().checked_sub(1) else { return false };
        let at = height(world) - self.first;
        let end = at.clamp(0.0, last as f64);
        let onward =
            if at == end { 0.0 } else { self.centre_at(self.first + at) - self.centre_at(self.first + end) };
        world[1] > self.anterior_mm[end as usize] + onward + SLACK_MM
    }

    /// Anterior place of the labels' centres at a height, straight between them.
    fn centre_at(&self, z: f64) -> f64 {
        let right = self.path.partition_point(|knot| knot[0] <= z);
        let knot = |at: usize| self.path.get(at).copied();
        match (right.checked_sub(1).and_then(knot), knot(right)) {
            (Some(a), Some(b)) => a[1] + (z - a[0]) * (b[1] - a[1]) / (b[0] - a[0]),
            (Some(end), None) | (None, Some(end)) => end[1],
            (None, None) => 0.0,
        }
    }
}

fn height(world: [f64; 3]) -> f64 {
    (world[2] + SLACK_MM).floor()
}

/// Fills heights without a voxel, as between thick slices, straight between their neighbours.
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
    use ndarray::Array3;

    use super::*;
    use crate::{Affine, Labels};

    #[test]
    fn heights_between_thick_slices_are_interpolated() {
        let affine =
            Affine::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 4., 10.], [0., 0., 0., 1.]]).unwrap();
        let inside = |j: usize, k: usize| (2..=5 + 4 * k).contains(&j);
        let mask = Array3::from_shape_fn((3, 20, 2), |(_, j, k)| u8::from(inside(j, k)));
        let roi = Roi::from_array(mask.view(), affine, &Labels::NonZero).unwrap();
        let front = Front::of(&roi, &[[0.0, 30.0, 12.0], [0.0, 20.0, 2.0], [0.0, 40.0, 32.0]]);
        for (z, border) in [(10.0, 5.0), (10.9, 5.0), (11.0, 6.0), (13.5, 8.0), (14.0, 9.0), (14.99, 9.0)] {
            assert!(front.is_behind([0.0, border + 0.1, z]) && front.reaches([0.0, 0.0, z]), "{z}");
            assert!(!front.is_behind([0.0, border, z]), "{z}");
        }
        for (z, border) in [(7.0, 2.0), (2.0, -3.0), (-9.0, -3.0), (24.0, 14.0), (90.0, 18.0)] {
            assert!(front.is_behind([0.0, border + 0.1, z]) && !front.reaches([0.0, 0.0, z]), "{z}");
            assert!(!front.is_behind([0.0, border, z]), "{z}");
        }
    }
}
