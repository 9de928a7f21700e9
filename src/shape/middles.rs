//! The middles of a mask's cross-sections, which its centre line goes through.

use std::collections::VecDeque;

use super::{cells::spread, sections::STEP_MM};
use crate::vector::{Vector, plus};

/// No spine is longer; a mask that is has wrong voxel sizes.
pub(super) const LONGEST_MM: f64 = 2000.0;
/// At the ends of a mask, cut across by the image's border, a cross-section counts from this share of
/// the largest one within `END_MM`; no more than `END_MM` nor a quarter of the mask is left out. Voxels are
/// counted, so that shares of exactly 0.9 occur: rounding does not decide them.
const END_SHARE: f64 = 0.9 - 1e-6;
const END_MM: f64 = 10.0;

/// Volume and first moment per millimetre along an axis or a line.
#[derive(Debug, Default)]
pub(super) struct Middles {
    /// Steps from the lowest that was added.
    steps: VecDeque<(f64, Vector)>,
    first: i64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Middles {
    /// Adds a cell; an error when the mask is longer than any spine.
    pub(super) fn add(&mut self, p: Vector, along: f64, extent: f64) -> Result<(), String> {
        let (low, high) = (along - extent / 2.0, along + extent / 2.0);
        if self.steps.is_empty() {
            (self.low, self.high) = (low, high);
        }
        (self.low, self.high) = (self.low.min(low), self.high.max(high));
        let long = self.high - self.low;
        if !long.is_finite() || long > LONGEST_MM {
            return Err(format!(
                "the mask is longer than {LONGEST_MM} mm, as no spine is: check the voxel sizes"
            ));
        }
        for (step, share) in spread(along, extent, STEP_MM) {
            let (volume, moment) = self.step(step);
            *volume += share;
            *moment = plus(*moment, share, p);
        }
        Ok(())
    }

    /// A step, for which room is made.
    fn step(&mut self, step: i64) -> &mut (f64, Vector) {
        if self.steps.is_empty() {
            self.first = step;
        }
        while step < self.first {
            self.steps.push_front(Default::default());
            self.first -= 1;
        }
        let place = (step - self.first) as usize;
        if place >= self.steps.len() {
            self.steps.resize(place + 1, Default::default());
        }
        &mut self.steps[place]
    }

    /// Position and middle of each cross-section, without those at the ends that are cut across.
    pub(super) fn inner(&self) -> Vec<(f64, Vector)> {
        let all: Vec<(i64, f64, Vector)> = (self.first..)
            .zip(&self.steps)
            .map(|(n, &(v, m))| (n, v, m))
            .filter(|step| step.1 > 0.0)
            .collect();
        let most = (END_MM / STEP_MM).min(all.len() as f64 / 4.0) as usize;
        let cut = |volumes: &[f64]| {
            let near = |n: usize| volumes[n..].iter().take(most + 1).copied().fold(0.0, f64::max);
            (0..most).find(|&n| volumes[n] >= END_SHARE * near(n)).unwrap_or(most)
        };
        let mut volumes: Vec<f64> = all.iter().map(|section| section.1).collect();
        let first = cut(&volumes);
        volumes.reverse();
        let end = all.len() - cut(&volumes);
        let middle = |&(n, volume, moment): &(i64, f64, Vector)| {
            ((n as f64 + 0.5) * STEP_MM, moment.map(|v: f64| v / volume))
        };
        all[first..end].iter().filter(|section| section.1 > 0.0).map(middle).collect()
    }
}
