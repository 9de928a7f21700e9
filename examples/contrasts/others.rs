//! How far the fat in a mask and the darkness on T2* are those of the phantom.

use std::fmt::Write as _;

use hemastage::{Result, Roi, StageOptions, Study, stage, stage::Stage};
use hemastage_phantom::{Collection, Extent, FieldStrength, Layout, Phantom, PhantomOptions, Side, phantom};
use ndarray::Array3;
use rayon::prelude::*;

use crate::study::{grids, mask, study, study_of};

fn options(of: Stage, field: FieldStrength, seed: u64) -> Result<PhantomOptions> {
    let clot =
        Collection::new(Extent::levels("C5", "C6")?).with_thickness_mm(6.0).with_layout(Layout::Single(of));
    Ok(PhantomOptions::default()
        .with_seed(seed)
        .with_collections([clot])
        .with_field(field)
        .with_snr(30.0)
        .with_shading(1.8)
        .with_grids(grids()[1].1))
}

const FIELDS: [(FieldStrength, &str); 2] = [(FieldStrength::T1_5, "1.5 T"), (FieldStrength::T3, "3 T")];

/// How far the share of fat is off, in points.
pub(crate) struct FatOff {
    pub(crate) studies: usize,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

/// Studies of each stage and field in the table of fat, and in the range of its errors.
const FAT_SEEDS: u64 = 6;

/// The share of fat that was found, less that of the truth, in points.
fn fat_off(options: PhantomOptions) -> Result<f64> {
    let made = phantom(&options.with_fat_images())?;
    let (wide, share) = sloppy(&made);
    let found = stage(&study_of(&made, mask(&made, &wide)?)?, &StageOptions::default())?.report;
    Ok(100.0 * (found.fat.map_or(f64::INFINITY, |fat| fat.share) - share))
}

pub(crate) fn fat() -> Result<(String, FatOff)> {
    let mut all = Vec::new();
    for (field, _) in FIELDS {
        for (n, of) in Stage::FIVE.into_iter().enumerate() {
            for round in 0..FAT_SEEDS {
                all.push(options(of, field, 40 + n as u64 + 100 * round)?);
            }
        }
    }
    let off: Vec<f64> = all.into_par_iter().map(fat_off).collect::<Result<_>>()?;
    let (least, most) =
        off.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &v| (a.min(v), b.max(v)));
    Ok((fat_table()?, FatOff { studies: off.len(), least, most }))
}

fn fat_table() -> Result<String> {
    let mut text = FAT.to_owned();
    for (field, name) in FIELDS {
        for (n, of) in Stage::FIVE.into_iter().enumerate() {
            let made = phantom(&options(of, field, 40 + n as u64)?.with_fat_images())?;
            let (wide, share) = sloppy(&made);
            let with = study_of(&made, mask(&made, &wide)?)?;
            let found = stage(&with, &StageOptions::default())?.report;
            let tight =
                stage(&study_of(&made, mask(&made, &made.hematoma)?)?, &StageOptions::default())?.report;
            let plain =
                stage(&without_fat_image(&made, mask(&made, &wide)?)?, &StageOptions::default())?.report;
            let fat = found.fat.map_or_else(|| "none".into(), |fat| format!("{:.1} %", 100.0 * fat.share));
            let of_call = |report: &hemastage::Report| {
                format!("{}, {:.2}", report.stage.call, report.stage.fractions[report.stage.call])
            };
            let _ = writeln!(
                text,
                "| {of} | {name} | {:.1} % | {fat} | {} | {} | {} |",
                100.0 * share,
                of_call(&tight),
                of_call(&plain),
                of_call(&hemastage::stage(&with, &StageOptions::default())?.report),
            );
        }
    }
    Ok(text)
}

fn without_fat_image(made: &Phantom, hematoma: Roi) -> Result<Study> {
    let mut plain = made.clone();
    plain.further.t1_fs = None;
    study_of(&plain, hematoma)
}

/// The hematoma with the epidural fat within two voxels, and the share of its voxels more than half of whose signal is
/// fat's.
fn sloppy(made: &Phantom) -> (Array3<u8>, f64) {
    let mut wide = made.hematoma.clone();
    let Some(fat) = &made.further.t1_fat else { return (wide, 0.0) };
    let (ni, nj, nk) = wide.dim();
    for (at, value) in wide.indexed_iter_mut() {
        let near = |n: usize, end: usize| n.saturating_sub(2)..(n + 3).min(end);
        let mut around = near(at.0, ni)
            .flat_map(|i| near(at.1, nj).flat_map(move |j| near(at.2, nk).map(move |k| [i, j, k])));
        let is_fat = made.canal[at] == 1 && 2 * fat[at] > made.t1[at];
        if *value == 0 && is_fat && around.any(|near| made.hematoma[near] == 1) {
            *value = 1;
        }
    }
    let all = wide.indexed_iter().filter(|(_, value)| **value == 1);
    let is_fat: Vec<bool> = all.map(|(at, _)| 2 * fat[at] > made.t1[at]).collect();
    let share = is_fat.iter().filter(|&&is_fat| is_fat).count() as f64 / is_fat.len() as f64;
    (wide, share)
}

pub(crate) fn susceptibility() -> Result<String> {
    let mut text = T2_STAR.to_owned();
    for (field, name) in FIELDS {
        for (n, of) in Stage::FIVE.into_iter().enumerate() {
            for dark_rim in [false, true] {
                let options = options(of, field, 60 + n as u64)?.with_t2star(dark_rim);
                let report = stage(&study(&options)?, &StageOptions::default())?.report;
                let Some(found) = report.susceptibility else { continue };
                let _ = writeln!(
                    text,
                    "| {of} | {name} | {} | {:.0} % | {:.2} | {} |",
                    if dark_rim { "yes" } else { "no" },
                    100.0 * found.blooming,
                    found.rim_ratio.unwrap_or(f64::NAN),
                    if found.dark_rim == Some(true) { "yes" } else { "no" }
                );
            }
        }
    }
    Ok(text)
}

/// What blooming was found of blood that is not dark on T2*.
#[derive(Default, Clone, Copy)]
pub(crate) struct Blooming {
    pub(crate) studies: usize,
    pub(crate) found: usize,
    /// The largest share of the core that is dark.
    pub(crate) most: f64,
}

/// Shaded studies of each side.
const SHADED: u64 = 25;
const SHADINGS: [f64; 4] = [1.0, 1.8, 2.5, 3.5];

/// Blood that is bright on T2* along a cord that coils shade: what looks dark is the trend's fault.
pub(crate) fn shaded() -> Result<(String, Blooming)> {
    let mut text = SHADED_HEAD.to_owned();
    let mut total = Blooming::default();
    for shading in SHADINGS {
        let of = |n: u64| -> Result<f64> {
            let blood = [Stage::Hyperacute, Stage::EarlySubacute, Stage::LateSubacute][(n % 3) as usize];
            let side = [Side::Dorsal, Side::Ventral][(n % 2) as usize];
            let (first, last) = [("C4", "C6"), ("T3", "T6"), ("T9", "T11")][(n / 3 % 3) as usize];
            let clot = Collection::new(Extent::levels(first, last)?)
                .with_side(side)
                .with_thickness_mm(5.0)
                .with_layout(Layout::Single(blood));
            let options = options(blood, FIELDS[(n / 2 % 2) as usize].0, 500 + n)?
                .with_collections([clot])
                .with_shading(shading)
                .with_grids(grids()[(n % 2) as usize].1)
                .with_t2star(false);
            let found = stage(&study(&options)?, &StageOptions::default())?.report.susceptibility;
            Ok(found.map_or(f64::NAN, |found| found.blooming))
        };
        let found: Vec<f64> = (0..SHADED).into_par_iter().map(of).collect::<Result<_>>()?;
        let one = Blooming {
            studies: found.iter().filter(|share| !share.is_nan()).count(),
            found: found.iter().filter(|&&share| share >= 0.2).count(),
            most: found.iter().copied().fold(0.0, f64::max),
        };
        let _ = writeln!(
            text,
            "| {shading} | {}/{SHADED} | {} | {:.0} % |",
            one.studies,
            one.found,
            100.0 * one.most
        );
        total.studies += one.studies;
        total.found += one.found;
        total.most = total.most.max(one.most);
    }
    Ok((text, total))
}

const SHADED_HEAD: &str = "
Coils that shade the cord do not make bright blood dark: hyperacute, early and late subacute blood on grids of both kinds, at
1.5 and 3 T. A study is found to bloom from 20 % of the core on. Early subacute blood at 3 T comes near to it: it has about 0.57 of
the cord's signal, dark is below 0.5, and where a coil is 2.5 times less sensitive noise is 2.5 times as much.

| coil shading | measured | found to bloom | dark share of the core, at most |
|---|---|---|---|
";

const FAT: &str = "
### Fat

Masks of 1 mm voxels that hold the epidural fat within two voxels of the hematoma. The truth is the share of voxels more
than half of whose T1 signal is fat's, by the fat image. Call, and its share of the core: of the tight mask, of the wide one
without `--t1-fs`, and with it.

| blood | field | fat, truth | fat, found | tight mask | wide mask | wide mask with `--t1-fs` |
|---|---|---|---|---|---|---|
";

const T2_STAR: &str = "
### T2*

A gradient echo of TE 14 ms, with a rim of 1 mm as dark as late chronic blood or without. A dark rim is found where the
inside is T2-hyper.

| blood | field | rim is dark | blooming | rim / inside | dark rim found |
|---|---|---|---|---|---|
";
