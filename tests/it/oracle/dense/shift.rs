//! How far T1 lies off T2, by the signal around the cord.

use super::*;

/// Where the anatomy of T1 lies relative to that of T2, in millimeters along the scanner's axes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shift {
    pub(crate) left: f64,
    pub(crate) front: f64,
    /// Correlation of both images with the shift undone, and as they are.
    pub(crate) correlation: f64,
    pub(crate) unmoved: f64,
    /// Points that have a signal in both images.
    pub(crate) points: usize,
}

impl Shift {
    /// The shift of a study; none with fewer than 500 points.
    ///
    /// # Errors
    /// As [`stage`].
    pub(crate) fn of(images: [&Image; 2], hematoma: &Mask, cord: &Mask) -> Result<Option<Self>, String> {
        let around = Around::new(images, hematoma, cord)?;
        if around.pairs.len() < 500 {
            return Ok(None);
        }
        let [left, front] = highest(|shift| around.score(shift));
        let [correlation, unmoved] = [[left, front], [0.0; 2]].map(|shift| -around.score(shift));
        Ok(Some(Self { left, front, correlation, unmoved, points: around.pairs.len() }))
    }
}

/// The images around the cord.
struct Around<'a> {
    t1: &'a Image,
    to_t1: Affine,
    /// A point, the reference of T1 there and the clipped signal of T2.
    pairs: Vec<(Point, f64, f64)>,
    t1_limits: [f64; 2],
}

impl<'a> Around<'a> {
    fn new(images: [&'a Image; 2], hematoma: &Mask, cord: &Mask) -> Result<Self, String> {
        let line = CenterLine::of(cord)?;
        let models = Model::of_both(images, hematoma, cord, &line, None)?;
        let to_index = [inverse(&images[0].affine)?, inverse(&images[1].affine)?];
        let mut found = Vec::new();
        for point in points_around(cord, hematoma)? {
            let [t1, t2] = [0, 1].map(|image| {
                let signal = sample(&images[image].data, transform(&to_index[image], point));
                signal / models[image].at(line.position(point))
            });
            if !t1.is_nan() && !t2.is_nan() {
                found.push((point, t1, t2));
            }
        }
        if found.is_empty() {
            return Ok(Self { t1: images[0], to_t1: to_index[0], pairs: Vec::new(), t1_limits: [0.0; 2] });
        }
        let limits = |values: Vec<f64>| [percentile(&values, 0.01), percentile(&values, 0.99)];
        // on T1 nothing counts as brighter than the cord
        let [low, high] = limits(found.iter().map(|pair| pair.1).collect());
        let t1_limits = [low, high.min(1.0)];
        let t2_limits = limits(found.iter().map(|pair| pair.2).collect());
        let pair = |(point, _, t2): (Point, f64, f64)| {
            (point, models[0].at(line.position(point)), t2.clamp(t2_limits[0], t2_limits[1]))
        };
        let pairs = found.into_iter().map(pair).collect();
        Ok(Self { t1: images[0], to_t1: to_index[0], pairs, t1_limits })
    }

    /// Minus the correlation of T1, sampled a shift away, with T2.
    fn score(&self, [left, front]: [f64; 2]) -> f64 {
        let mut both = Vec::new();
        for &(point, reference, t2) in &self.pairs {
            let moved = [point[0] - left, point[1] + front, point[2]];
            let t1 = sample(&self.t1.data, transform(&self.to_t1, moved)) / reference;
            if !t1.is_nan() {
                both.push((t1.clamp(self.t1_limits[0], self.t1_limits[1]), t2));
            }
        }
        if both.len() * 2 < self.pairs.len() {
            return f64::NEG_INFINITY;
        }
        let n = number(both.len());
        let mean_t1 = both.iter().map(|pair| pair.0).sum::<f64>() / n;
        let mean_t2 = both.iter().map(|pair| pair.1).sum::<f64>() / n;
        let (mut t1, mut t2, mut product) = (0.0, 0.0, 0.0);
        for pair in both {
            t1 += (pair.0 - mean_t1).powi(2);
            t2 += (pair.1 - mean_t2).powi(2);
            product += (pair.0 - mean_t1) * (pair.1 - mean_t2);
        }
        -product / (t1 * t2).sqrt()
    }
}

/// Points within 1 mm of the cord in their plane and 1.5 mm or more from the hematoma: 0.5 mm apart from front to back, 1 mm
/// from left to right, in planes 2 mm apart from 4 mm above the cord's lower end to 4 mm below its upper one; of the planes
/// every second, third and so on where there are more than 8000 points.
pub(super) fn points_around(cord: &Mask, hematoma: &Mask) -> Result<Vec<Point>, String> {
    let (to_cord, to_hematoma) = (inverse(&cord.affine)?, inverse(&hematoma.affine)?);
    let centers: Vec<Point> =
        voxels_of(&cord.data).into_iter().map(|at| center_of(&cord.affine, at)).collect();
    let middle = mean_point(&centers);
    let ends = |axis: usize| {
        let along = sorted(&centers.iter().map(|center| center[axis]).collect::<Vec<_>>());
        (along[0], along[along.len() - 1])
    };
    // all points of a plane that could count
    let steps = |axis: usize, step: f64| {
        let reach = ((ends(axis).1 - ends(axis).0 + 12.0) / step).ceil();
        (0..=whole(2.0 * reach)).map(move |n| (number(n) - reach) * step)
    };
    let mut planes: Vec<Vec<Point>> = Vec::new();
    let (bottom, top) = (ends(2).0 + 4.0, ends(2).1 - 4.0);
    while bottom + 2.0 * number(planes.len()) <= top + 1e-6 {
        let height = bottom + 2.0 * number(planes.len());
        let mut all = Vec::new();
        for right in steps(0, 1.0) {
            for front in steps(1, 0.5) {
                all.push([middle[0] + right, middle[1] + front, height]);
            }
        }
        let in_cord = |p: &&Point| nearest(&cord.data, transform(&to_cord, **p));
        let in_blood = |p: &&Point| {
            [-1.5, 0.0, 1.5]
                .iter()
                .any(|up| nearest(&hematoma.data, transform(&to_hematoma, [p[0], p[1], p[2] + up])))
        };
        let cord_points: Vec<&Point> = all.iter().filter(in_cord).collect();
        let blood_points: Vec<&Point> = all.iter().filter(in_blood).collect();
        let apart = |a: &Point, b: &Point| (a[0] - b[0]).hypot(a[1] - b[1]);
        let counts = |p: &&Point| {
            cord_points.iter().any(|other| apart(p, other) <= 1.0 + 1e-6)
                && blood_points.iter().all(|other| apart(p, other) >= 1.5 - 1e-6)
        };
        planes.push(all.iter().filter(counts).copied().collect());
    }
    let n: usize = planes.iter().map(Vec::len).sum();
    Ok(planes.into_iter().step_by(n.div_ceil(8000).max(1)).flatten().collect())
}

/// The place of the highest score: the best of a coarse grid, then steps of 1, 0.5 and 0.25 mm to the front or back and to
/// the side as long as that is better, then the top of a parabola through the scores 0.5 mm to either side.
pub(super) fn highest(score: impl Fn([f64; 2]) -> f64) -> [f64; 2] {
    let mut best = [-2.0, -2.5];
    for left in [-2.0, 0.0, 2.0] {
        for front in [-2.5, -1.25, 0.0, 1.25, 2.5] {
            if score([left, front]) > score(best) + 1e-9 {
                best = [left, front];
            }
        }
    }
    for step in [1.0, 0.5, 0.25] {
        let mut is_better = true;
        while is_better {
            is_better = false;
            for axis in [1, 0] {
                let from = best;
                for by in [-step, step] {
                    let mut next = from;
                    next[axis] += by;
                    if next[axis].abs() <= 3.5 && score(next) > score(best) + 1e-9 {
                        best = next;
                        is_better = true;
                    }
                }
            }
        }
    }
    let top = |axis: usize| {
        let [before, after] = [-0.5, 0.5].map(|by| {
            let mut next = best;
            next[axis] += by;
            score(next)
        });
        let bend = before - 2.0 * score(best) + after;
        let off = if bend < 0.0 { 0.25 * (before - after) / bend } else { 0.0 };
        (best[axis] + off.clamp(-0.5, 0.5)).clamp(-3.5, 3.5)
    };
    [top(0), top(1)]
}
