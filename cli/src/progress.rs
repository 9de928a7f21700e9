//! A spinner on standard error during long work, where that is a terminal.

use std::{io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

use crate::interrupt;

/// A spinner that disappears when it is dropped; nothing where standard error is no terminal, or that of another program.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Starts, with a word for the work.
    pub(crate) fn start(work: &'static str) -> Self {
        if !interrupt::is_command() || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let style = ProgressStyle::default_spinner();
        let bar = ProgressBar::new_spinner().with_style(style).with_message(work);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Changes the word for the work.
    pub(crate) fn set(&self, work: &'static str) {
        self.0.set_message(work);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
