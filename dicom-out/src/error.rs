//! Why a result cannot be written as DICOM.

use std::error;

use hemastage::ErrorKind;
use hemastage_image::error::Detail;

#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error(
        "the axes of the hematoma's mask are not at right angles: expected planes of square angles, as DICOM has no others, so resample the mask onto the grid of an image"
    )]
    Sheared,
    #[error("{found} {what}: a DICOM image has at most 65535")]
    Size { what: &'static str, found: usize },
    #[error("{bytes} bytes of pixels: expected at most {max}, so use a mask on the grid of an image")]
    Pixels { bytes: u64, max: u64 },
    #[error("the stage map holds no stage: expected one voxel that was sampled on both images")]
    Empty,
    #[error("the report is of another study than the stage map: expected both of one `stage`")]
    OtherReport,
    #[error("the object could not be encoded ({0})")]
    Encode(#[source] Box<dyn error::Error + Send + Sync>),
}

impl Detail for WriteError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Sheared => ErrorKind::Geometry,
            Self::Size { .. } | Self::Pixels { .. } => ErrorKind::Limit,
            Self::Empty | Self::OtherReport => ErrorKind::Parameter,
            Self::Encode(_) => ErrorKind::Unsupported,
        }
    }
}
