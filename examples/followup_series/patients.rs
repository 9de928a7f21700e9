//! Patients whose hematoma shrinks and ages, stays, or bleeds again.

use hemastage::{
    Labels, Result, Roi, StageOptions, Study, VertebraeSource, Volume,
    followup::{Against, FollowUpOptions, Visit, VolumeWord, followup},
    label_map::LabelMap,
    level::Scheme,
    stage,
    stage::Stage,
};
use hemastage_phantom::{Collection, Direction, Extent, GridSpec, Layout, Phantom, PhantomOptions, phantom};

const HOURS: [f64; 3] = [0.0, 72.0, 240.0];
/// The middle of the view: C6.
const VIEW: usize = 5;

/// What becomes of the blood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    Shrinks,
    Stays,
    Rebleeds,
}

/// Blood at a visit: first and last vertebra, thickness and stage.
type Blood = Option<(usize, usize, f64, Stage)>;

/// A synthetic patient.
pub(crate) struct Patient {
    seed: u64,
    course: Course,
    blood: [Blood; 3],
}

/// How much was right, and of how much.
#[derive(Debug, Default)]
pub(crate) struct Score {
    pub(crate) volumes: [usize; 2],
    pub(crate) changes: [usize; 2],
    pub(crate) words: [usize; 2],
    pub(crate) levels: [usize; 2],
    pub(crate) planted: [usize; 2],
    pub(crate) other: [usize; 2],
}

impl Patient {
    pub(crate) fn new(seed: u64) -> Self {
        use Stage::{Acute, Chronic, EarlySubacute, LateSubacute};
        let course = [Course::Shrinks, Course::Rebleeds, Course::Stays][(seed % 3) as usize];
        let mut random = fastrand::Rng::with_seed(1000 + seed);
        let first = random.usize(2..4);
        let thick = 4.5 + random.f64();
        let blood = match course {
            Course::Shrinks => [
                (first, first + 3, thick, Acute),
                (first, first + 2, thick - 1.2, EarlySubacute),
                (first + 1, first + 1, thick - 2.2, LateSubacute),
            ],
            Course::Stays => [(first, first + 2, thick, LateSubacute); 3],
            Course::Rebleeds => [
                (first, first + 1, thick - 1.5, LateSubacute),
                (first, first + 1, thick - 1.8, if seed.is_multiple_of(2) { LateSubacute } else { Chronic }),
                (first, first + 3, thick, Acute),
            ],
        };
        let mut blood = blood.map(Some);
        if seed.is_multiple_of(4) && course == Course::Shrinks {
            blood[2] = None;
        }
        Self { seed, course, blood }
    }

    /// Stages the visits, compares them and compares that with the truth.
    pub(crate) fn score(&self) -> Result<Score> {
        let mut visits = Vec::new();
        let mut truth = Vec::new();
        for (n, hours) in HOURS.into_iter().enumerate() {
            let (visit, mm3) = self.visit(n)?;
            visits.push(visit.at_hours(hours)?);
            truth.push(mm3);
        }
        let found = followup(&visits, &FollowUpOptions::default())?;
        let mut score = Score::default();
        let mut add = |of: fn(&mut Score) -> &mut [usize; 2], is_right: bool| {
            let count = of(&mut score);
            *count = [count[0] + usize::from(is_right), count[1] + 1];
        };
        for (visit, mm3) in found.visits.iter().zip(&truth) {
            if let Some(sigma) = visit.sigma_mm3.filter(|_| visit.hematoma) {
                add(|it| &mut it.volumes, (visit.volume_mm3 - mm3).abs() <= 1.96 * sigma);
            }
        }
        for change in found.changes.iter().filter(|change| change.against == Against::Previous) {
            let (from, to) = (change.from, change.to);
            let difference = truth[to] - truth[from];
            if let Some([low, high]) = change.volume.interval_mm3 {
                add(|it| &mut it.changes, (low..=high).contains(&difference));
            }
            let expected = if self.course == Course::Stays {
                VolumeWord::Stable
            } else if difference < 0.0 {
                VolumeWord::Smaller
            } else {
                VolumeWord::Larger
            };
            // a small change may be too small to be certain
            let is_small = change.volume.sigma_mm3.is_some_and(|sigma| difference.abs() < 2.0 * 1.96 * sigma);
            let word = change.volume.word;
            add(|it| &mut it.words, word == Some(expected) || (is_small && word == Some(VolumeWord::Stable)));
            if let Some(levels) = &change.levels {
                let names = |levels: &[hemastage::vertebra::VertebralLevel]| -> Vec<String> {
                    levels.iter().map(ToString::to_string).collect()
                };
                let [before, after] = [from, to].map(|n| self.levels(n));
                let only = |one: &[String], other: &[String]| -> Vec<String> {
                    one.iter().filter(|level| !other.contains(level)).cloned().collect()
                };
                let is_right = names(&levels.cleared) == only(&before, &after)
                    && names(&levels.new) == only(&after, &before);
                add(|it| &mut it.levels, is_right);
            }
            let suggests = change.grew == Some(true) || change.younger_than_before == Some(true);
            if self.course == Course::Rebleeds && to == 2 {
                add(|it| &mut it.planted, suggests);
            } else {
                add(|it| &mut it.other, suggests);
            }
        }
        Ok(score)
    }

    /// The levels that the blood was put at.
    fn levels(&self, n: usize) -> Vec<String> {
        let names = |(first, last, ..): (usize, usize, f64, Stage)| {
            (first..=last).map(|level| hemastage_phantom::LEVELS[level].to_owned()).collect()
        };
        self.blood[n].map_or_else(Vec::new, names)
    }

    fn options(&self, n: usize) -> PhantomOptions {
        let collections: Vec<Collection> = self.blood[n]
            .into_iter()
            .map(|(first, last, thickness, stage)| {
                Collection::new(Extent::Levels { first, last })
                    .with_thickness_mm(thickness)
                    .with_layout(Layout::Single(stage))
            })
            .collect();
        PhantomOptions::small().with_seed(self.seed).with_collections(collections).with_view(VIEW)
    }

    /// The visit, and the true volume.
    fn visit(&self, n: usize) -> Result<(Visit, f64)> {
        use Direction::{Inferior, Posterior, Right, Superior};
        if self.blood[n].is_none() {
            return Ok((Visit::without_hematoma(), 0.0));
        }
        let mut random = fastrand::Rng::with_seed(self.seed * 10 + n as u64);
        let mut angle = || 60.0 * random.f64() - 30.0;
        let tilt = [angle() / 2.0, angle() / 2.0, angle()];
        let grid = if n == 1 {
            GridSpec::new([60, 24, 110], [1.0, 2.0, 1.0], [Posterior, Right, Superior])
        } else {
            GridSpec::small()
        };
        let scan = phantom(&self.options(n).with_grids(grid.with_tilt_deg(tilt)))?;
        let fine = GridSpec::new([110, 200, 80], [0.5; 3], [Posterior, Inferior, Right]);
        let truth = phantom(&self.options(n).with_mask_grid(fine))?.truth.hematoma_mm3;
        let is_renumbered = n == 1 && self.seed % 2 == 1;
        let report = stage(&study(&scan, is_renumbered)?, &StageOptions::default())?.report;
        Ok((Visit::new(&report), truth))
    }
}

/// A phantom as a study.
pub(crate) fn study(scan: &Phantom, is_renumbered: bool) -> Result<Study> {
    let masks = *scan.mask_grid.affine();
    let region = |mask: &ndarray::Array3<u8>| Roi::from_array(mask.view(), masks, &Labels::NonZero);
    let t1 = Volume::from_array(scan.t1.clone(), *scan.t1_grid.affine())?;
    let t2 = Volume::from_array(scan.t2.clone(), *scan.t2_grid.affine())?;
    let (labels, scheme) = if is_renumbered {
        (scan.vertebrae.mapv(renumbered), "totalspineseg")
    } else {
        (scan.vertebrae.clone(), "sct")
    };
    let map = LabelMap::from_array(labels.view(), masks)?;
    let vertebrae = VertebraeSource::map(map, Scheme::built_in(scheme)?);
    let study = Study::new(t1, t2, region(&scan.hematoma)?, region(&scan.cord)?)?;
    Ok(study.with_canal(region(&scan.canal)?).with_vertebrae(vertebrae))
}

/// From the Spinal Cord Toolbox's numbers to `TotalSpineSeg`'s.
fn renumbered(label: u8) -> u8 {
    match label {
        1..=7 => label + 10,
        8..=19 => label + 13,
        20..=24 => label + 21,
        25 => 50,
        other => other,
    }
}
