//! Published facts next to the numbers; never advice.

use crate::report::Fact;

/// How long hematomas took to go.
pub(super) fn facts(with_rules: bool) -> Vec<Fact> {
    let fact = |key: &str, text: &str, source: &str| Fact {
        key: key.into(),
        text: text.into(),
        source: source.into(),
    };
    let mut facts = vec![
        fact(
            "absorbed_within",
            "hematomas treated conservatively were absorbed within 3 to 19 days, 13.3 on average, in a series of 42 cases",
            "China Neurosurgery 2017;33:484, by the source review",
        ),
        fact(
            "case_report",
            "a cervical hematoma from C2 to C5 was smaller on days 2 and 7 and gone on day 20, when the cord's signal was normal again",
            "case report of an acute cervical spinal epidural hematoma after acupuncture, by the source review",
        ),
        fact(
            "general",
            "absorption takes 4 to 6 weeks, with scans every 2 to 4 weeks, by a general statement without a named author",
            "online medical answer page, 2025, unsigned",
        ),
    ];
    if with_rules {
        facts.extend([
            fact(
                "rule_ich_expansion",
                "intracerebral hemorrhage counts as expanded by 6 mL or more, or by 33 % or more; the rule is not of the spine",
                "Dowlatshahi D et al. Neurology 2011;76:1238",
            ),
            fact(
                "rule_recist",
                "tumors are compared with the baseline for response and with the smallest measure so far for progression",
                "RECIST 1.1, Eisenhauer EA et al. Eur J Cancer 2009;45:228",
            ),
            fact(
                "rule_lesion_30",
                "lesions of the cord have been called changed from 30 % of their volume on",
                "Spinal Cord Toolbox, discussion 4786",
            ),
        ]);
    }
    facts
}
