//! Opening an NRRD file: its header checked, and where its voxels are.

use std::path::{Path, PathBuf};

use super::{axes::Axes, error::NrrdError, header::Header};
use crate::{
    error::Result,
    file::file_name,
    limits::Limits,
    raster::{Datatype, Encoding, RasterFile, StoredVoxels, after_lines, data_file},
    volume::Scaling,
};

/// Opens a `.nrrd`, or a `.nhdr` with one data file in the same folder, and checks its header.
///
/// # Errors
/// `Io` when it or its data file cannot be opened, `Malformed` when the header contradicts itself or the file, `Unsupported`
/// for other encodings, colors and lists of files, `Limit` when it claims more voxels than allowed, `Geometry` when its
/// affine is not usable.
///
/// # Reference
/// G. Kindlmann, Definition of NRRD File Format, versions 1 to 5 (teem.sourceforge.net/nrrd/format.html).
pub fn open(path: impl AsRef<Path>, limits: Limits) -> Result<RasterFile> {
    let path = path.as_ref();
    let opened = Header::read(path).map_err(Into::into).and_then(|header| opened(path, &header, limits));
    opened.map_err(|error| error.at(file_name(path)))
}

pub(super) fn opened(path: &Path, header: &Header, limits: Limits) -> Result<RasterFile> {
    let axes = Axes::of(header, limits)?;
    let datatype = datatype(header.needed("type")?)?;
    let encoding = encoding(header.needed("encoding")?)?;
    let mut findings = Vec::new();
    let (grid, is_oriented) = axes.grid(header, &mut findings)?;
    let (voxel_file, start) = match header.field("data file") {
        Some(name) => (data_file(path, name).map_err(NrrdError::from)?, 0),
        None if header.is_ended => (path.to_owned(), header.end),
        None => return Err(NrrdError::NoVoxels.into()),
    };
    let stored_bytes = StoredVoxels::size_of(&voxel_file)?;
    let voxels = StoredVoxels {
        path: voxel_file,
        stored_bytes,
        encoding,
        start,
        offset: 0,
        grid,
        layout: axes.layout,
        datatype,
        big_endian: big_endian(header, datatype, encoding)?,
        scaling: Scaling::NONE,
        verify_checksum: false,
    };
    let voxels = skipped(header, voxels)?;
    voxels.check_size()?;
    Ok(RasterFile { name: file_name(path), format: "nrrd", is_oriented, voxels, findings })
}

/// The data file of a header that names one; `None` where the voxels follow the header, or the header is damaged.
pub(crate) fn voxel_file(path: &Path) -> Option<PathBuf> {
    data_file(path, Header::read(path).ok()?.field("data file")?).ok()
}

/// Moves the start of the voxels past the lines and bytes that the header says to skip.
fn skipped(header: &Header, mut voxels: StoredVoxels) -> Result<StoredVoxels, NrrdError> {
    match header.whole("line skip")?.unwrap_or(0) {
        0 => {}
        lines @ 1.. => voxels.start = after_lines(&voxels.path, voxels.start, lines as u64)?,
        found => return Err(NrrdError::Skip { field: "line skip", found, expected: "0 or more" }),
    }
    let bytes = header.whole("byte skip")?.unwrap_or(0);
    let invalid = |expected| NrrdError::Skip { field: "byte skip", found: bytes, expected };
    match (voxels.encoding, bytes) {
        (Encoding::Raw, -1) => voxels.start = voxels.stored_bytes.saturating_sub(voxels.needed()),
        (Encoding::Raw, _) if bytes < 0 => return Err(invalid("-1 or more")),
        (Encoding::Ascii, 1..) => return Err(invalid("0")),
        (_, 0..) => voxels.offset = bytes as u64,
        _ => return Err(invalid("0 or more")),
    }
    Ok(voxels)
}

fn datatype(name: &str) -> Result<Datatype, NrrdError> {
    Ok(match name.to_ascii_lowercase().as_str() {
        "signed char" | "int8" | "int8_t" => Datatype::I8,
        "uchar" | "unsigned char" | "uint8" | "uint8_t" => Datatype::U8,
        "short" | "short int" | "signed short" | "signed short int" | "int16" | "int16_t" => Datatype::I16,
        "ushort" | "unsigned short" | "unsigned short int" | "uint16" | "uint16_t" => Datatype::U16,
        "int" | "signed int" | "int32" | "int32_t" => Datatype::I32,
        "uint" | "unsigned int" | "uint32" | "uint32_t" => Datatype::U32,
        "longlong"
        | "long long"
        | "long long int"
        | "signed long long"
        | "signed long long int"
        | "int64"
        | "int64_t" => Datatype::I64,
        "ulonglong" | "unsigned long long" | "unsigned long long int" | "uint64" | "uint64_t" => {
            Datatype::U64
        }
        "float" => Datatype::F32,
        "double" => Datatype::F64,
        _ => return Err(NrrdError::Type),
    })
}

fn encoding(name: &str) -> Result<Encoding, NrrdError> {
    match name.to_ascii_lowercase().as_str() {
        "raw" => Ok(Encoding::Raw),
        "gz" | "gzip" => Ok(Encoding::Gzip),
        "txt" | "text" | "ascii" => Ok(Encoding::Ascii),
        _ => Err(NrrdError::Encoding),
    }
}

fn big_endian(header: &Header, datatype: Datatype, encoding: Encoding) -> Result<bool, NrrdError> {
    let endian = header.field("endian").map(str::to_ascii_lowercase);
    match endian.as_deref() {
        _ if datatype.bytes() == 1 || encoding == Encoding::Ascii => Ok(false),
        Some("little") => Ok(false),
        Some("big") => Ok(true),
        _ => Err(NrrdError::Endian),
    }
}
