//! The model that determined the stages, what it expected, and the settings.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    steps::{
        classify::{Classified, Expected, Model, Smoothing},
        level::{self, LevelOptions},
        phase::{PhaseOptions, TableCall},
        reference::{Reference, ReferenceMode, ReferenceOptions},
        shape::ShapeOptions,
    },
    vocabulary::{
        contrast::{Contrast, PerContrast},
        protocol::{Header, Protocol, SequenceKind},
        round::rounded,
        stage::{SignalLevel, Stage},
    },
};

/// The model that determined the stages. All but the name is null by the table of signal levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ModelRecord {
    /// `relaxation`: the signal that each state of blood should have in these sequences; `pattern`: the profile's table.
    pub name: Model,
    /// What the images' headers gave: `full`, `field` (a sequence is assumed) or `none` (the mean of 1.5 and 3 T).
    pub header: Option<Header>,
    /// The field strength in tesla, of T2 where the two differ.
    pub field_t: Option<f64>,
    /// The sequence of T1.
    pub t1: Option<SequenceRecord>,
    /// The sequence of T2.
    pub t2: Option<SequenceRecord>,
}

/// The sequence that an image's signal was computed for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct SequenceRecord {
    /// Its kind.
    pub kind: SequenceKind,
    /// Repetition time.
    pub tr_ms: f64,
    /// Echo time, the effective one of an echo train.
    pub te_ms: f64,
    /// Inversion time.
    pub ti_ms: Option<f64>,
    /// Flip angle of a gradient echo.
    pub flip_deg: Option<f64>,
    /// Field strength in tesla.
    pub field_t: Option<f64>,
    /// Whether it is assumed, as the header does not give TR and TE.
    pub assumed: bool,
}

/// The ratios that a state of blood should have in these sequences, as a mean over its spread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ExpectedRecord {
    /// The state, by the profile.
    pub state: String,
    /// Its stage.
    pub stage: Stage,
    /// Ratio to the cord on T1.
    pub t1_ratio: f64,
    /// Ratio to the cord on T2.
    pub t2_ratio: f64,
}

/// What the profile's table makes of the hematoma's signal levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct PatternRecord {
    /// The signal level of the median ratio on T1.
    pub t1_level: SignalLevel,
    /// The signal level of the median ratio on T2.
    pub t2_level: SignalLevel,
    /// The stage of that pattern, with the profile's mixture rule.
    pub call: Stage,
    /// Whether it is the call.
    pub agrees: bool,
}

/// The settings that decide the numbers, as far as they can be chosen; the profile is told apart by
/// `criteria.sha256`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Settings {
    /// The model that determined the stages.
    pub model: Model,
    /// How the ratios were smoothed.
    pub smoothing: Smoothing,
    /// How the reference follows the cord.
    pub reference_mode: PerContrast<ReferenceMode>,
    /// Whether a shift between T1 and T2 is undone.
    pub align: bool,
    /// What makes a phase and a candidate.
    pub phases: PhaseOptions,
    /// What involves a level; null without levels.
    pub levels: Option<LevelOptions>,
    /// How the shape was measured.
    #[serde(default)]
    pub shape: ShapeOptions,
    /// What the caller asked for of what the program decides otherwise.
    #[serde(default)]
    pub asked: Asked,
}

/// Choices of the caller that decide a setting; null where it was left to the program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Asked {
    /// The model that was asked for.
    pub model: Option<Model>,
    /// How the reference was asked to follow the cord.
    pub reference_mode: Option<ReferenceMode>,
}

impl ModelRecord {
    pub(super) fn new(classified: &Classified, reasons: &mut BTreeMap<String, String>) -> Self {
        let name = classified.model().model();
        let mut because = |key: &str, reason: &str| {
            reasons.insert(format!("stage.model.{key}"), reason.into());
        };
        if name == Model::Pattern {
            for key in ["header", "field_t", "t1", "t2"] {
                because(key, "the table of signal levels does not depend on it");
            }
            return Self { name, header: None, field_t: None, t1: None, t2: None };
        }
        let protocol = classified.protocol();
        let PerContrast { t1, t2 } = PerContrast::from_fn(|contrast| sequence(protocol, contrast));
        let field_t = protocol.tesla(Contrast::T2).map(rounded);
        if field_t.is_none() {
            for key in ["field_t", "*.field_t"] {
                because(key, "no header gives it: densities are the mean of those at 1.5 and 3 T");
            }
        }
        if t1.ti_ms.is_none() || t2.ti_ms.is_none() {
            because("*.ti_ms", "the sequence has no inversion");
        }
        if t1.flip_deg.is_none() || t2.flip_deg.is_none() {
            because("*.flip_deg", "the signal of a spin echo is computed for 90 degrees");
        }
        Self { name, header: Some(protocol.header()), field_t, t1: Some(t1), t2: Some(t2) }
    }
}

fn sequence(protocol: &Protocol, contrast: Contrast) -> SequenceRecord {
    let found = protocol.sequence(contrast);
    SequenceRecord {
        kind: found.kind(),
        tr_ms: rounded(found.tr_ms()),
        te_ms: rounded(found.te_ms()),
        ti_ms: found.ti_ms().map(rounded),
        flip_deg: found.flip_deg().map(rounded),
        field_t: protocol.tesla(contrast).map(rounded),
        assumed: !protocol.is_known(contrast),
    }
}

impl ExpectedRecord {
    pub(super) fn new(expected: &Expected) -> Self {
        let Expected { state, stage, t1_ratio, t2_ratio } = expected;
        Self {
            state: state.clone(),
            stage: *stage,
            t1_ratio: rounded(*t1_ratio),
            t2_ratio: rounded(*t2_ratio),
        }
    }
}

impl PatternRecord {
    pub(super) fn new(table: TableCall, call: Stage) -> Self {
        let PerContrast { t1, t2 } = table.levels;
        Self { t1_level: t1, t2_level: t2, call: table.call, agrees: table.call == call }
    }
}

impl Settings {
    pub(super) fn new(
        classified: &Classified,
        phases: &PhaseOptions,
        levels: Option<&level::Levels>,
        align: bool,
        shape: &ShapeOptions,
        reference: &ReferenceOptions,
        reasons: &mut BTreeMap<String, String>,
    ) -> Self {
        if levels.is_none() {
            reasons.insert("settings.levels".into(), "no levels were counted".into());
        }
        let asked = Asked { model: classified.options().model, reference_mode: reference.mode };
        let open = [("model", asked.model.is_none()), ("reference_mode", asked.reference_mode.is_none())];
        for (key, _) in open.iter().filter(|(_, is_open)| *is_open) {
            reasons.insert(format!("settings.asked.{key}"), "left to the program".into());
        }
        Self {
            model: classified.model().model(),
            smoothing: classified.options().smoothing,
            reference_mode: classified.references().as_ref().map(Reference::mode),
            align,
            phases: phases.clone(),
            levels: levels.map(|levels| levels.options.clone()),
            shape: shape.clone(),
            asked,
        }
    }
}
