//! The sagittal T2 of each visit of a patient, all at one scale, with the hematoma's outline by stage.

use hemastage_image::{
    error::Result,
    grid::{Grid, IndexBox},
    label_map::LabelMap,
    roi::Roi,
    volume::Volume,
};

use super::{
    MARGIN_MM, MIN_IMAGE_PIXEL_MM, MIN_MASK_PIXEL_MM,
    gray::gray,
    marks::{Marks, UNSAMPLED},
    panel::{Panel, SideLetters},
    plane::{Cut, Plane, Rect},
    svg::{Area, Svg, Type},
    views,
};
use crate::figure::INK;

/// Around the hematoma, front and back, head and foot.
const AROUND_MM: f64 = 25.0;
/// The least width and height of a panel.
const MIN_MM: [f64; 2] = [60.0, 80.0];
const GAP: f64 = 14.0;
const TITLE: f64 = 17.0;

/// T2 of a visit, and where the hematoma was.
#[derive(Debug, Clone)]
pub struct VisitImage {
    t2: Volume,
    /// The hematoma with the stage of each voxel; `None` where there was none.
    hematoma: Option<(Roi, Vec<u8>)>,
}

impl VisitImage {
    /// An image and the stage map of the visit, if there was a hematoma.
    ///
    /// # Errors
    /// When the map has no voxel of a stage.
    pub fn new(t2: Volume, stages: Option<&LabelMap>) -> Result<Self> {
        let hematoma = stages.map(hematoma).transpose()?;
        Ok(Self { t2, hematoma })
    }

    /// The part of an image that is drawn: around the hematoma, else its middle slices from left to right.
    ///
    /// # Errors
    /// When the map has no voxel of a stage.
    pub fn part(grid: &Grid, stages: Option<&LabelMap>) -> Result<IndexBox> {
        if let Some(map) = stages {
            return Ok(grid.widened(grid.reached([&hematoma(map)?.0]), MARGIN_MM));
        }
        let axis = views::right_axis(grid);
        let middle = grid.shape()[axis] / 2;
        let mut part = IndexBox { start: [0; 3], end: grid.shape() };
        (part.start[axis], part.end[axis]) = (middle, middle + 1);
        Ok(part)
    }

    /// The slice through most of the hematoma, or the middle one, and the part of it around the hematoma.
    fn view(&self) -> (Cut, Rect) {
        if let Some((mask, _)) = &self.hematoma {
            let cut = views::largest_sagittal(mask);
            return (cut, views::around_mask(&cut, mask).padded([AROUND_MM; 2]));
        }
        let cut = views::middle_sagittal(&self.t2);
        let all = Rect::around_image(&cut, &self.t2).unwrap_or(Rect { low: [0.0; 2], high: [1.0; 2] });
        let center: [f64; 2] = std::array::from_fn(|a| f64::midpoint(all.low[a], all.high[a]));
        (cut, Rect { low: center, high: center })
    }
}

/// The voxels of a stage map with their values.
fn hematoma(map: &LabelMap) -> Result<(Roi, Vec<u8>)> {
    let stages: Vec<i64> = (1..=i64::from(UNSAMPLED)).collect();
    let of_stage = map.runs().iter().filter(|run| stages.contains(&run.label));
    let values = of_stage.flat_map(|run| std::iter::repeat_n(run.label as u8, run.len as usize)).collect();
    Ok((map.region(&stages)?, values))
}

/// Draws the images that there are with their names above, from left to right, and gives the height that they fill.
///
/// # Errors
/// `Limit` when there is no memory for a panel.
pub(crate) fn row(
    svg: &mut Svg,
    images: &[(&str, &VisitImage)],
    [x, y]: [f64; 2],
    room: [f64; 2],
) -> Result<f64> {
    let views: Vec<(Cut, Rect)> = images.iter().map(|(_, image)| image.view()).collect();
    let largest = |a: usize| views.iter().map(|(_, rect)| rect.size()[a]).fold(MIN_MM[a], f64::max);
    let size_mm = [largest(0), largest(1)];
    let n = images.len().max(1) as f64;
    let width = (room[0] - (n - 1.0) * GAP) / n;
    let scale = (width / size_mm[0]).min(room[1] / size_mm[1]);
    let step = size_mm[0] * scale + GAP;
    let mut height: f64 = 0.0;
    for (n, ((name, image), (cut, rect))) in images.iter().zip(views).enumerate() {
        let plane = cut.window(&rect.at_least(size_mm));
        let [width, high] = plane.size_mm().map(|mm| mm * scale);
        let area =
            Area { x: x + n as f64 * step, y: y + TITLE + 8.0, width: width.min(step - 4.0), height: high };
        svg.text([area.x, y + TITLE - 3.0], name, Type::new(TITLE, INK).bold());
        draw(svg, image, &plane, area, n)?;
        height = height.max(TITLE + 8.0 + high);
    }
    Ok(height)
}

fn draw(svg: &mut Svg, image: &VisitImage, plane: &Plane, area: Area, n: usize) -> Result<()> {
    let pixel_mm = plane.size_mm()[0] / area.width;
    let raster = plane.raster((pixel_mm / 2.0).max(MIN_MASK_PIXEL_MM))?;
    let (mask, values) =
        image.hematoma.as_ref().map_or((None, &[][..]), |(mask, values)| (Some(mask), values));
    let marks = Marks::of_masks(mask, values, None, &raster);
    let panel = Panel { plane, marks: &marks, area };
    let spacing_mm = image.t2.grid().spacing_mm().into_iter().fold(f64::INFINITY, f64::min);
    let raster = plane.raster(spacing_mm.max(MIN_IMAGE_PIXEL_MM).max(pixel_mm))?;
    svg.image(&area, gray(&image.t2, &raster)?, &format!("hemastage-visit-{n}"));
    panel.contour(svg);
    panel.scale_bar(svg);
    panel.letters(svg, ["A", "P", "S", "I"], SideLetters::Top);
    Ok(())
}
