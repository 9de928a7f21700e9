//! What is given as the cord and is none, and what the reference is extrapolated from.

use hemastage::{Report, stage::Stage};
use hemastage_phantom::{Collection, Extent, Layout, PhantomOptions};
use ndarray::{Array3, Axis};

use super::{arrays, message, said, scan, staged};
use crate::support::phantoms::{StudyArrays, shared_phantom};

fn with_cord(cord: Array3<u8>) -> Report {
    let mut arrays = arrays();
    arrays.cord.0 = cord;
    staged(arrays).unwrap()
}

/// The voxels of some labels.
fn labeled(map: &Array3<u8>, labels: std::ops::RangeInclusive<u8>) -> Array3<u8> {
    map.mapv(|label| u8::from(labels.contains(&label)))
}

#[test]
fn a_cord_outside_the_canal_is_told() {
    let vertebra = with_cord(labeled(&scan().vertebrae, 5..=5));
    let found = said(&vertebra);
    assert!(found.contains(&"warning cord_outside_canal cord".to_owned()), "{found:?}");
    let text = message(&vertebra, "cord_outside_canal");
    assert!(
        text.contains(" % of the cord at the canal's heights (") && text.contains("a vertebra"),
        "{text}"
    );
    let found = said(&with_cord(labeled(&scan().discs, 5..=5)));
    assert!(found.contains(&"warning cord_outside_canal cord".to_owned()), "{found:?}");
}

#[test]
fn what_is_thicker_than_a_cord_is_told() {
    let map = scan().vertebrae.clone();
    let mut vertebrae = arrays().with_map(&scan());
    (vertebrae.canal, vertebrae.cord.0) = (None, map);
    let report = staged(vertebrae).unwrap();
    let found = said(&report);
    for code in ["labels_joined", "cord_too_thick"] {
        assert!(found.contains(&format!("warning {code} cord")), "{found:?}");
    }
    assert!(message(&report, "cord_too_thick").starts_with("the mask has a cross-section of "));
    let mut canal = arrays();
    (canal.cord.0, canal.canal) = (scan().canal.clone(), None);
    let found = said(&staged(canal).unwrap());
    assert!(found.contains(&"warning cord_too_thick cord".to_owned()), "{found:?}");
    let mut disc = arrays();
    (disc.cord.0, disc.canal) = (labeled(&scan().discs, 5..=5), None);
    let found = said(&staged(disc).unwrap());
    assert!(found.contains(&"warning cord_too_thick cord".to_owned()), "{found:?}");
}

/// As Spinal Cord Toolbox labels it by level.
#[test]
fn a_cord_that_is_labeled_by_level_is_a_note() {
    let mut arrays = arrays();
    let levels = &scan().cord * &labels_by_height(&scan());
    arrays.cord.0 = levels.clone();
    arrays.vertebrae =
        Some(crate::support::phantoms::VertebraeArrays::Map(Box::new((levels, *scan().mask_grid.affine()))));
    assert_eq!(said(&staged(arrays).unwrap()), ["info labels_joined cord"]);
}

/// A label per 20 rows.
fn labels_by_height(scan: &hemastage_phantom::Phantom) -> Array3<u8> {
    Array3::from_shape_fn(scan.cord.dim(), |(_, j, _)| 2 + (j / 30) as u8)
}

#[test]
fn a_ring_of_fluid_has_the_cord_in_it() {
    let mut arrays = arrays();
    let mut ring = scan().canal.clone();
    ring.zip_mut_with(&scan().cord, |canal, cord| *canal *= 1 - cord);
    arrays.canal.as_mut().unwrap().0 = ring;
    assert_eq!(said(&staged(arrays).unwrap()), [""; 0]);
}

/// Without the rows from one on, toward the feet.
fn cut(mask: &mut Array3<u8>, from: usize) {
    let rows = mask.len_of(Axis(1));
    (from..rows).for_each(|j| mask.index_axis_mut(Axis(1), j).fill(0));
}

/// The rows of the hematoma.
fn rows() -> std::ops::Range<usize> {
    let mask = scan().hematoma.clone();
    let is_in = |j: &usize| mask.index_axis(Axis(1), *j).iter().any(|&v| v != 0);
    let n = mask.len_of(Axis(1));
    (0..n).find(is_in).unwrap()..(0..n).rfind(is_in).unwrap() + 1
}

#[test]
fn a_canal_that_is_cut_shorter_is_judged_where_it_is() {
    let whole = staged(arrays()).unwrap();
    let at = |share: f64| {
        let mut arrays = arrays();
        let from = rows().start + (share * rows().len() as f64) as usize;
        cut(&mut arrays.canal.as_mut().unwrap().0, from);
        staged(arrays).unwrap()
    };
    let half = at(0.6);
    assert_eq!(said(&half), ["info canal_short hematoma"]);
    assert!(message(&half, "canal_short").contains(" lies beyond the ends of the canal's mask: occupancy"));
    let area = |report: &Report| report.shape.occupancy_area.as_ref().unwrap().value;
    assert!((area(&half) - area(&whole)).abs() < 0.15 * area(&whole), "{} {}", area(&half), area(&whole));
    assert_eq!(said(&at(0.1)), ["warning canal_short hematoma"]);
    assert_eq!(said(&at(0.95)), [""; 0]);
}

#[test]
fn blood_far_beyond_the_cord_has_an_extrapolated_reference() {
    let short = |rows_short: usize| {
        let mut arrays = arrays();
        cut(&mut arrays.cord.0, rows().end - rows_short);
        staged(arrays).unwrap()
    };
    assert_eq!(said(&short(20)), [""; 0], "12 mm");
    let far = short(rows().len() - 10);
    assert_eq!(said(&far), ["warning reference_extrapolated hematoma"]);
    assert!(
        message(&far, "reference_extrapolated").contains("more than 20 mm beyond the end of the cord's mask")
    );
}

/// A cord that is one slice wide has no voxel inside it, so that its reference is that of the part above it.
#[test]
fn blood_far_beyond_the_wide_part_of_the_cord_has_an_extrapolated_reference() {
    let narrow = |rows_narrow: usize| {
        let mut arrays = arrays();
        let cord = &mut arrays.cord.0;
        let voxels = |k: usize| cord.index_axis(Axis(2), k).iter().filter(|&&v| v != 0).count();
        let middle = (0..cord.len_of(Axis(2))).max_by_key(|&k| voxels(k)).unwrap();
        let first = rows().end - rows_narrow;
        for ((_, j, k), value) in cord.indexed_iter_mut() {
            if j >= first && k != middle {
                *value = 0;
            }
        }
        staged(arrays).unwrap()
    };
    assert_eq!(said(&narrow(20)), [""; 0], "12 mm");
    let far = narrow(rows().len() - 10);
    assert_eq!(said(&far), ["warning reference_extrapolated hematoma"]);
    let text = message(&far, "reference_extrapolated");
    assert!(text.contains("mm beyond the part of the cord's mask that is wide enough to measure"), "{text}");
}

/// As where the masks of cord and hematoma were exchanged, 0.6 mm per row.
#[test]
fn a_cord_shorter_than_the_hematoma_at_both_ends_is_unusual() {
    let ends = |[head, feet]: [usize; 2]| {
        let mut arrays = arrays();
        let rows = rows();
        cut(&mut arrays.cord.0, rows.end - feet);
        let first = rows.start + head;
        (0..first).for_each(|j| arrays.cord.0.index_axis_mut(Axis(1), j).fill(0));
        said(&staged(arrays).unwrap())
    };
    assert_eq!(ends([25, 25]), ["warning cord_short hematoma"], "15 mm");
    assert_eq!(ends([25, 5]), [""; 0]);
    let mut exchanged = arrays();
    exchanged.canal = None;
    std::mem::swap(&mut exchanged.hematoma, &mut exchanged.cord);
    let said = said(&staged(exchanged).unwrap());
    assert!(said.iter().any(|said| said.starts_with("warning ")), "{said:?}");
}

/// In a shaded image, the stage is wrong there.
#[test]
fn below_the_conus_the_reference_is_extrapolated() {
    let clot =
        Collection::new(Extent::levels("L1", "L4").unwrap()).with_layout(Layout::Single(Stage::Hyperacute));
    let options = PhantomOptions::default().with_collections([clot]).with_shading(2.0);
    let scan = shared_phantom(&options);
    let report = staged(StudyArrays::new(&scan).with_canal(&scan)).unwrap();
    assert_eq!(said(&report), ["warning reference_extrapolated hematoma"], "{}", report.stage.call);
    let text = message(&report, "reference_extrapolated");
    assert!(text.contains("a factor of 1.") || text.contains("a factor of 2."), "{text}");
}

#[test]
fn a_mask_of_fluid_is_hollow() {
    let mut fluid = arrays();
    (fluid.cord.0, fluid.canal) = (scan().csf.clone(), None);
    let report = staged(fluid).unwrap();
    let found = said(&report);
    assert!(found.contains(&"warning cord_hollow cord".to_owned()), "{found:?}");
    assert!(message(&report, "cord_hollow").starts_with("the mask is hollow: "));
    // a speck that was left out
    let mut speck = scan().cord.clone();
    let inner: Vec<_> =
        speck.indexed_iter().filter(|(_, v)| **v != 0).map(|(at, _)| at).step_by(40).collect();
    for at in inner {
        speck[at] = 0;
    }
    assert_eq!(said(&with_cord(speck)), [""; 0]);
}

#[test]
fn what_is_wider_than_a_canal_is_none() {
    let with_canal = |canal: Array3<u8>| {
        let mut arrays = arrays();
        if let Some(stored) = &mut arrays.canal {
            stored.0 = canal;
        }
        staged(arrays).unwrap()
    };
    let whole = with_canal(scan().canal.mapv(|_| 1));
    assert!(said(&whole).contains(&"warning canal_too_wide canal".to_owned()), "{:?}", said(&whole));
    assert!(message(&whole, "canal_too_wide").contains("and a canal has 200 to 400"));
    let with_bone = &scan().canal + &scan().vertebrae.mapv(u8::from).mapv(|label| label.min(1));
    let found = said(&with_canal(with_bone.mapv(|value| value.min(1))));
    assert!(found.contains(&"warning canal_too_wide canal".to_owned()), "{found:?}");
    assert_eq!(said(&with_canal(scan().canal.clone())), [""; 0]);
}
