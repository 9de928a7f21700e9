//! What a mask holds, without free text of the header.

use std::{collections::BTreeMap, fmt};

use dicom_dictionary_std::tags;

use super::{codes::meaning, found::FoundMask, segmentation::Segmentation, structure_set::StructureSet};
use crate::{
    dicom::{dataset::Dataset, object::ObjectKind, series::UNNUMBERED},
    error::Result,
    limits::Limits,
};

/// A segmentation or a structure set in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MaskSummary {
    /// Which of the two.
    pub kind: ObjectKind,
    /// `SeriesNumber`, if the header has it.
    pub series_number: Option<i64>,
    /// Its number among the masks of its series number, from 1; `None` when it is the only one.
    pub part: Option<usize>,
    /// The file's name, without its folder.
    pub name: String,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Its segments or ROIs, in the order of the file.
    pub parts: Vec<MaskPart>,
    /// The numbers of the series in the folder that it refers to.
    pub series: Vec<i64>,
    /// Why it cannot be read.
    pub problem: Option<String>,
}

/// A segment or an ROI.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MaskPart {
    /// `SegmentNumber` or `ROINumber`.
    pub number: i64,
    /// What it is of by its code; `None` without a code of the standard.
    pub property: Option<&'static str>,
    /// The number of its voxels; `None` for an ROI.
    pub voxels: Option<usize>,
    /// The number of its contours; `None` for a segment.
    pub contours: Option<usize>,
}

impl MaskSummary {
    /// `series` are the numbers of the series that it refers to.
    pub(super) fn of(found: FoundMask, series: Vec<i64>, limits: Limits) -> Self {
        let FoundMask { file, kind, series_number, part, .. } = found;
        let (name, bytes) = (file.name().to_owned(), file.stored_bytes());
        let parts = match kind {
            ObjectKind::Segmentation => Segmentation::of_file(file, limits).and_then(|file| segments(&file)),
            _ => StructureSet::of_file(file).map(|file| rois(&file)),
        };
        let (parts, problem) = match parts {
            Ok(parts) => (parts, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        Self { kind, series_number, part, name, bytes, parts, series, problem }
    }

    /// The text after `#` that selects it: `100` or `100.2`, and `none` or `none.2` without a series number.
    pub fn choice(&self) -> String {
        choice(self.series_number, self.part)
    }

    fn is_segmentation(&self) -> bool {
        self.kind == ObjectKind::Segmentation
    }
}

/// As [`MaskSummary::choice`].
pub(super) fn choice(series_number: Option<i64>, part: Option<usize>) -> String {
    let number = series_number.map_or_else(|| UNNUMBERED.to_owned(), |number| number.to_string());
    part.map_or_else(|| number.clone(), |part| format!("{number}.{part}"))
}

/// The segments of a file, with their voxels: every frame is read.
fn segments(file: &Segmentation) -> Result<Vec<MaskPart>> {
    let voxels = file.count_voxels()?;
    let items = file.dataset().items(tags::SEGMENT_SEQUENCE);
    let properties = properties(items, |item| {
        let number = item.integer(tags::SEGMENT_NUMBER).ok().flatten()?;
        Some((number, item.item(tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE)?))
    });
    let part = |number| MaskPart {
        number,
        property: properties.get(&number).copied(),
        voxels: Some(voxels.get(&number).copied().unwrap_or(0)),
        contours: None,
    };
    Ok(file.numbers().into_iter().map(part).collect())
}

fn rois(file: &StructureSet) -> Vec<MaskPart> {
    let dataset = file.dataset();
    let mut contours: BTreeMap<i64, usize> = BTreeMap::new();
    for item in dataset.items(tags::ROI_CONTOUR_SEQUENCE) {
        if let Ok(Some(number)) = item.integer(tags::REFERENCED_ROI_NUMBER) {
            *contours.entry(number).or_default() += item.items(tags::CONTOUR_SEQUENCE).count();
        }
    }
    let properties = properties(dataset.items(tags::RTROI_OBSERVATIONS_SEQUENCE), |item| {
        let number = item.integer(tags::REFERENCED_ROI_NUMBER).ok().flatten()?;
        Some((number, item.item(tags::RTROI_IDENTIFICATION_CODE_SEQUENCE)?))
    });
    let part = |number| MaskPart {
        number,
        property: properties.get(&number).copied(),
        voxels: None,
        contours: Some(contours.get(&number).copied().unwrap_or(0)),
    };
    file.numbers().into_iter().map(part).collect()
}

/// The meaning of the codes of segments or ROIs, by their numbers.
fn properties<'d>(
    items: impl Iterator<Item = Dataset<'d>>,
    code: impl Fn(Dataset<'d>) -> Option<(i64, Dataset<'d>)>,
) -> BTreeMap<i64, &'static str> {
    items.filter_map(code).filter_map(|(number, code)| Some((number, meaning(code)?))).collect()
}

impl fmt::Display for MaskSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}: ", self.choice())?;
        f.write_str(if self.is_segmentation() { "segmentation" } else { "structure set" })?;
        for (n, series) in self.series.iter().enumerate() {
            write!(f, "{}#{series}", if n == 0 { " of " } else { " and " })?;
        }
        for part in &self.parts {
            write!(f, "; {part}")?;
        }
        match &self.problem {
            Some(problem) => write!(f, "; cannot be used: {problem}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for MaskPart {
    /// Such as `1: Hematoma, 2535 voxels`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.number)?;
        if let Some(property) = self.property {
            write!(f, " {property},")?;
        }
        match (self.voxels, self.contours) {
            (Some(1), _) => f.write_str(" 1 voxel"),
            (Some(voxels), _) => write!(f, " {voxels} voxels"),
            (None, Some(1)) => f.write_str(" 1 contour"),
            (None, contours) => write!(f, " {} contours", contours.unwrap_or(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_a_mask_holds() {
        let part = |number, property, voxels, contours| MaskPart { number, property, voxels, contours };
        let mut summary = MaskSummary {
            kind: ObjectKind::Segmentation,
            series_number: Some(100),
            part: None,
            name: "x".into(),
            bytes: 9,
            parts: vec![part(1, Some("Hematoma"), Some(2535), None), part(2, None, Some(1), None)],
            series: vec![5],
            problem: None,
        };
        assert_eq!(summary.to_string(), "#100: segmentation of #5; 1: Hematoma, 2535 voxels; 2: 1 voxel");
        (summary.part, summary.series, summary.problem) = (Some(2), vec![4, 5], Some("bad".into()));
        summary.parts.clear();
        assert_eq!(summary.to_string(), "#100.2: segmentation of #4 and #5; cannot be used: bad");
        (summary.kind, summary.series_number, summary.problem) = (ObjectKind::StructureSet, None, None);
        (summary.series, summary.parts) = (vec![], vec![part(7, None, None, Some(3))]);
        assert_eq!(summary.to_string(), "#none.2: structure set; 7: 3 contours");
    }
}
