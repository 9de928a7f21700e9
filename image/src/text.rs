//! What messages may repeat: printable text of bounded length, no folder, and never the text of a file.

use std::{
    fmt::{Display, Write as _},
    path::{Path, is_separator},
};

use crate::error::{Detail, ErrorKind};

/// Maximum number of characters of a caller's word that a message repeats.
pub const MAX_QUOTED: usize = 40;

/// Maximum number of characters of a name that reports carry.
pub const MAX_NAME: usize = 200;

/// Maximum number of characters of a title or source that reports carry.
pub const MAX_SOURCE: usize = 2000;

/// The first `max` values, separated by commas; an ellipsis stands for the rest.
pub fn listed<T: Display>(values: impl IntoIterator<Item = T>, max: usize) -> String {
    let mut text: Vec<String> = values.into_iter().take(max + 1).map(|value| value.to_string()).collect();
    if text.len() > max {
        text[max] = "…".into();
    }
    text.join(", ")
}

/// Whether a character can be printed: it controls no terminal, changes no direction of writing and is not invisible.
///
/// # Reference
/// Unicode, general categories Cc, Cf, Zl and Zp.
pub fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{ad}'
            | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

/// Text with `?` for each character that cannot be printed.
///
/// # Example
/// ```
/// assert_eq!(hemastage_image::text::printable("a\u{1b}[31m\u{202e}b"), "a?[31m?b");
/// ```
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if is_printable(c) { c } else { '?' }).collect()
}

/// JSON with an escape for each character that cannot be printed; outside of strings it has line breaks alone.
pub fn printable_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_printable(c) || c == '\n' {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // writing to a string cannot fail
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

/// A caller's word as a message repeats it: printable, cut where it is long, and of a path only the last part. A folder
/// is not named.
///
/// # Example
/// ```
/// use hemastage_image::text::quoted;
/// assert_eq!(quoted("spine"), "spine");
/// assert_eq!(quoted("DOE/spine.toml"), "spine.toml");
/// assert_eq!(quoted("DOE/"), "(a folder)");
/// ```
pub fn quoted(text: &str) -> String {
    let is_sign = |c: char| is_separator(c) || c == '\\';
    let part = match text.rsplit(is_sign).next() {
        _ if text.ends_with(is_sign) || Path::new(text).is_dir() => "(a folder)",
        Some(last) => last,
        None => text,
    };
    cut(&printable(part), MAX_QUOTED)
}

/// Text of at most `max` characters; an ellipsis stands for the rest.
pub fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max.saturating_sub(1)) {
        Some((end, last)) if end + last.len_utf8() < text.len() => format!("{}…", &text[..end]),
        _ => text.into(),
    }
}

/// A text that reports carry, such as a name: printable and of bounded length.
///
/// # Errors
/// `Parameter`, without the text, when it is not.
pub fn checked(what: &'static str, text: &str, max: usize) -> Result<(), TextError> {
    if !text.chars().all(is_printable) {
        return Err(TextError::Unprintable { what });
    }
    let found = text.chars().count();
    if found > max { Err(TextError::Long { what, found, max }) } else { Ok(()) }
}

/// A text that a report cannot carry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// It holds a control character, a line break or an invisible character.
    #[error(
        "{what} holds a character that cannot be printed, such as a line break: expected one line of plain text"
    )]
    Unprintable {
        /// What the text is.
        what: &'static str,
    },
    /// It is too long.
    #[error("{what} has {found} characters: expected at most {max}")]
    Long {
        /// What the text is.
        what: &'static str,
        /// Its characters.
        found: usize,
        /// The limit.
        max: usize,
    },
}

impl Detail for TextError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

/// The message of a parser of a file without what stood in the file: what was expected alone, else `otherwise`.
///
/// # Example
/// ```
/// use hemastage_image::text::expectation;
/// let of = |message| expectation(message, "not valid TOML");
/// assert_eq!(of("invalid type: string \"DOE\", expected f64"), "expected a number");
/// assert_eq!(of("unknown field `doe`, expected `t1` or `t2`"), "unknown key: expected `t1` or `t2`");
/// assert_eq!(of("DOE"), "not valid TOML");
/// ```
pub fn expectation(message: &str, otherwise: &str) -> String {
    let message = message.replace('\n', ", ");
    // the keys and words after it are those of the program
    if message.starts_with("missing field `") {
        return message.replacen("missing field", "missing key", 1);
    }
    if message == "duplicate key" || message.starts_with("duplicate field `") {
        return "a key is given twice".into();
    }
    // the last one: the text of a file, which stands before it, may hold these words too
    let Some((found, expected)) = message.rsplit_once(", expected ") else { return otherwise.into() };
    let what = match found {
        _ if found.starts_with("unknown field") => "unknown key: ",
        _ if found.starts_with("unknown variant") => "unknown word: ",
        _ => "",
    };
    let expected = match expected {
        "f64" => "a number",
        "i64" => "a whole number",
        expected => expected,
    };
    cut(&format!("{what}expected {expected}"), MAX_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_escape_sequence_and_no_invisible_character_is_printed() {
        let unprintable = "\u{1b}\u{7}\u{9b}\n\u{7f}\u{202e}\u{200b}\u{200f}\u{2028}\u{2029}\u{2060}\u{2066}\u{feff}\u{61c}\u{e0041}";
        assert_eq!(printable(unprintable), "?".repeat(unprintable.chars().count()));
        assert_eq!(printable("Étude ヘマトーマ µ 3–4 …"), "Étude ヘマトーマ µ 3–4 …");
        assert_eq!(
            printable_json("{\n\"a\": \"\u{202e}é\u{e0041}\u{7f}\"}"),
            "{\n\"a\": \"\\u202eé\\udb40\\udc41\\u007f\"}"
        );
    }

    #[test]
    fn a_word_is_repeated_without_folder_and_not_whole_if_long() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().to_str().unwrap();
        for (text, expected) in [
            ("C8", "C8"),
            ("/data/DOE/t1.nii.gz", "t1.nii.gz"),
            ("DOE\\t1.nii", "t1.nii"),
            ("/data/DOE/", "(a folder)"),
            (folder, "(a folder)"),
            ("a\u{1b}[31m", "a?[31m"),
        ] {
            assert_eq!(quoted(text), expected, "{text}");
        }
        let long = quoted(&"ä".repeat(1 << 20));
        assert!(long.ends_with('…') && long.chars().count() == MAX_QUOTED);
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
    }

    #[test]
    fn the_text_of_a_file_stays_in_it() {
        for (message, expected) in [
            ("unknown field `a, expected DOE`, expected `t1` or `t2`", "unknown key: expected `t1` or `t2`"),
            (
                "unknown variant `DOE`, expected one of `hypo`, `iso`",
                "unknown word: expected one of `hypo`, `iso`",
            ),
            ("invalid length 2, expected an array of length 3", "expected an array of length 3"),
            ("missing field `z`", "missing key `z`"),
            ("duplicate key", "a key is given twice"),
            ("unclosed table, expected `]`", "expected `]`"),
            ("wanted exactly 1 element, more than 1 element: DOE", "not valid TOML"),
        ] {
            assert_eq!(expectation(message, "not valid TOML"), expected);
        }
        assert!(expectation(&format!("x, expected {}", "y".repeat(1 << 20)), "").chars().count() <= MAX_NAME);
    }

    #[test]
    fn a_name_is_printable_and_short() {
        assert_eq!(checked("the name", "Étude 1", 7), Ok(()));
        assert_eq!(
            checked("the name", "Étude 12", 7).unwrap_err().to_string(),
            "the name has 8 characters: expected at most 7"
        );
        assert_eq!(
            checked("the name", "a\u{202e}", 7).unwrap_err().to_string(),
            "the name holds a character that cannot be printed, such as a line break: expected one line of plain text"
        );
    }
}
