//! `levels`: counts the vertebrae of spans.

use std::{
    io::{self, Write},
    path::Path,
};

use clap::Args;
use hemastage::{
    span::{NamedRegion, Span},
    vertebra::VertebralLevel,
};
use hemastage_image::text::printable_json;
use serde::Serialize;

use crate::{
    failure::{Failure, Outcome, print_error},
    lines::count,
};

/// Options of `levels`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  hemastage levels C3-T1 'T2-T6; T12-L1' T6/7-L2/3

A limit at a disc, such as T6/7, excludes the vertebra beyond it. T13 and L6 count only when named.
Exit code 2 when a text is refused; the others are still printed.")]
pub(crate) struct LevelsArgs {
    /// First and last vertebra, several runs joined by `;`
    #[arg(required = true, value_name = "SPAN", allow_hyphen_values = true)]
    texts: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl LevelsArgs {
    /// The option as written. Behind a text, which may begin with a dash, clap takes it for a text too.
    const JSON: &str = "--json";

    /// The texts to count.
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(String::as_str).filter(|&text| text != Self::JSON)
    }

    /// Whether to print JSON.
    fn json(&self) -> bool {
        self.json || self.texts.iter().any(|text| text == Self::JSON)
    }
}

/// Prints the spans that could be parsed, then the errors of the others.
pub(crate) fn run(args: &LevelsArgs) -> Outcome {
    let (mut records, mut errors) = (Vec::new(), Vec::new());
    for text in args.texts() {
        match text.parse() {
            Ok(span) => records.push(Record::new(text, span)),
            Err(error) => errors.push(without_path(text, &error)),
        }
    }
    print(&records, args.json())?;
    let Some(last) = errors.pop() else { return Ok(()) };
    for error in &errors {
        print_error(error);
    }
    Err(Failure::usage(last))
}

/// The records of all texts as JSON.
///
/// # Errors
/// The first about a text.
pub(crate) fn json(args: &LevelsArgs) -> Outcome<String> {
    let record = |text| match str::parse(text) {
        Ok(span) => Ok(Record::new(text, span)),
        Err(error) => Err(Failure::usage(without_path(text, &error))),
    };
    let records = args.texts().map(record).collect::<Outcome<Vec<_>>>()?;
    Ok(serde_json::to_string(&records).map_err(io::Error::from)?)
}

/// The error of a text. A file or folder given by mistake is not repeated.
fn without_path(text: &str, error: &hemastage::Error) -> String {
    if Path::new(text).exists() {
        "a file or folder is given: expected vertebrae, as in `C3-T1`".into()
    } else {
        error.to_string()
    }
}

fn print(records: &[Record], json: bool) -> io::Result<()> {
    let mut text = Vec::new();
    if json {
        writeln!(text, "{}", printable_json(&serde_json::to_string_pretty(records)?))?;
    } else {
        for record in records {
            writeln!(text, "{}", record.line())?;
        }
    }
    let mut out = anstream::stdout().lock();
    out.write_all(&text)?;
    out.flush()
}

/// The JSON that `--json` prints of one text.
#[derive(Debug, Serialize)]
struct Record<'a> {
    text: &'a str,
    span: Span,
    levels: Vec<VertebralLevel>,
    vertebrae: usize,
    interspaces: usize,
    regions: Vec<NamedRegion>,
}

impl<'a> Record<'a> {
    fn new(text: &'a str, span: Span) -> Self {
        Self {
            text,
            levels: span.levels().to_vec(),
            vertebrae: span.vertebrae(),
            interspaces: span.interspaces(),
            regions: span.regions(),
            span,
        }
    }

    /// The same for a person.
    fn line(&self) -> String {
        let runs = match self.span.runs().count() {
            1 => String::new(),
            runs => format!(" in {runs} runs"),
        };
        format!(
            "{}: {}{runs} ({}), {}; {}",
            self.span,
            count(self.vertebrae, "vertebra", "vertebrae"),
            joined(&self.levels, " "),
            count(self.interspaces, "interspace", "interspaces"),
            joined(&self.regions, ", "),
        )
    }
}

fn joined(list: &[impl ToString], between: &str) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}
