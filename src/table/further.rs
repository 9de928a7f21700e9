//! The summary's columns on further contrasts; missing where an image was not given or nothing was measured on it.

use super::column::{Column, FLAGS, Region, Unit};
use crate::report::Report;

/// Enhancement, susceptibility and fat.
pub(super) fn further() -> Vec<Column<Report>> {
    enhancement().into_iter().chain(susceptibility()).chain([fat()]).collect()
}

fn enhancement() -> Vec<Column<Report>> {
    let of = Region::Hematoma;
    let share = |name: &str, title: &str, about: &str, value: fn(&Report) -> Option<f64>| {
        let about = format!("Share of {about} whose T1 ratio rises after contrast agent");
        Column::measure((of, name, Unit::One), title, &about, value)
    };
    let shift = |name: &str, to: &str, value: fn(&Report) -> Option<f64>| {
        let about =
            format!("How far the T1 after contrast agent lies toward the patient's {to} of the T1 before it");
        Column::number((name, Unit::Millimeter), &format!("Shift after contrast agent, {to}"), &about, value)
    };
    vec![
        Column::word("enhancement", "Enhancement", "Where contrast agent is taken up", |r: &Report| {
            Some(r.enhancement.as_ref()?.class?.key())
        })
        .with_words(&[
            ("none", "nowhere, or in few voxels"),
            ("rim", "in the rim"),
            ("central", "in a part of the inside"),
            ("diffuse", "in at least half of the inside, and of the rim"),
        ]),
        share("enhancing_share", "Enhancing share", "the sampled voxels", |r| {
            Some(r.enhancement.as_ref()?.share)
        }),
        share("enhancing_rim_share", "Enhancing share of the rim", "the rim's voxels", |r| {
            r.enhancement.as_ref()?.rim_share
        }),
        share("enhancing_inner_share", "Enhancing share of the inside", "the inner voxels", |r| {
            r.enhancement.as_ref()?.inner_share
        }),
        share(
            "enhancing_center_share",
            "Share that enhances of itself",
            "the inner voxels, without what spills over from the rim,",
            |r| r.enhancement.as_ref()?.center_share,
        ),
        Column::measure(
            (of, "enhancement_rise", Unit::One),
            "Rise after contrast agent",
            "Median rise of the T1 ratio after contrast agent: 0.5 is one and a half times as bright",
            |r: &Report| Some(r.enhancement.as_ref()?.median_rise),
        ),
        shift("post_shift_left", "left", |r| Some(r.enhancement.as_ref()?.shift.left_mm)),
        shift("post_shift_front", "front", |r| Some(r.enhancement.as_ref()?.shift.front_mm)),
        shift("post_shift_up", "head", |r| Some(r.enhancement.as_ref()?.shift.up_mm)),
    ]
}

fn susceptibility() -> [Column<Report>; 4] {
    let of = Region::Hematoma;
    [
        Column::measure(
            (of, "blooming_share", Unit::One),
            "Blooming",
            "Share of the core that is darker than half of the reference on T2*: hemosiderin or deoxygenated blood",
            |r: &Report| Some(r.susceptibility.as_ref()?.blooming),
        ),
        Column::measure(
            (of, "t2star_median_ratio", Unit::One),
            "Median T2* ratio",
            "Median of the ratio to the reference on T2*, over the sampled voxels",
            |r: &Report| Some(r.susceptibility.as_ref()?.median_ratio),
        ),
        Column::measure(
            (of, "t2star_rim_ratio", Unit::One),
            "Rim on T2*",
            "Median T2* signal of the outermost layer of voxels over that of the voxels inside it",
            |r: &Report| r.susceptibility.as_ref()?.rim_ratio,
        ),
        Column::word(
            "dark_rim",
            "Dark rim",
            "Whether the rim is below 0.6 of the inside on T2*, and the inside T2-hyper",
            |r: &Report| r.susceptibility.as_ref()?.dark_rim,
        )
        .with_words(&FLAGS),
    ]
}

fn fat() -> Column<Report> {
    Column::measure(
        (Region::Hematoma, "fat_share", Unit::One),
        "Fat in the mask",
        "Share of the sampled voxels that are fat; they are left out of the core",
        |r: &Report| Some(r.fat.as_ref()?.share),
    )
}
