//! Smoothing, signal levels and the loop over the nine patterns.

use super::*;

/// One pass of the median over each voxel and its face neighbors along axes of at most 2 mm.
///
/// NaN marks what is outside the mask or unsampled; it is neither used nor filled.
pub(crate) fn smoothed(ratio: &Array3<f64>, affine: &Affine) -> Array3<f64> {
    let spacing = spacing(affine);
    let axes: Vec<usize> = (0..3).filter(|&axis| spacing[axis] <= 2.0).collect();
    let mut out = ratio.clone();
    for at in indices_of(ratio.dim()) {
        if ratio[at].is_nan() {
            continue;
        }
        let mut values = vec![ratio[at]];
        for next in face_neighbors(at, &axes, ratio.dim()).into_iter().flatten() {
            if !ratio[next].is_nan() {
                values.push(ratio[next]);
            }
        }
        out[at] = median(&values);
    }
    out
}

/// Normal cumulative distribution function.
pub(super) fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

/// Probabilities of hypo, iso and hyper for a ratio.
pub(super) fn level_probabilities(ratio: f64, (low, high): (f64, f64), noise: f64) -> [f64; 3] {
    let hypo = normal_cdf((low - ratio) / noise);
    let hyper = 1.0 - normal_cdf((high - ratio) / noise);
    [hypo, (1.0 - hypo - hyper).max(0.0), hyper]
}

/// Signal level of a ratio: 0 hypo, 1 iso, 2 hyper.
pub(super) fn level_of(ratio: f64, (low, high): (f64, f64)) -> usize {
    if ratio < low {
        0
    } else if ratio > high {
        2
    } else {
        1
    }
}

/// Class probabilities of one voxel: a direct loop over the nine patterns.
pub(super) fn class_probabilities(
    ratio: [f64; 2],
    noise: [f64; 2],
    profile: &Profile,
    prior: &[f64; 5],
) -> [f64; 6] {
    let t1 = level_probabilities(ratio[0], profile.t1, noise[0]);
    let t2 = level_probabilities(ratio[1], profile.t2, noise[1]);
    let prior_indeterminate = prior.iter().sum::<f64>() / 5.0;
    let mut weight = [0.0; 6];
    for a in 0..3 {
        for b in 0..3 {
            let pattern = t1[a] * t2[b];
            let listed = profile.weights.iter().any(|stage| stage[a][b] > 0.0);
            for stage in 0..5 {
                weight[stage] += prior[stage] * pattern * profile.weights[stage][a][b];
            }
            let indeterminate = if listed { 0.02 } else { 1.0 };
            weight[INDETERMINATE] += prior_indeterminate * pattern * indeterminate;
        }
    }
    let total: f64 = weight.iter().sum();
    weight.map(|w| w / total)
}

/// Index of the largest value; the first of equals.
pub(super) fn largest(values: &[f64]) -> usize {
    let mut best = 0;
    for (n, &value) in values.iter().enumerate() {
        if value > values[best] {
            best = n;
        }
    }
    best
}

/// Ratios, probabilities and stages on the hematoma's grid.
#[derive(Debug, Clone)]
pub(crate) struct Maps {
    /// Smoothed ratio per contrast; NaN outside the ROI and where unsampled.
    pub(crate) ratios: [Array3<f64>; 2],
    /// Class probabilities; NaN likewise.
    pub(crate) probabilities: Array3<[f64; 6]>,
    /// Most probable class; [`UNSAMPLED`] likewise.
    pub(crate) stages: Array3<u8>,
}

impl Maps {
    /// Classifies every sampled voxel.
    pub(crate) fn of(hematoma: &Mask, ratios: [Array3<f64>; 2], rule: &Classes<'_>) -> Self {
        let shape = hematoma.data.dim();
        let mut maps = Self {
            ratios,
            probabilities: Array3::from_elem(shape, [f64::NAN; 6]),
            stages: Array3::from_elem(shape, UNSAMPLED),
        };
        for at in voxels_of(&hematoma.data) {
            if maps.sampled(at) {
                let ratio = [maps.ratios[0][at], maps.ratios[1][at]];
                let classes = rule.of_voxel(ratio);
                maps.probabilities[at] = classes;
                maps.stages[at] = [0, 1, 2, 3, 4, 5][largest(&classes)];
            }
        }
        maps
    }

    /// Whether a voxel is sampled in both contrasts.
    pub(crate) fn sampled(&self, at: Index) -> bool {
        !self.ratios[0][at].is_nan()
    }

    /// Whether a voxel's stage is the given one.
    pub(super) fn is_stage(&self, at: Index, stage: usize) -> bool {
        usize::from(self.stages[at]) == stage
    }

    /// What is known of a voxel.
    pub(super) fn voxel(&self, at: Index) -> Voxel {
        Voxel {
            index: at,
            ratio: [self.ratios[0][at], self.ratios[1][at]],
            probabilities: self.probabilities[at],
            stage: self.stages[at],
        }
    }
}
