//! The prior from the time since the bleed.

use super::*;

/// Logistic function.
pub(super) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// A window's edge in hours; 0 counts as missing.
pub(super) fn edge(hours: Option<f64>) -> Option<f64> {
    hours.filter(|&h| h != 0.0)
}

/// Prior of the five stages at `hours` after one bleed.
pub(super) fn prior_at(windows: &[(Option<f64>, Option<f64>); 5], hours: f64) -> [f64; 5] {
    let width = 0.25;
    let membership = windows.map(|(start, end)| {
        let after = edge(start).map_or(1.0, |a| logistic((hours.ln() - a.ln()) / width));
        let before = edge(end).map_or(1.0, |b| logistic((b.ln() - hours.ln()) / width));
        after * before
    });
    let shares = normalized(membership);
    normalized(shares.map(|share| share.max(0.05)))
}

/// Shares of the sum; equal shares when all are 0.
pub(super) fn normalized(values: [f64; 5]) -> [f64; 5] {
    let total: f64 = values.iter().sum();
    if total > 0.0 { values.map(|value| value / total) } else { [0.2; 5] }
}

/// Mean prior over the bleeding events; uniform without one.
pub(crate) fn prior_of_events(windows: &[(Option<f64>, Option<f64>); 5], onsets_hours: &[f64]) -> [f64; 5] {
    if onsets_hours.is_empty() {
        return [0.2; 5];
    }
    let mut mean = [0.0; 5];
    for &hours in onsets_hours {
        let prior = prior_at(windows, hours);
        for stage in 0..5 {
            mean[stage] += prior[stage] / number(onsets_hours.len());
        }
    }
    mean
}

/// Share of each event in explaining a stage.
pub(super) fn event_shares(
    windows: &[(Option<f64>, Option<f64>); 5],
    onsets_hours: &[f64],
    stage: usize,
) -> Vec<f64> {
    let priors: Vec<f64> = onsets_hours.iter().map(|&hours| prior_at(windows, hours)[stage]).collect();
    let total: f64 = priors.iter().sum();
    priors.iter().map(|prior| prior / total).collect()
}

/// Whether a window `[a, b)` holds an age.
pub(super) fn holds(window: (Option<f64>, Option<f64>), hours: f64) -> bool {
    edge(window.0).is_none_or(|a| a <= hours) && edge(window.1).is_none_or(|b| hours < b)
}
