//! Which stage of blood lies where in a collection.

use hemastage::stage::Stage;
use hemastage_image::error::{Detail, ErrorKind, Result};
use serde::Serialize;

use super::range;

/// Stages in one mixture.
const MAX_STAGES: usize = 16;

/// The stages of a collection.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Layout {
    /// One stage throughout.
    Single(Stage),
    /// Stages one below another, cranial first, each with its share of the length.
    Along(Vec<(Stage, f64)>),
    /// Stages in shells, the one at the outer border first, each with its share of the thickness.
    Layered(Vec<(Stage, f64)>),
    /// Spots of 4 to 5 mm radius in blood of another stage.
    Focal {
        /// The stage around the spots.
        ground: Stage,
        /// The stage of the spots.
        spots: Stage,
        /// Share of the collection's volume in spots, between 0 and 1. The spots' radius leaves 4 to 5 mm
        /// only where a share cannot be met otherwise.
        fraction: f64,
    },
}

impl Layout {
    /// Every stage named, in order.
    fn stages(&self) -> Vec<Stage> {
        match self {
            Self::Single(stage) => vec![*stage],
            Self::Along(parts) | Self::Layered(parts) => parts.iter().map(|part| part.0).collect(),
            Self::Focal { ground, spots, .. } => vec![*ground, *spots],
        }
    }

    /// Every share named.
    fn shares(&self) -> Vec<f64> {
        match self {
            Self::Single(_) => Vec::new(),
            Self::Along(parts) | Self::Layered(parts) => parts.iter().map(|part| part.1).collect(),
            Self::Focal { fraction, .. } => vec![*fraction, 1.0 - *fraction],
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let stages = self.stages();
        if !(1..=MAX_STAGES).contains(&stages.len()) {
            return Err(LayoutError::Stages { found: stages.len() }.into());
        }
        if stages.contains(&Stage::Indeterminate) {
            return Err(LayoutError::Indeterminate.into());
        }
        for share in self.shares() {
            range::check("a stage's share", share, (1e-3, 1e3), "")?;
        }
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
enum LayoutError {
    #[error("a mixture of {found} stages: expected 1 to {MAX_STAGES}, each with a share above 0")]
    Stages { found: usize },
    #[error("a collection holds the stage `indeterminate`: name one of the five stages")]
    Indeterminate,
}

impl Detail for LayoutError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}
