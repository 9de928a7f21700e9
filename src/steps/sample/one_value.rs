//! The part of a region that has exactly one signal, as padding has that is not 0.

use hemastage_image::{roi::Column, volume::Volume};

use super::{MANY_ZEROS, Samples, empty::Empty};

/// Values that differ by less, relative to one, are the same up to rounding.
const SAME: f64 = 1e-9;
/// Share of a region from which all of it has one value; its rim mixes tissues.
const MOST: f64 = 0.95;
/// Voxels of a stretch. Of noise that was cut off at one value in 9 of 10 voxels, 3 % of the stretches are constant.
const STRETCH: usize = 32;

/// How much of a region has its most frequent signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OneValue {
    pub(crate) value: f64,
    /// Voxels with this signal.
    pub(crate) voxels: usize,
    /// Those of them in a solid part of the image of this value that reaches the border of what was read, or in whole
    /// slices of it; 0 where the value is 0, which [`Samples::empty`] counts.
    pub(crate) padding: usize,
    /// Those of them in whole stretches of this value; 0 where most of them lie between other values, as where noise was cut
    /// off, and where the value is 0 and [`Samples::empty`] has said so.
    pub(crate) stretches: usize,
    /// Voxels of the region with a signal.
    pub(crate) sampled: usize,
}

impl OneValue {
    /// The most frequent value of neighbors that are alike, if these are many.
    pub(crate) fn of(image: &Volume, samples: &Samples) -> Option<Self> {
        let signal = samples.signal();
        let sampled = signal.len() - samples.unsampled();
        let alike = signal.windows(2).filter(|pair| is_same(pair[0], pair[1])).map(|pair| pair[0]);
        let mut alike: Vec<f64> = alike.collect();
        if alike.len() as f64 <= MANY_ZEROS * sampled as f64 {
            return None;
        }
        alike.sort_unstable_by(f64::total_cmp);
        let value = alike.chunk_by(|a, b| is_same(*a, *b)).max_by_key(|values| values.len())?[0];
        let voxels = signal.iter().filter(|&&other| is_same(other, value)).count();
        let is_much = value != 0.0 && voxels as f64 > MANY_ZEROS * sampled as f64;
        let padding = if is_much { Empty::of(image, value).among(signal) } else { 0 };
        let is_of_empty_part = value == 0.0 && samples.empty() as f64 > MANY_ZEROS * sampled as f64;
        let stretches = if is_of_empty_part { 0 } else { in_stretches(signal, value) };
        let stretches = if 2 * stretches > voxels { stretches } else { 0 };
        Some(Self { value, voxels, padding, stretches, sampled })
    }

    /// Whether enough of the region lies in stretches of one value to say so.
    pub(crate) fn is_cut(&self) -> bool {
        self.stretches as f64 > MANY_ZEROS * self.sampled as f64
    }

    /// Whether enough of the region lies in padding to say so.
    pub(crate) fn is_padding(&self) -> bool {
        self.padding as f64 > MANY_ZEROS * self.sampled as f64
    }

    /// Whether the region does not vary.
    pub(crate) fn is_whole(&self) -> bool {
        self.voxels as f64 > MOST * self.sampled as f64
    }
}

/// The voxels of a region in stretches of one value alone, along the axis on which these are most: an image is cut across
/// one of its axes.
fn in_stretches(signal: &Column<f64>, value: f64) -> usize {
    let sampled = signal.roi().voxels().zip(signal.iter()).filter(|(_, signal)| !signal.is_nan());
    let mut voxels: Vec<([usize; 3], bool)> =
        sampled.map(|(at, &signal)| (at, is_same(signal, value))).collect();
    let mut along = |axis: usize| {
        voxels.sort_by_key(|(at, _)| at[axis]);
        let stretches = voxels.chunks_exact(STRETCH);
        STRETCH * stretches.filter(|stretch| stretch.iter().all(|&(_, is_same)| is_same)).count()
    };
    (0..3).map(&mut along).max().unwrap_or(0)
}

/// Whether two signals are the same up to rounding.
pub(super) fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() <= SAME * b.abs()
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels, roi::Roi};
    use ndarray::Array3;

    use super::{super::sample, *};

    /// On a mask between the image's voxels.
    fn found(signal: impl Fn([usize; 3]) -> i16) -> Option<OneValue> {
        let moved = Affine::new([[1., 0., 0., 0.3], [0., 1., 0., 0.2], [0., 0., 1., 0.4], [0., 0., 0., 1.]]);
        found_on(moved.unwrap(), signal)
    }

    fn found_on(affine: Affine, signal: impl Fn([usize; 3]) -> i16) -> Option<OneValue> {
        let image = Array3::from_shape_fn((24, 24, 12), |(i, j, k)| signal([i, j, k]));
        let mask = Array3::from_shape_fn((24, 24, 12), |(i, j, k)| {
            u8::from((8..16).contains(&i) && (8..16).contains(&j) && (3..9).contains(&k))
        });
        let roi = Roi::from_array(mask.view(), affine, &Labels::NonZero).unwrap();
        let image = Volume::from_array(image, Affine::identity()).unwrap();
        OneValue::of(&image, &sample(&image, &roi))
    }

    fn noise([i, j, k]: [usize; 3]) -> i16 {
        ((i * 7919 + j * 104_729 + k * 1_299_709) % 97) as i16 + 300
    }

    #[test]
    fn padding_of_any_value_is_recognized() {
        for value in [-1024, 1, 255] {
            let all = found(|[i, j, k]| if i < 20 { value } else { noise([i, j, k]) }).unwrap();
            assert_eq!((all.value, all.voxels, all.padding), (f64::from(value), 384, 384));
            assert!(all.is_padding() && all.is_whole());
            let some = found(|[i, j, k]| if i < 11 { value } else { noise([i, j, k]) }).unwrap();
            assert!(some.is_padding() && !some.is_whole() && some.padding < 150, "{some:?}");
        }
    }

    #[test]
    fn tissue_and_what_tissue_surrounds_are_no_padding() {
        assert_eq!(found(noise), None);
        let in_blood = |[i, j, k]: [usize; 3]| i.abs_diff(12) < 6 && j.abs_diff(12) < 6 && k.abs_diff(6) < 5;
        let filled = found(|at| if in_blood(at) { 40 } else { noise(at) }).unwrap();
        assert!(filled.is_whole() && !filled.is_padding(), "{filled:?}");
        // half of it was filled in, within tissue: neither all of it nor padding
        for value in [0, 40] {
            for axis in 0..3 {
                let middle = [12, 12, 6][axis];
                let half = |at: [usize; 3]| in_blood(at) && at[axis] < middle;
                let cut = found(|at| if half(at) { value } else { noise(at) }).unwrap();
                assert!(cut.is_cut() && !cut.is_whole() && !cut.is_padding(), "{axis}: {cut:?}");
            }
            // noise that was cut off, in half of it and in all
            for reach in [12, 24] {
                let black = |at: [usize; 3]| in_blood(at) && at[0] < reach && noise(at) % 10 > 0;
                let signal = |at| if black(at) { value } else { noise(at) };
                let cut = found_on(Affine::identity(), signal).unwrap();
                assert!(!cut.is_cut() && cut.voxels > 100, "{cut:?}");
            }
        }
        let few_values = found(|at| noise(at) / 50);
        assert!(
            few_values.is_none_or(|few| !few.is_whole() && !few.is_padding() && !few.is_cut()),
            "{few_values:?}"
        );
    }
}
