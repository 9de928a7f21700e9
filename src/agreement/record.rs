//! The record of many studies' agreement.

use std::collections::BTreeMap;

use hemastage_image::finding::Finding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    bland_altman::Limits,
    icc::icc,
    kappa::{Kappa, Weights},
    study::{Pair, StudyAgreement},
};
use crate::{
    report::{DISCLAIMER, Software},
    vocabulary::{json, round::rounded, stage::Stage},
};

/// The name of the record's schema.
pub const SCHEMA: &str = "hemastage/agreement/1";

/// How far two readings of studies agree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Agreement {
    /// `hemastage/agreement/1`.
    pub schema: String,
    /// The program that wrote it.
    pub software: Software,
    /// What it is and is not.
    pub disclaimer: String,
    /// Over all studies.
    pub overall: Overall,
    /// Each study.
    pub studies: Vec<StudyAgreement>,
    /// Why a value is null, by the path of its key.
    pub reasons: BTreeMap<String, String>,
    /// What may change how far the numbers can be trusted.
    pub findings: Vec<Finding>,
}

/// Agreement over all studies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Overall {
    /// Number of studies.
    pub studies: usize,
    /// Quadratic-weighted kappa of the five stages, without studies that a reading calls indeterminate.
    pub stage_kappa: Option<Kappa>,
    /// Kappa of the mixed-phase flag.
    pub flag_kappa: Option<Kappa>,
    /// Mean of the studies' Dice.
    pub mean_dice: Option<f64>,
    /// Volume, mm3.
    pub volume_mm3: MeasureAgreement,
    /// Largest AP thickness, mm.
    pub thickness_ap: MeasureAgreement,
    /// Number of involved vertebrae.
    pub vertebrae: MeasureAgreement,
}

/// Agreement on a number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct MeasureAgreement {
    /// Studies of which both readings give it.
    pub n: usize,
    /// Intraclass correlation ICC(2,1): absolute agreement of single readers.
    pub icc: Option<f64>,
    /// Bias and limits of agreement.
    pub limits: Option<Limits>,
}

impl MeasureAgreement {
    fn of(pairs: &[Option<Pair>]) -> Self {
        let pairs: Vec<[f64; 2]> = pairs.iter().flatten().map(|pair| [pair.a, pair.b]).collect();
        Self { n: pairs.len(), icc: icc(&pairs).map(rounded), limits: Limits::of(&pairs) }
    }
}

impl Agreement {
    /// Of these studies.
    pub fn of(studies: Vec<StudyAgreement>) -> Self {
        let overall = Overall::of(&studies);
        let mut reasons = BTreeMap::new();
        let mut because = |key: &str, is_null: bool, reason: &str| {
            if is_null {
                reasons.insert(key.to_owned(), reason.to_owned());
            }
        };
        let one_class = "no study counts, or both readings name one class alone";
        because("overall.stage_kappa", overall.stage_kappa.is_none(), one_class);
        because("overall.flag_kappa", overall.flag_kappa.is_none(), one_class);
        for (key, kappa) in [("stage_kappa", overall.stage_kappa), ("flag_kappa", overall.flag_kappa)] {
            let is_null = kappa.is_some_and(|kappa| kappa.interval.is_none());
            because(&format!("overall.{key}.interval"), is_null, "fewer than five studies");
        }
        because("overall.mean_dice", overall.mean_dice.is_none(), "no study has both masks");
        for (key, measure) in [
            ("volume_mm3", overall.volume_mm3),
            ("thickness_ap", overall.thickness_ap),
            ("vertebrae", overall.vertebrae),
        ] {
            let reason = "fewer than two studies, or all values are the same";
            because(&format!("overall.{key}.icc"), measure.icc.is_none(), reason);
            because(&format!("overall.{key}.limits"), measure.limits.is_none(), "fewer than two studies");
        }
        let mut findings = Vec::new();
        for study in studies.iter().filter(|study| !study.same_images) {
            let text = format!(
                "the T2 images of {} differ in shape between the readings: check that both are of one study",
                study.name
            );
            findings.push(Finding::warning("images_differ", text));
        }
        because("findings[].place", !findings.is_empty(), "it concerns the study as a whole");
        Self {
            schema: SCHEMA.into(),
            software: Software::this(),
            disclaimer: DISCLAIMER.into(),
            overall,
            studies,
            reasons,
            findings,
        }
    }

    /// Adds a warning about studies that one side alone has.
    pub fn with_unmatched(mut self, only_a: usize, only_b: usize) -> Self {
        if only_a + only_b > 0 {
            let text = format!(
                "{only_a} studies are in the first folder alone and {only_b} in the second: studies are joined by their names"
            );
            self.findings.push(Finding::warning("studies_unmatched", text));
            self.reasons.insert("findings[].place".into(), "it concerns the study as a whole".into());
        }
        self
    }

    /// The record as indented JSON, with a line break at its end.
    pub fn to_json(&self) -> String {
        json::indented(self)
    }

    /// The JSON Schema of the record, as kept in `docs/agreement.schema.json`.
    pub fn json_schema() -> String {
        json::indented(&schemars::schema_for!(Self))
    }
}

impl Overall {
    fn of(studies: &[StudyAgreement]) -> Self {
        let five = |stage: Stage| Some(stage.index()).filter(|_| stage != Stage::Indeterminate);
        let stages: Vec<(usize, usize)> =
            studies.iter().filter_map(|study| five(study.call.a?).zip(five(study.call.b?))).collect();
        let flags: Vec<(usize, usize)> = studies
            .iter()
            .filter_map(|study| Some((study.mixed_phase.a?.into(), study.mixed_phase.b?.into())))
            .collect();
        let dice: Vec<f64> = studies.iter().filter_map(|study| Some(study.overlap?.dice)).collect();
        let measure = |of: &dyn Fn(&StudyAgreement) -> Option<Pair>| {
            MeasureAgreement::of(&studies.iter().map(of).collect::<Vec<_>>())
        };
        Self {
            studies: studies.len(),
            stage_kappa: Kappa::of(&stages, Weights::Quadratic),
            flag_kappa: Kappa::of(&flags, Weights::Equal),
            mean_dice: (!dice.is_empty()).then(|| rounded(dice.iter().sum::<f64>() / dice.len() as f64)),
            volume_mm3: measure(&|study| Some(study.volume_mm3)),
            thickness_ap: measure(&|study| study.thickness_ap),
            vertebrae: measure(&|study| study.vertebrae),
        }
    }
}
