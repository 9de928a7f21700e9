//! What the further contrasts say: enhancement, susceptibility and fat.

use std::collections::BTreeMap;

use hemastage_image::finding::Finding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NOT_REQUESTED;
use crate::{
    steps::{
        enhancement::{Enhancement, EnhancementClass, Shift},
        fat::{Fat, FatImage},
        susceptibility::Susceptibility,
    },
    vocabulary::round::{rounded, rounded_mm},
};

/// What was found in a further image, or why nothing was measured, and what is unusual about the image.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence<T> {
    /// What was found, or the reason.
    pub found: Result<T, String>,
    /// On the image.
    pub findings: Vec<Finding>,
}

/// What was found in the further images; `None` where none was given.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Further {
    /// In the T1 after contrast agent.
    pub enhancement: Option<Evidence<Enhancement>>,
    /// In the T2*-weighted image.
    pub susceptibility: Option<Evidence<Susceptibility>>,
    /// In the T1 without fat.
    pub fat: Option<Evidence<Fat>>,
}

impl Further {
    /// The findings of all images, in order.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(Evidence { found, findings: on_image }) = &self.enhancement {
            findings.extend(on_image.iter().cloned());
            findings.extend(found.as_ref().ok().and_then(Enhancement::finding));
        }
        if let Some(Evidence { found, findings: on_image }) = &self.susceptibility {
            findings.extend(on_image.iter().cloned());
            findings.extend(found.iter().flat_map(Susceptibility::findings));
        }
        if let Some(Evidence { found, findings: on_image }) = &self.fat {
            findings.extend(on_image.iter().cloned());
            findings.extend(found.as_ref().ok().and_then(Fat::finding));
        }
        findings
    }
}

/// What was found, with the reason where nothing was.
fn known<'a, T>(
    key: &str,
    evidence: Option<&'a Evidence<T>>,
    reasons: &mut BTreeMap<String, String>,
) -> Option<&'a T> {
    let reason = match evidence.map(|evidence| &evidence.found) {
        Some(Ok(found)) => return Some(found),
        Some(Err(reason)) => reason.clone(),
        None => NOT_REQUESTED.into(),
    };
    reasons.insert(key.into(), reason);
    None
}

/// Where the T1 after contrast agent lies relative to the T1 before it, along the axes of the hematoma's mask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ShiftRecord {
    /// Toward the patient's left.
    pub left_mm: f64,
    /// Toward the patient's front.
    pub front_mm: f64,
    /// Toward the patient's head.
    pub up_mm: f64,
    /// Correlation of both images around the hematoma with the shift undone.
    pub correlation: f64,
    /// The same without a shift.
    pub correlation_unmoved: f64,
    /// Points that it was measured at.
    pub points: usize,
}

impl ShiftRecord {
    fn new(shift: &Shift) -> Self {
        Self {
            left_mm: rounded_mm(shift.left_mm),
            front_mm: rounded_mm(shift.front_mm),
            up_mm: rounded_mm(shift.up_mm),
            correlation: rounded(shift.correlation),
            correlation_unmoved: rounded(shift.correlation_unmoved),
            points: shift.points,
        }
    }
}

/// What contrast agent does to the T1 signal. A voxel enhances if its ratio to the reference rises by more than a quarter
/// and by more than noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct EnhancementRecord {
    /// Where it is taken up; null where rim and center cannot be separated.
    pub class: Option<EnhancementClass>,
    /// Share of the sampled voxels that enhance.
    pub share: f64,
    /// Share of the rim's voxels that do: those within 1.5 mm of the border, or within a voxel of mask or images.
    pub rim_share: Option<f64>,
    /// Share of the inner voxels that do.
    pub inner_share: Option<f64>,
    /// Share of the inner voxels that do so of themselves: that rise by 0.8 or more of `rim_rise`, or lie deeper than what
    /// spills over from the rim.
    pub center_share: Option<f64>,
    /// Median rise of the enhancing voxels of the outermost layer.
    pub rim_rise: Option<f64>,
    /// Sampled voxels of the rim.
    pub rim_voxels: usize,
    /// Sampled voxels inside it.
    pub inner_voxels: usize,
    /// Median rise of the ratio over the sampled voxels: 0.5 is one and a half times as bright.
    pub median_rise: f64,
    /// Median signal of the reference after contrast agent.
    pub reference_median: f64,
    /// How far both images lie off each other, which was undone.
    pub shift: ShiftRecord,
}

impl EnhancementRecord {
    pub(super) fn new(further: &Further, reasons: &mut BTreeMap<String, String>) -> Option<Self> {
        let found = known("enhancement", further.enhancement.as_ref(), reasons)?;
        if let Err(reason) = found.class {
            reasons.insert("enhancement.class".into(), reason.into());
        }
        let (empty, none) = ("no sampled voxel lies there", "no voxel of the outermost layer enhances");
        for (key, value, reason) in [
            ("rim_share", found.rim_share, empty),
            ("inner_share", found.inner_share, empty),
            ("center_share", found.center_share, empty),
            ("rim_rise", found.rim_rise, none),
        ] {
            if value.is_none() {
                reasons.insert(format!("enhancement.{key}"), reason.into());
            }
        }
        Some(Self {
            class: found.class.ok(),
            share: rounded(found.share),
            rim_share: found.rim_share.map(rounded),
            inner_share: found.inner_share.map(rounded),
            center_share: found.center_share.map(rounded),
            rim_rise: found.rim_rise.map(rounded),
            rim_voxels: found.rim_voxels,
            inner_voxels: found.inner_voxels,
            median_rise: rounded(found.median_rise),
            reference_median: rounded(found.reference.median()),
            shift: ShiftRecord::new(&found.shift),
        })
    }
}

/// How dark the hematoma is on T2*: by hemosiderin or deoxygenated blood, which does not tell an age.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct SusceptibilityRecord {
    /// Share of the core whose ratio to the reference is below 0.5.
    pub blooming: f64,
    /// Median ratio over the sampled voxels.
    pub median_ratio: f64,
    /// Median of the outermost layer of voxels over that of those inside it.
    pub rim_ratio: Option<f64>,
    /// Whether the rim is below 0.6 of the inside, and the inside T2-hyper.
    pub dark_rim: Option<bool>,
    /// Median signal of the reference.
    pub reference_median: f64,
}

impl SusceptibilityRecord {
    pub(super) fn new(further: &Further, reasons: &mut BTreeMap<String, String>) -> Option<Self> {
        let found = known("susceptibility", further.susceptibility.as_ref(), reasons)?;
        let reason = "no voxel with signal lies inside the outermost layer";
        if found.rim_ratio.is_none() {
            reasons.insert("susceptibility.rim_ratio".into(), reason.into());
        }
        if found.dark_rim.is_none() {
            reasons.insert("susceptibility.dark_rim".into(), reason.into());
        }
        Some(Self {
            blooming: rounded(found.blooming),
            median_ratio: rounded(found.median_ratio),
            rim_ratio: found.rim_ratio.map(rounded),
            dark_rim: found.dark_rim,
            reference_median: rounded(found.reference.median()),
        })
    }
}

/// Fat in the hematoma's mask: voxels that lose more than half of their signal without fat, and more than 0.4 of the
/// reference's. They are left out of the core.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct FatRecord {
    /// Share of the sampled voxels that are fat.
    pub share: f64,
    /// Voxels that are.
    pub voxels: usize,
    /// The image that it was measured on.
    pub image: FatImage,
}

impl FatRecord {
    pub(super) fn new(further: &Further, reasons: &mut BTreeMap<String, String>) -> Option<Self> {
        let found = known("fat", further.fat.as_ref(), reasons)?;
        let voxels = found.voxels.iter().filter(|&&is_fat| is_fat).count();
        Some(Self { share: rounded(found.share), voxels, image: found.image })
    }
}
