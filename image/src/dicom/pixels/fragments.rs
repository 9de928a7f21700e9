//! Which fragments of encapsulated pixel data belong to which frame.

use std::ops::Range;

use super::error::PixelError;

/// Bytes of an item's tag and length, which offsets count too.
const ITEM_HEADER: u64 = 8;

/// The fragments of each frame, in order.
///
/// A single frame has all fragments; as many frames as fragments have one each. Otherwise the offset table says where
/// frames start. Without one, `starts` says which fragments start an image, or `None` where they do not show it.
///
/// # Reference
/// DICOM PS3.5 section A.4.
pub(super) fn fragments_of_frames<E: From<PixelError>>(
    frames: usize,
    fragments: &[u64],
    offset_table: &[u64],
    starts: impl FnOnce() -> Result<Option<Vec<bool>>, E>,
) -> Result<Vec<Range<usize>>, E> {
    let problem = |problem| PixelError::Fragments { frames, fragments: fragments.len(), problem };
    if frames > fragments.len() {
        return Err(problem("the file was cut short or its header claims too many frames").into());
    }
    if frames == 1 {
        return Ok(std::iter::once(0..fragments.len()).collect());
    }
    if frames == fragments.len() {
        return Ok((0..frames).map(|n| n..n + 1).collect());
    }
    let first = if offset_table.is_empty() {
        let starts = starts()?.ok_or_else(|| problem("no offset table says where each frame starts"))?;
        starts.iter().enumerate().filter(|&(_, &starts)| starts).map(|(n, _)| n).collect()
    } else {
        offsets_to_fragments(fragments, offset_table)
            .ok_or_else(|| problem("the offset table does not point to the starts of fragments"))?
    };
    if first.len() != frames || first.first() != Some(&0) {
        return Err(problem("another number of them start a frame").into());
    }
    let ends = first[1..].iter().copied().chain([fragments.len()]);
    Ok(first.iter().copied().zip(ends).map(|(start, end)| start..end).collect())
}

/// The fragment at each offset; `None` when an offset is not the start of a fragment, or offsets do not increase.
fn offsets_to_fragments(fragments: &[u64], offset_table: &[u64]) -> Option<Vec<usize>> {
    let mut starts = fragments
        .iter()
        .scan(0, |at: &mut u64, &bytes| {
            let start = *at;
            *at = at.checked_add(bytes)?.checked_add(ITEM_HEADER)?;
            Some(start)
        })
        .enumerate();
    let fragment_at = |offset| starts.find(|&(_, start)| start == offset).map(|(n, _)| n);
    offset_table.iter().copied().map(fragment_at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(frames: usize, offsets: &[u64], starts: Option<Vec<bool>>) -> Option<Vec<Range<usize>>> {
        fragments_of_frames::<PixelError>(frames, &[10, 20, 30, 40], offsets, || Ok(starts)).ok()
    }

    #[test]
    fn one_frame_or_one_fragment_each() {
        assert_eq!(frames(1, &[], None).unwrap().first(), Some(&(0..4)));
        assert_eq!(frames(4, &[], None).unwrap(), [0..1, 1..2, 2..3, 3..4]);
        assert!(frames(5, &[], None).is_none(), "more frames than fragments");
        assert!(frames(usize::MAX, &[], None).is_none());
    }

    #[test]
    fn an_offset_table_counts_item_headers() {
        assert_eq!(frames(2, &[0, 18], None).unwrap(), [0..1, 1..4]);
        assert_eq!(frames(3, &[0, 46, 84], None).unwrap(), [0..2, 2..3, 3..4]);
        for offsets in [[0, 17], [18, 46], [0, 0], [0, 132], [46, 18], [0, u64::MAX]] {
            assert!(frames(2, &offsets, None).is_none(), "{offsets:?}");
        }
        assert!(frames(2, &[0, 18, 46], None).is_none(), "three offsets for two frames");
        let huge = fragments_of_frames::<PixelError>(2, &[u64::MAX, 1, 2], &[0, 8], || Ok(None));
        assert!(huge.is_err(), "sums that overflow");
    }

    #[test]
    fn without_a_table_the_starts_of_images_tell() {
        assert_eq!(frames(2, &[], Some(vec![true, false, true, false])).unwrap(), [0..2, 2..4]);
        assert!(frames(2, &[], Some(vec![false, true, true, false])).is_none(), "the first starts none");
        assert!(frames(2, &[], Some(vec![true, true, true, false])).is_none(), "three images");
        let error = fragments_of_frames::<PixelError>(2, &[1, 2, 3], &[], || Ok(None)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "NumberOfFrames is 2 with 3 fragments of pixel data: no offset table says where each frame starts"
        );
    }
}
