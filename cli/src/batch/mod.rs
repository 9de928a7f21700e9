//! `batch`: the studies of a manifest, several in parallel, into one folder.
//!
//! The work is [`hemastage::batch`]'s. Here the manifest is read and progress is printed. Each row becomes the options
//! of a study by the parser of `stage`, so that its columns are these options, with the same values and errors.

pub(crate) mod bids;
mod columns;
mod defaults;
mod fault;
mod followups;
pub(crate) mod host;
mod index;
mod init;
mod layout;
mod manifest;
mod missing;
mod own;
#[cfg(feature = "parquet")]
mod parquet;
mod progress;
mod qc;
mod repeated;
mod row;
mod rows;
mod run;
mod stale;
mod text;
mod totals;
mod unfound;
mod unnamed;
mod worker;

#[cfg(debug_assertions)]
use std::env;
#[cfg(debug_assertions)]
use std::process;
use std::{
    panic,
    path::{Path, PathBuf},
    thread,
};

use clap::Args;
use hemastage::{
    Error,
    batch::{Batch, BatchStudy, Existing, StudyPlan, StudyResults},
    io::output::OutputFolder,
};

use self::{
    columns::Decided,
    defaults::DefaultArgs,
    fault::Fault,
    followups::FollowUps,
    host::Host,
    index::IndexPage,
    layout::Layout,
    manifest::{Manifest, Row},
    progress::Progress,
    qc::Reviews,
    rows::Rows,
    run::{Extent, RunArgs, stop_on_interrupt, with_warnings},
    totals::Totals,
};
use crate::{
    failure::{self, Failure, Outcome},
    results::{self, Selection, Source, WriteArgs},
};

/// Options of `batch`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  hemastage batch --init data -o studies.csv
  hemastage batch studies.csv -o results --jobs 4
  hemastage batch studies.csv -o results --resume

  hemastage batch studies.csv -o results --scheme totalspineseg --criteria intracranial

The manifest is CSV or TSV with a header. Its columns are `study` and the options of `stage` that describe
a study, with `_` or `-`: t1, t2, hematoma, cord, onset (several joined by `;`), ... Also Image, Mask and
Label as in pyradiomics. Columns of your own, such as age, are repeated in summary.tsv. Any option of `stage`
counts for the rows without a value of it. Paths are relative to the manifest. See docs/batch.md.

Exit codes: 0 done, 1 manifest or output folder at fault, 2 wrong usage, 3 some studies failed (0 with
--failures ok), 130 stopped by Ctrl-C.")]
pub(crate) struct BatchArgs {
    /// Table of the studies: CSV or TSV, one study per row
    #[arg(value_name = "MANIFEST", required_unless_present = "init")]
    manifest: Option<PathBuf>,
    /// Folder for the tables of all studies and a folder per study; with --init, the manifest to write
    #[arg(short, long, value_name = "FOLDER", required_unless_present_any = ["validate", "init"])]
    output: Option<PathBuf>,
    /// Write a manifest of the images and masks in this folder or BIDS tree, by their names, and stage nothing
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["manifest", "validate", "resume"])]
    init: Option<PathBuf>,
    /// Keep studies whose inputs, options and version are unchanged, and stage the others
    #[arg(long, conflicts_with = "force")]
    resume: bool,
    /// Replace existing results
    #[arg(long)]
    force: bool,
    /// Check files and geometry of every row, and write nothing
    #[arg(long, conflicts_with_all = ["resume", "force"])]
    validate: bool,
    /// Stage these rows alone, as one job of a cluster: rows counted from 0 as in `0:500`, the end excluded, or the first of
    /// ten parts as in `1/10`. No table is written; once all jobs are done, --resume without it makes them
    #[arg(long, value_name = "LO:HI|I/N", conflicts_with_all = ["validate", "init", "qc"])]
    rows: Option<Rows>,
    /// Where relative paths start, for a table that is in no folder of its own
    #[arg(long, value_name = "FOLDER", hide = true)]
    relative_to: Option<PathBuf>,
    /// Ignore a column; once per column
    #[arg(long, value_name = "NAME")]
    ignore_column: Vec<String>,
    /// Repeat a column in `summary.tsv` as one of your own, though it is named almost as an option; once per column
    #[arg(long, value_name = "NAME")]
    own_column: Vec<String>,
    /// Marks saved by the page over all studies (`qc.tsv`): shown there again, and added to `summary.tsv`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["validate", "init"])]
    qc: Option<PathBuf>,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    defaults: DefaultArgs,
}

/// Stages every study of a manifest, or only checks them.
pub(crate) fn run(args: &BatchArgs, host: &Host) -> Outcome {
    if let Some(folder) = &args.init {
        return init::run(folder, args.output.as_deref(), args.force);
    }
    let path = args.manifest.as_deref().unwrap_or(Path::new(""));
    let decided = Decided { ignored: args.ignore_column.clone(), own: args.own_column.clone() };
    let mut manifest = Manifest::read(path, &decided)?;
    if let Some(folder) = &args.relative_to {
        manifest.folder.clone_from(folder);
    }
    manifest.defaults = args.defaults.cells()?;
    // the report is always written: where results are kept, the tables are made from it
    let selection = selection(&args.write)?;
    refuse_defaults(&manifest)?;
    let names: Vec<String> = manifest.rows.iter().map(|row| manifest.name(row)).collect();
    let names = names.iter().map(String::as_str);
    let reviews = args.qc.as_deref().map(|path| Reviews::read(path, names)).transpose()?;
    let existing = match args {
        BatchArgs { resume: true, .. } => Existing::Resume,
        BatchArgs { force: true, .. } => Existing::Replace,
        _ => Existing::Refuse,
    };
    let batch = batch(&manifest, &selection, reviews.as_ref(), Layout::Flat);
    let batch = args.run.applied_to(batch.with_existing(existing).with_manifest(path));
    refuse_faults(&hemastage_image::file_name(path), &manifest, &batch, &selection)?;
    let n = manifest.rows.len();
    let part = args.rows.map(|rows| rows.of(n)).transpose()?;
    if args.run.worker {
        return worker::run(&batch, args.output.as_deref().unwrap_or(Path::new("")));
    }
    for note in &manifest.notes {
        host.note(note);
    }
    silence_panics_of_workers(host);
    let batch = args.run.isolated(batch, host)?;
    if args.validate {
        return validate(batch, &manifest, &args.run, host);
    }
    let reviews = reviews.unwrap_or_default();
    let folder = args.output.clone().unwrap_or_default();
    let extent = if let Some(part) = part {
        Extent::Part(part)
    } else {
        let followups = FollowUps::of(&manifest, args.resume || args.force, Layout::Flat);
        followups.refuse_existing(&folder)?;
        Extent::Whole(IndexPage::new(&selection, &reviews, Layout::Flat), followups, &selection)
    };
    run::stage(batch, &folder, (n, extent), (&args.run, host), |_, _| Ok(()))
}

/// What is written of each study.
///
/// # Errors
/// When a part was asked for that a batch does not write.
fn selection(args: &WriteArgs) -> Outcome<Selection> {
    let selection = Selection::new(args)?.of_batch();
    if selection.names_patient() {
        return Err(Failure::usage(
            "seg and sr name the patient, so a batch does not write them: run `hemastage stage --write seg,sr` on each study that needs them",
        ));
    }
    Ok(selection)
}

/// A study's name, and what its row asks for.
type NamedPlan = (String, Result<StudyPlan, Error>);

/// What each row of a manifest asks for, with its study's name.
///
/// # Errors
/// Why it is no manifest.
#[doc(hidden)] // for the fuzz targets
pub fn plans(manifest: &Path) -> Result<Vec<NamedPlan>, String> {
    let manifest = Manifest::read(manifest, &Decided::default())
        .map_err(|failure| failure.text().unwrap_or_default())?;
    if let Some(fault) = manifest.faults.first() {
        return Err(fault.to_string());
    }
    let selection = Selection::usual();
    let plan = |row| (manifest.name(row), row::plan(&manifest, row, &selection));
    Ok(manifest.rows.iter().map(plan).collect())
}

fn batch<'a>(
    manifest: &'a Manifest,
    selection: &'a Selection,
    reviews: Option<&Reviews>,
    layout: Layout,
) -> Batch<'a> {
    let study = |row: &'a Row| {
        let name = manifest.name(row);
        let own = manifest.own_cells(row).map(str::to_owned);
        let cells: Vec<String> =
            own.chain(reviews.into_iter().flat_map(|reviews| reviews.cells(&name))).collect();
        let folder = layout.study(&name);
        BatchStudy::deferred(name, move || row::plan(manifest, row, selection))
            .with_folder(folder)
            .with_place(format!("line {}", row.line))
            .with_cells(cells)
    };
    let write = |results: &StudyResults<'_>, output: &mut OutputFolder| {
        let StudyResults { name, study, staged, options, .. } = *results;
        #[cfg(debug_assertions)]
        if env::var("HEMASTAGE_TEST_ABORT").is_ok_and(|study| study == name) {
            process::abort();
        }
        results::add(
            output,
            Source { name: Some(name), study, staged, criteria: &options.criteria },
            selection,
        )
    };
    Batch::new(manifest.rows.iter().map(study))
        .with_columns(manifest.own_names().chain(reviews.iter().flat_map(|_| qc::SUMMARY_COLUMNS)))
        .with_results(selection.file_names(), write)
        .with_reserved(results::all_file_names())
}

/// Refuses a default that can be no value of its option.
fn refuse_defaults(manifest: &Manifest) -> Outcome {
    let faults = row::faults_of_defaults(manifest);
    let texts: Vec<String> = faults.iter().map(|fault| format!("--{fault}")).collect();
    if texts.is_empty() { Ok(()) } else { Err(Failure::usage(texts.join(failure::LIST))) }
}

/// At most this many faults are listed.
const MAX_FAULTS: usize = 50;

/// Refuses a manifest with a fault in its header, and names those of the rows too, so that one look mends them all.
fn refuse_faults(name: &str, manifest: &Manifest, batch: &Batch<'_>, selection: &Selection) -> Outcome {
    if manifest.faults.is_empty() {
        return Ok(());
    }
    let names = batch.refused_names().into_iter();
    let names = names.map(|(n, error)| Fault::new(error.to_string()).on_line(manifest.rows[n].line));
    let has_names = manifest.has_names();
    let rows = manifest.rows.iter().flat_map(|row| row::faults(manifest, row, selection));
    let mut of_rows: Vec<Fault> = names.filter(|_| has_names).chain(rows.take(MAX_FAULTS)).collect();
    of_rows.sort_by_key(|fault| fault.line);
    let texts: Vec<String> = manifest.faults.iter().chain(&of_rows).map(ToString::to_string).collect();
    let text = match &texts[..] {
        [one] => format!("{name}: {one}"),
        many => {
            let shown = many.iter().take(MAX_FAULTS).cloned().collect::<Vec<_>>().join(failure::LIST);
            let more = if many.len() > MAX_FAULTS { ", the first" } else { "" };
            format!("{name}: {} faults{more}:{}{shown}", many.len(), failure::LIST)
        }
    };
    Err(Failure::usage(text))
}

fn validate(batch: Batch<'_>, manifest: &Manifest, args: &RunArgs, host: &Host) -> Outcome {
    let batch = batch.with_stop(stop_on_interrupt(host, "checking stops: nothing was written")?);
    let mut repeated = repeated::findings(manifest);
    let mut progress = Progress::start(host, manifest.rows.len());
    let mut totals = Totals::default();
    let outcome = batch.check(|study, checked| match checked {
        Ok(mut findings) => {
            findings.extend(repeated.remove(study).unwrap_or_default());
            progress.add(study, Ok(&with_warnings("ok".into(), &findings)));
            for finding in &findings {
                progress.add_finding(study, finding);
            }
            totals.add_findings(&findings);
        }
        Err(failed) => {
            progress.add(study, Err(&failed.reason));
            totals.add(failed.reason);
        }
    });
    let _ = progress.finish();
    // what became of the studies decides the exit code, whether or not it can be printed
    let printed = totals.print_checked(host, outcome);
    args.end(outcome).and(printed)
}

/// Keeps the text of a panic in one study off the screen: its row has a reason instead.
fn silence_panics_of_workers(host: &Host) {
    if host.is_program() {
        return;
    }
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if thread::current().name() == Some("main") {
            usual(info);
        }
    }));
}
