//! Which schemes a label map's values, and their order from the head down, allow.

use hemastage_image::{grid::PatientAxes, label_map::LabelMap};

use super::{
    error::{LevelError, listed},
    order,
    scheme::{Scheme, Vertebra},
};
use crate::vocabulary::vertebra::VertebralLevel;

/// The names of the built-in schemes that fit: every value is known to the scheme, two or more are vertebrae, and the
/// centers of those labels lie in anatomical order; of a map that names discs alone, the same of its discs.
pub(super) fn fitting(map: &LabelMap) -> Vec<&'static str> {
    of(map).into_iter().map(|(name, _)| name).collect()
}

/// The fitting schemes, for a message.
pub(super) fn described(map: &LabelMap) -> String {
    let fitting = of(map);
    if !fitting.is_empty() {
        let names: Vec<&str> = fitting.iter().map(|&(name, _)| name).collect();
        let alike = alike(map, &fitting);
        return format!(
            "these fit its values and their order from the head down: {}{alike}",
            names.join(", ")
        );
    }
    let unnamed: Vec<&str> =
        known().filter(|(_, scheme)| has_cord_alone(map, scheme)).map(|(name, _)| name).collect();
    if !unnamed.is_empty() {
        return format!("these fit its values, and name no vertebra: {}", unnamed.join(", "));
    }
    let known: Vec<&str> = Scheme::built_in_names().collect();
    format!(
        "no built-in scheme fits its values and their order from the head down (known: {})",
        known.join(", ")
    )
}

/// Refuses a scheme that does not know all of a map's values while a built-in one does.
pub(super) fn refuse_other(map: &LabelMap, scheme: &Scheme) -> Result<(), LevelError> {
    let unknown = map.labels().map(|(value, _)| value).filter(|&value| !scheme.knows(value));
    let values = listed(unknown);
    if values.is_empty() || of(map).is_empty() {
        return Ok(());
    }
    Err(LevelError::OtherScheme { scheme: scheme.name.clone(), values, fitting: described(map) })
}

/// Maximum number of a map's values that a scheme does not know; an image has hundreds.
const MAX_UNKNOWN: usize = 64;

/// Refuses an image: a scheme knows few of its values, or some are below 0.
pub(super) fn refuse_image(map: &LabelMap, knows: impl Fn(i64) -> bool) -> Result<(), LevelError> {
    let values: Vec<i64> = map.labels().map(|(value, _)| value).collect();
    let unknown = values.iter().filter(|&&value| !knows(value)).count();
    let has_negative = values.iter().any(|&value| value < 0 && !knows(value));
    if unknown <= MAX_UNKNOWN && !(has_negative && values.len() > 2) {
        return Ok(());
    }
    let below = if has_negative { ", some below 0" } else { "" };
    Err(LevelError::Image { found: format!("{} distinct values{below}", values.len()) })
}

/// Refuses an image where no scheme was named.
pub(super) fn refuse_image_of_any(map: &LabelMap) -> Result<(), LevelError> {
    let schemes: Vec<Scheme> = known().map(|(_, scheme)| scheme).collect();
    refuse_image(map, |value| schemes.iter().any(|scheme| scheme.knows(value)))
}

/// Refuses a scheme of vertebrae for a map that names discs but no vertebra between them.
pub(super) fn refuse_discs_alone(map: &LabelMap, scheme: &Scheme) -> Result<(), LevelError> {
    if scheme.is_by_discs() || !names_discs_alone(map, scheme) {
        return Ok(());
    }
    let other = of(map).into_iter().find(|(_, other)| other.is_by_discs());
    other.map_or(Ok(()), |(_, other)| {
        let (scheme, other, title) = (scheme.name.clone(), other.name, other.title);
        Err(LevelError::DiscsAlone { scheme, other, title })
    })
}

fn known() -> impl Iterator<Item = (&'static str, Scheme)> {
    Scheme::built_in_names().filter_map(|name| Some((name, Scheme::built_in(name).ok()?)))
}

fn of(map: &LabelMap) -> Vec<(&'static str, Scheme)> {
    let (means, patient) = (means(map), map.grid().patient_axes());
    known().filter(|(_, scheme)| fits(map, &means, scheme, &patient)).collect()
}

fn fits(map: &LabelMap, means: &[(i64, [f64; 3])], scheme: &Scheme, patient: &PatientAxes) -> bool {
    if !means.iter().all(|&(value, _)| scheme.knows(value)) {
        return false;
    }
    if scheme.is_by_discs() {
        let meaning = |value| scheme.disc(value).map(|disc| (disc, disc.below));
        return names_discs_alone(map, scheme) && is_in_order(means, patient, meaning);
    }
    let meaning = |value| scheme.vertebra(value).map(|vertebra| (vertebra, vertebra.rank()));
    !names_discs_alone(map, scheme) && is_in_order(means, patient, meaning)
}

/// Whether two labels or more have a meaning, and lie in the order of their ranks.
fn is_in_order<T: Ord + std::fmt::Display>(
    means: &[(i64, [f64; 3])],
    patient: &PatientAxes,
    meaning: impl Fn(i64) -> Option<(T, VertebralLevel)>,
) -> bool {
    let mut named: Vec<_> = means
        .iter()
        .filter_map(|&(value, mean)| meaning(value).map(|(name, rank)| (rank, name, mean)))
        .collect();
    named.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let named: Vec<(T, [f64; 3])> = named.into_iter().map(|(_, name, mean)| (name, mean)).collect();
    named.len() > 1 && order::check(&named, patient, String::new).is_ok()
}

/// Whether a map has two discs or more and no vertebra but C1 and the sacrum.
fn names_discs_alone(map: &LabelMap, scheme: &Scheme) -> bool {
    let is_between = |vertebra: Vertebra| match vertebra {
        Vertebra::Level(level) => level.sct_number() != Some(1),
        Vertebra::Sacrum => false,
    };
    let values = || map.labels().map(|(value, _)| value);
    values().filter(|&value| scheme.disc(value).is_some()).count() > 1
        && !values().any(|value| scheme.vertebra(value).is_some_and(is_between))
}

/// Whether a scheme without vertebrae knows every value, and the cord is among them.
fn has_cord_alone(map: &LabelMap, scheme: &Scheme) -> bool {
    let values = || map.labels().map(|(value, _)| value);
    let names_none = values().all(|value| scheme.vertebra(value).is_none() && scheme.disc(value).is_none());
    names_none
        && values().all(|value| scheme.knows(value))
        && values().any(|value| scheme.cord().contains(&value))
}

/// Which of several schemes give a map the same levels, for a message.
fn alike(map: &LabelMap, fitting: &[(&str, Scheme)]) -> String {
    let is_same = |one: &Scheme, other: &Scheme| {
        let meaning = |scheme: &Scheme, value| (scheme.vertebra(value), scheme.disc(value));
        map.labels().all(|(value, _)| meaning(one, value) == meaning(other, value))
    };
    let mut groups: Vec<Vec<&(&str, Scheme)>> = Vec::new();
    for entry in fitting {
        match groups.iter_mut().find(|group| is_same(&group[0].1, &entry.1)) {
            Some(group) => group.push(entry),
            None => groups.push(vec![entry]),
        }
    }
    let several = groups.iter().filter(|group| group.len() > 1);
    let texts = several.map(|group| {
        if group.len() == fitting.len() {
            return "; all give the same levels".to_owned();
        }
        let names: Vec<&str> = group.iter().map(|&&(name, _)| name).collect();
        format!("; {} give the same levels", names.join(", "))
    });
    texts.collect()
}

/// The mean position of each label, RAS mm.
fn means(map: &LabelMap) -> Vec<(i64, [f64; 3])> {
    let mut sums: std::collections::BTreeMap<i64, [f64; 3]> = std::collections::BTreeMap::new();
    for run in map.runs() {
        let len = f64::from(run.len);
        let sum = sums.entry(run.label).or_default();
        sum[0] += len * (f64::from(run.i) + (len - 1.0) / 2.0);
        sum[1] += len * f64::from(run.j);
        sum[2] += len * f64::from(run.k);
    }
    let affine = map.grid().affine();
    let mean = |(label, count): (i64, usize)| {
        let sum = sums.get(&label).copied().unwrap_or_default();
        (label, affine.index_to_world(sum.map(|s| s / count as f64)))
    };
    map.labels().map(mean).collect()
}
