//! What a batch says at its end.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use hemastage::report::DISCLAIMER;

use super::tables::Tables;
use crate::{
    failure::{Outcome, printable},
    parts::{disclaimer, line},
};

/// So many reasons are listed at most.
const MAX_REASONS: usize = 20;

/// Counts of what became of the studies.
#[derive(Debug, Default)]
pub(super) struct Told {
    good: usize,
    kept: usize,
    failed: usize,
    reasons: BTreeMap<String, usize>,
    other_reasons: usize,
}

impl Told {
    /// Counts a study: why it failed, if it did, and whether earlier results were kept.
    pub(super) fn count(&mut self, reason: Option<&str>, kept: bool) {
        self.kept += usize::from(kept);
        let Some(reason) = reason else {
            self.good += 1;
            return;
        };
        self.failed += 1;
        if self.reasons.len() < MAX_REASONS || self.reasons.contains_key(reason) {
            *self.reasons.entry(reason.to_owned()).or_default() += 1;
        } else {
            self.other_reasons += 1;
        }
    }

    pub(super) fn any_failed(&self) -> bool {
        self.failed > 0
    }

    /// Says on standard output what was checked, and how many of all were not.
    pub(super) fn print_checked(&self, total: usize) -> Outcome {
        let mut out = anstream::stdout().lock();
        self.counts(&mut out, "can be staged")?;
        if let Some(left) = self.left(total) {
            line(&mut out, "stopped", &format!("{left} not checked"))?;
        }
        Ok(out.flush()?)
    }

    /// Says on standard output what was staged, and how many of all were not; the time only where somebody watches.
    pub(super) fn print_staged(&self, total: usize, seconds_each: Option<f64>) -> Outcome {
        let mut out = anstream::stdout().lock();
        self.counts(&mut out, "staged")?;
        if let Some(left) = self.left(total) {
            line(&mut out, "stopped", &format!("{left} not begun: go on with --resume"))?;
        }
        if let Some(seconds) = seconds_each {
            line(&mut out, "time", &format!("{seconds:.2} s per study"))?;
        }
        line(&mut out, "written", &Tables::names().collect::<Vec<_>>().join(", "))?;
        line(&mut out, "", "and a folder per study")?;
        disclaimer(&mut out, DISCLAIMER)?;
        Ok(out.flush()?)
    }

    /// The studies that nothing became of, if any.
    fn left(&self, total: usize) -> Option<usize> {
        Some(total - self.good - self.failed).filter(|left| *left > 0)
    }

    fn counts(&self, out: &mut dyn Write, verb: &str) -> io::Result<()> {
        let kept = if self.kept > 0 { format!(" ({} unchanged)", self.kept) } else { String::new() };
        line(out, "studies", &format!("{} {verb}{kept}, {} failed", self.good, self.failed))?;
        let mut reasons: Vec<(&String, &usize)> = self.reasons.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (n, (reason, count)) in reasons.iter().enumerate() {
            line(out, if n == 0 { "failed" } else { "" }, &format!("{count} x {}", printable(reason)))?;
        }
        if self.other_reasons > 0 {
            line(out, "", &format!("{} x other reasons, in the summary", self.other_reasons))?;
        }
        Ok(())
    }
}
