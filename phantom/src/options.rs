//! How a phantom is made: seed, spine, collections, sequences, noise and grids.

use hemastage_image::error::{Detail, ErrorKind, Result};

use super::collection::{Collection, Extent};
use super::further::{Enhancement, PostContrast, T2Star};
use super::grids::GridSpec;
use super::levels::level_name;
use super::range;
use super::signal::{FieldStrength, Sequence};
use super::values::TissueValues;

/// Collections of one phantom.
const MAX_COLLECTIONS: usize = 64;
/// Samples of a voxel along one axis.
const MAX_SUPERSAMPLING: usize = 16;

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
    /// Where relaxation times of blood and cord come from.
    pub values: TissueValues,
    /// The T1-weighted sequence.
    pub t1: Sequence,
    /// The T2-weighted sequence.
    pub t2: Sequence,
    /// Signal-to-noise ratio of the unshaded cord, in both images; `None` for no noise.
    pub snr: Option<f64>,
    /// Ratio of largest to smallest coil sensitivity along the canal in view of the T2 image; 1 for no shading.
    pub shading: f64,
    /// The grid of the T1 image.
    pub t1_grid: GridSpec,
    /// The grid of the T2 image.
    pub t2_grid: GridSpec,
    /// The grid of the masks; `None` for the T2 image's.
    pub mask_grid: Option<GridSpec>,
    /// Where the T1 image shows the anatomy relative to the T2 image and the masks: RAS mm, at most 20 each.
    pub t1_shift_mm: [f64; 3],
    /// Where the T1 image shows fat relative to its other tissues: RAS mm, at most 20 each.
    pub t1_fat_shift_mm: [f64; 3],
    /// The same of the T2 image.
    pub t2_fat_shift_mm: [f64; 3],
    /// Whether a T1 after contrast agent is made, and what it shows.
    pub t1_post: Option<PostContrast>,
    /// Whether a T2*-weighted image is made, and what it shows.
    pub t2star: Option<T2Star>,
    /// Whether a fat-suppressed T1 and the fat and water images of the T1 are made.
    pub fat_images: bool,
    /// Samples per voxel along i, j, k in voxels that are not uniform; `None` for 2, and up to 4 along
    /// an axis with a larger spacing than the smallest.
    pub supersampling: Option<[usize; 3]>,
    /// The vertebra in the middle of the view, as a position in [`LEVELS`](super::LEVELS); `None` for the middle of
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
            values: TissueValues::Published,
            t1: Sequence::T1,
            t2: Sequence::T2,
            snr: Some(25.0),
            shading: 1.0,
            t1_grid: GridSpec::thick_sagittal(),
            t2_grid: GridSpec::thick_sagittal(),
            mask_grid: None,
            t1_shift_mm: [0.0; 3],
            t1_fat_shift_mm: [0.0; 3],
            t2_fat_shift_mm: [0.0; 3],
            t1_post: None,
            t2star: None,
            fat_images: false,
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

    /// Sets where relaxation times of blood and cord come from.
    pub fn with_values(mut self, values: TissueValues) -> Self {
        self.values = values;
        self
    }

    /// Moves what the T1 image shows, as a patient does between two images.
    pub fn with_t1_shift_mm(mut self, shift: [f64; 3]) -> Self {
        self.t1_shift_mm = shift;
        self
    }

    /// Adds a T1 after contrast agent, which shows the anatomy moved by RAS mm relative to the T1 before it.
    pub fn with_t1_post(mut self, enhancement: Enhancement, shift_mm: [f64; 3]) -> Self {
        self.t1_post = Some(PostContrast { enhancement, shift_mm });
        self
    }

    /// Adds a T2*-weighted image, on which collections have a dark rim of hemosiderin or not.
    pub fn with_t2star(mut self, dark_rim: bool) -> Self {
        self.t2star = Some(T2Star { dark_rim });
        self
    }

    /// Adds a fat-suppressed T1, and a fat and a water image, of which the T1 is the sum.
    pub fn with_fat_images(mut self) -> Self {
        self.fat_images = true;
        self
    }

    /// Moves the fat in the T1 and in the T2 image, by its chemical shift.
    pub fn with_fat_shifts_mm(mut self, t1: [f64; 3], t2: [f64; 3]) -> Self {
        (self.t1_fat_shift_mm, self.t2_fat_shift_mm) = (t1, t2);
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

    /// Makes images without noise.
    pub fn without_noise(mut self) -> Self {
        self.snr = None;
        self
    }

    /// Sets the ratio of largest to smallest coil sensitivity, 1 to 20.
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

    /// Sets the vertebra in the middle of the view, a position in [`LEVELS`](super::LEVELS).
    pub fn with_view(mut self, level: usize) -> Self {
        self.view = Some(level);
        self
    }

    /// Refuses options out of range, naming the option. Grids are checked when they are built.
    pub(super) fn check(&self) -> Result<()> {
        let at = |place: &'static str| move |error: hemastage_image::Error| error.at(place);
        let number = |place, what, value, range, unit| {
            range::check(what, value, range, unit).map_err(|error| at(place)(error.into()))
        };
        number("lordosis_mm", "lordosis", self.lordosis_mm, (0.0, 30.0), " mm")?;
        number("scoliosis_mm", "scoliosis", self.scoliosis_mm, (0.0, 30.0), " mm")?;
        self.t1.check().map_err(at("t1"))?;
        self.t2.check().map_err(at("t2"))?;
        if let Some(snr) = self.snr {
            number("snr", "the signal-to-noise ratio", snr, (0.1, 1e6), "")?;
        }
        self.values.check().map_err(at("values"))?;
        for (place, what, shift) in [
            ("t1_shift_mm", "the shift", self.t1_shift_mm),
            ("t1_fat_shift_mm", "the shift of fat", self.t1_fat_shift_mm),
            ("t2_fat_shift_mm", "the shift of fat", self.t2_fat_shift_mm),
            ("t1_post", "the shift", self.t1_post.map_or([0.0; 3], |post| post.shift_mm)),
        ] {
            shift.into_iter().try_for_each(|mm| number(place, what, mm, (-20.0, 20.0), " mm"))?;
        }
        number("shading", "the shading ratio", self.shading, (1.0, 20.0), "")?;
        if let Some(found) = self.supersampling
            && found.iter().any(|n| !(1..=MAX_SUPERSAMPLING).contains(n))
        {
            return Err(at("supersampling")(OptionsError::Supersampling { found }.into()));
        }
        if let Some(view) = self.view {
            level_name(view).map_err(at("view"))?;
        }
        let found = self.collections.len();
        if found > MAX_COLLECTIONS {
            return Err(at("collections")(OptionsError::Collections { found }.into()));
        }
        self.collections.iter().try_for_each(|collection| collection.check().map_err(at("collections")))
    }
}

#[derive(Debug, thiserror::Error)]
enum OptionsError {
    #[error("supersampling is {} x {} x {}: expected 1 to {MAX_SUPERSAMPLING} along each axis", .found[0], .found[1], .found[2])]
    Supersampling { found: [usize; 3] },
    #[error("{found} collections: expected at most {MAX_COLLECTIONS}")]
    Collections { found: usize },
}

impl Detail for OptionsError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}
