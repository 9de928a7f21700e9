//! Why a command ended early, and its exit code.

use std::{
    error, fmt,
    io::{self, Write},
};

use hemastage::{Error, ErrorKind};
use hemastage_image::{
    error::Detail,
    text::{cut, printable},
};

use crate::theme::Theme;

/// Exit code when all was done.
const DONE: u8 = 0;
/// Exit code when an input is at fault.
pub(crate) const INPUT: u8 = 1;
/// Exit code when the command was called wrongly.
pub(crate) const USAGE: u8 = 2;
/// Exit code when some studies of a batch failed.
pub(crate) const PARTLY: u8 = 3;
/// Exit code after Ctrl-C, as shells have it.
pub(crate) const STOPPED: u8 = 130;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An input or an option was refused.
    Refused(Error),
    /// The errors have been printed; the exit code.
    Printed(u8),
    /// Standard output could not be written.
    Output(io::Error),
}

impl Failure {
    /// The options do not go together; the text follows `error: `.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Refused(refusal(ErrorKind::Parameter, text))
    }

    /// An input of the command itself is at fault; the text follows `error: `.
    pub(crate) fn input(text: impl Into<String>) -> Self {
        Self::Refused(refusal(ErrorKind::Io, text))
    }

    fn code(&self) -> u8 {
        match self {
            Self::Refused(error) if error.kind() == ErrorKind::Parameter => USAGE,
            Self::Refused(_) | Self::Output(_) => INPUT,
            Self::Printed(code) => *code,
        }
    }

    /// The error, for a program that prints none.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Refused(error) => error,
            Self::Printed(_) => refusal(ErrorKind::Io, "some inputs are at fault"),
            Self::Output(error) => {
                refusal(ErrorKind::Io, format!("the output could not be written ({error})"))
            }
        }
    }

    /// The error's text, unless it has been printed.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Refused(error) => Some(error.to_string()),
            Self::Printed(_) => None,
            Self::Output(error) => Some(format!("standard output could not be written ({error})")),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// An error that the command itself finds.
pub(crate) fn refusal(kind: ErrorKind, text: impl Into<String>) -> Error {
    Refusal { kind, text: text.into() }.into()
}

#[derive(Debug)]
struct Refusal {
    kind: ErrorKind,
    text: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl error::Error for Refusal {}

impl Detail for Refusal {
    fn kind(&self) -> ErrorKind {
        self.kind
    }
}

/// The result of a command.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Prints what went wrong and gives the exit code.
///
/// A reader that closes standard output early, such as `head`, has what it wants: that is no failure.
pub(crate) fn exit(outcome: Outcome) -> u8 {
    match outcome {
        Ok(()) => DONE,
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => DONE,
        Err(failure) => {
            if let Some(text) = failure.text() {
                print_error(&text);
            }
            failure.code()
        }
    }
}

/// What stands before each line of a list in an error.
pub(crate) const LIST: &str = "\n  ";

/// Maximum number of characters of a line.
const MAX_LINE: usize = 500;

/// Prints one `error: …` line to standard error, with the indented lines of a list below it.
pub(crate) fn print_error(text: &str) {
    let line = |line| cut(&printable(line), MAX_LINE);
    let text = text.split(LIST).map(line).collect::<Vec<_>>().join(LIST);
    let red = Theme::alarm();
    // where standard error is closed, nobody can be notified
    drop(writeln!(anstream::stderr(), "{red}error:{red:#} {text}"));
}

/// Prints one `warning: …` line to standard error.
pub(crate) fn print_warning(text: &str) {
    let text = cut(&printable(text), MAX_LINE);
    // where standard error is closed, nobody can be notified
    drop(writeln!(anstream::stderr(), "warning: {text}"));
}
