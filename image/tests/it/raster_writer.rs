//! NRRD and MetaImage headers by their lines, so that no reader checks itself.

#![allow(dead_code, reason = "the fuzz seeds use a part")]

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};

/// The shape of all crafted images.
pub(crate) const SHAPE: [usize; 3] = [4, 3, 2];

/// Lines of an NRRD header of `short` voxels, without encoding and end.
pub(crate) fn nrrd_lines() -> Vec<String> {
    [
        "NRRD0004",
        "# a comment",
        "type: short",
        "dimension: 3",
        "space: left-posterior-superior",
        "sizes: 4 3 2",
        "space directions: (0,0.5,0) (2,0,0) (0,0,-3)",
        "space origin: (10,20,30)",
        "endian: little",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Lines of a MetaImage header of `short` voxels, with the same places; without a last line.
pub(crate) fn meta_lines() -> Vec<String> {
    [
        "ObjectType = Image",
        "NDims = 3",
        "BinaryData = True",
        "BinaryDataByteOrderMSB = False",
        "TransformMatrix = 0 1 0 1 0 0 0 0 -1",
        "Offset = 10 20 30",
        "ElementSpacing = 0.5 2 3",
        "DimSize = 4 3 2",
        "ElementType = MET_SHORT",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// The affine of both to RAS+ mm.
pub(crate) const AFFINE: [[f64; 4]; 4] =
    [[0.0, -2.0, 0.0, -10.0], [-0.5, 0.0, 0.0, -20.0], [0.0, 0.0, -3.0, 30.0], [0.0, 0.0, 0.0, 1.0]];

/// 0 to 23 as `short`, least significant byte first.
pub(crate) fn counted() -> Vec<u8> {
    (0_i16..24).flat_map(i16::to_le_bytes).collect()
}

/// An NRRD file of these lines.
pub(crate) fn nrrd(lines: &[String], more: &[&str], voxels: &[u8]) -> Vec<u8> {
    let more = more.iter().map(ToString::to_string);
    let lines: Vec<String> = lines.iter().cloned().chain(more).collect();
    [lines.join("\n").as_bytes(), b"\n\n", voxels].concat()
}

/// A MetaImage file of these lines.
pub(crate) fn meta(lines: &[String], more: &[&str], voxels: &[u8]) -> Vec<u8> {
    let more = more.iter().map(ToString::to_string);
    let lines: Vec<String> = lines.iter().cloned().chain(more).collect();
    [lines.join("\n").as_bytes(), b"\n", voxels].concat()
}

/// Replaces the line that starts so, or removes it.
pub(crate) fn changed(mut lines: Vec<String>, start: &str, line: Option<&str>) -> Vec<String> {
    let at = lines.iter().position(|line| line.starts_with(start)).expect("a line that starts so");
    match line {
        Some(line) => line.clone_into(&mut lines[at]),
        None => drop(lines.remove(at)),
    }
    lines
}

/// Bytes as a zlib stream.
pub(crate) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
