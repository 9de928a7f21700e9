//! A whole study moved in the world.

use approx::{abs_diff_eq, assert_abs_diff_ne};
use hemastage::{
    Roi,
    level::{Landmarks, Levels, Vertebrae},
};

use super::{found, names, sct};
use crate::support::{
    rigid::{Rigid, moved_point, moves, rigid},
    spine::{Spine, axial, coarse, medium},
};

/// The same levels, to rounding; `by` moves the centers.
fn assert_same(found: &Levels, expected: &Levels, by: &Rigid) {
    assert_eq!(names(found), names(expected), "{by:.2?}");
    assert_eq!(found.per_level.len(), expected.per_level.len(), "{by:.2?}");
    for (a, b) in found.per_level.iter().zip(&expected.per_level) {
        assert!(abs_diff_eq!(a.mm3 / b.mm3, 1.0, epsilon = 1e-9), "{by:.2?}: {a:?} {b:?}");
        assert!(abs_diff_eq!(a.covered_mm, b.covered_mm, epsilon = 1e-6), "{by:.2?}: {a:?} {b:?}");
    }
    assert!(abs_diff_eq!(found.outside_mm3, expected.outside_mm3, epsilon = 1e-6), "{by:.2?}");
    for (a, b) in found.spine.stretches().iter().zip(expected.spine.stretches()) {
        assert!(abs_diff_eq!(a.to_mm, b.to_mm, epsilon = 1e-6), "{by:.2?}: {a:?} {b:?}");
        let center = moved_point(by, b.center_mm);
        assert!(abs_diff_eq!(a.center_mm[..], center[..], epsilon = 1e-6), "{by:.2?}: {a:?} {b:?}");
    }
}

#[test]
fn a_moved_study_keeps_every_number() {
    let scheme = sct();
    for (grid, span) in [(medium(), "C5-T2"), (coarse(), "T11-L4"), (axial(), "C5-T2")] {
        let spine = Spine::shared(grid, span);
        let discs = spine.disc_points();
        let answers = |spine: &Spine, discs: &Landmarks| {
            let labels = spine.map();
            let map = Vertebrae::from_map(&labels, &scheme);
            let kinds = [
                map,
                map.with_canal(&spine.canal),
                map.with_canal(&spine.cord),
                map.with_canal(&spine.canal).with_discs(discs),
                Vertebrae::from_landmarks(discs),
            ];
            kinds.map(|vertebrae| found(&spine.hematoma, &vertebrae))
        };
        let still = answers(&spine, &discs);
        assert!(still.iter().all(|levels| names(levels) == spine.expected), "{span}");
        for by in moves() {
            let points = discs.discs().iter().map(|&(disc, point)| (disc, moved_point(&by, point)));
            let moved_discs = Landmarks::default().with_discs(points).unwrap();
            for (found, expected) in answers(&spine.moved(&by), &moved_discs).iter().zip(&still) {
                assert_same(found, expected, &by);
            }
        }
    }
}

#[test]
fn a_study_whose_masks_are_moved_apart_changes() {
    let spine = Spine::shared(medium(), "C5-T2");
    let labels = spine.map();
    let moved = spine.moved(&rigid([0.0; 3], [0.0, 0.0, 1.0]));
    let of = |roi: &Roi| {
        let scheme = sct();
        found(roi, &Vertebrae::from_map(&labels, &scheme).with_canal(&spine.canal))
    };
    let (still, moved) = (of(&spine.hematoma), of(&moved.hematoma));
    assert_abs_diff_ne!(still.per_level[0].covered_mm, moved.per_level[0].covered_mm, epsilon = 0.5);
}
