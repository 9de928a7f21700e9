//! Images grouped into series, and the frames of a series into stacks.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    super::frames::{Frame, StackKey},
    error::SeriesError,
    scan::ImageFile,
    spacing,
    stack::{Stack, planes, sort},
};
use crate::{
    error::{Error, Result},
    limits::Limits,
};

/// How much the pixel spacing within a stack may differ, as a share of it.
const SPACING_TOLERANCE: f64 = 1e-4;

/// How much the echo time within a stack may differ; the echoes of a multi-echo scan are further apart.
const ECHO_TOLERANCE_MS: f64 = 0.05;

/// A stack of slices, or images that could not be made one.
pub(super) struct Candidate {
    pub(super) series_number: Option<i64>,
    pub(super) series_uid: String,
    /// Its number among the candidates of its series number, from 1; `None` when it is the only one.
    pub(super) part: Option<usize>,
    /// The indices of its files.
    pub(super) files: Vec<usize>,
    /// All its frames; empty when an image of its series could not be read.
    pub(super) frames: Vec<Frame>,
    pub(super) stack: Result<Stack>,
    /// Whether its images cannot be slices.
    pub(super) is_capture: bool,
}

/// All stacks, also failed ones, sorted by series number and then by file.
pub(super) fn candidates(files: &mut [ImageFile], limits: Limits) -> Vec<Candidate> {
    let mut series: BTreeMap<(i64, usize), Vec<usize>> = BTreeMap::new();
    let mut first_of: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, file) in files.iter().enumerate() {
        let first = *first_of.entry(&file.series_uid).or_insert(at);
        let number = files[first].series_number.unwrap_or(i64::MAX);
        series.entry((number, first)).or_default().push(at);
    }
    let mut candidates = Vec::new();
    for members in series.into_values() {
        let (captures, slices): (Vec<usize>, Vec<usize>) =
            members.into_iter().partition(|&at| files[at].is_capture);
        for members in [slices, captures].iter().filter(|members| !members.is_empty()) {
            candidates.extend(candidates_of(members, files, limits));
        }
    }
    number_parts(&mut candidates);
    candidates
}

fn candidates_of(members: &[usize], files: &mut [ImageFile], limits: Limits) -> Vec<Candidate> {
    let first = &files[members[0]];
    let (series_number, series_uid) = (first.series_number, first.series_uid.clone());
    let is_capture = first.is_capture;
    let candidate = |files, frames, stack| {
        let series_uid = series_uid.clone();
        Candidate { series_number, series_uid, part: None, files, frames, stack, is_capture }
    };
    if let Some(error) = members.iter().find_map(|&at| take_error(&mut files[at])) {
        return vec![candidate(members.to_vec(), Vec::new(), Err(error))];
    }
    let frames = members.iter().flat_map(|&at| files[at].content.iter().flat_map(|(_, frames)| frames));
    let mut groups = group_alike(frames.cloned());
    // not in the order of file names, which mean nothing; echoes are sorted by time
    let echo = |frames: &[Frame]| frames[0].echo_time_ms.unwrap_or(0.0);
    groups.sort_by(|a, b| a[0].key.cmp(&b[0].key).then(echo(a).total_cmp(&echo(b))));
    let stacks = groups.into_iter().flat_map(split_volumes);
    let candidate = |frames: Vec<Frame>| {
        let mut members: Vec<usize> = frames.iter().map(|frame| frame.file).collect();
        members.sort_unstable();
        members.dedup();
        let stack = Stack::of(&frames, files, limits);
        candidate(members, frames, stack)
    };
    stacks.map(candidate).collect()
}

/// The error of an image, if it has one: an image that cannot be read makes its whole series unreliable.
fn take_error(file: &mut ImageFile) -> Option<Error> {
    if file.content.is_ok() {
        return None;
    }
    std::mem::replace(&mut file.content, Err(SeriesError::NoImages.into())).err()
}

/// Stacks of a series that a frame is compared with; localizers have three directions, radial series dozens.
const MAX_COMPARED: usize = 1024;

/// Groups frames that have the same key, pixel spacing and echo time and are parallel.
fn group_alike(frames: impl Iterator<Item = Frame>) -> Vec<Vec<Frame>> {
    let mut groups: Vec<Vec<Frame>> = Vec::new();
    let mut of_key: BTreeMap<Arc<StackKey>, Vec<usize>> = BTreeMap::new();
    for frame in frames {
        let same_key = of_key.entry(Arc::clone(&frame.key)).or_default();
        // of stacks without number only the latest are compared: comparing all takes the square of their number
        let latest = &same_key[same_key.len().saturating_sub(MAX_COMPARED)..];
        if let Some(&group) = latest.iter().find(|&&group| is_alike(&groups[group][0], &frame)) {
            groups[group].push(frame);
        } else {
            same_key.push(groups.len());
            groups.push(vec![frame]);
        }
    }
    groups
}

fn is_alike(a: &Frame, b: &Frame) -> bool {
    let same_echo = match (a.echo_time_ms, b.echo_time_ms) {
        (Some(a), Some(b)) => (a - b).abs() <= ECHO_TOLERANCE_MS,
        (None, None) => true,
        _ => false,
    };
    let near = |(a, b): (f64, f64)| (a - b).abs() <= SPACING_TOLERANCE * a;
    let same_spacing = a.plane.spacing_mm().into_iter().zip(b.plane.spacing_mm()).all(near);
    same_echo && same_spacing && a.plane.is_parallel(&b.plane)
}

/// Splits frames that share positions, as those of a time series do, into volumes by their indices.
fn split_volumes(frames: Vec<Frame>) -> Vec<Vec<Frame>> {
    let count = frames.len();
    let all_differ = |starts: Vec<usize>| starts.len() == count + 1;
    if spacing::positions(&planes(&sort(&frames))).is_ok_and(all_differ) {
        return vec![frames];
    }
    let mut of_volume: BTreeMap<Vec<i64>, Vec<Frame>> = BTreeMap::new();
    for frame in frames {
        of_volume.entry(frame.volume.clone()).or_default().push(frame);
    }
    of_volume.into_values().collect()
}

fn number_parts(candidates: &mut [Candidate]) {
    let mut counts: BTreeMap<Option<i64>, usize> = BTreeMap::new();
    for candidate in candidates.iter_mut() {
        let count = counts.entry(candidate.series_number).or_default();
        *count += 1;
        candidate.part = Some(*count);
    }
    for candidate in candidates {
        if counts.get(&candidate.series_number) == Some(&1) {
            candidate.part = None;
        }
    }
}
