//! Stages published cases by their signal in words and prints a Markdown table:
//! `cargo run --release --example published_cases CASES.csv > docs/published-cases.md`.
//!
//! The file needs the columns `id`, `time_since_onset_hours`, `t1`, `t2` and `stage_reported`.

use std::{error::Error, fmt::Write as _};

use hemastage::{
    Criteria, Onset,
    reading::{SignalWords, read},
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

fn table(cases: &[Case], all: usize) -> Result<String, Box<dyn Error>> {
    let profiles = Criteria::built_in_names().map(Criteria::built_in).collect::<Result<Vec<_>, _>>()?;
    let mut text = format!(
        "{HEAD}\nOf {all} cases, {} give signal on both contrasts and a time.\n\n| case | hours | T1 | T2 | reported |",
        cases.len()
    );
    for criteria in &profiles {
        write!(text, " {0}: by time | {0}: signal alone | {0}: with onset |", criteria.name)?;
    }
    write!(text, "\n|---|---|---|---|---|{}\n", "---|---|---|".repeat(profiles.len()))?;
    let mut right = vec![[0; 2]; profiles.len()];
    for case in cases {
        write!(
            text,
            "| {} | {:.0} | {} | {} | {} |",
            case.id, case.hours, case.words[0], case.words[1], case.reported
        )?;
        let onset = Onset::from_hours(case.hours)?;
        for (criteria, right) in profiles.iter().zip(&mut right) {
            let truth = Stage::FIVE.into_iter().find(|&s| criteria.window(s).is_some_and(|w| w.holds(onset)));
            write!(text, " {} |", truth.map_or("-", Stage::key))?;
            for (n, onsets) in [&[][..], &[onset]].into_iter().enumerate() {
                let call = read(&case.signal[0], &case.signal[1], criteria, onsets).call;
                right[n] += usize::from(Some(call) == truth);
                let verdict = if Some(call) == truth { "right" } else { "wrong" };
                write!(text, " {} ({verdict}) |", call.key())?;
            }
        }
        text.push('\n');
    }
    text += "| **right** | | | | |";
    for [alone, with_onset] in right {
        write!(text, " | **{alone}/{0}** | **{with_onset}/{0}** |", cases.len())?;
    }
    text.push('\n');
    Ok(text)
}

const HEAD: &str = "# Published cases

Made by `cargo run --release --example published_cases CASES.csv > docs/published-cases.md`.

How each built-in profile stages published cases from their signal in words. \"By time\" is the stage
whose window in the profile contains the time from onset to scan; a call is right if it is that stage. The
words are the authors'; what they name after the main signal level counts as areas, \"intermediate\" as iso.
Nothing in the profiles was fitted to these cases. This is a small convenience sample, and it bounds what
signal alone can do. An onset moves a call only between stages that share a pattern.
";
