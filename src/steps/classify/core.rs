//! The voxels that the call is made from.

use hemastage_image::{finding::Finding, roi::Roi};

/// Interior voxels that make a core of their own, ...
const CORE_VOXELS: usize = 50;
/// ... and the share of the region (in percent) that they must be.
const CORE_PERCENT: usize = 30;
/// Voxels that a smaller core must have.
const MIN_VOXELS: usize = 20;
/// Near neighbors outside the mask that a voxel of a ridge may have.
const MAX_MISSING: usize = 1;

/// Share of the region (in percent) that must lie between two other slices of it if slices are thick.
const BETWEEN_PERCENT: usize = 5;

/// What a mixture and a stage may be where the core is not the whole inside.
const CAUTION: &str = "a thin second phase may be partial volume, or may be missed, and fat that chemical shift lays on it can change the stage";

/// Whether each voxel is of the core: the sampled interior, if there is enough of it; else the middle of a thin
/// hematoma; else all sampled voxels.
pub(super) fn core(roi: &Roi, ratios: &[f64], sampled: usize, findings: &mut Vec<Finding>) -> Vec<bool> {
    let mut core = roi.interior(roi.grid().near_axes());
    if sampled < roi.len() {
        core.iter_mut().zip(ratios).for_each(|(inside, ratio)| *inside &= !ratio.is_nan());
    }
    let (interior, voxels) = (count(&core), roi.len());
    if interior >= CORE_VOXELS && 100 * interior >= CORE_PERCENT * voxels {
        return core;
    }
    if interior >= MIN_VOXELS {
        let text = format!("only {interior} of {voxels} voxels lie inside the hematoma: {CAUTION}");
        findings.push(Finding::info("core_small", text));
        return core;
    }
    let ridge = ridge(roi, ratios);
    let middle = count(&ridge);
    if middle >= MIN_VOXELS {
        let text = format!(
            "only {interior} of {voxels} voxels lie inside the hematoma; {middle} in its middle were staged as its core: {CAUTION}"
        );
        findings.push(Finding::info("core_ridge", text));
        return ridge;
    }
    let text = format!(
        "only {interior} of {voxels} voxels lie inside the hematoma; edge voxels were staged with them: {CAUTION}"
    );
    findings.push(Finding::info("core_all_voxels", text));
    ratios.iter().map(|ratio| !ratio.is_nan()).collect()
}

/// A finding when the region is so few thick slices across that each of them is an edge: the axis of the slices is no near
/// one, so that the interior does not count it.
pub(super) fn few_slices(roi: &Roi) -> Option<Finding> {
    let (near, spacing) = (roi.grid().near_axes(), roi.grid().spacing_mm());
    let slices = (0..3).find(|&axis| !near[axis])?;
    let between = count(&roi.interior(near.map(|is_near| !is_near)));
    let text = format!(
        "{between} of {} voxels lie between two slices of the hematoma ({:.1} mm apart): slices at its edge hold other tissue too, and look like another phase",
        roi.len(),
        spacing[slices]
    );
    (100 * between < BETWEEN_PERCENT * roi.len()).then(|| Finding::warning("few_slices", text))
}

/// Sampled voxels with at most one face neighbor along the near axes outside the mask.
fn ridge(roi: &Roi, ratios: &[f64]) -> Vec<bool> {
    let near = roi.grid().near_axes();
    let missing = |voxel| {
        let neighbors = (0..3).filter(|&axis| near[axis]).flat_map(|axis| roi.neighbors(voxel, axis));
        neighbors.filter(Option::is_none).count()
    };
    roi.voxels().zip(ratios).map(|(voxel, ratio)| !ratio.is_nan() && missing(voxel) <= MAX_MISSING).collect()
}

fn count(inside: &[bool]) -> usize {
    inside.iter().filter(|&&inside| inside).count()
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels};
    use ndarray::Array3;

    use super::*;

    /// The size of the core of a box of voxels, and the code of its finding.
    fn found(shape: (usize, usize, usize), spacing: [f64; 3], unsampled: usize) -> (usize, Option<String>) {
        let [x, y, z] = spacing;
        let affine = [[x, 0., 0., 0.], [0., y, 0., 0.], [0., 0., z, 0.], [0., 0., 0., 1.]];
        let cells = Array3::<u8>::ones(shape);
        let roi = Roi::from_array(cells.view(), Affine::new(affine).unwrap(), &Labels::NonZero).unwrap();
        let ratios: Vec<f64> = (0..roi.len()).map(|n| if n < unsampled { f64::NAN } else { 1.0 }).collect();
        let mut findings = Vec::new();
        let core = core(&roi, &ratios, roi.len() - unsampled, &mut findings);
        assert!(findings.len() < 2);
        (count(&core), findings.first().map(|finding| finding.code.clone()))
    }

    #[test]
    fn two_thick_slices_are_edges() {
        let found = |slices, mm| {
            let affine = [[0.8, 0., 0., 0.], [0., 0.8, 0., 0.], [0., 0., mm, 0.], [0., 0., 0., 1.]];
            let cells = Array3::<u8>::ones((10, 30, slices));
            let roi = Roi::from_array(cells.view(), Affine::new(affine).unwrap(), &Labels::NonZero).unwrap();
            few_slices(&roi).map(|finding| finding.message)
        };
        let text = found(2, 4.0).unwrap();
        assert!(text.starts_with("0 of 600 voxels lie between two slices of the hematoma (4.0 mm apart)"));
        assert_eq!((found(3, 4.0), found(2, 1.0)), (None, None));
    }

    #[test]
    fn a_thin_hematoma_has_its_middle_as_core() {
        let code = |code: &str| Some(code.to_owned());
        let cube = [1.0; 3];
        assert_eq!(found((10, 10, 10), cube, 0), (8 * 8 * 8, None));
        // 3 x 5 x 12: one inside layer of 3 x 10 is 30, too few to be a core of its own
        assert_eq!(found((3, 5, 12), cube, 0), (30, code("core_small")));
        // 2 x 6 x 12: each voxel of the inner 4 x 10 misses one neighbor of six
        assert_eq!(found((2, 6, 12), cube, 0), (2 * 4 * 10, code("core_ridge")));
        // thick slices: two near axes, 3 of 4 neighbors
        assert_eq!(found((2, 14, 2), [1.0, 1.0, 4.0], 0), (2 * 12 * 2, code("core_ridge")));
        assert_eq!(found((1, 4, 30), cube, 0), (120, code("core_all_voxels")));
        assert_eq!(found((2, 14, 2), [1.0, 1.0, 4.0], 40), (16, code("core_all_voxels")));
    }
}
