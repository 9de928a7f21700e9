//! Stages phantoms by both models and prints, as Markdown, how often each is right:
//! `cargo run --release --example phantom_table > docs/phantoms.md`; with `-- --findings`, what warns of them.

mod drawn;
mod findings;
mod fixed;
mod score;
mod study;

use hemastage::Result;

fn main() -> Result<()> {
    let text = if std::env::args().any(|word| word == "--findings") {
        findings::text()?
    } else {
        format!("{HEAD}{}{}", drawn::text()?, fixed::text()?)
    };
    #[expect(clippy::print_stdout, reason = "the tables are the output")]
    {
        print!("{text}");
    }
    Ok(())
}

const HEAD: &str = "# Phantoms: calls and flags right

Made by `cargo run --release --example phantom_table > docs/phantoms.md`; the same text each time.

Each study is staged by relaxation times (`relaxation`, the default of `spinal`) and by the table of signal levels
(`pattern`), with the sequence and the field that its header tells and without an onset. All of it is simulated: it
shows what a model can tell apart if blood is as the literature says, and nothing about patients.
";
