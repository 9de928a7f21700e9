//! Phantom spines as label maps, for the tests of vertebral levels.

use std::{collections::BTreeMap, sync::Arc};

use hemastage::{
    Affine, Labels, Roi,
    label_map::LabelMap,
    level::{Landmarks, Scheme},
    vertebra::VertebralLevel,
};
use hemastage_phantom::{Collection, Direction, Extent, GridSpec, LEVELS, PhantomOptions, phantom};
use ndarray::{Array3, Axis};

use super::{
    cache::Cache,
    rigid::{Rigid, moved_affine},
};

/// The spine from C1 to S1 with blood at the levels of a span.
pub(crate) struct Spine {
    pub(crate) affine: Affine,
    pub(crate) vertebrae: Array3<u8>,
    pub(crate) discs: Array3<u8>,
    pub(crate) blood: Array3<u8>,
    pub(crate) hematoma: Roi,
    pub(crate) canal: Roi,
    pub(crate) cord: Roi,
    /// Voxels of blood at each level, by the phantom's own anatomy.
    pub(crate) truth: BTreeMap<String, usize>,
    /// The levels that the blood was put at.
    pub(crate) expected: Vec<String>,
}

fn whole(spacing_mm: [f64; 3]) -> GridSpec {
    use Direction::{Inferior, Posterior, Right};
    GridSpec::new([1; 3], spacing_mm, [Posterior, Inferior, Right]).with_fov_mm([160.0, 640.0, 64.0])
}

pub(crate) fn coarse() -> GridSpec {
    whole([3.0, 3.0, 5.0])
}

pub(crate) fn medium() -> GridSpec {
    whole([1.6, 1.6, 3.0])
}

pub(crate) fn fine() -> GridSpec {
    whole([0.9, 0.9, 2.2])
}

/// Thick axial slices, which lie across the spine at an angle where it curves.
pub(crate) fn axial() -> GridSpec {
    use Direction::{Left, Posterior, Superior};
    GridSpec::new([1; 3], [1.6, 1.6, 5.0], [Left, Posterior, Superior]).with_fov_mm([64.0, 160.0, 640.0])
}

/// `C3-T1`, or several with spaces between.
pub(crate) fn collections(span: &str) -> Vec<(&str, &str)> {
    span.split(' ').map(|part| part.split_once('-').unwrap()).collect()
}

/// A sagittal grid without the slices and rows that the canal does not reach.
fn around_the_canal(grid: GridSpec) -> GridSpec {
    let mut shape = grid.shape;
    for (axis, mm) in [(0, 100.0), (2, 40.0)] {
        // as much from either side, so that voxels stay where they are
        let needed = (mm / grid.spacing_mm[axis]).ceil() as usize;
        shape[axis] -= (shape[axis] - needed) / 2 * 2;
    }
    grid.with_shape(shape)
}

impl Spine {
    /// The spine on a grid, made once for all tests.
    pub(crate) fn shared(grid: GridSpec, span: &str) -> Arc<Self> {
        static SPINES: Cache<Spine> = Cache::new();
        SPINES.get((grid, span), || Self::new(grid, span))
    }

    /// A spine whose labels are wanted; its blood does not matter.
    pub(crate) fn without_blood(grid: GridSpec) -> Arc<Self> {
        Self::shared(grid, "C3-C4")
    }

    /// The blood of [`Spine::shared`] on that part of a sagittal grid that holds the canal; vertebrae are cut.
    pub(crate) fn blood_alone(grid: GridSpec, span: &str) -> Arc<Self> {
        let spine = Self::shared(around_the_canal(grid), span);
        let (ni, _, nk) = spine.blood.dim();
        let is_rim = |[i, _, k]: [usize; 3]| i == 0 || k == 0 || i + 1 == ni || k + 1 == nk;
        assert!(!spine.hematoma.voxels().any(is_rim), "{span}: blood reaches the grid's rim");
        spine
    }

    fn new(grid: GridSpec, span: &str) -> Self {
        let clots =
            collections(span).into_iter().map(|(a, b)| Collection::new(Extent::levels(a, b).unwrap()));
        let clots: Vec<Collection> = clots.collect();
        let level = |name: &str| name.parse::<VertebralLevel>().unwrap();
        let expected = collections(span)
            .into_iter()
            .flat_map(|(a, b)| VertebralLevel::range(level(a), level(b)))
            .map(|level| level.to_string())
            .collect();
        let image = GridSpec::small().with_shape([2; 3]);
        let options = PhantomOptions::default()
            .with_grids(image)
            .with_mask_grid(grid)
            .with_view(14)
            .without_noise()
            .with_supersampling([1; 3])
            .with_collections(clots);
        let phantom = phantom(&options).unwrap();
        let affine = *phantom.mask_grid.affine();
        let roi = |mask: &Array3<u8>| Roi::from_array(mask.view(), affine, &Labels::NonZero).unwrap();
        Self {
            affine,
            hematoma: roi(&phantom.hematoma),
            truth: phantom
                .truth
                .levels
                .iter()
                .flat_map(|t| t.touched.iter().map(ToString::to_string).zip(t.voxels.iter().copied()))
                .collect(),
            canal: roi(&phantom.canal),
            cord: roi(&phantom.cord),
            vertebrae: phantom.vertebrae,
            discs: phantom.discs,
            blood: phantom.hematoma,
            expected,
        }
    }
}

/// The number that a scheme has for a phantom's vertebra; 0 where it has none.
pub(crate) fn number(scheme: &Scheme, label: u8) -> i16 {
    let Some(position) = usize::from(label).checked_sub(1) else { return 0 };
    let number = scheme.number(LEVELS[position].parse().unwrap());
    let sacrum = || scheme.sacrum_number().filter(|_| LEVELS[position] == "S1");
    number.or_else(sacrum).unwrap_or(0) as i16
}

/// The phantom's vertebrae numbered in a scheme.
pub(crate) fn relabeled(spine: &Spine, scheme: &Scheme) -> LabelMap {
    let numbers: Vec<i16> = (0..=LEVELS.len() as u8).map(|label| number(scheme, label)).collect();
    let labels = spine.vertebrae.mapv(|label| numbers[usize::from(label)]);
    LabelMap::from_array(labels.view(), spine.affine).unwrap()
}

impl Spine {
    /// The phantom's vertebrae under their own numbers, which are the scheme sct's.
    pub(crate) fn map(&self) -> LabelMap {
        LabelMap::from_array(self.vertebrae.view(), self.affine).unwrap()
    }

    /// The vertebrae with some labels changed; 0 removes one.
    pub(crate) fn changed(&self, change: impl Fn(u8) -> u8) -> LabelMap {
        LabelMap::from_array(self.vertebrae.mapv(change).view(), self.affine).unwrap()
    }

    /// The same study moved in space by a rigid map.
    pub(crate) fn moved(&self, by: &Rigid) -> Self {
        self.on(moved_affine(&self.affine, by), &Array3::clone)
    }

    /// The same study stored with i and j exchanged and k reversed.
    pub(crate) fn stored_otherwise(&self) -> Self {
        let last = self.vertebrae.dim().2 as f64 - 1.0;
        let m = self.affine.matrix();
        let mut turned = *m;
        for r in 0..3 {
            (turned[r][0], turned[r][1], turned[r][2]) = (m[r][1], m[r][0], -m[r][2]);
            turned[r][3] += last * m[r][2];
        }
        self.on(Affine::new(turned).unwrap(), &|array| {
            let mut view = array.view();
            view.swap_axes(0, 1);
            view.invert_axis(Axis(2));
            view.as_standard_layout().into_owned()
        })
    }

    fn on(&self, affine: Affine, change: &dyn Fn(&Array3<u8>) -> Array3<u8>) -> Self {
        let dense = |roi: &Roi| {
            let mut array = Array3::<u8>::zeros(self.vertebrae.dim());
            roi.voxels().for_each(|voxel| array[voxel] = 1);
            change(&array)
        };
        let roi = |of: &Roi| Roi::from_array(dense(of).view(), affine, &Labels::NonZero).unwrap();
        Self {
            affine,
            vertebrae: change(&self.vertebrae),
            discs: change(&self.discs),
            blood: change(&self.blood),
            hematoma: roi(&self.hematoma),
            canal: roi(&self.canal),
            cord: roi(&self.cord),
            truth: self.truth.clone(),
            expected: self.expected.clone(),
        }
    }
}

impl Spine {
    /// The discs as points: the center of each.
    pub(crate) fn disc_points(&self) -> Landmarks {
        let scheme = Scheme::built_in("sct").unwrap();
        let center = |value: u8| {
            let voxels: Vec<_> =
                self.discs.indexed_iter().filter(|(_, v)| **v == value).map(|(at, _)| at).collect();
            let n = voxels.len() as f64;
            let sum = voxels
                .iter()
                .fold([0.0; 3], |s, at| [s[0] + at.0 as f64, s[1] + at.1 as f64, s[2] + at.2 as f64]);
            let point = self.affine.index_to_world(sum.map(|s| s / n));
            scheme.disc_point(value.into()).filter(|_| n > 0.0).map(|disc| (disc, point))
        };
        Landmarks::default().with_discs((1..=25).filter_map(center)).unwrap()
    }

    /// The vertebral bodies alone: in each row, what lies before the canal.
    pub(crate) fn bodies(&self) -> LabelMap {
        let mut bodies = self.vertebrae.clone();
        let (ni, nj, nk) = bodies.dim();
        for j in 0..nj {
            // axis i runs from front to back
            let canal = (0..ni).find(|&i| (0..nk).any(|k| self.canal.position([i, j, k]).is_some()));
            for i in canal.unwrap_or(ni)..ni {
                (0..nk).for_each(|k| bodies[[i, j, k]] = 0);
            }
        }
        LabelMap::from_array(bodies.view(), self.affine).unwrap()
    }

    /// The cord colored by the nearest disc above, as the Spinal Cord Toolbox does.
    pub(crate) fn colored_cord(&self) -> LabelMap {
        let discs = self.disc_points().discs().to_vec();
        let mut labels = Array3::<u8>::zeros(self.vertebrae.dim());
        for voxel in self.cord.voxels() {
            let z = self.cord.grid().center(voxel)[2];
            let above = discs.iter().filter(|&&(_, point)| point[2] >= z).map(|&(disc, _)| disc.below).max();
            labels[voxel] = above.and_then(VertebralLevel::sct_number).unwrap_or(1);
        }
        LabelMap::from_array(labels.view(), self.affine).unwrap()
    }
}
