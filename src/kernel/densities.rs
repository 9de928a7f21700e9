//! How likely a pair of ratios is for each stage of blood: the sum over nodes, and a table of it for many voxels.
//!
//! With u(r) = ln(r + 0.1), a node stands for blood of one stage whose ratios have a normal density N over u:
//!
//! ```text
//! D[stage](r1, r2) = sum over the stage's nodes of  weight N(u(r1); center 1, width 1) N(u(r2); center 2, width 2)
//! ```

use hemastage_image::simd::{WHOLE, wide};
use rayon::prelude::*;

use super::{exponential, level_table::BLOCK};

/// Ratios beyond count as this one: none of blood is larger.
const MAX_RATIO: f64 = 6.0;
/// The logarithm of a ratio near 0 stays finite.
pub(crate) const OFFSET: f64 = 0.1;

/// The stages with a density.
pub(crate) const STAGES: usize = 5;

/// Blood of one stage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Node {
    /// 0 to 4.
    pub(crate) stage: usize,
    pub(crate) weight: f64,
    /// Of T1 and T2.
    pub(crate) centers: [f64; 2],
    pub(crate) widths: [f64; 2],
}

/// The scale of the densities: u(r), for a ratio within 0 to 6; of one beyond, that of the nearer end.
pub(crate) fn log_ratio(ratio: f64) -> f64 {
    libm::log(ratio.clamp(0.0, MAX_RATIO) + OFFSET)
}

/// The density of each stage at a pair of ratios, by the sum over the nodes.
pub(crate) fn densities(nodes: &[Node], ratios: [f64; 2]) -> [f64; STAGES] {
    let u = ratios.map(log_ratio);
    let mut sums = [0.0; STAGES];
    for Node { stage, weight, centers, widths } in nodes {
        let distance = |n: usize| (u[n] - centers[n]) / widths[n];
        let (x, y) = (distance(0), distance(1));
        sums[*stage] +=
            weight * libm::exp(-0.5 * (x * x + y * y)) / (std::f64::consts::TAU * widths[0] * widths[1]);
    }
    sums
}

/// Points of the table on each axis.
const POINTS: usize = 128;
/// Added to a density before its logarithm is taken.
const FLOOR: f64 = 1e-12;
/// A normal density is 0 beyond this many widths: 2e-11 of its peak.
const REACH: f64 = 7.0;

/// ln(D + 1e-12) at equal steps of u from u(0) to u(6) on both axes, linear in between: the probability of a stage errs by
/// up to about 0.01.
pub(crate) struct DensityTable {
    first: f64,
    step: f64,
    /// By T1, then T2.
    points: Vec<[f64; STAGES]>,
}

impl DensityTable {
    /// The table of some nodes. It takes some million operations: worth it from a hundred voxels on.
    pub(crate) fn new(nodes: &[Node]) -> Self {
        let (first, last) = (log_ratio(0.0), log_ratio(MAX_RATIO));
        let step = (last - first) / (POINTS - 1) as f64;
        let planes: Vec<Vec<f64>> = (0..STAGES)
            .into_par_iter()
            .map(|stage| {
                let mut plane = vec![0.0; POINTS * POINTS];
                for node in nodes.iter().filter(|node| node.stage == stage) {
                    let [t1, t2] = [0, 1].map(|n| Curve::new(node.centers[n], node.widths[n], first, step));
                    wide(
                        #[inline(always)]
                        || add(&mut plane, node.weight, &t1, &t2),
                    );
                }
                wide(
                    #[inline(always)]
                    || plane.iter_mut().for_each(|density| *density = exponential::ln(*density + FLOOR)),
                );
                plane
            })
            .collect();
        let points = (0..POINTS * POINTS).map(|n| std::array::from_fn(|stage| planes[stage][n])).collect();
        Self { first, step, points }
    }

    /// The density of each stage at each pair of ratios times its factor, a row per stage; for NaN any finite numbers.
    #[expect(clippy::inline_always, reason = "for wide vectors")]
    #[inline(always)]
    pub(super) fn fill(
        &self,
        ratios: [&[f64; BLOCK]; 2],
        factors: &[f64; STAGES],
        rows: &mut [[f64; BLOCK]; STAGES],
    ) {
        let (mut cells, mut rests) = ([[0_u64; BLOCK]; 2], [[0.0; BLOCK]; 2]);
        for ((cells, rests), ratios) in cells.iter_mut().zip(&mut rests).zip(ratios) {
            for n in 0..BLOCK {
                let ratio = if ratios[n] > 0.0 { ratios[n] } else { 0.0 };
                let ratio = if ratio < MAX_RATIO { ratio } else { MAX_RATIO };
                let place = (exponential::ln(ratio + OFFSET) - self.first) / self.step;
                // the cell below, of which the last has a point beyond
                let below = (place - 0.5) + WHOLE;
                let cell = below - WHOLE;
                let cell = if cell > 0.0 { cell } else { 0.0 };
                let cell = if cell < (POINTS - 2) as f64 { cell } else { (POINTS - 2) as f64 };
                rests[n] = place - cell;
                cells[n] = (cell + WHOLE).to_bits() & 0xffff_ffff;
            }
        }
        for n in 0..BLOCK {
            let corner = cells[0][n] as usize * POINTS + cells[1][n] as usize;
            let (upper, lower) = (&self.points[corner..corner + 2], &self.points[corner + POINTS..][..2]);
            let (down, right) = (rests[0][n], rests[1][n]);
            for stage in 0..STAGES {
                let above = upper[0][stage] + right * (upper[1][stage] - upper[0][stage]);
                let below = lower[0][stage] + right * (lower[1][stage] - lower[0][stage]);
                rows[stage][n] = above + down * (below - above);
            }
        }
        for (row, factor) in rows.iter_mut().zip(factors) {
            for density in row {
                *density = factor * exponential::exp(*density);
            }
        }
    }

    /// The density of each stage at one pair of ratios: the plain twin of the interpolation. NaN of NaN.
    pub(crate) fn at(&self, ratios: [f64; 2]) -> [f64; STAGES] {
        let place = ratios.map(|ratio| (log_ratio(ratio) - self.first) / self.step);
        let cell = place.map(|place| (place.floor() as usize).min(POINTS - 2));
        let [down, right] = [0, 1].map(|n| place[n] - cell[n] as f64);
        std::array::from_fn(|stage| {
            let at = |i: usize, j: usize| self.points[(cell[0] + i) * POINTS + cell[1] + j][stage];
            let row = |i| at(i, 0) * (1.0 - right) + at(i, 1) * right;
            libm::exp(row(0) * (1.0 - down) + row(1) * down)
        })
    }
}

/// A normal density at the points of an axis, as far as it reaches.
struct Curve {
    first: usize,
    len: usize,
    values: [f64; POINTS],
}

impl Curve {
    /// By the ratio of values next to each other, which itself changes by a constant factor.
    fn new(center: f64, width: f64, first: f64, step: f64) -> Self {
        let last = (POINTS - 1) as f64;
        let place = (center - first) / step;
        let middle = place.round().clamp(0.0, last);
        let reach = (REACH * width / step).ceil();
        let (from, to) = ((middle - reach).max(0.0) as usize, (middle + reach).min(last) as usize);
        let middle = middle as usize;
        let (x, dx) = (((middle as f64 - place) * step) / width, step / width);
        let mut values = [0.0; POINTS];
        let peak = libm::exp(-0.5 * x * x) / (width * libm::sqrt(std::f64::consts::TAU));
        let change = libm::exp(-dx * dx);
        let (mut value, mut ratio) = (peak, libm::exp(-dx * (x + 0.5 * dx)));
        for out in &mut values[middle..=to] {
            *out = value;
            value *= ratio;
            ratio *= change;
        }
        (value, ratio) = (peak, libm::exp(dx * (x - 0.5 * dx)));
        for out in values[from..=middle].iter_mut().rev() {
            *out = value;
            value *= ratio;
            ratio *= change;
        }
        Self { first: from, len: to + 1 - from, values }
    }
}

#[expect(clippy::inline_always, reason = "for wide vectors")]
#[inline(always)]
fn add(plane: &mut [f64], weight: f64, t1: &Curve, t2: &Curve) {
    let columns = t2.first..t2.first + t2.len;
    let values = &t2.values[columns.clone()];
    for row in t1.first..t1.first + t1.len {
        let factor = weight * t1.values[row];
        let row = &mut plane[row * POINTS..][columns.clone()];
        row.iter_mut().zip(values).for_each(|(sum, value)| *sum += factor * value);
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use fastrand::Rng;

    use super::*;

    fn nodes(random: &mut Rng, n: usize) -> Vec<Node> {
        let node = |_| Node {
            stage: random.usize(..STAGES),
            weight: random.f64(),
            centers: std::array::from_fn(|_| -2.3 + 4.2 * random.f64()),
            widths: std::array::from_fn(|_| 0.1 + 0.2 * random.f64()),
        };
        (0..n).map(node).collect()
    }

    #[test]
    fn the_table_holds_the_sum_at_its_points() {
        let nodes = nodes(&mut Rng::with_seed(3), 400);
        let table = DensityTable::new(&nodes);
        for (n, point) in table.points.iter().enumerate().step_by(37) {
            let [t1, t2] =
                [n / POINTS, n % POINTS].map(|n| libm::exp(table.first + n as f64 * table.step) - OFFSET);
            let expected = densities(&nodes, [t1, t2]);
            for (found, expected) in point.iter().zip(expected) {
                assert_relative_eq!(libm::exp(*found), expected + FLOOR, max_relative = 1e-6, epsilon = 1e-9);
            }
        }
    }

    #[test]
    fn between_its_points_it_is_linear() {
        let random = &mut Rng::with_seed(4);
        let table = DensityTable::new(&nodes(random, 200));
        let factors = [0.2, 0.1, 0.4, 0.2, 0.1];
        for _ in 0..50 {
            let mut ratio = || match random.u8(..9) {
                0 => [0.0, -1.0, 6.0, 7.0, 1e300, f64::INFINITY][random.usize(..6)],
                _ => 6.0 * random.f64() * random.f64(),
            };
            let ratios: [[f64; BLOCK]; 2] = std::array::from_fn(|_| std::array::from_fn(|_| ratio()));
            let mut rows = [[0.0; BLOCK]; STAGES];
            table.fill([&ratios[0], &ratios[1]], &factors, &mut rows);
            for n in 0..BLOCK {
                let expected = table.at([ratios[0][n], ratios[1][n]]);
                for stage in 0..STAGES {
                    assert_relative_eq!(
                        rows[stage][n],
                        factors[stage] * expected[stage],
                        max_relative = 1e-9
                    );
                }
            }
        }
        let mut rows = [[f64::NAN; BLOCK]; STAGES];
        table.fill([&[f64::NAN; BLOCK]; 2], &factors, &mut rows);
        assert!(rows.as_flattened().iter().all(|density| density.is_finite()));
    }

    #[test]
    fn a_density_has_its_weight() {
        let node = Node { stage: 1, weight: 0.7, centers: [-0.1, 0.2], widths: [0.12, 0.3] };
        let table = DensityTable::new(&[node]);
        let sum: f64 = table.points.iter().map(|point| libm::exp(point[1])).sum();
        assert_relative_eq!(sum * table.step * table.step, 0.7, max_relative = 1e-6);
    }
}
