//! Points and maps in each other's place, landmarks off their place, images.

use hemastage::{
    Affine, Report, Result, VertebraeSource,
    label_map::LabelMap,
    level::{Disc, Landmarks, Scheme},
};
use ndarray::Array3;

use super::{arrays, message, said, scan, staged};
use crate::support::phantoms::disc_points;

fn sct() -> Scheme {
    Scheme::built_in("sct").unwrap()
}

fn affine() -> Affine {
    *scan().mask_grid.affine()
}

fn points() -> Array3<u8> {
    disc_points(&scan())
}

fn at(points: &Array3<u8>, label: u8) -> [usize; 3] {
    points.indexed_iter().find(|(_, v)| **v == label).unwrap().0.into()
}

fn by_points(points: &Array3<u8>) -> Result<Report> {
    let map = LabelMap::from_array(points.view(), affine())?;
    staged(arrays().with_points(Landmarks::from_disc_points(&map, &sct())?))
}

fn by_map(labels: &Array3<i16>) -> Result<Report> {
    let map = LabelMap::from_array(labels.view(), affine())?;
    let study = arrays().study()?.with_vertebrae(VertebraeSource::map(map, sct()));
    hemastage::stage(&study, &hemastage::StageOptions::default()).map(|staged| staged.report)
}

#[test]
fn points_are_no_map_and_a_map_is_no_points() {
    let error = by_map(&points().mapv(i16::from)).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "vertebrae: the labels look like points, not vertebrae: the median one has 1 voxels (1 mm3)"
        ),
        "{error}"
    );
    assert!(error.contains("--landmarks"));
    let error = by_points(&scan().vertebrae).unwrap_err().to_string();
    assert!(error.starts_with("label ") && error.contains("--vertebrae"), "{error}");
    let colored = &scan().cord * &scan().vertebrae.mapv(|_| 3);
    assert!(by_points(&colored).unwrap_err().to_string().contains("--vertebrae"));
    let discs = by_points(&scan().discs).unwrap_err().to_string();
    assert!(discs.contains("these look like whole discs: leave the middle voxel"), "{discs}");
    let thick = {
        let (mut thick, points) = (points(), points());
        for (i, j, k) in points.indexed_iter().filter(|(_, v)| **v != 0).map(|(at, _)| at) {
            let label = points[[i, j, k]];
            let around = (i - 2..=i + 2).flat_map(|i| (j - 2..=j + 2).map(move |j| [i, j, k]));
            around.for_each(|at| thick.get_mut(at).into_iter().for_each(|voxel| *voxel = label));
        }
        by_points(&thick).unwrap()
    };
    let (thin, whole) = (by_points(&points()).unwrap(), by_map(&scan().vertebrae.mapv(i16::from)).unwrap());
    let span = |report: &Report| report.levels.as_ref().unwrap().span.clone();
    assert_eq!((said(&thin), said(&thick), said(&whole)), (vec![], vec![], vec![]));
    assert_eq!((span(&thick), span(&whole)), (span(&thin), span(&thin)));
}

#[test]
fn an_image_is_no_map_of_vertebrae() {
    let error = by_map(&scan().t2).unwrap_err().to_string();
    assert!(error.starts_with("vertebrae: looks like an image ("), "{error}");
    let mut negative = scan().vertebrae.mapv(i16::from);
    negative[[0, 0, 0]] = -5;
    assert!(by_map(&negative).unwrap_err().to_string().contains("distinct values, some below 0)"));
    let t1 = scan().t1.mapv(|v| f32::from(v) + 0.5);
    let error = LabelMap::from_array(t1.view(), affine()).unwrap_err().to_string();
    assert!(
        error.starts_with("looks like an image (more than 64 distinct values that are not whole"),
        "{error}"
    );
}

#[test]
fn a_landmark_off_its_place_is_named() {
    let moved = |change: &dyn Fn(&mut Array3<u8>, [usize; 3])| {
        let mut points = points();
        let at = at(&points, 5);
        change(&mut points, at);
        by_points(&points).unwrap()
    };
    let off = moved(&|points, [i, j, k]| {
        points[[i, j, k]] = 0;
        points[[i + 90, j, k]] = 5;
    });
    assert_eq!(said(&off), ["warning landmark_misplaced levels"]);
    let text = message(&off, "landmark_misplaced");
    assert!(text.starts_with("the disc C4/C5 lies ") && text.contains(" mm off the line of"), "{text}");
    let upon = moved(&|points, [i, j, k]| {
        points.iter_mut().filter(|label| **label == 6).for_each(|label| *label = 0);
        points[[i, j + 1, k]] = 6;
    });
    assert_eq!(said(&upon), ["warning landmark_misplaced levels"]);
    assert!(
        message(&upon, "landmark_misplaced").starts_with("the disc C5/C6 lies 0.6 mm from the disc C4/C5")
    );
    let twice = moved(&|points, [i, j, k]| points[[i + 12, j + 25, k]] = 5);
    assert_eq!(said(&twice), ["warning level_twice levels"]);
    assert!(message(&twice, "level_twice").starts_with("the disc C4/C5 is marked in 2 places, 17 mm apart"));
}

#[test]
fn landmarks_as_text_are_judged_alike() {
    let middle = |disc: &Disc| disc.below.to_string();
    let map = LabelMap::from_array(points().view(), affine()).unwrap();
    let discs = Landmarks::from_disc_points(&map, &sct()).unwrap();
    let lines = |shift: f64| {
        let line = |(disc, [x, y, z]): &(Disc, [f64; 3])| {
            let name = middle(disc);
            let y = if name == "C5" { y + shift } else { *y };
            format!("{name},{x},{y},{z}\n")
        };
        "level,x,y,z\n".to_owned() + &discs.discs().iter().map(line).collect::<String>()
    };
    let of = |shift| said(&staged(arrays().with_points(lines(shift).parse().unwrap())).unwrap());
    assert_eq!(of(0.0), [""; 0]);
    assert_eq!(of(30.0), ["warning landmark_misplaced levels"]);
}

#[test]
fn vertebrae_far_from_the_cord_are_told() {
    let map = LabelMap::from_array(points().view(), affine()).unwrap();
    let discs = Landmarks::from_disc_points(&map, &sct()).unwrap();
    let moved = |by: [f64; 3]| {
        let line = |(disc, [x, y, z]): &(Disc, [f64; 3])| {
            format!("{},{},{},{}\n", disc.below, x + by[0], y + by[1], z + by[2])
        };
        let text = "level,x,y,z\n".to_owned() + &discs.discs().iter().map(line).collect::<String>();
        staged(arrays().with_points(text.parse().unwrap())).unwrap()
    };
    assert_eq!(said(&moved([0.0; 3])), [""; 0]);
    assert_eq!(said(&moved([6.0, 6.0, 0.0])), [""; 0]);
    for by in [[40.0, 0.0, 0.0], [0.0, 40.0, 0.0], [0.0, -40.0, 0.0]] {
        let report = moved(by);
        assert_eq!(said(&report), ["warning levels_off_cord levels"], "{by:?}");
        let text = message(&report, "levels_off_cord");
        assert_eq!(text.contains("(median) and behind it"), by[1] < 0.0, "{text}");
    }
    let map = |axis: usize, by: f64| {
        let mut arrays = arrays().with_map(&scan());
        if let Some(crate::support::phantoms::VertebraeArrays::Map(map)) = &mut arrays.vertebrae {
            let mut m = *map.1.matrix();
            m[axis][3] += by;
            map.1 = Affine::new(m).unwrap();
        }
        said(&staged(arrays).unwrap())
    };
    for (axis, by) in [(0, 40.0), (1, 40.0), (1, -40.0)] {
        let found = map(axis, by);
        assert!(found.contains(&"warning levels_off_cord levels".to_owned()), "{axis} {by}: {found:?}");
    }
}

#[test]
fn the_label_of_a_vertebra_is_no_hematoma() {
    let with_hematoma = |hematoma: Array3<u8>| {
        let mut arrays = arrays().with_map(&scan());
        (arrays.hematoma.0, arrays.canal) = (hematoma, None);
        staged(arrays).unwrap()
    };
    let report = with_hematoma(scan().vertebrae.mapv(|label| u8::from(label == 5)));
    let found = said(&report);
    assert!(found.contains(&"warning hematoma_in_vertebrae hematoma".to_owned()), "{found:?}");
    assert!(message(&report, "hematoma_in_vertebrae").starts_with("100 % of the hematoma ("));
    assert_eq!(said(&with_hematoma(scan().hematoma.clone())), [""; 0]);
}

/// The axis from front to back is the first.
#[test]
fn vertebrae_keep_out_of_the_canal() {
    let mut flipped = scan().vertebrae.mapv(i16::from);
    flipped.invert_axis(ndarray::Axis(0));
    let report = by_map(&flipped).unwrap();
    let found = said(&report);
    assert!(found.contains(&"warning vertebrae_in_canal vertebrae".to_owned()), "{found:?}");
    assert!(message(&report, "vertebrae_in_canal").contains("flipped, out of place or of another study"));
}

#[test]
fn a_vertebra_that_was_left_out_and_the_rest_renumbered() {
    let renumbered = scan().vertebrae.mapv(|label| match label {
        5 => 0,
        label if label > 5 => i16::from(label) - 1,
        label => i16::from(label),
    });
    let report = by_map(&renumbered).unwrap();
    assert_eq!(said(&report), ["warning vertebra_left_out levels"]);
    let text = message(&report, "vertebra_left_out");
    assert!(text.starts_with("C4 and C5 lie ") && text.contains("times the local spacing"), "{text}");
}
