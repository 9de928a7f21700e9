//! What can stop a command, and the exit code that says so.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use hemastage::ErrorKind;

use crate::look::Look;

/// Exit code when an input is at fault.
pub(crate) const INPUT: u8 = 1;
/// Exit code when the command was called wrongly.
pub(crate) const USAGE: u8 = 2;

/// Exit code when some studies of a batch failed.
const PARTLY: u8 = 3;
/// Exit code after Ctrl-C, as shells have it.
pub(crate) const STOPPED: u8 = 130;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library refused an input or an option.
    Library(hemastage::Error),
    /// The options do not go together; the text follows `error: `.
    Usage(String),
    /// An input of the command itself is at fault; the text follows `error: `.
    Input(String),
    /// The faults are on standard error already.
    Told,
    /// Some studies of a batch failed; what is wrong has been said.
    Partly,
    /// The user stopped a batch, and has been told.
    Stopped,
    /// Standard output could not be written.
    Output(io::Error),
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::Library(error) if error.kind() == ErrorKind::Parameter => USAGE,
            Self::Usage(_) => USAGE,
            Self::Partly => PARTLY,
            Self::Stopped => STOPPED,
            _ => INPUT,
        }
    }

    /// What is wrong, unless it has been said.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Library(error) => Some(error.to_string()),
            Self::Usage(text) | Self::Input(text) => Some(text.clone()),
            Self::Told | Self::Partly | Self::Stopped => None,
            Self::Output(error) => Some(format!("standard output could not be written ({error})")),
        }
    }
}

impl From<hemastage::Error> for Failure {
    fn from(error: hemastage::Error) -> Self {
        Self::Library(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// The result of a command.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Says what went wrong and gives the exit code.
///
/// A reader that closes standard output early, such as `head`, has what it wants: that is no failure.
pub(crate) fn exit(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(text) = failure.text() {
                say(&text);
            }
            ExitCode::from(failure.code())
        }
    }
}

/// What stands before each line of a list in an error.
const LIST: &str = "\n  ";

/// Writes one `error: …` line to standard error, with the indented lines of a list below it.
pub(crate) fn say(text: &str) {
    let text = text.split(LIST).map(printable).collect::<Vec<_>>().join(LIST);
    let red = Look::alarm();
    // with standard error gone there is nobody left to tell
    drop(writeln!(anstream::stderr(), "{red}error:{red:#} {text}"));
}

/// Text without control characters, which a file's name can hold.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
