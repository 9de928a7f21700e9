//! The JSON Schema in `docs/` is the one of the types.

use hemastage::Report;

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
