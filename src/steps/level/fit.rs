//! Which built-in schemes a label map's values, and their order from the head down, allow.

use hemastage_image::{grid::PatientAxes, label_map::LabelMap};

use super::{
    error::listed,
    order,
    scheme::{Scheme, Vertebra},
};

/// The names of the built-in schemes that fit: every value is known to the scheme, two or more are vertebrae, and the
/// centers of those labels lie in anatomical order.
pub(super) fn fitting(map: &LabelMap) -> Vec<&'static str> {
    let (means, patient) = (means(map), map.grid().patient_axes());
    Scheme::built_in_names()
        .filter(|name| Scheme::built_in(name).is_ok_and(|scheme| fits(&means, &scheme, &patient)))
        .collect()
}

/// The fitting schemes, for a message.
pub(super) fn described(map: &LabelMap) -> String {
    let fitting = fitting(map);
    if fitting.is_empty() {
        let known = listed(Scheme::built_in_names());
        return format!(
            "no built-in scheme fits its values and their order from the head down (known: {known})"
        );
    }
    format!("these fit its values and their order from the head down: {}", fitting.join(", "))
}

fn fits(means: &[(i64, [f64; 3])], scheme: &Scheme, patient: &PatientAxes) -> bool {
    let mut vertebrae: Vec<(Vertebra, [f64; 3])> =
        means.iter().filter_map(|&(value, mean)| Some((scheme.vertebra(value)?, mean))).collect();
    vertebrae.sort_by_key(|&(vertebra, _)| (vertebra.rank(), vertebra));
    means.iter().all(|&(value, _)| scheme.knows(value))
        && vertebrae.len() > 1
        && order::check(&vertebrae, patient, String::new).is_ok()
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
