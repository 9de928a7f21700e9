//! The stage does not depend on further contrasts, but for fat.

use hemastage::{fat::FatImage, stage::Stage};
use hemastage_phantom::{Enhancement, phantom};
use serde_json::Value;

use super::{options, plain, report, study};

/// A report without what further contrasts add.
fn without_further(text: &str) -> String {
    let mut report: Value = serde_json::from_str(text).unwrap();
    let is_further = |name: &Value| matches!(name.as_str(), Some("t1_post" | "t2star" | "t1_fs"));
    for key in ["enhancement", "susceptibility", "fat"] {
        report[key] = Value::Null;
    }
    report["inputs"].as_array_mut().unwrap().retain(|input| !is_further(&input["role"]));
    report["findings"].as_array_mut().unwrap().retain(|finding| !is_further(&finding["place"]));
    let of_key = |key: &str| ["enhancement", "susceptibility", "fat"].iter().any(|of| key.starts_with(of));
    report["reasons"].as_object_mut().unwrap().retain(|key, _| !of_key(key));
    serde_json::to_string_pretty(&report).unwrap()
}

#[test]
fn enhancement_and_susceptibility_change_no_byte_of_the_rest() {
    for of in [Stage::Hyperacute, Stage::Acute] {
        let further = options(of).with_t1_post(Enhancement::Whole, [0.3, 0.0, 0.4]).with_t2star(true);
        let made = phantom(&further).unwrap();
        let (with, without) = (report(&study(&made)), report(&plain(&made)));
        assert!(with.enhancement.is_some() && with.susceptibility.is_some() && with.fat.is_none());
        assert!(with.findings.len() > without.findings.len());
        assert_eq!(without_further(&with.to_json()), without_further(&without.to_json()));
    }
}

/// Without a voxel of fat, nothing is left out of the core.
#[test]
fn an_image_without_fat_changes_no_byte_of_the_rest_where_there_is_none() {
    let made = phantom(&options(Stage::Acute).with_fat_images()).unwrap();
    let without = report(&plain(&made));
    // the water image of a scan without fat is the scan itself, but for its noise
    let mut water = made.t1.clone();
    water.iter_mut().enumerate().for_each(|(n, value)| *value += (7 * n % 11) as i16 - 5);
    let image = super::image(&made, &water);
    let with = report(&plain(&made).with_t1_fs(image, FatImage::Water, None));
    assert_eq!(with.fat.as_ref().map(|fat| fat.voxels), Some(0));
    assert_eq!(without_further(&with.to_json()), without_further(&without.to_json()));
}

#[test]
fn without_further_contrasts_each_is_null_as_it_was_not_asked_for() {
    let report = report(&plain(&phantom(&options(Stage::Acute)).unwrap()));
    for key in ["enhancement", "susceptibility", "fat"] {
        assert_eq!(report.reasons[key], "not requested");
    }
}
