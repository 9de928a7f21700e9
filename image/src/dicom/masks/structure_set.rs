//! Structure sets (RTSTRUCT) as masks: contours filled on the slices of an image.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use dicom_dictionary_std::tags;

use super::{
    contours::{Contour, read_contours, rois_with_contours},
    error::MaskError,
    images::{ImageSpace, in_frame_of_reference},
    marks::Marks,
    slices::Slicing,
};
use crate::{
    choice::{Entry, EntryKind, SegmentChoice, check_numbers, resolve},
    dicom::{file::DicomFile, object::ObjectKind},
    error::{Error, Result},
    finding::Finding,
    grid::Grid,
    limits::Limits,
    roi::{Labels, Roi},
};

/// A structure set, read ROI by ROI. On opening, only the list of its ROIs is read.
///
/// # Reference
/// DICOM PS3.3, A.19 RT Structure Set IOD, C.8.8.5 and C.8.8.6.
pub struct StructureSet {
    file: DicomFile,
    rois: Vec<Entry>,
    /// By ROI number.
    frames_of_reference: BTreeMap<i64, String>,
}

impl StructureSet {
    /// Opens a structure set.
    ///
    /// # Errors
    /// `Io` or `Malformed` when the file cannot be read or contradicts itself, `Unsupported` when it is another kind
    /// of object.
    pub fn open(path: impl AsRef<Path>, limits: Limits) -> Result<Self> {
        Self::of_file(DicomFile::open(path.as_ref(), limits)?)
    }

    pub(crate) fn of_file(file: DicomFile) -> Result<Self> {
        let name = file.name().to_owned();
        Self::of_unnamed(file).map_err(|error| error.at(name))
    }

    fn of_unnamed(file: DicomFile) -> Result<Self> {
        let dataset = file.dataset();
        if ObjectKind::of(dataset) != ObjectKind::StructureSet {
            return Err(MaskError::NotStructureSet.into());
        }
        let (mut rois, mut frames_of_reference) = (Vec::new(), BTreeMap::new());
        for item in dataset.items(tags::STRUCTURE_SET_ROI_SEQUENCE) {
            let missing = MaskError::Missing { keyword: "ROINumber", of: "structure set" };
            let number = item.integer(tags::ROI_NUMBER)?.ok_or(missing)?;
            rois.push(Entry { number, name: item.text(tags::ROI_NAME) });
            if let Some(uid) = item.text(tags::REFERENCED_FRAME_OF_REFERENCE_UID) {
                frames_of_reference.insert(number, uid);
            }
        }
        check_numbers(&rois, EntryKind::Roi)?;
        Ok(Self { file, rois, frames_of_reference })
    }

    /// The file's name, without its folder.
    pub fn name(&self) -> &str {
        self.file.name()
    }

    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Size of the file in bytes.
    pub fn stored_bytes(&self) -> u64 {
        self.file.stored_bytes()
    }

    /// The numbers of the ROIs, in the order of the file.
    pub fn numbers(&self) -> Vec<i64> {
        self.rois.iter().map(|roi| roi.number).collect()
    }

    /// The numbers that a choice selects; all are those with contours, if any has some.
    ///
    /// # Errors
    /// `Parameter` when a number or name is not in the file, or two ROIs have the name.
    pub fn choose(&self, choice: &SegmentChoice) -> Result<Vec<i64>> {
        let mut rois = self.rois.clone();
        if *choice == SegmentChoice::All {
            let with_contours = rois_with_contours(self.file.dataset());
            rois.retain(|roi| with_contours.is_empty() || with_contours.contains(&roi.number));
        }
        resolve(choice, &rois, EntryKind::Roi).map_err(|error| Error::from(error).at(self.name()))
    }

    /// Reads the chosen ROIs as one region.
    ///
    /// # Shape and units
    /// The region lies on the grid of the first image that has a slice near every contour, within a tenth of the slice
    /// spacing. A voxel belongs to an ROI when its center is inside an odd number of the ROI's contours on its slice.
    ///
    /// # Errors
    /// `Parameter` as for [`StructureSet::choose`], `Unsupported` for points and open contours, `Geometry` when the
    /// frame of reference is that of no image or a contour lies off its slices.
    pub fn read_roi(
        &self,
        choice: &SegmentChoice,
        images: &[ImageSpace<'_>],
        findings: &mut Vec<Finding>,
    ) -> Result<Roi> {
        let numbers = self.choose(choice)?;
        let roi = self.read(&numbers, images, findings);
        roi.map(|roi| roi.with_joined(choice.joins(&numbers))).map_err(|error| error.at(self.name()))
    }

    fn read(&self, numbers: &[i64], images: &[ImageSpace<'_>], findings: &mut Vec<Finding>) -> Result<Roi> {
        let (contours, left_out) = enclosing(read_contours(self.file.dataset(), numbers)?, numbers)?;
        findings.extend(left_out);
        let (grid, slicing) = self.slicing(numbers, images, &contours)?;
        let mut marks = Marks::new(grid);
        findings.extend(slicing.skipped());
        slicing.fill(&mut marks, findings)?;
        marks.into_roi(Labels::NonZero)
    }

    /// The grid of the first image whose slices hold every contour, with the contours by slice.
    fn slicing<'a>(
        &self,
        numbers: &[i64],
        images: &[ImageSpace<'_>],
        contours: &'a [Contour],
    ) -> Result<(Grid, Slicing<'a>), MaskError> {
        let mut shared: Vec<&ImageSpace<'_>> = images.iter().collect();
        for number in numbers {
            let of_roi =
                in_frame_of_reference(images, self.frames_of_reference.get(number).map(String::as_str))?;
            shared.retain(|image| of_roi.iter().any(|other| std::ptr::eq(*image, *other)));
        }
        let mut problem = MaskError::NoImage;
        for (index, image) in shared.into_iter().enumerate() {
            match Slicing::of(contours, image.grid) {
                Ok(slicing) => return Ok((*image.grid, slicing)),
                Err(error) if index == 0 => problem = error,
                Err(_) => {}
            }
        }
        Err(problem)
    }
}

/// The contours that can enclose voxels, with a finding about the others.
///
/// # Errors
/// When none of an ROI's can.
fn enclosing(contours: Vec<Contour>, numbers: &[i64]) -> Result<(Vec<Contour>, Option<Finding>), MaskError> {
    let all = contours.len();
    let kept: Vec<Contour> = contours.into_iter().filter(|contour| contour.points.len() > 2).collect();
    let with_contours: BTreeSet<i64> = kept.iter().map(|contour| contour.roi).collect();
    if let Some(&roi) = numbers.iter().find(|number| !with_contours.contains(number)) {
        return Err(MaskError::EnclosesNothing { roi });
    }
    let left_out = all - kept.len();
    let message = format!(
        "{left_out} of {all} contours have fewer than three points and enclose no voxels; they were left out"
    );
    Ok((kept, (left_out > 0).then(|| Finding::warning("empty_contours", message))))
}

impl std::fmt::Debug for StructureSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StructureSet").field("rois", &self.rois).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contour(roi: i64, points: usize) -> Contour {
        Contour { roi, number: 1, points: vec![[0.0; 3]; points] }
    }

    #[test]
    fn contours_that_enclose_nothing_are_a_finding() {
        let of = |points: &[usize]| {
            let contours = points.iter().map(|&points| contour(3, points)).collect();
            enclosing(contours, &[3])
                .map(|(kept, finding)| (kept.len(), finding.map(|f| (f.code, f.message))))
        };
        assert_eq!(of(&[3, 4]).unwrap(), (2, None));
        let message =
            "3 of 4 contours have fewer than three points and enclose no voxels; they were left out";
        assert_eq!(of(&[0, 1, 5, 2]).unwrap(), (1, Some(("empty_contours".into(), message.into()))));
        assert_eq!(
            of(&[0, 1]).unwrap_err().to_string(),
            "ROI 3 has no contour of three points or more: expected one that encloses voxels"
        );
    }
}
