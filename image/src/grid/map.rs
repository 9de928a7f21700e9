//! From the voxels of one grid to those of another, through world space.

use super::{Grid, IndexBox, affine::transform};

/// How far from a whole number a fractional index may be and still count as that voxel's center.
pub const SNAP_VOXELS: f64 = 1e-3;

/// Slack on a half-voxel border, so that rounding in an affine does not decide a tie.
const TIE_VOXELS: f64 = 1e-6;

impl Grid {
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
}

/// Maps one grid's voxel indices to another's, through world space.
#[derive(Debug, Clone, Copy)]
pub struct GridMap {
    matrix: [[f64; 4]; 3],
    shape: [usize; 3],
    /// Added to a fractional index before it is rounded, so that ties go to the patient's right, front or head.
    ties: [f64; 3],
}

impl GridMap {
    /// The fractional index in the target grid; `None` outside its field of view.
    ///
    /// Within 1e-3 of a whole number it is that number, and in the half voxel around the outermost centers it is
    /// clamped to them.
    #[inline]
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

    /// The nearest voxel in the target grid; `None` outside its field of view.
    ///
    /// A tie goes to the patient's right, front or head: by index it would depend on how the array is stored.
    #[inline]
    pub fn nearest(&self, index: [usize; 3]) -> Option<[usize; 3]> {
        let found = self.index(index)?;
        Some(std::array::from_fn(|a| {
            ((found[a] + 0.5 + self.ties[a]).floor() as usize).min(self.shape[a] - 1)
        }))
    }

    /// The fractional index, neither rounded nor clamped.
    #[inline]
    pub fn exact(&self, index: [f64; 3]) -> [f64; 3] {
        transform(&self.matrix, index)
    }

    /// The map in whole voxels, for a box whose voxels all coincide with voxels of the target: the target voxel of the
    /// box's first, and the step there for each step along i, j and k. `None` where a voxel needs interpolation.
    pub fn on_voxels(&self, bounds: &IndexBox) -> Option<([i64; 3], [[i64; 3]; 3])> {
        let whole = |v: f64| Some(v.round()).filter(|v| v.abs() < f64::from(i32::MAX));
        let mut steps = [[0.0; 3]; 3];
        for (c, step) in steps.iter_mut().enumerate() {
            for (r, along) in step.iter_mut().enumerate() {
                *along = whole(self.matrix[r][c])?;
            }
        }
        let first = self.exact(bounds.start.map(|v| v as f64));
        // an affine map deviates most at a corner; the tolerance is below that of `index`, so that both agree
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

    /// The box of the target grid that interpolation needs for a box of this grid; may be empty.
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

#[cfg(test)]
mod tests {
    use super::{super::tests::oblique, *};
    use crate::{grid::Affine, vector::distance};

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
