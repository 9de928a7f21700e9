//! What a batch prints at its end.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use hemastage::{
    Finding, Severity,
    batch::{BatchOutcome, INDEX_FILE, METHODS_FILE},
    load::StudyFiles,
    report::DISCLAIMER,
};
use hemastage_image::{finding::codes, text::printable};

use super::host::{Event, Host};
use crate::{
    failure::Outcome,
    lines::{disclaimer, line},
    results::table_names,
};

/// At most this many reasons are listed.
const MAX_REASONS: usize = 20;

/// At most this many codes of warnings are listed.
const MAX_CODES: usize = 8;

/// Why studies failed, which have warnings, and how many for each reason.
#[derive(Debug, Default)]
pub(super) struct Totals {
    reasons: BTreeMap<String, usize>,
    other_reasons: usize,
    /// Studies with warnings, and with each code of a warning.
    warned: usize,
    codes: BTreeMap<String, usize>,
}

impl Totals {
    /// Adds the reason of a study that failed.
    pub(super) fn add(&mut self, reason: String) {
        if self.reasons.len() < MAX_REASONS || self.reasons.contains_key(&reason) {
            *self.reasons.entry(reason).or_default() += 1;
        } else {
            self.other_reasons += 1;
        }
    }

    /// Adds the findings of a study that did not fail.
    pub(super) fn add_findings(&mut self, findings: &[Finding]) {
        let codes = codes(findings, Severity::Warning);
        self.warned += usize::from(!codes.is_empty());
        for code in codes {
            *self.codes.entry(code.into()).or_default() += 1;
        }
    }

    /// How many studies have warnings, and which, the most frequent first.
    fn warnings(&self) -> Option<String> {
        if self.warned == 0 {
            return None;
        }
        let mut codes: Vec<(&String, &usize)> = self.codes.iter().collect();
        codes.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
        let shown: Vec<String> =
            codes.iter().take(MAX_CODES).map(|(code, n)| format!("{code} {n}")).collect();
        let more = if codes.len() > MAX_CODES { ", …" } else { "" };
        Some(format!("{} with warnings: {}{more}", self.warned, shown.join(", ")))
    }

    /// Leaves the printing to a program; false where there is none.
    fn tell(&self, host: &Host) -> bool {
        if let Some(text) = self.warnings() {
            host.tell(Event::Warnings(&text));
        }
        host.is_program()
    }

    /// Prints what was checked, and how many studies were not.
    pub(super) fn print_checked(&self, host: &Host, outcome: BatchOutcome) -> Outcome {
        if self.tell(host) {
            return Ok(());
        }
        let mut out = anstream::stdout().lock();
        self.counts(&mut out, outcome, "can be staged")?;
        let not_run = StudyFiles::NOT_CHECKED.join(", ");
        line(&mut out, "not run", &format!("{not_run}: they need the images' voxels"))?;
        if outcome.not_begun > 0 {
            line(&mut out, "stopped", &format!("{} not checked", outcome.not_begun))?;
        }
        Ok(out.flush()?)
    }

    /// Prints what was staged, how many studies were not begun, and the seconds per study where they are known.
    pub(super) fn print_staged(
        &self,
        host: &Host,
        outcome: BatchOutcome,
        seconds: Option<f64>,
        has_index: bool,
    ) -> Outcome {
        if self.tell(host) {
            return Ok(());
        }
        let mut out = anstream::stdout().lock();
        self.staged(&mut out, outcome, seconds)?;
        let names = [table_names(), vec![METHODS_FILE]].concat();
        line(&mut out, "written", &names.join(", "))?;
        if has_index {
            line(&mut out, "", &format!("{INDEX_FILE}, a page to go through all studies"))?;
        }
        line(&mut out, "", "and a folder per study")?;
        disclaimer(&mut out, DISCLAIMER)?;
        Ok(out.flush()?)
    }

    /// The same of some of a manifest's studies, of which there is no table yet.
    pub(super) fn print_part(&self, host: &Host, outcome: BatchOutcome, seconds: Option<f64>) -> Outcome {
        if self.tell(host) {
            return Ok(());
        }
        let mut out = anstream::stdout().lock();
        self.staged(&mut out, outcome, seconds)?;
        line(&mut out, "written", "a folder per study, and no table")?;
        disclaimer(&mut out, DISCLAIMER)?;
        Ok(out.flush()?)
    }

    fn staged(&self, out: &mut dyn Write, outcome: BatchOutcome, seconds: Option<f64>) -> io::Result<()> {
        self.counts(out, outcome, "staged")?;
        if outcome.not_begun > 0 {
            line(out, "stopped", &format!("{} not begun: go on with --resume", outcome.not_begun))?;
        }
        match seconds {
            Some(seconds) => line(out, "time", &format!("{seconds:.2} s per study")),
            None => Ok(()),
        }
    }

    fn counts(&self, out: &mut dyn Write, outcome: BatchOutcome, verb: &str) -> io::Result<()> {
        let BatchOutcome { staged, unchanged, failed, .. } = outcome;
        let warnings = self.warnings().map(|text| format!(", {text}")).unwrap_or_default();
        let kept = if unchanged > 0 { format!(" ({unchanged} unchanged)") } else { String::new() };
        line(out, "studies", &format!("{staged} {verb}{kept}, {failed} failed{warnings}"))?;
        let mut reasons: Vec<(&String, &usize)> = self.reasons.iter().collect();
        reasons.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
        for (place, (reason, n)) in reasons.iter().enumerate() {
            line(out, if place == 0 { "failed" } else { "" }, &format!("{n} x {}", printable(reason)))?;
        }
        if self.other_reasons > 0 {
            line(out, "", &format!("{} x other reasons, in the summary", self.other_reasons))?;
        }
        Ok(())
    }
}
