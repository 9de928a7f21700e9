//! `bids`: a BIDS-App. A batch whose manifest is made from a BIDS dataset and whose output folder is a BIDS derivative.
//!
//! Participant level writes into the folders of the participants alone, so that any number of runs can share an output
//! folder. Group level makes the tables, the follow-ups and the page over all studies.

mod columns;
mod derivative;
mod names;
mod sessions;
mod table;

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use hemastage::batch::Existing;

use self::{derivative::Derivative, names::Filter};
use super::{
    defaults::DefaultArgs,
    followups::FollowUps,
    host::Host,
    index::IndexPage,
    init::list,
    layout::Layout,
    qc::Reviews,
    run::{self, Extent, RunArgs},
    worker,
};
use crate::{failure::Outcome, results::WriteArgs};

/// Options of `bids`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  hemastage bids data data/derivatives/hemastage participant --participant-label 01 02
  hemastage bids data data/derivatives/hemastage group

Images are sub-X[/ses-Y]/anat/*_T1w and *_T2w, masks *_label-hematoma_mask and *_label-SC_seg (or _mask, _seg,
_dseg) in derivatives/labels. Results that still stand are kept. Any option of `stage` counts for all studies.
See docs/bids.md.

Exit codes: 0 done, 1 dataset or output folder at fault, 2 wrong usage, 3 some studies failed (0 with
--failures ok), 130 stopped by Ctrl-C.")]
pub(crate) struct BidsArgs {
    /// The BIDS dataset, which is only read
    #[arg(value_name = "BIDS_DIR", value_hint = ValueHint::DirPath)]
    dataset: PathBuf,
    /// Folder for the derivative, such as `BIDS_DIR/derivatives/hemastage`
    #[arg(value_name = "OUTPUT_DIR", value_hint = ValueHint::DirPath)]
    output: PathBuf,
    /// What to do: each participant by itself, or the tables of all
    #[arg(value_name = "LEVEL")]
    level: Level,
    /// Participants, with or without `sub-` [default: all]
    #[arg(long, alias = "participant_label", value_name = "LABEL", num_args = 1..)]
    participant_label: Vec<String>,
    /// Sessions, with or without `ses-` [default: all]
    #[arg(long, alias = "session_label", value_name = "LABEL", num_args = 1..)]
    session_label: Vec<String>,
    /// Folder of a derivative that holds masks; once per folder [default: `BIDS_DIR/derivatives/labels`]
    #[arg(long, value_name = "[NAME=]FOLDER", num_args = 1.., value_hint = ValueHint::DirPath)]
    derivatives: Vec<PathBuf>,
    #[command(flatten)]
    labels: LabelArgs,
    /// Of several files that could be one, which it is: by an entity (`T1w:acq=sag`, `T2w:run=` for none) or a word of the
    /// name (`cord:T2w`); once per condition. Before `:` stands `T1w`, `T2w`, `T1w_ce`, `T2starw`, `hematoma`,
    /// `cord`, `canal` or `spine`
    #[arg(long, value_name = "FILE:CONDITION")]
    filter: Vec<Filter>,
    /// Column of `*_sessions.tsv` or `participants.tsv` that is an option of `stage` by its name (`onset_h`) or as given
    /// (`onset=since_symptoms`), or one to repeat in summary.tsv, such as age; once per column
    #[arg(long, value_name = "[OPTION=]NAME")]
    column: Vec<String>,
    /// Stage again what still stands
    #[arg(long)]
    force: bool,
    /// Accepted as by other BIDS-Apps: names are checked where they are used, and the dataset is not validated
    #[arg(long, alias = "skip_bids_validation")]
    skip_bids_validation: bool,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    defaults: DefaultArgs,
}

/// How the masks are named: what stands in `label-`, or all that follows the image's name, as in `seg-manual`.
#[derive(Debug, Args)]
struct LabelArgs {
    /// Label of the hematoma's mask
    #[arg(long = "hematoma-label", id = "hematoma_label", value_name = "LABEL", default_value = "hematoma")]
    hematoma: String,
    /// Label of the cord's mask
    #[arg(long = "cord-label", id = "cord_label", value_name = "LABEL", default_value = "SC")]
    cord: String,
    /// Label of the canal's mask
    #[arg(long = "canal-label", id = "canal_label", value_name = "LABEL", default_value = "canal")]
    canal: String,
    /// Label of the map of cord, canal and vertebrae (`--anatomy` of `stage`), which needs --scheme
    #[arg(long = "spine-label", id = "spine_label", value_name = "LABEL", default_value = "spine")]
    spine: String,
}

/// What a BIDS-App works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Level {
    /// Stage each study, and write into its participant's folder alone
    Participant,
    /// Make tables, follow-ups and the page over all studies; what is missing is staged first
    Group,
}

/// Stages the studies of a dataset, or makes the tables of all.
pub(crate) fn run(args: &BidsArgs, host: &Host) -> Outcome {
    let selection = super::selection(&args.write)?.of_derivative();
    let (sessions, left) = sessions::of(args)?;
    let mut manifest = table::manifest(args, &sessions)?;
    manifest.defaults = args.defaults.cells()?;
    super::refuse_defaults(&manifest)?;
    let existing = if args.force { Existing::Replace } else { Existing::Resume };
    let batch = super::batch(&manifest, &selection, None, Layout::Bids).with_existing(existing);
    let batch = args.run.applied_to(batch);
    super::refuse_faults("the columns", &manifest, &batch, &selection)?;
    if args.run.worker {
        return worker::run(&batch, &args.output);
    }
    let derivative = Derivative::new(&args.dataset, &args.output, &sessions)?;
    list(&left);
    super::silence_panics_of_workers(host);
    let batch = args.run.isolated(batch, host)?;
    derivative.describe()?;
    let n = sessions.len();
    let reviews = Reviews::default();
    let extent = match args.level {
        Level::Participant => Extent::Part(0..n),
        Level::Group => Extent::Whole(
            IndexPage::new(&selection, &reviews, Layout::Bids),
            FollowUps::of(&manifest, true, Layout::Bids),
            &selection,
        ),
    };
    run::stage(batch, &args.output, (n, extent), (&args.run, host), |study, has_map| {
        derivative.publish(study, has_map)
    })
}
