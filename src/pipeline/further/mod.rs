//! What the further contrasts say, next to the stage.

mod header;

use hemastage_image::{error::Result, finding::Finding};

use self::header::Checked;
use super::StageOptions;
use crate::{
    report::{Evidence, Further},
    steps::{
        classify::Classified,
        enhancement::{EnhancementOptions, enhancement},
        fat::{Fat, FatImage, fat, fat_share, lost_share},
        reference::{Ratios, ReferenceRegion, reference},
        sample::{Samples, sample},
        susceptibility::susceptibility,
    },
    study::{FurtherImage, Study, StudyReference},
    vocabulary::{contrast::Contrast, further::FurtherContrast},
};

/// Share of a region below 0 from which an image has an offset.
const MAX_NEGATIVE: f64 = 0.01;

/// What enhancement and susceptibility are; fat is known before the voxels are classified.
pub(super) fn further(
    study: &Study,
    options: &StageOptions,
    classified: &Classified,
    fat: Option<Evidence<Fat>>,
) -> Further {
    let (post, dark) = rayon::join(
        || {
            let image = study.further.images.t1_post.as_ref()?;
            Some(of_image(study, FurtherContrast::T1Post, header::t1_post(study, image), |region| {
                let options = EnhancementOptions::default()
                    .with_reference(options.reference.clone())
                    .with_smoothing(options.classify.smoothing);
                enhancement(&study.t1, &image.image, classified, region, &options)
            }))
        },
        || {
            let image = study.further.images.t2star.as_ref()?;
            Some(of_image(study, FurtherContrast::T2Star, header::t2star(image), |region| {
                match ratios(study, options, region, Contrast::T2, image)? {
                    Ok(ratios) => susceptibility(&ratios, classified),
                    Err(reason) => Ok(Err(reason)),
                }
            }))
        },
    );
    Further { enhancement: post, susceptibility: dark, fat }
}

/// The fat in the mask, by the T1 ratios.
pub(super) fn fat_in_mask(study: &Study, options: &StageOptions, t1: &Ratios) -> Option<Evidence<Fat>> {
    let image = study.further.images.t1_fs.as_ref()?;
    let shows = study.further.fat_image?;
    let found = of_image(study, FurtherContrast::T1Fs, header::t1_fs(study, image), |region| {
        let shares = match shows {
            FatImage::Fat => {
                let signal = sample(&image.image, &study.hematoma);
                fat_share(&sample(&study.t1, &study.hematoma), &signal)?
            }
            FatImage::Suppressed | FatImage::Water => {
                match ratios(study, options, region, Contrast::T1, image)? {
                    Ok(ratios) => lost_share(t1, &ratios)?,
                    Err(reason) => return Ok(Err(reason)),
                }
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
    Checked { mut findings, refusal }: Checked,
    measure: impl FnOnce(&ReferenceRegion) -> Result<std::result::Result<T, String>>,
) -> Evidence<T> {
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
        let message = format!("nothing is measured on the {contrast}: {reason}");
        findings.push(Finding::warning("not_measured", message).at(contrast.key()));
    }
    Evidence { found, findings }
}

/// The ratios of the hematoma in an image to the reference in it, or why there are none.
fn ratios(
    study: &Study,
    options: &StageOptions,
    region: &ReferenceRegion,
    contrast: Contrast,
    FurtherImage { image, .. }: &FurtherImage,
) -> Result<std::result::Result<Ratios, String>> {
    let (hematoma, tissue) = (sample(image, &study.hematoma), sample(image, region.roi()));
    if [&hematoma, &tissue].into_iter().any(has_offset) {
        return Ok(Err("its signal is below 0 in places, so that a ratio says nothing".into()));
    }
    let found = reference(region, contrast, &tissue, &options.reference)?;
    if found.spread() == Some(0.0) {
        return Ok(
            Err("the spread of its reference is 0: a mask or a constant was given as an image".into()),
        );
    }
    Ok(Ok(found.ratios(&hematoma)))
}

fn has_offset(samples: &Samples) -> bool {
    samples.negatives() as f64 >= MAX_NEGATIVE * samples.signal().len() as f64
}
