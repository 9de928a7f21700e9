//! The affine of a NIfTI header: sform, else qform, else only voxel sizes.

use super::{
    error::NiftiError,
    header::{Header, NiftiVersion},
};
use crate::{
    error::Result,
    finding::Finding,
    grid::{Affine, Grid},
};

/// Which part of the header gave the affine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orientation {
    /// The sform rows.
    Sform,
    /// The qform quaternion.
    Qform,
    /// Neither is set: only voxel sizes are known, and left and right cannot be distinguished.
    None,
}

/// Voxels smaller than this along every axis are not those of a patient's scan.
const SMALL_MM: f64 = 0.05;

/// Tolerance of the norm of a quaternion stored as `f32`.
const QUATERNION_TOLERANCE: f64 = 1e-5;

/// How near the norm of the stored quaternion is to 1 for a half turn, where rounding would make the square root of the
/// rest a turn of a thousandth. These are nibabel's bounds.
fn half_turn_tolerance(version: NiftiVersion) -> f64 {
    match version {
        NiftiVersion::One => 3.0 * f64::from(f32::EPSILON),
        NiftiVersion::Two => 3.0 * f64::EPSILON,
    }
}

/// The grid of a header and where its affine comes from.
pub(super) fn orient(
    header: &Header,
    shape: [usize; 3],
    findings: &mut Vec<Finding>,
) -> Result<(Grid, Orientation)> {
    if matches!(header.space_unit, 1 | 3) {
        let unit = if header.space_unit == 1 { "metre" } else { "micrometre" };
        findings.push(Finding::warning(
            "space_unit",
            format!("the header gives {unit} as its unit of length; the affine was read as millimeters, as other readers do"),
        ));
    }
    let found = oriented(header, shape, findings)?;
    findings.extend(small_voxels(header, &found.0));
    Ok(found)
}

/// A finding about voxels that are too small for a patient's, as in an affine in meters.
fn small_voxels(header: &Header, grid: &Grid) -> Option<Finding> {
    let sizes = grid.spacing_mm();
    let is_small = sizes.iter().all(|&mm| mm < SMALL_MM) && !matches!(header.space_unit, 1 | 3);
    let [i, j, k] = sizes;
    let message = format!(
        "the voxels are {i:.2e} x {j:.2e} x {k:.2e} mm, as in an affine in metres: no length or volume can be trusted"
    );
    is_small.then(|| Finding::warning("small_voxels", message))
}

fn oriented(header: &Header, shape: [usize; 3], findings: &mut Vec<Finding>) -> Result<(Grid, Orientation)> {
    if header.sform_code > 0 {
        let grid = Grid::new(shape, sform(header)?)?;
        if header.qform_code > 0 {
            compare(header, &grid, findings);
        }
        return Ok((grid, Orientation::Sform));
    }
    if header.qform_code > 0 {
        if header.pixdim[1..4].iter().any(|&size| size < 0.0) {
            findings.push(Finding::warning(
                "negative_pixdim",
                "a voxel size in the header is negative; its absolute value was used, as nibabel does",
            ));
        }
        return Ok((Grid::new(shape, qform(header)?)?, Orientation::Qform));
    }
    Ok((Grid::new(shape, unoriented(header, shape)?)?, Orientation::None))
}

fn sform(header: &Header) -> Result<Affine> {
    let [x, y, z] = header.srow;
    Affine::new([x, y, z, [0.0, 0.0, 0.0, 1.0]])
}

fn compare(header: &Header, grid: &Grid, findings: &mut Vec<Finding>) {
    let half_voxel = 0.5 * grid.spacing_mm().into_iter().fold(f64::INFINITY, f64::min);
    let Ok(other) = qform(header).and_then(|affine| Grid::new(grid.shape(), affine)) else {
        findings.push(Finding::info("qform_invalid", "the qform is not valid; the sform was used"));
        return;
    };
    let apart = grid.corner_distance_mm(&other);
    if apart > half_voxel {
        findings.push(Finding::warning(
            "sform_qform_differ",
            format!("sform and qform place a corner {apart:.2} mm apart; the sform was used"),
        ));
    }
}

fn sizes(header: &Header) -> Result<[f64; 3], NiftiError> {
    let sizes: [f64; 3] = std::array::from_fn(|a| header.pixdim[a + 1].abs());
    if sizes.iter().all(|&s| s.is_finite() && s > 0.0) {
        Ok(sizes)
    } else {
        Err(NiftiError::VoxelSize { sizes })
    }
}

/// The affine of the quaternion, as NIfTI-1 method 2 defines it; a qfac other than -1 counts as 1.
fn qform(header: &Header) -> Result<Affine> {
    let size = sizes(header)?;
    let [mut b, mut c, mut d] = header.quatern;
    let norm = b * b + c * c + d * d;
    if !norm.is_finite() || norm > 1.0 + QUATERNION_TOLERANCE {
        return Err(NiftiError::Quaternion { norm }.into());
    }
    let a = if norm > 1.0 - half_turn_tolerance(header.version) {
        let length = norm.sqrt();
        (b, c, d) = (b / length, c / length, d / length);
        0.0
    } else {
        (1.0 - norm).sqrt()
    };
    let qfac = if header.pixdim[0] == -1.0 { -1.0 } else { 1.0 };
    let rotation = [
        [a * a + b * b - c * c - d * d, 2.0 * (b * c - a * d), 2.0 * (b * d + a * c)],
        [2.0 * (b * c + a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d - a * b)],
        [2.0 * (b * d - a * c), 2.0 * (c * d + a * b), a * a + d * d - b * b - c * c],
    ];
    let row = |r: usize| {
        [
            rotation[r][0] * size[0],
            rotation[r][1] * size[1],
            rotation[r][2] * size[2] * qfac,
            header.qoffset[r],
        ]
    };
    Affine::new([row(0), row(1), row(2), [0.0, 0.0, 0.0, 1.0]])
}

/// An affine from voxel sizes only.
fn unoriented(header: &Header, shape: [usize; 3]) -> Result<Affine> {
    Affine::centered(sizes(header)?, shape)
}
