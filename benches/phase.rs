//! Phases: connected parts of a mask, and the phases of a classified hematoma.

use crate::support::{
    assert_all_close, assert_close, group,
    measured::classified,
    oracle::{
        dense::{self, Found, Maps, Mask},
        mask as dense_mask, spread,
    },
    scan::scans,
};
use criterion::Criterion;
use hemastage::{
    Criteria, Roi,
    classify::Classified,
    phase::{PhaseOptions, Phases, part_sizes, phases},
    stage::Stage,
};
use ndarray::Array3;

pub(crate) fn bench(c: &mut Criterion) {
    let criteria = Criteria::default();
    for scan in scans() {
        for (name, mask) in scan.masks() {
            let roi = scan.roi(&mask);
            let dense = dense_mask(&mask, &scan.phantom.mask_grid);
            let mut timed = group(c, &format!("phase {name}"), roi.len());

            let all = roi.column(|_, all| all.fill(true));
            let oracle = || {
                let mut sizes = dense::part_sizes(&dense.data);
                sizes.sort_unstable_by(|a, b| b.cmp(a));
                sizes
            };
            assert_eq!(part_sizes(&all), oracle());
            timed.bench_function("parts", |b| b.iter(|| part_sizes(&all)));
            if scan.is_small() {
                timed.bench_function("parts, oracle", |b| b.iter(oracle));
            }

            let stages = classified(&scan, &roi, &criteria);
            let fast = || phases(&stages, &PhaseOptions::default()).unwrap();
            if scan.is_small() {
                let maps = maps(&roi, &stages);
                let oracle = || slow(&roi, &stages, &maps, &dense);
                compare(&fast(), &oracle());
                timed.bench_function("phases, oracle", |b| b.iter(oracle));
            }
            timed.bench_function("phases", |b| b.iter(fast));
            timed.finish();
        }
    }
}

fn maps(roi: &Roi, classified: &Classified) -> Maps {
    let mut stages = Array3::from_elem(roi.grid().shape(), dense::UNSAMPLED);
    for (voxel, stage) in roi.voxels().zip(&classified.stages()[..]) {
        stages[voxel] = stage.map_or(dense::UNSAMPLED, |stage| stage.index() as u8);
    }
    let probabilities = Array3::from_elem(roi.grid().shape(), [f64::NAN; 6]);
    let ratios = classified.ratios();
    Maps { ratios: [&ratios.t1, &ratios.t2].map(|column| spread(roi, column)), probabilities, stages }
}

fn slow(roi: &Roi, classified: &Classified, maps: &Maps, mask: &Mask) -> Vec<Found> {
    let core: Vec<_> =
        roi.voxels().zip(&classified.core()[..]).filter_map(|(at, &is_core)| is_core.then_some(at)).collect();
    dense::without_straddling(&dense::counting_phases(maps, &core, &mask.affine, roi.volume_mm3()))
}

fn compare(found: &Phases, expected: &[Found]) {
    assert_eq!(found.phases.len(), expected.len());
    for (found, expected) in found.phases.iter().zip(expected) {
        assert_eq!((found.stage, found.parts), (Stage::ALL[expected.stage], expected.parts));
        assert_close("fraction", found.fraction, expected.fraction);
        assert_close("largest part", found.largest_mm3, expected.largest_mm3);
        assert_all_close("centroid", &found.centroid_mm, &expected.centroid_mm);
        assert_all_close("ratios", &[found.t1_ratio, found.t2_ratio], &expected.ratio);
    }
}
