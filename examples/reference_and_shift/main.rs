//! Measures how far the reference's trend and the shift between T1 and T2 can be trusted, on cords and phantoms with known
//! truth: `cargo run --release --example reference_and_shift > docs/reference-and-shift.md`.

mod aim;
mod cords;
mod fat;
mod shifts;

use std::{error::Error, fmt::Write as _};

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = String::new();
    writeln!(out, "# Reference and shift")?;
    writeln!(out)?;
    writeln!(
        out,
        "Made by `cargo run --release --example reference_and_shift > docs/reference-and-shift.md`. What is measured, and how: \
         `signal-model.md`, sections 2 and 14."
    )?;
    let mut aims = cords::write(&mut out)?;
    aims.extend(shifts::write(&mut out)?);
    aims.extend(fat::write(&mut out)?);
    aim::write(&mut out, &aims)?;
    #[expect(clippy::print_stdout, reason = "the document is the output")]
    {
        print!("{out}");
    }
    Ok(())
}
