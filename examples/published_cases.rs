//! Stages published cases by their signal in words and prints a Markdown table:
//! `cargo run --release --example published_cases CASES.csv > docs/published-cases.md`.
//!
//! The file needs the columns `id`, `time_since_onset_hours`, `t1`, `t2` and `stage_reported`.

use std::{error::Error, fmt::Write as _};

use hemastage::{
    Criteria, Onset,
    classify::Model,
    reading::{ReadOptions, SignalWords, read},
    stage::{SignalLevel, Stage},
};

struct Case {
    id: String,
    hours: f64,
    words: [String; 2],
    signal: [SignalWords; 2],
    reported: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("give the path of the cases' CSV file")?;
    let mut cases = Vec::new();
    let mut all = 0;
    let mut reader = csv::Reader::from_path(path)?;
    let columns = reader.headers()?.clone();
    for record in reader.records() {
        let record = record?;
        let field =
            |name: &str| columns.iter().position(|c| c == name).and_then(|n| record.get(n)).unwrap_or("");
        all += 1;
        cases.extend(case(
            field("id"),
            field("time_since_onset_hours"),
            [field("t1"), field("t2")],
            field("stage_reported"),
        ));
    }
    #[expect(clippy::print_stdout, reason = "the table is the output")]
    {
        print!("{}", table(&cases, all)?);
    }
    Ok(())
}

/// A case with signal on both contrasts and a time; a range of times counts as its geometric mean.
fn case(id: &str, time: &str, words: [&str; 2], reported: &str) -> Option<Case> {
    let bounds = time.split('-').map(|t| t.trim().parse().ok()).collect::<Option<Vec<f64>>>()?;
    let hours = bounds.iter().product::<f64>().powf(1.0 / bounds.len() as f64);
    let [t1, t2] = words.map(levels);
    Some(Case {
        id: id.into(),
        hours,
        words: words.map(str::to_owned),
        signal: [t1?, t2?],
        reported: reported.into(),
    })
}

/// The signal levels that a phrase names, in its order; `None` for one that begins with "mixed". Words in brackets
/// are skipped, and "intermediate" is iso.
fn levels(phrase: &str) -> Option<SignalWords> {
    let plain: String = phrase.split('(').map(|part| part.rsplit(')').next().unwrap_or(part)).collect();
    let mut found = Vec::new();
    for word in plain.split(|c: char| !c.is_alphabetic()) {
        match word {
            "hypo" => found.push(SignalLevel::Hypo),
            "iso" | "intermediate" => found.push(SignalLevel::Iso),
            "hyper" => found.push(SignalLevel::Hyper),
            "mixed" if found.is_empty() => return None,
            _ => {}
        }
    }
    let (&main, areas) = found.split_first()?;
    Some(SignalWords { main, areas: areas.to_vec() })
}

/// A profile read by one of its models.
struct Reader {
    name: String,
    criteria: Criteria,
    model: Model,
}

/// Every built-in profile by every model it has.
fn readers() -> hemastage::Result<Vec<Reader>> {
    let mut readers = Vec::new();
    for name in Criteria::built_in_names() {
        let criteria = Criteria::built_in(name)?;
        if Model::of(&criteria) == Model::Relaxation {
            let model = Model::Relaxation;
            readers.push(Reader { name: format!("{name}, relaxation"), criteria: criteria.clone(), model });
        }
        readers.push(Reader { name: format!("{name}, table"), criteria, model: Model::Pattern });
    }
    Ok(readers)
}

/// How a reader did: calls that are right without and with the onset, and the sum of -ln of the probability, without an
/// onset, of the stage by time.
#[derive(Default, Clone)]
struct Score {
    right: [usize; 2],
    log: f64,
}

fn table(cases: &[Case], all: usize) -> Result<String, Box<dyn Error>> {
    let readers = readers()?;
    let mut text = format!(
        "{HEAD}\nOf {all} cases, {} give signal on both contrasts and a time.\n\n| case | hours | T1 | T2 | reported |",
        cases.len()
    );
    for Reader { name, .. } in &readers {
        write!(text, " {name}: by time | {name}: signal alone | {name}: with onset |")?;
    }
    write!(text, "\n|---|---|---|---|---|{}\n", "---|---|---|".repeat(readers.len()))?;
    let mut scores = vec![Score::default(); readers.len()];
    for case in cases {
        write!(
            text,
            "| {} | {:.0} | {} | {} | {} |",
            case.id, case.hours, case.words[0], case.words[1], case.reported
        )?;
        let onset = Onset::from_hours(case.hours)?;
        for (Reader { criteria, model, .. }, score) in readers.iter().zip(&mut scores) {
            let truth = Stage::FIVE.into_iter().find(|&s| criteria.window(s).is_some_and(|w| w.holds(onset)));
            write!(text, " {} |", truth.map_or("-", Stage::key))?;
            let options = ReadOptions::default().with_model(*model);
            for (n, onsets) in [&[][..], &[onset]].into_iter().enumerate() {
                let found = read(&case.signal[0], &case.signal[1], criteria, onsets, &options)?;
                score.right[n] += usize::from(Some(found.call) == truth);
                if let (0, Some(truth)) = (n, truth) {
                    score.log -= found.probabilities[truth].max(1e-3).ln();
                }
                let verdict = if Some(found.call) == truth { "right" } else { "wrong" };
                write!(text, " {} ({verdict}) |", found.call.key())?;
            }
        }
        text.push('\n');
    }
    text += "| **right** | | | | |";
    for Score { right: [alone, with_onset], .. } in &scores {
        write!(text, " | **{alone}/{0}** | **{with_onset}/{0}** |", cases.len())?;
    }
    text.push('\n');
    text += &conclusion(cases.len(), &readers, &scores)?;
    Ok(text)
}

/// What may be said, in these numbers.
fn conclusion(n: usize, readers: &[Reader], scores: &[Score]) -> Result<String, Box<dyn Error>> {
    let mut text =
        String::from("\n| read by | named stage held the time | log score as an age |\n|---|---|---|\n");
    for (Reader { name, .. }, Score { right: [alone, _], log }) in readers.iter().zip(scores) {
        writeln!(text, "| {name} | {alone} of {n} | {:.2} |", log / n as f64)?;
    }
    let default = readers.iter().zip(scores).find(|(reader, _)| reader.model == Model::Relaxation);
    let (_, Score { right: [alone, _], log }) = default.ok_or("no profile with states of blood")?;
    let mean = log / n as f64;
    let sure = if mean > UNIFORM {
        "taken as ages, the probabilities would have been too sure"
    } else {
        "taken as ages, the probabilities would have said little more than that"
    };
    write!(
        text,
        "\nThe log score is the mean of -ln of the probability of the stage by time, from signal alone (at least 0.001); a\n\
         uniform guess scores {UNIFORM:.2}, lower is better.\n\n\
         The probabilities say which state of blood fits the signal, if the relaxation values in `criteria show` hold. They \
         are\nnot probabilities of an age. In {n} published cases the named stage held the true time in {alone}; {sure}.\n"
    )?;
    Ok(text)
}

/// -ln 1/5.
const UNIFORM: f64 = 1.609;

const HEAD: &str = "# Published cases

Made by `cargo run --release --example published_cases CASES.csv > docs/published-cases.md`.

How each built-in profile stages published cases from their signal in words, by relaxation times and by its table. \"By
time\" is the stage whose window in the profile contains the time from onset to scan; a call is right if it is that
stage. The words are the authors'; what they name after the main signal level counts as areas, \"intermediate\" as iso.
Nothing in the profiles was fitted to these cases. This is a small convenience sample, and it bounds what signal alone can
do.
";
