//! Times each step next to a slow, obvious way to the same result: `README.md` says how to run one of them.

#![allow(clippy::unwrap_used, reason = "a bench stops at what it did not expect")]

mod align;
mod classify;
mod dicom;
mod further;
mod level;
mod phase;
mod read;
mod reference;
mod report;
mod sample;
mod shape;
mod study;
mod support;

use criterion::Criterion;

type Bench = fn(&mut Criterion);

/// The benches by the first word of their groups, in the order of a study.
const BENCHES: &[(&str, Bench)] = &[
    ("read", read::bench),
    ("sample", sample::bench),
    ("reference", reference::bench),
    ("align", align::bench),
    ("classify", classify::bench),
    ("phase", phase::bench),
    ("level", level::bench),
    ("shape", shape::bench),
    ("report", report::bench),
    ("study", study::bench),
    ("further", further::bench),
    ("dicom", dicom::bench),
];

/// Prepares only the benches that an argument names, if any does, as some take minutes to prepare.
fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_named = |name: &str| arguments.iter().any(|argument| argument.starts_with(name));
    let any_named = BENCHES.iter().any(|(name, _)| is_named(name));
    for &(name, bench) in BENCHES {
        if is_named(name) || !any_named {
            bench(&mut criterion);
        }
    }
    criterion.final_summary();
}
