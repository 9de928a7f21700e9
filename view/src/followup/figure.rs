//! The figure of a follow-up.

use hemastage::{Result, followup::FollowUp, stage::Stage};

use super::{
    curves::{Curve, Volumes},
    head::{head, legend, story},
    strip::Strip,
    times::Times,
};
use crate::{
    figure::{Figure, INK, PALE},
    picture::{
        svg::{Area, Svg, Type},
        visits::{VisitImage, row},
    },
};

const WIDTH: f64 = 1200.0;
const VOLUME_HEIGHT: f64 = 300.0;
const CURVE_HEIGHT: f64 = 66.0;
const CURVE_STEP: f64 = 116.0;
/// The largest height of the images.
const IMAGE_HEIGHT: f64 = 420.0;

/// Draws a follow-up: volume over time by stage, levels by visit, thickness, occupancy and displacement, and the sagittal
/// T2 of the visits whose images are given.
///
/// `name` stands in the title. `images` are those of the visits in the order of `found.visits`, or none at all.
///
/// # Errors
/// `Limit` when there is no memory for a panel.
pub fn followup_figure(
    found: &FollowUp,
    name: Option<&str>,
    images: &[Option<VisitImage>],
) -> Result<Figure> {
    let mut svg = Svg::new();
    let times = Times::of(found);
    let top = head(&mut svg, found, name, WIDTH) + 40.0;
    let curves = Curve::all(found);
    let width = if curves.is_empty() { 1010.0 } else { 610.0 };
    let area = Area { x: 130.0, y: top, width, height: VOLUME_HEIGHT };
    Volumes { found, times: &times }.draw(&mut svg, &area);
    for (n, curve) in curves.iter().enumerate() {
        let area =
            Area { x: 850.0, y: top + 14.0 + n as f64 * CURVE_STEP, width: 270.0, height: CURVE_HEIGHT };
        curve.draw(&mut svg, &area, &times);
    }
    let mut bottom = top + VOLUME_HEIGHT + 66.0;
    let stages: Vec<Stage> = Stage::ALL.into_iter().filter(|stage| is_shown(found, *stage)).collect();
    legend(&mut svg, &stages, [130.0, bottom]);
    bottom += 54.0;
    let strip = Strip::of(found, &times);
    if !strip.is_empty() {
        strip.draw(&mut svg, &Area { x: 40.0, y: bottom, width: WIDTH - 80.0, height: strip.height() });
        bottom += strip.height() + 20.0;
    }
    let shown: Vec<(&str, &VisitImage)> =
        images.iter().enumerate().filter_map(|(n, image)| Some((times.name(n), image.as_ref()?))).collect();
    if !shown.is_empty() {
        svg.text([40.0, bottom + 8.0], "Sagittal T2", Type::new(19.0, INK).bold());
        bottom += 20.0;
        bottom += row(&mut svg, &shown, [40.0, bottom], [WIDTH - 80.0, IMAGE_HEIGHT])? + 24.0;
    }
    let note = "Whiskers: 95 % by an outline a quarter of a voxel off. Research tool, not a diagnosis.";
    svg.text([40.0, bottom + 6.0], note, Type::new(14.0, PALE));
    let texts: Vec<String> =
        story(found).into_iter().map(|(heading, text)| format!("{heading} {text}.")).collect();
    let title = name.map_or_else(|| "Follow-up".into(), |name| format!("Follow-up of {name}"));
    let of_images = if shown.is_empty() {
        ""
    } else {
        " Sagittal T2 of the visits, with the hematoma's outline by stage."
    };
    let description =
        format!("{} Volume over time by stage, and levels by visit.{of_images}", texts.join(" "));
    Ok(Figure::new(svg, [WIDTH, bottom + 30.0], &title, description))
}

fn is_shown(found: &FollowUp, stage: Stage) -> bool {
    let in_volume = |by_stage: &hemastage::per_stage::PerStage<f64>| by_stage[stage] > 0.0;
    found.visits.iter().any(|visit| {
        visit.stage_mm3.as_ref().is_some_and(in_volume)
            || visit.levels.iter().flatten().any(|at| at.stage == Some(stage))
    })
}
