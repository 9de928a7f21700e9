//! Why values deep in a report are null: those that no step explains, as they follow from what it found.

use super::{PlaceRecord, Report};

impl Report {
    /// Adds the reasons that are seen in the finished report alone.
    pub(super) fn with_reasons(mut self) -> Self {
        let missing = [
            ("levels.span", self.no_level_involved(), "no level is covered far enough to be involved"),
            (
                "levels.per_level[].stage",
                self.unsampled_level(),
                "no voxel of the level is sampled on both contrasts",
            ),
            ("shape.*.level", self.beyond_levels(), "it lies beyond the labeled vertebrae"),
            (
                "shape.*.point_mm",
                self.places().any(|place| place.point_mm.is_none()),
                "left and right are unknown",
            ),
            (
                "shape.cord_t2[].median_ratio",
                self.few_cord_voxels(),
                "fewer than 5 voxels of the inner cord lie there",
            ),
            ("shape.displacement.direction", self.undirected(), "under 0.1 mm"),
        ];
        for (key, is_missing, reason) in missing {
            if is_missing {
                self.reasons.entry(key.into()).or_insert_with(|| reason.into());
            }
        }
        self
    }

    fn no_level_involved(&self) -> bool {
        self.levels.as_ref().is_some_and(|levels| levels.span.is_none())
    }

    fn unsampled_level(&self) -> bool {
        self.levels.iter().flat_map(|levels| &levels.per_level).any(|part| part.stage.is_none())
    }

    fn beyond_levels(&self) -> bool {
        self.places().any(|place| place.level.is_none())
            || self.shape.profile.iter().any(|step| step.level.is_none())
    }

    fn few_cord_voxels(&self) -> bool {
        self.shape.cord_t2.iter().flatten().any(|signal| signal.median_ratio.is_none())
    }

    fn undirected(&self) -> bool {
        self.shape.displacement.as_ref().is_some_and(|moved| moved.direction.is_none())
    }

    /// Every place on the line.
    fn places(&self) -> impl Iterator<Item = &PlaceRecord> {
        let shape = &self.shape;
        let ends = shape.extent.iter().flat_map(|extent| [&extent.lower, &extent.upper]);
        let largest = [
            &shape.thickness_ap,
            &shape.thickness_lr,
            &shape.occupancy_area,
            &shape.occupancy_ap,
            &shape.occupancy_midline,
        ];
        let largest = largest.into_iter().flatten().map(|largest| &largest.place);
        ends.chain(largest).chain(shape.displacement.iter().map(|moved| &moved.place))
    }
}
