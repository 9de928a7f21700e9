//! Signal levels of many ratios: the formula, and a table of polynomials that is faster for many.

use std::f64::consts::FRAC_1_SQRT_2;

use hemastage_image::simd::WHOLE;

use super::normal::{exp_of_half_square, normal_cdf};
use crate::vocabulary::criteria::Thresholds;

/// Ratios that are computed together.
pub(super) const BLOCK: usize = 64;

/// Nodes of a table per standard deviation, at least.
const NODES_PER_DEVIATION: f64 = 32.0;
/// A table pays off from this many ratios per node.
const RATIOS_PER_NODE: f64 = 24.0;
/// Standard deviations from a threshold beyond which the lower tail is 0, and the upper share 1.
const TAILS: [f64; 2] = [38.5, 8.5];

/// The probability of hypo, iso and hyper for a ratio with normal noise of standard deviation `noise`.
#[expect(clippy::inline_always, reason = "for wide vectors")]
#[inline(always)]
pub fn level_probabilities(ratio: f64, thresholds: Thresholds, noise: f64) -> [f64; 3] {
    let hypo = normal_cdf((thresholds.hypo_below - ratio) / noise);
    let hyper = normal_cdf((ratio - thresholds.hyper_above) / noise);
    [hypo, (1.0 - hypo - hyper).max(0.0), hyper]
}

/// The probabilities of hypo and hyper as functions of one contrast's ratio.
pub(crate) struct LevelCurves {
    thresholds: Thresholds,
    noise: f64,
    table: Option<Table>,
}

impl LevelCurves {
    /// The curves for `n` ratios within `range`.
    pub(crate) fn new(thresholds: Thresholds, noise: f64, n: usize, range: [f64; 2]) -> Self {
        Self { thresholds, noise, table: Table::new(thresholds, noise, n as f64, range) }
    }

    /// Hypo and hyper of each ratio; for a NaN any finite numbers.
    #[expect(clippy::inline_always, reason = "for wide vectors")]
    #[inline(always)]
    pub(super) fn fill(&self, ratios: &[f64; BLOCK], out: &mut [[f64; 2]; BLOCK]) {
        if let Some(table) = &self.table {
            table.fill(ratios, out);
            return;
        }
        for (out, &ratio) in out.iter_mut().zip(ratios) {
            let ratio = if ratio.is_nan() { 0.0 } else { ratio };
            let [hypo, _, hyper] = level_probabilities(ratio, self.thresholds, self.noise);
            *out = [hypo, hyper];
        }
    }
}

/// Hypo and hyper around a node, as polynomials of degree 7. Each row holds an even power of both and the next odd
/// one, so that one step on four lanes evaluates two powers.
type Node = [[f64; 4]; 4];

/// Nodes at whole multiples of a power of two, so that a ratio's distance from its node is exact.
struct Table {
    nodes_per_unit: f64,
    first: f64,
    last: f64,
    nodes: Vec<Node>,
}

impl Table {
    /// `None` where the ratios are too few for it.
    fn new(thresholds: Thresholds, noise: f64, n: f64, [min, max]: [f64; 2]) -> Option<Self> {
        let Thresholds { hypo_below: low, hyper_above: high } = thresholds;
        let nodes_per_unit = (NODES_PER_DEVIATION / noise).log2().ceil().exp2();
        let [far, near] = TAILS.map(|deviations| deviations * noise);
        let first = ((low - near).min(high - far).max(min) * nodes_per_unit).floor();
        let last = ((low + far).max(high + near).min(max) * nodes_per_unit).ceil();
        let count = last - first + 1.0;
        let exact = first.abs().max(last.abs()) < f64::from(1 << 30) && nodes_per_unit.is_normal();
        if !(exact && (1.0..n / RATIOS_PER_NODE).contains(&count)) {
            return None;
        }
        let step = 1.0 / (nodes_per_unit * noise);
        let node = |n: usize| -> Node {
            let ratio = (first + n as f64) / nodes_per_unit;
            let hypo = cdf_polynomial((low - ratio) / noise, -step);
            let hyper = cdf_polynomial((ratio - high) / noise, step);
            let powers = |low: usize| [hypo[low], hyper[low], hypo[low + 1], hyper[low + 1]];
            std::array::from_fn(|row| powers(2 * row))
        };
        Some(Self { nodes_per_unit, first, last, nodes: (0..count as usize).map(node).collect() })
    }

    #[expect(clippy::inline_always, reason = "for wide vectors")]
    #[inline(always)]
    fn fill(&self, ratios: &[f64; BLOCK], out: &mut [[f64; 2]; BLOCK]) {
        let first = (self.first + WHOLE).to_bits();
        let (mut nodes, mut distances) = ([0; BLOCK], [0.0; BLOCK]);
        for n in 0..BLOCK {
            let place = ratios[n] * self.nodes_per_unit;
            let place = if place > self.first { place } else { self.first };
            let place = if place < self.last { place } else { self.last };
            let nearest = place + WHOLE;
            distances[n] = place - (nearest - WHOLE);
            nodes[n] = nearest.to_bits() - first;
        }
        for n in 0..BLOCK {
            let node = &self.nodes[nodes[n] as usize];
            let square = distances[n] * distances[n];
            let mut sums = node[3];
            for row in node[..3].iter().rev() {
                for lane in 0..4 {
                    sums[lane] = sums[lane] * square + row[lane];
                }
            }
            out[n] = [sums[0] + distances[n] * sums[2], sums[1] + distances[n] * sums[3]];
        }
    }
}

/// The cumulative normal distribution at `x + t step` for `t` in -1/2..1/2, as a polynomial in `t`.
///
/// The Taylor series to the tenth power follows from the differential equation f'' = -step (x + t step) f'. Its three
/// highest powers are then replaced by lower ones (Chebyshev economization).
fn cdf_polynomial(x: f64, step: f64) -> [f64; 8] {
    const FRAC_1_SQRT_TAU: f64 = 0.398_942_280_401_432_7;
    let root = exp_of_half_square((x.abs() * FRAC_1_SQRT_2).min(28.0));
    let mut c = [0.0; 11];
    (c[0], c[1]) = (normal_cdf(x), FRAC_1_SQRT_TAU * root * root * step);
    for n in 0..9 {
        let power = n as f64;
        let sum = x * (power + 1.0) * c[n + 1] + step * power * c[n];
        c[n + 2] = -step * sum / ((power + 1.0) * (power + 2.0));
    }
    // from here on a polynomial in 2 t
    let halves: [f64; 11] = std::array::from_fn(|n| 0.5_f64.powi(n as i32));
    c.iter_mut().zip(halves).for_each(|(c, half)| *c *= half);
    let mut lower = |power: usize, leading: f64, others: &[(usize, f64)]| {
        let share = c[power] / leading;
        for &(n, factor) in others {
            c[n] -= share * factor;
        }
    };
    lower(10, 512.0, &[(8, -1280.0), (6, 1120.0), (4, -400.0), (2, 50.0), (0, -1.0)]);
    lower(9, 256.0, &[(7, -576.0), (5, 432.0), (3, -120.0), (1, 9.0)]);
    lower(8, 128.0, &[(6, -256.0), (4, 160.0), (2, -32.0), (0, 1.0)]);
    std::array::from_fn(|n| c[n] / halves[n])
}

#[cfg(test)]
mod tests {
    use super::{super::normal::plain_cdf, *};

    #[test]
    fn the_table_agrees_with_the_error_function() {
        for (low, high, noise) in [(0.75, 1.2, 0.05), (0.8, 1.2, 0.02), (0.8, 1.2, 0.37), (1.0, 1.0, 0.1)] {
            let band = Thresholds { hypo_below: low, hyper_above: high };
            let ratios: Vec<f64> = (0..640_000).map(|n| f64::from(n) * 1e-5 - 2.0).collect();
            let curves = LevelCurves::new(band, noise, ratios.len(), [-2.0, 4.4]);
            assert!(curves.table.is_some());
            let mut found = [[0.0; 2]; BLOCK];
            for block in ratios.as_chunks::<BLOCK>().0 {
                curves.fill(block, &mut found);
                for (&ratio, found) in block.iter().zip(found) {
                    let away = [(low - ratio) / noise, (ratio - high) / noise];
                    for (found, x) in found.into_iter().zip(away) {
                        let expected = plain_cdf(x);
                        // what rounding x does to the share, and the polynomial's own error
                        let tail = x.min(0.0);
                        let allowed = 1e-15 * (2.0 + tail * tail) + (tail / 64.0).powi(8) / 4e6;
                        let error = (found - expected).abs();
                        assert!(error <= allowed * expected + 1e-300, "{x}: {found:e} {expected:e}");
                    }
                }
            }
        }
    }

    #[test]
    fn unusual_ratios_give_finite_probabilities() {
        let band = Thresholds { hypo_below: 0.75, hyper_above: 1.2 };
        for ratios in [0, 1 << 20] {
            let curves = LevelCurves::new(band, 0.05, ratios, [f64::NEG_INFINITY, f64::INFINITY]);
            assert_eq!(curves.table.is_some(), ratios > 0);
            let mut block = [1.0; BLOCK];
            let unusual = [-1e300, 1e300, f64::NEG_INFINITY, f64::INFINITY, f64::NAN];
            block[..5].copy_from_slice(&unusual);
            let mut found = [[f64::NAN; 2]; BLOCK];
            curves.fill(&block, &mut found);
            for (found, expected) in found.iter().zip([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]) {
                assert!((found[0] - expected[0]).abs() < 1e-15 && (found[1] - expected[1]).abs() < 1e-15);
            }
            assert!(found.iter().flatten().all(|p| p.is_finite()));
        }
    }

    #[test]
    fn no_table_where_its_nodes_would_not_be_exact() {
        let fits = |low, high, noise, range| {
            let band = Thresholds { hypo_below: low, hyper_above: high };
            Table::new(band, noise, 1e6, range).is_some()
        };
        assert!(fits(0.75, 1.2, 0.02, [0.0, 4.0]));
        assert!(!fits(0.75, 1e9, 0.02, [0.0, 1e9]), "too wide");
        assert!(!fits(0.75, 1.2, f64::INFINITY, [0.0, 4.0]));
        assert!(!fits(0.75, 1.2, f64::NAN, [0.0, 4.0]));
        assert!(!fits(0.75, 1.2, 0.05, [f64::INFINITY, f64::NEG_INFINITY]), "no ratio");
    }

    #[test]
    fn levels_add_up_and_turn_at_the_thresholds() {
        let band = Thresholds { hypo_below: 0.75, hyper_above: 1.20 };
        assert!((level_probabilities(0.75, band, 0.1)[0] - 0.5).abs() < 1e-12);
        assert!((level_probabilities(1.20, band, 0.1)[2] - 0.5).abs() < 1e-12);
        // one standard deviation below the lower threshold
        assert!((level_probabilities(0.65, band, 0.1)[0] - 0.841_344_746_068_542_9).abs() < 1e-12);
        for n in 0..200 {
            let p = level_probabilities(f64::from(n) / 50.0, band, 0.05);
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12 && p.iter().all(|&v| v >= 0.0));
        }
    }
}
