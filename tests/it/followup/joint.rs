//! The age of a bleed, next to the formula written out.

use hemastage::{Criteria, stage::Stage};
use serde_json::{Value, json};

use super::{compared, report, visit};

fn with_likelihood(five: [f64; 5], onsets: &[f64]) -> Value {
    let mut report = report();
    for (stage, p) in Stage::FIVE.into_iter().zip(five) {
        report["stage"]["likelihood"][stage.key()] = json!(p);
    }
    report["stage"]["likelihood"]["indeterminate"] = json!(0.0);
    report["criteria"]["onset_hours"] = json!(onsets);
    report
}

/// P(s | t) by the profile's windows.
fn expected(criteria: &Criteria, hours: f64) -> [f64; 5] {
    let edge = |x: f64| 1.0 / (1.0 + (-x / 0.5_f64).exp());
    let fit = Stage::FIVE.map(|stage| {
        let window = criteria.window(stage).unwrap();
        let from = window.from.filter(|&from| from > 0.0).map_or(1.0, |from| edge((hours / from).ln()));
        from * window.to.map_or(1.0, |to| edge((to / hours).ln()))
    });
    let sum: f64 = fit.iter().sum();
    let floored = fit.map(|p| (p / sum).max(0.05));
    let sum: f64 = floored.iter().sum();
    floored.map(|p| p / sum)
}

/// Probabilities of the first visit's stages, and the median age.
fn slow(likelihoods: &[[f64; 5]], hours: &[f64], onset: Option<f64>) -> ([f64; 5], f64) {
    let criteria = Criteria::built_in("spinal").unwrap();
    let ages: Vec<f64> = (0..=195).map(|n| (0.05 * f64::from(n)).exp()).collect();
    let bands = [(1.0, 24.0), (24.0, 72.0), (72.0, 168.0), (168.0, 336.0), (336.0, 4032.0)];
    let mut total = 0.0;
    let (mut stages, mut weights) = ([0.0; 5], Vec::new());
    for &age in &ages {
        let prior = match onset {
            Some(onset) => (-0.5 * ((age / onset).ln() / 0.4_f64).powi(2)).exp(),
            None => bands
                .iter()
                .filter(|(from, to)| (*from..*to).contains(&age))
                .map(|(from, to)| 0.2 / ages.iter().filter(|t| (*from..*to).contains(*t)).count() as f64)
                .sum(),
        };
        let each: Vec<[f64; 5]> = likelihoods
            .iter()
            .zip(hours)
            .map(|(likelihood, hours)| {
                let most = likelihood.iter().copied().fold(0.0, f64::max);
                let sum: f64 = likelihood.iter().map(|l| l + 0.001 * most).sum();
                let time = expected(&criteria, age + hours);
                std::array::from_fn(|s| time[s] * (likelihood[s] + 0.001 * most) / sum)
            })
            .collect();
        let evidence: Vec<f64> = each.iter().map(|visit| visit.iter().sum()).collect();
        let weight = prior * evidence.iter().product::<f64>();
        total += weight;
        weights.push(weight);
        for s in 0..5 {
            stages[s] += weight * each[0][s] / evidence[0];
        }
    }
    let mut reached = 0.0;
    let median = ages.iter().zip(&weights).find(|(_, weight)| {
        reached += **weight / total;
        reached >= 0.5
    });
    (stages.map(|p| p / total), *median.unwrap().0)
}

#[test]
fn is_the_formula() {
    let unsure = [0.1, 0.45, 0.0, 0.0, 0.45];
    let late = [0.02, 0.08, 0.3, 0.5, 0.1];
    for onset in [None, Some(30.0)] {
        let onsets: Vec<f64> = onset.into_iter().collect();
        let visits = [(unsure, 0.0), (late, 150.0), (late, 300.0)];
        let reports = visits.map(|(likelihood, hours)| {
            let onsets: Vec<f64> = onsets.iter().map(|onset| onset + hours).collect();
            visit(&with_likelihood(likelihood, &onsets), hours)
        });
        let found = compared(&reports).joint.unwrap();
        let (stages, age) = slow(&[unsure, late, late], &[0.0, 150.0, 300.0], onset);
        for (stage, p) in Stage::FIVE.into_iter().zip(stages) {
            assert!((found.visits[0].probabilities[stage] - p).abs() < 1e-6, "{stage}");
        }
        assert!((found.bleed_age_hours.p50 / age - 1.0).abs() < 1e-6);
        // blood that was late subacute days later was not chronic before
        assert_eq!(found.visits[0].joint, Stage::Acute);
    }
}

#[test]
fn a_rebleed_has_no_single_age() {
    let old = with_likelihood([0.0, 0.0, 0.0, 0.95, 0.05], &[]);
    let young = with_likelihood([0.9, 0.1, 0.0, 0.0, 0.0], &[]);
    let found = compared(&[visit(&old, 0.0), visit(&young, 60.0)]);
    assert_eq!(found.changes[0].younger_than_before, Some(true));
    assert!(found.joint.is_none() && found.reasons["joint"].contains("renewed bleeding"));
    assert!(found.findings.iter().any(|finding| finding.code == "younger_than_before"));
}

#[test]
fn other_profiles_have_no_joint_age() {
    let usual = with_likelihood([0.0, 0.5, 0.5, 0.0, 0.0], &[]);
    let mut other = usual.clone();
    other["criteria"]["sha256"] = json!("0".repeat(64));
    let found = compared(&[visit(&usual, 0.0), visit(&other, 60.0)]);
    assert!(found.joint.is_none() && found.reasons["joint"].contains("several criteria profiles"));
    assert!(found.findings.iter().any(|finding| finding.code == "profiles_differ"));
    let found = compared(&[visit(&other, 0.0), visit(&other, 60.0)]);
    assert!(found.reasons["joint"].contains("not built in"));
}

/// A mixed hematoma at C4 and C5: phases with the stages' likelihoods, each at the levels given.
fn mixed(phases: &[(Stage, &[&str])], main: Stage) -> Value {
    let certain = |stage: Stage| -> Value {
        Stage::ALL
            .into_iter()
            .map(|other| (other.key().to_owned(), json!(f64::from(u8::from(other == stage)))))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let mut report = report();
    report["stage"]["likelihood"] = certain(main);
    let template = report["mixed_phase"]["phases"][0].clone();
    let phase = |&(stage, _): &(Stage, &[&str])| {
        let mut phase = template.clone();
        phase["stage"] = json!(stage.key());
        phase["likelihood"] = certain(stage);
        phase
    };
    report["mixed_phase"]["phases"] = phases.iter().map(phase).collect();
    let level = |name: &str| {
        let here: Vec<Stage> =
            phases.iter().filter(|(_, at)| at.contains(&name)).map(|(stage, _)| *stage).collect();
        let stage_mm3: serde_json::Map<String, Value> = Stage::ALL
            .into_iter()
            .map(|stage| (stage.key().to_owned(), json!(if here.contains(&stage) { 100.0 } else { 0.0 })))
            .collect();
        json!({"level": name, "mm3": 200.0, "covered_mm": 10.0, "involved": true, "inferred": false,
               "stage": here.first().map(|stage| stage.key()), "stage_mm3": stage_mm3})
    };
    let per_level: Vec<Value> = ["C4", "C5"]
        .into_iter()
        .filter(|name| phases.iter().any(|(_, at)| at.contains(name)))
        .map(level)
        .collect();
    report["levels"] = json!({"scheme": "sct", "span": "C4–C5", "vertebrae": 2, "interspaces": 1, "runs": ["C4–C5"],
        "regions": [], "facts": [], "outside_mm3": 0.0, "per_level": per_level});
    report
}

#[test]
fn a_young_phase_where_only_old_blood_was_suggests_a_rebleed() {
    use Stage::{Acute, LateSubacute};
    let old: (Stage, &[&str]) = (LateSubacute, &["C4", "C5"]);
    let before = mixed(&[old], LateSubacute);
    let after = mixed(&[(Acute, &["C5"]), old], LateSubacute);
    let found = compared(&[visit(&before, 0.0), visit(&after, 60.0)]);
    let change = &found.changes[0];
    assert!(change.rebleed_q.unwrap() < 0.1, "the main phase is as old as before");
    let phase = change.younger_phase.as_ref().unwrap();
    assert_eq!((phase.from, phase.to), (LateSubacute, Acute));
    assert_eq!(phase.levels.iter().map(ToString::to_string).collect::<Vec<_>>(), ["C5"]);
    assert!(phase.q > 0.99 && change.younger_than_before == Some(true));
    let text = &found.findings.iter().find(|finding| finding.code == "younger_than_before").unwrap().message;
    assert!(
        text.starts_with("acute blood at C5 at visit 2 is younger than all that was there at visit 1"),
        "{text}"
    );

    // young blood that was there before, or at a level without blood before, is no sign
    for before in [after.clone(), mixed(&[(LateSubacute, &["C4"])], LateSubacute)] {
        let found = compared(&[visit(&before, 0.0), visit(&after, 60.0)]);
        assert_eq!(found.changes[0].younger_than_before, Some(false));
    }
}

#[test]
fn an_onset_after_a_visit_with_blood_is_said() {
    let first = with_likelihood([0.0, 0.5, 0.5, 0.0, 0.0], &[]);
    let later = with_likelihood([0.0, 0.5, 0.5, 0.0, 0.0], &[10.0]);
    let found = compared(&[visit(&first, 0.0), visit(&later, 60.0)]);
    let text = &found.findings.iter().find(|finding| finding.code == "onset_after_visit").unwrap().message;
    assert!(text.starts_with("by the onset the bleed was 50 h after the first visit"), "{text}");
}
