//! Who runs a batch: the command as its own process, or a program that calls it in its own.

use std::{
    env,
    ffi::OsString,
    fmt,
    io::Write as _,
    sync::{Arc, atomic::AtomicBool},
};

use crate::failure::{Failure, Outcome};

/// What a program learns of its batch.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// It begins with this many studies.
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
    /// How many studies have warnings, and which.
    Warnings(&'a str),
}

/// A program that calls a batch.
pub struct Program {
    /// Once set, no study is begun.
    pub stop: Arc<AtomicBool>,
    /// Starts the command in another process: a program and the arguments before the command's own.
    pub restart: Vec<OsString>,
    /// The command's own.
    pub arguments: Vec<OsString>,
    /// Learns how far it is.
    pub on_event: Box<dyn Fn(Event<'_>)>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("stop", &self.stop).finish_non_exhaustive()
    }
}

/// Who runs a batch.
#[derive(Debug)]
pub(crate) enum Host {
    /// The command, with what starts it again where that is not its own file.
    Command(Option<Vec<OsString>>),
    /// A program.
    Program(Program),
}

impl Host {
    /// Whether it is a program, which prints for itself.
    pub(super) fn is_program(&self) -> bool {
        matches!(self, Self::Program(_))
    }

    /// Tells a program; false where there is none.
    pub(super) fn tell(&self, event: Event<'_>) -> bool {
        let Self::Program(program) = self else { return false };
        (program.on_event)(event);
        true
    }

    /// Says something about the studies.
    pub(super) fn note(&self, text: &str) {
        if !self.tell(Event::Note(text)) {
            // where standard error is closed, nobody can be notified
            drop(writeln!(anstream::stderr(), "note: {text}"));
        }
    }

    /// What ends the batch of a program early.
    pub(super) fn stop(&self) -> Option<Arc<AtomicBool>> {
        match self {
            Self::Command(_) => None,
            Self::Program(program) => Some(Arc::clone(&program.stop)),
        }
    }

    /// What starts the batch again: a program and its arguments.
    pub(super) fn restart(&self) -> Outcome<Vec<OsString>> {
        match self {
            Self::Command(Some(words)) => return Ok(words.clone()),
            Self::Program(program) => return Ok([&program.restart[..], &program.arguments].concat()),
            Self::Command(None) => {}
        }
        let program = env::current_exe().map_err(|error| {
            Failure::input(format!("the program cannot be started again ({})", error.kind()))
        })?;
        Ok(std::iter::once(program.into_os_string()).chain(env::args_os().skip(1)).collect())
    }
}
