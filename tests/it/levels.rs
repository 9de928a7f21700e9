//! Vertebral levels of phantoms, whose truth is exact.

use crate::level_parts::{
    Rigid, Spine, axial, coarse, collections, fine, medium, moved_point, moves, relabeled, rigid,
};
use hemastage::{
    ErrorKind, Labels, Roi,
    label_map::LabelMap,
    level::{Landmarks, LevelOptions, Levels, Scheme, Vertebra, Vertebrae, levels},
    roi::Column,
    stage::Stage,
    vertebra::VertebralLevel,
};

/// Every span of the source literature.
const SPANS: [&str; 12] = [
    "C3-T1", "C3-C5", "C3-C7", "C5-T2", "C2-C4", "C2-T12", "C2-L1", "T8-L5", "C2-T8", "C3-T2", "C2-C6",
    "C5-C7",
];

fn found(roi: &Roi, vertebrae: &Vertebrae<'_>) -> Levels {
    let outcome = levels(roi, vertebrae, None, &LevelOptions::default()).unwrap();
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
            let labels = relabeled(&map, &scheme);
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

fn sct() -> Scheme {
    Scheme::built_in("sct").unwrap()
}

fn codes(levels: &Levels) -> Vec<&str> {
    levels.findings.iter().map(|finding| finding.code.as_str()).collect()
}

#[test]
fn labels_may_be_coarser_or_finer_than_the_mask_and_stored_otherwise() {
    let scheme = sct();
    let maps = [coarse(), medium(), fine()].map(Spine::without_blood);
    for span in ["C3-T1", "C2-C6", "T8-L5", "T2-T6 T12-L1"] {
        for grid in [coarse(), fine()] {
            let spine = Spine::new(grid, span);
            for map in
                maps.iter().flat_map(|map| [map.moved(&rigid([0.0; 3], [0.0; 3])), map.stored_otherwise()])
            {
                let labels = map.map();
                let vertebrae = Vertebrae::from_map(&labels, &scheme);
                for vertebrae in
                    [vertebrae, vertebrae.with_canal(&map.canal), vertebrae.with_canal(&map.cord)]
                {
                    let levels = found(&spine.hematoma, &vertebrae);
                    assert_eq!(
                        names(&levels),
                        spine.expected,
                        "{span} {vertebrae:.0?} {levels:#?}",
                        vertebrae = map.affine,
                        levels = (&levels.per_level, levels.spine.stretches())
                    );
                    adds_up(&levels, &spine.hematoma);
                }
            }
        }
    }
}

#[test]
fn most_voxels_get_their_true_level() {
    let scheme = sct();
    let map = Spine::without_blood(fine());
    let (labels, discs) = (map.map(), map.disc_points());
    for span in ["C2-C7", "T1-T12", "L1-L5"] {
        let spine = Spine::new(fine(), span);
        let plain = Vertebrae::from_map(&labels, &scheme);
        for (vertebrae, least) in [
            (plain, 0.85),
            (plain.with_canal(&map.canal), 0.94),
            (plain.with_canal(&map.canal).with_discs(&discs), 0.97),
        ] {
            let levels = found(&spine.hematoma, &vertebrae);
            let mut right = 0;
            for part in &levels.per_level {
                let voxels = (part.mm3 / spine.hematoma.grid().voxel_mm3()).round() as usize;
                right += voxels.min(spine.truth.get(&part.level.to_string()).copied().unwrap_or(0));
            }
            let share = right as f64 / spine.hematoma.len() as f64;
            println!("{span}: {share:.3}");
            assert!(share > least, "{span}: {share}");
        }
    }
}

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
    let spine = Spine::new(medium(), "T2-T9");
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
        assert!((a.mm3 - b.mm3).abs() < 0.08 * b.mm3, "{a:?} {b:?}");
    }
}

#[test]
fn labels_that_color_the_cord_keep_their_whole_extent() {
    let scheme = sct();
    let spine = Spine::new(medium(), "C4-C7");
    let cord = spine.colored_cord();
    let alone = found(&spine.hematoma, &Vertebrae::from_map(&cord, &scheme));
    let behind = found(&spine.hematoma, &Vertebrae::from_map(&cord, &scheme).with_canal(&spine.cord));
    assert_eq!(names(&alone), spine.expected);
    assert_eq!(alone.per_level, behind.per_level);
}

/// The same levels, to rounding; `by` moves the centers.
fn same(found: &Levels, expected: &Levels, by: &Rigid) {
    assert_eq!(names(found), names(expected), "{by:.2?}");
    assert_eq!(found.per_level.len(), expected.per_level.len(), "{by:.2?}");
    for (a, b) in found.per_level.iter().zip(&expected.per_level) {
        assert!((a.mm3 / b.mm3 - 1.0).abs() < 1e-9, "{by:.2?}: {a:?} {b:?}");
        assert!((a.covered_mm - b.covered_mm).abs() < 1e-6, "{by:.2?}: {a:?} {b:?}");
    }
    assert!((found.outside_mm3 - expected.outside_mm3).abs() < 1e-6, "{by:.2?}");
    for (a, b) in found.spine.stretches().iter().zip(expected.spine.stretches()) {
        assert!((a.to_mm - b.to_mm).abs() < 1e-6, "{by:.2?}: {a:?} {b:?}");
        let center = moved_point(by, b.center_mm);
        assert!((0..3).all(|c| (a.center_mm[c] - center[c]).abs() < 1e-6), "{by:.2?}: {a:?} {b:?}");
    }
}

#[test]
fn a_moved_study_keeps_every_number() {
    let scheme = sct();
    for (grid, span) in [(medium(), "C5-T2"), (coarse(), "T11-L4"), (axial(), "C5-T2")] {
        let spine = Spine::new(grid, span);
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
            let mut moved_discs = discs.clone();
            moved_discs.discs.iter_mut().for_each(|(_, point)| *point = moved_point(&by, *point));
            for (found, expected) in answers(&spine.moved(&by), &moved_discs).iter().zip(&still) {
                same(found, expected, &by);
            }
        }
    }
}

#[test]
fn a_study_whose_parts_are_moved_apart_is_seen() {
    let spine = Spine::new(medium(), "C5-T2");
    let labels = spine.map();
    let moved = spine.moved(&rigid([0.0; 3], [0.0, 0.0, 1.0]));
    let of = |roi: &Roi| {
        let scheme = sct();
        found(roi, &Vertebrae::from_map(&labels, &scheme).with_canal(&spine.canal))
    };
    let (still, moved) = (of(&spine.hematoma), of(&moved.hematoma));
    assert!((still.per_level[0].covered_mm - moved.per_level[0].covered_mm).abs() > 0.5);
}

#[test]
fn a_reversed_numbering_is_refused_with_two_names() {
    let map = Spine::without_blood(coarse());
    let mr = relabeled(&map, &Scheme::built_in("totalsegmentator-mr").unwrap());
    let options = LevelOptions::default();
    for (labels, name) in
        [(&mr, "sct"), (&mr, "verse"), (&mr, "totalsegmentator-pp"), (&map.map(), "totalsegmentator-mr")]
    {
        let scheme = Scheme::built_in(name).unwrap();
        let error = levels(&map.hematoma, &Vertebrae::from_map(labels, &scheme), None, &options).unwrap_err();
        let text = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Geometry);
        assert!(text.starts_with("C1 lies below C2 "), "{text}");
        assert!(text.contains(&format!("the scheme `{name}`")), "{text}");
    }
    let wrong = map.changed(|label| {
        if label == 9 {
            13
        } else if label == 13 {
            9
        } else {
            label
        }
    });
    let error = levels(&map.hematoma, &Vertebrae::from_map(&wrong, &sct()), None, &options).unwrap_err();
    assert!(error.to_string().starts_with("T2 lies below T3 "), "{error}");
}

#[test]
fn a_missing_scheme_lists_those_that_fit() {
    let map = Spine::without_blood(coarse());
    let fitting = |scheme: &str| {
        let labels = relabeled(&map, &Scheme::built_in(scheme).unwrap());
        let text = Scheme::choose(None, &labels).unwrap_err().to_string();
        let found = Scheme::fitting(&labels);
        assert!(text.contains("the label map's scheme is missing"), "{text}");
        assert!(text.ends_with(&found.join(", ")) && !found.is_empty(), "{text}");
        found
    };
    assert_eq!(fitting("sct"), ["verse", "sct"], "25 below 24 is S1 or L6");
    assert_eq!(fitting("verse"), ["verse", "sct"], "26 below 24 is the sacrum or S2");
    assert_eq!(fitting("totalsegmentator-pp"), ["totalsegmentator-pp", "verse", "sct"]);
    assert_eq!(fitting("totalsegmentator-mr"), ["totalsegmentator-mr", "totalsegmentator-v1"]);
    // 25 and 26 can be sacrum and S1, or T10 and T9: these three cannot be told apart by values and order
    let three = ["totalsegmentator", "totalsegmentator-v3", "totalsegmentator-v1"];
    assert_eq!(fitting("totalsegmentator"), three);
    assert_eq!(fitting("totalsegmentator-v1"), three);
    assert_eq!(fitting("totalspineseg"), ["totalspineseg"]);
    let odd = map.changed(|label| if label == 0 { 0 } else { label + 150 });
    let text = Scheme::choose(None, &odd).unwrap_err().to_string();
    assert!(text.contains("no built-in scheme fits"), "{text}");
    assert_eq!(Scheme::choose(Some("sct"), &odd).unwrap(), sct());
    let none = levels(&map.hematoma, &Vertebrae::from_map(&odd, &sct()), None, &LevelOptions::default());
    assert!(
        none.unwrap_err().to_string().contains("no vertebra of the scheme `sct`: found the values 151, 152")
    );
}

#[test]
fn transitional_anatomy_gaps_and_doubles() {
    let scheme = Scheme::built_in("verse").unwrap();
    let spine = Spine::new(medium(), "T10-L5");
    let at = |change: &dyn Fn(u8) -> u8| {
        let labels = spine.changed(change);
        found(&spine.hematoma, &Vertebrae::from_map(&labels, &scheme).with_canal(&spine.canal))
    };
    // the phantom's S1 is the scheme's L6: one more lumbar vertebra above the edge of the map
    let six = at(&|label| label);
    assert_eq!(names(&six), spine.expected);
    assert_eq!(six.spine.stretches().last().unwrap().level.to_string(), "L6");
    assert!(codes(&six).is_empty(), "{:?}", six.findings);
    // thirteen thoracic vertebrae: the phantom's L1 is T13, and so on
    let thirteen = at(&|label| match label {
        20 => 28,
        21.. => label - 1,
        other => other,
    });
    assert_eq!(names(&thirteen), ["T10", "T11", "T12", "T13", "L1", "L2", "L3", "L4"]);
    assert_eq!(thirteen.runs.len(), 1, "T13 counts where it is named");
    // four lumbar vertebrae and a whole sacrum: the phantom's L5 and S1
    let four = at(&|label| if label >= 24 { 26 } else { label });
    assert_eq!(names(&four), ["T10", "T11", "T12", "L1", "L2", "L3", "L4", "S1"]);
    assert_eq!((four.runs.len(), codes(&four)), (1, vec!["level_absent", "sacrum_as_s1"]));
    // the same with S1 by its own number
    let four = {
        let labels = spine.changed(|label| match label {
            24 => 25,
            25 => 0,
            other => other,
        });
        found(&spine.hematoma, &Vertebrae::from_map(&labels, &sct()).with_canal(&spine.canal))
    };
    assert_eq!(names(&four), ["T10", "T11", "T12", "L1", "L2", "L3", "L4", "S1"]);
    assert_eq!((four.runs.len(), codes(&four)), (1, vec!["level_absent"]));
    // L5 only not labeled above a whole sacrum
    let gap = at(&|label| match label {
        24 => 0,
        25 => 26,
        other => other,
    });
    assert_eq!(names(&gap), spine.expected);
    assert_eq!(codes(&gap), ["levels_inferred", "sacrum_as_s1"]);
    assert!(gap.per_level.iter().all(|part| part.inferred == (part.level.to_string() == "L5")));
    // two levels missing in between
    let gap = at(&|label| if label == 19 || label == 20 { 0 } else { label });
    assert_eq!(names(&gap), spine.expected);
    let inferred: Vec<String> =
        gap.per_level.iter().filter(|part| part.inferred).map(|part| part.level.to_string()).collect();
    assert_eq!(inferred, ["T12", "L1"]);
    assert!(gap.findings[0].message.ends_with("between T11 and L2: T12, L1"), "{}", gap.findings[0].message);
    // T11 twice: the phantom's T12 bears its number
    let twice = at(&|label| if label == 19 { 18 } else { label });
    assert_eq!(names(&twice), ["T10", "T11", "L1", "L2", "L3", "L4", "L5"]);
    assert!(codes(&twice).contains(&"level_twice"), "{:?}", twice.findings);
    adds_up(&twice, &spine.hematoma);
}

/// Levels of blood from C5 to C7, or as said, where the map has the labels wanted and only the lowest rows of C4.
fn with_little_of_c4(span: &str, keep: usize, wanted: &[u8]) -> Levels {
    let spine = Spine::new(medium(), span);
    let mut labels = spine.vertebrae.mapv(|label| if wanted.contains(&label) { label } else { 0 });
    let c4 = spine.vertebrae.indexed_iter().filter(|&(_, &v)| v == 4).map(|((_, j, _), _)| j).max().unwrap();
    labels.indexed_iter_mut().filter(|((_, j, _), v)| **v == 4 && j + keep <= c4).for_each(|(_, v)| *v = 0);
    let map = LabelMap::from_array(labels.view(), spine.affine).unwrap();
    found(&spine.hematoma, &Vertebrae::from_map(&map, &sct()))
}

#[test]
fn a_sliver_beside_its_neighbor_stays_without_its_own_center() {
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
        assert!((found[0].center_mm[a] - expected).abs() < 1e-9);
    }
    for (with, bare) in found[1..].iter().zip(bare) {
        assert!((with.to_mm - found[0].to_mm - bare.to_mm).abs() < 1e-9, "{with:?} {bare:?}");
    }
    assert!(sliver.findings[0].message.ends_with("its centre was placed one spacing beyond C5"));
    let kept = of(20, &[4, 5, 6, 7, 8]);
    assert_eq!(codes(&kept), Vec::<&str>::new());
    assert!(!kept.spine.stretches()[0].inferred);
}

#[test]
fn blood_beside_a_sliver_is_at_its_level_and_not_outside() {
    let with = with_little_of_c4("C4-C7", 4, &[4, 5, 6, 7, 8]);
    assert_eq!(names(&with), ["C4", "C5", "C6", "C7"]);
    assert!(with.per_level[0].inferred && with.outside_mm3 == 0.0, "{:?}", with.per_level);
    let without = with_little_of_c4("C4-C7", 4, &[5, 6, 7, 8]);
    assert!((without.outside_mm3 - with.per_level[0].mm3).abs() < 1e-9);
    for (a, b) in without.per_level.iter().zip(&with.per_level[1..]) {
        assert_eq!((a.level, a.mm3, a.inferred), (b.level, b.mm3, b.inferred));
        assert!((a.covered_mm - b.covered_mm).abs() < 1e-9, "{a:?} {b:?}");
    }
}

#[test]
fn labels_without_a_body_at_an_end_are_placed_beyond_their_neighbor() {
    let spine = Spine::new(medium(), "T9-L2");
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

#[test]
fn a_sliver_without_its_neighbor_is_left_out() {
    let alone = with_little_of_c4("C6-C7", 4, &[4, 6, 7, 8]);
    assert_eq!(codes(&alone), ["end_label_small"]);
    assert!(alone.findings[0].message.ends_with("left out"), "{}", alone.findings[0].message);
    assert_eq!(alone.spine.stretches()[0].level.to_string(), "C6");
}

#[test]
fn blood_beyond_the_labels_is_outside_and_one_label_is_no_spine() {
    let spine = Spine::new(medium(), "C3-T1");
    let some = spine.changed(|label| if (4..=6).contains(&label) { label } else { 0 });
    let levels_found = found(&spine.hematoma, &Vertebrae::from_map(&some, &sct()));
    assert_eq!(names(&levels_found), ["C4", "C5", "C6"]);
    assert_eq!(codes(&levels_found), ["outside_levels"]);
    assert!(levels_found.outside_mm3 > 0.4 * spine.hematoma.volume_mm3());
    adds_up(&levels_found, &spine.hematoma);
    let one = spine.changed(|label| if label == 5 { label } else { 0 });
    let outcome = levels(&spine.hematoma, &Vertebrae::from_map(&one, &sct()), None, &LevelOptions::default());
    let outcome = outcome.unwrap();
    assert_eq!(outcome.levels(), None);
    assert!(outcome.reason().unwrap().starts_with("only C5 is labelled"), "{:?}", outcome.reason());
}

#[test]
fn landmarks_and_disc_points_give_the_same_levels() {
    let spine = Spine::new(medium(), "C5-T2");
    let labels = spine.map();
    let of_map = found(&spine.hematoma, &Vertebrae::from_map(&labels, &sct()).with_canal(&spine.canal));
    let points = of_map.spine.stretches().iter().map(|s| (Vertebra::Level(s.level), s.center_mm));
    let landmarks = Landmarks::new(points);
    let of_points = found(&spine.hematoma, &Vertebrae::from_landmarks(&landmarks));
    assert_eq!(of_points.per_level, of_map.per_level);
    let discs = spine.disc_points();
    let of_discs = found(&spine.hematoma, &Vertebrae::from_landmarks(&discs));
    assert_eq!(names(&of_discs), spine.expected);
    let mut swapped = landmarks.clone();
    (swapped.vertebrae[3].1, swapped.vertebrae[4].1) = (landmarks.vertebrae[4].1, landmarks.vertebrae[3].1);
    let error = levels(&spine.hematoma, &Vertebrae::from_landmarks(&swapped), None, &LevelOptions::default())
        .unwrap_err();
    assert!(error.to_string().starts_with("C4 lies below C5 "), "{error}");
}

#[test]
fn discs_of_the_map_are_the_borders() {
    let spine = Spine::new(fine(), "C5-T2");
    for (name, first) in [("totalspineseg", 63), ("verse", 102)] {
        let scheme = Scheme::built_in(name).unwrap();
        let disc_number = |label: u8| -> i16 {
            let level = VertebralLevel::usual().nth(usize::from(label) - 1);
            (first..250).find(|&n| scheme.disc(n).is_some_and(|d| Some(d.below) == level)).unwrap_or(0) as i16
        };
        let numbers: Vec<i16> =
            (0..=25).map(|label| if label < 3 { 0 } else { disc_number(label) }).collect();
        let mut labels = spine.vertebrae.mapv(|label| crate::level_parts::number(&scheme, label));
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
fn a_level_has_the_stage_of_most_of_its_voxels() {
    let spine = Spine::new(medium(), "C5-C7");
    let labels = spine.map();
    let scheme = sct();
    let vertebrae = Vertebrae::from_map(&labels, &scheme);
    let plain = found(&spine.hematoma, &vertebrae);
    assert!(plain.per_level.iter().all(|part| part.stage.is_none()));
    let mut seen = std::collections::BTreeMap::new();
    let stages = plain
        .column
        .iter()
        .map(|level| {
            let n = seen.entry(*level).and_modify(|n| *n += 1).or_insert(0);
            match level.unwrap().to_string().as_str() {
                // two of each: a tie, and one more voxel that is not sampled
                "C5" if *n < 4 => Some(if *n < 2 { Stage::Chronic } else { Stage::Acute }),
                "C6" => Some(if *n % 3 == 0 { Stage::Hyperacute } else { Stage::LateSubacute }),
                _ => None,
            }
        })
        .collect();
    let stages = Column::new(&spine.hematoma, stages).unwrap();
    let outcome = levels(&spine.hematoma, &vertebrae, Some(&stages), &LevelOptions::default()).unwrap();
    let parts = &outcome.levels().unwrap().per_level;
    let staged: Vec<Option<Stage>> = parts.iter().map(|part| part.stage).collect();
    assert_eq!(staged, [Some(Stage::Acute), Some(Stage::LateSubacute), None]);
    let voxel = spine.hematoma.grid().voxel_mm3();
    assert_eq!(parts[0].stage_mm3, [0.0, 2.0 * voxel, 0.0, 0.0, 2.0 * voxel, 0.0]);
    assert_eq!(parts[2].stage_mm3, [0.0; 6]);
    assert!((parts[1].stage_mm3.iter().sum::<f64>() - parts[1].mm3).abs() < 1e-9, "all of it is sampled");
}

#[test]
fn two_millimeters_involve_a_level() {
    let spine = Spine::new(fine(), "C5-C7");
    let labels = spine.map();
    let scheme = sct();
    let vertebrae = Vertebrae::from_map(&labels, &scheme).with_canal(&spine.canal);
    let of = |roi: &Roi, least: f64| {
        let options = LevelOptions::default().with_min_covered_mm(least);
        levels(roi, &vertebrae, None, &options).unwrap().levels().unwrap().clone()
    };
    let whole = of(&spine.hematoma, 2.0);
    let border = whole.spine.stretches().iter().find(|s| s.level.to_string() == "C6").unwrap().from_mm;
    for (past, expected) in [(1.0, vec!["C5"]), (4.0, vec!["C5", "C6"])] {
        let mut part = spine.blood.clone();
        for voxel in spine.hematoma.voxels() {
            let place = whole.spine.place(spine.hematoma.grid().center(voxel));
            part[voxel] = u8::from(place.along_mm < border + past);
        }
        let roi = Roi::from_array(part.view(), spine.affine, &Labels::NonZero).unwrap();
        let levels = of(&roi, 2.0);
        assert_eq!(names(&levels), expected, "{past}: {:?}", levels.per_level);
        assert_eq!(levels.per_level.len(), 2, "a level touched but not involved is listed");
        assert_eq!(names(&of(&roi, 0.5)).len(), 2);
    }
}
