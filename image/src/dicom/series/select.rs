//! Which stack of slices a caller selects.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{
    super::{frames::Frame, plane::Plane},
    error::SeriesError,
    group::Candidate,
    identity::Broken,
    scan::ImageFile,
    series_name, spacing,
    stack::{planes, positions, sort},
    summary::SeriesSummary,
};
use crate::{
    error::{Detail, Error, ErrorKind, Result},
    finding::Finding,
};

/// How a caller selects a series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selector {
    /// The only one there is, apart from captured screens and localizers.
    #[default]
    Only,
    /// By `SeriesNumber`.
    Number {
        /// `SeriesNumber`.
        series: i64,
        /// Which stack of several of that number, counted from 1 in the order of [`list`](super::list).
        part: Option<usize>,
    },
    /// The images without a `SeriesNumber`.
    Unnumbered {
        /// Which stack of several, counted from 1 in the order of [`list`](super::list).
        part: Option<usize>,
    },
    /// By the start of `SeriesInstanceUID`.
    Uid(String),
}

/// What stands for the number of a series without one.
pub(crate) const UNNUMBERED: &str = "none";

/// Minimum number of characters of a UID.
const MIN_UID: usize = 6;

impl Selector {
    /// Reads the text after `#`: `5`, `5.2`, the start of a UID such as `1.2.840.113619.2`, or `none` and `none.2` for
    /// series without a number.
    ///
    /// # Errors
    /// `Parameter` for anything else.
    ///
    /// # Example
    /// ```
    /// use hemastage_image::dicom::Selector;
    /// assert_eq!(Selector::parse("5.2")?, Selector::Number { series: 5, part: Some(2) });
    /// assert!(Selector::parse("t1").is_err());
    /// # Ok::<(), hemastage_image::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || SelectError::Selector;
        if text.len() >= MIN_UID
            && text.bytes().filter(|&b| b == b'.').count() > 1
            && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        {
            return Ok(Self::Uid(text.into()));
        }
        let (series, part) = match text.split_once('.') {
            None => (text, None),
            Some((series, part)) => {
                let part = part.parse().ok().filter(|&part| part > 0).ok_or_else(wrong)?;
                (series, Some(part))
            }
        };
        if series == UNNUMBERED {
            return Ok(Self::Unnumbered { part });
        }
        Ok(Self::Number { series: series.parse().map_err(|_| wrong())?, part })
    }

    fn part(&self) -> Option<usize> {
        match self {
            Self::Number { part, .. } | Self::Unnumbered { part } => *part,
            Self::Only | Self::Uid(_) => None,
        }
    }

    fn matches(&self, candidate: &Candidate, files: &[ImageFile]) -> bool {
        let is_series = match self {
            Self::Only => true,
            Self::Number { series, .. } => candidate.series_number == Some(*series),
            Self::Unnumbered { .. } => candidate.series_number.is_none(),
            Self::Uid(start) => {
                candidate.files.iter().any(|&file| files[file].names.series.starts_with(start))
            }
        };
        is_series && self.part().is_none_or(|part| part == candidate.part.unwrap_or(1))
    }
}

/// The one stack that is selected. `unread` says which files could not be read. Captured screens, and localizers next to the only stack, are left out, which is a
/// finding.
///
/// # Errors
/// `Parameter` when no stack is selected, or several are; `Geometry` when the stack has a gap, or slices of its series are
/// turned a little.
pub(super) fn choose(
    mut candidates: Vec<Candidate>,
    selector: &Selector,
    named: Option<usize>,
    files: &[ImageFile],
    unread: Option<String>,
) -> Result<(Candidate, Vec<Finding>), Refusal> {
    let summaries =
        |candidates: &[Candidate]| candidates.iter().map(SeriesSummary::of).collect::<Vec<SeriesSummary>>();
    if candidates.is_empty() {
        return Err(Refusal { error: SeriesError::NoImages.into(), series: None });
    }
    let is_asked = |candidate: &Candidate| {
        selector.matches(candidate, files) && named.is_none_or(|named| candidate.files.contains(&named))
    };
    let asked: Vec<bool> = candidates.iter().map(is_asked).collect();
    if !asked.contains(&true) {
        return Err(Refusal::of(SelectError::NoSuchSeries(summaries(&candidates))));
    }
    // a file stands for its stack: what only a gap or a small turn parts from it is of it too
    let is_whole = named.is_some() && selector.part().is_none();
    let chosen = candidates.iter().zip(&asked).filter(|&(_, &asked)| asked && is_whole);
    let kin = Kin::of(chosen.map(|(candidate, _)| candidate));
    let wanted = candidates.iter().zip(&asked).map(|(candidate, &asked)| asked || kin.contains(candidate));
    let mut wanted = wanted.collect::<Vec<_>>().into_iter();
    candidates.retain(|_| wanted.next().unwrap_or(false));
    let mut findings = Vec::new();
    findings.extend(leave_out_captures(&mut candidates));
    if *selector == Selector::Only && named.is_none() {
        findings.extend(leave_out_localizers(&mut candidates, files));
    }
    match <[Candidate; 1]>::try_from(candidates) {
        Ok([candidate]) => Ok((candidate, findings)),
        // nothing to choose from
        Err(mut candidates) if candidates.iter().all(|candidate| candidate.frames.is_empty()) => {
            let error = candidates.swap_remove(0).stack.err();
            Err(Refusal { error: error.unwrap_or_else(|| SeriesError::NoImages.into()), series: None })
        }
        Err(candidates) => Err(Refusal::of(several(&candidates, summaries(&candidates), unread))),
    }
}

/// What parts of a series were meant to be one stack with others.
struct Kin {
    rows: BTreeSet<(usize, Option<usize>)>,
    /// By series and direction, a plane of them.
    directions: BTreeMap<(usize, Option<usize>), Plane>,
}

impl Kin {
    fn of<'a>(parts: impl Iterator<Item = &'a Candidate>) -> Self {
        let mut kin = Self { rows: BTreeSet::new(), directions: BTreeMap::new() };
        for part in parts.filter(|part| part.row.is_some()) {
            kin.rows.insert((part.series, part.row));
            if let Some(frame) = part.frames.first() {
                kin.directions.entry((part.series, part.direction)).or_insert(frame.plane);
            }
        }
        kin
    }

    /// Whether only a gap parts them.
    fn has_gap(&self, part: &Candidate) -> bool {
        self.rows.contains(&(part.series, part.row))
    }

    /// How far a part is turned against them: by less than a degree, but by more than slices of a stack are.
    fn turn(&self, part: &Candidate) -> Option<f64> {
        let (of_kin, frame) = self.directions.get(&(part.series, part.direction)).zip(part.frames.first())?;
        (!of_kin.is_nearly_parallel(&frame.plane)).then(|| of_kin.turn(&frame.plane))
    }

    fn contains(&self, part: &Candidate) -> bool {
        self.has_gap(part) || self.turn(part).is_some()
    }
}

/// Why several parts are no stack.
fn several(candidates: &[Candidate], listed: Vec<SeriesSummary>, unread: Option<String>) -> SelectError {
    let kin = Kin::of(candidates.iter().take(1));
    if candidates.iter().all(|part| kin.has_gap(part)) {
        let frames: Vec<Frame> = candidates.iter().flat_map(|part| part.frames.clone()).collect();
        let mut positions = planes(&sort(&frames));
        // a place that is taken twice is a fault of its part
        positions.dedup_by(|next, first| spacing::is_same_position(first, next));
        if let Err(problem) = spacing::step(&positions) {
            return SelectError::Gap { problem: problem.to_string(), unread, listed };
        }
    }
    let turned: Vec<f64> = candidates.iter().filter_map(|part| kin.turn(part)).collect();
    if !turned.is_empty() && candidates.iter().skip(1).all(|part| kin.contains(part)) {
        let degrees = turned.into_iter().fold(0.0, f64::max).to_degrees();
        return SelectError::Turned { degrees, listed };
    }
    SelectError::Ambiguous(listed)
}

fn leave_out_captures(candidates: &mut Vec<Candidate>) -> Option<Finding> {
    let images: usize = candidates
        .iter()
        .filter(|candidate| candidate.is_capture)
        .map(|candidate| candidate.files.len())
        .sum();
    if images == 0 || candidates.iter().all(|candidate| candidate.is_capture) {
        return None;
    }
    candidates.retain(|candidate| !candidate.is_capture);
    let were = if images == 1 { "image was" } else { "images were" };
    let message = format!("{images} {were} left out, in color or without a place, as captured screens are");
    Some(Finding::info("captured_screens", message))
}

/// Leaves out single slices of other series than that of the only stack.
fn leave_out_localizers(candidates: &mut Vec<Candidate>, files: &[ImageFile]) -> Option<Finding> {
    let [stack] = &candidates.iter().filter(|candidate| !is_single(candidate)).collect::<Vec<_>>()[..] else {
        return None;
    };
    let (series, single) = (stack.series, candidates.len() - 1);
    let uid = |candidate: &Candidate| candidate.files.first().map(|&first| files[first].names.series.clone());
    let of_stack = uid(stack).filter(|uid| !uid.is_empty());
    // a slice with the UID of the series but another number or frame of reference may be one of it
    let may_belong = |single: &Candidate| {
        let has_its_uid = of_stack.is_some() && uid(single) == of_stack;
        single.series == series || has_its_uid || single.broken.contains(&Broken::SharedSeries)
    };
    if single == 0 || candidates.iter().any(|candidate| is_single(candidate) && may_belong(candidate)) {
        return None;
    }
    candidates.retain(|candidate| !is_single(candidate));
    let were = if single == 1 { "slice was" } else { "slices were" };
    Some(Finding::info("single_slices", format!("{single} single {were} left out, as localizers are")))
}

/// Whether it has one slice, as each plane of a localizer does.
fn is_single(candidate: &Candidate) -> bool {
    let frames: &[Frame] = &candidate.frames;
    if frames.is_empty() { candidate.files.len() == 1 } else { positions(frames) == 1 }
}

/// Why no stack was chosen.
pub(super) struct Refusal {
    pub(super) error: Error,
    /// The name of the series that is at fault; `None` where the choice is.
    pub(super) series: Option<String>,
}

impl Refusal {
    fn of(error: SelectError) -> Self {
        let series = match &error {
            SelectError::Gap { listed, .. } | SelectError::Turned { listed, .. } => {
                listed.first().map(|first| series_name(first.series_number))
            }
            _ => None,
        };
        Self { error: error.into(), series }
    }
}

#[derive(Debug, thiserror::Error)]
enum SelectError {
    #[error("{} stacks of slices, so which one is meant is not clear: {HOW_TO_CHOOSE}{}", .0.len(), Listed(.0))]
    Ambiguous(Vec<SeriesSummary>),
    #[error(
        "{problem}{}; to take one block of it, add its number to the path{}",
        .unread.as_ref().map_or_else(String::new, |unread| format!("; {unread}")),
        Listed(.listed)
    )]
    Gap { problem: String, unread: Option<String>, listed: Vec<SeriesSummary> },
    #[error(
        "the directions of slices of one series differ by {degrees:.3} degrees, so they are no stack: to take those of one direction, add their number to the path{}", Listed(.listed)
    )]
    Turned { degrees: f64, listed: Vec<SeriesSummary> },
    #[error("no series has that number, part or UID: {HOW_TO_CHOOSE}{}", Listed(.0))]
    NoSuchSeries(Vec<SeriesSummary>),
    #[error(
        "the text after `#` selects no series: write a series number (`#5`), a part of one (`#5.2`) or the start of a series UID of at least 6 characters"
    )]
    Selector,
}

impl Detail for SelectError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Gap { .. } | Self::Turned { .. } => ErrorKind::Geometry,
            _ => ErrorKind::Parameter,
        }
    }
}

const HOW_TO_CHOOSE: &str =
    "add one of these to the path, or `#` and the start of the series UID, or give a file of the series";

/// Maximum number of series that an error lists.
const MAX_LISTED: usize = 24;

/// One line per series.
struct Listed<'a>(&'a [SeriesSummary]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for series in self.0.iter().take(MAX_LISTED) {
            write!(f, "\n  {series}")?;
        }
        match self.0.len().saturating_sub(MAX_LISTED) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}
