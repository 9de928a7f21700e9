//! Stages the studies of a batch, prints progress, and makes what follows: the follow-ups and the page over all studies.

use std::{
    io::Write as _,
    num::NonZero,
    ops::Range,
    path::Path,
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use clap::{Args, ValueEnum};
#[cfg(feature = "parquet")]
use hemastage::batch::PARQUET_FILES;
use hemastage::{
    Finding, Severity,
    batch::{Batch, BatchOutcome, FailedStudy, StagedStudy, StudyReport},
};
use hemastage_image::finding::codes;

#[cfg(feature = "parquet")]
use super::parquet;
use super::{followups::FollowUps, host::Host, index::IndexPage, progress::Progress, totals::Totals, worker};
use crate::{
    failure::{Failure, Outcome, PARTLY, STOPPED},
    interrupt,
    results::Selection,
};

/// How studies are worked on.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Studies in parallel [default: the processors]; results do not depend on it
    #[arg(long, visible_alias = "nprocs", aliases = ["n_cpus", "n-cpus"], value_name = "N",
          value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Whether failed studies are an error: with `ok` the exit code is 0, and their rows say why, for a workflow engine that
    /// stops at any other
    #[arg(long, value_name = "HOW", default_value = "error")]
    failures: Failures,
    /// Wait for another run that works in the output folder or on one of its studies, instead of refusing
    #[arg(long)]
    pub(super) wait: bool,
    /// Stage all studies in this process: a little faster, but one that ends it ends the batch
    #[arg(long)]
    no_isolation: bool,
    /// Be one of the processes that stage the studies
    #[arg(long, hide = true)]
    pub(super) worker: bool,
}

/// What failed studies are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Failures {
    /// Exit code 3
    Error,
    /// Exit code 0
    Ok,
}

impl RunArgs {
    /// The batch with these jobs.
    pub(super) fn applied_to<'a>(&self, batch: Batch<'a>) -> Batch<'a> {
        let batch = if self.wait { batch.with_waiting() } else { batch };
        match self.jobs.and_then(NonZero::new) {
            Some(jobs) => batch.with_jobs(jobs.into()),
            None => batch,
        }
    }

    /// The batch with a process per job, unless that is not wanted.
    pub(super) fn isolated<'a>(&self, batch: Batch<'a>, host: &Host) -> Outcome<Batch<'a>> {
        Ok(if self.no_isolation { batch } else { batch.with_isolation(worker::command(host)?) })
    }

    /// The exit code of a batch that no error ended.
    pub(super) fn end(&self, outcome: BatchOutcome) -> Outcome {
        match outcome {
            BatchOutcome { not_begun: 1.., .. } => Err(Failure::Printed(STOPPED)),
            BatchOutcome { failed: 1.., .. } if self.failures == Failures::Error => {
                Err(Failure::Printed(PARTLY))
            }
            _ => Ok(()),
        }
    }
}

/// What a run makes.
pub(super) enum Extent<'a> {
    /// All studies, their tables, the follow-ups and the page over them, and what is wanted of all.
    Whole(IndexPage<'a>, FollowUps<'a>, &'a Selection),
    /// These studies alone, by their places in the manifest.
    Part(Range<usize>),
}

/// Stages `n` studies, and calls `publish` with the name of each and whether it has a stage map.
pub(super) fn stage(
    batch: Batch<'_>,
    folder: &Path,
    (n, mut extent): (usize, Extent<'_>),
    (args, host): (&RunArgs, &Host),
    mut publish: impl FnMut(&str, bool) -> Outcome,
) -> Outcome {
    let batch = batch.with_stop(stop_on_interrupt(
        host,
        "stopping: the studies under way are finished first; once more to stop at once. Go on later with --resume",
    )?);
    let n = if let Extent::Part(part) = &extent { part.len() } else { n };
    let mut progress = Progress::start(host, n);
    let mut totals = Totals::default();
    let mut published = Ok(());
    let mut on_study =
        |index: Option<&mut IndexPage<'_>>, study: &str, staged: Result<StagedStudy, FailedStudy>| {
            if let Some(index) = index {
                index.add(study, staged.as_ref());
            }
            if published.is_ok() {
                let has_map = staged.as_ref().is_ok_and(|staged| staged.report.staged().is_some());
                published = publish(study, has_map);
            }
            match staged {
                Ok(staged) => {
                    let (called, findings) = (call(&staged.report), staged.report.findings());
                    progress.add(study, Ok(&with_warnings(called, findings)));
                    totals.add_findings(findings);
                }
                Err(failed) => {
                    progress.add(study, Err(&failed.reason));
                    totals.add(failed.reason);
                }
            }
        };
    let outcome = match &mut extent {
        Extent::Whole(index, ..) => batch.run(folder, |study, staged| on_study(Some(index), study, staged)),
        Extent::Part(part) => {
            batch.run_part(folder, part.clone(), |study, staged| on_study(None, study, staged))
        }
    }?;
    let seconds = progress.finish();
    published?;
    // what became of the studies decides the exit code, whether or not it can be printed
    let printed = match extent {
        Extent::Whole(index, followups, selection) => {
            followups.write(folder, host)?;
            as_parquet(folder, selection)?;
            let has_index = index.write(folder, outcome)?;
            totals.print_staged(host, outcome, seconds, has_index)
        }
        Extent::Part(_) => totals.print_part(host, outcome, seconds),
    };
    args.end(outcome).and(printed)
}

/// Writes the tables as Parquet, where that is wanted.
#[cfg(feature = "parquet")]
fn as_parquet(folder: &Path, selection: &Selection) -> Outcome {
    let names = PARQUET_FILES.map(|name| name.trim_end_matches(".parquet"));
    if selection.has_parquet() { parquet::write(folder, &names) } else { Ok(()) }
}

#[cfg(not(feature = "parquet"))]
#[expect(clippy::unnecessary_wraps, reason = "it fails with the feature")]
fn as_parquet(_: &Path, _: &Selection) -> Outcome {
    Ok(())
}

/// A study in a few words.
fn call(report: &StudyReport) -> String {
    let Some(report) = report.staged() else { return "no hematoma".into() };
    let mixed = if report.mixed_phase.flag { ", mixed-phase" } else { "" };
    format!("{}{mixed}", report.stage.call)
}

/// A text with the codes of the warnings behind it.
pub(super) fn with_warnings(text: String, findings: &[Finding]) -> String {
    let warnings = codes(findings, Severity::Warning);
    if warnings.is_empty() { text } else { format!("{text}; warnings: {}", warnings.join(", ")) }
}

/// Set by the first Ctrl-C or SIGTERM; the second one ends the process.
pub(super) fn stop_on_interrupt(host: &Host, message: &'static str) -> Outcome<Arc<AtomicBool>> {
    if let Some(stop) = host.stop() {
        return Ok(stop);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let interrupted = Arc::clone(&stop);
    interrupt::on_signal(move |code| {
        if interrupted.swap(true, Ordering::SeqCst) {
            process::exit(code);
        }
        // where standard error is closed, nobody can be notified
        drop(writeln!(anstream::stderr(), "\n{message}"));
    })?;
    Ok(stop)
}
