//! Records as text.

use serde::Serialize;

/// A record as indented JSON, with a line break at its end.
pub(crate) fn indented(record: &impl Serialize) -> String {
    // plain numbers, words and lists always serialize
    let mut text = serde_json::to_string_pretty(record).unwrap_or_default();
    text.push('\n');
    text
}
