//! Which files are of one series, where UIDs are sound and where an export made them useless: blank, another for each
//! file, or one for several series. There the series number tells, then the geometry.

use std::collections::{BTreeMap, BTreeSet};

use super::scan::ImageFile;
use crate::finding::Finding;

/// The files of one series in one frame of reference.
pub(super) struct Series {
    pub(super) number: Option<i64>,
    /// The indices of its files.
    pub(super) members: Vec<usize>,
    /// Whether its files have a UID each, which may still tell apart images at one place.
    pub(super) is_merged: bool,
    /// `FrameOfReferenceUID`, if it says anything; never shown.
    pub(super) frame_of_reference: Option<String>,
    /// Why its UIDs were not used.
    pub(super) broken: Vec<Broken>,
}

/// What is wrong with the UIDs of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    StudyPerFile,
    SeriesPerFile,
    SharedSeries,
    BlankSeries,
    FramePerFile,
}

impl Broken {
    /// The finding about it.
    pub(super) fn finding(self) -> Finding {
        let grouped = "the files were grouped by series number, then by where they lie";
        let text = match self {
            Self::StudyPerFile => format!("each file has its own StudyInstanceUID: {grouped}"),
            Self::SeriesPerFile => format!("each file has its own SeriesInstanceUID: {grouped}"),
            Self::SharedSeries => {
                format!("several series numbers have one SeriesInstanceUID: {grouped}")
            }
            Self::BlankSeries => format!("the SeriesInstanceUID is blank: {grouped}"),
            Self::FramePerFile => "each file has its own FrameOfReferenceUID: the slices of the series were taken to lie in one frame of reference, and whether another image does is not known".into(),
        };
        Finding::warning("series_uid", text)
    }
}

/// Minimum number of files with a study each that are taken for one study.
const MIN_STUDIES: usize = 3;

/// The series of all files.
pub(super) fn series_of(files: &[ImageFile]) -> Vec<Series> {
    let all: Vec<usize> = (0..files.len()).collect();
    let studies = grouped(&all, |at| &files[at].names.study);
    let has_one = |members: &Vec<usize>| members.len() == 1 && is_single(&files[members[0]]);
    let named = studies.keys().all(|study| !study.is_empty());
    if named && studies.len() >= MIN_STUDIES && studies.values().all(has_one) {
        let mut series = of_study(&all, files);
        for series in &mut series {
            series.broken.insert(0, Broken::StudyPerFile);
        }
        return series;
    }
    studies.values().flat_map(|members| of_study(members, files)).collect()
}

fn grouped<K: Ord>(members: &[usize], key: impl Fn(usize) -> K) -> BTreeMap<K, Vec<usize>> {
    let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for &at in members {
        groups.entry(key(at)).or_default().push(at);
    }
    groups
}

/// Whether a file holds one slice, as far as is known.
fn is_single(file: &ImageFile) -> bool {
    file.content.as_ref().map_or(true, |(format, _)| format.frames == 1)
}

/// The series of one study.
fn of_study(members: &[usize], files: &[ImageFile]) -> Vec<Series> {
    let mut found = Vec::new();
    let number = |at: usize| files[at].names.series_number;
    let mut blank = BTreeMap::new();
    for (uid, members) in grouped(members, |at| &files[at].names.series) {
        let numbers: BTreeSet<i64> = members.iter().filter_map(|&at| number(at)).collect();
        if uid.is_empty() {
            blank = grouped(&members, number);
        } else if numbers.len() > 1 {
            let of_number = grouped(&members, number);
            found.extend(of_number.into_iter().map(|(number, members)| Part {
                number,
                members,
                is_merged: false,
                broken: Some(Broken::SharedSeries),
            }));
        } else {
            let number = numbers.first().copied();
            found.push(Part { number, members, is_merged: false, broken: None });
        }
    }
    let mut found = merged(found, files);
    for (number, members) in blank {
        let mut of_number: Vec<&mut Part> = found.iter_mut().filter(|part| part.number == number).collect();
        if let ([part], Some(_)) = (&mut of_number[..], number) {
            part.members.extend(members);
            part.members.sort_unstable();
            part.broken = Some(Broken::BlankSeries);
        } else {
            found.push(Part { number, members, is_merged: false, broken: Some(Broken::BlankSeries) });
        }
    }
    found.into_iter().flat_map(|part| part.split_by_frame_of_reference(files)).collect()
}

/// Files of one series by UID and number.
struct Part {
    number: Option<i64>,
    members: Vec<usize>,
    is_merged: bool,
    broken: Option<Broken>,
}

/// Joins the series of each number that hold one slice each.
fn merged(parts: Vec<Part>, files: &[ImageFile]) -> Vec<Part> {
    let mut of_number: BTreeMap<Option<i64>, Vec<Part>> = BTreeMap::new();
    for part in parts {
        of_number.entry(part.number).or_default().push(part);
    }
    let mut found = Vec::new();
    let is_slice = |part: &Part| part.broken.is_none() && is_slice(&part.members, files);
    for (number, parts) in of_number {
        let is_capture = |part: &Part| part.members.iter().all(|&at| files[at].is_capture);
        let (captures, slices): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(is_capture);
        found.extend(captures);
        if slices.len() < 2 || !slices.iter().all(is_slice) {
            found.extend(slices);
            continue;
        }
        let mut members: Vec<usize> = slices.into_iter().flat_map(|part| part.members).collect();
        members.sort_unstable();
        found.push(Part { number, members, is_merged: true, broken: Some(Broken::SeriesPerFile) });
    }
    found
}

/// Whether files are one slice, or copies of it.
fn is_slice(members: &[usize], files: &[ImageFile]) -> bool {
    instances(members, files) == 1 && members.iter().all(|&at| is_single(&files[at]))
}

/// The number of different images among files; copies count once.
fn instances(members: &[usize], files: &[ImageFile]) -> usize {
    let named: BTreeSet<&str> = members.iter().map(|&at| files[at].names.instance.as_str()).collect();
    let unnamed = members.iter().filter(|&&at| files[at].names.instance.is_empty()).count();
    named.len() - usize::from(named.contains("")) + unnamed
}

impl Part {
    /// Positions in two frames of reference can't be compared, unless each file has its own.
    fn split_by_frame_of_reference(self, files: &[ImageFile]) -> Vec<Series> {
        let Self { number, members, is_merged, broken } = self;
        let series = |members, frame_of_reference: Option<String>, more: Option<Broken>| Series {
            number,
            members,
            is_merged,
            frame_of_reference,
            broken: broken.into_iter().chain(more).collect(),
        };
        let uid = |at: usize| -> &str { &files[at].names.frame_of_reference };
        let frames = grouped(&members, uid);
        let known: Vec<&str> = frames.keys().copied().filter(|uid| !uid.is_empty()).collect();
        match known[..] {
            [] => vec![series(members, None, None)],
            [only] => vec![series(members, Some(only.to_owned()), None)],
            _ if known.iter().all(|uid| is_slice(&frames[uid], files)) => {
                vec![series(members, None, Some(Broken::FramePerFile))]
            }
            _ => {
                let named = |uid: &str| Some(uid.to_owned()).filter(|uid| !uid.is_empty());
                frames.into_iter().map(|(uid, members)| series(members, named(uid), None)).collect()
            }
        }
    }
}
