//! The built-in profiles against the staging tables, written out.

use hemastage::Criteria;

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
        assert_eq!(criteria.ambiguities[0].t1_ratio, (0.60, 0.85), "{name}");
        assert_eq!((criteria.mimics[0].t1_below, criteria.mimics[0].t2_above), (0.65, 2.20), "{name}");
    }
    let rule = Criteria::built_in("spinal").unwrap().mixture.clone().unwrap();
    assert_eq!(rule.last_share, 0.05);
    assert!(Criteria::built_in("sseh-review").unwrap().mixture.is_none());
}
