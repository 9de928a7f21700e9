//! A mask of the reference tissue, made ready for both images.

use hemastage_image::{
    error::Result,
    roi::{Column, Roi},
};

use super::{CenterLine, MIN_VOXELS, ReferenceError, Tissue};

/// Voxels well inside the mask that a reference needs; with fewer, voxels nearer its edge count too.
pub(super) const ENOUGH_INSIDE: usize = 50;

/// A reference mask with what both contrasts need of it.
#[derive(Debug, Clone)]
pub struct ReferenceRegion {
    pub(super) roi: Roi,
    pub(super) tissue: Tissue,
    pub(super) line: CenterLine,
    pub(super) positions: Column<f64>,
    /// All six face neighbors are in the mask.
    pub(super) inside: Vec<bool>,
    /// The face neighbors along the near axes are in the mask.
    pub(super) interior: Vec<bool>,
    pub(super) hematoma: Vec<bool>,
}

impl ReferenceRegion {
    /// Prepares a mask of the cord: its center line, its inside, and where the hematoma lies in it.
    ///
    /// # Errors
    /// When the mask is longer than any spine, so that its voxel sizes must be wrong.
    pub fn new(mask: Roi, hematoma: &Roi) -> Result<Self> {
        let hematoma = mask.shared_with(hematoma);
        Self::with_blood(mask, hematoma)
    }

    /// The same where the scan shows no hematoma.
    ///
    /// # Errors
    /// As [`ReferenceRegion::new`].
    pub fn without_hematoma(mask: Roi) -> Result<Self> {
        let hematoma = vec![false; mask.len()];
        Self::with_blood(mask, hematoma)
    }

    fn with_blood(mask: Roi, hematoma: Vec<bool>) -> Result<Self> {
        let line = CenterLine::of(&mask)?;
        let positions = line.positions_mm(&mask);
        let (inside, interior) = (mask.interior([true; 3]), mask.interior(mask.grid().near_axes()));
        Ok(Self { roi: mask, tissue: Tissue::Cord, line, positions, inside, interior, hematoma })
    }

    /// Says that the mask is of another tissue than the cord.
    pub fn with_tissue(mut self, tissue: Tissue) -> Self {
        self.tissue = tissue;
        self
    }

    /// Checks that enough of the mask is no hematoma.
    ///
    /// # Errors
    /// `Malformed` when fewer than 20 voxels are left.
    pub(crate) fn check(&self) -> Result<()> {
        let (mask, blood) = (self.roi.len(), self.blood());
        let found = mask - blood;
        if found < MIN_VOXELS {
            return Err(ReferenceError::too_few(found, mask, blood, 0).into());
        }
        Ok(())
    }

    /// Voxels of the mask that are hematoma.
    pub(super) fn blood(&self) -> usize {
        self.hematoma.iter().filter(|&&in_hematoma| in_hematoma).count()
    }

    /// The mask.
    pub fn roi(&self) -> &Roi {
        &self.roi
    }

    /// The tissue that the mask is of.
    pub fn tissue(&self) -> &Tissue {
        &self.tissue
    }

    /// Which voxels have their near neighbors in the mask and are not hematoma.
    pub fn inner(&self) -> Column<bool> {
        self.positions.par_map(|n, _| self.interior[n] && !self.hematoma[n])
    }

    /// The ends along the center line of the voxels that a reference is measured in, as far as the masks say: those inside
    /// the mask and not hematoma.
    pub(crate) fn measured_ends_mm(&self) -> [f64; 2] {
        let candidate: Vec<bool> = self.hematoma.iter().map(|&blood| !blood).collect();
        let used = self.deepest(&candidate).unwrap_or(candidate);
        let positions = self.positions.iter().zip(&used).filter(|&(_, &used)| used);
        positions
            .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], (&at, _)| [low.min(at), high.max(at)])
    }

    /// The candidates deepest in the mask that are enough; `None` where there are too few inside it.
    pub(super) fn deepest(&self, candidate: &[bool]) -> Option<Vec<bool>> {
        let deep = |column: &Vec<bool>| -> Vec<bool> {
            candidate.iter().zip(column).map(|(&candidate, &deep)| candidate & deep).collect()
        };
        let is_enough = |deep: &Vec<bool>| deep.iter().filter(|&&deep| deep).count() >= ENOUGH_INSIDE;
        [&self.inside, &self.interior].into_iter().map(deep).find(is_enough)
    }

    /// The position of each voxel along the center line.
    pub fn positions_mm(&self) -> &Column<f64> {
        &self.positions
    }

    /// The mask's center line.
    pub fn center_line(&self) -> &CenterLine {
        &self.line
    }
}
