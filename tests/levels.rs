//! Vertebral levels of phantoms, whose truth is exact.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod level_parts;

use hemastage::{
    Roi,
    level::{LevelOptions, Levels, Scheme, Vertebrae, levels},
};
use level_parts::{Spine, collections, medium, relabelled};

/// Every span of the source literature.
const SPANS: [&str; 12] = [
    "C3-T1", "C3-C5", "C3-C7", "C5-T2", "C2-C4", "C2-T12", "C2-L1", "T8-L5", "C2-T8", "C3-T2", "C2-C6",
    "C5-C7",
];

fn found(roi: &Roi, vertebrae: &Vertebrae<'_>) -> Levels {
    let outcome = levels(roi, vertebrae, &[], &LevelOptions::default()).unwrap();
    outcome.levels().unwrap_or_else(|| panic!("{:?}", outcome.reason())).clone()
}

fn names(levels: &Levels) -> Vec<String> {
    levels.involved.iter().map(ToString::to_string).collect()
}

/// Volumes and columns agree with each other and with the region.
fn adds_up(levels: &Levels, roi: &Roi) {
    let sum: f64 = levels.per_level.iter().map(|part| part.mm3).sum::<f64>() + levels.outside_mm3;
    assert!((sum / roi.volume_mm3() - 1.0).abs() < 1e-12, "{sum} of {}", roi.volume_mm3());
    assert_eq!(levels.column.len(), roi.len());
    for part in &levels.per_level {
        let voxels = levels.column.iter().filter(|&&level| level == Some(part.level)).count();
        assert!((voxels as f64 * roi.grid().voxel_mm3() - part.mm3).abs() < 1e-9 * part.mm3);
    }
}

#[test]
fn every_published_span_comes_back_in_every_scheme() {
    let map = Spine::without_blood(medium());
    for span in SPANS.into_iter().chain(["T2-T6 T12-L1"]) {
        let spine = Spine::new(medium(), span);
        for name in Scheme::built_in_names() {
            let scheme = Scheme::built_in(name).unwrap();
            let labels = relabelled(&map, &scheme);
            let levels = found(&spine.hematoma, &Vertebrae::from_map(&labels, &scheme));
            assert_eq!(names(&levels), spine.expected, "{span} in {name}: {levels:#?}");
            adds_up(&levels, &spine.hematoma);
            let levels =
                found(&spine.hematoma, &Vertebrae::from_map(&labels, &scheme).with_canal(&map.canal));
            assert_eq!(names(&levels), spine.expected, "{span} in {name} with the canal");
            assert_eq!(levels.runs.len(), collections(span).len());
        }
    }
}
