//! Results: the report as JSON and the map of stages as a file.

use std::io::{Read as _, Write as _};

use crate::support::{group, scan::scans};
use criterion::Criterion;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use hemastage::{Report, StageOptions, report::StageMap, stage};

pub(crate) fn bench(c: &mut Criterion) {
    for scan in scans() {
        for (name, mask) in scan.masks() {
            let study = scan.study(&mask);
            let staged = stage(&study, &StageOptions::default()).unwrap();
            let json = || staged.report.to_json();
            assert_eq!(serde_json::from_str::<Report>(&json()).unwrap(), staged.report);
            let header = inflated(&written(&staged.stage_map));
            let header = &header[..header.len() - mask.len()];
            let oracle = || dense(header, &staged.stage_map);
            assert_eq!(inflated(&written(&staged.stage_map)), inflated(&oracle()));

            let mut timed = group(c, &format!("report {name}"), study.hematoma().len());
            timed.bench_function("JSON", |b| b.iter(json));
            timed.bench_function("map", |b| b.iter(|| written(&staged.stage_map)));
            timed.bench_function("map, oracle", |b| b.iter(oracle));
            timed.finish();
        }
    }
}

fn written(map: &StageMap) -> Vec<u8> {
    let mut bytes = Vec::new();
    map.write_nifti_gz(&mut bytes).unwrap();
    bytes
}

/// The whole volume in memory, compressed as any file.
fn dense(header: &[u8], map: &StageMap) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(header).unwrap();
    let volume = map.to_array();
    let values: Vec<u8> = volume.t().iter().copied().collect();
    out.write_all(&values).unwrap();
    out.finish().unwrap()
}

fn inflated(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}
