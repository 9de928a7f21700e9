//! Align: how far T1 lies off T2, by the signal around the cord.

use crate::support::{
    group,
    scan::{cord, scans, t1, t2},
};
use criterion::Criterion;
use hemastage::{
    StageOptions,
    align::{AlignOptions, align},
    contrast::PerContrast,
    on_threads,
    reference::{ReferenceRegion, references},
    sample::sample,
};

pub(crate) fn bench(c: &mut Criterion) {
    for scan in scans() {
        let (t1, t2, cord) = (t1(&scan.phantom), t2(&scan.phantom), cord(&scan.phantom));
        let [(name, mask), _] = scan.masks();
        let roi = scan.roi(&mask);
        let region = ReferenceRegion::new(cord.clone(), &roi).unwrap();
        let signals = PerContrast { t1: sample(&t1, &cord), t2: sample(&t2, &cord) };
        let found = || references(&region, &signals, &StageOptions::default().reference).unwrap();
        let references = found();
        let shift = || {
            let images = PerContrast { t1: &t1, t2: &t2 };
            align(images, &cord, &roi, &references, AlignOptions::default()).unwrap()
        };
        assert!(shift().alignment().is_some());
        let mut timed = group(c, &format!("align {name}"), roi.len());
        let one = 1.try_into().unwrap();
        timed.bench_function("shift, one thread", |b| {
            on_threads(one, || b.iter(shift)).unwrap();
        });
        timed.bench_function("trend of both images, one thread", |b| {
            on_threads(one, || b.iter(found)).unwrap();
        });
        timed.finish();
    }
}
