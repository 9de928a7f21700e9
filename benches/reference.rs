//! Reference: the cord's median, spread and trend on both contrasts, and the hematoma's ratios to it.

use crate::support::{
    assert_all_close, assert_close, group,
    oracle::{
        dense::{CenterLine, Model, center_of},
        image, mask as dense_mask,
    },
    scan::{cord, scans, t1, t2},
};
use criterion::Criterion;
use hemastage::{
    StageOptions,
    contrast::PerContrast,
    reference::{Reference, ReferenceRegion, references},
    sample::sample,
};

pub(crate) fn bench(c: &mut Criterion) {
    let options = StageOptions::default().reference;
    for scan in scans() {
        let made = &scan.phantom;
        let (images, cord) = ([t1(made), t2(made)], cord(made));
        let dense_images = [image(&made.t1, &made.t1_grid), image(&made.t2, &made.t2_grid)];
        let dense_cord = dense_mask(&made.cord, &made.mask_grid);
        for (name, mask) in scan.masks() {
            let roi = scan.roi(&mask);
            let dense_roi = dense_mask(&mask, &made.mask_grid);
            let region = || ReferenceRegion::new(cord.clone(), &roi).unwrap();
            let fast = || -> (ReferenceRegion, [Reference; 2]) {
                let region = region();
                let [t1, t2] = images.each_ref().map(|image| sample(image, region.roi()));
                let PerContrast { t1, t2 } = references(&region, &PerContrast { t1, t2 }, &options).unwrap();
                (region, [t1, t2])
            };
            let oracle = || {
                let line = CenterLine::of(&dense_cord).unwrap();
                let models = Model::of_both(dense_images.each_ref(), &dense_roi, &dense_cord, &line, None);
                (line, models.unwrap())
            };
            let (_, found) = fast();
            let (line, models) = oracle();
            for (found, model) in found.iter().zip(&models) {
                assert_eq!(found.voxels(), Some(model.reference.voxels));
                assert_close("median", found.median(), model.reference.median);
                assert_close("spread", found.spread().unwrap(), model.reference.spread);
                assert_close("drift", found.drift().unwrap_or(0.0), model.reference.drift.unwrap_or(0.0));
            }
            let mut timed = group(c, &format!("reference {name}"), cord.len());
            timed.bench_function("cord on both contrasts", |b| b.iter(fast));
            timed.bench_function("cord on both contrasts, oracle", |b| b.iter(oracle));
            timed.finish();

            let signals = images.each_ref().map(|image| sample(image, &roi));
            let ratios = || [0, 1].map(|n: usize| found[n].ratios(&signals[n]));
            let oracle = || -> [Vec<f64>; 2] {
                std::array::from_fn(|n| {
                    let at = |voxel| models[n].at(line.position(center_of(&dense_roi.affine, voxel)));
                    roi.voxels()
                        .zip(&signals[n].signal()[..])
                        .map(|(voxel, signal)| signal / at(voxel))
                        .collect()
                })
            };
            ratios()
                .iter()
                .zip(&oracle())
                .for_each(|(found, expected)| assert_all_close("ratio", found.values(), expected));
            let mut timed = group(c, &format!("reference {name}"), roi.len());
            timed.bench_function("ratios on both contrasts", |b| b.iter(ratios));
            timed.bench_function("ratios on both contrasts, oracle", |b| b.iter(oracle));
            timed.finish();
        }
    }
}
