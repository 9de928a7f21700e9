//! Colors as DICOM stores them.

/// The white of sRGB (D65) in XYZ.
const WHITE: [f64; 3] = [0.950_47, 1.0, 1.088_83];

/// Linear sRGB to XYZ.
const XYZ: [[f64; 3]; 3] = [
    [0.412_456_4, 0.357_576_1, 0.180_437_5],
    [0.212_672_9, 0.715_152_2, 0.072_175_0],
    [0.019_333_9, 0.119_192_0, 0.950_304_1],
];

/// A color of sRGB as `CIELab` of 16 bits, relative to its own white, as highdicom, dcmtk and OHIF read it.
///
/// # Reference
/// DICOM PS3.3, C.10.7.1.1 Encoding of `CIELab` Values; IEC 61966-2-1 sRGB.
pub(crate) fn cielab(rgb: [u8; 3]) -> [u16; 3] {
    let linear = rgb.map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) }
    });
    let mut f = [0.0; 3];
    for (axis, f) in f.iter_mut().enumerate() {
        let sum: f64 = XYZ[axis].iter().zip(linear).map(|(weight, value)| weight * value).sum();
        let ratio = sum / WHITE[axis];
        *f =
            if ratio > 216.0 / 24389.0 { libm::cbrt(ratio) } else { (24389.0 / 27.0 * ratio + 16.0) / 116.0 };
    }
    let [lightness, a, b] = [116.0 * f[1] - 16.0, 500.0 * (f[0] - f[1]), 200.0 * (f[1] - f[2])];
    [lightness / 100.0, (a + 128.0) / 255.0, (b + 128.0) / 255.0]
        .map(|share| (share * 65535.0).round() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lindbloom's calculator: sRGB (D65) to Lab.
    #[test]
    fn known_colors() {
        let stored = |lab: [f64; 3]| {
            let [l, a, b] = lab;
            [l / 100.0, (a + 128.0) / 255.0, (b + 128.0) / 255.0].map(|share| share * 65535.0)
        };
        for (rgb, lab) in [
            ([0, 0, 0], [0.0, 0.0, 0.0]),
            ([255, 255, 255], [100.0, 0.0, 0.0]),
            ([255, 0, 0], [53.2408, 80.0925, 67.2032]),
            ([0, 255, 0], [87.7347, -86.1827, 83.1793]),
            ([0, 0, 255], [32.2970, 79.1875, -107.8602]),
        ] {
            for (found, expected) in cielab(rgb).into_iter().zip(stored(lab)) {
                assert!((f64::from(found) - expected).abs() < 3.0, "{rgb:?}: {found}, expected {expected}");
            }
        }
    }
}
