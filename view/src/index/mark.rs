//! What a reader made of a study, as the page saves it.

use std::{fmt, str::FromStr};

/// The columns of the file that the page saves.
pub const MARK_COLUMNS: [&str; 4] = ["study", "qc", "qc_note", "report"];

/// A reader's mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The results can be used.
    Pass,
    /// They cannot.
    Fail,
    /// Somebody should look at them again.
    LookAgain,
}

impl Mark {
    /// All marks.
    pub const ALL: [Self; 3] = [Self::Pass, Self::Fail, Self::LookAgain];

    /// The name in tables.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::LookAgain => "look_again",
        }
    }

    /// The key that sets it on the page.
    pub(super) const fn letter(self) -> char {
        match self {
            Self::Pass => 'p',
            Self::Fail => 'f',
            Self::LookAgain => 'l',
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::LookAgain => "look again",
            other => other.key(),
        })
    }
}

impl FromStr for Mark {
    type Err = String;

    /// Reads `look_again`, `Look again` or `look-again`.
    fn from_str(text: &str) -> Result<Self, String> {
        let key = text.trim().to_lowercase().replace(['-', ' '], "_");
        Self::ALL
            .into_iter()
            .find(|mark| mark.key() == key)
            .ok_or_else(|| "expected pass, fail or look_again".to_owned())
    }
}

/// A study's mark with its note, and the results that they are about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Review {
    /// The mark; `None` where there is only a note.
    pub mark: Option<Mark>,
    /// What the reader wrote.
    pub note: String,
    /// The results it is about, by [`report_id`](super::report_id); `None` where that is not known.
    pub report: Option<String>,
}

impl Review {
    /// A mark with a note; an empty one is none.
    pub fn new(mark: Option<Mark>, note: impl Into<String>) -> Self {
        Self { mark, note: note.into(), report: None }
    }

    /// Names the results that it is about.
    pub fn with_report(mut self, id: impl Into<String>) -> Self {
        self.report = Some(id.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_is_written() {
        for mark in Mark::ALL {
            assert_eq!((mark.key().parse(), mark.to_string().parse()), (Ok(mark), Ok(mark)));
        }
        assert_eq!(" Look-Again".parse(), Ok(Mark::LookAgain));
        assert!("passed".parse::<Mark>().is_err());
    }
}
