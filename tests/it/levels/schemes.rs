//! Schemes that are wrong or missing, and anatomy that is unusual.

use hemastage::{
    ErrorKind,
    level::{LevelOptions, Scheme, Vertebrae, levels},
};

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
        assert!(text.ends_with(&found.join(", ")) && !found.is_empty(), "{text}");
        found
    };
    assert_eq!(fitting("sct"), ["verse", "sct"], "25 below 24 is S1 or L6");
    assert_eq!(fitting("verse"), ["verse", "sct"], "26 below 24 is the sacrum or S2");
    assert_eq!(fitting("totalsegmentator-pp"), ["totalsegmentator-pp", "verse", "sct"]);
    assert_eq!(fitting("totalsegmentator-mr"), ["totalsegmentator-mr", "totalsegmentator-v1"]);
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
