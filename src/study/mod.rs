//! One patient at one time: the images, the masks and when the bleeding began.

use hemastage_image::{
    acquisition::Acquisition, error::Result, finding::Finding, label_map::LabelMap, nifti::LabelMapHeader,
    roi::Roi, volume::Volume,
};

pub mod load;
pub mod output;

use crate::{
    report::Input,
    steps::{
        level::{Landmarks, Scheme, Vertebrae},
        reference::{Reference, ReferenceRegion},
    },
    vocabulary::units::Onset,
};

/// What iso, hypo and hyper are relative to.
#[derive(Debug, Clone)]
pub enum ReferenceSource {
    /// The spinal cord, or another tissue by name.
    Tissue {
        /// `spinal cord`, or what the caller calls it.
        name: String,
        /// Its mask.
        region: Box<ReferenceRegion>,
    },
    /// Values that the caller knows.
    Given {
        /// On T1.
        t1: Box<Reference>,
        /// On T2.
        t2: Box<Reference>,
    },
}

/// Where the vertebrae are known from.
#[derive(Debug, Clone)]
pub enum VertebraeSource {
    /// A label map and the scheme of its numbers.
    Map {
        /// The map.
        map: Box<LabelMap>,
        /// What its numbers mean.
        scheme: Box<Scheme>,
    },
    /// Points of vertebrae or discs.
    Landmarks(Landmarks),
}

impl VertebraeSource {
    /// The vertebrae, by what of a map's labels lies in front of the canal, else of the cord.
    pub(crate) fn vertebrae<'a>(&'a self, canal: Option<&'a Roi>) -> Vertebrae<'a> {
        let vertebrae = match self {
            Self::Map { map, scheme } => Vertebrae::from_map(map, scheme),
            Self::Landmarks(landmarks) => Vertebrae::from_landmarks(landmarks),
        };
        canal.map_or(vertebrae, |canal| vertebrae.with_canal(canal))
    }
}

/// The name of the reference tissue that published criteria are relative to.
pub const CORD: &str = "spinal cord";

/// Everything that one call of [`stage`](crate::vocabulary::stage()) needs.
///
/// Open it from files with [`StudyFiles`](crate::study::load::StudyFiles), or make it from arrays with
/// [`Study::new`].
#[derive(Debug, Clone)]
pub struct Study {
    pub(crate) t1: Volume,
    pub(crate) t2: Volume,
    pub(crate) hematoma: Roi,
    pub(crate) reference: ReferenceSource,
    pub(crate) canal: Option<Roi>,
    pub(crate) vertebrae: Option<VertebraeSource>,
    pub(crate) onsets: Vec<Onset>,
    /// What the scanner was told for T1 and for T2, where that is known.
    pub(crate) acquisitions: [Option<Acquisition>; 2],
    /// Whether left is told from right.
    pub(crate) oriented: bool,
    pub(crate) inputs: Vec<Input>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) map_header: LabelMapHeader,
}

impl Study {
    /// A study from images and masks in memory.
    ///
    /// # Errors
    /// When the cord mask is longer than any spine, so that its voxel sizes must be wrong.
    pub fn new(t1: Volume, t2: Volume, hematoma: Roi, cord: Roi) -> Result<Self> {
        let inputs = vec![
            Input::array("t1", t1.grid()),
            Input::array("t2", t2.grid()),
            Input::mask("hematoma", &hematoma),
            Input::mask("cord", &cord),
        ];
        let region = Box::new(ReferenceRegion::new(cord, &hematoma)?);
        let reference = ReferenceSource::Tissue { name: CORD.into(), region };
        let map_header = LabelMapHeader::of_grid(hematoma.grid());
        Ok(Self {
            t1,
            t2,
            hematoma,
            reference,
            canal: None,
            vertebrae: None,
            onsets: Vec::new(),
            acquisitions: [None, None],
            oriented: true,
            inputs,
            findings: Vec::new(),
            map_header,
        })
    }

    /// Sets when the bleeding began, one onset per event.
    pub fn with_onsets(mut self, onsets: impl IntoIterator<Item = Onset>) -> Self {
        self.onsets = onsets.into_iter().collect();
        self
    }

    /// Adds what the scanner was told for T1 and for T2, so that the images are held against it.
    pub fn with_acquisitions(mut self, t1: Option<Acquisition>, t2: Option<Acquisition>) -> Self {
        self.acquisitions = [t1, t2];
        self
    }

    /// Replaces the reference, for example by another tissue where no cord is in view.
    pub fn with_reference(mut self, reference: ReferenceSource) -> Self {
        self.inputs.retain(|input| !matches!(input.role.as_str(), "cord" | "reference"));
        if let ReferenceSource::Tissue { name, region } = &reference {
            let role = if name == CORD { "cord" } else { "reference" };
            self.inputs.push(Input::mask(role, region.roi()));
        }
        self.reference = reference;
        self
    }

    /// Adds the spinal canal, for occupancy and displacement.
    pub fn with_canal(mut self, canal: Roi) -> Self {
        self.inputs.push(Input::mask("canal", &canal));
        self.canal = Some(canal);
        self
    }

    /// Adds the vertebrae, for the levels involved.
    pub fn with_vertebrae(mut self, vertebrae: VertebraeSource) -> Self {
        if let VertebraeSource::Map { map, .. } = &vertebrae {
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

    /// What iso, hypo and hyper are relative to.
    pub fn reference(&self) -> &ReferenceSource {
        &self.reference
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
    pub fn acquisitions(&self) -> &[Option<Acquisition>; 2] {
        &self.acquisitions
    }

    /// Whether left is told from right.
    pub fn is_oriented(&self) -> bool {
        self.oriented
    }

    /// What was odd in the files.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
