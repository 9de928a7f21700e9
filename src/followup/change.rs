//! What changed between two visits.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    levels::{CordChange, LevelsChange, NO_LEVELS, cord},
    quantity::QuantityChange,
    rebleed::{MIN_YOUNGER, YoungerPhase, younger, younger_phase},
    time::NO_TIME,
    visit::{Visit, VisitReport},
    volume::{Absorbed, NO_SURFACE, VolumeChange, VolumeWord},
};
use crate::vocabulary::{round::rounded, stage::Stage};

/// The visit that another is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Against {
    /// The one before.
    Previous,
    /// The first.
    First,
    /// The earlier one with the largest hematoma.
    Largest,
}

impl Against {
    /// The name in reports: `previous`, `first` or `largest`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::First => "first",
            Self::Largest => "largest",
        }
    }
}

/// What changed from one visit to a later one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ChangeRecord {
    /// The earlier visit, by its place in `visits`, counted from 0.
    pub from: usize,
    /// The later one.
    pub to: usize,
    /// What the earlier one is to the later: `previous`, `first` or `largest`.
    pub against: Against,
    /// Hours between them.
    pub hours: Option<f64>,
    /// The volume.
    pub volume: VolumeChange,
    /// The share of it that is gone.
    pub absorbed: Option<Absorbed>,
    /// Whether no hematoma is left; null when there was none.
    pub complete: Option<bool>,
    /// The vertebral levels.
    pub levels: Option<LevelsChange>,
    /// Largest AP thickness, mm.
    pub thickness_ap: QuantityChange,
    /// Largest canal occupancy by area.
    pub occupancy_area: QuantityChange,
    /// Largest canal occupancy by AP diameter.
    pub occupancy_ap: QuantityChange,
    /// Largest displacement of the cord, mm.
    pub displacement: QuantityChange,
    /// The cord's T2 signal at the levels that both visits measured.
    pub cord_t2: Option<Vec<CordChange>>,
    /// The stage.
    pub stage: StageChange,
    /// Whether the hematoma is certainly larger, which suggests renewed bleeding.
    pub grew: Option<bool>,
    /// Whether its blood is probably two stages or more younger, which suggests renewed bleeding.
    pub younger_than_before: Option<bool>,
    /// The probability of that, by the main phases.
    pub rebleed_q: Option<f64>,
    /// The same for the later phase that is most probably younger than all blood that was at its levels before.
    pub younger_phase: Option<YoungerPhase>,
}

/// The stage at two visits; null where no hematoma was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct StageChange {
    /// At the earlier visit.
    pub from: Option<Stage>,
    /// At the later one.
    pub to: Option<Stage>,
}

const NOTHING: &str = "no hematoma was seen at one of the visits";

/// The changes to each visit but the first.
pub(super) fn changes(
    visits: &[&Visit],
    hours: Option<&[f64]>,
    reasons: &mut BTreeMap<String, String>,
) -> Vec<ChangeRecord> {
    let mut changes = Vec::new();
    for to in 1..visits.len() {
        let largest = (0..to)
            .fold(0, |best, n| if visits[n].volume_mm3() > visits[best].volume_mm3() { n } else { best });
        let mut taken = Vec::new();
        for (against, from) in [(Against::Previous, to - 1), (Against::First, 0), (Against::Largest, largest)]
        {
            if !taken.contains(&from) {
                taken.push(from);
                let change = ChangeRecord::new(visits, (from, to), against, hours);
                change.explain(changes.len(), visits, reasons);
                changes.push(change);
            }
        }
    }
    changes
}

impl ChangeRecord {
    fn new(visits: &[&Visit], (from, to): (usize, usize), against: Against, times: Option<&[f64]>) -> Self {
        let (earlier, later) = (visits[from], visits[to]);
        let hours = times.map(|hours| hours[to] - hours[from]);
        let volume = VolumeChange::new(earlier, later, hours);
        let quantity = |of: &dyn Fn(&VisitReport) -> Option<f64>| {
            let [from, to] = [earlier, later].map(|visit| visit.report.as_ref().and_then(of));
            QuantityChange::new(from, to)
        };
        let rebleed_q = earlier.likelihood().zip(later.likelihood()).map(|(a, b)| rounded(younger(&a, &b)));
        let younger_phase = younger_phase(earlier, later);
        let is_younger = |q: f64| q > MIN_YOUNGER;
        let by_phases = younger_phase.as_ref().is_some_and(|phase| is_younger(phase.q));
        let call = |visit: &Visit| visit.report.as_ref().map(|report| report.stage.call);
        Self {
            from,
            to,
            against,
            hours: hours.map(rounded),
            absorbed: Absorbed::new(earlier, later),
            complete: earlier.report.as_ref().map(|_| later.report.is_none()),
            levels: LevelsChange::new(earlier, later),
            thickness_ap: quantity(&|report| Some(report.shape.thickness_ap.as_ref()?.value)),
            occupancy_area: quantity(&|report| Some(report.shape.occupancy_area.as_ref()?.value)),
            occupancy_ap: quantity(&|report| Some(report.shape.occupancy_ap.as_ref()?.value)),
            displacement: quantity(&|report| Some(report.shape.displacement?.mm)),
            cord_t2: cord(earlier, later),
            stage: StageChange { from: call(earlier), to: call(later) },
            grew: volume.word.map(|word| word == VolumeWord::Larger),
            younger_than_before: rebleed_q.map(|q| is_younger(q) || by_phases),
            rebleed_q,
            younger_phase,
            volume,
        }
    }

    /// Whether it suggests renewed bleeding.
    pub(super) fn suggests_rebleed(&self) -> bool {
        self.grew == Some(true) || self.younger_than_before == Some(true)
    }

    /// Adds the reason for each null.
    fn explain(&self, n: usize, visits: &[&Visit], reasons: &mut BTreeMap<String, String>) {
        let mut because = |key: &str, is_null: bool, reason: &str| {
            if is_null {
                reasons.insert(format!("changes[{n}].{key}"), reason.into());
            }
        };
        let all_seen = [self.from, self.to].iter().all(|&visit| visits[visit].report.is_some());
        let lacking = |what: &'static str| if all_seen { what } else { NOTHING };
        because("hours", self.hours.is_none(), NO_TIME);
        let volume = &self.volume;
        for (key, is_null) in [
            ("volume.sigma_mm3", volume.sigma_mm3.is_none()),
            ("volume.interval_mm3", volume.interval_mm3.is_none()),
            ("volume.certain", volume.certain.is_none()),
            ("volume.word", volume.word.is_none()),
            ("absorbed.interval", self.absorbed.is_some_and(|absorbed| absorbed.interval.is_none())),
            ("grew", self.grew.is_none()),
        ] {
            because(key, is_null, NO_SURFACE);
        }
        because("volume.percent", volume.percent.is_none(), "no hematoma was seen at the earlier visit");
        let rate = if self.hours.is_none() { NO_TIME } else { "the difference is not certain" };
        because("volume.per_day", volume.per_day.is_none(), rate);
        for (key, is_null) in [("absorbed", self.absorbed.is_none()), ("complete", self.complete.is_none())] {
            because(key, is_null, "no hematoma was seen at the earlier visit");
        }
        because("levels", self.levels.is_none(), NO_LEVELS);
        for (key, quantity) in [
            ("thickness_ap", &self.thickness_ap),
            ("occupancy_area", &self.occupancy_area),
            ("occupancy_ap", &self.occupancy_ap),
            ("displacement", &self.displacement),
        ] {
            because(&format!("{key}.*"), quantity.difference.is_none(), lacking("a report does not give it"));
        }
        let has_studies = [self.from, self.to].iter().all(|&visit| visits[visit].study.is_some());
        let no_cord = if has_studies { "a report does not give it" } else { NOTHING };
        because("cord_t2", self.cord_t2.is_none(), no_cord);
        because("stage.*", !all_seen, NOTHING);
        because(
            "younger_phase",
            self.younger_phase.is_none(),
            lacking("a report does not give levels or phases, or no level has phases at both visits"),
        );
        for (key, is_null) in [
            ("younger_than_before", self.younger_than_before.is_none()),
            ("rebleed_q", self.rebleed_q.is_none()),
        ] {
            because(key, is_null, lacking("a report does not give the likelihood of its stages"));
        }
    }
}
