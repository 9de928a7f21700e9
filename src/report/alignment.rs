//! How far T1 lies off T2.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NOT_REQUESTED;
use crate::{
    steps::align::AlignOutcome,
    vocabulary::round::{rounded, rounded_mm},
};

/// Where the anatomy of T1 lies relative to that of T2, by the cord and the fluid around it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct AlignmentRecord {
    /// Toward the patient's left, along the scanner's axis.
    pub left_mm: f64,
    /// Toward the patient's front.
    pub front_mm: f64,
    /// Toward the patient's head: always null.
    pub along_mm: Option<f64>,
    /// Correlation of both images around the cord with the shift undone; negative where they show the same.
    pub correlation: f64,
    /// The same without a shift.
    pub correlation_unmoved: f64,
    /// Points around the cord that it was measured at.
    pub points: usize,
    /// Whether T1 was sampled with the shift undone.
    pub undone: bool,
}

impl AlignmentRecord {
    pub(super) fn new(
        outcome: Option<&AlignOutcome>,
        reasons: &mut BTreeMap<String, String>,
    ) -> Option<Self> {
        match outcome.map(|outcome| &outcome.found) {
            None => reasons.insert("alignment".into(), NOT_REQUESTED.into()),
            Some(Err(reason)) => reasons.insert("alignment".into(), (*reason).into()),
            Some(Ok(_)) => {
                let reason = "along the spine cord and fluid look alike";
                reasons.insert("alignment.along_mm".into(), reason.into())
            }
        };
        let outcome = outcome?;
        let found = outcome.alignment()?;
        Some(Self {
            left_mm: rounded_mm(found.left_mm),
            front_mm: rounded_mm(found.front_mm),
            along_mm: None,
            correlation: rounded(found.correlation),
            correlation_unmoved: rounded(found.correlation_unmoved),
            points: found.points,
            undone: outcome.undone().is_some(),
        })
    }
}
