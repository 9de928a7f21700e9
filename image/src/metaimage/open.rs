//! Opening a MetaImage file: its header checked, and where its voxels are.

use std::path::{Path, PathBuf};

use super::{error::MetaImageError, header::Header};
use crate::{
    error::Result,
    file::file_name,
    finding::Finding,
    grid::{Affine, Grid},
    limits::Limits,
    raster::{Datatype, Encoding, Layout, RasterFile, StoredVoxels, data_file},
    volume::Scaling,
};

/// Maximum length of an axis, as in NIfTI.
const MAX_AXIS: f64 = 32_767.0;

/// Maximum number of channels of a voxel.
const MAX_CHANNELS: i64 = 4096;

/// The data file that says that the voxels follow the header.
const LOCAL: &str = "LOCAL";

/// Opens a `.mha`, or a `.mhd` with one data file in the same folder, and checks its header.
///
/// # Errors
/// `Io` when it or its data file cannot be opened, `Malformed` when the header contradicts itself or the file, `Unsupported`
/// for other types and lists of files, `Limit` when it claims more voxels than allowed, `Geometry` when its affine is not
/// usable.
///
/// # Reference
/// Kitware, `MetaIO` documentation; ITK reads the same.
pub fn open(path: impl AsRef<Path>, limits: Limits) -> Result<RasterFile> {
    let path = path.as_ref();
    let opened = Header::read(path).map_err(Into::into).and_then(|header| opened(path, &header, limits));
    opened.map_err(|error| error.at(file_name(path)))
}

fn opened(path: &Path, header: &Header, limits: Limits) -> Result<RasterFile> {
    if header.value(&["ObjectType"]).is_some_and(|(_, kind)| !kind.eq_ignore_ascii_case("Image")) {
        return Err(MetaImageError::NotImage.into());
    }
    let channels = channels(header)?;
    let shape = shape(header, channels, limits)?;
    let datatype = datatype(header.value(&["ElementType"]).map_or("", |(_, name)| name))?;
    let mut findings = Vec::new();
    let (grid, is_oriented) = grid(header, shape, &mut findings)?;
    let (voxel_file, start) = if header.data_file().eq_ignore_ascii_case(LOCAL) {
        (path.to_owned(), header.end)
    } else {
        (data_file(path, header.data_file()).map_err(MetaImageError::from)?, 0)
    };
    let stored_bytes = StoredVoxels::size_of(&voxel_file)?;
    let voxels = StoredVoxels {
        path: voxel_file,
        stored_bytes,
        encoding: Encoding::Raw,
        start,
        offset: 0,
        grid,
        layout: if channels > 1 { Layout::Interleaved(channels) } else { Layout::Apart(1) },
        datatype,
        big_endian: header.is_set(&["BinaryDataByteOrderMSB", "ElementByteOrderMSB"]),
        scaling: Scaling::NONE,
        verify_checksum: false,
    };
    let voxels = encoded(header, voxels)?;
    voxels.check_size()?;
    Ok(RasterFile { name: file_name(path), format: "metaimage", is_oriented, voxels, findings })
}

/// The data file of a header that names one; `None` where the voxels follow the header, or the header is damaged.
pub(crate) fn voxel_file(path: &Path) -> Option<PathBuf> {
    let header = Header::read(path).ok()?;
    let name = Some(header.data_file()).filter(|name| !name.eq_ignore_ascii_case(LOCAL))?;
    data_file(path, name).ok()
}

fn channels(header: &Header) -> Result<usize, MetaImageError> {
    match header.whole("ElementNumberOfChannels")?.unwrap_or(1) {
        found @ 1..=MAX_CHANNELS => Ok(found as usize),
        found => Err(MetaImageError::Channels { found, max: MAX_CHANNELS }),
    }
}

fn shape(header: &Header, channels: usize, limits: Limits) -> Result<[usize; 3], MetaImageError> {
    match header.whole("NDims")?.ok_or(MetaImageError::Missing { key: "NDims" })? {
        3 => {}
        found => return Err(MetaImageError::Dimension { found }),
    }
    let sizes = header.numbers::<3>(&["DimSize"])?.ok_or(MetaImageError::Missing { key: "DimSize" })?;
    if !sizes.iter().all(|size| (1.0..=MAX_AXIS).contains(size) && size.fract() == 0.0) {
        return Err(MetaImageError::Sizes { sizes });
    }
    let sizes = sizes.map(|size| size as usize);
    // at most 2^57
    let total = sizes.iter().product::<usize>() as u64 * channels as u64;
    let limit = limits.max_voxels;
    if total > limit { Err(MetaImageError::TooLarge { sizes, channels, limit }) } else { Ok(sizes) }
}

/// The grid, and whether the header says where the patient's left is: its space is always LPS.
fn grid(header: &Header, shape: [usize; 3], findings: &mut Vec<Finding>) -> Result<(Grid, bool)> {
    let spacing =
        header.numbers::<3>(&["ElementSpacing", "ElementSize"])?.ok_or(MetaImageError::NoSpacing)?;
    let directions = header.agreeing::<9>(&["TransformMatrix", "Rotation", "Orientation"])?;
    let origin = header.agreeing::<3>(&["Offset", "Position", "Origin"])?;
    let (Some(d), Some(origin)) = (directions, origin) else {
        return Ok((Grid::new(shape, Affine::centered(spacing.map(f64::abs), shape)?)?, false));
    };
    // the directions stand one after the other, in ITK as columns
    let columns = [d[0], d[3], d[6], d[1], d[4], d[7], d[2], d[5], d[8]];
    let grid = Grid::new(shape, Affine::from_lps(origin, columns, spacing)?)?;
    findings.extend(anatomical_orientation(header, &grid));
    Ok((grid, true))
}

/// A finding about an orientation in words that is not that of the matrix: ITK reads the matrix, too.
fn anatomical_orientation(header: &Header, grid: &Grid) -> Option<Finding> {
    let (_, stated) = header.value(&["AnatomicalOrientation"])?;
    // the letters are where an axis comes from, and not where it goes to
    let from = grid.orientation().chars().map(opposite).collect::<String>();
    let is_known = stated.chars().all(|letter| "RLAPIS".contains(letter)) && stated.len() == 3;
    let message = format!(
        "`AnatomicalOrientation` is not that of `TransformMatrix` ({from}); the matrix was used, as ITK does"
    );
    (is_known && stated != from).then(|| Finding::info("anatomical_orientation", message))
}

fn opposite(letter: char) -> char {
    match letter {
        'R' => 'L',
        'L' => 'R',
        'A' => 'P',
        'P' => 'A',
        'S' => 'I',
        _ => 'S',
    }
}

/// The voxels with what the header says of their encoding and of the bytes in front of them.
fn encoded(header: &Header, mut voxels: StoredVoxels) -> Result<StoredVoxels, MetaImageError> {
    let is_text = header.value(&["BinaryData"]).is_some() && !header.is_set(&["BinaryData"]);
    let is_packed = header.is_set(&["CompressedData"]);
    let skip = header.whole("HeaderSize")?.unwrap_or(0);
    match skip {
        -1 if !is_text && !is_packed => {
            voxels.start = voxels.stored_bytes.saturating_sub(voxels.needed());
        }
        0.. => voxels.start = voxels.start.saturating_add(skip as u64),
        found => return Err(MetaImageError::HeaderSize { found }),
    }
    if is_text {
        if is_packed {
            return Err(MetaImageError::PackedText);
        }
        voxels.encoding = Encoding::Ascii;
        voxels.big_endian = false;
    } else if is_packed {
        let claimed = header.whole("CompressedDataSize")?.and_then(|size| u64::try_from(size).ok());
        let claimed = claimed.filter(|&claimed| claimed > 0).ok_or(MetaImageError::NoPackedSize)?;
        let found = voxels.stored_bytes.saturating_sub(voxels.start);
        if claimed > found {
            return Err(MetaImageError::PackedSize { claimed, found });
        }
        voxels.encoding = Encoding::Zlib(claimed);
    }
    Ok(voxels)
}

fn datatype(name: &str) -> Result<Datatype, MetaImageError> {
    Ok(match name {
        "MET_CHAR" => Datatype::I8,
        "MET_UCHAR" => Datatype::U8,
        "MET_SHORT" => Datatype::I16,
        "MET_USHORT" => Datatype::U16,
        "MET_INT" | "MET_LONG" => Datatype::I32,
        "MET_UINT" | "MET_ULONG" => Datatype::U32,
        "MET_LONG_LONG" => Datatype::I64,
        "MET_ULONG_LONG" => Datatype::U64,
        "MET_FLOAT" => Datatype::F32,
        "MET_DOUBLE" => Datatype::F64,
        _ => return Err(MetaImageError::Type),
    })
}
