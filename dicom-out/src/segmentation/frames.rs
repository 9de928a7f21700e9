//! The frames of a segmentation and their pixels.

use std::collections::BTreeMap;

use hemastage::{Result, report::StageMap};
use hemastage_image::dicom::Origin;

use super::{EmptyFrames, Segment, SegmentationOptions, SegmentationType};
use crate::{error::WriteError, planes::Planes};

/// Maximum size of the pixels in bytes: a label map of 1024 planes of 1024 x 1024.
const MAX_BYTES: u64 = 1 << 30;

/// A frame: a slice, of one segment if voxels are stored as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Frame {
    /// The segment's number.
    pub(super) segment: Option<u16>,
    pub(super) slice: usize,
}

/// The frames in order, by segment and slice, with their pixels.
#[derive(Debug)]
pub(super) struct Frames {
    frames: Vec<Frame>,
    pixels: Vec<u8>,
}

impl Frames {
    /// # Errors
    /// `Limit` when the pixels are too large.
    pub(super) fn new(
        map: &StageMap,
        planes: &Planes,
        segments: &[Segment],
        options: SegmentationOptions,
    ) -> Result<Self> {
        let is_binary = options.kind == SegmentationType::Binary;
        let mut numbers = [None; 256];
        for segment in segments {
            numbers[usize::from(segment.stage.map_value())] = Some(segment.number);
        }
        let [columns, rows, slices] = planes.size();
        let marked = || {
            map.voxels().filter_map(|(voxel, value)| {
                let number = numbers[usize::from(value)]?;
                let [column, row, slice] = planes.place(voxel);
                let frame = Frame { segment: is_binary.then_some(number), slice };
                Some((frame, row * columns + column, number))
            })
        };
        let mut index: BTreeMap<Frame, usize> = marked().map(|(frame, ..)| (frame, 0)).collect();
        if options.empty_frames == EmptyFrames::Keep {
            let of_segments: Vec<Option<u16>> = if is_binary {
                segments.iter().map(|segment| Some(segment.number)).collect()
            } else {
                vec![None]
            };
            let all = of_segments
                .into_iter()
                .flat_map(|segment| (0..slices).map(move |slice| (Frame { segment, slice }, 0)));
            index.extend(all);
        }
        for (at, (_, place)) in index.iter_mut().enumerate() {
            *place = at;
        }
        let per_frame = columns * rows;
        let bits =
            (per_frame as u64).saturating_mul(index.len() as u64).saturating_mul(options.kind.bits().into());
        let bytes = bits.div_ceil(8);
        if bytes > MAX_BYTES {
            return Err(WriteError::Pixels { bytes, max: MAX_BYTES }.into());
        }
        // of even length
        let mut pixels = vec![0; bytes.next_multiple_of(2) as usize];
        for (frame, pixel, number) in marked() {
            let Some(place) = index.get(&frame) else { continue };
            let at = place * per_frame + pixel;
            if is_binary {
                // bits run on across frames, the least significant first
                pixels[at / 8] |= 1 << (at % 8);
            } else {
                pixels[at] = number as u8;
            }
        }
        Ok(Self { frames: index.into_keys().collect(), pixels })
    }

    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Frame> {
        self.frames.iter().copied()
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.pixels
    }

    /// The slice of the source that each frame is; `None` where not all frames are one.
    pub(super) fn on_source(&self, planes: &Planes, origin: &Origin) -> Option<Vec<usize>> {
        let of_slices = planes.source_slices(origin.grid());
        self.iter().map(|frame| of_slices[frame.slice]).collect()
    }
}
