//! Level probabilities of many ratios: from a table of polynomials, where that is less work.

use std::f64::consts::FRAC_1_SQRT_2;

use hemastage_image::simd::WHOLE;

use super::{
    BLOCK,
    model::level_probabilities,
    normal::{exp_of_half_square, normal_cdf},
};
use crate::vocabulary::criteria::Thresholds;

/// Nodes of a table per standard deviation, at least.
const NODES_PER_DEVIATION: f64 = 32.0;
/// Ratios that make up for the work of one node.
const RATIOS_PER_NODE: f64 = 24.0;
/// Beyond so many standard deviations the smaller share is no number any more, and the larger one is 1.
const REACH: [f64; 2] = [38.5, 8.5];

/// Hypo and hyper of the ratios around a node, as polynomials of degree 7: each row holds an even power of both and the
/// next odd one, so that a step of four lanes takes two powers.
type Node = [[f64; 4]; 4];

/// The way from ratios of one contrast to the probabilities of hypo and hyper.
pub(super) struct Levels {
    thresholds: Thresholds,
    noise: f64,
    table: Option<Table>,
}

impl Levels {
    /// `ratios` is how many there will be, and `range` what they lie between.
    pub(super) fn new(thresholds: Thresholds, noise: f64, ratios: usize, range: [f64; 2]) -> Self {
        Self { thresholds, noise, table: Table::new(thresholds, noise, ratios as f64, range) }
    }

    /// Hypo and hyper of each ratio; any numbers where there is none (NaN).
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

/// Nodes at whole multiples of a power of two, so that a ratio's distance from its node is exact.
struct Table {
    per_unit: f64,
    first: f64,
    last: f64,
    nodes: Vec<Node>,
}

impl Table {
    /// None where the ratios are too few for it.
    fn new(thresholds: Thresholds, noise: f64, ratios: f64, [least, most]: [f64; 2]) -> Option<Self> {
        let Thresholds { hypo_below: low, hyper_above: high } = thresholds;
        let per_unit = (NODES_PER_DEVIATION / noise).log2().ceil().exp2();
        let [far, near] = REACH.map(|deviations| deviations * noise);
        let first = ((low - near).min(high - far).max(least) * per_unit).floor();
        let last = ((low + far).max(high + near).min(most) * per_unit).ceil();
        let count = last - first + 1.0;
        let exact = first.abs().max(last.abs()) < f64::from(1 << 30) && per_unit.is_normal();
        if !(exact && (1.0..ratios / RATIOS_PER_NODE).contains(&count)) {
            return None;
        }
        let step = 1.0 / (per_unit * noise);
        let node = |n: usize| -> Node {
            let ratio = (first + n as f64) / per_unit;
            let (hypo, hyper) = (around((low - ratio) / noise, -step), around((ratio - high) / noise, step));
            let powers = |low: usize| [hypo[low], hyper[low], hypo[low + 1], hyper[low + 1]];
            std::array::from_fn(|row| powers(2 * row))
        };
        Some(Self { per_unit, first, last, nodes: (0..count as usize).map(node).collect() })
    }

    #[expect(clippy::inline_always, reason = "for wide vectors")]
    #[inline(always)]
    fn fill(&self, ratios: &[f64; BLOCK], out: &mut [[f64; 2]; BLOCK]) {
        let first = (self.first + WHOLE).to_bits();
        let (mut nodes, mut beside) = ([0; BLOCK], [0.0; BLOCK]);
        for n in 0..BLOCK {
            let at = ratios[n] * self.per_unit;
            let at = if at > self.first { at } else { self.first };
            let at = if at < self.last { at } else { self.last };
            let whole = at + WHOLE;
            beside[n] = at - (whole - WHOLE);
            nodes[n] = whole.to_bits() - first;
        }
        for n in 0..BLOCK {
            let node = &self.nodes[nodes[n] as usize];
            let square = beside[n] * beside[n];
            let mut sums = node[3];
            for row in node[..3].iter().rev() {
                for lane in 0..4 {
                    sums[lane] = sums[lane] * square + row[lane];
                }
            }
            out[n] = [sums[0] + beside[n] * sums[2], sums[1] + beside[n] * sums[3]];
        }
    }
}

/// The share of a normal distribution below `x + t step` for `t` in -1/2..1/2, as a polynomial of `t`.
///
/// The Taylor series to the tenth power, by the differential equation of the share, f'' = -step (x + t step) f'; then
/// the highest three powers are replaced by the lower ones that, by a Chebyshev polynomial each, come nearest.
fn around(x: f64, step: f64) -> [f64; 8] {
    const FRAC_1_SQRT_TAU: f64 = 0.398_942_280_401_432_7;
    let root = exp_of_half_square((x.abs() * FRAC_1_SQRT_2).min(28.0));
    let mut c = [0.0; 11];
    (c[0], c[1]) = (normal_cdf(x), FRAC_1_SQRT_TAU * root * root * step);
    for n in 0..9 {
        let power = n as f64;
        let sum = x * (power + 1.0) * c[n + 1] + step * power * c[n];
        c[n + 2] = -step * sum / ((power + 1.0) * (power + 2.0));
    }
    // from here on a polynomial of 2 t
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
    use super::*;

    #[test]
    fn the_table_agrees_with_the_error_function() {
        for (low, high, noise) in [(0.75, 1.2, 0.05), (0.8, 1.2, 0.02), (0.8, 1.2, 0.37), (1.0, 1.0, 0.1)] {
            let band = Thresholds { hypo_below: low, hyper_above: high };
            let ratios: Vec<f64> = (0..640_000).map(|n| f64::from(n) * 1e-5 - 2.0).collect();
            let levels = Levels::new(band, noise, ratios.len(), [-2.0, 4.4]);
            assert!(levels.table.is_some());
            let mut found = [[0.0; 2]; BLOCK];
            for block in ratios.as_chunks::<BLOCK>().0 {
                levels.fill(block, &mut found);
                for (&ratio, found) in block.iter().zip(found) {
                    let away = [(low - ratio) / noise, (ratio - high) / noise];
                    for (found, x) in found.into_iter().zip(away) {
                        let expected = 0.5 * libm::erfc(-x * FRAC_1_SQRT_2);
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
    fn ratios_past_the_table_and_none_at_all() {
        let band = Thresholds { hypo_below: 0.75, hyper_above: 1.2 };
        for ratios in [0, 1 << 20] {
            let levels = Levels::new(band, 0.05, ratios, [f64::NEG_INFINITY, f64::INFINITY]);
            assert_eq!(levels.table.is_some(), ratios > 0);
            let mut block = [1.0; BLOCK];
            let odd = [-1e300, 1e300, f64::NEG_INFINITY, f64::INFINITY, f64::NAN];
            block[..5].copy_from_slice(&odd);
            let mut found = [[f64::NAN; 2]; BLOCK];
            levels.fill(&block, &mut found);
            for (found, expected) in found.iter().zip([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]) {
                assert!((found[0] - expected[0]).abs() < 1e-15 && (found[1] - expected[1]).abs() < 1e-15);
            }
            assert!(found.iter().flatten().all(|p| p.is_finite()));
        }
    }

    #[test]
    fn no_table_for_what_it_does_not_fit() {
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
}
