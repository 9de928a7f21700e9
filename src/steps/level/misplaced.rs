//! Landmarks that do not lie where their neighbors say: off their line, or too near or too far.
//!
//! Real landmarks lie at most 6 mm off the line of their neighbors, and 0.89 to 1.28 of the local spacing apart.

use hemastage_image::{
    finding::Finding,
    vector::{Vector, distance, dot, length, minus, plus},
};

use super::assemble::may_be_absent;
use crate::{kernel::statistics::median, vocabulary::vertebra::VertebralLevel};

/// Distance from the line through the neighbors from which a landmark is misplaced. At an end, the line through the
/// next two runs on, and twice as much is allowed.
const MAX_OFF_MM: f64 = 10.0;
/// Distance to a neighbor, as a share of the local spacing.
const SPACING: std::ops::RangeInclusive<f64> = 0.6..=1.7;
/// The same of bodies in a map from which one was left out.
const MAX_SPACING_OF_BODIES: f64 = 1.6;
/// Number of distances on either side that make the local spacing.
const NEAR: usize = 2;

/// A landmark with its place in the order from the head down.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub(super) name: String,
    /// The vertebra, or that below a disc.
    pub(super) level: VertebralLevel,
    pub(super) point: Vector,
}

/// Findings about the landmarks that are misplaced, the worst first: that without which the others fit best. Each is
/// judged without those before.
pub(super) fn misplaced(mut marks: Vec<Mark>) -> Vec<Finding> {
    marks.sort_by_key(|mark| mark.level);
    // of two with one name, neither can be judged
    let levels: Vec<VertebralLevel> = marks.iter().map(|mark| mark.level).collect();
    marks.retain(|mark| levels.iter().filter(|level| **level == mark.level).count() == 1);
    let mut findings = Vec::new();
    while let Some((at, text)) = worst(&marks) {
        let mark = marks.remove(at);
        let message = format!("{} {text}: check its place and its name", mark.name);
        findings.push(Finding::warning("landmark_misplaced", message));
    }
    findings
}

/// A finding where two bodies of a map that follow each other by their names lie so far apart that a third fits between.
pub(super) fn left_out(mut bodies: Vec<Mark>) -> Option<Finding> {
    bodies.sort_by_key(|body| body.level);
    bodies.dedup_by_key(|body| body.level);
    let gaps: Vec<Gap> = bodies.windows(2).map(|pair| Gap::of(&pair[0], &pair[1])).collect();
    let shares = gaps.iter().enumerate().filter(|(_, gap)| gap.steps == 1.0);
    let shares = shares.filter_map(|(at, gap)| Some((at, gap.per_step_mm() / local_spacing(&gaps, at)?)));
    let (at, share) = shares.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let (above, below) = (&bodies[at].name, &bodies[at + 1].name);
    let message = format!(
        "{above} and {below} lie {:.0} mm apart, {share:.1} times the local spacing: a vertebra was left out between them and those below are named one too high, or one of the two is named wrongly; check the map",
        gaps[at].mm
    );
    (share > MAX_SPACING_OF_BODIES).then(|| Finding::warning("vertebra_left_out", message))
}

/// The landmark that lies worst, if one is misplaced, and how.
fn worst(marks: &[Mark]) -> Option<(usize, String)> {
    let left = |at: usize| {
        let others: Vec<Mark> =
            marks.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, m)| m.clone()).collect();
        faults(&others).iter().map(|(_, fault)| fault.excess).sum::<f64>()
    };
    let rated = faults(marks).into_iter().map(|(at, fault)| (left(at), at, fault));
    let better = |a: &(f64, usize, Fault), b: &(f64, usize, Fault)| {
        a.0.total_cmp(&b.0).then(b.2.excess.total_cmp(&a.2.excess))
    };
    rated.min_by(better).map(|(_, at, fault)| (at, fault.text))
}

fn faults(marks: &[Mark]) -> Vec<(usize, Fault)> {
    if marks.len() < 3 {
        return Vec::new();
    }
    let gaps: Vec<Gap> = marks.windows(2).map(|pair| Gap::of(&pair[0], &pair[1])).collect();
    (0..marks.len()).filter_map(|at| Some((at, fault(marks, &gaps, at)?))).collect()
}

/// The distance between two landmarks that follow each other.
#[derive(Debug, Clone, Copy)]
struct Gap {
    mm: f64,
    /// Vertebrae from one to the other, usually.
    steps: f64,
    /// Whether a vertebra in between is one that some spines lack.
    may_be_fewer: bool,
}

impl Gap {
    fn of(above: &Mark, below: &Mark) -> Self {
        let levels = VertebralLevel::range(above.level, below.level);
        let between = levels.get(1..levels.len().saturating_sub(1)).unwrap_or_default();
        Self {
            mm: distance(above.point, below.point),
            steps: (between.len() + 1) as f64,
            may_be_fewer: between.iter().any(|&level| may_be_absent(level)),
        }
    }

    fn per_step_mm(&self) -> f64 {
        self.mm / self.steps
    }

    /// As a share of the local spacing.
    fn share(&self, local_mm: f64) -> f64 {
        let share = self.per_step_mm() / local_mm;
        if self.may_be_fewer && share < *SPACING.start() {
            return self.mm / (self.steps - 1.0) / local_mm;
        }
        share
    }
}

struct Fault {
    /// How far beyond what is allowed, as a sum of factors.
    excess: f64,
    text: String,
}

fn fault(marks: &[Mark], gaps: &[Gap], at: usize) -> Option<Fault> {
    let (off, max) = off_line(marks, at);
    let mut fault = (off > max).then(|| Fault {
        excess: off / max,
        text: format!("lies {off:.0} mm off the line of its neighbors"),
    });
    for (gap, neighbor) in [(at.wrapping_sub(1), at.wrapping_sub(1)), (at, at + 1)] {
        let Some((&Gap { mm, .. }, neighbor)) = gaps.get(gap).zip(marks.get(neighbor)) else { continue };
        let Some(share) = local_spacing(gaps, gap).map(|local| gaps[gap].share(local)) else { continue };
        if SPACING.contains(&share) {
            continue;
        }
        let fault = fault.get_or_insert_with(|| Fault {
            excess: 0.0,
            text: format!("lies {mm:.1} mm from {}, {share:.2} of the local spacing", neighbor.name),
        });
        fault.excess += (share / SPACING.end()).max(SPACING.start() / share.max(1e-3));
    }
    fault
}

/// The distance of a landmark from the line of its neighbors, and how much is allowed.
fn off_line(marks: &[Mark], at: usize) -> (f64, f64) {
    let point = |at: usize| marks[at].point;
    let last = marks.len() - 1;
    let (from, to, max) = match at {
        0 => (1, 2, 2.0 * MAX_OFF_MM),
        at if at == last => (last - 1, last - 2, 2.0 * MAX_OFF_MM),
        at => (at - 1, at + 1, MAX_OFF_MM),
    };
    let (line, offset) = (minus(point(to), point(from)), minus(point(at), point(from)));
    let squared = dot(line, line);
    let along = if squared > 0.0 { dot(offset, line) / squared } else { 0.0 };
    (length(plus(offset, -along, line)), max)
}

/// The median of the gaps near one.
fn local_spacing(gaps: &[Gap], at: usize) -> Option<f64> {
    let near = gaps.iter().enumerate().skip(at.saturating_sub(NEAR)).take_while(|(n, _)| *n <= at + NEAR);
    median(&near.filter(|(n, _)| *n != at).map(|(_, gap)| gap.per_step_mm()).collect::<Vec<_>>())
        .filter(|&mm| mm > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A spine from C3 down whose vertebrae get taller, bent as a real one is.
    fn spine() -> Vec<Mark> {
        let levels = VertebralLevel::range("C3".parse().unwrap(), "L5".parse().unwrap());
        let mut z = 0.0;
        let mark = |(n, level): (usize, VertebralLevel)| {
            z -= 15.0 + n as f64;
            Mark { name: level.to_string(), level, point: [0.0, 20.0 * (z / 90.0).sin(), z] }
        };
        levels.into_iter().enumerate().map(mark).collect()
    }

    fn found(change: impl Fn(&mut Vec<Mark>)) -> Vec<String> {
        let mut marks = spine();
        change(&mut marks);
        misplaced(marks).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_spine_is_quiet_whatever_is_missing() {
        assert_eq!(found(|_| ()), [""; 0]);
        assert_eq!(found(|marks| marks.retain(|mark| mark.point[2] as i64 % 3 != 0)), [""; 0]);
        assert_eq!(found(|marks| marks.truncate(2)), [""; 0]);
        assert_eq!(found(Vec::clear), [""; 0]);
    }

    #[test]
    fn a_body_that_was_left_out_is_found_where_the_others_were_renumbered() {
        assert_eq!(left_out(spine()), None);
        assert_eq!(left_out(Vec::new()), None);
        for at in 1..18 {
            let mut marks = spine();
            let names: Vec<(String, VertebralLevel)> =
                marks.iter().map(|mark| (mark.name.clone(), mark.level)).collect();
            marks.remove(at);
            assert_eq!(left_out(marks.clone()), None, "a number that is missing");
            for (mark, (name, level)) in marks.iter_mut().zip(names) {
                (mark.name, mark.level) = (name, level);
            }
            let found = left_out(marks.clone()).unwrap();
            let pair = format!("{} and {} lie ", marks[at - 1].name, marks[at].name);
            assert!(found.code == "vertebra_left_out" && found.message.starts_with(&pair), "{found:?}");
        }
    }

    #[test]
    fn the_one_that_was_moved_is_named() {
        for at in 0..20 {
            let name = spine()[at].name.clone();
            for shift in [[0.0, -54.0, 0.0], [40.0, 0.0, 0.0], [0.0, 30.0, 0.0]] {
                let texts = found(|marks| marks[at].point = plus(marks[at].point, 1.0, shift));
                assert_eq!(texts.len(), 1, "{texts:?}");
                assert!(texts[0].starts_with(&format!("{name} lies ")), "{name}: {texts:?}");
            }
            if (1..19).contains(&at) {
                let texts = found(|marks| marks[at].point = plus(marks[at - 1].point, -0.6, [0.0, 0.0, 1.0]));
                assert!(texts[0].starts_with(&format!("{name} lies ")), "{name}: {texts:?}");
            }
        }
    }
}
