//! Studies that once gave a wrong number, a crash or a huge allocation, or could.

use approx::{abs_diff_eq, assert_abs_diff_eq};
use fastrand::Rng;
use hemastage::{
    Affine, Labels, Report, Result, Roi, StageOptions, Study, Volume, grid::IndexBox, sample::sample, stage,
    stage::Stage,
};
use ndarray::Array3;

fn scaled(mm: f64) -> Affine {
    Affine::new([[mm, 0., 0., 0.], [0., mm, 0., 0.], [0., 0., mm, 0.], [0., 0., 0., 1.]]).unwrap()
}

fn roi(shape: [usize; 3], affine: Affine, inside: impl Fn([usize; 3]) -> bool) -> Result<Roi> {
    let mask = Array3::from_shape_fn(shape, |(i, j, k)| u8::from(inside([i, j, k])));
    Roi::from_array(mask.view(), affine, &Labels::NonZero)
}

fn staged(t1: &Array3<f64>, t2: &Array3<f64>, hematoma: Roi, cord: Roi, affine: Affine) -> Result<Report> {
    let image = |array: &Array3<f64>| Volume::from_array(array.clone(), affine);
    Ok(stage(&Study::new(image(t1)?, image(t2)?, hematoma, cord)?, &StageOptions::default())?.report)
}

/// A cord whose upper end is too thin to have inner voxels: its trend must not run free there.
#[test]
fn a_thin_end_of_the_cord_does_not_bend_its_reference() {
    let (shape, affine) = ([24, 24, 60], scaled(2.0));
    let distance = |[i, j, _]: [usize; 3]| (i as f64 - 11.5).hypot(j as f64 - 11.5) * 2.0;
    let in_cord = |at: [usize; 3]| distance(at) < 4.6 - 1.6 * (at[2] as f64 / 60.0);
    let in_blood =
        |at: [usize; 3]| (6.5..10.5).contains(&distance(at)) && at[1] < 12 && (40..58).contains(&at[2]);
    for seed in 0..8_u64 {
        let mut random = Rng::with_seed(seed);
        let mut noise = || (random.f64() - 0.5) * 0.14;
        let mut image = |ratio: f64| {
            Array3::from_shape_fn(shape, |(i, j, k)| {
                400.0 * if in_blood([i, j, k]) { ratio } else { 1.0 } * (1.0 + noise())
            })
        };
        let (t1, t2) = (image(0.95), image(1.8));
        let (hematoma, cord) = (roi(shape, affine, in_blood).unwrap(), roi(shape, affine, in_cord).unwrap());
        let report = staged(&t1, &t2, hematoma, cord, affine).unwrap();
        assert_eq!(report.stage.call, Stage::Hyperacute, "seed {seed}");
        let signal = &report.hematoma.signal;
        assert_abs_diff_eq!(signal.t1.median_ratio, 0.95, epsilon = 0.08);
        assert_abs_diff_eq!(signal.t2.median_ratio, 1.8, epsilon = 0.15);
    }
}

/// Half of the cord is a lesion, so that two fits are equally good: rounding must not decide between them.
#[test]
fn the_unit_does_not_choose_between_equal_fits() {
    let affine = scaled(1.0);
    for length in [60, 100] {
        let shape = [14, 14, length];
        let in_cord = |[i, j, _]: [usize; 3]| (3..8).contains(&i) && (3..8).contains(&j);
        let in_blood =
            |[i, j, k]: [usize; 3]| (9..13).contains(&i) && (3..8).contains(&j) && (10..40).contains(&k);
        let image = |unit: f64| {
            Array3::from_shape_fn(shape, |(i, j, k)| {
                let lesion = if k < length / 2 && in_cord([i, j, k]) { 1.37 } else { 1.0 };
                unit * 100.0 * (0.003 * k as f64).exp() * lesion
            })
        };
        let ratio = |unit: f64| {
            let (hematoma, cord) =
                (roi(shape, affine, in_blood).unwrap(), roi(shape, affine, in_cord).unwrap());
            let report = staged(&image(unit), &image(1.0), hematoma, cord, affine).unwrap();
            report.hematoma.signal.t1.median_ratio
        };
        for unit in [0.013, 0.7, 3.0, 17.3, 1e5] {
            let agree = abs_diff_eq!(ratio(unit), ratio(1.0), epsilon = 1e-6);
            assert!(agree, "{length} mm, unit {unit}");
        }
    }
}

#[test]
fn absurd_voxel_sizes_are_refused_before_an_allocation() {
    for mm in [1e3, 1e9, 1e18, 1e100] {
        let matrix = [[mm, 0., 0., 0.], [0., mm, 0., 0.], [0., 0., mm, 0.], [0., 0., 0., 1.]];
        let Ok(affine) = Affine::new(matrix).inspect_err(|error| {
            assert!(error.to_string().starts_with("the voxel spacing is"), "{error}");
        }) else {
            continue;
        };
        let mask = || roi([3, 3, 40], affine, |[i, ..]| i < 2);
        let image = Array3::from_elem((3, 3, 40), 100.0);
        let error =
            mask().and_then(|hematoma| staged(&image, &image, hematoma, mask()?, affine)).unwrap_err();
        assert!(
            error.to_string().contains("check the voxel sizes") || error.to_string().contains("affine"),
            "{error}"
        );
    }
}

#[test]
fn two_distant_voxels_cost_no_box_between_them() {
    let affine = scaled(0.01);
    let far = roi([1, 6000, 6000], affine, |[_, j, k]| (j, k) == (0, 0) || (j, k) == (5999, 5999)).unwrap();
    assert_eq!(far.bounds().shape(), [1, 6000, 6000]);
    assert_eq!((far.position([0, 5999, 5999]), far.position([0, 5999, 0])), (Some(1), None));
}

/// What sampling accepts at an image's rim, reading must bring.
#[test]
fn the_rim_needs_its_block() {
    let image = Volume::from_array(Array3::<u8>::ones((4, 4, 4)), scaled(1.0)).unwrap();
    for shift in [-0.5, 3.5, -0.5 - 5e-7, 3.5 + 5e-7] {
        let affine =
            Affine::new([[1., 0., 0., shift], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]]).unwrap();
        let slice = roi([1, 4, 4], affine, |_| true).unwrap();
        assert_eq!(sample(&image, &slice).unsampled(), 0, "{shift}");
        let needed = slice.grid().map_to(image.grid()).reach(slice.bounds());
        assert!(needed.voxels() >= 16 && IndexBox::whole([4, 4, 4]).contains(needed.start), "{shift}");
    }
}
