//! What the further contrasts say: enhancement, T2*, fat.

use hemastage::report::{NOT_REQUESTED, Report};
use maud::{Markup, html};

use super::{
    tables::table,
    text::{outside, percent, ratio, tenths, why},
};

/// The section, where any further image was given.
pub(super) fn further(report: &Report) -> Markup {
    let rows: Vec<(&str, &str, Option<String>)> = vec![
        ("Enhancement", "enhancement", enhancement(report)),
        ("T2*", "susceptibility", susceptibility(report)),
        ("Fat in the mask", "fat", fat(report)),
    ];
    let given: Vec<_> = rows
        .into_iter()
        .filter(|(_, key, text)| text.is_some() || why(report, key) != NOT_REQUESTED)
        .collect();
    if given.is_empty() {
        return html! {};
    }
    let rows = html! {
        tbody { @for (name, key, text) in &given {
            tr {
                th scope="row" { (name) }
                td.text {
                    @match text {
                        Some(text) => (outside(text)),
                        None => { "Not measured: " (outside(why(report, key))) "." },
                    }
                }
            }
        } }
    };
    html! {
        section aria-labelledby="further" {
            h2 #further { "Further contrasts" }
            (table("Evidence next to the stage, which it does not change", &rows))
            p.note {
                "Fat alone is left out of the core. The limits are this project's own; none is published. "
                "What is dark on T2* is hemosiderin or deoxygenated blood, which does not tell an age."
            }
        }
    }
}

fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "none".to_owned(), percent)
}

fn enhancement(report: &Report) -> Option<String> {
    let found = report.enhancement.as_ref()?;
    let class = found.class.map_or("not classified", |class| class.key());
    let shift = &found.shift;
    Some(format!(
        "{class}: {} of {} voxels of the rim and {} of {} inside rise by more than a quarter ({} without what spills over from the rim); the median rise is {}. The T1 after contrast agent lay {} mm to the left, {} mm to the front and {} mm to the head, which was undone (correlation {}).",
        share(found.rim_share),
        found.rim_voxels,
        share(found.inner_share),
        found.inner_voxels,
        share(found.center_share),
        percent(found.median_rise),
        tenths(shift.left_mm),
        tenths(shift.front_mm),
        tenths(shift.up_mm),
        ratio(shift.correlation),
    ))
}

fn susceptibility(report: &Report) -> Option<String> {
    let found = report.susceptibility.as_ref()?;
    let rim = found.rim_ratio.map_or_else(String::new, |rim| {
        format!("; the rim has {} times the signal of the inside", ratio(rim))
    });
    let dark = if found.dark_rim == Some(true) { ": a dark rim" } else { "" };
    Some(format!(
        "{} of the core is darker than half of the reference; the median ratio is {}{rim}{dark}.",
        percent(found.blooming),
        ratio(found.median_ratio)
    ))
}

fn fat(report: &Report) -> Option<String> {
    let found = report.fat.as_ref()?;
    Some(format!("{} of the mask ({} voxels), by the {}.", percent(found.share), found.voxels, found.image))
}
