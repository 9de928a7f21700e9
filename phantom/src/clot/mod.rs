//! Blood at each point of a collection: its shape in the canal and the stages in it.

mod shape;
mod stages;

use hemastage::stage::Stage;
use hemastage_image::error::Result;

use super::collection::Collection;
use super::curve::{CanalPoint, Curve};
use super::random::Random;
use super::sections::{Section, Sections};
use shape::ClotShape;
use stages::StageField;

/// The rim of a collection is so thick.
const RIM_MM: f64 = 1.0;
/// The center of a collection lies so deep in it, and spans this share of its length.
const CENTER_MM: f64 = 1.2;
const MIDDLE: f64 = 0.16;

/// A part of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Rim,
    Center,
    Whole,
}

/// A collection in the frame of the canal.
#[derive(Debug)]
pub(super) struct Clot {
    shape: ClotShape,
    stages: StageField,
}

impl Clot {
    pub(super) fn new(
        collection: &Collection,
        curve: &Curve,
        sections: &Sections,
        random: &mut Random,
    ) -> Result<Self> {
        let shape = ClotShape::new(collection, curve, sections, random)?;
        let stages = StageField::new(&collection.layout, &shape, sections, random);
        Ok(Self { shape, stages })
    }

    /// The largest thickness that the collection has anywhere.
    pub(super) fn max_thickness_mm(&self) -> f64 {
        self.shape.max_thickness_mm()
    }

    /// Whether a point of the collection lies in a part of it.
    pub(super) fn is_in(&self, part: Part, p: CanalPoint, section: &Section) -> bool {
        let border_mm = || self.shape.border_mm(p, section).unwrap_or(0.0);
        let (start, end) = self.shape.range_mm();
        let off_middle = (2.0 * p.s - start - end).abs() / (end - start);
        match part {
            Part::Rim => border_mm() < RIM_MM,
            Part::Center => border_mm() >= CENTER_MM && off_middle < MIDDLE,
            Part::Whole => true,
        }
    }

    /// The stage of the blood at a point; `None` outside.
    pub(super) fn stage_at(&self, p: CanalPoint, section: &Section) -> Option<Stage> {
        let depth = self.shape.relative_depth(p, section)?;
        let (start, end) = self.shape.range_mm();
        Some(self.stages.stage(p, (p.s - start) / (end - start), depth))
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::super::collection::{Compartment, Extent, Side};
    use super::*;

    fn clot(collection: &Collection) -> (Clot, Sections) {
        let (curve, sections) = (Curve::new(18.0, 0.0), Sections::new());
        let clot = Clot::new(collection, &curve, &sections, &mut Random::new(1, 1)).unwrap();
        (clot, sections)
    }

    fn middle(clot: &Clot) -> f64 {
        let (start, end) = clot.shape.range_mm();
        0.5 * (start + end)
    }

    #[test]
    fn lies_on_its_side() {
        for (side, u, v) in
            [(Side::Dorsal, 0, -1), (Side::Ventral, 0, 1), (Side::Left, -1, 0), (Side::Right, 1, 0)]
        {
            let extent = Extent::levels("C4", "C6").unwrap();
            let (clot, sections) = clot(&Collection::new(extent).with_side(side).with_thickness_mm(3.0));
            let s = middle(&clot);
            let section = sections.at(s);
            let near_wall = |sign: f64| CanalPoint {
                u: sign * f64::from(u) * (section.canal.a - 1.0),
                v: sign * f64::from(v) * (section.canal.b - 1.0),
                s,
            };
            assert!(clot.stage_at(near_wall(1.0), section).is_some(), "{side:?}");
            assert!(clot.stage_at(near_wall(-1.0), section).is_none(), "{side:?}");
        }
    }

    #[test]
    fn is_as_thick_as_its_option_where_there_is_room() {
        let extent = Extent::levels("C4", "C6").unwrap();
        let (thin, _) = clot(&Collection::new(extent).with_thickness_mm(2.0));
        assert_abs_diff_eq!(thin.max_thickness_mm(), 2.0, epsilon = 0.01);
        let (thick, _) = clot(&Collection::new(extent).with_thickness_mm(20.0));
        assert!((4.0..6.0).contains(&thick.max_thickness_mm()), "the cord stays free");
        let lumbar = Extent::levels("L3", "L4").unwrap();
        let (lumbar, _) = clot(&Collection::new(lumbar).with_thickness_mm(8.0));
        // no cord below the conus
        assert_abs_diff_eq!(lumbar.max_thickness_mm(), 8.0, epsilon = 0.01);
    }

    #[test]
    fn intrathecal_blood_lies_inside_the_dura() {
        let extent = Extent::levels("T3", "T4").unwrap();
        let (clot, sections) = clot(&Collection::new(extent).with_compartment(Compartment::Intrathecal));
        let s = middle(&clot);
        let section = sections.at(s);
        let behind = |mm: f64| CanalPoint { u: 0.0, v: section.dura.v - section.dura.b + mm, s };
        assert!(clot.stage_at(behind(-0.5), section).is_none());
        assert!(clot.stage_at(behind(0.8), section).is_some());
    }
}
