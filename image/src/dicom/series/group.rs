//! Images grouped into series, and the frames of a series into stacks.

use super::{
    super::{acquisition::acquisition, frames::Frame},
    error::SeriesError,
    identity::{Broken, Series, series_of},
    numbering::number_parts,
    parts::{Part, split},
    scan::ImageFile,
    stack::Stack,
};
use crate::{
    acquisition::{Acquisition, Weighting},
    error::{Error, Result},
    limits::Limits,
};

/// A stack of slices, or images that could not be made one.
pub(super) struct Candidate {
    pub(super) series_number: Option<i64>,
    /// A number for its series; that of one with several UIDs is one.
    pub(super) series: usize,
    /// Its number among the candidates of its series number, from 1; `None` when it is the only one.
    pub(super) part: Option<usize>,
    /// The indices of its files.
    pub(super) files: Vec<usize>,
    /// All its frames; empty when an image of its series could not be read.
    pub(super) frames: Vec<Frame>,
    pub(super) stack: Result<Stack>,
    /// Whether its images cannot be slices.
    pub(super) is_capture: bool,
    pub(super) weighting: Weighting,
    /// Whether the header of its first slice names a contrast agent.
    pub(super) contrast_agent: bool,
    /// `FrameOfReferenceUID`, if it says anything; never shown.
    pub(super) frame_of_reference: Option<String>,
    pub(super) broken: Vec<Broken>,
    /// Shared by blocks of its series that only a gap parts.
    pub(super) row: Option<usize>,
    /// Shared by stacks of its series whose directions differ by less than a degree.
    pub(super) direction: Option<usize>,
    /// What tells it from other parts at its place.
    pub(super) apart: Option<String>,
}

/// All stacks, also failed ones, sorted by series number and then by where they lie.
pub(super) fn candidates(files: &mut [ImageFile], limits: Limits) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (index, series) in series_of(files).into_iter().enumerate() {
        let (captures, slices): (Vec<usize>, Vec<usize>) =
            series.members.iter().partition(|&&at| files[at].is_capture);
        for members in [slices, captures].iter().filter(|members| !members.is_empty()) {
            candidates.extend(candidates_of(index, &series, members, files, limits));
        }
    }
    number_parts(&mut candidates, files);
    candidates
}

fn candidates_of(
    index: usize,
    series: &Series,
    members: &[usize],
    files: &mut [ImageFile],
    limits: Limits,
) -> Vec<Candidate> {
    let is_capture = files[members[0]].is_capture;
    let candidate = |files: Vec<usize>, frames, stack, scan: &Acquisition| Candidate {
        series_number: series.number,
        series: index,
        part: None,
        files,
        frames,
        stack,
        is_capture,
        weighting: scan.weighting(),
        contrast_agent: scan.contrast_agent,
        frame_of_reference: series.frame_of_reference.clone(),
        broken: series.broken.clone(),
        row: None,
        direction: None,
        apart: None,
    };
    if let Some(error) = members.iter().find_map(|&at| take_error(&mut files[at])) {
        let scan = acquisition(files[members[0]].dicom.dataset(), 0);
        return vec![candidate(members.to_vec(), Vec::new(), Err(error), &scan)];
    }
    let frames = members.iter().flat_map(|&at| files[at].frames()).cloned().collect();
    let parts = split(frames, |frame| if series.is_merged { frame.file } else { 0 });
    let of_part = |Part { frames, row, direction }: Part| {
        let mut members: Vec<usize> = frames.iter().map(|frame| frame.file).collect();
        members.sort_unstable();
        members.dedup();
        let stack = Stack::of(&frames, files, limits);
        let first = stack.as_ref().map_or(&frames[0], |stack| &stack.frames[0]);
        let scan = acquisition(files[first.file].dicom.dataset(), first.index);
        let candidate = candidate(members, frames, stack, &scan);
        Candidate { row: Some(row), direction: Some(direction), ..candidate }
    };
    parts.into_iter().map(of_part).collect()
}

/// The error of an image, if it has one: an image that cannot be read makes its whole series unreliable.
fn take_error(file: &mut ImageFile) -> Option<Error> {
    if file.content.is_ok() {
        return None;
    }
    std::mem::replace(&mut file.content, Err(SeriesError::NoImages.into())).err()
}
