//! Names of regions and junctions, and published facts about hematomas there.

use std::{fmt, str::FromStr};

use hemastage_image::{
    error::{Detail, ErrorKind, Result},
    text::quoted,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::vertebra::{SpineRegion, VertebralLevel};

/// A region of the spine, a third of the thoracic spine, or a junction of two regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NamedRegion {
    /// C1 to C7.
    Cervical,
    /// C7 and T1, in one run.
    CervicothoracicJunction,
    /// T1 to T4.
    ThoracicUpper,
    /// T5 to T8.
    ThoracicMid,
    /// T9 to T13.
    ThoracicLower,
    /// T12 (or T13) and L1, in one run.
    ThoracolumbarJunction,
    /// L1 to L6.
    Lumbar,
    /// L5 (or L6) and S1, in one run.
    LumbosacralJunction,
    /// S1 to S5.
    Sacral,
}

impl NamedRegion {
    /// All of them, from the head down.
    pub const ALL: [Self; 9] = [
        Self::Cervical,
        Self::CervicothoracicJunction,
        Self::ThoracicUpper,
        Self::ThoracicMid,
        Self::ThoracicLower,
        Self::ThoracolumbarJunction,
        Self::Lumbar,
        Self::LumbosacralJunction,
        Self::Sacral,
    ];

    /// The region of a vertebra; never a junction.
    pub fn of(level: VertebralLevel) -> Self {
        match (level.region(), level.number()) {
            (SpineRegion::Cervical, _) => Self::Cervical,
            (SpineRegion::Thoracic, ..=4) => Self::ThoracicUpper,
            (SpineRegion::Thoracic, 5..=8) => Self::ThoracicMid,
            (SpineRegion::Thoracic, _) => Self::ThoracicLower,
            (SpineRegion::Lumbar, _) => Self::Lumbar,
            (SpineRegion::Sacral, _) => Self::Sacral,
        }
    }

    /// The junction between two regions.
    pub(super) fn between(above: SpineRegion, below: SpineRegion) -> Option<Self> {
        match (above, below) {
            (SpineRegion::Cervical, SpineRegion::Thoracic) => Some(Self::CervicothoracicJunction),
            (SpineRegion::Thoracic, SpineRegion::Lumbar) => Some(Self::ThoracolumbarJunction),
            (SpineRegion::Lumbar, SpineRegion::Sacral) => Some(Self::LumbosacralJunction),
            _ => None,
        }
    }

    /// The name in JSON, such as `thoracic_upper`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Cervical => "cervical",
            Self::CervicothoracicJunction => "cervicothoracic_junction",
            Self::ThoracicUpper => "thoracic_upper",
            Self::ThoracicMid => "thoracic_mid",
            Self::ThoracicLower => "thoracic_lower",
            Self::ThoracolumbarJunction => "thoracolumbar_junction",
            Self::Lumbar => "lumbar",
            Self::LumbosacralJunction => "lumbosacral_junction",
            Self::Sacral => "sacral",
        }
    }
}

impl fmt::Display for NamedRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::CervicothoracicJunction => "cervicothoracic junction",
            Self::ThoracicUpper => "upper thoracic",
            Self::ThoracicMid => "mid thoracic",
            Self::ThoracicLower => "lower thoracic",
            Self::ThoracolumbarJunction => "thoracolumbar junction",
            Self::LumbosacralJunction => "lumbosacral junction",
            other => other.key(),
        })
    }
}

impl FromStr for NamedRegion {
    type Err = hemastage_image::Error;

    /// Reads the name in JSON (`thoracic_upper`) or the displayed one (`upper thoracic`), in any case.
    fn from_str(text: &str) -> Result<Self> {
        let word = text.trim().to_lowercase();
        Self::ALL
            .into_iter()
            .find(|region| word == region.key() || word == region.to_string())
            .ok_or_else(|| RegionError { found: quoted(text) }.into())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("unknown region `{found}`: expected one such as `thoracic_upper` or `lumbosacral_junction`")]
struct RegionError {
    found: String,
}

impl Detail for RegionError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

/// What a source says about hematomas of a span: a statement about a group, never advice for one patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// Its stable name.
    pub key: &'static str,
    /// The statement, as one sentence.
    pub sentence: &'static str,
    /// Its source, and whether other publications agree.
    pub source: &'static str,
}

impl Fact {
    /// About spans of 3 or 4 vertebrae, all runs together.
    ///
    /// # Reference
    /// The SSEH review; the same association in Neurology 2015, 84:1894, 741 cases.
    pub const THREE_OR_FOUR_SEGMENTS: Self = Self {
        key: "three_or_four_segments",
        sentence: "hematomas over 3 or 4 segments had a better outcome in a meta-analysis of 617 cases",
        source: "SSEH review, which cites the meta-analysis; an individual patient data meta-analysis of \
                 741 cases agrees (Neurology 2015, 84:1894)",
    };

    /// About spans that touch T5 to T8.
    ///
    /// # Reference
    /// The SSEH review. Not confirmed elsewhere: Peng 2022, Neurology, 105 cases, finds lower thoracic levels.
    pub const MID_THORACIC: Self = Self {
        key: "mid_thoracic",
        sentence: "mid-thoracic hematomas had a worse outcome in a meta-analysis of 617 cases",
        source: "SSEH review, which cites the meta-analysis; not confirmed elsewhere, a series of 105 cases \
                 finds it of lower thoracic levels (Peng 2022, Neurology, doi 10.1212/WNL.0000000000200844)",
    };
}
