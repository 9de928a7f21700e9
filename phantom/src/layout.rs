//! Which stage of blood is where in a collection.

use hemastage::stage::Stage;
use serde::Serialize;

use super::curve::Local;
use super::hematoma::Clot;
use super::random::Random;
use super::sections::Sections;

/// Radius of a focal spot before it is fitted to the fraction asked for, mm.
const SPOT_MM: f64 = 4.5;
/// A spot's radius stays in these bounds.
const SPOT_BOUNDS_MM: (f64, f64) = (1.0, 5.5);
/// More spots than this are not placed; a long collection then gets larger ones.
const MAX_SPOTS: usize = 200;

/// The stages of a collection.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Layout {
    /// One stage throughout.
    Single(Stage),
    /// Stages one below another, cranial first, each with its share of the length.
    Along(Vec<(Stage, f64)>),
    /// Stages in shells, the one at the outer border first, each with its share of the thickness.
    Layered(Vec<(Stage, f64)>),
    /// Spots of 4 to 5 mm radius in blood of another stage.
    Focal {
        /// The stage around the spots.
        ground: Stage,
        /// The stage of the spots.
        spots: Stage,
        /// Share of the collection's volume in spots, between 0 and 1. The spots' radius leaves 4 to 5 mm
        /// only where a share cannot be met otherwise.
        fraction: f64,
    },
}

impl Layout {
    /// Every stage named, in order.
    pub(super) fn stages(&self) -> Vec<Stage> {
        match self {
            Self::Single(stage) => vec![*stage],
            Self::Along(parts) | Self::Layered(parts) => parts.iter().map(|part| part.0).collect(),
            Self::Focal { ground, spots, .. } => vec![*ground, *spots],
        }
    }

    /// Every share named.
    pub(super) fn shares(&self) -> Vec<f64> {
        match self {
            Self::Single(_) => Vec::new(),
            Self::Along(parts) | Self::Layered(parts) => parts.iter().map(|part| part.1).collect(),
            Self::Focal { fraction, .. } => vec![*fraction, 1.0 - *fraction],
        }
    }
}

/// A layout that can be asked point by point.
#[derive(Debug)]
pub(super) enum StageField {
    Uniform(Stage),
    /// Upper bounds of the parts, rising to 1.
    Along(Vec<(Stage, f64)>),
    Layered(Vec<(Stage, f64)>),
    Focal {
        ground: Stage,
        spots: Stage,
        centers: Vec<Local>,
        radius: f64,
    },
}

impl StageField {
    pub(super) fn new(layout: &Layout, clot: &Clot, sections: &Sections, random: &mut Random) -> Self {
        match layout {
            Layout::Single(stage) => Self::Uniform(*stage),
            Layout::Along(parts) => Self::Along(bounds(parts)),
            Layout::Layered(parts) => Self::Layered(bounds(parts)),
            Layout::Focal { ground, spots, fraction } => {
                let (centers, radius) = place_spots(clot, sections, *fraction, random);
                Self::Focal { ground: *ground, spots: *spots, centers, radius }
            }
        }
    }

    /// The stage at a point that lies `along` the collection (0 to 1) and `depth` into it (0 to 1).
    pub(super) fn stage(&self, p: Local, along: f64, depth: f64) -> Stage {
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

fn distance2(a: Local, b: Local) -> f64 {
    let (u, v, s) = (a.u - b.u, a.v - b.v, a.s - b.s);
    u * u + v * v + s * s
}

/// Spots as far from each other as the collection allows, as many as the fraction takes at the
/// usual radius; then the radius that meets the fraction.
fn place_spots(clot: &Clot, sections: &Sections, fraction: f64, random: &mut Random) -> (Vec<Local>, f64) {
    let points = lattice(clot, sections);
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
        high = 50.0;
    }
    for _ in 0..30 {
        let middle = 0.5 * (low + high);
        if share(&nearest, middle) < fraction { low = middle } else { high = middle }
    }
    (centers, 0.5 * (low + high))
}

/// Points of the collection, about 1 mm apart and coarser in a long one.
fn lattice(clot: &Clot, sections: &Sections) -> Vec<Local> {
    let (start, end) = clot.range_mm();
    let step = ((end - start) / 120.0).max(1.0);
    let count = ((end - start) / step) as i32;
    let mut points = Vec::new();
    for n in 0..count {
        let s = start + (f64::from(n) + 0.5) * step;
        let section = sections.at(s);
        for (u, v) in (-14..=14).flat_map(|u| (-14..=14).map(move |v| (f64::from(u), f64::from(v)))) {
            let p = Local { u, v, s };
            if clot.relative_depth(p, section).is_some() {
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
        assert_eq!(pick(&parts, 1.1), Stage::Chronic, "beyond the end the last part goes on");
    }
}
