//! The masks on a plane: the stage of each pixel, and the cord.

use hemastage::{Staged, Study, stage::Stage};
use hemastage_image::roi::Roi;

use super::plane::Raster;

/// The value of a pixel without hematoma; 1 to 6 are the stages as in a stage map.
pub(super) const NONE: u8 = 0;
/// The value of hematoma without a signal.
pub(super) const UNSAMPLED: u8 = 7;

/// The color of hematoma without a signal.
pub(super) const NO_SIGNAL: &str = "#FFFFFF";

/// The masks at the pixels of a raster, row by row, by the nearest voxel.
#[derive(Debug)]
pub(super) struct Marks {
    pub(super) raster: Raster,
    pub(super) stages: Vec<u8>,
    /// 1 in the cord.
    pub(super) cord: Option<Vec<u8>>,
}

impl Marks {
    pub(super) fn of(study: &Study, staged: &Staged, raster: &Raster) -> Self {
        let values: Vec<u8> = staged.stage_map.voxels().map(|(_, value)| value).collect();
        let value = |position: usize| values.get(position).copied().filter(|&v| v > 0).unwrap_or(UNSAMPLED);
        let stages = positions(study.hematoma(), raster).map(|voxel| voxel.map_or(NONE, value)).collect();
        let cord =
            study.cord().map(|cord| positions(cord, raster).map(|voxel| u8::from(voxel.is_some())).collect());
        Self { raster: *raster, stages, cord }
    }
}

impl Marks {
    /// 1 at the pixels of chosen voxels of a mask, 0 elsewhere.
    pub(super) fn chosen(mask: &Roi, raster: &Raster, is_chosen: impl Fn(usize) -> bool) -> Vec<u8> {
        positions(mask, raster).map(|voxel| u8::from(voxel.is_some_and(&is_chosen))).collect()
    }
}

/// The position in a mask of each pixel's nearest voxel; `None` outside the mask.
fn positions<'a>(mask: &'a Roi, raster: &'a Raster) -> impl Iterator<Item = Option<usize>> + 'a {
    let map = raster.grid.map_to(mask.grid());
    raster.pixels().map(move |pixel| mask.position(map.nearest(pixel)?))
}

/// The color of a pixel's value.
pub(super) fn color(value: u8) -> String {
    let stage = Stage::ALL.into_iter().find(|stage| stage.map_value() == value);
    stage.map_or_else(|| NO_SIGNAL.to_owned(), stage_color)
}

/// The color of a stage, as `#56B4E9`.
pub(super) fn stage_color(stage: Stage) -> String {
    let [red, green, blue] = stage.rgb();
    format!("#{red:02X}{green:02X}{blue:02X}")
}
