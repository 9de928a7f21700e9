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
    /// The trend; none in global mode.
    pub(crate) trend: Option<Curve>,
}

/// The voxels used in one image.
#[derive(Debug, Clone)]
pub(super) struct Used {
    /// Inner candidates where there are enough.
    pub(super) voxels: Vec<Candidate>,
    /// Whether these are all candidates.
    pub(super) all: bool,
    /// Mode in effect.
    pub(super) mode: Mode,
}

impl Model {
    /// References of T1 and T2.
    pub(crate) fn of_both(
        images: [&Image; 2],
        hematoma: &Mask,
        cord: &Mask,
        line: &CenterLine,
        mode: Option<Mode>,
    ) -> Result<[Self; 2], String> {
        let t1 = used_in(images[0], hematoma, cord, line, mode)?;
        let t2 = used_in(images[1], hematoma, cord, line, mode)?;
        if t1.mode == Mode::Trend && t2.mode == Mode::Trend {
            let (mut first, mut second) = (Vec::new(), Vec::new());
            for &a in &t1.voxels {
                for &b in t2.voxels.iter().filter(|b| b.at == a.at) {
                    first.push(a);
                    second.push(b);
                }
            }
            let [first, second] = trends_of(&[(0, &first), (1, &second)], &[&t1.voxels, &t2.voxels])
                .try_into()
                .map_err(|_| "two trends")?;
            return Ok([Self::fitted(&t1, Some(first)), Self::fitted(&t2, Some(second))]);
        }
        Ok([(0, t1), (1, t2)].map(|(contrast, used)| Self::alone(contrast, &used)))
    }

    /// Reference of one image by itself.
    pub(super) fn alone(contrast: usize, used: &Used) -> Self {
        let trend = (used.mode == Mode::Trend)
            .then(|| trends_of(&[(contrast, &used.voxels)], &[&used.voxels]).swap_remove(0));
        Self::fitted(used, trend)
    }

    /// The numbers of the used voxels with their trend.
    fn fitted(used: &Used, trend: Option<Curve>) -> Self {
        let signal = signals(&used.voxels);
        let median = median(&signal);
        let spread = match &trend {
            None => MAD_TO_SD * mad(&signal),
            Some(curve) => {
                let outside = used.voxels.iter().filter(|voxel| !curve.is_lifted(voxel.position));
                let over: Vec<f64> = outside.map(|voxel| voxel.signal / curve.at(voxel.position)).collect();
                median * MAD_TO_SD * mad(&over)
            }
        };
        let drift = trend.as_ref().map(|curve| {
            let logs = sorted(&curve.knots.iter().map(|knot| knot.1).collect::<Vec<_>>());
            (logs[logs.len() - 1] - logs[0]).exp()
        });
        let kind = trend.as_ref().map(|curve| (curve.shared, curve.lifted.len()));
        let voxels = used.voxels.len();
        let reference = Reference { mode: used.mode, median, spread, voxels, drift, trend: kind };
        Self { reference, all: used.all, trend }
    }

    /// Reference signal at a position.
    pub(crate) fn at(&self, position: f64) -> f64 {
        self.trend.as_ref().map_or(self.reference.median, |curve| curve.at(position))
    }

    /// Noise of a ratio: spread / median, at least 0.02.
    pub(crate) fn relative_noise(&self) -> f64 {
        (self.reference.spread / self.reference.median).max(0.02)
    }
}

/// The voxels to use in an image.
fn used_in(
    image: &Image,
    hematoma: &Mask,
    cord: &Mask,
    line: &CenterLine,
    mode: Option<Mode>,
) -> Result<Used, String> {
    let candidates = candidates(image, hematoma, cord, line)?;
    if candidates.len() < 20 {
        return Err(format!("{} reference candidates, expected 20", candidates.len()));
    }
    let (voxels, all) = used_candidates(&candidates, cord);
    let median_signal = median(&signals(&voxels));
    if median_signal <= 0.0 {
        return Err(format!("reference median {median_signal}, expected > 0"));
    }
    let extent = extent_of(&candidates);
    let by_span = if extent.1 - extent.0 >= 40.0 { Mode::Trend } else { Mode::Global };
    Ok(Used { voxels, all, mode: mode.unwrap_or(by_span) })
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
