//! Errors about the files of a study that no reader of a format raises.

use std::io;

use hemastage_image::error::{Detail, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub(super) enum LoadError {
    #[error(
        "neither sform nor qform is set, so left and right are unknown: set the orientation, or allow unoriented input"
    )]
    Unoriented,
    #[error(
        "an onset is given as date and time, but the time of the scan in the header or sidecar cannot be read: give the time from the bleed to the scan instead, as in `36h`"
    )]
    UnreadableTime,
    #[error(
        "the header does not place the image in the patient, so left and right are unknown: save it with its directions and origin in a space such as left-posterior-superior, or allow unoriented input"
    )]
    NoDirections,
    #[error(
        "the file has no orientation, and its array has the shape of T1 and of T2, which lie in different places: set the orientation of the image that it was drawn on"
    )]
    TwoGrids,
    #[error(
        "the file has no orientation while others have one, and no image with one has the shape of its array: set its orientation as it was before it was converted"
    )]
    MixedOrientation,
    #[error("the mask of the {role} lies outside the image: check that both are of the same study")]
    Outside { role: &'static str },
    #[error(
        "neither its header nor its name says whether fat is suppressed in it, or whether it is a water or a fat image: name it so, as in `t1_fs`, `t1_water` or `t1_fat`"
    )]
    FatImage,
    #[error("{found} labels are chosen of the mask of the {role}: expected at most {max}")]
    Labels { role: String, found: usize, max: usize },
    #[error(
        "the reference is the cord of the anatomy, and no anatomy is given: give both, or another reference"
    )]
    NoAnatomy,
    #[error(
        "the scheme `{scheme}` has no number for the cord: give a mask of the cord, or another reference"
    )]
    CordNumber { scheme: String },
    #[error(
        "no voxel is labeled {labels}, the cord by the scheme `{scheme}`: check the scheme, or give a mask of the cord or another reference; {fitting}"
    )]
    CordVoxel { scheme: String, labels: String, fitting: String },
    #[error(
        "the label map holds nothing of the scheme `{scheme}` that no other file gives: check the scheme; {fitting}"
    )]
    NothingOfAnatomy { scheme: String, fitting: String },
    #[error(
        "none of the {segments} segments is named as a cord, a canal or a vertebra: name them in 3D Slicer, as in `Spinal cord`, `Canal`, `C3`, or name the scheme of their numbers; `hemastage inspect` lists them, and `--cord file:NAME` takes one"
    )]
    SegmentNames { segments: usize },
    #[error("{found} onsets: expected at most {max}, one per bleeding event")]
    Onsets { found: usize, max: usize },
    #[error("{text}; where the images show no hematoma, say so with `--no-hematoma` (column `no_hematoma`)")]
    EmptyHematoma { text: String },
    #[error("the study was given as one without a hematoma: open it so, or give the mask of a hematoma")]
    NoHematoma,
    #[error("the study was given with the mask of a hematoma: open it so, or leave out the mask")]
    HasHematoma,
    #[error(
        "the mask of the hematoma has {voxels} voxels, though the study was given as one without a hematoma: leave out `--no-hematoma`, or give an empty mask or none"
    )]
    NotEmpty { voxels: usize },
    #[error(
        "neither T2 nor T1 is DICOM: a DICOM result is filed under the patient and the study of an image, so give one of them as DICOM or leave out such results"
    )]
    NoOrigin,
    #[error("an image or a mask is in memory: a batch compares files, so give them all by their paths")]
    Array,
    #[error("reading failed ({0})")]
    Hash(#[source] io::Error),
    #[error("the landmarks could not be read ({0}): expected JSON or CSV text, or an image of disc points")]
    Text(#[source] io::Error),
    #[error("not a text file of at most 1 MiB: expected landmarks as JSON or CSV")]
    NotText,
}

impl Detail for LoadError {
    fn is_empty_mask(&self) -> bool {
        matches!(self, Self::EmptyHematoma { .. })
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unoriented
            | Self::NoDirections
            | Self::TwoGrids
            | Self::MixedOrientation
            | Self::Outside { .. } => ErrorKind::Geometry,
            Self::Hash(_) | Self::Text(_) => ErrorKind::Io,
            Self::NotText | Self::EmptyHematoma { .. } => ErrorKind::Malformed,
            Self::Labels { .. }
            | Self::UnreadableTime
            | Self::FatImage
            | Self::Array
            | Self::NoHematoma
            | Self::HasHematoma
            | Self::NotEmpty { .. }
            | Self::NoAnatomy
            | Self::NoOrigin
            | Self::CordNumber { .. }
            | Self::CordVoxel { .. }
            | Self::NothingOfAnatomy { .. }
            | Self::SegmentNames { .. }
            | Self::Onsets { .. } => ErrorKind::Parameter,
        }
    }
}
