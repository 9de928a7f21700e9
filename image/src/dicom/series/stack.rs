//! A stack of slices: frames sorted along their normal, evenly spaced, one at each position.

use super::{
    super::{
        frames::Frame,
        pixels::{FrameReader, Pixel, StoredType},
        plane::Plane,
        spacing::Mm,
    },
    error::SeriesError,
    scan::ImageFile,
    spacing,
};
use crate::{
    error::{Error, Result},
    grid::Grid,
    limits::Limits,
};

/// Frames on a regular grid.
pub(super) struct Stack {
    pub(super) grid: Grid,
    /// One frame for each k.
    pub(super) frames: Vec<Frame>,
    /// The number of frames that were dropped as exact copies.
    pub(super) repeated: usize,
}

impl Stack {
    /// The stack of parallel frames with the same key and spacing.
    ///
    /// # Errors
    /// `Geometry` when they are not evenly spaced, `Unsupported` for a single slice or different frames at one
    /// position, `Limit` when they have more voxels than allowed.
    pub(super) fn of(frames: &[Frame], files: &[ImageFile], limits: Limits) -> Result<Self> {
        let mut sorted = sort(frames);
        let starts = spacing::positions(&planes(&sorted))?;
        let positions = starts.len() - 1;
        let repeated = sorted.len() - positions;
        if repeated > 0 {
            check_repeated(&sorted, &starts, files)?;
            let mut index = 0..;
            sorted.retain(|_| index.next().is_some_and(|index| starts.binary_search(&index).is_ok()));
        }
        let planes = planes(&sorted);
        let step = spacing::step(&planes)?;
        let [columns, rows] = sorted[0].key.matrix();
        let voxels = (columns as u64).saturating_mul(rows as u64).saturating_mul(positions as u64);
        if voxels > limits.max_voxels {
            return Err(SeriesError::TooLarge { columns, rows, positions, limit: limits.max_voxels }.into());
        }
        let grid = planes[0].grid(columns, rows, positions, step)?;
        Ok(Self { grid, frames: sorted, repeated })
    }
}

/// Frames sorted along their normal.
pub(super) fn sort(frames: &[Frame]) -> Vec<Frame> {
    spacing::order(&planes(frames)).into_iter().map(|index| frames[index].clone()).collect()
}

/// The number of different positions of frames.
pub(super) fn positions(frames: &[Frame]) -> usize {
    let starts = spacing::positions(&planes(&sort(frames)));
    starts.map_or(frames.len(), |starts| starts.len() - 1)
}

pub(super) fn planes(frames: &[Frame]) -> Vec<Plane> {
    frames.iter().map(|frame| frame.plane).collect()
}

/// Checks that frames at one position are copies of each other.
fn check_repeated(frames: &[Frame], starts: &[usize], files: &[ImageFile]) -> Result<()> {
    let volumes = starts.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
    for pair in starts.windows(2) {
        let (first, others) = frames[pair[0]..pair[1]].split_first().ok_or(SeriesError::NoImages)?;
        for other in others {
            if first.scaling != other.scaling || !same_pixels(first, other, files)? {
                let at = Mm(first.plane.along_normal_mm());
                return Err(SeriesError::Repeated { at, volumes, positions: starts.len() - 1 }.into());
            }
        }
    }
    Ok(())
}

fn same_pixels(a: &Frame, b: &Frame, files: &[ImageFile]) -> Result<bool> {
    let stored = files[a.file].content.as_ref().map(|(format, _)| format.stored_type());
    match stored.map_err(|_| Error::from(SeriesError::NoImages))? {
        StoredType::U8 => same_values::<u8>(a, b, files),
        StoredType::I8 => same_values::<i8>(a, b, files),
        StoredType::U16 => same_values::<u16>(a, b, files),
        StoredType::I16 => same_values::<i16>(a, b, files),
        StoredType::U32 => same_values::<u32>(a, b, files),
        StoredType::I32 => same_values::<i32>(a, b, files),
    }
}

fn same_values<T: Pixel + PartialEq>(a: &Frame, b: &Frame, files: &[ImageFile]) -> Result<bool> {
    let values = |frame: &Frame| -> Result<Vec<T>> {
        let file = &files[frame.file];
        let mut values = Vec::new();
        if let Ok((format, _)) = &file.content {
            FrameReader::new(&file.dicom, format)?.read(frame.index, &mut values)?;
        }
        Ok(values)
    };
    Ok(values(a)? == values(b)?)
}
