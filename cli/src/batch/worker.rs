//! A process that stages studies of a batch for another one.

use std::{
    io::{self, Write as _},
    path::Path,
    process,
    sync::mpsc,
    thread,
};

use hemastage::batch::Batch;

use crate::{failure::Outcome, interrupt};

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
