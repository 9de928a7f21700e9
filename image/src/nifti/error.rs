//! What can be wrong with a NIfTI file.

use crate::{
    error::{Detail, ErrorKind},
    raster::VoxelError,
};

#[derive(Debug, thiserror::Error)]
pub(crate) enum NiftiError {
    #[error(transparent)]
    Voxels(#[from] VoxelError),
    #[error(
        "not a NIfTI file: expected a header of 348 or 540 bytes with its magic `n+1`, `ni1`, `n+2` or `ni2`"
    )]
    NotNifti,
    #[error("a DICOM file, not NIfTI: convert the series to NIfTI first")]
    Dicom,
    #[error(
        "an ANALYZE 7.5 header without the NIfTI magic: it has no orientation, so convert it to NIfTI from its source"
    )]
    Analyze,
    #[error("one file of a .hdr/.img pair without the other: keep both in one folder")]
    NoPartner,
    #[error("the header says {found} dimensions (dim[0]): expected 1 to 7")]
    Rank { found: i64 },
    #[error("dim[{axis}] is {found}: expected 1 to 32767 voxels")]
    Dimension { axis: usize, found: i64 },
    #[error("the header claims {} voxels: the limit is {limit}", shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x "))]
    TooLarge { shape: Vec<i64>, limit: u64 },
    #[error("{name} color voxels: expected one number per voxel, so export a grayscale image or a label map")]
    Color { name: &'static str },
    #[error("complex voxels: expected real numbers, so export the magnitude")]
    Complex,
    #[error(
        "datatype {code} (binary or 128-bit float) is not supported: save the image as an integer or float type"
    )]
    RareType { code: i16 },
    #[error("datatype {code} is not in the NIfTI standard: the header is damaged")]
    UnknownType { code: i16 },
    #[error("bitpix is {found} but datatype {datatype} has {expected} bits: the header contradicts itself")]
    Bitpix { found: i16, expected: usize, datatype: &'static str },
    #[error("scl_slope is {slope} but scl_inter is {found}: expected a finite intercept")]
    Intercept { slope: f64, found: f64 },
    #[error("vox_offset is {found}: expected a whole number of bytes, {min} or more")]
    Offset { found: f64, min: f64 },
    #[error(
        "a header extension of {size} bytes at byte {at} does not end before the voxels at byte {offset}: the header is damaged"
    )]
    Extension { size: i32, at: u64, offset: u64 },
    #[error(
        "a header extension of {size} bytes at byte {at} does not end within the header file: the header is damaged"
    )]
    PairExtension { size: i32, at: u64 },
    #[error("the voxel sizes are {} x {} x {} mm: expected positive finite numbers", sizes[0], sizes[1], sizes[2])]
    VoxelSize { sizes: [f64; 3] },
    #[error("the qform quaternion has b^2 + c^2 + d^2 = {norm}: expected at most 1")]
    Quaternion { norm: f64 },
}

impl Detail for NiftiError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Voxels(error) => error.kind(),
            Self::Dicom | Self::Analyze | Self::Color { .. } | Self::Complex | Self::RareType { .. } => {
                ErrorKind::Unsupported
            }
            Self::TooLarge { .. } => ErrorKind::Limit,
            Self::VoxelSize { .. } | Self::Quaternion { .. } => ErrorKind::Geometry,
            _ => ErrorKind::Malformed,
        }
    }
}
