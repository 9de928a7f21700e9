//! The levels of each visit side by side: color by stage, strength by volume, and a mark where the cord's T2 is changed.

use std::collections::BTreeSet;

use hemastage::{
    followup::{FollowUp, VisitRecord},
    vertebra::VertebralLevel,
};

use super::times::Times;
use crate::{
    figure::{INK, PALE, color},
    picture::svg::{Anchor, Area, Stroke, Svg, Type},
    text::volume,
};

const ROW: f64 = 30.0;
const NAMES: f64 = 56.0;
/// Between two visits.
const GAP: f64 = 46.0;
const MAX_CELL: f64 = 210.0;
const TEXT: f64 = 14.0;
/// The strength of the smallest volume.
const MIN_STRENGTH: f64 = 0.18;

/// The levels of a follow-up.
pub(super) struct Strip<'a> {
    pub(super) found: &'a FollowUp,
    pub(super) times: &'a Times,
    levels: Vec<VertebralLevel>,
}

impl<'a> Strip<'a> {
    /// Levels with blood or a changed cord at any visit.
    pub(super) fn of(found: &'a FollowUp, times: &'a Times) -> Self {
        let mut levels = BTreeSet::new();
        for visit in &found.visits {
            levels.extend(visit.levels.iter().flatten().map(|at| at.level));
            let changed = visit.cord_t2.iter().flatten().filter(|at| at.changed == Some(true));
            levels.extend(changed.map(|at| at.level));
        }
        // from the head down, with those in between
        let all: Vec<VertebralLevel> = levels.iter().copied().collect();
        Self { found, times, levels: all }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.levels.is_empty()
    }

    pub(super) fn height(&self) -> f64 {
        self.levels.len() as f64 * ROW + 34.0
    }

    pub(super) fn draw(&self, svg: &mut Svg, area: &Area) {
        svg.text([area.x, area.y - 14.0], "Levels", Type::new(19.0, INK).bold());
        let note = "color: stage; strength: volume; black mark: cord T2 changed, hollow: normal";
        svg.text(
            [area.right(), area.y - 14.0],
            note,
            Type::new(TEXT, PALE).anchor(Anchor::End).fitted([note], area.width - 100.0, 9.0),
        );
        let visits = self.found.visits.len() as f64;
        let cell = ((area.width - NAMES) / visits - GAP).clamp(24.0, MAX_CELL);
        let largest = self.found.visits.iter().flat_map(|visit| visit.levels.iter().flatten());
        let largest = largest.map(|at| at.mm3).fold(1e-9, f64::max);
        for (n, visit) in self.found.visits.iter().enumerate() {
            let x = area.x + NAMES + n as f64 * (cell + GAP);
            svg.text(
                [x + cell / 2.0, area.y + 16.0],
                self.times.name(n),
                Type::new(TEXT, INK).anchor(Anchor::Middle),
            );
            for (row, level) in self.levels.iter().enumerate() {
                let y = area.y + 24.0 + row as f64 * ROW;
                if n == 0 {
                    svg.text([area.x, y + 20.0], &level.to_string(), Type::new(16.0, INK).bold());
                }
                let place = Area { x, y: y + 2.0, width: cell, height: ROW - 5.0 };
                draw_cell(svg, visit, *level, &place, largest);
            }
        }
    }
}

fn draw_cell(svg: &mut Svg, visit: &VisitRecord, level: VertebralLevel, place: &Area, largest: f64) {
    svg.rectangle(place, "#F2F2F2", 1.0);
    let here = visit.levels.iter().flatten().find(|at| at.level == level);
    if let Some(at) = here.filter(|at| at.mm3 > 0.0) {
        let strength = MIN_STRENGTH + (1.0 - MIN_STRENGTH) * at.mm3 / largest;
        let fill = at.stage.map_or_else(|| "#C8C8C8".into(), color);
        svg.rectangle(place, &fill, strength);
        if at.involved {
            let (x, y, right, bottom) = (place.x, place.y, place.right(), place.bottom());
            let d = format!("M{x:.1} {y:.1}L{right:.1} {y:.1}L{right:.1} {bottom:.1}L{x:.1} {bottom:.1}Z");
            svg.stroke(&d, Stroke::new(INK, 1.2));
        }
        let how = Type::new(TEXT, INK).anchor(Anchor::Middle);
        if how.width(&volume(at.mm3)) < place.width - 6.0 {
            // a white plate, so that the text is read on any stage
            let width = how.width(&volume(at.mm3)) + 8.0;
            let middle = place.x + place.width / 2.0;
            svg.rectangle(
                &Area { x: middle - width / 2.0, y: place.y + 4.0, width, height: place.height - 8.0 },
                "#FFFFFF",
                0.72,
            );
            svg.text([middle, place.y + 17.5], &volume(at.mm3), how);
        }
    }
    let cord = visit.cord_t2.iter().flatten().find(|at| at.level == level);
    if let Some((ratio, changed)) = cord.and_then(|at| Some((at.ratio?, at.changed?))) {
        let mark = Area { x: place.right() + 4.0, y: place.y + 4.0, width: 7.0, height: place.height - 8.0 };
        if changed {
            svg.rectangle(&mark, "#000000", 1.0);
            svg.text([mark.right() + 3.0, place.y + 17.0], &format!("{ratio:.1}"), Type::new(12.0, INK));
        } else {
            svg.rimmed(&mark, "#FFFFFF");
        }
    }
}
