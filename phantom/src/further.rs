//! The images of further contrasts: T1 after contrast agent, T2*, and T1 without fat. All lie on the grid of the T1.

use hemastage_image::error::Result;
use hemastage_image::grid::Grid;
use ndarray::Array3;
use serde::Serialize;

use super::anatomy::Anatomy;
use super::clot::Part;
use super::options::PhantomOptions;
use super::render::{Outputs, TissueSignals, default_supersampling, render};
use super::signal::{Sequence, Tissue};
use super::values::Body;

/// What contrast agent does to blood that it reaches: a rise of the relaxation rate 1/T1, per second (assumed).
const AGENT_PER_S: f64 = 2.0;
/// What is left of fat where it is suppressed (assumed).
const FAT_LEFT: f64 = 0.05;
/// The T2*-weighted sequence.
const T2_STAR: Sequence = Sequence::spoiled_gradient_echo(600.0, 14.0, 25.0);

/// The part of a collection that contrast agent reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Enhancement {
    /// None.
    #[default]
    None,
    /// A rim of 1 mm.
    Rim,
    /// The inside, in the middle of the length.
    Central,
    /// All of it.
    Whole,
}

impl Enhancement {
    fn part(self) -> Option<Part> {
        match self {
            Self::None => None,
            Self::Rim => Some(Part::Rim),
            Self::Central => Some(Part::Center),
            Self::Whole => Some(Part::Whole),
        }
    }
}

/// The T1 after contrast agent.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct PostContrast {
    /// What the agent reaches of each collection.
    pub enhancement: Enhancement,
    /// Where it shows the anatomy relative to the T1 before it: RAS mm, at most 20 each.
    pub shift_mm: [f64; 3],
}

/// The T2*-weighted image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct T2Star {
    /// Whether collections have a rim of hemosiderin.
    pub dark_rim: bool,
}

/// Images of further contrasts; `None` where not asked for.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct FurtherImages {
    /// T1 after contrast agent.
    pub t1_post: Option<Array3<i16>>,
    /// T2*-weighted.
    pub t2star: Option<Array3<i16>>,
    /// Fat-suppressed T1.
    pub t1_fs: Option<Array3<i16>>,
    /// The fat in the T1.
    pub t1_fat: Option<Array3<i16>>,
    /// The water in the T1.
    pub t1_water: Option<Array3<i16>>,
}

impl FurtherImages {
    /// Each image with the name of its file.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &Array3<i16>)> {
        let images = [
            ("t1_post.nii.gz", &self.t1_post),
            ("t2star.nii.gz", &self.t2star),
            ("t1_fs.nii.gz", &self.t1_fs),
            ("t1_fat.nii.gz", &self.t1_fat),
            ("t1_water.nii.gz", &self.t1_water),
        ];
        images.into_iter().filter_map(|(name, image)| Some((name, image.as_ref()?)))
    }
}

/// The images that are asked for; `acquired` makes a stored image of clean signal, with the noise of its number.
pub(super) fn further(
    options: &PhantomOptions,
    body: &Body,
    anatomy: &mut Anatomy,
    grid: &Grid,
    acquired: impl Fn(&[f32], &Anatomy, u64) -> Result<Array3<i16>>,
) -> Result<FurtherImages> {
    let mut image = |marked: Option<Part>, shift_mm: [f64; 3], number: u64, signals: &TissueSignals| {
        anatomy.marked = marked;
        let shift = std::array::from_fn(|n| options.t1_shift_mm[n] + shift_mm[n]);
        let samples = options.supersampling.unwrap_or_else(|| default_supersampling(grid));
        let outputs = Outputs { t1: true, ..Outputs::default() };
        let clean = render(anatomy, grid, shift, samples, signals, outputs).t1;
        anatomy.marked = None;
        acquired(&clean, anatomy, number).map(Some)
    };
    let mut made = FurtherImages::default();
    if let Some(post) = options.t1_post {
        let of = |agent: f64| {
            move |tissue: Tissue| body.ratio_with_agent(tissue, options.t1, tissue.agent_per_s() + agent)
        };
        let signals = TissueSignals::of(of(0.0), of(AGENT_PER_S));
        made.t1_post = image(post.enhancement.part(), post.shift_mm, 3, &signals)?;
    }
    if let Some(T2Star { dark_rim }) = options.t2star {
        let cord_ms = Tissue::Cord.t2_star_ms(options.field);
        let of = |tissue: Tissue, ms: f64| body.ratio_by_t2_star(tissue, T2_STAR, [ms, cord_ms]);
        let old_ms = Tissue::Chronic.t2_star_ms(options.field);
        let signals = TissueSignals::of(
            |tissue| of(tissue, tissue.t2_star_ms(options.field)),
            |tissue| of(tissue, old_ms),
        );
        made.t2star = image(dark_rim.then_some(Part::Rim), [0.0; 3], 4, &signals)?;
    }
    if options.fat_images {
        let part = |fat: f64, water: f64| {
            let of = move |tissue: Tissue| {
                let share = if tissue == Tissue::Fat { fat } else { water };
                share * body.ratio_to_cord(tissue, options.t1)
            };
            TissueSignals::of(of, of)
        };
        made.t1_fs = image(None, [0.0; 3], 5, &part(FAT_LEFT, 1.0))?;
        made.t1_fat = image(None, [0.0; 3], 6, &part(1.0, 0.0))?;
        made.t1_water = image(None, [0.0; 3], 7, &part(0.0, 1.0))?;
    }
    Ok(made)
}
