//! The commands as functions, for a program that calls them in its own process: the Python package.
//!
//! Each takes the arguments that stand behind the command's name, and gives what the command prints or writes, or the error
//! that it would print. Nothing is printed, and signals are the program's own.

use std::{ffi::OsString, iter, path::Path};

use clap::Parser as _;
use hemastage::{
    Criteria, Error, ErrorKind, Finding, Staged, Study,
    agreement::Agreement,
    followup::FollowUp,
    io::output::{OutputFolder, Overwrite},
    load::StudyFiles,
    report::ReportWithoutHematoma,
    stage::Stage,
};
use hemastage_image::ArrayImage;
use hemastage_phantom::{Phantom, phantom as make};

pub use crate::batch::host::{Event, Program};
use crate::{
    Cli, Command, batch,
    batch::host::Host,
    failure, inspect, levels, lines, none,
    results::{Selection, Source},
    silence_contained_panics,
    stage::{Planned, StageArgs},
    summary, usage,
};

type Result<T, E = Error> = std::result::Result<T, E>;

/// Keeps the text of contained panics off the screen; once per process.
pub fn init() {
    silence_contained_panics();
}

/// Runs the command with these arguments, as this process, and gives its exit code; `restart` starts it again: a program
/// and the arguments before the command's own.
pub fn run(arguments: &[OsString], restart: &[OsString]) -> u8 {
    crate::run(arguments, Some([restart, arguments].concat()))
}

fn parsed(command: &str, arguments: &[OsString]) -> Result<Command> {
    let words = ["hemastage", command].map(OsString::from);
    let cli = Cli::try_parse_from(words.into_iter().chain(arguments.iter().cloned()));
    cli.map(|cli| cli.command).map_err(|error| usage::refused(&error, arguments))
}

/// An error that the library's user cannot see the reason of.
fn no_command() -> Error {
    failure::refusal(ErrorKind::Parameter, "the arguments are those of another command")
}

macro_rules! arguments_of {
    ($variant:ident, $command:literal, $arguments:expr) => {
        match parsed($command, $arguments)? {
            Command::$variant(args) => args,
            _ => return Err(no_command()),
        }
    };
}

/// A study that is to be staged.
#[derive(Debug)]
pub struct StageCall {
    args: Box<StageArgs>,
    arguments: Vec<OsString>,
    files: StudyFiles,
    criteria: Criteria,
    options: hemastage::StageOptions,
    warnings: Vec<String>,
}

/// What became of it.
#[derive(Debug)]
pub enum Outcome {
    /// A hematoma was staged.
    Staged(Box<(Study, Staged)>),
    /// The images show none.
    WithoutHematoma(Box<ReportWithoutHematoma>),
}

impl StageCall {
    /// Reads the arguments of `stage`; images and masks in memory stand in for the files of these options.
    ///
    /// # Errors
    /// As the command about its options.
    pub fn new(
        arguments: &[OsString],
        arrays: impl IntoIterator<Item = (String, ArrayImage)>,
    ) -> Result<Self> {
        let silent: Vec<OsString> = arguments.iter().cloned().chain(["--json".into()]).collect();
        let mut args = arguments_of!(Stage, "stage", &silent);
        for (option, image) in arrays {
            args.set_array(&option, image).map_err(failure::Failure::into_error)?;
        }
        let Planned { files, options, warnings } = args.planned().map_err(failure::Failure::into_error)?;
        let files = Selection::usual().with_margin(files);
        let (criteria, arguments) = (options.criteria.clone(), arguments.to_vec());
        Ok(Self { args, arguments, files, criteria, options, warnings })
    }

    /// What the command would warn of.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// What tables call the study.
    pub fn name(&self) -> Option<&str> {
        self.args.name()
    }

    /// Stages the study.
    ///
    /// # Errors
    /// As the command about the files.
    pub fn run(&self) -> Result<Outcome> {
        match self.args.threads() {
            Some(threads) => hemastage::on_threads(threads, || self.run_here())?,
            None => self.run_here(),
        }
    }

    fn run_here(&self) -> Result<Outcome> {
        if self.files.is_without_hematoma() {
            let study = self.files.open_without_hematoma()?;
            let report = hemastage::measure_without_hematoma(&study, &self.options)?;
            return Ok(Outcome::WithoutHematoma(Box::new(report)));
        }
        let study = self.files.open()?;
        let options = self.options.clone().with_keep(hemastage::Keep::Ratios);
        let staged = hemastage::stage(&study, &options)?;
        Ok(Outcome::Staged(Box::new((study, staged))))
    }

    /// Writes what became of the study as the command with these arguments in addition, and gives the files' names.
    ///
    /// # Errors
    /// As the command about its output.
    pub fn save(&self, outcome: &Outcome, output: &[OsString]) -> Result<Vec<&'static str>> {
        let all: Vec<OsString> = self.arguments.iter().chain(output).cloned().collect();
        let args = arguments_of!(Stage, "stage", &all);
        let names = match outcome {
            Outcome::WithoutHematoma(report) => args.write_without_hematoma(&self.files, report),
            Outcome::Staged(both) => {
                let (study, staged) = &**both;
                let source = Source { name: self.name(), study, staged, criteria: &self.criteria };
                args.write(&self.files, source)
            }
        };
        names.map_err(failure::Failure::into_error)
    }
}

impl Outcome {
    /// The report as JSON.
    pub fn to_json(&self) -> String {
        match self {
            Self::Staged(both) => both.1.report.to_json(),
            Self::WithoutHematoma(report) => report.to_json(),
        }
    }

    /// What may change how far the numbers can be trusted.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Staged(both) => &both.1.report.findings,
            Self::WithoutHematoma(report) => &report.findings,
        }
    }

    /// The summary as the command prints it, without color.
    ///
    /// # Errors
    /// None in memory.
    pub fn summary(&self) -> Result<String> {
        let text = match self {
            Self::Staged(both) => summary::plain(&both.1.report),
            Self::WithoutHematoma(report) => none::plain(report),
        };
        text.map_err(|error| failure::Failure::Output(error).into_error())
    }
}

/// The warnings among findings, as the command prints them.
pub fn warnings(findings: &[Finding]) -> Vec<String> {
    lines::warnings(findings)
}

/// How a batch ended that no error ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All studies were staged.
    Whole,
    /// Some failed.
    Partly,
    /// It was stopped.
    Stopped,
}

/// Stages the studies of a manifest by the arguments of a program, which are those of the command behind `batch`.
///
/// # Errors
/// As the command about the manifest and the folder.
pub fn batch(program: Program) -> Result<Ended> {
    let arguments = program.arguments.get(1..).unwrap_or_default().to_vec();
    let args = arguments_of!(Batch, "batch", &arguments);
    match batch::run(&args, &Host::Program(program)) {
        Ok(()) => Ok(Ended::Whole),
        Err(failure::Failure::Printed(failure::PARTLY)) => Ok(Ended::Partly),
        Err(failure::Failure::Printed(failure::STOPPED)) => Ok(Ended::Stopped),
        Err(failure) => Err(failure.into_error()),
    }
}

/// Compares visits by the arguments of `followup`; a report as text stands in for the visit in its place.
///
/// # Errors
/// As the command.
pub fn followup(arguments: &[OsString], reports: &[Option<String>]) -> Result<FollowUp> {
    let args = arguments_of!(Followup, "followup", &with_json(arguments));
    args.found(reports).map(|(found, _)| found).map_err(failure::Failure::into_error)
}

/// Writes a follow-up to the folder that the arguments name.
///
/// # Errors
/// As the command about its output.
pub fn save_followup(found: &FollowUp, arguments: &[OsString]) -> Result<()> {
    let args = arguments_of!(Followup, "followup", arguments);
    args.write(found, &[]).map_err(failure::Failure::into_error)
}

/// Compares two readings by the arguments of `agree`.
///
/// # Errors
/// As the command.
pub fn agree(arguments: &[OsString]) -> Result<Agreement> {
    let args = arguments_of!(Agree, "agree", &with_json(arguments));
    args.found().map_err(failure::Failure::into_error)
}

/// Writes an agreement to the folder that the arguments name.
///
/// # Errors
/// As the command about its output.
pub fn save_agreement(found: &Agreement, arguments: &[OsString]) -> Result<()> {
    let args = arguments_of!(Agree, "agree", arguments);
    args.write(found).map_err(failure::Failure::into_error)
}

/// What `read --json` prints.
///
/// # Errors
/// As the command.
pub fn read(arguments: &[OsString]) -> Result<String> {
    let args = arguments_of!(Read, "read", arguments);
    let (record, _) = args.record().map_err(failure::Failure::into_error)?;
    record.to_json().map_err(|error| failure::Failure::Output(error).into_error())
}

/// What `levels --json` prints.
///
/// # Errors
/// The first about a text.
pub fn levels(arguments: &[OsString]) -> Result<String> {
    let args = arguments_of!(Levels, "levels", arguments);
    levels::json(&args).map_err(failure::Failure::into_error)
}

/// What `inspect --json` prints.
///
/// # Errors
/// The first about a path, where nothing else was found.
pub fn inspect(arguments: &[OsString]) -> Result<String> {
    let args = arguments_of!(Inspect, "inspect", arguments);
    inspect::json(&args).map_err(failure::Failure::into_error)
}

/// The synthetic study of the arguments of `phantom`, which is written to the output folder where there is one.
///
/// # Errors
/// As the command.
pub fn phantom(arguments: &[OsString], output: Option<&Path>, overwrite: Overwrite) -> Result<Phantom> {
    let all: Vec<OsString> = arguments.iter().cloned().chain(["--output=.".into()]).collect();
    let args = arguments_of!(Phantom, "phantom", &all);
    let options = crate::phantom::options(&args).map_err(failure::Failure::into_error)?;
    let Some(folder) = output else { return make(&options) };
    let mut output = OutputFolder::create(folder, &options.file_names(), overwrite)?;
    let made = make(&options)?;
    made.add_to(&mut output)?;
    output.complete()?;
    Ok(made)
}

fn with_json(arguments: &[OsString]) -> Vec<OsString> {
    // before those of the call, which may end in paths
    iter::once("--json".into()).chain(arguments.iter().cloned()).collect()
}

/// The keys of the stages, in the order of a probability map.
pub fn stages() -> impl Iterator<Item = &'static str> {
    Stage::ALL.into_iter().map(Stage::key)
}
