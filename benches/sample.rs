//! Sampling: T2 on the mask's own grid, and T1 across a tilted one.

#![allow(clippy::unwrap_used, reason = "a bench stops at what it did not expect")]
#![allow(missing_docs, reason = "criterion's macros write the main function")]

mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use hemastage::sample::sample;
use support::{
    assert_all_close, group,
    oracle::{image, mask as dense_mask, sampled},
    scan::{scans, t1, t2},
};

fn sampling(c: &mut Criterion) {
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

criterion_group!(benches, sampling);
criterion_main!(benches);
