//! Which stack of a folder is meant.

use super::{
    super::frames::Frame, error::SeriesError, group::Candidate, scan::ImageFile, stack::positions,
    summary::SeriesSummary,
};
use crate::{error::Result, finding::Finding};

/// The series that a caller means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selector {
    /// The only one that can be meant.
    #[default]
    Only,
    /// `SeriesNumber`, and which of its stacks, counted from 1 as they are listed.
    Number {
        /// `SeriesNumber`.
        series: i64,
        /// Which stack.
        part: Option<usize>,
    },
    /// The start of `SeriesInstanceUID`.
    Uid(String),
}

/// Characters of a UID that choose at least.
const MIN_UID: usize = 6;

impl Selector {
    /// Reads what stands after `#`: `5`, `5.2` or the start of a UID such as `1.2.840.113619.2`.
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
        let wrong = || SeriesError::Selector;
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
            _ => Err(SeriesError::Selector.into()),
        }
    }

    fn takes(&self, candidate: &Candidate) -> bool {
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

/// The one stack that is meant; beside it, captured screens and localizers may be left out, which are findings.
///
/// # Errors
/// `Parameter` when none or several can be meant.
pub(super) fn choose(
    mut candidates: Vec<Candidate>,
    selector: &Selector,
    named: Option<usize>,
    files: &[ImageFile],
) -> Result<(Candidate, Vec<Finding>)> {
    let listed = |candidates: &[Candidate]| {
        candidates.iter().map(|candidate| SeriesSummary::of(candidate, files)).collect::<Vec<_>>()
    };
    if candidates.is_empty() {
        return Err(SeriesError::NoImages.into());
    }
    let is_asked = |candidate: &Candidate| {
        selector.takes(candidate) && named.is_none_or(|named| candidate.files.contains(&named))
    };
    if !candidates.iter().any(is_asked) {
        return Err(SeriesError::NoSuchSeries(listed(&candidates)).into());
    }
    candidates.retain(is_asked);
    let mut findings = Vec::new();
    findings.extend(leave_out_captures(&mut candidates));
    findings.extend(leave_out_localizers(&mut candidates));
    match <[Candidate; 1]>::try_from(candidates) {
        Ok([candidate]) => Ok((candidate, findings)),
        Err(several) => Err(SeriesError::Several(listed(&several)).into()),
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

/// Whether a single slice may be one of a stack that its header alone sets apart.
fn may_belong(single: &Candidate, stack: &Candidate) -> bool {
    let alike = |a: &Frame, b: &Frame| a.key.matrix() == b.key.matrix() && a.plane.is_parallel(&b.plane);
    let frames = single.frames.first().zip(stack.frames.first());
    single.series_uid == stack.series_uid && frames.is_some_and(|(a, b)| alike(a, b))
}

/// Whether it holds one image, as each direction of a localizer does.
fn is_single(candidate: &Candidate) -> bool {
    let frames: &[Frame] = &candidate.frames;
    if frames.is_empty() { candidate.files.len() == 1 } else { positions(frames) == 1 }
}
