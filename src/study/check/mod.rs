//! Whether the masks are what they were given as, and lie where they must: all that needs no voxel of an image.
//!
//! Each check is a file with the share or distance from which it warns. Untouched studies stay well below; what a check
//! says is true, but a hematoma may be unusual.

mod cord;
mod distance;
pub(crate) mod further;
mod labels;
mod overlap;
mod place;
mod reach;
pub(crate) mod sequence;
mod size;
mod slices;
mod stray;
mod vertebrae;

use hemastage_image::{
    error::{Detail, Error, ErrorKind},
    finding::Finding,
    grid::{Grid, IndexBox},
    label_map::LabelMap,
    roi::Roi,
};

use super::{Study, StudyReference, VertebraeSource, reference::role};
use crate::{
    steps::{
        reference::ReferenceRegion,
        shape::{ShapeOptions, StrayParts},
    },
    vocabulary::contrast::PerContrast,
};

/// The masks of a study and the grids of its images.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Masks<'a> {
    pub(crate) images: PerContrast<&'a Grid>,
    pub(crate) hematoma: &'a Roi,
    pub(crate) reference: &'a StudyReference,
    pub(crate) canal: Option<&'a Roi>,
    pub(crate) vertebrae: Option<&'a VertebraeSource>,
}

impl<'a> Masks<'a> {
    /// What is unusual about them, mask by mask, then about the hematoma's place.
    pub(crate) fn findings(&self, options: &ShapeOptions) -> Vec<Finding> {
        self.findings_with(&StrayParts::of(&stray::input(self.hematoma, self.cord(), self.canal)), options)
    }

    fn findings_with(&self, stray: &StrayParts, options: &ShapeOptions) -> Vec<Finding> {
        let map = self.vertebrae.and_then(VertebraeSource::label_map);
        let regions = self.regions();
        let mut findings: Vec<Finding> =
            regions.iter().filter_map(|&(role, roi)| labels::joined(role, roi, map)).collect();
        findings.extend(regions.iter().filter_map(|&(role, roi)| slices::missing(role, roi)));
        let mut places: Vec<(&str, &Grid, IndexBox)> =
            regions.iter().map(|&(role, roi)| (role, roi.grid(), *roi.bounds())).collect();
        places.extend(map.map(|map| ("vertebrae", map.grid(), bounds(map))));
        findings.extend(
            places
                .iter()
                .filter_map(|(role, grid, bounds)| place::off_grid(role, grid, bounds, &self.images)),
        );
        findings.extend(place::t1_off_t2(&self.images));
        findings.extend(self.cord_findings());
        findings.extend(self.canal.and_then(cord::canal_too_wide));
        findings.extend(self.hematoma_findings(stray, options));
        let named = self.vertebrae.and_then(VertebraeSource::named_map);
        let inside = self.canal.or_else(|| self.cord());
        findings.extend(named.and_then(|named| vertebrae::in_vertebrae(self.hematoma, named, inside)));
        findings.extend(named.and_then(vertebrae::are_discs));
        findings
    }

    fn hematoma_findings(&self, stray: &StrayParts, options: &ShapeOptions) -> Vec<Finding> {
        let cord = self.cord();
        let in_cord = cord.and_then(|cord| overlap::in_cord(self.hematoma, cord));
        let around_cord = cord.and_then(|cord| overlap::around_cord(self.hematoma, cord));
        let around = match (self.canal, cord) {
            (Some(canal), cord) => overlap::outside_canal(self.hematoma, canal, cord),
            (None, Some(cord)) => distance::far_from_cord(self.hematoma, cord).into_iter().collect(),
            (None, None) => Vec::new(),
        };
        let beyond = self.reference.cord().and_then(|cord| reach::beyond_cord(self.hematoma, cord));
        let at_hematoma = |finding: Finding| finding.at("hematoma");
        let few = size::few_voxels(self.hematoma);
        let place = few.into_iter().chain(in_cord).chain(around_cord).chain(around).map(at_hematoma);
        let stray = stray::stray_voxels(stray, self.hematoma, cord, self.canal, options);
        place.chain(stray).chain(beyond.map(at_hematoma)).collect()
    }

    fn cord_findings(&self) -> Vec<Finding> {
        let Some(cord) = self.cord() else { return Vec::new() };
        let outside = self.canal.and_then(|canal| cord::outside_canal(cord, canal));
        let shape = cord::too_thick(cord).or_else(|| cord::hollow(cord));
        shape
            .into_iter()
            .chain(size::too_thin(cord))
            .chain(outside)
            .map(|finding| finding.at("cord"))
            .collect()
    }

    fn cord(&self) -> Option<&'a Roi> {
        self.reference.cord().map(ReferenceRegion::roi)
    }

    /// Each mask with its role.
    fn regions(&self) -> Vec<(&'static str, &'a Roi)> {
        let mut regions = vec![("hematoma", self.hematoma)];
        regions.extend(self.reference.region().map(|region| (role(region.tissue()), region.roi())));
        regions.extend(self.canal.map(|canal| ("canal", canal)));
        regions
    }
}

impl Study {
    /// What is unusual about the masks: their labels, their grids, and where the hematoma lies between them. Needs no
    /// voxel of an image; [`stage`](crate::stage()) does the same first, then the checks of
    /// [`NOT_CHECKED`](crate::load::StudyFiles::NOT_CHECKED).
    pub fn check(&self) -> Vec<Finding> {
        self.checked_masks().findings(&ShapeOptions::default())
    }

    /// The same where the stray parts are known.
    pub(crate) fn check_with(&self, stray: &StrayParts, options: &ShapeOptions) -> Vec<Finding> {
        self.checked_masks().findings_with(stray, options)
    }

    fn checked_masks(&self) -> Masks<'_> {
        Masks {
            images: PerContrast { t1: self.t1.grid(), t2: self.t2.grid() },
            hematoma: &self.hematoma,
            reference: &self.reference,
            canal: self.canal.as_ref(),
            vertebrae: self.vertebrae.as_ref(),
        }
    }
}

/// An error about masks that do not overlap with an image, with the cause where a mask lies off its grid.
pub(crate) fn because(error: Error, findings: &[Finding]) -> Error {
    let cause = findings.iter().find(|finding| finding.code == place::OFF_GRID);
    match cause.filter(|_| error.kind() == ErrorKind::Geometry) {
        Some(finding) => {
            let role = finding.place.clone().unwrap_or_default();
            Error::from(OffGrid { error: error.to_string(), role, cause: finding.message.clone() })
        }
        None => error,
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{error} ({role}: {cause})")]
struct OffGrid {
    error: String,
    role: String,
    cause: String,
}

impl Detail for OffGrid {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Geometry
    }
}

/// The smallest box that holds all labels of a map.
fn bounds(map: &LabelMap) -> IndexBox {
    let (mut start, mut end) = ([u32::MAX; 3], [0; 3]);
    for run in map.runs() {
        start = [start[0].min(run.i), start[1].min(run.j), start[2].min(run.k)];
        end = [end[0].max(run.i + run.len), end[1].max(run.j + 1), end[2].max(run.k + 1)];
    }
    IndexBox { start: start.map(|n| n as usize), end: end.map(|n| n as usize) }
}

/// A share in percent, without decimals.
fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}
