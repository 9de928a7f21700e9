//! One bleed has one age: what all visits say together.
//!
//! The age at the first visit is unknown within what an onset says of it, or within two years; the time between visits is
//! known. An age is probable when each visit's signal fits the stages that blood has at that visit's age.

use hemastage_image::finding::Finding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ChangeRecord, FollowUpOptions,
    time::NO_TIME,
    visit::{Visit, VisitCriteria},
};
use crate::{
    steps::classify::stages_at,
    vocabulary::{criteria::Criteria, per_stage::PerStage, round::rounded, stage::Stage},
};

/// The grid of ages: from an hour to two years, in equal steps of the logarithm.
const MAX_AGE_HOURS: f64 = 2.0 * 365.25 * 24.0;
const LOG_STEP: f64 = 0.05;

/// Width of the stages' windows on the scale of log hours: clocks of blood differ between patients, so wider than the prior
/// of one study.
const EDGE_WIDTH: f64 = 0.5;

/// Without an onset, the five stages' ages are alike probable: these are their bounds in hours.
const AGES: [f64; 6] = [1.0, 24.0, 72.0, 168.0, 336.0, 4032.0];

/// How far an onset may be off, on the scale of log hours.
const ONSET_SD: f64 = 0.4;

/// The age of the bleed and the stages, by all visits together, if this is one bleed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct JointRecord {
    /// Hours from the bleed to the first visit.
    pub bleed_age_hours: AgeRecord,
    /// The visits with a hematoma, in the order of time.
    pub visits: Vec<JointVisit>,
}

/// Quantiles of an age.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub struct AgeRecord {
    pub p05: f64,
    pub p50: f64,
    pub p95: f64,
}

/// The stage of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct JointVisit {
    /// The visit, by its place in `visits`, counted from 0.
    pub visit: usize,
    /// Its stage by itself.
    pub alone: Stage,
    /// Its most probable stage by all visits together.
    pub joint: Stage,
    /// The probability of each stage by all visits together.
    pub probabilities: PerStage<f64>,
    /// Whether the two stages differ.
    pub changed: bool,
}

/// A visit with a hematoma.
struct StagedVisit<'a> {
    /// Its place among all.
    n: usize,
    call: Stage,
    criteria: &'a VisitCriteria,
}

impl<'a> StagedVisit<'a> {
    fn of(n: usize, visit: &'a Visit) -> Option<Self> {
        let (report, study) = visit.report.as_ref().zip(visit.study.as_ref())?;
        Some(Self { n, call: report.stage.call, criteria: &study.criteria })
    }
}

/// What all visits say together, or why they can't.
pub(super) fn joint(
    visits: &[&Visit],
    hours: Option<&[f64]>,
    changes: &[ChangeRecord],
    options: &FollowUpOptions,
    findings: &mut Vec<Finding>,
) -> Result<JointRecord, String> {
    let hours = hours.ok_or(NO_TIME)?;
    let staged: Vec<StagedVisit<'_>> =
        visits.iter().enumerate().filter_map(|(n, visit)| StagedVisit::of(n, visit)).collect();
    if staged.len() < 2 {
        return Err("fewer than two visits show a hematoma".into());
    }
    if changes.iter().any(ChangeRecord::suggests_rebleed) {
        return Err("the visits suggest renewed bleeding, so that there may be more than one age".into());
    }
    if staged.iter().any(|visit| visit.criteria.onset_hours.len() > 1) {
        return Err("more than one bleeding event was given".into());
    }
    let criteria = criteria(&staged, options)?;
    let likelihoods: Vec<[f64; 5]> = staged
        .iter()
        .map(|visit| visits[visit.n].likelihood())
        .collect::<Option<_>>()
        .ok_or("a report does not give the likelihood of its stages: stage that study again")?;

    let ages = ages();
    // per age, the stages of each visit, weighted by its signal
    let weighted: Vec<Vec<[f64; 5]>> = ages
        .iter()
        .map(|&age| {
            let at = |(visit, likelihood): (&StagedVisit<'_>, &[f64; 5])| {
                let expected = stages_at(&criteria, age + hours[visit.n], EDGE_WIDTH);
                std::array::from_fn(|s| expected[s] * likelihood[s])
            };
            staged.iter().zip(&likelihoods).map(at).collect()
        })
        .collect();
    let prior = prior(&ages, onset(&staged, hours, findings));
    let evidence =
        |stages: &Vec<[f64; 5]>| stages.iter().map(|visit| visit.iter().sum::<f64>()).product::<f64>();
    let mut posterior: Vec<f64> =
        prior.iter().zip(&weighted).map(|(p, stages)| p * evidence(stages)).collect();
    let sum: f64 = posterior.iter().sum();
    for p in &mut posterior {
        *p /= sum;
    }

    let visit = |(k, &StagedVisit { n, call: alone, .. }): (usize, &StagedVisit<'_>)| {
        let mut total = [0.0; 5];
        for (p, stages) in posterior.iter().zip(&weighted) {
            let here: f64 = stages[k].iter().sum();
            total.iter_mut().zip(stages[k]).for_each(|(total, weight)| *total += p * weight / here);
        }
        let probabilities =
            PerStage::from_fn(|stage| rounded(total.get(stage.index()).copied().unwrap_or(0.0)));
        let joint = Stage::FIVE.into_iter().fold(Stage::FIVE[0], |best, stage| {
            if probabilities[stage] > probabilities[best] { stage } else { best }
        });
        JointVisit { visit: n, alone, joint, probabilities, changed: joint != alone }
    };
    Ok(JointRecord {
        bleed_age_hours: AgeRecord {
            p05: quantile(&ages, &posterior, 0.05),
            p50: quantile(&ages, &posterior, 0.5),
            p95: quantile(&ages, &posterior, 0.95),
        },
        visits: staged.iter().enumerate().map(visit).collect(),
    })
}

/// The profile that all visits were staged by.
fn criteria(staged: &[StagedVisit<'_>], options: &FollowUpOptions) -> Result<Criteria, String> {
    let first = staged[0].criteria;
    let is_alike = |visit: &StagedVisit<'_>| {
        (&visit.criteria.name, &visit.criteria.sha256) == (&first.name, &first.sha256)
    };
    if !staged.iter().all(is_alike) {
        return Err("the visits were staged by several criteria profiles".into());
    }
    let is_theirs = |found: &Criteria| match &first.sha256 {
        Some(sha256) => sha256 == found.sha256(),
        None => found.name == first.name,
    };
    let built_in = Criteria::built_in(&first.name).ok();
    options
        .criteria
        .iter()
        .cloned()
        .chain(built_in)
        .find(is_theirs)
        .ok_or_else(|| "the profile that the visits were staged by is not built in: give it".into())
}

fn ages() -> Vec<f64> {
    let steps = (MAX_AGE_HOURS.ln() / LOG_STEP).round() as usize;
    (0..=steps).map(|n| libm::exp(n as f64 * LOG_STEP)).collect()
}

/// The age at the first visit by the earliest onset, and a finding where a later one contradicts it.
fn onset(staged: &[StagedVisit<'_>], hours: &[f64], findings: &mut Vec<Finding>) -> Option<f64> {
    let mut of_first = staged
        .iter()
        .filter_map(|visit| Some((visit.n, visit.criteria.onset_hours.first()? - hours[visit.n])));
    let (_, first) = of_first.next()?;
    if first < 0.0 {
        findings.push(Finding::warning(
            "onset_after_visit",
            format!(
                "by the onset the bleed was {:.0} h after the first visit, which shows a hematoma: check onsets and times",
                -first
            ),
        ));
    }
    for (n, other) in of_first {
        let (a, b) = (first.max(1.0), other.max(1.0));
        if (a / b).ln().abs() > ONSET_SD {
            findings.push(Finding::warning(
                "onsets_differ",
                format!(
                    "by the onset of visit {} the bleed was {b:.0} h before the first visit, by an earlier visit's {a:.0} h: check onsets and times; the earlier one is used",
                    n + 1
                ),
            ));
        }
    }
    Some(first)
}

fn prior(ages: &[f64], onset: Option<f64>) -> Vec<f64> {
    let weight = |&age: &f64| match onset {
        Some(onset) => {
            let z = (age.ln() - onset.max(1.0).ln()) / ONSET_SD;
            (-0.5 * z * z).exp()
        }
        None => AGES.windows(2).find(|band| (band[0]..band[1]).contains(&age)).map_or(0.0, |band| {
            1.0 / ages.iter().filter(|age| (band[0]..band[1]).contains(age)).count() as f64
        }),
    };
    let weights: Vec<f64> = ages.iter().map(weight).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// The first age by which so much of the probability is reached.
fn quantile(ages: &[f64], probabilities: &[f64], share: f64) -> f64 {
    let mut reached = 0.0;
    let is_reached = |p: &f64| {
        reached += p;
        reached >= share
    };
    let n = probabilities.iter().position(is_reached).unwrap_or(ages.len() - 1);
    rounded(ages[n])
}
