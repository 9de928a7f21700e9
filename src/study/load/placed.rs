//! The grid of a file without orientation, where others have one.

use hemastage_image::{
    ImageReader,
    error::{Error, Result},
    finding::Finding,
    grid::Grid,
    nrrd::NrrdSegmentation,
};

use super::error::LoadError;

/// Voxel sizes that differ by less are the same.
const SAME_SPACING: f64 = 0.01;
/// Grids whose corners lie nearer to each other, in voxels, are the same.
const SAME_VOXELS: f64 = 0.75;

/// The images that have an orientation, each with its role.
#[derive(Debug, Default)]
pub(super) struct Oriented(Vec<(&'static str, Grid)>);

impl Oriented {
    /// Those of a study's images that have one.
    pub(super) fn of<'a>(images: impl IntoIterator<Item = (&'static str, &'a ImageReader)>) -> Self {
        let oriented = images.into_iter().filter(|(_, image)| image.source().oriented);
        Self(oriented.map(|(role, image)| (role, *image.grid())).collect())
    }

    /// A file, on the grid of an image with the shape of its array if it has no orientation of its own; then also a
    /// finding.
    ///
    /// # Errors
    /// `Geometry` when several images have that shape, in different places.
    pub(super) fn placed(&self, file: ImageReader) -> Result<(ImageReader, Option<Finding>)> {
        if file.source().oriented {
            return Ok((file, None));
        }
        match self.grid(file.grid(), file.source().name)? {
            Some((grid, finding)) => Ok((file.with_grid(grid)?, Some(finding))),
            None => Ok((file, None)),
        }
    }

    /// The same of a segmentation of 3D Slicer.
    ///
    /// # Errors
    /// As [`placed`](Self::placed).
    pub(super) fn placed_segments(
        &self,
        file: NrrdSegmentation,
    ) -> Result<(NrrdSegmentation, Option<Finding>)> {
        if file.file().is_oriented() {
            return Ok((file, None));
        }
        match self.grid(file.file().grid(), file.file().name())? {
            Some((grid, finding)) => Ok((file.with_grid(grid)?, Some(finding))),
            None => Ok((file, None)),
        }
    }

    /// The grid that a file without orientation gets, and the finding about it.
    fn grid(&self, found: &Grid, file: &str) -> Result<Option<(Grid, Finding)>> {
        let alike = self.alike(found).map_err(|error| error.at(file))?;
        Ok(alike.map(|&(role, grid)| {
            let message = format!(
                "the file has no orientation, and its array the shape of the {}: that image's grid was taken, which is wrong if it was drawn on another series or cut; set its orientation to be sure",
                role.to_uppercase()
            );
            (grid, Finding::warning("grid_taken", message))
        }))
    }

    /// The image whose grid a file without orientation has.
    fn alike(&self, found: &Grid) -> Result<Option<&(&'static str, Grid)>> {
        let mut alike: Vec<_> = self.0.iter().filter(|(_, grid)| grid.shape() == found.shape()).collect();
        let is_same = |(a, b): (f64, f64)| (a - b).abs() <= SAME_SPACING * b;
        let has_spacing = |grid: &Grid| found.spacing_mm().into_iter().zip(grid.spacing_mm()).all(is_same);
        if alike.iter().any(|(_, grid)| has_spacing(grid)) {
            alike.retain(|(_, grid)| has_spacing(grid));
        }
        let Some(&first) = alike.first() else { return Ok(None) };
        let voxel = first.1.spacing_mm().into_iter().fold(f64::INFINITY, f64::min);
        match alike.iter().find(|(_, grid)| grid.corner_distance_mm(&first.1) > SAME_VOXELS * voxel) {
            Some(_) => Err(Error::from(LoadError::TwoGrids)),
            None => Ok(Some(first)),
        }
    }
}
