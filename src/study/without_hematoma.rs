//! One patient at a time when the images show no hematoma.

use hemastage_image::{acquisition::Acquisition, error::Result, finding::Finding, roi::Roi, volume::Volume};

use super::{Input, ReferenceSource, StudyReference, VertebraeSource};
use crate::vocabulary::{
    contrast::PerContrast,
    units::{Onset, SinceFirst},
};

/// A finding on a hematoma's levels that says nothing of a cord's.
pub(crate) const OUTSIDE_LEVELS: &str = "outside_levels";

/// A study whose images show no hematoma, as after it was absorbed: images, reference, canal and vertebrae.
///
/// [`measure_without_hematoma`](crate::measure_without_hematoma()) makes its report.
#[derive(Debug, Clone)]
pub struct StudyWithoutHematoma {
    pub(crate) t1: Volume,
    pub(crate) t2: Volume,
    pub(crate) reference: StudyReference,
    pub(crate) canal: Option<Roi>,
    pub(crate) vertebrae: Option<VertebraeSource>,
    pub(crate) no_vertebrae: Option<String>,
    pub(crate) onsets: Vec<Onset>,
    pub(crate) visit: Option<SinceFirst>,
    pub(crate) acquisitions: PerContrast<Option<Acquisition>>,
    pub(crate) oriented: bool,
    pub(crate) inputs: Vec<Input>,
    pub(crate) findings: Vec<Finding>,
}

impl StudyWithoutHematoma {
    /// A study from images and the reference in memory. A mask alone, as the reference, is the spinal cord's.
    ///
    /// # Errors
    /// When the reference mask is longer than any spine, so that its voxel sizes must be wrong.
    pub fn new(t1: Volume, t2: Volume, reference: impl Into<ReferenceSource>) -> Result<Self> {
        let mut inputs = vec![Input::array("t1", t1.grid()), Input::array("t2", t2.grid())];
        let reference = reference.into().prepared(None)?;
        if let Some(region) = reference.region() {
            inputs.push(Input::mask(super::reference::role(region.tissue()), region.roi()));
        }
        Ok(Self {
            t1,
            t2,
            reference,
            canal: None,
            vertebrae: None,
            no_vertebrae: None,
            onsets: Vec::new(),
            visit: None,
            acquisitions: PerContrast::default(),
            oriented: true,
            inputs,
            findings: Vec::new(),
        })
    }

    /// Adds the vertebrae, for the cord's levels.
    pub fn with_vertebrae(mut self, vertebrae: VertebraeSource) -> Self {
        if let Some(map) = vertebrae.label_map() {
            self.inputs.push(Input::array("vertebrae", map.grid()));
        }
        self.vertebrae = Some(vertebrae);
        self
    }

    /// The spinal cord, where it is the reference.
    pub fn cord(&self) -> Option<&Roi> {
        self.reference.cord().map(crate::steps::reference::ReferenceRegion::roi)
    }
}
