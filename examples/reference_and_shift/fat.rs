//! Many phantoms whose fat lies in its place, or is moved by its chemical shift.

use std::{error::Error, fmt::Write as _};

use fastrand::Rng;
use hemastage::{
    Affine, Labels, Roi, Volume,
    align::{AlignOptions, Alignment, align},
    contrast::PerContrast,
    reference::{ReferenceOptions, ReferenceRegion, references},
    sample::sample,
    stage::Stage,
};
use hemastage_phantom::{
    Collection, Extent, FieldStrength, GridSpec, Layout, PhantomOptions, Sequence, Side, TissueValues,
    phantom,
};
use rayon::prelude::*;

use crate::{aim::Aim, shifts::most};

const SEED: u64 = 9300;
const STUDIES: u64 = 400;
/// How far T1 is moved, to the left and to the front; every second phantom to the other side.
const MOVED: [[f64; 2]; 8] =
    [[0.0, 0.0], [0.0, 0.5], [0.0, 1.0], [0.0, 1.5], [0.0, 2.0], [0.5, 0.0], [1.0, 0.0], [2.0, 0.0]];

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A study in thick sagittal slices, all of it drawn: blood, sequences, noise, shading, and how far fat is moved.
fn drawn(n: u64, chemical_shift: bool) -> PhantomOptions {
    let random = &mut Rng::with_seed(SEED.wrapping_mul(1_000_003).wrapping_add(n));
    let mut between = |low: f64, high: f64| low + (high - low) * random.f64();
    let thickness = between(3.5, 6.0);
    let half_width = between(50.0, 90.0);
    let t1 = Sequence::new(between(450.0, 750.0), between(8.0, 14.0));
    let t2 = Sequence::new(between(2800.0, 5000.0), between(85.0, 115.0));
    let (snr, shading) = (between(15.0, 40.0), between(1.0, 2.5));
    let fat = [between(0.3, 1.5), between(0.3, 1.5)].map(|mm| if random.bool() { mm } else { -mm });
    let first = random.usize(2..=12);
    let side = [Side::Dorsal, Side::Dorsal, Side::Ventral, Side::Left, Side::Right][random.usize(..5)];
    let clot = Collection::new(Extent::Levels { first, last: first + random.usize(2..=4) })
        .with_layout(Layout::Single(Stage::FIVE[random.usize(..5)]))
        .with_side(side)
        .with_thickness_mm(thickness)
        .with_half_width_deg(half_width);
    let options = PhantomOptions::default()
        .with_seed(random.u64(..))
        .with_collections([clot])
        .with_field(if random.bool() { FieldStrength::T3 } else { FieldStrength::T1_5 })
        .with_values(TissueValues::Drawn { off: 0.0 })
        .with_sequences(t1, t2)
        .with_snr(snr)
        .with_shading(shading)
        .with_grids(GridSpec::thick_sagittal().with_shape([64, 160, 9]).with_spacing_mm([0.8, 0.8, 4.0]));
    let [t1, t2] = fat.map(|mm| [0.0, mm, 0.0]);
    if chemical_shift { options.with_fat_shifts_mm(t1, t2) } else { options }
}

/// A phantom's shifts, with T1 moved by each.
fn found(n: u64, chemical_shift: bool) -> Result<Vec<Alignment>> {
    let scan = phantom(&drawn(n, chemical_shift))?;
    let mask = |array: &ndarray::Array3<u8>| {
        Roi::from_array(array.view(), *scan.mask_grid.affine(), &Labels::NonZero)
    };
    let (cord, hematoma) = (mask(&scan.cord)?, mask(&scan.hematoma)?);
    let region = ReferenceRegion::new(cord, &hematoma)?;
    let t2 = Volume::from_array(scan.t2.clone(), *scan.t2_grid.affine())?;
    let mut all = Vec::new();
    for by in MOVED {
        let [left, front] = signed(by, n);
        let mut t1 = *scan.t1_grid.affine().matrix();
        (t1[0][3], t1[1][3]) = (t1[0][3] - left, t1[1][3] + front);
        let t1 = Volume::from_array(scan.t1.clone(), Affine::new(t1)?)?;
        let signals = PerContrast { t1: sample(&t1, region.roi()), t2: sample(&t2, region.roi()) };
        let references = references(&region, &signals, &ReferenceOptions::default())?;
        let images = PerContrast { t1: &t1, t2: &t2 };
        let outcome = align(images, region.roi(), &hematoma, &references, AlignOptions::default())?;
        all.push(outcome.found.map_err(|reason| format!("phantom {n}: {reason}"))?);
    }
    Ok(all)
}

fn signed([left, front]: [f64; 2], n: u64) -> [f64; 2] {
    let sign = if n.is_multiple_of(2) { 1.0 } else { -1.0 };
    [sign * left, sign * front]
}

/// How one shift came out: the share with the finding, and the errors to the front and to the left.
type Row = [f64; 3];

fn rows(chemical_shift: bool) -> Result<Vec<Row>> {
    let all: Vec<Vec<Alignment>> =
        (0..STUDIES).into_par_iter().map(|n| found(n, chemical_shift)).collect::<Result<_>>()?;
    let row = |(m, by): (usize, [f64; 2])| {
        let of = |off: &dyn Fn(&Alignment, [f64; 2]) -> f64| {
            most((0..).zip(&all).map(|(n, study)| off(&study[m], signed(by, n))).collect())
        };
        let shifted = all.iter().filter(|study| study[m].is_shifted()).count();
        [
            shifted as f64 / STUDIES as f64,
            of(&|found, [_, front]| found.front_mm - front),
            of(&|found, [left, _]| found.left_mm - left),
        ]
    };
    Ok(MOVED.into_iter().enumerate().map(row).collect())
}

pub(crate) fn write(out: &mut String) -> std::result::Result<Vec<Aim>, Box<dyn Error>> {
    writeln!(
        out,
        "\n### Chemical shift of fat\n\n{STUDIES} other phantoms in sagittal slices of 0.8 x 0.8 x 4 mm, drawn as the set `wide` of \
         `phantoms.md`, each twice: with its fat in place, and with it moved by 0.3 to 1.5 mm to the front or back in each image. \
         Across slices of 4 mm `images_shifted` needs 2 mm to the left or right.\n"
    )?;
    writeln!(
        out,
        "| T1 moved | fat in place: `images_shifted` | error, front | error, left | fat moved: `images_shifted` | error, front | error, left |\n\
         |---|---|---|---|---|---|---|"
    )?;
    let send = |error: Box<dyn Error + Send + Sync>| -> Box<dyn Error> { error };
    let (still, moved) = (rows(false).map_err(send)?, rows(true).map_err(send)?);
    for (by, (still, moved)) in MOVED.iter().zip(still.iter().zip(&moved)) {
        let name = match by {
            [0.0, 0.0] => "not".to_owned(),
            [0.0, front] => format!("{front:.1} mm front or back"),
            [left, _] => format!("{left:.1} mm left or right"),
        };
        let cells = |[shifted, front, left]: &Row| format!("{shifted:.3} | {front:.2} mm | {left:.2} mm");
        writeln!(out, "| {name} | {} | {} |", cells(still), cells(moved))?;
    }
    let largest = |axis: usize| moved.iter().map(|row| row[axis]).fold(0.0, f64::max);
    Ok(vec![
        Aim::at_most("`images_shifted` without a shift, fat in place", 0.02, still[0][0]),
        Aim::at_most("`images_shifted` without a shift, fat moved", 0.02, moved[0][0]),
        Aim::at_least("1 mm found, fat moved", 0.80, moved[2][0]),
        Aim::at_least("1.5 mm found, fat moved", 0.95, moved[3][0]),
        Aim::at_least("2 mm found, fat moved", 0.95, moved[4][0]),
        Aim::within_mm("error of nine in ten to the front, fat moved", 0.5, largest(1)),
        Aim::within_mm("error of nine in ten to the left, fat moved", 0.5, largest(2)),
    ])
}
