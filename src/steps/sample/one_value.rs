//! The part of a region that has exactly one signal, as padding has that is not 0.

use hemastage_image::volume::Volume;

use super::{MANY_ZEROS, Samples, empty::Empty};

/// Values that differ by less, relative to one, are the same up to rounding.
const SAME: f64 = 1e-9;
/// Share of a region from which all of it has one value; its rim mixes tissues.
const MOST: f64 = 0.95;

/// How much of a region has its most frequent signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OneValue {
    pub(crate) value: f64,
    /// Voxels with this signal.
    pub(crate) voxels: usize,
    /// Those of them in a solid part of the image of this value that reaches the border of what was read, or in whole
    /// slices of it; 0 where the value is 0, which [`Samples::empty`] counts.
    pub(crate) padding: usize,
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
        Some(Self { value, voxels, padding, sampled })
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

/// Whether two signals are the same up to rounding.
pub(super) fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() <= SAME * b.abs()
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels, roi::Roi};
    use ndarray::Array3;

    use super::{super::sample, *};

    fn found(signal: impl Fn([usize; 3]) -> i16) -> Option<OneValue> {
        let image = Array3::from_shape_fn((24, 24, 12), |(i, j, k)| signal([i, j, k]));
        let mask = Array3::from_shape_fn((24, 24, 12), |(i, j, k)| {
            u8::from((8..16).contains(&i) && (8..16).contains(&j) && (3..9).contains(&k))
        });
        // between the image's voxels
        let moved = Affine::new([[1., 0., 0., 0.3], [0., 1., 0., 0.2], [0., 0., 1., 0.4], [0., 0., 0., 1.]]);
        let roi = Roi::from_array(mask.view(), moved.unwrap(), &Labels::NonZero).unwrap();
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
        let few_values = found(|at| noise(at) / 50);
        assert!(few_values.is_none_or(|few| !few.is_whole() && !few.is_padding()), "{few_values:?}");
    }
}
