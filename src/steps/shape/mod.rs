//! Size, thickness and position of the hematoma around the cord, and how much of the canal it takes.
//!
//! Everything is measured in planes perpendicular to the cord, not along the axes of an image, so that a
//! tilted or curved spine gives the numbers of a straight one.
//!
//! | file | what it does |
//! |---|---|
//! | `line.rs` | the smooth center line, with up, right and anterior at each mm |
//! | `grid_line.rs` | the line in the voxel indices of a grid: where a place lies along it |
//! | `middles.rs`, `smooth.rs` | the points it goes through |
//! | `cells.rs` | voxels as small cells |
//! | `steps.rs` | sums for each mm of the line |
//! | `cell_sums.rs`, `lanes.rs` | such sums over a mask's cells, many cells at a time |
//! | `sections.rs` | what a mask holds of each mm of the line: volume, sectors |
//! | `chords.rs`, `thickness.rs` | straight lines through a mask, and the thickest place |
//! | `rows.rs` | a mask's voxels in rows along any axis |
//! | `plane.rs` | flat cross-sections: area, middle |
//! | `position.rs` | sectors and their plain name |
//! | `canal.rs` | occupancy of the canal, displacement of the cord |
//! | `measure.rs` | the profile, and the largest values of it |
//! | `cord_signal.rs` | the cord's own signal change |
//!
//! # Thickness
//!
//! At each mm of the line, lines run from back to front (and from left to right) through the hematoma, 0.5 mm
//! apart. The thickness of a line is its longest unbroken stretch inside the hematoma's voxels, so that
//! a crescent around the cord is as thick as its wall on that line, not as the distance between its
//! horns. Along a horn at the cord's side a line from back to front runs lengthwise, and that counts: it is
//! the AP diameter that a reader measures there. The thickness of a step is the largest mean of two
//! neighboring lines over a slab of 3 mm, about an axial slice.
//!
//! For the same reason a collection beside the cord can fill the whole of the canal on the line where it is
//! thickest ([`Shape::occupancy_ap`] near 1) and none of it in the midline ([`Shape::occupancy_midline`]).
//! The published threshold is of the midline.

mod canal;
mod cell_sums;
mod cells;
mod chords;
mod cord_signal;
mod grid_line;
mod lanes;
mod line;
mod measure;
mod middles;
mod plane;
mod position;
mod result;
mod rows;
mod sections;
mod smooth;
mod steps;
mod thickness;

use hemastage_image::roi::Roi;

pub use self::{
    cord_signal::{GroupSignal, cord_signal, stretches},
    position::{Position, Sectors},
    result::{Displacement, Extent, Largest, LineSource, Place, Section, Shape, Step},
};
use self::{line::Line, measure::Measured};
use crate::steps::phase::part_sizes;

/// Choices for [`shape`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ShapeOptions {
    /// Half of the length of line that smooths each of its points.
    pub smoothing_mm: f64,
    /// Length of line over which a thickness, an occupancy or a displacement is taken, whole odd mm.
    pub slab_mm: f64,
    /// Share of each sector that makes a hematoma circumferential.
    pub circumferential_share: f64,
    /// Length of the summed direction below which a hematoma is two-sided.
    pub least_direction: f64,
}

impl Default for ShapeOptions {
    fn default() -> Self {
        Self { smoothing_mm: 20.0, slab_mm: 3.0, circumferential_share: 0.15, least_direction: 0.2 }
    }
}

impl ShapeOptions {
    /// Sets half of the length of line that smooths each of its points; 5 to 100 mm.
    pub fn with_smoothing_mm(mut self, mm: f64) -> Self {
        self.smoothing_mm = mm.clamp(5.0, 100.0);
        self
    }

    /// Sets the length of line over which a value is taken; the nearest odd mm from 1 to 11.
    pub fn with_slab_mm(mut self, mm: f64) -> Self {
        self.slab_mm = mm.clamp(1.0, 11.0);
        self
    }

    /// Sets the share of each sector that makes a hematoma circumferential.
    pub fn with_circumferential_share(mut self, share: f64) -> Self {
        self.circumferential_share = share;
        self
    }

    /// Sets the length of the summed direction below which a hematoma is two-sided.
    pub fn with_least_direction(mut self, length: f64) -> Self {
        self.least_direction = length;
        self
    }

    /// Steps on either side of a slab's middle.
    fn half_slab(&self) -> i64 {
        ((self.slab_mm - 1.0) / 2.0).round().clamp(0.0, 5.0) as i64
    }
}

/// The masks that a shape is measured on; each may have its own grid.
#[derive(Debug, Clone, Copy)]
pub struct ShapeInput<'a> {
    hematoma: &'a Roi,
    cord: Option<&'a Roi>,
    canal: Option<&'a Roi>,
    oriented: bool,
}

impl<'a> ShapeInput<'a> {
    /// A hematoma alone, of which volume and collections can be measured.
    pub fn new(hematoma: &'a Roi) -> Self {
        Self { hematoma, cord: None, canal: None, oriented: true }
    }

    /// Adds the spinal cord, whose center line the measures follow.
    pub fn with_cord(mut self, cord: &'a Roi) -> Self {
        self.cord = Some(cord);
        self
    }

    /// Adds the spinal canal. Whether the mask holds the cord and the hematoma too makes no difference.
    pub fn with_canal(mut self, canal: &'a Roi) -> Self {
        self.canal = Some(canal);
        self
    }

    /// Says that the masks' files do not tell left from right, nor front from back.
    pub fn unoriented(mut self) -> Self {
        self.oriented = false;
        self
    }
}

/// Measures a hematoma's size, thickness and position around the cord.
///
/// Without a cord mask the canal's center line stands in, and positions are around the middle of the
/// canal. Without either, volume and collections are all there is. Beyond the ends of the mask the line
/// goes straight on ([`Extent::beyond_mm`]).
///
/// # Shape and units
/// Millimeters and their powers; positions along the line from its mask's lower end, upwards, and in RAS.
/// The time is linear in the voxels of the masks.
///
/// # Reference
/// Canal occupancy by AP diameter: 60 % or more in 5 of 7 with residual deficit, less in 18 of 22
/// without (Noguchi 2003), measured in the midline. How thickness and position are taken is this project's
/// own definition, as none is published.
///
/// # Example
/// ```
/// # use hemastage_phantom::{PhantomOptions, phantom};
/// use hemastage::{
///     Labels, Roi,
///     shape::{ShapeInput, ShapeOptions, shape},
/// };
/// # let scan = phantom(&PhantomOptions::small())?;
/// # let masks = *scan.mask_grid.affine();
/// let hematoma = Roi::from_array(scan.hematoma.view(), masks, &Labels::NonZero)?;
/// let cord = Roi::from_array(scan.cord.view(), masks, &Labels::NonZero)?;
/// let found = shape(&ShapeInput::new(&hematoma).with_cord(&cord), &ShapeOptions::default());
///
/// assert_eq!(found.position.map(|p| p.name()), Some("dorsal"));
/// let total: f64 = found.profile.iter().map(|step| step.area_mm2).sum();
/// assert!((total / found.volume_mm3 - 1.0).abs() < 1e-9);
/// assert_eq!(found.reason("occupancy_area"), Some("no canal mask was given"));
/// # Ok::<(), hemastage::Error>(())
/// ```
pub fn shape(input: &ShapeInput<'_>, options: &ShapeOptions) -> Shape {
    let hematoma = input.hematoma;
    let voxel_mm3 = hematoma.grid().voxel_mm3();
    let (sizes, line) =
        rayon::join(|| part_sizes(&hematoma.column(|_, all| all.fill(true))), || line(input, options));
    let mut shape = Shape {
        volume_mm3: hematoma.volume_mm3(),
        collections_mm3: sizes.into_iter().map(|voxels| voxels as f64 * voxel_mm3).collect(),
        ..Shape::default()
    };
    match line {
        Ok((source, line)) => {
            shape.line = Some(source);
            Measured::of(input, &line, source, options).fill(&mut shape, input, options);
        }
        Err(reason) => {
            shape.explain(&["line"], &reason);
            shape.explain(&measure::ALONG_THE_LINE, "there is no centre line to measure along");
            shape.explain(&measure::SIDES, "there is no centre line to measure along");
            shape.explain(&measure::IN_THE_CANAL, "there is no centre line to measure along");
        }
    }
    shape
}

/// The center line of the cord, else of the canal; why there is neither.
fn line(input: &ShapeInput<'_>, options: &ShapeOptions) -> Result<(LineSource, Line), String> {
    let mut reasons = Vec::new();
    for (source, mask) in [(LineSource::Cord, input.cord), (LineSource::Canal, input.canal)] {
        let Some(mask) = mask else {
            reasons.push(format!("no {source} mask was given"));
            continue;
        };
        match Line::of(mask, options.smoothing_mm) {
            Ok(line)
                if [Some(input.hematoma), input.cord, input.canal]
                    .iter()
                    .flatten()
                    .all(|m| near(&line, m)) =>
            {
                return Ok((source, line));
            }
            Ok(_) => reasons.push("the masks are farther apart than a spine is long".into()),
            Err(reason) => reasons.push(format!("{source}: {reason}")),
        }
    }
    Err(reasons.join("; "))
}

/// Whether a mask can be of the same spine.
fn near(line: &Line, mask: &Roi) -> bool {
    cells::corners(mask).iter().all(|&corner| line.distance_mm(corner) <= middles::LONGEST_MM)
}
