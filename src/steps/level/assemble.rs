//! From measured vertebrae to the spine: remnants at the ends set aside, order checked, gaps filled, the sacrum
//! placed.

use hemastage_image::{
    error::Result,
    finding::Finding,
    grid::PatientAxes,
    vector::{distance, dot, minus, plus},
};

use super::{
    LevelOptions,
    centroids::{Labeled, Marks},
    error::LevelError,
    order,
    scheme::{Disc, Vertebra},
    spine::{Knot, Spine},
};
use crate::{kernel::statistics::median, vocabulary::vertebra::VertebralLevel};

/// A gap has room for a vertebra from this many spacings on.
const ROOM: f64 = 1.5 - SLACK;

/// No spine is longer; one that is has coordinates in another unit.
const MAX_SPINE_MM: f64 = 2000.0;

/// Slack on ratios of spacings, so that rounding does not decide a tie.
const SLACK: f64 = 1e-6;

/// The spine, or why there is none.
pub(super) struct Assembled {
    pub(super) spine: std::result::Result<Spine, String>,
    pub(super) findings: Vec<Finding>,
}

/// Assembles the spine. `source_of` says what to check when the order is wrong.
pub(super) fn assemble(
    marks: Marks,
    patient: &PatientAxes,
    source_of: impl Fn() -> String,
    options: &LevelOptions,
) -> Result<Assembled> {
    let Marks { vertebrae, discs, unnamed, mut findings } = marks;
    check_length(&vertebrae)?;
    let mut vertebrae = sorted(vertebrae, patient);
    let remnants = remove_remnants(&mut vertebrae, options.min_end_share);
    let named: Vec<(Vertebra, [f64; 3])> = vertebrae.iter().map(|v| (v.vertebra, v.point)).collect();
    order::check(&named, patient, source_of)?;
    let axis = order::main_direction(&named.iter().map(|&(_, point)| point).collect::<Vec<_>>(), patient);
    let mut labeled = Vec::new();
    let mut sacrum = None;
    for v in &vertebrae {
        match v.vertebra {
            Vertebra::Level(level) => labeled.push(Knot { level, point: v.point, inferred: false }),
            Vertebra::Sacrum => sacrum = Some(Sacrum { top: dot(v.point, axis) - v.rise, axis }),
        }
    }
    let mut knots = fill_gaps(&labeled, &unnamed, &mut findings);
    let has_sacrum = sacrum.is_some();
    if let Some(sacrum) = sacrum {
        sacrum.add(&mut knots, &discs, &mut findings);
    }
    for remnant in remnants {
        findings.push(remnant.extrapolate(&mut knots, &unnamed));
    }
    let one = knots.iter().all(|knot| knot.level == knots[0].level);
    let spine = if one {
        Err(too_few(knots.first(), has_sacrum, &discs))
    } else {
        Ok(Spine::new(&knots, axis, &discs, &mut findings))
    };
    Ok(Assembled { spine, findings })
}

/// Why one vertebra or none makes no spine.
fn too_few(only: Option<&Knot>, has_sacrum: bool, discs: &[(Disc, [f64; 3])]) -> String {
    let labels = match (only, has_sacrum, discs) {
        (Some(knot), ..) => format!("only {}", knot.level),
        (None, true, _) => "only the sacrum".into(),
        (None, false, [(disc, _)]) => {
            return format!(
                "only the disc {disc} is known, which places no vertebra: expected three neighboring discs or more to follow the spine"
            );
        }
        (None, false, _) => {
            return "no vertebra lies between two of the discs: expected three neighboring discs or more to follow the spine".into();
        }
    };
    format!("{labels} is labeled: expected two vertebrae or more to follow the spine")
}

/// Refuses vertebrae that are farther apart than those of any spine, so that their coordinates must be wrong.
fn check_length(vertebrae: &[Labeled]) -> Result<(), LevelError> {
    let extent = |axis: usize| {
        let along = || vertebrae.iter().map(|v| v.point[axis]);
        along().fold(f64::NEG_INFINITY, f64::max) - along().fold(f64::INFINITY, f64::min)
    };
    let length_mm = (0..3).map(extent).fold(0.0, f64::hypot);
    if vertebrae.is_empty() || length_mm <= MAX_SPINE_MM {
        return Ok(());
    }
    Err(LevelError::TooLong { length_mm, max_mm: MAX_SPINE_MM })
}

/// Sorted from the head down by name, vertebrae of one name by position. The whole sacrum is kept only where S1 is
/// missing.
fn sorted(mut vertebrae: Vec<Labeled>, patient: &PatientAxes) -> Vec<Labeled> {
    let has_s1 = vertebrae.iter().any(|v| v.vertebra == Vertebra::Level(VertebralLevel::S1));
    vertebrae.retain(|v| v.vertebra != Vertebra::Sacrum || !has_s1);
    let axis = order::main_direction(&vertebrae.iter().map(|v| v.point).collect::<Vec<_>>(), patient);
    vertebrae.sort_by(|a, b| {
        let by_position = || dot(a.point, axis).total_cmp(&dot(b.point, axis));
        a.vertebra.rank().cmp(&b.vertebra.rank()).then_with(by_position)
    });
    vertebrae
}

/// A label at an end whose own center cannot be trusted: it has few voxels, as at the image's edge or the tip of the
/// cord, or only posterior elements.
struct Remnant {
    vertebra: Vertebra,
    end: End,
    /// Code and first half of the finding about it.
    code: &'static str,
    text: String,
}

#[derive(Clone, Copy)]
enum End {
    Upper,
    Lower,
}

/// Removes the remnants at either end: labels without a body, and up to one with few voxels. The innermost of an end
/// comes first.
fn remove_remnants(vertebrae: &mut Vec<Labeled>, share: f64) -> Vec<Remnant> {
    let levels = vertebrae.iter().filter(|v| v.vertebra != Vertebra::Sacrum);
    let Some(usual) = median(&levels.map(|v| v.voxels as f64).collect::<Vec<_>>()) else {
        return Vec::new();
    };
    let is_small = |v: &Labeled| (v.voxels as f64) < share * usual;
    let remnant = |v: Labeled, end, code, what: String| {
        let text = format!("{} at the end of the label map has {what}", v.vertebra);
        Remnant { vertebra: v.vertebra, end, code, text }
    };
    let mut remnants = Vec::new();
    for end in [End::Lower, End::Upper] {
        let mut removed: Vec<Remnant> = Vec::new();
        let mut had_small = false;
        while let Some(v) = remove_if(vertebrae, end, |v| v.bodiless || (!had_small && is_small(v))) {
            had_small |= !v.bodiless;
            removed.push(if v.bodiless {
                remnant(v, end, "end_label_without_body", "no body in front of the canal".into())
            } else {
                let what = format!("{} voxels, less than {share} of the usual {usual}", v.voxels);
                remnant(v, end, "end_label_small", what)
            });
        }
        remnants.extend(removed.into_iter().rev());
    }
    remnants
}

/// Removes the label at an end if it meets a condition and is not the sacrum.
fn remove_if(
    vertebrae: &mut Vec<Labeled>,
    end: End,
    condition: impl Fn(&Labeled) -> bool,
) -> Option<Labeled> {
    let at = match end {
        End::Upper => 0,
        End::Lower => vertebrae.len().checked_sub(1)?,
    };
    let label = vertebrae.get(at)?;
    (label.vertebra != Vertebra::Sacrum && condition(label)).then(|| vertebrae.remove(at))
}

impl Remnant {
    /// Adds the level one spacing beyond its neighbor, in line with the last two knots, so that no other border
    /// moves; drops it where the neighbor is not known. Levels in between that the scheme never places come first.
    fn extrapolate(self, knots: &mut Vec<Knot>, unnamed: &[VertebralLevel]) -> Finding {
        let (end, next) = match self.end {
            End::Upper => (knots.first(), knots.get(1)),
            End::Lower => (knots.last(), knots.iter().nth_back(1)),
        };
        let is_spine = knots.iter().any(|knot| knot.level != knots[0].level);
        let text = match (self.vertebra, end, next) {
            (Vertebra::Level(level), Some(&end), Some(&next))
                if is_spine && level != end.level && only(unnamed, level, end.level) =>
            {
                let step = minus(end.point, next.point);
                let mut beyond = between(level.min(end.level), level.max(end.level));
                if matches!(self.end, End::Upper) {
                    beyond.reverse();
                }
                beyond.push(level);
                let (mut last, mut neighbor) = (end, end.level);
                for level in beyond {
                    neighbor = last.level;
                    last = Knot { level, point: plus(last.point, 1.0, step), inferred: true };
                    let at = if matches!(self.end, End::Upper) { 0 } else { knots.len() };
                    knots.insert(at, last);
                }
                format!("{}: its center was placed one spacing beyond {neighbor}", self.text)
            }
            _ => format!("{}: left out", self.text),
        };
        Finding::info(self.code, text)
    }
}

/// Whether between two levels lies none but some; between neighbors lies none at all.
fn only(some: &[VertebralLevel], a: VertebralLevel, b: VertebralLevel) -> bool {
    between(a.min(b), a.max(b)).iter().all(|level| some.contains(level))
}

/// The levels strictly between two.
fn between(above: VertebralLevel, below: VertebralLevel) -> Vec<VertebralLevel> {
    VertebralLevel::range(above, below).into_iter().filter(|&l| l != above && l != below).collect()
}

/// Whether a level is the last of its region, which some spines lack.
pub(super) fn may_be_absent(level: VertebralLevel) -> bool {
    level.number() == level.region().usual_vertebrae()
        && level.below().is_some_and(|l| l.region() != level.region())
}

/// Places missing levels evenly between their neighbors, unless there is no room for one.
fn fill_gaps(labeled: &[Knot], unnamed: &[VertebralLevel], findings: &mut Vec<Finding>) -> Vec<Knot> {
    let mut knots: Vec<Knot> = Vec::with_capacity(labeled.len());
    for (n, &knot) in labeled.iter().enumerate() {
        if let Some(&above) = n.checked_sub(1).and_then(|n| labeled.get(n)) {
            let missing = between(above.level, knot.level);
            let gap_mm = distance(above.point, knot.point);
            match (missing.as_slice(), spacing_near(labeled, n)) {
                ([], _) => {}
                (&[one], Some(spacing)) if may_be_absent(one) && gap_mm < ROOM * spacing => {
                    findings.push(absent(one, above.level, knot.level));
                }
                (missing, _) => {
                    let step = |a: usize| (knot.point[a] - above.point[a]) / (missing.len() + 1) as f64;
                    add_inferred(&mut knots, above.point, std::array::from_fn(step), missing);
                    let place = || format!("between {} and {}", above.level, knot.level);
                    findings.extend(
                        (!only(unnamed, above.level, knot.level)).then(|| inferred(missing, &place())),
                    );
                }
            }
        }
        knots.push(knot);
    }
    knots
}

fn add_inferred(knots: &mut Vec<Knot>, from: [f64; 3], step: [f64; 3], missing: &[VertebralLevel]) {
    for (n, &level) in missing.iter().enumerate() {
        let point = std::array::from_fn(|a| from[a] + step[a] * (n + 1) as f64);
        knots.push(Knot { level, point, inferred: true });
    }
}

fn inferred(missing: &[VertebralLevel], place: &str) -> Finding {
    let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
    let text = format!("not labeled, placed evenly {place}: {}", names.join(", "));
    Finding::warning("levels_inferred", text)
}

fn absent(level: VertebralLevel, above: VertebralLevel, below: impl std::fmt::Display) -> Finding {
    let text = format!(
        "{level} is not labeled and there is no room for it between {above} and {below}: read as absent (transitional anatomy); check the labels next to it"
    );
    Finding::warning("level_absent", text)
}

/// The spacing of the adjacent labeled levels nearest to gap `n` (between `n - 1` and `n`), of equally near ones the
/// upper.
fn spacing_near(labeled: &[Knot], n: usize) -> Option<f64> {
    let pair = |at: usize| {
        let (a, b) = (labeled.get(at.checked_sub(1)?)?, labeled.get(at)?);
        (a.level != b.level && between(a.level, b.level).is_empty()).then(|| distance(a.point, b.point))
    };
    (1..labeled.len()).find_map(|away| n.checked_sub(away).and_then(pair).or_else(|| pair(n + away)))
}

/// A sacrum labeled as a whole. Its center is not that of S1, so S1 is placed from the lowest vertebra above.
struct Sacrum {
    /// The position of its top along the main direction.
    top: f64,
    axis: [f64; 3],
}

impl Sacrum {
    /// Adds S1 below the lowest knot: its upper border is at the disc if known, else half a spacing below that knot.
    fn add(&self, knots: &mut Vec<Knot>, discs: &[(Disc, [f64; 3])], findings: &mut Vec<Finding>) {
        let Some(&last) = knots.last() else { return };
        let position = |point: [f64; 3]| dot(point, self.axis);
        let missing = between(last.level, VertebralLevel::S1);
        let is_top = |&&(disc, point): &&(Disc, [f64; 3])| {
            disc.below == VertebralLevel::S1 && position(point) > position(last.point)
        };
        if let (Some(&(disc, point)), true) = (discs.iter().find(is_top), missing.is_empty()) {
            let point = std::array::from_fn(|a| 2.0 * point[a] - last.point[a]);
            knots.push(Knot { level: VertebralLevel::S1, point, inferred: false });
            let text = format!("the sacrum stands for S1, which begins at the disc {disc}");
            findings.push(Finding::info("sacrum_as_s1", text));
            return;
        }
        let Some(&above) = knots.iter().rev().find(|knot| knot.level != last.level) else { return };
        let step: [f64; 3] = std::array::from_fn(|a| last.point[a] - above.point[a]);
        // the number of vertebrae that fit between the lowest one and the sacrum's top
        let room = ((self.top - position(last.point)) / dot(step, self.axis) - 0.5).max(0.0);
        let absent = missing.last().filter(|_| (room + SLACK).round() + 1.0 == missing.len() as f64);
        let missing = &missing[..missing.len() - usize::from(absent.is_some())];
        findings.extend(absent.map(|&level| self::absent(level, last.level, "the sacrum")));
        let scale = if missing.is_empty() { 1.0 } else { (room + 0.5) / (missing.len() as f64 + 0.5) };
        let step = step.map(|s| s * scale);
        if !missing.is_empty() {
            findings.push(inferred(missing, &format!("between {} and the sacrum", last.level)));
        }
        add_inferred(knots, last.point, step, missing);
        let below = missing.last().map_or(last.level, |&level| level);
        let point = std::array::from_fn(|a| last.point[a] + step[a] * (missing.len() + 1) as f64);
        knots.push(Knot { level: VertebralLevel::S1, point, inferred: false });
        let text = format!("the sacrum stands for S1, which begins half a spacing below {below}");
        findings.push(Finding::info("sacrum_as_s1", text));
    }
}
