//! The stage of blood at each point of a collection.

use hemastage::stage::Stage;

use super::shape::ClotShape;
use crate::curve::CanalPoint;
use crate::layout::Layout;
use crate::random::Random;
use crate::sections::Sections;

/// Radius of a focal spot before it is fitted to the fraction asked for, mm.
const SPOT_MM: f64 = 4.5;
/// Bounds of a spot's radius, mm.
const SPOT_BOUNDS_MM: (f64, f64) = (1.0, 5.5);
/// Bound of a spot's radius where `MAX_SPOTS` are not enough, mm.
const MAX_SPOT_MM: f64 = 50.0;
/// Spots in one collection; a long collection gets larger ones instead.
const MAX_SPOTS: usize = 200;

/// A layout fitted to the shape of its collection.
#[derive(Debug)]
pub(super) enum StageField {
    Uniform(Stage),
    /// Each stage with the upper bound of its part, rising to 1.
    Along(Vec<(Stage, f64)>),
    Layered(Vec<(Stage, f64)>),
    Focal {
        ground: Stage,
        spots: Stage,
        centers: Vec<CanalPoint>,
        radius: f64,
    },
}

impl StageField {
    pub(super) fn new(layout: &Layout, shape: &ClotShape, sections: &Sections, random: &mut Random) -> Self {
        match layout {
            Layout::Single(stage) => Self::Uniform(*stage),
            Layout::Along(parts) => Self::Along(bounds(parts)),
            Layout::Layered(parts) => Self::Layered(bounds(parts)),
            Layout::Focal { ground, spots, fraction } => {
                let (centers, radius) = place_spots(shape, sections, *fraction, random);
                Self::Focal { ground: *ground, spots: *spots, centers, radius }
            }
        }
    }

    /// The stage at a point that lies `along` the collection (0 to 1) and `depth` into it (0 to 1).
    pub(super) fn stage(&self, p: CanalPoint, along: f64, depth: f64) -> Stage {
        match self {
            Self::Uniform(stage) => *stage,
            Self::Along(bounds) => pick(bounds, along),
            Self::Layered(bounds) => pick(bounds, depth),
            Self::Focal { ground, spots, centers, radius } => {
                let near = centers.iter().any(|c| distance2(*c, p) <= radius * radius);
                if near { *spots } else { *ground }
            }
        }
    }
}

fn pick(bounds: &[(Stage, f64)], position: f64) -> Stage {
    let part = bounds.iter().find(|part| position <= part.1).or(bounds.last());
    part.map_or(Stage::Hyperacute, |part| part.0)
}

/// Shares to upper bounds; shares need not sum to 1.
fn bounds(parts: &[(Stage, f64)]) -> Vec<(Stage, f64)> {
    let total: f64 = parts.iter().map(|part| part.1).sum();
    let mut sum = 0.0;
    parts
        .iter()
        .map(|&(stage, share)| {
            sum += share;
            (stage, sum / total)
        })
        .collect()
}

fn distance2(a: CanalPoint, b: CanalPoint) -> f64 {
    let (u, v, s) = (a.u - b.u, a.v - b.v, a.s - b.s);
    u * u + v * v + s * s
}

/// Centers and radius of spots that fill a fraction of the collection.
///
/// Each center is the point farthest from all before it, until spots of the usual radius fill the fraction;
/// then the radius is fitted to it.
fn place_spots(
    shape: &ClotShape,
    sections: &Sections,
    fraction: f64,
    random: &mut Random,
) -> (Vec<CanalPoint>, f64) {
    let points = lattice(shape, sections);
    if points.is_empty() {
        return (Vec::new(), 0.0);
    }
    let mut centers = vec![points[random.below(points.len())]];
    let mut nearest: Vec<f64> = points.iter().map(|&p| distance2(p, centers[0])).collect();
    let share = |nearest: &[f64], radius: f64| {
        nearest.iter().filter(|&&d| d <= radius * radius).count() as f64 / nearest.len() as f64
    };
    while share(&nearest, SPOT_MM) < fraction && centers.len() < MAX_SPOTS {
        let mut next = 0;
        for (n, distance) in nearest.iter().enumerate() {
            if *distance > nearest[next] {
                next = n;
            }
        }
        centers.push(points[next]);
        for (distance, &p) in nearest.iter_mut().zip(&points) {
            *distance = distance.min(distance2(p, points[next]));
        }
    }
    let (mut low, mut high) = SPOT_BOUNDS_MM;
    if centers.len() == MAX_SPOTS {
        high = MAX_SPOT_MM;
    }
    for _ in 0..30 {
        let middle = 0.5 * (low + high);
        if share(&nearest, middle) < fraction { low = middle } else { high = middle }
    }
    (centers, 0.5 * (low + high))
}

/// Points of the collection, about 1 mm apart and coarser in a long one.
fn lattice(shape: &ClotShape, sections: &Sections) -> Vec<CanalPoint> {
    let (start, end) = shape.range_mm();
    let step = ((end - start) / 120.0).max(1.0);
    let count = ((end - start) / step) as i32;
    let mut points = Vec::new();
    for n in 0..count {
        let s = start + (f64::from(n) + 0.5) * step;
        let section = sections.at(s);
        for (u, v) in (-14..=14).flat_map(|u| (-14..=14).map(move |v| (f64::from(u), f64::from(v)))) {
            let p = CanalPoint { u, v, s };
            if shape.relative_depth(p, section).is_some() {
                points.push(p);
            }
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_become_bounds_in_order() {
        let parts = bounds(&[(Stage::Acute, 1.0), (Stage::Chronic, 3.0)]);
        for (position, stage) in
            [(0.0, Stage::Acute), (0.24, Stage::Acute), (0.26, Stage::Chronic), (1.0, Stage::Chronic)]
        {
            assert_eq!(pick(&parts, position), stage);
        }
        assert_eq!(pick(&parts, 1.1), Stage::Chronic, "the last part has no end");
    }
}
