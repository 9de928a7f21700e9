//! The marks of an earlier look at the results, as the page over all studies saves them.

use std::{collections::HashMap, path::Path};

use csv::{ByteRecord, ReaderBuilder};
use hemastage_view::index::{MARK_COLUMNS, Mark, Review};

use super::{
    fault::Fault,
    missing::is_missing,
    text::{self, Separator},
};
use crate::failure::{self, Failure, Outcome};

/// The columns that the summary gets.
pub(super) const SUMMARY_COLUMNS: [&str; 2] = [MARK_COLUMNS[1], MARK_COLUMNS[2]];

/// At most this many faults are listed.
const MAX_FAULTS: usize = 20;

/// The marks by the study's name.
#[derive(Debug, Default)]
pub(super) struct Reviews(HashMap<String, Review>);

impl Reviews {
    /// Reads a table of marks of these studies.
    ///
    /// # Errors
    /// When it is no such table, with all its faults.
    pub(super) fn read<'a>(path: &Path, studies: impl Iterator<Item = &'a str>) -> Outcome<Self> {
        let name = hemastage_image::file_name(path);
        let bytes = text::bytes(path).map_err(|text| {
            Failure::input(format!("{name}: {}", text.replace("the manifest", "the table")))
        })?;
        let studies: Vec<&str> = studies.collect();
        let (reviews, faults) = parse(&name, &bytes, &studies);
        let texts: Vec<String> = faults.iter().take(MAX_FAULTS).map(ToString::to_string).collect();
        match &texts[..] {
            [] => Ok(Self(reviews)),
            [one] => Err(Failure::usage(format!("{name}: {one}"))),
            many => {
                let more = if faults.len() > MAX_FAULTS { ", the first" } else { "" };
                let (n, list) = (faults.len(), failure::LIST);
                Err(Failure::usage(format!("{name}: {n} faults{more}:{list}{}", many.join(list))))
            }
        }
    }

    /// What was made of a study.
    pub(super) fn get(&self, study: &str) -> Option<&Review> {
        self.0.get(study)
    }

    /// A study's cells in the columns of the summary.
    pub(super) fn cells(&self, study: &str) -> [String; 2] {
        let review = self.get(study);
        [
            review.and_then(|review| review.mark).map_or(String::new(), |mark| mark.key().to_owned()),
            review.map_or(String::new(), |review| review.note.clone()),
        ]
    }
}

fn parse(name: &str, bytes: &[u8], studies: &[&str]) -> (HashMap<String, Review>, Vec<Fault>) {
    let mut reviews = HashMap::new();
    let separator = Separator::of(name, bytes);
    if let Some(line) = text::unclosed_quote(bytes, separator.byte).filter(|_| separator.byte != b'\t') {
        return (reviews, vec![Fault::new("a quote is opened and not closed").on_line(line)]);
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(separator.byte)
        // the page saves without quotes, as in BIDS
        .quoting(separator.byte != b'\t')
        .flexible(true)
        .has_headers(false)
        .from_reader(bytes);
    let mut records = reader.byte_records().skip(usize::from(separator.is_declared)).filter(|record| {
        record.as_ref().map_or(true, |cells| cells.iter().any(|cell| !cell.trim_ascii().is_empty()))
    });
    let text = |record: &ByteRecord, n: usize| -> String {
        let cell = String::from_utf8_lossy(record.get(n).unwrap_or_default());
        let cell = cell.trim().trim_start_matches('\u{feff}');
        if is_missing(cell) { String::new() } else { cell.to_owned() }
    };
    let Some(Ok(header)) = records.next() else {
        return (
            reviews,
            vec![Fault::new("the table is empty: expected what the page over all studies saves")],
        );
    };
    let place = |column: &str| (0..header.len()).find(|&n| text(&header, n).eq_ignore_ascii_case(column));
    let [study, qc, note, report] = MARK_COLUMNS.map(place);
    let (Some(study), Some(qc)) = (study, qc) else {
        let expected = "expected the columns `study` and `qc`, and `qc_note` for notes";
        return (reviews, vec![Fault::new(expected)]);
    };
    let mut faults = Vec::new();
    for record in records {
        let Ok(record) = record else {
            faults.push(Fault::new("the table cannot be read further"));
            break;
        };
        let line = record.position().map_or(0, |at| text::line(bytes, at));
        let cell = |column: Option<usize>| column.map_or(String::new(), |n| text(&record, n));
        let mut fault = |fault: Fault| faults.push(fault.on_line(line));
        let name = cell(Some(study));
        if name.is_empty() {
            fault(Fault::of_cell("study", "is empty"));
            continue;
        }
        if !studies.contains(&name.as_str()) {
            fault(Fault::of_cell(
                "study",
                "no study of the manifest has this name: correct it or remove the row",
            ));
            continue;
        }
        let word = cell(Some(qc));
        let mark = match word.as_str() {
            "" => None,
            word => match word.parse::<Mark>() {
                Ok(mark) => Some(mark),
                Err(expected) => {
                    fault(Fault::of_cell("qc", expected));
                    continue;
                }
            },
        };
        let mut review = Review::new(mark, cell(note));
        let id = cell(report);
        if !id.is_empty() {
            review = review.with_report(id);
        }
        if reviews.insert(name, review).is_some() {
            fault(Fault::of_cell("study", "marked once more: keep one row"));
        }
    }
    (reviews, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        parse("qc.tsv", text.as_bytes(), &["a", "b 1"]).1.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn marks_are_read_as_the_page_saves_them_or_a_spreadsheet() {
        for text in [
            "study\tqc\tqc_note\treport\nb 1\tlook_again\tsays \"T1\tabc\na\tn/a\tn/a\tn/a\n",
            "\u{feff}study,qc,qc_note,report\r\nb 1,Look again,\"says \"\"T1\",abc\r\n\r\n",
        ] {
            let (reviews, faults) = parse("qc.tsv", text.as_bytes(), &["a", "b 1"]);
            assert!(faults.is_empty(), "{faults:?}");
            let expected = Review::new(Some(Mark::LookAgain), "says \"T1").with_report("abc");
            assert_eq!(reviews.get("b 1"), Some(&expected));
            assert_eq!(Reviews(reviews).cells("a"), ["", ""]);
        }
    }

    #[test]
    fn wrong_rows_are_named_all_at_once() {
        assert_eq!(
            faults("study\tqc\nc\tpass\na\tpassed\nb 1\tpass\nb 1\tfail\n\tpass\n"),
            [
                "line 2, study: no study of the manifest has this name: correct it or remove the row",
                "line 3, qc: expected pass, fail or look_again",
                "line 5, study: marked once more: keep one row",
                "line 6, study: is empty",
            ]
        );
        assert_eq!(
            faults("study,mark\na,pass\n"),
            ["expected the columns `study` and `qc`, and `qc_note` for notes"]
        );
        assert_eq!(faults(""), ["the table is empty: expected what the page over all studies saves"]);
    }
}
