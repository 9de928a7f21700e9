//! The frames of one series as stacks: by what they show, by their directions, and by the blocks they lie in. What lies at
//! one place twice is separated by acquisition, time point, echo and the like, and only there: many series count
//! their slices in one of these.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::super::{
    frames::{Frame, StackKey},
    plane::Plane,
    spacing::{SAME_POSITION_MM, step_tolerance_mm},
};
use crate::vector::{cross, dot};

/// How much the pixel spacing within a stack may differ, as a share of it.
const SPACING_TOLERANCE: f64 = 1e-4;

/// How much the echo time within a stack may differ; the echoes of a multi-echo scan are further apart.
const ECHO_TOLERANCE_MS: f64 = 0.05;

/// A step between slices of more than this times the usual one parts two blocks.
const GAP: f64 = 1.5;

/// Slices that are shifted in their plane by more than this lie side by side, as stations do; those of a slanted stack
/// are shifted by less from one to the next.
const ASIDE_MM: f64 = 5.0;

/// How often frames are split by their places in the plane; nothing but hostile files needs more.
const MAX_SPLITS: usize = 4;

/// Groups that a frame is compared with; localizers have three directions, radial series dozens.
const MAX_COMPARED: usize = 1024;

/// Frames of one stack, or that nothing separates.
pub(super) struct Part {
    pub(super) frames: Vec<Frame>,
    /// Shared by the blocks that only a gap parts.
    pub(super) row: usize,
    /// Shared by stacks whose directions differ by less than a degree.
    pub(super) direction: usize,
}

/// Splits the frames of a series. `names` gives each frame a number that differs where only the UID of its series can tell
/// it apart.
pub(super) fn split(mut frames: Vec<Frame>, names: impl Fn(&Frame) -> usize) -> Vec<Part> {
    // whatever compares with the first must not depend on the names of files
    frames.sort_by(|a, b| order(a, b).then(names(a).cmp(&names(b))));
    let mut parts = Vec::new();
    let mut rows = 0;
    for (direction, meant) in alike(frames, Plane::is_meant_parallel).into_iter().enumerate() {
        for parallel in alike(meant, Plane::is_nearly_parallel) {
            for stack in by_stack(parallel) {
                let layout = Layout::of(&stack, &names);
                let mut stack: Vec<Option<Frame>> = stack.into_iter().map(Some).collect();
                for block in layout.best() {
                    let frames = block.frames.iter().filter_map(|&at| stack[at].take()).collect();
                    parts.push(Part { frames, row: rows + block.row, direction });
                }
                // no more than a row for each frame, and one for each that differs from them
                rows += 2 * layout.places.len();
            }
        }
    }
    parts
}

fn order(a: &Frame, b: &Frame) -> std::cmp::Ordering {
    let by = |a: &[f64], b: &[f64]| {
        let mut pairs = a.iter().zip(b);
        pairs
            .find_map(|(a, b)| Some(a.total_cmp(b)).filter(|order| order.is_ne()))
            .unwrap_or(std::cmp::Ordering::Equal)
    };
    by(&a.plane.position(), &b.plane.position())
        .then_with(|| by(a.plane.directions().as_flattened(), b.plane.directions().as_flattened()))
        .then_with(|| a.marks.acquired.cmp(&b.marks.acquired))
}

/// Groups frames of the same kind, pixel spacing and echo time whose planes are parallel.
///
/// A frame without an echo time joins those of the only echo time there is.
fn alike(frames: Vec<Frame>, is_parallel: impl Fn(&Plane, &Plane) -> bool) -> Vec<Vec<Frame>> {
    let (known, unknown): (Vec<Frame>, Vec<Frame>) =
        frames.into_iter().partition(|frame| frame.echo_time_ms.is_some());
    let mut groups: Vec<Vec<Frame>> = Vec::new();
    let mut of_key: BTreeMap<Arc<StackKey>, Vec<usize>> = BTreeMap::new();
    for frame in known.into_iter().chain(unknown) {
        let same_key = of_key.entry(Arc::clone(&frame.key)).or_default();
        // of many stacks only the latest are compared: comparing all takes the square of their number
        let latest = &same_key[same_key.len().saturating_sub(MAX_COMPARED)..];
        let mut fitting = latest.iter().copied().filter(|&group| {
            let first = &groups[group][0];
            has_same_echo(first, &frame)
                && has_same_pixels(first, &frame)
                && is_parallel(&first.plane, &frame.plane)
        });
        let is_unknown = |group: &usize| groups[*group][0].echo_time_ms.is_none();
        let group = match (fitting.next(), fitting.next()) {
            (Some(first), other) if other.is_none() || frame.echo_time_ms.is_some() => Some(first),
            (first, second) => first.into_iter().chain(second).chain(fitting).find(is_unknown),
        };
        if let Some(group) = group {
            groups[group].push(frame);
        } else {
            same_key.push(groups.len());
            groups.push(vec![frame]);
        }
    }
    groups
}

fn has_same_echo(a: &Frame, b: &Frame) -> bool {
    let times = a.echo_time_ms.zip(b.echo_time_ms);
    times.is_none_or(|(a, b)| (a - b).abs() <= ECHO_TOLERANCE_MS)
}

fn has_same_pixels(a: &Frame, b: &Frame) -> bool {
    let near = |(a, b): (f64, f64)| (a - b).abs() <= SPACING_TOLERANCE * a;
    a.plane.spacing_mm().into_iter().zip(b.plane.spacing_mm()).all(near)
}

/// Splits parallel frames by `StackID`, unless it only counts the slices.
fn by_stack(frames: Vec<Frame>) -> Vec<Vec<Frame>> {
    let mut stacks: BTreeMap<Option<String>, Vec<Frame>> = BTreeMap::new();
    for frame in &frames {
        stacks.entry(frame.marks.stack.clone()).or_default().push(frame.clone());
    }
    let normal = frames.first().map_or([0.0; 3], |frame| frame.plane.normal());
    let is_one_place = |frames: &Vec<Frame>| {
        let along = |frame: &Frame| dot(frame.plane.position(), normal);
        let first = frames.first().map_or(0.0, along);
        frames.iter().all(|frame| (along(frame) - first).abs() <= SAME_POSITION_MM)
    };
    if stacks.values().all(is_one_place) { vec![frames] } else { stacks.into_values().collect() }
}

/// A block of slices: the indices of its frames.
#[derive(Debug, Clone, PartialEq)]
struct Block {
    frames: Vec<usize>,
    row: usize,
    /// Frames at a place that is taken, and steps that differ from the others.
    faults: usize,
}

/// Where parallel frames lie, and what may tell them apart.
struct Layout {
    /// The position along the normal, and two in the plane, of each frame.
    places: Vec<[f64; 3]>,
    /// For each kind of mark that is not the same in all frames, a number for its value in each frame.
    marks: Vec<Vec<usize>>,
    names: Vec<usize>,
}

impl Layout {
    fn of(frames: &[Frame], names: impl Fn(&Frame) -> usize) -> Self {
        let [i, j] = frames.first().map_or([[0.0; 3]; 2], |frame| frame.plane.directions());
        let axes = [cross(i, j), i, j];
        let places = frames.iter().map(|frame| axes.map(|axis| dot(frame.plane.position(), axis))).collect();
        let names = ranks(frames, names);
        let marks = [
            ranks(frames, |frame| frame.marks.acquisition),
            ranks(frames, |frame| frame.marks.time_point),
            ranks(frames, |frame| frame.marks.stack.clone()),
            ranks(frames, |frame| frame.marks.echo),
            ranks(frames, |frame| frame.marks.dimensions.clone()),
            ranks(frames, |frame| frame.marks.contrast_agent),
            ranks(frames, |frame| frame.marks.acquired),
        ];
        let differs = |ranks: &Vec<usize>| ranks.windows(2).any(|pair| pair[0] != pair[1]);
        Self { places, marks: marks.into_iter().filter(differs).collect(), names }
    }

    /// The blocks with the fewest faults, of these the fewest blocks.
    fn best(&self) -> Vec<Block> {
        let all: Vec<usize> = (0..self.places.len()).collect();
        let plain = self.blocks(&all);
        if is_sound(&plain) {
            return plain;
        }
        let each = self.each_told_apart(&plain);
        // of all blocks at once, as where the patient moved a little between two volumes
        let together = self.by_marks(&all, plain);
        if score(&together) < score(&each) { together } else { each }
    }

    /// The volumes in each block, a block that stays whole in its row.
    fn each_told_apart(&self, blocks: &[Block]) -> Vec<Block> {
        let mut rows = blocks.iter().map(|block| block.row + 1).max().unwrap_or(0);
        let mut found = Vec::new();
        for block in blocks {
            let apart = self.told_apart(block);
            let start = if apart.len() == 1 { block.row } else { rows };
            for part in apart {
                rows = rows.max(start + part.row + 1);
                found.push(Block { row: start + part.row, ..part });
            }
        }
        found
    }

    /// One block, or the volumes in it that marks tell apart.
    fn told_apart(&self, block: &Block) -> Vec<Block> {
        let whole = Block { row: 0, ..block.clone() };
        if block.faults == 0 {
            return vec![whole];
        }
        if self.along(&block.frames).len() == 1 {
            // time points of a single slice stay together, slices of several series don't
            let of_name = classes(&block.frames, |at| self.names[at]).into_values();
            let part = |(row, frames): (usize, Vec<usize>)| Block { faults: frames.len() - 1, frames, row };
            return of_name.enumerate().map(part).collect();
        }
        self.by_marks(&block.frames, vec![whole])
    }

    /// The best of these blocks and of those that some of the marks make of the same frames.
    fn by_marks(&self, frames: &[usize], blocks: Vec<Block>) -> Vec<Block> {
        let most = blocks.iter().flat_map(|block| self.along(&block.frames)).map(|place| place.len()).max();
        let mut best = blocks;
        for chosen in choices(self.marks.len()) {
            if score(&best) == (0, 1) {
                break;
            }
            let of_mark = classes(frames, |at| chosen.iter().map(|&n| self.marks[n][at]).collect::<Vec<_>>());
            // marks that differ from slice to slice tell no volumes apart, nor do those of packages of slices
            let is_many = of_mark.len() > 2 * most.unwrap_or(1);
            if 2 * of_mark.len() > frames.len() || is_many && !self.are_stations(of_mark.values()) {
                continue;
            }
            let blocks = numbered(of_mark.values().map(|class| self.blocks(class)));
            if score(&blocks) < score(&best) {
                best = blocks;
            }
        }
        best
    }

    /// Whether groups of frames follow one another along the normal, each overlapping the next by half of it at most.
    fn are_stations<'g>(&self, groups: impl Iterator<Item = &'g Vec<usize>>) -> bool {
        let ends = |frames: &Vec<usize>| {
            let along = frames.iter().map(|&at| self.places[at][0]);
            along.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], mm| [low.min(mm), high.max(mm)])
        };
        let mut ends: Vec<[f64; 2]> = groups.map(ends).collect();
        ends.sort_by(|a, b| a[0].total_cmp(&b[0]));
        ends.windows(2).all(|pair| {
            let [[low, high], [next_low, next_high]] = [pair[0], pair[1]];
            2.0 * (high - next_low) <= (high - low).min(next_high - next_low)
        })
    }

    /// The blocks of frames by their places alone.
    fn blocks(&self, frames: &[usize]) -> Vec<Block> {
        let mut rows = vec![frames.to_vec()];
        for axis in [1, 2].into_iter().cycle().take(MAX_SPLITS) {
            rows = rows.into_iter().flat_map(|row| self.side_by_side(row, axis)).collect();
        }
        let blocks = rows.into_iter().enumerate().flat_map(|(row, frames)| self.in_row(row, &frames));
        blocks.collect()
    }

    /// Frames that lie side by side along an axis of their plane.
    fn side_by_side(&self, mut frames: Vec<usize>, axis: usize) -> Vec<Vec<usize>> {
        frames.sort_by(|&a, &b| self.places[a][axis].total_cmp(&self.places[b][axis]));
        let is_near = |&a: &usize, &b: &usize| self.places[b][axis] - self.places[a][axis] <= ASIDE_MM;
        frames.chunk_by(is_near).map(<[usize]>::to_vec).collect()
    }

    /// Frames by their position along the normal, in order.
    fn along(&self, frames: &[usize]) -> Vec<Vec<usize>> {
        let mut sorted = frames.to_vec();
        sorted.sort_by(|&a, &b| self.places[a][0].total_cmp(&self.places[b][0]));
        let mut positions: Vec<Vec<usize>> = Vec::new();
        for at in sorted {
            match positions.last_mut() {
                Some(position) if self.places[at][0] - self.places[position[0]][0] <= SAME_POSITION_MM => {
                    position.push(at);
                }
                _ => positions.push(vec![at]),
            }
        }
        positions
    }

    /// The blocks of frames in a row, which gaps part.
    fn in_row(&self, row: usize, frames: &[usize]) -> Vec<Block> {
        let positions = self.along(frames);
        let along: Vec<f64> = positions.iter().map(|position| self.places[position[0]][0]).collect();
        let steps: Vec<f64> = along.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mut blocks = Vec::new();
        let mut start = 0;
        let ends = gaps(&steps).into_iter().map(|gap| gap + 1).chain([positions.len()]);
        for end in ends.filter(|&end| end > 0) {
            let frames: Vec<usize> = positions[start..end].concat();
            let steps = steps.get(start..end - 1).unwrap_or_default();
            let usual = lower_median(steps);
            let is_uneven = |&&step: &&f64| (step - usual).abs() > step_tolerance_mm(usual);
            let faults = frames.len() - (end - start) + steps.iter().filter(is_uneven).count();
            blocks.push(Block { frames, row, faults });
            start = end;
        }
        blocks
    }
}

/// Which steps are gaps: longer than usual in the whole row, and among their neighbors, as blocks may have their own steps.
fn gaps(steps: &[f64]) -> Vec<usize> {
    const NEIGHBORS: usize = 2;
    let usual = lower_median(steps);
    let is_gap = |&at: &usize| {
        let near = &steps[at.saturating_sub(NEIGHBORS)..(at + NEIGHBORS + 1).min(steps.len())];
        steps[at] > GAP * usual && steps[at] > GAP * lower_median(near)
    };
    (0..steps.len()).filter(is_gap).collect()
}

/// The median, the lower of two middle values: with one gap among three slices, the other step is the usual one.
pub(super) fn lower_median(steps: &[f64]) -> f64 {
    let mut sorted = steps.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}

fn is_sound(blocks: &[Block]) -> bool {
    blocks.iter().all(|block| block.faults == 0)
}

/// Low is good.
fn score(blocks: &[Block]) -> (usize, usize) {
    (blocks.iter().map(|block| block.faults).sum(), blocks.len())
}

/// Blocks of several rows each, with a number for each row.
fn numbered(groups: impl IntoIterator<Item = Vec<Block>>) -> Vec<Block> {
    let mut all: Vec<Block> = Vec::new();
    let mut rows = 0;
    for group in groups {
        let start = rows;
        for block in group {
            rows = rows.max(start + block.row + 1);
            all.push(Block { row: start + block.row, ..block });
        }
    }
    all
}

/// One mark, then two, then all.
fn choices(marks: usize) -> Vec<Vec<usize>> {
    let single = (0..marks).map(|a| vec![a]);
    let pairs = (0..marks).flat_map(|a| (a + 1..marks).map(move |b| vec![a, b]));
    let all = (marks > 2).then(|| (0..marks).collect());
    single.chain(pairs).chain(all).collect()
}

fn classes<K: Ord>(frames: &[usize], key: impl Fn(usize) -> K) -> BTreeMap<K, Vec<usize>> {
    let mut classes: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for &at in frames {
        classes.entry(key(at)).or_default().push(at);
    }
    classes
}

/// A number for the value of a mark in each frame, in the order of the values.
fn ranks<K: Ord>(frames: &[Frame], value: impl Fn(&Frame) -> K) -> Vec<usize> {
    let values: Vec<K> = frames.iter().map(value).collect();
    let distinct: BTreeSet<&K> = values.iter().collect();
    let rank: BTreeMap<&K, usize> = distinct.into_iter().zip(0..).collect();
    values.iter().map(|value| rank[value]).collect()
}
