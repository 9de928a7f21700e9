//! Vertebral levels C1 to S5: their names, order and neighbors.

use std::{fmt, path::Path, str::FromStr};

use hemastage_image::{
    error::{Detail, ErrorKind, Result},
    text::{MAX_QUOTED, cut, printable, quoted},
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A region of the spine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpineRegion {
    /// C1 to C7.
    Cervical,
    /// T1 to T12; T13 in some patients.
    Thoracic,
    /// L1 to L5; L6 in some patients.
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

    /// The number of vertebrae in most patients.
    pub const fn usual_vertebrae(self) -> u8 {
        match self {
            Self::Cervical => 7,
            Self::Thoracic => 12,
            Self::Lumbar | Self::Sacral => 5,
        }
    }

    /// The largest number of vertebrae, with the transitional T13 or L6.
    pub const fn max_vertebrae(self) -> u8 {
        match self {
            Self::Thoracic => 13,
            Self::Lumbar => 6,
            other => other.usual_vertebrae(),
        }
    }

    /// The name in JSON, such as `cervical`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Cervical => "cervical",
            Self::Thoracic => "thoracic",
            Self::Lumbar => "lumbar",
            Self::Sacral => "sacral",
        }
    }
}

impl fmt::Display for SpineRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

impl FromStr for SpineRegion {
    type Err = hemastage_image::Error;

    /// Reads a name such as `cervical`, or the letter alone, in any case.
    fn from_str(text: &str) -> Result<Self> {
        let word = text.trim();
        Self::ALL
            .into_iter()
            .find(|region| {
                word.eq_ignore_ascii_case(region.key())
                    || word.eq_ignore_ascii_case(region.letter().encode_utf8(&mut [0; 4]))
            })
            .ok_or_else(|| LevelError::Region { found: quoted(text) }.into())
    }
}

/// A vertebra: its region and its number in that region. Sorts from the head down.
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
    /// The uppermost sacral vertebra.
    pub const S1: Self = Self { region: SpineRegion::Sacral, number: 1 };

    /// The vertebra of this region and number, counted from 1.
    ///
    /// # Errors
    /// When the region has no vertebra of that number.
    pub fn new(region: SpineRegion, number: u8) -> Result<Self> {
        if (1..=region.max_vertebrae()).contains(&number) {
            Ok(Self { region, number })
        } else {
            Err(LevelError::Vertebra { found: format!("{}{number}", region.letter()) }.into())
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

    /// Whether this is T13 or L6, which most patients do not have.
    pub fn is_transitional(self) -> bool {
        self.number > self.region.usual_vertebrae()
    }

    /// All levels from the head down except T13 and L6.
    pub fn usual() -> impl Iterator<Item = Self> {
        SpineRegion::ALL
            .into_iter()
            .flat_map(|region| (1..=region.usual_vertebrae()).map(move |number| Self { region, number }))
    }

    /// The next level toward the feet, never T13 or L6; `None` below S5.
    pub fn below(self) -> Option<Self> {
        Self::usual().find(|&level| level > self)
    }

    /// The levels from one to another, both included; T13 and L6 only if they are one of the two.
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

    /// The number in the Spinal Cord Toolbox: C1 is 1, T1 is 8, L1 is 20, S1 is 25; `None` for T13 and L6.
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

    /// Reads a name such as `C3`, in any case; `D` and `Th` are read as `T`.
    fn from_str(text: &str) -> Result<Self> {
        let unknown = || hemastage_image::Error::from(LevelError::Vertebra { found: quoted(text) });
        let upper = text.trim().to_uppercase();
        let digits = upper.find(|c: char| c.is_ascii_digit()).ok_or_else(unknown)?;
        let (letters, number) = upper.split_at(digits);
        let region = match letters.trim() {
            "C" => SpineRegion::Cervical,
            "T" | "TH" | "D" => SpineRegion::Thoracic,
            "L" => SpineRegion::Lumbar,
            "S" => SpineRegion::Sacral,
            _ => return Err(unknown()),
        };
        let is_plain = !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
        let number = number.parse().ok().filter(|_| is_plain).ok_or_else(unknown)?;
        Self::new(region, number).map_err(|_| unknown())
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

impl JsonSchema for VertebralLevel {
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

/// A caller's text of vertebrae as a message repeats it. A `/` between two of them is that of a disc, any other one that of
/// a path.
pub(crate) fn quoted_levels(text: &str) -> String {
    let is_vertebra = |text: &str| {
        let number = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let letters = text.len() - number.len();
        !text.is_empty()
            && letters <= 2
            && number.len() <= 2
            && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let last = |text: &str| text.rsplit(|c: char| !c.is_alphanumeric()).next().is_some_and(is_vertebra);
    let first = |text: &str| {
        let part = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        part.is_empty() || is_vertebra(part)
    };
    let is_path = text.contains('\\')
        || Path::new(text).exists()
        || text.match_indices('/').any(|(at, _)| {
            let (above, below) = (text[..at].trim_end(), text[at + 1..].trim_start());
            !(last(above) && first(below))
        });
    if is_path { quoted(text) } else { cut(&printable(text), MAX_QUOTED) }
}

#[derive(Debug, thiserror::Error)]
enum LevelError {
    #[error("unknown vertebra `{found}`: expected C1 to C7, T1 to T13, L1 to L6 or S1 to S5")]
    Vertebra { found: String },
    #[error("unknown region of the spine `{found}`: expected cervical, thoracic, lumbar or sacral")]
    Region { found: String },
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
    fn regions_round_trip() {
        for region in SpineRegion::ALL {
            assert_eq!(region.to_string().parse::<SpineRegion>().unwrap(), region);
            assert_eq!(region.letter().to_string().to_lowercase().parse::<SpineRegion>().unwrap(), region);
            assert_eq!(serde_json::to_value(region).unwrap(), region.key());
        }
        assert_eq!(
            "neck".parse::<SpineRegion>().unwrap_err().to_string(),
            "unknown region of the spine `neck`: expected cervical, thoracic, lumbar or sacral"
        );
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
