//! The nearest of many points, by a tree that halves them along one axis after the other.

/// Fewer points than these are compared one by one.
const MAX_LEAF: usize = 16;

/// Points in an order that halves each part of them.
#[derive(Debug)]
pub(super) struct Nearest {
    points: Vec<[f64; 3]>,
}

impl Nearest {
    pub(super) fn of(mut points: Vec<[f64; 3]>) -> Self {
        halve(&mut points, 0);
        Self { points }
    }

    /// The distance to the nearest point; infinite without one.
    pub(super) fn distance(&self, from: [f64; 3]) -> f64 {
        let mut least = f64::INFINITY;
        search(&self.points, 0, from, &mut least);
        least.sqrt()
    }
}

/// Puts the median along the axis in the middle, what is below before it and what is above behind it, and so on in both.
fn halve(points: &mut [[f64; 3]], axis: usize) {
    if points.len() < MAX_LEAF {
        return;
    }
    let middle = points.len() / 2;
    points.select_nth_unstable_by(middle, |a, b| a[axis].total_cmp(&b[axis]));
    let (before, rest) = points.split_at_mut(middle);
    halve(before, (axis + 1) % 3);
    halve(&mut rest[1..], (axis + 1) % 3);
}

/// Lowers the least squared distance.
fn search(points: &[[f64; 3]], axis: usize, from: [f64; 3], least: &mut f64) {
    if points.len() < MAX_LEAF {
        for &point in points {
            *least = least.min(squared(point, from));
        }
        return;
    }
    let middle = points.len() / 2;
    let median = points[middle];
    *least = least.min(squared(median, from));
    let (before, behind) = (&points[..middle], &points[middle + 1..]);
    let beyond = from[axis] - median[axis];
    let (near, far) = if beyond < 0.0 { (before, behind) } else { (behind, before) };
    search(near, (axis + 1) % 3, from, least);
    if beyond * beyond < *least {
        search(far, (axis + 1) % 3, from, least);
    }
}

fn squared(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agreement::random::Random;

    #[test]
    fn is_the_least_of_all() {
        let mut random = Random::new(7);
        // on a lattice, so that many coordinates are the same
        let mut point = || std::array::from_fn(|_| random.below(9) as f64 * 0.7);
        for n in [0, 1, 15, 16, 17, 400] {
            let points: Vec<[f64; 3]> = (0..n).map(|_| point()).collect();
            let nearest = Nearest::of(points.clone());
            for _ in 0..50 {
                let from = point();
                let slow = points.iter().map(|&p| squared(p, from).sqrt()).fold(f64::INFINITY, f64::min);
                assert_eq!(nearest.distance(from), slow, "{n} points");
            }
        }
    }
}
