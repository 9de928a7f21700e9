//! The masks on a plane: the stage of each pixel, and the cord.

use hemastage::{Staged, Study, stage::Stage};
use hemastage_image::{grid::Grid, roi::Roi};

use super::{
    outline::{Edge, Outlines, outlines},
    plane::Raster,
};

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
    /// The hematoma's outline, by the stage inside it.
    pub(super) contour: Outlines,
    /// The cord's outline.
    pub(super) cord: Outlines,
}

impl Marks {
    pub(super) fn of(study: &Study, staged: &Staged, raster: &Raster) -> Self {
        let values: Vec<u8> = staged.stage_map.voxels().map(|(_, value)| value).collect();
        Self::of_masks(Some(study.hematoma()), &values, study.cord(), raster)
    }

    /// Of a hematoma with the stage of each voxel, if there is one, and of the cord, if it is known.
    pub(super) fn of_masks(
        hematoma: Option<&Roi>,
        values: &[u8],
        cord: Option<&Roi>,
        raster: &Raster,
    ) -> Self {
        let value = |position: usize| values.get(position).copied().filter(|&v| v > 0).unwrap_or(UNSAMPLED);
        let stage = |voxel| hematoma.and_then(|mask| mask.position(voxel)).map_or(NONE, value);
        let in_cord = |cord: &Roi, voxel| u8::from(cord.position(voxel).is_some());
        let (grid, nowhere) = (hematoma.map_or(&raster.grid, Roi::grid), [NONE; 2]);
        let (stages, cord): (_, Option<Vec<u8>>) = match cord {
            None => (pixels(raster, grid, NONE, stage), None),
            // the pixels are looked for once where both masks have one grid
            Some(cord) if cord.grid() == grid => {
                let both = pixels(raster, grid, nowhere, |voxel| [stage(voxel), in_cord(cord, voxel)]);
                let part = |n: usize| both.iter().map(|values| values[n]).collect();
                (part(0), Some(part(1)))
            }
            Some(cord) => {
                let cord = pixels(raster, cord.grid(), NONE, |voxel| in_cord(cord, voxel));
                (pixels(raster, grid, NONE, stage), Some(cord))
            }
        };
        let contour = outlines(&stages, raster.shape, Edge::Border, |_, other| other == NONE);
        let cord = cord.map(|cord| outlines(&cord, raster.shape, Edge::Open, |_, other| other == 0));
        Self { raster: *raster, stages, contour, cord: cord.unwrap_or_default() }
    }
}

impl Marks {
    /// 1 at the pixels of chosen voxels of a mask, 0 elsewhere.
    pub(super) fn chosen(mask: &Roi, raster: &Raster, is_chosen: impl Fn(usize) -> bool) -> Vec<u8> {
        let value = |voxel| u8::from(mask.position(voxel).is_some_and(&is_chosen));
        pixels(raster, mask.grid(), NONE, value)
    }
}

/// The value of each pixel's nearest voxel, row by row; `outside` beyond the grid.
///
/// Along a row the nearest voxel changes in one direction on each axis, so pixels between two that have the same one have
/// it too, and its value is asked for once.
fn pixels<T: Copy>(raster: &Raster, grid: &Grid, outside: T, value: impl Fn([usize; 3]) -> T) -> Vec<T> {
    let map = raster.grid.map_to(grid);
    let [width, height] = raster.shape;
    let mut found = Vec::with_capacity(width * height);
    for y in 0..height {
        let nearest = |x: usize| map.nearest([x, y, 0]);
        let (mut x, mut length) = (0, 1);
        let mut here = nearest(0);
        while x < width {
            let Some(voxel) = here else {
                found.push(outside);
                x += 1;
                here = if x < width { nearest(x) } else { None };
                continue;
            };
            let end;
            (end, here) = stretch(x, width, length, voxel, nearest);
            found.extend(std::iter::repeat_n(value(voxel), end - x));
            (x, length) = (end, end - x);
        }
    }
    found
}

/// One past the last pixel from `first` on that has the same voxel, where those that have it lie together, and the voxel
/// there. The search starts at the length of the stretch before.
fn stretch<T: Copy + PartialEq>(
    first: usize,
    end: usize,
    length: usize,
    voxel: T,
    nearest: impl Fn(usize) -> Option<T>,
) -> (usize, Option<T>) {
    let (mut same, mut other, mut after) = (first, end, None);
    let mut next = first + length.max(2) - 1;
    while other - same > 1 {
        if next <= same || next >= other {
            next = usize::midpoint(same, other);
        }
        let found = nearest(next);
        if found == Some(voxel) {
            same = next;
            // most often as long as the one before
            next = if other == end { next + 1 + (same - first) / 8 } else { usize::midpoint(same, other) };
        } else {
            (other, after) = (next, found);
            next -= 1;
        }
    }
    (other, after)
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

#[cfg(test)]
mod tests {
    use hemastage_image::grid::Affine;

    use super::*;
    use crate::picture::plane::Cut;

    /// As pixel by pixel, on grids with another spacing, tilted, and partly beyond the plane.
    #[test]
    fn stretches_have_the_values_of_their_pixels() {
        let (c, s) = (0.3_f64.cos(), 0.3_f64.sin());
        for (spacing, tilt) in [(1.0, false), (0.07, false), (4.0, false), (1.3, true), (0.4, true)] {
            let [x, y] = if tilt { [[c, s, 0.1], [-s, c, 0.0]] } else { [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]] };
            let row = |r: usize, shift: f64| [x[r] * spacing, y[r] * spacing, [0.1, 0.0, 1.0][r], shift];
            let affine =
                Affine::new([row(0, -3.0), row(1, 2.0), row(2, -4.0), [0.0, 0.0, 0.0, 1.0]]).unwrap();
            let grid = Grid::new([50, 40, 9], affine).unwrap();
            let cut = Cut {
                point: [-8.0, -5.0, 0.0],
                right: [1.0, 0.0, 0.0],
                down: [0.0, 1.0, 0.0],
                cell_mm: [1.0; 2],
            };
            let plane = cut.window(&crate::picture::plane::Rect { low: [0.0; 2], high: [30.0, 25.0] });
            let raster = plane.raster(0.21).unwrap();
            let map = raster.grid.map_to(&grid);
            let expected: Vec<Option<[usize; 3]>> = raster.pixels().map(|pixel| map.nearest(pixel)).collect();
            assert!(expected.iter().any(Option::is_none) && expected.iter().any(Option::is_some));
            assert!(pixels(&raster, &grid, None, Some) == expected, "{spacing} {tilt}");
        }
    }

    #[test]
    fn a_stretch_ends_where_the_first_other_one_is() {
        for end in 1..40 {
            for length in [0, 1, 2, 5, 39, 100] {
                let nearest = |n: usize| Some(if n < end { 0 } else { n });
                let after = Some(end).filter(|end| *end < 40);
                assert_eq!(stretch(0, 40, length, 0, nearest), (end, after), "{end} {length}");
            }
        }
        assert_eq!(stretch(7, 9, 1, 0, |_| Some(0)), (9, None));
        assert_eq!(stretch(7, 9, 1, 0, |_| None), (8, None));
    }
}
