//! Size, thickness and position of the hematoma around the cord, and how much of the canal it occupies.
//!
//! Everything is measured in planes perpendicular to the cord, not along the axes of an image, so that a tilted or
//! curved spine gives the numbers of a straight one.
//!
//! # Thickness
//!
//! At each mm of the spine, lines 0.5 mm apart run through the hematoma from back to front (AP) and from left to
//! right (transverse). The thickness on a line is its longest unbroken part inside the hematoma, so that a crescent
//! around the cord is as thick as its wall, not as the distance between its horns. A horn at the side of the cord is
//! crossed lengthwise, and that counts: it is the AP diameter that a reader measures there. The thickness of a step
//! is the largest mean over two adjacent lines in a slab of 3 mm, about an axial slice.
//!
//! For the same reason a collection at the side of the cord can fill the canal on the line where it is thickest
//! ([`Shape::occupancy_ap`] near 1) and leave the midline free ([`Shape::occupancy_midline`] 0). The published
//! threshold is for the midline.

mod canal;
mod chords;
mod cord_signal;
mod error;
mod fit;
mod line;
mod measure;
mod middles;
mod outside;
mod plane;
mod position;
mod result;
mod sections;
mod smooth;
mod stray;
mod thickness;

use hemastage_image::{error::Result, roi::Roi};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::{
    cord_signal::{GroupSignal, SignalByGroup, cord_signal, stretches},
    position::{Position, Sectors},
    result::{Displacement, Extent, Largest, LineSource, Place, Section, Shape, Step},
};
use self::{
    error::ShapeError, fit::fit, line::Line, measure::Measured, middles::MAX_SPINE_MM, sections::Sections,
};
pub(crate) use self::{
    outside::{MAX_OUTSIDE, Outside, along},
    stray::Stray,
};
use crate::kernel::cells::corners;

/// Choices for [`shape`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ShapeOptions {
    /// Half width of the window that smooths the center line; 5 to 100 mm.
    pub smoothing_mm: f64,
    /// Length along the line of the slab over which a thickness, an occupancy or a displacement is averaged; an odd
    /// number of mm from 1 to 11.
    pub slab_mm: f64,
    /// A hematoma is circumferential if each sector has at least this share of it; 0 to 1.
    pub circumferential_share: f64,
    /// A hematoma has one direction from this length of its summed direction on, else it is two-sided; 0 to 1.
    pub min_direction: f64,
}

impl Default for ShapeOptions {
    fn default() -> Self {
        Self { smoothing_mm: 20.0, slab_mm: 3.0, circumferential_share: 0.15, min_direction: 0.2 }
    }
}

impl ShapeOptions {
    /// Sets the half width of the window that smooths the center line.
    pub fn with_smoothing_mm(mut self, mm: f64) -> Self {
        self.smoothing_mm = mm;
        self
    }

    /// Sets the length of the slab over which a value is averaged.
    pub fn with_slab_mm(mut self, mm: f64) -> Self {
        self.slab_mm = mm;
        self
    }

    /// Sets the share of each sector from which a hematoma is circumferential.
    pub fn with_circumferential_share(mut self, share: f64) -> Self {
        self.circumferential_share = share;
        self
    }

    /// Sets the length of the summed direction from which a hematoma has one direction.
    pub fn with_min_direction(mut self, length: f64) -> Self {
        self.min_direction = length;
        self
    }

    /// Checks that each value is in its range.
    ///
    /// # Errors
    /// `Parameter`, with the value, when one is NaN or out of range.
    pub fn check(&self) -> Result<()> {
        let Self { smoothing_mm, slab_mm, circumferential_share, min_direction } = *self;
        let is_odd = [1.0, 3.0, 5.0, 7.0, 9.0, 11.0].contains(&slab_mm);
        for (option, found, expected, is_valid) in [
            ("smoothing_mm", smoothing_mm, "5 to 100 mm", (5.0..=100.0).contains(&smoothing_mm)),
            ("slab_mm", slab_mm, "1, 3, 5, 7, 9 or 11 mm", is_odd),
            (
                "circumferential_share",
                circumferential_share,
                "0 to 1",
                (0.0..=1.0).contains(&circumferential_share),
            ),
            ("min_direction", min_direction, "0 to 1", (0.0..=1.0).contains(&min_direction)),
        ] {
            if !is_valid {
                return Err(ShapeError { option, found, expected }.into());
            }
        }
        Ok(())
    }

    /// The number of steps on either side of a slab's middle.
    fn half_slab(&self) -> i64 {
        ((self.slab_mm - 1.0) / 2.0) as i64
    }
}

/// The masks on which a shape is measured; each may have its own grid.
#[derive(Debug, Clone, Copy)]
pub struct ShapeInput<'a> {
    hematoma: &'a Roi,
    cord: Option<&'a Roi>,
    canal: Option<&'a Roi>,
    oriented: bool,
}

impl<'a> ShapeInput<'a> {
    /// A hematoma alone: only volume and collections can be measured.
    pub fn new(hematoma: &'a Roi) -> Self {
        Self { hematoma, cord: None, canal: None, oriented: true }
    }

    /// Adds the spinal cord, along whose center line the hematoma is measured.
    pub fn with_cord(mut self, cord: &'a Roi) -> Self {
        self.cord = Some(cord);
        self
    }

    /// Adds the spinal canal. Its mask may include the cord and the hematoma or leave them out.
    pub fn with_canal(mut self, canal: &'a Roi) -> Self {
        self.canal = Some(canal);
        self
    }

    /// Marks the masks as unoriented: left and right, and front and back, are not known.
    pub fn unoriented(mut self) -> Self {
        self.oriented = false;
        self
    }
}

/// The stray parts of the masks, which shape and findings both need.
#[derive(Debug)]
pub(crate) struct StrayParts {
    pub(crate) cord: Option<Stray>,
    pub(crate) canal: Option<Stray>,
    /// Parts of the hematoma off the canal and the cord, as far as these are not stray themselves.
    pub(crate) off_canal: Option<Stray>,
}

impl StrayParts {
    pub(crate) fn of(input: &ShapeInput<'_>) -> Self {
        let others: Vec<&Roi> = [Some(input.hematoma), input.cord].into_iter().flatten().collect();
        let (cord, canal) =
            rayon::join(|| Stray::of_tube(input.cord?, &[]), || Stray::of_tube(input.canal?, &others));
        let tubes = Self { cord, canal, off_canal: None };
        let off_canal = tubes.off_canal(input);
        Self { off_canal, ..tubes }
    }

    /// Parts of another hematoma off the same canal and cord.
    pub(crate) fn off_canal(&self, input: &ShapeInput<'_>) -> Option<Stray> {
        let ShapeInput { hematoma, cord, canal, .. } = self.without(input);
        Stray::off_canal(hematoma, canal, cord)
    }

    /// The length of a hematoma along the center line, gaps included; `None` where there is no line.
    pub(crate) fn length_mm(&self, input: &ShapeInput<'_>, options: &ShapeOptions) -> Option<f64> {
        let (_, line) = line(&self.without(input), options).ok()?;
        let (low, high) = Sections::of(&line, input.hematoma).ends();
        Some(high - low)
    }

    /// The input without stray parts of cord and canal.
    fn without<'b>(&'b self, input: &ShapeInput<'b>) -> ShapeInput<'b> {
        let rest = |stray: &'b Option<Stray>| stray.as_ref().map(|stray| &stray.rest);
        ShapeInput {
            cord: rest(&self.cord).or(input.cord),
            canal: rest(&self.canal).or(input.canal),
            ..*input
        }
    }
}

/// Measures a hematoma's size, thickness and position around the cord.
///
/// Without a cord mask the canal's center line is used, and positions are around the middle of the canal. Without
/// either, only volume and collections are measured. Beyond the ends of the mask the line is assumed to be straight
/// ([`Extent::beyond_mm`]). Stray parts of cord and canal are left out; thickness and occupancy also leave out parts of
/// the hematoma off the canal.
///
/// # Shape and units
/// Millimeters and their powers; positions along the line, upward from the lower end of its mask, and in RAS. The
/// time is linear in the voxels of the masks.
///
/// # Errors
/// When an option is [out of range](ShapeOptions::check).
///
/// # Reference
/// Canal occupancy by AP diameter: 60 % or more in 5 of 7 with residual deficit, less in 18 of 22 without (Noguchi
/// 2003), measured in the midline. The definitions of thickness and position are this project's own, as none are
/// published.
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
/// let found = shape(&ShapeInput::new(&hematoma).with_cord(&cord), &ShapeOptions::default())?;
///
/// assert_eq!(found.position.map(|p| p.name()), Some("dorsal"));
/// let total: f64 = found.profile.iter().map(|step| step.area_mm2).sum();
/// assert!((total / found.volume_mm3 - 1.0).abs() < 1e-9);
/// assert_eq!(found.reason("occupancy_area"), Some("no canal mask was given"));
/// # Ok::<(), hemastage::Error>(())
/// ```
pub fn shape(input: &ShapeInput<'_>, options: &ShapeOptions) -> Result<Shape> {
    options.check()?;
    Ok(shape_without(&StrayParts::of(input), input, options))
}

/// The same without these stray parts, by options that were checked.
pub(crate) fn shape_without(stray: &StrayParts, input: &ShapeInput<'_>, options: &ShapeOptions) -> Shape {
    let (mut shape, input) = (Shape::of_mask(input, options), &stray.without(input));
    match line(input, options) {
        Ok((source, line)) => {
            shape.line = Some(source);
            let blood = stray.off_canal.as_ref().map_or(input.hematoma, |stray| &stray.rest);
            Measured::of(input, blood, &line, source, options).fill(&mut shape, input, options);
        }
        Err(reason) => {
            shape.explain(&["line"], &reason);
            shape.explain(&measure::ALONG_THE_LINE, "there is no center line to measure along");
            shape.explain(&measure::SIDES, "there is no center line to measure along");
            shape.explain(&measure::IN_THE_CANAL, "there is no center line to measure along");
        }
    }
    shape
}

/// The center line of the cord, else of the canal; the reasons if there is neither.
fn line(input: &ShapeInput<'_>, options: &ShapeOptions) -> Result<(LineSource, Line), String> {
    let masks = [Some(input.hematoma), input.cord, input.canal];
    let mut reasons = Vec::new();
    for (source, mask) in [(LineSource::Cord, input.cord), (LineSource::Canal, input.canal)] {
        let Some(mask) = mask else {
            reasons.push(format!("no {source} mask was given"));
            continue;
        };
        match fit(mask, options.smoothing_mm) {
            Ok(line) if masks.iter().flatten().all(|mask| is_near(&line, mask)) => return Ok((source, line)),
            Ok(_) => reasons.push("the masks are farther apart than a spine is long".into()),
            Err(reason) => reasons.push(format!("{source}: {reason}")),
        }
    }
    Err(reasons.join("; "))
}

/// Whether a mask can be of the same spine.
fn is_near(line: &Line, mask: &Roi) -> bool {
    corners(mask).iter().all(|&corner| line.distance_mm(corner) <= MAX_SPINE_MM)
}

#[cfg(test)]
mod tests {
    use hemastage_image::ErrorKind;

    use super::*;
    use crate::kernel::frame::tests::arc_mask;

    #[test]
    fn options_out_of_range_are_refused() {
        let default = ShapeOptions::default;
        for options in [
            default(),
            default().with_smoothing_mm(5.0).with_slab_mm(1.0),
            default().with_smoothing_mm(100.0).with_slab_mm(11.0),
            default().with_circumferential_share(0.0).with_min_direction(1.0),
        ] {
            assert!(options.check().is_ok(), "{options:?}");
        }
        let roi = arc_mask(80.0, [2.0; 3]);
        for (options, expected) in [
            (default().with_smoothing_mm(-5.0), "`smoothing_mm` is -5: expected 5 to 100 mm"),
            (default().with_smoothing_mm(0.0), "`smoothing_mm` is 0: expected 5 to 100 mm"),
            (default().with_smoothing_mm(f64::NAN), "`smoothing_mm` is NaN: expected 5 to 100 mm"),
            (default().with_smoothing_mm(f64::INFINITY), "`smoothing_mm` is inf: expected 5 to 100 mm"),
            (default().with_slab_mm(4.0), "`slab_mm` is 4: expected 1, 3, 5, 7, 9 or 11 mm"),
            (default().with_slab_mm(-3.0), "`slab_mm` is -3: expected 1, 3, 5, 7, 9 or 11 mm"),
            (default().with_slab_mm(f64::NAN), "`slab_mm` is NaN: expected 1, 3, 5, 7, 9 or 11 mm"),
            (default().with_circumferential_share(1.1), "`circumferential_share` is 1.1: expected 0 to 1"),
            (
                default().with_circumferential_share(f64::NAN),
                "`circumferential_share` is NaN: expected 0 to 1",
            ),
            (default().with_min_direction(-0.2), "`min_direction` is -0.2: expected 0 to 1"),
            (default().with_min_direction(f64::NAN), "`min_direction` is NaN: expected 0 to 1"),
        ] {
            let error = shape(&ShapeInput::new(&roi).with_cord(&roi), &options).unwrap_err();
            assert_eq!((error.to_string().as_str(), error.kind()), (expected, ErrorKind::Parameter));
        }
    }
}
