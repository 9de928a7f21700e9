//! What contrast agent reaches, and what is dark on T2*.

use hemastage::{StageOptions, enhancement::EnhancementClass, fat::FatImage, stage, stage::Stage};
use hemastage_phantom::{Enhancement, phantom};

use super::{finding, of, options, plain, report, study, with_post};

#[test]
fn each_class_is_found_with_the_shift_undone() {
    for (part, class, code) in [
        (Enhancement::None, EnhancementClass::None, None),
        (Enhancement::Rim, EnhancementClass::Rim, None),
        (Enhancement::Central, EnhancementClass::Central, Some("enhances_centrally")),
        (Enhancement::Whole, EnhancementClass::Diffuse, Some("enhances_whole")),
    ] {
        let shift = [0.6, -0.8, 0.7];
        let report = of(&with_post(part, shift));
        let found = report.enhancement.as_ref().unwrap();
        assert_eq!(found.class, Some(class), "{found:?}");
        let off =
            [-found.shift.left_mm - shift[0], found.shift.front_mm - shift[1], found.shift.up_mm - shift[2]];
        assert!(off.iter().all(|mm| mm.abs() < 0.25), "{off:?}");
        assert!(found.shift.correlation > found.shift.correlation_unmoved + 0.05, "{found:?}");
        for other in ["enhances_centrally", "enhances_whole"] {
            assert_eq!(finding(&report, other).is_some(), code == Some(other), "{part:?} {other}");
        }
    }
}

/// A rim spills into the few voxels inside it, and is none the less no center.
#[test]
fn a_rim_is_never_called_central_and_a_thin_hematoma_has_no_class() {
    use hemastage_phantom::{Collection, Extent, Layout, Side};
    let mut thin = 0;
    for (thickness, side) in [(3.0, Side::Ventral), (4.5, Side::Dorsal), (6.0, Side::Dorsal)] {
        for part in [Enhancement::Rim, Enhancement::Whole] {
            let clot = Collection::new(Extent::levels("C5", "C6").unwrap())
                .with_side(side)
                .with_thickness_mm(thickness)
                .with_layout(Layout::Single(Stage::Hyperacute));
            let report = of(&with_post(part, [0.3, 0.4, -0.5]).with_collections([clot]));
            let found = report.enhancement.as_ref().unwrap();
            let expected = if part == Enhancement::Rim { "rim" } else { "diffuse" };
            assert!(finding(&report, "enhances_centrally").is_none(), "{found:?}");
            if let Some(class) = found.class {
                assert_eq!(class.key(), expected, "{thickness} mm: {found:?}");
                continue;
            }
            thin += 1;
            assert!(found.inner_voxels < 20 && found.share > 0.5, "{found:?}");
            assert!(report.reasons["enhancement.class"].starts_with("too thin to separate rim and center"));
            let text = finding(&report, "enhances_unclearly").unwrap();
            assert!(text.contains("too thin to separate its rim from its center"), "{text}");
        }
    }
    assert_eq!(thin, 2, "those of 3 mm");
}

/// What the shift is for: without it, borders look as if they took up the agent.
#[test]
fn a_shift_that_stays_would_be_taken_for_enhancement() {
    let made = phantom(&with_post(Enhancement::None, [0.0, 1.0, 0.0])).unwrap();
    let post = made.further.t1_post.clone().unwrap();
    let roi = super::mask(&made, &made.hematoma);
    let rises = roi
        .voxels()
        .filter(|&[i, j, k]| f64::from(post[[i, j, k]]) / f64::from(made.t1[[i, j, k]]).max(1.0) > 1.25);
    let naive = rises.count() as f64 / roi.len() as f64;
    let found = report(&study(&made)).enhancement.unwrap();
    assert!(naive > 0.05 && found.share < 0.01, "{naive} {found:?}");
}

#[test]
fn no_class_is_given_where_the_shift_is_not_found() {
    let made = phantom(&options(Stage::Hyperacute)).unwrap();
    // as a T2 from another scan
    let other = phantom(&options(Stage::Hyperacute).with_seed(5)).unwrap();
    let t2 = super::image(&made, &other.t2);
    let found = report(&plain(&made).with_t1_post(t2, None));
    assert_eq!(found.enhancement, None);
    let reason = &found.reasons["enhancement"];
    assert!(reason.contains("too unlike"), "{reason}");
    assert_eq!(
        finding(&found, "not_measured").unwrap(),
        format!("nothing is measured on the T1 after contrast agent: {reason}")
    );
    let far = of(&with_post(Enhancement::Whole, [0.0, 6.0, 0.0]));
    assert_eq!(far.enhancement, None, "beyond the search");
}

#[test]
fn bright_blood_hides_enhancement() {
    let report = of(&options(Stage::LateSubacute).with_t1_post(Enhancement::Whole, [0.0; 3]));
    assert_eq!(report.enhancement.as_ref().unwrap().class, Some(EnhancementClass::None));
    assert!(finding(&report, "enhancement_hidden").unwrap().contains("excludes none"));
}

#[test]
fn nothing_is_measured_on_a_mask() {
    let made = phantom(&options(Stage::Hyperacute)).unwrap();
    let mask = || super::image(&made, &made.cord.mapv(i16::from));
    let found = report(&plain(&made).with_t2star(mask(), None));
    assert_eq!(found.susceptibility, None);
    assert!(finding(&found, "not_measured").unwrap().contains("a mask or a constant"));
    let found = report(&plain(&made).with_t1_fs(mask(), FatImage::Suppressed, None));
    assert_eq!(found.fat, None);
    assert_eq!(report(&plain(&made).with_t1_post(mask(), None)).enhancement, None);
}

#[test]
fn dark_blood_and_a_dark_rim_are_found_on_t2_star() {
    let bright = of(&options(Stage::Hyperacute).with_t2star(false));
    let found = bright.susceptibility.as_ref().unwrap();
    assert!(found.blooming < 0.02 && found.dark_rim == Some(false), "{found:?}");
    assert!(finding(&bright, "blooming").is_none());
    let rim = of(&options(Stage::Hyperacute).with_t2star(true));
    let found = rim.susceptibility.as_ref().unwrap();
    assert!(found.dark_rim == Some(true) && found.rim_ratio.unwrap() < 0.6, "{found:?}");
    let text = finding(&rim, "dark_rim").unwrap();
    assert!(text.ends_with("hemosiderin or deoxygenated blood, which does not tell an age"), "{text}");
    let acute = of(&options(Stage::Chronic).with_t2star(false));
    let found = acute.susceptibility.as_ref().unwrap();
    assert!(found.blooming > 0.9 && found.dark_rim == Some(false), "the inside is not T2-hyper: {found:?}");
    assert!(finding(&acute, "blooming").is_some());
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let made =
        phantom(&with_post(Enhancement::Rim, [0.4, 0.3, -0.2]).with_t2star(true).with_fat_images()).unwrap();
    let study = study(&made);
    let run = |threads: usize| {
        let options = StageOptions::default().with_threads(threads.try_into().unwrap());
        stage(&study, &options).unwrap().report.to_json()
    };
    let one = run(1);
    assert!([2, 5].into_iter().all(|threads| run(threads) == one));
}

#[test]
fn exchanged_images_before_and_after_the_agent_are_found() {
    for stage in [Stage::Hyperacute, Stage::Acute, Stage::Chronic] {
        let made = phantom(&options(stage).with_t1_post(Enhancement::Whole, [0.0; 3])).unwrap();
        let post = made.further.t1_post.clone().unwrap();
        let mut swapped = made.clone();
        swapped.t1 = post;
        let exchanged = report(&plain(&swapped).with_t1_post(super::image(&made, &made.t1), None));
        let text = finding(&exchanged, "t1_post_darker").unwrap_or_else(|| panic!("{stage}"));
        assert!(text.contains("each was given in the other's place"), "{text}");
        assert_eq!(finding(&report(&study(&made)), "t1_post_darker"), None, "{stage}");
    }
}
