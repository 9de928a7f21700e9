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
}

impl Front {
    /// The front of a canal or cord mask. Heights between its slices are interpolated.
    pub(super) fn of(mask: &Roi) -> Self {
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
        Self { first, anterior_mm }
    }

    /// Whether the mask lies behind a point; false at heights that it does not reach.
    pub(super) fn is_behind(&self, world: [f64; 3]) -> bool {
        let at = height(world) - self.first;
        at >= 0.0 && self.anterior_mm.get(at as usize).is_some_and(|&front| world[1] > front + SLACK_MM)
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
        let front = Front::of(&Roi::from_array(mask.view(), affine, &Labels::NonZero).unwrap());
        for (z, border) in [(10.0, 5.0), (10.9, 5.0), (11.0, 6.0), (13.5, 8.0), (14.0, 9.0), (14.99, 9.0)] {
            assert!(front.is_behind([0.0, border + 0.1, z]), "{z}");
            assert!(!front.is_behind([0.0, border, z]), "{z}");
        }
        assert!(!front.is_behind([0.0, 50.0, 9.9]) && !front.is_behind([0.0, 50.0, 15.0]));
    }
}
