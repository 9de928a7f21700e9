//! What the columns of a manifest mean: the options that describe a study, names of other programs, the caller's own.

use hemastage::table::Table;

use super::{fault::Fault, manifest::Row, unnamed::Unnamed};
use crate::alike::{self, nearest};

/// The column that names the study.
pub(super) const STUDY: &str = "study";
/// The mask of the region in pyradiomics.
const MASK: &str = "mask";
/// The label of that mask in pyradiomics.
const LABEL: &str = "label";
/// The image in pyradiomics.
const IMAGE: &str = "image";
/// What `Mask` is here.
pub(super) const HEMATOMA: &str = "hematoma";
/// What `Image` can be here.
const IMAGES: [&str; 2] = ["t1", "t2"];
/// Other programs' names of the study: BIDS's, then what people write.
const STUDIES: [&str; 4] = ["participant-id", "subject-id", "subject", "case"];
/// A person with several studies, and which of them a row is.
const PATIENT: &str = "patient";
const VISIT: &str = "visit";
/// The onset with its unit in the name, as in the summary's own `onset_h`.
const ONSET: &str = "onset";
const UNITS: [(&str, &[&str]); 4] = [
    ("min", &["min", "mins", "minutes"]),
    ("h", &["h", "hr", "hrs", "hour", "hours"]),
    ("d", &["d", "day", "days"]),
    ("w", &["w", "wk", "week", "weeks"]),
];

/// How a cell gives the value of its option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As written.
    Text,
    /// A path from the manifest's folder.
    Path,
    /// A built-in name, else a path from the manifest's folder.
    NameOrPath,
    /// Several values joined by `;`.
    List,
    /// Times joined by `;`, in this unit where they have none of their own.
    Times(&'static str),
    /// `true` or `false`.
    Flag,
    /// A whole number, or several joined by `,`.
    Whole,
}

/// The options that describe a study, by their long names.
pub(super) const OPTIONS: [(&str, Kind); 36] = [
    (STUDY, Kind::Text),
    ("t1", Kind::Path),
    ("t2", Kind::Path),
    ("t1-post", Kind::Path),
    ("t2star", Kind::Path),
    ("t1-fs", Kind::Path),
    (HEMATOMA, Kind::Path),
    ("no-hematoma", Kind::Flag),
    ("cord", Kind::Path),
    ("reference", Kind::Path),
    ("reference-tissue", Kind::Text),
    ("reference-t1", Kind::Text),
    ("reference-t2", Kind::Text),
    ("canal", Kind::Path),
    ("vertebrae", Kind::Path),
    ("anatomy", Kind::Path),
    ("scheme", Kind::NameOrPath),
    ("landmarks", Kind::Path),
    ("t1-volume", Kind::Whole),
    ("t2-volume", Kind::Whole),
    ("t1-post-volume", Kind::Whole),
    ("t2star-volume", Kind::Whole),
    ("t1-fs-volume", Kind::Whole),
    ("onset", Kind::List),
    ("visit-time", Kind::Text),
    ("day0", Kind::Text),
    ("criteria", Kind::NameOrPath),
    ("thresholds-t1", Kind::Text),
    ("thresholds-t2", Kind::Text),
    ("reference-mode", Kind::Text),
    ("align", Kind::Flag),
    ("smooth", Kind::Text),
    ("model", Kind::Text),
    ("allow-unoriented", Kind::Flag),
    ("hash-inputs", Kind::Flag),
    ("checksums", Kind::Flag),
];

/// What a column of a manifest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// An option of `stage`, by its long name.
    Option { name: &'static str, kind: Kind },
    /// The labels of the hematoma's mask.
    Label,
    /// One of the caller's own, which the summary repeats.
    Own,
    /// A column that the caller leaves out.
    Ignored,
}

impl Column {
    /// Whether it is the option of this name.
    pub(super) fn is(self, option: &str) -> bool {
        matches!(self, Self::Option { name, .. } if name == option)
    }
}

/// What names the study of a row: columns by their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// One column.
    One(usize),
    /// Patient and visit, as `PATIENT_VISIT`.
    PatientAndVisit(usize, usize),
    /// None.
    Unknown,
}

/// Columns that the caller has decided on.
#[derive(Debug, Default)]
pub(super) struct Decided {
    /// Left out.
    pub(super) ignored: Vec<String>,
    /// Kept as the caller's own, whatever the name is like.
    pub(super) own: Vec<String>,
}

/// The meaning of a header.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) columns: Vec<Column>,
    pub(super) naming: Naming,
    /// The columns `patient` and `visit`, by their places.
    pub(super) patient: Option<usize>,
    pub(super) visit: Option<usize>,
    /// What the caller should know about it.
    pub(super) notes: Vec<String>,
    pub(super) faults: Vec<Fault>,
}

impl Header {
    /// The meaning of each column. One at fault has the meaning that was probably wanted.
    pub(super) fn new(names: &[&str], rows: &[Row], decided: &Decided) -> Self {
        let [ignored, own] = [&decided.ignored, &decided.own]
            .map(|names| names.iter().map(|name| option_name(name)).collect::<Vec<_>>());
        let given: Vec<String> = names.iter().copied().map(option_name).collect();
        let mut found = Self {
            columns: Vec::new(),
            naming: Naming::Unknown,
            patient: None,
            visit: None,
            notes: Vec::new(),
            faults: Vec::new(),
        };
        for (n, name) in given.iter().enumerate() {
            let column = match name.as_str() {
                _ if ignored.contains(name) => Column::Ignored,
                _ if own.contains(name) => Column::Own,
                "" => found.unnamed(n, Unnamed::of(n, rows)),
                MASK => of_option(HEMATOMA),
                IMAGE => found.other_image(&given),
                LABEL => Column::Label,
                _ => meaning(name).unwrap_or(Column::Own),
            };
            found.columns.push(column);
        }
        found.name_studies(&given, Unnamed::of(0, rows).can_name_studies(rows));
        found.ask(&given, &own);
        found.refuse_twice(names);
        if found.columns.contains(&Column::Label) && !found.has(HEMATOMA) {
            found.faults.push(Fault::new(
                "a column `Label` but no `Mask` or `hematoma`: expected the mask that it is in",
            ));
        }
        found
    }

    fn has(&self, option: &str) -> bool {
        self.columns.iter().any(|column| column.is(option))
    }

    /// What a column without a name is.
    fn unnamed(&mut self, n: usize, holds: Unnamed) -> Column {
        let text = match holds {
            Unnamed::Empty => return Column::Ignored,
            Unnamed::RowNumbers => "holds row numbers",
            Unnamed::RowNames => "holds row names",
            Unnamed::Other => {
                self.fault(n, "has no name: give it one, or leave it out with --ignore-column ''");
                return Column::Ignored;
            }
        };
        self.notes.push(format!("column {} has no name and {text}: left out", n + 1));
        Column::Ignored
    }

    fn fault(&mut self, n: usize, text: impl Into<String>) {
        // the name is not repeated: it may be a patient's
        self.faults.push(Fault::of_column(n, text));
    }

    /// Decides what names the studies.
    fn name_studies(&mut self, given: &[String], has_row_names: bool) {
        let at = |name: &str| {
            given
                .iter()
                .zip(&self.columns)
                .position(|(found, column)| found == name && *column == Column::Own)
        };
        let (patient, visit) = (at(PATIENT), at(VISIT));
        let study = self.columns.iter().position(|column| column.is(STUDY));
        let others: Vec<(usize, &str)> =
            STUDIES.into_iter().filter_map(|name| Some((at(name)?, name))).collect();
        let written = |name: &str| name.replace('-', "_");
        self.naming = match (study, &others[..], patient, visit) {
            (Some(n), ..) => Naming::One(n),
            (None, &[(n, name)], ..) => {
                self.columns[n] = of_option(STUDY);
                self.notes.push(format!("column `{}` is taken as `study`", written(name)));
                Naming::One(n)
            }
            (None, &[(n, first), (_, second), ..], ..) => {
                let (first, second) = (written(first), written(second));
                self.faults.push(Fault::new(format!("both `{first}` and `{second}` could name the studies: rename the one that does to `study`")));
                Naming::One(n)
            }
            (None, [], Some(patient), Some(visit)) => {
                self.notes.push("studies are named PATIENT_VISIT".into());
                Naming::PatientAndVisit(patient, visit)
            }
            (None, [], Some(patient), None) => {
                self.notes.push("column `patient` is taken as `study`".into());
                Naming::One(patient)
            }
            (None, [], None, _) if has_row_names && given[0].is_empty() => {
                self.columns[0] = of_option(STUDY);
                self.notes = vec!["column 1 has no name and holds row names: taken as `study`".into()];
                Naming::One(0)
            }
            (None, [], None, _) => {
                let like = given.iter().position(|name| alike::is_like_study(name));
                let hint =
                    like.map_or(String::new(), |n| format!(": rename column {} to it if it is that", n + 1));
                self.faults.push(Fault::new(format!(
                    "no column `study`: expected one with a name for each study{hint}"
                )));
                Naming::Unknown
            }
        };
        (self.patient, self.visit) = (patient, visit);
    }

    /// Asks about names that are almost those of options without a column.
    fn ask(&mut self, given: &[String], decided: &[String]) {
        for (n, name) in given.iter().enumerate() {
            if self.columns[n] != Column::Own || decided.contains(name) {
                continue;
            }
            if let Some(option) =
                nearest(name, &OPTIONS.map(|(option, _)| option)).filter(|option| !self.has(option))
            {
                let option_column = option.replace('-', "_");
                self.fault(n, format!("is named almost as `{option_column}`: rename it if it is that, else name it in --own-column or --ignore-column"));
                self.columns[n] = of_option(option);
            }
        }
    }

    /// Refuses columns that mean the same, or have the name of a column of the summary.
    fn refuse_twice(&mut self, names: &[&str]) {
        let summary = Table::Summary.header();
        let known: Vec<&str> = summary.trim_end().split('\t').collect();
        for n in 0..self.columns.len() {
            let column = self.columns[n];
            let is_again = self.columns[..n].contains(&column);
            match column {
                Column::Option { name, .. } if self.columns[..n].iter().any(|column| column.is(name)) => {
                    self.keep_one(n, name);
                }
                Column::Label if is_again => self.keep_one(n, LABEL),
                Column::Own if names[..n].iter().any(|name| name.trim() == names[n].trim()) => {
                    self.fault(
                        n,
                        "has the name of another one: rename it, or leave it out with --ignore-column",
                    );
                }
                Column::Own if known.contains(&names[n].trim()) => {
                    self.fault(n, "has the name of a column of summary.tsv: rename it, or leave it out with --ignore-column");
                }
                _ => {}
            }
        }
    }

    fn keep_one(&mut self, n: usize, name: &str) {
        self.faults.push(Fault::new(format!("two columns mean `{}`: keep one", name.replace('-', "_"))));
        self.columns[n] = Column::Ignored;
    }

    /// The one of T1 and T2 that has no column of its own, which `Image` then is.
    fn other_image(&mut self, given: &[String]) -> Column {
        let missing: Vec<&str> =
            IMAGES.into_iter().filter(|image| !given.iter().any(|name| name == image)).collect();
        let fault = match missing[..] {
            [one] => return of_option(one),
            [] => "a column `Image` in addition to `t1` and `t2`: expected one of those two without it",
            _ => "a column `Image` without `t1` or `t2`: expected one of them, so that `Image` is the other",
        };
        self.faults.push(Fault::new(fault));
        Column::Ignored
    }
}

/// The option that a name means exactly.
fn meaning(name: &str) -> Option<Column> {
    let unit = || {
        let unit = name.strip_prefix(ONSET)?.strip_prefix('-')?;
        UNITS.iter().find(|(_, names)| names.contains(&unit)).map(|(unit, _)| *unit)
    };
    if let Some(unit) = unit() {
        return Some(Column::Option { name: ONSET, kind: Kind::Times(unit) });
    }
    OPTIONS.iter().find(|(option, _)| *option == name).map(|&(name, kind)| Column::Option { name, kind })
}

/// The column of an option that there is.
fn of_option(name: &str) -> Column {
    meaning(name).unwrap_or(Column::Ignored)
}

/// Whether a column of this name can name the studies.
pub(super) fn names_studies(name: &str) -> bool {
    name == STUDY || name == PATIENT || STUDIES.contains(&name)
}

/// A name as options are written: lower case, with a dash between words.
pub(super) fn option_name(name: &str) -> String {
    name.trim().to_lowercase().replace(['_', ' '], "-")
}

#[cfg(test)]
mod tests {
    use clap::{ArgAction, CommandFactory};

    use super::*;
    use crate::Cli;

    /// Options of `stage` that say where results go, or how it works, and describe no study.
    const NOT_OF_A_STUDY: [&str; 10] = [
        "like",
        "output",
        "write",
        "viewer",
        "seg-type",
        "keep-empty-frames",
        "force",
        "json",
        "threads",
        "help",
    ];

    /// A row whose cells name nothing.
    fn row() -> Row {
        Row { line: 2, cells: vec!["a/b"; 9].into(), fault: None }
    }

    fn of(header: &[&str]) -> Result<Vec<&'static str>, String> {
        let name = |column| match column {
            Column::Option { name, .. } => name,
            Column::Label => "(label)",
            Column::Own => "(own)",
            Column::Ignored => "(ignored)",
        };
        let decided = Decided { ignored: vec!["Scanner".into()], own: vec!["T1_path".into()] };
        let found = Header::new(header, &[row()], &decided);
        let faults: Vec<String> = found.faults.iter().map(ToString::to_string).collect();
        if faults.is_empty() {
            Ok(found.columns.into_iter().map(name).collect())
        } else {
            Err(faults.join("; "))
        }
    }

    #[test]
    fn columns_are_the_options_of_stage() {
        let stage = Cli::command().find_subcommand("stage").unwrap().clone();
        let mut found = OPTIONS.iter();
        for option in stage.get_arguments() {
            let name = option.get_long().unwrap();
            if NOT_OF_A_STUDY.contains(&name) {
                continue;
            }
            let &(column, kind) = found.next().unwrap();
            assert_eq!(column, name);
            let is_list = matches!(option.get_action(), ArgAction::Append);
            let is_flag = matches!(option.get_action(), ArgAction::SetTrue);
            assert_eq!((kind == Kind::List, kind == Kind::Flag), (is_list, is_flag), "{name}");
            // whatever takes a file is looked for in the manifest's folder
            let values = option.get_value_names().unwrap_or_default();
            let takes_file =
                ["FILE", "PATH", "MAP"].iter().any(|part| values.iter().any(|value| value.contains(part)));
            let is_path = matches!(kind, Kind::Path | Kind::NameOrPath);
            assert_eq!(is_path, takes_file && !is_flag, "{name}");
            assert_eq!(kind == Kind::NameOrPath, values == ["NAME|FILE"], "{name}");
            assert_eq!(kind == Kind::Whole, values == ["N"], "{name}");
        }
        assert_eq!(found.next(), None);
    }

    #[test]
    fn names_have_either_sign_and_any_case() {
        assert_eq!(of(&["study", "t1-volume"]).unwrap(), ["study", "t1-volume"]);
        assert_eq!(of(&[" Study ", "T1_volume", "scanner"]).unwrap(), ["study", "t1-volume", "(ignored)"]);
    }

    #[test]
    fn pyradiomics_names_are_understood() {
        assert_eq!(
            of(&["study", "Image", "t2", "Mask", "Label"]).unwrap(),
            ["study", "t1", "t2", "hematoma", "(label)"]
        );
        assert_eq!(of(&["study", "t1", "Image"]).unwrap(), ["study", "t1", "t2"]);
    }

    #[test]
    fn the_study_has_other_names_too() {
        let found = |header: &[&str]| {
            let found = Header::new(header, &[row()], &Decided::default());
            assert!(found.faults.is_empty(), "{:?}", found.faults);
            (found.naming, found.notes.concat())
        };
        for name in ["participant_id", "Subject_ID", "subject", "case"] {
            let note = format!("column `{}` is taken as `study`", name.to_lowercase());
            assert_eq!(found(&["t1", name]), (Naming::One(1), note));
        }
        let both = "studies are named PATIENT_VISIT";
        assert_eq!(found(&["visit", "patient"]), (Naming::PatientAndVisit(1, 0), both.into()));
        assert_eq!(found(&["patient", "age"]).0, Naming::One(0));
        assert_eq!(found(&["patient", "visit", "case", "study"]), (Naming::One(3), String::new()));
        assert_eq!(of(&["study", "subject", "patient"]).unwrap(), ["study", "(own)", "(own)"]);
        assert_eq!(of(&["participant_id", "patient", "visit"]).unwrap(), ["study", "(own)", "(own)"]);
    }

    #[test]
    fn an_onset_may_have_its_unit_in_the_name() {
        for (name, unit) in [
            ("onset_h", "h"),
            ("Onset_Hours", "h"),
            ("onset_d", "d"),
            ("onset min", "min"),
            ("onset_weeks", "w"),
        ] {
            assert_eq!(
                meaning(&option_name(name)),
                Some(Column::Option { name: "onset", kind: Kind::Times(unit) })
            );
        }
        assert_eq!((meaning("onset-y"), meaning("onset-date")), (None, None));
        assert_eq!(of(&["study", "onset", "onset_h"]).unwrap_err(), "two columns mean `onset`: keep one");
    }

    #[test]
    fn columns_of_the_callers_own_are_kept() {
        assert_eq!(
            of(&["study", "age", "sex", "radiologist", "DOE, Jane", "T1_path"]).unwrap(),
            ["study", "(own)", "(own)", "(own)", "(own)", "(own)"]
        );
        // where the option has its column, another one is not asked about
        assert_eq!(of(&["study", "hematoma", "lesion"]).unwrap(), ["study", "hematoma", "(own)"]);
    }

    #[test]
    fn all_that_is_wrong_with_a_header_is_said() {
        let almost = |n: usize, option: &str| {
            format!(
                "column {n} is named almost as `{option}`: rename it if it is that, else name it in --own-column or --ignore-column"
            )
        };
        for (header, option) in [
            ("hematom", "hematoma"),
            ("t1volume", "t1_volume"),
            ("T1w", "t1"),
            ("T2_file", "t2"),
            ("lesion", "hematoma"),
            ("chord", "cord"),
        ] {
            assert_eq!(of(&["study", header]).unwrap_err(), almost(2, option));
        }
        assert_eq!(
            of(&["", "T1w", "T2w", "lesion"]).unwrap_err(),
            [
                "column 1 has no name: give it one, or leave it out with --ignore-column ''".to_owned(),
                "no column `study`: expected one with a name for each study".into(),
                almost(2, "t1"),
                almost(3, "t2"),
                almost(4, "hematoma"),
            ]
            .join("; ")
        );
        for (header, text) in [
            (&["study", "T1", "t1"][..], "two columns mean `t1`: keep one"),
            (&["study", "hematoma", "Mask"], "two columns mean `hematoma`: keep one"),
            (&["t1"], "no column `study`: expected one with a name for each study"),
            (
                &["t1", "Study ID"],
                "no column `study`: expected one with a name for each study: rename column 2 to it if it is that",
            ),
            (
                &["subject", "case"],
                "both `subject` and `case` could name the studies: rename the one that does to `study`",
            ),
            (
                &["study", "age", "age"],
                "column 3 has the name of another one: rename it, or leave it out with --ignore-column",
            ),
            (
                &["study", "volume_mm3"],
                "column 2 has the name of a column of summary.tsv: rename it, or leave it out with --ignore-column",
            ),
            (
                &["study", "Image", "t1", "t2"],
                "a column `Image` in addition to `t1` and `t2`: expected one of those two without it",
            ),
            (
                &["study", "Image"],
                "a column `Image` without `t1` or `t2`: expected one of them, so that `Image` is the other",
            ),
            (
                &["study", "Label"],
                "a column `Label` but no `Mask` or `hematoma`: expected the mask that it is in",
            ),
        ] {
            assert_eq!(of(header).unwrap_err(), text);
        }
    }
}
