//! The contours of a structure set, as points in RAS+ millimeters.

use std::collections::BTreeSet;

use dicom_dictionary_std::tags;

use super::error::MaskError;
use crate::{
    dicom::{dataset::Dataset, plane::ras_of_lps},
    error::Result,
    memory::reserve,
};

/// A closed contour of an ROI.
#[derive(Debug)]
pub(super) struct Contour {
    pub(super) roi: i64,
    /// Its number among the ROI's contours, from 1.
    pub(super) number: usize,
    /// RAS+ millimeters.
    pub(super) points: Vec<[f64; 3]>,
}

/// The contours of the ROIs with these numbers, which are sorted.
///
/// # Errors
/// When a contour is not closed and planar, its coordinates are damaged, or an ROI has no contours.
pub(super) fn read_contours(dataset: Dataset<'_>, numbers: &[i64]) -> Result<Vec<Contour>> {
    let mut contours: Vec<Contour> = Vec::new();
    for item in dataset.items(tags::ROI_CONTOUR_SEQUENCE) {
        let Some(roi) = item.integer(tags::REFERENCED_ROI_NUMBER)? else { continue };
        if numbers.binary_search(&roi).is_ok() {
            for (contour, number) in item.items(tags::CONTOUR_SEQUENCE).zip(1..) {
                reserve(&mut contours, 1).map_err(MaskError::from)?;
                contours.push(Contour { roi, number, points: points(contour, roi, number)? });
            }
        }
    }
    let with_contours: BTreeSet<i64> = contours.iter().map(|contour| contour.roi).collect();
    match numbers.iter().find(|number| !with_contours.contains(number)) {
        Some(&roi) => Err(MaskError::NoContours { roi }.into()),
        None => Ok(contours),
    }
}

/// The numbers of the ROIs that have contours.
pub(super) fn rois_with_contours(dataset: Dataset<'_>) -> BTreeSet<i64> {
    let with_contours =
        dataset.items(tags::ROI_CONTOUR_SEQUENCE).filter(|item| item.item(tags::CONTOUR_SEQUENCE).is_some());
    with_contours.filter_map(|item| item.integer(tags::REFERENCED_ROI_NUMBER).ok().flatten()).collect()
}

fn points(contour: Dataset<'_>, roi: i64, number: usize) -> Result<Vec<[f64; 3]>> {
    let kind = contour.text(tags::CONTOUR_GEOMETRIC_TYPE);
    if !matches!(kind.as_deref(), Some("CLOSED_PLANAR" | "CLOSEDPLANAR_XOR")) {
        return Err(MaskError::ContourType { roi }.into());
    }
    let numbers = contour.number_list(tags::CONTOUR_DATA)?;
    let (points, rest) = numbers.as_chunks::<3>();
    let claimed = contour.integer(tags::NUMBER_OF_CONTOUR_POINTS)?;
    if !rest.is_empty() || claimed.is_some_and(|claimed| claimed != points.len() as i64) {
        let points = claimed.unwrap_or(points.len() as i64);
        return Err(MaskError::ContourLength { roi, contour: number, numbers: numbers.len(), points }.into());
    }
    Ok(points.iter().map(|&point| ras_of_lps(point)).collect())
}
