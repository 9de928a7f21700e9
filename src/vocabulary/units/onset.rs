//! Hours from a bleed to the scan.

use std::{fmt, str::FromStr};

use hemastage_image::{
    error::{Detail, ErrorKind, Result},
    text::quoted,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// No bleed was longer ago, in hours: 114 years.
const MAX_HOURS: f64 = 1e6;

/// Hours from one bleed (or the worsening that marks it) to the scan; 0 to a million.
///
/// # Example
/// ```
/// use hemastage::Onset;
/// assert_eq!("1.5d".parse::<Onset>()?.hours(), 36.0);
/// assert!("36".parse::<Onset>().is_err(), "a unit is required");
/// # Ok::<(), hemastage::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Onset(f64);

impl Onset {
    /// An onset this many hours before the scan.
    ///
    /// # Errors
    /// When `hours` is negative, more than a million, or NaN.
    pub fn from_hours(hours: f64) -> Result<Self> {
        if (0.0..=MAX_HOURS).contains(&hours) {
            Ok(Self(hours.abs()))
        } else {
            Err(OnsetError::Range { hours }.into())
        }
    }

    /// Hours from the bleed to the scan.
    pub fn hours(self) -> f64 {
        self.0
    }
}

impl FromStr for Onset {
    type Err = hemastage_image::Error;

    /// Reads a number and its unit: `36h`, `1.5d`, `2w` or `90min`.
    fn from_str(text: &str) -> Result<Self> {
        let trimmed = text.trim();
        let split =
            trimmed.find(|c: char| c.is_alphabetic() && !matches!(c, 'e' | 'E')).unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(split);
        let hours_per_unit = match unit {
            "min" => 1.0 / 60.0,
            "h" => 1.0,
            "d" => 24.0,
            "w" => 168.0,
            _ if may_be_a_date(text) => return Err(OnsetError::Date.into()),
            "" => return Err(OnsetError::NoUnit { text: quoted(text) }.into()),
            _ => return Err(OnsetError::Unit { unit: quoted(unit) }.into()),
        };
        let value: f64 = number.trim().parse().map_err(|_| {
            if may_be_a_date(text) { OnsetError::Date } else { OnsetError::Number { text: quoted(text) } }
        })?;
        Self::from_hours(value * hours_per_unit)
    }
}

/// Whether a text that could not be read may be a date, which no error may repeat.
fn may_be_a_date(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let after_letter =
        text.trim_start_matches(|c: char| !c.is_alphabetic()).contains(|c: char| c.is_ascii_digit());
    digits >= 5 || after_letter || text.contains([':', '/'])
}

impl Serialize for Onset {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Onset {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Onset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} h", self.0)
    }
}

/// A number of any size in a few characters.
fn short(hours: f64) -> String {
    if hours.abs() < 1e9 { hours.to_string() } else { format!("{hours:e}") }
}

#[derive(Debug, thiserror::Error)]
enum OnsetError {
    #[error("onset of {} h: expected a time before the scan, 0 h to 1000000 h", short(*hours))]
    Range { hours: f64 },
    #[error("onset `{text}` has no unit: write `{text}h`, `{text}d`, `{text}w` or `{text}min`")]
    NoUnit { text: String },
    #[error("onset has the unit `{unit}`: expected min, h, d or w, as in `36h`")]
    Unit { unit: String },
    #[error("onset `{text}` is not a number with a unit: write for example `36h` or `1.5d`")]
    Number { text: String },
    #[error(
        "onset cannot be read: expected a time with its unit, as in `36h`, or where the scan's time is known YYYY-MM-DDThh:mm, without a time zone"
    )]
    Date,
}

impl Detail for OnsetError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_with_its_unit() {
        for hours in [0.0, 36.0, 0.1, 1e-7, 1e6] {
            let onset = Onset::from_hours(hours).unwrap();
            assert_eq!(onset.to_string().parse::<Onset>().unwrap(), onset);
            let json = serde_json::to_string(&onset).unwrap();
            assert_eq!(serde_json::from_str::<Onset>(&json).unwrap(), onset, "{json}");
        }
    }

    #[test]
    fn reads_numbers_with_units() {
        for (text, hours) in
            [("36h", 36.0), ("2d", 48.0), (" 1.5 d", 36.0), ("90min", 1.5), ("1w", 168.0), ("0h", 0.0)]
        {
            assert_eq!(text.parse::<Onset>().unwrap().hours(), hours, "{text}");
        }
    }

    #[test]
    fn refuses_with_its_own_message() {
        for (text, part) in [
            ("36", "has no unit"),
            ("-3h", "before the scan"),
            ("1e999h", "before the scan"),
            ("1e300h", "onset of 1e300 h: expected a time before the scan, 0 h to 1000000 h"),
            ("nanh", "has the unit `nanh`"),
            ("h", "is not a number"),
            ("36 years", "has the unit `years`"),
            ("", "has no unit"),
        ] {
            let error = text.parse::<Onset>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parameter);
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
    }
}
