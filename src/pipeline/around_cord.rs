//! What the signal in the cord's mask and around it says of the images and of the mask: a cord is even, and lies in fluid
//! that is dark on T1 and bright on T2.

use hemastage_image::{
    acquisition::{Acquisition, Weighting},
    finding::Finding,
};

use super::shell::shell;
use crate::{
    kernel::statistics::quantile,
    steps::{reference::Reference, sample::sample},
    study::Study,
    vocabulary::contrast::{Contrast, PerContrast},
};

/// Voxels of the shell that an answer needs.
const MIN_VOXELS: usize = 100;
/// The robust SD in a cord's mask is at most this share of its signal: phantoms 0.02 to 0.13, at the tip of the cord 0.26,
/// real cords to 0.2, masks or images out of place mostly 0.3 to 1.4.
const MAX_SPREAD: f64 = 0.35;
/// The shell on T2 has fluid if its median or its upper quartile reaches this ratio to the cord: sound ones 1.8 and 2.3 at
/// least, proton density 1.3 and 1.7 at most, T2* 1.2 and 1.4. In a narrow canal, up to half of it is bone.
const MIN_T2: [f64; 2] = [1.4, 2.0];
/// On T1, if its lower quartile or its median is at most this: sound ones to 0.6 and, with much fat, 0.95; proton density
/// 0.92 and 1.02 at least.
const MAX_T1: [f64; 2] = [0.75, 0.85];
/// Both images are in each other's place if the shell's median is above the first on T1 and below the second on T2.
const EXCHANGED: [f64; 2] = [1.5, 0.95];

/// Findings about the images as a whole, by the signal around the cord; `knows_better` where another finding has said
/// already what they are.
pub(super) fn around_cord(
    study: &Study,
    references: &PerContrast<Reference>,
    knows_better: bool,
) -> Vec<Finding> {
    if study.cord().is_none() {
        return Vec::new();
    }
    let spreads = references.as_ref().map(Reference::relative_noise);
    let mut findings: Vec<Finding> =
        spreads.iter().filter_map(|(contrast, &spread)| uneven(contrast, spread)).collect();
    if let Some(shell) = Shell::of(study, references).filter(|_| !knows_better) {
        let has_header = study.acquisitions().iter().any(|(_, image)| has_weighting(image.as_ref()));
        let is_even = findings.is_empty();
        match shell.exchanged().filter(|_| !has_header && is_even) {
            Some(finding) => findings.push(finding),
            None => findings.extend(shell.without_fluid(references.as_ref().map(Reference::is_flat))),
        }
    }
    findings
}

fn has_weighting(image: Option<&Acquisition>) -> bool {
    image.is_some_and(|image| image.weighting() != Weighting::Unknown)
}

fn uneven(contrast: Contrast, spread: f64) -> Option<Finding> {
    let message = format!(
        "the signal varies by {:.0} % in the cord's mask (robust SD), and in a cord by 3 to 20 %: the {contrast} or the mask lies elsewhere or is of another study, or the image is too noisy; look at both together",
        100.0 * spread
    );
    (spread > MAX_SPREAD).then(|| Finding::warning("reference_uneven", message).at(contrast.key()))
}

/// Quartiles of the ratio to the cord in the shell around it.
struct Shell {
    t1: [f64; 3],
    t2: [f64; 3],
}

impl Shell {
    fn of(study: &Study, references: &PerContrast<Reference>) -> Option<Self> {
        let shell = shell(study.cord()?, study.hematoma())?;
        // NaN where the reference is not measured
        let ratios = |image, reference: &Reference| -> Vec<f64> {
            let signal = sample(image, &shell);
            signal
                .signal()
                .iter()
                .zip(reference.along(&shell))
                .map(|(signal, of_cord)| signal / of_cord)
                .collect()
        };
        let (t1, t2) = (ratios(&study.t1, &references.t1), ratios(&study.t2, &references.t2));
        // a signal of exactly 0 is padding, or bone whose noise was cut off
        let is_tissue = |(t1, t2): &(&f64, &f64)| t1.is_finite() && t2.is_finite() && **t2 != 0.0;
        let both = t1.iter().zip(t2.iter()).filter(is_tissue);
        let (t1, t2): (Vec<f64>, Vec<f64>) = both.unzip();
        if t1.len() < MIN_VOXELS {
            return None;
        }
        let quartiles =
            |values: &[f64]| Some([quantile(values, 0.25)?, quantile(values, 0.5)?, quantile(values, 0.75)?]);
        Some(Self { t1: quartiles(&t1)?, t2: quartiles(&t2)? })
    }

    /// A finding when both images contradict it as if exchanged.
    fn exchanged(&self) -> Option<Finding> {
        let (t1, t2) = (self.t1[1], self.t2[1]);
        let message = format!(
            "what lies 1.5 to 3 mm around the cord, mostly fluid, has {t1:.2} times its signal on T1 and {t2:.2} times on T2 (medians): T1 and T2 look as if each was given in the other's place, so check which file is which (or the cord's mask is that of the fluid)"
        );
        (t1 > EXCHANGED[0] && t2 < EXCHANGED[1]).then(|| Finding::warning("swapped_images", message))
    }

    /// Findings about images that show no fluid, but for those of one value.
    fn without_fluid(&self, is_flat: PerContrast<bool>) -> Vec<Finding> {
        let [low, t1, _] = self.t1;
        let of_t1 = format!(
            "what lies 1.5 to 3 mm around the cord has {t1:.2} times its signal on T1 (median), and fluid has 0.4 to 0.6: the T1 or the cord's mask lies elsewhere, or it is not T1-weighted (proton density) or not as the scanner made it; look at both together"
        );
        let [_, t2, high] = self.t2;
        let of_t2 = format!(
            "what lies 1.5 to 3 mm around the cord has {t2:.2} times its signal on T2 (median), and fluid has 2 to 4: the T2 or the cord's mask lies elsewhere, or it is not T2-weighted (proton density, T2*) or not as the scanner made it; look at both together"
        );
        let lacks = [
            (low > MAX_T1[0] && t1 > MAX_T1[1], of_t1, Contrast::T1),
            (t2 < MIN_T2[0] && high < MIN_T2[1], of_t2, Contrast::T2),
        ];
        let finding = |(lacks, message, contrast): (bool, String, Contrast)| {
            (lacks && !is_flat[contrast]).then(|| Finding::warning("no_fluid", message).at(contrast.key()))
        };
        lacks.into_iter().filter_map(finding).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code and place of what is said of quartiles.
    fn said(t1: [f64; 3], t2: [f64; 3]) -> Vec<String> {
        let shell = Shell { t1, t2 };
        let found = shell.exchanged().map_or_else(
            || shell.without_fluid(PerContrast { t1: false, t2: false }),
            |finding| vec![finding],
        );
        found.into_iter().map(|f| format!("{} {}", f.code, f.place.unwrap_or_default())).collect()
    }

    #[test]
    fn sound_images_are_quiet() {
        for (t1, t2) in [
            ([0.51, 0.55, 0.59], [2.9, 3.0, 3.1]),
            ([0.53, 0.85, 1.56], [1.7, 2.0, 2.3]),
            ([0.03, 0.05, 0.1], [2.9, 3.0, 3.1]),
            // a real cord in a narrow canal
            ([0.32, 0.44, 0.58], [0.33, 1.85, 3.15]),
            ([0.37, 0.43, 0.49], [2.6, 3.1, 3.5]),
        ] {
            assert_eq!(said(t1, t2), [""; 0], "{t1:?} {t2:?}");
        }
        for contrast in Contrast::BOTH {
            assert!(uneven(contrast, 0.26).is_none(), "{contrast}");
        }
    }

    #[test]
    fn images_that_contradict_the_fluid_are_named() {
        for (t1, t2, expected) in [
            ([2.9, 3.0, 3.1], [0.51, 0.55, 0.59], "swapped_images "),
            ([0.33, 1.85, 3.15], [0.32, 0.44, 0.58], "swapped_images "),
            ([0.5, 0.55, 0.6], [1.2, 1.24, 1.6], "no_fluid t2"),
            ([0.37, 0.43, 0.49], [0.83, 1.19, 1.32], "no_fluid t2"),
            ([0.98, 1.06, 1.1], [2.9, 3.0, 3.1], "no_fluid t1"),
        ] {
            assert_eq!(said(t1, t2), [expected], "{t1:?} {t2:?}");
        }
        for contrast in Contrast::BOTH {
            let finding = uneven(contrast, 1.05).unwrap();
            assert_eq!(
                (finding.code.as_str(), finding.place.as_deref()),
                ("reference_uneven", Some(contrast.key()))
            );
            assert!(finding.message.contains(&format!("the {contrast} or the mask lies elsewhere")));
        }
    }
}
