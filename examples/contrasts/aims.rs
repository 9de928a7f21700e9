//! What was aimed at, and whether it was met.

use crate::{
    enhancement::Score,
    others::{Blooming, FatOff},
};

/// The least share of right classes, and the largest of plain hematomas that are called enhancing.
const MIN_RIGHT: f64 = 0.90;
const MAX_ALARMS: f64 = 0.03;
/// The largest error of the share of fat, in points.
const MAX_OFF: f64 = 3.0;

pub(crate) fn text(scores: &[Score; 4], fat: &FatOff, shaded: &Blooming) -> String {
    const NAMES: [&str; 4] = ["none", "rim", "central", "whole"];
    let list = |of: &dyn Fn(&Score) -> usize| {
        let part = |(name, score): (&&str, &Score)| format!("{name} {}/{}", score.right, of(score));
        NAMES.iter().zip(scores).map(part).collect::<Vec<_>>().join(", ")
    };
    let share = |n: usize, of: usize| n as f64 / of.max(1) as f64;
    let sum = |of: &dyn Fn(&Score) -> usize| scores.iter().map(of).sum::<usize>();
    let (right, given, studies) = (sum(&|s| s.right), sum(&Score::given), sum(&|s| s.studies));
    let with_shift = studies - sum(&|s| s.unknown);
    let each_right = scores.iter().all(|score| share(score.right, score.given()) >= MIN_RIGHT);
    let answer = |is_met: bool| if is_met { "yes" } else { "**no**" };
    let plain = scores[0];
    let rows = [
        (
            "90 % of the classes right where the shift is found, of hematomas thick enough for a class",
            each_right,
            format!("{} ({right}/{given}, {:.0} %)", list(&Score::given), 100.0 * share(right, given)),
        ),
        (
            "the same over all, where those too thin for a class count as wrong",
            share(right, with_shift) >= MIN_RIGHT,
            format!(
                "{} ({right}/{with_shift}, {:.0} %): {} of {studies} are too thin and have no class on purpose",
                list(&|s| s.studies - s.unknown),
                100.0 * share(right, with_shift),
                sum(&|s| s.thin)
            ),
        ),
        (
            "no other class called central",
            sum(&|s| s.alarms) == 0,
            format!("{} of {}", sum(&|s| s.alarms), studies - scores[2].studies),
        ),
        (
            "no more than 3 % of plain hematomas called enhancing",
            share(plain.enhancing, plain.studies) <= MAX_ALARMS,
            format!("{} of {}", plain.enhancing, plain.studies),
        ),
        (
            "no class where the shift is not found",
            sum(&|s| s.unfounded) == 0,
            format!(
                "it was not found in {} of {studies}, {} of which have a class",
                sum(&|s| s.unknown),
                sum(&|s| s.unfounded)
            ),
        ),
        (
            "the share of fat within 3 points of the truth",
            fat.most.abs().max(fat.least.abs()) <= MAX_OFF,
            format!("{:+.1} to {:+.1} points in {} studies", fat.least, fat.most, fat.studies),
        ),
        (
            "no blooming of blood that is not dark, however the coils shade",
            shaded.found == 0,
            format!(
                "{} of {} found, {:.0} % of the core dark at most",
                shaded.found,
                shaded.studies,
                100.0 * shaded.most
            ),
        ),
    ];
    let rows = rows.map(|(aim, is_met, how)| format!("| {aim} | {} | {how} |\n", answer(is_met)));
    format!("{HEAD}{}", rows.concat())
}

const HEAD: &str = "
### What was aimed at

| aim | met | how |
|---|---|---|
";
