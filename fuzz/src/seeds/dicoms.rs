//! DICOM images and masks in every transfer syntax that the tests' writer has, and compressed frames of other programs.

use ndarray::Array3;

use crate::{
    Seeds, samples,
    writer::{
        classic::{Series, Storage},
        dataset::Dataset,
        enhanced::{echoes, enhanced},
        file::{Syntax, compressed, file},
        rle,
        rtstruct::{Contour, structure_set},
        seg::SegmentationType,
        study::Scans,
    },
};

/// The grid of `hemastage_fuzz::dicom::grids`.
const SHAPE: (usize, usize, usize) = (12, 12, 6);
const AFFINE: [[f64; 4]; 4] = [[-1., 0., 0., 6.], [0., -1., 0., 6.], [0., 0., 2., -6.], [0., 0., 0., 1.]];

/// The least syntaxes that differ in what is read.
const SYNTAXES: [Syntax; 5] = Syntax::ALL;

fn scans() -> Scans {
    let block = |from: [usize; 3], to: [usize; 3]| {
        Array3::from_shape_fn(SHAPE, |(i, j, k)| {
            let inside = [i, j, k].into_iter().enumerate().all(|(a, n)| (from[a]..to[a]).contains(&n));
            u8::from(inside)
        })
    };
    let signal = Array3::from_shape_fn(SHAPE, |(i, j, k)| (100 + 7 * i + 5 * j + 11 * k) as i32);
    Scans {
        t1: (signal.clone(), AFFINE),
        t2: (signal.mapv(|value| 500 - value), AFFINE),
        hematoma: block([5, 3, 1], [8, 6, 5]),
        cord: block([5, 6, 0], [8, 9, 6]),
        canal: block([3, 3, 0], [10, 10, 6]),
        vertebrae: Array3::from_shape_fn(SHAPE, |(_, j, k)| if j < 3 { 1 + (k / 2) as u8 } else { 0 }),
        masks_affine: AFFINE,
    }
}

pub(crate) fn make(frames: &[Seeds; 5]) {
    let scans = scans();
    let [single, series, segments, contours] =
        ["dicom", "dicom_series", "segmentation", "structure_set"].map(Seeds::of);
    for syntax in SYNTAXES {
        for dataset in images(&scans) {
            single.add(&file(&dataset, syntax));
        }
        for folder in folders(&scans) {
            let files: Vec<Vec<u8>> = folder.iter().map(|dataset| file(dataset, syntax)).collect();
            single.add(&files[0]);
            series.add(&files.join(&b"===="[..]));
        }
        if syntax == Syntax::Rle {
            continue;
        }
        for kind in [
            SegmentationType::Binary,
            SegmentationType::Fractional { maximum: 200 },
            SegmentationType::LabelMap,
        ] {
            segments.add(&file(&scans.segmentation(kind).dataset(), syntax));
        }
        contours.add(&file(&structures(&scans), syntax));
    }
    for kind in [SegmentationType::Fractional { maximum: 255 }, SegmentationType::LabelMap] {
        segments.add(&file(&compressed(&scans.segmentation(kind).dataset()), Syntax::Rle));
    }
    compressed_frames(frames);
}

/// Files of several frames.
fn images(scans: &Scans) -> Vec<Dataset> {
    let t2 = scans.t2_series();
    let twelve = |series: &mut Series| (series.stored, series.scale) = (Storage::TWELVE, None);
    let both = [(10.0, t2.signal.clone()), (90.0, t2.signal.clone())];
    vec![
        enhanced(&t2.clone().with(twelve), 3),
        enhanced(&t2.clone().with(|series| series.scale = Some(|k| (0.5, k as f64))), 4),
        echoes(&t2, &both, 5),
    ]
}

/// Series of up to six files.
fn folders(scans: &Scans) -> Vec<Vec<Dataset>> {
    let some = |series: Series| series.slices()[..3].to_vec();
    let [t1, t2] = [scans.t1_series(), scans.t2_series()];
    let padded = |series: &mut Series| series.stored.padding = Some(100);
    vec![
        some(t2.clone()),
        some(t2.clone().with(padded)),
        some(scans.mask_series(8, &scans.hematoma)),
        [some(t1), some(t2)].concat(),
    ]
}

/// Two structures of some contours.
fn structures(scans: &Scans) -> Dataset {
    let some = |from: usize| (1..4).map(|k| Contour::rectangle(k, [from, from + 3], [4, 7])).collect();
    structure_set(&scans.t2.1, 2, &[some(2), some(7)])
}

fn compressed_frames([rle, jpeg, _, jpeg2000, jpegls]: &[Seeds; 5]) {
    let pixels: Vec<u8> = (0..6 * 8 * 4).map(|n| (n / 5) as u8).collect();
    for (bits, bytes) in [(8_u8, 1), (12, 2), (16, 2), (32, 4)] {
        rle.with_options(&[5, 7, bits - 1, bits & 1], &rle::frame(&pixels[..6 * 8 * bytes], bytes, 8));
    }
    jpeg.with_options(&[0, 0], &samples::bytes(samples::JPEG_BASELINE));
    for (options, sample) in
        [(0, samples::JPEG_2000), (0, samples::JPEG_2000_VARIED), (0x10, samples::JPEG_2000_LOSSY)]
    {
        jpeg2000.with_options(&[options, 0], &samples::bytes(sample));
    }
    jpegls.with_options(&[0, 0], &samples::bytes(samples::JPEG_LS));
    jpegls.with_options(&[0x10, 0], &samples::bytes(samples::JPEG_LS_NEAR));
}
