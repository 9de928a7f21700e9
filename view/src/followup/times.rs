//! Where each visit lies on the axis of time.

use hemastage::followup::FollowUp;

use super::words::day;

/// Visits closer than this are named on the next line.
pub(super) const MIN_GAP: f64 = 76.0;

/// The visits along an axis: at their times, or one step apart where these are not known.
#[derive(Debug)]
pub(super) struct Times {
    /// From 0 to 1.
    shares: Vec<f64>,
    names: Vec<String>,
}

impl Times {
    pub(super) fn of(found: &FollowUp) -> Self {
        let hours: Option<Vec<f64>> = found.visits.iter().map(|visit| visit.hours).collect();
        let last = found.visits.len().saturating_sub(1).max(1) as f64;
        let steps = || (0..found.visits.len()).map(|n| n as f64 / last).collect();
        let shares = match &hours {
            Some(hours) => {
                let end = hours.last().copied().unwrap_or(1.0).max(f64::MIN_POSITIVE);
                hours.iter().map(|hours| hours / end).collect()
            }
            None => steps(),
        };
        let name = |(n, visit): (usize, &hemastage::followup::VisitRecord)| match visit.hours {
            Some(hours) => format!("day {}", day(hours)),
            None => format!("visit {}", n + 1),
        };
        Self { shares, names: found.visits.iter().enumerate().map(name).collect() }
    }

    /// The place of a visit on an axis from `x`.
    pub(super) fn at(&self, visit: usize, x: f64, width: f64) -> f64 {
        x + self.shares.get(visit).copied().unwrap_or(0.0) * width
    }

    /// As in `day 7`.
    pub(super) fn name(&self, visit: usize) -> &str {
        self.names.get(visit).map_or("", String::as_str)
    }

    pub(super) fn len(&self) -> usize {
        self.shares.len()
    }
}
