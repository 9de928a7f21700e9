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
const LEAST_UID: usize = 6;

impl Selector {
    /// Reads what stands after `#`: `5`, `5.2` or the start of a UID such as `1.2.840.113619.2`.
    ///
    /// # Errors
    /// `Parameter` for anything else.
    ///
    /// # Example
    /// ```
    /// use hemastage::io::dicom::Selector;
    /// assert_eq!(Selector::parse("5.2")?, Selector::Number { series: 5, part: Some(2) });
    /// assert!(Selector::parse("t1").is_err());
    /// # Ok::<(), hemastage::Error>(())
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
            _ if text.len() >= LEAST_UID && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
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

/// The one stack that is meant; beside it, single slices may be left out, which is a finding.
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
    let single = candidates.iter().filter(|candidate| is_single(candidate)).count();
    let mut findings = Vec::new();
    if candidates.len() > 1 && candidates.len() - single == 1 {
        candidates.retain(|candidate| !is_single(candidate));
        let left_out =
            if single == 1 { "1 single slice was" } else { &format!("{single} single slices were") };
        let message = format!("{left_out} left out, as localizers are");
        findings.push(Finding::info("single_slices", message));
    }
    match <[Candidate; 1]>::try_from(candidates) {
        Ok([candidate]) => Ok((candidate, findings)),
        Err(several) => Err(SeriesError::Several(listed(&several)).into()),
    }
}

/// Whether it holds one image, as each direction of a localizer does.
fn is_single(candidate: &Candidate) -> bool {
    let frames: &[Frame] = &candidate.frames;
    if frames.is_empty() { candidate.files.len() == 1 } else { positions(frames) == 1 }
}
