//! `stage`: a report and a stage map from images and masks.

use std::{num::NonZero, path::PathBuf};

use clap::{Args, ValueHint};
use hemastage::{
    StageOptions, Staged, Study,
    batch::REPORT_FILE,
    io::output::{OutputFolder, Overwrite},
    load::StudyFiles,
    report::ReportWithoutHematoma,
};
use hemastage_image::ArrayImage;

use crate::{
    dicom::{DicomArgs, DicomSource},
    failure::{Outcome, print_warning},
    interrupt,
    like::Like,
    none,
    progress::Progress,
    results::{self, Selection, Source, WriteArgs},
    study::StudyArgs,
    summary,
};

/// Options of `stage`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  hemastage stage --t1 t1.nii.gz --t2 t2.nii.gz --hematoma seg.nii.gz:2 --cord seg.nii.gz:1 \\
      --onset 36h -o result
  hemastage stage --t1 t1.nii.gz --t2 t2.nii.gz --hematoma other.nii.gz --cord cord.nii.gz \\
      --like result/report.json -o again")]
pub(crate) struct StageArgs {
    #[command(flatten)]
    study: StudyArgs,
    /// Take the settings of an earlier `report.json`, never its files; other options take precedence
    #[arg(long, value_name = "REPORT", value_hint = ValueHint::FilePath)]
    like: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
    /// Print the report as JSON, and nothing else
    #[arg(long)]
    json: bool,
    /// Maximum number of threads [default: the processors]; results do not depend on it
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
    #[command(flatten)]
    dicom: DicomArgs,
    /// Replace existing results
    #[arg(long)]
    force: bool,
}

impl StageArgs {
    /// The files that are read apart from the study's, each with its option.
    fn profiles_and_viewer(&self) -> impl Iterator<Item = (&'static str, PathBuf)> {
        let viewer = self.output.write.viewer().map(|path| ("--viewer", path));
        let like = self.like.iter().map(|path| ("--like", path.clone()));
        self.study.profiles().chain(viewer).chain(like)
    }

    /// The output folder, if one is asked for: nothing of others is in it, and no result would replace an input.
    fn output_folder(
        &self,
        selection: &Selection,
        names: &[&'static str],
        files: &StudyFiles,
    ) -> Outcome<Option<OutputFolder>> {
        let Some(folder) = &self.output.output else { return Ok(None) };
        selection.refuse_others(folder)?;
        let output = OutputFolder::create(folder, names, overwrite(self.output.force))?;
        interrupt::guard(&output)?;
        output.protect(names, || files.inputs().into_iter().chain(self.profiles_and_viewer()))?;
        Ok(Some(output))
    }
}

/// Stages a study, writes the results and prints them.
pub(crate) fn run(args: &StageArgs) -> Outcome {
    match args.threads() {
        Some(threads) => hemastage::on_threads(threads, || run_here(args))?,
        None => run_here(args),
    }
}

/// What the options of a study mean.
pub(crate) struct Planned {
    pub(crate) files: StudyFiles,
    pub(crate) options: StageOptions,
    pub(crate) warnings: Vec<String>,
}

impl StageArgs {
    /// What the options mean.
    ///
    /// # Errors
    /// When one has a value that it can't have, or a file that it names can't be read.
    pub(crate) fn planned(&self) -> Outcome<Planned> {
        let like = self.like.as_deref().map(Like::read).transpose()?.unwrap_or_default();
        let options = self.study.options(&like)?;
        Ok(Planned { warnings: like.warnings(&options.criteria), files: self.study.files(&like)?, options })
    }

    /// Gives an image or a mask in memory in place of the file of an option.
    pub(crate) fn set_array(&mut self, option: &str, image: ArrayImage) -> Outcome {
        self.study.set_array(option, image)
    }

    /// What the tables call the study.
    pub(crate) fn name(&self) -> Option<&str> {
        self.study.name()
    }

    /// The maximum number of threads.
    pub(crate) fn threads(&self) -> Option<NonZero<usize>> {
        self.threads.and_then(NonZero::new).map(Into::into)
    }

    /// Writes a staged study to the output folder and gives the names of the files.
    ///
    /// # Errors
    /// As [`run`] about the folder.
    pub(crate) fn write(&self, files: &StudyFiles, source: Source<'_>) -> Outcome<Vec<&'static str>> {
        let selection = Selection::new(&self.output.write)?;
        let names = selection.file_names();
        let dicom = self.output.dicom.source(&selection, files)?;
        if let Some(output) = self.output_folder(&selection, &names, files)? {
            add(output, source, &selection, dicom.as_ref())?;
        }
        Ok(names)
    }

    /// Writes the report of a study without a hematoma, likewise.
    pub(crate) fn write_without_hematoma(
        &self,
        files: &StudyFiles,
        report: &ReportWithoutHematoma,
    ) -> Outcome<Vec<&'static str>> {
        let selection = Selection::report_alone(&self.output.write)?;
        let names = selection.file_names();
        if let Some(mut output) = self.output_folder(&selection, &names, files)? {
            results::add_text(&mut output, REPORT_FILE, &report.to_json())?;
            interrupt::complete(output)?;
        }
        Ok(names)
    }
}

/// Adds the results of a study and puts them in place.
fn add(
    mut output: OutputFolder,
    source: Source<'_>,
    selection: &Selection,
    dicom: Option<&DicomSource>,
) -> Outcome {
    results::add(&mut output, source, selection)?;
    if let Some(dicom) = dicom {
        dicom.add(&mut output, source.staged)?;
    }
    Ok(interrupt::complete(output)?)
}

fn run_here(args: &StageArgs) -> Outcome {
    let Planned { mut files, options, warnings } = args.planned()?;
    for warning in warnings {
        print_warning(&warning);
    }
    if files.is_without_hematoma() {
        return without_hematoma(args, &files, &options);
    }
    let selection = Selection::new(&args.output.write)?.of_study()?;
    let names = selection.file_names();
    // what cannot be filed is refused before anything is created or read
    let dicom = args.output.dicom.source(&selection, &files)?;
    let output = args.output_folder(&selection, &names, &files)?;
    if output.is_some() {
        files = selection.with_margin(files);
    }

    let (study, staged) = staged(&files, &options)?;
    let is_written = output.is_some();
    if let Some(output) = output {
        let name = args.study.name();
        let source = Source { name, study: &study, staged: &staged, criteria: &options.criteria };
        add(output, source, &selection, dicom.as_ref())?;
    }
    if args.json {
        return summary::print_json(&staged.report);
    }
    summary::print(&staged.report, if is_written { &names } else { &[] })
}

/// Measures a study that shows no hematoma, writes its report and prints it.
fn without_hematoma(args: &StageArgs, files: &StudyFiles, options: &StageOptions) -> Outcome {
    let selection = Selection::report_alone(&args.output.write)?;
    let names = selection.file_names();
    let output = args.output_folder(&selection, &names, files)?;
    let report = {
        let progress = Progress::start("reading");
        let study = files.open_without_hematoma()?;
        progress.set("measuring");
        hemastage::measure_without_hematoma(&study, options)?
    };
    let is_written = output.is_some();
    if let Some(mut output) = output {
        results::add_text(&mut output, REPORT_FILE, &report.to_json())?;
        interrupt::complete(output)?;
    }
    if args.json {
        return none::print_json(&report);
    }
    none::print(&report, if is_written { &names } else { &[] })
}

/// Reads and stages a study while a spinner turns.
pub(crate) fn staged(files: &StudyFiles, options: &StageOptions) -> Outcome<(Study, Staged)> {
    let progress = Progress::start("reading");
    let study = files.open()?;
    progress.set("staging");
    let staged = hemastage::stage(&study, options)?;
    Ok((study, staged))
}

/// What `--force` means.
pub(crate) fn overwrite(force: bool) -> Overwrite {
    if force { Overwrite::Replace } else { Overwrite::Refuse }
}
