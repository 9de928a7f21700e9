//! Collections of blood: where they lie, how thick they are and which stage is where.

use hemastage_image::error::Result;
use serde::Serialize;

use super::check::PhantomError;
use super::curve::{Curve, Local};
use super::layout::{Layout, StageField};
use super::levels::{HEIGHT_MM, level_index, upper_border_mm};
use super::random::Random;
use super::sections::{Ellipse, Section, Sections};
use hemastage::stage::Stage;

/// Fluid that stays between blood and cord, mm.
const RIM_MM: f64 = 0.6;
/// Thickness of the dura, mm; intrathecal blood starts inside it.
const DURA_MM: f64 = 0.4;
/// How much of its first and last vertebra a collection leaves free, as a share of the height.
const INSET: f64 = 0.15;

/// Which space the blood fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Compartment {
    /// From the canal's wall inwards. Where it is thicker than the epidural fat it takes the place of fluid.
    #[default]
    Epidural,
    /// From the dura inwards.
    Intrathecal,
}

/// Where around the cord the blood is thickest.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Side {
    /// Behind the cord.
    #[default]
    Dorsal,
    /// In front of the cord.
    Ventral,
    /// On the patient's left.
    Left,
    /// On the patient's right.
    Right,
    /// Degrees from dorsal (0) over left (90) and ventral (180) to right (270).
    Degrees(f64),
}

impl Side {
    /// Degrees from dorsal over left.
    pub fn degrees(self) -> f64 {
        match self {
            Self::Dorsal => 0.0,
            Self::Left => 90.0,
            Self::Ventral => 180.0,
            Self::Right => 270.0,
            Self::Degrees(degrees) => degrees,
        }
    }
}

/// From where to where along the spine a collection reaches.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Extent {
    /// Positions in [`LEVELS`](super::LEVELS), both included. The blood leaves 15 % of the first and the last
    /// vertebra's height free, so that no voxel of it lies in a neighbor.
    Levels {
        /// The upper vertebra.
        first: usize,
        /// The lower vertebra.
        last: usize,
    },
    /// World heights (z, RAS mm) of the canal's center. The origin lies between C7 and T1.
    Heights {
        /// The upper end.
        top_mm: f64,
        /// The lower end.
        bottom_mm: f64,
    },
}

impl Extent {
    /// From one vertebra to another, both included.
    ///
    /// # Errors
    /// When the phantom has no vertebra of that name. The order is checked by [`phantom`](super::phantom()).
    pub fn levels(first: &str, last: &str) -> Result<Self> {
        Ok(Self::Levels { first: level_index(first)?, last: level_index(last)? })
    }
}

/// One collection of blood.
///
/// # Example
/// ```
/// use hemastage_phantom::{Collection, Extent, Layout, Side};
/// use hemastage::stage::Stage;
/// let spots = Layout::Focal { ground: Stage::Hyperacute, spots: Stage::Acute, fraction: 0.2 };
/// let clot = Collection::new(Extent::levels("C3", "T1")?).with_side(Side::Left).with_layout(spots);
/// assert_eq!(clot.thickness_mm, 4.5);
/// # Ok::<(), hemastage::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Collection {
    /// The space it fills.
    pub compartment: Compartment,
    /// From where to where.
    pub extent: Extent,
    /// Where around the cord.
    pub side: Side,
    /// Largest thickness, mm, measured inwards; it never reaches nearer to the cord than 0.6 mm.
    pub thickness_mm: f64,
    /// Half of the angle it spans around the canal, degrees.
    pub half_width_deg: f64,
    /// Which stage is where.
    pub layout: Layout,
}

impl Collection {
    /// Dorsal epidural blood, hyperacute, at most 4.5 mm thick, over 140 degrees.
    pub fn new(extent: Extent) -> Self {
        Self {
            compartment: Compartment::default(),
            extent,
            side: Side::default(),
            thickness_mm: 4.5,
            half_width_deg: 70.0,
            layout: Layout::Single(Stage::Hyperacute),
        }
    }

    /// Sets the space it fills.
    pub fn with_compartment(mut self, compartment: Compartment) -> Self {
        self.compartment = compartment;
        self
    }

    /// Sets where around the cord it lies.
    pub fn with_side(mut self, side: Side) -> Self {
        self.side = side;
        self
    }

    /// Sets the largest thickness, 0.5 to 20 mm.
    pub fn with_thickness_mm(mut self, mm: f64) -> Self {
        self.thickness_mm = mm;
        self
    }

    /// Sets half of the angle it spans, 10 to 180 degrees.
    pub fn with_half_width_deg(mut self, degrees: f64) -> Self {
        self.half_width_deg = degrees;
        self
    }

    /// Sets which stage is where.
    pub fn with_layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// The ends along the canal, mm.
    pub(super) fn range_mm(&self, curve: &Curve) -> (f64, f64) {
        match self.extent {
            Extent::Levels { first, last } => (
                upper_border_mm(first) + INSET * HEIGHT_MM[first],
                upper_border_mm(last) + (1.0 - INSET) * HEIGHT_MM[last],
            ),
            Extent::Heights { top_mm, bottom_mm } => {
                (curve.position_at_height(top_mm), curve.position_at_height(bottom_mm))
            }
        }
    }
}

/// A collection in the frame of the canal, ready to be asked point by point.
#[derive(Debug)]
pub(super) struct Clot {
    compartment: Compartment,
    start: f64,
    end: f64,
    angle: f64,
    half_width: f64,
    thickness: Vec<f64>,
    stages: StageField,
}

/// Step of the thickness table, mm.
const STEP_MM: f64 = 0.5;

impl Clot {
    pub(super) fn new(
        collection: &Collection,
        curve: &Curve,
        sections: &Sections,
        random: &mut Random,
    ) -> Result<Self> {
        let (start, end) = collection.range_mm(curve);
        let angle = collection.side.degrees().to_radians();
        let mut clot = Self {
            compartment: collection.compartment,
            start,
            end,
            angle,
            half_width: collection.half_width_deg.to_radians(),
            thickness: Vec::new(),
            stages: StageField::Uniform(Stage::Hyperacute),
        };
        let wave = random.uniform(20.0, 35.0);
        let count = ((end - start) / STEP_MM) as usize + 2;
        clot.thickness = (0..count)
            .map(|n| {
                let s = (start + n as f64 * STEP_MM).min(end);
                let free = clot.free(sections.at(s));
                collection.thickness_mm.min(free) * profile(s, start, end, wave)
            })
            .collect();
        let most = clot.max_thickness_mm();
        if most < 0.5 {
            return Err(PhantomError::NoRoom { room_mm: most }.into());
        }
        clot.stages = StageField::new(&collection.layout, &clot, sections, random);
        Ok(clot)
    }

    /// The ends along the canal, mm.
    pub(super) fn range_mm(&self) -> (f64, f64) {
        (self.start, self.end)
    }

    /// The largest thickness that the collection has anywhere.
    pub(super) fn max_thickness_mm(&self) -> f64 {
        self.thickness.iter().copied().fold(0.0, f64::max)
    }

    /// The stage of the blood at a point, none outside.
    pub(super) fn stage_at(&self, p: Local, section: &Section) -> Option<Stage> {
        let depth = self.relative_depth(p, section)?;
        Some(self.stages.stage(p, (p.s - self.start) / (self.end - self.start), depth))
    }

    /// 0 at the outer border, 1 at the inner; none outside.
    pub(super) fn relative_depth(&self, p: Local, section: &Section) -> Option<f64> {
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
        let turn = turn - std::f64::consts::TAU * (turn / std::f64::consts::TAU).round();
        let x = turn / self.half_width;
        let thickness = thickest * (1.0 - x * x).max(0.0).sqrt();
        (depth <= thickness && thickness > 0.0).then(|| depth / thickness)
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
    let lobes = 0.92 + 0.08 * libm::cos(std::f64::consts::TAU * (s - 0.5 * (start + end)) / wave);
    round * lobes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clot(collection: &Collection) -> (Clot, Sections) {
        let (curve, sections) = (Curve::new(18.0, 0.0), Sections::new());
        let clot = Clot::new(collection, &curve, &sections, &mut Random::new(1, 1)).unwrap();
        (clot, sections)
    }

    #[test]
    fn lies_on_the_side_asked_for() {
        for (side, u, v) in
            [(Side::Dorsal, 0, -1), (Side::Ventral, 0, 1), (Side::Left, -1, 0), (Side::Right, 1, 0)]
        {
            let extent = Extent::levels("C4", "C6").unwrap();
            let (clot, sections) = clot(&Collection::new(extent).with_side(side).with_thickness_mm(3.0));
            let s = 0.5 * (clot.start + clot.end);
            let section = sections.at(s);
            let near_wall = |sign: f64| Local {
                u: sign * f64::from(u) * (section.canal.a - 1.0),
                v: sign * f64::from(v) * (section.canal.b - 1.0),
                s,
            };
            assert!(clot.stage_at(near_wall(1.0), section).is_some(), "{side:?}");
            assert!(clot.stage_at(near_wall(-1.0), section).is_none(), "{side:?}");
        }
    }

    #[test]
    fn is_as_thick_as_asked_where_there_is_room() {
        let extent = Extent::levels("C4", "C6").unwrap();
        let (thin, _) = clot(&Collection::new(extent).with_thickness_mm(2.0));
        assert!((thin.max_thickness_mm() - 2.0).abs() < 0.01);
        let (thick, _) = clot(&Collection::new(extent).with_thickness_mm(20.0));
        assert!((4.0..6.0).contains(&thick.max_thickness_mm()), "the cord stays free");
        let lumbar = Extent::levels("L3", "L4").unwrap();
        let (lumbar, _) = clot(&Collection::new(lumbar).with_thickness_mm(8.0));
        assert!((lumbar.max_thickness_mm() - 8.0).abs() < 0.01, "no cord below the conus");
    }

    #[test]
    fn intrathecal_blood_lies_inside_the_dura() {
        let extent = Extent::levels("T3", "T4").unwrap();
        let (clot, sections) = clot(&Collection::new(extent).with_compartment(Compartment::Intrathecal));
        let s = 0.5 * (clot.start + clot.end);
        let section = sections.at(s);
        let behind = |mm: f64| Local { u: 0.0, v: section.dura.v - section.dura.b + mm, s };
        assert!(clot.stage_at(behind(-0.5), section).is_none());
        assert!(clot.stage_at(behind(0.8), section).is_some());
    }
}
