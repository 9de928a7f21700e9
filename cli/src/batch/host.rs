//! Who runs a batch and learns how far it is: the command, or a program that calls it.

use std::{
    ffi::OsString,
    fmt,
    io::Write as _,
    process::Command,
    sync::{Arc, atomic::AtomicBool},
};

use super::stop_on_interrupt;
use crate::{
    Call,
    failure::{Failure, Outcome},
};

/// What a program learns of its batch.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// Begins with this many studies.
    Begun(usize),
    /// Something about the list of studies.
    Note(&'a str),
    /// A study ended, with its call or the reason why it has none.
    Study {
        /// Its name.
        name: &'a str,
        /// What became of it.
        outcome: Result<&'a str, &'a str>,
    },
}

/// Where a batch runs.
pub(crate) enum Host<'a> {
    /// In the command, which prints and listens to Ctrl-C.
    Command(&'a Call<'a>),
    /// In a program.
    Program(Program<'a>),
}

/// A program that calls a batch.
pub struct Program<'a> {
    /// Once set, no study is begun.
    pub stop: Arc<AtomicBool>,
    /// Starts the command again: a program and the arguments before those of `hemastage`.
    pub restart: Vec<OsString>,
    /// What the command would be called with.
    pub arguments: Vec<OsString>,
    /// Learns how far it is.
    pub on_event: &'a mut dyn FnMut(Event<'_>),
}

impl fmt::Debug for Program<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("stop", &self.stop).finish_non_exhaustive()
    }
}

impl<'a> Host<'a> {
    pub(super) fn note(&mut self, text: &str) {
        match self {
            // where standard error is closed, nobody can be notified
            Self::Command(_) => drop(writeln!(anstream::stderr(), "note: {text}")),
            Self::Program(program) => (program.on_event)(Event::Note(text)),
        }
    }

    /// What ends the batch early; the command prints this when it does.
    pub(super) fn stop(&self, message: &'static str) -> Outcome<Arc<AtomicBool>> {
        match self {
            Self::Command(_) => stop_on_interrupt(message),
            Self::Program(program) => Ok(Arc::clone(&program.stop)),
        }
    }

    /// Starts a process that is this command again, to stage studies for this one.
    pub(super) fn worker(&self) -> Outcome<impl Fn() -> Command + Send + Sync + use<>> {
        let (restart, arguments) = match self {
            Self::Command(call) if call.restart.is_empty() => {
                return Err(Failure::input("the program cannot be started again (its file is not known)"));
            }
            Self::Command(call) => (call.restart.to_vec(), call.arguments.to_vec()),
            Self::Program(program) => (program.restart.clone(), program.arguments.clone()),
        };
        let words: Vec<OsString> = restart.into_iter().chain(arguments).chain(["--worker".into()]).collect();
        Ok(move || {
            let mut words = words.iter();
            let mut command = Command::new(words.next().map(OsString::as_os_str).unwrap_or_default());
            command.args(words);
            command
        })
    }

    /// Whether this is the command.
    pub(super) fn is_command(&self) -> bool {
        matches!(self, Self::Command(_))
    }

    /// Who else learns how far it is.
    pub(super) fn into_listener(self) -> Option<&'a mut dyn FnMut(Event<'_>)> {
        match self {
            Self::Command(_) => None,
            Self::Program(program) => Some(program.on_event),
        }
    }
}
