//! A mask on a grid coarser than the image's: its core is small, and its phases are those of the blood all the same.

use hemastage::{Affine, Report, stage::Stage};
use hemastage_phantom::{Collection, Extent, Layout, PhantomOptions};
use ndarray::Array3;

use super::staged;
use crate::support::phantoms::{StudyArrays, shared_phantom};

/// Blocks of `n` x `n` voxels in the plane, each of the hematoma where at least this many of its voxels are.
fn coarse(mask: &Array3<u8>, affine: &Affine, n: usize, at_least: usize) -> (Array3<u8>, Affine) {
    let (ni, nj, nk) = mask.dim();
    let filled = |(i, j, k): (usize, usize, usize)| {
        let block = (0..n * n).filter(|at| mask[[n * i + at % n, n * j + at / n, k]] != 0);
        u8::from(block.count() >= at_least)
    };
    let blocks = Array3::from_shape_fn((ni / n, nj / n, nk), filled);
    let (mut matrix, half) = (*affine.matrix(), (n as f64 - 1.0) / 2.0);
    let origin = affine.index_to_world([half, half, 0.0]);
    for r in 0..3 {
        matrix[r][0] *= n as f64;
        matrix[r][1] *= n as f64;
        matrix[r][3] = origin[r];
    }
    (blocks, Affine::new(matrix).unwrap())
}

#[test]
fn half_of_the_blood_stays_a_phase() {
    let blood = Layout::Along(vec![(Stage::Acute, 0.5), (Stage::LateSubacute, 0.5)]);
    let clot = Collection::new(Extent::levels("C3", "T1").unwrap()).with_layout(blood);
    let scan = shared_phantom(&PhantomOptions::default().with_collections([clot]));
    let report = |change: &dyn Fn(&mut StudyArrays)| -> Report {
        let mut arrays = StudyArrays::new(&scan).with_canal(&scan);
        change(&mut arrays);
        staged(arrays).unwrap()
    };
    let found = |report: &Report| -> Vec<Stage> {
        report.mixed_phase.phases.iter().map(|phase| phase.stage).collect()
    };
    let expected = [Stage::Acute, Stage::LateSubacute];
    assert_eq!(found(&report(&|_| ())), expected, "on the image's own grid");
    for (n, at_least) in [(2, 4), (3, 5)] {
        let report =
            report(&|arrays| arrays.hematoma = coarse(&arrays.hematoma.0, &arrays.hematoma.1, n, at_least));
        assert!(report.stage.core_voxels * 3 < report.hematoma.voxels, "{n}: a small core");
        assert_eq!(found(&report), expected, "{n}: {:?}", report.mixed_phase);
        let candidates: Vec<Stage> =
            report.stage.candidates.iter().map(|candidate| candidate.stage).collect();
        assert!(candidates.contains(&report.stage.call), "{n}: {candidates:?}");
    }
}
