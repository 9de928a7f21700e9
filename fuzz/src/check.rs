//! What must hold of errors, findings and texts.

use std::error::Error as _;

use hemastage::{Error, Finding};
use hemastage_image::text::is_printable;

/// In the name of the folder, in headers and in cells of the seeds, and in no text of the program.
const SECRETS: [&str; 5] = [FOLDER, "Grabowski", "Quakenstedt", "Papadimitriou", "Wyszy"];

/// Likewise, as a number of its own; within a longer one it is chance.
const SECRET_NUMBER: &str = "917351";

/// The folder's name begins with this.
pub const FOLDER: &str = "DOE^JANE";

/// No text of an error or a finding is longer; of a list, no line.
const MAX_BYTES: usize = 2_000;

/// A list in an error has fewer lines.
const MAX_LINES: usize = 32;

/// What was read of a file, or an error that shows nothing of its folder or header.
pub fn read<T>(read: Result<T, Error>) -> Option<T> {
    read.inspect_err(|found| {
        error(found);
        private(&found.to_string());
    })
    .ok()
}

/// Nothing of a folder or header is in a text.
pub fn private(text: &str) {
    let secret = SECRETS.into_iter().find(|secret| text.contains(secret));
    assert_eq!(secret, None, "in the text: {text}");
    let number = text.split(|c: char| !c.is_ascii_digit()).any(|number| number == SECRET_NUMBER);
    assert!(!number, "{SECRET_NUMBER} is in the text: {text}");
}

/// An error and its causes.
pub fn error(error: &Error) {
    let lines = error.to_string();
    // the series of a folder, one a line
    assert!(lines.split("\n  ").count() < MAX_LINES, "{lines}");
    lines.split("\n  ").for_each(text);
    if let Some(place) = error.place() {
        text(place);
    }
    let mut cause = error.source();
    while let Some(error) = cause {
        text(&error.to_string());
        cause = error.source();
    }
}

/// A value, or an error as it must be.
pub fn result<T>(result: Result<T, Error>) -> Option<T> {
    result.inspect_err(error).ok()
}

/// Findings as they must be.
pub fn findings(findings: &[Finding]) {
    for finding in findings {
        text(&finding.message);
        private(&finding.message);
        finding.place.iter().for_each(|place| text(place));
        assert!(
            !finding.code.is_empty() && finding.code.bytes().all(|b| b.is_ascii_graphic()),
            "{finding:?}"
        );
    }
}

/// A short printable line that says something.
pub fn text(text: &str) {
    assert!(!text.trim().is_empty(), "an empty text");
    assert!(text.len() <= MAX_BYTES, "{} bytes: {text:.300}", text.len());
    assert!(text.chars().all(is_printable), "not printable: {text:?}");
}
