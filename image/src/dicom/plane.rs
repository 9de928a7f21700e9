//! The plane of a frame. DICOM's LPS millimeters become RAS+ here and nowhere else.

use crate::{
    error::{Detail, ErrorKind, Result},
    grid::{Affine, Grid},
    vector::{cross, dot, length, minus, plus, scaled},
};

/// Tolerance of a direction's length from 1, and of the cosine between two directions from 0; scanners write four digits
/// or more.
const COSINE_TOLERANCE: f64 = 1e-3;

/// Maximum distance between the unit directions of parallel planes.
const PARALLEL_TOLERANCE: f64 = 1e-4;

/// The same for planes that are taken as parallel: 0.06 degrees, a quarter of a millimeter over 250 mm.
const NEARLY_PARALLEL: f64 = 1e-3;

/// The same for planes that were meant to be parallel: 1 degree; slices along the discs are turned by more.
const MEANT_PARALLEL: f64 = 0.0175;

/// A point or direction in DICOM's patient axes (LPS), in RAS+.
pub(crate) fn ras_of_lps([x, y, z]: [f64; 3]) -> [f64; 3] {
    [-x, -y, z]
}

/// The plane of one frame.
///
/// # Shape and units
/// RAS+ millimeters. `i` runs along a row from column to column, `j` from row to row.
///
/// # Reference
/// DICOM PS3.3, C.7.6.2.1.1, Image Plane attributes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Plane {
    position: [f64; 3],
    i: [f64; 3],
    j: [f64; 3],
    spacing_mm: [f64; 2],
}

impl Plane {
    /// A plane from `ImagePositionPatient`, `ImageOrientationPatient` and `PixelSpacing`, which has the distance between
    /// rows first.
    ///
    /// # Errors
    /// `Geometry` when the directions are not orthogonal unit vectors, or the spacing is not positive.
    pub(crate) fn of(
        position_lps: [f64; 3],
        orientation_lps: [f64; 6],
        pixel_spacing: [f64; 2],
    ) -> Result<Self> {
        if !position_lps.iter().all(|v| v.is_finite()) {
            return Err(PlaneError::Position { found: position_lps }.into());
        }
        if !pixel_spacing.iter().all(|&v| v.is_finite() && v > 0.0) {
            return Err(PlaneError::Spacing { found: pixel_spacing }.into());
        }
        let [a, b, c, d, e, f] = orientation_lps;
        let (i, j) = (ras_of_lps([a, b, c]), ras_of_lps([d, e, f]));
        let is_unit = |v: [f64; 3]| (length(v) - 1.0).abs() <= COSINE_TOLERANCE;
        if !is_unit(i) || !is_unit(j) || dot(i, j).abs() > COSINE_TOLERANCE {
            return Err(PlaneError::Orientation { found: orientation_lps }.into());
        }
        let i = scaled(i, 1.0 / length(i));
        let j = plus(j, -dot(i, j), i);
        let j = scaled(j, 1.0 / length(j));
        let [rows, columns] = pixel_spacing;
        Ok(Self { position: ras_of_lps(position_lps), i, j, spacing_mm: [columns, rows] })
    }

    /// The center of the first pixel.
    pub(crate) fn position(&self) -> [f64; 3] {
        self.position
    }

    /// The distances between pixel centers along i and j.
    pub(crate) fn spacing_mm(&self) -> [f64; 2] {
        self.spacing_mm
    }

    /// The unit normal, right-handed with i and j.
    pub(crate) fn normal(&self) -> [f64; 3] {
        cross(self.i, self.j)
    }

    /// The position of the plane along its normal.
    pub(crate) fn along_normal_mm(&self) -> f64 {
        dot(self.position, self.normal())
    }

    /// The center of a pixel, whose indices may be fractional.
    pub(crate) fn point(&self, i: f64, j: f64) -> [f64; 3] {
        let [di, dj] = self.spacing_mm;
        plus(plus(self.position, i * di, self.i), j * dj, self.j)
    }

    /// Whether both planes have the same directions, within 1e-4.
    pub(crate) fn is_parallel(&self, other: &Self) -> bool {
        self.turn(other) <= PARALLEL_TOLERANCE
    }

    /// Whether both planes have the same directions, within 1e-3.
    pub(crate) fn is_nearly_parallel(&self, other: &Self) -> bool {
        self.turn(other) <= NEARLY_PARALLEL
    }

    /// Whether the directions of both planes differ by a degree at most.
    pub(crate) fn is_meant_parallel(&self, other: &Self) -> bool {
        self.turn(other) <= MEANT_PARALLEL
    }

    /// How far the directions of two planes differ: about the angle in radians, where it is small.
    pub(crate) fn turn(&self, other: &Self) -> f64 {
        length(minus(self.i, other.i)).max(length(minus(self.j, other.j)))
    }

    /// The unit directions along a row and down a column.
    pub(crate) fn directions(&self) -> [[f64; 3]; 2] {
        [self.i, self.j]
    }

    /// The plane at its place with the directions of another.
    pub(crate) fn turned_to(self, other: &Self) -> Self {
        Self { i: other.i, j: other.j, ..self }
    }

    /// The grid of parallel frames, this one first, each a `step` (mm) from the previous one.
    ///
    /// # Errors
    /// `Geometry` when the step lies in the plane.
    pub(crate) fn grid(&self, columns: usize, rows: usize, frames: usize, step: [f64; 3]) -> Result<Grid> {
        let [di, dj] = self.spacing_mm;
        let axes = [scaled(self.i, di), scaled(self.j, dj), step, self.position];
        let row = |r: usize| [axes[0][r], axes[1][r], axes[2][r], axes[3][r]];
        Grid::new([columns, rows, frames], Affine::new([row(0), row(1), row(2), [0.0, 0.0, 0.0, 1.0]])?)
    }
}

#[derive(Debug, thiserror::Error)]
enum PlaneError {
    #[error("ImagePositionPatient is {found:?}: expected three finite numbers in mm")]
    Position { found: [f64; 3] },
    #[error("PixelSpacing is {found:?}: expected two positive finite numbers in mm")]
    Spacing { found: [f64; 2] },
    #[error("ImageOrientationPatient is {found:?}: expected two unit directions at right angles")]
    Orientation { found: [f64; 6] },
}

impl Detail for PlaneError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Geometry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AXIAL: [f64; 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];

    /// A sagittal frame: columns run to the back, rows to the feet.
    #[test]
    fn a_sagittal_frame_lies_in_ras() {
        let plane = Plane::of([12.0, -100.0, 80.0], [0.0, 1.0, 0.0, 0.0, 0.0, -1.0], [0.75, 0.5]).unwrap();
        assert_eq!(plane.point(0.0, 0.0), [-12.0, 100.0, 80.0]);
        assert_eq!(plane.point(10.0, 0.0), [-12.0, 95.0, 80.0], "columns are 0.5 mm apart");
        assert_eq!(plane.point(0.0, 10.0), [-12.0, 100.0, 72.5], "rows are 0.75 mm apart");
        // LPS: (0, 1, 0) x (0, 0, -1) = (-1, 0, 0), to the right
        assert_eq!(plane.normal(), [1.0, 0.0, 0.0]);
        assert_eq!(plane.along_normal_mm(), -12.0);
        let grid = plane.grid(4, 5, 6, [3.0, 0.0, 0.0]).unwrap();
        assert_eq!(grid.shape(), [4, 5, 6]);
        assert_eq!(grid.center([1, 2, 3]), [-3.0, 99.5, 78.5]);
        assert_eq!(grid.orientation(), "PIR");
    }

    #[test]
    fn directions_of_few_digits_become_unit_and_orthogonal() {
        let plane = Plane::of([0.0; 3], [0.7073, 0.7069, 0.0, -0.7069, 0.7073, 0.0], [1.0, 1.0]).unwrap();
        let [i, j] = [plane.i, plane.j];
        assert!((length(i) - 1.0).abs() < 1e-15 && (length(j) - 1.0).abs() < 1e-15);
        assert!(dot(i, j).abs() < 1e-15);
    }

    #[test]
    fn parallel_within_a_tolerance() {
        let axial = Plane::of([0.0; 3], AXIAL, [1.0, 1.0]).unwrap();
        let turned = |angle: f64| {
            let (s, c) = angle.sin_cos();
            Plane::of([0.0; 3], [c, s, 0.0, -s, c, 0.0], [1.0, 1.0]).unwrap()
        };
        assert!(axial.is_parallel(&turned(0.9e-4)));
        assert!(!axial.is_parallel(&turned(1.1e-4)));
        assert!(!axial.is_parallel(&turned(std::f64::consts::PI)), "the same plane, but upside down");
    }

    #[test]
    fn refuses_what_is_no_plane() {
        let error = |position: [f64; 3], orientation: [f64; 6], spacing: [f64; 2]| {
            let error = Plane::of(position, orientation, spacing).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Geometry);
            error.to_string()
        };
        assert!(error([f64::NAN, 0.0, 0.0], AXIAL, [1.0, 1.0]).contains("ImagePositionPatient is [NaN, 0.0"));
        for spacing in [[0.0, 1.0], [1.0, -1.0], [f64::INFINITY, 1.0]] {
            assert!(error([0.0; 3], AXIAL, spacing).contains("two positive finite numbers"));
        }
        let long = [2.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        let slanted = [1.0, 0.0, 0.0, 0.002, 1.0, 0.0];
        for orientation in [[0.0; 6], long, slanted, [f64::NAN; 6], [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]] {
            assert!(error([0.0; 3], orientation, [1.0, 1.0]).contains("two unit directions at right angles"));
        }
    }
}
