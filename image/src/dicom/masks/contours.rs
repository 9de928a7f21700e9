//! The contours of a structure set, as points in RAS+ millimeters.

use std::collections::{BTreeMap, BTreeSet};

use dicom_dictionary_std::tags;

use super::{
    error::MaskError,
    references::{ImageIndex, Referred},
};
use crate::{
    dicom::{dataset::Dataset, plane::ras_of_lps},
    error::Result,
    finding::Finding,
    memory::reserve,
};

/// The types of contours that enclose pixels.
///
/// # Reference
/// DICOM PS3.3, C.8.8.6.1 Contour Geometric Type.
const CLOSED: [&str; 3] = ["CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "INTERPOLATED_PLANAR"];

/// A closed contour of an ROI, of two points or more.
#[derive(Debug, Clone)]
pub(super) struct Contour {
    pub(super) roi: i64,
    /// Its number among the ROI's contours, from 1.
    pub(super) number: usize,
    /// RAS+ millimeters.
    pub(super) points: Vec<[f64; 3]>,
    /// The images that it was drawn on; `None` where it does not say.
    pub(super) drawn_on: Option<Referred>,
}

/// The contours that mark pixels, and how many do not.
#[derive(Debug, Default)]
pub(super) struct Contours {
    pub(super) closed: Vec<Contour>,
    /// Points and open lines.
    open: usize,
    /// Closed contours of fewer than two points.
    empty: usize,
}

impl Contours {
    /// The images that any of them was drawn on.
    pub(super) fn drawn_on(&self) -> Referred {
        let mut found = Referred::default();
        self.closed
            .iter()
            .filter_map(|contour| contour.drawn_on.as_ref())
            .for_each(|images| found.add(images));
        found
    }

    /// Findings about the contours that were left out.
    pub(super) fn findings(&self) -> impl Iterator<Item = Finding> {
        let all = self.closed.len() + self.open + self.empty;
        let open = format!(
            "{} of {all} contours are points or open lines, which enclose no voxels; they were left out",
            self.open
        );
        let empty = format!(
            "{} of {all} contours have fewer than two points and mark no voxels; they were left out",
            self.empty
        );
        let open = (self.open > 0).then(|| Finding::warning("open_contours", open));
        open.into_iter().chain((self.empty > 0).then(|| Finding::warning("empty_contours", empty)))
    }
}

/// What the contours of an ROI are that mark no voxels.
#[derive(Debug, Default, Clone, Copy)]
struct Seen {
    closed: bool,
    open: bool,
    empty: bool,
}

impl Seen {
    /// Why an ROI has no voxels.
    fn problem(self, roi: i64) -> Option<MaskError> {
        match self {
            Self { closed: true, .. } => None,
            Self { open: true, .. } => Some(MaskError::ContourType { roi }),
            Self { empty: true, .. } => Some(MaskError::EnclosesNothing { roi }),
            Self { .. } => Some(MaskError::NoContours { roi }),
        }
    }
}

/// The contours of the ROIs with these numbers, which are sorted.
///
/// # Errors
/// When the coordinates of a closed contour are damaged, or an ROI has none that marks voxels.
pub(super) fn read_contours(dataset: Dataset<'_>, numbers: &[i64], index: &ImageIndex) -> Result<Contours> {
    let mut contours = Contours::default();
    let mut seen: BTreeMap<i64, Seen> = BTreeMap::new();
    for item in dataset.items(tags::ROI_CONTOUR_SEQUENCE) {
        let Some(roi) = item.integer(tags::REFERENCED_ROI_NUMBER)? else { continue };
        if numbers.binary_search(&roi).is_err() {
            continue;
        }
        let seen = seen.entry(roi).or_default();
        for (contour, number) in item.items(tags::CONTOUR_SEQUENCE).zip(1..) {
            if !is_closed(contour) {
                contours.open += 1;
                seen.open = true;
                continue;
            }
            let points = points(contour, roi, number)?;
            if points.len() < 2 {
                contours.empty += 1;
                seen.empty = true;
                continue;
            }
            let (images, is_named) = index.named(contour, tags::CONTOUR_IMAGE_SEQUENCE);
            reserve(&mut contours.closed, 1).map_err(MaskError::from)?;
            contours.closed.push(Contour { roi, number, points, drawn_on: is_named.then_some(images) });
            seen.closed = true;
        }
    }
    let problem = |roi: &i64| seen.get(roi).copied().unwrap_or_default().problem(*roi);
    match numbers.iter().find_map(problem) {
        Some(problem) => Err(problem.into()),
        None => Ok(contours),
    }
}

/// The numbers of the ROIs that have contours.
pub(super) fn rois_with_contours(dataset: Dataset<'_>) -> BTreeSet<i64> {
    let with_contours =
        dataset.items(tags::ROI_CONTOUR_SEQUENCE).filter(|item| item.item(tags::CONTOUR_SEQUENCE).is_some());
    with_contours.filter_map(|item| item.integer(tags::REFERENCED_ROI_NUMBER).ok().flatten()).collect()
}

fn is_closed(contour: Dataset<'_>) -> bool {
    let kind = contour.text(tags::CONTOUR_GEOMETRIC_TYPE);
    kind.is_some_and(|kind| CLOSED.contains(&kind.as_str()))
}

/// The points of a contour. `NumberOfContourPoints` is not needed, and wrong in some files.
fn points(contour: Dataset<'_>, roi: i64, number: usize) -> Result<Vec<[f64; 3]>> {
    let numbers = contour.number_list(tags::CONTOUR_DATA)?;
    let (points, rest) = numbers.as_chunks::<3>();
    if !rest.is_empty() {
        return Err(MaskError::ContourLength { roi, contour: number, numbers: numbers.len() }.into());
    }
    Ok(points.iter().map(|&point| ras_of_lps(point)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contours_that_mark_nothing_are_a_finding() {
        let closed = vec![Contour { roi: 3, number: 1, points: vec![[0.0; 3]; 2], drawn_on: None }];
        let of = |open, empty| {
            let contours = Contours { closed: closed.clone(), open, empty };
            contours.findings().map(|finding| (finding.code, finding.message)).collect::<Vec<_>>()
        };
        assert_eq!(of(0, 0), []);
        assert_eq!(
            of(1, 2),
            [
                (
                    "open_contours".into(),
                    "1 of 4 contours are points or open lines, which enclose no voxels; they were left out"
                        .into()
                ),
                (
                    "empty_contours".into(),
                    "2 of 4 contours have fewer than two points and mark no voxels; they were left out"
                        .into()
                )
            ]
        );
    }

    #[test]
    fn an_roi_of_points_and_lines_says_so() {
        let text = |seen: Seen| seen.problem(3).map(|problem| problem.to_string());
        assert!(text(Seen { closed: true, open: true, empty: true }).is_none());
        assert!(text(Seen { open: true, empty: true, ..Seen::default() }).unwrap().contains("CLOSED_PLANAR"));
        assert_eq!(
            text(Seen { empty: true, ..Seen::default() }).unwrap(),
            "ROI 3 has no contour of two points or more: expected one that encloses voxels"
        );
        assert!(text(Seen::default()).unwrap().contains("ROI 3 has no contours"));
    }
}
