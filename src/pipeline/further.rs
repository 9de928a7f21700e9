//! What the further contrasts say, next to the stage.

use hemastage_image::{
    error::Result,
    roi::{Column, Roi},
    volume::Volume,
};

use super::StageOptions;
use crate::{
    kernel::sampling::signal,
    report::{Evidence, Further},
    steps::{
        classify::Classified,
        enhancement::{EnhancementOptions, enhancement_at},
        fat::{Fat, FatImage, fat, fat_share, lost_share},
        reference::{
            Ratios, Reference, ReferenceMode, ReferenceOptions, ReferenceRegion, reference, references,
        },
        sample::{Pair, Samples, sample},
        susceptibility::susceptibility,
    },
    study::{
        FurtherImage, Study, StudyReference,
        check::further::{Checked, not_measured},
    },
    vocabulary::{
        contrast::{Contrast, PerContrast},
        further::FurtherContrast,
    },
};

/// Share of a region below 0 from which an image has an offset.
const MAX_NEGATIVE: f64 = 0.01;
/// Voxels after which most images are known to be no copy of another; then of four times as many.
const FIRST: usize = 64;

/// What enhancement and susceptibility are; fat is known before the voxels are classified.
pub(super) fn further(
    study: &Study,
    options: &StageOptions,
    classified: &Classified,
    fat: Option<Evidence<Fat>>,
    positions_mm: Option<&Column<f64>>,
) -> Further {
    let (post, dark) = rayon::join(
        || {
            let image = study.further.images.t1_post.as_ref()?;
            Some(of_image(study, FurtherContrast::T1Post, image, |region| {
                let options = EnhancementOptions::default()
                    .with_reference(options.reference.clone())
                    .with_smoothing(options.classify.smoothing);
                enhancement_at((&study.t1, &image.image), classified, region, &options, positions_mm)
            }))
        },
        || {
            let image = study.further.images.t2star.as_ref()?;
            Some(of_image(study, FurtherContrast::T2Star, image, |region| {
                let signals = match Signals::of(study, region, image) {
                    Ok(signals) => signals,
                    Err(reason) => return Ok(Err(reason)),
                };
                let whole = options.reference.clone().with_mode(ReferenceMode::Global);
                if let Err(reason) = signals.reference(region, Contrast::T2, &whole)? {
                    return Ok(Err(reason));
                }
                let found = signals.reference_by_t1(study, region, &options.reference)?;
                susceptibility(&found.ratios_at(&signals.hematoma, positions_mm), classified)
            }))
        },
    );
    Further { enhancement: post, susceptibility: dark, fat }
}

/// The fat in the mask, by the T1 ratios.
pub(super) fn fat_in_mask(
    study: &Study,
    options: &StageOptions,
    t1: &Ratios,
    positions_mm: Option<&Column<f64>>,
) -> Option<Evidence<Fat>> {
    let image = study.further.images.t1_fs.as_ref()?;
    let shows = study.further.fat_image?;
    let found = of_image(study, FurtherContrast::T1Fs, image, |region| {
        let shares = match shows {
            FatImage::Fat => {
                let signal = sample(&image.image, &study.hematoma);
                fat_share(&sample(&study.t1, &study.hematoma), &signal)?
            }
            FatImage::Suppressed | FatImage::Water => {
                let signals = match Signals::of(study, region, image) {
                    Ok(signals) => signals,
                    Err(reason) => return Ok(Err(reason)),
                };
                let whole = options.reference.clone().with_mode(ReferenceMode::Global);
                if let Err(reason) = signals.reference(region, Contrast::T1, &whole)? {
                    return Ok(Err(reason));
                }
                lost_share(&signals.over_t1(study, region, &options.reference, positions_mm)?)
            }
        };
        fat(t1, &shares, shows)
    });
    Some(found)
}

/// What is measured on an image, unless its header or the study forbids it.
fn of_image<T>(
    study: &Study,
    contrast: FurtherContrast,
    image: &FurtherImage,
    measure: impl FnOnce(&ReferenceRegion) -> Result<std::result::Result<T, String>>,
) -> Evidence<T> {
    let Checked { mut findings, refusal } =
        Checked::by_header(contrast, study.acquisitions.t1.as_ref(), image.acquisition.as_ref());
    let refusal = refusal.or_else(|| copied(study, contrast, &image.image));
    let found = match (&study.reference, refusal) {
        (_, Some(reason)) => Err(reason),
        (StudyReference::Given(_), None) => {
            Err("the reference is a given value, and none is given for this image: it needs a mask of it"
                .into())
        }
        // an image that does not serve leaves the stage as it is
        (StudyReference::Mask(region), None) => match measure(region) {
            Ok(found) => found,
            Err(error) => Err(error.to_string()),
        },
    };
    if let Err(reason) = &found {
        findings.push(not_measured(contrast, reason));
    }
    Evidence { found, findings }
}

/// Says of which other image of the study this one is a copy, if of any. Of two further ones, either may be the wrong one.
fn copied(study: &Study, contrast: FurtherContrast, image: &Volume) -> Option<String> {
    let known = [(Contrast::T1.to_string(), &study.t1), (Contrast::T2.to_string(), &study.t2)];
    let others = study.further.images.iter().filter(|(other, _)| *other != contrast);
    let others = others.filter_map(|(other, of)| Some((other.to_string(), &of.as_ref()?.image)));
    let (name, factor) = known
        .into_iter()
        .chain(others)
        .find_map(|(name, other)| Some((name, copy_factor(&study.hematoma, image, other)?)))?;
    let but = if factor == 1.0 { String::new() } else { format!(", but for a factor of {factor:.3}") };
    Some(format!(
        "it has the signal of the {name} at every voxel of the hematoma{but}: the same image was given twice"
    ))
}

/// The factor by which an image is a copy of another in a region; `None` where it is none.
fn copy_factor(roi: &Roi, image: &Volume, other: &Volume) -> Option<f64> {
    let signals = [image, other].map(|image| signal(image, roi.grid(), roi.bounds()));
    let mut values = [Vec::new(), Vec::new()];
    let mut next = FIRST;
    for run in roi.runs() {
        for (signal, values) in signals.iter().zip(&mut values) {
            let start = values.len();
            values.resize(start + run.len as usize, 0.0);
            signal([run.i, run.j, run.k].map(|v| v as usize), &mut values[start..]);
        }
        let [one, other] = &values;
        if one.len() >= next {
            if !(Pair { one, other }).may_be_copy() {
                return None;
            }
            next *= 4;
        }
    }
    let [one, other] = &values;
    Pair { one, other }.factor()
}

/// The signal of an image in the hematoma and in the reference.
struct Signals {
    hematoma: Samples,
    tissue: Samples,
}

impl Signals {
    /// The reason where the image has an offset.
    fn of(
        study: &Study,
        region: &ReferenceRegion,
        image: &FurtherImage,
    ) -> std::result::Result<Self, String> {
        let [hematoma, tissue] = [&study.hematoma, region.roi()].map(|roi| sample(&image.image, roi));
        if [&hematoma, &tissue].into_iter().any(has_offset) {
            return Err("its signal is below 0 in places, so that a ratio says nothing".into());
        }
        Ok(Self { hematoma, tissue })
    }

    /// The reference, or the reason where it does not vary.
    fn reference(
        &self,
        region: &ReferenceRegion,
        contrast: Contrast,
        options: &ReferenceOptions,
    ) -> Result<std::result::Result<Reference, String>> {
        let found = reference(region, contrast, &self.tissue, options)?;
        if found.spread() == Some(0.0) {
            return Ok(Err(
                "the spread of its reference is 0: a mask or a constant was given as an image".into()
            ));
        }
        Ok(Ok(found))
    }

    /// The reference of a T2*, whose trend is fitted together with that of the T1, as the T2's is: alone, it would take a steep
    /// shading for a lesion of the cord, which may be that bright on T2.
    fn reference_by_t1(
        &self,
        study: &Study,
        region: &ReferenceRegion,
        options: &ReferenceOptions,
    ) -> Result<Reference> {
        let t1 = sample(&study.t1, region.roi());
        Ok(references(region, &PerContrast { t1, t2: self.tissue.clone() }, options)?.t2)
    }

    /// Relative to the T1, and to the reference in it: the trends of both along the cord need not be known.
    fn over_t1(
        &self,
        study: &Study,
        region: &ReferenceRegion,
        options: &ReferenceOptions,
        positions_mm: Option<&Column<f64>>,
    ) -> Result<Ratios> {
        let [hematoma, tissue] = [&study.hematoma, region.roi()].map(|roi| sample(&study.t1, roi));
        let found = reference(region, Contrast::T1, &self.tissue.over(&tissue)?, options)?;
        Ok(found.ratios_at(&self.hematoma.over(&hematoma)?, positions_mm))
    }
}

fn has_offset(samples: &Samples) -> bool {
    samples.negatives() as f64 >= MAX_NEGATIVE * samples.signal().len() as f64
}
