//! What a reader of the comparison has to know.

use std::collections::BTreeSet;

use hemastage_image::finding::Finding;

use super::{
    change::ChangeRecord,
    rebleed::YoungerPhase,
    time::Timeline,
    visit::{Visit, VisitStudy},
};
use crate::vocabulary::{span::Span, vertebra::VertebralLevel};

pub(super) fn findings(timeline: &Timeline<'_>, changes: &[ChangeRecord]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for change in changes.iter().filter(|change| change.against == super::Against::Previous) {
        let (from, to) = (change.from + 1, change.to + 1);
        if change.grew == Some(true) {
            findings.push(Finding::warning(
                "grew",
                format!(
                    "the hematoma is larger at visit {to} than at visit {from} by {:.0} mm3, more than its outlines explain, which suggests renewed bleeding",
                    change.volume.difference_mm3
                ),
            ));
        }
        if let (Some(true), Some(q)) = (change.younger_than_before, change.rebleed_q) {
            let text = match change.younger_phase.as_ref().filter(|phase| phase.q > q) {
                Some(YoungerPhase { from: old, to: young, levels, q }) => format!(
                    "{young} blood at {} at visit {to} is younger than all that was there at visit {from} ({old}) with a probability of {q:.2}, which suggests renewed bleeding",
                    listed(levels)
                ),
                None => format!(
                    "the blood at visit {to} is younger than at visit {from} with a probability of {q:.2}, which suggests renewed bleeding"
                ),
            };
            findings.push(Finding::warning("younger_than_before", text));
        }
    }
    let studies: Vec<(usize, &Visit, &VisitStudy)> = timeline
        .visits
        .iter()
        .enumerate()
        .filter_map(|(n, visit)| Some((n + 1, *visit, visit.study.as_ref()?)))
        .collect();
    if timeline.is_reordered() {
        let text = "the visits were put in the order of their times";
        findings.push(Finding::info("visits_reordered", text));
    }
    for pair in studies.windows(2) {
        let [(a, before, _), (b, after, _)] = pair else { continue };
        if let Some(text) = other_spine(before, after) {
            findings.push(Finding::warning("no_common_level", format!("visits {a} and {b}: {text}")));
        }
    }
    differing(&mut findings, "profiles_differ", "criteria profiles", &studies, |study| {
        (study.criteria.name.clone(), study.criteria.sha256.clone())
    });
    differing(&mut findings, "versions_differ", "versions of the program", &studies, |study| {
        study.software.results_revision
    });
    let schemes: BTreeSet<&str> =
        studies.iter().filter_map(|(_, _, study)| study.scheme.as_deref()).collect();
    if schemes.len() > 1 {
        let text = format!(
            "vertebrae are labeled by {}: levels are compared by their names",
            schemes.into_iter().collect::<Vec<_>>().join(" and ")
        );
        findings.push(Finding::info("schemes_differ", text));
    }
    findings
}

/// Levels as a span, as in `C5–C6`.
fn listed(levels: &[VertebralLevel]) -> String {
    Span::from_levels(levels).map_or_else(|_| String::new(), |span| span.to_string())
}

/// A warning when the visits were not all staged alike.
fn differing<K: Ord>(
    findings: &mut Vec<Finding>,
    code: &str,
    what: &str,
    studies: &[(usize, &Visit, &VisitStudy)],
    key: impl Fn(&VisitStudy) -> K,
) {
    let kinds: BTreeSet<K> = studies.iter().map(|(_, _, study)| key(study)).collect();
    if kinds.len() > 1 {
        let text = format!(
            "the visits were staged by {} {what}, so that numbers may differ for that reason: stage them alike",
            kinds.len()
        );
        findings.push(Finding::warning(code, text));
    }
}

/// Two visits whose labeled levels have none in common may be of two patients.
fn other_spine(before: &Visit, after: &Visit) -> Option<String> {
    let labeled = |visit: &Visit| -> Option<BTreeSet<VertebralLevel>> {
        let study = visit.study.as_ref()?;
        study.scheme.as_ref()?;
        let levels = visit.report.iter().flat_map(|report| &report.levels);
        let of_hematoma = levels.flat_map(|levels| &levels.per_level).map(|record| record.level);
        let of_cord = study.cord_t2.iter().flatten().map(|signal| signal.level);
        Some(of_hematoma.chain(of_cord).collect())
    };
    let (before, after) = (labeled(before)?, labeled(after)?);
    let apart = !before.is_empty() && !after.is_empty() && before.is_disjoint(&after);
    apart.then(|| {
        "no vertebral level was measured at both: check that they are of one patient, or compare the same region".into()
    })
}
