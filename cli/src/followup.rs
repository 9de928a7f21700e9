//! `followup`: what became of a hematoma over the visits of one patient.

use std::{
    ffi::OsString,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use clap::{Args, ValueHint};
use hemastage::{
    ErrorKind, Onset, Result,
    batch::REPORT_FILE,
    followup::{
        Against, ChangeRecord, CordChange, CordWord, FollowUp, FollowUpOptions, Visit, VisitRecord, followup,
    },
    io::output::OutputFolder,
};
use hemastage_image::open_regular;

use crate::{
    failure::{Failure, Outcome, refusal},
    interrupt,
    lines::{disclaimer, findings, line},
    profile,
    stage::overwrite,
    theme::Theme,
};

/// The result's file.
const RESULT: &str = "followup.json";
/// Stands for a visit whose scan showed no hematoma.
const NONE: &str = "none";
/// No report is larger.
const MAX_REPORT_BYTES: u64 = 64 << 20;

const HOURS_PER_DAY: f64 = 24.0;

/// Options of `followup`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  hemastage followup day0 day2 day7 none --at 0h --at 2d --at 7d --at 20d -o followup

Visits are compared by anatomy, from their reports alone: no image is read.")]
pub(crate) struct FollowUpArgs {
    /// Results folder or report of each visit, the oldest first; `none` for a scan that showed no hematoma
    #[arg(value_name = "VISIT", required = true, num_args = 2.., value_hint = ValueHint::AnyPath)]
    visits: Vec<PathBuf>,
    /// Time of each visit since any moment they share, such as the first visit: `0h`, `2d`, `3w` [default: by the onsets]
    #[arg(long, value_name = "TIME")]
    at: Vec<String>,
    /// Profile that the visits were staged by, where it is not built in
    #[arg(long, value_name = "NAME|FILE")]
    criteria: Option<OsString>,
    /// Folder for the result
    #[arg(short, long, value_name = "FOLDER", required_unless_present = "json")]
    output: Option<PathBuf>,
    /// Replace an existing result
    #[arg(long)]
    force: bool,
    /// Print the result as JSON, and nothing else
    #[arg(long)]
    json: bool,
}

/// Compares the visits, writes the result and prints it.
pub(crate) fn run(args: &FollowUpArgs) -> Outcome {
    if !args.at.is_empty() && args.at.len() != args.visits.len() {
        return Err(Failure::usage(format!(
            "{} visits, but {} times: give --at once for each visit, in their order, or not at all",
            args.visits.len(),
            args.at.len()
        )));
    }
    let mut options = FollowUpOptions::default();
    if args.criteria.is_some() {
        options = options.with_criteria(profile::criteria(args.criteria.as_deref())?);
    }
    let mut visits = Vec::new();
    for (n, path) in args.visits.iter().enumerate() {
        let visit = visit(path).map_err(|error| error.at(format!("visit {}", n + 1)))?;
        visits.push(match args.at.get(n) {
            Some(at) => visit.at_hours(at.parse::<Onset>().map_err(|_| bad_time(n + 1))?.hours())?,
            None => visit,
        });
    }
    let found = followup(&visits, &options)?;
    if let Some(folder) = &args.output {
        let mut output = OutputFolder::create(folder, &[RESULT], overwrite(args.force))?;
        interrupt::guard(&output)?;
        output.protect(&[RESULT], || args.visits.iter().map(|path| ("a visit", report_of(path))))?;
        let text = found.to_json();
        output.add(RESULT, |out| out.write_all(text.as_bytes()))?;
        interrupt::complete(output)?;
    }
    let mut text = Vec::new();
    if args.json {
        text.extend(found.to_json().bytes());
    } else {
        summary(&mut text, &found)?;
    }
    let mut out = anstream::stdout().lock();
    out.write_all(&text)?;
    Ok(out.flush()?)
}

/// A time that cannot be read is not repeated, as it may be a date.
fn bad_time(visit: usize) -> Failure {
    Failure::usage(format!(
        "--at of visit {visit} cannot be read: write for example `0h`, `36h`, `2d` or `3w`"
    ))
}

/// The report of a results folder, or the file itself.
fn report_of(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(REPORT_FILE) } else { path.to_owned() }
}

fn visit(path: &Path) -> Result<Visit> {
    if path.as_os_str() == NONE && !path.exists() {
        return Ok(Visit::without_hematoma());
    }
    let file = report_of(path);
    let unread = |error: io::Error| {
        let text = format!(
            "its report could not be read ({}): give a results folder, the `{REPORT_FILE}` in it, or `{NONE}`",
            error.kind()
        );
        refusal(ErrorKind::Io, text)
    };
    let Some((opened, _)) = open_regular(&file).map_err(unread)? else {
        return Err(unread(io::ErrorKind::InvalidInput.into()));
    };
    let mut text = String::new();
    opened.take(MAX_REPORT_BYTES).read_to_string(&mut text).map_err(unread)?;
    Visit::from_json(&text)
}

/// For ten seconds: one line each for volume, levels, stage and cord.
fn summary(out: &mut dyn Write, found: &FollowUp) -> io::Result<()> {
    line(out, "volume", &volumes(found))?;
    let spans = found.visits.iter().map(|visit| match (&visit.span, visit.hematoma) {
        (Some(span), _) => span.to_string(),
        (None, true) => "not known".into(),
        (None, false) => "none".into(),
    });
    line(out, "levels", &arrows(spans))?;
    let calls = found.visits.iter().map(|visit| match visit.call {
        Some(call) => {
            let color = Theme::stage(call);
            format!("{color}{call}{color:#}")
        }
        None => "gone".into(),
    });
    line(out, "stage", &arrows(calls))?;
    if let Some(joint) = &found.joint {
        let stages = joint.visits.iter().map(|visit| {
            let color = Theme::stage(visit.joint);
            format!("{color}{}{color:#}", visit.joint)
        });
        line(out, "", &format!("together {}, if this is one bleed", arrows(stages)))?;
        let age = &joint.bleed_age_hours;
        let text = format!(
            "the bleed was {} before the first visit ({} to {})",
            time(age.p50),
            time(age.p05),
            time(age.p95)
        );
        line(out, "age", &text)?;
    }
    for (n, text) in cord(found).into_iter().enumerate() {
        line(out, if n == 0 { "cord T2" } else { "" }, &text)?;
    }
    findings(out, Theme::of_stdout(), &found.findings, "")?;
    disclaimer(out, &found.disclaimer)
}

fn arrows(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(" → ")
}

/// As in `6.2 → 2.1 mL (-66 ± 12 %) → gone between day 7 and day 20`.
fn volumes(found: &FollowUp) -> String {
    let first = format!("{} mL", milliliters(&found.visits[0]));
    let steps = found.changes.iter().filter(|change| change.against == Against::Previous);
    let later = steps.map(|change| {
        let visit = &found.visits[change.to];
        match (visit.hematoma, change.complete) {
            (true, _) => format!("{} mL{}", milliliters(visit), percent(change)),
            (false, Some(true)) => match (found.visits[change.from].hours, visit.hours) {
                (Some(from), Some(to)) => format!("gone between day {} and day {}", day(from), day(to)),
                _ => "gone".into(),
            },
            (false, _) => "none".into(),
        }
    });
    arrows(std::iter::once(first).chain(later))
}

fn milliliters(visit: &VisitRecord) -> String {
    format!("{:.1}", visit.volume_mm3 / 1000.0)
}

fn percent(change: &ChangeRecord) -> String {
    let Some(absorbed) = &change.absorbed else { return String::new() };
    // no negative zero
    let value = 0.0 - 100.0 * absorbed.value;
    match absorbed.interval {
        Some([low, high]) => format!(" ({value:+.0} ± {:.0} %)", 50.0 * (high - low)),
        None => format!(" ({value:+.0} %)"),
    }
}

fn day(hours: f64) -> String {
    let days = hours / HOURS_PER_DAY;
    if (days - days.round()).abs() < 0.05 { format!("{days:.0}") } else { format!("{days:.1}") }
}

/// Hours, or days from two on.
fn time(hours: f64) -> String {
    if hours < 2.0 * HOURS_PER_DAY {
        format!("{hours:.0} h")
    } else {
        format!("{:.0} days", hours / HOURS_PER_DAY)
    }
}

/// One line per level whose signal was changed at any visit, as in `C3: 1.9 → 1.3 → normal`.
fn cord(found: &FollowUp) -> Vec<String> {
    let steps: Vec<&ChangeRecord> =
        found.changes.iter().filter(|change| change.against == Against::Previous).collect();
    let mut levels: Vec<_> =
        steps.iter().flat_map(|step| step.cord_t2.iter().flatten()).map(|it| it.level).collect();
    levels.sort_unstable();
    levels.dedup();
    let line = |level| {
        let at: Vec<Option<&CordChange>> =
            steps.iter().map(|step| step.cord_t2.iter().flatten().find(|it| it.level == level)).collect();
        let is_changed = at.iter().flatten().any(|it| it.word.is_some_and(|word| word != CordWord::Normal));
        is_changed.then(|| {
            let ratio = |value: Option<f64>| value.map_or("?".into(), |value| format!("{value:.1}"));
            let first = ratio(at.iter().flatten().next().and_then(|it| it.from));
            let later = at.iter().map(|it| match it {
                Some(CordChange { word: Some(CordWord::Gone), .. }) => "normal".into(),
                Some(it) => ratio(it.to),
                None => "?".into(),
            });
            format!("{level}: {}", arrows(std::iter::once(first).chain(later)))
        })
    };
    levels.into_iter().filter_map(line).collect()
}
