//! The commands and their options.

use std::{ffi::OsString, path::PathBuf};

use clap::{
    Args, Parser, Subcommand, ValueEnum, ValueHint,
    builder::styling::{AnsiColor, Styles},
    builder::{NonEmptyStringValueParser, OsStringValueParser, TypedValueParser},
};
use hemastage::{
    classify::Smoothing,
    criteria::Thresholds,
    load::{ImageFile, MaskFile},
    reading::SignalWords,
    reference::{ReferenceMode, Tissue},
};

use crate::{
    batch, criteria, demo,
    failure::Outcome,
    inspect, levels,
    phantom::{self, PhantomArgs},
    read,
    results::WriteArgs,
    stage,
    values::{self, Given},
};

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
130 a batch was stopped by Ctrl-C.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// One command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Stage a hematoma from images and masks
    Stage(Box<StageArgs>),
    /// Stage the studies of a table of files
    Batch(BatchArgs),
    /// Stage a hematoma from its signal in words
    Read(ReadArgs),
    /// Count the vertebrae of spans such as `C3-T1`
    Levels(LevelsArgs),
    /// List, show or check criteria profiles
    Criteria(CriteriaArgs),
    /// Say what a file or the files of a folder hold
    Inspect(InspectArgs),
    /// Make a synthetic study with exact truth
    Phantom(Box<PhantomArgs>),
    /// Stage the bundled synthetic study
    Demo(DemoArgs),
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(&self) -> Outcome {
        match self {
            Self::Stage(args) => stage::run(args),
            Self::Batch(args) => batch::run(args),
            Self::Read(args) => read::run(args),
            Self::Levels(args) => levels::run(args),
            Self::Criteria(args) => criteria::run(args.action.as_ref()),
            Self::Inspect(args) => inspect::run(args),
            Self::Phantom(args) => phantom::run(args),
            Self::Demo(args) => demo::run(args),
        }
    }
}

/// Options of `stage`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  hemastage stage --t1 t1.nii.gz --t2 t2.nii.gz --hematoma seg.nii.gz:2 --cord seg.nii.gz:1 \\
      --onset 36h -o result")]
pub(crate) struct StageArgs {
    #[command(flatten)]
    pub(crate) study: StudyArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Print the report as JSON, and nothing else
    #[arg(long)]
    pub(crate) json: bool,
    /// Threads at most [default: the processors]; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

/// A study: its files, and how it is staged. Each option is a column of a manifest too.
#[derive(Debug, Args)]
pub(crate) struct StudyArgs {
    /// What the tables call the study
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) study: Option<String>,
    /// T1-weighted image: NIfTI, a DICOM file, or a folder of them with the series to take: `folder#5`
    #[arg(long, value_name = "PATH[#SERIES]", value_hint = ValueHint::AnyPath, value_parser = OsStringValueParser::new().map(values::image))]
    pub(crate) t1: ImageFile,
    /// T2-weighted image, likewise
    #[arg(long, value_name = "PATH[#SERIES]", value_hint = ValueHint::AnyPath, value_parser = OsStringValueParser::new().map(values::image))]
    pub(crate) t2: ImageFile,
    /// Mask of the hematoma, with its labels, or segments of a DICOM segmentation or structure set:
    /// `seg.nii.gz:3,4`, `seg.dcm:2`, `seg.dcm:Hematoma`
    #[arg(long, value_name = "FILE[:LABELS]", value_hint = ValueHint::AnyPath, value_parser = OsStringValueParser::new().map(values::mask))]
    pub(crate) hematoma: MaskFile,
    #[command(flatten)]
    pub(crate) reference: ReferenceArgs,
    /// Mask of the spinal canal, for occupancy and displacement of the cord
    #[arg(long, value_name = "FILE[:LABELS]", value_hint = ValueHint::AnyPath, value_parser = OsStringValueParser::new().map(values::mask))]
    pub(crate) canal: Option<MaskFile>,
    /// Label map of the vertebrae, for the levels involved
    #[arg(long, value_name = "MAP", value_hint = ValueHint::AnyPath, conflicts_with = "landmarks",
          value_parser = OsStringValueParser::new().map(values::image))]
    pub(crate) vertebrae: Option<ImageFile>,
    /// Numbering of that map: a built-in scheme, or a TOML file; without one the error says which fit
    #[arg(long, value_name = "NAME|FILE", value_hint = ValueHint::FilePath, requires = "vertebrae")]
    pub(crate) scheme: Option<OsString>,
    /// Vertebrae as points: JSON or CSV (level, x, y, z; RAS mm), or an image of disc points
    #[arg(long, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) landmarks: Option<PathBuf>,
    /// Volume of a 4-D T1 file, counted from 0
    #[arg(long, value_name = "N")]
    pub(crate) t1_volume: Option<usize>,
    /// Volume of a 4-D T2 file, counted from 0
    #[arg(long, value_name = "N")]
    pub(crate) t2_volume: Option<usize>,
    /// Time from a bleed (or from worsening) to the scan: `90min`, `36h`, `2d`, `1w`; or when it was, in local
    /// time: `YYYY-MM-DDThh:mm`, where a header or sidecar has the scan's time; once per event
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) onset: Vec<String>,
    /// Built-in criteria profile, or a TOML file [default: spinal]
    #[arg(long, value_name = "NAME|FILE", value_hint = ValueHint::FilePath)]
    pub(crate) criteria: Option<OsString>,
    /// T1 ratios below which is hypo and above which is hyper, instead of the profile's
    #[arg(long, value_name = "LO,HI", value_parser = values::thresholds, allow_hyphen_values = true)]
    pub(crate) thresholds_t1: Option<Thresholds>,
    /// T2 ratios below which is hypo and above which is hyper, instead of the profile's
    #[arg(long, value_name = "LO,HI", value_parser = values::thresholds, allow_hyphen_values = true)]
    pub(crate) thresholds_t2: Option<Thresholds>,
    /// Whether the reference follows the cord [default: trend where the cord spans 40 mm]
    #[arg(long, value_name = "MODE")]
    pub(crate) reference_mode: Option<Mode>,
    /// Smoothing of the ratios
    #[arg(long, value_name = "HOW", default_value = "median")]
    pub(crate) smooth: Smooth,
    /// Take files without sform and qform, by their voxel sizes alone
    #[arg(long)]
    pub(crate) allow_unoriented: bool,
    /// Record the SHA-256 of each input
    #[arg(long)]
    pub(crate) hash_inputs: bool,
    /// Inflate each .nii.gz to its end, where its checksum is, and not only as far as voxels are needed
    #[arg(long)]
    pub(crate) checksums: bool,
}

/// The reference, in exactly one of three ways.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = clap::ArgGroup::new("way").required(true).args(["cord", "reference", "reference_t1"]))]
pub(crate) struct ReferenceArgs {
    /// Mask of the spinal cord, which signal is relative to
    #[arg(long, value_name = "FILE[:LABELS]", value_hint = ValueHint::AnyPath, value_parser = OsStringValueParser::new().map(values::mask))]
    pub(crate) cord: Option<MaskFile>,
    /// Mask of another tissue, where no cord is in view
    #[arg(long, value_name = "FILE[:LABELS]", value_hint = ValueHint::AnyPath, requires = "reference_tissue",
          value_parser = OsStringValueParser::new().map(values::mask))]
    pub(crate) reference: Option<MaskFile>,
    /// What that tissue is called
    #[arg(long, value_name = "NAME", requires = "reference", conflicts_with_all = ["cord", "reference_t1"],
          value_parser = NonEmptyStringValueParser::new().try_map(|name| name.parse::<Tissue>()))]
    pub(crate) reference_tissue: Option<Tissue>,
    /// Reference signal on T1, where it is known
    #[arg(long, value_name = "VALUE[,SPREAD]", requires = "reference_t2", allow_hyphen_values = true)]
    pub(crate) reference_t1: Option<Given>,
    /// Reference signal on T2, where it is known
    #[arg(long, value_name = "VALUE[,SPREAD]", requires = "reference_t1", allow_hyphen_values = true)]
    pub(crate) reference_t2: Option<Given>,
}

/// Where results go.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Folder for the results
    #[arg(short, long, value_name = "FOLDER", required_unless_present = "json")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
    /// Replace results that are there
    #[arg(long)]
    pub(crate) force: bool,
}

/// How the reference follows the cord.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Mode {
    /// One value that changes slowly along the cord
    Trend,
    /// One value, the median
    Global,
}

impl From<Mode> for ReferenceMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Trend => Self::Trend,
            Mode::Global => Self::Global,
        }
    }
}

/// Smoothing of the ratios.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Smooth {
    /// One pass of a median over near neighbors in the mask
    Median,
    /// As sampled
    None,
}

impl From<Smooth> for Smoothing {
    fn from(smooth: Smooth) -> Self {
        match smooth {
            Smooth::Median => Self::Median,
            Smooth::None => Self::None,
        }
    }
}

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
    pub(crate) manifest: PathBuf,
    /// Folder for the tables of all studies and a folder per study
    #[arg(short, long, value_name = "FOLDER", required_unless_present = "validate")]
    pub(crate) output: Option<PathBuf>,
    /// Studies at a time [default: the processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// Keep studies whose inputs, options and version are unchanged, and stage the others
    #[arg(long, conflicts_with = "force")]
    pub(crate) resume: bool,
    /// Replace results that are there
    #[arg(long)]
    pub(crate) force: bool,
    /// Check files and geometry of every row, and write nothing
    #[arg(long, conflicts_with_all = ["resume", "force"])]
    pub(crate) validate: bool,
    /// Take no notice of a column; once per column
    #[arg(long, value_name = "NAME")]
    pub(crate) ignore_column: Vec<String>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

/// Options of `read`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  hemastage read --t1 iso --t2 hyper,hypo --onset 15h

The first word is the signal of most of the hematoma, further words are of areas in it.")]
pub(crate) struct ReadArgs {
    /// T1 signal relative to the cord: hypo, iso or hyper, then those of areas
    #[arg(long, value_name = "LEVEL[,LEVEL]...")]
    pub(crate) t1: SignalWords,
    /// T2 signal relative to the cord: hypo, iso or hyper, then those of areas
    #[arg(long, value_name = "LEVEL[,LEVEL]...")]
    pub(crate) t2: SignalWords,
    /// Time from a bleed (or from worsening) to the scan: `90min`, `36h`, `2d`, `1w`; once per event
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) onset: Vec<String>,
    /// Built-in criteria profile, or a TOML file [default: spinal]
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) criteria: Option<OsString>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `levels`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  hemastage levels C3-T1 'T2-T6; T12-L1' T6/7-L2/3

A limit at a disc, such as T6/7, does not touch the vertebra beyond it. T13 and L6 count only when
named. Exit code 2 when a text is refused; the others are still printed.")]
pub(crate) struct LevelsArgs {
    /// Vertebrae by their ends, runs joined by `;`
    #[arg(required = true, value_name = "SPAN", allow_hyphen_values = true)]
    texts: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl LevelsArgs {
    /// As the option is written; behind a text that may begin with a dash, it is taken for a text too.
    const JSON: &str = "--json";

    /// The texts to count.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(String::as_str).filter(|&text| text != Self::JSON)
    }

    /// Whether to print JSON.
    pub(crate) fn json(&self) -> bool {
        self.json || self.texts.iter().any(|text| text == Self::JSON)
    }
}

/// Options of `criteria`.
#[derive(Debug, Args)]
pub(crate) struct CriteriaArgs {
    #[command(subcommand)]
    pub(crate) action: Option<CriteriaAction>,
}

/// What to do with profiles.
#[derive(Debug, Subcommand)]
pub(crate) enum CriteriaAction {
    /// Name the built-in profiles (also without a word)
    List,
    /// Print a built-in profile as TOML, a start for one's own
    Show {
        /// Its name
        name: String,
    },
    /// Check a profile in a TOML file
    Check {
        /// The file
        file: PathBuf,
    },
}

/// Options of `inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// NIfTI or DICOM files, or folders of them
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder for the study and its results
    #[arg(short, long, value_name = "FOLDER", default_value = demo::FOLDER)]
    pub(crate) output: PathBuf,
    /// Replace files that are there
    #[arg(long)]
    pub(crate) force: bool,
}
