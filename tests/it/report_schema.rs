//! The JSON Schema in `docs/` is the one of the types; the revision is that of the changelog.

use hemastage::{Report, report::RESULTS_REVISION};

#[test]
fn the_schema_in_docs_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json");
    let fresh = Report::json_schema();
    if std::env::var_os("HEMASTAGE_UPDATE_DOCS").is_some() {
        std::fs::write(path, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == fresh,
        "docs/report.schema.json is stale: run the tests once with HEMASTAGE_UPDATE_DOCS=1"
    );
}

#[test]
fn the_results_revision_counts_the_entries_that_alter_numbers() {
    let changelog = include_str!("../../CHANGELOG.md");
    // the first is the explanation
    let entries = changelog.matches("`RESULT`").count() - 1;
    assert_eq!(RESULTS_REVISION as usize, entries, "set it to the number of `RESULT` entries");
}
