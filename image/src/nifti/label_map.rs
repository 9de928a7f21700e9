//! Writing a label map on exactly the grid of a mask.

use std::io::{self, BufWriter, Write};

use flate2::{Compression, GzBuilder};

use super::{file::NiftiFile, header::HEADER_1};
use crate::{grid::Grid, roi::Roi};

/// `NIFTI_INTENT_LABEL`.
const INTENT_LABEL: i16 = 1002;
/// `NIFTI_ECODE_COMMENT`: plain text.
const CODE_COMMENT: i32 = 6;
/// `NIFTI_XFORM_ALIGNED_ANAT`.
const XFORM_ALIGNED: i16 = 2;

/// The header of a label map: a grid, and no description, scaling or further volumes.
#[derive(Debug, Clone)]
pub struct LabelMapHeader {
    bytes: Vec<u8>,
    big_endian: bool,
}

impl LabelMapHeader {
    /// With the grid of a file, in its NIfTI version and byte order.
    pub fn of_file(file: &NiftiFile) -> Self {
        let mut header = Self { bytes: file.header_bytes().to_vec(), big_endian: file.big_endian() };
        header.strip();
        // a file of fewer axes may hold any number for the others
        for (axis, n) in file.grid().shape().into_iter().enumerate() {
            if header.is_version_1() {
                header.put(42 + 2 * axis, (n as i16).to_le_bytes());
            } else {
                header.put(24 + 8 * axis, (n as i64).to_le_bytes());
            }
        }
        header
    }

    /// With any grid, as NIfTI-1 with an sform.
    pub fn of_grid(grid: &Grid) -> Self {
        let mut header = Self { bytes: vec![0; HEADER_1], big_endian: false };
        header.put(0, (HEADER_1 as i32).to_le_bytes());
        for (axis, n) in grid.shape().into_iter().enumerate() {
            header.put(42 + 2 * axis, (n as i16).to_le_bytes());
        }
        header.put(76, 1_f32.to_le_bytes());
        for (axis, mm) in grid.spacing_mm().into_iter().enumerate() {
            header.put(80 + 4 * axis, (mm as f32).to_le_bytes());
        }
        header.bytes[123] = 2; // mm
        header.put(254, XFORM_ALIGNED.to_le_bytes());
        for (row, values) in grid.affine().matrix()[..3].iter().enumerate() {
            for (column, &value) in values.iter().enumerate() {
                header.put(280 + 16 * row + 4 * column, (value as f32).to_le_bytes());
            }
        }
        header.strip();
        header
    }

    fn is_version_1(&self) -> bool {
        self.bytes.len() == HEADER_1
    }

    /// Writes a little-endian number in the header's byte order.
    fn put<const N: usize>(&mut self, at: usize, mut value: [u8; N]) {
        if self.big_endian {
            value.reverse();
        }
        self.bytes[at..at + N].copy_from_slice(&value);
    }

    fn clear(&mut self, range: std::ops::Range<usize>) {
        self.bytes[range].fill(0);
    }

    /// Keeps the shape, voxel sizes, units and both forms, and makes the rest that of a uint8 label map.
    fn strip(&mut self) {
        if self.is_version_1() { self.strip_1() } else { self.strip_2() }
    }

    fn strip_1(&mut self) {
        self.clear(4..39); // unused names
        self.put(40, 3_i16.to_le_bytes());
        for axis in 4..8 {
            self.put(40 + 2 * axis, 1_i16.to_le_bytes());
        }
        self.clear(56..68); // intent parameters
        self.put(68, INTENT_LABEL.to_le_bytes());
        self.put(70, 2_i16.to_le_bytes());
        self.put(72, 8_i16.to_le_bytes());
        self.clear(74..76); // slice timing
        self.clear(92..108); // pixdim of the dropped axes
        self.put(112, 1_f32.to_le_bytes());
        self.put(116, 0_f32.to_le_bytes());
        self.clear(120..123); // slice timing
        self.bytes[123] &= 7;
        self.clear(124..252); // display range, timing, description, file names
        self.put(124, 6_f32.to_le_bytes());
        self.clear(328..344); // intent name
        self.bytes[344..348].copy_from_slice(b"n+1\0");
    }

    fn strip_2(&mut self) {
        self.bytes[4..12].copy_from_slice(b"n+2\0\r\n\x1a\n");
        self.put(12, 2_i16.to_le_bytes());
        self.put(14, 8_i16.to_le_bytes());
        self.put(16, 3_i64.to_le_bytes());
        for axis in 4..8 {
            self.put(16 + 8 * axis, 1_i64.to_le_bytes());
        }
        self.clear(80..104); // intent parameters
        self.clear(136..168); // pixdim of the dropped axes
        self.put(176, 1_f64.to_le_bytes());
        self.put(184, 0_f64.to_le_bytes());
        self.clear(192..344); // display range, timing, description, file name
        self.put(192, 6_f64.to_le_bytes());
        self.clear(496..500); // slice timing
        let units = i32::from(if self.big_endian { self.bytes[503] } else { self.bytes[500] } & 7);
        self.put(500, units.to_le_bytes());
        self.put(504, i32::from(INTENT_LABEL).to_le_bytes());
        self.clear(508..540); // intent name, slice axes, unused
    }

    /// The bytes before the voxels: the header and an extension with a text.
    fn with_extension(&self, text: &str) -> Vec<u8> {
        let mut header = self.clone();
        let size = (8 + text.len()).next_multiple_of(16);
        let offset = header.bytes.len() + 4 + size;
        if header.is_version_1() {
            header.put(108, (offset as f32).to_le_bytes());
        } else {
            header.put(168, (offset as i64).to_le_bytes());
        }
        let start = header.bytes.len();
        header.bytes.resize(offset, 0);
        header.bytes[start] = 1;
        header.put(start + 4, (size as i32).to_le_bytes());
        header.put(start + 8, CODE_COMMENT.to_le_bytes());
        header.bytes[start + 12..start + 12 + text.len()].copy_from_slice(text.as_bytes());
        header.bytes
    }
}

/// Compression level. As a map is mostly zeros, this takes a quarter of the time of level 6 for a quarter more bytes.
const LEVEL: u32 = 2;
/// Bytes deflated at a time; pieces as short as runs take three times as long.
const CHUNK: usize = 16 * 1024;

/// Writes a label map as `.nii.gz`, row by row: the volume is never held. The same arguments give the same bytes.
///
/// # Shape and units
/// `values` has one label per voxel of the region, in its order. `label_names` goes into a header extension as text.
///
/// # Errors
/// When writing fails, `values` has another length than the region, or NIfTI-1 cannot hold the grid.
pub fn write_label_map(
    out: impl Write,
    header: &LabelMapHeader,
    roi: &Roi,
    values: &[u8],
    label_names: &str,
) -> io::Result<()> {
    if values.len() != roi.len() {
        let message = format!("{} labels for {} voxels: expected one each", values.len(), roi.len());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    if header.is_version_1() && roi.grid().shape().iter().any(|&n| n > i16::MAX as usize) {
        return Err(io::Error::other("NIfTI-1 holds at most 32767 voxels on an axis"));
    }
    let encoder = GzBuilder::new().mtime(0).write(out, Compression::new(LEVEL));
    let mut gzip = BufWriter::with_capacity(CHUNK, encoder);
    gzip.write_all(&header.with_extension(label_names))?;
    let [ni, nj, nk] = roi.grid().shape();
    let mut at = 0;
    for run in roi.runs() {
        let start = (run.k as usize * nj + run.j as usize) * ni + run.i as usize;
        write_zeros(&mut gzip, start - at)?;
        gzip.write_all(&values[run.first as usize..][..run.len as usize])?;
        at = start + run.len as usize;
    }
    write_zeros(&mut gzip, ni * nj * nk - at)?;
    gzip.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?.flush()
}

fn write_zeros(out: &mut impl Write, mut bytes: usize) -> io::Result<()> {
    const ZEROS: [u8; 16 * 1024] = [0; 16 * 1024];
    while bytes > 0 {
        let step = bytes.min(ZEROS.len());
        out.write_all(&ZEROS[..step])?;
        bytes -= step;
    }
    Ok(())
}
