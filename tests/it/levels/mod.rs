//! Vertebral levels of phantoms, whose truth is exact, and of real label maps.

mod ends;
mod landmarks;
mod moved;
mod real;
mod schemes;
mod spans;

use approx::assert_abs_diff_eq;
use hemastage::{
    Roi,
    level::{LevelOptions, Levels, Scheme, Vertebrae, levels},
};

fn sct() -> Scheme {
    Scheme::built_in("sct").unwrap()
}

fn found(roi: &Roi, vertebrae: &Vertebrae<'_>) -> Levels {
    let outcome = levels(roi, vertebrae, None, &LevelOptions::default()).unwrap();
    outcome.levels().unwrap_or_else(|| panic!("{:?}", outcome.reason())).clone()
}

fn names(levels: &Levels) -> Vec<String> {
    levels.involved.iter().map(ToString::to_string).collect()
}

fn codes(levels: &Levels) -> Vec<&str> {
    levels.findings.iter().map(|finding| finding.code.as_str()).collect()
}

/// Volumes and columns agree with each other and with the region.
fn assert_adds_up(levels: &Levels, roi: &Roi) {
    let sum: f64 = levels.per_level.iter().map(|part| part.mm3).sum::<f64>() + levels.outside_mm3;
    assert_abs_diff_eq!(sum / roi.volume_mm3(), 1.0, epsilon = 1e-12);
    assert_eq!(levels.column.len(), roi.len());
    for part in &levels.per_level {
        let voxels = levels.column.iter().filter(|&&level| level == Some(part.level)).count();
        let mm3 = voxels as f64 * roi.grid().voxel_mm3();
        assert_abs_diff_eq!(mm3, part.mm3, epsilon = 1e-9 * part.mm3);
    }
}
