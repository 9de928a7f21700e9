//! Several studies of one patient, in time: what changed, by how much, and how surely.
//!
//! Visits are compared by anatomy, not by registration. Each number of a report is already in the spine's own
//! coordinates (vertebral level, share of the canal, ratio to the cord), so reports are all that is needed, and a patient
//! who lies differently, or a grid that differs, changes nothing.
//!
//! ```
//! use hemastage::followup::{FollowUpOptions, Visit, followup};
//! # let report = std::fs::read_to_string("testdata/mixed/report.json")?;
//! // report: the text of a `report.json`
//! let visits = [Visit::from_json(&report)?.at_hours(0.0)?, Visit::without_hematoma().at_hours(480.0)?];
//! let found = followup(&visits, &FollowUpOptions::default())?;
//! assert_eq!(found.changes[0].complete, Some(true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod change;
mod error;
mod facts;
mod findings;
mod joint;
mod levels;
mod quantity;
mod rebleed;
mod record;
pub mod table;
mod time;
mod visit;
mod volume;

use std::collections::BTreeMap;

use hemastage_image::error::Result;

use self::change::changes;
pub use self::{
    change::{Against, ChangeRecord, StageChange},
    joint::{AgeRecord, JointRecord, JointVisit},
    levels::{CordChange, CordWord, LevelChange, LevelsChange},
    quantity::QuantityChange,
    rebleed::YoungerPhase,
    record::{FollowUp, SCHEMA, VisitCord, VisitLevel, VisitRecord},
    time::Timeline,
    visit::Visit,
    volume::{Absorbed, VolumeChange, VolumeWord},
};
use crate::{
    report::{DISCLAIMER, Software},
    vocabulary::criteria::Criteria,
};

/// Choices for [`followup`].
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct FollowUpOptions {
    /// The profile that the visits were staged by, where it is not built in.
    pub criteria: Option<Criteria>,
    /// Whether published rules for progression stand among the facts.
    pub rules: bool,
}

impl FollowUpOptions {
    /// Adds published rules for progression to the facts.
    pub fn with_rules(mut self) -> Self {
        self.rules = true;
        self
    }

    /// Sets the profile that the visits were staged by.
    pub fn with_criteria(mut self, criteria: Criteria) -> Self {
        self.criteria = Some(criteria);
        self
    }
}

/// Compares the visits of one patient.
///
/// Visits whose times are known are put in their order; others are taken as given, the oldest first.
///
/// # Units
/// Volumes in mm3, lengths in mm, times in hours since the first visit, rates in mL per day.
///
/// # Errors
/// `Parameter` for fewer than two visits, for two visits at the same time, and where only some visits have a time.
///
/// # Reference
/// What of it is published is cited at each part; the uncertainty of a volume and the joint age are this project's own.
pub fn followup(visits: &[Visit], options: &FollowUpOptions) -> Result<FollowUp> {
    Ok(Timeline::of(visits)?.followup(options))
}

fn compared(timeline: &Timeline<'_>, options: &FollowUpOptions) -> FollowUp {
    let (visits, hours) = (&timeline.visits[..], timeline.hours.as_deref());
    let mut reasons = BTreeMap::new();
    let changes = changes(visits, hours, &mut reasons);
    let mut found = findings::findings(timeline, &changes);
    let joint = joint::joint(visits, hours, &changes, options, &mut found);
    let joint = joint.map_err(|reason| reasons.insert("joint".into(), reason)).ok();
    if hours.is_none() {
        reasons.insert("visits.*.hours".into(), time::NO_TIME.into());
    }
    FollowUp {
        schema: SCHEMA.into(),
        software: Software::this(),
        disclaimer: DISCLAIMER.into(),
        visits: visits
            .iter()
            .enumerate()
            .map(|(n, visit)| VisitRecord::new(visit, hours.map(|hours| hours[n]), n, &mut reasons))
            .collect(),
        changes,
        joint,
        facts: facts::facts(options.rules),
        reasons,
        findings: found,
    }
}
