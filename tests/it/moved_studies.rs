//! How a whole study lies in the world changes no number of its report.

use std::sync::Arc;

use approx::relative_ne;
use hemastage::{
    Affine, Labels, Roi, StageOptions,
    label_map::LabelMap,
    level::{Landmarks, LevelOptions, Scheme, Vertebra, Vertebrae, levels},
    stage,
    stage::Stage,
};
use hemastage_phantom::{Collection, Direction, Extent, GridSpec, Layout, Phantom, PhantomOptions, Side};
use ndarray::Array3;
use serde_json::{Value, json};

use crate::support::{
    json::assert_same_json,
    phantoms::{StudyArrays, VertebraeArrays, shared_phantom},
    rigid::{Rigid, moved_point, moves, rigid},
    storage::{Stored, flipped, permuted},
};

/// The relative change of a number that is rounding.
const ROUNDING: f64 = 1e-6;

/// A curved and scoliotic neck with an uneven collection on its right and a smaller one on its left.
fn neck(masks: GridSpec) -> Arc<Phantom> {
    let layout = Layout::Along(vec![(Stage::Acute, 0.4), (Stage::LateSubacute, 0.6)]);
    let extent = |first, last| Extent::levels(first, last).unwrap();
    let clots = [
        Collection::new(extent("C5", "C7")).with_side(Side::Degrees(300.0)).with_layout(layout),
        Collection::new(extent("C4", "C4")).with_side(Side::Left).with_half_width_deg(40.0),
    ];
    let images = GridSpec::small().with_shape([70, 100, 22]);
    let options = PhantomOptions::small()
        .with_lordosis_mm(27.0)
        .with_scoliosis_mm(22.0)
        .with_collections(clots)
        .with_grids(images)
        .with_t1_grid(images.with_tilt_deg([3.0, -4.0, 5.0]))
        .with_mask_grid(masks)
        .with_shading(1.5)
        .with_seed(3);
    shared_phantom(&options)
}

/// Thick sagittal slices, thick axial slices, and voxels as deep as wide that lie obliquely in the scanner.
fn grids() -> [GridSpec; 3] {
    use Direction::{Anterior, Inferior, Left, Posterior, Right, Superior};
    let field = |spacing, axes, fov| GridSpec::new([1; 3], spacing, axes).with_fov_mm(fov);
    [
        field([1.1, 1.1, 3.3], [Posterior, Inferior, Right], [84.0, 110.0, 40.0]),
        field([0.9, 0.9, 4.0], [Left, Posterior, Superior], [40.0, 84.0, 110.0]),
        field([1.3; 3], [Right, Anterior, Superior], [40.0, 84.0, 110.0]).with_tilt_deg([6.0, -4.0, 5.0]),
    ]
}

/// The centers of the vertebrae as points.
fn points(neck: &Phantom) -> Landmarks {
    let affine = *neck.mask_grid.affine();
    let map = LabelMap::from_array(neck.vertebrae.view(), affine).unwrap();
    let scheme = Scheme::built_in("sct").unwrap();
    let hematoma = Roi::from_array(neck.hematoma.view(), affine, &Labels::NonZero).unwrap();
    let found =
        levels(&hematoma, &Vertebrae::from_map(&map, &scheme), None, &LevelOptions::default()).unwrap();
    let centers = found.levels().unwrap().spine.stretches().to_vec();
    Landmarks::new(centers.iter().map(|stretch| (Vertebra::Level(stretch.level), stretch.center_mm))).unwrap()
}

/// With and without a canal, with label map, landmarks and neither.
fn studies(neck: &Phantom) -> Vec<(&'static str, StudyArrays)> {
    let arrays = || StudyArrays::new(neck);
    vec![
        ("canal and map", arrays().with_canal(neck).with_map(neck)),
        ("map", arrays().with_map(neck)),
        ("canal and points", arrays().with_canal(neck).with_points(points(neck))),
        ("canal", arrays().with_canal(neck)),
    ]
}

fn staged(arrays: StudyArrays) -> Value {
    let staged = stage(&arrays.study().unwrap(), &StageOptions::default()).unwrap();
    let mut report: Value = serde_json::from_str(&staged.report.to_json()).unwrap();
    // where and how the arrays are stored, and the shift along the scanner's axes
    report.as_object_mut().unwrap().retain(|key, _| !["inputs", "alignment"].contains(&key.as_str()));
    report["reasons"].as_object_mut().unwrap().retain(|key, _| !key.starts_with("alignment"));
    let of_shift = |finding: &Value| {
        ["images_shifted", "alignment_unknown"].contains(&finding["code"].as_str().unwrap())
    };
    report["findings"].as_array_mut().unwrap().retain(|finding| !of_shift(finding));
    report
}

/// Moves every point of a report along with the study.
fn move_points(report: &mut Value, by: &Rigid) -> usize {
    match report {
        Value::Object(fields) => {
            let mut moved = 0;
            for (key, value) in fields {
                let point = value
                    .as_array()
                    .and_then(|v| Some([v.first()?.as_f64()?, v.get(1)?.as_f64()?, v.get(2)?.as_f64()?]));
                match point {
                    Some(point) if key == "point_mm" || key == "centroid_mm" => {
                        *value = json!(moved_point(by, point));
                        moved += 1;
                    }
                    _ => moved += move_points(value, by),
                }
            }
            moved
        }
        Value::Array(values) => values.iter_mut().map(|value| move_points(value, by)).sum(),
        _ => 0,
    }
}

/// Hematoma, cord, canal and vertebrae each on a grid of its own.
fn on_many_grids() -> StudyArrays {
    let [sagittal, axial, oblique] = grids().map(neck);
    let cord = StudyArrays::new(&axial).cord;
    StudyArrays { cord, ..StudyArrays::new(&sagittal).with_canal(&axial).with_map(&oblique) }
}

/// A tissue that lies flat, from back to front, in place of the cord.
fn without_cord(neck: &Phantom) -> StudyArrays {
    let mut arrays = StudyArrays::new(neck).with_canal(neck).with_map(neck);
    let affine = arrays.cord.1;
    let flat = |(i, j, k)| {
        let [x, _, z] = affine.index_to_world([i, j, k].map(|v: usize| v as f64));
        u8::from(x.abs() < 5.0 && z.abs() < 5.0)
    };
    arrays.cord.0 = Array3::from_shape_fn(arrays.cord.0.dim(), flat);
    arrays.tissue = Some("muscle");
    arrays
}

/// Moves a study in every way and compares the reports.
fn assert_moves_change_no_number(name: &str, arrays: &StudyArrays) {
    let still = staged(arrays.clone());
    assert!(still["shape"]["position"].as_str().unwrap().starts_with("right"), "{}", still["shape"]);
    for by in moves() {
        let mut expected = still.clone();
        assert!(move_points(&mut expected, &by) > 5, "points to compare");
        let found = staged(arrays.clone().moved(&by));
        assert_same_json(&found, &expected, ROUNDING, &format!("{name}: {by:.2?}"));
    }
}

#[test]
fn a_moved_study_keeps_its_report() {
    for neck in grids().map(neck) {
        for (name, arrays) in studies(&neck) {
            assert_moves_change_no_number(name, &arrays);
        }
    }
}

#[test]
fn a_moved_study_on_many_grids_or_without_a_cord_keeps_its_report() {
    assert_moves_change_no_number("on many grids", &on_many_grids());
    for neck in grids().map(neck) {
        assert_moves_change_no_number("without a cord", &without_cord(&neck));
    }
}

#[test]
fn a_change_of_the_study_changes_its_report() {
    let neck = neck(grids()[0]);
    let arrays = || StudyArrays::new(&neck).with_canal(&neck).with_map(&neck);
    let still = staged(arrays());
    let millimeter = rigid([0.0; 3], [0.0, 0.0, 1.0]);
    let number = |report: &Value, path: &str| report.pointer(path).and_then(Value::as_f64).unwrap();
    let assert_differs = |found: &Value, path: &str| {
        let (a, b) = (number(found, path), number(&still, path));
        assert!(relative_ne!(a, b, epsilon = 0.0, max_relative = 1e-3), "{path}: {a} {b}");
    };
    let alone = StudyArrays { hematoma: arrays().moved(&millimeter).hematoma, ..arrays() };
    let found = staged(alone);
    assert_differs(&found, "/levels/per_level/0/covered_mm");
    assert_differs(&found, "/shape/extent/lower/along_mm");
    let canal = arrays().moved(&rigid([0.0, 4.0, 0.0], [0.0; 3])).canal;
    assert_differs(&staged(StudyArrays { canal, ..arrays() }), "/shape/displacement/right_mm");
    // the patient's mirror image: the left-right axis stored backwards under the same affine
    let mut mirrored = arrays();
    let mirror = |(mask, affine): Stored<u8>| (flipped((mask, affine), 2).0, affine);
    mirrored.hematoma = mirror(mirrored.hematoma);
    mirrored.cord = mirror(mirrored.cord);
    mirrored.canal = mirrored.canal.map(mirror);
    let position = |report: &Value| report["shape"]["position"].as_str().unwrap().to_owned();
    assert_eq!(position(&staged(mirrored)), position(&still).replace("right", "left"));
}

/// Another way to store an array.
type Change = fn(Stored<u8>) -> Stored<u8>;

/// Stores each mask of a study in every way and compares the reports.
fn assert_storage_changes_no_number(arrays: &StudyArrays) {
    let expected = staged(arrays.clone());
    let changes: [Change; 5] = [
        |mask| flipped(mask, 0),
        |mask| flipped(mask, 1),
        |mask| flipped(mask, 2),
        |mask| permuted(mask, [1, 2, 0]),
        |mask| permuted(mask, [2, 1, 0]),
    ];
    for (n, change) in changes.into_iter().enumerate() {
        for file in 0..4 {
            let mut changed = arrays.clone();
            match file {
                0 => changed.hematoma = change(changed.hematoma),
                1 => changed.cord = change(changed.cord),
                2 => changed.canal = changed.canal.map(change),
                _ => {
                    let Some(VertebraeArrays::Map(map)) = &mut changed.vertebrae else { panic!("no map") };
                    **map = change(map.as_ref().clone());
                }
            }
            let place = format!("change {n} of file {file}");
            assert_same_json(&staged(changed), &expected, ROUNDING, &place);
        }
    }
}

#[test]
fn storing_any_file_otherwise_changes_no_number() {
    assert_storage_changes_no_number(&on_many_grids());
    // on the cord's grid every second voxel of the hematoma's lies on a border
    let neck = neck(grids()[2]);
    let mut arrays = StudyArrays::new(&neck).with_canal(&neck).with_map(&neck);
    let half = neck.mask_grid.affine().matrix().map(|row| [row[0], row[1], row[2], row[3] + row[0] / 2.0]);
    arrays.cord.1 = Affine::new(half).unwrap();
    arrays.canal.iter_mut().for_each(|canal| canal.1 = arrays.cord.1);
    assert_storage_changes_no_number(&arrays);
}
