//! A synthetic spine with exact truth: images, masks and the answers a correct program must give.
//!
//! The anatomy is a function of world millimetres, sampled on any grid, so that T1, T2 and masks on
//! different grids show the same body. Every voxel follows from the options and their seed alone.
//!
//! * `curve`: the centre line of the canal and the frame along it
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
pub use hematoma::{Collection, Compartment, Extent, Side};
pub use layout::Layout;
pub use levels::{LEVELS, level_index};
pub use signal::{FieldStrength, Relaxation, Sequence, Tissue, ratio_to_cord, spin_echo};
pub use truth::{CollectionTruth, LevelTruth, StageTruth, Truth};

use crate::error::Result;
use crate::grid::Grid;

/// How to make a phantom.
///
/// The default is a cervical study at 1.5 T in thick sagittal slices, with a dorsal epidural hyperacute
/// collection from C4 to C7.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PhantomOptions {
    /// Seed of the noise and of the small irregularities of the collections.
    pub seed: u64,
    /// Amplitude of cervical and lumbar lordosis and thoracic kyphosis, mm (0 to 30).
    pub lordosis_mm: f64,
    /// Amplitude of the sideways curve, mm (0 to 30).
    pub scoliosis_mm: f64,
    /// The collections of blood; where two overlap the first one counts. May be empty.
    pub collections: Vec<Collection>,
    /// Field strength, which decides the relaxation times.
    pub field: FieldStrength,
    /// The T1-weighted sequence.
    pub t1: Sequence,
    /// The T2-weighted sequence.
    pub t2: Sequence,
    /// Signal-to-noise ratio of the unshaded cord, in both images; none for no noise.
    pub snr: Option<f64>,
    /// Largest over smallest coil sensitivity along the canal in view of the T2 image; 1 for none.
    pub shading: f64,
    /// The grid of the T1 image.
    pub t1_grid: GridSpec,
    /// The grid of the T2 image.
    pub t2_grid: GridSpec,
    /// The grid of the masks; none for the T2 image's.
    pub mask_grid: Option<GridSpec>,
    /// Samples per voxel along i, j, k in voxels that are not uniform; none for 2, and up to 4 along
    /// an axis that is thicker than the thinnest.
    pub supersampling: Option<[usize; 3]>,
    /// The vertebra in the middle of the view, as a position in [`LEVELS`]; none for the middle of
    /// the collections, or C5 without any.
    pub view: Option<usize>,
}

impl Default for PhantomOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            lordosis_mm: 18.0,
            scoliosis_mm: 3.0,
            collections: vec![Collection::new(Extent::Levels { first: 3, last: 6 })],
            field: FieldStrength::T1_5,
            t1: Sequence::T1,
            t2: Sequence::T2,
            snr: Some(25.0),
            shading: 1.0,
            t1_grid: GridSpec::thick_sagittal(),
            t2_grid: GridSpec::thick_sagittal(),
            mask_grid: None,
            supersampling: None,
            view: None,
        }
    }
}

impl PhantomOptions {
    /// The default study on the small grid of [`GridSpec::small`].
    pub fn small() -> Self {
        Self::default().with_grids(GridSpec::small())
    }

    /// Sets the seed.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the amplitude of the curve forward and backward, 0 to 30 mm.
    pub fn with_lordosis_mm(mut self, mm: f64) -> Self {
        self.lordosis_mm = mm;
        self
    }

    /// Sets the amplitude of the sideways curve, 0 to 30 mm.
    pub fn with_scoliosis_mm(mut self, mm: f64) -> Self {
        self.scoliosis_mm = mm;
        self
    }

    /// Sets the collections of blood, possibly none.
    pub fn with_collections(mut self, collections: impl Into<Vec<Collection>>) -> Self {
        self.collections = collections.into();
        self
    }

    /// Sets the field strength.
    pub fn with_field(mut self, field: FieldStrength) -> Self {
        self.field = field;
        self
    }

    /// Sets both sequences.
    pub fn with_sequences(mut self, t1: Sequence, t2: Sequence) -> Self {
        self.t1 = t1;
        self.t2 = t2;
        self
    }

    /// Sets the signal-to-noise ratio of the unshaded cord, 0.1 or more.
    pub fn with_snr(mut self, snr: f64) -> Self {
        self.snr = Some(snr);
        self
    }

    /// Leaves the noise out.
    pub fn without_noise(mut self) -> Self {
        self.snr = None;
        self
    }

    /// Sets largest over smallest coil sensitivity, 1 to 20.
    pub fn with_shading(mut self, ratio: f64) -> Self {
        self.shading = ratio;
        self
    }

    /// Sets one grid for images and masks.
    pub fn with_grids(mut self, grid: GridSpec) -> Self {
        self.t1_grid = grid;
        self.t2_grid = grid;
        self.mask_grid = None;
        self
    }

    /// Sets the grid of the T1 image.
    pub fn with_t1_grid(mut self, grid: GridSpec) -> Self {
        self.t1_grid = grid;
        self
    }

    /// Sets the grid of the T2 image, and of the masks unless they have their own.
    pub fn with_t2_grid(mut self, grid: GridSpec) -> Self {
        self.t2_grid = grid;
        self
    }

    /// Gives the masks a grid of their own.
    pub fn with_mask_grid(mut self, grid: GridSpec) -> Self {
        self.mask_grid = Some(grid);
        self
    }

    /// Sets the samples per voxel along i, j, k, 1 to 16 each.
    pub fn with_supersampling(mut self, samples: [usize; 3]) -> Self {
        self.supersampling = Some(samples);
        self
    }

    /// Sets the vertebra in the middle of the view, a position in [`LEVELS`].
    pub fn with_view(mut self, level: usize) -> Self {
        self.view = Some(level);
        self
    }
}

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
    /// The stage of every hematoma voxel as in [`Stage::map_value`](crate::stage::Stage::map_value), 0 elsewhere.
    pub stages: Array3<u8>,
    /// The answers.
    pub truth: Truth,
}

/// Makes a phantom.
///
/// # Shape and units
/// World coordinates in RAS mm; the origin is the canal's centre between C7 and T1.
///
/// # Errors
/// Of kind [`Parameter`](crate::ErrorKind::Parameter), naming the option, when a number is out of its range,
/// a grid is larger than 67 million voxels, or a collection has no room beside the cord.
///
/// # Example
/// ```
/// use hemastage::phantom::{Collection, Extent, Layout, PhantomOptions, phantom};
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
    let centre = middle_of_view(options, &anatomy.curve);
    let grid = |spec: &GridSpec, name| spec.grid(centre).map_err(|error| error.at(name));
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

/// The canal's centre at the vertebra asked for, or in the middle of all collections.
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
    curve.centre(0.5 * (start + end))
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
