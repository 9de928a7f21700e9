//! Reading: a mask into runs, and the block of an image that a hematoma needs.

#![allow(clippy::unwrap_used, reason = "a bench stops at what it did not expect")]
#![allow(missing_docs, reason = "criterion's macros write the main function")]

mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hemastage::{
    Labels,
    grid::IndexBox,
    io::{Limits, nifti::NiftiFile},
};

fn read(c: &mut Criterion) {
    let made = support::made();
    let folder = tempfile::tempdir().unwrap();
    made.write(folder.path()).unwrap();
    let mask = NiftiFile::open(folder.path().join("hematoma.nii.gz"), Limits::default()).unwrap();
    let image = NiftiFile::open(folder.path().join("t1.nii.gz"), Limits::default()).unwrap();
    let needed = *support::hematoma(&made).bounds();
    let mut group = c.benchmark_group("read");
    group.throughput(Throughput::Elements(image.grid().voxels() as u64));
    group.bench_function("mask into runs", |b| b.iter(|| mask.read_roi(0, &Labels::NonZero).unwrap()));
    group.bench_function("image, needed block", |b| b.iter(|| image.read_block(0, needed).unwrap()));
    let whole = IndexBox::whole(image.grid().shape());
    group.bench_function("image, whole", |b| b.iter(|| image.read_block(0, whole).unwrap()));
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
