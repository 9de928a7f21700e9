//! Parses the text of a span; each refusal says why.

use std::fmt;

use super::are_neighbors;

use hemastage_image::error::{Detail, ErrorKind};

use crate::vocabulary::vertebra::{SpineRegion, VertebralLevel, quoted_levels};

/// Dashes that may join the two ends of a run, like the hyphen and the word `to`.
const DASHES: [char; 7] = ['‐', '‑', '‒', '–', '—', '−', '－'];

/// The words that a span may contain: names of regions.
const LETTERS: [&str; 6] = ["C", "T", "TH", "D", "L", "S"];

/// The text with every dash and the word `to` replaced by `-`.
pub(super) fn with_plain_dashes(text: &str) -> String {
    let signs: Vec<char> = text.chars().map(|c| if DASHES.contains(&c) { '-' } else { c }).collect();
    let words = signs.chunk_by(|a, b| a.is_alphabetic() == b.is_alphabetic());
    let words = words.map(|word| word.iter().collect::<String>());
    words.map(|word| if word.eq_ignore_ascii_case("to") { "-".into() } else { word }).collect()
}

/// The part of a span that may be shown in an error, and the first end in it that holds a word which is no region.
///
/// A path may be passed by mistake: then only the file's name is shown, as a folder may name a patient.
pub(super) fn foreign_word(plain: &str) -> Option<(&str, &str)> {
    let is_foreign = |part: &str| {
        let mut words = part.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
        words.any(|word| !LETTERS.contains(&&*word.to_uppercase()))
    };
    if !is_foreign(plain) {
        return None;
    }
    let (folder, name) = plain.rsplit_once(['/', '\\']).unwrap_or(("", plain));
    let shown = if is_foreign(folder) { name } else { plain };
    let word = shown.split(['-', ';', ',']).find(|end| is_foreign(end)).unwrap_or(shown);
    Some((shown, word.trim()))
}

/// The levels of all runs.
pub(super) fn levels_of(plain: &str) -> Result<Vec<VertebralLevel>, Refusal> {
    let mut levels = Vec::new();
    for run in plain.split([';', ',']) {
        levels.extend(run_levels(run.trim())?);
    }
    Ok(levels)
}

/// The levels of one run.
fn run_levels(run: &str) -> Result<Vec<VertebralLevel>, Refusal> {
    let Some((upper, lower)) = run.split_once('-') else {
        return match Limit::read(run, None)? {
            Limit::Body(level) => Ok(vec![level]),
            Limit::Disc { above, below } => Err(Refusal::LoneDisc { above, below }),
        };
    };
    if upper.trim().is_empty() {
        return Err(Refusal::NoUpperEnd);
    }
    if lower.trim().is_empty() {
        return Err(Refusal::NoLowerEnd);
    }
    if lower.contains('-') {
        return Err(Refusal::Dashes);
    }
    let upper = Limit::read(upper, None)?;
    between(upper, Limit::read(lower, Some(upper.region()))?)
}

/// The levels between two limits.
fn between(upper: Limit, lower: Limit) -> Result<Vec<VertebralLevel>, Refusal> {
    match (upper, lower) {
        (Limit::Disc { above, below }, same) if same == upper => Err(Refusal::LoneDisc { above, below }),
        _ if upper.first_touched() > lower.last_touched() => Err(Refusal::Upwards { upper, lower }),
        _ => Ok(VertebralLevel::range(upper.first_touched(), lower.last_touched())),
    }
}

/// An end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// A vertebra, which is touched.
    Body(VertebralLevel),
    /// The disc between two vertebrae.
    Disc { above: VertebralLevel, below: VertebralLevel },
}

impl Limit {
    /// Reads `T6`, `T6/7` or `T6/T7`; a number without its region belongs to `region`.
    fn read(text: &str, region: Option<SpineRegion>) -> Result<Self, Refusal> {
        let Some((above, below)) = text.split_once('/') else {
            return named(text.trim(), region).map(Self::Body);
        };
        let not_a_disc = || Refusal::NoDisc { found: quoted_levels(text.trim()) };
        if above.trim().is_empty() || below.trim().is_empty() || below.contains('/') {
            return Err(not_a_disc());
        }
        let above = named(above.trim(), region)?;
        let below = named(below.trim(), Some(above.region()))?;
        if are_neighbors(above, below) { Ok(Self::Disc { above, below }) } else { Err(not_a_disc()) }
    }

    /// The region named last, which a following number without one belongs to.
    fn region(self) -> SpineRegion {
        match self {
            Self::Body(level) | Self::Disc { below: level, .. } => level.region(),
        }
    }

    /// The first vertebra of a run that begins here.
    fn first_touched(self) -> VertebralLevel {
        match self {
            Self::Body(level) | Self::Disc { below: level, .. } => level,
        }
    }

    /// The last vertebra of a run that ends here.
    fn last_touched(self) -> VertebralLevel {
        match self {
            Self::Body(level) | Self::Disc { above: level, .. } => level,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(level) => level.fmt(f),
            Self::Disc { above, below } => write!(f, "{above}/{below}"),
        }
    }
}

/// Reads a vertebra; without a region of its own it belongs to `region`.
fn named(text: &str, region: Option<SpineRegion>) -> Result<VertebralLevel, Refusal> {
    let letters = text.trim_end_matches(|c: char| c.is_ascii_digit());
    match region {
        _ if text.is_empty() => Err(Refusal::EmptyRun),
        None if letters.is_empty() => Err(Refusal::NoRegion),
        Some(region) if letters.is_empty() => numbered(&format!("{}{text}", region.letter())),
        _ if letters == text => Err(Refusal::Word { word: quoted_levels(text) }),
        _ => numbered(text),
    }
}

/// Reads a vertebra that names its region.
fn numbered(text: &str) -> Result<VertebralLevel, Refusal> {
    text.parse().map_err(|_| {
        let letters = text.trim_end_matches(|c: char| c.is_ascii_digit());
        match format!("{letters}1").parse::<VertebralLevel>() {
            Ok(first) => {
                Refusal::Number { found: quoted_levels(&text.to_uppercase()), region: first.region() }
            }
            Err(_) => Refusal::Word { word: quoted_levels(text) },
        }
    })
}

/// Why a text is not a span.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("no vertebra is given: expected one or more, as in `C3-T1`")]
    Empty,
    #[error("nothing on one side of `;` or `,`: expected vertebrae there, as in `T2-T6; T12-L1`")]
    EmptyRun,
    #[error("`{word}` is not a vertebra: expected C1 to C7, T1 to T13, L1 to L6 or S1 to S5")]
    Word { word: String },
    #[error("there is no vertebra {found}: expected {}1 to {0}{}", .region.letter(), .region.max_vertebrae())]
    Number { found: String, region: SpineRegion },
    #[error("no region is named: expected C, T, L or S before the first number, as in `C3-5`")]
    NoRegion,
    #[error("the upper end is missing: expected two ends as in `C3-T1`, or one vertebra without a dash")]
    NoUpperEnd,
    #[error("the lower end is missing: expected two ends as in `C3-T1`, or one vertebra without a dash")]
    NoLowerEnd,
    #[error(
        "a run has more than one dash: write `;` between runs and `/` for a disc, as in `C3-C5; T6/7-L2`"
    )]
    Dashes,
    #[error("`{found}` is not a disc: expected two neighboring vertebrae, as in `T6/7`")]
    NoDisc { found: String },
    #[error("the disc {above}/{below} alone holds no vertebra: write `{above}-{below}` if both are touched")]
    LoneDisc { above: VertebralLevel, below: VertebralLevel },
    #[error("{upper} to {lower} runs upwards: name the upper end first, and the region of both ends")]
    Upwards { upper: Limit, lower: Limit },
}

impl Refusal {
    /// The error about this text.
    pub(super) fn in_text(self, text: &str) -> hemastage_image::Error {
        SpanError { text: quoted_levels(text), reason: self }.into()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("span `{text}`: {reason}")]
struct SpanError {
    text: String,
    reason: Refusal,
}

impl Detail for SpanError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}
