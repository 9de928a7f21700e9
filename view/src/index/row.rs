//! A study as a row of the page.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hemastage::{report::Report, stage::Stage, table::Outcome, vertebra::VertebralLevel};
use hemastage_image::finding::{Finding, Severity};
use maud::{Markup, html};

use super::{Files, Review, report_id};
use crate::html::text::{capital, clean, count, hours, outside, volume};

/// What the page keeps of a study.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) review: Option<Review>,
    pub(super) outcome: Result<Answer, String>,
}

/// The answer of a study that was staged.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) call: Stage,
    pub(super) mm3: f64,
    /// The time since the first bleeding.
    pub(super) onset_h: Option<f64>,
    pub(super) levels: Vec<VertebralLevel>,
    pub(super) warnings: Vec<(String, String)>,
    /// The results, by a part of their hash.
    id: String,
    mixed: Option<&'static str>,
    span: Option<String>,
    vertebrae: usize,
}

impl Row {
    pub(super) fn new(name: &str, outcome: &Outcome<'_>, review: Option<&Review>) -> Self {
        let outcome = match outcome {
            Outcome::Staged(report) => Ok(Answer::of(report)),
            Outcome::Failed(reason) => Err((*reason).to_owned()),
            Outcome::WithoutHematoma(_) => Err("no hematoma at this time".to_owned()),
            _ => Err("no results".to_owned()),
        };
        Self { name: clean(name), review: review.cloned(), outcome }
    }

    /// The row; `number` is its place in the list of studies, from 1.
    pub(super) fn markup(&self, number: usize, files: &Files, thumbnail: Option<&[u8]>) -> Markup {
        let id = self.outcome.as_ref().map_or("", |answer| &answer.id);
        let review = self.review.as_ref();
        let key = review.and_then(|review| review.mark).map(super::Mark::key);
        let note = review.map(|review| clean(&review.note)).filter(|note| !note.is_empty());
        let of = review.and_then(|review| review.report.as_deref());
        html! {
            tr id=(format!("s{number}")) data-id=(id) data-name=(self.name) data-mark=[key] data-note=[note.as_deref()] data-of=[of] {
                td.thumb {
                    @if let Some(png) = thumbnail {
                        img src=(format!("data:image/png;base64,{}", STANDARD.encode(png))) alt="";
                    }
                }
                th scope="row" data-v=(number) { (self.link(files)) }
                @match &self.outcome {
                    Ok(answer) => (answer.cells()),
                    Err(reason) => td.failed colspan="5" data-call="failed" { strong { "Failed" } ": " (outside(reason)) },
                }
                td.mark {
                    @if let Some(review) = review {
                        @if let Some(mark) = review.mark { b class=(mark.key()) { (mark) } }
                        @if !review.note.is_empty() { " " span { (outside(&review.note)) } }
                    }
                }
            }
        }
    }

    /// The name, as a link to the study's page where there is one.
    fn link(&self, files: &Files) -> Markup {
        let page = files.page.as_ref().filter(|_| self.outcome.is_ok());
        let href = page.map(|page| {
            let path = files.folder.map_or_else(
                || encoded(&self.name),
                |folder| folder(&self.name).split('/').map(encoded).collect::<Vec<_>>().join("/"),
            );
            format!("{path}/{page}")
        });
        html! {
            @match href {
                Some(href) => a href=(href) target="hemastage-study" { bdi { (self.name) } },
                None => bdi { (self.name) },
            }
        }
    }
}

impl Answer {
    fn of(report: &Report) -> Self {
        let mut warnings: Vec<(String, String)> = Vec::new();
        for finding in report.findings.iter().filter(|finding| finding.severity == Severity::Warning) {
            let (words, sentence) = (words(&finding.code), sentence(finding));
            // the same of T1 and of T2 is one warning with two sentences
            match warnings.iter_mut().find(|(known, _)| *known == words) {
                Some((_, sentences)) => *sentences = format!("{sentences}; {sentence}"),
                None => warnings.push((words, sentence)),
            }
        }
        let mixed = &report.mixed_phase;
        let levels = report.levels.as_ref();
        let involved = levels.map(|levels| levels.per_level.iter().filter(|level| level.involved));
        Self {
            id: report_id(report),
            call: report.stage.call,
            mixed: mixed.flag.then_some(if mixed.suggests_rebleed {
                "mixed-phase, suggests renewed bleeding"
            } else {
                "mixed-phase"
            }),
            span: levels.and_then(|levels| levels.span.as_ref()).map(ToString::to_string),
            vertebrae: levels.map_or(0, |levels| levels.vertebrae),
            levels: involved.map(|levels| levels.map(|level| level.level).collect()).unwrap_or_default(),
            mm3: report.hematoma.volume_mm3,
            onset_h: report.criteria.onset_hours.iter().copied().reduce(f64::max),
            warnings,
        }
    }

    fn cells(&self) -> Markup {
        let top = self.levels.first().map(|level| level.sct_number().unwrap_or(99));
        html! {
            td.call data-v=(self.call.index()) data-call=(self.call.key()) data-mixed[self.mixed.is_some()] {
                (stage(self.call))
                @if let Some(mixed) = self.mixed { br; small { (mixed) } }
            }
            td data-v=[top] {
                @if let Some(span) = &self.span {
                    (span) " " small { (count(self.vertebrae, "vertebra", "vertebrae")) }
                } @else { span.absent { "not known" } }
            }
            td.number data-v=(format!("{:.1}", self.mm3)) { (volume(self.mm3)) }
            td.number data-v=[self.onset_h] {
                @if let Some(onset) = self.onset_h { (hours(onset)) } @else { span.absent { "not given" } }
            }
            td.warned data-v=(self.warnings.len()) {
                @if !self.warnings.is_empty() {
                    ul { @for (words, sentence) in &self.warnings { li title=(sentence) { (words) } } }
                }
            }
        }
    }
}

/// A stage's swatch and name, in few bytes: the color is in the style.
pub(super) fn stage(stage: Stage) -> Markup {
    html! { span.stage { i.swatch .(stage.key()) {} " " (stage) } }
}

/// A finding's code in words, as in `Images shifted`.
fn words(code: &str) -> String {
    let words = code.replace('_', " ");
    let named = [("t1", "T1"), ("t2", "T2"), ("t2star", "T2*"), ("uid", "UID"), ("fov", "field of view")];
    let word =
        |word: &str| named.iter().find(|(from, _)| *from == word).map_or(word, |(_, to)| *to).to_owned();
    capital(&clean(&words).split(' ').map(word).collect::<Vec<_>>().join(" "))
}

fn sentence(finding: &Finding) -> String {
    let place = finding.place.as_deref().map_or(String::new(), |place| format!("{place}: "));
    clean(&format!("{place}{}", finding.message))
}

/// A name as a part of a relative address.
fn encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    name.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_addresses_and_codes_are_words() {
        assert_eq!(encoded("Étude #1"), "%C3%89tude%20%231");
        assert_eq!(words("images_shifted"), "Images shifted");
        assert_eq!(words("t1_unreadable"), "T1 unreadable");
    }
}
