//! The `hemastage` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    hemastage_cli::main()
}
