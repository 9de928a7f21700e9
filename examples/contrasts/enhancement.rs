//! How often the class of enhancement is right, by shift, noise and field.

use std::fmt::Write as _;

use fastrand::Rng;
use hemastage::{Result, StageOptions, enhancement::EnhancementClass, stage, stage::Stage};
use hemastage_phantom::{Collection, Enhancement, Extent, FieldStrength, Layout, PhantomOptions, Side};
use rayon::prelude::*;

use crate::study::{grids, study};

const CLASSES: [(Enhancement, EnhancementClass); 4] = [
    (Enhancement::None, EnhancementClass::None),
    (Enhancement::Rim, EnhancementClass::Rim),
    (Enhancement::Central, EnhancementClass::Central),
    (Enhancement::Whole, EnhancementClass::Diffuse),
];
const FIELDS: [(FieldStrength, &str); 2] = [(FieldStrength::T1_5, "1.5 T"), (FieldStrength::T3, "3 T")];
const SHIFTS_MM: [f64; 4] = [0.0, 0.5, 1.0, 2.0];
const SNRS: [f64; 2] = [20.0, 40.0];
/// Thickness of the hematoma where there is room for it. In front of the cord there are about 2.5 mm.
const SIZES: [(Side, [f64; 2]); 3] =
    [(Side::Ventral, [3.0, 4.0]), (Side::Dorsal, [4.0, 5.5]), (Side::Dorsal, [5.5, 7.0])];

/// Studies of each size and grid in a cell, with seeds of their own.
const SEEDS: u64 = 2;

/// What came of studies of one class.
#[derive(Default, Clone, Copy)]
pub(crate) struct Score {
    pub(crate) studies: usize,
    pub(crate) right: usize,
    /// The shift was not found.
    pub(crate) unknown: usize,
    /// Rim and center are not separable.
    pub(crate) thin: usize,
    /// Called central, which it is not.
    pub(crate) alarms: usize,
    /// Has a class that means enhancement, or a class without a shift.
    pub(crate) enhancing: usize,
    pub(crate) unfounded: usize,
    off_mm: f64,
}

/// The table, and the scores of all studies of each class.
pub(crate) fn text() -> Result<(String, [Score; 4])> {
    let mut text = HEAD.to_owned();
    let mut total = [Score::default(); 4];
    let mut seed = 0;
    for (field, name) in FIELDS {
        for snr in SNRS {
            for shift_mm in SHIFTS_MM {
                let mut scores = [Score::default(); 4];
                for (score, (part, class)) in scores.iter_mut().zip(CLASSES) {
                    let mut scans = Vec::new();
                    for size in SIZES {
                        for grid in 0..grids().len() {
                            for _ in 0..SEEDS {
                                seed += 1;
                                scans.push(Scan { field, snr, shift_mm, grid, size, seed });
                            }
                        }
                    }
                    let of = |scan: &Scan| Score::of(&scan.options(part)?, class);
                    let found: Vec<Score> = scans.par_iter().map(of).collect::<Result<_>>()?;
                    for one in found {
                        score.join(one);
                    }
                }
                let off = scores.iter().map(|score| score.off_mm).fold(0.0, f64::max);
                let cells: Vec<String> = scores.iter().map(Score::cell).collect();
                let _ = writeln!(text, "| {name} | {snr} | {shift_mm} | {} | {off:.2} |", cells.join(" | "));
                total.iter_mut().zip(scores).for_each(|(total, score)| total.join(score));
            }
        }
    }
    let cells: Vec<String> = total.iter().map(Score::cell).collect();
    let off = total.iter().map(|score| score.off_mm).fold(0.0, f64::max);
    let _ = writeln!(text, "| all | | | {} | {off:.2} |", cells.join(" | "));
    Ok((text, total))
}

impl Score {
    fn of(options: &PhantomOptions, class: EnhancementClass) -> Result<Self> {
        let report = stage(&study(options)?, &StageOptions::default())?.report;
        let Some(found) = report.enhancement else {
            let is_said = report.findings.iter().any(|finding| finding.code.starts_with("enhances_"));
            return Ok(Self { studies: 1, unknown: 1, unfounded: usize::from(is_said), ..Self::default() });
        };
        let is_alarm = found.class == Some(EnhancementClass::Central) && class != EnhancementClass::Central;
        let truth = options.t1_post.map_or([0.0; 3], |post| post.shift_mm);
        let shift = [-found.shift.left_mm, found.shift.front_mm, found.shift.up_mm];
        let off = shift.iter().zip(truth).map(|(found, truth)| (found - truth).abs()).fold(0.0, f64::max);
        Ok(Self {
            studies: 1,
            right: usize::from(found.class == Some(class)),
            thin: usize::from(found.class.is_none()),
            alarms: usize::from(is_alarm),
            enhancing: usize::from(found.class.is_some_and(|class| class != EnhancementClass::None)),
            off_mm: off,
            ..Self::default()
        })
    }

    /// The studies thick enough for a class whose shift was found.
    pub(crate) fn given(&self) -> usize {
        self.studies - self.unknown - self.thin
    }

    fn join(&mut self, other: Self) {
        self.studies += other.studies;
        self.right += other.right;
        self.unknown += other.unknown;
        self.thin += other.thin;
        self.alarms += other.alarms;
        self.enhancing += other.enhancing;
        self.unfounded += other.unfounded;
        self.off_mm = self.off_mm.max(other.off_mm);
    }

    fn cell(&self) -> String {
        let part = |n: usize, what: &str| if n > 0 { format!(", {n} {what}") } else { String::new() };
        let given = self.given();
        let (thin, unknown) = (part(self.thin, "thin"), part(self.unknown, "without a shift"));
        format!("{}/{given}{thin}{unknown}{}", self.right, part(self.alarms, "**falsely central**"))
    }
}

/// A scan of a hematoma.
struct Scan {
    field: FieldStrength,
    snr: f64,
    shift_mm: f64,
    grid: usize,
    size: (Side, [f64; 2]),
    seed: u64,
}

impl Scan {
    /// Blood that is not bright on T1, the T1 after contrast agent moved in a drawn direction.
    fn options(&self, part: Enhancement) -> Result<PhantomOptions> {
        let mut random = Rng::with_seed(self.seed);
        let direction: [f64; 3] = std::array::from_fn(|_| random.f64() - 0.5);
        let length = direction.iter().map(|v| v * v).sum::<f64>().sqrt();
        let blood = [Stage::Hyperacute, Stage::Acute, Stage::Chronic][random.usize(..3)];
        let levels = [("C5", "C6"), ("T4", "T5"), ("T10", "T11")][random.usize(..3)];
        let (side, [low, high]) = self.size;
        let clot = Collection::new(Extent::levels(levels.0, levels.1)?)
            .with_side(side)
            .with_thickness_mm(low + (high - low) * random.f64())
            .with_layout(Layout::Single(blood));
        Ok(PhantomOptions::default()
            .with_seed(self.seed)
            .with_collections([clot])
            .with_field(self.field)
            .with_snr(self.snr)
            .with_shading(1.8)
            .with_grids(grids()[self.grid].1)
            .with_t1_post(part, direction.map(|v| self.shift_mm * v / length)))
    }
}

const HEAD: &str = "
### Enhancement

Each cell is twelve studies, six of 0.8 x 0.8 x 4 mm and six of 1 x 1 x 1 mm, of hyperacute, acute or late chronic blood: four
in front of the cord, where there is room for 2.5 to 3 mm, and eight behind it, 4 to 7 mm thick where there is room. Contrast
agent raises 1/T1 by 2 per second in a rim of 1 mm, inside in the middle of the length, or in all of it, and by 0.3 to 0.5 in
muscle, marrow and dura. The T1 after it is moved in a drawn direction. Each cell gives the classes that are right, of those
given; \"thin\" are those too thin for one. \"Off\" is the largest error of the shift along any axis.

| field | SNR | shift, mm | none right | rim right | central right | whole right | off, mm |
|---|---|---|---|---|---|---|---|
";
