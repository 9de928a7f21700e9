//! Sampling: on the image's own grid, and across an oblique one.

#![allow(clippy::unwrap_used, reason = "a bench stops at what it did not expect")]
#![allow(missing_docs, reason = "criterion's macros write the main function")]

mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hemastage::{Affine, Volume, sample::sample};

fn sampling(c: &mut Criterion) {
    let made = support::made();
    let roi = support::hematoma(&made);
    let image = support::t1(&made);
    let mut tilted = *image.grid().affine().matrix();
    tilted[0][1] += 0.01;
    tilted[1][0] -= 0.01;
    let oblique = Volume::from_array(made.t1.clone(), Affine::new(tilted).unwrap()).unwrap();
    let mut group = c.benchmark_group("sample");
    group.throughput(Throughput::Elements(roi.len() as u64));
    group.bench_function("same grid", |b| b.iter(|| sample(&image, &roi)));
    group.bench_function("oblique grid", |b| b.iter(|| sample(&oblique, &roi)));
    group.finish();
}

criterion_group!(benches, sampling);
criterion_main!(benches);
