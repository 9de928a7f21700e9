//! Vertebral levels: a vertebra as a height along the spine, C1 to S5.

use std::{fmt, str::FromStr};

use hemastage_image::error::{Detail, ErrorKind, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A part of the spine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpineRegion {
    /// C1 to C7.
    Cervical,
    /// T1 to T12, and T13 where there is one.
    Thoracic,
    /// L1 to L5, and L6 where there is one.
    Lumbar,
    /// S1 to S5.
    Sacral,
}

impl SpineRegion {
    /// The four regions from the head down.
    pub const ALL: [Self; 4] = [Self::Cervical, Self::Thoracic, Self::Lumbar, Self::Sacral];

    /// `C`, `T`, `L` or `S`.
    pub const fn letter(self) -> char {
        match self {
            Self::Cervical => 'C',
            Self::Thoracic => 'T',
            Self::Lumbar => 'L',
            Self::Sacral => 'S',
        }
    }

    /// Vertebrae that the region usually has.
    pub const fn usual(self) -> u8 {
        match self {
            Self::Cervical => 7,
            Self::Thoracic => 12,
            Self::Lumbar | Self::Sacral => 5,
        }
    }

    /// Vertebrae that it has at most: T13 and L6 are transitional.
    pub const fn most(self) -> u8 {
        match self {
            Self::Thoracic => 13,
            Self::Lumbar => 6,
            other => other.usual(),
        }
    }
}

/// A vertebra by region and number, ordered from the head down.
///
/// # Example
/// ```
/// use hemastage::vertebra::VertebralLevel;
/// let level: VertebralLevel = "T12".parse()?;
/// assert_eq!(level.below().map(|l| l.to_string()).as_deref(), Some("L1"), "T13 counts only when named");
/// # Ok::<(), hemastage::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VertebralLevel {
    region: SpineRegion,
    number: u8,
}

impl VertebralLevel {
    /// A vertebra by region and number, from 1.
    ///
    /// # Errors
    /// When the region has no vertebra of that number.
    pub fn new(region: SpineRegion, number: u8) -> Result<Self> {
        if (1..=region.most()).contains(&number) {
            Ok(Self { region, number })
        } else {
            Err(LevelError { found: format!("{}{number}", region.letter()) }.into())
        }
    }

    /// The region.
    pub fn region(self) -> SpineRegion {
        self.region
    }

    /// The number within the region, from 1.
    pub fn number(self) -> u8 {
        self.number
    }

    /// Whether it is T13 or L6, which most spines do not have.
    pub fn is_transitional(self) -> bool {
        self.number > self.region.usual()
    }

    /// All usual levels from the head down, without T13 and L6.
    pub fn usual() -> impl Iterator<Item = Self> {
        SpineRegion::ALL
            .into_iter()
            .flat_map(|region| (1..=region.usual()).map(move |number| Self { region, number }))
    }

    /// The next usual level towards the feet; none below S5.
    pub fn below(self) -> Option<Self> {
        Self::usual().find(|&level| level > self)
    }

    /// The levels from one to another, both included; T13 and L6 only where they are an end.
    pub fn range(from: Self, to: Self) -> Vec<Self> {
        let mut levels: Vec<Self> = Self::usual().filter(|level| (from..=to).contains(level)).collect();
        for end in [from, to] {
            if from <= to && !levels.contains(&end) {
                levels.push(end);
            }
        }
        levels.sort_unstable();
        levels
    }

    /// The number in the Spinal Cord Toolbox: C1 is 1, T1 is 8, L1 is 20, S1 is 25; none for T13 and L6.
    pub fn sct_number(self) -> Option<u8> {
        Self::usual().position(|level| level == self).map(|n| n as u8 + 1)
    }
}

impl fmt::Display for VertebralLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}{}", self.region.letter(), self.number))
    }
}

impl FromStr for VertebralLevel {
    type Err = hemastage_image::Error;

    /// Reads `C3`, in any case; `D` and `Th` are read as `T`.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || hemastage_image::Error::from(LevelError { found: text.into() });
        let upper = text.trim().to_uppercase();
        let digits = upper.find(|c: char| c.is_ascii_digit()).ok_or_else(wrong)?;
        let (letters, number) = upper.split_at(digits);
        let region = match letters.trim() {
            "C" => SpineRegion::Cervical,
            "T" | "TH" | "D" => SpineRegion::Thoracic,
            "L" => SpineRegion::Lumbar,
            "S" => SpineRegion::Sacral,
            _ => return Err(wrong()),
        };
        let plain = !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
        let number = number.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
        Self::new(region, number).map_err(|_| wrong())
    }
}

impl Serialize for VertebralLevel {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VertebralLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for VertebralLevel {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "VertebralLevel".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A vertebra by region and number, such as `C3`.",
            "type": "string",
            "pattern": "^(C[1-7]|T([1-9]|1[0-3])|L[1-6]|S[1-5])$"
        })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("unknown vertebra `{found}`: expected C1 to C7, T1 to T13, L1 to L6 or S1 to S5")]
struct LevelError {
    found: String,
}

impl Detail for LevelError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(text: &str) -> VertebralLevel {
        text.parse().unwrap()
    }

    #[test]
    fn names_round_trip_in_order() {
        let all: Vec<VertebralLevel> = VertebralLevel::usual().collect();
        assert_eq!(all.len(), 29);
        assert!(all.is_sorted());
        assert!(all.iter().all(|&l| level(&l.to_string()) == l));
        assert_eq!((level("th4"), level("D12"), level(" l6 ")), (level("T4"), level("T12"), level("L6")));
        assert!(level("T12") < level("T13") && level("T13") < level("L1") && level("L6") < level("S1"));
        for wrong in ["C8", "T14", "L7", "S6", "C0", "C01", "X1", "C", "3", "", "C-1"] {
            assert!(wrong.parse::<VertebralLevel>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn transitional_levels_count_only_when_named() {
        let count = |a: &str, b: &str| VertebralLevel::range(level(a), level(b)).len();
        assert_eq!((count("C3", "T1"), count("C2", "T12"), count("T8", "L5")), (6, 18, 10));
        assert_eq!(
            (count("T12", "L1"), count("T12", "T13"), count("T13", "L1"), count("L1", "C1")),
            (2, 2, 2, 0)
        );
    }

    #[test]
    fn sct_numbers() {
        let number = |text: &str| level(text).sct_number();
        assert_eq!(
            (number("C1"), number("T1"), number("L1"), number("S1")),
            (Some(1), Some(8), Some(20), Some(25))
        );
        assert_eq!((number("T13"), number("S5")), (None, Some(29)));
    }
}
