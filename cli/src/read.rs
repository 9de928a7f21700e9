//! `read`: stages a signal given in words.

use std::{
    ffi::OsString,
    io::{self, Write},
};

use clap::Args;
use hemastage::{
    Onset,
    classify::Model,
    reading::{ReadOptions, Reading, SignalWords},
    report::{Candidate, DISCLAIMER, PerStage},
    stage::Stage,
};
use serde::Serialize;

use crate::{
    failure::Outcome,
    lines::{disclaimer, hours, line, shares},
    profile,
    study::ModelChoice,
    theme::Theme,
};

/// Options of `read`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  hemastage read --t1 iso --t2 hyper,hypo --onset 15h

The first word is the signal level of most of the hematoma, the others are of areas in it.")]
pub(crate) struct ReadArgs {
    /// T1 signal level relative to the cord: hypo, iso or hyper, then those of areas
    #[arg(long, value_name = "LEVEL[,LEVEL]...")]
    t1: SignalWords,
    /// T2 signal level relative to the cord: hypo, iso or hyper, then those of areas
    #[arg(long, value_name = "LEVEL[,LEVEL]...")]
    t2: SignalWords,
    /// Time from a bleed (or from worsening) to the scan: `90min`, `36h`, `2d`, `1w`; once per bleeding event
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    onset: Vec<String>,
    /// Built-in criteria profile or a TOML file [default: spinal]
    #[arg(long, value_name = "NAME|FILE")]
    criteria: Option<OsString>,
    /// The model that determines the stage [default: relaxation, if the profile lists states of blood]
    #[arg(long, value_name = "MODEL")]
    model: Option<ModelChoice>,
    /// Field strength of the images in tesla, on which relaxation times depend [default: the mean of 1.5 and 3]
    #[arg(long, value_name = "TESLA")]
    field: Option<f64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Stages the signal by the profile and prints the result.
pub(crate) fn run(args: &ReadArgs) -> Outcome {
    let (record, reading) = args.record()?;
    let mut text = Vec::new();
    if args.json {
        text.extend(record.to_json()?.bytes());
    } else {
        summary(&mut text, &record, &reading)?;
    }
    let mut out = anstream::stdout().lock();
    out.write_all(&text)?;
    Ok(out.flush()?)
}

impl ReadArgs {
    /// Stages the signal by the profile.
    ///
    /// # Errors
    /// When an option is at fault.
    pub(crate) fn record(&self) -> Outcome<(Record, Reading)> {
        let args = self;
        let criteria = profile::criteria(args.criteria.as_deref())?;
        // parsed here and not by clap, which would repeat a date in its message
        let onsets = args.onset.iter().map(|text| text.parse()).collect::<hemastage::Result<Vec<Onset>>>()?;
        let mut options = ReadOptions::default();
        (options.model, options.tesla) = (args.model.map(Into::into), args.field);
        let reading = hemastage::reading::read(&args.t1, &args.t2, &criteria, &onsets, &options)?;
        Ok((Record::new(args, &onsets, &criteria.name, &reading), reading))
    }
}

/// The JSON that `--json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Record {
    t1: String,
    t2: String,
    onset_hours: Vec<f64>,
    criteria: String,
    call: Stage,
    candidates: Vec<Candidate>,
    probabilities: PerStage<f64>,
    areas: Vec<Stage>,
    by_mixture_rule: bool,
    model: Model,
    field_t: Option<f64>,
    table_call: Stage,
    disclaimer: &'static str,
}

impl Record {
    /// The record as `--json` prints it.
    pub(crate) fn to_json(&self) -> io::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    fn new(args: &ReadArgs, onsets: &[Onset], criteria: &str, reading: &Reading) -> Self {
        let candidate = |&(stage, probability): &(Stage, f64)| Candidate { stage, probability };
        Self {
            t1: words(&args.t1),
            t2: words(&args.t2),
            onset_hours: onsets.iter().map(|onset| onset.hours()).collect(),
            criteria: criteria.into(),
            call: reading.call,
            candidates: reading.candidates.iter().map(candidate).collect(),
            probabilities: reading.probabilities,
            areas: reading.areas.clone(),
            by_mixture_rule: reading.by_mixture_rule,
            model: reading.model,
            field_t: args.field.filter(|_| reading.model == Model::Relaxation),
            table_call: reading.table_call,
            disclaimer: DISCLAIMER,
        }
    }
}

/// The words as written on the command line.
fn words(words: &SignalWords) -> String {
    let all = std::iter::once(&words.main).chain(&words.areas);
    all.map(|level| level.key()).collect::<Vec<_>>().join(",")
}

fn summary(out: &mut dyn Write, record: &Record, reading: &Reading) -> io::Result<()> {
    let bold = Theme::stage(reading.call).bold();
    line(out, "stage", &format!("{bold}{}{bold:#}", reading.call))?;
    if reading.candidates.len() > 1 {
        line(out, "", &format!("its signal fits {}", shares(reading.candidates.iter().copied())))?;
    }
    if reading.by_mixture_rule {
        line(out, "", "by the profile's rule for this mixture")?;
    }
    if !reading.areas.is_empty() {
        let areas: Vec<String> = reading.areas.iter().map(ToString::to_string).collect();
        line(out, "areas", &areas.join(", "))?;
    }
    if reading.model == Model::Relaxation {
        line(out, "", &format!("by the table: {}", reading.table_call))?;
    }
    line(out, "signal", &format!("T1 {}, T2 {}", record.t1, record.t2))?;
    let onset = match record.onset_hours.as_slice() {
        [] => "no onset given".into(),
        list => format!("onset {}", hours(list)),
    };
    line(out, "criteria", &format!("{}, {onset}", record.criteria))?;
    disclaimer(out, record.disclaimer)
}
