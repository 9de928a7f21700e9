//! Choices for a whole study.

use std::num::NonZero;

use hemastage_image::error::Result;
use serde::{Deserialize, Serialize};

use crate::{
    steps::{
        align::AlignOptions, classify::ClassifyOptions, level::LevelOptions, phase::PhaseOptions,
        reference::ReferenceOptions, shape::ShapeOptions,
    },
    vocabulary::criteria::Criteria,
};

/// What of each voxel a staged study keeps besides the stage map.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Keep {
    /// Nothing.
    #[default]
    StageMap,
    /// The ratios to the reference, the stage, and whether it is of the core.
    Ratios,
    /// The probability of each class too.
    Probabilities,
}

/// Choices for [`stage`](crate::stage()), one set per step.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct StageOptions {
    /// The criteria profile.
    pub criteria: Criteria,
    /// How the reference is measured.
    pub reference: ReferenceOptions,
    /// What is done about a shift between T1 and T2.
    pub align: AlignOptions,
    /// How voxels are classified.
    pub classify: ClassifyOptions,
    /// What makes a phase.
    pub phase: PhaseOptions,
    /// How vertebral levels are counted.
    pub level: LevelOptions,
    /// How the shape is measured.
    pub shape: ShapeOptions,
    /// What of each voxel is kept.
    pub keep: Keep,
    /// The most threads, as [`on_threads`](crate::on_threads) starts them for each study; `None` uses the caller's. It
    /// changes no result.
    pub threads: Option<NonZero<usize>>,
}

impl StageOptions {
    /// The defaults of every step, with this profile.
    pub fn new(criteria: Criteria) -> Self {
        Self { criteria, ..Self::default() }
    }

    /// Sets the criteria profile.
    pub fn with_criteria(mut self, criteria: Criteria) -> Self {
        self.criteria = criteria;
        self
    }

    /// Sets how the reference is measured.
    pub fn with_reference(mut self, reference: ReferenceOptions) -> Self {
        self.reference = reference;
        self
    }

    /// Sets what is done about a shift between T1 and T2.
    pub fn with_align(mut self, align: AlignOptions) -> Self {
        self.align = align;
        self
    }

    /// Sets how voxels are classified.
    pub fn with_classify(mut self, classify: ClassifyOptions) -> Self {
        self.classify = classify;
        self
    }

    /// Sets what makes a phase.
    pub fn with_phase(mut self, phase: PhaseOptions) -> Self {
        self.phase = phase;
        self
    }

    /// Sets how vertebral levels are counted.
    pub fn with_level(mut self, level: LevelOptions) -> Self {
        self.level = level;
        self
    }

    /// Sets how the shape is measured.
    pub fn with_shape(mut self, shape: ShapeOptions) -> Self {
        self.shape = shape;
        self
    }

    /// Sets what of each voxel is kept.
    pub fn with_keep(mut self, keep: Keep) -> Self {
        self.keep = keep;
        self
    }

    /// Sets the most threads.
    pub fn with_threads(mut self, threads: NonZero<usize>) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Refuses what makes no sense, in the options of any step.
    ///
    /// # Errors
    /// `Parameter`, with the option, what was found and what is expected.
    pub fn check(&self) -> Result<()> {
        self.classify.model_for(&self.criteria)?;
        self.reference.check()?;
        self.phase.check()?;
        self.level.check()?;
        self.shape.check()
    }
}
