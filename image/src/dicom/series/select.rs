//! Which stack of slices a caller selects.

use std::fmt;

use super::{
    super::frames::Frame, error::SeriesError, group::Candidate, scan::ImageFile, stack::positions,
    summary::SeriesSummary,
};
use crate::{
    error::{Detail, ErrorKind, Result},
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
    /// By the start of `SeriesInstanceUID`.
    Uid(String),
}

/// Minimum number of characters of a UID.
const MIN_UID: usize = 6;

impl Selector {
    /// Reads the text after `#`: `5`, `5.2` or the start of a UID such as `1.2.840.113619.2`.
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
        let parts: Vec<&str> = text.split('.').collect();
        match parts[..] {
            [series] => Ok(Self::Number { series: series.parse().map_err(|_| wrong())?, part: None }),
            [series, part] => {
                let series = series.parse().map_err(|_| wrong())?;
                let part = part.parse().ok().filter(|&part| part > 0).ok_or_else(wrong)?;
                Ok(Self::Number { series, part: Some(part) })
            }
            _ if text.len() >= MIN_UID && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
                Ok(Self::Uid(text.into()))
            }
            _ => Err(wrong().into()),
        }
    }

    fn matches(&self, candidate: &Candidate) -> bool {
        match self {
            Self::Only => true,
            Self::Number { series, part } => {
                candidate.series_number == Some(*series)
                    && part.is_none_or(|part| part == candidate.part.unwrap_or(1))
            }
            Self::Uid(start) => candidate.series_uid.starts_with(start),
        }
    }
}

/// The one stack that is selected. Captured screens and localizers in its folder are left out, which is a finding.
///
/// # Errors
/// `Parameter` when no stack is selected, or several are.
pub(super) fn choose(
    mut candidates: Vec<Candidate>,
    selector: &Selector,
    named: Option<usize>,
    files: &[ImageFile],
) -> Result<(Candidate, Vec<Finding>)> {
    let summaries = |candidates: &[Candidate]| {
        candidates.iter().map(|candidate| SeriesSummary::of(candidate, files)).collect::<Vec<_>>()
    };
    if candidates.is_empty() {
        return Err(SeriesError::NoImages.into());
    }
    let is_selected = |candidate: &Candidate| {
        selector.matches(candidate) && named.is_none_or(|named| candidate.files.contains(&named))
    };
    if !candidates.iter().any(is_selected) {
        return Err(SelectError::NoSuchSeries(summaries(&candidates)).into());
    }
    candidates.retain(is_selected);
    let mut findings = Vec::new();
    findings.extend(leave_out_captures(&mut candidates));
    findings.extend(leave_out_localizers(&mut candidates));
    match <[Candidate; 1]>::try_from(candidates) {
        Ok([candidate]) => Ok((candidate, findings)),
        Err(candidates) => Err(SelectError::Ambiguous(summaries(&candidates)).into()),
    }
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
    let message = format!("{images} {were} left out, in colour or without a place, as captured screens are");
    Some(Finding::info("captured_screens", message))
}

fn leave_out_localizers(candidates: &mut Vec<Candidate>) -> Option<Finding> {
    let [stack] = &candidates.iter().filter(|candidate| !is_single(candidate)).collect::<Vec<_>>()[..] else {
        return None;
    };
    let single = candidates.len() - 1;
    if single == 0 || candidates.iter().any(|candidate| is_single(candidate) && may_belong(candidate, stack))
    {
        return None;
    }
    candidates.retain(|candidate| !is_single(candidate));
    let were = if single == 1 { "slice was" } else { "slices were" };
    Some(Finding::info("single_slices", format!("{single} single {were} left out, as localizers are")))
}

/// Whether a single slice may be one of a stack that it was separated from by its header only.
fn may_belong(single: &Candidate, stack: &Candidate) -> bool {
    let alike = |a: &Frame, b: &Frame| a.key.matrix() == b.key.matrix() && a.plane.is_parallel(&b.plane);
    let frames = single.frames.first().zip(stack.frames.first());
    single.series_uid == stack.series_uid && frames.is_some_and(|(a, b)| alike(a, b))
}

/// Whether it has one slice, as each plane of a localizer does.
fn is_single(candidate: &Candidate) -> bool {
    let frames: &[Frame] = &candidate.frames;
    if frames.is_empty() { candidate.files.len() == 1 } else { positions(frames) == 1 }
}

#[derive(Debug, thiserror::Error)]
enum SelectError {
    #[error("{} stacks of slices, so which one is meant is not clear: {HOW_TO_CHOOSE}{}", .0.len(), Listed(.0))]
    Ambiguous(Vec<SeriesSummary>),
    #[error("no series has that number, part or UID: {HOW_TO_CHOOSE}{}", Listed(.0))]
    NoSuchSeries(Vec<SeriesSummary>),
    #[error(
        "the text after `#` selects no series: write a series number (`#5`), a part of one (`#5.2`) or the start of a series UID of at least 6 characters"
    )]
    Selector,
}

impl Detail for SelectError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
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
