//! One comparison of two visits, its words and its refusals.

use hemastage::{
    ErrorKind,
    followup::{Against, CordWord, FollowUpOptions, Visit, VolumeWord, followup},
};
use serde_json::{Value, json};

use super::{compared, report, visit};

fn with_volume(mm3: f64) -> Value {
    let mut report = report();
    report["hematoma"]["volume_mm3"] = json!(mm3);
    report
}

fn codes(found: &hemastage::followup::FollowUp) -> Vec<&str> {
    found.findings.iter().map(|finding| &*finding.code).collect()
}

#[test]
fn a_change_is_certain_beyond_the_outlines() {
    // by hand: sigma of each is 0.25 x 0.5 mm x 600 mm2 = 75 mm3, of the difference 106.07, 1.96 of which are 207.9
    for (after, word) in [
        (1000.0, VolumeWord::Stable),
        (793.0, VolumeWord::Stable),
        (792.0, VolumeWord::Smaller),
        (1207.0, VolumeWord::Stable),
        (1208.0, VolumeWord::Larger),
    ] {
        let found = compared(&[visit(&report(), 0.0), visit(&with_volume(after), 48.0)]);
        let volume = &found.changes[0].volume;
        assert_eq!(volume.word, Some(word), "{after}");
        assert!((volume.sigma_mm3.unwrap() - 106.066_017).abs() < 1e-5);
        assert_eq!(volume.per_day.is_some(), word != VolumeWord::Stable);
        assert_eq!(found.changes[0].grew, Some(word == VolumeWord::Larger));
        assert_eq!(codes(&found).contains(&"grew"), word == VolumeWord::Larger);
    }
    let found = compared(&[visit(&report(), 0.0), visit(&with_volume(400.0), 48.0)]);
    let change = &found.changes[0];
    assert_eq!((change.volume.percent, change.volume.per_day), (Some(-60.0), Some(-0.3)));
    let absorbed = change.absorbed.unwrap();
    // by hand: 0.4 sqrt(0.075^2 + 0.1875^2) = 0.080777
    let [low, high] = absorbed.interval.unwrap();
    assert!((absorbed.value - 0.6).abs() < 1e-9 && absorbed.partial);
    assert!((high - 0.6 - 1.96 * 0.080_777_4).abs() < 1e-5 && (0.6 - low - 1.96 * 0.080_777_4).abs() < 1e-5);
}

#[test]
fn gone_is_complete() {
    let gone = Visit::without_hematoma().at_hours(480.0).unwrap();
    let found = compared(&[visit(&report(), 0.0), visit(&with_volume(400.0), 168.0), gone]);
    let [one, last, overall] = &found.changes[..] else { panic!("{:?}", found.changes) };
    assert_eq!((one.complete, last.complete, overall.complete), (Some(false), Some(true), Some(true)));
    assert_eq!((overall.against, overall.from, overall.to), (Against::First, 0, 2));
    assert_eq!(overall.absorbed.unwrap().interval, Some([1.0, 1.0]));
    assert_eq!(last.volume.word, Some(VolumeWord::Smaller));
    assert!(found.visits[2].call.is_none() && found.reasons.contains_key("visits[2].call"));
    assert_eq!(found.joint.map(|joint| joint.visits.len()), Some(2));
}

#[test]
fn levels_and_cord_by_their_names() {
    let level = |level: &str, mm3: f64| {
        json!({"level": level, "mm3": mm3, "covered_mm": 10.0, "involved": mm3 > 50.0, "inferred": false,
               "stage": "acute", "stage_mm3": {"hyperacute": 0.0, "acute": mm3, "early_subacute": 0.0,
               "late_subacute": 0.0, "chronic": 0.0, "indeterminate": 0.0}})
    };
    let with = |span: &str, vertebrae: usize, parts: &[(&str, f64)], cord: [Value; 4]| {
        let mut report = report();
        let per_level: Vec<Value> = parts.iter().map(|&(name, mm3)| level(name, mm3)).collect();
        report["levels"] = json!({"scheme": "sct", "span": span, "vertebrae": vertebrae, "interspaces": vertebrae - 1,
            "runs": [span], "regions": [], "facts": [], "outside_mm3": 0.0, "per_level": per_level});
        let names = ["C2", "C3", "C4", "C5"];
        let signal =
            |(name, ratio): (&str, &Value)| json!({"level": name, "voxels": 40, "median_ratio": ratio});
        report["shape"]["cord_t2"] = names.into_iter().zip(&cord).map(signal).collect();
        report
    };
    let before = with(
        "C2–C5",
        4,
        &[("C2", 200.0), ("C3", 400.0), ("C4", 300.0), ("C5", 100.0)],
        [json!(1.0), json!(1.9), json!(1.5), json!(1.3)],
    );
    let after = with(
        "C3–C4",
        2,
        &[("C2", 20.0), ("C3", 200.0), ("C4", 100.0)],
        [json!(1.25), json!(1.3), json!(1.45), Value::Null],
    );
    let found = compared(&[visit(&before, 0.0), visit(&after, 48.0)]);
    let change = &found.changes[0];
    let levels = change.levels.as_ref().unwrap();
    let names = |levels: &[hemastage::vertebra::VertebralLevel]| {
        levels.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(names(&levels.cleared), ["C2", "C5"]);
    assert!(levels.new.is_empty());
    let mm3: Vec<[f64; 2]> = levels.per_level.iter().map(|it| [it.from_mm3, it.to_mm3]).collect();
    assert_eq!(mm3, [[200.0, 20.0], [400.0, 200.0], [300.0, 100.0], [100.0, 0.0]]);
    let words: Vec<Option<CordWord>> = change.cord_t2.iter().flatten().map(|it| it.word).collect();
    assert_eq!(words, [Some(CordWord::New), Some(CordWord::Fading), Some(CordWord::Changed), None]);
    assert!(!codes(&found).contains(&"no_common_level"));

    let elsewhere = with("L2", 1, &[("L2", 900.0)], [Value::Null, Value::Null, Value::Null, Value::Null]);
    let mut elsewhere = elsewhere;
    elsewhere["shape"]["cord_t2"] = Value::Null;
    let found = compared(&[visit(&before, 0.0), visit(&elsewhere, 48.0)]);
    assert!(codes(&found).contains(&"no_common_level"));
}

#[test]
fn visits_are_put_in_the_order_of_their_times() {
    let reports = [(report(), 0.0), (with_volume(700.0), 48.0), (with_volume(300.0), 170.0)];
    let visits = reports.clone().map(|(report, hours)| visit(&report, hours));
    let usual = compared(&visits);
    let [a, b, c] = reports.map(|(report, hours)| visit(&report, hours));
    let mut other = compared(&[c, a, b]);
    assert_eq!(other.findings.pop().map(|finding| finding.code), Some("visits_reordered".into()));
    assert_eq!(other, usual);
}

#[test]
fn without_times_the_order_counts() {
    let untimed = |report: &Value| Visit::from_json(&report.to_string()).unwrap();
    let found = compared(&[untimed(&report()), untimed(&with_volume(200.0))]);
    assert_eq!((found.visits[1].hours, found.changes[0].volume.per_day), (None, None));
    assert!(found.reasons["changes[0].volume.per_day"].contains("times"));
    assert!(found.reasons["joint"].contains("times"));
    // onsets of one bleed give the times
    let with_onset = |hours: f64| {
        let mut report = report();
        report["criteria"]["onset_hours"] = json!([hours]);
        untimed(&report)
    };
    assert_eq!(compared(&[with_onset(30.0), with_onset(80.0)]).visits[1].hours, Some(50.0));
}

#[test]
fn an_older_report_lacks_what_it_lacks() {
    let mut old = report();
    old["schema"] = json!("hemastage/report/1");
    old["shape"].as_object_mut().unwrap().remove("surface_mm2");
    old["stage"].as_object_mut().unwrap().remove("likelihood");
    old["software"].as_object_mut().unwrap().remove("results_revision");
    old["criteria"].as_object_mut().unwrap().remove("sha256");
    old.as_object_mut().unwrap().remove("settings");
    let found = compared(&[visit(&old, 0.0), visit(&report(), 48.0)]);
    let change = &found.changes[0];
    assert_eq!((change.volume.certain, change.grew, change.rebleed_q), (None, None, None));
    for key in ["changes[0].volume.certain", "changes[0].grew", "changes[0].rebleed_q", "joint"] {
        assert!(found.reasons.contains_key(key), "{key}");
    }
    assert!(codes(&found).contains(&"versions_differ"));
}

#[test]
fn misuse_is_refused() {
    let refused = |visits: &[Visit], expected: &str| {
        let error = followup(visits, &FollowUpOptions::default()).unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Parameter, expected.into()));
    };
    let one = visit(&report(), 5.0);
    refused(std::slice::from_ref(&one), "1 visit(s): a follow-up compares two or more");
    refused(&[one.clone(), one.clone()], "visits 1 and 2 are at the same time, 5 h: give each visit its own");
    let untimed = Visit::without_hematoma();
    refused(&[one, untimed], "visit 2 has no time, others have: give the time of each visit, or of none");
    for hours in [-1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(Visit::without_hematoma().at_hours(hours).unwrap_err().kind(), ErrorKind::Parameter);
    }
    for text in
        ["", "{}", "[1]", "{\"schema\": \"hemastage/report/9\"}", "{\"schema\": \"hemastage/report/2\"}"]
    {
        assert_eq!(Visit::from_json(text).unwrap_err().kind(), ErrorKind::Malformed, "{text}");
    }
}
