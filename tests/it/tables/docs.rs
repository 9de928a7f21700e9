//! The lists of columns in `docs/tables.md` are those of the tables.

use hemastage::table::Table;
use serde_json::Value;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/tables.md");

#[test]
fn the_columns_in_docs_are_fresh() {
    let mut text = std::fs::read_to_string(PATH).unwrap();
    let kept = text.clone();
    for table in Table::ALL {
        text = with_columns(&text, table);
    }
    if std::env::var_os("HEMASTAGE_UPDATE_DOCS").is_some() {
        std::fs::write(PATH, &text).unwrap();
        return;
    }
    assert!(kept == text, "docs/tables.md is stale: run the tests once with HEMASTAGE_UPDATE_DOCS=1");
}

/// The text with the list of columns between the marks of a table.
fn with_columns(text: &str, table: Table) -> String {
    let (begin, end) = (format!("<!-- columns of {} -->\n", table.file_name()), "<!-- end -->");
    let (before, rest) = text.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    format!("{before}{begin}{}{end}{after}", columns(table))
}

fn columns(table: Table) -> String {
    let source = table.dictionary();
    let dictionary: Value = serde_json::from_str(&source).unwrap();
    let mut text = "\n| column | unit | holds |\n|---|---|---|\n".to_owned();
    for name in table.header().trim_end().split('\t') {
        let entry = &dictionary[name];
        let unit = entry["Units"].as_str().unwrap_or_default();
        let description = entry["Description"].as_str().unwrap();
        let several = if entry["Delimiter"].is_null() { "" } else { "; several are joined by `;`" };
        text += &[
            "| `",
            name,
            "` | ",
            unit,
            " | ",
            description,
            several,
            &words(entry, &source[source.find(&format!("\n  \"{name}\": {{")).unwrap()..]),
            " |\n",
        ]
        .concat();
    }
    text + "\n"
}

/// The words of a column in the order in which its entry names them.
fn words(entry: &Value, source: &str) -> String {
    let Some(words) = entry["Levels"].as_object() else { return String::new() };
    let listed = &source[source.find("\"Levels\": {").unwrap()..];
    let mut words: Vec<&String> = words.keys().collect();
    words.sort_by_key(|word| listed.find(&format!("\n      \"{word}\": ")).unwrap());
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    format!(": {}", words.join(", "))
}
