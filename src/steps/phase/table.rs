//! The stage by the profile's table, reported with the call by relaxation times.

use hemastage_image::finding::Finding;

use super::TableCall;
use crate::{
    steps::classify::{Classified, Expected, Model, NEAR_THRESHOLD},
    vocabulary::{
        contrast::{Contrast, PerContrast},
        criteria::Thresholds,
        protocol::Sequence,
        stage::{SignalLevel, Stage},
    },
};

/// Field of the table's thresholds (T), ...
const TABLE_TESLA: f64 = 1.5;
/// ... and how far another may be from it before they shift.
const SAME_TESLA: f64 = 0.5;

/// A finding where table and call differ, with the reason: several phases, a ratio at the edge of a level, another
/// field, another sequence, or ratios that the table's levels do not hold.
pub(super) fn table_disagrees(
    classified: &Classified,
    phases: usize,
    call: Stage,
    table: TableCall,
) -> Option<Finding> {
    if classified.model().model() == Model::Pattern || table.call == call {
        return None;
    }
    let PerContrast { t1, t2 } = table.levels;
    let by_table = match table.call {
        Stage::Indeterminate => "is no stage".into(),
        stage => format!("is {stage}"),
    };
    let text = format!(
        "by the table of signal levels T1 {t1}, T2 {t2} {by_table}, by relaxation times the stage is {call}: {}",
        reason(classified, phases, call)
    );
    Some(Finding::info("table_disagrees", text))
}

fn reason(classified: &Classified, phases: usize, call: Stage) -> String {
    if phases > 1 {
        return format!("the median ratios are between those of {phases} phases");
    }
    if let Some(text) = Contrast::BOTH.into_iter().find_map(|contrast| edge(classified, contrast)) {
        return text;
    }
    let expected = classified.model().expected().iter().filter(|expected| expected.stage == call);
    let Some(nearest) = expected.min_by(|a, b| distance(classified, a).total_cmp(&distance(classified, b)))
    else {
        return "the signal fits no state of blood".into();
    };
    let PerContrast { t1, t2 } = *classified.signal();
    format!(
        "{} such blood is expected at {:.2} of the reference on T1 and {:.2} on T2, and the medians are {:.2} and {:.2}",
        place(classified),
        nearest.t1_ratio,
        nearest.t2_ratio,
        t1.median,
        t2.median
    )
}

/// That a median ratio is at the edge of a level.
fn edge(classified: &Classified, contrast: Contrast) -> Option<String> {
    let criteria = classified.prior().criteria();
    let Thresholds { hypo_below, hyper_above } = PerContrast { t1: criteria.t1, t2: criteria.t2 }[contrast];
    let median = classified.signal()[contrast].median;
    let near = [(hypo_below, SignalLevel::Hypo), (hyper_above, SignalLevel::Hyper)]
        .into_iter()
        .find(|(edge, _)| (median - edge).abs() <= NEAR_THRESHOLD);
    near.map(|(edge, level)| format!("the {contrast} ratio {median:.2} is at the edge of {level}, {edge}"))
}

/// How far the medians are from what is expected, on a log scale.
fn distance(classified: &Classified, expected: &Expected) -> f64 {
    let PerContrast { t1, t2 } = *classified.signal();
    let far = |found: f64, expected: f64| libm::log((found.max(0.0) + 0.1) / (expected + 0.1));
    libm::hypot(far(t1.median, expected.t1_ratio), far(t2.median, expected.t2_ratio))
}

/// What of the images is unlike those of the table: the field, else the sequences.
fn place(classified: &Classified) -> String {
    let protocol = classified.protocol();
    match protocol.tesla(Contrast::T2) {
        Some(tesla) if (tesla - TABLE_TESLA).abs() > SAME_TESLA => format!("at {tesla:.1} T"),
        _ => {
            let times = |contrast| {
                let sequence: Sequence = protocol.sequence(contrast);
                format!("{contrast} {:.0}/{:.0} ms", sequence.tr_ms(), sequence.te_ms())
            };
            format!("in these sequences (TR/TE {}, {})", times(Contrast::T1), times(Contrast::T2))
        }
    }
}
