//! A collection of blood as a caller asks for it: space, extent, side, thickness and stages.

use hemastage::stage::Stage;
use hemastage_image::error::{Detail, ErrorKind, Result};
use serde::Serialize;

use super::curve::Curve;
use super::layout::Layout;
use super::levels::{HEIGHT_MM, level_index, level_name, upper_border_mm};
use super::range;

/// Share of the height of its first and last vertebra that a collection leaves free.
const INSET: f64 = 0.15;
/// World heights between which a collection may lie, mm.
const HEIGHTS_MM: (f64, f64) = (-700.0, 300.0);
/// A collection given by heights is at least this long.
const MIN_LENGTH_MM: f64 = 2.0;

/// The space that the blood fills.
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

/// The part of the spine that a collection spans.
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

    fn check(self) -> Result<()> {
        match self {
            Self::Levels { first, last } => {
                let names = (level_name(first)?, level_name(last)?);
                if first > last {
                    return Err(ExtentError::Levels { first: names.0, last: names.1 }.into());
                }
            }
            Self::Heights { top_mm, bottom_mm } => {
                range::check("the collection's top", top_mm, HEIGHTS_MM, " mm")?;
                range::check("the collection's bottom", bottom_mm, HEIGHTS_MM, " mm")?;
                if top_mm - bottom_mm < MIN_LENGTH_MM {
                    return Err(ExtentError::Heights { top_mm, bottom_mm }.into());
                }
            }
        }
        Ok(())
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
    /// The part of the spine that it spans.
    pub extent: Extent,
    /// Where around the cord it is thickest.
    pub side: Side,
    /// Largest thickness, mm, measured inwards; at least 0.6 mm of fluid stay between blood and cord.
    pub thickness_mm: f64,
    /// Half of the angle it spans around the canal, degrees.
    pub half_width_deg: f64,
    /// Which stage lies where.
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

    /// Sets where around the cord it is thickest.
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

    /// Sets which stage lies where.
    pub fn with_layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        self.extent.check()?;
        range::check("the collection's thickness", self.thickness_mm, (0.5, 20.0), " mm")?;
        range::check("the collection's half width", self.half_width_deg, (10.0, 180.0), " degrees")?;
        range::check("the collection's side", self.side.degrees(), (-360.0, 360.0), " degrees")?;
        self.layout.check()
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

#[derive(Debug, thiserror::Error)]
enum ExtentError {
    #[error("the collection goes from {first} to {last}: the first vertebra must not lie below the last")]
    Levels { first: &'static str, last: &'static str },
    #[error(
        "the collection goes from {top_mm} mm to {bottom_mm} mm: the top must lie at least {MIN_LENGTH_MM} mm above the bottom"
    )]
    Heights { top_mm: f64, bottom_mm: f64 },
}

impl Detail for ExtentError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}
