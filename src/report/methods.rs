//! A study's methods as a paragraph for a paper: what was done, with which settings, with references.
//!
//! It tells settings and no results, so that studies of one run share it.

use super::{NOT_REQUESTED, Report, Settings};
use crate::{
    steps::{
        classify::{Model, Smoothing},
        reference::ReferenceMode,
    },
    vocabulary::protocol::Header,
};

/// Works that the paragraph cites.
const BRADLEY: &str = "Bradley WG Jr. MR appearance of hemorrhage in the brain. Radiology 1993;189:15-26. doi:10.1148/radiology.189.1.8372185";
const BRAUN: &str =
    "Braun P, et al. MRI findings in spinal subdural and epidural hematomas. Eur J Radiol 2007;64:119-125";
const FUKUI: &str =
    "Fukui MB, et al. Acute spontaneous spinal epidural hematomas. AJNR Am J Neuroradiol 1999;20:1365-1372";
const GOMORI: &str = "Gomori JM, et al. Intracranial hematomas: imaging by high-field MR. Radiology 1985;157:87-93. doi:10.1148/radiology.157.1.4034983";

/// The methods of a study.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Methods {
    /// One paragraph; references are cited by name and year.
    pub text: String,
    /// The works that it cites.
    pub references: Vec<&'static str>,
}

/// The methods of a study, by its report.
///
/// # Example
/// ```
/// # use hemastage::{Labels, Roi, StageOptions, Study, Volume, stage};
/// # let scan = hemastage_phantom::phantom(&hemastage_phantom::PhantomOptions::small())?;
/// # let masks = *scan.mask_grid.affine();
/// # let roi = |mask: &ndarray::Array3<u8>| Roi::from_array(mask.view(), masks, &Labels::NonZero);
/// # let (hematoma, cord) = (roi(&scan.hematoma)?, roi(&scan.cord)?);
/// # let t1 = Volume::from_array(scan.t1, *scan.t1_grid.affine())?;
/// # let t2 = Volume::from_array(scan.t2, *scan.t2_grid.affine())?;
/// # let study = Study::new(t1, t2, hematoma, cord)?;
/// use hemastage::report::methods;
/// let staged = stage(&study, &StageOptions::default())?;
/// let methods = methods(&staged.report);
/// assert!(methods.text.starts_with("Hematomas were staged with hemastage "));
/// assert!(methods.text.contains("the criteria profile spinal"));
/// # Ok::<(), hemastage::Error>(())
/// ```
///
/// # Reference
/// After the boilerplate of fMRIPrep (Esteban 2019, Nat Methods 16:111).
pub fn methods(report: &Report) -> Methods {
    let settings = &report.settings;
    let sentences = [
        format!(
            "Hematomas were staged with {} {} (results revision {}), a research tool that states the phase of an MRI signal and makes no diagnosis.",
            report.software.name, report.software.version, report.software.results_revision
        ),
        signal(report),
        model(report),
        phases(settings),
        levels(report),
        shape(settings),
    ];
    let sentences: Vec<String> = sentences.into_iter().filter(|sentence| !sentence.is_empty()).collect();
    let of_model = if settings.model == Model::Relaxation { vec![BRADLEY, GOMORI] } else { vec![BRADLEY] };
    Methods { text: sentences.join(" "), references: [of_model, vec![BRAUN, FUKUI]].concat() }
}

fn signal(report: &Report) -> String {
    let (settings, t1) = (&report.settings, &report.reference.t1);
    let reference = match (t1.mode, settings.asked.reference_mode) {
        (ReferenceMode::Given, _) => "a given reference signal".to_owned(),
        (_, Some(ReferenceMode::Trend)) => {
            format!("the signal of the {} in the same image, as a trend along it", t1.tissue)
        }
        (_, Some(_)) => format!("the median signal of the {} in the same image", t1.tissue),
        (_, None) => format!(
            "the signal of the {} in the same image (Braun 2007, Fukui 1999), as a trend along it (a Gaussian process over bins of both images, without stretches that stand out, such as lesions) where at least 40 mm were in view, else as its median",
            t1.tissue
        ),
    };
    let shift = if settings.align {
        "; where T1 and T2 were shifted against each other, T1 was sampled where its anatomy lay"
    } else {
        ""
    };
    let smoothing = match settings.smoothing {
        Smoothing::Median => "smoothed by a median over near neighbors within the mask",
        Smoothing::None => "not smoothed",
    };
    format!(
        "T1- and T2-weighted signal was sampled at the voxel centers of the hematoma's mask, by trilinear interpolation in scanner space without registration{shift}, and divided by {reference}; these ratios were {smoothing}."
    )
}

fn model(report: &Report) -> String {
    let criteria = &report.criteria;
    let profile = format!(
        "the criteria profile {} (SHA-256 {}; {})",
        criteria.name,
        criteria.sha256.get(..12).unwrap_or(&criteria.sha256),
        criteria.source
    );
    let by = match report.settings.model {
        Model::Relaxation => {
            let sequences = match report.stage.model.header {
                Some(Header::Full) => "the images' own sequences and field strength",
                Some(Header::Field) => "assumed sequences at the images' own field strength",
                Some(Header::None) | None => "assumed sequences, at the mean of 1.5 and 3 T",
            };
            format!(
                "comparing them with the ratios that the relaxation times of the states of hemoglobin predict in {sequences} (Gomori 1985, Bradley 1993), by {profile}"
            )
        }
        Model::Pattern => {
            let band = |name: &str, hypo: f64, hyper: f64| {
                format!("{name} hypointense below {hypo} and hyperintense above {hyper}")
            };
            let thresholds = &criteria.thresholds;
            format!(
                "the pair of T1 and T2 signal levels ({}, {}) by the table of {profile} (Bradley 1993)",
                band("T1", thresholds.t1.hypo_below, thresholds.t1.hyper_above),
                band("T2", thresholds.t2.hypo_below, thresholds.t2.hyper_above)
            )
        }
    };
    format!(
        "The stage of each voxel was found by {by}; where the time from onset to the scan was known, it entered as a prior."
    )
}

fn phases(settings: &Settings) -> String {
    let options = &settings.phases;
    format!(
        "A stage counted as a phase if it held at least {} % of the hematoma's core, with a connected part of at least {} mm3 and {} % of the hematoma, and if its median ratio differed from that of any other phase by {} on T1 or T2; two or more phases made a hematoma mixed-phase.",
        percent(options.min_fraction),
        options.min_part_mm3,
        percent(options.min_part_share),
        options.min_difference
    )
}

fn levels(report: &Report) -> String {
    let (Some(levels), Some(options)) = (&report.levels, &report.settings.levels) else {
        let is_asked = report.reasons.get("levels").is_some_and(|reason| reason != NOT_REQUESTED);
        return if is_asked { "Vertebral levels could not be determined.".into() } else { String::new() };
    };
    let source = match levels.scheme.as_str() {
        "landmarks" => "landmarks".to_owned(),
        "segments" => "the names of the segments of a segmentation".to_owned(),
        scheme => format!("a label map (numbering: {scheme})"),
    };
    format!(
        "Vertebral levels were taken from {source}; a level was involved if the hematoma covered at least {} mm of it.",
        options.min_covered_mm
    )
}

fn shape(settings: &Settings) -> String {
    let options = &settings.shape;
    format!(
        "Thickness, position and the share of the canal were measured in planes across the center line of the cord or canal (smoothed over +/-{} mm), as means over {} mm along it.",
        options.smoothing_mm, options.slab_mm
    )
}

/// A share in percent, without the last bits of a binary fraction.
fn percent(share: f64) -> f64 {
    (share * 1e4).round() / 1e2
}
