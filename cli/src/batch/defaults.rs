//! Options of `stage` given to `batch`: the value of each study whose row has none.

use std::{ffi::OsString, fmt};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};

use super::columns::{Kind, OPTIONS, STUDY};
use crate::{
    failure::{Failure, Outcome},
    study::StudyArgs,
};

/// Where these options stand in `--help`.
const HEADING: &str = "For every study whose row has no value of its own (see `hemastage stage --help`)";

/// Options of which a study has one alone, each with the way it belongs to: a default gives way to any other way in a row.
const WAYS: [(&str, u8); 7] = [
    ("cord", 1),
    ("reference", 2),
    ("reference-tissue", 2),
    ("reference-t1", 3),
    ("reference-t2", 3),
    ("vertebrae", 11),
    ("landmarks", 12),
];

/// A default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Default {
    pub(super) option: &'static str,
    pub(super) kind: Kind,
    /// As a cell would give it.
    pub(super) cell: String,
}

/// The options of studies on the command line of `batch`.
#[derive(Clone, Default)]
pub(super) struct DefaultArgs(Vec<(&'static str, Kind, Vec<OsString>)>);

impl fmt::Debug for DefaultArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, ..)| name)).finish()
    }
}

impl DefaultArgs {
    /// The defaults as cells.
    ///
    /// # Errors
    /// When a value is not UTF-8 text.
    pub(super) fn cells(&self) -> Outcome<Vec<Default>> {
        let cell = |(option, kind, values): &(&'static str, Kind, Vec<OsString>)| {
            let texts: Option<Vec<&str>> = values.iter().map(|value| value.to_str()).collect();
            let texts =
                texts.ok_or_else(|| Failure::usage(format!("--{option}: the value is not UTF-8 text")))?;
            let cell = if *kind == Kind::Flag { "true".into() } else { texts.join(";") };
            Ok(Default { option, kind: *kind, cell })
        };
        self.0.iter().map(cell).collect()
    }
}

/// Whether a default counts in a row with these options.
pub(super) fn applies(default: &Default, has: impl Fn(&str) -> bool) -> bool {
    let way = |option: &str| WAYS.iter().find(|(name, _)| *name == option).map(|(_, way)| *way);
    let is_other = |&(name, other): &(&str, u8)| {
        way(default.option).is_some_and(|way| way != other && way / 10 == other / 10) && has(name)
    };
    let is_needed = match default.option {
        "scheme" => has("vertebrae") || has("anatomy"),
        "reference-tissue" => has("reference"),
        _ => true,
    };
    is_needed && !has(default.option) && !WAYS.iter().any(is_other)
}

impl Args for DefaultArgs {
    fn augment_args(command: Command) -> Command {
        let study = StudyArgs::augment_args(Command::new("study"));
        let default = |arg: &Arg| {
            let (name, kind) =
                *OPTIONS.iter().find(|(name, _)| Some(*name) == arg.get_long() && *name != STUDY)?;
            let own = Arg::new(name).long(name).help_heading(HEADING).hide_short_help(true);
            let own = arg.get_help().into_iter().fold(own, |own, help| own.help(help.clone()));
            if kind == Kind::Flag {
                return Some(own.action(ArgAction::SetTrue));
            }
            let names = arg.get_value_names().unwrap_or_default().to_vec();
            let action = if kind == Kind::List { ArgAction::Append } else { ArgAction::Set };
            let own = own.value_names(names).action(action).value_parser(value_parser!(OsString));
            Some(own.allow_hyphen_values(true))
        };
        study.get_arguments().filter_map(default).fold(command, Command::arg)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for DefaultArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let values = |&(name, kind): &(&'static str, Kind)| {
            let values: Vec<OsString> = match kind {
                _ if name == STUDY => Vec::new(),
                Kind::Flag => matches.get_flag(name).then(OsString::new).into_iter().collect(),
                _ => matches.get_many(name).into_iter().flatten().cloned().collect(),
            };
            (!values.is_empty()).then_some((name, kind, values))
        };
        Ok(Self(OPTIONS.iter().filter_map(values).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_gives_way_to_the_row() {
        let applies = |option: &'static str, row: &[&str]| {
            let default = Default { option, kind: Kind::Text, cell: String::new() };
            applies(&default, |name| row.contains(&name))
        };
        assert!(applies("scheme", &["vertebrae"]) && applies("scheme", &["anatomy"]));
        assert!(!applies("scheme", &[]) && !applies("scheme", &["anatomy", "scheme"]));
        assert!(
            applies("cord", &["anatomy"])
                && !applies("cord", &["reference"])
                && !applies("cord", &["reference-t1"])
        );
        assert!(applies("reference-tissue", &["reference"]) && !applies("reference-tissue", &["cord"]));
        assert!(!applies("vertebrae", &["landmarks"]) && applies("vertebrae", &["cord"]));
        assert!(applies("reference-t2", &["reference-t1"]) && applies("model", &[]));
    }
}
