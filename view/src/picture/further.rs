//! The row of panels below the others: each further contrast on the axial plane, with the voxels that count on it.

use hemastage::{Staged, Study, further::FurtherContrast, report::Report};
use hemastage_image::{error::Result, roi::Column, volume::Volume};

use super::{
    MIN_IMAGE_PIXEL_MM, axial,
    gray::gray,
    layout::{GAP, Layout, RIM, TITLE, further_area},
    marks::Marks,
    panel::{Panel, SideLetters, titles},
    svg::{Area, Svg, Type},
};
use crate::text::percent;

/// The color of voxels that enhance, are dark on T2* or are fat: that of no stage.
const MARKED: &str = "#E6007E";
/// The height of the line below a panel.
const LINE: f64 = 26.0;

/// Draws the panels of the contrasts that were given; gives the lower end of all.
pub(super) fn panels(svg: &mut Svg, study: &Study, staged: &Staged, layout: &Layout) -> Result<f64> {
    let images: Vec<(FurtherContrast, &Volume)> = FurtherContrast::ALL
        .into_iter()
        .filter_map(|contrast| Some((contrast, study.further(contrast)?)))
        .collect();
    if images.is_empty() {
        return Ok(layout.foot);
    }
    let first = further_area(&layout.axial, layout.foot + TITLE);
    let marks = super::marks(study, staged, &layout.axial, &first)?;
    let plane = axial::plane(study, staged);
    for (n, (contrast, image)) in images.into_iter().enumerate() {
        let area = Area { x: RIM + n as f64 * (first.width + GAP), ..first };
        let panel = Panel { plane: &layout.axial, marks: &marks, area };
        let spacing_mm = image.grid().spacing_mm().into_iter().fold(f64::INFINITY, f64::min);
        let pixel_mm = spacing_mm.max(MIN_IMAGE_PIXEL_MM).max(1.0 / panel.scale());
        svg.image(
            &area,
            gray(image, &layout.axial.raster(pixel_mm)?)?,
            &format!("hemastage-{}", contrast.key()),
        );
        titles(svg, &[area], &[format!("{contrast}, {plane}")]);
        if let Some(is_marked) = marked(staged, contrast) {
            let values = |voxel: usize| is_marked.get(voxel).is_some_and(|&is_marked| is_marked);
            panel.marked(svg, &Marks::chosen(study.hematoma(), &marks.raster, values), MARKED);
        }
        panel.cord(svg);
        panel.contour(svg);
        panel.scale_bar(svg);
        if study.is_oriented() {
            panel.letters(svg, ["R", "L", "A", "P"], SideLetters::Middle);
        }
        let text = result(&staged.report, contrast);
        let how = Type::new(15.0, "#222222").fitted([&text], area.width, 10.0);
        svg.text([area.x, area.bottom() + 20.0], &text, how);
    }
    Ok(first.bottom() + LINE + GAP)
}

/// The voxels that count on a contrast.
fn marked(staged: &Staged, contrast: FurtherContrast) -> Option<Vec<bool>> {
    let further = &staged.further;
    let known = |voxels: &Column<Option<bool>>| voxels.iter().map(|voxel| *voxel == Some(true)).collect();
    match contrast {
        FurtherContrast::T1Post => Some(known(&further.enhancement.as_ref()?.found.as_ref().ok()?.voxels)),
        FurtherContrast::T2Star => Some(known(&further.susceptibility.as_ref()?.found.as_ref().ok()?.voxels)),
        FurtherContrast::T1Fs => Some(further.fat.as_ref()?.found.as_ref().ok()?.voxels.to_vec()),
        _ => None,
    }
}

/// The answer of a contrast in a line.
fn result(report: &Report, contrast: FurtherContrast) -> String {
    let found = match contrast {
        FurtherContrast::T1Post => report.enhancement.as_ref().map(|found| {
            let share = |share: Option<f64>| share.map_or_else(|| "none".into(), percent);
            let class = found.class.map_or("not classified", |class| class.key());
            format!(
                "Enhancement {class}: {} of the rim, {} inside ({} of itself)",
                share(found.rim_share),
                share(found.inner_share),
                share(found.center_share)
            )
        }),
        FurtherContrast::T2Star => report.susceptibility.as_ref().map(|found| {
            let rim = if found.dark_rim == Some(true) { ", dark rim" } else { "" };
            format!("{} of the core dark{rim}: hemosiderin or deoxygenated blood", percent(found.blooming))
        }),
        FurtherContrast::T1Fs => {
            report.fat.as_ref().map(|found| format!("{} of the mask is fat", percent(found.share)))
        }
        _ => None,
    };
    found.unwrap_or_else(|| "Nothing was measured: see the report".into())
}
