//! The number types of pixels, and the conversions between bytes, samples and numbers.

use crate::volume::Voxel;

/// The number type of a file's pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
}

/// The byte order of stored numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    Little,
    Big,
}

/// A number type that pixels are read as.
pub(crate) trait Pixel: Voxel {
    const TYPE: StoredType;

    /// Appends the numbers in `bytes`. Only their lowest `bits_stored` bits count: higher bits are dropped, and the sign
    /// of a signed number is extended. Bytes at the end that make no whole number are ignored.
    fn append(bytes: &[u8], order: ByteOrder, bits_stored: u16, out: &mut Vec<Self>);
}

macro_rules! pixels {
    ($($variant:ident $type:ty),+) => { $(
        impl Pixel for $type {
            const TYPE: StoredType = StoredType::$variant;

            fn append(bytes: &[u8], order: ByteOrder, bits_stored: u16, out: &mut Vec<Self>) {
                let unused = Self::BITS.saturating_sub(bits_stored.into());
                let (numbers, _) = bytes.as_chunks();
                // right shifts are arithmetic for signed types and logical for others; checked shifts are slow
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

/// The size of the samples that a decoder gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SampleSize {
    OneByte,
    TwoBytes,
}

/// Appends a decoder's samples, which have the machine's byte order, as pixels with the least significant byte first.
pub(super) fn append_samples(samples: &[u8], size: SampleSize, bytes_per_pixel: usize, out: &mut Vec<u8>) {
    let pixel = |sample: u32| sample.to_le_bytes().into_iter().take(bytes_per_pixel);
    match size {
        SampleSize::OneByte => out.extend(samples.iter().flat_map(|&sample| pixel(sample.into()))),
        SampleSize::TwoBytes => {
            let samples = samples.as_chunks().0.iter();
            out.extend(samples.flat_map(|&sample| pixel(u16::from_ne_bytes(sample).into())));
        }
    }
}

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
        assert_eq!(appended::<i32>(&[0xff, 0xff, 0xff, 0xff, 9], Little, 32), [-1], "the rest is ignored");
    }
}
