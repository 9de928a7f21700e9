//! `batch`: in a thread of its own, so that this one can look for Ctrl-C and tell how far it is.

use std::{
    ffi::OsString,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use hemastage_cli::program::{self, Event, Program};
use pyo3::{exceptions::PyRuntimeError, prelude::*};

use crate::{command::restart, errors::checked};

/// How long to wait before looking for Ctrl-C.
const WAIT: Duration = Duration::from_millis(100);

/// An event that outlives its batch.
enum Heard {
    Begun(usize),
    Note(String),
    Warnings(String),
    Study(String, bool, String),
}

/// Stages the studies of a manifest by the arguments of the command. Calls `on_event` with `("begun", n)`, `("note", text)`,
/// `("study", name, is_staged, text)` and `("warnings", text)`.
#[pyfunction]
pub(crate) fn batch(py: Python<'_>, arguments: Vec<OsString>, on_event: &Bound<'_, PyAny>) -> PyResult<()> {
    let stop = Arc::new(AtomicBool::new(false));
    let (sender, mut receiver) = mpsc::channel();
    let stops = Arc::clone(&stop);
    let work = move || {
        let tell = move |event: Event<'_>| {
            // where nobody listens, the batch is about to stop
            drop(sender.send(match event {
                Event::Begun(n) => Heard::Begun(n),
                Event::Note(text) => Heard::Note(text.into()),
                Event::Warnings(text) => Heard::Warnings(text.into()),
                Event::Study { name, outcome } => {
                    let text = outcome.map_or_else(str::to_owned, str::to_owned);
                    Heard::Study(name.into(), outcome.is_ok(), text)
                }
            }));
        };
        let arguments = std::iter::once("batch".into()).chain(arguments).collect();
        program::batch(Program { stop: stops, restart: restart(), arguments, on_event: Box::new(tell) })
    };
    let worker = thread::Builder::new().name("batch".into()).spawn(work)?;
    let mut failed = None;
    loop {
        let waiting = &mut receiver;
        let heard = py.detach(move || waiting.recv_timeout(WAIT));
        let called = match heard {
            Ok(Heard::Begun(n)) => on_event.call1(("begun", n)).map(drop),
            Ok(Heard::Note(text)) => on_event.call1(("note", text)).map(drop),
            Ok(Heard::Warnings(text)) => on_event.call1(("warnings", text)).map(drop),
            Ok(Heard::Study(name, is_staged, text)) => {
                on_event.call1(("study", name, is_staged, text)).map(drop)
            }
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => break,
        };
        if let Err(error) = called.and_then(|()| py.check_signals())
            && failed.is_none()
        {
            // the studies under way are finished, and the tables with them
            stop.store(true, Ordering::SeqCst);
            failed = Some(error);
        }
    }
    let outcome =
        py.detach(|| worker.join()).map_err(|_| PyRuntimeError::new_err("the batch ended in a panic"))?;
    if let Some(error) = failed {
        return Err(error);
    }
    checked(py, outcome).map(drop)
}
