//! The stage of each voxel and the sums over all, many voxels at a time.

use hemastage_image::simd::wide;
use rayon::prelude::*;

use super::{BLOCK, level_table::Levels, model::StageModel};
use crate::vocabulary::stage::Stage;

/// Voxels that are staged one after the other: the order of the sums is theirs, whatever the threads.
const PIECE_VOXELS: usize = 1 << 14;

/// Sums that are kept beside each other: the order of the additions is theirs, whatever the vectors.
const LANES: usize = 4;

/// What the number of a voxel's stage is without one, ...
const UNSAMPLED: u64 = 6;
/// ... and what is added to it in the core.
const CORE: u64 = 8;

/// One number per voxel of a block.
type Row = [f64; BLOCK];

/// The stage of each voxel, and the sums over all.
///
/// `levels` are those of the ratios `t1` and `t2`, of which none is NaN in the core.
pub(super) fn stages(
    model: &StageModel,
    levels: &[Levels; 2],
    [t1, t2]: [&[f64]; 2],
    core: &[bool],
) -> (Vec<Option<Stage>>, Totals) {
    let (classes, hypo_below) = (model.classes(), model.t2_hypo_below());
    let mut stages = vec![None; core.len()];
    let pieces = stages.par_chunks_mut(PIECE_VOXELS).zip(core.par_chunks(PIECE_VOXELS));
    let ratios = t1.par_chunks(PIECE_VOXELS).zip(t2.par_chunks(PIECE_VOXELS));
    let totals: Vec<Totals> = pieces
        .zip(ratios)
        .map(|((stages, core), (t1, t2))| {
            wide(
                #[inline(always)]
                || {
                    let mut totals = stage_piece(&classes, levels, [t1, t2], core, stages);
                    totals.t2_hypo = t2.iter().map(|&ratio| u64::from(ratio < hypo_below)).sum();
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
    classes: &[Vec<(usize, f64)>; 6],
    levels: &[Levels; 2],
    [t1, t2]: [&[f64]; 2],
    core: &[bool],
    stages: &mut [Option<Stage>],
) -> Totals {
    let mut block = Block::new();
    let voxels = t1.chunks(BLOCK).zip(t2.chunks(BLOCK)).zip(core.chunks(BLOCK));
    for (((t1, t2), core), stages) in voxels.zip(stages.chunks_mut(BLOCK)) {
        if let (Ok(t1), Ok(t2), Ok(core)) = (t1.try_into(), t2.try_into(), core.try_into()) {
            block.stage(classes, levels, [t1, t2], core, stages);
            continue;
        }
        let (mut whole, mut whole_core) = ([[f64::NAN; BLOCK]; 2], [false; BLOCK]);
        whole[0][..t1.len()].copy_from_slice(t1);
        whole[1][..t2.len()].copy_from_slice(t2);
        whole_core[..core.len()].copy_from_slice(core);
        block.stage(classes, levels, [&whole[0], &whole[1]], &whole_core, stages);
    }
    block.totals()
}

/// What is computed of a block of voxels, one row per quantity, and the sums over all blocks.
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
        classes: &[Vec<(usize, f64)>; 6],
        levels: &[Levels; 2],
        ratios: [&Row; 2],
        core: &[bool; BLOCK],
        stages: &mut [Option<Stage>],
    ) {
        for contrast in 0..2 {
            levels[contrast].fill(ratios[contrast], &mut self.levels[contrast]);
        }
        self.weigh_patterns();
        for (terms, class) in classes.iter().zip(&mut self.classes) {
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

    /// The key of each voxel: its most probable stage, and whether it is of the core. Ties go to the earlier stage.
    #[expect(clippy::inline_always, reason = "for wide vectors")]
    #[inline(always)]
    fn choose(&mut self, [t1, t2]: [&Row; 2], core: &[bool; BLOCK]) {
        for n in 0..BLOCK {
            let (mut sum, mut most, mut stage) = (self.classes[0][n], self.classes[0][n], 0);
            for class in 1..6 {
                let weight = self.classes[class][n];
                sum += weight;
                stage = if weight > most { class as u64 } else { stage };
                most = if weight > most { weight } else { most };
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
        // in turns, as voxels side by side mostly have the same key
        let mut turns = [[0_u32; 16]; 4];
        for (n, &key) in self.keys.iter().enumerate() {
            turns[n % 4][key as usize % 16] += 1;
        }
        for (stage, &key) in stages.iter_mut().zip(&self.keys) {
            *stage = OF_KEY[key as usize % 8];
        }
        let counts = std::array::from_fn(|key| turns.iter().map(|turn| turn[key] as usize).sum());
        (0..16).for_each(|key| self.counts[key] += counts[key]);
        counts
    }

    /// Adds the probabilities of the core's voxels of a stage.
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

/// The weight of a class: the sum over its patterns, of which most classes have few.
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

/// Sums over voxels, in their order.
#[derive(Default)]
pub(super) struct Totals {
    pub(super) sampled: [usize; 6],
    /// Voxels whose T2 ratio is hypo.
    pub(super) t2_hypo: u64,
    core: [usize; 6],
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

    pub(super) fn core_voxels(&self) -> usize {
        self.core.iter().sum()
    }

    pub(super) fn fractions(&self) -> [f64; 6] {
        self.core.map(|voxels| voxels as f64 / self.core_voxels() as f64)
    }

    pub(super) fn probabilities(&self) -> [f64; 6] {
        let total = self.core_voxels() as f64;
        std::array::from_fn(|class| self.sums.iter().map(|sums| sums[class]).sum::<f64>() / total)
    }

    pub(super) fn by_stage(&self) -> [[f64; 6]; 6] {
        std::array::from_fn(|stage| {
            let voxels = self.core[stage].max(1) as f64;
            self.sums[stage].map(|sum| sum / voxels)
        })
    }
}
