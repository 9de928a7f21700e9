//! The grid that the frames of a segmentation make, where they lie on that of no image.

use super::error::MaskError;
use crate::{
    dicom::{
        plane::Plane,
        spacing::{SAME_POSITION_MM, along_normal, step_tolerance_mm},
    },
    error::Result,
    finding::Finding,
    grid::Grid,
    limits::Limits,
    vector::scaled,
};

/// What a file says of the distance between its planes, in mm.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SliceSpacing {
    pub(super) between_slices: Option<f64>,
    pub(super) thickness: Option<f64>,
}

/// The grid of frames: i along their rows, j down their columns, k along their normal.
///
/// Planes may be missing between others; these are empty slices.
///
/// # Errors
/// When the planes are not at whole multiples of one step, or the grid has more voxels than allowed.
pub(super) fn own_grid(
    planes: &[Plane],
    [columns, rows]: [usize; 2],
    spacing: SliceSpacing,
    limits: Limits,
    findings: &mut Vec<Finding>,
) -> Result<Grid> {
    let mut positions = along_normal(planes);
    let lowest = planes.iter().zip(&positions).min_by(|a, b| a.1.total_cmp(b.1));
    let lowest = lowest.map_or(&planes[0], |(plane, _)| plane);
    positions.sort_by(f64::total_cmp);
    positions.dedup_by(|next, last| *next - *last <= SAME_POSITION_MM);
    let (step, slices) = if positions.len() == 1 {
        (thickness(spacing, findings)?, 1)
    } else {
        step(&positions, spacing, findings)?
    };
    let voxels = (columns as u64 * rows as u64).saturating_mul(slices as u64);
    if voxels > limits.max_voxels {
        return Err(MaskError::Voxels { voxels, limit: limits.max_voxels }.into());
    }
    lowest.grid(columns, rows, slices, scaled(planes[0].normal(), step))
}

/// The step of a single plane, as its file states it.
fn thickness(spacing: SliceSpacing, findings: &mut Vec<Finding>) -> Result<f64, MaskError> {
    let positive = |value: Option<f64>| value.filter(|mm| *mm > 0.0 && mm.is_finite());
    let stated = [
        (positive(spacing.between_slices), "SpacingBetweenSlices"),
        (positive(spacing.thickness), "SliceThickness"),
    ];
    let (mm, keyword) =
        stated.into_iter().find_map(|(mm, keyword)| Some((mm?, keyword))).ok_or(MaskError::NoThickness)?;
    findings.push(Finding::info(
        "single_slice",
        format!("the mask has one slice; it was taken as {mm} mm thick, from {keyword}"),
    ));
    Ok(mm)
}

/// The step that every distance is a whole multiple of, and the number of slices from end to end.
///
/// This is the stated `SpacingBetweenSlices` where it fits, as empty planes may be left out everywhere; else the
/// smallest distance.
fn step(
    positions: &[f64],
    spacing: SliceSpacing,
    findings: &mut Vec<Finding>,
) -> Result<(f64, usize), MaskError> {
    let smallest = positions.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    let stated = spacing.between_slices.filter(|&mm| mm > SAME_POSITION_MM && mm < 0.9 * smallest);
    if let Some(regular) = stated.and_then(|mm| regular(positions, mm).ok()) {
        findings.push(Finding::info(
            "skipped_slices",
            format!(
                "neighbouring planes of the mask are {smallest:.3} mm apart at least; SpacingBetweenSlices says {:.3} mm, so the slices between are empty",
                regular.0
            ),
        ));
        return Ok(regular);
    }
    regular(positions, smallest)
}

/// The mean step and the number of slices, where every distance is a whole number of steps.
fn regular(positions: &[f64], step: f64) -> Result<(f64, usize), MaskError> {
    let near = |found: f64, expected: f64| (found - expected).abs() <= step_tolerance_mm(step);
    let steps = |pair: &[f64]| ((pair[1] - pair[0]) / step).round();
    let total: f64 = positions.windows(2).map(steps).sum();
    let mean = (positions[positions.len() - 1] - positions[0]) / total;
    let even = positions.windows(2).all(|pair| near(pair[1] - pair[0], steps(pair) * mean));
    if even && near(mean, step) && total < f64::from(u32::MAX) {
        return Ok((mean, total as usize + 1));
    }
    let off = |pair: &&[f64]| (pair[1] - pair[0] - steps(pair) * step).abs();
    let worst = positions.windows(2).max_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(positions);
    Err(MaskError::Uneven { low: worst[0], high: worst[1], step })
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::{super::placement::Placement, *};

    const AXIAL: [f64; 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];

    fn axial(z: f64) -> Plane {
        Plane::of([10.0, 20.0, z], AXIAL, [0.75, 0.5]).unwrap()
    }

    fn own(z: &[f64], spacing: SliceSpacing) -> (Result<Grid>, Vec<Finding>) {
        let planes: Vec<Plane> = z.iter().map(|&z| axial(z)).collect();
        let mut findings = Vec::new();
        let grid = own_grid(&planes, [8, 6], spacing, Limits::default(), &mut findings);
        (grid, findings)
    }

    fn stated(mm: f64) -> SliceSpacing {
        SliceSpacing { between_slices: Some(mm), thickness: Some(9.0) }
    }

    #[test]
    fn frames_make_a_grid_with_the_smallest_step() {
        let (grid, findings) = own(&[9.0, 3.0, 5.0, 5.0, 7.0, 13.0], SliceSpacing::default());
        let grid = grid.unwrap();
        assert_eq!(grid.shape(), [8, 6, 6]);
        assert_abs_diff_eq!(grid.spacing_mm()[..], [0.5, 0.75, 2.0][..], epsilon = 1e-12);
        assert_eq!(grid.center([0, 0, 5]), [-10.0, -20.0, 13.0]);
        assert!(findings.is_empty());
        for z in [3.0, 13.0] {
            assert!(Placement::find(&axial(z), [8, 6], &grid).is_some());
        }
    }

    #[test]
    fn the_stated_spacing_fills_skipped_slices() {
        let (grid, findings) = own(&[3.0, 9.0, 18.0], stated(1.5));
        assert_eq!(grid.unwrap().shape()[2], 11);
        assert_eq!(findings[0].code, "skipped_slices");
        let (grid, findings) = own(&[3.0, 9.0, 15.0], stated(2.5));
        assert_eq!(grid.unwrap().shape()[2], 3, "6 is no multiple of 2.5");
        assert!(findings.is_empty());
        let (grid, findings) = own(&[3.0], stated(2.5));
        assert_abs_diff_eq!(grid.unwrap().spacing_mm()[2], 2.5, epsilon = 1e-12);
        assert_eq!(findings[0].code, "single_slice");
    }

    #[test]
    fn refuses_planes_that_make_no_grid() {
        let error = |z: &[f64]| own(z, SliceSpacing::default()).0.unwrap_err().to_string();
        assert_eq!(
            error(&[0.0, 4.0, 8.0, 14.0]),
            "planes at 8.00 and 14.00 mm along the normal are not a whole number of steps of 4.00 mm apart: expected planes of one regular grid, so give the image that was segmented in the same orientation or export the mask again"
        );
        assert!(error(&[3.0]).contains("SpacingBetweenSlices"));
        assert!(error(&[0.0, 0.02, 1e12]).contains("steps of 0.02 mm"));
        assert!(error(&[0.0, 0.02, 1e7]).contains("voxels"));
    }
}
