//! Pixels of one bit, packed across rows and frames without gaps.

/// Appends one byte of 0 or 1 for each bit from `first` on, at most `count`; the least significant bit of a byte is its
/// first.
///
/// # Reference
/// DICOM PS3.5 section 8.1.1 and annex D.
pub(super) fn unpack(bytes: &[u8], first: usize, count: usize, out: &mut Vec<u8>) {
    let start = out.len();
    for &byte in bytes {
        out.extend_from_slice(&std::array::from_fn::<u8, 8, _>(|bit| (byte >> bit) & 1));
    }
    out.drain(start..(start + first).min(out.len()));
    out.truncate(start + count);
}

/// Swaps the bytes of each 16-bit word: pixels of 8 bits or fewer may be stored in big-endian words.
pub(super) fn swap_words(bytes: &mut [u8]) {
    for word in bytes.as_chunks_mut::<2>().0 {
        word.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_start_within_a_byte() {
        let mut out = vec![7];
        unpack(&[0b1010_0001, 0b0000_0010], 5, 5, &mut out);
        assert_eq!(out, [7, 1, 0, 1, 0, 1]);
        out.clear();
        unpack(&[0xff], 0, 9, &mut out);
        assert_eq!(out, [1; 8], "no more than there are");
        out.clear();
        unpack(&[], 3, 2, &mut out);
        assert!(out.is_empty());
    }

    #[test]
    fn words_are_swapped_in_pairs() {
        let mut bytes = [1, 2, 3, 4, 5];
        swap_words(&mut bytes);
        assert_eq!(bytes, [2, 1, 4, 3, 5]);
    }
}
