//! The shape of a collection: how thick it is at each height, and how deep a point lies in it.

use std::f64::consts::TAU;

use hemastage_image::error::{Detail, ErrorKind, Result};

use crate::collection::{Collection, Compartment};
use crate::curve::{CanalPoint, Curve};
use crate::random::Random;
use crate::sections::{Ellipse, Section, Sections};

/// Fluid that stays between blood and cord, mm.
const RIM_MM: f64 = 0.6;
/// Thickness of the dura, mm; intrathecal blood starts inside it.
const DURA_MM: f64 = 0.4;
/// Step of the thickness table, mm.
const STEP_MM: f64 = 0.5;
/// A thinner collection is refused.
const MIN_THICKNESS_MM: f64 = 0.5;

/// The space that a collection fills, in the frame of the canal.
#[derive(Debug)]
pub(super) struct ClotShape {
    compartment: Compartment,
    start: f64,
    end: f64,
    angle: f64,
    half_width: f64,
    /// Largest thickness at each step from `start` to `end`, mm.
    thickness: Vec<f64>,
}

impl ClotShape {
    pub(super) fn new(
        collection: &Collection,
        curve: &Curve,
        sections: &Sections,
        random: &mut Random,
    ) -> Result<Self> {
        let (start, end) = collection.range_mm(curve);
        let angle = collection.side.degrees().to_radians();
        let mut shape = Self {
            compartment: collection.compartment,
            start,
            end,
            angle,
            half_width: collection.half_width_deg.to_radians(),
            thickness: Vec::new(),
        };
        let wave = random.uniform(20.0, 35.0);
        let count = ((end - start) / STEP_MM) as usize + 2;
        shape.thickness = (0..count)
            .map(|n| {
                let s = (start + n as f64 * STEP_MM).min(end);
                let free = shape.free(sections.at(s));
                collection.thickness_mm.min(free) * profile(s, start, end, wave)
            })
            .collect();
        let room_mm = shape.max_thickness_mm();
        if room_mm < MIN_THICKNESS_MM {
            return Err(NoRoom { room_mm }.into());
        }
        Ok(shape)
    }

    /// The ends along the canal, mm.
    pub(super) fn range_mm(&self) -> (f64, f64) {
        (self.start, self.end)
    }

    /// The largest thickness that the collection has anywhere.
    pub(super) fn max_thickness_mm(&self) -> f64 {
        self.thickness.iter().copied().fold(0.0, f64::max)
    }

    /// The depth of a point: 0 at the outer border, 1 at the inner; `None` outside.
    pub(super) fn relative_depth(&self, p: CanalPoint, section: &Section) -> Option<f64> {
        self.depth_mm(p, section).map(|(depth, thickness)| depth / thickness)
    }

    /// How far a point lies from the borders and the ends, at most; `None` outside.
    pub(super) fn border_mm(&self, p: CanalPoint, section: &Section) -> Option<f64> {
        let (depth, thickness) = self.depth_mm(p, section)?;
        Some(depth.min(thickness - depth).min(p.s - self.start).min(self.end - p.s))
    }

    /// The distance of a point from the outer border, and the thickness there; `None` outside.
    fn depth_mm(&self, p: CanalPoint, section: &Section) -> Option<(f64, f64)> {
        if p.s < self.start || p.s > self.end {
            return None;
        }
        let wall = self.wall(section);
        let rho = wall.square(p.u, p.v).sqrt();
        if !(1e-6..1.0).contains(&rho) {
            return None;
        }
        let (u, v) = (p.u, p.v - wall.v);
        let depth = (u * u + v * v).sqrt() * (1.0 / rho - 1.0);
        let thickest = self.thickness[((p.s - self.start) / STEP_MM) as usize];
        if depth > thickest || section.cord.grown(RIM_MM).square(p.u, p.v) < 1.0 {
            return None;
        }
        let turn = libm::atan2(-u, -v) - self.angle;
        let turn = turn - TAU * (turn / TAU).round();
        let x = turn / self.half_width;
        let thickness = thickest * (1.0 - x * x).max(0.0).sqrt();
        (depth <= thickness && thickness > 0.0).then_some((depth, thickness))
    }

    fn wall(&self, section: &Section) -> Ellipse {
        match self.compartment {
            Compartment::Epidural => section.canal,
            Compartment::Intrathecal => section.dura.grown(-DURA_MM),
        }
    }

    /// Room between the outer border and the cord in the direction of the collection, mm.
    fn free(&self, section: &Section) -> f64 {
        let wall = self.wall(section);
        let (u, v) = (-libm::sin(self.angle), -libm::cos(self.angle));
        let outer = 1.0 / wall.square(u, wall.v + v).sqrt();
        let cord = section.cord.grown(RIM_MM);
        if cord.a <= 0.0 {
            return outer;
        }
        // along the ray center + r (u, v), leave the cord at the larger root
        let (x, y, y0) = (u / cord.a, v / cord.b, (wall.v - cord.v) / cord.b);
        let (a, b, c) = (x * x + y * y, y * y0, y0 * y0 - 1.0);
        let inner = (-b + (b * b - a * c).max(0.0).sqrt()) / a;
        (outer - inner.max(0.0)).max(0.0)
    }
}

/// Relative thickness along the collection: rounded ends, slightly lobed, 1 in the middle.
fn profile(s: f64, start: f64, end: f64, wave: f64) -> f64 {
    let taper = (0.3 * (end - start)).min(8.0);
    let to_end = (s - start).min(end - s).clamp(0.0, taper) / taper;
    let round = (1.0 - (1.0 - to_end) * (1.0 - to_end)).sqrt();
    let lobes = 0.92 + 0.08 * libm::cos(TAU * (s - 0.5 * (start + end)) / wave);
    round * lobes
}

#[derive(Debug, thiserror::Error)]
#[error(
    "the collection has {room_mm:.2} mm of room next to the cord: choose another side, compartment or vertebra"
)]
struct NoRoom {
    room_mm: f64,
}

impl Detail for NoRoom {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}
