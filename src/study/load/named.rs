//! Segments whose names say something else than the role or the number that they were given.

use std::fmt;

use hemastage_image::{MaskReader, dicom::SegmentChoice, error::Result, finding::Finding};

use crate::steps::level::{Scheme, Vertebra};

/// The code of both findings.
const CODE: &str = "label_named_otherwise";
/// Other words for a hematoma, ...
const BLOOD: [&str; 8] =
    ["hematoma", "haematoma", "hemorrhage", "haemorrhage", "blood", "clot", "bleed", "bleeding"];
/// ... and what may stand with them.
const PLAIN: [&str; 5] = ["spinal", "epidural", "subdural", "extradural", "intrathecal"];

/// What a segment is by its name, or a label by its scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Hematoma,
    Cord,
    Canal,
    Vertebra(Vertebra),
}

impl Meaning {
    /// Of a segment's name; `None` where it has no meaning that is known, as of any other words.
    fn of_name(name: &str, segments: &Scheme) -> Option<Self> {
        let lower = name.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let words: Vec<&str> =
            words.filter(|word| !PLAIN.contains(word) && word.parse::<u32>().is_err()).collect();
        if matches!(words[..], [word] if BLOOD.contains(&word)) {
            return Some(Self::Hematoma);
        }
        segments.number_of_segment(name).and_then(|(number, _)| Self::of_number(number, segments))
    }

    /// Of a label, by its scheme.
    fn of_number(number: i64, scheme: &Scheme) -> Option<Self> {
        if scheme.cord().contains(&number) {
            Some(Self::Cord)
        } else if scheme.canal().contains(&number) {
            Some(Self::Canal)
        } else {
            scheme.vertebra(number).map(Self::Vertebra)
        }
    }

    /// Whether both are one: S1 is the sacrum where that has a single label.
    fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::Vertebra(one), Self::Vertebra(other)) => one.rank() == other.rank(),
            _ => self == other,
        }
    }

    /// Whether a mask of a role is no such thing. A cord may be labeled by level, and cord, blood and fluid make a canal.
    fn contradicts(self, role: &str, is_alone: bool) -> bool {
        match role {
            "hematoma" => self != Self::Hematoma,
            "cord" => matches!(self, Self::Hematoma | Self::Canal),
            "canal" => matches!(self, Self::Hematoma | Self::Cord) && is_alone,
            _ => self == Self::Hematoma,
        }
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hematoma => f.write_str("a hematoma"),
            Self::Cord => f.write_str("the cord"),
            Self::Canal => f.write_str("the canal"),
            Self::Vertebra(vertebra) => vertebra.fmt(f),
        }
    }
}

/// A warning when a segment that was taken for a role is named as another.
pub(super) fn otherwise(role: &str, mask: &MaskReader, choice: &SegmentChoice) -> Result<Option<Finding>> {
    let segments = Scheme::of_segments()?;
    let mut taken = mask.names()?;
    taken.retain(|(number, name)| match choice {
        SegmentChoice::Numbers(chosen) => chosen.contains(number),
        SegmentChoice::Named(chosen) => name.trim().to_lowercase() == chosen.trim().to_lowercase(),
        _ => true,
    });
    let is_alone = taken.len() == 1;
    let found = taken.into_iter().find_map(|(number, name)| {
        let meaning = Meaning::of_name(&name, &segments)?;
        meaning.contradicts(role, is_alone).then_some((number, meaning))
    });
    Ok(found.map(|(number, meaning)| {
        let message = format!(
            "number {number} of {} was taken as the {role}, and by its name it is {meaning}: check the numbers, or choose by name, as in `masks.seg.nrrd:NAME`; `hemastage inspect` lists what a file holds",
            mask.source().name
        );
        Finding::warning(CODE, message).at(role)
    }))
}

/// A warning when a scheme says something else of a map's numbers than its segments' names.
pub(super) fn by_scheme(role: &str, map: &MaskReader, scheme: &Scheme) -> Result<Option<Finding>> {
    let segments = Scheme::of_segments()?;
    let of = |(number, name): (i64, String)| {
        let (named, numbered) = (Meaning::of_name(&name, &segments)?, Meaning::of_number(number, scheme));
        let differs = numbered.map_or(matches!(named, Meaning::Vertebra(_)), |numbered| !numbered.is(named));
        differs.then_some((number, numbered, named))
    };
    let found: Vec<_> = map.names()?.into_iter().filter_map(of).collect();
    let Some((number, numbered, named)) = found.first() else { return Ok(None) };
    let numbered =
        numbered.map_or_else(|| "none of its vertebrae".to_owned(), |numbered| numbered.to_string());
    let more = match found.len() - 1 {
        0 => String::new(),
        more => format!(" ({more} more differ)"),
    };
    let message = format!(
        "number {number} of {} is {numbered} by the scheme {}, and {named} by its name{more}: check the scheme; `--anatomy` without a scheme goes by the names",
        map.source().name,
        scheme.name
    );
    Ok(Some(Finding::warning(CODE, message).at(role)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_meaning_or_none() {
        let segments = Scheme::of_segments().unwrap();
        let shown = |name| Meaning::of_name(name, &segments).map(|meaning| meaning.to_string());
        for (name, expected) in [
            ("Hematoma", Some("a hematoma")),
            ("epidural haematoma 2", Some("a hematoma")),
            ("Spinal cord", Some("the cord")),
            ("canal", Some("the canal")),
            ("vertebra C4", Some("C4")),
            ("sacrum", Some("sacrum")),
            ("cord without hematoma", None),
            ("Segment_1", None),
            ("Jane Doe", None),
            ("", None),
        ] {
            assert_eq!(shown(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_role_is_contradicted_by_others() {
        let level = Meaning::Vertebra("C4".parse().unwrap());
        let roles = |meaning: Meaning, is_alone| {
            let roles = ["hematoma", "cord", "canal", "reference"].into_iter();
            roles.filter(|role| meaning.contradicts(role, is_alone)).collect::<Vec<_>>()
        };
        assert_eq!(roles(Meaning::Hematoma, true), ["cord", "canal", "reference"]);
        assert_eq!(roles(Meaning::Cord, true), ["hematoma", "canal"]);
        assert_eq!(roles(Meaning::Cord, false), ["hematoma"], "cord and fluid make a canal");
        assert_eq!(roles(Meaning::Hematoma, false), ["cord", "reference"]);
        assert_eq!(roles(Meaning::Canal, true), ["hematoma", "cord"]);
        assert_eq!(roles(level, false), ["hematoma"], "a cord may be labeled by level");
        assert!(Meaning::Vertebra(Vertebra::Sacrum).is(Meaning::Vertebra("S1".parse().unwrap())));
        assert!(!level.is(Meaning::Vertebra("C5".parse().unwrap())));
    }
}
