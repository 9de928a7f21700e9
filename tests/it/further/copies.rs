//! An image that is given a second time in another role says nothing there.

use hemastage::{Report, Study, Volume, fat::FatImage, stage::Stage};
use hemastage_phantom::{Enhancement, Phantom, phantom};
use ndarray::Array3;

use super::{finding, image, options, plain, report};

fn made() -> Phantom {
    let options = options(Stage::Hyperacute).with_t1_post(Enhancement::Rim, [0.0; 3]);
    phantom(&options.with_t2star(false).with_fat_images()).unwrap()
}

const ROLES: [&str; 3] = ["enhancement", "susceptibility", "fat"];

fn with(study: Study, role: &str, image: Volume) -> Study {
    match role {
        "enhancement" => study.with_t1_post(image, None),
        "susceptibility" => study.with_t2star(image, None),
        _ => study.with_t1_fs(image, FatImage::Suppressed, None),
    }
}

/// Nothing is measured in a role, with the warning and the reason.
fn assert_not_measured(report: &Report, role: &str, reason: &str) {
    let said = &report.reasons[role];
    assert!(said.contains(reason) && said.contains("given twice"), "{role}: {said}");
    assert!(finding(report, "not_measured").is_some_and(|text| text.contains(reason)), "{role}");
}

#[test]
fn t1_and_t2_are_no_further_images() {
    let made = made();
    let alone = report(&plain(&made));
    for role in ROLES {
        for (name, array) in [("T1", &made.t1), ("T2", &made.t2)] {
            let twice = report(&with(plain(&made), role, image(&made, array)));
            assert_not_measured(&twice, role, &format!("the signal of the {name} at every voxel"));
            assert_eq!(twice.stage.probabilities, alone.stage.probabilities, "{role}");
        }
    }
    for shows in [FatImage::Water, FatImage::Fat] {
        let twice = report(&plain(&made).with_t1_fs(image(&made, &made.t1), shows, None));
        assert_not_measured(&twice, "fat", "the signal of the T1");
    }
}

#[test]
fn a_copy_in_another_unit_is_one_too() {
    let made = made();
    let scaled = |array: &Array3<i16>| {
        Volume::from_array(array.mapv(|v| (f64::from(v) * 1.7).round() as i16), *made.t1_grid.affine())
            .unwrap()
    };
    let twice = report(&with(plain(&made), "fat", scaled(&made.t1)));
    assert_not_measured(&twice, "fat", "but for a factor of 1.70");
    let study = plain(&made);
    let (hematoma, cord) = (study.hematoma().clone(), study.cord().unwrap().clone());
    let both = report(&Study::new(image(&made, &made.t1), scaled(&made.t1), hematoma, cord).unwrap());
    let text = finding(&both, "identical_images").unwrap();
    assert!(text.contains("at every voxel of the hematoma, but for a factor of 1.70"), "{text}");
}

#[test]
fn two_further_images_that_are_one_are_both_left_out() {
    let made = made();
    let further = &made.further;
    let images = [&further.t1_post, &further.t2star, &further.t1_fs].map(|array| array.as_ref().unwrap());
    let sound =
        ROLES.iter().zip(images).fold(plain(&made), |study, (role, of)| with(study, role, image(&made, of)));
    let sound = report(&sound);
    assert!(sound.enhancement.is_some() && sound.susceptibility.is_some() && sound.fat.is_some());
    assert!(finding(&sound, "not_measured").is_none());
    let names = ["T1 after contrast agent", "T2*", "T1 without fat"];
    for (first, second) in [(0, 1), (0, 2), (1, 2)] {
        for array in [images[first], images[second]] {
            let study = with(plain(&made), ROLES[first], image(&made, array));
            let found = report(&with(study, ROLES[second], image(&made, array)));
            assert_not_measured(&found, ROLES[first], &format!("the signal of the {}", names[second]));
            let reason = &found.reasons[ROLES[second]];
            assert!(reason.contains(&format!("the signal of the {}", names[first])), "{reason}");
        }
    }
}
