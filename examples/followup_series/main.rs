//! Follow-ups of synthetic patients against their truth, as Markdown.
//!
//! ```sh
//! cargo run --release --example followup_series > docs/followup-series.md
//! ```

mod ageing;
mod patients;

use std::error::Error;

use hemastage::Result;
use rayon::prelude::*;

use self::{
    ageing::{Clocks, score},
    patients::{Patient, Score},
};

const PATIENTS: u64 = 24;
/// Patients per world of the second table.
const AGEING: u64 = 200;

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let scores: Vec<Score> =
        (0..PATIENTS).into_par_iter().map(|n| Patient::new(n).score()).collect::<Result<_>>()?;
    println!("{HEAD}");
    println!("| what | found | of |\n|---|---|---|");
    for (what, found) in [
        ("volumes within 1.96 of their standard deviation of the truth", sum(&scores, |it| it.volumes)),
        ("changes of the volume within their 95 % interval", sum(&scores, |it| it.changes)),
        ("words (`smaller`, `stable`, `larger`) right", sum(&scores, |it| it.words)),
        ("steps whose cleared and new levels are exactly the truth's", sum(&scores, |it| it.levels)),
        ("planted rebleeds found (`grew` or `younger_than_before`)", sum(&scores, |it| it.planted)),
        ("other steps with either", sum(&scores, |it| it.other)),
    ] {
        println!("| {what} | {} | {} |", found[0], found[1]);
    }
    println!("{MIDDLE}");
    println!(
        "| stages | visits | right alone | right together | difference | ages within the 5th and 95th percentile |\n|---|---|---|---|---|---|"
    );
    for clocks in [Clocks::Windows, Clocks::HalfArbitrary] {
        let found = score(clocks, AGEING)?;
        println!("{found}");
    }
    Ok(())
}

fn sum(scores: &[Score], of: fn(&Score) -> [usize; 2]) -> [usize; 2] {
    scores.iter().map(of).fold([0; 2], |sum, one| [sum[0] + one[0], sum[1] + one[1]])
}

const HEAD: &str = "# Follow-ups of synthetic patients

Made by `cargo run --release --example followup_series`.

24 patients of three visits without an onset, on days 0, 3 and 10: blood that shrinks and ages; in every third patient
a rebleed instead, which makes it grow with younger blood; in every third blood that stays as it is; in two patients the
last visit shows no hematoma. Each visit is turned by up to 30 degrees. The second has another grid and orientation,
and in every other patient another numbering of the vertebrae. Truth is counted on a grid of 0.5 mm.
";

const MIDDLE: &str = "
## One bleed, one age

Patients of three visits on days 0, 3 and 10 without an onset, with drawn blood and noise. Either the stages follow the profile's
windows at an age that is drawn (with clocks that differ by 0.4 of the logarithm), or half of the visits have any stage.
Only patients with a joint result count. The difference is in points, with its standard error over patients.
";
