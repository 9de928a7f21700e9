//! Which segments, ROIs or labels of a file make the mask.

use std::{collections::BTreeSet, fmt};

use crate::{
    error::{Detail, ErrorKind},
    text::{is_printable, listed},
};

/// Which segments, ROIs or labels make a mask.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SegmentChoice {
    /// All of them.
    #[default]
    All,
    /// Those with these numbers.
    Numbers(Vec<i64>),
    /// The one with this name; upper and lower case are the same.
    Named(String),
}

impl SegmentChoice {
    /// Reads a choice: `2` and `2,3` are numbers, anything else is a name.
    ///
    /// # Example
    /// ```
    /// use hemastage_image::dicom::SegmentChoice;
    /// assert_eq!(SegmentChoice::parse("2, 3"), SegmentChoice::Numbers(vec![2, 3]));
    /// assert_eq!(SegmentChoice::parse("Hematoma"), SegmentChoice::Named("Hematoma".into()));
    /// ```
    pub fn parse(text: &str) -> Self {
        let numbers: Result<Vec<i64>, _> = text.split(',').map(|number| number.trim().parse()).collect();
        numbers.map_or_else(|_| Self::Named(text.trim().into()), Self::Numbers)
    }

    /// Of the numbers that it selects, those that were taken together because none was chosen.
    pub(super) fn joins<'a>(&self, numbers: &'a [i64]) -> &'a [i64] {
        if *self == Self::All { numbers } else { &[] }
    }
}

impl fmt::Debug for SegmentChoice {
    /// Does not show a name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("All"),
            Self::Numbers(numbers) => f.debug_tuple("Numbers").field(numbers).finish(),
            Self::Named(_) => f.write_str("Named(…)"),
        }
    }
}

/// A segment or ROI of a file: its number, and its name, which is never shown.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) number: i64,
    pub(crate) name: Option<String>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({})", self.number)
    }
}

impl Entry {
    /// The entries that have a name, by number.
    pub(crate) fn named(entries: &[Self]) -> Vec<(i64, &str)> {
        entries.iter().filter_map(|entry| Some((entry.number, entry.name.as_deref()?))).collect()
    }
}

/// What the entries of a file are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Segment,
    Roi,
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Segment => "segment",
            Self::Roi => "ROI",
        })
    }
}

/// The numbers that a choice selects, sorted and without repeats.
///
/// # Errors
/// When a number or name is not there, or two entries have the name.
pub(crate) fn resolve(
    choice: &SegmentChoice,
    entries: &[Entry],
    kind: EntryKind,
) -> Result<Vec<i64>, ChoiceError> {
    let known = || listed(entries.iter().map(|entry| entry.number), MAX_LISTED);
    let mut numbers: Vec<i64> = match choice {
        SegmentChoice::All => entries.iter().map(|entry| entry.number).collect(),
        SegmentChoice::Numbers(wanted) => {
            let is_known = |number: &i64| entries.iter().any(|entry| entry.number == *number);
            if let Some(&wanted) = wanted.iter().find(|number| !is_known(number)) {
                return Err(ChoiceError::NoNumber { kind, wanted, found: known() });
            }
            wanted.clone()
        }
        SegmentChoice::Named(wanted) => {
            if !wanted.chars().all(is_printable) {
                return Err(ChoiceError::Unprintable { kind });
            }
            let wanted = wanted.trim().to_lowercase();
            let matches =
                |entry: &&Entry| entry.name.as_ref().is_some_and(|n| n.trim().to_lowercase() == wanted);
            let numbers: Vec<i64> = entries.iter().filter(matches).map(|entry| entry.number).collect();
            match numbers[..] {
                [] => return Err(ChoiceError::NoName { kind, found: known() }),
                [_] => numbers,
                _ => return Err(ChoiceError::SameName { kind, numbers: listed(numbers, MAX_LISTED) }),
            }
        }
    };
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() { Err(ChoiceError::Nothing { kind }) } else { Ok(numbers) }
}

/// Checks that no two entries have the same number.
pub(crate) fn check_numbers(entries: &[Entry], kind: EntryKind) -> Result<(), ChoiceError> {
    let mut known = BTreeSet::new();
    match entries.iter().find(|entry| !known.insert(entry.number)) {
        Some(entry) => Err(ChoiceError::RepeatedNumber { kind, number: entry.number }),
        None => Ok(()),
    }
}

/// Maximum number of numbers that an error lists.
const MAX_LISTED: usize = 32;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ChoiceError {
    #[error("no {kind} has the number {wanted}: the file holds the numbers {found}, so choose among them")]
    NoNumber { kind: EntryKind, wanted: i64, found: String },
    #[error(
        "no {kind} has the chosen name: the file holds the numbers {found}, so choose by number or by the whole name"
    )]
    NoName { kind: EntryKind, found: String },
    #[error("the chosen name of a {kind} holds a character that cannot be printed: choose by number")]
    Unprintable { kind: EntryKind },
    #[error("more than one {kind} has the chosen name: choose one of the numbers {numbers}")]
    SameName { kind: EntryKind, numbers: String },
    #[error("the file holds no {kind}: expected at least one")]
    Nothing { kind: EntryKind },
    #[error("the {kind} number {number} is there twice: expected each number once")]
    RepeatedNumber { kind: EntryKind, number: i64 },
}

impl Detail for ChoiceError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoNumber { .. }
            | Self::NoName { .. }
            | Self::Unprintable { .. }
            | Self::SameName { .. } => ErrorKind::Parameter,
            Self::Nothing { .. } | Self::RepeatedNumber { .. } => ErrorKind::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<Entry> {
        let entry = |number, name: &str| Entry { number, name: Some(name.into()) };
        vec![entry(1, "Cord"), entry(2, "Hématome"), entry(7, "cord "), Entry { number: 9, name: None }]
    }

    #[test]
    fn a_text_is_numbers_or_a_name() {
        assert_eq!(SegmentChoice::parse("2"), SegmentChoice::Numbers(vec![2]));
        assert_eq!(SegmentChoice::parse(" 2 ,3"), SegmentChoice::Numbers(vec![2, 3]));
        assert_eq!(SegmentChoice::parse("2,"), SegmentChoice::Named("2,".into()));
        assert_eq!(SegmentChoice::parse(" L2 disc "), SegmentChoice::Named("L2 disc".into()));
    }

    #[test]
    fn known_numbers_and_names_are_found() {
        let found = |text| resolve(&SegmentChoice::parse(text), &entries(), EntryKind::Segment).unwrap();
        assert_eq!(found("7,2,7"), [2, 7]);
        assert_eq!(found("HÉMATOME"), [2]);
        assert_eq!(resolve(&SegmentChoice::All, &entries(), EntryKind::Segment).unwrap(), [1, 2, 7, 9]);
    }

    #[test]
    fn errors_list_numbers_and_no_names() {
        let error =
            |text, kind| resolve(&SegmentChoice::parse(text), &entries(), kind).unwrap_err().to_string();
        assert_eq!(
            error("1,3", EntryKind::Segment),
            "no segment has the number 3: the file holds the numbers 1, 2, 7, 9, so choose among them"
        );
        assert_eq!(
            error("hemato", EntryKind::Roi),
            "no ROI has the chosen name: the file holds the numbers 1, 2, 7, 9, so choose by number or by the whole name"
        );
        assert_eq!(
            error("cord", EntryKind::Segment),
            "more than one segment has the chosen name: choose one of the numbers 1, 7"
        );
        for name in ["Co\u{1b}[31mrd", "\u{202e}cord"] {
            assert_eq!(
                error(name, EntryKind::Segment),
                "the chosen name of a segment holds a character that cannot be printed: choose by number"
            );
        }
        assert!(error("", EntryKind::Segment).starts_with("no segment has the chosen name"));
        let shown = format!("{:?} {:?}", SegmentChoice::parse("Cord"), entries());
        assert!(!shown.to_lowercase().contains("cord"), "{shown}");
    }
}
