//! What a profile is made of, and what each part must be.

use hemastage_image::{
    error::Result,
    text::{MAX_NAME, MAX_SOURCE, checked, quoted},
};

use super::{Criteria, error::ProfileError, states::Blood};
use crate::vocabulary::{
    stage::{SignalLevel, Stage},
    units::Onset,
};

/// Weights are relative; far larger ones would only lose the smaller in rounding.
pub(super) const MAX_WEIGHT: f64 = 1e6;

/// Maximum length of the code of a finding.
const MAX_CODE: usize = 40;

/// The ratios that part hypo, iso and hyper on one contrast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Darker than the reference below this ratio.
    pub hypo_below: f64,
    /// Brighter than the reference above this ratio.
    pub hyper_above: f64,
}

impl Thresholds {
    pub(super) fn check(&self) -> Result<(), String> {
        let Self { hypo_below, hyper_above } = *self;
        if 0.0 < hypo_below && hypo_below < hyper_above && hyper_above.is_finite() {
            return Ok(());
        }
        Err(format!(
            "hypo_below is {hypo_below} and hyper_above is {hyper_above}: expected 0 < hypo_below < hyper_above"
        ))
    }

    /// The signal level of a ratio; a ratio on a threshold is iso.
    pub fn level(&self, ratio: f64) -> SignalLevel {
        if ratio < self.hypo_below {
            SignalLevel::Hypo
        } else if ratio > self.hyper_above {
            SignalLevel::Hyper
        } else {
            SignalLevel::Iso
        }
    }
}

/// The hours after a bleed in which a stage is expected: `from` inclusive, `to` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Window {
    /// First hour; `None` or 0 when the stage begins with the bleed.
    pub from: Option<f64>,
    /// Hour by which the next stage has begun; `None` when it lasts.
    pub to: Option<f64>,
}

impl Window {
    pub(super) fn check(&self) -> Result<(), String> {
        let start = self.from.unwrap_or(0.0);
        if start.is_finite() && start >= 0.0 && self.to.is_none_or(|to| to.is_finite() && to > start) {
            return Ok(());
        }
        let to = self.to.map_or_else(|| "open".into(), |to| to.to_string());
        Err(format!("the window is {start} to {to} hours: expected 0 <= from < to"))
    }

    /// Whether a bleed of this age is in the window.
    pub fn holds(&self, onset: Onset) -> bool {
        self.from.is_none_or(|from| onset.hours() >= from) && self.to.is_none_or(|to| onset.hours() < to)
    }

    /// Whether the window is over at this age.
    pub fn ended_by(&self, onset: Onset) -> bool {
        self.to.is_some_and(|to| to <= onset.hours())
    }
}

/// A pair of signal levels that a stage can show.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// Level on T1.
    pub t1: SignalLevel,
    /// Level on T2.
    pub t2: SignalLevel,
    /// How typical it is of the stage.
    pub weight: f64,
    /// Where that is published.
    pub source: String,
}

impl Pattern {
    pub(super) fn check(&self) -> Result<(), String> {
        if (0.0..=MAX_WEIGHT).contains(&self.weight) {
            return check_source("the source", &self.source);
        }
        Err(format!("the weight is {}: expected 0 to {MAX_WEIGHT}", self.weight))
    }
}

/// One stage's window and patterns.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StageRule {
    /// When the stage is expected.
    pub window: Window,
    /// How it looks.
    pub patterns: Vec<Pattern>,
}

impl StageRule {
    pub(super) fn check(&self) -> Result<(), String> {
        self.window.check()?;
        for (n, pattern) in self.patterns.iter().enumerate() {
            pattern.check()?;
            self.check_listed_once(n)?;
        }
        Ok(())
    }

    /// Refuses the n-th pattern if one before it has the same levels.
    pub(super) fn check_listed_once(&self, n: usize) -> Result<(), String> {
        let levels = |pattern: &Pattern| (pattern.t1, pattern.t2);
        let (t1, t2) = levels(&self.patterns[n]);
        if self.patterns[..n].iter().any(|known| levels(known) == (t1, t2)) {
            return Err(format!("the pattern {t1}/{t2} is listed twice for this stage"));
        }
        Ok(())
    }
}

/// A known look that mixes two or more stages and is read as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// The stages it mixes, in order.
    pub stages: Vec<Stage>,
    /// The T1 level of the whole hematoma.
    pub t1: SignalLevel,
    /// The share of the core that the last of the stages must reach.
    pub last_share: f64,
    /// The stage it is read as.
    pub call: Stage,
    /// Where that is published.
    pub source: String,
}

impl Mixture {
    pub(super) fn check(&self) -> Result<(), String> {
        if !in_order_of_age(&self.stages) {
            return Err("the mixture's stages: expected two or more, in order of age".into());
        }
        self.check_call()?;
        if !(0.0..=1.0).contains(&self.last_share) {
            return Err(format!("last_share is {}: expected 0 to 1", self.last_share));
        }
        check_source("the source", &self.source)
    }

    pub(super) fn check_call(&self) -> Result<(), String> {
        if self.stages.contains(&self.call) {
            return Ok(());
        }
        Err(format!("the mixture is read as `{}`: expected one of its stages", self.call.key()))
    }
}

/// Stages that the signal alone does not part.
#[derive(Debug, Clone, PartialEq)]
pub struct Ambiguity {
    /// The code of the finding.
    pub code: String,
    /// The stages that cannot be told apart.
    pub stages: Vec<Stage>,
    /// The probability that each of them must reach, without an onset.
    pub min_probability: f64,
    /// Why.
    pub source: String,
}

impl Ambiguity {
    pub(super) fn check(&self) -> Result<(), String> {
        if !in_order_of_age(&self.stages) {
            return Err("the ambiguity's stages: expected two or more, in order of age".into());
        }
        check_code(&self.code)?;
        if !(self.min_probability > 0.0 && self.min_probability <= 1.0) {
            let found = self.min_probability;
            return Err(format!("min_probability is {found}: expected more than 0 and at most 1"));
        }
        check_source("the source", &self.source)
    }
}

/// A tissue or fluid whose signal is not blood's.
#[derive(Debug, Clone, PartialEq)]
pub struct Mimic {
    /// The code of the finding.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// Median T1 ratio below this.
    pub t1_below: f64,
    /// Median T2 ratio above this.
    pub t2_above: f64,
    /// Why.
    pub source: String,
}

impl Mimic {
    pub(super) fn check(&self) -> Result<(), String> {
        check_code(&self.code)?;
        let Self { t1_below, t2_above, .. } = *self;
        if t1_below.is_finite() && t2_above.is_finite() {
            checked("the name", &self.name, MAX_NAME).map_err(|error| error.to_string())?;
            return check_source("the source", &self.source);
        }
        Err(format!("t1_below is {t1_below} and t2_above is {t2_above}: expected numbers"))
    }
}

/// Everything of a profile, as written and not yet checked; [`Profile::check`] makes [`Criteria`] of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Profile {
    /// The name reports carry.
    pub name: String,
    /// One line for a person.
    pub title: String,
    /// Where the table comes from.
    pub source: String,
    /// Thresholds on T1.
    pub t1: Thresholds,
    /// Thresholds on T2.
    pub t2: Thresholds,
    /// The five stages in order.
    pub stages: [StageRule; 5],
    /// The mixture rule, where the profile has one.
    pub mixture: Option<Mixture>,
    /// Stages that the signal alone cannot tell apart.
    pub ambiguities: Vec<Ambiguity>,
    /// What is not blood.
    pub mimics: Vec<Mimic>,
    /// The states of blood; `None` for a profile that is a table of patterns alone.
    pub blood: Option<Blood>,
}

impl Profile {
    /// Checks every value.
    ///
    /// # Errors
    /// `Parameter`, with the part at fault: an empty name, thresholds or windows in the wrong order, a weight, share or
    /// ratio out of range, a pattern listed twice.
    pub fn check(self) -> Result<Criteria> {
        let fault = |part: String| move |message: String| ProfileError::Value { part, message };
        check_name(&self.name).map_err(fault("name".into()))?;
        check_source("the title", &self.title).map_err(fault("title".into()))?;
        check_source("the source", &self.source).map_err(fault("source".into()))?;
        self.t1.check().map_err(fault("thresholds of T1".into()))?;
        self.t2.check().map_err(fault("thresholds of T2".into()))?;
        for (stage, rule) in Stage::FIVE.into_iter().zip(&self.stages) {
            rule.check().map_err(fault(format!("stage {}", stage.key())))?;
        }
        if let Some(mixture) = &self.mixture {
            mixture.check().map_err(fault("mixture".into()))?;
        }
        for ambiguity in &self.ambiguities {
            ambiguity.check().map_err(fault(format!("ambiguity {}", quoted(&ambiguity.code))))?;
        }
        for mimic in &self.mimics {
            mimic.check().map_err(fault(format!("mimic {}", quoted(&mimic.code))))?;
        }
        if let Some(Blood { cord, states }) = &self.blood {
            cord.check().map_err(fault("cord".into()))?;
            for state in states {
                let part = fault(format!("state {}", quoted(&state.name)));
                state.check().map_err(|(_, message)| part(message))?;
            }
        }
        if let Some(blood) = &self.blood {
            blood.check_complete().map_err(fault("states".into()))?;
        }
        Ok(Criteria::of(self))
    }
}

pub(super) fn check_name(name: &str) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("the name is empty: give the profile a name".into());
    }
    checked("the name", name, MAX_NAME).map_err(|error| error.to_string())
}

/// Checks a title or source, which reports carry.
pub(super) fn check_source(what: &'static str, text: &str) -> Result<(), String> {
    checked(what, text, MAX_SOURCE).map_err(|error| error.to_string())
}

pub(super) fn in_order_of_age(stages: &[Stage]) -> bool {
    let five = stages.iter().all(|stage| Stage::FIVE.contains(stage));
    five && stages.len() >= 2 && stages.is_sorted_by(|a, b| a < b)
}

pub(super) fn check_code(code: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if (1..=MAX_CODE).contains(&code.len()) && code.chars().all(plain) {
        return Ok(());
    }
    Err("the code of a finding: expected 1 to 40 lower-case letters, digits and `_`".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Profile)) -> String {
        Criteria::default().changed(change).unwrap_err().to_string()
    }

    #[test]
    fn what_is_changed_is_checked_again() {
        let refusals = [
            (refused(|p| p.name.clear()), "name: the name is empty"),
            (refused(|p| p.t1.hypo_below = f64::NAN), "thresholds of T1: hypo_below is NaN"),
            (refused(|p| p.t2.hypo_below = 9.0), "thresholds of T2: hypo_below is 9"),
            (refused(|p| p.t2.hyper_above = f64::INFINITY), "thresholds of T2: hypo_below is 0.8"),
            (refused(|p| p.stages[0].patterns[0].weight = -1.0), "stage hyperacute: the weight is -1"),
            (refused(|p| p.stages[0].patterns[0].weight = f64::NAN), "stage hyperacute: the weight is NaN"),
            (refused(|p| p.stages[1].window.from = Some(-5.0)), "stage acute: the window is -5 to 72 hours"),
            (refused(|p| p.mixture.as_mut().unwrap().stages.clear()), "mixture: the mixture's stages"),
            (refused(|p| p.mixture.as_mut().unwrap().last_share = 2.0), "mixture: last_share is 2"),
            (refused(|p| p.mimics[0].t1_below = f64::NAN), "mimic looks_like_csf: t1_below is NaN"),
            (
                refused(|p| p.ambiguities[0].min_probability = 0.0),
                "ambiguity acute_or_chronic: min_probability is 0",
            ),
            (refused(|p| p.ambiguities[0].code = "A b".into()), "ambiguity A b: the code of a finding"),
            (refused(|p| p.ambiguities[0].code = "a".repeat(41)), "ambiguity aaa"),
            (
                refused(|p| p.name = "a\u{1b}[31m".into()),
                "name: the name holds a character that cannot be printed",
            ),
            (
                refused(|p| p.name = "a".repeat(201)),
                "name: the name has 201 characters: expected at most 200",
            ),
            (refused(|p| p.title = "\u{202e}".into()), "title: the title holds a character"),
            (refused(|p| p.source = "a\nb".into()), "source: the source holds a character"),
            (refused(|p| p.mimics[0].name = "\u{200b}".into()), "mimic looks_like_csf: the name holds"),
            (refused(|p| p.mimics[0].source = "\u{7}".into()), "mimic looks_like_csf: the source holds"),
            (
                refused(|p| p.ambiguities[0].source = "\u{feff}".into()),
                "ambiguity acute_or_chronic: the source",
            ),
            (refused(|p| p.mixture.as_mut().unwrap().source = "\r".into()), "mixture: the source holds"),
            (refused(|p| p.stages[0].patterns[0].source = "\u{9b}".into()), "stage hyperacute: the source"),
        ];
        for (text, expected) in refusals {
            assert!(text.starts_with(expected), "{text}");
        }
        let blood = |change: fn(&mut Blood)| refused(|p| change(p.blood.as_mut().unwrap()));
        let refusals = [
            (blood(|b| b.cord.t1_ms.at_3_t = f64::NAN), "cord: T1 at 3 T is NaN ms"),
            (blood(|b| b.cord.source = "\u{7}".into()), "cord: the source holds"),
            (blood(|b| b.states[0].name.clear()), "state : the name is empty"),
            (blood(|b| b.states[0].stage = Stage::Indeterminate), "state oxyhemoglobin: a state of `indet"),
            (blood(|b| b.states[0].weight = 0.0), "state oxyhemoglobin: the weight is 0: expected more"),
            (blood(|b| b.states[0].t1_ms.at_1_5_t = -1.0), "state oxyhemoglobin: T1 at 1.5 T is -1 ms"),
            (blood(|b| b.states[0].t2_ms.at_3_t = 1e5), "state oxyhemoglobin: T2 at 3 T is 100000 ms"),
            (blood(|b| b.states[0].water = f64::INFINITY), "state oxyhemoglobin: the water is inf"),
            (blood(|b| b.states[0].spread.t2 = -0.1), "state oxyhemoglobin: the spread of T2 is -0.1"),
            (blood(|b| b.states[0].spread.water = 1.1), "state oxyhemoglobin: the spread of water is 1.1"),
            (blood(|b| b.states[0].source = "\r".into()), "state oxyhemoglobin: the source holds"),
            (blood(|b| drop(b.states.remove(0))), "states: no state of `hyperacute`: expected"),
            (blood(|b| b.states = vec![b.states[0].clone(); 33]), "states: 33 states: expected at most 32"),
        ];
        for (text, expected) in refusals {
            assert!(text.starts_with(expected), "{text}");
        }
        let twice = refused(|p| {
            let first = p.stages[0].patterns[0].clone();
            p.stages[0].patterns.push(first);
        });
        assert!(twice.ends_with("is listed twice for this stage"), "{twice}");
        let unlisted = Criteria::default().changed(|p| p.stages.iter_mut().for_each(|s| s.patterns.clear()));
        assert!(unlisted.is_ok(), "then every pattern is indeterminate");
    }

    #[test]
    fn a_window_is_half_open() {
        let window = Window { from: Some(24.0), to: Some(72.0) };
        let at = |hours| crate::Onset::from_hours(hours).unwrap();
        assert!(
            !window.holds(at(23.9))
                && window.holds(at(24.0))
                && window.holds(at(71.9))
                && !window.holds(at(72.0))
        );
        assert!(window.ended_by(at(72.0)) && !window.ended_by(at(71.9)));
    }
}
