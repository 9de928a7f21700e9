//! The voxel grids of the images and masks.

use hemastage_image::error::{Detail, ErrorKind, Result};
use hemastage_image::grid::{Affine, Grid};

use super::quaternion::{Matrix, rotation, store};
use super::range;

/// Voxels of a grid: 512 x 512 x 256.
const MAX_VOXELS: usize = 1 << 26;
/// Voxels along one axis, as `NIfTI-1` holds them.
const MAX_ALONG: usize = 32_767;

/// The direction in which an index grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Towards the patient's right, world +x.
    Right,
    /// Towards the patient's left, world -x.
    Left,
    /// Forward, world +y.
    Anterior,
    /// Backward, world -y.
    Posterior,
    /// Towards the head, world +z.
    Superior,
    /// Towards the feet, world -z.
    Inferior,
}

impl Direction {
    /// The world axis (0 to 2) and the sign along it.
    fn axis(self) -> (usize, f64) {
        match self {
            Self::Right => (0, 1.0),
            Self::Left => (0, -1.0),
            Self::Anterior => (1, 1.0),
            Self::Posterior => (1, -1.0),
            Self::Superior => (2, 1.0),
            Self::Inferior => (2, -1.0),
        }
    }
}

/// A voxel grid around the middle of the view.
///
/// # Shape and units
/// Voxels, millimeters and degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct GridSpec {
    /// Voxels along i, j, k.
    pub shape: [usize; 3],
    /// Distance between voxel centers along i, j, k, mm.
    pub spacing_mm: [f64; 3],
    /// The directions in which i, j, k grow, before the tilt.
    pub axes: [Direction; 3],
    /// Rotation about the world's x, then y, then z, degrees. A tilt below about 0.1 degrees is lost in a grid
    /// close to a half turn from the world's axes: the quaternion of a `NIfTI` header cannot hold it.
    pub tilt_deg: [f64; 3],
    /// The grid's middle relative to the middle of the view, RAS mm.
    pub offset_mm: [f64; 3],
}

impl GridSpec {
    /// A grid without tilt or offset.
    pub fn new(shape: [usize; 3], spacing_mm: [f64; 3], axes: [Direction; 3]) -> Self {
        Self { shape, spacing_mm, axes, tilt_deg: [0.0; 3], offset_mm: [0.0; 3] }
    }

    /// Sagittal slices of 4 mm, 0.6 mm within: 256 x 256 x 13.
    pub fn thick_sagittal() -> Self {
        use Direction::{Inferior, Posterior, Right};
        Self::new([256, 256, 13], [0.6, 0.6, 4.0], [Posterior, Inferior, Right])
    }

    /// 1 mm in every direction, 80 x 120 x 180 voxels.
    pub fn isotropic() -> Self {
        use Direction::{Anterior, Right, Superior};
        Self::new([80, 120, 180], [1.0; 3], [Right, Anterior, Superior])
    }

    /// Axial slices of 4 mm, 0.7 mm within: 192 x 192 x 30.
    pub fn axial() -> Self {
        use Direction::{Left, Posterior, Superior};
        Self::new([192, 192, 30], [0.7, 0.7, 4.0], [Left, Posterior, Superior])
    }

    /// A small sagittal grid for tests: 44 x 80 x 20 voxels of 1.2 x 1.2 x 1.5 mm.
    pub fn small() -> Self {
        use Direction::{Inferior, Posterior, Right};
        Self::new([44, 80, 20], [1.2, 1.2, 1.5], [Posterior, Inferior, Right])
    }

    /// Sets the voxels along i, j, k.
    pub fn with_shape(mut self, shape: [usize; 3]) -> Self {
        self.shape = shape;
        self
    }

    /// Sets the spacing, 0.05 to 50 mm.
    pub fn with_spacing_mm(mut self, mm: [f64; 3]) -> Self {
        self.spacing_mm = mm;
        self
    }

    /// Sets the number of voxels that cover a field of view at this spacing, at least one per axis.
    pub fn with_fov_mm(mut self, mm: [f64; 3]) -> Self {
        for ((count, mm), spacing) in self.shape.iter_mut().zip(mm).zip(self.spacing_mm) {
            // the cast saturates, so an absurd field of view is refused later as a shape
            *count = ((mm / spacing).ceil() as usize).max(1);
        }
        self
    }

    /// Sets the directions in which i, j, k grow.
    pub fn with_axes(mut self, axes: [Direction; 3]) -> Self {
        self.axes = axes;
        self
    }

    /// The same view stored with other axes: shape and spacing keep their world axis.
    pub fn reordered(self, axes: [Direction; 3]) -> Self {
        let from = axes.map(|to| self.axes.iter().position(|old| old.axis().0 == to.axis().0).unwrap_or(0));
        self.with_shape(from.map(|a| self.shape[a]))
            .with_spacing_mm(from.map(|a| self.spacing_mm[a]))
            .with_axes(axes)
    }

    /// Sets the rotation about x, then y, then z, -90 to 90 degrees each.
    pub fn with_tilt_deg(mut self, degrees: [f64; 3]) -> Self {
        self.tilt_deg = degrees;
        self
    }

    /// Sets the grid's middle relative to the middle of the view, RAS mm.
    pub fn with_offset_mm(mut self, mm: [f64; 3]) -> Self {
        self.offset_mm = mm;
        self
    }

    /// The grid around a point, RAS mm. Every element of its affine is a 32-bit number.
    pub(super) fn grid(&self, center: [f64; 3]) -> Result<Grid> {
        self.check()?;
        let (rotation, handedness) = self.rotation();
        let mut matrix = [[0.0; 4]; 4];
        matrix[3][3] = 1.0;
        for row in 0..3 {
            for column in 0..3 {
                let sign = if column == 2 { handedness } else { 1.0 };
                let spacing = f64::from(self.spacing_mm[column] as f32);
                matrix[row][column] = round(sign * rotation[row][column] * spacing);
            }
            let middle: f64 = (0..3).map(|c| matrix[row][c] * 0.5 * (self.shape[c] as f64 - 1.0)).sum();
            matrix[row][3] = round(center[row] + self.offset_mm[row] - middle);
        }
        Grid::new(self.shape, Affine::new(matrix)?)
    }

    /// The proper rotation that a `NIfTI` header holds, and the sign of its third column.
    fn rotation(&self) -> (Matrix, f64) {
        let mut base = [[0.0; 3]; 3];
        for (column, direction) in self.axes.into_iter().enumerate() {
            let (row, sign) = direction.axis();
            base[row][column] = sign;
        }
        let mut turned = base;
        for (axis, degrees) in self.tilt_deg.into_iter().enumerate() {
            turned = turn(&turned, axis, degrees);
        }
        let handedness = determinant(&base);
        for row in &mut turned {
            row[2] *= handedness;
        }
        (rotation(store(&turned)), handedness)
    }

    fn check(&self) -> Result<()> {
        let mut axes = [false; 3];
        self.axes.iter().for_each(|direction| axes[direction.axis().0] = true);
        if axes != [true; 3] {
            return Err(GridError::Axes { axes: self.axes }.into());
        }
        let voxels = self.shape.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
        let fits = self.shape.iter().all(|n| (1..=MAX_ALONG).contains(n));
        if !fits || voxels.is_none_or(|voxels| voxels > MAX_VOXELS) {
            return Err(GridError::Shape { shape: self.shape }.into());
        }
        for axis in 0..3 {
            range::check("the grid's spacing", self.spacing_mm[axis], (0.05, 50.0), " mm")?;
            range::check("the grid's tilt", self.tilt_deg[axis], (-90.0, 90.0), " degrees")?;
            range::check("the grid's offset", self.offset_mm[axis], (-1000.0, 1000.0), " mm")?;
        }
        Ok(())
    }
}

impl Default for GridSpec {
    /// [`GridSpec::thick_sagittal`].
    fn default() -> Self {
        Self::thick_sagittal()
    }
}

#[derive(Debug, thiserror::Error)]
enum GridError {
    #[error(
        "the grid's axes are {axes:?}: expected one of right or left, one of anterior or posterior and one of superior or inferior"
    )]
    Axes { axes: [Direction; 3] },
    #[error("the grid has {} x {} x {} voxels: expected 1 to {MAX_ALONG} along each axis and at most {MAX_VOXELS} in all", .shape[0], .shape[1], .shape[2])]
    Shape { shape: [usize; 3] },
}

impl Detail for GridError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

/// The nearest 32-bit number.
fn round(v: f64) -> f64 {
    f64::from(v as f32)
}

/// The matrix rotated about a world axis.
fn turn(m: &Matrix, axis: usize, degrees: f64) -> Matrix {
    let (sin, cos) = (libm::sin(degrees.to_radians()), libm::cos(degrees.to_radians()));
    let (i, j) = ((axis + 1) % 3, (axis + 2) % 3);
    let mut turned = *m;
    for column in 0..3 {
        turned[i][column] = cos * m[i][column] - sin * m[j][column];
        turned[j][column] = sin * m[i][column] + cos * m[j][column];
    }
    turned
}

fn determinant(m: &Matrix) -> f64 {
    (0..3)
        .map(|c| {
            let (a, b) = ((c + 1) % 3, (c + 2) % 3);
            m[0][c] * (m[1][a] * m[2][b] - m[1][b] * m[2][a])
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::Direction::{Anterior, Inferior, Left, Posterior, Right, Superior};
    use super::*;

    #[test]
    fn orientation_spacing_and_middle_follow_the_options() {
        for (axes, code) in [
            ([Right, Anterior, Superior], "RAS"),
            ([Left, Anterior, Superior], "LAS"),
            ([Posterior, Inferior, Right], "PIR"),
            ([Superior, Left, Posterior], "SLP"),
            ([Inferior, Right, Anterior], "IRA"),
        ] {
            for tilt in [[0.0; 3], [12.0, -7.0, 5.0]] {
                let spec = GridSpec::new([11, 13, 15], [0.5, 1.0, 3.0], axes).with_tilt_deg(tilt);
                let grid = spec.grid([1.0, 2.0, 3.0]).unwrap();
                assert_eq!(grid.orientation(), code);
                assert_abs_diff_eq!(grid.spacing_mm().as_slice(), spec.spacing_mm.as_slice(), epsilon = 1e-6);
                let middle = grid.center([5, 6, 7]);
                assert!(hemastage_image::vector::distance(middle, [1.0, 2.0, 3.0]) < 1e-4);
                for v in grid.affine().matrix().iter().flatten() {
                    assert_eq!(f64::from(*v as f32).to_bits(), v.to_bits());
                }
            }
        }
    }

    #[test]
    fn a_tilt_about_x_turns_anterior_towards_superior() {
        let spec =
            GridSpec::new([3, 3, 3], [1.0; 3], [Right, Anterior, Superior]).with_tilt_deg([30.0, 0.0, 0.0]);
        let grid = spec.grid([0.0; 3]).unwrap();
        let ahead = grid.center([1, 2, 1]);
        assert_abs_diff_eq!(ahead[1..], [0.75_f64.sqrt(), 0.5], epsilon = 1e-6);
    }

    #[test]
    fn a_field_of_view_becomes_a_shape() {
        let spec = GridSpec::isotropic().with_spacing_mm([0.5, 1.0, 2.0]).with_fov_mm([10.0, 10.0, 9.0]);
        assert_eq!(spec.shape, [20, 10, 5]);
        let absurd = GridSpec::isotropic().with_fov_mm([f64::INFINITY, f64::NAN, 1.0]);
        assert!(absurd.grid([0.0; 3]).is_err());
    }
}
