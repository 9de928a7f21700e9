//! Which segments of a segmentation, or which ROIs of a structure set, make the mask.

use super::error::MaskError;

/// Which segments, or ROIs, make a mask.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum SegmentChoice {
    /// Every one.
    #[default]
    All,
    /// Those with these numbers.
    Numbers(Vec<i64>),
    /// The one with this label, in upper or lower case.
    Named(String),
}

impl SegmentChoice {
    /// The choice that a text makes: `2` and `2,3` are numbers, anything else is a label.
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
}

impl std::fmt::Debug for SegmentChoice {
    /// Tells of a label only that there is one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("All"),
            Self::Numbers(numbers) => f.debug_tuple("Numbers").field(numbers).finish(),
            Self::Named(_) => f.write_str("Named(…)"),
        }
    }
}

/// A part that can be chosen: its number, and its label, which is never shown.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) number: i64,
    pub(super) label: Option<String>,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Part({})", self.number)
    }
}

/// What the standard calls the parts of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Segment,
    Roi,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Segment => "segment",
            Self::Roi => "ROI",
        })
    }
}

/// The numbers that a choice means, rising and without repeats.
///
/// # Errors
/// When a number or label is not there, or two parts have the label.
pub(super) fn resolve(choice: &SegmentChoice, parts: &[Part], kind: Kind) -> Result<Vec<i64>, MaskError> {
    let found = || listed(parts.iter().map(|part| part.number));
    let mut numbers: Vec<i64> = match choice {
        SegmentChoice::All => parts.iter().map(|part| part.number).collect(),
        SegmentChoice::Numbers(wanted) => {
            let known = |number: &i64| parts.iter().any(|part| part.number == *number);
            if let Some(&wanted) = wanted.iter().find(|number| !known(number)) {
                return Err(MaskError::NoNumber { kind, wanted, found: found() });
            }
            wanted.clone()
        }
        SegmentChoice::Named(wanted) => {
            let wanted = wanted.trim().to_lowercase();
            let named = |part: &&Part| part.label.as_ref().is_some_and(|l| l.trim().to_lowercase() == wanted);
            let numbers: Vec<i64> = parts.iter().filter(named).map(|part| part.number).collect();
            match numbers[..] {
                [] => return Err(MaskError::NoName { kind, found: found() }),
                [_] => numbers,
                _ => return Err(MaskError::SameName { kind, numbers: listed(numbers.into_iter()) }),
            }
        }
    };
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() { Err(MaskError::NoParts { kind }) } else { Ok(numbers) }
}

/// Each number may stand for one part only.
///
/// # Errors
/// When two parts have one number.
pub(super) fn check_numbers(parts: &[Part], kind: Kind) -> Result<(), MaskError> {
    let mut seen = std::collections::BTreeSet::new();
    match parts.iter().find(|part| !seen.insert(part.number)) {
        Some(part) => Err(MaskError::RepeatedNumber { kind, number: part.number }),
        None => Ok(()),
    }
}

/// Numbers that an error lists at most.
const LISTED: usize = 32;

fn listed(numbers: impl Iterator<Item = i64>) -> String {
    let mut text: Vec<String> = numbers.take(LISTED + 1).map(|number| number.to_string()).collect();
    if text.len() > LISTED {
        text[LISTED] = "…".into();
    }
    text.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Vec<Part> {
        let part = |number, label: &str| Part { number, label: Some(label.into()) };
        vec![part(1, "Cord"), part(2, "Hématome"), part(7, "cord "), Part { number: 9, label: None }]
    }

    #[test]
    fn a_text_is_numbers_or_a_label() {
        assert_eq!(SegmentChoice::parse("2"), SegmentChoice::Numbers(vec![2]));
        assert_eq!(SegmentChoice::parse(" 2 ,3"), SegmentChoice::Numbers(vec![2, 3]));
        assert_eq!(SegmentChoice::parse("2,"), SegmentChoice::Named("2,".into()));
        assert_eq!(SegmentChoice::parse(" L2 disc "), SegmentChoice::Named("L2 disc".into()));
    }

    #[test]
    fn finds_what_is_there() {
        let found = |text| resolve(&SegmentChoice::parse(text), &parts(), Kind::Segment).unwrap();
        assert_eq!(found("7,2,7"), [2, 7]);
        assert_eq!(found("HÉMATOME"), [2]);
        assert_eq!(resolve(&SegmentChoice::All, &parts(), Kind::Segment).unwrap(), [1, 2, 7, 9]);
    }

    #[test]
    fn says_what_is_not_there_without_a_label() {
        let error =
            |text, kind| resolve(&SegmentChoice::parse(text), &parts(), kind).unwrap_err().to_string();
        assert_eq!(
            error("1,3", Kind::Segment),
            "no segment has the number 3: the file holds the numbers 1, 2, 7, 9, so choose among them"
        );
        assert_eq!(
            error("hemato", Kind::Roi),
            "no ROI has the chosen name: the file holds the numbers 1, 2, 7, 9, so choose by number or by the whole name"
        );
        assert_eq!(
            error("cord", Kind::Segment),
            "more than one segment has the chosen name: choose one of the numbers 1, 7"
        );
        assert!(error("", Kind::Segment).starts_with("no segment has the chosen name"));
        let shown = format!("{:?} {:?}", SegmentChoice::parse("Cord"), parts());
        assert!(!shown.to_lowercase().contains("cord"), "{shown}");
    }
}
