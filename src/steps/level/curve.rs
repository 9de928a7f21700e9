//! The curve down the spine: straight from one vertebra's center to the next, and half a spacing beyond both ends.

use crate::kernel::polyline::Polyline;

/// The curve through the centroids, extended straight by half the spacing at either end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Curve(pub(super) Polyline);

impl Curve {
    /// The curve through two or more centroids that follow each other along `axis`.
    pub(super) fn through(centroids: &[[f64; 3]], axis: [f64; 3]) -> Self {
        let n = centroids.len();
        let beyond =
            |end: [f64; 3], next: [f64; 3]| std::array::from_fn(|a| end[a] + 0.5 * (end[a] - next[a]));
        let upper = beyond(centroids[0], centroids[1]);
        let lower = beyond(centroids[n - 1], centroids[n - 2]);
        Self(Polyline::new(&[&[upper], centroids, &[lower]].concat(), axis))
    }

    /// Length of the whole curve.
    pub(super) fn length(&self) -> f64 {
        self.0.length()
    }

    /// Arc length at the n-th centroid.
    pub(super) fn centroid_along(&self, n: usize) -> f64 {
        self.0.along(n + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_reach_half_a_spacing_further() {
        let curve =
            Curve::through(&[[0.0, 0.0, 40.0], [0.0, 0.0, 20.0], [0.0, 0.0, -10.0]], [0.0, 0.0, -1.0]);
        assert_eq!((curve.length(), curve.centroid_along(1)), (10.0 + 20.0 + 30.0 + 15.0, 30.0));
        for (z, along, beyond) in [
            (50.0, 0.0, false),
            (50.1, 0.0, true),
            (20.0, 30.0, false),
            (-25.0, 75.0, false),
            (-26.0, 75.0, true),
        ] {
            let nearest = curve.0.nearest([9.0, -20.0, z]);
            assert_eq!((nearest.along, nearest.beyond), (along, beyond), "{z}");
        }
    }
}
