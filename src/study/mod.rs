//! One patient at one time: the images, the masks and when the bleeding began.

pub(crate) mod check;
mod further;
mod input;
pub mod load;
mod reference;
mod vertebrae;
mod without_hematoma;

use hemastage_image::{
    acquisition::Acquisition, error::Result, finding::Finding, nifti::LabelMapHeader, roi::Roi,
    volume::Volume,
};

pub(crate) use self::{
    further::{FurtherImage, FurtherImages},
    reference::StudyReference,
    without_hematoma::OUTSIDE_LEVELS,
};
pub use self::{
    input::Input, reference::ReferenceSource, vertebrae::VertebraeSource,
    without_hematoma::StudyWithoutHematoma,
};
use crate::{
    steps::reference::{ReferenceRegion, Tissue},
    vocabulary::{
        contrast::PerContrast,
        units::{Onset, SinceFirst, VisitTime},
    },
};

/// Everything that one call of [`stage`](crate::stage()) needs.
///
/// Open it from files with [`StudyFiles`](crate::study::load::StudyFiles), or make it from arrays with
/// [`Study::new`].
#[derive(Debug, Clone)]
pub struct Study {
    pub(crate) t1: Volume,
    pub(crate) t2: Volume,
    pub(crate) further: FurtherImages,
    pub(crate) hematoma: Roi,
    pub(crate) reference: StudyReference,
    pub(crate) canal: Option<Roi>,
    pub(crate) vertebrae: Option<VertebraeSource>,
    /// Why there are no vertebrae, where a file of the anatomy was given.
    pub(crate) no_vertebrae: Option<String>,
    pub(crate) onsets: Vec<Onset>,
    /// When it was, for a follow-up.
    pub(crate) visit: Option<SinceFirst>,
    /// The acquisition of T1 and of T2, where it is known.
    pub(crate) acquisitions: PerContrast<Option<Acquisition>>,
    /// Whether left is told from right.
    pub(crate) oriented: bool,
    pub(crate) inputs: Vec<Input>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) map_header: LabelMapHeader,
}

impl Study {
    /// A study from images and masks in memory. A mask alone, as the reference, is the spinal cord's.
    ///
    /// # Errors
    /// When the reference mask is longer than any spine, so that its voxel sizes must be wrong.
    pub fn new(t1: Volume, t2: Volume, hematoma: Roi, reference: impl Into<ReferenceSource>) -> Result<Self> {
        let inputs = vec![
            Input::array("t1", t1.grid()),
            Input::array("t2", t2.grid()),
            Input::mask("hematoma", &hematoma),
        ];
        let reference = reference.into().prepared(Some(&hematoma))?;
        let map_header = LabelMapHeader::of_grid(hematoma.grid());
        let mut study = Self {
            t1,
            t2,
            further: FurtherImages::default(),
            hematoma,
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
            map_header,
        };
        study.note_reference();
        Ok(study)
    }

    /// Sets when the bleeding began, one onset per event.
    pub fn with_onsets(mut self, onsets: impl IntoIterator<Item = Onset>) -> Self {
        self.onsets = onsets.into_iter().collect();
        self
    }

    /// Sets when it was, for a follow-up.
    ///
    /// # Errors
    /// `Parameter` when the visit is counted from the time of the scan and that is unknown, or lies before day 0.
    pub fn with_visit_time(mut self, time: VisitTime) -> Result<Self> {
        let of = |image: &Option<Acquisition>| image.as_ref().and_then(Acquisition::acquired);
        let scan = of(&self.acquisitions.t2).or(of(&self.acquisitions.t1));
        self.visit = Some(time.since_first(scan)?);
        Ok(self)
    }

    /// Adds the acquisition of T1 and of T2; images whose weighting is not what they were given as become findings.
    pub fn with_acquisitions(mut self, t1: Option<Acquisition>, t2: Option<Acquisition>) -> Self {
        self.acquisitions = PerContrast { t1, t2 };
        self
    }

    /// Replaces the reference, for example by another tissue where no cord is in view.
    ///
    /// # Errors
    /// As [`Study::new`].
    pub fn with_reference(mut self, reference: impl Into<ReferenceSource>) -> Result<Self> {
        self.reference = reference.into().prepared(Some(&self.hematoma))?;
        self.inputs.retain(|input| !matches!(input.role.as_str(), "cord" | "reference"));
        self.note_reference();
        Ok(self)
    }

    /// Lists the reference's mask among the inputs.
    fn note_reference(&mut self) {
        if let Some(region) = self.reference.region() {
            self.inputs.push(Input::mask(reference::role(region.tissue()), region.roi()));
        }
    }

    /// Adds the spinal canal, for occupancy and displacement.
    pub fn with_canal(mut self, canal: Roi) -> Self {
        self.inputs.retain(|input| input.role != "canal");
        self.inputs.push(Input::mask("canal", &canal));
        self.canal = Some(canal);
        self
    }

    /// Adds the vertebrae, for the levels involved.
    pub fn with_vertebrae(mut self, vertebrae: VertebraeSource) -> Self {
        self.inputs.retain(|input| input.role != "vertebrae");
        if let Some(map) = vertebrae.label_map() {
            self.inputs.push(Input::array("vertebrae", map.grid()));
        }
        self.vertebrae = Some(vertebrae);
        self
    }

    /// Says that the voxels' order does not tell left from right, so that nothing that needs it is reported.
    pub fn with_unknown_orientation(mut self) -> Self {
        self.oriented = false;
        self
    }

    /// The T1-weighted image, or the part of it that was read.
    pub fn t1(&self) -> &Volume {
        &self.t1
    }

    /// The T2-weighted image, or the part of it that was read.
    pub fn t2(&self) -> &Volume {
        &self.t2
    }

    /// The hematoma.
    pub fn hematoma(&self) -> &Roi {
        &self.hematoma
    }

    /// The tissue whose signal is the reference; `None` for given values.
    pub fn tissue(&self) -> Option<&Tissue> {
        self.reference.region().map(ReferenceRegion::tissue)
    }

    /// The mask of the reference, of the cord or of another tissue; `None` for given values.
    pub fn reference_mask(&self) -> Option<&Roi> {
        self.reference.region().map(ReferenceRegion::roi)
    }

    /// The spinal cord, where it is the reference.
    pub fn cord(&self) -> Option<&Roi> {
        self.reference.cord().map(ReferenceRegion::roi)
    }

    /// The spinal canal, where it is known.
    pub fn canal(&self) -> Option<&Roi> {
        self.canal.as_ref()
    }

    /// Where the vertebrae are known from.
    pub fn vertebrae(&self) -> Option<&VertebraeSource> {
        self.vertebrae.as_ref()
    }

    /// When the bleeding began, one onset per event.
    pub fn onsets(&self) -> &[Onset] {
        &self.onsets
    }

    /// The acquisition of T1 and of T2, where it is known.
    pub fn acquisitions(&self) -> &PerContrast<Option<Acquisition>> {
        &self.acquisitions
    }

    /// Whether left is told from right.
    pub fn is_oriented(&self) -> bool {
        self.oriented
    }

    /// What the study was made from, as reports list it.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// What is unusual about the files.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
