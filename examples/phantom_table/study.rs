//! A phantom as a study, and studies with drawn blood.

use fastrand::Rng;
use hemastage::{
    Labels, Result, Roi, Study, Volume,
    acquisition::{Acquisition, ScanningSequence, SequenceVariant},
    stage::Stage,
};
use hemastage_phantom::{
    Collection, Extent, FieldStrength, GridSpec, Layout, PhantomOptions, Sequence, Side, TissueValues,
    phantom,
};

/// What a header would tell.
pub(crate) fn acquisition(sequence: Sequence, field: FieldStrength) -> Acquisition {
    let mut made = Acquisition::default();
    made.scanning_sequence = vec![match sequence.flip_deg {
        Some(_) => ScanningSequence::GradientRecalled,
        None => ScanningSequence::SpinEcho,
    }];
    if sequence.ti_ms.is_some() {
        made.scanning_sequence.push(ScanningSequence::InversionRecovery);
    }
    if sequence.flip_deg.is_some() {
        made.sequence_variant.push(SequenceVariant::Spoiled);
    }
    (made.repetition_time_ms, made.echo_time_ms) = (Some(sequence.tr_ms), Some(sequence.te_ms));
    (made.inversion_time_ms, made.flip_angle_deg) = (sequence.ti_ms, sequence.flip_deg);
    made.field_strength_tesla = Some(match field {
        FieldStrength::T1_5 => 1.5,
        FieldStrength::T3 => 3.0,
    });
    made
}

/// Thick sagittal slices of 0.8 x 0.8 x 4 mm.
pub(crate) fn grid() -> GridSpec {
    GridSpec::thick_sagittal().with_shape([96, 200, 9]).with_spacing_mm([0.8, 0.8, 4.0])
}

/// The phantom of these options with headers, and the name of the chronic state that was drawn.
pub(crate) fn study(options: &PhantomOptions) -> Result<(Study, Option<&'static str>)> {
    let made = phantom(options)?;
    let mask = |array: &ndarray::Array3<u8>| {
        Roi::from_array(array.view(), *made.mask_grid.affine(), &Labels::NonZero)
    };
    let study = Study::new(
        Volume::from_array(made.t1.clone(), *made.t1_grid.affine())?,
        Volume::from_array(made.t2.clone(), *made.t2_grid.affine())?,
        mask(&made.hematoma)?,
        mask(&made.cord)?,
    )?;
    let [t1, t2] = [options.t1, options.t2].map(|sequence| Some(acquisition(sequence, options.field)));
    let chronic = made.truth.drawn.and_then(|drawn| drawn.get("chronic").map(|blood| blood.state));
    Ok((study.with_acquisitions(t1, t2), chronic))
}

/// The T1-weighted sequence of a set of studies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum T1 {
    SpinEcho,
    Flair,
    GradientEcho,
}

/// A set of studies.
#[derive(Clone, Copy)]
pub(crate) struct World {
    pub(crate) name: &'static str,
    pub(crate) studies: u64,
    pub(crate) seed: u64,
    pub(crate) values: TissueValues,
    pub(crate) t1: T1,
    /// Thickness in mm, from and to.
    pub(crate) thickness_mm: (f64, f64),
    /// Acute or chronic blood at 3 T, of one stage.
    pub(crate) only_dark: bool,
    /// Whether fat is shifted in each image.
    pub(crate) chemical_shift: bool,
    /// How far the T1 image is moved to the front.
    pub(crate) moved_mm: f64,
}

/// The options of one study, and the stages in it.
pub(crate) struct Drawn {
    pub(crate) options: PhantomOptions,
    pub(crate) stages: Vec<Stage>,
    pub(crate) field: FieldStrength,
}

fn between(random: &mut Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * random.f64()
}

impl World {
    /// Study `n` of the set.
    pub(crate) fn draw(&self, n: u64) -> Drawn {
        let random = &mut Rng::with_seed(self.seed.wrapping_mul(1_000_003).wrapping_add(n));
        let field = if self.only_dark || random.bool() { FieldStrength::T3 } else { FieldStrength::T1_5 };
        let (stages, layout) = self.layout(random);
        let first = random.usize(2..=12);
        let side = match random.u8(..10) {
            0..6 => Side::Dorsal,
            6..8 => Side::Ventral,
            8 => Side::Left,
            _ => Side::Right,
        };
        let clot = Collection::new(Extent::Levels { first, last: first + random.usize(2..=4) })
            .with_layout(layout)
            .with_side(side)
            .with_thickness_mm(between(random, self.thickness_mm.0, self.thickness_mm.1))
            .with_half_width_deg(between(random, 50.0, 90.0));
        // chemical shift along the spine's front-back axis, either way
        let mut fat = || [0.0, between(random, 0.3, 1.5) * if random.bool() { 1.0 } else { -1.0 }, 0.0];
        let (t1_fat, t2_fat) = (fat(), fat());
        let t2 = Sequence::new(between(random, 2800.0, 5000.0), between(random, 85.0, 115.0));
        let options = PhantomOptions::default()
            .with_seed(random.u64(..))
            .with_collections([clot])
            .with_field(field)
            .with_values(self.values)
            .with_sequences(self.t1_sequence(random), t2)
            .with_snr(between(random, 15.0, 40.0))
            .with_shading(between(random, 1.0, 2.5))
            .with_t1_shift_mm([0.0, self.moved_mm, 0.0])
            .with_grids(grid());
        let options = if self.chemical_shift { options.with_fat_shifts_mm(t1_fat, t2_fat) } else { options };
        Drawn { options, stages, field }
    }

    /// One stage in two of three studies, else two.
    fn layout(&self, random: &mut Rng) -> (Vec<Stage>, Layout) {
        if self.only_dark {
            let stage = if random.bool() { Stage::Acute } else { Stage::Chronic };
            return (vec![stage], Layout::Single(stage));
        }
        let (first, pure) = (random.usize(..5), random.u8(..3) < 2);
        if pure {
            return (vec![Stage::FIVE[first]], Layout::Single(Stage::FIVE[first]));
        }
        let second = (first + random.usize(1..5)) % 5;
        let share = between(random, 0.35, 0.65);
        let [a, b] = [first, second].map(|n| Stage::FIVE[n]);
        let parts = vec![(a, share), (b, 1.0 - share)];
        let layout = if random.bool() { Layout::Along(parts) } else { Layout::Layered(parts) };
        (vec![a.min(b), a.max(b)], layout)
    }

    fn t1_sequence(&self, random: &mut Rng) -> Sequence {
        let tr = between(random, 450.0, 750.0);
        match self.t1 {
            T1::SpinEcho => Sequence::new(tr, between(random, 8.0, 14.0)),
            T1::Flair => {
                let tr = 3.5 * tr;
                // at the null of fluid with T1 4300 ms
                let ti = 4300.0 * (std::f64::consts::LN_2 - (-tr / 4300.0_f64).exp().ln_1p());
                Sequence::inversion_recovery(tr, between(random, 8.0, 25.0), ti)
            }
            T1::GradientEcho => Sequence::spoiled_gradient_echo(
                tr / 80.0,
                between(random, 2.0, 5.0),
                between(random, 12.0, 25.0),
            ),
        }
    }
}
