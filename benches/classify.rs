//! Classifying: smoothing, stage probabilities of each voxel, the core and its totals.

use crate::support::{
    assert_all_close, assert_close, group,
    measured::ratios,
    oracle::{
        dense::{self, Classes, Maps, Mask, Profile},
        mask as dense_mask, profile, spread,
    },
    scan::scans,
};
use criterion::Criterion;
use hemastage::{
    Criteria, Roi,
    classify::{Classified, ClassifyOptions, Model, Prior, classify},
    protocol::Protocol,
};

pub(crate) fn bench(c: &mut Criterion) {
    let criteria = Criteria::default();
    let (profile, prior) = (profile(&criteria), Prior::new(&criteria, &[]));
    let protocol = Protocol::default();
    for scan in scans() {
        for (name, mask) in scan.masks() {
            let roi = scan.roi(&mask);
            let [t1, t2] = ratios(&scan, &roi);
            for model in Model::ALL {
                let options = ClassifyOptions::default().with_model(model);
                let is_relaxation = model == Model::Relaxation;
                let fast = || classify(t1.clone(), t2.clone(), &prior, &protocol, &options).unwrap();
                let mut timed = group(c, &format!("classify {name}, {model}"), roi.len());
                if scan.is_small() {
                    let dense = dense_mask(&mask, &scan.phantom.mask_grid);
                    let noise = [t1.noise(), t2.noise()];
                    let rule = Classes::of(
                        &profile,
                        [0.2; 5],
                        noise,
                        is_relaxation.then_some(&dense::Scan::UNKNOWN),
                    );
                    let oracle = || Totals::of(&dense, [t1.values(), t2.values()], &rule, &profile, &roi);
                    oracle().compare(&fast(), &roi);
                    timed.bench_function("oracle", |b| b.iter(oracle));
                }
                timed.bench_function("fast", |b| b.iter(fast));
                timed.finish();
            }
        }
    }
}

/// The slow program's results.
struct Totals {
    maps: Maps,
    core_voxels: usize,
    fractions: [f64; 6],
    signals: [dense::Signal; 2],
    t2_hypo: f64,
}

impl Totals {
    fn of(mask: &Mask, ratios: [&[f64]; 2], rule: &Classes<'_>, profile: &Profile, roi: &Roi) -> Self {
        let is_sampled = |n: usize| ratios.iter().all(|column| !column[n].is_nan());
        let only_sampled = |column: &[f64]| -> Vec<f64> {
            (0..column.len()).map(|n| if is_sampled(n) { column[n] } else { f64::NAN }).collect()
        };
        let both = ratios.map(|column| spread(roi, &only_sampled(column)));
        let smoothed = both.map(|volume| dense::smoothed(&volume, &mask.affine));
        let maps = Maps::of(mask, smoothed, rule);
        let sampled: Vec<_> = roi.voxels().filter(|&at| maps.sampled(at)).collect();
        let (core, _) = dense::core_of(mask, &sampled, roi.len());
        let signal = |n: usize, band| dense::signal_of(&maps.ratios[n], &sampled, band);
        Self {
            core_voxels: core.len(),
            fractions: dense::fractions_of(&maps, &core),
            signals: [signal(0, profile.t1), signal(1, profile.t2)],
            t2_hypo: dense::share(&sampled, |at| maps.ratios[1][at] < profile.t2.0),
            maps,
        }
    }

    fn compare(&self, found: &Classified, roi: &Roi) {
        let column = |n: usize| roi.voxels().map(|at| self.maps.ratios[n][at]).collect::<Vec<_>>();
        assert_all_close("T1", &found.ratios().t1, &column(0));
        assert_all_close("T2", &found.ratios().t2, &column(1));
        for (voxel, stage) in roi.voxels().zip(&found.stages()[..]) {
            let expected = self.maps.stages[voxel];
            assert_eq!(stage.map_or(dense::UNSAMPLED, |stage| stage.index() as u8), expected, "{voxel:?}");
        }
        assert_eq!(found.core_voxels(), self.core_voxels);
        assert_all_close("fractions", &found.fractions().values(), &self.fractions);
        for ((_, found), expected) in found.signal().iter().zip(&self.signals) {
            assert_close("median", found.median, expected.median_ratio);
            assert_close("p10", found.p10, expected.p10);
            assert_close("p90", found.p90, expected.p90);
        }
        assert_close("T2 hypo", found.t2_hypo_fraction(), self.t2_hypo);
    }
}
