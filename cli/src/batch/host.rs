//! A program that calls a batch in its own process, in place of the command: what it learns, and what it decides.

use std::{
    cell::RefCell,
    env,
    ffi::OsString,
    fmt,
    sync::{Arc, OnceLock, atomic::AtomicBool},
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
    pub on_event: Box<dyn FnMut(Event<'_>)>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("stop", &self.stop).finish_non_exhaustive()
    }
}

thread_local! {
    /// The program of the batch of this thread; `None` where that is the command's.
    static PROGRAM: RefCell<Option<Program>> = const { RefCell::new(None) };
}

/// What starts this command again, where that is not its own file.
static RESTART: OnceLock<Vec<OsString>> = OnceLock::new();

/// Runs a batch of this thread for a program.
pub(crate) fn with<T>(program: Program, run: impl FnOnce() -> T) -> T {
    PROGRAM.set(Some(program));
    let outcome = run();
    PROGRAM.set(None);
    outcome
}

/// Says what starts this process again: a program and its arguments.
pub(crate) fn set_restart(words: Vec<OsString>) {
    // a process is started once
    drop(RESTART.set(words));
}

/// Tells the program of this thread; false where there is none.
pub(super) fn tell(event: Event<'_>) -> bool {
    PROGRAM.with_borrow_mut(|program| program.as_mut().map(|program| (program.on_event)(event)).is_some())
}

/// Whether a program calls the batch of this thread.
pub(super) fn is_program() -> bool {
    PROGRAM.with_borrow(Option::is_some)
}

/// What ends the batch of a program early.
pub(super) fn stop() -> Option<Arc<AtomicBool>> {
    PROGRAM.with_borrow(|program| program.as_ref().map(|program| Arc::clone(&program.stop)))
}

/// What starts the batch of this thread again: a program and its arguments.
pub(super) fn restart() -> Outcome<Vec<OsString>> {
    let of_program = PROGRAM.with_borrow(|program| {
        program.as_ref().map(|program| [&program.restart[..], &program.arguments].concat())
    });
    if let Some(words) = of_program.or_else(|| RESTART.get().cloned()) {
        return Ok(words);
    }
    let program = env::current_exe()
        .map_err(|error| Failure::input(format!("the program cannot be started again ({})", error.kind())))?;
    Ok(std::iter::once(program.into_os_string()).chain(env::args_os().skip(1)).collect())
}
