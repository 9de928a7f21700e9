//! Sampling: T2 on the mask's own grid, and T1 across a tilted one.

use crate::support::{
    assert_all_close, group,
    oracle::{image, mask as dense_mask, sampled},
    scan::{scans, t1, t2},
};
use criterion::Criterion;
use hemastage::sample::sample;

pub(crate) fn bench(c: &mut Criterion) {
    for scan in scans() {
        let made = &scan.phantom;
        let images = [
            ("T2, same grid", t2(made), image(&made.t2, &made.t2_grid)),
            ("T1, tilted grid", t1(made), image(&made.t1, &made.t1_grid)),
        ];
        for (name, mask) in scan.masks() {
            let roi = scan.roi(&mask);
            let dense = dense_mask(&mask, &made.mask_grid);
            let mut timed = group(c, &format!("sample {name}"), roi.len());
            for (way, fast, slow) in &images {
                let oracle = || sampled(slow, &dense, roi.voxels());
                assert_all_close(way, sample(fast, &roi).signal(), &oracle());
                timed.bench_function(*way, |b| b.iter(|| sample(fast, &roi)));
                timed.bench_function(format!("{way}, oracle"), |b| b.iter(oracle));
            }
            timed.finish();
        }
    }
}
