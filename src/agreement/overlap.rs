//! How far two masks overlap, and how far their surfaces lie apart.

use hemastage_image::roi::Roi;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::nearest::Nearest;
use crate::vocabulary::round::rounded;

/// The percentile of the surface distance.
const PERCENTILE: f64 = 0.95;

/// Overlap and surface distance of two masks.
///
/// # Reference
/// Maier-Hein L et al. Metrics reloaded. Nat Methods 2024;21:195: Dice, average symmetric surface distance, and the 95th
/// percentile of the Hausdorff distance as the larger of the two directions'.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Overlap {
    /// Twice the shared volume over the sum of both.
    pub dice: f64,
    /// Mean distance of the voxels of either surface from the other, mm.
    pub surface_mean_mm: f64,
    /// 95th percentile of the distances from one surface to the other, mm, in the direction where it is larger.
    pub surface_p95_mm: f64,
}

impl Overlap {
    /// Of two masks, whose grids may differ: a voxel is shared where its center lies in the other mask.
    pub(super) fn of(a: &Roi, b: &Roi) -> Self {
        let shared = |one: &Roi, other: &Roi| {
            let voxels = one.shared_with(other).into_iter().filter(|shared| *shared).count();
            voxels as f64 / one.len() as f64 * one.volume_mm3()
        };
        let dice = (shared(a, b) + shared(b, a)) / (a.volume_mm3() + b.volume_mm3());
        let (surface_a, surface_b) = (surface(a), surface(b));
        let (from_a, from_b) = (distances(&surface_a, &surface_b), distances(&surface_b, &surface_a));
        let sum: f64 = from_a.iter().chain(&from_b).sum();
        Self {
            dice: rounded(dice),
            surface_mean_mm: rounded(sum / (from_a.len() + from_b.len()) as f64),
            surface_p95_mm: rounded(percentile(from_a).max(percentile(from_b))),
        }
    }
}

/// The centers of the voxels with a face neighbor outside the mask, in mm.
fn surface(mask: &Roi) -> Vec<[f64; 3]> {
    let is_inner = mask.interior([true; 3]);
    mask.centers().zip(is_inner).filter(|(_, inner)| !inner).map(|(center, _)| center).collect()
}

/// From each point to the nearest of the others.
fn distances(points: &[[f64; 3]], others: &[[f64; 3]]) -> Vec<f64> {
    let nearest = Nearest::of(others.to_vec());
    points.iter().map(|&point| nearest.distance(point)).collect()
}

/// With linear interpolation between ranks.
fn percentile(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let at = PERCENTILE * (values.len() - 1) as f64;
    let (low, part) = (at.floor() as usize, at.fract());
    let high = (low + 1).min(values.len() - 1);
    values[low] + part * (values[high] - values[low])
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use hemastage_image::{grid::Affine, roi::Labels};
    use ndarray::Array3;

    use super::*;

    fn cube(from: [usize; 3], to: [usize; 3], spacing: [f64; 3]) -> Roi {
        let inside = |(i, j, k): (usize, usize, usize)| {
            u8::from([i, j, k].iter().zip(from.iter().zip(&to)).all(|(at, (lo, hi))| (lo..hi).contains(&at)))
        };
        let row = |a: usize| std::array::from_fn(|c| if c == a { spacing[a] } else { 0.0 });
        let affine = Affine::new([row(0), row(1), row(2), [0., 0., 0., 1.]]).unwrap();
        Roi::from_array(Array3::from_shape_fn((20, 20, 20), inside).view(), affine, &Labels::NonZero).unwrap()
    }

    #[test]
    fn is_that_of_all_pairs() {
        let spacing = [0.5, 1.0, 3.0];
        let masks = [
            cube([2, 2, 2], [9, 12, 8], spacing),
            cube([4, 1, 3], [11, 12, 9], spacing),
            cube([10, 14, 12], [15, 18, 16], spacing),
        ];
        for a in &masks {
            for b in &masks {
                let found = Overlap::of(a, b);
                let common = a.voxels().filter(|voxel| b.voxels().any(|other| other == *voxel)).count();
                let dice = 2.0 * common as f64 / (a.len() + b.len()) as f64;
                assert!((found.dice - dice).abs() < 1e-9);
                let (mean, p95) = slow(a, b);
                // to the digits that are kept
                assert_relative_eq!(found.surface_mean_mm, mean, max_relative = 1e-8);
                assert_relative_eq!(found.surface_p95_mm, p95, max_relative = 1e-8);
            }
        }
    }

    /// Every pair of surface voxels, by the arrays alone.
    fn slow(a: &Roi, b: &Roi) -> (f64, f64) {
        let surface = |mask: &Roi| -> Vec<[f64; 3]> {
            let all: std::collections::BTreeSet<[usize; 3]> = mask.voxels().collect();
            let is_outer = |voxel: &[usize; 3]| {
                (0..3).any(|axis| {
                    [-1_i64, 1].iter().any(|step| {
                        let mut next = voxel.map(|n| n as i64);
                        next[axis] += step;
                        !all.contains(&next.map(|n| n as usize))
                    })
                })
            };
            let [i, j, k] = mask.grid().spacing_mm();
            all.iter()
                .filter(|voxel| is_outer(voxel))
                .map(|v| [v[0] as f64 * i, v[1] as f64 * j, v[2] as f64 * k])
                .collect()
        };
        let (a, b) = (surface(a), surface(b));
        let from = |a: &[[f64; 3]], b: &[[f64; 3]]| -> Vec<f64> {
            let distance = |p: &[f64; 3], q: &[f64; 3]| {
                p.iter().zip(q).map(|(p, q)| (p - q).powi(2)).sum::<f64>().sqrt()
            };
            a.iter().map(|p| b.iter().map(|q| distance(p, q)).fold(f64::INFINITY, f64::min)).collect()
        };
        let (ab, ba) = (from(&a, &b), from(&b, &a));
        let mean = ab.iter().chain(&ba).sum::<f64>() / (ab.len() + ba.len()) as f64;
        let p95 = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            let at = 0.95 * (values.len() - 1) as f64;
            let low = at as usize;
            values[low] * (1.0 - at.fract()) + values[(low + 1).min(values.len() - 1)] * at.fract()
        };
        (mean, p95(ab).max(p95(ba)))
    }
}
