//! States of blood by their relaxation times, and the cord that they are compared with.

use hemastage_image::text::{MAX_NAME, checked};

use super::profile::{MAX_WEIGHT, check_source};
use crate::vocabulary::stage::Stage;

/// The field strengths that relaxation times are listed at (T), ...
const LISTED_TESLA: [f64; 2] = [1.5, 3.0];
/// ... and those between which they are read; beyond, the nearer end counts.
const MIN_TESLA: f64 = 1.0;
const MAX_TESLA: f64 = 3.2;

/// No relaxation time of tissue is longer.
const MAX_MS: f64 = 20_000.0;
const MAX_WATER: f64 = 10.0;
/// A factor of e.
const MAX_SPREAD: f64 = 1.0;
/// Each costs the same time in every study.
const MAX_STATES: usize = 32;

/// A relaxation time at two field strengths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ByField {
    /// At 1.5 T, ms.
    pub at_1_5_t: f64,
    /// At 3 T, ms.
    pub at_3_t: f64,
}

impl ByField {
    /// The time in a field of this strength: a power of it, from 1 to 3.2 T.
    ///
    /// # Units
    /// Tesla to ms.
    pub fn at(&self, tesla: f64) -> f64 {
        let [low, high] = LISTED_TESLA;
        let power = libm::log(tesla.clamp(MIN_TESLA, MAX_TESLA) / low) / libm::log(high / low);
        self.at_1_5_t * libm::pow(self.at_3_t / self.at_1_5_t, power)
    }

    fn check(self, what: &str) -> Result<(), String> {
        for (field, ms) in [("1.5 T", self.at_1_5_t), ("3 T", self.at_3_t)] {
            in_range(&format!("{what} at {field}"), ms, MAX_MS, " ms")?;
        }
        Ok(())
    }
}

/// How far a state varies from patient to patient: the standard deviation of the natural logarithm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Of T1.
    pub t1: f64,
    /// Of T2.
    pub t2: f64,
    /// Of the water content.
    pub water: f64,
}

/// A state of blood: what it is made of decides its relaxation times, and these its signal in any sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Its name.
    pub name: String,
    /// The stage it belongs to; one of the five.
    pub stage: Stage,
    /// How common it is among the states; relative.
    pub weight: f64,
    /// Longitudinal relaxation time.
    pub t1_ms: ByField,
    /// Transverse relaxation time.
    pub t2_ms: ByField,
    /// Proton density relative to the cord's.
    pub water: f64,
    /// How far these vary.
    pub spread: Spread,
    /// Where that is published, and what is assumed.
    pub source: String,
}

/// The part of a state that is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StatePart {
    Name,
    Stage,
    Weight,
    T1,
    T2,
    Water,
    Spread,
    Source,
}

impl State {
    pub(super) fn check(&self) -> Result<(), (StatePart, String)> {
        let at = |part| move |message| (part, message);
        self.check_name().map_err(at(StatePart::Name))?;
        self.check_stage().map_err(at(StatePart::Stage))?;
        in_range("the weight", self.weight, MAX_WEIGHT, "").map_err(at(StatePart::Weight))?;
        self.t1_ms.check("T1").map_err(at(StatePart::T1))?;
        self.t2_ms.check("T2").map_err(at(StatePart::T2))?;
        in_range("the water", self.water, MAX_WATER, "").map_err(at(StatePart::Water))?;
        self.spread.check().map_err(at(StatePart::Spread))?;
        check_source("the source", &self.source).map_err(at(StatePart::Source))
    }

    fn check_name(&self) -> Result<(), String> {
        if self.name.trim().is_empty() {
            return Err("the name is empty: give the state a name".into());
        }
        checked("the name", &self.name, MAX_NAME).map_err(|error| error.to_string())
    }

    fn check_stage(&self) -> Result<(), String> {
        if Stage::FIVE.contains(&self.stage) {
            return Ok(());
        }
        Err(format!("a state of `{}`: expected one of the five stages", self.stage.key()))
    }
}

impl Spread {
    fn check(&self) -> Result<(), String> {
        for (what, spread) in [("T1", self.t1), ("T2", self.t2), ("water", self.water)] {
            if !(0.0..=MAX_SPREAD).contains(&spread) {
                return Err(format!("the spread of {what} is {spread}: expected 0 to {MAX_SPREAD}"));
            }
        }
        Ok(())
    }
}

/// The relaxation times of the cord.
#[derive(Debug, Clone, PartialEq)]
pub struct Cord {
    /// Longitudinal relaxation time.
    pub t1_ms: ByField,
    /// Transverse relaxation time.
    pub t2_ms: ByField,
    /// Where these are published.
    pub source: String,
}

impl Cord {
    pub(super) fn check(&self) -> Result<(), String> {
        self.t1_ms.check("T1")?;
        self.t2_ms.check("T2")?;
        check_source("the source", &self.source)
    }
}

/// The states of blood of a profile, and the cord: all that the signal of a stage is computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct Blood {
    /// What blood is compared with.
    pub cord: Cord,
    /// The states; at least one for each of the five stages.
    pub states: Vec<State>,
}

impl Blood {
    /// The sum of the weights of a stage's states.
    pub fn weight(&self, stage: Stage) -> f64 {
        self.states.iter().filter(|state| state.stage == stage).map(|state| state.weight).sum()
    }

    pub(super) fn check_complete(&self) -> Result<(), String> {
        if self.states.len() > MAX_STATES {
            return Err(format!("{} states: expected at most {MAX_STATES}", self.states.len()));
        }
        let missing =
            Stage::FIVE.into_iter().find(|&stage| self.states.iter().all(|state| state.stage != stage));
        missing.map_or(Ok(()), |stage| {
            Err(format!("no state of `{}`: expected at least one for each of the five stages", stage.key()))
        })
    }
}

/// Checks that a value is above 0 and at most `max`.
fn in_range(what: &str, value: f64, max: f64, unit: &str) -> Result<(), String> {
    if value.is_normal() && (0.0..=max).contains(&value) {
        return Ok(());
    }
    Err(format!("{what} is {value}{unit}: expected more than 0 and at most {max}{unit}"))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn times_follow_a_power_of_the_field() {
        let times = ByField { at_1_5_t: 800.0, at_3_t: 1000.0 };
        assert_relative_eq!(times.at(1.5), 800.0, max_relative = 1e-12);
        assert_relative_eq!(times.at(3.0), 1000.0, max_relative = 1e-12);
        // halfway on a log scale
        assert_relative_eq!(times.at(4.5_f64.sqrt()), 800_000_f64.sqrt(), max_relative = 1e-12);
        assert_eq!((times.at(0.2), times.at(7.0)), (times.at(1.0), times.at(3.2)));
        assert!(times.at(1.0) < 800.0 && times.at(3.2) > 1000.0);
    }
}
