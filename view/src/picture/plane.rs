//! Flat cuts through the world: endless, as a rectangle, and as a raster of pixels.

use hemastage::shape::Section;
use hemastage_image::{
    error::Result,
    grid::{Affine, Grid, IndexBox},
    roi::Roi,
    vector::{Vector, cross, dot, minus, plus, scaled},
    volume::Volume,
};

/// An endless plane.
///
/// # Shape and units
/// Directions are perpendicular unit vectors in the world. Rectangles of the plane are made of whole cells with a
/// corner at `point`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) point: Vector,
    pub(super) right: Vector,
    pub(super) down: Vector,
    pub(super) cell_mm: [f64; 2],
}

impl Cut {
    /// Millimeters to the right of the cut's point and below it, along the plane.
    pub(super) fn place(&self, world: Vector) -> [f64; 2] {
        let offset = minus(world, self.point);
        [dot(offset, self.right), dot(offset, self.down)]
    }

    /// The distance of a point from the plane.
    pub(super) fn off_mm(&self, world: Vector) -> f64 {
        dot(minus(world, self.point), cross(self.right, self.down)).abs()
    }

    /// The part of the plane that holds a rectangle, in whole cells.
    pub(super) fn window(self, rect: &Rect) -> Plane {
        let first: [f64; 2] = std::array::from_fn(|a| (rect.low[a] / self.cell_mm[a] + 1e-6).floor());
        let end: [f64; 2] = std::array::from_fn(|a| (rect.high[a] / self.cell_mm[a] - 1e-6).ceil());
        let corner = plus(self.point, first[0] * self.cell_mm[0], self.right);
        let corner = plus(corner, first[1] * self.cell_mm[1], self.down);
        let cells = std::array::from_fn(|a| (end[a] - first[a]).max(1.0));
        Plane { cut: Self { point: corner, ..self }, cells }
    }
}

/// A rectangle of a cut; the cut's point is its upper left corner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane {
    cut: Cut,
    cells: [f64; 2],
}

impl Plane {
    pub(super) fn size_mm(&self) -> [f64; 2] {
        std::array::from_fn(|a| self.cells[a] * self.cut.cell_mm[a])
    }

    /// Where the plane crosses a section, in millimeters to the patient's right of the section's center.
    pub(super) fn right_of_mm(&self, section: &Section) -> f64 {
        let normal = cross(self.cut.right, self.cut.down);
        let slope = dot(normal, section.right);
        if slope.abs() < 0.1 { 0.0 } else { dot(normal, minus(self.cut.point, section.center_mm)) / slope }
    }

    /// Millimeters to the right of the upper left corner and below it.
    pub(super) fn place(&self, world: Vector) -> [f64; 2] {
        self.cut.place(world)
    }

    /// A direction along the plane, as its parts to the right and down.
    pub(super) fn direction(&self, along: Vector) -> [f64; 2] {
        [dot(along, self.cut.right), dot(along, self.cut.down)]
    }

    /// The plane in pixels of this size or slightly smaller: whole parts of a cell, or whole parts of the plane where
    /// cells are smaller.
    pub(super) fn raster(&self, pixel_mm: f64) -> Result<Raster> {
        let size_mm = self.size_mm();
        let shape: [usize; 2] = std::array::from_fn(|a| {
            let cell_mm = self.cut.cell_mm[a];
            let pixels = if cell_mm >= pixel_mm {
                self.cells[a] * (cell_mm / pixel_mm - 1e-6).ceil()
            } else {
                (size_mm[a] / pixel_mm).ceil()
            };
            pixels.clamp(1.0, MAX_PIXELS) as usize
        });
        let pixel_mm: [f64; 2] = std::array::from_fn(|a| size_mm[a] / shape[a] as f64);
        let columns = [
            scaled(self.cut.right, pixel_mm[0]),
            scaled(self.cut.down, pixel_mm[1]),
            cross(self.cut.right, self.cut.down),
        ];
        let first = plus(plus(self.cut.point, 0.5, columns[0]), 0.5, columns[1]);
        let row = |r: usize| [columns[0][r], columns[1][r], columns[2][r], first[r]];
        let affine = Affine::new([row(0), row(1), row(2), [0.0, 0.0, 0.0, 1.0]])?;
        Ok(Raster { grid: Grid::new([shape[0], shape[1], 1], affine)?, shape, pixel_mm })
    }
}

/// Pixels along a side of a raster.
const MAX_PIXELS: f64 = 8192.0;

/// The pixels of a plane, as a grid with one slice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raster {
    pub(super) grid: Grid,
    pub(super) shape: [usize; 2],
    pub(super) pixel_mm: [f64; 2],
}

impl Raster {
    /// The pixels row by row, from the upper left.
    pub(super) fn pixels(&self) -> impl Iterator<Item = [usize; 3]> + use<> {
        let [width, height] = self.shape;
        (0..height).flat_map(move |y| (0..width).map(move |x| [x, y, 0]))
    }
}

/// A rectangle on a cut, millimeters to the right of and below the cut's point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub(super) low: [f64; 2],
    pub(super) high: [f64; 2],
}

impl Rect {
    /// The smallest rectangle that holds all points; `None` without a point.
    pub(super) fn around(points: impl IntoIterator<Item = [f64; 2]>) -> Option<Self> {
        let alone = |point| Self { low: point, high: point };
        points.into_iter().map(alone).reduce(|all, next| all.union(&next))
    }

    /// The rectangle around a box of voxels.
    pub(super) fn around_box(cut: &Cut, grid: &Grid, bounds: &IndexBox) -> Option<Self> {
        let corner = |bits: usize| -> Vector {
            std::array::from_fn(|a| {
                if bits >> a & 1 == 1 { bounds.end[a] as f64 - 0.5 } else { bounds.start[a] as f64 - 0.5 }
            })
        };
        Self::around((0..8).map(|bits| cut.place(grid.affine().index_to_world(corner(bits)))))
    }

    /// The rectangle around the part of an image that was read.
    pub(super) fn around_image(cut: &Cut, image: &Volume) -> Option<Self> {
        Self::around_box(cut, image.grid(), image.block())
    }

    /// The rectangle around the voxels of a mask whose centers pass, whole voxels included.
    pub(super) fn around_voxels(cut: &Cut, mask: &Roi, passes: impl Fn(Vector) -> bool) -> Option<Self> {
        let m = mask.grid().affine().matrix();
        let along = |direction: Vector| -> f64 {
            (0..3).map(|c| dot([m[0][c], m[1][c], m[2][c]], direction).abs()).sum::<f64>() / 2.0
        };
        let half = [along(cut.right), along(cut.down)];
        let centers = mask.centers().filter(|&center| passes(center)).map(|center| cut.place(center));
        Some(Self::around(centers)?.padded(half))
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        Self {
            low: std::array::from_fn(|a| self.low[a].min(other.low[a])),
            high: std::array::from_fn(|a| self.high[a].max(other.high[a])),
        }
    }

    /// The part inside another rectangle; this one where they do not meet.
    pub(super) fn clipped(&self, other: &Self) -> Self {
        let low: [f64; 2] = std::array::from_fn(|a| self.low[a].max(other.low[a]));
        let high: [f64; 2] = std::array::from_fn(|a| self.high[a].min(other.high[a]));
        if (0..2).all(|a| low[a] < high[a]) { Self { low, high } } else { *self }
    }

    pub(super) fn padded(&self, mm: [f64; 2]) -> Self {
        Self {
            low: std::array::from_fn(|a| self.low[a] - mm[a]),
            high: std::array::from_fn(|a| self.high[a] + mm[a]),
        }
    }

    pub(super) fn size(&self) -> [f64; 2] {
        std::array::from_fn(|a| self.high[a] - self.low[a])
    }

    /// Extended about its center to at least this size.
    pub(super) fn at_least(&self, mm: [f64; 2]) -> Self {
        self.padded(std::array::from_fn(|a| ((mm[a] - self.size()[a]) / 2.0).max(0.0)))
    }

    /// Widened to a width as far as `limit` allows, about its center or else more to one side.
    pub(super) fn widened(mut self, mm: f64, limit: &Self) -> Self {
        for side in [0.5, 1.0, 1.0] {
            let more = (mm - self.size()[0]).max(0.0);
            let left = (self.low[0] - limit.low[0]).clamp(0.0, side * more);
            self.low[0] -= left;
            let right = (limit.high[0] - self.high[0]).clamp(0.0, (mm - self.size()[0]).max(0.0));
            self.high[0] += right;
        }
        self
    }
}
