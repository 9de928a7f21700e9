//! The step and the grid that the frames of a segmentation make.

use super::{error::MaskError, images::is_step};
use crate::{
    dicom::{
        plane::Plane,
        spacing::{Mm, SAME_POSITION_MM, along_normal, step_tolerance_mm},
    },
    error::Result,
    finding::Finding,
    grid::Grid,
    limits::Limits,
    vector::scaled,
};

/// What a file says of the distance between its planes, in mm; what is no distance counts as not said.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SliceSpacing {
    between_slices: Option<f64>,
    thickness: Option<f64>,
}

impl SliceSpacing {
    /// From `SpacingBetweenSlices`, which old writers gave a sign, and `SliceThickness`.
    pub(super) fn new(between_slices: Option<f64>, thickness: Option<f64>) -> Self {
        let positive =
            |mm: Option<f64>| mm.map(f64::abs).filter(|mm| mm.is_finite() && *mm > SAME_POSITION_MM);
        Self { between_slices: positive(between_slices), thickness: positive(thickness) }
    }

    /// `SpacingBetweenSlices`, if it can be that of planes whose smallest distance is this: some writers give the gap
    /// between slices instead, which is small against their thickness.
    fn step_for(&self, smallest: f64) -> Option<f64> {
        let is_gap =
            |mm: f64| self.thickness.is_some_and(|thick| 2.0 * mm < thick && thick <= 1.01 * smallest);
        self.between_slices.filter(|&mm| !is_gap(mm))
    }
}

/// The step of a mask: what its file says of it, and the smallest distance between its planes.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnStep {
    /// `SpacingBetweenSlices`, where the planes agree with it.
    stated: Option<f64>,
    /// The same, where they do not.
    contradicted: Option<f64>,
    /// Whether it is there, right or wrong.
    states_spacing: bool,
    distance: Option<f64>,
    thickness: Option<f64>,
}

impl OwnStep {
    /// The step of planes, of which those that are not parallel to the first are not looked at.
    pub(super) fn of(planes: &[Plane], spacing: SliceSpacing) -> Self {
        let first = planes.first();
        let parallel = planes.iter().filter(|plane| first.is_some_and(|first| first.is_parallel(plane)));
        let positions = positions(&parallel.copied().collect::<Vec<_>>());
        let distance = (positions.len() > 1).then(|| smallest_distance(&positions));
        let fits = |mm: &f64| regular(&positions, *mm).is_ok();
        let stated = distance.map_or(spacing.between_slices, |distance| spacing.step_for(distance));
        let (stated, contradicted) = match stated {
            Some(mm) if distance.is_some() && !fits(&mm) => (None, Some(mm)),
            stated => (stated, None),
        };
        let states_spacing = spacing.between_slices.is_some();
        Self { stated, contradicted, states_spacing, distance, thickness: spacing.thickness }
    }

    /// `SpacingBetweenSlices` where the planes agree with it, else their distance, else `SliceThickness`.
    pub(super) fn mm(&self) -> Option<f64> {
        self.stated.or(self.distance).or(self.thickness)
    }

    /// A finding where the planes contradict `SpacingBetweenSlices`.
    pub(super) fn contradiction(&self) -> Option<Finding> {
        let (stated, distance) = (self.contradicted?, self.distance?);
        let message = format!(
            "SpacingBetweenSlices of the mask is {} mm, which the places of its planes, {} mm apart, contradict: the places count",
            Mm(stated),
            Mm(distance)
        );
        Some(Finding::warning("slice_spacing", message))
    }

    /// Whether the file says that the mask's slices are several slices of an image thick: `SpacingBetweenSlices`, or
    /// without it `SliceThickness`, where the planes are as far apart as that.
    pub(super) fn spans_slices_of(&self, slices_mm: f64) -> bool {
        let near = |mm: f64, other: f64| (mm - other).abs() <= step_tolerance_mm(mm);
        let thickness = self.thickness.filter(|&mm| self.distance.is_some_and(|distance| near(mm, distance)));
        let thickness = thickness.filter(|_| !self.states_spacing);
        self.stated.or(thickness).is_some_and(|mm| mm > slices_mm && !is_step(mm, slices_mm))
    }
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
    let along = along_normal(planes);
    let lowest = planes.iter().zip(&along).min_by(|a, b| a.1.total_cmp(b.1));
    let lowest = lowest.map_or(&planes[0], |(plane, _)| plane);
    let positions = positions(planes);
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

/// The different positions of planes along the normal of the first, sorted.
fn positions(planes: &[Plane]) -> Vec<f64> {
    let mut positions = along_normal(planes);
    positions.sort_by(f64::total_cmp);
    positions.dedup_by(|next, last| *next - *last <= SAME_POSITION_MM);
    positions
}

fn smallest_distance(positions: &[f64]) -> f64 {
    positions.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min)
}

/// The step of a single plane, as its file states it.
fn thickness(spacing: SliceSpacing, findings: &mut Vec<Finding>) -> Result<f64, MaskError> {
    let stated = [(spacing.between_slices, "SpacingBetweenSlices"), (spacing.thickness, "SliceThickness")];
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
    let smallest = smallest_distance(positions);
    let stated = spacing.step_for(smallest).filter(|&mm| mm < 0.9 * smallest);
    if let Some(regular) = stated.and_then(|mm| regular(positions, mm).ok()) {
        findings.push(Finding::info(
            "skipped_slices",
            format!(
                "neighboring planes of the mask are {smallest:.3} mm apart at least; SpacingBetweenSlices says {:.3} mm, so the slices between are empty",
                regular.0
            ),
        ));
        return Ok(regular);
    }
    if let Some(stated) = spacing.step_for(smallest).filter(|&mm| are_blocks(positions, mm)) {
        return Err(MaskError::Blocks { smallest, stated });
    }
    let regular = regular(positions, smallest)?;
    let is_apart = |mm: &f64| smallest > mm + step_tolerance_mm(*mm);
    if let Some(thickness) = spacing.thickness.filter(is_apart).filter(|_| spacing.between_slices.is_none()) {
        findings.push(Finding::warning(
            "slice_spacing",
            format!(
                "the mask's planes are {} mm apart, its SliceThickness is {} mm and SpacingBetweenSlices is missing: slices of {} mm were taken, so if slices in between were left out, the mask is too thick",
                Mm(smallest), Mm(thickness), Mm(regular.0)
            ),
        ));
    }
    Ok(regular)
}

/// Whether planes are those of several blocks that overlap, each with this step: planes of one block alone are a step
/// apart, and where blocks overlap, planes are closer.
fn are_blocks(positions: &[f64], step: f64) -> bool {
    const MIN_STEPS: usize = 2;
    const MAX_BLOCKS: usize = 8;
    let near = |mm: f64| (mm - step).abs() <= step_tolerance_mm(step);
    let is_step = |pair: &[f64]| near(pair[1] - pair[0]);
    let mut blocks: Vec<Vec<f64>> = Vec::new();
    for &at in positions {
        match blocks.iter().position(|block| block.last().is_some_and(|last| near(at - last))) {
            Some(block) => blocks[block].push(at),
            None if blocks.len() == MAX_BLOCKS => return false,
            None => blocks.push(vec![at]),
        }
    }
    let plain = positions.windows(2).filter(|pair| is_step(pair)).count();
    plain >= MIN_STEPS
        && blocks.len() > 1
        && blocks.iter().all(|block| block.len() > MIN_STEPS)
        && smallest_distance(positions) < step - step_tolerance_mm(step)
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
        SliceSpacing::new(Some(mm), Some(9.0))
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
    fn the_sign_of_the_spacing_does_not_count() {
        let (grid, _) = own(&[3.0, 7.0, 15.0], SliceSpacing::new(Some(-2.0), Some(2.0)));
        assert_eq!(grid.unwrap().shape()[2], 7);
        for spacing in
            [SliceSpacing::new(Some(0.0), Some(3.0)), SliceSpacing::new(Some(f64::NAN), Some(-3.0))]
        {
            let (grid, findings) = own(&[3.0], spacing);
            assert_abs_diff_eq!(grid.unwrap().spacing_mm()[2], 3.0, epsilon = 1e-12);
            assert!(findings[0].message.ends_with("from SliceThickness"));
        }
    }

    #[test]
    fn planes_farther_apart_than_they_are_thick_are_told() {
        let (grid, findings) = own(&[3.0, 7.0, 15.0], SliceSpacing::new(None, Some(2.0)));
        assert_eq!(grid.unwrap().shape()[2], 4);
        assert_eq!(findings[0].code, "slice_spacing");
        assert!(
            findings[0].message.starts_with(
                "the mask's planes are 4 mm apart, its SliceThickness is 2 mm and SpacingBetweenSlices is missing"
            ),
            "{}",
            findings[0].message
        );
        for spacing in [
            SliceSpacing::new(None, Some(4.0)),
            SliceSpacing::new(None, Some(9.0)),
            SliceSpacing::new(Some(4.0), Some(2.0)),
            SliceSpacing::default(),
        ] {
            assert!(own(&[3.0, 7.0, 15.0], spacing).1.is_empty(), "{spacing:?}");
        }
    }

    #[test]
    fn the_step_is_stated_else_measured_else_the_thickness() {
        let step = |z: &[f64], between_slices, thickness| {
            let planes: Vec<Plane> = z.iter().map(|&z| axial(z)).collect();
            OwnStep::of(&planes, SliceSpacing::new(between_slices, thickness))
        };
        assert_eq!(step(&[3.0, 7.0], Some(-2.0), Some(3.0)).mm(), Some(2.0));
        assert_eq!(step(&[3.0, 7.0], Some(3.0), Some(2.0)).mm(), Some(4.0), "3 does not fit");
        assert_eq!(step(&[3.0, 7.0], None, Some(2.0)).mm(), Some(4.0));
        assert_eq!(step(&[3.0, 7.0], Some(0.4), Some(3.6)).mm(), Some(4.0), "the gap");
        assert_eq!(step(&[3.0], None, Some(2.0)).mm(), Some(2.0));
        assert_eq!(step(&[3.0, 3.0], None, None).mm(), None);
        assert!(step(&[3.0, 7.0], Some(4.0), None).spans_slices_of(1.0));
        assert!(!step(&[3.0, 7.0], Some(4.0), None).spans_slices_of(4.2));
        assert!(step(&[3.0, 7.0], None, Some(4.0)).spans_slices_of(1.0), "the thickness is the distance");
        assert!(!step(&[3.0, 7.0], None, Some(1.0)).spans_slices_of(1.0), "slices in between may be empty");
        assert!(!step(&[3.0, 7.0], Some(1.0), Some(4.0)).spans_slices_of(1.0), "the spacing says more");
        let turned = Plane::of([0.0, 0.0, 3.5], [0.0, 1.0, 0.0, 0.0, 0.0, 1.0], [1.0, 1.0]).unwrap();
        let of = OwnStep::of(&[axial(3.0), turned, axial(7.0)], SliceSpacing::default());
        assert_eq!(of.mm(), Some(4.0), "of parallel planes");
    }

    #[test]
    fn blocks_that_overlap_make_no_comb() {
        let stations = [0.0, 3.0, 6.0, 9.0, 12.0, 10.0, 13.0, 16.0, 19.0, 22.0];
        let error = own(&stations, SliceSpacing::new(Some(3.0), None)).0.unwrap_err().to_string();
        assert!(
            error.starts_with("planes are 1.00 mm apart where SpacingBetweenSlices is 3.00 mm"),
            "{error}"
        );
        // a wrong spacing, and levels that nothing was drawn on
        let sparse = [0.0, 1.0, 2.0, 3.0, 4.0, 20.0, 21.0, 22.0, 23.0];
        let (grid, _) = own(&sparse, SliceSpacing::new(Some(3.0), None));
        assert_eq!(grid.unwrap().shape()[2], 24);
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
