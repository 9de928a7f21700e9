//! The whole study: from arrays, and from files to report and stage map.

use crate::support::{
    assert_all_close, assert_close,
    files::{Files, bytes_of, shorts_of},
    group,
    oracle::{
        dense::{self, Outcome},
        image, mask as dense_mask, profile,
    },
    scan::{Scan, scans},
};
use criterion::Criterion;
use hemastage::{Criteria, Report, StageOptions, load::StudyFiles, stage};
use ndarray::{Array3, ShapeBuilder as _};

pub(crate) fn bench(c: &mut Criterion) {
    let options = StageOptions::default();
    for scan in scans() {
        let masks = scan.masks();
        let files = Files::new(&scan, &masks);
        for (n, (name, mask)) in masks.iter().enumerate() {
            let study = scan.study(mask);
            let from_files = files.study(&files.mask(n));
            let fast = || whole(&from_files, &options);
            let mut timed = group(c, &format!("study {name}"), study.hematoma().len());
            timed.bench_function("from arrays", |b| b.iter(|| stage(&study, &options).unwrap()));
            timed.bench_function("from files", |b| b.iter(fast));
            // of either mask it takes seconds
            if scan.is_small() && n == 0 {
                let oracle = || slow(&scan, &files, n, &options.criteria);
                compare(&fast().0, &oracle());
                timed.bench_function("from files, oracle", |b| b.iter(oracle));
            }
            timed.finish();
        }
    }
}

/// From files to the report and the map's bytes.
fn whole(files: &StudyFiles, options: &StageOptions) -> (Report, Vec<u8>) {
    let staged = stage(&files.open().unwrap(), options).unwrap();
    let mut map = Vec::new();
    staged.stage_map.write_nifti_gz(&mut map).unwrap();
    (staged.report, map)
}

/// The slow program on the same files; it knows neither levels nor shape.
fn slow(scan: &Scan, files: &Files, n: usize, criteria: &Criteria) -> Outcome {
    let made = &scan.phantom;
    let whole = |name, grid: &hemastage::Grid| {
        image(&Array3::from_shape_vec(grid.shape().f(), shorts_of(&files.path(name))).unwrap(), grid)
    };
    let mask = |path| {
        let grid = &made.mask_grid;
        dense_mask(&Array3::from_shape_vec(grid.shape().f(), bytes_of(path)).unwrap(), grid)
    };
    dense::stage(
        &whole("t1", &made.t1_grid),
        &whole("t2", &made.t2_grid),
        &mask(&files.mask(n)),
        &mask(&files.path("cord")),
        &profile(criteria),
        &[],
        None,
        true,
        Some(&dense::Scan::UNKNOWN),
    )
    .unwrap()
}

fn compare(report: &Report, expected: &Outcome) {
    assert_eq!(report.hematoma.sampled_voxels, expected.sampled_voxels);
    assert_eq!(report.stage.core_voxels, expected.core_voxels);
    assert_eq!(report.stage.call.index(), expected.call);
    let nine = |values: [f64; 6]| values.map(nine_digits);
    assert_close("T1 median", report.reference.t1.median, nine_digits(expected.reference.t1.median));
    assert_close("T2 median", report.reference.t2.median, nine_digits(expected.reference.t2.median));
    assert_all_close("fractions", &report.stage.fractions.values(), &nine(expected.fractions));
    assert_all_close("probabilities", &report.stage.probabilities.values(), &nine(expected.probabilities));
    assert_eq!(report.mixed_phase.phases.len(), expected.phases.len());
}

/// As a report keeps a number.
fn nine_digits(value: f64) -> f64 {
    format!("{value:.8e}").parse().unwrap()
}
