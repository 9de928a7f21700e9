//! How large the surface of a region is.

use super::Roi;
use crate::vector::{cross, length};

/// The smooth surface through voxels has about this share of the area of their outer faces: 2/3 on average over all
/// directions of a plane.
const SMOOTH: f64 = 2.0 / 3.0;

impl Roi {
    /// Area of a smooth surface through the region's outer voxels: two thirds of the area of their outer faces.
    ///
    /// # Units
    /// mm2.
    pub fn surface_mm2(&self) -> f64 {
        let matrix = self.grid.affine().matrix();
        let axes: [[f64; 3]; 3] = std::array::from_fn(|axis| std::array::from_fn(|c| matrix[c][axis]));
        let mut touching = [0; 3];
        for run in self.runs() {
            touching[0] += run.len as usize - 1;
            let (i, j, k) = (run.i, run.j as usize, run.k as usize);
            for (axis, row) in [(1, self.row(j + 1, k)), (2, self.row(j, k + 1))] {
                let next = &row[row.partition_point(|other| other.end() <= i)..];
                let shared = |other: &super::Run| other.end().min(run.end()) - other.i.max(i);
                touching[axis] += next
                    .iter()
                    .take_while(|other| other.i < run.end())
                    .map(|other| shared(other) as usize)
                    .sum::<usize>();
            }
        }
        let faces = |axis: usize| 2 * (self.len() - touching[axis]);
        let area = |axis: usize| length(cross(axes[(axis + 1) % 3], axes[(axis + 2) % 3]));
        SMOOTH * (0..3).map(|axis| faces(axis) as f64 * area(axis)).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::{Affine, Labels, roi::tests::mask};

    fn of(array: &Array3<u8>, spacing: [f64; 3]) -> Roi {
        Roi::from_array(array.view(), Affine::from_spacing(spacing).unwrap(), &Labels::NonZero).unwrap()
    }

    #[test]
    fn counts_each_outer_face() {
        let (roi, spacing) = (of(&mask(), [0.5, 2.0, 3.0]), [0.5, 2.0, 3.0]);
        let mut expected = 0.0;
        for voxel in roi.voxels() {
            for axis in 0..3 {
                let outer = roi.neighbors(voxel, axis).iter().filter(|neighbor| neighbor.is_none()).count();
                expected += outer as f64 * spacing[(axis + 1) % 3] * spacing[(axis + 2) % 3];
            }
        }
        assert!((roi.surface_mm2() - SMOOTH * expected).abs() < 1e-9);
    }

    #[test]
    fn is_that_of_a_ball() {
        let radius = 12.3_f64;
        let inside = |(i, j, k): (usize, usize, usize)| {
            [i, j, k].iter().map(|&n| (n as f64 - 14.1).powi(2)).sum::<f64>() < radius * radius
        };
        let ball = Array3::from_shape_fn((29, 29, 29), |at| u8::from(inside(at)));
        let expected = 4.0 * std::f64::consts::PI * radius * radius;
        assert!((of(&ball, [1.0; 3]).surface_mm2() / expected - 1.0).abs() < 0.02);
    }
}
