//! What is known of a hematoma's shape.

use std::{fmt, str::FromStr};

use hemastage_image::{error::Result, word};

use super::position::{Position, Sectors};

/// Which mask's center line positions and directions follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LineSource {
    /// The spinal cord's.
    Cord,
    /// The canal's, where the cord gives none, as below the conus.
    Canal,
}

impl LineSource {
    /// Both sources, the preferred one first.
    pub const ALL: [Self; 2] = [Self::Cord, Self::Canal];

    /// The name in reports: `cord` or `canal`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Cord => "cord",
            Self::Canal => "canal",
        }
    }
}

impl fmt::Display for LineSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

impl FromStr for LineSource {
    type Err = hemastage_image::Error;

    /// Reads a key.
    fn from_str(text: &str) -> Result<Self> {
        word::by_key("center line", &Self::ALL, Self::key, text)
    }
}

/// A place along the spine.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Place {
    /// Millimeters along the line from its mask's lower end, upwards; negative below it.
    pub along_mm: f64,
    /// The point, RAS mm.
    pub world_mm: [f64; 3],
}

/// How far the hematoma reaches along the line.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Extent {
    /// The craniocaudal length along the curve, gaps between collections included.
    pub length_mm: f64,
    /// Its lower end; the point lies on the line.
    pub lower: Place,
    /// Its upper end; the point lies on the line.
    pub upper: Place,
    /// How much of the length lies beyond the ends of the line's mask, where the line is taken to go
    /// straight on.
    pub beyond_mm: f64,
}

/// The largest value of something along the line, and where.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Largest {
    /// The value: mm of a thickness, 0 to 1 of an occupancy.
    pub value: f64,
    /// Where: of a thickness the middle of the thickest place, of an occupancy on the line.
    pub place: Place,
}

/// The plane across the line where the hematoma is thickest from front to back.
///
/// # Shape and units
/// Points in RAS mm; directions are unit vectors in the world, perpendicular to each other.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Section {
    /// The line's point in the plane.
    pub center_mm: [f64; 3],
    /// Along the line, to the head.
    pub up: [f64; 3],
    /// The patient's right.
    pub right: [f64; 3],
    /// The patient's front.
    pub anterior: [f64; 3],
    /// The middle of the thickest place.
    pub thickest_mm: [f64; 3],
}

/// How far the cord lies from the middle of the canal.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Displacement {
    /// Distance of the two middles.
    pub mm: f64,
    /// How far the cord's lies to the right.
    pub right_mm: f64,
    /// How far the cord's lies in front.
    pub anterior_mm: f64,
    /// The direction in words; none when the distance is below 0.1 mm.
    pub direction: Option<Position>,
    /// Where, on the line.
    pub place: Place,
}

/// One millimeter of the line.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// Its middle on the line.
    pub place: Place,
    /// Cross-section of the hematoma: its volume in this step per mm of the line, so that all steps add up
    /// to the volume.
    pub area_mm2: f64,
    /// Thickness from front to back; none at a step without hematoma.
    pub ap_mm: Option<f64>,
    /// Thickness from left to right; none at a step without hematoma.
    pub lr_mm: Option<f64>,
    /// Shares around the line; none at a step without hematoma.
    pub sectors: Option<Sectors>,
    /// Flat cross-section of the canal with all that lies in it; none beyond the canal mask.
    pub canal_mm2: Option<f64>,
    /// Hematoma / canal by area of the flat cross-section; none beyond the canal mask.
    pub occupancy_area: Option<f64>,
    /// Hematoma / canal by AP diameter where the hematoma is thickest; none without hematoma and beyond the
    /// canal mask.
    pub occupancy_ap: Option<f64>,
    /// Hematoma / canal by AP diameter in the canal's midline; none beyond the canal mask.
    pub occupancy_midline: Option<f64>,
    /// Millimeters of the cord's middle to the right and in front of the canal's; none beyond either mask.
    pub displacement_mm: Option<[f64; 2]>,
}

/// Size, thickness and position of a hematoma.
///
/// # Shape and units
/// Each value that could not be measured is none, with its reason in `reasons` by the field's name.
/// A column of the profile has one reason, such as `profile.canal_mm2`, for all the steps it misses.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Shape {
    /// Volume of all voxels.
    pub volume_mm3: f64,
    /// Volume of each 26-connected collection, largest first.
    pub collections_mm3: Vec<f64>,
    /// The center line that all of the following is measured along.
    pub line: Option<LineSource>,
    /// Craniocaudal extent.
    pub extent: Option<Extent>,
    /// Largest thickness from front to back.
    pub thickness_ap: Option<Largest>,
    /// The plane across the line where that is; none with it.
    pub section: Option<Section>,
    /// Largest thickness from left to right.
    pub thickness_lr: Option<Largest>,
    /// Shares of the four sectors around the line.
    pub sectors: Option<Sectors>,
    /// The sectors in words.
    pub position: Option<Position>,
    /// Largest hematoma / canal by area.
    pub occupancy_area: Option<Largest>,
    /// Largest hematoma / canal by AP diameter, where the hematoma is thickest at its height.
    pub occupancy_ap: Option<Largest>,
    /// Largest hematoma / canal by AP diameter in the canal's midline.
    pub occupancy_midline: Option<Largest>,
    /// Largest displacement of the cord at the hematoma.
    pub displacement: Option<Displacement>,
    /// Share of the hematoma's voxels outside the canal mask, which tells whether occupancy can be trusted.
    pub outside_canal: Option<f64>,
    /// Each mm of the line from the hematoma's lower to its upper end; empty without a line.
    pub profile: Vec<Step>,
    /// Why a value is none, by the name of its field.
    pub reasons: Vec<(&'static str, String)>,
}

impl Shape {
    /// Why a value is none.
    pub fn reason(&self, field: &str) -> Option<&str> {
        self.reasons.iter().find(|(key, _)| *key == field).map(|(_, text)| text.as_str())
    }

    pub(super) fn explain(&mut self, fields: &[&'static str], reason: &str) {
        self.reasons.extend(fields.iter().map(|&field| (field, reason.to_owned())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_by_its_key_in_reports() {
        for line in LineSource::ALL {
            assert_eq!(line.key().parse::<LineSource>().unwrap(), line);
        }
    }
}
