//! A synthetic spine with exact truth: images, masks and the answers a correct program must give.
//!
//! The anatomy is a function of world millimeters, sampled on any grid, so that T1, T2 and masks on
//! different grids show the same body. Every voxel follows from the options and their seed alone.
//!
//! * `options`, `check`: what can be asked for, and what is refused
//! * `curve`: the center line of the canal and the frame along it
//! * `levels`, `sections`: vertebrae by height, and the sizes at each height
//! * `anatomy`: the tissue at a point
//! * `hematoma`, `layout`: collections of blood and the stages in them
//! * `signal`: relaxation times and the spin-echo equation
//! * `grids`, `quaternion`: voxel grids that survive being stored as `NIfTI`
//! * `render`, `acquire`: partial volume, masks, shading, noise
//! * `truth`, `write`: the answers, and everything as files

mod acquire;
mod anatomy;
mod check;
mod curve;
mod grids;
mod hematoma;
mod layout;
mod levels;
mod options;
mod quaternion;
mod random;
mod render;
mod sections;
mod signal;
mod truth;
mod write;

#[cfg(test)]
mod tests;

use ndarray::{Array3, ShapeBuilder};

use acquire::{Noise, Shading, acquire};
use anatomy::Anatomy;
use curve::Curve;
use hematoma::Clot;
use levels::upper_border_mm;
use random::Random;
use render::{Contrast, Rendered, Wanted, render, usual_supersampling};
use sections::Sections;

pub use grids::{Direction, GridSpec};
use hemastage_image::error::Result;
use hemastage_image::grid::Grid;
pub use hematoma::{Collection, Compartment, Extent, Side};
pub use layout::Layout;
pub use levels::{LEVELS, level_index};
pub use options::PhantomOptions;
pub use signal::{FieldStrength, Relaxation, Sequence, Tissue, ratio_to_cord, spin_echo};
pub use truth::{CollectionTruth, LevelTruth, StageTruth, Truth};

/// A synthetic study: images, masks and truth.
///
/// # Shape and units
/// Arrays are indexed [i, j, k] and lie in memory with i fastest. Images hold about 400 in the cord.
/// A mask voxel belongs to what at least half of its samples are; of two halves, cord goes before blood
/// and blood before fluid, so that these three never overlap.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Phantom {
    /// The T1-weighted image.
    pub t1: Array3<i16>,
    /// Where it lies.
    pub t1_grid: Grid,
    /// The T2-weighted image.
    pub t2: Array3<i16>,
    /// Where it lies.
    pub t2_grid: Grid,
    /// Where the masks lie.
    pub mask_grid: Grid,
    /// 1 in every collection of blood.
    pub hematoma: Array3<u8>,
    /// 1 in the spinal cord, from C1 to the conus.
    pub cord: Array3<u8>,
    /// 1 inside the bony canal from C1 to S1, with all that it holds.
    pub canal: Array3<u8>,
    /// 1 in cerebrospinal fluid, without blood.
    pub csf: Array3<u8>,
    /// Body and posterior elements: C1 = 1 to C7 = 7, T1 = 8 to T12 = 19, L1 = 20 to L5 = 24, S1 = 25.
    pub vertebrae: Array3<u8>,
    /// Discs; the one above a vertebra has its label, from 2 (base of the dens, where C1 and C2 have no
    /// disc) to 25 (L5/S1).
    pub discs: Array3<u8>,
    /// The stage of every hematoma voxel as in [`Stage::map_value`](hemastage::stage::Stage::map_value), 0 elsewhere.
    pub stages: Array3<u8>,
    /// The answers.
    pub truth: Truth,
}

/// Makes a phantom.
///
/// # Shape and units
/// World coordinates in RAS mm; the origin is the canal's center between C7 and T1.
///
/// # Errors
/// Of kind [`Parameter`](hemastage_image::ErrorKind::Parameter), naming the option, when a number is out of its range,
/// a grid is larger than 67 million voxels, or a collection has no room beside the cord.
///
/// # Example
/// ```
/// use hemastage_phantom::{Collection, Extent, Layout, PhantomOptions, phantom};
/// use hemastage::stage::Stage;
///
/// let mixed = Layout::Along(vec![(Stage::Acute, 0.5), (Stage::LateSubacute, 0.5)]);
/// let clot = Collection::new(Extent::levels("C5", "C7")?).with_layout(mixed);
/// let study = phantom(&PhantomOptions::small().with_collections([clot]).with_seed(7))?;
///
/// let levels = study.truth.levels.as_ref().expect("the collection is in view");
/// assert_eq!((levels.first, levels.last), ("C5", "C7"));
/// assert!(study.truth.stages["acute"].fraction > 0.4);
/// # Ok::<(), hemastage::Error>(())
/// ```
pub fn phantom(options: &PhantomOptions) -> Result<Phantom> {
    check::options(options)?;
    let anatomy = anatomy(options)?;
    let center = middle_of_view(options, &anatomy.curve);
    let grid = |spec: &GridSpec, name| spec.grid(center).map_err(|error| error.at(name));
    let t1_grid = grid(&options.t1_grid, "t1_grid")?;
    let t2_grid = grid(&options.t2_grid, "t2_grid")?;
    let mask_grid = options.mask_grid.as_ref().map_or(Ok(t2_grid), |spec| grid(spec, "mask_grid"))?;

    let Rendered { t1, t2, masks } = sample(options, &anatomy, [&t1_grid, &t2_grid, &mask_grid]);
    let shading = Shading::new(options.shading, &anatomy.curve, &t2_grid);
    let image = |clean: &[f32], grid: &Grid, contrast| {
        let noise = Noise::new(options.seed, contrast, options.snr);
        array(grid, acquire(clean, grid, &anatomy.curve, shading, noise))
    };
    let (t1, t2) = (image(&t1, &t1_grid, 1)?, image(&t2, &t2_grid, 2)?);
    let mask = |voxels: Vec<u8>| array(&mask_grid, voxels);
    let (stages, cord) = (mask(masks.stages)?, mask(masks.cord)?);
    Ok(Phantom {
        truth: Truth::new(options, &anatomy, &mask_grid, &stages, &cord),
        t1,
        t1_grid,
        t2,
        t2_grid,
        mask_grid,
        hematoma: mask(masks.hematoma)?,
        cord,
        canal: mask(masks.canal)?,
        csf: mask(masks.csf)?,
        vertebrae: mask(masks.vertebrae)?,
        discs: mask(masks.discs)?,
        stages,
    })
}

/// The curve, the sections along it and the collections in them.
fn anatomy(options: &PhantomOptions) -> Result<Anatomy> {
    let curve = Curve::new(options.lordosis_mm, options.scoliosis_mm);
    let sections = Sections::new();
    let mut clots = Vec::with_capacity(options.collections.len());
    for (number, collection) in options.collections.iter().enumerate() {
        let mut random = Random::new(options.seed, number as u64);
        let clot = Clot::new(collection, &curve, &sections, &mut random);
        clots.push(clot.map_err(|error| error.at("collections"))?);
    }
    Ok(Anatomy { curve, sections, clots })
}

/// The canal's center at the vertebra asked for, or in the middle of all collections.
fn middle_of_view(options: &PhantomOptions, curve: &Curve) -> [f64; 3] {
    let (mut start, mut end) = (f64::INFINITY, f64::NEG_INFINITY);
    for collection in &options.collections {
        let (from, to) = collection.range_mm(curve);
        start = start.min(from);
        end = end.max(to);
    }
    let level = options.view.or(if start < end { None } else { Some(4) });
    if let Some(level) = level {
        (start, end) = (upper_border_mm(level), upper_border_mm(level + 1));
    }
    curve.center(0.5 * (start + end))
}

/// Clean T1 and T2 signal and masks, each on its grid; equal grids are sampled once.
fn sample(options: &PhantomOptions, anatomy: &Anatomy, [t1, t2, masks]: [&Grid; 3]) -> Rendered {
    let contrast = Contrast::new(options.field, options.t1, options.t2);
    let mut open = Wanted { t1: true, t2: true, masks: true };
    let mut all = Rendered::default();
    for grid in [t1, t2, masks] {
        let wanted = Wanted {
            t1: open.t1 && t1 == grid,
            t2: open.t2 && t2 == grid,
            masks: open.masks && masks == grid,
        };
        if !(wanted.t1 || wanted.t2 || wanted.masks) {
            continue;
        }
        let samples = options.supersampling.unwrap_or_else(|| usual_supersampling(grid));
        let found = render(anatomy, grid, samples, &contrast, wanted);
        if wanted.t1 {
            (all.t1, open.t1) = (found.t1, false);
        }
        if wanted.t2 {
            (all.t2, open.t2) = (found.t2, false);
        }
        if wanted.masks {
            (all.masks, open.masks) = (found.masks, false);
        }
    }
    all
}

fn array<T>(grid: &Grid, voxels: Vec<T>) -> Result<Array3<T>> {
    let [ni, nj, nk] = grid.shape();
    let found = voxels.len();
    Array3::from_shape_vec((ni, nj, nk).f(), voxels)
        .map_err(|_| check::PhantomError::Incomplete { found, expected: grid.voxels() }.into())
}
