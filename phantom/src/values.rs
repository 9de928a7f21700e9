//! Which relaxation times and water content the tissues of one phantom have: the published ones, or drawn ones.

use std::collections::BTreeMap;

use hemastage::stage::Stage;
use hemastage_image::error::Result;
use serde::Serialize;

use super::random::Random;
use super::range;
use super::signal::{FieldStrength, Relaxation, Sequence, Tissue, signal};

/// The purpose of the numbers that tissues are drawn by; collections have small ones.
const PURPOSE: u64 = u64::MAX;

/// Where relaxation times and water of blood and cord come from.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TissueValues {
    /// [`Tissue::relaxation`], the same in each phantom.
    #[default]
    Published,
    /// [`Tissue::relaxation`], where each T1 and T2 of blood and cord is varied by this standard deviation of its
    /// logarithm, 0 to 1.
    Varied {
        /// The standard deviation.
        spread: f64,
    },
    /// Drawn from [`BLOOD_STATES`], as blood varies from patient to patient.
    Drawn {
        /// By how much the center of each T1, T2 and water of the blood and each T1 and T2 of the cord is off, up or
        /// down, 0 to 1: 0.15 is 15 %.
        off: f64,
    },
}

impl TissueValues {
    pub(super) fn check(self) -> Result<()> {
        let (what, value) = match self {
            Self::Published => return Ok(()),
            Self::Varied { spread } => ("the spread of relaxation times", spread),
            Self::Drawn { off } => ("how far relaxation times are off", off),
        };
        Ok(range::check(what, value, (0.0, 1.0), "")?)
    }
}

/// A state of blood: the middle and the spread of its relaxation times and water.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct BloodState {
    /// Its name.
    pub name: &'static str,
    /// Its stage.
    pub stage: Stage,
    /// How common it is within its stage.
    pub weight: f64,
    /// T1 in ms at 1.5 and 3 T.
    pub t1_ms: [f64; 2],
    /// T2 in ms at 1.5 and 3 T.
    pub t2_ms: [f64; 2],
    /// Proton density relative to the cord's.
    pub water: f64,
    /// Standard deviations of the logarithms of T1, T2 and water.
    pub spread: [f64; 3],
}

const fn state(
    (name, stage, weight): (&'static str, Stage, f64),
    t1_ms: [f64; 2],
    t2_ms: [f64; 2],
    water: f64,
    spread: [f64; 3],
) -> BloodState {
    BloodState { name, stage, weight, t1_ms, t2_ms, water, spread }
}

/// The states that blood is drawn from.
///
/// # Reference
/// The literature that `docs/signal-model.md`, section 8, lists. These are the numbers of the profile `spinal`, written
/// down again: a slip in one of the two shows as a difference.
pub const BLOOD_STATES: [BloodState; 6] = [
    state(
        ("oxyhemoglobin", Stage::Hyperacute, 1.0),
        [1400.0, 1700.0],
        [180.0, 110.0],
        1.25,
        [0.12, 0.25, 0.1],
    ),
    state(("deoxyhemoglobin", Stage::Acute, 1.0), [1250.0, 1500.0], [45.0, 26.0], 1.25, [0.15, 0.35, 0.1]),
    state(
        ("intracellular methemoglobin", Stage::EarlySubacute, 1.0),
        [420.0, 500.0],
        [35.0, 24.0],
        1.25,
        [0.3, 0.35, 0.1],
    ),
    state(
        ("extracellular methemoglobin", Stage::LateSubacute, 1.0),
        [420.0, 500.0],
        [150.0, 110.0],
        1.25,
        [0.3, 0.3, 0.1],
    ),
    state(("early chronic", Stage::Chronic, 0.5), [550.0, 650.0], [130.0, 100.0], 1.25, [0.35, 0.3, 0.1]),
    state(("late chronic", Stage::Chronic, 1.0), [900.0, 1100.0], [22.0, 15.0], 0.9, [0.25, 0.4, 0.2]),
];

/// T1 and T2 of the cord at 1.5 and 3 T, ms.
const CORD: [[f64; 2]; 2] = [[780.0, 925.0], [102.0, 75.0]];

/// Blood as it was drawn for one phantom.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DrawnBlood {
    /// The name of its state.
    pub state: &'static str,
    /// Relaxation times and proton density.
    #[serde(flatten)]
    pub relaxation: Relaxation,
}

/// The tissues of one phantom.
#[derive(Debug, Clone)]
pub(super) struct Body {
    relaxation: [Relaxation; Tissue::ALL.len()],
    drawn: Option<BTreeMap<&'static str, DrawnBlood>>,
}

impl Body {
    pub(super) fn new(values: TissueValues, field: FieldStrength, seed: u64) -> Self {
        let mut body = Self { relaxation: Tissue::ALL.map(|tissue| tissue.relaxation(field)), drawn: None };
        let random = &mut Random::new(seed, PURPOSE);
        match values {
            TissueValues::Published => {}
            TissueValues::Varied { spread } => body.vary(spread, random),
            TissueValues::Drawn { off } => body.draw(off, field, random),
        }
        body
    }

    fn vary(&mut self, spread: f64, random: &mut Random) {
        for tissue in std::iter::once(Tissue::Cord).chain(Stage::FIVE.into_iter().filter_map(Tissue::blood)) {
            let Relaxation { t1_ms, t2_ms, .. } = &mut self.relaxation[tissue as usize];
            *t1_ms *= libm::exp(spread * random.normal());
            *t2_ms *= libm::exp(spread * random.normal());
        }
    }

    fn draw(&mut self, off: f64, field: FieldStrength, random: &mut Random) {
        let at = |times: [f64; 2]| match field {
            FieldStrength::T1_5 => times[0],
            FieldStrength::T3 => times[1],
        };
        let off = |random: &mut Random| {
            if random.uniform(0.0, 1.0) < 0.5 { 1.0 + off } else { 1.0 / (1.0 + off) }
        };
        let [t1_ms, t2_ms] = CORD.map(|times| at(times) * off(random));
        let cord = &mut self.relaxation[Tissue::Cord as usize];
        *cord = Relaxation { t1_ms, t2_ms, ..*cord };
        let water = cord.pd_pu;
        let mut drawn = BTreeMap::new();
        for stage in Stage::FIVE {
            let (Some(tissue), Some(state)) = (Tissue::blood(stage), choose(stage, random)) else { continue };
            let middle = [at(state.t1_ms), at(state.t2_ms), water * state.water];
            let [t1_ms, t2_ms, pd_pu] = std::array::from_fn(|n| {
                middle[n] * off(random) * libm::exp(state.spread[n] * random.normal())
            });
            let relaxation = Relaxation { t1_ms, t2_ms, pd_pu };
            self.relaxation[tissue as usize] = relaxation;
            drawn.insert(stage.key(), DrawnBlood { state: state.name, relaxation });
        }
        self.drawn = Some(drawn);
    }

    /// What was drawn, by stage; `None` of published values.
    pub(super) fn drawn(&self) -> Option<BTreeMap<&'static str, DrawnBlood>> {
        self.drawn.clone()
    }

    /// A tissue's signal divided by the cord's, where contrast agent has raised the tissue's relaxation rate 1/T1.
    pub(super) fn ratio_with_agent(&self, tissue: Tissue, sequence: Sequence, agent_per_s: f64) -> f64 {
        let Relaxation { t1_ms, .. } = self.relaxation[tissue as usize];
        let t1_ms = 1.0 / (1.0 / t1_ms + agent_per_s / 1000.0);
        let of_tissue = signal(Relaxation { t1_ms, ..self.relaxation[tissue as usize] }, sequence);
        of_tissue / signal(self.relaxation[Tissue::Cord as usize], sequence)
    }

    /// A tissue's signal divided by the cord's, where both decay with these T2*.
    pub(super) fn ratio_by_t2_star(
        &self,
        tissue: Tissue,
        sequence: Sequence,
        [t2_star_ms, of_cord_ms]: [f64; 2],
    ) -> f64 {
        let of = |tissue: Tissue, t2_ms: f64| {
            signal(Relaxation { t2_ms, ..self.relaxation[tissue as usize] }, sequence)
        };
        of(tissue, t2_star_ms) / of(Tissue::Cord, of_cord_ms)
    }

    /// A tissue's signal divided by the cord's.
    pub(super) fn ratio_to_cord(&self, tissue: Tissue, sequence: Sequence) -> f64 {
        let of = |tissue: Tissue| signal(self.relaxation[tissue as usize], sequence);
        of(tissue) / of(Tissue::Cord)
    }
}

/// One of the states of a stage, by their weights.
fn choose(stage: Stage, random: &mut Random) -> Option<BloodState> {
    let of_stage = || BLOOD_STATES.into_iter().filter(|state| state.stage == stage);
    let mut left = random.uniform(0.0, of_stage().map(|state| state.weight).sum());
    of_stage().find(|state| {
        left -= state.weight;
        left < 0.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(values: TissueValues, n: u64) -> Vec<Body> {
        (0..n).map(|seed| Body::new(values, FieldStrength::T3, seed)).collect()
    }

    fn logs(bodies: &[Body], of: impl Fn(&Body) -> f64) -> (f64, f64) {
        let logs: Vec<f64> = bodies.iter().map(|body| of(body).ln()).collect();
        let n = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / n;
        let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / n;
        (mean, variance.sqrt())
    }

    #[test]
    fn published_values_do_not_depend_on_the_seed() {
        for body in bodies(TissueValues::Published, 3) {
            for tissue in Tissue::ALL {
                assert_eq!(body.relaxation[tissue as usize], tissue.relaxation(FieldStrength::T3));
            }
            assert_eq!(body.drawn(), None);
        }
    }

    #[test]
    fn drawn_blood_has_the_middle_and_the_spread_of_its_state() {
        let bodies = bodies(TissueValues::Drawn { off: 0.0 }, 4000);
        for state in &BLOOD_STATES[..4] {
            let tissue = Tissue::blood(state.stage).unwrap();
            let blood = |body: &Body| body.relaxation[tissue as usize];
            for (n, middle) in [state.t1_ms[1], state.t2_ms[1], 58.7 * state.water].into_iter().enumerate() {
                let of = |body: &Body| [blood(body).t1_ms, blood(body).t2_ms, blood(body).pd_pu][n];
                let (mean, spread) = logs(&bodies, of);
                assert!((mean - middle.ln()).abs() < 0.03, "{} {n}: {mean}", state.name);
                assert!((spread / state.spread[n] - 1.0).abs() < 0.05, "{} {n}: {spread}", state.name);
            }
        }
        let late = bodies.iter().filter(|body| body.drawn().unwrap()["chronic"].state == "late chronic");
        assert!((late.count() as f64 / 4000.0 - 2.0 / 3.0).abs() < 0.03);
        assert!(bodies.iter().all(|body| body.relaxation[Tissue::Cord as usize].t1_ms == 925.0));
    }

    #[test]
    fn values_that_are_off_are_so_up_and_down() {
        let bodies = bodies(TissueValues::Drawn { off: 0.15 }, 200);
        let cords: Vec<f64> =
            bodies.iter().map(|body| body.relaxation[Tissue::Cord as usize].t1_ms / 925.0).collect();
        assert!(cords.iter().all(|x| (x - 1.15).abs() < 1e-12 || (x * 1.15 - 1.0).abs() < 1e-12));
        let up = cords.iter().filter(|x| **x > 1.0).count();
        assert!((60..140).contains(&up), "{up}");
    }

    #[test]
    fn values_are_varied_by_their_spread() {
        let bodies = bodies(TissueValues::Varied { spread: 0.05 }, 4000);
        let (mean, spread) = logs(&bodies, |body| body.relaxation[Tissue::Acute as usize].t2_ms);
        assert!((mean - 30_f64.ln()).abs() < 0.005 && (spread - 0.05).abs() < 0.003, "{mean} {spread}");
        assert!(TissueValues::Varied { spread: 1.5 }.check().is_err());
        assert!(TissueValues::Drawn { off: f64::NAN }.check().is_err());
    }
}
