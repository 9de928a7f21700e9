//! The `hemastage` command: stage spinal hematomas from T1- and T2-weighted MRI.
//!
//! | file | what it does |
//! |---|---|
//! | `args.rs` | the commands and their options |
//! | `values.rs` | the option values that are more than a word or a number |
//! | `usage.rs` | says what is wrong with a command line, without folders |
//! | `failure.rs` | errors and exit codes |
//! | `profile.rs` | finds the criteria profile that an option names |
//! | `batch/` | many studies in one go |
//! | `results.rs` | the files that a staged study is written to |
//! | `stage.rs`, `read.rs`, `levels.rs`, `criteria.rs`, `inspect.rs`, `phantom.rs`, `demo.rs` | one command each |
//! | `summary.rs`, `parts.rs` | a report for a person |
//! | `look.rs`, `palette.rs` | signs and colors |
//! | `progress.rs` | a spinner for long work |

mod args;
mod batch;
mod criteria;
mod demo;
mod failure;
mod inspect;
mod levels;
mod look;
mod palette;
mod parts;
mod phantom;
mod profile;
mod progress;
mod read;
mod results;
mod stage;
mod summary;
mod usage;
mod values;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match args::Cli::try_parse() {
        Ok(cli) => failure::exit(cli.command.run()),
        Err(error) => usage::exit(&error),
    }
}
