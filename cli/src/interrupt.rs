//! Ctrl-C and SIGTERM: nothing unfinished stays behind.
//!
//! Only where the process is the command: a program that calls it keeps its own signals.
//!
//! SIGHUP is left alone, as `nohup` relies on; what a hangup leaves behind is removed by the next run into that folder.

use std::{
    io, process,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use hemastage::{
    Result,
    io::output::{OutputFolder, Unfinished},
};

use crate::failure::{Failure, Outcome};

/// Whether this process is the command, and not a program that calls parts of it.
static IS_COMMAND: AtomicBool = AtomicBool::new(false);

/// Says that this process is the command.
pub(crate) fn be_command() {
    IS_COMMAND.store(true, Ordering::Relaxed);
}

/// Whether this process is the command.
pub(crate) fn is_command() -> bool {
    IS_COMMAND.load(Ordering::Relaxed)
}

/// The output that is being written.
static UNFINISHED: Mutex<Option<Unfinished>> = Mutex::new(None);

fn unfinished() -> MutexGuard<'static, Option<Unfinished>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on a signal removes the unfinished output and ends the process.
pub(crate) fn guard(output: &OutputFolder) -> Outcome {
    if !is_command() {
        return Ok(());
    }
    *unfinished() = Some(output.unfinished());
    on_signal(|code| {
        // held until the end: an output that is being put in place is finished first
        let mut unfinished = unfinished();
        if let Some(output) = unfinished.take() {
            output.remove();
        }
        process::exit(code);
    })
}

/// Puts the output in place, undisturbed by signals.
pub(crate) fn complete(output: OutputFolder) -> Result<()> {
    if !is_command() {
        return output.complete();
    }
    let mut unfinished = unfinished();
    *unfinished = None;
    output.complete()
}

/// Calls this in a thread of its own at each Ctrl-C and SIGTERM, with the exit code that shells expect then.
pub(crate) fn on_signal(handler: impl FnMut(i32) + Send + 'static) -> Outcome {
    listen(handler).map_err(|error| Failure::input(format!("Ctrl-C cannot be handled ({error})")))
}

#[cfg(unix)]
fn listen(mut handler: impl FnMut(i32) + Send + 'static) -> io::Result<()> {
    use signal_hook::{
        consts::{SIGINT, SIGTERM},
        iterator::Signals,
    };
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let wait = move || signals.forever().for_each(|signal| handler(128 + signal));
    thread::Builder::new().name("signals".into()).spawn(wait).map(drop)
}

#[cfg(not(unix))]
fn listen(mut handler: impl FnMut(i32) + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(move || handler(i32::from(crate::failure::STOPPED))).map_err(io::Error::other)
}
