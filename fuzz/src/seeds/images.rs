//! NIfTI files of every version, byte order and number type, and pairs.

use crate::{
    Seeds,
    nifti::{Crafted, Order, TYPES, Version, gzip, gzip_stored},
};

pub(crate) fn make() {
    let [plain, packed, pair, labels] = ["nifti", "nifti_gz", "nifti_pair", "label_map"].map(Seeds::of);
    for version in [Version::One, Version::Two] {
        for order in [Order::Little, Order::Big] {
            for (code, _) in TYPES {
                let image = Crafted::new(version, order, [5, 4, 3], code);
                plain.add(&image.file());
                packed.with_options(&[1], &image.file());
                labels.add(&image.with_values((0..60).map(|n| f64::from(n / 7 % 3))).file());
            }
        }
        let image = Crafted::new(version, Order::Little, [4, 3, 2], 4);
        packed.with_options(&[0], &gzip(&image.file()));
        packed.with_options(&[0], &gzip_stored(&image.file()));
        packed.with_options(&[130], &image.file());
        plain.add(&image.clone().with_extension(32).with(|image| image.vox_offset += 32.0).file());
        plain.add(&image.clone().with_qform().with(|image| image.quatern = [0.1, 0.2, 0.3]).file());
        plain.add(&image.clone().with(|image| (image.slope, image.intercept) = (0.5, -3.0)).file());
        let volumes = image.clone().with(|image| (image.dim[0], image.dim[4]) = (4, 2));
        plain.add(&volumes.with_values((0..48).map(f64::from)).file());
        let halves = image.into_pair();
        let length = ((halves.header().len() - 348) / 4) as u8;
        for form in 0..4 {
            pair.with_options(&[form, length], &[halves.header(), halves.voxels.clone()].concat());
        }
    }
}
