//! The built-in profiles against the staging tables, written out.

use hemastage::{Criteria, stage::Stage};

#[test]
fn windows_and_thresholds_are_those_of_the_tables() {
    let tables = [
        ("spinal", [(0.0, 24.0), (24.0, 72.0), (72.0, 168.0), (168.0, 336.0), (336.0, f64::INFINITY)]),
        ("sseh-review", [(0.0, 24.0), (24.0, 72.0), (24.0, 168.0), (168.0, 336.0), (336.0, f64::INFINITY)]),
        ("intracranial", [(0.0, 24.0), (24.0, 72.0), (72.0, 168.0), (168.0, 672.0), (672.0, f64::INFINITY)]),
    ];
    for (name, windows) in tables {
        let criteria = Criteria::built_in(name).unwrap();
        for (rule, (from, to)) in criteria.stages.iter().zip(windows) {
            let found = (rule.window.from.unwrap_or(0.0), rule.window.to.unwrap_or(f64::INFINITY));
            assert_eq!(found, (from, to), "{name}");
        }
        assert_eq!((criteria.t1.hypo_below, criteria.t1.hyper_above), (0.75, 1.20), "{name}");
        assert_eq!((criteria.t2.hypo_below, criteria.t2.hyper_above), (0.80, 1.20), "{name}");
        assert_eq!(criteria.ambiguities[0].min_probability, 0.2, "{name}");
        assert_eq!((criteria.mimics[0].t1_below, criteria.mimics[0].t2_above), (0.65, 2.20), "{name}");
    }
    let rule = Criteria::built_in("spinal").unwrap().mixture.clone().unwrap();
    assert_eq!(rule.last_share, 0.05);
    assert!(Criteria::built_in("sseh-review").unwrap().mixture.is_none());
}

/// Stage, weight, T1 and T2 at 1.5 and 3 T, water, spreads: the table in `docs/signal-model.md`.
#[test]
fn states_of_blood_are_those_of_the_table() {
    type Row = (Stage, f64, [f64; 2], [f64; 2], f64, [f64; 3]);
    let table: [Row; 6] = [
        (Stage::Hyperacute, 1.0, [1400.0, 1700.0], [180.0, 110.0], 1.25, [0.12, 0.25, 0.10]),
        (Stage::Acute, 1.0, [1250.0, 1500.0], [45.0, 26.0], 1.25, [0.15, 0.35, 0.10]),
        (Stage::EarlySubacute, 1.0, [420.0, 500.0], [35.0, 24.0], 1.25, [0.30, 0.35, 0.10]),
        (Stage::LateSubacute, 1.0, [420.0, 500.0], [150.0, 110.0], 1.25, [0.30, 0.30, 0.10]),
        (Stage::Chronic, 0.5, [550.0, 650.0], [130.0, 100.0], 1.25, [0.35, 0.30, 0.10]),
        (Stage::Chronic, 1.0, [900.0, 1100.0], [22.0, 15.0], 0.90, [0.25, 0.40, 0.20]),
    ];
    let spinal = Criteria::built_in("spinal").unwrap();
    let blood = spinal.blood.as_ref().unwrap();
    assert_eq!(blood.states.len(), table.len());
    for (state, (stage, weight, t1, t2, water, spread)) in blood.states.iter().zip(table) {
        assert_eq!((state.stage, state.weight, state.water), (stage, weight, water), "{}", state.name);
        assert_eq!([state.t1_ms.at_1_5_t, state.t1_ms.at_3_t], t1, "{}", state.name);
        assert_eq!([state.t2_ms.at_1_5_t, state.t2_ms.at_3_t], t2, "{}", state.name);
        assert_eq!([state.spread.t1, state.spread.t2, state.spread.water], spread, "{}", state.name);
        assert!(!state.source.is_empty());
    }
    assert_eq!([blood.cord.t1_ms.at_1_5_t, blood.cord.t1_ms.at_3_t], [780.0, 925.0]);
    assert_eq!([blood.cord.t2_ms.at_1_5_t, blood.cord.t2_ms.at_3_t], [102.0, 75.0]);
    for table in ["sseh-review", "intracranial"] {
        assert!(Criteria::built_in(table).unwrap().blood.is_none(), "{table} stays a table");
    }
}
