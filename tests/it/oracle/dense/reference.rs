//! The cord's signal: candidates, trend, spread.

use super::*;

/// A cord voxel that may serve as reference in one image.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    /// Index in the cord's grid.
    pub(super) at: Index,
    /// Signal there.
    pub(super) signal: f64,
    /// Position along the cord.
    pub(super) position: f64,
}

/// Reference signal as a function of position along the cord.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    /// The numbers to report.
    pub(crate) reference: Reference,
    /// Whether all candidates were used.
    pub(super) all: bool,
    /// Log of the trend; none in global mode.
    pub(super) trend: Option<Polynomial>,
    /// Smallest and largest position of a candidate.
    pub(super) extent: (f64, f64),
}

impl Model {
    /// Reference of one image.
    pub(crate) fn of(
        image: &Image,
        hematoma: &Mask,
        cord: &Mask,
        line: &CenterLine,
        mode: Option<Mode>,
    ) -> Result<Self, String> {
        let candidates = candidates(image, hematoma, cord, line)?;
        if candidates.len() < 20 {
            return Err(format!("{} reference candidates, expected 20", candidates.len()));
        }
        let (used, all) = used_candidates(&candidates, cord);
        let median_signal = median(&signals(&used));
        if median_signal <= 0.0 {
            return Err(format!("reference median {median_signal}, expected > 0"));
        }
        let extent = extent_of(&candidates);
        let by_span = if extent.1 - extent.0 >= 40.0 { Mode::Trend } else { Mode::Global };
        let mode = mode.unwrap_or(by_span);
        Ok(Self::fitted(&used, all, extent, mode))
    }

    /// Fits the used voxels in the given mode.
    pub(super) fn fitted(used: &[Candidate], all: bool, extent: (f64, f64), mode: Mode) -> Self {
        let signal = signals(used);
        let median = median(&signal);
        let trend = (mode == Mode::Trend).then(|| trend_of(used));
        let extent = if trend.is_some() { within_bins(extent, &bins_of(used)) } else { extent };
        let spread = match &trend {
            None => MAD_TO_SD * mad(&signal),
            Some(curve) => {
                let place = |voxel: &Candidate| voxel.position.clamp(extent.0, extent.1);
                let over = |voxel: &Candidate| voxel.signal / curve.at(place(voxel)).exp();
                median * MAD_TO_SD * mad(&used.iter().map(over).collect::<Vec<_>>())
            }
        };
        let drift = trend.as_ref().map(|curve| drift(curve, extent));
        let reference = Reference { mode, median, spread, voxels: used.len(), drift };
        Self { reference, all, trend, extent }
    }

    /// Reference signal at a position, clamped to the extent.
    pub(crate) fn at(&self, position: f64) -> f64 {
        match &self.trend {
            None => self.reference.median,
            Some(curve) => curve.at(position.clamp(self.extent.0, self.extent.1)).exp(),
        }
    }

    /// Noise of a ratio: spread / median, at least 0.02.
    pub(crate) fn relative_noise(&self) -> f64 {
        (self.reference.spread / self.reference.median).max(0.02)
    }
}

/// Cord voxels that are sampled in the image, not padding of exactly 0, and not hematoma.
pub(super) fn candidates(
    image: &Image,
    hematoma: &Mask,
    cord: &Mask,
    line: &CenterLine,
) -> Result<Vec<Candidate>, String> {
    let to_image = inverse(&image.affine)?;
    let to_hematoma = inverse(&hematoma.affine)?;
    let mut found = Vec::new();
    for at in voxels_of(&cord.data) {
        let world = center_of(&cord.affine, at);
        let signal = sample(&image.data, transform(&to_image, world));
        let in_hematoma = nearest(&hematoma.data, transform(&to_hematoma, world));
        if !signal.is_nan() && signal != 0.0 && !in_hematoma {
            found.push(Candidate { at, signal, position: line.position(world) });
        }
    }
    Ok(found)
}

/// The candidates to use, and whether that is all of them for want of inner ones.
pub(super) fn used_candidates(candidates: &[Candidate], cord: &Mask) -> (Vec<Candidate>, bool) {
    for axes in [vec![0, 1, 2], near_axes(&cord.affine)] {
        let inner = |voxel: &&Candidate| enclosed(&cord.data, voxel.at, &axes);
        let used: Vec<Candidate> = candidates.iter().filter(inner).copied().collect();
        if used.len() >= 50 {
            return (used, false);
        }
    }
    (candidates.to_vec(), true)
}

/// Signals of a list of voxels.
pub(super) fn signals(voxels: &[Candidate]) -> Vec<f64> {
    voxels.iter().map(|voxel| voxel.signal).collect()
}

/// Smallest and largest position.
pub(super) fn extent_of(voxels: &[Candidate]) -> (f64, f64) {
    let positions: Vec<f64> = voxels.iter().map(|voxel| voxel.position).collect();
    let ascending = sorted(&positions);
    (ascending[0], ascending[ascending.len() - 1])
}

/// The part of an extent that its 10 mm bins cover; all of it without bins.
fn within_bins(extent: (f64, f64), bins: &[(f64, f64)]) -> (f64, f64) {
    let edge = |at: f64| 10.0 * number(interval(at, 10.0));
    match (bins.first(), bins.last()) {
        (Some(first), Some(last)) => (extent.0.max(edge(first.0)), extent.1.min(edge(last.0) + 10.0)),
        _ => extent,
    }
}

/// Largest over smallest trend in the extent; a turning point inside counts.
pub(super) fn drift(curve: &Polynomial, extent: (f64, f64)) -> f64 {
    let mut places = vec![extent.0, extent.1];
    places.extend(curve.turning_point().filter(|&x| extent.0 < x && x < extent.1));
    let logs = sorted(&places.iter().map(|&x| curve.at(x)).collect::<Vec<_>>());
    (logs[logs.len() - 1] - logs[0]).exp()
}

/// Log trend of the used voxels along the cord.
pub(super) fn trend_of(used: &[Candidate]) -> Polynomial {
    let bins = bins_of(used);
    let order = match bins.len() {
        0..=3 | 121.. => return Polynomial::constant(median(&signals(used)).ln()),
        4..=5 => 1,
        _ => 2,
    };
    robust_fit(&bins, order)
}

/// Median position and log median signal of each 10 mm bin with at least 5 voxels.
pub(super) fn bins_of(used: &[Candidate]) -> Vec<(f64, f64)> {
    let mut bins: BTreeMap<usize, Vec<Candidate>> = BTreeMap::new();
    for &voxel in used {
        bins.entry(interval(voxel.position, 10.0)).or_default().push(voxel);
    }
    let mut points = Vec::new();
    for bin in bins.into_values() {
        let positions: Vec<f64> = bin.iter().map(|voxel| voxel.position).collect();
        let signal = median(&signals(&bin));
        if bin.len() >= 5 && signal > 0.0 {
            points.push((median(&positions), signal.ln()));
        }
    }
    points
}

/// Least median of squares over all subsets, then least squares on the inliers.
pub(super) fn robust_fit(bins: &[(f64, f64)], order: usize) -> Polynomial {
    let residuals = residuals_of_best_subset(bins, order);
    let bound = (2.5 * MAD_TO_SD * median(&residuals)).max(0.03);
    let mut inliers = Vec::new();
    for (&bin, &residual) in bins.iter().zip(&residuals) {
        if residual <= bound {
            inliers.push(bin);
        }
    }
    least_squares(&inliers, order)
}

/// Absolute residuals of all bins from the curve through the best `order + 1` bins.
///
/// Best is the smallest median; the first of equals in lexicographic order. The curve passes
/// through its own bins, whose residuals are exactly 0.
pub(super) fn residuals_of_best_subset(bins: &[(f64, f64)], order: usize) -> Vec<f64> {
    let mut best = (f64::INFINITY, Vec::new());
    for subset in subsets(bins.len(), order + 1) {
        let through: Vec<(f64, f64)> = subset.into_iter().map(|n| bins[n]).collect();
        let residual = |bin: &(f64, f64)| (bin.1 - lagrange(&through, bin.0)).abs();
        let residuals: Vec<f64> = bins.iter().map(residual).collect();
        if median(&residuals) < best.0 - 1e-9 {
            best = (median(&residuals), residuals);
        }
    }
    best.1
}

/// All subsets of `size` of the numbers below `n`, in lexicographic order.
pub(super) fn subsets(n: usize, size: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for _ in 0..size {
        let mut longer = Vec::new();
        for subset in &all {
            let next = subset.last().map_or(0, |last| last + 1);
            longer.extend((next..n).map(|k| [subset.as_slice(), &[k]].concat()));
        }
        all = longer;
    }
    all
}

/// Value at `x` of the polynomial through the points; exact at the points themselves.
pub(super) fn lagrange(points: &[(f64, f64)], x: f64) -> f64 {
    let mut sum = 0.0;
    for (n, &(xn, yn)) in points.iter().enumerate() {
        let mut term = yn;
        for (m, &(xm, _)) in points.iter().enumerate() {
            if m != n {
                term *= (x - xm) / (xn - xm);
            }
        }
        sum += term;
    }
    sum
}

/// A polynomial in `(x - origin) / scale`, lowest power first.
#[derive(Debug, Clone)]
pub(super) struct Polynomial {
    /// Coefficient of each power.
    pub(super) coefficients: Vec<f64>,
    /// Where the variable is 0.
    pub(super) origin: f64,
    /// Length of one unit of the variable.
    pub(super) scale: f64,
}

impl Polynomial {
    /// The same value everywhere.
    pub(super) fn constant(value: f64) -> Self {
        Self { coefficients: vec![value], origin: 0.0, scale: 1.0 }
    }

    /// Value at `x`.
    pub(crate) fn at(&self, x: f64) -> f64 {
        let u = (x - self.origin) / self.scale;
        let mut power = 1.0;
        let mut sum = 0.0;
        for coefficient in &self.coefficients {
            sum += coefficient * power;
            power *= u;
        }
        sum
    }

    /// Where a parabola turns.
    pub(super) fn turning_point(&self) -> Option<f64> {
        match self.coefficients[..] {
            [_, b, c] if c != 0.0 => Some(self.origin - self.scale * b / (2.0 * c)),
            _ => None,
        }
    }
}

/// Ordinary least squares by the normal equations, in a centerd and scaled variable.
pub(super) fn least_squares(points: &[(f64, f64)], order: usize) -> Polynomial {
    let places = sorted(&points.iter().map(|point| point.0).collect::<Vec<_>>());
    let (first, last) = (places[0], places[places.len() - 1]);
    let (origin, scale) = (f64::midpoint(first, last), (last - first) / 2.0);
    let mut rows = vec![vec![0.0; order + 2]; order + 1];
    for &(x, y) in points {
        let mut powers = vec![1.0];
        for k in 0..order {
            powers.push(powers[k] * (x - origin) / scale);
        }
        for (row, power) in rows.iter_mut().zip(&powers) {
            for (entry, other) in row.iter_mut().zip(powers.iter().chain([&y])) {
                *entry += power * other;
            }
        }
    }
    Polynomial { coefficients: solved(rows), origin, scale }
}

/// Solution of linear equations, each row ending with its right-hand side, by elimination.
pub(super) fn solved(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    let n = rows.len();
    for pivot in 0..n {
        let mut best = pivot;
        for row in pivot..n {
            if rows[row][pivot].abs() > rows[best][pivot].abs() {
                best = row;
            }
        }
        rows.swap(pivot, best);
        let upper = rows[pivot].clone();
        for (k, row) in rows.iter_mut().enumerate() {
            let factor = if k == pivot { 0.0 } else { row[pivot] / upper[pivot] };
            for (entry, above) in row.iter_mut().zip(&upper) {
                *entry -= factor * above;
            }
        }
    }
    rows.iter().enumerate().map(|(k, row)| row[n] / row[k]).collect()
}
