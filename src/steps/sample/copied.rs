//! Whether an image is another one given again, as it is or times a constant.

/// How far a copy's signal lies off a multiple of the other, as a share of their root mean square: what rounding to whole
/// numbers leaves (own choice). The noise of two scans is ten times as much and more.
const MAX_OFF: f64 = 0.003;
/// A multiple says nothing of signals that vary by less than this share: without noise, a tissue has one in each image.
const MIN_RANGE: f64 = 0.05;

/// The signal of two images at the same voxels; NaN where one has none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) one: &'a [f64],
    pub(crate) other: &'a [f64],
}

impl Pair<'_> {
    /// The factor by which the first is a copy of the second; `None` where it is none, or both do not vary.
    pub(crate) fn factor(self) -> Option<f64> {
        // a flat or tiny region can be the same by chance
        let [one, other] = [self.one, self.other].map(range);
        let is_varied = one > 0.0 && other > 0.0;
        if is_varied && self.is_equal() {
            return Some(1.0);
        }
        self.multiple().filter(|_| one > MIN_RANGE && other > MIN_RANGE)
    }

    /// Whether it may be a copy, by these voxels alone.
    pub(crate) fn may_be_copy(self) -> bool {
        self.is_equal() || self.multiple().is_some()
    }

    fn values(self) -> impl Iterator<Item = (f64, f64)> {
        self.one.iter().copied().zip(self.other.iter().copied())
    }

    fn is_equal(self) -> bool {
        self.values().all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
    }

    /// The factor between both where each voxel has it.
    fn multiple(self) -> Option<f64> {
        let sampled = || self.values().filter(|(a, b)| !a.is_nan() && !b.is_nan());
        let (mut aa, mut ab, mut bb, mut n) = (0.0, 0.0, 0.0, 0.0_f64);
        for (a, b) in sampled() {
            (aa, ab, bb, n) = (aa + a * a, ab + a * b, bb + b * b, n + 1.0);
        }
        let (factor, limit) = (ab / bb, MAX_OFF * (aa / n).sqrt());
        let is_multiple = self.values().all(|(a, b)| {
            if a.is_nan() || b.is_nan() { a.is_nan() && b.is_nan() } else { (a - factor * b).abs() <= limit }
        });
        (is_multiple && factor > 0.0).then_some(factor)
    }
}

/// The range of signals over the largest of them; 0 where none is known.
fn range(signal: &[f64]) -> f64 {
    let known = signal.iter().filter(|v| !v.is_nan());
    let (low, high, most) = known
        .fold((f64::INFINITY, f64::NEG_INFINITY, 0.0_f64), |(low, high, most), &v| {
            (low.min(v), high.max(v), most.max(v.abs()))
        });
    if most > 0.0 { (high - low) / most } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(one: &[f64], other: &[f64]) -> Option<f64> {
        Pair { one, other }.factor()
    }

    /// A signal about 400 with 4 % of noise, from a linear congruential generator.
    fn noisy(seed: u64) -> Vec<f64> {
        let mut state = seed;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / (1_u64 << 31) as f64
        };
        (0..200).map(|_| (400.0 + 28.0 * (uniform() + uniform() - 1.0)).round()).collect()
    }

    #[test]
    fn copies_are_found_whatever_their_scale() {
        let image = noisy(1);
        assert_eq!(factor(&image, &image), Some(1.0));
        for scale in [0.001, 0.37, 1000.0] {
            let copy: Vec<f64> = image.iter().map(|v| v * scale).collect();
            assert!((factor(&copy, &image).unwrap() / scale - 1.0).abs() < 1e-9, "{scale}");
        }
        let rounded: Vec<f64> = image.iter().map(|v| (0.61 * v).round()).collect();
        assert!((factor(&rounded, &image).unwrap() - 0.61).abs() < 1e-3);
        let with_gaps: Vec<f64> =
            image.iter().enumerate().map(|(n, &v)| if n % 7 == 0 { f64::NAN } else { v }).collect();
        assert_eq!(factor(&with_gaps, &with_gaps), Some(1.0));
        assert_eq!(factor(&with_gaps, &image), None);
    }

    #[test]
    fn two_scans_are_none_and_neither_is_what_does_not_vary() {
        assert_eq!(factor(&noisy(1), &noisy(2)), None);
        // noise alone makes the difference where both show the same
        let again: Vec<f64> = noisy(1).iter().zip(noisy(3)).map(|(a, b)| a + 0.1 * (b - 400.0)).collect();
        assert_eq!(factor(&again, &noisy(1)), None);
        assert_eq!(factor(&[0.0; 5], &[0.0; 5]), None);
        assert_eq!(factor(&[400.0, 401.0, 400.0], &[800.0, 801.0, 800.0]), None);
        assert_eq!(factor(&[400.0, 401.0], &[400.0, 401.0]), Some(1.0));
        assert_eq!(factor(&[], &[]), None);
        let negative: Vec<f64> = noisy(1).iter().map(|v| -v).collect();
        assert_eq!(factor(&negative, &noisy(1)), None);
    }
}
