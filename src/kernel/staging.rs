//! The stage of each voxel and the totals over all, blocks of voxels at a time.
//!
//! The formula, as `plain_stages` computes it: the weight of a class is the sum over the nine patterns of signal
//! levels of P(T1 level) P(T2 level) weight; a voxel's stage is the class of the largest weight, and its
//! probabilities are the weights divided by their sum.

use hemastage_image::simd::wide;
use rayon::prelude::*;

#[cfg(test)]
use super::level_table::level_probabilities;
use super::level_table::{BLOCK, LevelCurves};
#[cfg(test)]
use crate::vocabulary::criteria::Thresholds;
use crate::vocabulary::stage::Stage;

/// Voxels that one thread stages in order. Fixed, so that the sums do not depend on the number of threads.
const PIECE_VOXELS: usize = 1 << 14;

/// Partial sums in parallel. Fixed, so that the sums do not depend on the width of the processor's vectors.
const LANES: usize = 4;

/// The key of an unsampled voxel; a sampled one has the index of its stage, ...
const UNSAMPLED: u64 = 6;
/// ... and this is added in the core.
const CORE: u64 = 8;

/// One number per voxel of a block.
type Row = [f64; BLOCK];

/// The weight of each class by T1 level and T2 level.
pub(crate) type PatternWeights = [[[f64; 6]; 3]; 3];

/// What stages are computed from.
pub(crate) struct VoxelModel {
    curves: [LevelCurves; 2],
    t2_hypo_below: f64,
    /// The patterns that count for each class, as 3 x T1 level + T2 level, with their weights.
    classes: [Vec<(usize, f64)>; 6],
}

impl VoxelModel {
    /// A model of the level curves of T1 and T2, the weights, and the ratio below which a voxel is T2-hypo.
    pub(crate) fn new(curves: [LevelCurves; 2], weights: &PatternWeights, t2_hypo_below: f64) -> Self {
        let weight = |class: usize, pattern: usize| weights[pattern / 3][pattern % 3][class];
        let patterns = |class| (0..9).map(move |pattern| (pattern, weight(class, pattern)));
        let nonzero = |class| patterns(class).filter(|&(_, weight)| weight != 0.0).collect();
        Self { curves, t2_hypo_below, classes: std::array::from_fn(nonzero) }
    }
}

/// The stage of each voxel by its T1 and T2 ratio, `None` where either is NaN, and the totals over all.
///
/// No ratio of the core is NaN.
pub(crate) fn stages(
    model: &VoxelModel,
    [t1, t2]: [&[f64]; 2],
    core: &[bool],
) -> (Vec<Option<Stage>>, Totals) {
    let mut stages = vec![None; core.len()];
    let pieces = stages.par_chunks_mut(PIECE_VOXELS).zip(core.par_chunks(PIECE_VOXELS));
    let ratios = t1.par_chunks(PIECE_VOXELS).zip(t2.par_chunks(PIECE_VOXELS));
    let totals: Vec<Totals> = pieces
        .zip(ratios)
        .map(|((stages, core), (t1, t2))| {
            wide(
                #[inline(always)]
                || {
                    let mut totals = stage_piece(model, [t1, t2], core, stages);
                    totals.t2_hypo = t2.iter().map(|&ratio| u64::from(ratio < model.t2_hypo_below)).sum();
                    totals
                },
            )
        })
        .collect();
    let mut sum = Totals::default();
    for totals in &totals {
        sum.join(totals);
    }
    (stages, sum)
}

#[expect(clippy::inline_always, reason = "for wide vectors")]
#[inline(always)]
fn stage_piece(
    model: &VoxelModel,
    [t1, t2]: [&[f64]; 2],
    core: &[bool],
    stages: &mut [Option<Stage>],
) -> Totals {
    let mut block = Block::new();
    let voxels = t1.chunks(BLOCK).zip(t2.chunks(BLOCK)).zip(core.chunks(BLOCK));
    for (((t1, t2), core), stages) in voxels.zip(stages.chunks_mut(BLOCK)) {
        if let (Ok(t1), Ok(t2), Ok(core)) = (t1.try_into(), t2.try_into(), core.try_into()) {
            block.stage(model, [t1, t2], core, stages);
            continue;
        }
        let (mut padded, mut padded_core) = ([[f64::NAN; BLOCK]; 2], [false; BLOCK]);
        padded[0][..t1.len()].copy_from_slice(t1);
        padded[1][..t2.len()].copy_from_slice(t2);
        padded_core[..core.len()].copy_from_slice(core);
        block.stage(model, [&padded[0], &padded[1]], &padded_core, stages);
    }
    block.totals()
}

/// One block of voxels, a row per quantity, and the sums over all blocks.
struct Block {
    levels: [[[f64; 2]; BLOCK]; 2],
    /// The probability of each pair of levels.
    patterns: [Row; 9],
    /// The weight of each class.
    classes: [Row; 6],
    /// 1 / the sum of the weights.
    scale: Row,
    keys: [u64; BLOCK],
    counts: [usize; 16],
    sums: [[[f64; LANES]; 6]; 6],
}

impl Block {
    fn new() -> Self {
        Self {
            levels: [[[0.0; 2]; BLOCK]; 2],
            patterns: [[0.0; BLOCK]; 9],
            classes: [[0.0; BLOCK]; 6],
            scale: [0.0; BLOCK],
            keys: [0; BLOCK],
            counts: [0; 16],
            sums: [[[0.0; LANES]; 6]; 6],
        }
    }

    #[expect(clippy::inline_always, reason = "for wide vectors")]
    #[inline(always)]
    fn stage(
        &mut self,
        model: &VoxelModel,
        ratios: [&Row; 2],
        core: &[bool; BLOCK],
        stages: &mut [Option<Stage>],
    ) {
        for (curves, (ratios, levels)) in model.curves.iter().zip(ratios.iter().zip(&mut self.levels)) {
            curves.fill(ratios, levels);
        }
        self.weigh_patterns();
        for (terms, class) in model.classes.iter().zip(&mut self.classes) {
            weigh(&self.patterns, terms, class);
        }
        self.choose(ratios, core);
        let counts = self.write(stages);
        for stage in 0..6 {
            if counts[stage + CORE as usize] > 0 {
                self.add(stage);
            }
        }
    }

    #[expect(clippy::inline_always, reason = "for wide vectors")]
    #[inline(always)]
    fn weigh_patterns(&mut self) {
        for n in 0..BLOCK {
            let [t1, t2] = [0, 1].map(|contrast: usize| {
                let [hypo, hyper] = self.levels[contrast][n];
                let iso = 1.0 - hypo - hyper;
                [hypo, if iso > 0.0 { iso } else { 0.0 }, hyper]
            });
            for pattern in 0..9 {
                self.patterns[pattern][n] = t1[pattern / 3] * t2[pattern % 3];
            }
        }
    }

    /// Sets each voxel's key from its most probable stage and from whether it is of the core. Ties go to the earlier
    /// stage.
    #[expect(clippy::inline_always, reason = "for wide vectors")]
    #[inline(always)]
    fn choose(&mut self, [t1, t2]: [&Row; 2], core: &[bool; BLOCK]) {
        for n in 0..BLOCK {
            let (mut sum, mut max, mut stage) = (self.classes[0][n], self.classes[0][n], 0);
            for class in 1..6 {
                let weight = self.classes[class][n];
                sum += weight;
                stage = if weight > max { class as u64 } else { stage };
                max = if weight > max { weight } else { max };
            }
            self.scale[n] = 1.0 / sum;
            let sampled = !t1[n].is_nan() & !t2[n].is_nan();
            self.keys[n] = if sampled { stage } else { UNSAMPLED } + if core[n] { CORE } else { 0 };
        }
    }

    /// Writes the stages and counts the keys.
    #[inline(always)]
    fn write(&mut self, stages: &mut [Option<Stage>]) -> [usize; 16] {
        const OF_KEY: [Option<Stage>; 8] = {
            let [a, b, c, d, e, f] = Stage::ALL;
            [Some(a), Some(b), Some(c), Some(d), Some(e), Some(f), None, None]
        };
        // adjacent voxels mostly have the same key: four counters in turn, so that none waits for the one before
        let mut counters = [[0_u32; 16]; 4];
        for (n, &key) in self.keys.iter().enumerate() {
            counters[n % 4][key as usize % 16] += 1;
        }
        for (stage, &key) in stages.iter_mut().zip(&self.keys) {
            *stage = OF_KEY[key as usize % 8];
        }
        let counts = std::array::from_fn(|key| counters.iter().map(|counter| counter[key] as usize).sum());
        (0..16).for_each(|key| self.counts[key] += counts[key]);
        counts
    }

    /// Adds the probabilities of the core voxels of one stage.
    #[expect(clippy::inline_always, reason = "for wide vectors")]
    #[inline(always)]
    fn add(&mut self, stage: usize) {
        let mut scale = [0.0; BLOCK];
        for ((out, &key), &scale) in scale.iter_mut().zip(&self.keys).zip(&self.scale) {
            *out = if key == stage as u64 + CORE { scale } else { 0.0 };
        }
        let mut sums = self.sums[stage];
        for n in (0..BLOCK).step_by(LANES) {
            for (sums, class) in sums.iter_mut().zip(&self.classes) {
                for (lane, sum) in sums.iter_mut().enumerate() {
                    *sum += scale[n + lane] * class[n + lane];
                }
            }
        }
        self.sums[stage] = sums;
    }

    fn totals(&self) -> Totals {
        let core = std::array::from_fn(|stage| self.counts[stage + CORE as usize]);
        Totals {
            sampled: std::array::from_fn(|stage| self.counts[stage] + core[stage]),
            t2_hypo: 0,
            core,
            sums: self.sums.map(|classes| classes.map(|lanes| lanes.iter().sum())),
        }
    }
}

/// The weight of one class: the sum over its patterns. Unrolled for their number, which is small for most classes.
#[expect(clippy::inline_always, reason = "for wide vectors")]
#[inline(always)]
fn weigh(patterns: &[Row; 9], terms: &[(usize, f64)], class: &mut Row) {
    match terms.len() {
        0 => *class = [0.0; BLOCK],
        1 => weigh_terms::<1>(patterns, terms, class),
        2 => weigh_terms::<2>(patterns, terms, class),
        3 => weigh_terms::<3>(patterns, terms, class),
        4 => weigh_terms::<4>(patterns, terms, class),
        5 => weigh_terms::<5>(patterns, terms, class),
        6 => weigh_terms::<6>(patterns, terms, class),
        7 => weigh_terms::<7>(patterns, terms, class),
        8 => weigh_terms::<8>(patterns, terms, class),
        _ => weigh_terms::<9>(patterns, terms, class),
    }
}

#[expect(clippy::inline_always, reason = "for wide vectors")]
#[inline(always)]
fn weigh_terms<const N: usize>(patterns: &[Row; 9], terms: &[(usize, f64)], class: &mut Row) {
    let rows: [&Row; N] = std::array::from_fn(|term| &patterns[terms[term].0]);
    let weights: [f64; N] = std::array::from_fn(|term| terms[term].1);
    for n in 0..BLOCK {
        let mut sum = 0.0;
        for term in 0..N {
            sum += rows[term][n] * weights[term];
        }
        class[n] = sum;
    }
}

/// Totals over all voxels.
#[derive(Default)]
pub(crate) struct Totals {
    /// Sampled voxels by stage.
    pub(crate) sampled: [usize; 6],
    /// Voxels whose T2 ratio is hypo.
    pub(crate) t2_hypo: u64,
    /// Core voxels by stage.
    core: [usize; 6],
    /// Sums of the probabilities over the core, by stage then class.
    sums: [[f64; 6]; 6],
}

impl Totals {
    fn join(&mut self, other: &Self) {
        self.t2_hypo += other.t2_hypo;
        for stage in 0..6 {
            self.sampled[stage] += other.sampled[stage];
            self.core[stage] += other.core[stage];
            (0..6).for_each(|class| self.sums[stage][class] += other.sums[stage][class]);
        }
    }

    /// Voxels of the core.
    pub(crate) fn core_voxels(&self) -> usize {
        self.core.iter().sum()
    }

    /// Share of the core by stage.
    pub(crate) fn fractions(&self) -> [f64; 6] {
        self.core.map(|voxels| voxels as f64 / self.core_voxels() as f64)
    }

    /// Mean probability of each class over the core.
    pub(crate) fn probabilities(&self) -> [f64; 6] {
        let total = self.core_voxels() as f64;
        std::array::from_fn(|class| self.sums.iter().map(|sums| sums[class]).sum::<f64>() / total)
    }

    /// Mean probabilities over the core voxels of each stage, by stage then class.
    pub(crate) fn by_stage(&self) -> [[f64; 6]; 6] {
        std::array::from_fn(|stage| {
            let voxels = self.core[stage].max(1) as f64;
            self.sums[stage].map(|sum| sum / voxels)
        })
    }
}

/// The plain twin: voxel by voxel, for these thresholds and noise of T1 and T2.
#[cfg(test)]
fn plain_stages(
    [t1, t2]: [(&[f64], Thresholds, f64); 2],
    weights: &PatternWeights,
    core: &[bool],
) -> (Vec<Option<Stage>>, Totals) {
    let mut totals = Totals::default();
    let stage = |n: usize| {
        let [p1, p2] = [t1, t2].map(|(ratios, band, noise)| level_probabilities(ratios[n], band, noise));
        let pattern = |class: usize, n: usize| p1[n / 3] * p2[n % 3] * weights[n / 3][n % 3][class];
        let class: [f64; 6] = std::array::from_fn(|class| (0..9).map(|n| pattern(class, n)).sum());
        let stage = (0..6).fold(0, |best, next| if class[next] > class[best] { next } else { best });
        if t1.0[n].is_nan() || t2.0[n].is_nan() {
            return None;
        }
        totals.sampled[stage] += 1;
        totals.t2_hypo += u64::from(t2.0[n] < t2.1.hypo_below);
        if core[n] {
            totals.core[stage] += 1;
            (0..6).for_each(|n| totals.sums[stage][n] += class[n] / class.iter().sum::<f64>());
        }
        Some(Stage::ALL[stage])
    };
    ((0..core.len()).map(stage).collect(), totals)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use fastrand::Rng;

    use super::*;

    /// Weights as of a profile: few patterns per stage, all of them indeterminate.
    fn weights(random: &mut Rng) -> PatternWeights {
        let mut weight = |class| match class {
            5 => 0.02,
            _ if random.u8(0..3) == 0 => random.f64(),
            _ => 0.0,
        };
        std::array::from_fn(|_| std::array::from_fn(|_| std::array::from_fn(&mut weight)))
    }

    #[test]
    fn blocks_agree_with_voxels_one_by_one() {
        let mut random = Rng::with_seed(7);
        let bands = [(0.75, 1.2, 0.05), (0.8, 1.4, 0.11)]
            .map(|(hypo_below, hyper_above, noise)| (Thresholds { hypo_below, hyper_above }, noise));
        // with a table and without one, less than a block and more than a piece
        for voxels in [0, 1, 63, 64, 1000, PIECE_VOXELS + 65, 5 * PIECE_VOXELS] {
            let weights = weights(&mut random);
            let mut ratio = || if random.u8(0..9) == 0 { f64::NAN } else { 3.0 * random.f64() };
            let t1: Vec<f64> = (0..voxels).map(|_| ratio()).collect();
            // T2 beyond the sampled voxels counts as hypo nowhere
            let t2: Vec<f64> = t1.iter().map(|v| if v.is_nan() { *v } else { ratio() }).collect();
            let core: Vec<bool> = t1.iter().zip(&t2).map(|(a, b)| (a + b).fract() > 0.3).collect();
            let curves = bands.map(|(band, noise)| LevelCurves::new(band, noise, voxels, [0.0, 3.0]));
            let model = VoxelModel::new(curves, &weights, bands[1].0.hypo_below);
            let (found, totals) = stages(&model, [&t1, &t2], &core);
            let [one, two] = bands;
            let (expected, plain) = plain_stages([(&t1, one.0, one.1), (&t2, two.0, two.1)], &weights, &core);
            assert_eq!(found, expected, "{voxels}");
            assert_eq!((totals.sampled, totals.core), (plain.sampled, plain.core));
            assert_eq!(totals.t2_hypo, plain.t2_hypo);
            for (found, expected) in totals.sums.as_flattened().iter().zip(plain.sums.as_flattened()) {
                assert_relative_eq!(found, expected, max_relative = 1e-12, epsilon = 1e-12);
            }
        }
    }
}
