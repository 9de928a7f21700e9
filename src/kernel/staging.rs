//! The stage of each voxel and the totals over all, blocks of voxels at a time.
//!
//! The formula, as `plain_stages` computes it: a voxel's stage is the class of the largest weight. By the table of
//! patterns, the weight of a class is the sum over the nine pairs of signal levels of P(T1 level) P(T2 level) weight; by
//! relaxation times it is a factor times the density of the stage at the voxel's ratios.

use hemastage_image::simd::wide;
use rayon::prelude::*;

#[cfg(test)]
use super::level_table::level_probabilities;
use super::{
    densities::{DensityTable, STAGES},
    level_table::{BLOCK, LevelCurves},
};
#[cfg(test)]
use crate::vocabulary::criteria::Thresholds;
use crate::vocabulary::stage::Stage;

/// Voxels that one thread stages in order.
const PIECE_VOXELS: usize = 1 << 14;

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
    rule: Rule,
    t2_hypo_below: f64,
}

enum Rule {
    Patterns {
        curves: [LevelCurves; 2],
        /// The patterns that count for each class, as 3 x T1 level + T2 level, with their weights.
        classes: [Vec<(usize, f64)>; 6],
    },
    Densities {
        table: DensityTable,
        /// The factor of each stage.
        factors: [f64; STAGES],
        /// The weight of indeterminate, everywhere.
        indeterminate: f64,
    },
}

impl VoxelModel {
    /// A model of the level curves of T1 and T2, the weights, and the ratio below which a voxel is T2-hypo.
    pub(crate) fn of_patterns(
        curves: [LevelCurves; 2],
        weights: &PatternWeights,
        t2_hypo_below: f64,
    ) -> Self {
        let weight = |class: usize, pattern: usize| weights[pattern / 3][pattern % 3][class];
        let patterns = |class| (0..9).map(move |pattern| (pattern, weight(class, pattern)));
        let nonzero = |class| patterns(class).filter(|&(_, weight)| weight != 0.0).collect();
        Self { rule: Rule::Patterns { curves, classes: std::array::from_fn(nonzero) }, t2_hypo_below }
    }

    /// A model of the densities of the stages, the factor of each class, and the ratio below which a voxel is T2-hypo.
    pub(crate) fn of_densities(table: DensityTable, factors: [f64; 6], t2_hypo_below: f64) -> Self {
        let [stages @ .., indeterminate] = factors;
        Self { rule: Rule::Densities { table, factors: stages, indeterminate }, t2_hypo_below }
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

/// One block of voxels, a row per quantity, and the counts over all blocks.
struct Block {
    levels: [[[f64; 2]; BLOCK]; 2],
    /// The probability of each pair of levels.
    patterns: [Row; 9],
    /// The weight of each class.
    classes: [Row; 6],
    keys: [u64; BLOCK],
    counts: [usize; 16],
}

impl Block {
    fn new() -> Self {
        Self {
            levels: [[[0.0; 2]; BLOCK]; 2],
            patterns: [[0.0; BLOCK]; 9],
            classes: [[0.0; BLOCK]; 6],
            keys: [0; BLOCK],
            counts: [0; 16],
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
        self.weigh(model, ratios);
        self.choose(ratios, core);
        self.write(stages);
    }

    #[expect(clippy::inline_always, reason = "for wide vectors")]
    #[inline(always)]
    fn weigh(&mut self, model: &VoxelModel, ratios: [&Row; 2]) {
        match &model.rule {
            Rule::Patterns { curves, classes } => {
                for (curves, (ratios, levels)) in curves.iter().zip(ratios.iter().zip(&mut self.levels)) {
                    curves.fill(ratios, levels);
                }
                self.weigh_patterns();
                for (terms, class) in classes.iter().zip(&mut self.classes) {
                    weigh(&self.patterns, terms, class);
                }
            }
            Rule::Densities { table, factors, indeterminate } => {
                let [stages @ .., last] = &mut self.classes;
                table.fill(ratios, factors, stages);
                *last = [*indeterminate; BLOCK];
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
            let (mut max, mut stage) = (self.classes[0][n], 0);
            for class in 1..6 {
                let weight = self.classes[class][n];
                stage = if weight > max { class as u64 } else { stage };
                max = if weight > max { weight } else { max };
            }
            let sampled = !t1[n].is_nan() & !t2[n].is_nan();
            self.keys[n] = if sampled { stage } else { UNSAMPLED } + if core[n] { CORE } else { 0 };
        }
    }

    /// Writes the stages and counts the keys.
    #[inline(always)]
    fn write(&mut self, stages: &mut [Option<Stage>]) {
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
        for (key, count) in self.counts.iter_mut().enumerate() {
            *count += counters.iter().map(|counter| counter[key] as usize).sum::<usize>();
        }
    }

    fn totals(&self) -> Totals {
        let core = std::array::from_fn(|stage| self.counts[stage + CORE as usize]);
        Totals { sampled: std::array::from_fn(|stage| self.counts[stage] + core[stage]), t2_hypo: 0, core }
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
}

impl Totals {
    fn join(&mut self, other: &Self) {
        self.t2_hypo += other.t2_hypo;
        for stage in 0..6 {
            self.sampled[stage] += other.sampled[stage];
            self.core[stage] += other.core[stage];
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
}

/// The plain twin: voxel by voxel, by the weights of a pair of ratios.
#[cfg(test)]
fn plain_stages(
    [t1, t2]: [&[f64]; 2],
    weights: impl Fn([f64; 2]) -> [f64; 6],
    core: &[bool],
    t2_hypo_below: f64,
) -> (Vec<Option<Stage>>, Totals) {
    let mut totals = Totals::default();
    let stage = |n: usize| {
        if t1[n].is_nan() || t2[n].is_nan() {
            return None;
        }
        let class = weights([t1[n], t2[n]]);
        let stage = (0..6).fold(0, |best, next| if class[next] > class[best] { next } else { best });
        totals.sampled[stage] += 1;
        totals.t2_hypo += u64::from(t2[n] < t2_hypo_below);
        totals.core[stage] += usize::from(core[n]);
        Some(Stage::ALL[stage])
    };
    ((0..core.len()).map(stage).collect(), totals)
}

/// The weights of the classes by the table of patterns.
#[cfg(test)]
fn plain_pattern_weights(
    ratios: [f64; 2],
    bands: [(Thresholds, f64); 2],
    weights: &PatternWeights,
) -> [f64; 6] {
    let [p1, p2] = [0, 1]
        .map(|contrast: usize| level_probabilities(ratios[contrast], bands[contrast].0, bands[contrast].1));
    let pattern = |class: usize, n: usize| p1[n / 3] * p2[n % 3] * weights[n / 3][n % 3][class];
    std::array::from_fn(|class| (0..9).map(|n| pattern(class, n)).sum())
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;
    use crate::kernel::densities::Node;

    /// Weights as of a profile: few patterns per stage, all of them indeterminate.
    fn weights(random: &mut Rng) -> PatternWeights {
        let mut weight = |class| match class {
            5 => 0.02,
            _ if random.u8(0..3) == 0 => random.f64(),
            _ => 0.0,
        };
        std::array::from_fn(|_| std::array::from_fn(|_| std::array::from_fn(&mut weight)))
    }

    /// The sizes of studies: with a table of levels and without one, less than a block and more than a piece.
    const VOXELS: [usize; 7] = [0, 1, 63, 64, 1000, PIECE_VOXELS + 65, 5 * PIECE_VOXELS];

    /// Ratios, some of them unsampled on both contrasts, and a core.
    fn voxels(random: &mut Rng, n: usize) -> ([Vec<f64>; 2], Vec<bool>) {
        let mut ratio = || if random.u8(0..9) == 0 { f64::NAN } else { 3.0 * random.f64() };
        let t1: Vec<f64> = (0..n).map(|_| ratio()).collect();
        // T2 beyond the sampled voxels counts as hypo nowhere
        let t2: Vec<f64> = t1.iter().map(|v| if v.is_nan() { *v } else { ratio() }).collect();
        let core = t1.iter().zip(&t2).map(|(a, b)| (a + b).fract() > 0.3).collect();
        ([t1, t2], core)
    }

    fn compare(
        model: &VoxelModel,
        [t1, t2]: &[Vec<f64>; 2],
        core: &[bool],
        weights: impl Fn([f64; 2]) -> [f64; 6],
    ) {
        let (found, totals) = stages(model, [t1, t2], core);
        let (expected, plain) = plain_stages([t1, t2], weights, core, model.t2_hypo_below);
        assert_eq!(found, expected, "{}", core.len());
        assert_eq!((totals.sampled, totals.core), (plain.sampled, plain.core));
        assert_eq!(totals.t2_hypo, plain.t2_hypo);
    }

    #[test]
    fn blocks_agree_with_voxels_one_by_one_on_patterns() {
        let random = &mut Rng::with_seed(7);
        let bands = [(0.75, 1.2, 0.05), (0.8, 1.4, 0.11)]
            .map(|(hypo_below, hyper_above, noise)| (Thresholds { hypo_below, hyper_above }, noise));
        for n in VOXELS {
            let weights = weights(random);
            let (ratios, core) = voxels(random, n);
            let curves = bands.map(|(band, noise)| LevelCurves::new(band, noise, n, [0.0, 3.0]));
            let model = VoxelModel::of_patterns(curves, &weights, bands[1].0.hypo_below);
            compare(&model, &ratios, &core, |ratios| plain_pattern_weights(ratios, bands, &weights));
        }
    }

    #[test]
    fn blocks_agree_with_voxels_one_by_one_on_densities() {
        let random = &mut Rng::with_seed(8);
        let node = |stage| Node {
            stage,
            weight: 0.5 + random.f64(),
            centers: std::array::from_fn(|_| random.f64() - 0.5),
            widths: [0.2, 0.3],
        };
        let nodes: Vec<Node> = (0..STAGES).map(node).collect();
        let factors = [0.3, 0.1, 0.2, 0.2, 0.2, 0.004];
        let plain = DensityTable::new(&nodes);
        for n in VOXELS {
            let (ratios, core) = voxels(random, n);
            let model = VoxelModel::of_densities(DensityTable::new(&nodes), factors, 0.8);
            compare(&model, &ratios, &core, |ratios| {
                let densities = plain.at(ratios);
                std::array::from_fn(|n| factors[n] * densities.get(n).copied().unwrap_or(1.0))
            });
        }
    }
}
