//! The answers: how a phantom was made and what its masks hold.

use std::collections::BTreeMap;

use hemastage::stage::Stage;
use hemastage_image::grid::Grid;
use ndarray::Array3;
use serde::Serialize;

use super::anatomy::Anatomy;
use super::clot::Clot;
use super::collection::{Collection, Compartment, Extent};
use super::further::{PostContrast, T2Star};
use super::layout::Layout;
use super::levels::{LEVELS, level_at};
use super::options::PhantomOptions;
use super::signal::{FieldStrength, Sequence, Tissue};
use super::values::{Body, DrawnBlood};

/// The exact answers of a phantom: how it was made and what its masks hold.
///
/// # Units
/// Counts in voxels of the mask grid, volumes in mm³, ratios relative to the cord.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Truth {
    /// Seed of every random number.
    pub seed: u64,
    /// Field strength of the relaxation times.
    pub field: FieldStrength,
    /// The T1-weighted sequence.
    pub t1: Sequence,
    /// The T2-weighted sequence.
    pub t2: Sequence,
    /// The drawn blood of each stage, whether it is in view or not; not there for published values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drawn: Option<BTreeMap<&'static str, DrawnBlood>>,
    /// Signal-to-noise ratio of the unshaded cord; `None` without noise.
    pub snr: Option<f64>,
    /// Ratio of largest to smallest coil sensitivity along the canal in view.
    pub shading: f64,
    /// Volume of one voxel of the masks.
    pub voxel_mm3: f64,
    /// Voxels of the cord.
    pub cord_voxels: usize,
    /// Voxels of all collections together.
    pub hematoma_voxels: usize,
    /// Volume of all collections together.
    pub hematoma_mm3: f64,
    /// The vertebrae whose height holds the center of a hematoma voxel; `None` without such a voxel.
    pub levels: Option<LevelTruth>,
    /// Each of the five stages by its key, also those with no voxel.
    pub stages: BTreeMap<&'static str, StageTruth>,
    /// Each collection as built.
    pub collections: Vec<CollectionTruth>,
    /// What contrast agent reaches, and where the T1 after it lies; not there without that image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t1_post: Option<PostContrast>,
    /// What is dark on T2*; not there without that image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t2star: Option<T2Star>,
}

/// The vertebrae that the hematoma touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LevelTruth {
    /// The uppermost.
    pub first: &'static str,
    /// The lowest.
    pub last: &'static str,
    /// All of them, cranial to caudal; skip lesions leave gaps.
    pub touched: Vec<&'static str>,
    /// Voxels at each of them.
    pub voxels: Vec<usize>,
}

/// One stage in the truth.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StageTruth {
    /// Voxels of this stage.
    pub voxels: usize,
    /// Their volume.
    pub mm3: f64,
    /// Their share of the hematoma, 0 to 1.
    pub fraction: f64,
    /// Expected T1 signal relative to the cord, by the equation of the sequence.
    pub t1_ratio: f64,
    /// Expected T2 signal relative to the cord, by the equation of the sequence.
    pub t2_ratio: f64,
}

/// One collection as built: its options, and the thickness that there was room for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CollectionTruth {
    /// The space it fills.
    pub compartment: Compartment,
    /// The part of the spine that it spans.
    pub extent: Extent,
    /// Where around the cord it is thickest: degrees from dorsal over left.
    pub side_deg: f64,
    /// Its largest thickness.
    pub thickness_mm: f64,
    /// Height of its upper end at the canal's center, RAS mm.
    pub top_mm: f64,
    /// Height of its lower end at the canal's center, RAS mm.
    pub bottom_mm: f64,
    /// Which stage lies where.
    pub layout: Layout,
}

impl Truth {
    pub(super) fn new(
        options: &PhantomOptions,
        body: &Body,
        anatomy: &Anatomy,
        grid: &Grid,
        stages: &Array3<u8>,
        cord: &Array3<u8>,
    ) -> Self {
        let counts = Stage::FIVE.map(|stage| stages.iter().filter(|&&v| v == stage.map_value()).count());
        let voxels: usize = counts.iter().sum();
        let mm3 = grid.voxel_mm3();
        let stage_truth = |(stage, count): (Stage, usize)| {
            let ratio =
                |sequence| Tissue::blood(stage).map_or(0.0, |tissue| body.ratio_to_cord(tissue, sequence));
            let truth = StageTruth {
                voxels: count,
                mm3: count as f64 * mm3,
                fraction: if voxels == 0 { 0.0 } else { count as f64 / voxels as f64 },
                t1_ratio: ratio(options.t1),
                t2_ratio: ratio(options.t2),
            };
            (stage.key(), truth)
        };
        Self {
            seed: options.seed,
            field: options.field,
            t1: options.t1,
            t2: options.t2,
            drawn: body.drawn(),
            snr: options.snr,
            shading: options.shading,
            voxel_mm3: mm3,
            cord_voxels: cord.iter().filter(|&&v| v > 0).count(),
            hematoma_voxels: voxels,
            hematoma_mm3: voxels as f64 * mm3,
            levels: levels(anatomy, grid, stages),
            stages: Stage::FIVE.into_iter().zip(counts).map(stage_truth).collect(),
            collections: options
                .collections
                .iter()
                .enumerate()
                .map(|(n, c)| CollectionTruth::new(n, c, anatomy))
                .collect(),
            t1_post: options.t1_post,
            t2star: options.t2star,
        }
    }
}

impl CollectionTruth {
    fn new(number: usize, collection: &Collection, anatomy: &Anatomy) -> Self {
        let (top, bottom) = collection.range_mm(&anatomy.curve);
        Self {
            compartment: collection.compartment,
            extent: collection.extent,
            side_deg: collection.side.degrees(),
            thickness_mm: anatomy.clots.get(number).map_or(0.0, Clot::max_thickness_mm),
            top_mm: anatomy.curve.center(top)[2],
            bottom_mm: anatomy.curve.center(bottom)[2],
            layout: collection.layout.clone(),
        }
    }
}

fn levels(anatomy: &Anatomy, grid: &Grid, stages: &Array3<u8>) -> Option<LevelTruth> {
    let mut counts = [0_usize; LEVELS.len()];
    for ((i, j, k), _) in stages.indexed_iter().filter(|(_, stage)| **stage > 0) {
        if let Some((level, _)) = level_at(anatomy.curve.locate(grid.center([i, j, k])).s) {
            counts[level] += 1;
        }
    }
    let touched = || LEVELS.into_iter().zip(counts).filter(|(_, count)| *count > 0);
    Some(LevelTruth {
        first: touched().next()?.0,
        last: touched().next_back()?.0,
        touched: touched().map(|(level, _)| level).collect(),
        voxels: touched().map(|(_, count)| count).collect(),
    })
}
