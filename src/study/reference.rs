//! What iso, hypo and hyper are relative to, as the caller gives it and as a study keeps it.

use hemastage_image::{error::Result, roi::Roi};

use crate::{
    steps::reference::{Reference, ReferenceRegion, Tissue},
    vocabulary::contrast::PerContrast,
};

/// What iso, hypo and hyper are relative to: a mask of the cord or of another tissue, or given values.
///
/// # Example
/// ```
/// use hemastage::{ReferenceSource, reference::Reference};
/// // a lumbar study below the conus, whose muscle was measured elsewhere
/// let values = ReferenceSource::given(Reference::given(410.0, Some(20.0))?, Reference::given(380.0, None)?);
/// # let _ = values;
/// # Ok::<(), hemastage::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ReferenceSource(Source);

#[derive(Debug, Clone)]
enum Source {
    Mask { tissue: Tissue, mask: Box<Roi> },
    Given(Box<PerContrast<Reference>>),
}

impl ReferenceSource {
    /// The spinal cord, by its mask.
    pub fn cord(mask: Roi) -> Self {
        Self::tissue(Tissue::Cord, mask)
    }

    /// Another tissue, by its mask; published criteria are relative to the cord.
    pub fn tissue(tissue: Tissue, mask: Roi) -> Self {
        Self(Source::Mask { tissue, mask: Box::new(mask) })
    }

    /// Values that the caller knows.
    pub fn given(t1: Reference, t2: Reference) -> Self {
        Self(Source::Given(Box::new(PerContrast { t1, t2 })))
    }

    /// The reference made ready for a hematoma; `None` where the scan shows none.
    ///
    /// # Errors
    /// When the mask is longer than any spine, so that its voxel sizes must be wrong.
    pub(crate) fn prepared(self, hematoma: Option<&Roi>) -> Result<StudyReference> {
        Ok(match self.0 {
            Source::Mask { tissue, mask } => {
                let region = match hematoma {
                    Some(hematoma) => ReferenceRegion::new(*mask, hematoma),
                    None => ReferenceRegion::without_hematoma(*mask),
                };
                let region = region.map_err(|error| error.at(role(&tissue)))?;
                StudyReference::Mask(Box::new(region.with_tissue(tissue)))
            }
            Source::Given(values) => StudyReference::Given(values),
        })
    }
}

impl From<Roi> for ReferenceSource {
    /// The spinal cord's mask.
    fn from(cord: Roi) -> Self {
        Self::cord(cord)
    }
}

/// The role of a reference mask: `cord` or `reference`.
pub(crate) fn role(tissue: &Tissue) -> &'static str {
    match tissue {
        Tissue::Cord => "cord",
        Tissue::Other(_) => "reference",
    }
}

/// The reference of a study.
#[derive(Debug, Clone)]
pub(crate) enum StudyReference {
    /// Measured in a mask.
    Mask(Box<ReferenceRegion>),
    /// Given.
    Given(Box<PerContrast<Reference>>),
}

impl StudyReference {
    pub(crate) fn region(&self) -> Option<&ReferenceRegion> {
        match self {
            Self::Mask(region) => Some(region),
            Self::Given(_) => None,
        }
    }

    /// The region, where it is the cord's.
    pub(crate) fn cord(&self) -> Option<&ReferenceRegion> {
        self.region().filter(|region| *region.tissue() == Tissue::Cord)
    }
}
