//! Phantom spines as label maps, for the tests of vertebral levels.

#![allow(dead_code, reason = "each test uses its part")]

use hemastage::{
    Affine, Labels, Roi,
    label_map::LabelMap,
    level::Scheme,
    phantom::{Collection, Direction, Extent, GridSpec, LEVELS, PhantomOptions, phantom},
    vertebra::VertebralLevel,
};
use ndarray::Array3;

/// The whole spine from C1 to S1 with blood at the levels of a span.
pub(crate) struct Spine {
    pub(crate) affine: Affine,
    pub(crate) vertebrae: Array3<u8>,
    pub(crate) discs: Array3<u8>,
    pub(crate) blood: Array3<u8>,
    pub(crate) hematoma: Roi,
    pub(crate) canal: Roi,
    pub(crate) cord: Roi,
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

/// `C3-T1`, or several with spaces between.
pub(crate) fn collections(span: &str) -> Vec<(&str, &str)> {
    span.split(' ').map(|part| part.split_once('-').unwrap()).collect()
}

impl Spine {
    pub(crate) fn new(grid: GridSpec, span: &str) -> Self {
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
            .with_view(12)
            .without_noise()
            .with_supersampling([1; 3])
            .with_collections(clots);
        let made = phantom(&options).unwrap();
        let affine = *made.mask_grid.affine();
        let roi = |mask: &Array3<u8>| Roi::from_array(mask.view(), affine, &Labels::NonZero).unwrap();
        Self {
            affine,
            hematoma: roi(&made.hematoma),
            canal: roi(&made.canal),
            cord: roi(&made.cord),
            vertebrae: made.vertebrae,
            discs: made.discs,
            blood: made.hematoma,
            expected,
        }
    }

    /// A spine whose labels are wanted; its blood does not matter.
    pub(crate) fn without_blood(grid: GridSpec) -> Self {
        Self::new(grid, "C3-C4")
    }
}

/// The number that a scheme has for a phantom's vertebra; 0 for none.
pub(crate) fn number(scheme: &Scheme, label: u8) -> i16 {
    let Some(position) = usize::from(label).checked_sub(1) else { return 0 };
    let number = scheme.number(LEVELS[position].parse().unwrap());
    let sacrum = || scheme.sacrum_number().filter(|_| LEVELS[position] == "S1");
    number.or_else(sacrum).unwrap_or(0) as i16
}

/// The phantom's vertebrae numbered in a scheme.
pub(crate) fn relabelled(spine: &Spine, scheme: &Scheme) -> LabelMap {
    let labels = spine.vertebrae.mapv(|label| number(scheme, label));
    LabelMap::from_array(labels.view(), spine.affine).unwrap()
}
