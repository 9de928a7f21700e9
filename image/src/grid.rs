//! Where voxels lie: a shape and an affine to RAS+ millimeters, without the voxels.

use std::fmt::Write as _;

use crate::error::{Detail, ErrorKind, Result};

/// How far from a whole number an index may be and still count as that voxel's center.
pub const SNAP_VOXELS: f64 = 1e-3;

/// Slack on a half-voxel border, so that rounding in an affine does not decide a tie.
const TIE_VOXELS: f64 = 1e-6;

/// An invertible map from voxel index (i, j, k) to RAS+ millimeters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine {
    matrix: [[f64; 4]; 4],
    inverse: [[f64; 4]; 3],
}

impl Affine {
    /// An affine from its 4x4 matrix, rows first.
    ///
    /// # Errors
    /// When an element is not finite, the last row is not `0 0 0 1`, or the matrix cannot be inverted.
    pub fn new(matrix: [[f64; 4]; 4]) -> Result<Self> {
        let finite = matrix.iter().flatten().all(|v| v.is_finite());
        let affine = matrix[3] == [0.0, 0.0, 0.0, 1.0];
        if !finite || !affine {
            return Err(GridError::NotAffine.into());
        }
        let inverse = invert(&matrix).ok_or(GridError::Singular)?;
        Ok(Self { matrix, inverse })
    }

    /// The 4x4 matrix, rows first.
    pub fn matrix(&self) -> &[[f64; 4]; 4] {
        &self.matrix
    }

    /// Millimeters of a (fractional) voxel index.
    pub fn index_to_world(&self, index: [f64; 3]) -> [f64; 3] {
        let m = &self.matrix;
        transform(&[m[0], m[1], m[2]], index)
    }

    /// The fractional voxel index of a point in millimeters.
    pub fn world_to_index(&self, world: [f64; 3]) -> [f64; 3] {
        transform(&self.inverse, world)
    }
}

fn transform(m: &[[f64; 4]; 3], p: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|r| m[r][0] * p[0] + m[r][1] * p[1] + m[r][2] * p[2] + m[r][3])
}

/// The upper three rows of the inverse, or none when the columns do not span space.
fn invert(m: &[[f64; 4]; 4]) -> Option<[[f64; 4]; 3]> {
    let minor = |r: usize, c: usize| {
        let (r1, r2, c1, c2) = ((r + 1) % 3, (r + 2) % 3, (c + 1) % 3, (c + 2) % 3);
        m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]
    };
    let det: f64 = (0..3).map(|c| m[0][c] * minor(0, c)).sum();
    let size: f64 = (0..3).map(|c| (0..3).map(|r| m[r][c] * m[r][c]).sum::<f64>().sqrt()).product();
    if !det.is_finite() || det.abs() <= 1e-9 * size || size == 0.0 {
        return None;
    }
    let inverse: [[f64; 4]; 3] = std::array::from_fn(|r| {
        let row: [f64; 3] = std::array::from_fn(|c| minor(c, r) / det);
        [row[0], row[1], row[2], -(0..3).map(|c| row[c] * m[c][3]).sum::<f64>()]
    });
    inverse.iter().flatten().all(|v| v.is_finite()).then_some(inverse)
}

/// A box of voxel indices, `start` inclusive and `end` exclusive on each axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexBox {
    /// First index on each axis.
    pub start: [usize; 3],
    /// One past the last index on each axis.
    pub end: [usize; 3],
}

impl IndexBox {
    /// The box of a whole shape.
    pub fn whole(shape: [usize; 3]) -> Self {
        Self { start: [0; 3], end: shape }
    }

    /// Voxels along each axis; 0 where the box is empty.
    pub fn shape(&self) -> [usize; 3] {
        std::array::from_fn(|a| self.end[a].saturating_sub(self.start[a]))
    }

    /// Voxels in the box.
    pub fn voxels(&self) -> usize {
        self.shape().iter().product()
    }

    /// Whether an index lies in the box.
    pub fn contains(&self, index: [usize; 3]) -> bool {
        (0..3).all(|a| (self.start[a]..self.end[a]).contains(&index[a]))
    }

    /// The smallest box that holds both; an empty one adds nothing.
    pub fn union(&self, other: &Self) -> Self {
        if self.voxels() == 0 {
            return *other;
        }
        if other.voxels() == 0 {
            return *self;
        }
        Self {
            start: std::array::from_fn(|a| self.start[a].min(other.start[a])),
            end: std::array::from_fn(|a| self.end[a].max(other.end[a])),
        }
    }
}

/// The patient's directions as a scan was planned: unit vectors in the world, perpendicular but for shear.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PatientAxes {
    pub right: [f64; 3],
    pub anterior: [f64; 3],
    pub superior: [f64; 3],
}

/// A voxel grid in space.
///
/// # Shape and units
/// Voxels along i, j, k; world coordinates in RAS+ millimeters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    shape: [usize; 3],
    affine: Affine,
}

impl Grid {
    /// A grid from its shape and the affine of its voxel centers.
    ///
    /// # Errors
    /// When an axis has no voxels.
    pub fn new(shape: [usize; 3], affine: Affine) -> Result<Self> {
        if shape.contains(&0) {
            return Err(GridError::Empty { shape }.into());
        }
        Ok(Self { shape, affine })
    }

    /// Voxels along i, j, k.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The map from index to RAS+ millimeters.
    pub fn affine(&self) -> &Affine {
        &self.affine
    }

    /// Voxels in the grid.
    pub fn voxels(&self) -> usize {
        self.shape.iter().product()
    }

    /// Millimeters of a voxel's center.
    pub fn center(&self, index: [usize; 3]) -> [f64; 3] {
        self.affine.index_to_world(index.map(|v| v as f64))
    }

    /// Distance between neighboring voxel centers along i, j, k.
    pub fn spacing_mm(&self) -> [f64; 3] {
        let m = self.affine.matrix();
        std::array::from_fn(|c| (0..3).map(|r| m[r][c] * m[r][c]).sum::<f64>().sqrt())
    }

    /// Volume of one voxel.
    pub fn voxel_mm3(&self) -> f64 {
        let m = self.affine.matrix();
        let minor = |c: usize| {
            let (a, b) = ((c + 1) % 3, (c + 2) % 3);
            m[1][a] * m[2][b] - m[1][b] * m[2][a]
        };
        (0..3).map(|c| m[0][c] * minor(c)).sum::<f64>().abs()
    }

    /// The axes along which neighbors touch: spacing at most 1.5 x the smallest, or 1.01 x the
    /// second smallest. Two axes of a thick-slice scan, three of an isotropic one.
    pub fn near_axes(&self) -> [bool; 3] {
        let spacing = self.spacing_mm();
        let mut sorted = spacing;
        sorted.sort_by(f64::total_cmp);
        let slack = 1.0 + 1e-6;
        spacing.map(|s| s <= 1.5 * slack * sorted[0] || s <= 1.01 * slack * sorted[1])
    }

    /// The direction each axis grows towards, such as `LAS`.
    pub fn orientation(&self) -> String {
        let (m, spacing) = (self.affine.matrix(), self.spacing_mm());
        let mut pairs: Vec<(usize, usize)> = (0..3).flat_map(|r| (0..3).map(move |c| (r, c))).collect();
        let share = |&(r, c): &(usize, usize)| m[r][c].abs() / spacing[c];
        pairs.sort_by(|a, b| share(b).total_cmp(&share(a)));
        let mut world_of: [Option<usize>; 3] = [None; 3];
        for (r, c) in pairs {
            if world_of[c].is_none() && !world_of.contains(&Some(r)) {
                world_of[c] = Some(r);
            }
        }
        let mut code = String::new();
        for (c, r) in world_of.into_iter().enumerate() {
            let r = r.unwrap_or(c);
            let letter = if m[r][c] > 0.0 { ['R', 'A', 'S'][r] } else { ['L', 'P', 'I'][r] };
            let _ = code.write_char(letter);
        }
        code
    }

    /// The array axis that runs along each world axis (R-L, A-P, S-I) when all three together turn the least.
    ///
    /// An orientation code pairs the nearest two first; in a grid turned far about several axes that leaves
    /// worse pairs for the rest.
    fn patient_order(&self) -> [usize; 3] {
        const ORDERS: [[usize; 3]; 6] = [[2, 1, 0], [1, 0, 2], [0, 2, 1], [2, 0, 1], [1, 2, 0], [0, 1, 2]];
        let (m, spacing) = (self.affine.matrix(), self.spacing_mm());
        let along =
            |order: &[usize; 3]| (0..3).map(|r| m[r][order[r]].abs() / spacing[order[r]]).sum::<f64>();
        ORDERS.into_iter().max_by(|a, b| along(a).total_cmp(&along(b))).unwrap_or([0, 1, 2])
    }

    /// The directions of the array axes nearest to the patient's right, front and head.
    ///
    /// Scans are planned along the patient: of an oblique grid its own axes are nearer to the patient's than
    /// the scanner's. They turn with the study, and neither flips nor permutations of the array change them.
    pub fn patient_axes(&self) -> PatientAxes {
        let (m, spacing) = (self.affine.matrix(), self.spacing_mm());
        let order = self.patient_order();
        let [right, anterior, superior] = std::array::from_fn(|r| {
            let c = order[r];
            std::array::from_fn(|a| m[a][c] / spacing[c] * m[r][c].signum())
        });
        PatientAxes { right, anterior, superior }
    }

    /// The largest distance between matching corner voxels of two grids, in millimeters; infinite
    /// when the shapes differ.
    pub fn corner_distance_mm(&self, other: &Self) -> f64 {
        if self.shape != other.shape {
            return f64::INFINITY;
        }
        let corner = |grid: &Self, bits: usize| {
            let last = |a: usize| if bits >> a & 1 == 1 { grid.shape[a] - 1 } else { 0 };
            grid.center([last(0), last(1), last(2)])
        };
        (0..8).map(|bits| distance(corner(self, bits), corner(other, bits))).fold(0.0, f64::max)
    }

    /// The map from an index of this grid to the fractional index of another.
    pub fn map_to(&self, other: &Self) -> GridMap {
        let (a, b) = (&other.affine.inverse, self.affine.matrix());
        let mut m = [[0.0; 4]; 3];
        for r in 0..3 {
            for c in 0..4 {
                m[r][c] = (0..3).map(|k| a[r][k] * b[k][c]).sum::<f64>() + if c == 3 { a[r][3] } else { 0.0 };
            }
        }
        let mut ties = [0.0; 3];
        for (r, c) in other.patient_order().into_iter().enumerate() {
            ties[c] = TIE_VOXELS * other.affine.matrix[r][c].signum();
        }
        GridMap { matrix: m, shape: other.shape, ties }
    }

    /// A box with a margin on every side, as far as the grid goes; an empty one stays so.
    pub fn widened(&self, bounds: IndexBox, margin_mm: f64) -> IndexBox {
        if bounds.voxels() == 0 {
            return bounds;
        }
        let (spacing, shape) = (self.spacing_mm(), self.shape());
        let margin = |axis: usize| (margin_mm.max(0.0) / spacing[axis]).ceil() as usize;
        IndexBox {
            start: std::array::from_fn(|a| bounds.start[a].saturating_sub(margin(a))),
            end: std::array::from_fn(|a| bounds.end[a].saturating_add(margin(a)).min(shape[a])),
        }
    }
}

pub fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
}

/// The way from one grid's voxel indices to another's, through world space.
#[derive(Debug, Clone, Copy)]
pub struct GridMap {
    matrix: [[f64; 4]; 3],
    shape: [usize; 3],
    /// Slack on the borders between target voxels, towards the one that a tie goes to.
    ties: [f64; 3],
}

impl GridMap {
    /// The fractional index in the target grid: within 1e-3 of a whole number it is that number,
    /// and in the half voxel around the target it is the edge. None outside the field of view.
    pub fn index(&self, index: [usize; 3]) -> Option<[f64; 3]> {
        let mut found = transform(&self.matrix, index.map(|v| v as f64));
        for (x, n) in found.iter_mut().zip(self.shape) {
            let last = n as f64 - 1.0;
            if !(-0.5 - TIE_VOXELS..=last + 0.5 + TIE_VOXELS).contains(x) {
                return None;
            }
            let whole = x.round();
            if (*x - whole).abs() <= SNAP_VOXELS {
                *x = whole;
            }
            *x = x.clamp(0.0, last);
        }
        Some(found)
    }

    /// The nearest voxel in the target grid; a tie goes to the patient's right, front or head, as indices
    /// depend on how an array is stored. None outside.
    pub fn nearest(&self, index: [usize; 3]) -> Option<[usize; 3]> {
        let found = self.index(index)?;
        Some(std::array::from_fn(|a| {
            ((found[a] + 0.5 + self.ties[a]).floor() as usize).min(self.shape[a] - 1)
        }))
    }

    /// The fractional index without rounding or border.
    pub fn exact(&self, index: [f64; 3]) -> [f64; 3] {
        transform(&self.matrix, index)
    }

    /// Where voxels of a box lie on voxels of the target grid, as on the grid itself: the target's voxel of the box's
    /// first, and the steps there of one step along i, j and k. None where one of them has to be interpolated.
    pub fn on_voxels(&self, bounds: &IndexBox) -> Option<([i64; 3], [[i64; 3]; 3])> {
        let whole = |v: f64| Some(v.round()).filter(|v| v.abs() < f64::from(i32::MAX));
        let mut steps = [[0.0; 3]; 3];
        for (c, step) in steps.iter_mut().enumerate() {
            for (r, along) in step.iter_mut().enumerate() {
                *along = whole(self.matrix[r][c])?;
            }
        }
        let first = self.exact(bounds.start.map(|v| v as f64));
        // an affine map is farthest off at a corner; less than where indices are rounded, so that both agree
        for bits in 0..8_usize {
            let apart: [f64; 3] = std::array::from_fn(|a| {
                if bits >> a & 1 == 1 { (bounds.end[a] - 1 - bounds.start[a]) as f64 } else { 0.0 }
            });
            let found = self.exact(std::array::from_fn(|a| bounds.start[a] as f64 + apart[a]));
            for r in 0..3 {
                let expected = whole(first[r])? + (0..3).map(|c| steps[c][r] * apart[c]).sum::<f64>();
                let inside = (0.0..self.shape[r] as f64).contains(&expected);
                if !inside || (found[r] - expected).abs() > 0.9 * SNAP_VOXELS {
                    return None;
                }
            }
        }
        Some((first.map(|v| v.round() as i64), steps.map(|step| step.map(|v| v as i64))))
    }

    /// The part of the target grid that interpolation needs for a box of this grid; may be empty.
    pub fn reach(&self, bounds: &IndexBox) -> IndexBox {
        let mut low = [f64::INFINITY; 3];
        let mut high = [f64::NEG_INFINITY; 3];
        for bits in 0..8 {
            let corner: [f64; 3] = std::array::from_fn(|a| {
                if bits >> a & 1 == 1 { bounds.end[a] as f64 - 1.0 } else { bounds.start[a] as f64 }
            });
            let found = transform(&self.matrix, corner);
            for a in 0..3 {
                low[a] = low[a].min(found[a]);
                high[a] = high[a].max(found[a]);
            }
        }
        let rim = 0.5 + TIE_VOXELS;
        let beyond = |a: usize| high[a] < -rim || low[a] > self.shape[a] as f64 - 1.0 + rim;
        let outside = bounds.voxels() == 0 || (0..3).any(beyond);
        if outside {
            return IndexBox { start: [0; 3], end: [0; 3] };
        }
        IndexBox {
            start: std::array::from_fn(|a| {
                ((low[a] - SNAP_VOXELS).floor().max(0.0) as usize).min(self.shape[a] - 1)
            }),
            end: std::array::from_fn(|a| {
                ((high[a] + SNAP_VOXELS).ceil().max(0.0) as usize + 1).min(self.shape[a])
            }),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum GridError {
    #[error(
        "the affine is not a finite 4x4 matrix with the last row 0 0 0 1: give the map from voxel index to RAS mm"
    )]
    NotAffine,
    #[error("the affine cannot be inverted: its columns must span three directions")]
    Singular,
    #[error("the grid has no voxels: found the shape {} x {} x {}, expected at least 1 on each axis", shape[0], shape[1], shape[2])]
    Empty { shape: [usize; 3] },
}

impl Detail for GridError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Geometry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oblique() -> Grid {
        let (s, c) = (0.3_f64.sin(), 0.3_f64.cos());
        let m = [
            [0.0, 0.0, 4.0, -20.0],
            [-0.5 * c, 0.6 * s, 0.0, 30.0],
            [-0.5 * s, -0.6 * c, 0.0, 7.0],
            [0.0, 0.0, 0.0, 1.0],
        ];
        Grid::new([40, 50, 15], Affine::new(m).unwrap()).unwrap()
    }

    #[test]
    fn index_and_world_round_trip() {
        let grid = oblique();
        for index in [[0.0, 0.0, 0.0], [3.0, 41.5, 7.25], [39.0, 49.0, 14.0]] {
            let back = grid.affine().world_to_index(grid.affine().index_to_world(index));
            assert!(distance(index, back) < 1e-12, "{index:?} {back:?}");
        }
    }

    #[test]
    fn describes_itself() {
        let grid = oblique();
        for (found, expected) in grid.spacing_mm().into_iter().zip([0.5, 0.6, 4.0]) {
            assert!((found - expected).abs() < 1e-12);
        }
        assert!((grid.voxel_mm3() - 1.2).abs() < 1e-12);
        assert_eq!(grid.orientation(), "PIR");
        assert_eq!(grid.near_axes(), [true, true, false]);
    }

    #[test]
    fn near_axes_do_not_depend_on_storage_order() {
        let near = |spacing: [f64; 3]| {
            let mut m = [[0.0; 4]; 4];
            m[3][3] = 1.0;
            (0..3).for_each(|a| m[a][a] = spacing[a]);
            Grid::new([2, 2, 2], Affine::new(m).unwrap()).unwrap().near_axes()
        };
        assert_eq!(near([1.0, 1.0, 1.0]), [true; 3]);
        assert_eq!(near([4.0, 0.5, 0.5]), [false, true, true]);
        assert_eq!(near([0.5, 0.9, 4.0]), [true, true, false], "the second smallest is always near");
        assert_eq!(near([1.0, 1.5, 1.6]), [true, true, false]);
    }

    #[test]
    fn refuses_what_is_no_grid() {
        let mut m = *oblique().affine().matrix();
        m[0][0] = f64::NAN;
        assert!(Affine::new(m).unwrap_err().to_string().contains("finite"));
        let flat = [[1.0, 2.0, 0.0, 0.0], [1.0, 2.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
        assert!(Affine::new(flat).unwrap_err().to_string().contains("inverted"));
        assert!(Grid::new([3, 0, 1], *oblique().affine()).unwrap_err().to_string().contains("3 x 0 x 1"));
    }

    #[test]
    fn maps_between_grids() {
        let a = oblique();
        let same = a.map_to(&a);
        assert_eq!(same.index([5, 6, 7]), Some([5.0, 6.0, 7.0]));
        assert_eq!(same.nearest([39, 49, 14]), Some([39, 49, 14]));
        let part = IndexBox { start: [1, 2, 3], end: [4, 5, 6] };
        let reach = same.reach(&part);
        assert_eq!(reach.union(&part), reach, "what is needed holds the part itself");
        assert!(reach.voxels() <= 5 * 5 * 5, "and little more: {reach:?}");
        assert!((a.corner_distance_mm(&a)).abs() < 1e-12);
    }

    #[test]
    fn patient_axes_turn_with_the_grid_and_not_with_the_array() {
        let grid = oblique();
        let (s, c) = (0.3_f64.sin(), 0.3_f64.cos());
        let axes = PatientAxes { right: [1.0, 0.0, 0.0], anterior: [0.0, c, s], superior: [0.0, -s, c] };
        let near = |found: PatientAxes| {
            let pairs =
                [(found.right, axes.right), (found.anterior, axes.anterior), (found.superior, axes.superior)];
            pairs.iter().all(|&(a, b)| distance(a, b) < 1e-12)
        };
        assert!(near(grid.patient_axes()), "{:?}", grid.patient_axes());
        let m = grid.affine().matrix();
        let stored = m.map(|row| [-row[2], row[0], -row[1], row[3]]);
        let stored = Grid::new([15, 40, 50], Affine::new(stored).unwrap()).unwrap();
        assert_eq!(stored.orientation(), "LPS");
        assert!(near(stored.patient_axes()), "{:?}", stored.patient_axes());
    }

    #[test]
    fn a_tie_between_voxels_does_not_depend_on_how_they_are_stored() {
        let row = |first: f64, step: f64| {
            let m =
                [[step, 0.0, 0.0, first], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
            Grid::new([4, 1, 1], Affine::new(m).unwrap()).unwrap()
        };
        let from = row(0.5, 1.0);
        for target in [row(0.0, 1.0), row(3.0, -1.0)] {
            let found = from.map_to(&target).nearest([1, 0, 0]).unwrap();
            assert!(distance(target.center(found), [2.0, 0.0, 0.0]) < 1e-12, "{found:?}");
        }
    }

    #[test]
    fn rim_is_half_a_voxel() {
        let unit = |shift: f64| {
            let m =
                [[1.0, 0.0, 0.0, shift], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
            Grid::new([4, 4, 4], Affine::new(m).unwrap()).unwrap()
        };
        let target = unit(0.0);
        assert_eq!(unit(-0.5).map_to(&target).index([0, 0, 0]), Some([0.0, 0.0, 0.0]));
        assert_eq!(unit(-0.6).map_to(&target).index([0, 0, 0]), None);
        assert_eq!(unit(0.4999).map_to(&target).index([3, 0, 0]), Some([3.0, 0.0, 0.0]));
        assert_eq!(unit(0.0005).map_to(&target).index([1, 1, 1]), Some([1.0, 1.0, 1.0]));
        assert_eq!(unit(0.25).map_to(&target).index([1, 1, 1]), Some([1.25, 1.0, 1.0]));
        assert_eq!(unit(9.0).map_to(&target).reach(&IndexBox::whole([4, 4, 4])).voxels(), 0);
    }
}
