//! Signal below 0, or nowhere near it: an image with an offset, of which ratios say nothing.

use hemastage_image::{
    error::{Detail, ErrorKind, Result},
    finding::Finding,
    roi::Roi,
};

use crate::{
    steps::{
        classify::Classified,
        reference::Reference,
        sample::{OneValue, Samples},
    },
    study::Study,
    vocabulary::contrast::{Contrast, PerContrast},
};

/// Share of the hematoma's or the reference's voxels below 0 from which it is a warning: 13 to 33 % in z-scored images,
/// at most 0.2 % in real T1 and T2.
const MAX_OF_REGION: f64 = 0.01;
/// Resampling rings: next to bright fluid it leaves a few voxels down to -0.1 of the reference's signal. Those of a z-scored
/// image reach it and more.
const MAX_RINGING: f64 = 0.1;
/// Share of all voxels in the box of the masks.
const MAX_OF_BOX: f64 = 0.05;

/// The darkest of the box of the masks: bone, dura or fluid. On sound phantoms it has up to 0.08 of the reference's signal, in
/// three real pairs to 0.30.
const DARKEST: f64 = 0.001;
/// With more than this share of the reference's signal, none of the box is as dark as it should be.
const MAX_DARKEST: f64 = 0.45;

/// Findings about images with an offset.
pub(super) fn negative_findings(
    study: &Study,
    references: &PerContrast<Reference>,
    hematoma: &PerContrast<Samples>,
    reference: Option<&PerContrast<Samples>>,
) -> Vec<Finding> {
    let images = PerContrast { t1: &study.t1, t2: &study.t2 };
    let of = |contrast: Contrast| {
        let image = images[contrast];
        let deep = -MAX_RINGING * references[contrast].median();
        let share = |samples: &Samples| {
            let below = samples.signal().iter().filter(|&&signal| signal < deep).count();
            below as f64 / samples.signal().len() as f64
        };
        let (blood, tissue) = (share(&hematoma[contrast]), reference.map_or(0.0, |of| share(&of[contrast])));
        let block = image.grid().reached(study.masks());
        let around = image.share_below_0(&block);
        let is_offset = blood.max(tissue) >= MAX_OF_REGION || around > MAX_OF_BOX;
        let [blood, tissue, around] = [blood, tissue, around].map(|share| format!("{:.0} %", 100.0 * share));
        let limit = MAX_DARKEST * references[contrast].median();
        if reference.is_some()
            && !references[contrast].is_flat()
            && !image.reaches_below(limit, &block, DARKEST)
        {
            let message = format!(
                "nothing in the box around the masks is darker than {MAX_DARKEST} times the reference, where bone and dura leave almost no signal: a constant was added to the image, so that all ratios are too near to 1; give it as the scanner made it"
            );
            return Some(Finding::warning("signal_offset", message).at(contrast.key()));
        }
        let message = format!(
            "the signal is below 0 in {blood} of the hematoma, {tissue} of the reference and {around} of the box around them: the image has an offset, as when it was z-scored, so that a ratio says nothing; give it as the scanner made it"
        );
        is_offset.then(|| Finding::warning("negative_signal", message).at(contrast.key()))
    };
    Contrast::BOTH.into_iter().filter_map(of).collect()
}

/// Whether the zeros of a region lie mostly in an empty part of the image.
pub(super) fn is_empty(samples: &Samples) -> bool {
    2 * samples.empty() > samples.zeros()
}

/// Refuses a median ratio that is no ratio of signals. One of 0 is that of black blood, unless it is of an `empty` part.
///
/// # Errors
/// `Malformed` when one is below 0, or 0 for that reason.
pub(super) fn check_ratios(
    classified: &Classified,
    empty: PerContrast<bool>,
    constant: &PerContrast<Option<OneValue>>,
) -> Result<()> {
    for (contrast, signal) in classified.signal().iter() {
        if let Some(one) = constant[contrast].filter(|one| signal.median < 0.0 && one.is_padding()) {
            let OneValue { value, padding: voxels, sampled, .. } = one;
            return Err(hemastage_image::Error::from(Padding { value, voxels, sampled }).at(contrast.key()));
        }
        if signal.median < 0.0 || (signal.median == 0.0 && empty[contrast]) {
            return Err(hemastage_image::Error::from(NotPositive { ratio: signal.median }).at(contrast.key()));
        }
    }
    Ok(())
}

#[derive(Debug, thiserror::Error)]
#[error(
    "{voxels} of {sampled} hematoma voxels have exactly the same signal, {value}, as padding has: check that the image covers the mask, and that the mask lies on it"
)]
struct Padding {
    value: f64,
    voxels: usize,
    sampled: usize,
}

impl Detail for Padding {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Malformed
    }
}

#[derive(Debug, thiserror::Error)]
#[error(
    "the hematoma's median signal is {ratio:.2} times the reference's: expected more than 0, as a signal below 0 is that of an image with an offset and one of 0 its empty part; give the image as the scanner made it, and check the mask"
)]
struct NotPositive {
    ratio: f64,
}

impl Detail for NotPositive {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Malformed
    }
}

impl Study {
    /// The masks that the images are needed for.
    fn masks(&self) -> impl Iterator<Item = &Roi> {
        std::iter::once(&self.hematoma).chain(self.reference_mask()).chain(self.canal())
    }
}
