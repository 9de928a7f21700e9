//! The affine map from voxel index to RAS+ millimeters.

use crate::{
    error::{Detail, ErrorKind, Result},
    vector::{Vector, length},
};

/// How far the length of a direction may be from 1, as headers round cosines to a few digits.
const UNIT_TOLERANCE: f64 = 1e-3;

/// The range of distances between neighboring voxels: wider than any image, and narrow enough that no volume or distance
/// overflows.
const SPACING_MM: std::ops::RangeInclusive<f64> = 1e-6..=1e6;
/// Maximum coordinate of voxel (0, 0, 0).
const MAX_ORIGIN_MM: f64 = 1e9;

/// The last row of every affine.
const LAST_ROW: [f64; 4] = [0.0, 0.0, 0.0, 1.0];

/// An invertible affine map from voxel index (i, j, k) to RAS+ millimeters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine {
    pub(super) matrix: [[f64; 4]; 4],
    pub(super) inverse: [[f64; 4]; 3],
}

impl Affine {
    /// An affine from its 4x4 matrix, row-major.
    ///
    /// # Errors
    /// When an element is not finite, the last row is not `0 0 0 1`, the matrix cannot be inverted, or a distance is that
    /// of no image.
    pub fn new(matrix: [[f64; 4]; 4]) -> Result<Self> {
        let finite = matrix.iter().flatten().all(|v| v.is_finite());
        if !finite || matrix[3] != LAST_ROW {
            return Err(AffineError::NotAffine.into());
        }
        let spacing = spacing_mm(&matrix);
        if spacing.contains(&0.0) {
            return Err(AffineError::Singular.into());
        }
        if spacing.iter().any(|mm| !SPACING_MM.contains(mm)) {
            return Err(AffineError::Range { spacing }.into());
        }
        if matrix[..3].iter().any(|row| row[3].abs() > MAX_ORIGIN_MM) {
            return Err(AffineError::Far.into());
        }
        let inverse = invert(&matrix).ok_or(AffineError::Singular)?;
        Ok(Self { matrix, inverse })
    }

    /// Distance between neighboring voxel centers along i, j, k.
    pub(super) fn spacing_mm(&self) -> [f64; 3] {
        spacing_mm(&self.matrix)
    }

    /// Voxels of 1 mm with i, j, k to the right, the front and the head; voxel (0, 0, 0) at the origin.
    pub fn identity() -> Self {
        let rows = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
        Self { matrix: [rows[0], rows[1], rows[2], LAST_ROW], inverse: rows }
    }

    /// Voxels of this spacing with i, j, k to the right, the front and the head; voxel (0, 0, 0) at the origin.
    ///
    /// # Errors
    /// When a spacing is not positive and finite.
    ///
    /// # Example
    /// ```
    /// use hemastage_image::Affine;
    /// let affine = Affine::from_spacing([0.5, 0.5, 4.0])?;
    /// assert_eq!(affine.index_to_world([10.0, 0.0, 2.0]), [5.0, 0.0, 8.0]);
    /// # Ok::<(), hemastage_image::Error>(())
    /// ```
    pub fn from_spacing(spacing_mm: [f64; 3]) -> Result<Self> {
        check_spacing(spacing_mm)?;
        let [x, y, z] = spacing_mm;
        Self::new([[x, 0.0, 0.0, 0.0], [0.0, y, 0.0, 0.0], [0.0, 0.0, z, 0.0], LAST_ROW])
    }

    /// Voxels of this spacing in a grid that is centered on the origin, with i increasing to the left: as nibabel takes
    /// the affine of a header that states none.
    pub(crate) fn centered(spacing_mm: [f64; 3], shape: [usize; 3]) -> Result<Self> {
        check_spacing(spacing_mm)?;
        let [x, y, z] = spacing_mm;
        let mut matrix = [[-x, 0.0, 0.0, 0.0], [0.0, y, 0.0, 0.0], [0.0, 0.0, z, 0.0], LAST_ROW];
        for axis in 0..3 {
            matrix[axis][3] = -matrix[axis][axis] * (shape[axis] as f64 - 1.0) / 2.0;
        }
        Self::new(matrix)
    }

    /// The affine of an image as ITK and SimpleITK describe it, converted from LPS to RAS.
    ///
    /// The arguments are `GetOrigin()`, `GetDirection()` (3x3, row-major: column c is the direction of index axis c)
    /// and `GetSpacing()`.
    ///
    /// # Errors
    /// When a number is not finite, a spacing is not positive, a direction is not a unit vector (within 0.001), or
    /// the directions do not span space.
    ///
    /// # Example
    /// ```
    /// use hemastage_image::{Affine, Grid};
    /// // a sagittal slab: columns run to the back, rows to the feet, slices to the left
    /// let direction = [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0];
    /// let affine = Affine::from_lps([-20.0, -100.0, 80.0], direction, [0.5, 0.5, 4.0])?;
    /// assert_eq!(affine.index_to_world([0.0, 0.0, 0.0]), [20.0, 100.0, 80.0]);
    /// assert_eq!(Grid::new([320, 320, 11], affine)?.orientation(), "PIL");
    /// # Ok::<(), hemastage_image::Error>(())
    /// ```
    pub fn from_lps(origin: [f64; 3], direction: [f64; 9], spacing_mm: [f64; 3]) -> Result<Self> {
        check_spacing(spacing_mm)?;
        for axis in 0..3 {
            let column: Vector = std::array::from_fn(|row| direction[3 * row + axis]);
            let length = length(column);
            if (length - 1.0).abs() > UNIT_TOLERANCE || length.is_nan() {
                return Err(AffineError::Direction { column, length }.into());
            }
        }
        // x and y point the other way; adding 0 turns -0 into 0
        let sign = [-1.0, -1.0, 1.0];
        let row = |r: usize| {
            let d = &direction[3 * r..];
            [d[0] * spacing_mm[0], d[1] * spacing_mm[1], d[2] * spacing_mm[2], origin[r]]
                .map(|v| v * sign[r] + 0.0)
        };
        Self::new([row(0), row(1), row(2), LAST_ROW])
    }

    /// The 4x4 matrix, row-major.
    pub fn matrix(&self) -> &[[f64; 4]; 4] {
        &self.matrix
    }

    /// Millimeters of a (fractional) voxel index.
    #[inline]
    pub fn index_to_world(&self, index: [f64; 3]) -> [f64; 3] {
        let m = &self.matrix;
        transform(&[m[0], m[1], m[2]], index)
    }

    /// The fractional voxel index of a point in millimeters.
    #[inline]
    pub fn world_to_index(&self, world: [f64; 3]) -> [f64; 3] {
        transform(&self.inverse, world)
    }
}

#[inline]
pub(super) fn transform(m: &[[f64; 4]; 3], p: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|r| m[r][0] * p[0] + m[r][1] * p[1] + m[r][2] * p[2] + m[r][3])
}

fn spacing_mm(m: &[[f64; 4]; 4]) -> [f64; 3] {
    std::array::from_fn(|c| (0..3).map(|r| m[r][c] * m[r][c]).sum::<f64>().sqrt())
}

/// The upper three rows of the inverse; `None` when the columns do not span space.
fn invert(m: &[[f64; 4]; 4]) -> Option<[[f64; 4]; 3]> {
    let minor = |r: usize, c: usize| {
        let (r1, r2, c1, c2) = ((r + 1) % 3, (r + 2) % 3, (c + 1) % 3, (c + 2) % 3);
        m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]
    };
    let det: f64 = (0..3).map(|c| m[0][c] * minor(0, c)).sum();
    let size: f64 = spacing_mm(m).into_iter().product();
    if det.abs() <= 1e-9 * size {
        return None;
    }
    let inverse: [[f64; 4]; 3] = std::array::from_fn(|r| {
        let row: [f64; 3] = std::array::from_fn(|c| minor(c, r) / det);
        [row[0], row[1], row[2], -(0..3).map(|c| row[c] * m[c][3]).sum::<f64>()]
    });
    Some(inverse)
}

fn check_spacing(spacing_mm: [f64; 3]) -> Result<(), AffineError> {
    if spacing_mm.iter().all(|&v| v.is_finite() && v > 0.0) {
        Ok(())
    } else {
        Err(AffineError::Spacing { found: spacing_mm })
    }
}

#[derive(Debug, thiserror::Error)]
enum AffineError {
    #[error(
        "the affine is not a finite 4x4 matrix with the last row 0 0 0 1: give the map from voxel index to RAS mm"
    )]
    NotAffine,
    #[error("the affine cannot be inverted: its columns must span three directions")]
    Singular,
    #[error("the voxel spacing is {found:?}: expected three positive finite numbers in mm")]
    Spacing { found: [f64; 3] },
    #[error(
        "the voxel spacing is {} x {} x {} mm: expected {} to {} mm on each axis",
        spacing[0], spacing[1], spacing[2], SPACING_MM.start(), SPACING_MM.end()
    )]
    Range { spacing: [f64; 3] },
    #[error(
        "the image lies more than {MAX_ORIGIN_MM} mm from the origin: expected the millimeters of a scanner"
    )]
    Far,
    #[error(
        "the direction {column:?} has the length {length:.4}: expected unit vectors as the columns of the direction matrix, without the spacing in them"
    )]
    Direction { column: [f64; 3], length: f64 },
}

impl Detail for AffineError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Geometry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_is_that_of_its_matrix() {
        let identity = Affine::identity();
        assert_eq!(identity, Affine::new(*identity.matrix()).unwrap());
        assert_eq!(identity, Affine::from_spacing([1.0; 3]).unwrap());
        assert_eq!(identity.index_to_world([3.0, 4.5, 6.0]), [3.0, 4.5, 6.0]);
    }

    /// An oblique image by hand: i is turned by 90 degrees to the patient's back, j goes down, k to the right; LPS
    /// point of index (2, 3, 4) = origin + 2 * 0.5 * (0, 1, 0) + 3 * 0.6 * (0, 0, -1) + 4 * 3 * (-1, 0, 0).
    #[test]
    fn an_itk_image_lies_in_ras() {
        let direction = [0.0, 0.0, -1.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0];
        let affine = Affine::from_lps([10.0, -20.0, 30.0], direction, [0.5, 0.6, 3.0]).unwrap();
        let expected =
            [[0.0, 0.0, 3.0, -10.0], [-0.5, 0.0, 0.0, 20.0], [0.0, -0.6, 0.0, 30.0], [0.0, 0.0, 0.0, 1.0]];
        assert_eq!(affine.matrix(), &expected);
        // LPS (-2, -19, 28.2)
        let world = affine.index_to_world([2.0, 3.0, 4.0]);
        assert_eq!(world, [2.0, 19.0, 28.2]);
    }

    #[test]
    fn refuses_what_is_no_affine() {
        let error = |found: Result<Affine>| {
            let error = found.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Geometry);
            error.to_string()
        };
        let mut m = *Affine::identity().matrix();
        m[0][0] = f64::NAN;
        assert!(error(Affine::new(m)).contains("finite"));
        let flat = [[1.0, 2.0, 0.0, 0.0], [1.0, 2.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], LAST_ROW];
        assert!(error(Affine::new(flat)).contains("inverted"));
        // a length that overflows times one that is 0 is no number
        let mut m = *Affine::identity().matrix();
        (m[1][1], m[2][2]) = (-1e193, 3.8e-270);
        assert!(error(Affine::new(m)).contains("inverted"));
        for (mm, text) in [(1e7, "1 x 10000000 x 1"), (1e-7, "1 x 0.0000001 x 1"), (1e200, "1 x inf x 1")] {
            let expected =
                format!("the voxel spacing is {text} mm: expected 0.000001 to 1000000 mm on each axis");
            let mut m = *Affine::identity().matrix();
            m[1][1] = mm;
            assert_eq!(error(Affine::new(m)), expected);
        }
        let mut m = *Affine::identity().matrix();
        m[2][3] = -2e9;
        assert!(error(Affine::new(m)).starts_with("the image lies more than 1000000000 mm"));

        for spacing in [[0.0, 1.0, 1.0], [1.0, -1.0, 1.0], [1.0, 1.0, f64::NAN], [f64::INFINITY, 1.0, 1.0]] {
            let expected =
                format!("the voxel spacing is {spacing:?}: expected three positive finite numbers in mm");
            assert_eq!(error(Affine::from_spacing(spacing)), expected);
        }
        let axial = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
        let lps = |direction| error(Affine::from_lps([0.0; 3], direction, [1.0; 3]));
        assert!(error(Affine::from_lps([0.0; 3], axial, [1.0, 1.0, 0.0])).contains("the voxel spacing is"));
        assert!(error(Affine::from_lps([f64::NAN, 0.0, 0.0], axial, [1.0; 3])).contains("finite"));
        assert_eq!(
            lps(axial.map(|v| v * 2.0)),
            "the direction [2.0, 0.0, 0.0] has the length 2.0000: expected unit vectors as the columns of the direction matrix, without the spacing in them"
        );
        assert!(lps([f64::NAN; 9]).contains("has the length NaN"));
        // i and j in one direction
        assert!(lps([1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]).contains("inverted"));
    }
}
