//! Random numbers that follow from a seed alone: the platform, the version of a crate and the order of evaluation
//! do not change them. They are part of every phantom's bytes.
//!
//! # Reference
//! Splitmix64: Steele, Lea and Flood 2014, OOPSLA, 453. Normal pairs: Box and Muller 1958, Ann Math Stat 29:610.

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finalizer of splitmix64: a bijection that scatters neighboring keys.
pub(super) fn mix(key: u64) -> u64 {
    let z = key.wrapping_add(GOLDEN);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number in [0, 1) from the upper 53 bits.
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// A stream of numbers from one seed.
#[derive(Debug, Clone)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    /// The stream of a seed for one purpose; different purposes are independent.
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        Self { state: mix(mix(seed) ^ mix(purpose.wrapping_mul(GOLDEN))) }
    }

    /// The next number in [low, high).
    pub(super) fn uniform(&mut self, low: f64, high: f64) -> f64 {
        self.state = self.state.wrapping_add(GOLDEN);
        low + (high - low) * unit(mix(self.state))
    }

    /// The next standard normal number.
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(1.0 - self.uniform(0.0, 1.0))).sqrt();
        radius * libm::cos(self.uniform(0.0, std::f64::consts::TAU))
    }

    /// The next index below `n`, which must not be 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.uniform(0.0, n as f64) as usize).min(n - 1)
    }
}

/// Two independent standard normal numbers that belong to (key, index).
pub(super) fn normal_pair(key: u64, index: u64) -> (f64, f64) {
    let first = mix(key ^ mix(index));
    let radius = (-2.0 * libm::log(1.0 - unit(first))).sqrt();
    let angle = std::f64::consts::TAU * unit(mix(first));
    (radius * libm::cos(angle), radius * libm::sin(angle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix_matches_its_published_stream() {
        // the first outputs of the reference implementation for the seed 0
        assert_eq!(mix(0), 0xE220_A839_7B1D_CDAF);
        assert_eq!(mix(GOLDEN), 0x6E78_9E6A_A1B9_65F4);
    }

    #[test]
    fn normal_numbers_have_mean_zero_and_unit_variance() {
        let n = 40_000;
        let (mut sum, mut squares, mut product) = (0.0, 0.0, 0.0);
        for index in 0..n {
            let (a, b) = normal_pair(7, index);
            sum += a + b;
            squares += a * a + b * b;
            product += a * b;
        }
        let n = n as f64;
        assert!((sum / (2.0 * n)).abs() < 0.01);
        assert!((squares / (2.0 * n) - 1.0).abs() < 0.02);
        assert!((product / n).abs() < 0.02, "the two of a pair are independent");
    }

    #[test]
    fn streams_differ_by_seed_and_purpose() {
        let first = |seed, purpose| Random::new(seed, purpose).uniform(0.0, 1.0);
        assert_eq!(first(1, 2).to_bits(), first(1, 2).to_bits());
        assert_ne!(first(1, 2).to_bits(), first(2, 2).to_bits());
        assert_ne!(first(1, 2).to_bits(), first(1, 3).to_bits());
        assert!(Random::new(3, 3).below(1) == 0);
    }
}
