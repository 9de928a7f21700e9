//! The number types of pixels, and how stored bytes become numbers.

use crate::volume::Voxel;

/// The number type that a file's pixels need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
}

/// Which byte of a number comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    Little,
    Big,
}

/// A number type that pixels are read as.
pub(crate) trait Pixel: Voxel {
    const TYPE: StoredType;

    /// Appends the numbers in `bytes`, whose lowest `bits_stored` bits count: bits above are dropped, and
    /// a signed number's sign is carried up. A rest that is no whole number is left out.
    fn append(bytes: &[u8], order: ByteOrder, bits_stored: u16, out: &mut Vec<Self>);
}

macro_rules! pixels {
    ($($variant:ident $type:ty),+) => { $(
        impl Pixel for $type {
            const TYPE: StoredType = StoredType::$variant;

            fn append(bytes: &[u8], order: ByteOrder, bits_stored: u16, out: &mut Vec<Self>) {
                let unused = Self::BITS.saturating_sub(bits_stored.into());
                let (numbers, _) = bytes.as_chunks();
                // arithmetic shifts right for signed types, logical ones for the others; a checked shift is slow
                match order {
                    ByteOrder::Little => {
                        out.extend(numbers.iter().map(|&n| Self::from_le_bytes(n).wrapping_shl(unused).wrapping_shr(unused)));
                    }
                    ByteOrder::Big => {
                        out.extend(numbers.iter().map(|&n| Self::from_be_bytes(n).wrapping_shl(unused).wrapping_shr(unused)));
                    }
                }
            }
        }
    )+ };
}

pixels!(U8 u8, I8 i8, U16 u16, I16 i16, U32 u32, I32 i32);

#[cfg(test)]
mod tests {
    use super::*;

    fn appended<T: Pixel>(bytes: &[u8], order: ByteOrder, bits_stored: u16) -> Vec<T> {
        let mut out = Vec::new();
        T::append(bytes, order, bits_stored, &mut out);
        out
    }

    #[test]
    fn bits_above_the_stored_ones_do_not_count() {
        use ByteOrder::{Big, Little};
        assert_eq!(appended::<u16>(&[0xff, 0xff, 0x34, 0x12], Little, 12), [0x0fff, 0x0234]);
        assert_eq!(appended::<i16>(&[0xff, 0x0f, 0xff, 0x07, 0x00, 0xa8], Little, 12), [-1, 2047, -2048]);
        assert_eq!(appended::<u16>(&[0x12, 0x34, 0xff, 0xff], Big, 16), [0x1234, 0xffff]);
        assert_eq!(appended::<i8>(&[0x7f, 0x40, 0x3f], Little, 7), [-1, -64, 63]);
        assert_eq!(appended::<u8>(&[0xff, 0x11], Little, 4), [15, 1]);
        assert_eq!(appended::<u32>(&[1, 2, 3, 4], Big, 32), [0x0102_0304]);
        assert_eq!(appended::<i32>(&[0xff, 0xff, 0xff, 0xff, 9], Little, 32), [-1], "the rest is left out");
    }
}
