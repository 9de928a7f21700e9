//! Blood at known levels, under labels of every scheme and grid.

use std::{collections::BTreeMap, sync::Arc};

use approx::abs_diff_eq;
use hemastage::{
    Labels, Roi,
    level::{LevelOptions, Scheme, Vertebrae, levels},
    roi::Column,
    stage::Stage,
};

use super::{assert_adds_up, found, names, sct};
use crate::support::spine::{Spine, coarse, collections, fine, medium, relabeled};

/// Every span of the source literature.
const SPANS: [&str; 12] = [
    "C3-T1", "C3-C5", "C3-C7", "C5-T2", "C2-C4", "C2-T12", "C2-L1", "T8-L5", "C2-T8", "C3-T2", "C2-C6",
    "C5-C7",
];

#[test]
fn every_published_span_comes_back_in_every_scheme() {
    let map = Spine::without_blood(medium());
    let schemes = Scheme::built_in_names().map(|name| Scheme::built_in(name).unwrap());
    // two name no vertebra between C1 and the sacrum
    let schemes = schemes.filter(|scheme| scheme.number("C3".parse().unwrap()).is_some());
    let maps: Vec<_> = schemes.map(|scheme| (relabeled(&map, &scheme), scheme)).collect();
    for span in SPANS.into_iter().chain(["T2-T6 T12-L1"]) {
        let spine = Spine::blood_alone(medium(), span);
        for (labels, scheme) in &maps {
            let name = &scheme.name;
            let levels = found(&spine.hematoma, &Vertebrae::from_map(labels, scheme));
            assert_eq!(names(&levels), spine.expected, "{span} in {name}: {levels:#?}");
            assert_adds_up(&levels, &spine.hematoma);
            let levels = found(&spine.hematoma, &Vertebrae::from_map(labels, scheme).with_canal(&map.canal));
            assert_eq!(names(&levels), spine.expected, "{span} in {name} with the canal");
            assert_eq!(levels.runs.len(), collections(span).len());
        }
    }
}

#[test]
fn labels_may_be_coarser_or_finer_than_the_mask_and_stored_otherwise() {
    let scheme = sct();
    let maps = [coarse(), medium(), fine()].map(Spine::without_blood);
    let maps: Vec<_> = maps.into_iter().flat_map(|map| [Arc::new(map.stored_otherwise()), map]).collect();
    let maps: Vec<_> = maps.iter().map(|map| (map, map.map())).collect();
    for span in ["C3-T1", "C2-C6", "T8-L5", "T2-T6 T12-L1"] {
        for grid in [coarse(), fine()] {
            let spine = Spine::blood_alone(grid, span);
            for (map, labels) in &maps {
                let vertebrae = Vertebrae::from_map(labels, &scheme);
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
                    assert_adds_up(&levels, &spine.hematoma);
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
        let spine = Spine::blood_alone(fine(), span);
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

#[test]
fn a_level_has_the_stage_of_most_of_its_voxels() {
    let spine = Spine::shared(medium(), "C5-C7");
    let labels = spine.map();
    let scheme = sct();
    let vertebrae = Vertebrae::from_map(&labels, &scheme);
    let plain = found(&spine.hematoma, &vertebrae);
    assert!(plain.per_level.iter().all(|part| part.stage.is_none()));
    let mut n_voxels = BTreeMap::new();
    let stages = plain
        .column
        .iter()
        .map(|level| {
            let n = n_voxels.entry(*level).and_modify(|n| *n += 1).or_insert(0);
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
    assert_eq!(parts[0].stage_mm3.values(), [0.0, 2.0 * voxel, 0.0, 0.0, 2.0 * voxel, 0.0]);
    assert_eq!(parts[2].stage_mm3.values(), [0.0; 6]);
    let sampled: f64 = parts[1].stage_mm3.values().iter().sum();
    assert!(abs_diff_eq!(sampled, parts[1].mm3, epsilon = 1e-9), "all of it is sampled");
}

#[test]
fn two_millimeters_involve_a_level() {
    let spine = Spine::shared(fine(), "C5-C7");
    let labels = spine.map();
    let scheme = sct();
    let vertebrae = Vertebrae::from_map(&labels, &scheme).with_canal(&spine.canal);
    let of = |roi: &Roi, min_covered_mm: f64| {
        let options = LevelOptions::default().with_min_covered_mm(min_covered_mm);
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
