//! What a shape does with the masks it is given: missing, short, shifted, on other grids, stored otherwise.

use approx::{abs_diff_eq, assert_abs_diff_eq};
use hemastage::{
    Affine, Labels, Roi,
    shape::{LineSource, Position, Shape, ShapeInput, ShapeOptions, shape},
};
use hemastage_phantom::{Collection, Extent, PhantomOptions, Side, phantom};
use ndarray::Array3;

use crate::support::{
    bodies::{
        AXIAL, Body, CordPath, ISO, Point, SAGITTAL, Sampling, UPRIGHT, WIDE, assert_near, canal, cord,
        dorsal_box, measured, region, right_rod,
    },
    rigid::moves,
    storage::{Stored, flipped, moved, permuted},
};

fn left_rod([x, y, s]: Point) -> bool {
    right_rod([-x, y, s])
}

/// Larger on the right, higher on the left.
fn uneven(p: Point) -> bool {
    right_rod(p) || left_rod([p[0] * 1.5, p[1], p[2] - 7.0])
}

/// Numbers that do not depend on where the body is, by name.
fn numbers(found: &Shape) -> Vec<(String, f64)> {
    let mut all = vec![("volume".to_owned(), found.volume_mm3)];
    let mut add = |name: &str, value: Option<f64>| all.push((name.to_owned(), value.unwrap_or(f64::NAN)));
    let extent = found.extent.as_ref();
    add("lower", extent.map(|e| e.lower.along_mm));
    add("upper", extent.map(|e| e.upper.along_mm));
    add("beyond", extent.map(|e| e.beyond_mm));
    for (name, value) in [
        ("ap", found.thickness_ap),
        ("lr", found.thickness_lr),
        ("area", found.occupancy_area),
        ("diameter", found.occupancy_ap),
        ("midline", found.occupancy_midline),
    ] {
        add(name, value.map(|v| v.value));
        add(name, value.map(|v| v.place.along_mm));
    }
    add("ventral", found.sectors.map(|s| s.ventral));
    add("dorsal", found.sectors.map(|s| s.dorsal));
    add("left", found.sectors.map(|s| s.left));
    add("right", found.sectors.map(|s| s.right));
    add("displacement", found.displacement.as_ref().map(|d| d.mm));
    add("to the right", found.displacement.as_ref().map(|d| d.right_mm));
    add("outside", found.outside_canal);
    for (n, step) in found.profile.iter().enumerate() {
        add(&format!("area {n}"), Some(step.area_mm2));
        add(&format!("ap {n}"), step.ap_mm.or(Some(-1.0)));
        add(&format!("lr {n}"), step.lr_mm.or(Some(-1.0)));
        add(&format!("canal {n}"), step.canal_mm2.or(Some(-1.0)));
    }
    all
}

#[track_caller]
fn assert_same(found: &Shape, expected: &Shape, what: &str) {
    let (a, b) = (numbers(found), numbers(expected));
    assert_eq!(a.len(), b.len(), "{what}");
    assert!(a.len() > 40, "numbers to compare");
    for ((name, a), (_, b)) in a.iter().zip(&b) {
        assert!(abs_diff_eq!(*a, *b, epsilon = 1e-6), "{what}: {name} {a} {b}");
    }
    assert_eq!(found.position, expected.position, "{what}");
}

/// Hematoma, cord and canal, each stored as a change leaves it.
fn changed(masks: &[Stored<u8>; 3], change: impl Fn(Stored<u8>) -> Stored<u8>) -> Shape {
    let [hematoma, cord, canal] = masks.clone().map(|mask| {
        let (array, affine) = change(mask);
        Roi::from_array(array.view(), affine, &Labels::NonZero).unwrap()
    });
    shape(&ShapeInput::new(&hematoma).with_cord(&cord).with_canal(&canal), &ShapeOptions::default()).unwrap()
}

fn assert_no_number_changes(masks: &[Stored<u8>; 3]) -> Shape {
    let expected = changed(masks, |mask| mask);
    for axis in 0..3 {
        assert_same(&changed(masks, |mask| flipped(mask, axis)), &expected, &format!("flipped along {axis}"));
    }
    for order in [[1, 2, 0], [2, 1, 0], [0, 2, 1]] {
        assert_same(&changed(masks, |mask| permuted(mask, order)), &expected, &format!("{order:?}"));
    }
    for by in moves() {
        assert_same(&changed(masks, |mask| moved(mask, &by)), &expected, &format!("moved by {by:.2?}"));
    }
    expected
}

#[test]
fn flips_permutations_and_moves_change_no_number() {
    // also where all borders are simple fractions
    for sampling in [SAGITTAL, Sampling { shift: [0.0; 3], ..SAGITTAL }, Sampling { shift: [0.25; 3], ..ISO }]
    {
        let masks = [uneven as Body, cord, canal].map(|body| (sampling.array(body), sampling.affine()));
        let expected = assert_no_number_changes(&masks);
        let sectors = expected.sectors.unwrap();
        assert!(sectors.right > sectors.left + 0.05, "left differs from right");
        let mirrored = changed(&masks, |(array, affine)| (flipped((array, affine), 0).0, affine));
        assert!(
            mirrored.sectors.unwrap().left > mirrored.sectors.unwrap().right,
            "a mirrored body has its other side"
        );
    }
}

#[test]
fn a_phantom_measures_as_it_was_made() {
    for (side, half_width, position) in [
        (Side::Dorsal, 70.0, Position::Dorsal),
        (Side::Left, 60.0, Position::Left),
        (Side::Degrees(315.0), 60.0, Position::RightDorsolateral),
        (Side::Degrees(135.0), 60.0, Position::LeftVentrolateral),
    ] {
        let clot = Collection::new(Extent::levels("C4", "C7").unwrap())
            .with_side(side)
            .with_half_width_deg(half_width);
        let scan = phantom(&PhantomOptions::small().with_collections([clot])).unwrap();
        let affine = *scan.mask_grid.affine();
        let found =
            assert_no_number_changes(&[scan.hematoma, scan.cord, scan.canal].map(|mask| (mask, affine)));
        let truth = &scan.truth.collections[0];
        let extent = found.extent.unwrap();
        let heights = [extent.lower, extent.upper].map(|end| end.world_mm[2]);
        assert_abs_diff_eq!(heights[0], truth.bottom_mm, epsilon = 1.5);
        assert_abs_diff_eq!(heights[1], truth.top_mm, epsilon = 1.5);
        assert!(found.displacement.as_ref().unwrap().mm < 1.5, "its cord is not displaced");
        if side == Side::Dorsal {
            let tolerance = 0.75 * scan.mask_grid.spacing_mm()[1];
            assert_abs_diff_eq!(found.thickness_ap.unwrap().value, truth.thickness_mm, epsilon = tolerance);
        }
        assert_eq!(found.position, Some(position));
    }
}

#[test]
fn left_is_left() {
    assert_eq!(measured(UPRIGHT, &ISO, left_rod).position, Some(Position::LeftDorsolateral));
    assert_eq!(measured(UPRIGHT, &ISO, right_rod).position, Some(Position::RightDorsolateral));
    assert_eq!(
        measured(UPRIGHT, &ISO, |p| right_rod([p[0], -p[1], p[2]])).position,
        Some(Position::RightVentrolateral)
    );
}

#[test]
fn without_a_line_only_volume_and_collections_are_known() {
    let hematoma = region(UPRIGHT, &ISO, |p| right_rod(p) || left_rod(p));
    let found = shape(&ShapeInput::new(&hematoma), &ShapeOptions::default()).unwrap();
    assert_near(found.volume_mm3, hematoma.volume_mm3(), 1e-12, "volume");
    assert_eq!(found.collections_mm3.len(), 2);
    assert_eq!(found.reason("line"), Some("no cord mask was given; no canal mask was given"));
    assert!(found.extent.is_none() && found.sectors.is_none() && found.profile.is_empty());
    for field in ["extent", "profile", "thickness_ap", "thickness_lr", "sectors", "position", "displacement"]
    {
        assert!(found.reason(field).is_some(), "{field}");
    }
}

#[test]
fn the_canal_stands_in_for_a_missing_cord() {
    let [hematoma, canal] = [dorsal_box as Body, canal].map(|body| region(UPRIGHT, &ISO, body));
    let found = shape(&ShapeInput::new(&hematoma).with_canal(&canal), &ShapeOptions::default()).unwrap();
    assert_eq!((found.line, found.position), (Some(LineSource::Canal), Some(Position::Dorsal)));
    assert_near(found.thickness_ap.unwrap().value, 4.0, 0.03, "ap");
    assert_near(found.occupancy_midline.unwrap().value, 4.0 / 24.0, 0.03, "midline");
    assert_eq!(found.reason("displacement"), Some("the cord mask gives no center line"));
}

#[test]
fn a_cord_too_short_to_have_a_direction_gives_none() {
    let [hematoma, short] =
        [dorsal_box as Body, |p: Point| cord(p) && p[2].abs() < 6.0].map(|body| region(UPRIGHT, &ISO, body));
    let found = shape(&ShapeInput::new(&hematoma).with_cord(&short), &ShapeOptions::default()).unwrap();
    assert!(found.line.is_none());
    assert!(found.reason("line").unwrap().starts_with("cord: the mask is 12 mm long"), "{:?}", found.reasons);
}

#[test]
fn beyond_the_cord_mask_the_line_goes_straight_on() {
    fn part(p: Point) -> bool {
        cord(p) && p[2] > -5.0
    }
    let [whole, short] = [cord as Body, part].map(|cord| {
        let tilted = CordPath::Straight { about_x: 20.0, about_y: 0.0 };
        let [hematoma, cord] = [dorsal_box as Body, cord].map(|body| region(tilted, &WIDE, body));
        shape(&ShapeInput::new(&hematoma).with_cord(&cord), &ShapeOptions::default()).unwrap()
    });
    assert_eq!(whole.extent.unwrap().beyond_mm, 0.0);
    let extent = short.extent.unwrap();
    assert_abs_diff_eq!(extent.beyond_mm, 10.0, epsilon = 0.5);
    assert_near(extent.length_mm, whole.extent.unwrap().length_mm, 0.01, "length");
    assert!(extent.lower.along_mm < -9.0, "positions start at the mask's lower end");
    assert_near(short.thickness_ap.unwrap().value, 4.0, 0.04, "ap");
    assert_eq!(short.position, Some(Position::Dorsal));
}

#[test]
fn a_skip_lesion_is_two_collections_with_a_gap() {
    fn two([x, y, s]: Point) -> bool {
        dorsal_box([x, y, s]) && (s.abs() > 6.0) && (s > 0.0 || x > 0.0)
    }
    let found = measured(UPRIGHT, &ISO, two);
    assert_eq!(found.collections_mm3.len(), 2);
    assert_near(found.collections_mm3[0], 4.0 * 10.0 * 9.0, 0.06, "the larger first");
    assert_near(found.extent.unwrap().length_mm, 30.0, 0.03, "from end to end");
    let gap = found.profile.iter().filter(|step| step.area_mm2 == 0.0).count();
    assert!((11..=13).contains(&gap), "{gap}");
    assert!(
        found.profile.iter().filter(|s| s.area_mm2 == 0.0).all(|s| s.ap_mm.is_none() && s.sectors.is_none())
    );
    assert_eq!(found.reason("profile.ap_mm"), Some("no hematoma at some steps"));
}

#[test]
fn a_displaced_cord_is_measured_against_the_canal() {
    fn pushed([x, y, s]: Point) -> bool {
        // 3 mm forward and 1.5 mm to the left, over the middle 20 mm
        let push = (1.0 - (s / 14.0).powi(4)).clamp(0.0, 1.0);
        cord([x + 1.5 * push, y - 3.0 * push, s])
    }
    let [hematoma, cord, canal] = [dorsal_box as Body, pushed, canal].map(|body| region(UPRIGHT, &ISO, body));
    let found =
        shape(&ShapeInput::new(&hematoma).with_cord(&cord).with_canal(&canal), &ShapeOptions::default())
            .unwrap();
    let displacement = found.displacement.unwrap();
    assert_near(displacement.anterior_mm, 3.0, 0.05, "forward");
    assert_near(displacement.right_mm, -1.5, 0.1, "to the left");
    assert_eq!(displacement.direction, Some(Position::LeftVentrolateral));
    assert!(displacement.place.world_mm[2].abs() < 9.0, "{displacement:?}");
}

#[test]
fn a_canal_mask_may_leave_out_what_lies_in_the_canal() {
    fn fluid(p: Point) -> bool {
        canal(p) && !cord(p) && !dorsal_box(p)
    }
    let of = |body: Body| {
        let [hematoma, cord, canal] =
            [dorsal_box as Body, cord, body].map(|body| region(UPRIGHT, &ISO, body));
        shape(&ShapeInput::new(&hematoma).with_cord(&cord).with_canal(&canal), &ShapeOptions::default())
            .unwrap()
    };
    let (whole, hollow) = (of(canal), of(fluid));
    assert_eq!(hollow.outside_canal, Some(1.0));
    for value in [|s: &Shape| s.occupancy_area, |s: &Shape| s.occupancy_ap, |s: &Shape| s.occupancy_midline] {
        assert_near(value(&hollow).unwrap().value, value(&whole).unwrap().value, 1e-9, "occupancy");
    }
}

/// Two phases that were drawn apart, with a layer of a voxel or two between them; the cord is no such layer.
#[test]
fn occupancy_counts_a_layer_without_its_label() {
    fn layered(p: Point) -> bool {
        dorsal_box(p) && (p[1] + 8.0).abs() > 0.9
    }
    fn around_the_cord([x, y, s]: Point) -> bool {
        dorsal_box([x, y, s]) || dorsal_box([x, -y, s])
    }
    let of = |body: Body| {
        let [hematoma, cord, canal] = [body, cord, canal].map(|body| region(UPRIGHT, &ISO, body));
        shape(&ShapeInput::new(&hematoma).with_cord(&cord).with_canal(&canal), &ShapeOptions::default())
            .unwrap()
    };
    let (whole, layered, around) = (of(dorsal_box), of(layered), of(around_the_cord));
    let thickness = |shape: &Shape| shape.thickness_ap.as_ref().unwrap().value;
    assert!(thickness(&layered) < 0.7 * thickness(&whole), "an unbroken stretch");
    for value in [|s: &Shape| s.occupancy_ap, |s: &Shape| s.occupancy_midline] {
        assert_eq!(value(&layered).unwrap().value, value(&whole).unwrap().value);
        assert_near(value(&around).unwrap().value, value(&whole).unwrap().value, 0.02, "not across the cord");
    }
}

#[test]
fn a_canal_mask_elsewhere_gives_no_occupancy() {
    let [hematoma, cord] = [dorsal_box as Body, cord].map(|body| region(UPRIGHT, &ISO, body));
    let upper = region(UPRIGHT, &ISO, |p| canal(p) && p[2] > 20.0);
    let found =
        shape(&ShapeInput::new(&hematoma).with_cord(&cord).with_canal(&upper), &ShapeOptions::default())
            .unwrap();
    assert!(found.occupancy_area.is_none() && found.occupancy_ap.is_none() && found.displacement.is_none());
    assert_eq!(found.reason("occupancy_area"), Some("the canal mask does not reach the hematoma's height"));
    // half of the hematoma's height: occupancy there, and not 1 where only blood is left
    let half = region(UPRIGHT, &ISO, |p| canal(p) && p[2] > 0.0);
    let found =
        shape(&ShapeInput::new(&hematoma).with_cord(&cord).with_canal(&half), &ShapeOptions::default())
            .unwrap();
    assert_near(found.occupancy_area.unwrap().value, 40.0 / (std::f64::consts::PI * 144.0), 0.03, "area");
    assert!(found.occupancy_midline.unwrap().value < 0.2);
    assert!(found.reason("profile.canal_mm2").is_some());
}

#[test]
fn masks_may_lie_on_different_grids() {
    let hematoma = region(UPRIGHT, &ISO, right_rod);
    let (cord, canal) = (region(UPRIGHT, &AXIAL, cord), region(UPRIGHT, &WIDE, canal));
    let found =
        shape(&ShapeInput::new(&hematoma).with_cord(&cord).with_canal(&canal), &ShapeOptions::default())
            .unwrap();
    let expected = measured(UPRIGHT, &ISO, right_rod);
    assert_near(found.thickness_ap.unwrap().value, expected.thickness_ap.unwrap().value, 0.01, "ap");
    assert_near(found.occupancy_area.unwrap().value, expected.occupancy_area.unwrap().value, 0.02, "area");
    assert_eq!(found.position, expected.position);
}

#[test]
fn masks_that_do_not_tell_left_from_right_give_no_side() {
    let [hematoma, cord, canal] = [right_rod as Body, cord, canal].map(|body| region(UPRIGHT, &ISO, body));
    let input = ShapeInput::new(&hematoma).with_cord(&cord).with_canal(&canal).unoriented();
    let found = shape(&input, &ShapeOptions::default()).unwrap();
    assert!(found.extent.is_some() && found.occupancy_area.is_some());
    assert!(found.position.is_none() && found.thickness_ap.is_none() && found.occupancy_midline.is_none());
    for field in ["position", "thickness_ap", "occupancy_midline", "displacement", "profile.sectors"] {
        assert_eq!(found.reason(field), Some("the masks do not tell left from right"), "{field}");
    }
}

#[test]
fn masks_that_no_spine_spans_give_no_line() {
    let coarse = Sampling { spacing: [1.0; 3], ..ISO };
    let [hematoma, near] = [dorsal_box as Body, cord].map(|body| region(UPRIGHT, &coarse, body));
    let changed = |change: fn(&mut [[f64; 4]; 4])| {
        let mut m = *coarse.affine().matrix();
        change(&mut m);
        Roi::from_array(coarse.array(cord).view(), Affine::new(m).unwrap(), &Labels::NonZero).unwrap()
    };
    let of = |hematoma: &Roi, cord: &Roi| {
        shape(&ShapeInput::new(hematoma).with_cord(cord), &ShapeOptions::default()).unwrap()
    };
    assert!(of(&hematoma, &near).line.is_some());
    let far = of(&hematoma, &changed(|m| m[2][3] += 1e5));
    assert!(far.reason("line").unwrap().contains("farther apart"), "{:?}", far.reasons);
    let huge = changed(|m| (0..3).for_each(|a| m[a][a] *= 1e6));
    let huge = of(&huge, &huge);
    assert!(huge.reason("line").unwrap().contains("check the voxel sizes"), "{:?}", huge.reasons);
}

#[test]
fn every_missing_value_has_its_reason() {
    let [hematoma, cord, canal] = [right_rod as Body, cord, canal].map(|body| region(UPRIGHT, &ISO, body));
    let place = [[0.1, 0.0, 0.0, 0.3], [0.0, 0.1, 0.0, 6.3], [0.0, 0.0, 0.1, 10.1], [0.0, 0.0, 0.0, 1.0]];
    let voxel = Array3::from_elem((1, 1, 1), 1_u8);
    let speck = Roi::from_array(voxel.view(), Affine::new(place).unwrap(), &Labels::NonZero).unwrap();
    let of_speck = shape(&ShapeInput::new(&speck).with_cord(&cord), &ShapeOptions::default()).unwrap();
    assert!(
        of_speck.extent.is_some() && of_speck.thickness_ap.is_none(),
        "a voxel of 0.1 mm between two lines"
    );
    for input in [
        ShapeInput::new(&speck).with_cord(&cord).with_canal(&canal),
        ShapeInput::new(&hematoma),
        ShapeInput::new(&hematoma).with_cord(&cord),
        ShapeInput::new(&hematoma).with_canal(&canal),
        ShapeInput::new(&hematoma).with_cord(&cord).with_canal(&canal),
        ShapeInput::new(&hematoma).with_cord(&cord).with_canal(&canal).unoriented(),
    ] {
        let found = shape(&input, &ShapeOptions::default()).unwrap();
        for (field, missing) in [
            ("line", found.line.is_none()),
            ("extent", found.extent.is_none()),
            ("profile", found.profile.is_empty()),
            ("thickness_ap", found.thickness_ap.is_none()),
            ("thickness_lr", found.thickness_lr.is_none()),
            ("sectors", found.sectors.is_none()),
            ("position", found.position.is_none()),
            ("occupancy_area", found.occupancy_area.is_none()),
            ("occupancy_ap", found.occupancy_ap.is_none()),
            ("occupancy_midline", found.occupancy_midline.is_none()),
            ("displacement", found.displacement.is_none()),
            ("outside_canal", found.outside_canal.is_none()),
        ] {
            assert_eq!(found.reason(field).is_some(), missing, "{field}: {:?}", found.reasons);
        }
        let mut fields: Vec<&str> = found.reasons.iter().map(|(field, _)| *field).collect();
        fields.sort_unstable();
        fields.dedup();
        assert_eq!(fields.len(), found.reasons.len(), "one reason each: {:?}", found.reasons);
    }
}
