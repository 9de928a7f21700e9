//! One centroid per labelled vertebra and disc of a label map.

use std::collections::BTreeMap;

use super::{
    body::Front,
    error::{LevelError, listed},
    scheme::{Disc, Scheme, Vertebra},
};
use crate::{error::Result, finding::Finding, label_map::LabelMap, roi::Roi};

/// A label's share in front of the canal under which it has no body to speak of.
const LEAST_BODY_SHARE: f64 = 0.1;

/// Width of an empty stretch along the spine that parts a label in two, beside a voxel's own size.
const GAP_MM: f64 = 3.0;

/// Share of the largest part from which another part counts as a second vertebra of that label.
const SECOND_SHARE: f64 = 0.3;

/// Millimetres along the spine that a map may span; beyond them its affine makes no sense.
const MOST_BINS: f64 = 20_000.0;

/// A labelled vertebra.
#[derive(Debug, Clone, Copy)]
pub(super) struct Labelled {
    pub(super) vertebra: Vertebra,
    /// RAS mm.
    pub(super) point: [f64; 3],
    /// Voxels of the whole label.
    pub(super) voxels: usize,
    /// Its uppermost place along the main direction, mm.
    pub(super) top: f64,
}

/// What a label map tells of the spine.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) vertebrae: Vec<Labelled>,
    pub(super) discs: Vec<(Disc, [f64; 3])>,
    pub(super) findings: Vec<Finding>,
}

/// Measures the vertebrae and discs of a map; with a canal (or cord) only the bodies in front of it.
pub(super) fn marks(map: &LabelMap, scheme: &Scheme, canal: Option<&Roi>) -> Result<Marks> {
    let front = canal.map(Front::of);
    let slots = Slots::new(map, |value| scheme.vertebra(value));
    if slots.of.is_empty() {
        return Err(LevelError::NoVertebra {
            scheme: scheme.name.clone(),
            values: listed(map.labels().map(|(value, _)| value)),
            fitting: super::fit::described(map),
        }
        .into());
    }
    let mut marks = Marks::default();
    let unknown: Vec<i64> = map.labels().map(|(v, _)| v).filter(|&value| !scheme.knows(value)).collect();
    if !unknown.is_empty() {
        let text = format!(
            "the scheme {} does not know these values of the label map, they were ignored: {}",
            scheme.name,
            listed(&unknown)
        );
        marks.findings.push(Finding::warning("labels_unknown", text));
    }
    let whole = slots.sums(map, None);
    let bodies = front.as_ref().map(|front| slots.sums(map, Some(front)));
    let has_body = |slot: usize| {
        bodies.as_ref().is_some_and(|bodies| {
            bodies[slot].count > 0.0 && bodies[slot].count >= LEAST_BODY_SHARE * whole[slot].count
        })
    };
    let points: Vec<[f64; 3]> = (0..whole.len())
        .map(|slot| match &bodies {
            Some(bodies) if has_body(slot) => bodies[slot].mean(map),
            _ => whole[slot].mean(map),
        })
        .collect();
    let axis = super::order::main_direction(&points);
    let bins = slots.bins(map, axis, |slot| front.as_ref().filter(|_| has_body(slot)));
    for (slot, &(_, vertebra)) in slots.of.iter().enumerate() {
        let labelled = Labelled {
            vertebra,
            point: points[slot],
            voxels: whole[slot].count as usize,
            top: bins.top(slot),
        };
        let parts = bins.parts(slot);
        add(&mut marks, labelled, &parts, map);
    }
    let discs = Slots::new(map, |value| scheme.disc(value));
    let sums = discs.sums(map, None);
    marks.discs = discs.of.iter().zip(sums).map(|(&(_, disc), sum)| (disc, sum.mean(map))).collect();
    Ok(marks)
}

/// The discs of a separate map of points.
pub(super) fn disc_points(map: &LabelMap, scheme: &Scheme) -> Result<Vec<(Disc, [f64; 3])>> {
    let slots = Slots::new(map, |value| scheme.disc_point(value));
    if slots.of.is_empty() {
        let values = listed(map.labels().map(|(value, _)| value));
        return Err(LevelError::NoDiscPoint { scheme: scheme.name.clone(), values }.into());
    }
    let sums = slots.sums(map, None);
    Ok(slots.of.iter().zip(sums).map(|(&(_, disc), sum)| (disc, sum.mean(map))).collect())
}

/// Adds a label in one part as it is, in two large parts as two vertebrae, without its specks.
fn add(marks: &mut Marks, labelled: Labelled, parts: &[Sum], map: &LabelMap) {
    let largest = parts.iter().map(|part| part.count).fold(0.0, f64::max);
    let kept: Vec<&Sum> = parts.iter().filter(|part| part.count >= SECOND_SHARE * largest).collect();
    if parts.len() < 2 {
        marks.vertebrae.push(labelled);
        return;
    }
    let name = labelled.vertebra;
    if kept.len() > 1 {
        let text = format!("{name} is in the label map {} times; each was kept as {name}", kept.len());
        marks.findings.push(Finding::warning("level_twice", text));
    }
    if kept.len() < parts.len() {
        let specks: f64 = parts.iter().map(|p| p.count).filter(|&n| n < SECOND_SHARE * largest).sum();
        let text =
            format!("{specks} voxels of {name} lie apart from the rest; they were left out of its centre");
        marks.findings.push(Finding::info("label_specks", text));
    }
    for part in kept {
        marks.vertebrae.push(Labelled { point: part.mean(map), ..labelled });
    }
}

/// Voxels counted and their indices summed, exactly.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    count: f64,
    index: [f64; 3],
}

impl Sum {
    fn add(&mut self, index: [f64; 3]) {
        self.count += 1.0;
        (0..3).for_each(|a| self.index[a] += index[a]);
    }

    fn join(&mut self, other: &Self) {
        self.count += other.count;
        (0..3).for_each(|a| self.index[a] += other.index[a]);
    }

    fn mean(&self, map: &LabelMap) -> [f64; 3] {
        map.grid().affine().index_to_world(self.index.map(|sum| sum / self.count))
    }
}

/// The labels of a map that a scheme gives a meaning, each with a place in the tables below.
struct Slots<T> {
    of: Vec<(i64, T)>,
    by_label: BTreeMap<i64, usize>,
}

impl<T> Slots<T> {
    fn new(map: &LabelMap, meaning: impl Fn(i64) -> Option<T>) -> Self {
        let of: Vec<(i64, T)> =
            map.labels().filter_map(|(value, _)| Some((value, meaning(value)?))).collect();
        let by_label = of.iter().enumerate().map(|(slot, &(value, _))| (value, slot)).collect();
        Self { of, by_label }
    }

    /// Hands out the voxels of the runs that have a slot: slot and index.
    fn each_voxel(&self, map: &LabelMap, mut see: impl FnMut(usize, [f64; 3])) {
        let mut last = (0, None);
        for run in map.runs() {
            if last.0 != run.label {
                last = (run.label, self.by_label.get(&run.label).copied());
            }
            let Some(slot) = last.1 else { continue };
            for i in run.i..run.i + run.len {
                see(slot, [f64::from(i), f64::from(run.j), f64::from(run.k)]);
            }
        }
    }

    fn sums(&self, map: &LabelMap, front: Option<&Front>) -> Vec<Sum> {
        let mut sums = vec![Sum::default(); self.of.len()];
        let affine = map.grid().affine();
        self.each_voxel(map, |slot, index| {
            if front.is_none_or(|front| front.is_behind(affine.index_to_world(index))) {
                sums[slot].add(index);
            }
        });
        sums
    }

    /// The voxels of each slot by their place along the main direction, millimetre by millimetre.
    fn bins<'f>(&self, map: &LabelMap, axis: [f64; 3], front: impl Fn(usize) -> Option<&'f Front>) -> Bins {
        let affine = map.grid().affine();
        let (base, column) = super::order::along_index(affine, axis);
        let shape = map.grid().shape();
        let reach = |a: usize| column[a] * (shape[a] as f64 - 1.0);
        let low = base + (0..3).map(|a| reach(a).min(0.0)).sum::<f64>();
        let span: f64 = (0..3).map(|a| reach(a).abs()).sum();
        let count = if span < MOST_BINS { span as usize + 2 } else { 1 };
        let gap = (GAP_MM + column.iter().map(|c| c.abs()).sum::<f64>()).ceil() as usize;
        let fronts: Vec<Option<&Front>> = (0..self.of.len()).map(front).collect();
        let mut bins = vec![vec![Sum::default(); count]; self.of.len()];
        self.each_voxel(map, |slot, index| {
            if fronts[slot].is_none_or(|front| front.is_behind(affine.index_to_world(index))) {
                let along = base + (0..3).map(|a| column[a] * index[a]).sum::<f64>();
                bins[slot][(((along - low).max(0.0)) as usize).min(count - 1)].add(index);
            }
        });
        Bins { low, gap, by_slot: bins }
    }
}

/// Voxels by label and millimetre along the main direction, from the head down.
struct Bins {
    low: f64,
    gap: usize,
    by_slot: Vec<Vec<Sum>>,
}

impl Bins {
    /// The uppermost place of a label along the main direction.
    fn top(&self, slot: usize) -> f64 {
        self.low + self.by_slot[slot].iter().position(|bin| bin.count > 0.0).unwrap_or(0) as f64
    }

    /// A label's parts that empty stretches divide, from the head down.
    fn parts(&self, slot: usize) -> Vec<Sum> {
        let mut parts: Vec<Sum> = Vec::new();
        let mut empty = self.gap;
        for bin in &self.by_slot[slot] {
            if bin.count == 0.0 {
                empty += 1;
                continue;
            }
            if empty >= self.gap {
                parts.push(Sum::default());
            }
            if let Some(part) = parts.last_mut() {
                part.join(bin);
            }
            empty = 0;
        }
        parts
    }
}
