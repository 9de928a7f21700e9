//! Images that their headers say are another contrast, or of another sequence.

use hemastage::{acquisition::Acquisition, fat::FatImage, stage::Stage};
use hemastage_phantom::{Enhancement, phantom};

use super::{finding, image, options, plain, report};

const T1: &str =
    r#"{"ScanningSequence": "SE", "RepetitionTime": 0.55, "EchoTime": 0.01, "EchoTrainLength": 3}"#;
const T2: &str =
    r#"{"ScanningSequence": "SE", "RepetitionTime": 3.5, "EchoTime": 0.1, "EchoTrainLength": 15}"#;
const MEDIC: &str = r#"{"ScanningSequence": "GR", "SequenceName": "_me2d1r3", "EchoTime": 0.014}"#;

fn header(text: &str) -> Acquisition {
    Acquisition::from_sidecar(text).unwrap()
}

fn with_agent(text: &str) -> Acquisition {
    header(&text.replace('}', r#", "ContrastBolusIngredient": "GADOLINIUM"}"#))
}

#[test]
fn a_t1_after_contrast_agent_is_one_by_its_header() {
    let made = phantom(&options(Stage::Hyperacute).with_t1_post(Enhancement::Rim, [0.0; 3])).unwrap();
    let of = |before: Acquisition, after: Acquisition| {
        let study = plain(&made).with_acquisitions(Some(before), Some(header(T2)));
        report(&study.with_t1_post(image(&made, made.further.t1_post.as_ref().unwrap()), Some(after)))
    };
    let sound = of(header(T1), with_agent(T1));
    assert!(
        sound.enhancement.is_some() && sound.findings.iter().all(|f| f.place.as_deref() != Some("t1_post"))
    );
    let silent = of(header(T1), header(T1));
    assert!(silent.enhancement.is_some() && finding(&silent, "no_contrast_agent").is_some());
    let swapped = of(with_agent(T1), header(T1));
    assert!(swapped.enhancement.is_none() && swapped.reasons["enhancement"].contains("exchange them"));
    let both = of(with_agent(T1), with_agent(T1));
    assert!(both.reasons["enhancement"].contains("give the one from before it"));
    let other = of(header(T1), header(T2));
    assert_eq!(other.reasons["enhancement"], "by its header it is T2-weighted");
    let longer = of(header(T1), with_agent(&T1.replace("0.55", "0.8")));
    assert!(longer.enhancement.is_some() && finding(&longer, "sequences_differ").is_some());
    let suppressed = of(header(T1), with_agent(&T1.replace('}', r#", "ScanOptions": "FS"}"#)));
    assert!(finding(&suppressed, "fat_suppression_differs").is_some());
}

#[test]
fn a_spin_echo_is_no_t2_star() {
    let made = phantom(&options(Stage::Acute).with_t2star(false)).unwrap();
    let of = |text: &str| {
        let dark = image(&made, made.further.t2star.as_ref().unwrap());
        report(&plain(&made).with_t2star(dark, Some(header(text))))
    };
    assert!(of(MEDIC).susceptibility.is_some() && of("{}").susceptibility.is_some());
    assert_eq!(of(T2).reasons["susceptibility"], "by its header it is T2-weighted");
    let spin = of(r#"{"ScanningSequence": "SE"}"#);
    assert_eq!(spin.reasons["susceptibility"], "by its header it is a spin echo");
    assert!(finding(&spin, "not_measured").is_some());
    // the rest goes on
    assert_eq!(spin.stage.call, of(MEDIC).stage.call);
}

#[test]
fn fat_must_be_in_the_t1_and_out_of_the_other() {
    let made = phantom(&options(Stage::Acute).with_fat_images()).unwrap();
    let of = |t1: &str, other: &str| {
        let study = plain(&made).with_acquisitions(Some(header(t1)), None);
        let suppressed = image(&made, made.further.t1_fs.as_ref().unwrap());
        report(&study.with_t1_fs(suppressed, FatImage::Suppressed, Some(header(other))))
    };
    let suppressed = T1.replace('}', r#", "ScanOptions": "FS"}"#);
    assert!(of(T1, &suppressed).fat.is_some());
    assert!(of(&suppressed, &suppressed).reasons["fat"].contains("suppressed on the T1 too"));
    let stir =
        r#"{"ScanningSequence": "SE\\IR", "RepetitionTime": 4, "EchoTime": 0.04, "InversionTime": 0.16}"#;
    assert!(of(T1, stir).reasons["fat"].starts_with("by its header it is inversion recovery"));
}
