//! Landmarks as JSON or CSV, down to levels: as text they read the same, and the levels are those of the hematoma.
#![no_main]

use std::{fmt::Write as _, sync::LazyLock};

use hemastage::{
    Affine, Labels, Roi,
    level::{Landmarks, LevelOptions, Vertebrae, levels},
};
use hemastage_fuzz::{check, start};
use libfuzzer_sys::fuzz_target;
use ndarray::Array3;

/// A column of 90 mm along z, around x = y = 0.
static HEMATOMA: LazyLock<Roi> = LazyLock::new(|| {
    let mut affine = [[0.0; 4]; 4];
    for (axis, mm) in [2.0, 2.0, 3.0].into_iter().enumerate() {
        affine[axis][axis] = mm;
    }
    affine[3][3] = 1.0;
    let mask = Array3::from_elem((3, 3, 30), 1_u8);
    Roi::from_array(mask.view(), Affine::new(affine).expect("sound"), &Labels::NonZero).expect("sound")
});

fn written(landmarks: &Landmarks) -> String {
    let mut text = String::from("level,x,y,z\n");
    for (vertebra, [x, y, z]) in landmarks.vertebrae() {
        writeln!(text, "{vertebra},{x:e},{y:e},{z:e}").expect("memory");
    }
    text
}

fuzz_target!(init: start(), |text: &str| {
    let Some(landmarks) = check::result(text.parse::<Landmarks>()) else { return };
    assert!(!landmarks.vertebrae().is_empty() && landmarks.discs().is_empty());
    assert!(landmarks.vertebrae().iter().flat_map(|(_, point)| point).all(|mm| mm.is_finite()));
    assert_eq!(written(&landmarks).parse::<Landmarks>().expect("as written"), landmarks);
    let vertebrae = Vertebrae::from_landmarks(&landmarks);
    let found = levels(&HEMATOMA, &vertebrae, None, &LevelOptions::default());
    let Some(outcome) = check::result(found) else { return };
    outcome.reason().into_iter().for_each(check::text);
    let Some(found) = outcome.levels() else { return };
    check::findings(&found.findings);
    let parts = &found.per_level;
    assert!(parts.is_sorted_by(|a, b| a.level < b.level));
    assert!(parts.iter().all(|part| part.covered_mm.is_finite() && part.covered_mm >= 0.0), "{parts:?}");
    let mm3 = found.outside_mm3 + parts.iter().map(|part| part.mm3).sum::<f64>();
    assert!((mm3 - HEMATOMA.volume_mm3()).abs() < 1e-6, "{mm3} mm3");
    assert_eq!(found.column.len(), HEMATOMA.len());
});
