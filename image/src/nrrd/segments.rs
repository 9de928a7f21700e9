//! The segments of a segmentation of 3D Slicer, as the keys of its header describe them.
//!
//! # Reference
//! 3D Slicer, developer guide, MRML overview, segmentations: `Segment0_Name` and the like.

use std::{collections::BTreeMap, fmt};

use super::{error::NrrdError, header::Header};
use crate::{raster::Layout, roi::label};

/// Maximum number of segments of a file.
const MAX_SEGMENTS: usize = 4096;

/// A segment: a label in a layer. Its name is shown only where a user asks what a file holds.
#[derive(Clone)]
pub(super) struct Segment {
    pub(super) name: Option<String>,
    pub(super) label: i64,
    pub(super) layer: usize,
    /// What it is by its name, where that has a meaning.
    pub(super) meaning: Option<SegmentMeaning>,
}

/// What a segment is by its name, for a label map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentMeaning {
    /// Its number in the map.
    pub number: i64,
    /// Whether other segments may lie in it and take their voxels from it, as the cord does in the canal.
    pub holds_others: bool,
}

impl Segment {
    /// Whether a voxel with these values, one per layer, is in it.
    pub(super) fn is_in(&self, values: &[f64]) -> bool {
        values.get(self.layer).is_some_and(|&value| label(value) == Some(self.label))
    }
}

impl fmt::Debug for Segment {
    /// Does not show a name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Segment({} in layer {})", self.label, self.layer)
    }
}

/// The segments of a header by their numbers; none if it is not of a segmentation.
pub(super) fn segments(header: &Header, layout: Layout) -> Result<Vec<Segment>, NrrdError> {
    let (Layout::Apart(layers) | Layout::Interleaved(layers)) = layout;
    let mut by_number: BTreeMap<usize, BTreeMap<&str, &str>> = BTreeMap::new();
    for (key, value) in &header.keys {
        if let Some((number, property)) = property(key) {
            by_number.entry(number).or_default().insert(property, value);
        }
    }
    if by_number.len() > MAX_SEGMENTS {
        return Err(NrrdError::Segments { max: MAX_SEGMENTS });
    }
    if !by_number.is_empty() {
        check_representation(header)?;
        if matches!(layout, Layout::Apart(2..)) {
            return Err(NrrdError::LastLayers);
        }
    }
    let mut found: Vec<Segment> = Vec::with_capacity(by_number.len());
    for (n, properties) in by_number.values().enumerate() {
        let number = |key: &'static str, otherwise: i64| match properties.get(key) {
            None => Ok(otherwise),
            Some(text) => text.trim().parse().map_err(|_| NrrdError::SegmentNumber { key }),
        };
        // before Slicer 4.11 each segment had a layer of its own, and neither key
        let layer = number("Layer", if layers > 1 { n as i64 } else { 0 })?;
        let label = number("LabelValue", 1)?;
        let layer = usize::try_from(layer)
            .ok()
            .filter(|&layer| layer < layers)
            .ok_or(NrrdError::Layer { layer, layers })?;
        if label == 0 {
            return Err(NrrdError::Background);
        }
        if found.iter().any(|other| (other.label, other.layer) == (label, layer)) {
            return Err(NrrdError::SameLabel { label });
        }
        found.push(Segment {
            name: properties.get("Name").map(|&name| name.to_owned()),
            label,
            layer,
            meaning: None,
        });
    }
    Ok(found)
}

/// The number of the segment and the property that a key is about.
fn property(key: &str) -> Option<(usize, &str)> {
    let (number, property) = key.strip_prefix("Segment")?.split_once('_')?;
    Some((number.parse().ok()?, property))
}

/// Checks that the voxels are what was segmented, and not made of something else.
fn check_representation(header: &Header) -> Result<(), NrrdError> {
    let keys = ["Segmentation_SourceRepresentation", "Segmentation_MasterRepresentation"];
    let Some(stored) = keys.iter().find_map(|&key| header.keys.get(key)) else { return Ok(()) };
    let stored = stored.to_ascii_lowercase();
    match stored.trim() {
        "binary labelmap" => Ok(()),
        "closed surface" => Err(NrrdError::Representation { stored: "a surface" }),
        "fractional labelmap" => Err(NrrdError::Representation { stored: "fractions of voxels" }),
        _ => Err(NrrdError::Representation { stored: "something else than voxels" }),
    }
}
