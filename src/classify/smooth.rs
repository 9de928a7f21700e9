//! One pass of an in-mask median over a voxel and its near face neighbours.

use crate::{roi::Roi, statistics::median};

/// Neighbours farther than this along an axis do not smooth.
const REACH_MM: f64 = 2.0;

/// Whether ratios are smoothed before they are classified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Smoothing {
    /// The median of the voxel and its face neighbours in the mask along axes with spacing <= 2 mm.
    #[default]
    Median,
    /// As sampled.
    None,
}

/// The smoothed column; unsampled voxels (NaN) stay so and are skipped as neighbours.
pub(super) fn smooth(roi: &Roi, ratios: &[f64], smoothing: Smoothing) -> Vec<f64> {
    if smoothing == Smoothing::None {
        return ratios.to_vec();
    }
    let spacing = roi.grid().spacing_mm();
    let axes: Vec<usize> = (0..3).filter(|&a| spacing[a] <= REACH_MM * (1.0 + 1e-6)).collect();
    let one = |(neighbours, &ratio): ([[Option<usize>; 2]; 3], &f64)| {
        if ratio.is_nan() {
            return ratio;
        }
        let mut near = [ratio; 7];
        let mut count = 1;
        for &axis in &axes {
            for position in neighbours[axis].into_iter().flatten() {
                if !ratios[position].is_nan() {
                    near[count] = ratios[position];
                    count += 1;
                }
            }
        }
        median(&mut near[..count]).unwrap_or(ratio)
    };
    roi.all_neighbours().zip(ratios).map(one).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::{Affine, Labels};

    fn row(spacing_i: f64) -> Roi {
        let affine =
            Affine::new([[spacing_i, 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]])
                .unwrap();
        Roi::from_array(Array3::<u8>::ones((5, 1, 1)).view(), affine, &Labels::NonZero).unwrap()
    }

    #[test]
    fn an_outlier_goes_and_edges_use_what_is_there() {
        let smoothed = smooth(&row(1.0), &[1.0, 9.0, 2.0, 3.0, 5.0], Smoothing::Median);
        assert_eq!(smoothed, [5.0, 2.0, 3.0, 3.0, 4.0], "even counts take the mean of the middle two");
        assert_eq!(smooth(&row(1.0), &[1.0, 9.0, 2.0, 3.0, 5.0], Smoothing::None)[1], 9.0);
    }

    #[test]
    fn unsampled_and_far_neighbours_are_skipped() {
        let smoothed = smooth(&row(1.0), &[1.0, f64::NAN, 2.0, 3.0, 5.0], Smoothing::Median);
        assert!(smoothed[1].is_nan());
        assert_eq!((smoothed[0], smoothed[2]), (1.0, 2.5));
        assert_eq!(smooth(&row(2.1), &[1.0, 9.0, 2.0, 3.0, 5.0], Smoothing::Median)[1], 9.0);
    }
}
