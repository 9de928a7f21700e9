//! Sampling the anatomy on a grid: mean signal and majority masks.

use hemastage_image::grid::Grid;

use super::anatomy::{Anatomy, Point};
use super::signal::{Sequence, Tissue};
use super::values::Body;
use hemastage::stage::Stage;

/// The outputs to compute on a grid.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outputs {
    pub(super) t1: bool,
    pub(super) t2: bool,
    pub(super) masks: bool,
}

/// Masks in memory order, i fastest.
#[derive(Debug, Default)]
pub(super) struct Masks {
    pub(super) hematoma: Vec<u8>,
    pub(super) cord: Vec<u8>,
    pub(super) canal: Vec<u8>,
    pub(super) csf: Vec<u8>,
    pub(super) vertebrae: Vec<u8>,
    pub(super) discs: Vec<u8>,
    pub(super) stages: Vec<u8>,
}

/// What was computed; empty where not outputs. Signals are relative to the cord's.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    pub(super) t1: Vec<f32>,
    pub(super) t2: Vec<f32>,
    pub(super) masks: Masks,
}

/// The signal of each tissue relative to the cord's.
#[derive(Debug, Clone)]
pub(super) struct TissueSignals {
    pub(super) t1: [f64; Tissue::ALL.len()],
    pub(super) t2: [f64; Tissue::ALL.len()],
    /// On T1 in the marked part of a collection.
    pub(super) marked: [f64; Tissue::ALL.len()],
}

impl TissueSignals {
    pub(super) fn new(body: &Body, t1: Sequence, t2: Sequence) -> Self {
        let ratios = |sequence| Tissue::ALL.map(|tissue| body.ratio_to_cord(tissue, sequence));
        Self { t1: ratios(t1), t2: ratios(t2), marked: ratios(t1) }
    }

    /// Those of one image, which is rendered as T1.
    pub(super) fn of(image: impl Fn(Tissue) -> f64, marked: impl Fn(Tissue) -> f64) -> Self {
        Self { t1: Tissue::ALL.map(image), t2: [0.0; Tissue::ALL.len()], marked: Tissue::ALL.map(marked) }
    }

    /// Those of the tissues that this holds for; the others have none.
    pub(super) fn only(&self, of: impl Fn(Tissue) -> bool) -> Self {
        let chosen = |signals: [f64; Tissue::ALL.len()]| {
            Tissue::ALL.map(|tissue| if of(tissue) { signals[tissue as usize] } else { 0.0 })
        };
        Self { t1: chosen(self.t1), t2: chosen(self.t2), marked: chosen(self.marked) }
    }
}

/// Samples along each axis: 2 per voxel, up to 4 along an axis with a larger spacing than the smallest.
pub(super) fn default_supersampling(grid: &Grid) -> [usize; 3] {
    let spacing = grid.spacing_mm();
    let thinnest = spacing.iter().copied().fold(f64::INFINITY, f64::min);
    spacing.map(|mm| ((2.0 * (mm / thinnest).min(2.0)).round() as usize).max(2))
}

/// Samples the anatomy, moved by `shift_mm`, on a grid.
///
/// A voxel with eight equal corners and an equal center is uniform. Any other voxel has the mean signal of its
/// supersamples and the masks of at least half of them.
pub(super) fn render(
    anatomy: &Anatomy,
    grid: &Grid,
    shift_mm: [f64; 3],
    supersampling: [usize; 3],
    signals: &TissueSignals,
    outputs: Outputs,
) -> Rendered {
    let shape = grid.shape();
    let offsets = supersamples(supersampling);
    let at = |index| shown_at(anatomy, grid, shift_mm, index);
    let mut out = Rendered::with_capacity(grid.voxels(), outputs);
    let mut below = corners(shape, at, 0);
    for k in 0..shape[2] {
        let above = corners(shape, at, k + 1);
        for j in 0..shape[1] {
            for i in 0..shape[0] {
                let n = i + (shape[0] + 1) * j;
                let m = n + shape[0] + 1;
                let first = below[n];
                let uniform =
                    [below[n + 1], below[m], below[m + 1], above[n], above[n + 1], above[m], above[m + 1]]
                        .iter()
                        .all(|point| *point == first);
                let index = [i as f64, j as f64, k as f64];
                if uniform && at(index) == first {
                    out.push_uniform(first, signals, outputs);
                } else {
                    let mut tally = Tally::default();
                    for offset in &offsets {
                        tally.add(at(std::array::from_fn(|a| index[a] + offset[a])));
                    }
                    out.push_mixed(&tally, signals, outputs);
                }
            }
        }
        below = above;
    }
    out
}

/// The anatomy that a grid shows at an index when it has moved.
fn shown_at(anatomy: &Anatomy, grid: &Grid, shift_mm: [f64; 3], index: [f64; 3]) -> Point {
    let world = grid.affine().index_to_world(index);
    anatomy.at(std::array::from_fn(|n| world[n] - shift_mm[n]))
}

/// The anatomy at the corners of the voxels, one plane half a voxel before slice `k`.
fn corners([ni, nj, _]: [usize; 3], at: impl Fn([f64; 3]) -> Point, k: usize) -> Vec<Point> {
    let mut plane = Vec::with_capacity((ni + 1) * (nj + 1));
    for j in 0..=nj {
        for i in 0..=ni {
            let index = [i as f64 - 0.5, j as f64 - 0.5, k as f64 - 0.5];
            plane.push(at(index));
        }
    }
    plane
}

/// Offsets of the supersamples from a voxel's center, in voxels.
fn supersamples(counts: [usize; 3]) -> Vec<[f64; 3]> {
    let at = |n: usize, count: usize| (n as f64 + 0.5) / count as f64 - 0.5;
    let mut offsets = Vec::with_capacity(counts.iter().product());
    for k in 0..counts[2] {
        for j in 0..counts[1] {
            for i in 0..counts[0] {
                offsets.push([at(i, counts[0]), at(j, counts[1]), at(k, counts[2])]);
            }
        }
    }
    offsets
}

/// Samples of a voxel, counted by tissue and label.
#[derive(Debug)]
struct Tally {
    samples: u32,
    canal: u32,
    tissues: [u32; Tissue::ALL.len()],
    marked: [u32; Tissue::ALL.len()],
    vertebrae: [u32; 26],
    discs: [u32; 26],
}

impl Default for Tally {
    fn default() -> Self {
        let none = [0; Tissue::ALL.len()];
        Self { samples: 0, canal: 0, tissues: none, marked: none, vertebrae: [0; 26], discs: [0; 26] }
    }
}

impl Tally {
    fn add(&mut self, point: Point) {
        self.samples += 1;
        self.canal += u32::from(point.canal);
        self.tissues[point.tissue as usize] += 1;
        self.marked[point.tissue as usize] += u32::from(point.marked);
        self.vertebrae[usize::from(point.vertebra)] += 1;
        self.discs[usize::from(point.disc)] += 1;
    }

    fn mean(&self, signals: &[f64; Tissue::ALL.len()]) -> f32 {
        let sum: f64 = self.tissues.iter().zip(signals).map(|(&n, s)| f64::from(n) * s).sum();
        (sum / f64::from(self.samples)) as f32
    }

    /// The same with the marked samples' own signals.
    fn mean_t1(&self, signals: &TissueSignals) -> f32 {
        if self.marked.iter().all(|&n| n == 0) {
            return self.mean(&signals.t1);
        }
        let of = |n: usize| {
            let (all, marked) = (f64::from(self.tissues[n]), f64::from(self.marked[n]));
            (all - marked) * signals.t1[n] + marked * signals.marked[n]
        };
        ((0..Tissue::ALL.len()).map(of).sum::<f64>() / f64::from(self.samples)) as f32
    }

    fn at_least_half(&self, count: u32) -> bool {
        2 * count >= self.samples
    }

    /// The most frequent label where labels together fill at least half of the voxel, else 0.
    fn label(&self, counts: &[u32; 26]) -> u8 {
        if !self.at_least_half(self.samples - counts[0]) {
            return 0;
        }
        largest(counts[1..].iter().copied()).map_or(0, |n| n as u8 + 1)
    }

    fn blood(&self, stage: Stage) -> u32 {
        Tissue::blood(stage).map_or(0, |tissue| self.tissues[tissue as usize])
    }

    /// The stage of a hematoma voxel, 0 elsewhere. A tie with the cord goes to the cord, a tie between stages to
    /// the earlier one.
    fn stage(&self) -> u8 {
        let counts = Stage::FIVE.map(|stage| self.blood(stage));
        let cord = self.at_least_half(self.tissues[Tissue::Cord as usize]);
        if cord || !self.at_least_half(counts.iter().sum()) {
            return 0;
        }
        largest(counts.into_iter()).map_or(0, |n| n as u8 + 1)
    }
}

/// Position of the largest count above 0, the first of equals.
fn largest(counts: impl Iterator<Item = u32>) -> Option<usize> {
    let mut best = None;
    let mut most = 0;
    for (n, count) in counts.enumerate() {
        if count > most {
            (best, most) = (Some(n), count);
        }
    }
    best
}

impl Rendered {
    fn with_capacity(voxels: usize, outputs: Outputs) -> Self {
        let signal = |on: bool| Vec::with_capacity(if on { voxels } else { 0 });
        let mask = || Vec::with_capacity(if outputs.masks { voxels } else { 0 });
        Self {
            t1: signal(outputs.t1),
            t2: signal(outputs.t2),
            masks: Masks {
                hematoma: mask(),
                cord: mask(),
                canal: mask(),
                csf: mask(),
                vertebrae: mask(),
                discs: mask(),
                stages: mask(),
            },
        }
    }

    fn push_uniform(&mut self, point: Point, signals: &TissueSignals, outputs: Outputs) {
        if outputs.t1 {
            let of = if point.marked { &signals.marked } else { &signals.t1 };
            self.t1.push(of[point.tissue as usize] as f32);
        }
        if outputs.t2 {
            self.t2.push(signals.t2[point.tissue as usize] as f32);
        }
        if outputs.masks {
            let stage = point.tissue.stage().map_or(0, Stage::map_value);
            let is = |tissue| u8::from(point.tissue == tissue);
            self.masks.push([
                stage,
                is(Tissue::Cord),
                u8::from(point.canal),
                is(Tissue::Csf),
                point.vertebra,
                point.disc,
            ]);
        }
    }

    fn push_mixed(&mut self, tally: &Tally, signals: &TissueSignals, outputs: Outputs) {
        if outputs.t1 {
            self.t1.push(tally.mean_t1(signals));
        }
        if outputs.t2 {
            self.t2.push(tally.mean(&signals.t2));
        }
        if outputs.masks {
            let half = |count| u8::from(tally.at_least_half(count));
            let cord = half(tally.tissues[Tissue::Cord as usize]);
            let stage = tally.stage();
            // where two halves meet, cord goes before blood and blood before fluid
            let csf = if cord + stage == 0 { half(tally.tissues[Tissue::Csf as usize]) } else { 0 };
            self.masks.push([
                stage,
                cord,
                half(tally.canal),
                csf,
                tally.label(&tally.vertebrae),
                tally.label(&tally.discs),
            ]);
        }
    }
}

impl Masks {
    fn push(&mut self, [stage, cord, canal, csf, vertebra, disc]: [u8; 6]) {
        self.hematoma.push(u8::from(stage > 0));
        self.cord.push(cord);
        self.canal.push(canal);
        self.csf.push(csf);
        self.vertebrae.push(vertebra);
        self.discs.push(disc);
        self.stages.push(stage);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_centered_in_their_voxel() {
        let offsets = supersamples([2, 1, 4]);
        assert_eq!(offsets.len(), 8);
        for axis in 0..3 {
            assert!(offsets.iter().map(|o| o[axis]).sum::<f64>().abs() < 1e-12);
        }
        assert_eq!(offsets[0].map(f64::to_bits), [-0.25, 0.0, -0.375].map(f64::to_bits));
    }

    #[test]
    fn majority_goes_to_the_cord_then_to_the_earlier_stage() {
        let mut tally = Tally::default();
        let add = |tally: &mut Tally, tissue, n| {
            (0..n).for_each(|_| tally.add(Point { tissue, ..Point::default() }));
        };
        add(&mut tally, Tissue::Chronic, 2);
        add(&mut tally, Tissue::Acute, 2);
        assert_eq!(tally.stage(), Stage::Acute.map_value());
        add(&mut tally, Tissue::Cord, 4);
        assert_eq!(tally.stage(), 0);
    }
}
