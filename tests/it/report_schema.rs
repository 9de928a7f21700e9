//! The JSON Schemas in `docs/` are those of the types; the revision is that of the changelog.

use std::path::Path;

use hemastage::{
    Report,
    agreement::Agreement,
    followup::FollowUp,
    report::{RESULTS_REVISION, ReportWithoutHematoma},
};

#[test]
fn the_schemas_in_docs_are_fresh() {
    for (name, fresh) in [
        ("report.schema.json", Report::json_schema()),
        ("no-hematoma.schema.json", ReportWithoutHematoma::json_schema()),
        ("followup.schema.json", FollowUp::json_schema()),
        ("agreement.schema.json", Agreement::json_schema()),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        if std::env::var_os("HEMASTAGE_UPDATE_DOCS").is_some() {
            std::fs::write(&path, &fresh).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == fresh, "docs/{name} is stale: run the tests once with HEMASTAGE_UPDATE_DOCS=1");
    }
}

#[test]
fn the_results_revision_counts_the_entries_that_alter_numbers() {
    let changelog = include_str!("../../CHANGELOG.md");
    // the first is the explanation
    let entries = changelog.matches("`RESULT`").count() - 1;
    assert_eq!(RESULTS_REVISION as usize, entries, "set it to the number of `RESULT` entries");
}
