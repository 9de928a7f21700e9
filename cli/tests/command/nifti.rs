//! Small NIfTI-1 files, byte by byte, right or wrong.

use hemastage::Grid;

/// An uncompressed file in the making.
#[derive(Debug, Clone)]
pub(crate) struct Nifti {
    bytes: Vec<u8>,
}

impl Nifti {
    /// `uint8` voxels in memory order.
    pub(crate) fn u8(grid: &Grid, voxels: impl IntoIterator<Item = u8>) -> Self {
        Self::new(grid, 2, 8, voxels.into_iter().collect())
    }

    /// `int16` voxels in memory order.
    pub(crate) fn i16(grid: &Grid, voxels: impl IntoIterator<Item = i16>) -> Self {
        Self::new(grid, 4, 16, voxels.into_iter().flat_map(i16::to_le_bytes).collect())
    }

    /// `float32` voxels in memory order.
    pub(crate) fn f32(grid: &Grid, voxels: impl IntoIterator<Item = f32>) -> Self {
        Self::new(grid, 16, 32, voxels.into_iter().flat_map(f32::to_le_bytes).collect())
    }

    fn new(grid: &Grid, datatype: i16, bitpix: i16, voxels: Vec<u8>) -> Self {
        let bytes = grid.voxels() * bitpix as usize / 8;
        assert!(voxels.len() >= bytes && voxels.len().is_multiple_of(bytes));
        let mut nifti = Self { bytes: vec![0; 352] };
        nifti.put(0, &348_i32.to_le_bytes());
        let [ni, nj, nk] = grid.shape().map(|n| n as i16);
        let volumes = (voxels.len() / bytes) as i16;
        let rank = if volumes == 1 { 3 } else { 4 };
        for (n, dim) in [rank, ni, nj, nk, volumes, 1, 1, 1].into_iter().enumerate() {
            nifti.put(40 + 2 * n, &dim.to_le_bytes());
        }
        nifti.put(70, &datatype.to_le_bytes());
        nifti.put(72, &bitpix.to_le_bytes());
        let [x, y, z] = grid.spacing_mm().map(|mm| mm as f32);
        for (n, size) in [1.0, x, y, z].into_iter().enumerate() {
            nifti.put(76 + 4 * n, &size.to_le_bytes());
        }
        nifti.put(108, &352_f32.to_le_bytes());
        nifti.put(123, &[2]);
        nifti.put(254, &1_i16.to_le_bytes());
        for (r, row) in grid.affine().matrix().iter().take(3).enumerate() {
            for (c, value) in row.iter().enumerate() {
                nifti.put(280 + 16 * r + 4 * c, &(*value as f32).to_le_bytes());
            }
        }
        nifti.put(344, b"n+1\0");
        nifti.bytes.extend(voxels);
        nifti
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Sets `scl_slope`.
    pub(crate) fn slope(mut self, slope: f32) -> Self {
        self.put(112, &slope.to_le_bytes());
        self
    }

    /// Moves the grid so far along x.
    pub(crate) fn moved(mut self, mm: f32) -> Self {
        let at = 280 + 12;
        let stored = [0, 1, 2, 3].map(|n| self.bytes[at + n]);
        self.put(at, &(f32::from_le_bytes(stored) + mm).to_le_bytes());
        self
    }

    /// Unsets the sform, of which no qform takes the place.
    pub(crate) fn unoriented(mut self) -> Self {
        self.put(254, &0_i16.to_le_bytes());
        self
    }

    /// The file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// An array's voxels in memory order, i fastest.
pub(crate) fn voxels<T: Copy>(array: &ndarray::Array3<T>) -> Vec<T> {
    array.t().iter().copied().collect()
}
