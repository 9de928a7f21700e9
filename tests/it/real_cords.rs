//! The trend of the reference, and the shift between T1 and T2, on real cords where `HEMASTAGE_DATA` names the folder with
//! the public test images.

use std::path::Path;

use hemastage::{
    Affine, Labels, Roi, Volume,
    align::{AlignOptions, Alignment, align},
    contrast::{Contrast, PerContrast},
    grid::IndexBox,
    io::{Limits, nifti::NiftiFile},
    reference::{ReferenceOptions, ReferenceRegion, TrendModel, reference, references},
    sample::sample,
};
use ndarray::Array3;

use crate::support::real_files::real_files;

fn image(path: &Path) -> Volume {
    let file = NiftiFile::open(path, Limits::default()).unwrap();
    file.read_block(0, IndexBox::whole(file.grid().shape())).unwrap()
}

fn mask(path: &Path) -> Roi {
    NiftiFile::open(path, Limits::default()).unwrap().read_roi(0, &Labels::NonZero).unwrap()
}

/// A voxel far from everything.
fn no_hematoma() -> Roi {
    let far = [[1., 0., 0., 9000.], [0., 1., 0., 9000.], [0., 0., 1., 9000.], [0., 0., 0., 1.]];
    Roi::from_array(Array3::<u8>::ones((1, 1, 1)).view(), Affine::new(far).unwrap(), &Labels::NonZero)
        .unwrap()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The cord's own signal over the reference at every 10 mm, from 15 mm inside the ends; the worst.
fn worst(image: &Volume, contrast: Contrast, cord: Roi) -> (usize, f64) {
    let region = ReferenceRegion::new(cord, &no_hematoma()).unwrap();
    let signal = sample(image, region.roi());
    let found = reference(&region, contrast, &signal, &ReferenceOptions::default()).unwrap();
    let (inner, positions, ratios) = (region.inner(), region.positions_mm(), found.ratios(&signal));
    let end = positions.iter().copied().fold(0.0, f64::max);
    let (mut stretches, mut worst) = (0, 0.0_f64);
    let mut from = 15.0;
    while from + 10.0 <= end - 15.0 {
        let within = |n: &usize| inner[*n] && (from..from + 10.0).contains(&positions[*n]);
        let values: Vec<f64> = (0..positions.len()).filter(within).map(|n| ratios.values()[n]).collect();
        let off = 1.0 / median(values) - 1.0;
        println!("{from:.0} mm: {:+.1} %", 100.0 * off);
        worst = if off.abs() > worst.abs() { off } else { worst };
        (stretches, from) = (stretches + 1, from + 10.0);
    }
    (stretches, worst)
}

#[test]
fn the_reference_follows_real_cords() {
    let Some(data) = real_files("the_reference_follows_real_cords") else { return };
    let sct = data.join("sct_testing_data");
    let template = sct.join("template/template");
    for (name, file, cord, contrast, least) in [
        (
            "template",
            template.join("PAM50_small_t2.nii.gz"),
            template.join("PAM50_small_cord.nii.gz"),
            Contrast::T2,
            30,
        ),
        ("cervical T2", sct.join("t2/t2.nii.gz"), sct.join("t2/t2_seg-manual.nii.gz"), Contrast::T2, 1),
        ("cervical T1", sct.join("t1/t1w.nii.gz"), sct.join("t1/t1w_seg-manual.nii.gz"), Contrast::T1, 3),
    ] {
        let (stretches, worst) = worst(&image(&file), contrast, mask(&cord));
        println!("{name}: {stretches} stretches, worst {:+.1} %", 100.0 * worst);
        assert!(stretches >= least, "{name}: {stretches} stretches");
        assert!(worst.abs() < 0.05, "{name}: {worst}");
    }
}

/// A subject with both images, T1 moved to the right and to the front by its header.
fn aligned(data: &Path, moved: [f64; 2]) -> Alignment {
    let sct = data.join("sct_testing_data");
    let t1 = image(&sct.join("t1/t1w.nii.gz")).moved([moved[0], moved[1], 0.0]).unwrap();
    let t2 = image(&sct.join("t2/t2.nii.gz"));
    let region = ReferenceRegion::new(mask(&sct.join("t2/t2_seg-manual.nii.gz")), &no_hematoma()).unwrap();
    let signals = PerContrast { t1: sample(&t1, region.roi()), t2: sample(&t2, region.roi()) };
    let found = references(&region, &signals, &ReferenceOptions::default()).unwrap();
    assert!(found.t1.trend().is_some_and(|trend| trend.model() != TrendModel::Constant));
    let images = PerContrast { t1: &t1, t2: &t2 };
    let outcome = align(images, region.roi(), &no_hematoma(), &found, AlignOptions::default()).unwrap();
    outcome.found.unwrap()
}

#[test]
fn a_real_shift_is_followed() {
    let Some(data) = real_files("a_real_shift_is_followed") else { return };
    let still = aligned(&data, [0.0; 2]);
    println!("{still:?}");
    // by the two manual masks T1 lies 1.3 mm to the left and 0.28 mm to the front
    assert!((still.left_mm - 1.3).abs() < 0.35 && (still.front_mm - 0.28).abs() < 0.35, "{still:?}");
    assert!(still.correlation < -0.8 && still.correlation_unmoved > still.correlation + 0.02, "{still:?}");
    for mm in [1.0, 2.0, -2.0] {
        for (right, front) in [(-mm, 0.0), (0.0, mm)] {
            let found = aligned(&data, [right, front]);
            let (left_off, front_off) =
                (found.left_mm - still.left_mm + right, found.front_mm - still.front_mm - front);
            println!("{right} {front}: {left_off:.3} {front_off:.3}");
            assert!(left_off.abs() < 0.1 && front_off.abs() < 0.1, "{right} {front}: {found:?}");
        }
    }
}
