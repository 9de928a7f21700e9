//! `agree`: how far two readings of the same studies agree.

mod readings;
mod summary;

use std::{io::Write, path::PathBuf};

use clap::{Args, ValueHint};
use hemastage::{
    agreement::{Agreement, StudyAgreement, table},
    io::output::OutputFolder,
};
use hemastage_view::agreement::{agreement_figure, agreement_page};

use self::{readings::Pairs, summary::summary};
use crate::{failure::Outcome, interrupt, results::add_text, stage::overwrite};

const RECORD: &str = "agreement.json";
const PICTURE: [&str; 2] = ["agreement.png", "agreement.svg"];
const PAGE: &str = "agreement.html";
const NAMES: [&str; 6] = [RECORD, table::FILE_NAME, table::DICTIONARY_NAME, PICTURE[0], PICTURE[1], PAGE];

/// Options of `agree`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  hemastage agree reader1 reader2 -o agreement

Each is a results folder of `stage`, or a folder of a batch, whose studies are joined by their names.")]
pub(crate) struct AgreeArgs {
    /// Results of the first reading: of a study or of a batch
    #[arg(value_name = "A", value_hint = ValueHint::DirPath)]
    a: PathBuf,
    /// Results of the second reading
    #[arg(value_name = "B", value_hint = ValueHint::DirPath)]
    b: PathBuf,
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

impl AgreeArgs {
    /// Compares the readings study by study.
    ///
    /// # Errors
    /// When a folder or a report is at fault.
    pub(crate) fn found(&self) -> Outcome<Agreement> {
        let pairs = Pairs::of(&self.a, &self.b)?;
        let mut studies = Vec::new();
        for name in &pairs.common {
            let (a, b) = pairs.readings(name)?;
            studies.push(StudyAgreement::new(name, &a, &b));
        }
        Ok(Agreement::of(studies).with_unmatched(pairs.only_a, pairs.only_b))
    }

    /// Writes the result to the output folder, where there is one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self, found: &Agreement) -> Outcome {
        let Some(folder) = &self.output else { return Ok(()) };
        let pairs = Pairs::of(&self.a, &self.b)?;
        let mut output = OutputFolder::create(folder, &NAMES, overwrite(self.force))?;
        interrupt::guard(&output)?;
        output.protect(&NAMES, || pairs.files())?;
        let figure = agreement_figure(found);
        let pixels = figure.png()?;
        let rows: String = found.studies.iter().map(table::row).collect();
        add_text(&mut output, RECORD, &found.to_json())?;
        add_text(&mut output, table::FILE_NAME, &(table::header() + &rows))?;
        add_text(&mut output, table::DICTIONARY_NAME, &table::dictionary())?;
        output.add(PICTURE[0], |out| out.write_all(&pixels))?;
        add_text(&mut output, PICTURE[1], figure.svg())?;
        add_text(&mut output, PAGE, &agreement_page(found, &figure))?;
        Ok(interrupt::complete(output)?)
    }
}

/// Compares the readings study by study, writes the result and prints it.
pub(crate) fn run(args: &AgreeArgs) -> Outcome {
    let found = args.found()?;
    args.write(&found)?;
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
