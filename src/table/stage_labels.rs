//! The lookup table of the stage map, as BIDS describes a discrete segmentation.

use crate::{report::StageMap, vocabulary::stage::Stage};

/// A gray lighter than that of indeterminate.
const UNSAMPLED_COLOR: &str = "#d9d9d9";

/// The lookup table of the stage map, `stages.tsv`: value, name, abbreviation and color of each stage, then of voxels that
/// were not sampled.
///
/// # Reference
/// BIDS derivatives, imaging: the columns of `dseg.tsv`. The colors are those of [`Stage::rgb`].
pub fn stage_labels() -> String {
    let rows = Stage::ALL.map(|stage| {
        let [red, green, blue] = stage.rgb();
        let (index, name, short) = (stage.map_value(), stage.key(), abbreviation(stage));
        format!("{index}\t{name}\t{short}\t#{red:02x}{green:02x}{blue:02x}\n")
    });
    let unsampled = format!("{}\tunsampled\tUNS\t{UNSAMPLED_COLOR}\n", StageMap::UNSAMPLED);
    "index\tname\tabbreviation\tcolor\n".to_owned() + &rows.concat() + &unsampled
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
