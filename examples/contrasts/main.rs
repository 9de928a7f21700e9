//! Measures enhancement, susceptibility and fat on phantoms with known truth and prints, as Markdown, how often each is
//! right: `cargo run --release --example contrasts` makes the last part of `docs/contrasts.md`.

mod aims;
mod enhancement;
mod others;
mod study;

use hemastage::Result;

fn main() -> Result<()> {
    let (enhancement, scores) = enhancement::text()?;
    let (fat, off) = others::fat()?;
    let (shaded, worst) = others::shaded()?;
    let aims = aims::text(&scores, &off, &worst);
    let tables = [enhancement, fat, others::susceptibility()?, shaded, aims].concat();
    #[expect(clippy::print_stdout, reason = "the tables are the output")]
    {
        print!("{HEAD}{tables}");
    }
    Ok(())
}

const HEAD: &str = "## Measured on phantoms

Made by `cargo run --release --example contrasts`; the same text each time. All of it is simulated: relaxation times, T2* and
what contrast agent does are assumed, borders are sharp, and nothing is said about patients.
";
