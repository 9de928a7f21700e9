//! The whole study: from arrays, and from files to report and stage map.

#![allow(clippy::unwrap_used, reason = "a bench stops at what it did not expect")]
#![allow(missing_docs, reason = "criterion's macros write the main function")]

mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hemastage::{
    StageOptions,
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles},
    stage,
};

fn study(c: &mut Criterion) {
    let made = support::made();
    let options = StageOptions::default();
    let study = support::study(&made);
    let folder = tempfile::tempdir().unwrap();
    made.write(folder.path()).unwrap();
    let file = |name: &str| folder.path().join(name);
    let files = StudyFiles::new(
        ImageFile::new(file("t1.nii.gz")),
        ImageFile::new(file("t2.nii.gz")),
        MaskFile::new(file("hematoma.nii.gz")),
        ReferenceFile::Cord(MaskFile::new(file("cord.nii.gz"))),
    );
    let mut group = c.benchmark_group("study");
    group.throughput(Throughput::Elements(study.hematoma().len() as u64));
    group.bench_function("from arrays", |b| b.iter(|| stage(&study, &options).unwrap()));
    group.bench_function("from files", |b| {
        b.iter(|| {
            let staged = stage(&files.open().unwrap(), &options).unwrap();
            let mut map = Vec::new();
            staged.stage_map.write_nifti_gz(&mut map).unwrap();
            (staged.report.to_json(), map)
        });
    });
    group.finish();
}

criterion_group!(benches, study);
criterion_main!(benches);
