//! The study as a whole: anatomy, rendering, acquisition and truth in order.

use hemastage_image::error::{Detail, ErrorKind, Result};
use hemastage_image::grid::Grid;
use ndarray::{Array3, ShapeBuilder};

use super::acquire::{Noise, Shading, acquire};
use super::anatomy::Anatomy;
use super::clot::Clot;
use super::curve::Curve;
use super::further::{FurtherImages, further};
use super::grids::GridSpec;
use super::levels::upper_border_mm;
use super::options::PhantomOptions;
use super::random::Random;
use super::render::{Outputs, Rendered, TissueSignals, default_supersampling, render};
use super::sections::Sections;
use super::signal::Tissue;
use super::truth::Truth;
use super::values::Body;

const UNMOVED: [f64; 3] = [0.0; 3];

/// The vertebra in the middle of a view without blood: C5.
const DEFAULT_VIEW: usize = 4;

/// A synthetic study: images, masks and truth.
///
/// # Shape and units
/// Arrays are indexed `[i, j, k]` and lie in memory with i fastest. Images hold about 400 in the cord.
/// A voxel is in a mask where at least half of its samples are; of two halves, cord goes before blood
/// and blood before fluid, so these three masks never overlap.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Phantom {
    /// The T1-weighted image.
    pub t1: Array3<i16>,
    /// The grid of the T1 image.
    pub t1_grid: Grid,
    /// The T2-weighted image.
    pub t2: Array3<i16>,
    /// The grid of the T2 image.
    pub t2_grid: Grid,
    /// The grid of the masks.
    pub mask_grid: Grid,
    /// 1 in every collection of blood.
    pub hematoma: Array3<u8>,
    /// 1 in the spinal cord, from C1 to the conus.
    pub cord: Array3<u8>,
    /// 1 inside the bony canal from C1 to S1, contents included.
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
    /// The further contrasts that were asked for, on the grid of the T1 image.
    pub further: FurtherImages,
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
/// a grid is larger than 67 million voxels, or a collection has no room next to the cord.
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
    options.check()?;
    let mut anatomy = anatomy(options)?;
    let body = Body::new(options.values, options.field, options.seed);
    let center = middle_of_view(options, &anatomy.curve);
    let grid = |spec: &GridSpec, name| spec.grid(center).map_err(|error| error.at(name));
    let t1_grid = grid(&options.t1_grid, "t1_grid")?;
    let t2_grid = grid(&options.t2_grid, "t2_grid")?;
    let mask_grid = options.mask_grid.as_ref().map_or(Ok(t2_grid), |spec| grid(spec, "mask_grid"))?;

    let Rendered { t1, t2, masks } = sample(options, &body, &anatomy, [&t1_grid, &t2_grid, &mask_grid]);
    let shading = Shading::new(options.shading, &anatomy.curve, &t2_grid);
    let image = |clean: &[f32], grid: &Grid, number| {
        let noise = Noise::new(options.seed, number, options.snr);
        array(grid, acquire(clean, grid, &anatomy.curve, shading, noise))
    };
    let (t1, t2) = (image(&t1, &t1_grid, 1)?, image(&t2, &t2_grid, 2)?);
    let mask = |voxels: Vec<u8>| array(&mask_grid, voxels);
    let (stages, cord) = (mask(masks.stages)?, mask(masks.cord)?);
    let truth = Truth::new(options, &body, &anatomy, &mask_grid, &stages, &cord);
    let further = further(options, &body, &mut anatomy, &t1_grid, |clean, anatomy, number| {
        let noise = Noise::new(options.seed, number, options.snr);
        array(&t1_grid, acquire(clean, &t1_grid, &anatomy.curve, shading, noise))
    })?;
    Ok(Phantom {
        truth,
        further,
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
    Ok(Anatomy { curve, sections, clots, marked: None })
}

/// The canal's center at the vertebra of the view, or in the middle of all collections.
fn middle_of_view(options: &PhantomOptions, curve: &Curve) -> [f64; 3] {
    let (mut start, mut end) = (f64::INFINITY, f64::NEG_INFINITY);
    for collection in &options.collections {
        let (from, to) = collection.range_mm(curve);
        start = start.min(from);
        end = end.max(to);
    }
    let level = options.view.or(if start < end { None } else { Some(DEFAULT_VIEW) });
    if let Some(level) = level {
        (start, end) = (upper_border_mm(level), upper_border_mm(level + 1));
    }
    curve.center(0.5 * (start + end))
}

/// Clean T1 and T2 signal and masks, each on its grid; equal grids are sampled once unless something has moved.
fn sample(options: &PhantomOptions, body: &Body, anatomy: &Anatomy, [t1, t2, masks]: [&Grid; 3]) -> Rendered {
    let all = TissueSignals::new(body, options.t1, options.t2);
    let [fat, others] = [true, false].map(|is_fat| all.only(|tissue| (tissue == Tissue::Fat) == is_fat));
    // where fat has moved, it is added afterwards
    let first = TissueSignals {
        t1: if options.t1_fat_shift_mm == UNMOVED { all.t1 } else { others.t1 },
        t2: if options.t2_fat_shift_mm == UNMOVED { all.t2 } else { others.t2 },
        marked: all.marked,
    };
    let pass = |grid: &Grid, shift, signals: &TissueSignals, outputs| {
        let samples = options.supersampling.unwrap_or_else(|| default_supersampling(grid));
        render(anatomy, grid, shift, samples, signals, outputs)
    };

    let mut missing = Outputs { t1: true, t2: true, masks: true };
    let mut made = Rendered::default();
    for (grid, shift) in [(t1, options.t1_shift_mm), (t2, UNMOVED), (masks, UNMOVED)] {
        let outputs = Outputs {
            t1: missing.t1 && t1 == grid && options.t1_shift_mm == shift,
            t2: missing.t2 && t2 == grid && shift == UNMOVED,
            masks: missing.masks && masks == grid && shift == UNMOVED,
        };
        if !(outputs.t1 || outputs.t2 || outputs.masks) {
            continue;
        }
        let rendered = pass(grid, shift, &first, outputs);
        if outputs.t1 {
            (made.t1, missing.t1) = (rendered.t1, false);
        }
        if outputs.t2 {
            (made.t2, missing.t2) = (rendered.t2, false);
        }
        if outputs.masks {
            (made.masks, missing.masks) = (rendered.masks, false);
        }
    }
    if options.t1_fat_shift_mm != UNMOVED {
        let shift = std::array::from_fn(|n| options.t1_shift_mm[n] + options.t1_fat_shift_mm[n]);
        let only = Outputs { t1: true, ..Outputs::default() };
        add(&mut made.t1, &pass(t1, shift, &fat, only).t1);
    }
    if options.t2_fat_shift_mm != UNMOVED {
        let only = Outputs { t2: true, ..Outputs::default() };
        add(&mut made.t2, &pass(t2, options.t2_fat_shift_mm, &fat, only).t2);
    }
    made
}

fn add(signal: &mut [f32], more: &[f32]) {
    signal.iter_mut().zip(more).for_each(|(signal, more)| *signal += more);
}

fn array<T>(grid: &Grid, voxels: Vec<T>) -> Result<Array3<T>> {
    let [ni, nj, nk] = grid.shape();
    let found = voxels.len();
    Array3::from_shape_vec((ni, nj, nk).f(), voxels)
        .map_err(|_| Incomplete { found, expected: grid.voxels() }.into())
}

#[derive(Debug, thiserror::Error)]
#[error("{found} of {expected} voxels were sampled")]
struct Incomplete {
    found: usize,
    expected: usize,
}

impl Detail for Incomplete {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}
