//! Structure sets (RTSTRUCT) as masks: contours filled on the slices of an image.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use dicom_dictionary_std::tags;

use super::{
    contour_planes::ContourPlanes,
    contours::{Contours, read_contours, rois_with_contours},
    error::MaskError,
    images::{Candidates, ImageSpace},
    marks::Marks,
    place::other_frame_of_reference,
    references::ImageIndex,
    slices::Slicing,
};
use crate::{
    choice::{Entry, EntryKind, SegmentChoice, check_numbers, resolve},
    dicom::{dataset::Dataset, file::DicomFile, object::ObjectKind},
    error::{Error, Result},
    finding::Finding,
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
    /// Of an ROI that has none of its own.
    frame_of_reference: Option<String>,
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
        let frame_of_reference = frame_of_reference(dataset);
        Ok(Self { file, rois, frames_of_reference, frame_of_reference })
    }

    /// The file's name, without its folder.
    pub fn name(&self) -> &str {
        self.file.name()
    }

    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    pub(super) fn dataset(&self) -> Dataset<'_> {
        self.file.dataset()
    }

    /// Size of the file in bytes.
    pub fn stored_bytes(&self) -> u64 {
        self.file.stored_bytes()
    }

    /// The numbers of the ROIs, in the order of the file.
    pub fn numbers(&self) -> Vec<i64> {
        self.rois.iter().map(|roi| roi.number).collect()
    }

    /// The names of the ROIs, with their numbers.
    pub(crate) fn names(&self) -> Vec<(i64, &str)> {
        Entry::named(&self.rois)
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
    /// The region lies on the grid of the image that the contours refer to, else of the only one in their frame of
    /// reference, else of one whose slices are as far apart as the contours, if it has a slice near every contour, within
    /// a tenth of the slice spacing. A voxel belongs to an ROI when its center is within 0.01 voxel of a contour of the
    /// ROI on its slice, or inside an odd number of them.
    ///
    /// # Errors
    /// `Parameter` as for [`StructureSet::choose`], `Unsupported` when all contours are points or open, `Geometry` when
    /// the frame of reference is that of no image or a contour lies off its slices.
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
        let index = ImageIndex::of(images);
        let contours = read_contours(self.file.dataset(), numbers, &index)?;
        findings.extend(contours.findings());
        let slicing = self.slicing(numbers, images, &index, &contours, findings)?;
        let mut marks = Marks::new(*slicing.grid());
        findings.extend(slicing.findings());
        slicing.fill(&mut marks, findings)?;
        marks.into_roi(Labels::NonZero)
    }

    /// The contours in the slices of the image that they were drawn on.
    fn slicing<'a>(
        &self,
        numbers: &[i64],
        images: &[ImageSpace<'_>],
        index: &ImageIndex,
        contours: &'a Contours,
        findings: &mut Vec<Finding>,
    ) -> Result<Slicing<'a>, MaskError> {
        let mut referenced = contours.drawn_on();
        if referenced.is_none() {
            referenced = index.of_structure_set(self.file.dataset());
        }
        let referenced: Vec<_> = referenced.numbers().filter_map(|image| images.get(image)).collect();
        let is_referenced = !referenced.is_empty();
        let frames: Vec<_> = numbers.iter().map(|number| self.frame_of_reference(*number)).collect();
        let candidates = Candidates::of(images, referenced, &frames)?;
        let planes = ContourPlanes::of(&contours.closed);
        let slicing = |image: &ImageSpace<'_>| {
            let number = images.iter().position(|other| std::ptr::eq(image, other));
            Slicing::of(&contours.closed, number, image.grid)
        };
        let mut problem = MaskError::NoImage;
        for (tier, is_certain) in [(candidates.first, is_referenced), (candidates.others, false)] {
            let mut found = Vec::new();
            for image in tier {
                match slicing(image) {
                    Ok(slicing) => found.push((image, slicing)),
                    Err(error) if matches!(problem, MaskError::NoImage) => problem = error,
                    Err(_) => {}
                }
            }
            if let Some((image, slicing)) = planes.best(found, findings) {
                findings.extend(is_certain.then(|| other_frame_of_reference(image, &frames)).flatten());
                return Ok(slicing);
            }
        }
        Err(problem)
    }

    /// The frame of reference of an ROI, else of the whole file.
    fn frame_of_reference(&self, roi: i64) -> Option<&str> {
        self.frames_of_reference.get(&roi).or(self.frame_of_reference.as_ref()).map(String::as_str)
    }
}

/// The only frame of reference that a structure set lists, else its own.
fn frame_of_reference(dataset: Dataset<'_>) -> Option<String> {
    let listed = dataset.items(tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE);
    let listed: BTreeSet<String> =
        listed.filter_map(|item| item.text(tags::FRAME_OF_REFERENCE_UID)).take(2).collect();
    match listed.len() {
        0 => dataset.text(tags::FRAME_OF_REFERENCE_UID),
        1 => listed.into_iter().next(),
        _ => None,
    }
}

impl std::fmt::Debug for StructureSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StructureSet").field("rois", &self.rois).finish_non_exhaustive()
    }
}
