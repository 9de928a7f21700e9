//! Fat in a mask that was drawn too wide.

use hemastage::{Study, fat::FatImage, stage::Stage};
use hemastage_phantom::{Phantom, phantom};
use ndarray::Array3;

use super::{finding, image, mask, options, plain, report};

/// The hematoma's mask with the epidural fat within two voxels of it, and the share of its voxels more than half of whose
/// signal is fat's.
fn sloppy(made: &Phantom) -> (Array3<u8>, f64) {
    let fat = made.further.t1_fat.as_ref().unwrap();
    let inphase = &made.t1;
    let mut wide = made.hematoma.clone();
    let (ni, nj, nk) = wide.dim();
    for (at, value) in wide.indexed_iter_mut() {
        let near = |n: usize, end: usize| n.saturating_sub(2)..(n + 3).min(end);
        let mut around = near(at.0, ni)
            .flat_map(|i| near(at.1, nj).flat_map(move |j| near(at.2, nk).map(move |k| [i, j, k])));
        let is_fat = made.canal[at] == 1 && 2 * fat[at] > inphase[at];
        if *value == 0 && is_fat && around.any(|near| made.hematoma[near] == 1) {
            *value = 1;
        }
    }
    let all = wide.indexed_iter().filter(|(_, value)| **value == 1);
    let is_fat: Vec<bool> = all.map(|(at, _)| 2 * fat[at] > inphase[at]).collect();
    let share = is_fat.iter().filter(|&&is_fat| is_fat).count() as f64 / is_fat.len() as f64;
    (wide, share)
}

fn drawn(made: &Phantom, hematoma: &Array3<u8>) -> Study {
    let study = plain(made);
    Study::new(study.t1().clone(), study.t2().clone(), mask(made, hematoma), mask(made, &made.cord)).unwrap()
}

#[test]
fn fat_in_a_wide_mask_is_found_and_left_out_of_the_core() {
    let made = phantom(&options(Stage::Hyperacute).with_fat_images()).unwrap();
    let (wide, share) = sloppy(&made);
    assert!((0.08..0.6).contains(&share), "{share}");
    let study = drawn(&made, &wide);
    let tight = report(&drawn(&made, &made.hematoma));
    let further = &made.further;
    let without = report(&study);
    for (shows, array) in [
        (FatImage::Suppressed, &further.t1_fs),
        (FatImage::Water, &further.t1_water),
        (FatImage::Fat, &further.t1_fat),
    ] {
        let image = image(&made, array.as_ref().unwrap());
        let found = report(&study.clone().with_t1_fs(image, shows, None));
        let fat = found.fat.as_ref().unwrap();
        assert!((fat.share - share).abs() < 0.03, "{shows}: {} of {share}", fat.share);
        assert_eq!(fat.image, shows);
        assert!(finding(&found, "fat_in_mask").unwrap().contains("were left out of the core"));
        assert!(found.stage.core_voxels < without.stage.core_voxels);
        assert_eq!(found.stage.call, tight.stage.call);
        let off =
            |of: &hemastage::Report| (of.stage.fractions.hyperacute - tight.stage.fractions.hyperacute).abs();
        assert!(off(&found) < 0.1 && off(&found) < off(&without), "{} {}", off(&found), off(&without));
        // fat is left out of the core alone
        assert_eq!(
            (found.hematoma, found.stage.volume_mm3),
            (without.hematoma.clone(), without.stage.volume_mm3)
        );
    }
}

#[test]
fn a_close_mask_has_no_fat() {
    let made = phantom(&options(Stage::Acute).with_fat_images()).unwrap();
    let image = image(&made, made.further.t1_fs.as_ref().unwrap());
    let with = report(&plain(&made).with_t1_fs(image, FatImage::Suppressed, None));
    assert!(with.fat.as_ref().unwrap().share < 0.05 && finding(&with, "fat_in_mask").is_none());
}
