//! `criteria`: the built-in profiles.

use hemastage::Criteria;

use crate::bench::Bench;

#[test]
fn profiles_are_listed() {
    let bench = Bench::empty();
    let run = bench.run(&["criteria"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.stdout, bench.run(&["criteria", "list"]).stdout);
    for name in Criteria::built_in_names() {
        assert!(run.stdout.lines().any(|line| line.starts_with(name)), "{name}");
    }
    assert_eq!(run.stdout.matches("(default)").count(), 1);
}

#[test]
fn a_profile_is_shown_as_it_is_stored() {
    let bench = Bench::empty();
    for name in Criteria::built_in_names() {
        let run = bench.run(&["criteria", "show", name]);
        assert_eq!(run.stdout, Criteria::built_in_toml(name).unwrap());
        let file = bench.text("copy.toml", &run.stdout);
        assert_eq!(bench.run(&["criteria", "check", &file]).code, 0);
    }
    let run = bench.run(&["criteria", "show", "spine"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("spinal, sseh-review, intracranial"), "{}", run.stderr);
}
