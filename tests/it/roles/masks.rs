//! Masks in the wrong place, with the wrong voxels or labels.

use hemastage::{Affine, ErrorKind, Report};
use ndarray::{Array3, Axis, Slice};

use super::{arrays, grown, message, said, scan, shifted, staged};
use crate::support::{
    phantoms::{StudyArrays, VertebraeArrays},
    storage::{flipped, permuted},
};

/// The report of the study with one thing changed.
fn with(change: impl FnOnce(&mut StudyArrays)) -> Report {
    let mut arrays = arrays();
    change(&mut arrays);
    staged(arrays).unwrap()
}

/// An affine with its matrix changed.
fn changed(affine: &mut Affine, change: impl FnOnce(&mut [[f64; 4]; 4])) {
    let mut matrix = *affine.matrix();
    change(&mut matrix);
    *affine = Affine::new(matrix).unwrap();
}

#[test]
fn a_study_without_a_mistake_is_quiet() {
    for report in [with(|_| ()), with(|arrays| arrays.canal = None)] {
        assert_eq!(said(&report), [""; 0]);
    }
}

/// However masks are stored: cut to their box, with their axes turned or reversed, with a rounded spacing.
#[test]
fn nor_is_a_mask_that_is_stored_otherwise_out_of_place() {
    let expected = with(|_| ()).shape;
    for axis in 0..3 {
        let report = with(|arrays| arrays.hematoma = flipped(arrays.hematoma.clone(), axis));
        assert_eq!((said(&report), &report.shape.position), (vec![], &expected.position));
    }
    let report = with(|arrays| arrays.hematoma = permuted(arrays.hematoma.clone(), [2, 0, 1]));
    assert_eq!(said(&report), [""; 0]);
    let report = with(|arrays| {
        let cut = arrays.hematoma.0.slice_each_axis(|axis| {
            let length = axis.len as isize;
            if axis.axis == Axis(2) { Slice::from(1..length) } else { Slice::from(..) }
        });
        arrays.hematoma.0 = cut.to_owned();
        changed(&mut arrays.hematoma.1, |m| (0..3).for_each(|r| m[r][3] += m[r][2]));
    });
    assert_eq!(said(&report), [""; 0]);
    let report = with(|arrays| {
        changed(&mut arrays.hematoma.1, |m| (0..3).for_each(|r| (0..2).for_each(|c| m[r][c] *= 1.0018)));
    });
    assert_eq!(said(&report), [""; 0]);
}

#[test]
fn a_mask_off_the_grid_that_it_was_drawn_on_says_why() {
    let off = |change: fn(&mut [[f64; 4]; 4])| {
        let report = with(|arrays| changed(&mut arrays.hematoma.1, change));
        assert!(said(&report).contains(&"warning mask_off_grid hematoma".to_owned()), "{:?}", said(&report));
        message(&report, "mask_off_grid")
    };
    let moved = off(|m| m[0][3] += 8.0);
    assert!(moved.starts_with(
        "the mask has the shape and voxel size of the T1 but lies up to 8.0 mm (2.0 voxels) off it: its origin is 8.0 mm right of where it should be"
    ), "{moved}");
    assert!(off(|m| m[1][3] -= 7.0).contains("its origin is 7.0 mm behind of"));
    let lps = off(|m| (0..4).for_each(|c| (m[0][c], m[1][c]) = (-m[0][c], -m[1][c])));
    assert!(lps.contains("the sign of its x and y coordinates is the other one, as when LPS"), "{lps}");
    let mut bare = arrays();
    changed(&mut bare.hematoma.1, |m| {
        let sizes = [0, 1, 2].map(|c| (0..3).map(|r| m[r][c].powi(2)).sum::<f64>().sqrt());
        *m = [[sizes[0], 0., 0., 0.], [0., sizes[1], 0., 0.], [0., 0., sizes[2], 0.], [0., 0., 0., 1.]];
    });
    // so far off that no voxel is left
    let bare = staged(bare).unwrap_err();
    assert_eq!(bare.kind(), ErrorKind::Geometry);
    let text = bare.to_string();
    assert!(text.contains("are of the same study (hematoma: the mask has the shape"), "{text}");
    assert!(text.contains("it has no orientation of its own"), "{text}");
    let turned = off(|m| {
        let (s, c) = 12_f64.to_radians().sin_cos();
        let (y, z) = (m[1], m[2]);
        (0..4).for_each(|n| (m[1][n], m[2][n]) = (c * y[n] - s * z[n], s * y[n] + c * z[n]));
    });
    assert!(turned.contains("its axes run otherwise") && turned.contains("a third series"), "{turned}");
}

#[test]
fn every_mask_is_held_against_its_image() {
    let cord = with(|arrays| changed(&mut arrays.cord.1, |m| m[1][3] += 7.0));
    assert!(said(&cord).contains(&"warning mask_off_grid cord".to_owned()), "{:?}", said(&cord));
    let canal =
        with(|arrays| arrays.canal.iter_mut().for_each(|canal| changed(&mut canal.1, |m| m[1][3] += 7.0)));
    assert!(said(&canal).contains(&"warning mask_off_grid canal".to_owned()), "{:?}", said(&canal));
    let map = with(|arrays| {
        *arrays = arrays.clone().with_map(&scan());
        if let Some(crate::support::phantoms::VertebraeArrays::Map(map)) = &mut arrays.vertebrae {
            changed(&mut map.1, |m| m[2][3] += 9.0);
        }
    });
    assert!(said(&map).contains(&"warning mask_off_grid vertebrae".to_owned()), "{:?}", said(&map));
}

#[test]
fn a_mask_outside_the_canal_has_no_occupancy() {
    let air = with(|arrays| arrays.hematoma.0 = shifted(&arrays.hematoma.0, 0, 100));
    assert_eq!(said(&air), ["warning outside_canal hematoma"]);
    assert!(message(&air, "outside_canal").starts_with("100 % of the hematoma ("));
    let shape = &air.shape;
    assert!(shape.occupancy_area.is_none() && shape.occupancy_ap.is_none());
    assert!(shape.occupancy_midline.is_none() && shape.displacement.is_none());
    let reason = "100 % of the hematoma lies outside the canal and the cord";
    for field in ["occupancy_area", "occupancy_ap", "occupancy_midline", "displacement"] {
        assert_eq!(air.reasons[&format!("shape.{field}")], reason);
    }
    let of_profile = |(key, why): (&String, &String)| key.ends_with("occupancy_area") && why == reason;
    assert_eq!(air.reasons.iter().filter(|entry| of_profile(*entry)).count(), 2, "{:?}", air.reasons);
    assert!(shape.profile.iter().all(|step| step.occupancy_area.is_none()));

    let flipped = with(|arrays| arrays.hematoma.0.invert_axis(Axis(0)));
    assert_eq!(said(&flipped), ["warning outside_canal hematoma"]);
    let large = with(|arrays| arrays.hematoma.0 = grown(&arrays.hematoma.0, 3));
    assert!(said(&large).contains(&"warning outside_canal hematoma".to_owned()), "{:?}", said(&large));
    let without = with(|arrays| {
        arrays.canal = None;
        arrays.hematoma.0 = shifted(&arrays.hematoma.0, 0, 100);
    });
    assert_eq!(said(&without), ["warning far_from_cord hematoma"]);
    assert!(message(&without, "far_from_cord").contains(" mm from the cord (median)"));
}

/// A canal of one file with hematoma and cord, whose labels exclude each other.
#[test]
fn a_canal_that_leaves_out_the_hematoma_is_measured_and_told() {
    let whole = with(|_| ());
    let hollow = with(|arrays| {
        let (hematoma, cord) = (arrays.hematoma.0.clone(), arrays.cord.0.clone());
        let canal = &mut arrays.canal.as_mut().unwrap().0;
        ndarray::Zip::from(canal).and(&hematoma).and(&cord).for_each(|canal, blood, cord| {
            *canal &= 1 - (blood | cord);
        });
    });
    assert_eq!(said(&hollow), ["warning outside_canal hematoma"]);
    assert!(message(&hollow, "outside_canal").contains("if the canal's mask leaves the blood out"));
    let [a, b] = [&whole, &hollow].map(|report| report.shape.occupancy_area.as_ref().unwrap().value);
    assert!((a - b).abs() < 0.05 * a, "{a} {b}");
}

#[test]
fn blood_on_the_cord_is_told() {
    let in_cord = with(|arrays| arrays.hematoma.0 = shifted(&arrays.hematoma.0, 2, -2));
    assert!(said(&in_cord).contains(&"warning hematoma_in_cord hematoma".to_owned()), "{:?}", said(&in_cord));
    assert!(message(&in_cord, "hematoma_in_cord").contains("lies in the cord's mask"));
}

#[test]
fn a_stray_voxel_says_how_long_the_rest_is() {
    let length = |report: &Report| report.shape.extent.as_ref().unwrap().length_mm;
    let clean = with(|_| ());
    let stray = with(|arrays| {
        let mask = &mut arrays.hematoma.0;
        let lowest = mask.indexed_iter().filter(|(_, v)| **v != 0).max_by_key(|((_, j, _), _)| *j);
        let (i, j, k) = lowest.unwrap().0;
        mask[[i, j + 68, k]] = 1;
    });
    assert_eq!(said(&stray), ["warning stray_voxels hematoma"]);
    let text = message(&stray, "stray_voxels");
    let expected = format!("the hematoma is {:.1} mm long, not {:.1} mm", length(&clean), length(&stray));
    assert!(
        text.starts_with("1 small part (1 voxels, 1.4 mm3) lie up to 41 mm") && text.contains(&expected),
        "{text}"
    );
    let speck = with(|arrays| {
        let mask = &mut arrays.hematoma.0;
        let lowest = mask.indexed_iter().filter(|(_, v)| **v != 0).max_by_key(|((_, j, _), _)| *j);
        let (i, j, k) = lowest.unwrap().0;
        mask[[i, j + 14, k]] = 1;
    });
    assert_eq!(said(&speck), [""; 0], "8 mm away");
}

#[test]
fn labels_that_nobody_chose_are_listed() {
    let report = with(|arrays| {
        let around = grown(&arrays.hematoma.0, 1);
        let (hematoma, cord) = (&mut arrays.hematoma.0, &arrays.cord.0);
        ndarray::Zip::from(hematoma).and(&around).and(cord).for_each(|label, around, cord| {
            *label += 2 * u8::from(*label == 0 && *around == 1 && *cord == 0);
        });
    });
    assert!(said(&report).contains(&"warning labels_joined hematoma".to_owned()));
    assert!(
        message(&report, "labels_joined").starts_with("the mask holds 2 labels (1, 2) and none was chosen")
    );
    let labels = |role: &str| report.inputs.iter().find(|input| input.role == role).unwrap().labels.clone();
    assert_eq!((labels("hematoma"), labels("cord")), (Some(vec![1, 2]), None));
}

#[test]
fn an_image_is_no_mask() {
    let mut arrays = arrays();
    arrays.cord.0 = scan().t2.mapv(|v| (v / 4).clamp(0, 255) as u8);
    let error = staged(arrays).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(
        error.to_string().starts_with("looks like an image (more than 64 distinct values) or a map of many")
    );
}

#[test]
fn masks_of_some_slices_are_named() {
    let with_hematoma = |change: &dyn Fn(&mut Array3<u8>)| with(|arrays| change(&mut arrays.hematoma.0));
    // every other row along the spine
    let some = with_hematoma(&|mask| {
        mask.indexed_iter_mut().filter(|((_, j, _), _)| j % 2 == 0).for_each(|(_, value)| *value = 0);
    });
    assert_eq!(said(&some), ["warning slices_missing hematoma"]);
    let text = message(&some, "slices_missing");
    assert!(text.contains("slices between the first and the last of the mask are empty"), "{text}");
}

#[test]
fn discs_are_no_vertebrae() {
    let of = |labels: &Array3<u8>| {
        let mut arrays = arrays().with_map(&scan());
        if let Some(VertebraeArrays::Map(map)) = &mut arrays.vertebrae {
            map.0 = labels.clone();
        }
        staged(arrays)
    };
    let flat = "warning vertebrae_flat vertebrae".to_owned();
    assert!(!said(&of(&scan().vertebrae).unwrap()).contains(&flat));
    match of(&scan().discs) {
        Ok(report) => assert!(said(&report).contains(&flat), "{:?}", said(&report)),
        Err(error) => assert!(error.to_string().contains("look like points"), "{error}"),
    }
}
