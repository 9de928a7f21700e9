//! A NIfTI writer for tests, byte by byte from the standard, so that no reader checks itself.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::{
    cmp::Ordering,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use fastrand::Rng;
use flate2::{Compression, write::GzEncoder};
use hemastage_image::{Error, ErrorKind, Limits, Volume, grid::IndexBox, nifti::NiftiFile};

/// Byte order of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Little,
    Big,
}

/// Version of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    One,
    Two,
}

/// The code and the name of every scalar type of the standard that has 64 bits at most.
pub(crate) const TYPES: [(i16, &str); 10] = [
    (2, "uint8"),
    (4, "int16"),
    (8, "int32"),
    (16, "float32"),
    (64, "float64"),
    (256, "int8"),
    (512, "uint16"),
    (768, "uint32"),
    (1024, "int64"),
    (1280, "uint64"),
];

/// A value as stored in the type of this code, least significant byte first.
pub(crate) fn stored(code: i16, value: f64) -> Vec<u8> {
    match code {
        2 => (value as u8).to_le_bytes().to_vec(),
        4 => (value as i16).to_le_bytes().to_vec(),
        8 => (value as i32).to_le_bytes().to_vec(),
        16 => (value as f32).to_le_bytes().to_vec(),
        64 => value.to_le_bytes().to_vec(),
        256 => (value as i8).to_le_bytes().to_vec(),
        512 => (value as u16).to_le_bytes().to_vec(),
        768 => (value as u32).to_le_bytes().to_vec(),
        1024 => (value as i64).to_le_bytes().to_vec(),
        1280 => (value as u64).to_le_bytes().to_vec(),
        _ => panic!("no scalar type has the code {code}"),
    }
}

/// A file by its fields, any of which a test may damage.
#[derive(Debug, Clone)]
pub(crate) struct Crafted {
    pub(crate) version: Version,
    pub(crate) order: Order,
    pub(crate) sizeof_hdr: i32,
    pub(crate) magic: Vec<u8>,
    pub(crate) dim: [i64; 8],
    pub(crate) datatype: i16,
    pub(crate) bitpix: i16,
    pub(crate) pixdim: [f64; 8],
    pub(crate) vox_offset: f64,
    pub(crate) slope: f64,
    pub(crate) intercept: f64,
    pub(crate) units: u8,
    pub(crate) qform_code: i16,
    pub(crate) sform_code: i16,
    pub(crate) quatern: [f64; 3],
    pub(crate) qoffset: [f64; 3],
    pub(crate) srow: [[f64; 4]; 3],
    /// The four bytes after the header.
    pub(crate) extension_flag: [u8; 4],
    /// What follows the flag, before the voxels; padded with zeros up to `vox_offset`.
    pub(crate) extensions: Vec<u8>,
    /// The voxels as stored.
    pub(crate) voxels: Vec<u8>,
}

impl Crafted {
    /// A valid single file: voxels counted 0, 1, 2, ... and an oblique-free sform of 0.5 x 0.75 x 3 mm.
    pub(crate) fn new(version: Version, order: Order, shape: [usize; 3], datatype: i16) -> Self {
        let two = version == Version::Two;
        let mut dim = [1; 8];
        dim[0] = 3;
        (0..3).for_each(|a| dim[a + 1] = shape[a] as i64);
        let new = Self {
            version,
            order,
            sizeof_hdr: if two { 540 } else { 348 },
            magic: if two { b"n+2\0\r\n\x1a\n".to_vec() } else { b"n+1\0".to_vec() },
            dim,
            datatype,
            bitpix: 8 * stored(datatype, 0.0).len() as i16,
            pixdim: [1.0, 0.5, 0.75, 3.0, 0.0, 0.0, 0.0, 0.0],
            vox_offset: if two { 544.0 } else { 352.0 },
            slope: 0.0,
            intercept: 0.0,
            units: 2,
            qform_code: 0,
            sform_code: 1,
            quatern: [0.0; 3],
            qoffset: [0.0; 3],
            srow: [[-0.5, 0.0, 0.0, 10.0], [0.0, 0.75, 0.0, -20.0], [0.0, 0.0, 3.0, 30.0]],
            extension_flag: [0; 4],
            extensions: Vec::new(),
            voxels: Vec::new(),
        };
        let count = shape.iter().product::<usize>();
        new.with_values((0..count).map(|n| (n % 100) as f64))
    }

    /// A small valid little-endian NIfTI-1 file of int16, 4 x 3 x 2.
    pub(crate) fn small() -> Self {
        Self::new(Version::One, Order::Little, [4, 3, 2], 4)
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Replaces the voxels by these values, in the file's type and byte order.
    pub(crate) fn with_values(mut self, values: impl IntoIterator<Item = f64>) -> Self {
        self.voxels.clear();
        for value in values {
            let mut bytes = stored(self.datatype, value);
            if self.order == Order::Big {
                bytes.reverse();
            }
            self.voxels.extend(bytes);
        }
        self
    }

    /// The qform in place of the sform: identity rotation, offset (1, 2, 3).
    pub(crate) fn with_qform(self) -> Self {
        self.with(|c| (c.sform_code, c.qform_code, c.qoffset) = (0, 1, [1.0, 2.0, 3.0]))
    }

    /// The header of a pair: voxels from byte 0 of another file.
    pub(crate) fn into_pair(self) -> Self {
        self.with(|c| {
            c.magic[1] = b'i';
            c.vox_offset = 0.0;
        })
    }

    /// An extension of this claimed size, with as many bytes as it claims, up to 64.
    pub(crate) fn with_extension(mut self, esize: i32) -> Self {
        self.extension_flag = [1, 0, 0, 0];
        let content = usize::try_from(esize).unwrap_or(16).clamp(8, 64) - 8;
        let mut extension = Bytes { order: self.order, bytes: vec![0; 8 + content] };
        extension.put(0, &esize.to_le_bytes());
        extension.put(4, &6_i32.to_le_bytes());
        extension.bytes[8..].fill(b'x');
        self.extensions.extend(extension.bytes);
        self
    }

    pub(crate) fn header(&self) -> Vec<u8> {
        match self.version {
            Version::One => self.header_1(),
            Version::Two => self.header_2(),
        }
    }

    fn header_1(&self) -> Vec<u8> {
        let mut h = Bytes { order: self.order, bytes: vec![0; 348] };
        let single = |v: f64| (v as f32).to_le_bytes();
        h.put(0, &self.sizeof_hdr.to_le_bytes());
        for n in 0..8 {
            h.put(40 + 2 * n, &(self.dim[n] as i16).to_le_bytes());
            h.put(76 + 4 * n, &single(self.pixdim[n]));
        }
        h.put(70, &self.datatype.to_le_bytes());
        h.put(72, &self.bitpix.to_le_bytes());
        h.put(108, &single(self.vox_offset));
        h.put(112, &single(self.slope));
        h.put(116, &single(self.intercept));
        h.bytes[123] = self.units;
        h.put(252, &self.qform_code.to_le_bytes());
        h.put(254, &self.sform_code.to_le_bytes());
        for n in 0..3 {
            h.put(256 + 4 * n, &single(self.quatern[n]));
            h.put(268 + 4 * n, &single(self.qoffset[n]));
            for c in 0..4 {
                h.put(280 + 16 * n + 4 * c, &single(self.srow[n][c]));
            }
        }
        h.bytes[344..344 + self.magic.len()].copy_from_slice(&self.magic);
        h.bytes
    }

    fn header_2(&self) -> Vec<u8> {
        let mut h = Bytes { order: self.order, bytes: vec![0; 540] };
        h.put(0, &self.sizeof_hdr.to_le_bytes());
        h.bytes[4..4 + self.magic.len()].copy_from_slice(&self.magic);
        h.put(12, &self.datatype.to_le_bytes());
        h.put(14, &self.bitpix.to_le_bytes());
        for n in 0..8 {
            h.put(16 + 8 * n, &self.dim[n].to_le_bytes());
            h.put(104 + 8 * n, &self.pixdim[n].to_le_bytes());
        }
        h.put(168, &(self.vox_offset as i64).to_le_bytes());
        h.put(176, &self.slope.to_le_bytes());
        h.put(184, &self.intercept.to_le_bytes());
        h.put(344, &i32::from(self.qform_code).to_le_bytes());
        h.put(348, &i32::from(self.sform_code).to_le_bytes());
        for n in 0..3 {
            h.put(352 + 8 * n, &self.quatern[n].to_le_bytes());
            h.put(376 + 8 * n, &self.qoffset[n].to_le_bytes());
            for c in 0..4 {
                h.put(400 + 32 * n + 8 * c, &self.srow[n][c].to_le_bytes());
            }
        }
        h.put(500, &i32::from(self.units).to_le_bytes());
        h.bytes
    }

    /// The whole single file.
    pub(crate) fn file(&self) -> Vec<u8> {
        let mut bytes = self.header();
        bytes.extend(self.extension_flag);
        bytes.extend(&self.extensions);
        // an absurd offset is not padded up to
        if (0.0..1e6).contains(&self.vox_offset) && self.vox_offset as usize > bytes.len() {
            bytes.resize(self.vox_offset as usize, 0);
        }
        bytes.extend(&self.voxels);
        bytes
    }
}

/// Numbers laid down at fixed places in a byte order.
struct Bytes {
    order: Order,
    bytes: Vec<u8>,
}

impl Bytes {
    fn put(&mut self, at: usize, little: &[u8]) {
        let place = &mut self.bytes[at..at + little.len()];
        place.copy_from_slice(little);
        if self.order == Order::Big {
            place.reverse();
        }
    }
}

/// The bytes as one gzip member.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    gzip_at(bytes, Compression::fast())
}

/// The bytes as one gzip member of stored blocks, which show the content byte by byte.
pub(crate) fn gzip_stored(bytes: &[u8]) -> Vec<u8> {
    gzip_at(bytes, Compression::none())
}

fn gzip_at(bytes: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A temporary folder named like a patient, whose name no error may repeat.
pub(crate) struct Folder {
    _outer: tempfile::TempDir,
    path: PathBuf,
}

const PATIENT: &str = "PATIENT_DOE";

impl Folder {
    pub(crate) fn new() -> Self {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join(PATIENT);
        fs::create_dir(&path).unwrap();
        Self { _outer: outer, path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// Opens a file and reads volume 0 whole.
pub(crate) fn read(path: &Path) -> Result<(NiftiFile, Volume), Error> {
    read_within(path, Limits::default())
}

pub(crate) fn read_within(path: &Path, limits: Limits) -> Result<(NiftiFile, Volume), Error> {
    let checked = |error: Error| {
        assert_private(&error);
        error
    };
    let file = NiftiFile::open(path, limits).map_err(checked)?;
    let volume = file.read_block(0, IndexBox::whole(file.grid().shape())).map_err(checked)?;
    Ok((file, volume))
}

/// No text of an error, nor of its causes, names the folder.
pub(crate) fn assert_private(error: &Error) {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(one) = cause {
        let text = format!("{one} {one:?}");
        assert!(!text.contains(PATIENT), "the folder is named: {text}");
        cause = one.source();
    }
}

/// Reads bytes as a file of this name.
pub(crate) fn read_bytes(name: &str, bytes: &[u8]) -> Result<(NiftiFile, Volume), Error> {
    let folder = Folder::new();
    read(&folder.put(name, bytes))
}

/// The file of these bytes is refused with this kind and this text.
#[track_caller]
pub(crate) fn assert_refused(name: &str, bytes: &[u8], kind: ErrorKind, part: &str) {
    match read_bytes(name, bytes) {
        Ok(_) => panic!("{name} was read: expected `{part}`"),
        Err(error) => assert_error(&error, kind, part, name),
    }
}

#[track_caller]
pub(crate) fn assert_error(error: &Error, kind: ErrorKind, part: &str, name: &str) {
    let text = error.to_string();
    assert!(text.contains(part), "{name}: expected `{part}` in `{text}`");
    assert_eq!(error.kind(), kind, "{name}: {text}");
    assert_eq!(error.place(), Some(name), "{text}");
    assert_private(error);
}

/// The file of these bytes is read, and its signal is `expected` in memory order; NaN equals NaN.
#[track_caller]
pub(crate) fn assert_reads(name: &str, bytes: &[u8], expected: &[f64]) -> NiftiFile {
    let (file, volume) = read_bytes(name, bytes).unwrap_or_else(|error| panic!("{error}"));
    assert_signal(&volume, expected);
    file
}

#[track_caller]
pub(crate) fn assert_signal(volume: &Volume, expected: &[f64]) {
    let found = signal(volume);
    assert_eq!(found.len(), expected.len());
    for (n, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!(
            (f.is_nan() && e.is_nan()) || f.partial_cmp(e) == Some(Ordering::Equal),
            "voxel {n}: {f}, expected {e}"
        );
    }
}

/// The signal of a volume's block in memory order.
pub(crate) fn signal(volume: &Volume) -> Vec<f64> {
    indices(volume.block()).map(|index| volume.signal(index).unwrap()).collect()
}

/// The indices of a box in memory order.
pub(crate) fn indices(block: &IndexBox) -> impl Iterator<Item = [usize; 3]> + use<> {
    let IndexBox { start, end } = *block;
    (start[2]..end[2])
        .flat_map(move |k| (start[1]..end[1]).flat_map(move |j| (start[0]..end[0]).map(move |i| [i, j, k])))
}

/// The codes of a reader's findings.
pub(crate) fn findings(file: &NiftiFile) -> Vec<&str> {
    file.findings().iter().map(|finding| finding.code.as_str()).collect()
}

/// A box in a shape, not empty.
pub(crate) fn random_block(random: &mut Rng, shape: [usize; 3]) -> IndexBox {
    let start: [usize; 3] = shape.map(|n| random.usize(..n));
    let end = std::array::from_fn(|a| random.usize(start[a] + 1..=shape[a]));
    IndexBox { start, end }
}
