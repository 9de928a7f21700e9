//! Whether further images are what they were given as, by their headers and that of the T1.

use hemastage_image::{
    acquisition::{Acquisition, Weighting},
    finding::Finding,
};

use crate::vocabulary::further::FurtherContrast;

/// Repetition times that differ by this factor, or echo times by this many ms, are of two sequences.
const MAX_TR_FACTOR: f64 = 1.25;
const MAX_TE_MS: f64 = 5.0;

/// What a header says of an image: findings, and why it is not measured.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) findings: Vec<Finding>,
    pub(crate) refusal: Option<String>,
}

impl Checked {
    /// What the headers of the T1 and of a further image say of that image, as far as they are known.
    pub(crate) fn by_header(
        contrast: FurtherContrast,
        t1: Option<&Acquisition>,
        image: Option<&Acquisition>,
    ) -> Self {
        match contrast {
            FurtherContrast::T1Post => t1_post(t1, image),
            FurtherContrast::T2Star => t2star(image),
            FurtherContrast::T1Fs => t1_fs(t1, image),
        }
    }

    /// All of it as findings.
    pub(crate) fn into_findings(self, contrast: FurtherContrast) -> Vec<Finding> {
        let Self { mut findings, refusal } = self;
        findings.extend(refusal.map(|reason| not_measured(contrast, &reason)));
        findings
    }

    fn refused(reason: impl Into<String>) -> Self {
        Self { findings: Vec::new(), refusal: Some(reason.into()) }
    }
}

/// Warns that an image was given for nothing.
pub(crate) fn not_measured(contrast: FurtherContrast, reason: &str) -> Finding {
    let message = format!("nothing is measured on the {contrast}: {reason}");
    Finding::warning("not_measured", message).at(contrast.key())
}

/// The T1 after contrast agent.
fn t1_post(before: Option<&Acquisition>, after: Option<&Acquisition>) -> Checked {
    let had_agent = before.is_some_and(|before| before.contrast_agent);
    if let Some(after) = after {
        if !matches!(after.weighting(), Weighting::T1 | Weighting::Unknown) {
            return Checked::refused(format!("by its header it is {}", after.weighting()));
        }
        if had_agent && !after.contrast_agent {
            return Checked::refused(
                "by their headers the T1 was made after contrast agent and this image before it: exchange them",
            );
        }
    }
    if had_agent {
        return Checked::refused(
            "by its header the T1 was made after contrast agent too: give the one from before it",
        );
    }
    let findings = after.iter().flat_map(|after| {
        let differ = before.into_iter().flat_map(|before| differences(before, after));
        no_agent(after).into_iter().chain(differ).collect::<Vec<_>>()
    });
    Checked {
        findings: findings.map(|finding| finding.at(FurtherContrast::T1Post.key())).collect(),
        refusal: None,
    }
}

/// Warns where a header that is known names no contrast agent.
fn no_agent(after: &Acquisition) -> Option<Finding> {
    let message = "the header of the T1 after contrast agent names no agent: check that it is not the one from before it";
    let is_silent = !after.contrast_agent && after.weighting() == Weighting::T1;
    is_silent.then(|| Finding::warning("no_contrast_agent", message))
}

/// What differs between both T1s apart from the agent.
fn differences(before: &Acquisition, after: &Acquisition) -> Vec<Finding> {
    let mut findings = Vec::new();
    let pair = |of: fn(&Acquisition) -> Option<f64>| of(before).zip(of(after));
    let trs = pair(|image| image.repetition_time_ms).filter(|(a, b)| (a / b).max(b / a) > MAX_TR_FACTOR);
    let tes = pair(|image| image.echo_time_ms).filter(|(a, b)| (a - b).abs() > MAX_TE_MS);
    let kinds = before.gradient_echo().zip(after.gradient_echo()).filter(|(a, b)| a != b);
    if trs.is_some() || tes.is_some() || kinds.is_some() {
        let message = "the T1s before and after contrast agent are of two sequences: their ratios differ without any agent, so give two of one";
        findings.push(Finding::warning("sequences_differ", message));
    }
    if before.fat_suppressed != after.fat_suppressed {
        let message = "fat is suppressed on one of the T1s before and after contrast agent only: next to fat, voxels change without any agent";
        findings.push(Finding::warning("fat_suppression_differs", message));
    }
    findings
}

/// The T2*-weighted image.
fn t2star(image: Option<&Acquisition>) -> Checked {
    let Some(image) = image else { return Checked::default() };
    match image.weighting() {
        Weighting::T2Star => Checked::default(),
        Weighting::Unknown if image.gradient_echo() != Some(false) => Checked::default(),
        Weighting::Unknown => Checked::refused("by its header it is a spin echo"),
        found => Checked::refused(format!("by its header it is {found}")),
    }
}

/// The T1 without fat.
fn t1_fs(t1: Option<&Acquisition>, image: Option<&Acquisition>) -> Checked {
    if t1.is_some_and(|t1| t1.fat_suppressed) {
        return Checked::refused("by its header fat is suppressed on the T1 too: give the T1 with fat");
    }
    let Some(image) = image else { return Checked::default() };
    match image.weighting() {
        Weighting::T1 | Weighting::Unknown => Checked::default(),
        Weighting::Other if image.fat_only => Checked::default(),
        found => Checked::refused(format!("by its header it is {found}")),
    }
}
