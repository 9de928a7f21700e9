//! What must not change a number: how arrays are stored, the unit of a signal, a second run.

use hemastage::{StageOptions, stage, stage::Stage};
use hemastage_phantom::{Collection, Extent, GridSpec, Layout, PhantomOptions};
use serde_json::Value;

use crate::support::{
    json::assert_same_json,
    phantoms::{StudyArrays, shared_phantom},
    storage::{flipped, permuted},
};

fn arrays() -> StudyArrays {
    let layout = Layout::Along(vec![(Stage::Acute, 0.4), (Stage::LateSubacute, 0.6)]);
    let options = PhantomOptions::small()
        .with_collections([Collection::new(Extent::levels("C5", "C7").unwrap()).with_layout(layout)])
        .with_t1_grid(GridSpec::small().with_tilt_deg([3.0, -4.0, 5.0]))
        .with_shading(1.5)
        .with_seed(3);
    StudyArrays::new(&shared_phantom(&options))
}

fn staged(arrays: StudyArrays) -> Value {
    let staged = stage(&arrays.study().unwrap(), &StageOptions::default()).unwrap();
    serde_json::from_str(&staged.report.to_json()).unwrap()
}

/// The numbers that must stay, without how the arrays were stored.
fn numbers(mut report: Value) -> Value {
    report.as_object_mut().unwrap().remove("inputs");
    report
}

#[test]
fn flips_and_permutations_change_no_number() {
    let expected = numbers(staged(arrays()));
    assert_eq!(expected["mixed_phase"]["flag"], true, "the phantom shows what it should");
    for axis in 0..3 {
        let p = arrays();
        let turned = StudyArrays { t1: flipped(p.t1, axis), hematoma: flipped(p.hematoma, axis), ..p };
        assert_same_json(
            &numbers(staged(turned)),
            &expected,
            2e-8,
            &format!("t1 and hematoma flipped along {axis}"),
        );
        let p = arrays();
        let turned = StudyArrays { t2: flipped(p.t2, axis), cord: flipped(p.cord, axis), ..p };
        assert_same_json(
            &numbers(staged(turned)),
            &expected,
            2e-8,
            &format!("t2 and cord flipped along {axis}"),
        );
    }
    for order in [[1, 2, 0], [2, 1, 0], [0, 2, 1]] {
        let p = arrays();
        let turned = StudyArrays {
            t1: permuted(p.t1, order),
            t2: permuted(p.t2, order),
            hematoma: permuted(p.hematoma, order),
            cord: permuted(p.cord, order),
            ..p
        };
        assert_same_json(&numbers(staged(turned)), &expected, 2e-8, &format!("{order:?}"));
    }
}

#[test]
fn the_unit_of_a_signal_changes_no_ratio() {
    let expected = numbers(staged(arrays()));
    for (a, b) in [(2.7, 1.0), (1.0, 0.031), (1e-4, 1e6)] {
        let mut p = arrays();
        p.t1.0.mapv_inplace(|v| v * a);
        p.t2.0.mapv_inplace(|v| v * b);
        let mut found = numbers(staged(p));
        for (contrast, factor) in [("t1", a), ("t2", b)] {
            for key in ["median", "spread"] {
                let value = &mut found["reference"][contrast][key];
                *value = serde_json::json!(value.as_f64().unwrap() / factor);
            }
        }
        assert_same_json(&found, &expected, 2e-8, "scaled");
    }
}

#[test]
fn a_changed_signal_changes_the_report() {
    let mut p = arrays();
    p.t2.0.mapv_inplace(|v| v.powf(1.1));
    assert_ne!(numbers(staged(p))["hematoma"]["signal"], numbers(staged(arrays()))["hematoma"]["signal"]);
}

#[test]
fn a_second_run_gives_the_same_bytes() {
    let run = || {
        let staged = stage(&arrays().study().unwrap(), &StageOptions::default()).unwrap();
        let mut map = Vec::new();
        staged.stage_map.write_nifti_gz(&mut map).unwrap();
        (staged.report.to_json(), map)
    };
    let first = run();
    assert!(first == run());
    let other = std::thread::spawn(run).join().unwrap();
    assert!(first == other, "on another thread");
}
