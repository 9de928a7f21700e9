//! Bodies, colored cords, points and discs in place of whole vertebrae.

use approx::assert_abs_diff_eq;
use hemastage::{
    label_map::LabelMap,
    level::{Landmarks, LevelOptions, Levels, Scheme, Vertebra, Vertebrae, levels},
    vertebra::VertebralLevel,
};

use super::{codes, found, names, sct};
use crate::support::spine::{Spine, fine, medium, number};

/// Distance along the spine from each center to that of the bodies alone.
fn shifts(levels: &Levels, bodies: &Levels) -> Vec<f64> {
    let center =
        |levels: &Levels, n: usize| bodies.spine.place(levels.spine.stretches()[n].center_mm).along_mm;
    (2..bodies.spine.stretches().len() - 1).map(|n| center(levels, n) - center(bodies, n)).collect()
}

#[test]
fn posterior_elements_do_not_shift_a_level() {
    let scheme = sct();
    let map = Spine::without_blood(medium());
    let body_labels = map.bodies();
    let spine = Spine::shared(medium(), "T2-T9");
    let bodies = found(&spine.hematoma, &Vertebrae::from_map(&body_labels, &scheme));
    let labels = map.map();
    let whole = found(&spine.hematoma, &Vertebrae::from_map(&labels, &scheme));
    let front = found(&spine.hematoma, &Vertebrae::from_map(&labels, &scheme).with_canal(&map.canal));
    let furthest = |levels: &Levels| shifts(levels, &bodies).into_iter().fold(0.0, f64::max);
    println!("{:.2} {:.2}", furthest(&whole), furthest(&front));
    assert!(furthest(&whole) > 2.0, "the whole labels' centers lie lower: {:?}", shifts(&whole, &bodies));
    assert!(shifts(&front, &bodies).iter().all(|shift| shift.abs() < 0.8), "{:?}", shifts(&front, &bodies));
    assert_eq!(names(&front), spine.expected);
    for (a, b) in front.per_level.iter().zip(&bodies.per_level) {
        assert_abs_diff_eq!(a.mm3, b.mm3, epsilon = 0.08 * b.mm3);
    }
}

#[test]
fn labels_that_color_the_cord_keep_their_whole_extent() {
    let scheme = sct();
    let spine = Spine::shared(medium(), "C4-C7");
    let cord = spine.colored_cord();
    let alone = found(&spine.hematoma, &Vertebrae::from_map(&cord, &scheme));
    let behind = found(&spine.hematoma, &Vertebrae::from_map(&cord, &scheme).with_canal(&spine.cord));
    assert_eq!(names(&alone), spine.expected);
    assert_eq!(alone.per_level, behind.per_level);
}

#[test]
fn landmarks_and_disc_points_give_the_same_levels() {
    let spine = Spine::shared(medium(), "C5-T2");
    let labels = spine.map();
    let of_map = found(&spine.hematoma, &Vertebrae::from_map(&labels, &sct()).with_canal(&spine.canal));
    let points = of_map.spine.stretches().iter().map(|s| (Vertebra::Level(s.level), s.center_mm));
    let landmarks = Landmarks::new(points).unwrap();
    let of_points = found(&spine.hematoma, &Vertebrae::from_landmarks(&landmarks));
    assert_eq!(of_points.per_level, of_map.per_level);
    let discs = spine.disc_points();
    let of_discs = found(&spine.hematoma, &Vertebrae::from_landmarks(&discs));
    assert_eq!(names(&of_discs), spine.expected);
    let mut swapped = landmarks.vertebrae().to_vec();
    (swapped[3].1, swapped[4].1) = (swapped[4].1, swapped[3].1);
    let swapped = Landmarks::new(swapped).unwrap();
    let error = levels(&spine.hematoma, &Vertebrae::from_landmarks(&swapped), None, &LevelOptions::default())
        .unwrap_err();
    assert!(error.to_string().starts_with("C4 lies below C5 "), "{error}");
}

#[test]
fn discs_of_the_map_are_the_borders() {
    let spine = Spine::shared(fine(), "C5-T2");
    for (name, first) in [("totalspineseg", 63), ("verse", 102)] {
        let scheme = Scheme::built_in(name).unwrap();
        let disc_number = |label: u8| -> i16 {
            let level = VertebralLevel::usual().nth(usize::from(label) - 1);
            (first..250).find(|&n| scheme.disc(n).is_some_and(|d| Some(d.below) == level)).unwrap_or(0) as i16
        };
        let numbers: Vec<i16> =
            (0..=25).map(|label| if label < 3 { 0 } else { disc_number(label) }).collect();
        let mut labels = spine.vertebrae.mapv(|label| number(&scheme, label));
        labels.zip_mut_with(&spine.discs, |label, &disc| {
            if disc > 2 {
                *label = numbers[usize::from(disc)];
            }
        });
        let map = LabelMap::from_array(labels.view(), spine.affine).unwrap();
        let with = found(&spine.hematoma, &Vertebrae::from_map(&map, &scheme).with_canal(&spine.canal));
        assert_eq!((names(&with), codes(&with).contains(&"disc_unused")), (spine.expected.clone(), false));
        let right: usize = with
            .per_level
            .iter()
            .map(|part| {
                let voxels = (part.mm3 / spine.hematoma.grid().voxel_mm3()).round() as usize;
                voxels.min(spine.truth.get(&part.level.to_string()).copied().unwrap_or(0))
            })
            .sum();
        assert!(right as f64 > 0.98 * spine.hematoma.len() as f64, "{name}: {right}");
    }
}

#[test]
fn one_disc_places_no_vertebra() {
    let spine = Spine::shared(medium(), "C5-T2");
    let discs = spine.disc_points().discs().to_vec();
    let reason = |n: usize| {
        let few = Landmarks::default().with_discs(discs[4..4 + n].iter().copied()).unwrap();
        let vertebrae = Vertebrae::from_landmarks(&few);
        let outcome = levels(&spine.hematoma, &vertebrae, None, &LevelOptions::default()).unwrap();
        outcome.reason().map(str::to_owned)
    };
    assert_eq!(
        reason(1).unwrap(),
        "only the disc C5/C6 is known, which places no vertebra: expected three neighboring discs or more to follow the spine"
    );
    assert_eq!(reason(2).unwrap(), "only C6 is labeled: expected two vertebrae or more to follow the spine");
    assert_eq!(reason(3), None);
}
