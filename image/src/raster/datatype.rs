//! The number types of voxels.

/// The number type of the voxels, one of the ten scalar types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as Rust's types are")]
pub enum Datatype {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl Datatype {
    /// Number of bytes per voxel.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// Its name in nibabel, such as `int16`.
    pub fn name(self) -> &'static str {
        match self {
            Self::U8 => "uint8",
            Self::I8 => "int8",
            Self::U16 => "uint16",
            Self::I16 => "int16",
            Self::U32 => "uint32",
            Self::I32 => "int32",
            Self::U64 => "uint64",
            Self::I64 => "int64",
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }

    /// A stored little-endian value.
    pub(super) fn value<const N: usize>(self, stored: [u8; N]) -> f64 {
        let mut wide = [0; 8];
        wide[..N].copy_from_slice(&stored);
        let [a, b, c, d, ..] = wide;
        match self {
            Self::U8 => f64::from(a),
            Self::I8 => f64::from(a as i8),
            Self::U16 => f64::from(u16::from_le_bytes([a, b])),
            Self::I16 => f64::from(i16::from_le_bytes([a, b])),
            Self::U32 => f64::from(u32::from_le_bytes([a, b, c, d])),
            Self::I32 => f64::from(i32::from_le_bytes([a, b, c, d])),
            Self::F32 => f64::from(f32::from_le_bytes([a, b, c, d])),
            Self::U64 => u64::from_le_bytes(wide) as f64,
            Self::I64 => i64::from_le_bytes(wide) as f64,
            Self::F64 => f64::from_le_bytes(wide),
        }
    }
}
