//! The planes across a line through the spine, one every millimeter.

use hemastage_image::vector::{Vector, cross, dot, length, plus, unit};

/// Distance between the frames of a line, mm.
pub(crate) const STEP_MM: f64 = 1.0;

/// The plane across a line at one of its points: the point, and directions along the line, to the right and to the
/// front.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) center: Vector,
    pub(crate) up: Vector,
    pub(crate) right: Vector,
    pub(crate) anterior: Vector,
}

impl Frame {
    /// The frame whose right is the patient's, made perpendicular to `up`; `None` where the two are nearly parallel.
    pub(crate) fn new(center: Vector, up: Vector, right: Vector) -> Option<Self> {
        let up = unit(up)?;
        let across = plus(right, -dot(right, up), up);
        if length(across) < 0.1 {
            return None;
        }
        let right = unit(across)?;
        Some(Self { center, up, right, anterior: cross(up, right) })
    }

    /// The point in the plane at these distances to the right and to the front of the line.
    pub(crate) fn point(&self, right_mm: f64, anterior_mm: f64) -> Vector {
        plus(plus(self.center, right_mm, self.right), anterior_mm, self.anterior)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use hemastage_image::{Affine, Labels, Roi};
    use ndarray::Array3;

    use super::*;

    /// A tube of radius 5 mm around an arc in the sagittal plane, in voxels of these sizes.
    pub(crate) fn arc_mask(radius: f64, spacing: Vector) -> Roi {
        let shape = [24.0, 60.0, 100.0];
        let n: [usize; 3] = std::array::from_fn(|a| (shape[a] / spacing[a]) as usize);
        let m: [[f64; 4]; 4] = std::array::from_fn(|r| {
            std::array::from_fn(|c| match (r, c) {
                (3, 3) => 1.0,
                (r, 3) if r < 3 => 0.17 - shape[r] / 2.0,
                (r, c) if r == c => spacing[r],
                _ => 0.0,
            })
        });
        let affine = Affine::new(m).unwrap();
        let mask = Array3::from_shape_fn(n, |(i, j, k)| {
            let [x, y, z] = affine.index_to_world([i as f64, j as f64, k as f64]);
            u8::from(x.hypot((y + radius).hypot(z) - radius) < 5.0)
        });
        Roi::from_array(mask.view(), affine, &Labels::NonZero).unwrap()
    }

    /// The frames of that arc, from 43 mm below its middle to 43 mm above.
    pub(crate) fn arc_frames(radius: f64) -> Vec<Frame> {
        let frame = |n: i32| {
            let (sin, cos) = (f64::from(n) * STEP_MM / radius).sin_cos();
            Frame::new([0.0, radius * cos - radius, radius * sin], [0.0, -sin, cos], [1.0, 0.0, 0.0]).unwrap()
        };
        (-43..=43).map(frame).collect()
    }

    #[test]
    fn frames_are_square_and_right_handed() {
        for frame in arc_frames(60.0) {
            assert!(
                dot(frame.up, frame.right).abs() < 1e-12 && dot(frame.anterior, frame.right).abs() < 1e-12
            );
            assert!(frame.right[0] > 0.9 && frame.anterior[1] > 0.7 && frame.up[2] > 0.7);
        }
        assert!(Frame::new([0.0; 3], [1.0, 0.0, 0.01], [1.0, 0.0, 0.0]).is_none());
    }
}
