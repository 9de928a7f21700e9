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
const MOST_REASONS: usize = 20;

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
        if self.reasons.len() < MOST_REASONS || self.reasons.contains_key(reason) {
            *self.reasons.entry(reason.to_owned()).or_default() += 1;
        } else {
            self.other_reasons += 1;
        }
    }

    pub(super) fn any_failed(&self) -> bool {
        self.failed > 0
    }

    /// Says it on standard output; the time only where somebody watches.
    pub(super) fn print(&self, verb: &str, seconds_each: Option<f64>, written: bool) -> Outcome {
        let mut out = anstream::stdout().lock();
        self.write(&mut out, verb, seconds_each, written)?;
        Ok(out.flush()?)
    }

    fn write(
        &self,
        out: &mut dyn Write,
        verb: &str,
        seconds_each: Option<f64>,
        written: bool,
    ) -> io::Result<()> {
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
        if let Some(seconds) = seconds_each {
            line(out, "time", &format!("{seconds:.2} s per study"))?;
        }
        if written {
            line(out, "written", &Tables::names().collect::<Vec<_>>().join(", "))?;
            line(out, "", "and a folder per study")?;
            disclaimer(out, DISCLAIMER)?;
        }
        Ok(())
    }
}
