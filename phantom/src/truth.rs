//! What is known about a phantom beyond its voxels.

use std::collections::BTreeMap;

use hemastage_image::grid::Grid;
use ndarray::Array3;
use serde::Serialize;

use super::PhantomOptions;
use super::anatomy::Anatomy;
use super::hematoma::{Collection, Compartment, Extent};
use super::layout::Layout;
use super::levels::{LEVELS, level_at};
use super::signal::{FieldStrength, Sequence, Tissue, ratio_to_cord};
use hemastage::stage::Stage;

/// The exact answers of a phantom: how it was made and what its masks hold.
///
/// # Units
/// Counts in voxels of the mask grid, volumes in mm3, ratios relative to the cord.
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
    /// Signal-to-noise ratio of the unshaded cord; none without noise.
    pub snr: Option<f64>,
    /// Largest over smallest coil sensitivity along the canal in view.
    pub shading: f64,
    /// Volume of one voxel of the masks.
    pub voxel_mm3: f64,
    /// Voxels of the cord.
    pub cord_voxels: usize,
    /// Voxels of all collections together.
    pub hematoma_voxels: usize,
    /// Volume of all collections together.
    pub hematoma_mm3: f64,
    /// The vertebrae whose height holds a hematoma voxel's center; none without such a voxel.
    pub levels: Option<LevelTruth>,
    /// Each of the five stages by its key, also those with no voxel.
    pub stages: BTreeMap<&'static str, StageTruth>,
    /// What was asked for, collection by collection.
    pub collections: Vec<CollectionTruth>,
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
    /// Expected T1 signal relative to the cord, by the spin-echo equation.
    pub t1_ratio: f64,
    /// Expected T2 signal relative to the cord, by the spin-echo equation.
    pub t2_ratio: f64,
}

/// One collection as asked for, and as thick as there was room.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CollectionTruth {
    /// The space it fills.
    pub compartment: Compartment,
    /// From where to where.
    pub extent: Extent,
    /// Where around the cord: degrees from dorsal over left.
    pub side_deg: f64,
    /// Its largest thickness.
    pub thickness_mm: f64,
    /// Height of its upper end at the canal's center, RAS mm.
    pub top_mm: f64,
    /// Height of its lower end at the canal's center, RAS mm.
    pub bottom_mm: f64,
    /// Which stage is where.
    pub layout: Layout,
}

impl Truth {
    pub(super) fn new(
        options: &PhantomOptions,
        anatomy: &Anatomy,
        grid: &Grid,
        stages: &Array3<u8>,
        cord: &Array3<u8>,
    ) -> Self {
        let counts = Stage::FIVE.map(|stage| stages.iter().filter(|&&v| v == stage.map_value()).count());
        let voxels: usize = counts.iter().sum();
        let mm3 = grid.voxel_mm3();
        let of = |(stage, count): (Stage, usize)| {
            let ratio = |sequence| {
                Tissue::blood(stage).map_or(0.0, |tissue| ratio_to_cord(tissue, options.field, sequence))
            };
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
            snr: options.snr,
            shading: options.shading,
            voxel_mm3: mm3,
            cord_voxels: cord.iter().filter(|&&v| v > 0).count(),
            hematoma_voxels: voxels,
            hematoma_mm3: voxels as f64 * mm3,
            levels: touched(anatomy, grid, stages),
            stages: Stage::FIVE.into_iter().zip(counts).map(of).collect(),
            collections: options.collections.iter().enumerate().map(|(n, c)| asked(n, c, anatomy)).collect(),
        }
    }
}

fn asked(number: usize, collection: &Collection, anatomy: &Anatomy) -> CollectionTruth {
    let (top, bottom) = collection.range_mm(&anatomy.curve);
    CollectionTruth {
        compartment: collection.compartment,
        extent: collection.extent,
        side_deg: collection.side.degrees(),
        thickness_mm: anatomy.clots.get(number).map_or(0.0, super::hematoma::Clot::max_thickness_mm),
        top_mm: anatomy.curve.center(top)[2],
        bottom_mm: anatomy.curve.center(bottom)[2],
        layout: collection.layout.clone(),
    }
}

fn touched(anatomy: &Anatomy, grid: &Grid, stages: &Array3<u8>) -> Option<LevelTruth> {
    let mut counts = [0_usize; LEVELS.len()];
    for ((i, j, k), _) in stages.indexed_iter().filter(|(_, stage)| **stage > 0) {
        if let Some((level, _)) = level_at(anatomy.curve.locate(grid.center([i, j, k])).s) {
            counts[level] += 1;
        }
    }
    let found = || LEVELS.into_iter().zip(counts).filter(|(_, count)| *count > 0);
    Some(LevelTruth {
        first: found().next()?.0,
        last: found().next_back()?.0,
        touched: found().map(|(level, _)| level).collect(),
        voxels: found().map(|(_, count)| count).collect(),
    })
}
