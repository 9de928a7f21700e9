//! Segmentations (SEG) as masks.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use dicom_dictionary_std::tags;

use super::{
    error::MaskError,
    frames::{SegmentFrame, is_slide, read_frames, slice_spacing},
    images::ImageSpace,
    marks::Marks,
    own_grid::{OwnStep, SliceSpacing},
    place::{FramePlaces, Frames},
    placement::Placement,
    references::ImageIndex,
    stored::{SegmentReader, StoredAs},
};
use crate::{
    choice::{Entry, EntryKind, SegmentChoice, check_numbers, resolve},
    dicom::{
        dataset::Dataset,
        file::DicomFile,
        object::ObjectKind,
        pixels::{FrameReader, PixelFormat},
        plane::Plane,
    },
    error::{Error, Result},
    finding::Finding,
    label_map::LabelMap,
    limits::Limits,
    roi::{Labels, Roi},
};

/// A segmentation, read segment by segment. On opening, only its header is read: the frames have positions.
///
/// # Reference
/// DICOM PS3.3, A.51 Segmentation IOD and C.8.20 Segmentation.
pub struct Segmentation {
    file: DicomFile,
    format: PixelFormat,
    stored_as: StoredAs,
    frames: Vec<SegmentFrame>,
    segments: Vec<Entry>,
    spacing: SliceSpacing,
    frame_of_reference: Option<String>,
    limits: Limits,
}

impl Segmentation {
    /// Opens a segmentation of a volume: BINARY, FRACTIONAL or LABELMAP.
    ///
    /// # Errors
    /// `Io` or `Malformed` when the file cannot be read or contradicts itself, `Unsupported` when it is another kind
    /// of object or a segmentation of a slide, `Geometry` and `Limit` as for images.
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
        let format = FrameReader::format_of(&file, limits)?;
        let stored_as = StoredAs::of(dataset, &format)?;
        let frames = read_frames(dataset, format.frames, !stored_as.is_label_map())?;
        let segments = segments(dataset, &stored_as)?;
        check_segments(&frames, &segments)?;
        Ok(Self {
            segments,
            spacing: slice_spacing(dataset),
            frame_of_reference: dataset.text(tags::FRAME_OF_REFERENCE_UID),
            frames,
            stored_as,
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

    /// Size of the file in bytes.
    pub fn stored_bytes(&self) -> u64 {
        self.file.stored_bytes()
    }

    /// The numbers of the segments, in the order of the file, without the background of a label map.
    pub fn numbers(&self) -> Vec<i64> {
        self.segments.iter().map(|segment| segment.number).collect()
    }

    /// The names of the segments, with their numbers.
    pub(crate) fn names(&self) -> Vec<(i64, &str)> {
        Entry::named(&self.segments)
    }

    /// The numbers that a choice selects.
    ///
    /// # Errors
    /// `Parameter` when a number or name is not in the file, or two segments have the name.
    pub fn choose(&self, choice: &SegmentChoice) -> Result<Vec<i64>> {
        resolve(choice, &self.segments, EntryKind::Segment)
            .map_err(|error| Error::from(error).at(self.name()))
    }

    /// Reads the chosen segments as one region; where segments overlap, a voxel counts once.
    ///
    /// # Shape and units
    /// The region lies on the grid of the image that the file refers to, else of the only one in its frame of reference,
    /// else of one whose slices are as far apart as its own, if the image's voxel centers coincide with all pixel centers
    /// within 0.05 mm (limited to 0.01 to 0.1 voxel); else on a grid made of the frames themselves. A pixel of a
    /// FRACTIONAL segmentation belongs to the region from half of `MaximumFractionalValue` on.
    ///
    /// # Errors
    /// `Parameter` as for [`Segmentation::choose`], `Geometry` when the frame of reference is that of no image or the
    /// frames make no grid, `Malformed` when the pixel data is damaged.
    pub fn read_roi(
        &self,
        choice: &SegmentChoice,
        images: &[ImageSpace<'_>],
        findings: &mut Vec<Finding>,
    ) -> Result<Roi> {
        let numbers = self.choose(choice)?;
        let joined = choice.joins(&numbers).to_vec();
        let marks = self.read(&numbers, images, findings);
        let roi = marks.and_then(|marks| marks.into_roi(Labels::Only(numbers)));
        roi.map(|roi| roi.with_joined(&joined)).map_err(|error| error.at(self.name()))
    }

    /// Reads all segments as a label map, with the segments' numbers as labels.
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
            if self.stored_as.is_label_map() {
                return Err(MaskError::LossyLabels.into());
            }
            findings.push(Finding::warning(
                "lossy_compression",
                "the mask was compressed with loss; its edges may have moved",
            ));
        }
        let FramePlaces { grid, placements } = self.place(numbers, images, findings)?;
        let mut marks = Marks::new(grid);
        let mut pixels = SegmentReader::new(&self.file, &self.format, &self.stored_as)?;
        for (index, (frame, placement)) in self.frames.iter().zip(&placements).enumerate() {
            let Some(placement) = placement.as_ref().filter(|_| is_chosen(frame, numbers)) else { continue };
            let values = pixels.read(index, frame.segment)?;
            for (row, values) in values.chunks_exact(self.format.columns).enumerate() {
                mark_row(&mut marks, placement, row, values, numbers)?;
            }
        }
        Ok(marks)
    }

    pub(super) fn dataset(&self) -> Dataset<'_> {
        self.file.dataset()
    }

    /// The number of voxels of each segment, as its frames hold them.
    ///
    /// # Errors
    /// `Malformed` when the pixel data is damaged.
    pub(super) fn count_voxels(&self) -> Result<BTreeMap<i64, usize>> {
        let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
        let mut pixels = SegmentReader::new(&self.file, &self.format, &self.stored_as)?;
        for (index, frame) in self.frames.iter().enumerate() {
            for run in pixels.read(index, frame.segment)?.chunk_by(|a, b| a == b).filter(|run| run[0] != 0) {
                *counts.entry(i64::from(run[0])).or_default() += run.len();
            }
        }
        Ok(counts)
    }

    /// The grid of the mask, and where each frame's pixels lie in it: by all frames, as regions of one file then share
    /// their grid, else by those of the chosen segments.
    fn place(
        &self,
        numbers: &[i64],
        images: &[ImageSpace<'_>],
        findings: &mut Vec<Finding>,
    ) -> Result<FramePlaces> {
        let index = ImageIndex::of(images);
        let referenced = index.of_segmentation(self.file.dataset());
        let referenced = referenced.numbers().filter_map(|image| images.get(image)).collect();
        let frames_of_reference = [self.frame_of_reference.as_deref()];
        let frames = Frames {
            all: &self.frames,
            drawn_elsewhere: &index.drawn_elsewhere(self.file.dataset()),
            size: [self.format.columns, self.format.rows],
            spacing: self.spacing,
            limits: self.limits,
            chosen: numbers,
        };
        let places = frames.place(images, referenced, &frames_of_reference, findings)?;
        let placed = self.frames.iter().zip(&places.placements).filter(|(_, placement)| placement.is_some());
        let planes: Vec<Plane> = placed.map(|(frame, _)| frame.plane).collect();
        findings.extend(OwnStep::of(&planes, self.spacing).contradiction());
        match frames.at_one_position(&places) {
            // they would be of two volumes
            Some([one, other]) => Err(MaskError::SamePosition { one, other }.into()),
            None => Ok(places),
        }
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

/// Whether a frame may hold pixels of the chosen segments, whose numbers are sorted.
pub(super) fn is_chosen(frame: &SegmentFrame, numbers: &[i64]) -> bool {
    frame.segment.is_none_or(|segment| numbers.binary_search(&segment).is_ok())
}

/// Marks the runs of each chosen number in a row of pixels.
fn mark_row(
    marks: &mut Marks,
    placement: &Placement,
    row: usize,
    pixels: &[i32],
    chosen: &[i64],
) -> Result<(), MaskError> {
    let mut column = 0;
    for run in pixels.chunk_by(|a, b| a == b) {
        let number = run[0];
        if number != 0 && chosen.binary_search(&i64::from(number)).is_ok() {
            placement.mark(marks, row, column..column + run.len(), number)?;
        }
        column += run.len();
    }
    Ok(())
}

/// The segments of a file, without the background of a label map.
fn segments(dataset: Dataset<'_>, stored_as: &StoredAs) -> Result<Vec<Entry>> {
    let mut segments: Vec<Entry> = Vec::new();
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
        if !stored_as.is_background(number) {
            segments.push(Entry { number, name: item.text(tags::SEGMENT_LABEL) });
        }
    }
    check_numbers(&segments, EntryKind::Segment)?;
    Ok(segments)
}

/// Checks that each frame is of a segment that the file lists.
fn check_segments(frames: &[SegmentFrame], segments: &[Entry]) -> Result<(), MaskError> {
    let listed: BTreeSet<i64> = segments.iter().map(|segment| segment.number).collect();
    for (segment, frame) in frames.iter().map(|frame| frame.segment).zip(1..) {
        if let Some(number) = segment.filter(|number| !listed.contains(number)) {
            return Err(MaskError::UnknownSegment { frame, number });
        }
    }
    Ok(())
}
