//! The five stages of a hematoma, the class `indeterminate`, and the signal levels that tell them apart.

use std::{fmt, str::FromStr};

use hemastage_image::{
    error::{Detail, ErrorKind, Result},
    text::quoted,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The stage that the signal of a voxel or a hematoma fits.
///
/// `Indeterminate` is a class of its own: the signal fits none of the five stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Oxyhemoglobin.
    Hyperacute,
    /// Deoxyhemoglobin.
    Acute,
    /// Intracellular methemoglobin.
    EarlySubacute,
    /// Extracellular methemoglobin.
    LateSubacute,
    /// Ferritin and hemosiderin, or what remains after methemoglobin is absorbed.
    Chronic,
    /// None of the five.
    Indeterminate,
}

impl Stage {
    /// The five stages in order, without `Indeterminate`.
    pub const FIVE: [Self; 5] =
        [Self::Hyperacute, Self::Acute, Self::EarlySubacute, Self::LateSubacute, Self::Chronic];

    /// The five stages in order, then `Indeterminate`.
    pub const ALL: [Self; 6] = [
        Self::Hyperacute,
        Self::Acute,
        Self::EarlySubacute,
        Self::LateSubacute,
        Self::Chronic,
        Self::Indeterminate,
    ];

    /// The index in [`Stage::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The value of this stage in a stage map: 1 to 6.
    pub const fn map_value(self) -> u8 {
        self as u8 + 1
    }

    /// The name in reports and profiles, such as `early_subacute`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Hyperacute => "hyperacute",
            Self::Acute => "acute",
            Self::EarlySubacute => "early_subacute",
            Self::LateSubacute => "late_subacute",
            Self::Chronic => "chronic",
            Self::Indeterminate => "indeterminate",
        }
    }

    /// The color of this stage wherever it is drawn, as red, green and blue; gray for indeterminate.
    ///
    /// # Reference
    /// Okabe and Ito 2008, Color Universal Design: a palette that color-blind readers can distinguish.
    pub const fn rgb(self) -> [u8; 3] {
        match self {
            Self::Hyperacute => [0x56, 0xB4, 0xE9],
            Self::Acute => [0x00, 0x72, 0xB2],
            Self::EarlySubacute => [0x00, 0x9E, 0x73],
            Self::LateSubacute => [0xE6, 0x9F, 0x00],
            Self::Chronic => [0xD5, 0x5E, 0x00],
            Self::Indeterminate => [0x99, 0x99, 0x99],
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::EarlySubacute => "early subacute",
            Self::LateSubacute => "late subacute",
            other => other.key(),
        })
    }
}

impl FromStr for Stage {
    type Err = hemastage_image::Error;

    /// Reads `early_subacute`, `early-subacute` or `early subacute`.
    fn from_str(text: &str) -> Result<Self> {
        let key = text.trim().to_lowercase().replace(['-', ' '], "_");
        Self::ALL
            .into_iter()
            .find(|stage| stage.key() == key)
            .ok_or_else(|| WordError::Stage { found: quoted(text) }.into())
    }
}

/// Signal relative to the reference: darker, similar or brighter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignalLevel {
    /// Darker than the reference.
    Hypo,
    /// Similar to the reference.
    Iso,
    /// Brighter than the reference.
    Hyper,
}

impl SignalLevel {
    /// The three levels, dark to bright.
    pub const ALL: [Self; 3] = [Self::Hypo, Self::Iso, Self::Hyper];

    /// The index in [`SignalLevel::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// `hypo`, `iso` or `hyper`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Hypo => "hypo",
            Self::Iso => "iso",
            Self::Hyper => "hyper",
        }
    }
}

impl fmt::Display for SignalLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

impl FromStr for SignalLevel {
    type Err = hemastage_image::Error;

    /// Reads `iso` or `isointense`, in any case.
    fn from_str(text: &str) -> Result<Self> {
        let word = text.trim().to_lowercase();
        let word = word.strip_suffix("intense").unwrap_or(&word).trim_end_matches('-');
        Self::ALL
            .into_iter()
            .find(|level| level.key() == word)
            .ok_or_else(|| WordError::Level { found: quoted(text) }.into())
    }
}

#[derive(Debug, thiserror::Error)]
enum WordError {
    #[error(
        "unknown stage `{found}`: expected hyperacute, acute, early_subacute, late_subacute, chronic or indeterminate"
    )]
    Stage { found: String },
    #[error("unknown signal level `{found}`: expected hypo, iso or hyper")]
    Level { found: String },
}

impl Detail for WordError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for stage in Stage::ALL {
            assert_eq!(stage.key().parse::<Stage>().unwrap(), stage);
            assert_eq!(stage.to_string().parse::<Stage>().unwrap(), stage);
            assert_eq!(Stage::ALL[stage.index()], stage);
        }
        for level in SignalLevel::ALL {
            assert_eq!(format!("{level}intense").parse::<SignalLevel>().unwrap(), level);
        }
        assert!("subacute".parse::<Stage>().unwrap_err().to_string().contains("unknown stage `subacute`"));
        assert!(
            "bright".parse::<SignalLevel>().unwrap_err().to_string().contains("expected hypo, iso or hyper")
        );
    }
}
