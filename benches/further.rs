//! Further contrasts: what each image adds to a study's time.

use crate::support::{
    group,
    scan::{scans, t1, t2},
};
use criterion::Criterion;
use hemastage::{StageOptions, Study, fat::FatImage, on_threads, stage};
use std::time::{Duration, Instant};

/// Rounds in which each study is staged once, so that what slows the machine slows all alike.
const ROUNDS: usize = 25;

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
        if std::env::args().any(|argument| argument == "--bench") {
            on_threads(1.try_into().unwrap(), || print_shares(&name, &studies, &options)).unwrap();
        }
        let mut timed = group(c, &format!("further {name}"), studies[0].1.hematoma().len());
        for (what, study) in &studies {
            timed.bench_function(format!("{what}, one thread"), |b| {
                on_threads(1.try_into().unwrap(), || b.iter(|| stage(study, &options).unwrap())).unwrap();
            });
        }
        timed.finish();
    }
}

/// Prints what each image adds to the time of the first study, by the fastest of rounds through all.
#[expect(clippy::print_stderr, reason = "the shares are the result")]
fn print_shares(name: &str, studies: &[(&str, Study)], options: &StageOptions) {
    let mut fastest = vec![Duration::MAX; studies.len()];
    for _ in 0..ROUNDS {
        for ((_, study), fastest) in studies.iter().zip(&mut fastest) {
            let start = Instant::now();
            std::hint::black_box(stage(study, options).unwrap());
            *fastest = start.elapsed().min(*fastest);
        }
    }
    for ((what, _), time) in studies.iter().zip(&fastest).skip(1) {
        let added = 100.0 * (time.as_secs_f64() / fastest[0].as_secs_f64() - 1.0);
        eprintln!("further {name}: {what} takes {added:.0} % more");
    }
}
