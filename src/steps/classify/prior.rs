//! What the time since the bleed says about the stage, before the signal is seen.

use crate::vocabulary::{
    criteria::{Criteria, Window},
    stage::Stage,
    units::Onset,
};

/// Width of a window's edges on the scale of log hours.
const EDGE_WIDTH: f64 = 0.25;
/// Lower bound on the probability of a stage, whatever the time.
const FLOOR: f64 = 0.05;

/// The probability of each stage from the time since one or more bleeds, by a profile. It keeps both.
#[derive(Debug, Clone, PartialEq)]
pub struct Prior {
    criteria: Criteria,
    onsets: Vec<Onset>,
    stages: [f64; 5],
    events: Vec<[f64; 5]>,
}

impl Prior {
    /// The prior of the onsets: uniform without one, else the mean over the events.
    ///
    /// # Reference
    /// Windows are the profile's; their edges are logistic in the log of time.
    pub fn new(criteria: &Criteria, onsets: &[Onset]) -> Self {
        let events: Vec<[f64; 5]> =
            onsets.iter().map(|onset| stages_at(criteria, onset.hours(), EDGE_WIDTH)).collect();
        let mean = |s: usize| events.iter().map(|event| event[s]).sum::<f64>() / events.len() as f64;
        let stages = if events.is_empty() { [0.2; 5] } else { std::array::from_fn(mean) };
        Self { criteria: criteria.clone(), onsets: onsets.to_vec(), stages, events }
    }

    /// The profile.
    pub fn criteria(&self) -> &Criteria {
        &self.criteria
    }

    /// When the bleeding began, one onset per event.
    pub fn onsets(&self) -> &[Onset] {
        &self.onsets
    }

    /// The probability of a stage; of indeterminate, the mean of the five.
    pub fn of(&self, stage: Stage) -> f64 {
        self.stages.get(stage.index()).copied().unwrap_or_else(|| self.stages.iter().sum::<f64>() / 5.0)
    }

    /// The share of each event in explaining a phase of this stage; sums to 1, empty without onsets.
    pub fn event_shares(&self, stage: Stage) -> Vec<f64> {
        let Some(values) =
            self.events.iter().map(|event| event.get(stage.index()).copied()).collect::<Option<Vec<_>>>()
        else {
            return Vec::new();
        };
        let sum: f64 = values.iter().sum();
        values.into_iter().map(|value| value / sum).collect()
    }
}

/// The probability of each of the five stages at an age in hours, with edges of this width on the scale of log hours.
pub(crate) fn stages_at(criteria: &Criteria, hours: f64, edge_width: f64) -> [f64; 5] {
    let membership: [f64; 5] =
        std::array::from_fn(|s| membership(criteria.stages[s].window, hours, edge_width));
    let sum: f64 = membership.iter().sum();
    let share = membership.map(|m| if sum > 0.0 { m / sum } else { 0.2 });
    let floored = share.map(|p| p.max(FLOOR));
    let sum: f64 = floored.iter().sum();
    floored.map(|p| p / sum)
}

/// How well an age fits a window; an edge of 0 or `None` always fits.
fn membership(window: Window, hours: f64, edge_width: f64) -> f64 {
    let log_hours = hours.ln();
    let logistic = |x: f64| 1.0 / (1.0 + (-x / edge_width).exp());
    let after = window.from.filter(|&from| from > 0.0).map_or(1.0, |from| logistic(log_hours - from.ln()));
    let before = window.to.map_or(1.0, |to| logistic(to.ln() - log_hours));
    after * before
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prior(hours: &[f64]) -> Prior {
        let onsets: Vec<Onset> = hours.iter().map(|&h| Onset::from_hours(h).unwrap()).collect();
        Prior::new(&Criteria::built_in("spinal").unwrap(), &onsets)
    }

    #[test]
    fn without_an_onset_all_stages_are_alike() {
        assert!(Stage::ALL.iter().all(|&stage| (prior(&[]).of(stage) - 0.2).abs() < 1e-15));
        assert!(prior(&[]).event_shares(Stage::Acute).is_empty());
    }

    #[test]
    fn the_middle_of_a_window_favors_its_stage() {
        // by hand at 36 h: hyperacute 1/(1+(36/24)^4) = 0.16495, acute 0.83505 x 0.94118 = 0.78593,
        // early subacute 1/(1+(72/36)^4) x 0.99789 = 0.05870, the others below the floor of 0.05
        let found = prior(&[36.0]);
        let raw = [0.164_948_45, 0.785_930_87, 0.058_699_52, 0.002_103_72, 0.000_131_46];
        let sum: f64 = raw.iter().sum();
        let floored: Vec<f64> = raw.iter().map(|m| (m / sum).max(0.05)).collect();
        let sum: f64 = floored.iter().sum();
        for (stage, expected) in Stage::FIVE.into_iter().zip(floored) {
            assert!(
                (found.of(stage) - expected / sum).abs() < 1e-4,
                "{stage} {} {}",
                found.of(stage),
                expected / sum
            );
        }
        assert!((Stage::FIVE.map(|s| found.of(s)).iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn extremes_stay_finite() {
        assert!(prior(&[0.0]).of(Stage::Hyperacute) > 0.8);
        assert!(prior(&[1e6]).of(Stage::Chronic) > 0.8);
        let two = prior(&[2.0, 1000.0]);
        assert!(two.event_shares(Stage::Hyperacute)[0] > 0.9 && two.event_shares(Stage::Chronic)[1] > 0.9);
    }
}
