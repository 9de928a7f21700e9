//! The result of the shape step.

use std::{fmt, str::FromStr};

use hemastage_image::{
    error::Result,
    roi::{Roi, part_sizes},
    word,
};
use serde::{Deserialize, Serialize};

use super::{
    ShapeInput, ShapeOptions,
    position::{Position, Sectors},
};

/// The mask whose center line positions and directions follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LineSource {
    /// The spinal cord.
    Cord,
    /// The canal, where there is no line of the cord, as below the conus.
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

/// A position along the spine.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Place {
    /// Arc length along the line, upward from the lower end of its mask; negative below.
    pub along_mm: f64,
    /// The point, RAS mm.
    pub world_mm: [f64; 3],
}

/// The craniocaudal extent of the hematoma.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Extent {
    /// Length along the curve, including gaps between collections.
    pub length_mm: f64,
    /// The lower end; the point is on the line.
    pub lower: Place,
    /// The upper end; the point is on the line.
    pub upper: Place,
    /// Length beyond the ends of the line's mask, where the line is assumed to be straight.
    pub beyond_mm: f64,
}

/// The largest value of a measure along the line, and where it is.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Largest {
    /// The value: a thickness in mm, or an occupancy from 0 to 1.
    pub value: f64,
    /// Where: for a thickness the middle of the thickest place, for an occupancy a point on the line.
    pub place: Place,
}

/// The plane across the line where the hematoma's AP diameter is largest.
///
/// # Shape and units
/// Points in RAS mm; directions are unit vectors in the world, perpendicular to each other.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Section {
    /// The line's point in the plane.
    pub center_mm: [f64; 3],
    /// Along the line, toward the head.
    pub up: [f64; 3],
    /// To the patient's right.
    pub right: [f64; 3],
    /// To the patient's front.
    pub anterior: [f64; 3],
    /// The middle of the thickest place.
    pub thickest_mm: [f64; 3],
}

/// The displacement of the cord from the middle of the canal.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Displacement {
    /// Distance between the centroids of cord and canal.
    pub mm: f64,
    /// Its component to the right.
    pub right_mm: f64,
    /// Its component to the front.
    pub anterior_mm: f64,
    /// The direction in words; `None` below 0.1 mm.
    pub direction: Option<Position>,
    /// Where along the line.
    pub place: Place,
}

/// One millimeter of the line.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// Its middle on the line.
    pub place: Place,
    /// Cross-section of the hematoma: its volume in this step per mm of the line, so that all steps add up to the
    /// volume.
    pub area_mm2: f64,
    /// AP diameter (thickness from front to back); `None` without hematoma.
    pub ap_mm: Option<f64>,
    /// Transverse diameter (thickness from left to right); `None` without hematoma.
    pub lr_mm: Option<f64>,
    /// Shares of the sectors around the line; `None` without hematoma.
    pub sectors: Option<Sectors>,
    /// Flat cross-section of the canal with all its contents; `None` outside the canal mask.
    pub canal_mm2: Option<f64>,
    /// Hematoma / canal by area of the flat cross-section; `None` outside the canal mask.
    pub occupancy_area: Option<f64>,
    /// Hematoma / canal by AP diameter where the hematoma is thickest; `None` without hematoma and outside the canal
    /// mask.
    pub occupancy_ap: Option<f64>,
    /// Hematoma / canal by AP diameter in the canal's midline; `None` outside the canal mask.
    pub occupancy_midline: Option<f64>,
    /// The cord's centroid relative to the canal's, mm to the right and to the front; `None` outside either mask.
    pub displacement_mm: Option<[f64; 2]>,
}

/// Size, thickness and position of a hematoma.
///
/// # Shape and units
/// A value that could not be measured is `None`, with its reason in `reasons` by the name of the field. A column of
/// the profile, such as `profile.canal_mm2`, has one reason for all its missing values. It is made by
/// [`shape`](super::shape()) alone, and keeps the masks of hematoma and cord that it was measured on:
///
/// ```compile_fail,E0599
/// let never_measured = hemastage::shape::Shape::default();
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Shape {
    roi: Roi,
    cord: Option<Roi>,
    oriented: bool,
    options: ShapeOptions,
    /// Volume of all voxels.
    pub volume_mm3: f64,
    /// Area of a smooth surface through its outer voxels, mm2.
    pub surface_mm2: f64,
    /// Volume of each 26-connected collection, largest first.
    pub collections_mm3: Vec<f64>,
    /// The center line along which all of the following is measured.
    pub line: Option<LineSource>,
    /// Craniocaudal extent.
    pub extent: Option<Extent>,
    /// Largest AP diameter (thickness from front to back).
    pub thickness_ap: Option<Largest>,
    /// The plane across the line where that is.
    pub section: Option<Section>,
    /// Largest transverse diameter (thickness from left to right).
    pub thickness_lr: Option<Largest>,
    /// Shares of the four sectors around the line.
    pub sectors: Option<Sectors>,
    /// The sectors in words.
    pub position: Option<Position>,
    /// Largest hematoma / canal by area.
    pub occupancy_area: Option<Largest>,
    /// Largest hematoma / canal by AP diameter, on the lines where the hematoma is thickest at that height.
    pub occupancy_ap: Option<Largest>,
    /// Largest hematoma / canal by AP diameter in the canal's midline.
    pub occupancy_midline: Option<Largest>,
    /// Largest displacement of the cord at heights with hematoma.
    pub displacement: Option<Displacement>,
    /// Share of the hematoma's voxels outside the canal mask; if it is large, occupancy cannot be trusted.
    pub outside_canal: Option<f64>,
    /// Each mm of the line, from the hematoma's lower to its upper end; empty without a line.
    pub profile: Vec<Step>,
    /// The reason for each value that is `None`, by the name of its field.
    pub reasons: Vec<(&'static str, String)>,
}

impl Shape {
    /// Volume and collections, and nothing else measured yet.
    pub(super) fn of_mask(input: &ShapeInput<'_>, options: &ShapeOptions) -> Self {
        let roi = input.hematoma;
        let sizes = part_sizes(&roi.column(|_, all| all.fill(true)));
        let voxel_mm3 = roi.grid().voxel_mm3();
        Self {
            roi: roi.clone(),
            cord: input.cord.cloned(),
            oriented: input.oriented,
            options: options.clone(),
            volume_mm3: roi.volume_mm3(),
            surface_mm2: roi.surface_mm2(),
            collections_mm3: sizes.into_iter().map(|voxels| voxels as f64 * voxel_mm3).collect(),
            line: None,
            extent: None,
            thickness_ap: None,
            section: None,
            thickness_lr: None,
            sectors: None,
            position: None,
            occupancy_area: None,
            occupancy_ap: None,
            occupancy_midline: None,
            displacement: None,
            outside_canal: None,
            profile: Vec::new(),
            reasons: Vec::new(),
        }
    }

    /// The hematoma.
    pub fn roi(&self) -> &Roi {
        &self.roi
    }

    /// The cord, where it was given.
    pub fn cord(&self) -> Option<&Roi> {
        self.cord.as_ref()
    }

    /// How it was measured.
    pub fn options(&self) -> &ShapeOptions {
        &self.options
    }

    /// Whether left is told from right.
    pub fn is_oriented(&self) -> bool {
        self.oriented
    }

    /// The reason why a field is `None`.
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
    fn line_sources_round_trip() {
        for source in LineSource::ALL {
            assert_eq!(source.to_string().parse::<LineSource>().unwrap(), source);
            assert_eq!(serde_json::to_string(&source).unwrap(), format!("\"{source}\""));
        }
    }
}
