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
use crate::{error::Result, finding::Finding, grid::Grid, limits::Limits};

/// Frames on a regular grid.
pub(super) struct Stack {
    pub(super) grid: Grid,
    /// One frame for each k.
    pub(super) frames: Vec<Frame>,
    /// The number of frames that were dropped as exact copies.
    pub(super) repeated: usize,
    /// The largest difference of their directions from the grid's, as [`Plane::turn`] gives it.
    pub(super) turn: f64,
}

impl Stack {
    /// The stack of parallel frames with the same key and spacing.
    ///
    /// # Errors
    /// `Geometry` when they are not evenly spaced, `Unsupported` for a single slice or different frames at one
    /// position, `Limit` when they have more voxels than allowed.
    pub(super) fn of(frames: &[Frame], files: &[ImageFile], limits: Limits) -> Result<Self> {
        let mut sorted = sort(frames);
        let Some(first) = sorted.first().map(|frame| frame.plane) else {
            return Err(SeriesError::NoImages.into());
        };
        let mut turn = 0.0;
        if !sorted.iter().all(|frame| frame.plane.is_parallel(&first)) {
            let typical = typical(&planes(&sorted), first);
            for frame in &mut sorted {
                turn = frame.plane.turn(&typical).max(turn);
                frame.plane = frame.plane.turned_to(&typical);
            }
            sorted = sort(&sorted);
        }
        let starts = spacing::positions(&planes(&sorted))?;
        let positions = starts.len() - 1;
        let repeated = sorted.len() - positions;
        if positions == 1 && repeated > 0 {
            return Err(SeriesError::OneSlice { images: sorted.len() }.into());
        }
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
        Ok(Self { grid, frames: sorted, repeated, turn })
    }
}

impl Stack {
    /// The distance between opposite corners of a slice.
    pub(super) fn diagonal_mm(&self) -> f64 {
        let ([columns, rows, _], [di, dj, _]) = (self.grid.shape(), self.grid.spacing_mm());
        (columns as f64 * di).hypot(rows as f64 * dj)
    }

    /// The finding about a `SpacingBetweenSlices` that is not the distance of the slices.
    pub(super) fn contradicted_spacing(&self) -> Option<Finding> {
        let step = self.grid.spacing_mm()[2];
        let is_other = |mm: &f64| *mm > 0.0 && (mm - step).abs() > (SPACING_SHARE * step).max(MIN_SPACING_MM);
        let stated =
            self.frames.iter().filter_map(|frame| frame.slice_spacing_mm.map(f64::abs)).find(is_other)?;
        let message = format!(
            "SpacingBetweenSlices is {} mm, but the slices lie {} mm apart: their positions count",
            Mm(stated),
            Mm(step)
        );
        Some(Finding::info("slice_spacing", message))
    }
}

/// How much `SpacingBetweenSlices` may differ from the distance of slices, as a share of it and in mm: it is often rounded.
const SPACING_SHARE: f64 = 0.02;
const MIN_SPACING_MM: f64 = 0.06;

/// The plane whose directions are nearest to the median of all, number by number.
fn typical(planes: &[Plane], first: Plane) -> Plane {
    let number = |n: usize| {
        let mut all: Vec<f64> = planes.iter().map(|plane| plane.directions().as_flattened()[n]).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(0.0)
    };
    let median: [f64; 6] = std::array::from_fn(number);
    let off = |plane: &Plane| {
        let directions = plane.directions();
        let pairs = directions.as_flattened().iter().zip(median);
        pairs.map(|(found, median)| (found - median).abs()).fold(0.0, f64::max)
    };
    planes.iter().copied().min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(first)
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
    let format = |frame: &Frame| files[frame.file].content.as_ref().map(|(format, _)| format).ok();
    let (Some(one), Some(other)) = (format(a), format(b)) else { return Err(SeriesError::NoImages.into()) };
    if one.stored_type() != other.stored_type() {
        return Ok(false);
    }
    match one.stored_type() {
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
