//! The vertebral levels that a hematoma involves, and how much of it lies at each.
//!
//! Vertebrae come as a label map with the name of its numbering (a [`Scheme`]), or as [`Landmarks`]. A curve runs
//! through their centers. Borders between levels lie on the curve, at the discs or midway, and each voxel of the
//! hematoma belongs to the level of its nearest point on the curve.

mod assemble;
mod body;
mod centroids;
mod cover;
mod curve;
mod error;
mod fit;
mod landmarks;
mod misplaced;
mod off_canal;
mod order;
mod points;
mod scheme;
mod spine;

pub use landmarks::Landmarks;
pub(crate) use points::are_discs;
pub use scheme::{Disc, Scheme, Vertebra};
pub use spine::{Place, Spine, Stretch};

use assemble::{Assembled, assemble};
use centroids::{Marks, marks};
use cover::Cover;
use error::LevelError;

use std::ops::Range;

use hemastage_image::{
    error::Result,
    finding::Finding,
    grid::PatientAxes,
    label_map::LabelMap,
    roi::{Column, Roi},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::{per_stage::PerStage, stage::Stage, vertebra::VertebralLevel};

/// Choices for [`levels`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LevelOptions {
    /// Length along the spine that the hematoma must cover of a level to involve it; 0 mm or more.
    pub min_covered_mm: f64,
    /// A label at either end has a center of its own from this share (0 to 1) of the median label's voxels on; below,
    /// its center is extrapolated from the levels next to it.
    pub min_end_share: f64,
}

impl Default for LevelOptions {
    fn default() -> Self {
        Self { min_covered_mm: 2.0, min_end_share: 0.3 }
    }
}

impl LevelOptions {
    /// Sets the length that must be covered of a level to involve it.
    pub fn with_min_covered_mm(mut self, mm: f64) -> Self {
        self.min_covered_mm = mm;
        self
    }

    /// Sets the share of the median label's voxels from which a label at either end has a center of its own.
    pub fn with_min_end_share(mut self, share: f64) -> Self {
        self.min_end_share = share;
        self
    }

    /// Checks that each value is in its range.
    ///
    /// # Errors
    /// `Parameter`, with the value, when one is NaN or out of range.
    pub fn check(&self) -> Result<()> {
        let Self { min_covered_mm, min_end_share } = *self;
        if !(min_covered_mm.is_finite() && min_covered_mm >= 0.0) {
            let (option, expected) = ("min_covered_mm", "0 mm or more");
            return Err(LevelError::Option { option, found: min_covered_mm, expected }.into());
        }
        if !(0.0..=1.0).contains(&min_end_share) {
            let (option, expected) = ("min_end_share", "0 to 1");
            return Err(LevelError::Option { option, found: min_end_share, expected }.into());
        }
        Ok(())
    }
}

/// The vertebrae of a spine: labeled or as landmarks.
///
/// Map and masks may lie on different grids.
#[derive(Debug, Clone, Copy)]
pub struct Vertebrae<'a> {
    source: Source<'a>,
    discs: Option<&'a Landmarks>,
    canal: Option<&'a Roi>,
}

#[derive(Debug, Clone, Copy)]
enum Source<'a> {
    Map(&'a LabelMap, &'a Scheme),
    Landmarks(&'a Landmarks),
}

impl<'a> Vertebrae<'a> {
    /// The vertebrae of a label map with its numbering.
    pub fn from_map(map: &'a LabelMap, scheme: &'a Scheme) -> Self {
        Self { source: Source::Map(map, scheme), discs: None, canal: None }
    }

    /// The vertebrae of landmarks; where these are discs alone, the vertebrae between them.
    pub fn from_landmarks(landmarks: &'a Landmarks) -> Self {
        Self { source: Source::Landmarks(landmarks), discs: None, canal: None }
    }

    /// Adds the canal, or else the cord: only voxels anterior to it at the same height count as a vertebra's body.
    pub fn with_canal(mut self, canal: &'a Roi) -> Self {
        self.canal = Some(canal);
        self
    }

    /// Adds discs that the map itself does not have, as borders between levels.
    pub fn with_discs(mut self, discs: &'a Landmarks) -> Self {
        self.discs = Some(discs);
        self
    }

    /// The name of the numbering, or `landmarks`.
    pub fn scheme(&self) -> &str {
        match self.source {
            Source::Map(_, scheme) => &scheme.name,
            Source::Landmarks(_) => "landmarks",
        }
    }

    fn marks(&self) -> Result<Marks> {
        let mut marks = match self.source {
            Source::Map(map, scheme) => marks(map, scheme, self.canal)?,
            Source::Landmarks(landmarks) => {
                let mut findings = Vec::new();
                let vertebrae = landmarks.labeled(&mut findings);
                Marks { vertebrae, discs: landmarks.discs_once(), findings, ..Marks::default() }
            }
        };
        marks.discs.extend(self.discs.into_iter().flat_map(|landmarks| landmarks.discs().iter().copied()));
        Ok(marks)
    }

    /// The patient's directions by the map's grid, or for landmarks by the region's.
    fn patient_axes(&self, roi: &Roi) -> PatientAxes {
        match self.source {
            Source::Map(map, _) => map.grid().patient_axes(),
            Source::Landmarks(_) => roi.grid().patient_axes(),
        }
    }

    /// What to check when the order is wrong.
    fn blame(&self) -> String {
        match self.source {
            Source::Map(map, scheme) => format!("the scheme `{}`; {}", scheme.name, fit::described(map)),
            Source::Landmarks(_) => "the landmarks".into(),
        }
    }
}

/// The part of a hematoma at one vertebral level.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LevelPart {
    /// The level.
    pub level: VertebralLevel,
    /// Volume at the level.
    pub mm3: f64,
    /// Length along the spine that the part covers of the level.
    pub covered_mm: f64,
    /// Whether that is enough to involve the level.
    pub involved: bool,
    /// Whether the vertebra's center was inferred from adjacent ones, as the input does not have it.
    pub inferred: bool,
    /// The stage of most of its sampled voxels; of a tie the earlier. `None` without stages.
    pub stage: Option<Stage>,
    /// Volume of its sampled voxels per class.
    pub stage_mm3: PerStage<f64>,
}

/// The vertebral levels of a hematoma.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Levels {
    /// The levels with voxels of the hematoma, from the head down.
    pub per_level: Vec<LevelPart>,
    /// Volume beyond the ends of the labeled spine.
    pub outside_mm3: f64,
    /// The involved levels, from the head down.
    pub involved: Vec<VertebralLevel>,
    /// The involved levels in contiguous runs; a skip lesion has two or more.
    pub runs: Vec<Vec<VertebralLevel>>,
    /// The level of each voxel of the hematoma; `None` beyond the ends.
    pub column: Column<Option<VertebralLevel>>,
    /// The name of the numbering that the vertebrae were found by, or `landmarks`.
    pub scheme: String,
    /// The curve down the spine.
    pub spine: Spine,
    /// What a reader should know about the vertebrae.
    pub findings: Vec<Finding>,
    /// The choices that they were counted with.
    pub options: LevelOptions,
}

/// The levels, or the reason why there are none.
#[derive(Debug, Clone, PartialEq)]
pub enum LevelOutcome {
    /// The levels.
    Known(Box<Levels>),
    /// The vertebrae do not make a spine.
    #[non_exhaustive]
    Unknown {
        /// The hematoma.
        roi: Box<Roi>,
        /// The reason, in one sentence.
        reason: String,
        /// What a reader should know about the vertebrae.
        findings: Vec<Finding>,
    },
}

impl LevelOutcome {
    /// The levels, if known.
    pub fn levels(&self) -> Option<&Levels> {
        match self {
            Self::Known(levels) => Some(levels),
            Self::Unknown { .. } => None,
        }
    }

    /// The hematoma whose levels they are.
    pub fn roi(&self) -> &Roi {
        match self {
            Self::Known(levels) => levels.column.roi(),
            Self::Unknown { roi, .. } => roi,
        }
    }

    /// What a reader should know about the vertebrae.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Known(levels) => &levels.findings,
            Self::Unknown { findings, .. } => findings,
        }
    }

    /// The reason why there are none.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Known(_) => None,
            Self::Unknown { reason, .. } => Some(reason),
        }
    }
}

/// Finds the vertebral levels that a hematoma involves.
///
/// # Shape and units
/// `stages` are those of `roi`, where they are known. Volumes in mm3; lengths in mm along the spine. The volumes of
/// all levels and the one outside add up to the hematoma's.
///
/// # Errors
/// When the map has no vertebra of its scheme, or when the vertebrae are out of order from the head down. `Parameter`
/// when an option is [out of range](LevelOptions::check), or when the stages are those of another region.
///
/// # Reference
/// Spans are reported as vertebrae, both ends included (Xu 1999, Kim 2000).
///
/// # Example
/// ```
/// use hemastage::{Labels, Roi, label_map::LabelMap, level::{LevelOptions, Scheme, Vertebrae, levels}};
/// use hemastage_phantom::{Collection, Extent, PhantomOptions, phantom};
///
/// let clot = Collection::new(Extent::levels("C5", "C6")?);
/// let scan = phantom(&PhantomOptions::small().with_collections([clot]))?;
/// let affine = *scan.mask_grid.affine();
/// let map = LabelMap::from_array(scan.vertebrae.view(), affine)?;
/// let hematoma = Roi::from_array(scan.hematoma.view(), affine, &Labels::NonZero)?;
///
/// let scheme = Scheme::built_in("sct")?;
/// let outcome = levels(&hematoma, &Vertebrae::from_map(&map, &scheme), None, &LevelOptions::default())?;
/// let involved = &outcome.levels().expect("many vertebrae are labeled").involved;
/// assert_eq!(involved.iter().map(ToString::to_string).collect::<Vec<_>>(), ["C5", "C6"]);
/// # Ok::<(), hemastage::Error>(())
/// ```
pub fn levels(
    roi: &Roi,
    vertebrae: &Vertebrae<'_>,
    stages: Option<&Column<Option<Stage>>>,
    options: &LevelOptions,
) -> Result<LevelOutcome> {
    options.check()?;
    if let Some(stages) = stages {
        roi.check_same(stages.roi(), "stages")?;
    }
    let stages = stages.map_or(&[][..], |stages| stages);
    let (mut marks, axes) = (vertebrae.marks()?, vertebrae.patient_axes(roi));
    let off = vertebrae.canal.and_then(|canal| off_canal::off_canal(&marks, canal, &axes));
    marks.findings.extend(off);
    if let Source::Map(_, scheme) = vertebrae.source
        && !scheme.is_by_discs()
    {
        marks.findings.extend(misplaced::left_out(marks.bodies()));
    }
    let Assembled { spine, findings } = assemble(marks, &axes, || vertebrae.blame(), options)?;
    Ok(match spine {
        Ok(spine) => {
            let scheme = vertebrae.scheme().to_owned();
            LevelOutcome::Known(Box::new(measure(roi, spine, scheme, stages, options, findings)?))
        }
        Err(reason) => LevelOutcome::Unknown { roi: Box::new(roi.clone()), reason, findings },
    })
}

/// The part of the hematoma in one stretch of the spine.
struct Share {
    voxels: usize,
    cover: Cover,
    stages: [usize; 6],
}

fn measure(
    roi: &Roi,
    spine: Spine,
    scheme: String,
    stages: &[Option<Stage>],
    options: &LevelOptions,
    mut findings: Vec<Finding>,
) -> Result<Levels> {
    let sizes = projected_sizes(roi, &spine);
    let shortest = sizes.iter().copied().fold(f64::INFINITY, f64::min);
    let longest = sizes.iter().copied().fold(0.0, f64::max);
    let share = |stretch: &Stretch| Share {
        voxels: 0,
        cover: Cover::new(stretch.from_mm, stretch.to_mm, shortest, longest),
        stages: [0; 6],
    };
    let locate = |slices: Range<usize>, column: &mut [Option<VertebralLevel>]| {
        let mut shares: Vec<Share> = spine.stretches().iter().map(share).collect();
        let runs = roi.runs_of_slices(&slices);
        let first = runs.first().map_or(0, |run| run.first as usize);
        let mut outside = 0_usize;
        let mut voxel = 0;
        spine.locate_each(roi.grid(), runs, |nearest, stretch| {
            let n = voxel;
            voxel += 1;
            let Some(at) = stretch else {
                outside += 1;
                return;
            };
            column[n] = Some(spine.stretches()[at].level);
            let share = &mut shares[at];
            let half = sizes[nearest.segment] / 2.0;
            share.voxels += 1;
            share.cover.add(nearest.along - half, nearest.along + half);
            if let Some(&Some(stage)) = stages.get(first + n) {
                share.stages[stage.index()] += 1;
            }
        });
        (shares, outside)
    };
    let (column, pieces) = roi.filled_with(locate);
    let outside: usize = pieces.iter().map(|(_, outside)| outside).sum();
    let mut shares: Vec<Share> = spine.stretches().iter().map(share).collect();
    for (piece, _) in &pieces {
        shares.iter_mut().zip(piece).for_each(|(share, piece)| share.join(piece));
    }
    let voxel_mm3 = roi.grid().voxel_mm3();
    let parts = |stretches: &[Stretch]| -> Vec<Option<LevelPart>> {
        stretches
            .iter()
            .zip(&shares)
            .map(|(stretch, share)| share.part(stretch, voxel_mm3, options))
            .collect()
    };
    let per_stretch = parts(spine.stretches());
    let runs = runs(&per_stretch);
    let outside_mm3 = outside as f64 * voxel_mm3;
    findings.extend(outside_finding(outside_mm3, roi.volume_mm3(), &spine));
    Ok(Levels {
        options: options.clone(),
        per_level: per_stretch.into_iter().flatten().collect(),
        outside_mm3,
        involved: runs.iter().flatten().copied().collect(),
        runs,
        column: Column::new(roi, column)?,
        scheme,
        spine,
        findings,
    })
}

/// The size of a voxel along each segment of the curve.
fn projected_sizes(roi: &Roi, spine: &Spine) -> Vec<f64> {
    let size = |unit: [f64; 3]| {
        let (_, steps) = order::along_index(roi.grid().affine(), unit);
        steps.iter().map(|step| step.abs()).sum()
    };
    spine.curve.0.units().map(size).collect()
}

impl Share {
    fn join(&mut self, other: &Self) {
        self.voxels += other.voxels;
        self.cover.join(&other.cover);
        (0..6).for_each(|stage| self.stages[stage] += other.stages[stage]);
    }

    fn part(&self, stretch: &Stretch, voxel_mm3: f64, options: &LevelOptions) -> Option<LevelPart> {
        let covered_mm = self.cover.covered();
        let max = self.stages.iter().copied().max().filter(|&max| max > 0);
        (self.voxels > 0).then(|| LevelPart {
            level: stretch.level,
            mm3: self.voxels as f64 * voxel_mm3,
            covered_mm,
            // rounding does not decide whether the minimum is reached
            involved: covered_mm + 1e-6 >= options.min_covered_mm,
            inferred: stretch.inferred,
            stage: Stage::ALL.into_iter().find(|stage| Some(self.stages[stage.index()]) == max),
            stage_mm3: PerStage::from(self.stages).map(|voxels| voxels as f64 * voxel_mm3),
        })
    }
}

/// The involved levels in contiguous runs along the spine.
fn runs(per_stretch: &[Option<LevelPart>]) -> Vec<Vec<VertebralLevel>> {
    let involved =
        |part: &Option<LevelPart>| part.as_ref().filter(|part| part.involved).map(|part| part.level);
    per_stretch
        .chunk_by(|a, b| involved(a).is_some() == involved(b).is_some())
        .map(|run| run.iter().filter_map(involved).collect::<Vec<_>>())
        .filter(|run| !run.is_empty())
        .collect()
}

fn outside_finding(outside_mm3: f64, volume_mm3: f64, spine: &Spine) -> Option<Finding> {
    let (first, last) = (spine.stretches().first()?.level, spine.stretches().last()?.level);
    (outside_mm3 > 0.0).then(|| {
        let text = format!(
            "{outside_mm3:.0} of {volume_mm3:.0} mm3 lie beyond the labeled vertebrae ({first} to {last}): no level was given to them; give a map or landmarks that reach as far"
        );
        Finding::warning("outside_levels", text)
    })
}

#[cfg(test)]
mod tests {
    use hemastage_image::ErrorKind;

    use super::*;

    #[test]
    fn options_out_of_range_are_refused() {
        assert!(LevelOptions::default().check().is_ok());
        let edge = LevelOptions::default().with_min_covered_mm(0.0).with_min_end_share(1.0);
        assert!(edge.check().is_ok());
        let covered = |mm| LevelOptions::default().with_min_covered_mm(mm);
        let end = |share| LevelOptions::default().with_min_end_share(share);
        for (options, expected) in [
            (covered(f64::NAN), "`min_covered_mm` is NaN: expected 0 mm or more"),
            (covered(f64::INFINITY), "`min_covered_mm` is inf: expected 0 mm or more"),
            (covered(-0.5), "`min_covered_mm` is -0.5: expected 0 mm or more"),
            (end(f64::NAN), "`min_end_share` is NaN: expected 0 to 1"),
            (end(1.5), "`min_end_share` is 1.5: expected 0 to 1"),
            (end(-0.1), "`min_end_share` is -0.1: expected 0 to 1"),
        ] {
            let error = options.check().unwrap_err();
            assert_eq!((error.to_string().as_str(), error.kind()), (expected, ErrorKind::Parameter));
        }
    }
}
