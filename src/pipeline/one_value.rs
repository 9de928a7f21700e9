//! A hematoma of one signal: it lies in padding that is not 0, or was cut, blanked or filled in.

use hemastage_image::finding::Finding;

use crate::{
    steps::{
        reference::Reference,
        sample::{OneValue, Samples},
    },
    study::Study,
    vocabulary::contrast::{Contrast, PerContrast},
};

/// How much of the hematoma has its most frequent signal, in each image.
pub(super) fn one_values(study: &Study, signals: &PerContrast<Samples>) -> PerContrast<Option<OneValue>> {
    let images = PerContrast { t1: &study.t1, t2: &study.t2 };
    PerContrast::from_fn(|contrast| OneValue::of(images[contrast], &signals[contrast]))
}

/// Findings where that is no tissue: part of it is padding, or has one value while the reference varies.
pub(super) fn constant_findings(
    found: &PerContrast<Option<OneValue>>,
    references: &PerContrast<Reference>,
) -> Vec<Finding> {
    let of = |contrast: Contrast| {
        let one = found[contrast]?;
        let spread = references[contrast].spread();
        // an image of one value is said of the reference
        if spread.is_some() && references[contrast].is_flat() {
            return None;
        }
        let (value, sampled) = (one.value, one.sampled);
        let message = if one.is_padding() {
            format!(
                "{} of {sampled} hematoma voxels have exactly the same signal, {value}, as a solid part of the image up to its border: padding or a clipped signal, not blood; check that the image covers the mask",
                one.padding
            )
        } else if one.is_whole() && spread.is_some() {
            format!(
                "{} of {sampled} hematoma voxels have exactly the same signal, {value}, as no blood does while the reference varies: it was blanked or filled in, or its signal was clipped; give the image as the scanner made it",
                one.voxels
            )
        } else if one.is_cut() && spread.is_some() {
            format!(
                "{} of {sampled} hematoma voxels lie in stretches of exactly the same signal, {value}, as no blood does while the reference varies: the image was cut, blanked or filled in there, or its signal was clipped; give it as the scanner made it",
                one.stretches
            )
        } else {
            return None;
        };
        Some(Finding::warning("constant_signal", message).at(contrast.key()))
    };
    Contrast::BOTH.into_iter().filter_map(of).collect()
}
