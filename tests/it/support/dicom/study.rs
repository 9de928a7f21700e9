//! A phantom's images and masks, to be written in one form or another.

use std::path::{Path, PathBuf};

use hemastage::Grid;
use hemastage_phantom::Phantom;
use ndarray::Array3;

use super::{
    classic::{Contrast, Series, Storage},
    file::{Syntax, write_shuffled},
    place::{Matrix, rectified},
    seg::{Segmentation, SegmentationType},
};

/// Arrays by (i, j, k) with their affines, RAS+ mm.
#[derive(Debug, Clone)]
pub(crate) struct Scans {
    pub(crate) t1: (Array3<i32>, Matrix),
    pub(crate) t2: (Array3<i32>, Matrix),
    pub(crate) hematoma: Array3<u8>,
    pub(crate) cord: Array3<u8>,
    pub(crate) canal: Array3<u8>,
    pub(crate) vertebrae: Array3<u8>,
    pub(crate) masks_affine: Matrix,
}

impl Scans {
    /// Of a phantom, with affines in full precision.
    pub(crate) fn of(made: &Phantom) -> Self {
        let affine = |grid: &Grid| rectified(grid.affine().matrix());
        Self {
            t1: (made.t1.mapv(i32::from), affine(&made.t1_grid)),
            t2: (made.t2.mapv(i32::from), affine(&made.t2_grid)),
            hematoma: made.hematoma.clone(),
            cord: made.cord.clone(),
            canal: made.canal.clone(),
            vertebrae: made.vertebrae.clone(),
            masks_affine: affine(&made.mask_grid),
        }
    }

    /// The T1 as series 1.
    pub(crate) fn t1_series(&self) -> Series {
        Series::new(1, self.t1.0.clone(), self.t1.1).with(|series| series.contrast = Contrast::T1)
    }

    /// The T2 as series 2.
    pub(crate) fn t2_series(&self) -> Series {
        Series::new(2, self.t2.0.clone(), self.t2.1)
    }

    /// A mask or label map as a series of 8 bits.
    pub(crate) fn mask_series(&self, number: usize, mask: &Array3<u8>) -> Series {
        Series::new(number, mask.mapv(i32::from), self.masks_affine).with(|series| {
            series.stored = Storage { bits_allocated: 8, bits_stored: 8, signed: false, ..Storage::SIGNED };
        })
    }

    /// Canal, cord and hematoma as segments 1 to 3; in a label map the higher number stands where two meet.
    pub(crate) fn segmentation(&self, kind: SegmentationType) -> Segmentation {
        let mut segments = [&self.canal, &self.cord, &self.hematoma].map(Array3::clone);
        if let SegmentationType::Fractional { maximum } = kind {
            for mask in &mut segments {
                mask.mapv_inplace(|marked| marked * maximum as u8);
            }
        }
        Segmentation::new(kind, segments.to_vec(), self.masks_affine)
    }
}

/// Writes a series into a folder of this name.
pub(crate) fn write_series(root: &Path, name: &str, series: &Series, syntax: Syntax) -> PathBuf {
    write_shuffled(&root.join(name), &series.slices(), syntax, series.number as u64)
}
