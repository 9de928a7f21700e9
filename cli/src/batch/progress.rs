//! How far a batch is: a bar on a terminal, a line per study elsewhere, an event for a program.

use std::{
    io::{IsTerminal, Write as _},
    time::{Duration, Instant},
};

use hemastage::{Finding, Severity};
use hemastage_image::text::printable;
use indicatif::{ProgressBar, ProgressFinish, ProgressState, ProgressStyle};

use super::host::{Event, Host};
use crate::lines::finding_text;

/// The progress of a batch on standard error.
#[derive(Debug)]
pub(super) struct Progress<'a> {
    host: &'a Host,
    bar: Option<ProgressBar>,
    total: usize,
    done: usize,
    failed: usize,
    begun: Instant,
}

impl<'a> Progress<'a> {
    /// Starts before the first study.
    pub(super) fn start(host: &'a Host, total: usize) -> Self {
        let has_program = host.tell(Event::Begun(total));
        let bar = (!has_program && std::io::stderr().is_terminal()).then(|| bar(total));
        Self { host, bar, total, done: 0, failed: 0, begun: Instant::now() }
    }

    /// Adds a study, in the order of the manifest.
    pub(super) fn add(&mut self, study: &str, outcome: Result<&str, &str>) {
        self.done += 1;
        self.failed += usize::from(outcome.is_err());
        if self.host.tell(Event::Study { name: study, outcome }) {
            return;
        }
        let text = match outcome {
            Ok(call) => format!("{study}: {call}"),
            Err(reason) => format!("{study}: failed: {reason}"),
        };
        let text = printable(&text);
        match &self.bar {
            None => {
                // where standard error is closed, nobody can be notified
                drop(writeln!(anstream::stderr(), "{}/{} {text}", self.done, self.total));
            }
            Some(bar) => {
                if outcome.is_err() {
                    bar.println(text);
                }
                bar.set_message(if self.failed > 0 {
                    format!(", {} failed", self.failed)
                } else {
                    String::new()
                });
                bar.inc(1);
            }
        }
    }

    /// Shows a warning about the study that was added last.
    pub(super) fn add_finding(&self, study: &str, finding: &Finding) {
        if finding.severity != Severity::Warning || self.host.is_program() {
            return;
        }
        let text = format!("{}: warning: {}", printable(study), finding_text(finding));
        match &self.bar {
            // where standard error is closed, nobody can be notified
            None => drop(writeln!(anstream::stderr(), "{text}")),
            Some(bar) => bar.println(text),
        }
    }

    /// Ends the bar and gives the seconds per study; `None` where there was no bar.
    pub(super) fn finish(self) -> Option<f64> {
        let bar = self.bar?;
        bar.finish_and_clear();
        (self.done > 0).then(|| self.begun.elapsed().as_secs_f64() / self.done as f64)
    }
}

fn bar(total: usize) -> ProgressBar {
    let per_minute = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let _ = write!(out, "{:.0}", 60.0 * state.per_sec());
    };
    let template = "{bar:30} {pos}/{len}{msg}, {per_minute} per minute, {eta} left";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let style = style.with_key("per_minute", per_minute);
    let bar = ProgressBar::new(total as u64).with_style(style).with_finish(ProgressFinish::AndClear);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
