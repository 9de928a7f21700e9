//! The numbers of the parts of a series: by study, from the head down, from right to left, from front to back, then by
//! time. Never by the names of files.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use dicom_dictionary_std::tags;

use super::{super::frames::Frame, group::Candidate, identity::Broken, scan::ImageFile};
use crate::{acquisition::DateTime, vector::plus};

/// Parts whose middles differ by less than this along an axis lie at one place on it.
const SAME_PLACE_MM: f64 = 1.0;

/// Sorts candidates by series number and then by place and time, and numbers those of one series number.
pub(super) fn number_parts(candidates: &mut Vec<Candidate>, files: &[ImageFile]) {
    let mut of_number: BTreeMap<(bool, Option<i64>), Vec<Candidate>> = BTreeMap::new();
    for candidate in candidates.drain(..) {
        let number = candidate.series_number;
        of_number.entry((number.is_none(), number)).or_default().push(candidate);
    }
    let studies: BTreeSet<Study> =
        of_number.values().flatten().map(|candidate| Study::of(candidate, files)).collect();
    for parts in of_number.into_values() {
        let mut of_study: BTreeMap<Study, Vec<Placed>> = BTreeMap::new();
        for candidate in parts {
            let study = Study::of(&candidate, files);
            of_study.entry(study).or_default().push(Placed::of(candidate, files));
        }
        let is_shared = of_study.len() > 1;
        let mut placed = Vec::new();
        for (study, mut parts) in of_study {
            by_place(&mut parts);
            let number = studies.range(..&study).count() + 1;
            let of_studies = is_shared.then(|| format!("study {number} of {}", studies.len()));
            placed.extend(parts.into_iter().map(|part| (part.apart(of_studies.clone()), part.candidate)));
        }
        let count = placed.len();
        candidates.extend(placed.into_iter().zip(1..).map(|((apart, candidate), number)| Candidate {
            part: (count > 1).then_some(number),
            apart,
            ..candidate
        }));
    }
}

/// The study of a candidate, which orders by its date, an unknown one first, and then by its UID; never shown.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Study {
    day: Option<DateTime>,
    uid: String,
}

impl Study {
    /// All that have a study for each file are of one.
    fn of(candidate: &Candidate, files: &[ImageFile]) -> Self {
        let first = candidate.files.first().filter(|_| !candidate.broken.contains(&Broken::StudyPerFile));
        let Some(&first) = first else { return Self { day: None, uid: String::new() } };
        let day = files[first].dicom.dataset().text(tags::STUDY_DATE);
        Self { day: day.as_deref().and_then(DateTime::of_day), uid: files[first].names.study.clone() }
    }
}

/// The middle of a candidate's slices, in RAS+ mm; `None` when they have no place.
pub(super) fn middle(candidate: &Candidate) -> Option<[f64; 3]> {
    if let Ok(stack) = &candidate.stack {
        let center = stack.grid.shape().map(|n| (n - 1) as f64 / 2.0);
        return Some(stack.grid.affine().index_to_world(center));
    }
    let center = |frame: &Frame| {
        let [columns, rows] = frame.key.matrix().map(|n| (n - 1) as f64 / 2.0);
        frame.plane.point(columns, rows)
    };
    let share = 1.0 / candidate.frames.len() as f64;
    let mean = candidate.frames.iter().fold([0.0; 3], |sum, frame| plus(sum, share, center(frame)));
    (!candidate.frames.is_empty() && mean.iter().all(|mm| mm.is_finite())).then_some(mean)
}

/// A candidate with what orders it.
struct Placed {
    candidate: Candidate,
    middle: Option<[f64; 3]>,
    acquired: Option<DateTime>,
    /// The UIDs of its first image: the same order whatever the files are called.
    uids: [String; 2],
    differences: Vec<Difference>,
    /// Its number in the order of time, where nothing else tells it from others at its place; no time is shown.
    rank: Option<String>,
}

/// What may tell parts at one place apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Difference {
    TimePoint,
    Acquisition,
    Echo,
    EchoTime,
    BValue,
    Kind,
}

impl Difference {
    const ALL: [Self; 6] =
        [Self::TimePoint, Self::Acquisition, Self::Echo, Self::EchoTime, Self::BValue, Self::Kind];

    fn text(self, frame: &Frame) -> Option<String> {
        let marks = &frame.marks;
        Some(match self {
            Self::TimePoint => format!("time point {}", marks.time_point?),
            Self::Acquisition => format!("acquisition {}", marks.acquisition?),
            Self::Echo => format!("echo {}", marks.echo?),
            Self::EchoTime => format!("echo time {} ms", (frame.echo_time_ms? * 100.0).round() / 100.0),
            Self::BValue => format!("b-value {}", frame.key.b_value()? as f64 / 1e3),
            Self::Kind => frame.key.image_type().iter().find_map(|term| kind(term))?.into(),
        })
    }
}

/// What a term of `ImageType` says of the kind of image; the text of a header is not repeated.
fn kind(term: &str) -> Option<&'static str> {
    Some(match term {
        "M" | "MAGNITUDE" => "magnitude",
        "P" | "PHASE" | "PHASE MAP" => "phase",
        "R" | "REAL" => "real part",
        "I" | "IMAGINARY" => "imaginary part",
        "W" | "WATER" => "water",
        "F" | "FAT" => "fat",
        "IP" | "IN_PHASE" => "in phase",
        "OP" | "OUT_PHASE" | "OPP_PHASE" => "opposed phase",
        "ADC" => "ADC",
        _ => return None,
    })
}

impl Placed {
    fn of(candidate: Candidate, files: &[ImageFile]) -> Self {
        let names = |&file: &usize| [files[file].names.series.clone(), files[file].names.instance.clone()];
        Self {
            middle: middle(&candidate),
            acquired: candidate.frames.iter().filter_map(|frame| frame.marks.acquired).min(),
            uids: candidate.files.iter().map(names).min().unwrap_or_default(),
            differences: Vec::new(),
            rank: None,
            candidate,
        }
    }

    fn text(&self, difference: Difference) -> Option<String> {
        difference.text(self.candidate.frames.first()?)
    }

    /// What tells it from other parts: its study, and what differs from those at its place.
    fn apart(&self, study: Option<String>) -> Option<String> {
        let differences = self.differences.iter().filter_map(|&each| self.text(each));
        let texts: Vec<String> = study.into_iter().chain(differences).chain(self.rank.clone()).collect();
        (!texts.is_empty()).then(|| texts.join(", "))
    }
}

/// Sorts parts along the axis in which their middles spread most, those without a place last.
fn by_place(parts: &mut Vec<Placed>) {
    let spread = |axis: usize| {
        let along = parts.iter().filter_map(|part| Some(part.middle?[axis]));
        let (low, high) = along.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), mm| (a.min(mm), b.max(mm)));
        high - low
    };
    // in doubt from the head down, then from right to left
    let mut axes = [2, 0, 1];
    axes.sort_by(|&a, &b| spread(b).total_cmp(&spread(a)));
    let (mut placed, mut others): (Vec<Placed>, Vec<Placed>) =
        std::mem::take(parts).into_iter().partition(|part| part.middle.is_some());
    along_axes(&mut placed, &axes);
    by_time(&mut others);
    parts.extend(placed.into_iter().chain(others));
}

/// Sorts parts along the first axis, those at one place on it along the next, and by time in the end.
fn along_axes(parts: &mut [Placed], axes: &[usize]) {
    let Some((&axis, others)) = axes.split_first() else { return by_time(parts) };
    let along = |part: &Placed| part.middle.map_or(0.0, |middle| middle[axis]);
    // right, front and head are up in RAS+
    parts.sort_by(|a, b| along(b).total_cmp(&along(a)));
    for same in parts.chunk_by_mut(|a, b| along(a) - along(b) <= SAME_PLACE_MM) {
        along_axes(same, others);
    }
}

/// Sorts parts of one place, by the time of acquisition if all have one, and notes what differs among them.
fn by_time(parts: &mut [Placed]) {
    let has_time = parts.iter().all(|part| part.acquired.is_some());
    parts.sort_by(|a, b| {
        let times = if has_time { a.acquired.cmp(&b.acquired) } else { Ordering::Equal };
        times.then_with(|| by_marks(&a.candidate, &b.candidate)).then_with(|| a.uids.cmp(&b.uids))
    });
    if parts.len() < 2 {
        return;
    }
    for difference in Difference::ALL {
        let first = parts[0].text(difference);
        if parts.iter().any(|part| part.text(difference) != first) {
            for part in &mut *parts {
                part.differences.push(difference);
            }
        }
    }
    let texts: Vec<Option<String>> = parts.iter().map(|part| part.apart(None)).collect();
    let distinct = texts.iter().collect::<BTreeSet<_>>().len();
    let is_ordered = has_time && parts.windows(2).all(|pair| pair[0].acquired < pair[1].acquired);
    if distinct < parts.len() && is_ordered {
        let count = parts.len();
        for (part, number) in parts.iter_mut().zip(1..) {
            part.rank = Some(format!("number {number} of {count} in time"));
        }
    }
}

fn by_marks(a: &Candidate, b: &Candidate) -> Ordering {
    let (Some(a), Some(b)) = (a.frames.first(), b.frames.first()) else { return Ordering::Equal };
    let marks = |frame: &Frame| (frame.marks.time_point, frame.marks.acquisition, frame.marks.echo);
    let echo_time = |frame: &Frame| frame.echo_time_ms.unwrap_or(0.0);
    marks(a)
        .cmp(&marks(b))
        .then(echo_time(a).total_cmp(&echo_time(b)))
        .then_with(|| a.key.cmp(&b.key))
        .then_with(|| a.marks.stack.cmp(&b.marks.stack))
        .then_with(|| a.marks.dimensions.cmp(&b.marks.dimensions))
}
