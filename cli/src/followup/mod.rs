//! `followup`: what became of a hematoma over the visits of one patient.

pub(crate) mod files;
pub(crate) mod images;
pub(crate) mod summary;

use std::{
    ffi::OsString,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use clap::{Args, ValueHint};
use hemastage::{
    ErrorKind, Onset, Result,
    batch::REPORT_FILE,
    followup::{FollowUp, FollowUpOptions, Timeline, Visit},
    io::output::OutputFolder,
};
use hemastage_image::open_regular;

use self::{
    files::{MAX_REPORT_BYTES, NAMES, Pixels},
    summary::summary,
};
use crate::{
    failure::{Failure, Outcome, refusal},
    interrupt, profile,
    stage::overwrite,
};

/// Stands for a visit whose scan showed no hematoma.
const NONE: &str = "none";
/// Options of `followup`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  hemastage followup day0 day2 day7 none --at 0h --at 2d --at 7d --at 20d -o followup

Visits are compared by anatomy, from their reports alone: no image is read, but for the figure where --t2 gives them.")]
pub(crate) struct FollowUpArgs {
    /// Results folder or report of each visit, the oldest first; `none` for a scan that showed no hematoma
    #[arg(value_name = "VISIT", required = true, num_args = 2.., value_hint = ValueHint::AnyPath)]
    visits: Vec<PathBuf>,
    /// Time of each visit since any moment they share, such as the first visit: `0h`, `2d`, `3w` [default: by the onsets, else by --visit-time of `stage`]
    #[arg(long, value_name = "TIME")]
    at: Vec<String>,
    /// T2 of each visit for the figure, in their order, with its outline by the stage map next to the report; `none` for a
    /// visit without
    #[arg(long, value_name = "IMAGE", value_hint = ValueHint::AnyPath, requires = "output")]
    t2: Vec<PathBuf>,
    /// Profile that the visits were staged by, where it is not built in
    #[arg(long, value_name = "NAME|FILE")]
    criteria: Option<OsString>,
    /// Folder for the result
    #[arg(short, long, value_name = "FOLDER", required_unless_present = "json")]
    output: Option<PathBuf>,
    /// Replace an existing result
    #[arg(long)]
    force: bool,
    /// Add published rules for progression to the facts
    #[arg(long)]
    rules: bool,
    /// Print the result as JSON, and nothing else
    #[arg(long)]
    json: bool,
}

impl FollowUpArgs {
    /// Compares the visits, and says in which order they are; one with a text in its place is that report, and not a file.
    ///
    /// # Errors
    /// When an option or a report is at fault.
    pub(crate) fn found(&self, reports: &[Option<String>]) -> Outcome<(FollowUp, Vec<usize>)> {
        let args = self;
        if !args.at.is_empty() && args.at.len() != args.visits.len() {
            return Err(Failure::usage(format!(
                "{} visits, but {} times: give --at once for each visit, in their order, or not at all",
                args.visits.len(),
                args.at.len()
            )));
        }
        if !args.t2.is_empty() && args.t2.len() != args.visits.len() {
            return Err(Failure::usage(format!(
                "{} visits, but {} images: give --t2 once for each visit, in their order, `none` for one without, or not at all",
                args.visits.len(),
                args.t2.len()
            )));
        }
        let mut options = FollowUpOptions::default();
        if args.criteria.is_some() {
            options = options.with_criteria(profile::criteria(args.criteria.as_deref())?);
        }
        if args.rules {
            options = options.with_rules();
        }
        let mut visits = Vec::new();
        for (n, path) in args.visits.iter().enumerate() {
            let visit = match reports.get(n) {
                Some(Some(report)) => Visit::from_json(report),
                _ => visit(path),
            };
            let visit = visit.map_err(|error| error.at(format!("visit {}", n + 1)))?;
            visits.push(match args.at.get(n) {
                Some(at) => visit.at_hours(at.parse::<Onset>().map_err(|_| bad_time(n + 1))?.hours())?,
                None => visit,
            });
        }
        let timeline = Timeline::of(&visits)?;
        Ok((timeline.followup(&options), timeline.order().to_vec()))
    }

    /// Writes the result to the output folder, where there is one, with the images of the visits in their order.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self, found: &FollowUp, order: &[usize]) -> Outcome {
        let Some(folder) = &self.output else { return Ok(()) };
        let mut output = OutputFolder::create(folder, &NAMES, overwrite(self.force))?;
        interrupt::guard(&output)?;
        let reports = || self.visits.iter().map(|path| ("a visit", report_of(path)));
        output.protect(&NAMES, || reports().chain(images::files(&self.t2, &self.visits)))?;
        let mut images = Vec::new();
        for (record, &n) in found.visits.iter().zip(order.iter().filter(|_| !self.t2.is_empty())) {
            let image = images::image(&self.t2[n], &self.visits[n], record.hematoma);
            images.push(image.map_err(|error| error.at(format!("visit {}", n + 1)))?);
        }
        files::add(&mut output, found, None, &images, Pixels::Drawn)?;
        Ok(interrupt::complete(output)?)
    }
}

/// Compares the visits, writes the result and prints it.
pub(crate) fn run(args: &FollowUpArgs) -> Outcome {
    let (found, order) = args.found(&[])?;
    args.write(&found, &order)?;
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
