//! How often a model is right on a set of studies.

use hemastage::{Report, per_stage::PerStage, stage::Stage};
use hemastage_phantom::FieldStrength;

use crate::study::Drawn;

/// One study staged by one model.
pub(crate) struct Staged {
    stages: Vec<Stage>,
    /// The stage of acute or late chronic blood at 3 T, of one stage alone.
    dark_at_3_t: Option<Stage>,
    call: Stage,
    probabilities: PerStage<f64>,
    is_listed: bool,
    phases: Vec<Stage>,
    is_mixed: bool,
    suggests_rebleed: bool,
}

impl Staged {
    pub(crate) fn new(drawn: &Drawn, chronic: Option<&str>, report: &Report) -> Self {
        let mixed = &report.mixed_phase;
        // the published values are of late chronic blood
        let is_late = chronic.is_none_or(|state| state == "late chronic");
        Self {
            stages: drawn.stages.clone(),
            dark_at_3_t: match drawn.stages[..] {
                [Stage::Acute] if drawn.field == FieldStrength::T3 => Some(Stage::Acute),
                [Stage::Chronic] if drawn.field == FieldStrength::T3 && is_late => Some(Stage::Chronic),
                _ => None,
            },
            call: report.stage.call,
            probabilities: report.stage.probabilities,
            is_listed: report.stage.candidates.iter().any(|found| drawn.stages.contains(&found.stage)),
            phases: mixed.phases.iter().map(|phase| phase.stage).collect(),
            is_mixed: mixed.flag,
            suggests_rebleed: mixed.suggests_rebleed,
        }
    }

    fn is_right(&self) -> bool {
        self.stages.contains(&self.call)
    }

    /// The stage of blood of one stage alone.
    fn pure(&self) -> Option<Stage> {
        match self.stages[..] {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// A share with the number of studies it is of.
#[derive(Clone, Copy)]
pub(crate) struct Share {
    pub(crate) share: f64,
    n: usize,
}

impl Share {
    fn of<'a>(studies: impl Iterator<Item = &'a Staged>, holds: impl Fn(&Staged) -> bool) -> Self {
        let (hits, n) = studies.fold((0, 0), |(hits, n), study| (hits + usize::from(holds(study)), n + 1));
        Self { share: hits as f64 / (n as f64).max(1.0), n }
    }

    /// With half of the 95 % interval.
    pub(crate) fn cell(self) -> String {
        if self.n == 0 {
            return "-".into();
        }
        // Agresti and Coull: 2 hits and 2 misses more
        let (n, p) = (self.n as f64 + 4.0, (self.share * self.n as f64 + 2.0) / (self.n as f64 + 4.0));
        format!("{:.3} ±{:.2}", self.share, 1.96 * (p * (1.0 - p) / n).sqrt())
    }
}

/// The scores of one model on one set of studies.
pub(crate) struct Score {
    pub(crate) calls: Share,
    pub(crate) pure_calls: Share,
    pub(crate) log: f64,
    pub(crate) brier: f64,
    pub(crate) falsely_mixed: Share,
    pub(crate) false_rebleed: Share,
    pub(crate) found: Share,
    pub(crate) right_phases: Share,
    pub(crate) acute_at_3_t: Share,
    pub(crate) late_at_3_t: Share,
    pub(crate) listed: Share,
}

impl Score {
    pub(crate) fn of(studies: &[Staged]) -> Self {
        let all = || studies.iter();
        let pure = || all().filter(|study| study.pure().is_some());
        let mixed = || all().filter(|study| study.pure().is_none());
        let dark = |stage| all().filter(move |study| study.dark_at_3_t == Some(stage));
        let mean = |of: &dyn Fn(&Staged, Stage) -> f64| {
            let values: Vec<f64> =
                pure().filter_map(|study| study.pure().map(|stage| of(study, stage))).collect();
            values.iter().sum::<f64>() / (values.len() as f64).max(1.0)
        };
        Self {
            calls: Share::of(all(), Staged::is_right),
            pure_calls: Share::of(pure(), Staged::is_right),
            // a probability of 0 is a rounded one
            log: mean(&|study, stage| -study.probabilities[stage].max(1e-6).ln()),
            brier: mean(&|study, truth| {
                let off = |(stage, p): (Stage, &f64)| (p - f64::from(u8::from(stage == truth))).powi(2);
                study.probabilities.iter().map(off).sum()
            }),
            falsely_mixed: Share::of(pure(), |study| study.is_mixed),
            false_rebleed: Share::of(pure(), |study| study.suggests_rebleed),
            found: Share::of(mixed(), |study| study.is_mixed),
            right_phases: Share::of(mixed(), |study| study.phases == study.stages),
            acute_at_3_t: Share::of(dark(Stage::Acute), Staged::is_right),
            late_at_3_t: Share::of(dark(Stage::Chronic), Staged::is_right),
            listed: Share::of(all().filter(|study| study.dark_at_3_t.is_some()), |study| study.is_listed),
        }
    }
}
