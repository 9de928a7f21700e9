//! Visits of one patient, by phantoms of known volume and by reports written out by hand.

mod joint;
mod series;
mod visits;

use hemastage::followup::{FollowUp, FollowUpOptions, Visit, followup};
use serde_json::{Value, json};

/// A report with what a follow-up reads, to be changed.
fn report() -> Value {
    let text = include_str!("../../../testdata/mixed/report.json");
    let mut report: Value = serde_json::from_str(text).unwrap();
    report["hematoma"]["volume_mm3"] = json!(1000.0);
    report["shape"]["surface_mm2"] = json!(600.0);
    for input in report["inputs"].as_array_mut().unwrap() {
        input["spacing_mm"] = json!([0.5, 1.0, 3.0]);
    }
    report["criteria"]["onset_hours"] = json!([]);
    report
}

fn visit(report: &Value, hours: f64) -> Visit {
    Visit::from_json(&report.to_string()).unwrap().at_hours(hours).unwrap()
}

fn compared(visits: &[Visit]) -> FollowUp {
    let found = followup(visits, &FollowUpOptions::default()).unwrap();
    let back: FollowUp = serde_json::from_str(&found.to_json()).unwrap();
    assert_eq!(back, found);
    found
}
