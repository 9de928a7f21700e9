//! A NIfTI header as found, and the checks that make its sizes safe to use.

use nifti::{Endianness, NiftiHeader};

use super::error::NiftiError;
use crate::{limits::Limits, raster::Datatype, volume::Scaling};

/// Bytes of a NIfTI-2 header.
pub(super) const HEADER_2: usize = 540;
/// Bytes of a NIfTI-1 header.
pub(super) const HEADER_1: usize = 348;

/// Maximum length of an axis in NIfTI-1; no NIfTI-2 image of a patient needs more.
const MAX_AXIS: i64 = 32_767;

/// NIfTI-1 or NIfTI-2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NiftiVersion {
    /// 348-byte header.
    One,
    /// 540-byte header.
    Two,
}

/// The fields that this crate uses, wide enough for both versions, in the machine's byte order.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) version: NiftiVersion,
    pub(super) big_endian: bool,
    pub(super) single_file: bool,
    pub(super) dim: [i64; 8],
    pub(super) datatype: i16,
    pub(super) bitpix: i16,
    pub(super) pixdim: [f64; 8],
    pub(super) vox_offset: f64,
    pub(super) slope: f64,
    pub(super) intercept: f64,
    pub(super) space_unit: u8,
    pub(super) qform_code: i32,
    pub(super) sform_code: i32,
    pub(super) quatern: [f64; 3],
    pub(super) qoffset: [f64; 3],
    pub(super) srow: [[f64; 4]; 3],
    /// The header as stored, for writing a label map on exactly the same grid.
    pub(super) bytes: Vec<u8>,
}

impl Header {
    /// Reads a header from the first bytes of a file.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, NiftiError> {
        if bytes.get(128..132) == Some(b"DICM") {
            return Err(NiftiError::Dicom);
        }
        let size: [u8; 4] = bytes.get(..4).and_then(|b| b.try_into().ok()).ok_or(NiftiError::NotNifti)?;
        let (version, big_endian) = match (i32::from_le_bytes(size), i32::from_be_bytes(size)) {
            (348, _) => (NiftiVersion::One, false),
            (_, 348) => (NiftiVersion::One, true),
            (540, _) => (NiftiVersion::Two, false),
            (_, 540) => (NiftiVersion::Two, true),
            _ => return Err(NiftiError::NotNifti),
        };
        match version {
            NiftiVersion::One => {
                Self::parse_1(bytes.get(..HEADER_1).ok_or(NiftiError::NotNifti)?, big_endian)
            }
            NiftiVersion::Two => {
                Self::parse_2(bytes.get(..HEADER_2).ok_or(NiftiError::NotNifti)?, big_endian)
            }
        }
    }

    fn parse_1(bytes: &[u8], big_endian: bool) -> Result<Self, NiftiError> {
        if !matches!(&bytes[344..348], b"n+1\0" | b"ni1\0") {
            return Err(NiftiError::Analyze);
        }
        let h = NiftiHeader::from_reader(bytes).map_err(|_| NiftiError::NotNifti)?;
        if (h.endianness == Endianness::Big) != big_endian {
            // `nifti` takes the byte order of dim[0], which contradicts that of sizeof_hdr
            return Err(NiftiError::Rank { found: i64::from(h.dim[0].swap_bytes() as i16) });
        }
        Ok(Self {
            version: NiftiVersion::One,
            big_endian,
            single_file: &h.magic == b"n+1\0",
            dim: h.dim.map(|d| i64::from(d as i16)),
            datatype: h.datatype,
            bitpix: h.bitpix,
            pixdim: h.pixdim.map(f64::from),
            vox_offset: f64::from(h.vox_offset),
            slope: f64::from(h.scl_slope),
            intercept: f64::from(h.scl_inter),
            space_unit: h.xyzt_units & 7,
            qform_code: i32::from(h.qform_code),
            sform_code: i32::from(h.sform_code),
            quatern: [h.quatern_b, h.quatern_c, h.quatern_d].map(f64::from),
            qoffset: [h.quatern_x, h.quatern_y, h.quatern_z].map(f64::from),
            srow: [h.srow_x, h.srow_y, h.srow_z].map(|row| row.map(f64::from)),
            bytes: bytes.to_vec(),
        })
    }

    fn parse_2(bytes: &[u8], big_endian: bool) -> Result<Self, NiftiError> {
        let single_file = match &bytes[4..12] {
            b"n+2\0\r\n\x1a\n" => true,
            b"ni2\0\r\n\x1a\n" => false,
            _ => return Err(NiftiError::NotNifti),
        };
        let at = Fields { bytes, big_endian };
        Ok(Self {
            version: NiftiVersion::Two,
            big_endian,
            single_file,
            dim: std::array::from_fn(|n| at.i64(16 + 8 * n)),
            datatype: at.i16(12),
            bitpix: at.i16(14),
            pixdim: std::array::from_fn(|n| at.f64(104 + 8 * n)),
            vox_offset: at.i64(168) as f64,
            slope: at.f64(176),
            intercept: at.f64(184),
            space_unit: (at.i32(500) & 7) as u8,
            qform_code: at.i32(344),
            sform_code: at.i32(348),
            quatern: std::array::from_fn(|n| at.f64(352 + 8 * n)),
            qoffset: std::array::from_fn(|n| at.f64(376 + 8 * n)),
            srow: std::array::from_fn(|r| std::array::from_fn(|c| at.f64(400 + 32 * r + 8 * c))),
            bytes: bytes.to_vec(),
        })
    }

    /// The number of voxels along i, j, k and of volumes, checked against the limits.
    pub(super) fn shape(&self, limits: Limits) -> Result<([usize; 3], usize), NiftiError> {
        let rank = self.dim[0];
        if !(1..=7).contains(&rank) {
            return Err(NiftiError::Rank { found: rank });
        }
        let used = &self.dim[1..=rank as usize];
        let mut total: Option<u64> = Some(1);
        for (axis, &n) in used.iter().enumerate() {
            if n < 1 || (axis < 3 && n > MAX_AXIS) {
                return Err(NiftiError::Dimension { axis: axis + 1, found: n });
            }
            total = total.and_then(|total| total.checked_mul(n as u64));
        }
        if total.is_none_or(|total| total > limits.max_voxels) {
            return Err(NiftiError::TooLarge { shape: used.to_vec(), limit: limits.max_voxels });
        }
        let size = |axis: usize| used.get(axis).map_or(1, |&n| n as usize);
        Ok(([size(0), size(1), size(2)], used.iter().skip(3).map(|&n| n as usize).product()))
    }

    /// The number type of the voxels.
    pub(super) fn datatype(&self) -> Result<Datatype, NiftiError> {
        let datatype = datatype(self.datatype)?;
        let expected = 8 * datatype.bytes();
        if i64::from(self.bitpix) != expected as i64 {
            return Err(NiftiError::Bitpix { found: self.bitpix, expected, datatype: datatype.name() });
        }
        Ok(datatype)
    }

    /// The map from stored values to signal, and whether the slope is not a finite number; then it counts as unset.
    pub(super) fn scaling(&self) -> Result<(Scaling, bool), NiftiError> {
        if self.slope == 0.0 || !self.slope.is_finite() {
            return Ok((Scaling::NONE, !self.slope.is_finite()));
        }
        if !self.intercept.is_finite() {
            return Err(NiftiError::Intercept { slope: self.slope, found: self.intercept });
        }
        Ok((Scaling { slope: self.slope, intercept: self.intercept }, false))
    }

    /// Where the voxels start in their file.
    pub(super) fn voxel_offset(&self) -> Result<u64, NiftiError> {
        let min = if self.single_file { (self.header_bytes() + 4) as f64 } else { 0.0 };
        let offset = self.vox_offset;
        if offset.is_finite() && offset.fract() == 0.0 && (min..9e15).contains(&offset) {
            Ok(offset as u64)
        } else {
            Err(NiftiError::Offset { found: offset, min })
        }
    }

    pub(super) fn header_bytes(&self) -> usize {
        match self.version {
            NiftiVersion::One => HEADER_1,
            NiftiVersion::Two => HEADER_2,
        }
    }

    pub(super) fn i32_at(&self, bytes: [u8; 4]) -> i32 {
        if self.big_endian { i32::from_be_bytes(bytes) } else { i32::from_le_bytes(bytes) }
    }
}

/// Numbers at fixed positions of a header whose length is checked.
struct Fields<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl Fields<'_> {
    fn bytes<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut out: [u8; N] = std::array::from_fn(|n| self.bytes[at + n]);
        if self.big_endian {
            out.reverse();
        }
        out
    }

    fn i16(&self, at: usize) -> i16 {
        i16::from_le_bytes(self.bytes(at))
    }

    fn i32(&self, at: usize) -> i32 {
        i32::from_le_bytes(self.bytes(at))
    }

    fn i64(&self, at: usize) -> i64 {
        i64::from_le_bytes(self.bytes(at))
    }

    fn f64(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.bytes(at))
    }
}

/// The number type of a code.
fn datatype(code: i16) -> Result<Datatype, NiftiError> {
    Ok(match code {
        2 => Datatype::U8,
        4 => Datatype::I16,
        8 => Datatype::I32,
        16 => Datatype::F32,
        64 => Datatype::F64,
        256 => Datatype::I8,
        512 => Datatype::U16,
        768 => Datatype::U32,
        1024 => Datatype::I64,
        1280 => Datatype::U64,
        128 => return Err(NiftiError::Color { name: "RGB" }),
        2304 => return Err(NiftiError::Color { name: "RGBA" }),
        32 | 1792 | 2048 => return Err(NiftiError::Complex),
        1 | 1536 => return Err(NiftiError::RareType { code }),
        _ => return Err(NiftiError::UnknownType { code }),
    })
}
