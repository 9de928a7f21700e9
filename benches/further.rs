//! Further contrasts: what each image adds to a study's time.

use crate::support::{
    group,
    scan::{scans, t1, t2},
};
use criterion::Criterion;
use hemastage::{StageOptions, Study, fat::FatImage, on_threads, stage};

pub(crate) fn bench(c: &mut Criterion) {
    let options = StageOptions::default();
    for scan in scans() {
        let [(name, mask), _] = scan.masks();
        let plain = scan.study(&mask);
        let moved = t1(&scan.phantom).moved([0.4, -0.6, 0.5]).unwrap();
        let studies: [(&str, Study); 4] = [
            ("study", plain.clone()),
            ("study with T1 after contrast agent", plain.clone().with_t1_post(moved.clone(), None)),
            ("study with T2*", plain.clone().with_t2star(t2(&scan.phantom), None)),
            ("study with T1 without fat", plain.with_t1_fs(moved, FatImage::Suppressed, None)),
        ];
        let enhancement = stage(&studies[1].1, &options).unwrap().report.enhancement.unwrap();
        assert!((enhancement.shift.up_mm - 0.5).abs() < 0.2, "{enhancement:?}");
        let mut timed = group(c, &format!("further {name}"), studies[0].1.hematoma().len());
        for (what, study) in &studies {
            timed.bench_function(format!("{what}, one thread"), |b| {
                on_threads(1.try_into().unwrap(), || b.iter(|| stage(study, &options).unwrap())).unwrap();
            });
        }
        timed.finish();
    }
}
