//! The lookup table of the stage map, as BIDS describes a discrete segmentation.

use crate::vocabulary::stage::Stage;

/// The lookup table of the stage map, `stages.tsv`: value, name, abbreviation and color of each stage.
///
/// # Reference
/// BIDS derivatives, imaging: the columns of `dseg.tsv`. The colors are those of [`Stage::rgb`].
pub fn stage_labels() -> String {
    let rows = Stage::ALL.map(|stage| {
        let [red, green, blue] = stage.rgb();
        let (index, name, short) = (stage.map_value(), stage.key(), abbreviation(stage));
        format!("{index}\t{name}\t{short}\t#{red:02x}{green:02x}{blue:02x}\n")
    });
    "index\tname\tabbreviation\tcolor\n".to_owned() + &rows.concat()
}

const fn abbreviation(stage: Stage) -> &'static str {
    match stage {
        Stage::Hyperacute => "HA",
        Stage::Acute => "A",
        Stage::EarlySubacute => "ESA",
        Stage::LateSubacute => "LSA",
        Stage::Chronic => "C",
        Stage::Indeterminate => "IND",
    }
}
