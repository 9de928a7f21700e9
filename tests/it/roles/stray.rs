//! Stray parts of a mask are reported, and do not decide what is measured along the spine.

use hemastage::Report;
use ndarray::Array3;

use super::{arrays, message, said, shifted, staged};
use crate::support::phantoms::StudyArrays;

fn with(change: impl FnOnce(&mut StudyArrays)) -> Report {
    let mut arrays = arrays();
    change(&mut arrays);
    staged(arrays).unwrap()
}

/// Adds a block around the middle of the hematoma, moved by some voxels to the back.
fn add_block(mask: &mut Array3<u8>, hematoma: &Array3<u8>, to_back: isize, half: [isize; 3]) {
    let voxels: Vec<[usize; 3]> =
        hematoma.indexed_iter().filter(|(_, label)| **label != 0).map(|((i, j, k), _)| [i, j, k]).collect();
    let mean = |axis: usize| voxels.iter().map(|voxel| voxel[axis]).sum::<usize>() / voxels.len();
    let at = [mean(0) as isize + to_back, mean(1) as isize, mean(2) as isize];
    for ((i, j, k), label) in mask.indexed_iter_mut() {
        let is_near = |axis: usize, n: usize| (n as isize - at[axis]).abs() <= half[axis];
        if is_near(0, i) && is_near(1, j) && is_near(2, k) {
            *label = 1;
        }
    }
}

/// Extent, thickness, occupancy and displacement, to the last bit.
fn along_the_spine(report: &Report) -> String {
    let shape = &report.shape;
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        shape.extent,
        shape.thickness_ap,
        shape.thickness_lr,
        shape.occupancy_area,
        shape.occupancy_ap,
        shape.occupancy_midline,
        shape.displacement
    )
}

#[test]
fn blood_off_the_canal_is_in_no_occupancy() {
    let clean = along_the_spine(&with(|_| ()));
    for (to_back, half) in [(-66, [4, 4, 0]), (58, [4, 4, 0]), (66, [8, 8, 1])] {
        let report = with(|arrays| {
            let hematoma = arrays.hematoma.0.clone();
            add_block(&mut arrays.hematoma.0, &hematoma, to_back, half);
        });
        let found = said(&report);
        assert!(found.contains(&"warning stray_voxels hematoma".into()), "{to_back}: {found:?}");
        let text = message(&report, "stray_voxels");
        assert!(text.starts_with("1 part lies ") && text.contains("off canal and cord ("), "{text}");
        assert!(text.contains("thickness and occupancy are those without it"), "{text}");
        assert!(text.contains(" % of the hematoma)"), "{text}");
        assert_eq!(along_the_spine(&report), clean, "{to_back}");
    }
    // without a canal from 20 mm off the cord on
    let clean = with(|arrays| arrays.canal = None);
    let report = with(|arrays| {
        arrays.canal = None;
        let hematoma = arrays.hematoma.0.clone();
        add_block(&mut arrays.hematoma.0, &hematoma, 66, [5, 5, 0]);
    });
    assert!(message(&report, "stray_voxels").contains("off the cord ("));
    assert_eq!(along_the_spine(&report), along_the_spine(&clean));
}

#[test]
fn a_part_next_to_the_canal_is_no_stray_one() {
    let report = with(|arrays| {
        let hematoma = arrays.hematoma.0.clone();
        add_block(&mut arrays.hematoma.0, &hematoma, 18, [4, 4, 0]);
    });
    assert_eq!(said(&report), [""; 0]);
    assert_ne!(along_the_spine(&report), along_the_spine(&with(|_| ())));
}

#[test]
fn stray_parts_of_cord_and_canal_move_no_measure() {
    let clean = along_the_spine(&with(|_| ()));
    for (to_back, half) in [(42, [7, 10, 1]), (66, [0, 0, 0]), (66, [5, 5, 1])] {
        let cord = with(|arrays| {
            let hematoma = arrays.hematoma.0.clone();
            add_block(&mut arrays.cord.0, &hematoma, to_back, half);
        });
        assert!(said(&cord).contains(&"warning stray_voxels cord".into()), "{to_back}: {:?}", said(&cord));
        let text = message(&cord, "stray_voxels");
        assert!(
            text.starts_with("1 part lies up to ") && text.contains("from the rest of the cord ("),
            "{text}"
        );
        assert_eq!(along_the_spine(&cord), clean, "{to_back}");
        let canal = with(|arrays| {
            let hematoma = arrays.hematoma.0.clone();
            add_block(&mut arrays.canal.as_mut().unwrap().0, &hematoma, to_back, half);
        });
        assert_eq!(said(&canal), ["warning stray_voxels canal"], "{to_back}");
        assert_eq!(along_the_spine(&canal), clean, "{to_back}");
    }
}

/// Gaps along the spine, an end of its own, and what hematoma and cord leave of a canal are no stray parts.
#[test]
fn masks_in_pieces_are_quiet() {
    let gaps = with(|arrays| {
        for (period, mask) in [(90, &mut arrays.cord.0), (70, &mut arrays.canal.as_mut().unwrap().0)] {
            mask.indexed_iter_mut()
                .filter(|((_, j, _), _)| j % period < 30)
                .for_each(|(_, label)| *label = 0);
        }
    });
    assert_eq!(
        said(&gaps).iter().filter(|text| text.contains("stray_voxels")).count(),
        0,
        "{:?}",
        said(&gaps)
    );
    let hollow = with(|arrays| {
        let (blood, cord) = (arrays.hematoma.0.clone(), arrays.cord.0.clone());
        let around = shifted(&blood, 0, 2);
        ndarray::Zip::from(&mut arrays.canal.as_mut().unwrap().0)
            .and(&blood)
            .and(&around)
            .and(&cord)
            .for_each(|canal, blood, around, cord| *canal &= 1 - (blood | around | cord));
    });
    assert!(!said(&hollow).iter().any(|text| text.contains("stray_voxels")), "{:?}", said(&hollow));
}

#[test]
fn what_is_too_small_is_reported() {
    let line = with(|arrays| {
        let cord = arrays.cord.0.clone();
        arrays.cord.0.indexed_iter_mut().for_each(|((i, j, k), label)| {
            let has_more = |i: usize| cord.get([i, j, k]).is_some_and(|&label| label == 1);
            *label &= u8::from(has_more(i + 3) && !has_more(i + 5));
        });
    });
    assert!(said(&line).contains(&"warning cord_too_thin cord".into()), "{:?}", said(&line));
    let few = with(|arrays| {
        let mut left = 19;
        arrays.hematoma.0.iter_mut().filter(|label| **label != 0).skip(400).for_each(|label| {
            *label = u8::from(left > 0);
            left -= i32::from(left > 0);
        });
        let mut before = 400;
        arrays.hematoma.0.iter_mut().filter(|label| **label != 0).for_each(|label| {
            *label = u8::from(before <= 0);
            before -= 1;
        });
    });
    assert!(said(&few).contains(&"warning few_voxels hematoma".into()), "{:?}", said(&few));
    assert!(message(&few, "few_voxels").starts_with("the hematoma has 19 voxels ("));
}
