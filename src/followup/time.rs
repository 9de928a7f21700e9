//! When each visit was, and the order that follows from it.

use hemastage_image::error::Result;

use super::{FollowUp, FollowUpOptions, error::FollowUpError, visit::Visit};

/// The reason for values that need the visits' times.
pub(super) const NO_TIME: &str = "the times of the visits are not known";

/// Two visits of a patient or more, in the order of time.
#[derive(Debug, Clone)]
pub struct Timeline<'a> {
    /// The visits in their order.
    pub(super) visits: Vec<&'a Visit>,
    /// Hours since the first; `None` when only the order is known.
    pub(super) hours: Option<Vec<f64>>,
    order: Vec<usize>,
}

impl<'a> Timeline<'a> {
    /// By the times that the caller gave, else by the onsets, if every visit gives one of the same bleed, else by the hours
    /// since the first visit that every report gives, else as given.
    ///
    /// # Errors
    /// `Parameter` for fewer than two visits, for two visits at the same time, and where only some visits have a time.
    pub fn of(visits: &'a [Visit]) -> Result<Self> {
        if visits.len() < 2 {
            return Err(FollowUpError::TooFew { found: visits.len() }.into());
        }
        let given: Vec<Option<f64>> = visits.iter().map(|visit| visit.at_hours).collect();
        let times = match (given.iter().position(Option::is_some), given.iter().position(Option::is_none)) {
            (Some(_), Some(visit)) => return Err(FollowUpError::SomeTimes { visit }.into()),
            (Some(_), None) => given.into_iter().collect(),
            (None, _) => by_onsets(visits).or_else(|| by_reports(visits)),
        };
        let Some(times): Option<Vec<f64>> = times else {
            return Ok(Self {
                visits: visits.iter().collect(),
                hours: None,
                order: (0..visits.len()).collect(),
            });
        };
        let mut order: Vec<usize> = (0..visits.len()).collect();
        order.sort_by(|&a, &b| times[a].total_cmp(&times[b]));
        for pair in order.windows(2) {
            let hours = times[pair[0]];
            if hours == times[pair[1]] {
                let (first, second) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
                return Err(FollowUpError::SameTime { first, second, hours }.into());
            }
        }
        let start = times[order[0]];
        let hours = order.iter().map(|&n| times[n] - start).collect();
        Ok(Self { visits: order.iter().map(|&n| &visits[n]).collect(), hours: Some(hours), order })
    }

    /// The place that each visit was given in.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// Compares the visits.
    pub fn followup(&self, options: &FollowUpOptions) -> FollowUp {
        super::compared(self, options)
    }

    /// Whether the visits were given in another order.
    pub(super) fn is_reordered(&self) -> bool {
        !self.order.is_sorted()
    }
}

/// Hours since the bleed, if each visit gives those of one bleed.
fn by_onsets(visits: &[Visit]) -> Option<Vec<f64>> {
    let onset = |visit: &Visit| match visit.study.as_ref()?.criteria.onset_hours.as_slice() {
        [hours] => Some(*hours),
        _ => None,
    };
    visits.iter().map(onset).collect()
}

/// Hours since the first visit, if each report gives them.
fn by_reports(visits: &[Visit]) -> Option<Vec<f64>> {
    visits.iter().map(|visit| Some(visit.study.as_ref()?.visit?.hours_since_first)).collect()
}
