//! From clean signal to the stored image: receive-coil shading, Rician noise and whole numbers.

use hemastage_image::grid::Grid;

use super::curve::{CanalPoint, Curve};
use super::levels::upper_border_mm;
use super::random::{mix, normal_pair};

/// The stored value of the cord's clean signal where the coil is most sensitive.
const CORD_VALUE: f64 = 400.0;

/// The sensitivity of the receive coil: 1 in the middle of the view, falling towards both ends,
/// and in front of the spine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shading {
    log_ratio: f64,
    middle: f64,
    half: f64,
}

impl Shading {
    /// Shading whose largest value is `ratio` times its smallest over the part of the canal's center line,
    /// from C1 to S1, that lies in a grid.
    pub(super) fn new(ratio: f64, curve: &Curve, grid: &Grid) -> Self {
        let shape = grid.shape();
        let in_grid = |s: f64| {
            let index = grid.affine().world_to_index(curve.center(s));
            (0..3).all(|a| index[a] >= 0.0 && index[a] <= shape[a] as f64 - 1.0)
        };
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let count = upper_border_mm(25) as u32;
        for s in (0..=count).map(f64::from).filter(|&s| in_grid(s)) {
            low = low.min(s);
            high = high.max(s);
        }
        let (middle, half) = if high > low { (0.5 * (low + high), 0.5 * (high - low)) } else { (0.0, 100.0) };
        Self { log_ratio: libm::log(ratio), middle, half }
    }

    fn factor(&self, p: CanalPoint) -> f64 {
        let x = ((p.s - self.middle) / self.half).clamp(-1.5, 1.5);
        let along = 0.5 * (1.0 - libm::cos(std::f64::consts::PI * x));
        // flat at the spine itself, brighter towards the coil behind
        let across = (p.v * p.v.abs() / 1e4 + p.u * p.u / 2e4).clamp(-0.5, 1.0);
        libm::exp(-self.log_ratio * (along + 0.5 * across))
    }
}

/// The noise of one image: a function of key and voxel only.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise {
    key: u64,
    sigma: f64,
}

impl Noise {
    /// Noise of one image of a seed, with the unshaded cord's signal divided by `snr` as standard deviation.
    pub(super) fn new(seed: u64, image: u64, snr: Option<f64>) -> Self {
        Self { key: mix(mix(seed).wrapping_add(image)), sigma: snr.map_or(0.0, |snr| 1.0 / snr) }
    }

    fn apply(&self, signal: f64, voxel: usize) -> f64 {
        if self.sigma <= 0.0 {
            return signal;
        }
        let (real, imaginary) = normal_pair(self.key, voxel as u64);
        let (x, y) = (signal + self.sigma * real, self.sigma * imaginary);
        (x * x + y * y).sqrt()
    }
}

/// The stored image of a clean signal given relative to the cord's.
pub(super) fn acquire(clean: &[f32], grid: &Grid, curve: &Curve, shading: Shading, noise: Noise) -> Vec<i16> {
    let shape = grid.shape();
    let mut image = Vec::with_capacity(clean.len());
    let mut voxels = clean.iter();
    for k in 0..shape[2] {
        for j in 0..shape[1] {
            for (i, &signal) in (0..shape[0]).zip(voxels.by_ref()) {
                let mut signal = f64::from(signal);
                if shading.log_ratio > 0.0 && signal > 0.0 {
                    signal *= shading.factor(curve.at_height(grid.center([i, j, k])));
                }
                let value = CORD_VALUE * noise.apply(signal, image.len());
                image.push(value.round().clamp(0.0, f64::from(i16::MAX)) as i16);
            }
        }
    }
    image
}
