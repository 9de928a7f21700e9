//! The shift with the highest score: coarse, then finer steps, then a parabola.

/// A shift is at most so large to either side, in millimeters.
pub(in crate::steps) const MAX_MM: f64 = 3.5;
/// Where the search for T1 against T2 starts: all pairs of these, to the left and to the front.
pub(super) const AROUND_CORD: [&[f64]; 2] = [&[-2.0, 0.0, 2.0], &[-2.5, -1.25, 0.0, 1.25, 2.5]];
/// Steps along one direction at a time.
const STEPS_MM: [f64; 3] = [1.0, 0.5, 0.25];
/// The parabola goes through points so far apart, and its top lies within them.
const APART_MM: f64 = 0.5;
/// A score must be higher by this: rounding chooses nothing.
const BETTER_BY: f64 = 1e-9;

/// The shift where the score is highest, such as [left, front]. It starts at every combination of these along each
/// direction; of the directions, the last is tried first. No shift is scored twice.
pub(in crate::steps) fn search<const N: usize>(
    starts: [&[f64]; N],
    score: impl Fn([f64; N]) -> f64,
) -> [f64; N] {
    let mut known: Vec<([f64; N], f64)> = Vec::new();
    let mut score = |at: [f64; N]| {
        let known_score = known.iter().find(|(other, _)| *other == at).map(|&(_, score)| score);
        known_score.unwrap_or_else(|| {
            let found = score(at);
            known.push((at, found));
            found
        })
    };
    let mut best = (f64::NEG_INFINITY, [0.0; N]);
    let mut improve = |best: &mut (f64, [f64; N]), at: [f64; N]| {
        if at.iter().any(|mm| mm.abs() > MAX_MM) {
            return;
        }
        let found = number(score(at));
        if found > best.0 + BETTER_BY || best.0 == f64::NEG_INFINITY {
            *best = (found, at);
        }
    };
    for mut n in 0..starts.iter().map(|along| along.len()).product() {
        let mut at = [0.0; N];
        for axis in (0..N).rev() {
            at[axis] = starts[axis][n % starts[axis].len()];
            n /= starts[axis].len();
        }
        improve(&mut best, at);
    }
    for step in STEPS_MM {
        loop {
            let before = best.0;
            for axis in (0..N).rev() {
                let from = best.1;
                for by in [-step, step] {
                    let mut at = from;
                    at[axis] += by;
                    improve(&mut best, at);
                }
            }
            if best.0 <= before {
                break;
            }
        }
    }
    top(best, score)
}

/// The same from a shift that is nearly it: the top of the parabola alone.
pub(in crate::steps) fn refined<const N: usize>(near: [f64; N], score: impl Fn([f64; N]) -> f64) -> [f64; N] {
    top((score(near), near), score)
}

/// The top of a parabola along each direction, from the score of a shift and the shift.
fn top<const N: usize>((middle, at): (f64, [f64; N]), mut score: impl FnMut([f64; N]) -> f64) -> [f64; N] {
    std::array::from_fn(|axis| {
        let mut neighbor = |by: f64| {
            let mut neighbor = at;
            neighbor[axis] += by;
            score(neighbor)
        };
        let (low, high) = (neighbor(-APART_MM), neighbor(APART_MM));
        let bend = low - 2.0 * middle + high;
        let off = APART_MM * (low - high) / (2.0 * bend);
        let off = if bend < 0.0 && off.is_finite() { off.clamp(-APART_MM, APART_MM) } else { 0.0 };
        (at[axis] + off).clamp(-MAX_MM, MAX_MM)
    })
}

/// A score that is no number is the lowest.
fn number(score: f64) -> f64 {
    if score.is_nan() { f64::NEG_INFINITY } else { score }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_of_a_hill_is_found() {
        for (left, front) in [(0.0, 0.0), (0.37, -1.12), (-3.1, 2.9), (1.49, 0.51)] {
            let found =
                search(AROUND_CORD, |[a, b]| 1.0 - 0.03 * (a - left).powi(2) - 0.05 * (b - front).powi(2));
            assert!((found[0] - left).abs() < 1e-6 && (found[1] - front).abs() < 1e-6, "{found:?}");
        }
    }

    #[test]
    fn no_shift_is_scored_twice() {
        let scored = std::cell::RefCell::new(Vec::new());
        search(AROUND_CORD, |at @ [a, b]| {
            assert!(!scored.borrow().contains(&at), "{at:?}");
            scored.borrow_mut().push(at);
            -(a - 0.8).powi(2) - (b + 1.3).powi(2)
        });
        let n = scored.borrow().len();
        assert!((20..45).contains(&n), "{n}");
    }

    #[test]
    fn beyond_the_range_is_the_end_of_it() {
        let [left, front] = search(AROUND_CORD, |[a, b]| -(a - 9.0).abs() - (b + 9.0).abs());
        assert_eq!((left, front), (MAX_MM, -MAX_MM));
        assert_eq!(search(AROUND_CORD, |_| f64::NAN).len(), 2, "it ends");
        assert_eq!(
            search(AROUND_CORD, |_| 0.5),
            [-2.0, -2.5],
            "a flat score has no top, the first of equals stays"
        );
    }
}
