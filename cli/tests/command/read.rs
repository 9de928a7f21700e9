//! `read`: signal in words.

use approx::assert_abs_diff_eq;

use crate::bench::Bench;

#[test]
fn words_give_a_stage() {
    let bench = Bench::empty();
    let run = bench.run(&["read", "--t1", "iso", "--t2", "hyper"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.starts_with("stage       hyperacute\n"), "{}", run.stdout);
    assert!(run.stdout.contains("criteria    spinal, no onset given\n"));
    assert_eq!(run.stdout.matches("Not a diagnosis").count(), 1);

    let run = bench.run(&["read", "--t1", "hyper", "--t2", "hyper", "--criteria", "sseh-review"]);
    assert!(run.stdout.contains("its signal fits late subacute 50 %, chronic 50 %"), "{}", run.stdout);
    let run = bench.run(&["read", "--t1", "iso", "--t2", "hyper,hypo", "--onset", "15h"]);
    assert!(run.stdout.starts_with("stage       acute\n"), "{}", run.stdout);
    assert!(run.stdout.contains("by the profile's rule for this mixture"));
}

#[test]
fn json_has_every_key() {
    let bench = Bench::empty();
    let words = ["read", "--t1", "iso", "--t2", "hyper,hypo", "--onset", "15h", "--onset", "2d", "--json"];
    let found = bench.run(&words).json();
    let keys: Vec<&str> = found.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = vec![
        "t1",
        "t2",
        "onset_hours",
        "criteria",
        "call",
        "candidates",
        "probabilities",
        "areas",
        "by_mixture_rule",
        "model",
        "field_t",
        "table_call",
        "disclaimer",
    ];
    expected.sort_unstable();
    assert_eq!(keys, expected);
    assert_eq!((&found["t1"], &found["t2"]), (&"iso".into(), &"hyper,hypo".into()));
    assert_eq!(found["onset_hours"], serde_json::json!([15.0, 48.0]));
    assert_eq!((&found["call"], &found["by_mixture_rule"]), (&"acute".into(), &true.into()));
    assert_eq!(found["areas"], serde_json::json!(["acute"]));
    assert_eq!(found["candidates"][0]["stage"], "acute");
    let probabilities = found["probabilities"].as_object().unwrap();
    let sum: f64 = probabilities.values().map(|value| value.as_f64().unwrap()).sum();
    assert_eq!(probabilities.len(), 6);
    assert_abs_diff_eq!(sum, 1.0, epsilon = 1e-9);
}

#[test]
fn the_table_is_a_choice_and_the_field_counts() {
    let bench = Bench::empty();
    let read = |more: &[&str]| {
        bench.run(&[&["read", "--t1", "hypo", "--t2", "hypo", "--json"], more].concat()).json()
    };
    let table = read(&["--model", "pattern", "--field", "3"]);
    assert_eq!((&table["call"], &table["table_call"]), (&"chronic".into(), &"chronic".into()));
    assert_eq!((&table["model"], &table["field_t"]), (&"pattern".into(), &serde_json::Value::Null));
    let [low, high] = ["1.5", "3"].map(|field| read(&["--field", field]));
    assert_eq!((&high["model"], &high["field_t"]), (&"relaxation".into(), &3.0.into()));
    assert!(high["probabilities"]["acute"].as_f64() > low["probabilities"]["acute"].as_f64());
    let words = bench.run(&["read", "--t1", "hypo", "--t2", "hypo"]);
    assert!(words.stdout.contains("by the table: chronic"), "{}", words.stdout);
}

#[test]
fn other_words_are_refused() {
    let bench = Bench::empty();
    for (arguments, part) in [
        (&["--t1", "gray", "--t2", "hyper"][..], "unknown signal level `gray`: expected hypo, iso or hyper"),
        (&["--t1", "iso", "--t2", "hyper,"][..], "unknown signal level ``"),
        (&["--t1", "iso"][..], "--t2"),
        (&["--t1", "iso", "--t2", "hyper", "--onset", "3"][..], "has no unit"),
        (&["--t1", "iso", "--t2", "hyper", "--field", "30"][..], "the field is 30 T: expected 0.01 to 20 T"),
        (
            &["--t1", "iso", "--t2", "hyper", "--criteria", "sseh-review", "--model", "relaxation"][..],
            "the criteria profile `sseh-review` lists no states of blood: choose the model `pattern`",
        ),
        (&["--t1", "iso", "--t2", "hyper", "--criteria", "spine"][..], "unknown criteria profile `spine`"),
    ] {
        let run = bench.run(&[&["read"], arguments].concat());
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{part}");
        assert!(run.stderr.starts_with("error: ") && run.stderr.contains(part), "{part}: {}", run.stderr);
    }
}
