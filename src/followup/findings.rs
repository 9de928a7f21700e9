//! What a reader of the comparison has to know.

use std::collections::BTreeSet;

use hemastage_image::finding::Finding;

use super::{
    change::ChangeRecord,
    time::Timeline,
    visit::{Visit, VisitReport},
};
use crate::vocabulary::vertebra::VertebralLevel;

pub(super) fn findings(visits: &[&Visit], changes: &[ChangeRecord], timeline: &Timeline) -> Vec<Finding> {
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
            findings.push(Finding::warning(
                "younger_than_before",
                format!(
                    "the blood at visit {to} is younger than at visit {from} with a probability of {q:.2}, which suggests renewed bleeding"
                ),
            ));
        }
    }
    let report: Vec<(usize, &VisitReport)> =
        visits.iter().enumerate().filter_map(|(n, visit)| Some((n + 1, visit.report.as_ref()?))).collect();
    if timeline.is_reordered() {
        let text = "the visits were put in the order of their times";
        findings.push(Finding::info("visits_reordered", text));
    }
    for pair in report.windows(2) {
        let [(a, before), (b, after)] = pair else { continue };
        if let Some(text) = other_spine(before, after) {
            findings.push(Finding::warning("no_common_level", format!("visits {a} and {b}: {text}")));
        }
    }
    differing(&mut findings, "profiles_differ", "criteria profiles", &report, |report| {
        (report.criteria.name.clone(), report.criteria.sha256.clone())
    });
    differing(&mut findings, "versions_differ", "versions of the program", &report, |report| {
        report.software.results_revision
    });
    let schemes: BTreeSet<&str> =
        report.iter().filter_map(|(_, report)| Some(&*report.levels.as_ref()?.scheme)).collect();
    if schemes.len() > 1 {
        let text = format!(
            "vertebrae are labeled by {}: levels are compared by their names",
            schemes.into_iter().collect::<Vec<_>>().join(" and ")
        );
        findings.push(Finding::info("schemes_differ", text));
    }
    findings
}

/// A warning when the visits were not all staged alike.
fn differing<K: Ord>(
    findings: &mut Vec<Finding>,
    code: &str,
    what: &str,
    report: &[(usize, &VisitReport)],
    key: impl Fn(&VisitReport) -> K,
) {
    let kinds: BTreeSet<K> = report.iter().map(|(_, report)| key(report)).collect();
    if kinds.len() > 1 {
        let text = format!(
            "the visits were staged by {} {what}, so that numbers may differ for that reason: stage them alike",
            kinds.len()
        );
        findings.push(Finding::warning(code, text));
    }
}

/// Two visits whose labeled levels have none in common may be of two patients.
fn other_spine(before: &VisitReport, after: &VisitReport) -> Option<String> {
    let labeled = |report: &VisitReport| -> Option<BTreeSet<VertebralLevel>> {
        let of_hematoma = report.levels.as_ref()?.per_level.iter().map(|record| record.level);
        let of_cord = report.shape.cord_t2.iter().flatten().map(|signal| signal.level);
        Some(of_hematoma.chain(of_cord).collect())
    };
    let (before, after) = (labeled(before)?, labeled(after)?);
    let apart = !before.is_empty() && !after.is_empty() && before.is_disjoint(&after);
    apart.then(|| {
        "no vertebral level was measured at both: check that they are of one patient, or compare the same region".into()
    })
}
