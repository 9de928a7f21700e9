//! Where a segmentation lies: on the grid of an image, or on one of its own.

use std::collections::BTreeMap;

use super::{
    error::MaskError,
    frames::SegmentFrame,
    images::{Candidates, ImageSpace, axis_along, is_step},
    own_grid::{OwnStep, SliceSpacing, own_grid},
    placement::Placement,
    segmentation::is_chosen,
};
use crate::{
    dicom::plane::Plane,
    error::Result,
    finding::Finding,
    grid::Grid,
    limits::Limits,
    vector::{Vector, dot},
};

/// How far from 1 the cosine may be between the normals of a frame and of the slices that it is one of.
const PARALLEL_TOLERANCE: f64 = 1e-6;

/// The frames of a segmentation, of which some are of the chosen segments.
pub(super) struct Frames<'f> {
    pub(super) all: &'f [SegmentFrame],
    /// For each frame, whether it names the slices that it was drawn on and they are of none of the images.
    pub(super) drawn_elsewhere: &'f [bool],
    /// Columns and rows.
    pub(super) size: [usize; 2],
    pub(super) spacing: SliceSpacing,
    pub(super) limits: Limits,
    /// The numbers of the chosen segments, sorted.
    pub(super) chosen: &'f [i64],
}

/// The grid of a segmentation, and where the pixels of each frame lie in it; `None` for one that is left out.
#[derive(Debug)]
pub(super) struct FramePlaces {
    pub(super) grid: Grid,
    pub(super) placements: Vec<Option<Placement>>,
}

impl Frames<'_> {
    /// The place of the frames:
    ///
    /// 1. the image that they refer to, else the only one in their frame of reference, unless the file says that its
    ///    slices are several of the image's slices thick;
    /// 2. another image whose slices are as far apart as theirs;
    /// 3. the slices of the image that they name, where some frames name slices of no image, as those of another block;
    /// 4. a grid of their own;
    /// 5. an image that has slices in between;
    /// 6. the slices of an image that are there, where frames were drawn on several blocks of slices.
    ///
    /// # Errors
    /// When the frame of reference is that of no image, or the frames make no grid.
    pub(super) fn place(
        &self,
        images: &[ImageSpace<'_>],
        referenced: Vec<&ImageSpace<'_>>,
        frames_of_reference: &[Option<&str>],
        findings: &mut Vec<Finding>,
    ) -> Result<FramePlaces> {
        let is_referenced = !referenced.is_empty();
        let Candidates { mut first, mut others } = Candidates::of(images, referenced, frames_of_reference)?;
        let Some(normal) = self.all.first().map(|frame| frame.plane.normal()) else {
            return Err(MaskError::Missing { keyword: "NumberOfFrames", of: "segmentation" }.into());
        };
        let planes: Vec<Plane> = self.all.iter().map(|frame| frame.plane).collect();
        let step = OwnStep::of(&planes, self.spacing);
        let slices_mm = |image: &ImageSpace<'_>| spacing_along(image.grid, normal);
        let is_own_step = |image: &ImageSpace<'_>| step.mm().is_some_and(|mm| is_step(mm, slices_mm(image)));
        // where the step tells no image from another, the one with fewer empty slices in between
        let fewest_gaps = |a: &&ImageSpace<'_>, b: &&ImageSpace<'_>| {
            let of = |image: &ImageSpace<'_>| (is_own_step(image), slices_mm(image));
            let ((a_own, a_mm), (b_own, b_mm)) = (of(a), of(b));
            b_own.cmp(&a_own).then(b_mm.total_cmp(&a_mm))
        };
        first.sort_by(fewest_gaps);
        others.sort_by(fewest_gaps);
        let certain = first.iter().filter(|image| !step.spans_slices_of(slices_mm(image)));
        let alike = first.iter().chain(&others).filter(|image| is_own_step(image) || step.mm().is_none());
        let whole = certain.chain(alike).find_map(|image| Some((image, self.on(image.grid)?)));
        if whole.as_ref().is_none_or(|(_, places)| self.at_one_position(places).is_some())
            && let Some((places, left_out)) = first.iter().find_map(|image| self.named_slices_of(image.grid))
        {
            findings.push(left_out);
            return Ok(places);
        }
        if let Some((image, places)) = whole {
            if is_referenced {
                findings.extend(other_frame_of_reference(image, frames_of_reference));
            }
            return Ok(places);
        }
        let own = match self.own(&planes, findings) {
            Ok(own) => return Ok(own),
            Err(error) => error,
        };
        let every = || first.iter().chain(&others);
        if let Some(places) = every().find_map(|image| self.on(image.grid)) {
            return Ok(places);
        }
        let partial = every().filter_map(|image| self.partly_on(image.grid));
        match partial.max_by_key(|(places, _)| places.placements.iter().flatten().count()) {
            Some((places, left_out)) => {
                findings.push(left_out);
                Ok(places)
            }
            None => self.own_of_chosen(findings).unwrap_or(Err(own)),
        }
    }

    /// The places on a grid that has a voxel for every pixel.
    fn on(&self, grid: &Grid) -> Option<FramePlaces> {
        let placements = self.all.iter().map(|frame| Placement::find(&frame.plane, self.size, grid));
        let placements: Option<Vec<Placement>> = placements.collect();
        Some(FramePlaces { grid: *grid, placements: placements?.into_iter().map(Some).collect() })
    }

    /// The places of all frames but those that name slices of no image; and a finding about these.
    fn named_slices_of(&self, grid: &Grid) -> Option<(FramePlaces, Finding)> {
        let frames = || self.all.iter().zip(self.drawn_elsewhere);
        let place = |(frame, is_elsewhere): (&SegmentFrame, &bool)| {
            if *is_elsewhere { Some(None) } else { Placement::find(&frame.plane, self.size, grid).map(Some) }
        };
        let placements: Vec<Option<Placement>> = frames().map(place).collect::<Option<_>>()?;
        let chosen = || frames().filter(|(frame, _)| is_chosen(frame, self.chosen));
        let (all, left_out) = (chosen().count(), chosen().filter(|(_, is_elsewhere)| **is_elsewhere).count());
        let message = format!(
            "{left_out} of the mask's {all} frames were drawn on slices that are not of the image, and were left out; stage each block by itself",
        );
        (0 < left_out && left_out < all)
            .then(|| (FramePlaces { grid: *grid, placements }, Finding::warning("other_blocks", message)))
    }

    /// Two chosen frames of one segment that lie at one position, counted from 1.
    pub(super) fn at_one_position(&self, places: &FramePlaces) -> Option<[usize; 2]> {
        let mut first_at = BTreeMap::new();
        for ((frame, placement), other) in self.all.iter().zip(&places.placements).zip(1..) {
            let Some(placement) = placement else { continue };
            let earlier = first_at.insert((frame.segment, placement.lowest(self.size)), other);
            if let Some(one) = earlier.filter(|_| is_chosen(frame, self.chosen)) {
                return Some([one, other]);
            }
        }
        None
    }

    /// The places on a grid that the frames make.
    fn own(&self, planes: &[Plane], findings: &mut Vec<Finding>) -> Result<FramePlaces> {
        let mut found = Vec::new();
        let grid = own_grid(planes, self.size, self.spacing, self.limits, &mut found)?;
        let placements = self.all.iter().map(|frame| Placement::find(&frame.plane, self.size, &grid));
        let placements: Vec<_> = placements.collect();
        if let Some(frame) = placements.iter().position(Option::is_none) {
            return Err(MaskError::OffGrid { frame: frame + 1 }.into());
        }
        findings.append(&mut found);
        Ok(FramePlaces { grid, placements })
    }

    /// The same of the frames of the chosen segments, where there are others.
    fn own_of_chosen(&self, findings: &mut Vec<Finding>) -> Option<Result<FramePlaces>> {
        let is_chosen = |frame: &&SegmentFrame| is_chosen(frame, self.chosen);
        let frames: Vec<SegmentFrame> = self.all.iter().filter(is_chosen).copied().collect();
        if frames.is_empty() || frames.len() == self.all.len() {
            return None;
        }
        let planes: Vec<Plane> = frames.iter().map(|frame| frame.plane).collect();
        let places = Frames { all: &frames, ..*self }.own(&planes, findings);
        Some(places.map(|FramePlaces { grid, placements }| {
            let mut placements = placements.into_iter();
            let of_frame = |frame: &SegmentFrame| {
                if is_chosen(&frame) { placements.next().flatten() } else { None }
            };
            FramePlaces { grid, placements: self.all.iter().map(of_frame).collect() }
        }))
    }

    /// The places of the frames that are slices of a grid, where all others are of another block of slices; and a
    /// finding about these.
    fn partly_on(&self, grid: &Grid) -> Option<(FramePlaces, Finding)> {
        let placements: Vec<Option<Placement>> =
            self.all.iter().map(|frame| Placement::find(&frame.plane, self.size, grid)).collect();
        let chosen = || self.all.iter().zip(&placements).filter(|(frame, _)| is_chosen(frame, self.chosen));
        let (all, placed) = (chosen().count(), chosen().filter(|(_, place)| place.is_some()).count());
        let mut missing = self.all.iter().zip(&placements).filter(|(_, place)| place.is_none());
        if placed == 0 || !missing.all(|(frame, _)| self.is_of_another_block(&frame.plane, grid)) {
            return None;
        }
        let message = format!(
            "{} of the mask's {all} frames are of another block of slices than the image: they lie beyond it or are turned, and were left out; stage each block by itself",
            all - placed
        );
        Some((FramePlaces { grid: *grid, placements }, Finding::warning("other_blocks", message)))
    }

    /// Whether a frame is turned against the slices of a grid, or lies beyond the first or the last.
    fn is_of_another_block(&self, plane: &Plane, grid: &Grid) -> bool {
        let axis = axis_along(grid, plane.normal());
        let [columns, rows] = self.size.map(|pixels| (pixels - 1) as f64);
        let corners = [[0.0, 0.0], [columns, 0.0], [0.0, rows], [columns, rows]];
        let index = |[i, j]: [f64; 2]| grid.affine().world_to_index(plane.point(i, j))[axis];
        let last = grid.shape()[axis] as f64 - 0.5;
        let is_beyond = corners.iter().all(|&corner| index(corner) < -0.5)
            || corners.iter().all(|&corner| index(corner) > last);
        is_beyond || dot(direction(grid, axis), plane.normal()).abs() < 1.0 - PARALLEL_TOLERANCE
    }
}

/// The unit direction of an axis.
fn direction(grid: &Grid, axis: usize) -> Vector {
    let (m, spacing) = (grid.affine().matrix(), grid.spacing_mm());
    std::array::from_fn(|r| m[r][axis] / spacing[axis])
}

/// The distance of voxels along the axis that is nearest to a direction.
fn spacing_along(grid: &Grid, normal: Vector) -> f64 {
    grid.spacing_mm()[axis_along(grid, normal)]
}

/// A finding where a mask refers to an image in another frame of reference than its own.
pub(super) fn other_frame_of_reference(
    image: &ImageSpace<'_>,
    frames_of_reference: &[Option<&str>],
) -> Option<Finding> {
    let stated = image.frame_of_reference?;
    let is_other = frames_of_reference.iter().flatten().any(|uid| *uid != stated);
    let message = "the mask refers to this image, but says that it lies in another frame of reference: the image was taken; check that the mask fits it";
    is_other.then(|| Finding::warning("frame_of_reference", message))
}
