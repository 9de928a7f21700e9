//! How a whole study lies in the world changes no number of its report.

use crate::phantom_parts::{Known, Parts, Rigid, flipped, moved_point, moves, permuted, rigid};
use crate::same_json::same;
use hemastage::{
    Affine, Labels, Roi, StageOptions,
    label_map::LabelMap,
    level::{Landmarks, LevelOptions, Scheme, Vertebra, Vertebrae, levels},
    stage,
    stage::Stage,
};
use hemastage_phantom::{
    Collection, Direction, Extent, GridSpec, Layout, Phantom, PhantomOptions, Side, phantom,
};
use ndarray::Array3;
use serde_json::{Value, json};

/// What rounding may change, of a number's size.
const ROUNDING: f64 = 1e-6;

/// A curved and scoliotic neck with an uneven collection on its right and a smaller one on its left.
fn made(masks: GridSpec) -> Phantom {
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
    phantom(&options).unwrap()
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
fn points(made: &Phantom) -> Landmarks {
    let affine = *made.mask_grid.affine();
    let map = LabelMap::from_array(made.vertebrae.view(), affine).unwrap();
    let scheme = Scheme::built_in("sct").unwrap();
    let hematoma = Roi::from_array(made.hematoma.view(), affine, &Labels::NonZero).unwrap();
    let found =
        levels(&hematoma, &Vertebrae::from_map(&map, &scheme), None, &LevelOptions::default()).unwrap();
    let centers = found.levels().unwrap().spine.stretches().to_vec();
    Landmarks::new(centers.iter().map(|stretch| (Vertebra::Level(stretch.level), stretch.center_mm)))
}

/// With and without a canal, with label map, landmarks and neither.
fn studies(made: &Phantom) -> Vec<(&'static str, Parts)> {
    let parts = || Parts::of(made);
    vec![
        ("canal and map", parts().with_canal(made).with_map(made)),
        ("map", parts().with_map(made)),
        ("canal and points", parts().with_canal(made).with_points(points(made))),
        ("canal", parts().with_canal(made)),
    ]
}

fn staged(parts: Parts) -> Value {
    let staged = stage(&parts.study().unwrap(), &StageOptions::default()).unwrap();
    let mut report: Value = serde_json::from_str(&staged.report.to_json()).unwrap();
    // where and how the arrays are stored
    report.as_object_mut().unwrap().remove("inputs");
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
fn on_many_grids() -> Parts {
    let [sagittal, axial, oblique] = grids().map(made);
    let mut parts = Parts::of(&sagittal).with_canal(&axial).with_map(&oblique);
    parts.cord = Parts::of(&axial).cord;
    parts
}

/// A tissue that lies flat, from back to front, in place of the cord.
fn without_cord(made: &Phantom) -> Parts {
    let mut parts = Parts::of(made).with_canal(made).with_map(made);
    let affine = parts.cord.1;
    let flat = |(i, j, k)| {
        let [x, _, z] = affine.index_to_world([i, j, k].map(|v: usize| v as f64));
        u8::from(x.abs() < 5.0 && z.abs() < 5.0)
    };
    parts.cord.0 = Array3::from_shape_fn(parts.cord.0.dim(), flat);
    parts.tissue = Some("muscle");
    parts
}

#[test]
fn a_moved_study_keeps_its_report() {
    let mut all = vec![("on many grids", on_many_grids())];
    for made in grids().map(made) {
        all.push(("without a cord", without_cord(&made)));
        all.extend(studies(&made));
    }
    for (name, parts) in all {
        let still = staged(parts.clone());
        assert!(still["shape"]["position"].as_str().unwrap().starts_with("right"), "{}", still["shape"]);
        for by in moves() {
            let mut expected = still.clone();
            assert!(move_points(&mut expected, &by) > 5, "points to compare");
            let found = staged(parts.clone().moved(&by));
            same(&found, &expected, ROUNDING, &format!("{name}: {by:.2?}"));
        }
    }
}

#[test]
fn a_study_that_truly_changed_is_seen() {
    let made = made(grids()[0]);
    let parts = || Parts::of(&made).with_canal(&made).with_map(&made);
    let still = staged(parts());
    let millimeter = rigid([0.0; 3], [0.0, 0.0, 1.0]);
    let number = |report: &Value, path: &str| report.pointer(path).and_then(Value::as_f64).unwrap();
    let differs = |found: &Value, path: &str| {
        let (a, b) = (number(found, path), number(&still, path));
        assert!((a - b).abs() > 1e-3 * b.abs(), "{path}: {a} {b}");
    };
    let apart = parts();
    let alone = Parts { hematoma: Parts::of(&made).moved(&millimeter).hematoma, ..apart };
    let found = staged(alone);
    differs(&found, "/levels/per_level/0/covered_mm");
    differs(&found, "/shape/extent/lower/along_mm");
    let mut tilted = parts();
    tilted.canal = parts().moved(&rigid([0.0, 4.0, 0.0], [0.0; 3])).canal;
    differs(&staged(tilted), "/shape/displacement/right_mm");
    // the patient's mirror image: the axis from left to right stored backwards, and not said so
    let mut mirrored = parts();
    let mirror = |mut mask: Array3<u8>| {
        mask.invert_axis(ndarray::Axis(2));
        mask
    };
    mirrored.hematoma.0 = mirror(mirrored.hematoma.0);
    mirrored.cord.0 = mirror(mirrored.cord.0);
    mirrored.canal = mirrored.canal.map(|(mask, affine)| (mirror(mask), affine));
    let position = |report: &Value| report["shape"]["position"].as_str().unwrap().to_owned();
    assert_eq!(position(&staged(mirrored)), position(&still).replace("right", "left"));
}

/// Another way to store an array.
type Store = fn((Array3<u8>, Affine)) -> (Array3<u8>, Affine);

#[test]
fn storing_any_file_otherwise_changes_no_number() {
    for parts in [on_many_grids(), {
        // on the cord's grid every second voxel of the hematoma's lies on a border
        let made = made(grids()[2]);
        let mut parts = Parts::of(&made).with_canal(&made).with_map(&made);
        let half =
            made.mask_grid.affine().matrix().map(|row| [row[0], row[1], row[2], row[3] + row[0] / 2.0]);
        parts.cord.1 = Affine::new(half).unwrap();
        parts.canal.iter_mut().for_each(|canal| canal.1 = parts.cord.1);
        parts
    }] {
        let expected = staged(parts.clone());
        let changes: [Store; 5] = [
            |mask| flipped(mask, 0),
            |mask| flipped(mask, 1),
            |mask| flipped(mask, 2),
            |mask| permuted(mask, [1, 2, 0]),
            |mask| permuted(mask, [2, 1, 0]),
        ];
        for (n, change) in changes.into_iter().enumerate() {
            for file in 0..4 {
                let mut p = parts.clone();
                match (file, p.vertebrae.take()) {
                    (3, Some(Known::Map(map))) => p.vertebrae = Some(Known::Map(Box::new(change(*map)))),
                    (_, known) => p.vertebrae = known,
                }
                match file {
                    0 => p.hematoma = change(p.hematoma),
                    1 => p.cord = change(p.cord),
                    2 => p.canal = p.canal.map(change),
                    _ => {}
                }
                same(&staged(p), &expected, ROUNDING, &format!("change {n} of file {file}"));
            }
        }
    }
}
