//! Patients whose blood ages: calls alone and together.

use std::fmt;

use hemastage::{
    Result, StageOptions,
    followup::{FollowUp, FollowUpOptions, JointVisit, Visit, followup},
    stage,
    stage::Stage,
};
use hemastage_phantom::{Collection, Extent, Layout, PhantomOptions, TissueValues, phantom};
use rayon::prelude::*;

use crate::patients::study;

const HOURS: [f64; 3] = [0.0, 72.0, 240.0];
/// From which age on blood is in the next stage, by the middle of published windows.
const BORDERS: [f64; 4] = [24.0, 72.0, 168.0, 336.0];
/// How far the clocks of patients differ, of the logarithm.
const CLOCK_SD: f64 = 0.4;
/// The oldest bleed at the first visit, hours.
const MAX_AGE: f64 = 1000.0;

/// How blood ages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clocks {
    /// As the windows say.
    Windows,
    /// Half of the visits have any stage.
    HalfArbitrary,
}

/// How many calls are right.
pub(crate) struct Calls {
    clocks: Clocks,
    patients: usize,
    visits: usize,
    alone: usize,
    together: usize,
    ages: usize,
    /// Per patient, how many calls more are right together.
    gains: Vec<f64>,
}

impl fmt::Display for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.clocks {
            Clocks::Windows => "follow the windows",
            Clocks::HalfArbitrary => "half arbitrary",
        };
        let share = |n: usize| n as f64 / self.visits as f64;
        let difference = 100.0 * (share(self.together) - share(self.alone));
        let mean = self.gains.iter().sum::<f64>() / self.gains.len() as f64;
        let squares: f64 = self.gains.iter().map(|gain| (gain - mean).powi(2)).sum();
        let error = 100.0 * squares.sqrt() / self.visits as f64;
        let ages = format!("{} of {}", self.ages, self.patients);
        write!(
            f,
            "| {name} | {} | {:.2} | {:.2} | {difference:+.0} ± {error:.1} | {ages} |",
            self.visits,
            share(self.alone),
            share(self.together)
        )
    }
}

/// The calls of many patients.
pub(crate) fn score(clocks: Clocks, patients: u64) -> Result<Calls> {
    let all: Vec<Option<(FollowUp, [Stage; 3], f64)>> =
        (0..patients).into_par_iter().map(|n| patient(clocks, n)).collect::<Result<_>>()?;
    let mut calls =
        Calls { clocks, patients: 0, visits: 0, alone: 0, together: 0, ages: 0, gains: Vec::new() };
    for (found, truth, age) in all.into_iter().flatten() {
        let Some(joint) = &found.joint else { continue };
        calls.patients += 1;
        let quantiles = &joint.bleed_age_hours;
        calls.ages += usize::from((quantiles.p05..=quantiles.p95).contains(&age));
        let right = |of: fn(&JointVisit) -> Stage| {
            joint.visits.iter().filter(|visit| of(visit) == truth[visit.visit]).count()
        };
        let (alone, together) = (right(|visit| visit.alone), right(|visit| visit.joint));
        calls.visits += joint.visits.len();
        calls.alone += alone;
        calls.together += together;
        calls.gains.push(together as f64 - alone as f64);
    }
    Ok(calls)
}

fn patient(clocks: Clocks, n: u64) -> Result<Option<(FollowUp, [Stage; 3], f64)>> {
    let mut random = fastrand::Rng::with_seed(7000 + n);
    let age = (random.f64() * MAX_AGE.ln()).exp();
    let normal = |random: &mut fastrand::Rng| {
        let (u, v) = (1.0 - random.f64(), random.f64());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    };
    let clock = (CLOCK_SD * normal(&mut random)).exp();
    let mut truth = [Stage::Acute; 3];
    let mut visits = Vec::new();
    for (k, hours) in HOURS.into_iter().enumerate() {
        let blood_age = (age + hours) * clock;
        let by_age = Stage::FIVE[BORDERS.iter().filter(|&&border| blood_age >= border).count()];
        let is_arbitrary = clocks == Clocks::HalfArbitrary && random.bool();
        truth[k] = if is_arbitrary { Stage::FIVE[random.usize(0..5)] } else { by_age };
        let clot = Collection::new(Extent::Levels { first: 3, last: 4 })
            .with_thickness_mm(5.0)
            .with_layout(Layout::Single(truth[k]));
        let options = PhantomOptions::small()
            .with_seed(n * 3 + k as u64)
            .with_values(TissueValues::Drawn { off: 0.0 })
            .with_collections([clot]);
        let report = stage(&study(&phantom(&options)?, false)?, &StageOptions::default())?.report;
        visits.push(Visit::new(&report).at_hours(hours)?);
    }
    let found = followup(&visits, &FollowUpOptions::default())?;
    Ok(Some((found, truth, age)))
}
