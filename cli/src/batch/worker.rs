//! A process that stages studies of a batch for another one.

use std::{
    ffi::OsString,
    io::{self, Write as _},
    path::Path,
    process::{self, Command},
    sync::mpsc,
    thread,
};

use hemastage::batch::Batch;

use super::host::Host;
use crate::{failure::Outcome, interrupt};

/// The command that starts such a process: this one again.
pub(super) fn command(host: &Host) -> Outcome<impl Fn() -> Command + Send + Sync + use<>> {
    let words = [host.restart()?, vec!["--worker".into()]].concat();
    Ok(move || {
        let mut words = words.iter();
        let mut command = Command::new(words.next().map(OsString::as_os_str).unwrap_or_default());
        command.args(words);
        command
    })
}

/// Answers requests until there are no more. The batch's own process decides about signals, and when it has ended, so
/// does this one, at once.
pub(super) fn run(batch: &Batch<'_>, folder: &Path) -> Outcome {
    interrupt::on_signal(|_| {})?;
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
        process::exit(0);
    });
    let worker = batch.worker(folder);
    for request in requests {
        let mut reply = worker.answer(&request)?;
        reply.push('\n');
        let mut out = io::stdout().lock();
        out.write_all(reply.as_bytes())?;
        out.flush()?;
    }
    Ok(())
}
