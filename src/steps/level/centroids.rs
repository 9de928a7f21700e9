//! The centroid of each labeled vertebra and disc of a label map.

use std::collections::BTreeMap;

use hemastage_image::{
    error::Result,
    finding::Finding,
    label_map::{LabelMap, LabelRun},
    roi::Roi,
    vector::{distance, dot, length, minus, plus, unit},
};

use super::{
    body::Front,
    error::{LevelError, listed},
    landmarks::{SAME_MM, between_discs},
    misplaced::Mark,
    points::{Size, refuse_map, refuse_points},
    scheme::{Disc, Scheme, Vertebra},
};
use crate::vocabulary::vertebra::VertebralLevel;

/// A label has a body if at least this share of it lies in front of the canal.
const MIN_BODY_SHARE: f64 = 0.1;

/// A label has two parts if an empty stretch along the spine exceeds this plus a voxel's own size.
const GAP_MM: f64 = 3.0;

/// A part is two bodies if in between the voxels per height fall below this share of the smaller maximum.
const DIP: f64 = 0.25;

/// A further part counts as a second vertebra from this share of the largest part.
const SECOND_SHARE: f64 = 0.3;

/// Slack on borders between millimeters, so that rounding does not move a whole slice across.
const SLACK_MM: f64 = 1e-6;

/// The length in mm that a map may span along the spine; beyond it the affine makes no sense.
const MAX_BINS: f64 = 20_000.0;

/// Distance from the line of the vertebrae below, in rises above them, from which C1 has a rear arch alone where nothing
/// of it is in front of the canal (own choice): the middle of its whole ring has about 0.4, that of the arch 0.9 and more.
const MAX_LEAN: f64 = 0.65;

/// A labeled vertebra.
#[derive(Debug, Clone, Copy)]
pub(super) struct Labeled {
    pub(super) vertebra: Vertebra,
    /// RAS mm.
    pub(super) point: [f64; 3],
    /// Voxels of the whole label.
    pub(super) voxels: usize,
    /// Distance from its top to its point along the main direction, mm.
    pub(super) rise: f64,
    /// Whether only posterior elements are labeled, as where the body lies outside the image.
    pub(super) bodiless: bool,
}

/// Height of a vertebra of usual size above its center.
const HALF_MM: f64 = 15.0;

impl Labeled {
    /// A vertebra of which only a point is known, as if labeled with one voxel.
    pub(super) fn of_point(vertebra: Vertebra, point: [f64; 3]) -> Self {
        Self { vertebra, point, voxels: 1, rise: HALF_MM, bodiless: false }
    }
}

/// The vertebrae and discs of a label map.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) vertebrae: Vec<Labeled>,
    pub(super) discs: Vec<(Disc, [f64; 3])>,
    /// Levels that no map of the scheme places, from the head down.
    pub(super) unnamed: Vec<VertebralLevel>,
    pub(super) findings: Vec<Finding>,
}

impl Marks {
    /// The vertebrae with a body, without C1 and the sacrum.
    pub(super) fn bodies(&self) -> Vec<Mark> {
        let bodies = self.vertebrae.iter().filter(|labeled| !labeled.bodiless && !is_atlas(labeled.vertebra));
        let mark = |labeled: &Labeled| match labeled.vertebra {
            Vertebra::Level(level) => Some(Mark { name: level.to_string(), level, point: labeled.point }),
            Vertebra::Sacrum => None,
        };
        bodies.filter_map(mark).collect()
    }
}

/// Measures the vertebrae and discs of a map; with a canal (or cord), only the bodies in front of it.
pub(super) fn marks(map: &LabelMap, scheme: &Scheme, canal: Option<&Roi>) -> Result<Marks> {
    super::fit::refuse_image(map, |value| scheme.knows(value))?;
    if scheme.is_by_discs() {
        return by_discs(map, scheme, canal);
    }
    let slots = Slots::new(map, |value| scheme.vertebra(value));
    if slots.of.is_empty() {
        return Err(no_vertebra(map, scheme).into());
    }
    super::fit::refuse_discs_alone(map, scheme)?;
    let mut marks = Marks { findings: unknown_labels(map, scheme).into_iter().collect(), ..Marks::default() };
    let whole = slots.sums(map);
    let Centers { points, front, has_body } = slots.bodies(map, &whole, canal);
    let axis = super::order::main_direction(&points, &map.grid().patient_axes());
    let bins = slots.bins(map, axis, |slot| front.as_ref().filter(|_| has_body[slot]));
    let mut sizes = Vec::new();
    for (slot, &(_, vertebra)) in slots.of.iter().enumerate() {
        let labeled = Labeled {
            vertebra,
            point: points[slot],
            voxels: whole[slot].count as usize,
            rise: dot(points[slot], axis) - bins.top(slot),
            bodiless: !has_body[slot] && has_body.contains(&true) && !is_atlas(vertebra),
        };
        if vertebra == Vertebra::Sacrum {
            marks.vertebrae.push(labeled);
            continue;
        }
        sizes.push(Size { labeled, height_mm: bins.height_mm(slot) });
        // what the edge of the image leaves of a vertebra, as its spinous process and a sliver of its body, is still one
        let parts = if labeled.bodiless { Vec::new() } else { bins.parts(slot) };
        let parts: Vec<Sum> = parts.into_iter().flat_map(|part| bins.bodies(part)).collect();
        add(&mut marks, labeled, &parts, map);
    }
    refuse_points(map, &sizes)?;
    marks.discs = Slots::new(map, |value| scheme.disc(value)).centers(map);
    Ok(marks)
}

/// The vertebrae of a map that names discs: each is midway between its two. C1 is at its own label, if it has one.
fn by_discs(map: &LabelMap, scheme: &Scheme, canal: Option<&Roi>) -> Result<Marks> {
    let discs = Slots::new(map, |value| scheme.disc(value)).centers(map);
    if discs.is_empty() {
        return Err(no_vertebra(map, scheme).into());
    }
    let slots = Slots::new(map, |value| scheme.vertebra(value));
    let Centers { points, front, has_body } = slots.bodies(map, &slots.sums(map), canal);
    let between = between_discs(&discs);
    let by_label = slots.of.iter().zip(points).zip(has_body);
    let by_label = by_label.map(|((&(_, vertebra), point), has_body)| Labeled {
        bodiless: front.is_some() && !has_body && leans(point, &between),
        ..Labeled::of_point(vertebra, point)
    });
    let by_discs = between.iter().map(|&(vertebra, point)| Labeled::of_point(vertebra, point));
    Ok(Marks {
        vertebrae: by_label.chain(by_discs).collect(),
        discs,
        unnamed: scheme.unnamed(),
        findings: unknown_labels(map, scheme).into_iter().collect(),
    })
}

/// Whether a point lies off the line of the two uppermost vertebrae, as that of C1's rear arch alone does.
fn leans(point: [f64; 3], vertebrae: &[(Vertebra, [f64; 3])]) -> bool {
    let [(_, first), (_, next), ..] = vertebrae else { return false };
    let Some(up) = unit(minus(*first, *next)) else { return false };
    let offset = minus(point, *first);
    let rise = dot(offset, up);
    length(plus(offset, -rise, up)) > MAX_LEAN * rise
}

fn no_vertebra(map: &LabelMap, scheme: &Scheme) -> LevelError {
    let values = listed(map.labels().map(|(value, _)| value));
    LevelError::NoVertebra { scheme: scheme.name.clone(), values, fitting: super::fit::described(map) }
}

fn unknown_labels(map: &LabelMap, scheme: &Scheme) -> Option<Finding> {
    let values = listed(map.labels().map(|(value, _)| value).filter(|&value| !scheme.knows(value)));
    let name = &scheme.name;
    (!values.is_empty()).then(|| {
        let text = format!(
            "the scheme {name} does not know these values of the label map, they were ignored: {values}; check that it is the map's scheme"
        );
        Finding::warning("labels_unknown", text)
    })
}

/// Whether it is C1, which is a ring and never has a body.
fn is_atlas(vertebra: Vertebra) -> bool {
    matches!(vertebra, Vertebra::Level(level) if level.sct_number() == Some(1))
}

/// Which labels have a body in front of the mask. If not one has at the mask's own heights, as when the labels mark
/// levels of the cord itself, none has.
fn with_body(whole: &[Sum], sides: &[Sides]) -> Vec<bool> {
    let enough = |count: f64, slot: usize| count > 0.0 && count >= MIN_BODY_SHARE * whole[slot].count;
    let any = (0..whole.len()).any(|slot| enough(sides[slot].at_mask_in_front, slot));
    let mostly_beyond = |slot: usize| sides[slot].at_mask < 0.5 * whole[slot].count;
    (0..whole.len())
        .map(|slot| {
            enough(sides[slot].at_mask_in_front, slot)
                || (any && mostly_beyond(slot) && enough(sides[slot].in_front.count, slot))
        })
        .collect()
}

/// The discs of a separate map of points, each as often as it is marked.
pub(super) fn disc_points(map: &LabelMap, scheme: &Scheme) -> Result<Vec<(Disc, [f64; 3])>> {
    super::fit::refuse_image(map, |value| scheme.disc_point(value).is_some() || scheme.knows(value))?;
    refuse_map(map)?;
    let slots = Slots::new(map, |value| scheme.disc_point(value));
    if slots.of.is_empty() {
        let values = listed(map.labels().map(|(value, _)| value));
        return Err(LevelError::NoDiscPoint { scheme: scheme.name.clone(), values }.into());
    }
    let mut voxels: Vec<Vec<[f64; 3]>> = vec![Vec::new(); slots.of.len()];
    slots.each_run(map, |slot, run| {
        let center = |i: u32| map.grid().center([run.i + i, run.j, run.k].map(|v| v as usize));
        voxels[slot].extend((0..run.len).map(center));
    });
    let points = |(&(_, disc), voxels): (&(i64, Disc), Vec<[f64; 3]>)| {
        separate(voxels).into_iter().map(move |point| (disc, point))
    };
    Ok(slots.of.iter().zip(voxels).flat_map(points).collect())
}

/// The centers of the parts of a few voxels: two are of one part if no gap between them is wider than a landmark may
/// be off.
fn separate(mut voxels: Vec<[f64; 3]>) -> Vec<[f64; 3]> {
    let mut centers = Vec::new();
    while let Some(first) = voxels.pop() {
        let (mut part, mut at) = (vec![first], 0);
        while let Some(&voxel) = part.get(at) {
            let (near, far) = voxels.into_iter().partition(|&other| distance(voxel, other) < SAME_MM);
            part.extend::<Vec<_>>(near);
            voxels = far;
            at += 1;
        }
        let n = part.len() as f64;
        let sum = part.iter().fold([0.0; 3], |sum, &voxel| plus(sum, 1.0, voxel));
        centers.push(sum.map(|v| v / n));
    }
    centers
}

/// Adds a label: as it is if it has one part, else each large part as a vertebra, without the specks.
fn add(marks: &mut Marks, labeled: Labeled, parts: &[Sum], map: &LabelMap) {
    let largest = parts.iter().map(|part| part.count).fold(0.0, f64::max);
    let kept: Vec<&Sum> = parts.iter().filter(|part| part.count >= SECOND_SHARE * largest).collect();
    if parts.len() < 2 {
        marks.vertebrae.push(labeled);
        return;
    }
    let name = labeled.vertebra;
    if kept.len() > 1 {
        let text = format!(
            "{name} is in the label map {} times; each was kept as {name}: remove the wrong one",
            kept.len()
        );
        marks.findings.push(Finding::warning("level_twice", text));
    }
    if kept.len() < parts.len() {
        let specks: f64 = parts.iter().map(|p| p.count).filter(|&n| n < SECOND_SHARE * largest).sum();
        let text =
            format!("{specks} voxels of {name} lie apart from the rest; they were left out of its center");
        marks.findings.push(Finding::info("label_specks", text));
    }
    for part in kept {
        marks.vertebrae.push(Labeled { point: part.mean(map), ..labeled });
    }
}

/// A count of voxels and the sum of their indices, both exact.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    count: f64,
    index: [f64; 3],
}

impl Sum {
    /// Adds some voxels of a run; `along` is the sum of their positions in it.
    fn add(&mut self, run: &LabelRun, voxels: u32, along: u64) {
        let count = f64::from(voxels);
        self.count += count;
        self.index[0] += count * f64::from(run.i) + along as f64;
        self.index[1] += count * f64::from(run.j);
        self.index[2] += count * f64::from(run.k);
    }

    fn join(&mut self, other: &Self) {
        self.count += other.count;
        (0..3).for_each(|a| self.index[a] += other.index[a]);
    }

    fn mean(&self, map: &LabelMap) -> [f64; 3] {
        map.grid().affine().index_to_world(self.index.map(|sum| sum / self.count))
    }
}

/// Where a label's voxels lie relative to the front of the canal.
#[derive(Debug, Clone, Copy, Default)]
struct Sides {
    in_front: Sum,
    /// Voxels at heights of the canal mask, ...
    at_mask: f64,
    /// ... and those of them in front of it.
    at_mask_in_front: f64,
}

/// The center of each slot, and which have a body in front of the canal.
struct Centers {
    points: Vec<[f64; 3]>,
    front: Option<Front>,
    has_body: Vec<bool>,
}

/// The labels of a map that have a meaning in a scheme, each with its index (slot) in the tables below.
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

    /// Calls `visit` with each run that has a slot.
    fn each_run(&self, map: &LabelMap, mut visit: impl FnMut(usize, &LabelRun)) {
        let mut last = (0, None);
        for run in map.runs() {
            if last.0 != run.label {
                last = (run.label, self.by_label.get(&run.label).copied());
            }
            if let Some(slot) = last.1 {
                visit(slot, run);
            }
        }
    }

    /// The voxels of each slot.
    fn sums(&self, map: &LabelMap) -> Vec<Sum> {
        let mut sums = vec![Sum::default(); self.of.len()];
        self.each_run(map, |slot, run| {
            let last = u64::from(run.len) - 1;
            sums[slot].add(run, run.len, last * (last + 1) / 2);
        });
        sums
    }

    /// The center of each slot with its meaning.
    fn centers(&self, map: &LabelMap) -> Vec<(T, [f64; 3])>
    where
        T: Copy,
    {
        let sums = self.sums(map);
        self.of.iter().zip(sums).map(|(&(_, meaning), sum)| (meaning, sum.mean(map))).collect()
    }

    /// The center of each slot by its voxels in front of the canal, where it has a body there.
    fn bodies(&self, map: &LabelMap, whole: &[Sum], canal: Option<&Roi>) -> Centers {
        let mut points: Vec<[f64; 3]> = whole.iter().map(|sum| sum.mean(map)).collect();
        let front = canal.map(|canal| Front::of(canal, &points));
        let mut has_body = vec![false; points.len()];
        if let Some(front) = &front {
            let sides = self.sides(map, front);
            has_body = with_body(whole, &sides);
            for slot in (0..points.len()).filter(|&slot| has_body[slot]) {
                points[slot] = sides[slot].in_front.mean(map);
            }
        }
        Centers { points, front, has_body }
    }

    /// Where the voxels of each slot lie relative to a front.
    fn sides(&self, map: &LabelMap, front: &Front) -> Vec<Sides> {
        let mut sides = vec![Sides::default(); self.of.len()];
        self.each_run(map, |slot, run| {
            let (mut in_front, mut along, mut at_mask, mut both) = (0, 0, 0, 0);
            front.sides(start(map, run), step(map), run.len, |n, side| {
                in_front += u32::from(side.is_anterior);
                along += if side.is_anterior { u64::from(n) } else { 0 };
                at_mask += u32::from(side.at_mask);
                both += u32::from(side.is_anterior && side.at_mask);
            });
            let sides = &mut sides[slot];
            sides.in_front.add(run, in_front, along);
            sides.at_mask += f64::from(at_mask);
            sides.at_mask_in_front += f64::from(both);
        });
        sides
    }

    /// The voxels of each slot in 1 mm bins along the main direction.
    fn bins<'f>(&self, map: &LabelMap, axis: [f64; 3], front: impl Fn(usize) -> Option<&'f Front>) -> Bins {
        let affine = map.grid().affine();
        let (base, column) = super::order::along_index(affine, axis);
        let shape = map.grid().shape();
        let change = |a: usize| column[a] * (shape[a] as f64 - 1.0);
        let low = base + (0..3).map(|a| change(a).min(0.0)).sum::<f64>();
        let span: f64 = (0..3).map(|a| change(a).abs()).sum();
        let count = if span < MAX_BINS { span as usize + 2 } else { 1 };
        let voxel_mm = column.iter().map(|c| c.abs()).sum::<f64>();
        let gap = (GAP_MM + voxel_mm - SLACK_MM).ceil() as usize;
        let fronts: Vec<Option<&Front>> = (0..self.of.len()).map(front).collect();
        let mut bins = vec![vec![Sum::default(); count]; self.of.len()];
        self.each_run(map, |slot, run| {
            let along =
                base + (0..3).map(|a| column[a] * [run.i, run.j, run.k].map(f64::from)[a]).sum::<f64>();
            let bin = |n| (along + column[0] * f64::from(n) - low + SLACK_MM).max(0.0) as usize;
            let bins = &mut bins[slot];
            // adjacent voxels mostly share a bin
            let (mut last, mut voxels, mut sum) = (0, 0, 0);
            let mut add = |n, is_counted: bool| {
                let bin = bin(n).min(count - 1);
                if bin != last {
                    bins[last].add(run, std::mem::take(&mut voxels), std::mem::take(&mut sum));
                    last = bin;
                }
                voxels += u32::from(is_counted);
                sum += if is_counted { u64::from(n) } else { 0 };
            };
            match fronts[slot] {
                Some(front) => {
                    front.sides(start(map, run), step(map), run.len, |n, side| add(n, side.is_anterior));
                }
                None => (0..run.len).for_each(|n| add(n, true)),
            }
            bins[last].add(run, voxels, sum);
        });
        Bins { low, gap, voxel_mm, by_slot: bins }
    }
}

/// The center of a run's first voxel.
fn start(map: &LabelMap, run: &LabelRun) -> [f64; 3] {
    map.grid().center([run.i, run.j, run.k].map(|v| v as usize))
}

/// The vector from a voxel's center to the next along a run.
fn step(map: &LabelMap) -> [f64; 3] {
    let m = map.grid().affine().matrix();
    [m[0][0], m[1][0], m[2][0]]
}

/// Voxels by label in 1 mm bins along the main direction, from the head down.
struct Bins {
    low: f64,
    gap: usize,
    /// Size of a voxel along the direction.
    voxel_mm: f64,
    by_slot: Vec<Vec<Sum>>,
}

impl Bins {
    /// The position of a label's top along the main direction.
    fn top(&self, slot: usize) -> f64 {
        self.low + self.by_slot[slot].iter().position(|bin| bin.count > 0.0).unwrap_or(0) as f64
    }

    /// From a label's top to its bottom along the main direction.
    fn height_mm(&self, slot: usize) -> f64 {
        let bins = &self.by_slot[slot];
        let filled = |bin: &Sum| bin.count > 0.0;
        let first = bins.iter().position(filled);
        let between = |(first, last)| (last - first) as f64 + self.voxel_mm;
        first.zip(bins.iter().rposition(filled)).map_or(0.0, between)
    }

    /// A label's parts, which empty stretches separate, from the head down.
    fn parts(&self, slot: usize) -> Vec<&[Sum]> {
        let bins = &self.by_slot[slot];
        let mut parts = Vec::new();
        let (mut first, mut last) = (None, 0);
        for (at, _) in bins.iter().enumerate().filter(|(_, bin)| bin.count > 0.0) {
            let start = *first.get_or_insert(at);
            if at > start && at - last > self.gap {
                parts.push(&bins[start..=last]);
                first = Some(at);
            }
            last = at;
        }
        parts.extend(first.map(|start| &bins[start..=last]));
        parts
    }

    /// A part as one body, or as two where it thins out in between, as at a disc.
    fn bodies(&self, part: &[Sum]) -> Vec<Sum> {
        let total = |bins: &[Sum]| {
            let mut sum = Sum::default();
            for bin in bins {
                sum.join(bin);
            }
            sum
        };
        // as wide as a voxel, so that gaps between slices are no dips
        let width = self.gap - GAP_MM as usize;
        let smooth: Vec<f64> = part.windows(width.min(part.len())).map(|bins| total(bins).count).collect();
        let max = |counts: &[f64]| counts.iter().copied().fold(0.0, f64::max);
        let depth = |at: usize| smooth[at] / max(&smooth[..at]).min(max(&smooth[at + 1..]));
        let inner = 1..smooth.len().saturating_sub(1);
        let dip = inner.map(|at| (at, depth(at))).min_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((at, _)) = dip.filter(|&(_, depth)| depth < DIP) {
            let (upper, lower) = part.split_at(at + width / 2);
            let (upper, lower) = (total(upper), total(lower));
            if upper.count.min(lower.count) >= SECOND_SHARE * upper.count.max(lower.count) {
                return vec![upper, lower];
            }
        }
        vec![total(part)]
    }
}
