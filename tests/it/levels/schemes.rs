//! Schemes that are wrong or missing, and anatomy that is unusual.

use hemastage::{
    ErrorKind,
    label_map::LabelMap,
    level::{LevelOptions, Scheme, Vertebrae, levels},
    vertebra::VertebralLevel,
};
use ndarray::Array3;

use super::{assert_adds_up, codes, found, names, sct};
use crate::support::spine::{Spine, coarse, medium, relabeled};

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
        let (_, list) = text.split_once("from the head down: ").unwrap();
        let (list, alike) = list.split_once("; ").unwrap_or((list, ""));
        assert!(list == found.join(", ") && !found.is_empty(), "{text}");
        (found, alike.to_owned())
    };
    let alike = |scheme: &str| fitting(scheme).1;
    let fitting = |scheme: &str| fitting(scheme).0;
    assert_eq!(fitting("sct"), ["verse", "spineps", "sct"], "25 below 24 is S1 or L6");
    assert_eq!(alike("sct"), "verse, spineps give the same levels");
    assert_eq!(fitting("verse"), ["verse", "spineps", "sct"], "26 below 24 is the sacrum or S2");
    assert_eq!(fitting("totalsegmentator-pp"), ["totalsegmentator-pp", "verse", "spineps", "sct"]);
    assert_eq!(alike("totalsegmentator-pp"), "all give the same levels");
    assert_eq!(fitting("totalsegmentator-mr"), ["totalsegmentator-mr", "totalsegmentator-v1"]);
    assert_eq!(alike("totalsegmentator-mr"), "");
    assert_eq!(fitting("spider"), ["totalsegmentator-mr", "totalsegmentator-v1", "spider"], "one apart");
    // 25 and 26 can be sacrum and S1, or T10 and T9: values and order are the same in these three
    let three = ["totalsegmentator", "totalsegmentator-v3", "totalsegmentator-v1"];
    assert_eq!(fitting("totalsegmentator"), three);
    assert_eq!(fitting("totalsegmentator-v1"), three);
    assert_eq!(fitting("totalspineseg"), ["totalspineseg"]);
    let unknown = map.changed(|label| if label == 0 { 0 } else { label + 150 });
    let text = Scheme::choose(None, &unknown).unwrap_err().to_string();
    assert!(text.contains("no built-in scheme fits"), "{text}");
    assert_eq!(Scheme::choose(Some("sct"), &unknown).unwrap(), sct());
    let none = levels(&map.hematoma, &Vertebrae::from_map(&unknown, &sct()), None, &LevelOptions::default());
    assert!(
        none.unwrap_err().to_string().contains("no vertebra of the scheme `sct`: found the values 151, 152")
    );
}

/// A map of TotalSpineSeg's step 1: C1 at 11, each other vertebra at 50, discs by their names.
fn step_one(spine: &Spine, with_atlas: bool) -> LabelMap {
    LabelMap::from_array(labels_of_step_one(spine, with_atlas).view(), spine.affine).unwrap()
}

fn labels_of_step_one(spine: &Spine, with_atlas: bool) -> Array3<u8> {
    let scheme = Scheme::built_in("totalspineseg-step1").unwrap();
    let atlas = if with_atlas { 11 } else { 0 };
    let mut labels = spine.vertebrae.mapv(|label| match label {
        0 => 0,
        1 => atlas,
        _ => 50,
    });
    for (label, disc) in labels.iter_mut().zip(&spine.discs).filter(|(_, disc)| **disc > 2) {
        let below = VertebralLevel::usual().nth(usize::from(*disc) - 1);
        *label =
            (63..=100).find(|&n| scheme.disc(n).is_some_and(|disc| Some(disc.below) == below)).unwrap() as u8;
    }
    labels
}

/// As where the field of view ends within C1: what is left of it lies behind the canal, and lower than its ring.
#[test]
fn the_rear_arch_of_c1_bends_no_map_of_step_one() {
    let scheme = Scheme::built_in("totalspineseg-step1").unwrap();
    for span in ["C2-C6", "C3-T1"] {
        let spine = Spine::shared(medium(), span);
        let ys: Vec<f64> = spine.canal.centers().map(|center| center[1]).collect();
        let behind = ys.iter().sum::<f64>() / ys.len() as f64 - 8.0;
        let mut labels = labels_of_step_one(&spine, true);
        for ((i, j, k), label) in labels.indexed_iter_mut().filter(|(_, label)| **label == 11) {
            if spine.affine.index_to_world([i, j, k].map(|n| n as f64))[1] > behind {
                *label = 0;
            }
        }
        assert!(labels.iter().any(|&label| label == 11));
        let map = LabelMap::from_array(labels.view(), spine.affine).unwrap();
        let cut = found(&spine.hematoma, &Vertebrae::from_map(&map, &scheme).with_canal(&spine.canal));
        assert_eq!(names(&cut), spine.expected, "{span}: {cut:#?}");
        assert_eq!(codes(&cut), ["end_label_without_body"]);
        let text = &cut.findings[0].message;
        assert!(text.ends_with("its center was placed one spacing beyond C2"), "{text}");
    }
}

#[test]
fn a_map_of_step_one_gives_the_levels_by_its_discs() {
    let (scheme, options) = (Scheme::built_in("totalspineseg-step1").unwrap(), LevelOptions::default());
    for span in ["C2-C6", "C3-T1", "T2-T6 T12-L1", "T8-L5"] {
        let spine = Spine::shared(medium(), span);
        let map = step_one(&spine, true);
        assert_eq!(Scheme::fitting(&map), ["totalspineseg-step1"]);
        let by_map = found(&spine.hematoma, &Vertebrae::from_map(&map, &scheme).with_canal(&spine.canal));
        assert_eq!(names(&by_map), spine.expected, "{span}: {by_map:#?}");
        assert_eq!(by_map.scheme, "totalspineseg-step1");
        // C2 has no disc above it, in any such map
        assert!(by_map.findings.iter().all(|finding| finding.code != "levels_inferred"));
        assert!(by_map.per_level.iter().all(|part| part.inferred == (part.level.to_string() == "C2")));
        let without = step_one(&spine, false);
        let points = found(&spine.hematoma, &Vertebrae::from_landmarks(&spine.disc_points()));
        if !span.starts_with("C2") {
            let without = found(&spine.hematoma, &Vertebrae::from_map(&without, &scheme));
            assert_eq!(names(&without), names(&points));
        }
        for map in [map, without] {
            let wrong = Scheme::built_in("totalspineseg").unwrap();
            let error =
                levels(&spine.hematoma, &Vertebrae::from_map(&map, &wrong), None, &options).unwrap_err();
            let text = error.to_string();
            assert_eq!(error.kind(), ErrorKind::Parameter);
            assert!(text.starts_with("the label map holds discs but no vertebra between them by the scheme `totalspineseg`: it fits `totalspineseg-step1` (TotalSpineSeg, output of its step 1"), "{text}");
        }
    }
}

#[test]
fn a_map_without_names_is_told_by_its_cord() {
    let spine = Spine::without_blood(coarse());
    let labels = |numbers: [u8; 3]| {
        spine.changed(move |label| if label == 0 { 0 } else { numbers[usize::from(label % 3)] })
    };
    let text = Scheme::choose(None, &labels([18, 19, 20])).unwrap_err().to_string();
    assert!(text.contains("no built-in scheme fits"), "no cord: {text}");
    let map = labels([19, 20, 21]);
    let text = Scheme::choose(None, &map).unwrap_err().to_string();
    assert!(
        text.ends_with("these fit its values, and name no vertebra: totalsegmentator-total-mr"),
        "{text}"
    );
}

#[test]
fn transitional_anatomy_gaps_and_doubles() {
    let scheme = Scheme::built_in("verse").unwrap();
    let spine = Spine::shared(medium(), "T10-L5");
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
    assert_adds_up(&twice, &spine.hematoma);
}
