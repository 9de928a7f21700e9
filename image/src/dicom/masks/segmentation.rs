//! A segmentation (SEG) read as a mask.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use dicom_dictionary_std::tags;

use super::{
    choice::{Kind, Part, SegmentChoice, check_numbers, resolve},
    error::MaskError,
    groups::{SegmentFrame, is_slide, read_frames, slice_spacing},
    images::{ImageSpace, sharing},
    marks::Marks,
    placement::{Placement, SliceSpacing, own_grid},
    stored::{NumberReader, Stored},
};
use crate::{
    Limits,
    dicom::{Dataset, DicomFile, ObjectKind, PixelFormat},
    error::{Error, Result},
    finding::Finding,
    grid::Grid,
    label_map::LabelMap,
    roi::{Labels, Roi},
};

/// An opened segmentation: its frames are placed, no pixel is read yet.
///
/// # Reference
/// DICOM PS3.3, A.51 Segmentation IOD and C.8.20 Segmentation.
pub struct Segmentation {
    file: DicomFile,
    format: PixelFormat,
    stored: Stored,
    frames: Vec<SegmentFrame>,
    segments: Vec<Part>,
    spacing: SliceSpacing,
    frame_of_reference: Option<String>,
    limits: Limits,
}

impl Segmentation {
    /// Opens a segmentation of a volume: BINARY, FRACTIONAL or LABELMAP.
    ///
    /// # Errors
    /// `Io` or `Malformed` when the file cannot be read or contradicts itself, `Unsupported` when it
    /// is another kind of object or of a slide, `Geometry` and `Limit` as for images.
    pub fn open(path: impl AsRef<Path>, limits: Limits) -> Result<Self> {
        Self::of_file(DicomFile::open(path.as_ref(), limits)?, limits)
    }

    pub(crate) fn of_file(file: DicomFile, limits: Limits) -> Result<Self> {
        let name = file.name().to_owned();
        Self::of_unnamed(file, limits).map_err(|error| error.at(name))
    }

    fn of_unnamed(file: DicomFile, limits: Limits) -> Result<Self> {
        let dataset = file.dataset();
        if ObjectKind::of(dataset) != ObjectKind::Segmentation {
            return Err(MaskError::NotSegmentation.into());
        }
        if is_slide(dataset) {
            return Err(MaskError::Slide.into());
        }
        let format = PixelFormat::of_file(&file, limits)?;
        let stored = Stored::of(dataset, &format)?;
        let frames = read_frames(dataset, format.frames, !stored.is_label_map())?;
        let segments = segments(dataset, &stored)?;
        check_listed(&frames, &segments)?;
        Ok(Self {
            segments,
            spacing: slice_spacing(dataset)?,
            frame_of_reference: dataset.text(tags::FRAME_OF_REFERENCE_UID),
            frames,
            stored,
            format,
            limits,
            file,
        })
    }

    /// The file's name, without its folder.
    pub fn name(&self) -> &str {
        self.file.name()
    }

    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Bytes of the file, as stored.
    pub fn stored_bytes(&self) -> u64 {
        self.file.stored_bytes()
    }

    /// The numbers of the segments that can be chosen, as listed in the file.
    pub fn numbers(&self) -> Vec<i64> {
        self.segments.iter().map(|segment| segment.number).collect()
    }

    /// The numbers that a choice means.
    ///
    /// # Errors
    /// `Parameter` when a number or label is not in the file, or two segments have the label.
    pub fn choose(&self, choice: &SegmentChoice) -> Result<Vec<i64>> {
        resolve(choice, &self.segments, Kind::Segment).map_err(|error| Error::from(error).at(self.name()))
    }

    /// Reads the chosen segments as one region; where segments overlap, a voxel counts once.
    ///
    /// # Shape and units
    /// The region lies on the grid of the first image whose voxel centers all pixel centers are, within
    /// 0.05 mm but no more than 0.1 voxel, or 0.01 voxel; else on the grid that the frames make. A pixel of a FRACTIONAL
    /// segmentation belongs to the region from half of `MaximumFractionalValue` on.
    ///
    /// # Errors
    /// `Parameter` as for [`Segmentation::choose`], `Geometry` when the frame of reference is that of
    /// no image or the frames make no grid, and what the pixel data's damage causes.
    pub fn read_roi(
        &self,
        choice: &SegmentChoice,
        images: &[ImageSpace<'_>],
        findings: &mut Vec<Finding>,
    ) -> Result<Roi> {
        let numbers = self.choose(choice)?;
        let marks = self.read(&numbers, images, findings);
        marks.and_then(|marks| marks.into_roi(Labels::Only(numbers))).map_err(|error| error.at(self.name()))
    }

    /// Reads every segment as a label map, the segments' numbers as labels.
    ///
    /// # Errors
    /// As [`Segmentation::read_roi`], and `Parameter` when segments overlap.
    pub fn read_labels(&self, images: &[ImageSpace<'_>], findings: &mut Vec<Finding>) -> Result<LabelMap> {
        let numbers = self.choose(&SegmentChoice::All)?;
        let marks = self.read(&numbers, images, findings);
        marks.and_then(Marks::into_labels).map_err(|error| error.at(self.name()))
    }

    fn read(&self, numbers: &[i64], images: &[ImageSpace<'_>], findings: &mut Vec<Finding>) -> Result<Marks> {
        if self.file.transfer_syntax().is_lossy() {
            if self.stored.is_label_map() {
                return Err(MaskError::LossyLabels.into());
            }
            findings.push(Finding::warning(
                "lossy_compression",
                "the mask was compressed with loss; its edges may have moved",
            ));
        }
        let (grid, placements) = self.place(images, findings)?;
        self.check_places(numbers, &placements)?;
        let mut marks = Marks::new(grid);
        let mut pixels = NumberReader::new(&self.file, &self.format, &self.stored)?;
        for (frame, (of, placement)) in self.frames.iter().zip(&placements).enumerate() {
            if of.segment.is_some_and(|segment| numbers.binary_search(&segment).is_err()) {
                continue;
            }
            let values = pixels.read(frame, of.segment)?;
            for (row, values) in values.chunks_exact(self.format.columns).enumerate() {
                mark_row(&mut marks, placement, row, values, numbers)?;
            }
        }
        Ok(marks)
    }
}

impl Segmentation {
    fn size(&self) -> [usize; 2] {
        [self.format.columns, self.format.rows]
    }

    /// The grid of the mask and each frame's place in it.
    fn place(
        &self,
        images: &[ImageSpace<'_>],
        findings: &mut Vec<Finding>,
    ) -> Result<(Grid, Vec<Placement>)> {
        let size = self.size();
        let all = |grid: &Grid| -> Vec<Option<Placement>> {
            self.frames.iter().map(|frame| Placement::find(&frame.plane, size, grid)).collect()
        };
        for image in sharing(images, self.frame_of_reference.as_deref())? {
            if let Some(placements) = all(image.grid).into_iter().collect() {
                return Ok((*image.grid, placements));
            }
        }
        let planes: Vec<_> = self.frames.iter().map(|frame| frame.plane).collect();
        let grid = own_grid(&planes, size, self.spacing, self.limits, findings)?;
        let off_grid =
            |(at, place): (usize, Option<Placement>)| place.ok_or(MaskError::OffGrid { frame: at + 1 });
        let placements: Result<_, MaskError> = all(&grid).into_iter().enumerate().map(off_grid).collect();
        Ok((grid, placements?))
    }

    /// No two frames of one segment may lie at one place: they would be of two volumes.
    fn check_places(&self, numbers: &[i64], placements: &[Placement]) -> Result<(), MaskError> {
        let mut seen = BTreeMap::new();
        for (at, (frame, placement)) in self.frames.iter().zip(placements).enumerate() {
            let read = frame.segment.is_none_or(|segment| numbers.binary_search(&segment).is_ok());
            if let Some(one) =
                seen.insert((frame.segment, placement.lowest(self.size())), at).filter(|_| read)
            {
                return Err(MaskError::SamePlace { one: one + 1, other: at + 1 });
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Segmentation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Segmentation")
            .field("segments", &self.segments)
            .field("frames", &self.frames.len())
            .finish_non_exhaustive()
    }
}

/// Marks the stretches of one number in a row of pixels.
fn mark_row(
    marks: &mut Marks,
    placement: &Placement,
    row: usize,
    pixels: &[i32],
    chosen: &[i64],
) -> Result<(), MaskError> {
    let mut column = 0;
    for stretch in pixels.chunk_by(|a, b| a == b) {
        let number = stretch[0];
        if number != 0 && chosen.binary_search(&i64::from(number)).is_ok() {
            placement.mark(marks, row, column..column + stretch.len(), number)?;
        }
        column += stretch.len();
    }
    Ok(())
}

/// The segments that can be chosen: all that are not the background of a label map.
fn segments(dataset: Dataset<'_>, stored: &Stored) -> Result<Vec<Part>> {
    let mut segments: Vec<Part> = Vec::new();
    for item in dataset.items(tags::SEGMENT_SEQUENCE) {
        let missing = MaskError::Missing { keyword: "SegmentNumber", of: "segmentation" };
        let number = item.integer(tags::SEGMENT_NUMBER)?.ok_or(missing)?;
        if !(0..=0xffff).contains(&number) {
            return Err(MaskError::Value {
                keyword: "SegmentNumber",
                found: number,
                expected: "a number from 1 to 65535",
            }
            .into());
        }
        if !stored.is_background(number) {
            segments.push(Part { number, label: item.text(tags::SEGMENT_LABEL) });
        }
    }
    check_numbers(&segments, Kind::Segment)?;
    Ok(segments)
}

/// Each frame must be of a segment that the file lists.
fn check_listed(frames: &[SegmentFrame], segments: &[Part]) -> Result<(), MaskError> {
    let listed: BTreeSet<i64> = segments.iter().map(|segment| segment.number).collect();
    for (at, frame) in frames.iter().enumerate() {
        if let Some(number) = frame.segment.filter(|number| !listed.contains(number)) {
            return Err(MaskError::UnknownSegment { frame: at + 1, number });
        }
    }
    Ok(())
}
