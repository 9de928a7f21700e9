//! The images that a mask may have been drawn on.

use super::{error::MaskError, references::Identifiers};
use crate::{
    dicom::series::DicomSeries,
    grid::Grid,
    vector::{Vector, dot},
};

/// How much larger another spacing may be than that of an image's slices.
const SAME_SPACING: f64 = 1.01;

/// Where an image lies, for reading masks that were drawn on it.
#[derive(Clone, Copy)]
pub struct ImageSpace<'a> {
    /// Its grid.
    pub grid: &'a Grid,
    /// Its `FrameOfReferenceUID`, if its format has one.
    pub frame_of_reference: Option<&'a str>,
    /// What masks refer to.
    series: Option<&'a DicomSeries>,
    /// Whether only masks that refer to it may lie on it.
    only_if_referred_to: bool,
}

impl<'a> ImageSpace<'a> {
    /// The space of an image that no mask refers to, such as NIfTI.
    pub fn new(grid: &'a Grid, frame_of_reference: Option<&'a str>) -> Self {
        Self { grid, frame_of_reference, series: None, only_if_referred_to: false }
    }

    /// The space of a series, which masks may refer to.
    pub fn of_series(series: &'a DicomSeries) -> Self {
        let frame_of_reference = series.frame_of_reference();
        Self { grid: series.grid(), frame_of_reference, series: Some(series), only_if_referred_to: false }
    }

    /// The space of an image that a mask may lie on only where it refers to it, and to none of the others.
    pub fn if_referred_to(mut self) -> Self {
        self.only_if_referred_to = true;
        self
    }

    /// What masks call it.
    pub(super) fn identifiers(&self) -> Identifiers {
        self.series.map_or_else(Identifiers::default, |series| Identifiers {
            series: series.series_uid(),
            instances: series.instance_uids(),
        })
    }

    /// Whether an axis goes from slice to slice: the third one, or one along which voxels are farthest apart.
    pub(super) fn has_slices_along(&self, axis: usize) -> bool {
        let spacing = self.grid.spacing_mm();
        axis == 2 || spacing.iter().all(|&other| other <= spacing[axis] * SAME_SPACING)
    }
}

impl std::fmt::Debug for ImageSpace<'_> {
    /// Shows no identifier.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImageSpace")
            .field("grid", self.grid)
            .field("has_frame_of_reference", &self.frame_of_reference.is_some())
            .field("is_series", &self.series.is_some())
            .finish()
    }
}

/// The axis of a grid that is nearest to a direction.
pub(super) fn axis_along(grid: &Grid, direction: Vector) -> usize {
    let (m, spacing) = (grid.affine().matrix(), grid.spacing_mm());
    let along = |axis: usize| dot(std::array::from_fn(|r| m[r][axis]), direction).abs() / spacing[axis];
    (0..3).max_by(|&a, &b| along(a).total_cmp(&along(b))).unwrap_or(2)
}

/// Whether planes this far apart are neighboring slices, and not every second or third: they may differ a little, as
/// headers give rounded distances, or the thickness without the gap.
pub(super) fn is_step(planes_mm: f64, slices_mm: f64) -> bool {
    (0.5..1.5).contains(&(planes_mm / slices_mm))
}

/// The images that a mask may lie on.
pub(super) struct Candidates<'i, 'a> {
    /// Those that it refers to, else the only one in its frame of reference.
    pub(super) first: Vec<&'i ImageSpace<'a>>,
    /// The others that may be in its frame of reference.
    pub(super) others: Vec<&'i ImageSpace<'a>>,
}

impl<'i, 'a> Candidates<'i, 'a> {
    /// The candidates for a mask that refers to some `images` and was drawn in frames of reference.
    ///
    /// # Errors
    /// When it refers to none, and images have a frame of reference but none has the mask's.
    pub(super) fn of(
        images: &'i [ImageSpace<'a>],
        referenced: Vec<&'i ImageSpace<'a>>,
        frames_of_reference: &[Option<&str>],
    ) -> Result<Self, MaskError> {
        let shared = in_frames_of_reference(images, frames_of_reference);
        let usual: Vec<_> = referenced.iter().copied().filter(|image| !image.only_if_referred_to).collect();
        let referenced = if usual.is_empty() { referenced } else { usual };
        let is_in = |list: &[&ImageSpace<'_>], image: &ImageSpace<'_>| {
            list.iter().any(|other| std::ptr::eq(*other, image))
        };
        let first = if referenced.is_empty() {
            let known = |uid: &str| frames_of_reference.iter().all(|frame| *frame == Some(uid));
            let stated = shared.as_ref().map(Vec::as_slice).unwrap_or_default().iter();
            let mut stated = stated.filter(|image| image.frame_of_reference.is_some_and(known));
            match (stated.next(), stated.next()) {
                (Some(only), None) => vec![*only],
                _ => Vec::new(),
            }
        } else {
            referenced
        };
        let shared = if first.is_empty() { shared? } else { shared.unwrap_or_default() };
        let others = shared.into_iter().filter(|image| !is_in(&first, image)).collect();
        Ok(Self { first, others })
    }
}

/// The images that may be in all of these frames of reference.
fn in_frames_of_reference<'i, 'a>(
    images: &'i [ImageSpace<'a>],
    frames_of_reference: &[Option<&str>],
) -> Result<Vec<&'i ImageSpace<'a>>, MaskError> {
    let mut shared: Vec<&ImageSpace<'a>> = images.iter().filter(|image| !image.only_if_referred_to).collect();
    for frame in frames_of_reference {
        let in_frame = in_frame_of_reference(images, *frame)?;
        shared.retain(|image| in_frame.iter().any(|other| std::ptr::eq(*image, *other)));
    }
    Ok(shared)
}

/// The images that may be in a frame of reference: theirs is the same, or one of the two is unknown.
///
/// # Errors
/// When images have a frame of reference, but none has this one.
fn in_frame_of_reference<'i, 'a>(
    images: &'i [ImageSpace<'a>],
    frame_of_reference: Option<&str>,
) -> Result<Vec<&'i ImageSpace<'a>>, MaskError> {
    let Some(wanted) = frame_of_reference else { return Ok(images.iter().collect()) };
    let usual = images.iter().filter(|image| !image.only_if_referred_to);
    let mut known = usual.filter_map(|image| image.frame_of_reference).peekable();
    if known.peek().is_some() && known.all(|uid| uid != wanted) {
        return Err(MaskError::FrameOfReference);
    }
    Ok(images.iter().filter(|image| image.frame_of_reference.is_none_or(|uid| uid == wanted)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Affine;

    fn grid(spacing: [f64; 3]) -> Grid {
        let row = |axis: usize| std::array::from_fn(|c| if c == axis { spacing[axis] } else { 0.0 });
        Grid::new([1, 1, 1], Affine::new([row(0), row(1), row(2), [0.0, 0.0, 0.0, 1.0]]).unwrap()).unwrap()
    }

    #[test]
    fn one_image_with_the_same_frame_is_enough() {
        let grid = grid([1.0; 3]);
        let shared = |images: &[Option<&str>], mask| {
            let images: Vec<_> = images.iter().map(|&uid| ImageSpace::new(&grid, uid)).collect();
            in_frame_of_reference(&images, mask).map(|found| found.len()).map_err(|error| error.to_string())
        };
        assert_eq!(shared(&[Some("1.2"), Some("1.3")], Some("1.3")), Ok(1));
        assert_eq!(shared(&[None, Some("1.3")], Some("1.3")), Ok(2));
        assert_eq!(shared(&[None, None], Some("1.3")), Ok(2));
        assert_eq!(shared(&[Some("1.2")], None), Ok(1));
        assert_eq!(shared(&[], Some("1.3")), Ok(0));
        let error = shared(&[None, Some("1.25")], Some("1.3")).unwrap_err();
        assert!(error.starts_with("the frame of reference is that of none of the images"), "{error}");
        assert!(!error.contains("1.25") && !error.contains("1.3"), "{error}");
    }

    #[test]
    fn what_is_referred_to_comes_before_the_only_image_in_the_frame() {
        let grid = grid([1.0; 3]);
        let of = |uids: [Option<&str>; 3], referenced: &[usize], frames: &[Option<&str>]| {
            let images = uids.map(|uid| ImageSpace::new(&grid, uid));
            let place = |list: &[&ImageSpace<'_>]| -> Vec<usize> {
                let at =
                    |image: &&ImageSpace<'_>| images.iter().position(|other| std::ptr::eq(*image, other));
                list.iter().filter_map(at).collect()
            };
            let referenced = referenced.iter().map(|&n| &images[n]).collect();
            Candidates::of(&images, referenced, frames)
                .map(|found| (place(&found.first), place(&found.others)))
        };
        let (a, b) = (Some("1.2"), Some("1.3"));
        assert_eq!(of([a, b, b], &[], &[a]).unwrap(), (vec![0], vec![]));
        assert_eq!(of([a, b, None], &[], &[a]).unwrap(), (vec![0], vec![2]));
        assert_eq!(of([a, a, b], &[], &[a]).unwrap(), (vec![], vec![0, 1]), "two have it");
        assert_eq!(of([a, a, b], &[1], &[a]).unwrap(), (vec![1], vec![0]));
        assert_eq!(of([a, b, b], &[1], &[a]).unwrap(), (vec![1], vec![0]), "a reference says more");
        assert_eq!(of([a, a, b], &[2], &[Some("1.4")]).unwrap(), (vec![2], vec![]));
        assert!(of([a, a, b], &[], &[Some("1.4")]).is_err());
        assert_eq!(of([a, b, b], &[], &[a, b]).unwrap(), (vec![], vec![]), "two ROIs, two frames");
        assert_eq!(of([None, None, None], &[], &[a]).unwrap(), (vec![], vec![0, 1, 2]));
    }

    #[test]
    fn slices_are_along_the_third_axis_or_the_largest_spacing() {
        let along = |spacing: [f64; 3]| {
            let grid = grid(spacing);
            [0, 1, 2].map(|axis| ImageSpace::new(&grid, None).has_slices_along(axis))
        };
        assert_eq!(along([0.5, 0.5, 4.0]), [false, false, true]);
        assert_eq!(along([4.0, 0.5, 0.5]), [true, false, true]);
        assert_eq!(along([1.0, 1.0, 1.0]), [true; 3]);
        let thick = grid([0.5, 0.5, 4.0]);
        assert_eq!(axis_along(&thick, [0.1, -0.9, 0.2]), 1);
        assert!(is_step(3.5, 4.0) && is_step(4.0, 4.0) && !is_step(4.0, 2.0) && !is_step(2.0, 4.2));
    }
}
