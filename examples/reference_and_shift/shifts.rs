//! Phantoms whose T1 is moved.

use std::{error::Error, fmt::Write as _};

use hemastage::{
    Affine, Labels, Roi, StageOptions, Study, Volume, align::AlignOptions, report::Report, stage,
    stage::Stage,
};
use hemastage_phantom::{
    Collection, Extent, FieldStrength, GridSpec, Layout, Phantom, PhantomOptions, Side, phantom,
};
use rayon::prelude::*;

use crate::aim::Aim;

const SEED: u64 = 9200;
/// To the front, in millimeters; every second phantom is moved to the back.
const FRONT_MM: [f64; 5] = [0.0, 1.0, 1.5, 2.0, 3.0];

/// Where fat appears in each image by its chemical shift, to the front.
const T1_FAT_MM: [f64; 4] = [1.2, -0.8, 0.5, -1.4];
const T2_FAT_MM: [f64; 3] = [-0.6, 1.3, -1.0];

/// Phantoms of each stage and field.
const PER_KIND: usize = 4;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Every stage at both fields, on thick sagittal and on thick axial slices and on small voxels, shaded, with noise.
fn phantoms(chemical_shift: bool) -> Result<Vec<(Stage, Phantom)>> {
    let grids = [
        GridSpec::thick_sagittal().with_shape([80, 130, 7]).with_spacing_mm([0.8, 0.8, 4.0]),
        GridSpec::small(),
    ];
    let mut made = Vec::new();
    for (n, of) in (0..).zip(Stage::FIVE) {
        for (m, field) in (0..).zip([FieldStrength::T1_5, FieldStrength::T3]) {
            for (g, grid) in (0..).zip(grids.into_iter().cycle().take(PER_KIND)) {
                let clot = Collection::new(Extent::levels("C5", "C7")?)
                    .with_side([Side::Dorsal, Side::Left, Side::Degrees(150.0)][(n + m + g) % 3])
                    .with_layout(Layout::Single(of));
                let options = PhantomOptions::default()
                    .with_collections([clot])
                    .with_field(field)
                    .with_grids(grid)
                    .with_snr(20.0)
                    .with_shading(1.5 + 0.25 * m as f64)
                    .with_seed(SEED + (100 * n + 10 * m + g) as u64);
                let fat = [T1_FAT_MM[(n + g) % 4], T2_FAT_MM[(m + g) % 3]].map(|mm| [0.0, mm, 0.0]);
                let options =
                    if chemical_shift { options.with_fat_shifts_mm(fat[0], fat[1]) } else { options };
                made.push((of, phantom(&options)?));
            }
        }
    }
    Ok(made)
}

fn staged(scan: &Phantom, [left, front]: [f64; 2], undo: bool) -> Result<Report> {
    let mut t1 = *scan.t1_grid.affine().matrix();
    (t1[0][3], t1[1][3]) = (t1[0][3] - left, t1[1][3] + front);
    let t1 = Volume::from_array(scan.t1.clone(), Affine::new(t1)?)?;
    let t2 = Volume::from_array(scan.t2.clone(), *scan.t2_grid.affine())?;
    let masks = *scan.mask_grid.affine();
    let mask = |array: &ndarray::Array3<u8>| Roi::from_array(array.view(), masks, &Labels::NonZero);
    let study = Study::new(t1, t2, mask(&scan.hematoma)?, mask(&scan.cord)?)?;
    let options = StageOptions::default().with_align(AlignOptions::default().with_undo(undo));
    Ok(stage(&study, &options)?.report)
}

/// The ninth tenth of absolute values.
pub(crate) fn most(mut values: Vec<f64>) -> f64 {
    for value in &mut values {
        *value = value.abs();
    }
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get((0.9 * last as f64).round() as usize).copied().unwrap_or(f64::NAN)
}

pub(crate) fn write(out: &mut String) -> std::result::Result<Vec<Aim>, Box<dyn Error>> {
    writeln!(out, "\n## Shift between T1 and T2\n")?;
    writeln!(
        out,
        "{} phantoms: every stage at 1.5 and 3 T on thick sagittal slices and on small voxels, shaded, with noise, T1 moved to \
         the front or back and up to 1 mm to the side by its header. `images_shifted` is the share with that finding, the errors \
         are those that nine of ten estimates keep to; then the share of right calls, and of hematomas of one stage that are \
         called mixed, without and with `--align`.",
        PER_KIND * 2 * Stage::FIVE.len()
    )?;
    let send = |error: Box<dyn Error + Send + Sync>| -> Box<dyn Error> { error };
    writeln!(out, "\nFat in its place:\n")?;
    let (_, mut aims) = table(out, &phantoms(false).map_err(send)?, "fat in place").map_err(send)?;
    writeln!(out, "\nThe same with fat moved by 0.5 to 1.4 mm in each image by its chemical shift:\n")?;
    let (disagrees, more) = table(out, &phantoms(true).map_err(send)?, "fat moved").map_err(send)?;
    aims.extend(more);
    writeln!(
        out,
        "\n`trend_disagrees` in {disagrees} of the last {} studies, with and without `--align`.",
        4 * PER_KIND * Stage::FIVE.len() * FRONT_MM.len()
    )?;
    Ok(aims)
}

/// How one study came out.
struct Outcome {
    disagrees: usize,
    is_shifted: bool,
    /// Errors to the front and to the left.
    off: Option<[f64; 2]>,
    /// Whether the call is right and whether it is mixed, without and with the shift undone.
    calls: [[bool; 2]; 2],
}

fn outcome(n: usize, of: Stage, scan: &Phantom, front: f64) -> Result<Outcome> {
    let side = [-1.0, 0.0, 0.5, 1.0][n % 4];
    let moved = [side, if n.is_multiple_of(2) { front } else { -front }];
    let (found, undone) = (staged(scan, moved, false)?, staged(scan, moved, true)?);
    let has = |report: &Report, code: &str| report.findings.iter().any(|finding| finding.code == code);
    let alignment = found.alignment.as_ref();
    Ok(Outcome {
        disagrees: [&found, &undone].iter().filter(|report| has(report, "trend_disagrees")).count(),
        is_shifted: has(&found, "images_shifted"),
        off: alignment.map(|shift| [shift.front_mm - moved[1], shift.left_mm - moved[0]]),
        calls: [&found, &undone].map(|report| [report.stage.call == of, report.mixed_phase.flag]),
    })
}

/// The rows of a set of phantoms; how many studies have the finding `trend_disagrees`, and what was aimed at.
fn table(out: &mut String, scans: &[(Stage, Phantom)], name: &str) -> Result<(usize, Vec<Aim>)> {
    writeln!(
        out,
        "| moved | `images_shifted` | error, front | error, left | calls | falsely mixed | calls, `--align` | falsely mixed |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|")?;
    let (mut disagrees, mut undone) = (0, Vec::new());
    for front in FRONT_MM {
        let of = |(n, (of, scan)): (usize, &(Stage, Phantom))| outcome(n, *of, scan, front);
        let all: Vec<Outcome> = scans.par_iter().enumerate().map(of).collect::<Result<_>>()?;
        disagrees += all.iter().map(|study| study.disagrees).sum::<usize>();
        let share = |holds: &dyn Fn(&Outcome) -> bool| {
            all.iter().filter(|study| holds(study)).count() as f64 / scans.len() as f64
        };
        let off = |axis: usize| most(all.iter().filter_map(|study| Some(study.off?[axis])).collect());
        let [right, mixed, right_undone, mixed_undone] =
            [[0, 0], [0, 1], [1, 0], [1, 1]].map(|[with, what]| share(&|study| study.calls[with][what]));
        undone.push(right_undone);
        writeln!(
            out,
            "| {front:.1} mm | {:.2} | {:.2} mm | {:.2} mm | {right:.2} | {mixed:.2} | {right_undone:.2} | {mixed_undone:.2} |",
            share(&|study| study.is_shifted),
            off(0),
            off(1)
        )?;
    }
    let aims = [(1, 1.0), (3, 2.0)].map(|(row, mm)| {
        let what = format!("calls lost with `--align`, T1 moved by {mm:.0} mm, {name}");
        Aim::at_most(what, 0.03, (undone[0] - undone[row]).max(0.0))
    });
    Ok((disagrees, aims.into()))
}
