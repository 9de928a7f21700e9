//! The images that a mask may have been drawn on, by frame of reference.

use super::error::MaskError;
use crate::grid::Grid;

/// Where an image lies, for reading masks that were drawn on it.
#[derive(Clone, Copy)]
pub struct ImageSpace<'a> {
    /// Its grid.
    pub grid: &'a Grid,
    /// Its `FrameOfReferenceUID`, if its format has one.
    pub frame_of_reference: Option<&'a str>,
}

impl std::fmt::Debug for ImageSpace<'_> {
    /// Does not show the frame of reference.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImageSpace")
            .field("grid", self.grid)
            .field("has_frame_of_reference", &self.frame_of_reference.is_some())
            .finish()
    }
}

/// The images that may be in a frame of reference: theirs is the same, or one of the two is unknown.
///
/// # Errors
/// When images have a frame of reference, but none has this one.
pub(super) fn in_frame_of_reference<'i, 'a>(
    images: &'i [ImageSpace<'a>],
    frame_of_reference: Option<&str>,
) -> Result<Vec<&'i ImageSpace<'a>>, MaskError> {
    let Some(wanted) = frame_of_reference else { return Ok(images.iter().collect()) };
    let mut known = images.iter().filter_map(|image| image.frame_of_reference).peekable();
    if known.peek().is_some() && known.all(|uid| uid != wanted) {
        return Err(MaskError::FrameOfReference);
    }
    Ok(images.iter().filter(|image| image.frame_of_reference.is_none_or(|uid| uid == wanted)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Affine;

    #[test]
    fn one_image_with_the_same_frame_is_enough() {
        let grid = Grid::new([1, 1, 1], Affine::identity()).unwrap();
        let shared = |images: &[Option<&str>], mask| {
            let images: Vec<_> =
                images.iter().map(|&uid| ImageSpace { grid: &grid, frame_of_reference: uid }).collect();
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
}
