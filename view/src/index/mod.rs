//! All studies of a batch on one self-contained page of HTML: a row for each to go through, mark and sort, and plots
//! of the group.
//!
//! The page loads nothing of its own accord. What a reader marks is kept by the browser, and saved as a table on
//! request. A study's own page and figure are named by relative links.

mod mark;
mod plots;
mod row;

use std::io::{self, Write};

use hemastage::{batch::INDEX_START, report::Report, stage::Stage, table::Outcome};
use maud::{Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

pub use self::mark::{MARK_COLUMNS, Mark, Review};
use self::row::Row;
use crate::html::{
    POLICY_END, base_style, hash,
    text::{capital, color, count},
};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The columns behind the thumbnail, and whether they hold numbers.
const COLUMNS: [(&str, bool); 7] = [
    ("Study", false),
    ("Call", false),
    ("Levels", false),
    ("Volume", true),
    ("Onset", true),
    ("Warnings", false),
    ("Mark", false),
];

/// The files in a study's folder that the page refers to.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Files {
    /// The study's page.
    pub page: Option<String>,
    /// The figure as pixels.
    pub picture: Option<String>,
    /// The folder of a study by its name, with `/` between its parts; `None` where it is the name.
    pub folder: Option<fn(&str) -> String>,
}

impl Files {
    /// Names the study's page.
    pub fn with_page(mut self, name: impl Into<String>) -> Self {
        self.page = Some(name.into());
        self
    }

    /// Names the figure.
    pub fn with_picture(mut self, name: impl Into<String>) -> Self {
        self.picture = Some(name.into());
        self
    }

    /// Says where the folder of a study is.
    pub fn with_folders(mut self, folder: fn(&str) -> String) -> Self {
        self.folder = Some(folder);
        self
    }
}

/// Twelve digits that stand for a study's results: the beginning of the SHA-256 of its report.
pub fn report_id(report: &Report) -> String {
    let digest: [u8; 32] = Sha256::digest(report.to_json()).into();
    let [a, b, c, d, e, f, ..] = digest;
    format!("{:012x}", u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
}

/// The page over the studies of a batch. Of each it keeps about a kilobyte.
///
/// # Example
/// ```
/// use hemastage::table::Outcome;
/// use hemastage_view::index::{Files, Index};
///
/// let mut index = Index::new(Files::default());
/// index.add("P001", &Outcome::Failed("the mask is empty"), None);
/// let mut html = Vec::new();
/// index.write(&mut html, |_| None)?;
/// assert!(html.starts_with(hemastage::batch::INDEX_START.as_bytes()));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Index {
    files: Files,
    rows: Vec<Row>,
    not_begun: usize,
}

impl Index {
    /// A page without a study.
    pub fn new(files: Files) -> Self {
        Self { files, rows: Vec::new(), not_begun: 0 }
    }

    /// Adds a study, with what a reader has made of it before.
    pub fn add(&mut self, name: &str, outcome: &Outcome<'_>, review: Option<&Review>) {
        self.rows.push(Row::new(name, outcome, review));
    }

    /// Says how many studies a stop has left out.
    pub fn with_not_begun(mut self, n: usize) -> Self {
        self.not_begun = n;
        self
    }

    /// Writes the page, a row at a time; `thumbnail` gives the PNG of a study by its name.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, out: &mut dyn Write, thumbnail: impl Fn(&str) -> Option<Vec<u8>>) -> io::Result<()> {
        let style = format!("{}{}{}", base_style!(), STYLE, colors());
        let policy = format!(
            "default-src 'none'; script-src {}; style-src {}; img-src data: 'self' file:; {POLICY_END}",
            hash(SCRIPT),
            hash(&style)
        );
        let head = html! {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (count(self.rows.len(), "study", "studies")) " · hemastage" }
                style { (PreEscaped(style)) }
            }
        };
        write!(out, "{INDEX_START}<html lang=\"en\">{}", head.into_string())?;
        let picture = self.files.picture.as_deref();
        write!(out, "<body{}>", picture.map_or(String::new(), |name| format!(" data-picture=\"{name}\"")))?;
        out.write_all(self.before_rows().into_string().as_bytes())?;
        for (n, row) in self.rows.iter().enumerate() {
            let png = row.outcome.is_ok().then(|| thumbnail(&row.name)).flatten();
            writeln!(out, "{}", row.markup(n + 1, &self.files, png.as_deref()).into_string())?;
        }
        let rest = html! {
            (PreEscaped("</tbody></table></div></main>"))
            (panel(self.files.picture.is_some()))
            (help())
            script { (PreEscaped(SCRIPT)) }
        };
        writeln!(out, "{}</body></html>", rest.into_string())
    }

    /// All that stands above the first row, the table's beginning included.
    fn before_rows(&self) -> Markup {
        html! {
            a.skip href="#studies" { "Skip to the studies" }
            header {
                p.eyebrow { "Signal phases of spinal hematomas" }
                h1 { (count(self.rows.len(), "study", "studies")) }
                p.lead { (self.counts()) }
            }
            (PreEscaped("<main>"))
            details.plots open {
                summary { "The group" }
                (plots::plots(&self.rows))
            }
            (self.filters())
            (PreEscaped(r#"<div class="studies" id="studies" tabindex="-1"><table aria-label="Studies">"#))
            thead { tr {
                td.thumb {}
                @for (name, is_number) in COLUMNS { th.number[is_number] scope="col" { (name) } }
            } }
            (PreEscaped("<tbody>"))
        }
    }

    /// How many studies ended in which way.
    fn counts(&self) -> String {
        let failed = self.rows.iter().filter(|row| row.outcome.is_err()).count();
        let warned = self
            .rows
            .iter()
            .filter(|row| row.outcome.as_ref().is_ok_and(|answer| !answer.warnings.is_empty()))
            .count();
        let stopped = match self.not_begun {
            0 => String::new(),
            n => format!(", {n} not begun: the batch was stopped"),
        };
        format!("{} staged, {warned} with warnings, {failed} failed{stopped}.", self.rows.len() - failed)
    }

    /// The text and the choices that limit the rows.
    fn filters(&self) -> Markup {
        let answers = || self.rows.iter().filter_map(|row| row.outcome.as_ref().ok());
        let failed = self.rows.iter().filter(|row| row.outcome.is_err()).count();
        let mut warnings: Vec<(&str, usize)> = Vec::new();
        for answer in answers() {
            for (words, _) in &answer.warnings {
                match warnings.iter_mut().find(|(name, _)| name == words) {
                    Some((_, n)) => *n += 1,
                    None => warnings.push((words, 1)),
                }
            }
        }
        warnings.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let warned = answers().filter(|answer| !answer.warnings.is_empty()).count();
        html! {
            form.filters #filters role="search" aria-label="Studies" hidden {
                label { "Filter " input #filter type="search" autocomplete="off" placeholder="name, level, warning …"; }
                label { "Call " select #by-call {
                    option value="" { "all" }
                    @for stage in Stage::ALL {
                        @let n = answers().filter(|answer| answer.call == stage).count();
                        @if n > 0 { option value=(stage.key()) { (stage) " (" (n) ")" } }
                    }
                    option value="mixed" { "mixed-phase" }
                    @if failed > 0 { option value="failed" { "failed (" (failed) ")" } }
                } }
                label { "Warnings " select #by-warning {
                    option value="" { "all studies" }
                    option value="+" { "any warning (" (warned) ")" }
                    option value="-" { "no warning" }
                    @for (words, n) in &warnings { option value=(words) { (words) " (" (n) ")" } }
                } }
                label { "Mark " select #by-mark {
                    option value="" { "all" }
                    option value="none" { "not marked" }
                    @for mark in Mark::ALL { option value=(mark.key()) { (mark) } }
                } }
                span #shown role="status" {}
                button #help-button type="button" { "Keys " kbd { "?" } }
            }
        }
    }
}

/// The study that the keys act on, with its marks.
fn panel(has_picture: bool) -> Markup {
    html! {
        aside #panel aria-label="The chosen study" hidden {
            @if has_picture { div #look hidden { img #look-image alt=""; p #look-missing hidden { "The figure is not next to this page." } } }
            div.bar-of-marks {
                p #at { strong #at-name {} " " span #at-text {} }
                ul #at-warnings aria-label="Its warnings" {}
                div.actions {
                    button #previous type="button" title="Previous study" { "‹ " kbd { "k" } }
                    button #next type="button" title="Next study" { kbd { "j" } " ›" }
                    @for mark in Mark::ALL {
                        button.mark-button data-mark=(mark.key()) type="button" aria-pressed="false" {
                            (capital(&mark.to_string())) " " kbd { (mark.letter()) }
                        }
                    }
                    label.note-field { span { "Note " kbd { "n" } } input #note type="text" maxlength="500" autocomplete="off"; }
                    @if has_picture { button #look-button type="button" aria-pressed="false" { "Figure " kbd { "v" } } }
                }
                div.progress {
                    button #save type="button" { "Save " code { "qc.tsv" } " " kbd { "s" } }
                    label.check { input #advance type="checkbox"; " go on after a mark" }
                    span #progress role="status" {}
                }
            }
        }
    }
}

fn help() -> Markup {
    let keys = [
        ("j, ↓", "next study"),
        ("k, ↑", "previous study"),
        ("Enter", "open the study's page"),
        ("v", "show its figure here, or hide it"),
        ("p, f, l", "mark as pass, fail, look again; once more to clear"),
        ("n", "write a note; Enter or Esc goes back"),
        ("u", "go to the next study without a mark"),
        ("/", "filter; Esc clears it"),
        ("s", "save the marks as qc.tsv"),
        ("?", "this list"),
    ];
    html! {
        dialog #help aria-labelledby="help-title" {
            h2 #help-title { "Keys" }
            dl { @for (key, what) in keys { div { dt { kbd { (key) } } dd { (what) } } } }
            p.note {
                "Marks stay in this browser, with the results they were made on, until they are saved. "
                code { "hemastage batch … --qc qc.tsv" } " reads them back and adds them to the summary."
            }
            label.check { input #keys-on type="checkbox" checked; " keys of one letter are on" }
            form method="dialog" { button { "Close" } }
        }
    }
}

/// The colors of the stages, once for all swatches.
fn colors() -> String {
    let one = |stage: Stage| format!("i.{} {{ background: {}; }}\n", stage.key(), color(stage));
    Stage::ALL.map(one).concat()
}
