//! A shift between T1 and T2: found, named, and undone when that is asked for.

use hemastage::{Report, StageOptions, align::AlignOptions, stage, stage::Stage};
use hemastage_phantom::{Collection, Extent, GridSpec, Layout, PhantomOptions, Side};

use crate::support::{
    phantoms::{StudyArrays, shared_phantom},
    rigid::{moved_affine, rigid},
};

/// A phantom whose T1 lies some millimeters to the left and to the front of its T2.
fn shifted(left: f64, front: f64) -> StudyArrays {
    let clot =
        Collection::new(Extent::levels("C4", "C6").unwrap()).with_layout(Layout::Single(Stage::LateSubacute));
    let options = PhantomOptions::small().with_collections([clot]).with_shading(1.5).with_seed(5);
    let mut arrays = StudyArrays::new(&shared_phantom(&options));
    arrays.t1.1 = moved_affine(&arrays.t1.1, &rigid([0.0; 3], [-left, front, 0.0]));
    arrays
}

fn staged(arrays: &StudyArrays, undo: bool) -> Report {
    let options = StageOptions::default().with_align(AlignOptions::default().with_undo(undo));
    stage(&arrays.clone().study().unwrap(), &options).unwrap().report
}

fn has(report: &Report, code: &str) -> bool {
    report.findings.iter().any(|finding| finding.code == code)
}

#[test]
fn a_shift_is_found_and_undone() {
    let still = staged(&shifted(0.0, 0.0), true);
    let at_rest = still.alignment.as_ref().unwrap();
    assert!(at_rest.left_mm.abs() < 0.5 && at_rest.front_mm.abs() < 0.5, "{at_rest:?}");
    assert!(!at_rest.undone && !has(&still, "images_shifted"), "{at_rest:?}");
    assert_eq!(still.reasons["alignment.along_mm"], "along the spine cord and fluid look alike");
    for (left, front) in [(0.0, 1.5), (0.0, -2.0), (-2.5, 1.0)] {
        let arrays = shifted(left, front);
        let (found, undone) = (staged(&arrays, false), staged(&arrays, true));
        let shift = found.alignment.as_ref().unwrap();
        assert!(
            (shift.left_mm - left).abs() < 0.5 && (shift.front_mm - front).abs() < 0.5,
            "{left} {front}: {shift:?}"
        );
        assert!(has(&found, "images_shifted") && !shift.undone && !found.settings.align);
        let moved = undone.alignment.as_ref().unwrap();
        assert!(has(&undone, "images_shifted") && moved.undone && undone.settings.align);
        assert_eq!((moved.left_mm, moved.correlation), (shift.left_mm, shift.correlation));
        let t1 = |report: &Report| report.hematoma.signal.t1.median_ratio;
        let (off, rest) = (t1(&found) - t1(&still), t1(&undone) - t1(&still));
        assert!(rest.abs() < 0.05, "{left} {front}: {off} without, {rest} with");
        assert_eq!(undone.stage.call, still.stage.call);
    }
}

/// Fat that its chemical shift has moved into the fluid of the T1, and half as far the other way on T2.
#[test]
fn moved_fat_is_no_shift() {
    let clot = |side| {
        Collection::new(Extent::levels("C4", "C7").unwrap())
            .with_side(side)
            .with_layout(Layout::Single(Stage::Acute))
    };
    let grid = GridSpec::thick_sagittal().with_shape([64, 130, 7]).with_spacing_mm([0.8, 0.8, 4.0]);
    for (fat, side) in [(1.4, Side::Dorsal), (-1.4, Side::Dorsal), (1.2, Side::Left), (-1.5, Side::Ventral)] {
        let options = PhantomOptions::default()
            .with_grids(grid)
            .with_collections([clot(side)])
            .with_fat_shifts_mm([0.0, fat, 0.0], [0.0, -fat / 2.0, 0.0]);
        for front in [0.0, 2.0] {
            let mut arrays = StudyArrays::new(&shared_phantom(&options));
            arrays.t1.1 = moved_affine(&arrays.t1.1, &rigid([0.0; 3], [0.0, front, 0.0]));
            let report = staged(&arrays, false);
            let shift = report.alignment.as_ref().unwrap();
            println!("{fat} {side:?} {front}: {shift:?}");
            assert!((shift.front_mm - front).abs() < 0.5 && shift.left_mm.abs() < 0.5, "{fat}: {shift:?}");
            assert_eq!(has(&report, "images_shifted"), front > 0.0, "{fat}: {shift:?}");
        }
    }
}

/// From T7 on, two slices of 4 mm hold the cord, and no voxel of it lies inside: there the reference is that of T6, while coils
/// shade both images by a factor of 2, which looks as if T1 lay elsewhere.
#[test]
fn where_the_reference_is_not_measured_images_are_not_compared() {
    let clot = Collection::new(Extent::levels("T3", "T6").unwrap()).with_layout(Layout::Single(Stage::Acute));
    let grid = GridSpec::thick_sagittal().with_shape([96, 200, 9]).with_spacing_mm([0.8, 0.8, 4.0]);
    let options = PhantomOptions::default()
        .with_grids(grid)
        .with_collections([clot.with_thickness_mm(2.4)])
        .with_shading(2.46)
        .with_snr(37.0);
    let arrays = StudyArrays::new(&shared_phantom(&options));
    let report = staged(&arrays, false);
    let found = report.alignment.as_ref().unwrap();
    assert!(found.correlation < -0.6 && found.points > 2000, "{found:?}");
    assert!(!has(&report, "alignment_unknown") && !has(&report, "images_shifted"), "{found:?}");
    // a T1 that lies elsewhere is still found
    let mut moved = arrays;
    moved.t1.1 = moved_affine(&moved.t1.1, &rigid([0.0; 3], [0.0, 12.0, 0.0]));
    let report = staged(&moved, false);
    assert!(has(&report, "alignment_unknown"), "{:?}", report.alignment);
}

#[test]
fn where_it_cannot_be_measured_there_is_a_reason() {
    let mut arrays = shifted(0.0, 0.0);
    arrays.tissue = Some("muscle");
    let report = staged(&arrays, true);
    assert_eq!((report.alignment, &*report.reasons["alignment"]), (None, "it needs a mask of the cord"));
    let study = shifted(0.0, 0.0).study().unwrap().with_unknown_orientation();
    let report = stage(&study, &StageOptions::default()).unwrap().report;
    assert_eq!(report.reasons["alignment"], "left and right are unknown");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let study = shifted(0.0, 2.0).study().unwrap();
    let run = |threads: usize| {
        let options = StageOptions::default()
            .with_align(AlignOptions::default().with_undo(true))
            .with_threads(threads.try_into().unwrap());
        stage(&study, &options).unwrap().report.to_json()
    };
    let one = run(1);
    assert!(one.contains("images_shifted"));
    assert!([2, 3, 8].into_iter().all(|threads| run(threads) == one));
}
