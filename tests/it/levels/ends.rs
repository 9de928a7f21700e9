//! Labels at the ends of the map: slivers, labels without a body, blood beyond them.

use approx::assert_abs_diff_eq;
use hemastage::{
    label_map::LabelMap,
    level::{LevelOptions, Levels, Vertebrae, levels},
};

use super::{assert_adds_up, codes, found, names, sct};
use crate::support::spine::{Spine, medium};

/// The levels of blood where the map has the labels `wanted`, and of C4 only the lowest `keep` rows.
fn with_little_of_c4(span: &str, keep: usize, wanted: &[u8]) -> Levels {
    let spine = Spine::shared(medium(), span);
    let mut labels = spine.vertebrae.mapv(|label| if wanted.contains(&label) { label } else { 0 });
    let c4 = spine.vertebrae.indexed_iter().filter(|&(_, &v)| v == 4).map(|((_, j, _), _)| j).max().unwrap();
    labels.indexed_iter_mut().filter(|((_, j, _), v)| **v == 4 && j + keep <= c4).for_each(|(_, v)| *v = 0);
    let map = LabelMap::from_array(labels.view(), spine.affine).unwrap();
    found(&spine.hematoma, &Vertebrae::from_map(&map, &sct()))
}

#[test]
fn a_sliver_next_to_its_neighbor_stays_without_its_own_center() {
    let of = |keep, wanted: &[u8]| with_little_of_c4("C5-C7", keep, wanted);
    let sliver = of(4, &[4, 5, 6, 7, 8]);
    assert_eq!(
        (codes(&sliver), names(&sliver)),
        (vec!["end_label_small"], ["C5", "C6", "C7"].map(String::from).into())
    );
    let without = of(0, &[5, 6, 7, 8]);
    let (found, bare) = (sliver.spine.stretches(), without.spine.stretches());
    assert_eq!((found[0].level.to_string(), found[0].inferred), ("C4".into(), true));
    assert!(found[1..].iter().all(|stretch| !stretch.inferred));
    // one spacing beyond C5; the others' borders stay where they were
    for a in 0..3 {
        let expected = 2.0 * bare[0].center_mm[a] - bare[1].center_mm[a];
        assert_abs_diff_eq!(found[0].center_mm[a], expected, epsilon = 1e-9);
    }
    for (with, bare) in found[1..].iter().zip(bare) {
        assert_abs_diff_eq!(with.to_mm - found[0].to_mm, bare.to_mm, epsilon = 1e-9);
    }
    assert!(sliver.findings[0].message.ends_with("its center was placed one spacing beyond C5"));
    let kept = of(20, &[4, 5, 6, 7, 8]);
    assert_eq!(codes(&kept), Vec::<&str>::new());
    assert!(!kept.spine.stretches()[0].inferred);
}

#[test]
fn blood_next_to_a_sliver_is_at_its_level_and_not_outside() {
    let with = with_little_of_c4("C4-C7", 4, &[4, 5, 6, 7, 8]);
    assert_eq!(names(&with), ["C4", "C5", "C6", "C7"]);
    assert!(with.per_level[0].inferred && with.outside_mm3 == 0.0, "{:?}", with.per_level);
    let without = with_little_of_c4("C4-C7", 4, &[5, 6, 7, 8]);
    assert_abs_diff_eq!(without.outside_mm3, with.per_level[0].mm3, epsilon = 1e-9);
    for (a, b) in without.per_level.iter().zip(&with.per_level[1..]) {
        assert_eq!((a.level, a.mm3, a.inferred), (b.level, b.mm3, b.inferred));
        assert_abs_diff_eq!(a.covered_mm, b.covered_mm, epsilon = 1e-9);
    }
}

#[test]
fn a_sliver_without_its_neighbor_is_left_out() {
    let alone = with_little_of_c4("C6-C7", 4, &[4, 6, 7, 8]);
    assert_eq!(codes(&alone), ["end_label_small"]);
    assert!(alone.findings[0].message.ends_with("left out"), "{}", alone.findings[0].message);
    assert_eq!(alone.spine.stretches()[0].level.to_string(), "C6");
}

#[test]
fn labels_without_a_body_at_an_end_are_placed_beyond_their_neighbor() {
    let spine = Spine::shared(medium(), "T9-L2");
    let first_of_canal = |row: usize| spine.canal.voxels().filter(|v| v[1] == row).map(|v| v[0]).min();
    let of = |label: u8| (16..=21).contains(&label);
    let mut labels = spine.vertebrae.mapv(|label| if of(label) { label } else { 0 });
    let whole = LabelMap::from_array(labels.view(), spine.affine).unwrap();
    // T9 and T10 lose what lies in front of the canal
    for ((i, j, _), label) in labels.indexed_iter_mut() {
        if (16..=17).contains(label) && first_of_canal(j).is_some_and(|front| i <= front) {
            *label = 0;
        }
    }
    let cut = LabelMap::from_array(labels.view(), spine.affine).unwrap();
    let read = |map| found(&spine.hematoma, &Vertebrae::from_map(map, &sct()).with_canal(&spine.canal));
    let (whole, cut) = (read(&whole), read(&cut));
    assert_eq!(codes(&cut), ["end_label_without_body"; 2]);
    assert!(cut.findings[1].message.ends_with("placed one spacing beyond T10"), "{:?}", cut.findings);
    assert_eq!((names(&whole), names(&cut)), (spine.expected.clone(), spine.expected.clone()));
    for (n, (with, without)) in whole.spine.stretches().iter().zip(cut.spine.stretches()).enumerate() {
        assert_eq!((without.level, without.inferred), (with.level, n < 2));
        let apart: f64 = (0..3).map(|a| (with.center_mm[a] - without.center_mm[a]).powi(2)).sum();
        assert!(apart.sqrt() < if n < 2 { 8.0 } else { 1e-9 }, "{with:?} {without:?}");
    }
}

/// As the edge of the image leaves of a vertebra its spinous process and a part of its arch.
#[test]
fn a_label_without_a_body_is_one_vertebra_whatever_its_parts() {
    let spine = Spine::shared(medium(), "T10-L1");
    let first_of_canal = |row: usize| spine.canal.voxels().filter(|v| v[1] == row).map(|v| v[0]).min();
    let mut labels = spine.vertebrae.mapv(|label| if (17..=21).contains(&label) { label } else { 0 });
    let cut = |labels: &ndarray::Array3<u8>| {
        let map = LabelMap::from_array(labels.view(), spine.affine).unwrap();
        found(&spine.hematoma, &Vertebrae::from_map(&map, &sct()).with_canal(&spine.canal))
    };
    for ((i, j, _), label) in labels.indexed_iter_mut() {
        if *label == 17 && first_of_canal(j).is_some_and(|front| i <= front) {
            *label = 0;
        }
    }
    let one = cut(&labels);
    let rows: Vec<usize> = labels.indexed_iter().filter(|(_, v)| **v == 17).map(|((_, j, _), _)| j).collect();
    let (top, end) = (*rows.iter().min().unwrap(), *rows.iter().max().unwrap());
    let gap = (2 * top + end) / 3..(top + 2 * end) / 3;
    labels.indexed_iter_mut().filter(|((_, j, _), v)| **v == 17 && gap.contains(j)).for_each(|(_, v)| *v = 0);
    let two = cut(&labels);
    assert_eq!((codes(&one), codes(&two)), (vec!["end_label_without_body"], vec!["end_label_without_body"]));
    assert_eq!(one.spine.stretches()[0].center_mm, two.spine.stretches()[0].center_mm);
}

#[test]
fn blood_beyond_the_labels_is_outside_and_one_label_is_no_spine() {
    let spine = Spine::shared(medium(), "C3-T1");
    let some = spine.changed(|label| if (4..=6).contains(&label) { label } else { 0 });
    let levels_found = found(&spine.hematoma, &Vertebrae::from_map(&some, &sct()));
    assert_eq!(names(&levels_found), ["C4", "C5", "C6"]);
    assert_eq!(codes(&levels_found), ["outside_levels"]);
    assert!(levels_found.outside_mm3 > 0.4 * spine.hematoma.volume_mm3());
    assert_adds_up(&levels_found, &spine.hematoma);
    let one = spine.changed(|label| if label == 5 { label } else { 0 });
    let outcome = levels(&spine.hematoma, &Vertebrae::from_map(&one, &sct()), None, &LevelOptions::default());
    let outcome = outcome.unwrap();
    assert_eq!(outcome.levels(), None);
    assert!(outcome.reason().unwrap().starts_with("only C5 is labeled"), "{:?}", outcome.reason());
}
