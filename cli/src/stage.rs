//! `stage`: a report and a stage map from images and masks.

use std::{io, num::NonZero, path::PathBuf};

use clap::Args;
use hemastage::{
    StageOptions, Staged, Study,
    io::output::{OutputFolder, Overwrite},
    load::StudyFiles,
};

use crate::{
    failure::{Failure, Outcome},
    progress::Progress,
    results::{self, Made, Wanted, WriteArgs},
    study::StudyArgs,
    summary,
};

/// Options of `stage`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  hemastage stage --t1 t1.nii.gz --t2 t2.nii.gz --hematoma seg.nii.gz:2 --cord seg.nii.gz:1 \\
      --onset 36h -o result")]
pub(crate) struct StageArgs {
    #[command(flatten)]
    study: StudyArgs,
    #[command(flatten)]
    output: OutputArgs,
    /// Print only the report, as JSON
    #[arg(long)]
    json: bool,
    /// Maximum number of threads [default: number of processors]; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Where results go.
#[derive(Debug, Args)]
struct OutputArgs {
    /// Folder for the results
    #[arg(short, long, value_name = "FOLDER", required_unless_present = "json")]
    output: Option<PathBuf>,
    #[command(flatten)]
    write: WriteArgs,
    /// Replace existing results
    #[arg(long)]
    force: bool,
}

/// Stages a study, writes the results and prints them.
pub(crate) fn run(args: &StageArgs) -> Outcome {
    match args.threads.and_then(NonZero::new) {
        Some(threads) => hemastage::on_threads(threads.into(), || run_here(args))?,
        None => run_here(args),
    }
}

fn run_here(args: &StageArgs) -> Outcome {
    let options = args.study.options()?;
    let mut files = args.study.files()?;
    let wanted = Wanted::new(&args.output.write)?;
    let names = wanted.names();
    let overwrite = overwrite(args.output.force);
    if let Some(folder) = &args.output.output {
        wanted.refuse_others(folder)?;
    }
    let output = args.output.output.as_deref().map(|folder| OutputFolder::create(folder, &names, overwrite));
    let output = output.transpose()?;
    if output.is_some() {
        files = wanted.surroundings(files);
    }

    let (study, staged) = staged(&files, &options)?;
    let written = output.is_some();
    if let Some(mut output) = output {
        let name = args.study.study.as_deref();
        let made = Made { name, study: &study, staged: &staged, criteria: &options.criteria };
        results::add(&mut output, made, &wanted)?;
        output.complete()?;
    }
    if args.json {
        return summary::json(&staged.report);
    }
    summary::print(&staged.report, if written { &names } else { &[] })
}

/// Reads and stages a study while a spinner turns.
pub(crate) fn staged(files: &StudyFiles, options: &StageOptions) -> Outcome<(Study, Staged)> {
    let progress = Progress::start("reading");
    let study = files.open()?;
    progress.now("staging");
    let staged = hemastage::stage(&study, options)?;
    Ok((study, staged))
}

/// Why files could not be kept for a moment.
pub(crate) fn no_temporary_folder(error: &io::Error) -> Failure {
    let kind = error.kind();
    Failure::Input(format!(
        "the temporary folder cannot be used ({kind}): check its permissions and free space"
    ))
}

/// What `--force` means.
pub(crate) fn overwrite(force: bool) -> Overwrite {
    if force { Overwrite::Replace } else { Overwrite::Refuse }
}
