//! The results of the steps before the timed one.

use hemastage::{
    Criteria, Roi, StageOptions,
    classify::{Classified, ClassifyOptions, Prior, Ratios, classify},
    protocol::Protocol,
    reference::{ReferenceRegion, reference},
    sample::sample,
};

use super::scan::{Scan, cord, t1, t2};

/// The ratios of both contrasts.
pub(crate) fn ratios(scan: &Scan, roi: &Roi) -> [Ratios; 2] {
    let region = ReferenceRegion::new(cord(&scan.phantom), roi).unwrap();
    let options = StageOptions::default().reference;
    [t1(&scan.phantom), t2(&scan.phantom)].map(|image| {
        let found = reference(&region, &sample(&image, region.roi()), &options).unwrap();
        found.ratios(&sample(&image, roi))
    })
}

/// The stages of the voxels, with nothing known of the onset.
pub(crate) fn classified(scan: &Scan, roi: &Roi, criteria: &Criteria) -> Classified {
    let [t1, t2] = ratios(scan, roi);
    let prior = Prior::new(criteria, &[]);
    classify(t1, t2, &prior, &Protocol::default(), &ClassifyOptions::default()).unwrap()
}
