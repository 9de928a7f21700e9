//! `criteria`: lists, shows and checks criteria profiles.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use hemastage::Criteria;

use crate::{failure::Outcome, profile, theme::Theme};

/// Options of `criteria`.
#[derive(Debug, Args)]
pub(crate) struct CriteriaArgs {
    #[command(subcommand)]
    action: Option<CriteriaAction>,
}

/// What to do with profiles.
#[derive(Debug, Subcommand)]
enum CriteriaAction {
    /// List the built-in profiles (the default)
    List,
    /// Print a built-in profile as TOML, as a start for another one
    Show {
        /// Its name
        name: String,
    },
    /// Check a profile in a TOML file
    Check {
        /// The file
        file: PathBuf,
    },
}

/// Lists, shows or checks profiles.
pub(crate) fn run(args: &CriteriaArgs) -> Outcome {
    match &args.action {
        None | Some(CriteriaAction::List) => list(),
        Some(CriteriaAction::Show { name }) => show(name),
        Some(CriteriaAction::Check { file }) => check(file),
    }
}

fn list() -> Outcome {
    let bold = Theme::heading();
    let mut out = anstream::stdout().lock();
    for name in Criteria::built_in_names() {
        let criteria = Criteria::built_in(name)?;
        let default = if name == Criteria::DEFAULT { " (default)" } else { "" };
        writeln!(out, "{bold}{name:<14}{bold:#}{}{default}", criteria.title)?;
        writeln!(out, "{:<14}{}", "", criteria.source)?;
    }
    Ok(out.flush()?)
}

/// Prints the profile's text as it is, as a start for another one.
fn show(name: &str) -> Outcome {
    let text = Criteria::built_in_toml(name)?;
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

fn check(file: &Path) -> Outcome {
    let criteria = profile::read(file)?;
    let patterns: usize = criteria.stages.iter().map(|rule| rule.patterns.len()).sum();
    let states = criteria.blood.as_ref().map_or(0, |blood| blood.states.len());
    let mut out = anstream::stdout().lock();
    writeln!(
        out,
        "valid: {}, T1 hypo < {} and hyper > {}, T2 hypo < {} and hyper > {}, {patterns} patterns, {states} states of blood",
        criteria.name,
        criteria.t1.hypo_below,
        criteria.t1.hyper_above,
        criteria.t2.hypo_below,
        criteria.t2.hyper_above,
    )?;
    Ok(out.flush()?)
}
