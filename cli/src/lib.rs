//! The `hemastage` command: stage spinal hematomas from T1- and T2-weighted MRI.
//!
//! One file or folder per command, with its options: `stage`, `batch`, `bids`, `followup`, `agree`, `read`, `levels`, `criteria`, `inspect`,
//! `phantom`, `demo`. Commands share the options of a study (`study.rs`) and the files that it is written to
//! (`results.rs`). A library, so that the fuzz targets reach the manifest; `main.rs` only runs it.

mod agree;
mod alike;
mod batch;
mod criteria;
mod demo;
mod dicom;
mod failure;
mod followup;
mod inspect;
mod interrupt;
mod levels;
mod like;
mod lines;
mod none;
mod palette;
mod phantom;
mod profile;
#[doc(hidden)] // for the Python package
pub mod program;
mod progress;
mod read;
mod results;
mod stage;
mod study;
mod summary;
mod theme;
mod usage;
mod values;

use std::{env, ffi::OsString, iter, panic, process::ExitCode};

use clap::{
    Parser, Subcommand,
    builder::styling::{AnsiColor, Styles},
};

#[doc(hidden)] // for the fuzz targets
pub use crate::batch::plans;
use crate::{batch::host::Host, failure::Outcome};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Stage spinal hematomas from T1- and T2-weighted MRI.
///
/// A research tool: it states the phase of an MRI signal with its evidence. Not a diagnosis, not for
/// clinical use.
#[derive(Debug, Parser)]
#[command(name = "hemastage", version, styles = STYLES, max_term_width = 100)]
#[command(after_help = "Start with: hemastage demo

Exit codes: 0 done, 1 an input is at fault, 2 wrong usage, 3 some studies of a batch failed,
130 stopped by Ctrl-C (143 by SIGTERM).")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// One command.
#[derive(Debug, Subcommand)]
enum Command {
    /// Stage a hematoma from images and masks
    Stage(Box<stage::StageArgs>),
    /// Stage many studies, listed in a table
    Batch(Box<batch::BatchArgs>),
    /// Stage the studies of a BIDS dataset into a BIDS derivative
    Bids(Box<batch::bids::BidsArgs>),
    /// Compare the studies of one patient in time
    Followup(followup::FollowUpArgs),
    /// Say how far two readings of the same studies agree
    Agree(agree::AgreeArgs),
    /// Stage a hematoma from its signal given in words
    Read(read::ReadArgs),
    /// Count the vertebrae of spans such as `C3-T1`
    Levels(levels::LevelsArgs),
    /// List, show or check criteria profiles
    Criteria(criteria::CriteriaArgs),
    /// Describe what files hold, or the files in folders
    Inspect(inspect::InspectArgs),
    /// Make a synthetic study with exact truth
    Phantom(Box<phantom::PhantomArgs>),
    /// Stage the bundled synthetic study
    Demo(demo::DemoArgs),
}

impl Command {
    /// Runs the command; a batch may start it again with these words.
    fn run(&self, restart: Option<Vec<OsString>>) -> Outcome {
        match self {
            Self::Stage(args) => stage::run(args),
            Self::Batch(args) => batch::run(args, &Host::Command(restart)),
            Self::Bids(args) => batch::bids::run(args, &Host::Command(restart)),
            Self::Followup(args) => followup::run(args),
            Self::Agree(args) => agree::run(args),
            Self::Read(args) => read::run(args),
            Self::Levels(args) => levels::run(args),
            Self::Criteria(args) => criteria::run(args),
            Self::Inspect(args) => inspect::run(args),
            Self::Phantom(args) => phantom::run(args),
            Self::Demo(args) => demo::run(args),
        }
    }
}

/// Keeps the text of a panic off the screen where an error names the file instead.
fn silence_contained_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !hemastage_image::panics_are_contained() {
            usual(info);
        }
    }));
}

/// Runs the command of this process's arguments and gives its exit code.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    ExitCode::from(run(&arguments, None))
}

/// Runs the command with these arguments, as this process, and gives its exit code; `restart` starts it again where that is not
/// its own file.
fn run(arguments: &[OsString], restart: Option<Vec<OsString>>) -> u8 {
    interrupt::be_command();
    silence_contained_panics();
    match Cli::try_parse_from(iter::once("hemastage".into()).chain(arguments.iter().cloned())) {
        Ok(cli) => failure::exit(cli.command.run(restart)),
        Err(error) => usage::exit(error, arguments),
    }
}
