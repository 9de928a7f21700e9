//! The results of the steps before the timed one.

use hemastage::{
    Criteria, Roi, StageOptions,
    classify::{Classified, ClassifyOptions, Prior, Ratios, classify},
    contrast::PerContrast,
    protocol::Protocol,
    reference::{ReferenceRegion, references},
    sample::sample,
};

use super::scan::{Scan, cord, t1, t2};

/// The ratios of both contrasts.
pub(crate) fn ratios(scan: &Scan, roi: &Roi) -> [Ratios; 2] {
    let region = ReferenceRegion::new(cord(&scan.phantom), roi).unwrap();
    let options = StageOptions::default().reference;
    let images = [t1(&scan.phantom), t2(&scan.phantom)];
    let [t1, t2] = images.each_ref().map(|image| sample(image, region.roi()));
    let found = references(&region, &PerContrast { t1, t2 }, &options).unwrap();
    [found.t1.ratios(&sample(&images[0], roi)), found.t2.ratios(&sample(&images[1], roi))]
}

/// The stages of the voxels, with nothing known of the onset.
pub(crate) fn classified(scan: &Scan, roi: &Roi, criteria: &Criteria) -> Classified {
    let [t1, t2] = ratios(scan, roi);
    let prior = Prior::new(criteria, &[]);
    classify(t1, t2, &prior, &Protocol::default(), &ClassifyOptions::default()).unwrap()
}
