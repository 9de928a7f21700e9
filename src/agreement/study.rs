//! Two readings of one study.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    overlap::Overlap,
    reading::{Reading, ReadingReport},
};
use crate::vocabulary::{round::rounded, span::Span, stage::Stage, vertebra::VertebralLevel};

/// A number by both readings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Pair {
    /// By the first.
    pub a: f64,
    /// By the second.
    pub b: f64,
    /// The second less the first.
    pub difference: f64,
    /// The difference in percent of the first; null where that is 0.
    pub percent: Option<f64>,
}

/// An answer of both readings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Answers<T> {
    /// By the first; null where it has none.
    pub a: Option<T>,
    /// By the second.
    pub b: Option<T>,
    /// Whether they are the same.
    pub same: bool,
}

/// How far two readings of a study agree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct StudyAgreement {
    /// Its name.
    pub name: String,
    /// Of the masks; null with a reason.
    pub overlap: Option<Overlap>,
    /// Volume; 0 where no hematoma was seen.
    pub volume_mm3: Pair,
    /// The call; null where no hematoma was seen.
    pub call: Answers<Stage>,
    /// Whether it is mixed-phase.
    pub mixed_phase: Answers<bool>,
    /// The vertebral levels.
    pub span: Answers<Span>,
    /// Levels that one of the two involves alone; null where a reading has no levels.
    pub levels_differ: Option<Vec<VertebralLevel>>,
    /// Number of involved vertebrae; null likewise.
    pub vertebrae: Option<Pair>,
    /// Largest AP thickness, mm; null where a reading does not give it.
    pub thickness_ap: Option<Pair>,
    /// Median T1 ratio; null where no hematoma was seen.
    pub t1_ratio: Option<Pair>,
    /// Median T2 ratio.
    pub t2_ratio: Option<Pair>,
    /// Whether both readings are of T2 images of one shape.
    pub same_images: bool,
    /// Why a value is null, by the path of its key.
    pub reasons: BTreeMap<String, String>,
}

impl Pair {
    fn new(a: f64, b: f64) -> Self {
        let difference = b - a;
        let percent = (a != 0.0).then(|| rounded(100.0 * difference / a));
        Self { a, b, difference: rounded(difference), percent }
    }
}

impl<T: PartialEq> Answers<T> {
    fn new(a: Option<T>, b: Option<T>) -> Self {
        let same = a == b;
        Self { a, b, same }
    }
}

const NO_HEMATOMA: &str = "a reading has no hematoma";

impl StudyAgreement {
    /// Compares two readings of the study of this name.
    pub fn new(name: impl Into<String>, a: &Reading, b: &Reading) -> Self {
        let mut reasons = BTreeMap::new();
        let of_masks = a.mask().and_then(|mask| Ok((mask, b.mask()?)));
        let overlap = match of_masks {
            Ok((a, b)) => Some(Overlap::of(a, b)),
            Err(reason) => {
                reasons.insert("overlap".into(), reason.into());
                None
            }
        };
        let both = |of: &dyn Fn(&ReadingReport) -> Option<f64>| {
            let [a, b] = [a, b].map(|reading| of(reading.report.as_ref()?));
            Some(Pair::new(a?, b?))
        };
        let answer = |of: &dyn Fn(&ReadingReport) -> Option<Stage>| {
            let [a, b] = [a, b].map(|reading| of(reading.report.as_ref()?));
            Answers::new(a, b)
        };
        let involved = a.involved().zip(b.involved());
        let levels_differ = involved.as_ref().map(|(a, b)| {
            let only = |one: &[VertebralLevel], other: &[VertebralLevel]| -> Vec<VertebralLevel> {
                one.iter().filter(|level| !other.contains(level)).copied().collect()
            };
            let mut differ = [only(a, b), only(b, a)].concat();
            differ.sort_unstable();
            differ
        });
        let vertebrae = involved.map(|(a, b)| Pair::new(a.len() as f64, b.len() as f64));
        let flags = [a, b].map(|reading| Some(reading.report.as_ref()?.mixed_phase.flag));
        let spans = [a, b].map(|reading| reading.report.as_ref()?.levels.as_ref()?.span.clone());
        let [flag_a, flag_b] = flags;
        let [span_a, span_b] = spans;
        let found = Self {
            name: name.into(),
            overlap,
            volume_mm3: Pair::new(a.volume_mm3(), b.volume_mm3()),
            call: answer(&|report| Some(report.stage.call)),
            mixed_phase: Answers::new(flag_a, flag_b),
            span: Answers::new(span_a, span_b),
            levels_differ,
            vertebrae,
            thickness_ap: both(&|report| Some(report.shape.thickness_ap.as_ref()?.value)),
            t1_ratio: both(&|report| Some(report.hematoma.signal.t1.median_ratio)),
            t2_ratio: both(&|report| Some(report.hematoma.signal.t2.median_ratio)),
            same_images: a.t2_shape == b.t2_shape,
            reasons,
        };
        found.explained()
    }

    fn explained(mut self) -> Self {
        let no_levels = "a reading has no vertebral levels";
        let none = |answers: bool| answers.then_some(NO_HEMATOMA);
        let all = [
            ("call.*", none(self.call.a.is_none() || self.call.b.is_none())),
            ("mixed_phase.*", none(self.mixed_phase.a.is_none() || self.mixed_phase.b.is_none())),
            (
                "span.*",
                (self.span.a.is_none() || self.span.b.is_none())
                    .then_some("a reading has no hematoma, or no vertebral levels"),
            ),
            ("levels_differ", self.levels_differ.is_none().then_some(no_levels)),
            ("vertebrae", self.vertebrae.is_none().then_some(no_levels)),
            (
                "thickness_ap",
                self.thickness_ap
                    .is_none()
                    .then_some("a reading has no hematoma, or its report does not give it"),
            ),
            ("t1_ratio", none(self.t1_ratio.is_none())),
            ("t2_ratio", none(self.t2_ratio.is_none())),
        ];
        for (key, reason) in all {
            if let Some(reason) = reason {
                self.reasons.insert(key.into(), reason.into());
            }
        }
        let pairs = [Some(self.volume_mm3), self.vertebrae, self.thickness_ap, self.t1_ratio, self.t2_ratio];
        if pairs.iter().flatten().any(|pair| pair.percent.is_none()) {
            self.reasons.insert("*.percent".into(), "the first reading has 0".into());
        }
        self
    }
}
