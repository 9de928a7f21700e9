//! `batch`: the studies of a manifest, several at a time, into one folder.
//!
//! | file | what it does |
//! |---|---|
//! | `manifest.rs` | the table of studies |
//! | `text.rs` | its text: separator and quotes |
//! | `columns.rs` | what its columns mean |
//! | `row.rs` | a row as the options of a study |
//! | `named.rs` | the files that a row names, and what may be told of them |
//! | `work.rs` | one study, from its row to its results |
//! | `resume.rs` | whether results that are there still stand |
//! | `ordered.rs` | work side by side, delivered in order |
//! | `tables.rs` | the tables of all studies |
//! | `progress.rs` | how far it is |
//! | `told.rs` | what is said at the end |

mod columns;
mod manifest;
mod named;
mod ordered;
mod progress;
mod resume;
mod row;
mod tables;
mod text;
mod told;
mod work;

use std::{
    fs,
    io::Write as _,
    num::NonZero,
    panic,
    path::{Path, PathBuf},
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use clap::Args;

use self::{
    manifest::Manifest,
    ordered::in_order,
    progress::Progress,
    tables::Tables,
    told::Told,
    work::{Finished, Work},
};
use crate::{
    failure::{Failure, Outcome, STOPPED},
    results::{Wanted, WriteArgs},
};

/// Options of `batch`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  hemastage batch studies.csv -o results --jobs 4
  hemastage batch studies.csv -o results --resume

The manifest is CSV or TSV with a header. Its columns are `study` and the options of `stage` that describe
a study, with `_` or `-`: t1, t2, hematoma, cord, onset (several joined by `;`), ... Also Image, Mask and
Label as pyradiomics has them. Paths are relative to the manifest. See docs/batch.md.

Exit codes: 0 done, 1 manifest or output folder at fault, 2 wrong usage, 3 some studies failed, 130 stopped
by Ctrl-C.")]
pub(crate) struct BatchArgs {
    /// Table of the studies: CSV or TSV, one study per row
    #[arg(value_name = "MANIFEST")]
    manifest: PathBuf,
    /// Folder for the tables of all studies and a folder per study
    #[arg(short, long, value_name = "FOLDER", required_unless_present = "validate")]
    output: Option<PathBuf>,
    /// Studies at a time [default: the processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Keep studies whose inputs, options and version are unchanged, and stage the others
    #[arg(long, conflicts_with = "force")]
    resume: bool,
    /// Replace results that are there
    #[arg(long)]
    force: bool,
    /// Check files and geometry of every row, and write nothing
    #[arg(long, conflicts_with_all = ["resume", "force"])]
    validate: bool,
    /// Take no notice of a column; once per column
    #[arg(long, value_name = "NAME")]
    ignore_column: Vec<String>,
    #[command(flatten)]
    write: WriteArgs,
}

/// Stages every study of a manifest, or only checks them.
pub(crate) fn run(args: &BatchArgs) -> Outcome {
    let manifest = Manifest::read(&args.manifest, &args.ignore_column)?;
    let names = manifest.names();
    // rows of results that are kept are made from the report
    let wanted = Wanted::new(&args.write)?.with_report();
    let output = args.output.clone().unwrap_or_default();
    let work = Work { manifest, names, output, wanted, resume: args.resume };
    say_no_panic();
    if args.validate { validate(&work, jobs(args, &work)) } else { stage(&work, args) }
}

/// Studies at a time.
fn jobs(args: &BatchArgs, work: &Work) -> usize {
    let all = || thread::available_parallelism().map_or(1, NonZero::get);
    args.jobs.map_or_else(all, usize::from).min(work.names.len())
}

fn validate(work: &Work, jobs: usize) -> Outcome {
    let stop = stop_on_request("checking stops: nothing was written")?;
    let mut told = Told::default();
    let mut progress = Progress::start(work.names.len());
    let count = in_order(
        work.names.len(),
        jobs,
        &stop,
        |n| work.check(n),
        |(study, checked)| -> Outcome {
            progress.done(&study, checked.as_ref().map(|()| "ok").map_err(String::as_str));
            told.count(checked.err().as_deref(), false);
            Ok(())
        },
    )?;
    let _ = progress.finish();
    // what became of the studies goes before whether it could be said
    let printed = told.print_checked(work.names.len());
    ended(count, work, &told).and(printed)
}

fn stage(work: &Work, args: &BatchArgs) -> Outcome {
    let begun = !args.force && !args.resume;
    if begun {
        refuse_results(work)?;
    }
    fs::create_dir_all(&work.output).map_err(|error| {
        let kind = error.kind();
        Failure::Input(format!(
            "the output folder cannot be made ({kind}): choose another one or change its permissions"
        ))
    })?;
    Tables::check(&work.output)?;
    work.refuse_tables_as_inputs()?;
    let mut tables = Tables::create(&work.output)?;
    let stop = stop_on_request(
        "stopping: the studies under way are finished first; once more to stop at once. Go on later with --resume",
    )?;
    let mut told = Told::default();
    let mut progress = Progress::start(work.names.len());
    let deliver = |finished: Finished| -> Outcome {
        let Finished { study, outcome, kept, rows } = finished;
        tables.append(&rows)?;
        progress.done(&study, outcome.as_deref().map_err(String::as_str));
        told.count(outcome.err().as_deref(), kept);
        Ok(())
    };
    let count = in_order(work.names.len(), jobs(args, work), &stop, |n| work.finish(n), deliver)?;
    let seconds = progress.finish();
    let printed = told.print_staged(work.names.len(), seconds);
    ended(count, work, &told).and(printed)
}

/// The exit code of a batch that was not cut off by an error.
fn ended(count: usize, work: &Work, told: &Told) -> Outcome {
    if count < work.names.len() {
        return Err(Failure::Stopped);
    }
    if told.any_failed() { Err(Failure::Partly) } else { Ok(()) }
}

/// Refuses an output folder with results of any study, before anything is done.
fn refuse_results(work: &Work) -> Outcome {
    let remedy = "choose another folder, go on with --resume, or replace them with --force";
    if let Some(name) = Tables::names().find(|name| work.output.join(name).symlink_metadata().is_ok()) {
        return Err(Failure::Usage(format!("{name}: already exists in the output folder: {remedy}")));
    }
    let holds = |name: &&String| resume::holds_results(&work.output.join(Path::new(name)));
    match work.names.iter().flatten().find(holds) {
        Some(name) => Err(Failure::Usage(format!(
            "{name}: the output folder already holds results of this study: {remedy}"
        ))),
        None => Ok(()),
    }
}

/// Set by the first Ctrl-C; the second one ends the process.
fn stop_on_request(message: &'static str) -> Outcome<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    let handler = move || {
        if asked.swap(true, Ordering::SeqCst) {
            process::exit(i32::from(STOPPED));
        }
        // with standard error gone there is nobody left to tell
        drop(writeln!(anstream::stderr(), "\n{message}"));
    };
    ctrlc::set_handler(handler)
        .map_err(|error| Failure::Input(format!("Ctrl-C cannot be handled ({error})")))?;
    Ok(stop)
}

/// Keeps the text of a panic in one study off the screen: its row has a reason instead.
fn say_no_panic() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if thread::current().name() == Some("main") {
            usual(info);
        }
    }));
}
