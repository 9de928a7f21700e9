//! Seeded phantoms of three sizes, each with a sparse, smooth and a dense, noisy mask.
//!
//! T2 and the masks share a grid; T1 lies on one that is tilted against it, as in scans where the patient moved.

use fastrand::Rng;
use hemastage::{
    Labels, Roi, Study, VertebraeSource, Volume, label_map::LabelMap, level::Scheme, stage::Stage,
};
use hemastage_phantom::{Collection, Direction, Extent, GridSpec, Layout, Phantom, PhantomOptions, phantom};
use ndarray::{Array3, ShapeBuilder as _};

/// A phantom with its size's name.
pub(crate) struct Scan {
    pub(crate) size: &'static str,
    pub(crate) phantom: Phantom,
}

/// The smallest scan, the only one for slow oracles.
pub(crate) const SMALL: &str = "small";

/// The sizes with their grids: 1.7, 3.9 and 11.8 million voxels.
fn sizes() -> [(&'static str, GridSpec); 3] {
    use Direction::{Inferior, Posterior, Right};
    let sagittal = |shape, spacing| GridSpec::new(shape, spacing, [Posterior, Inferior, Right]);
    [
        (SMALL, GridSpec::isotropic()),
        ("clinical", sagittal([512, 512, 15], [0.5, 0.5, 4.0])),
        ("medium", sagittal([256, 256, 180], [1.0; 3])),
    ]
}

/// The scans to time, made one by one: those whose size an argument of the command names, else all; as a test, which
/// criterion runs unless it is told `--bench`, the smallest.
pub(crate) fn scans() -> impl Iterator<Item = Scan> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |option: &str| arguments.iter().any(|argument| argument == option);
    let is_test = has("--test") || !has("--bench");
    let is_named = |size: &str| arguments.iter().any(|argument| argument.contains(size));
    let any_named = sizes().iter().any(|(size, _)| is_named(size));
    let mut wanted = sizes().to_vec();
    wanted.retain(|(size, _)| if any_named { is_named(size) } else { !is_test || *size == SMALL });
    wanted.into_iter().map(|(size, grid)| Scan::new(size, grid))
}

impl Scan {
    pub(crate) fn new(size: &'static str, grid: GridSpec) -> Self {
        let options = mixed().with_grids(grid).with_t1_grid(grid.with_tilt_deg([3.0, -2.0, 4.0]));
        Self { size, phantom: phantom(&options).unwrap() }
    }

    /// The masks to time with, each with the name of its group.
    pub(crate) fn masks(&self) -> [(String, Array3<u8>); 2] {
        let named = |density: &str| format!("{} {density}", self.size);
        [(named("1 %"), blobs(&self.phantom)), (named("20 %"), noise(self.phantom.mask_grid.shape()))]
    }

    pub(crate) fn is_small(&self) -> bool {
        self.size == SMALL
    }

    pub(crate) fn roi(&self, mask: &Array3<u8>) -> Roi {
        Roi::from_array(mask.view(), *self.phantom.mask_grid.affine(), &Labels::NonZero).unwrap()
    }

    pub(crate) fn vertebrae(&self) -> LabelMap {
        LabelMap::from_array(self.phantom.vertebrae.view(), *self.phantom.mask_grid.affine()).unwrap()
    }

    /// The study with another mask of the hematoma.
    pub(crate) fn study(&self, mask: &Array3<u8>) -> Study {
        let vertebrae = VertebraeSource::map(self.vertebrae(), Scheme::built_in("sct").unwrap());
        Study::new(t1(&self.phantom), t2(&self.phantom), self.roi(mask), cord(&self.phantom))
            .unwrap()
            .with_canal(canal(&self.phantom))
            .with_vertebrae(vertebrae)
    }
}

/// A mixed hematoma from C3 to T1.
fn mixed() -> PhantomOptions {
    let layout = Layout::Along(vec![(Stage::EarlySubacute, 0.5), (Stage::LateSubacute, 0.5)]);
    let clot = Collection::new(Extent::levels("C3", "T1").unwrap()).with_layout(layout);
    PhantomOptions::default().with_collections([clot]).with_seed(5)
}

/// A usual study in thick sagittal slices.
pub(crate) fn usual() -> Phantom {
    phantom(&mixed()).unwrap()
}

pub(crate) fn t1(phantom: &Phantom) -> Volume {
    Volume::from_array(phantom.t1.clone(), *phantom.t1_grid.affine()).unwrap()
}

pub(crate) fn t2(phantom: &Phantom) -> Volume {
    Volume::from_array(phantom.t2.clone(), *phantom.t2_grid.affine()).unwrap()
}

pub(crate) fn cord(phantom: &Phantom) -> Roi {
    Roi::from_array(phantom.cord.view(), *phantom.mask_grid.affine(), &Labels::NonZero).unwrap()
}

pub(crate) fn canal(phantom: &Phantom) -> Roi {
    Roi::from_array(phantom.canal.view(), *phantom.mask_grid.affine(), &Labels::NonZero).unwrap()
}

pub(crate) fn hematoma(phantom: &Phantom) -> Roi {
    Roi::from_array(phantom.hematoma.view(), *phantom.mask_grid.affine(), &Labels::NonZero).unwrap()
}

/// Balls of 3 to 8 mm next to the cord, until they hold 1 % of the grid.
fn blobs(phantom: &Phantom) -> Array3<u8> {
    let grid = &phantom.mask_grid;
    let spacing = grid.spacing_mm();
    let cord: Vec<[usize; 3]> = cord(phantom).voxels().collect();
    let mut mask = Array3::zeros(grid.shape().f());
    let (mut random, mut left) = (Rng::with_seed(7), grid.voxels() / 100);
    while left > 0 {
        let near = cord[random.usize(..cord.len())];
        let middle: [f64; 3] =
            std::array::from_fn(|a| near[a] as f64 + 36.0 * (random.f64() - 0.5) / spacing[a]);
        let radius = 3.0 + 5.0 * random.f64();
        let reach: [_; 3] = std::array::from_fn(|a| {
            let (low, high) = (middle[a] - radius / spacing[a], middle[a] + radius / spacing[a]);
            (low.ceil().max(0.0) as usize)..((high.floor() + 1.0).max(0.0) as usize).min(grid.shape()[a])
        });
        let [across, down, along] = reach;
        for (k, j, i) in along
            .flat_map(|k| down.clone().map(move |j| (k, j)))
            .flat_map(|(k, j)| across.clone().map(move |i| (k, j, i)))
        {
            let away = |a: usize, at: usize| ((at as f64 - middle[a]) * spacing[a]).powi(2);
            let voxel = &mut mask[[i, j, k]];
            if left > 0 && *voxel == 0 && away(0, i) + away(1, j) + away(2, k) <= radius * radius {
                *voxel = 1;
                left -= 1;
            }
        }
    }
    mask
}

/// A fifth of all voxels: coarse noise of 4 voxels with fine noise of single ones on it.
fn noise(shape: [usize; 3]) -> Array3<u8> {
    let at = |index: [usize; 3], salt: u64| {
        let place = index[0] + 1000 * (index[1] + 1000 * index[2]);
        // a number that follows from the place alone
        Rng::with_seed((place as u64).wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(salt)).f64()
    };
    let score = |index: [usize; 3]| 0.6 * at(index.map(|i| i / 4), 1) + 0.4 * at(index, 2);
    let mut some: Vec<f64> = (0..10_000).map(|n| score([n * 7 % 499, n * 11 % 467, n * 13 % 479])).collect();
    some.sort_by(f64::total_cmp);
    let border = some[8_000];
    Array3::from_shape_fn(shape.f(), |(i, j, k)| u8::from(score([i, j, k]) > border))
}
