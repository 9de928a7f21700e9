//! Reports to be tabled.

use std::sync::LazyLock;

use hemastage::{Report, StageOptions, Volume, fat::FatImage, stage, stage::Stage};
use hemastage_phantom::{Collection, Enhancement, Extent, GridSpec, Layout, PhantomOptions, Side};
use ndarray::Array3;

use crate::support::phantoms::{StudyArrays, shared_phantom};

/// A mixed hematoma of two collections with onsets, a canal, vertebrae and further contrasts: nothing is missing.
pub(crate) fn full() -> &'static Report {
    static FULL: LazyLock<Report> = LazyLock::new(|| {
        let halves = Layout::Along(vec![(Stage::LateSubacute, 0.5), (Stage::Hyperacute, 0.5)]);
        let large = Collection::new(Extent::levels("C4", "C6").unwrap()).with_layout(halves.clone());
        let small = Collection::new(Extent::levels("T1", "T1").unwrap()).with_layout(halves);
        let options = PhantomOptions::default()
            .with_collections([large.with_side(Side::Left), small.with_side(Side::Left)])
            .with_grids(GridSpec::thick_sagittal().with_shape([80, 170, 9]).with_spacing_mm([0.8, 0.8, 3.0]))
            .with_shading(1.5)
            .with_t1_post(Enhancement::Rim, [0.4, 0.3, -0.2])
            .with_t2star(true)
            .with_fat_images();
        let phantom = shared_phantom(&options);
        let study = StudyArrays::new(&phantom).with_canal(&phantom).with_map(&phantom).study().unwrap();
        let study = study.with_onsets(["9d".parse().unwrap(), "5h".parse().unwrap()]);
        let image = |array: &Option<Array3<i16>>| {
            Volume::from_array(array.clone().unwrap(), *phantom.t1_grid.affine()).unwrap()
        };
        let further = &phantom.further;
        let study = study
            .with_t1_post(image(&further.t1_post), None)
            .with_t2star(image(&further.t2star), None)
            .with_t1_fs(image(&further.t1_fs), FatImage::Suppressed, None);
        stage(&study, &StageOptions::default()).unwrap().report
    });
    &FULL
}

/// Images, hematoma and cord alone.
pub(crate) fn plain() -> &'static Report {
    static PLAIN: LazyLock<Report> = LazyLock::new(|| {
        let phantom = shared_phantom(&PhantomOptions::small());
        stage(&StudyArrays::new(&phantom).study().unwrap(), &StageOptions::default()).unwrap().report
    });
    &PLAIN
}

/// A report in which everything that can be missing is missing.
pub(crate) fn empty() -> Report {
    let mut report = plain().clone();
    report.inputs.clear();
    report.criteria.onset_hours.clear();
    report.stage.candidates.clear();
    report.mixed_phase.phases.clear();
    report.mixed_phase.kind = None;
    report.findings.clear();
    for reference in [&mut report.reference.t1, &mut report.reference.t2] {
        (reference.spread, reference.voxels, reference.drift) = (None, None, None);
        reference.trend = None;
    }
    report.alignment = None;
    (report.enhancement, report.susceptibility, report.fat) = (None, None, None);
    let shape = &mut report.shape;
    shape.collections_mm3.clear();
    shape.profile.clear();
    (shape.line, shape.extent, shape.sectors, shape.position) = (None, None, None, None);
    (shape.thickness_ap, shape.thickness_lr) = (None, None);
    (shape.occupancy_area, shape.occupancy_ap, shape.occupancy_midline) = (None, None, None);
    (shape.displacement, shape.outside_canal, shape.cord_t2) = (None, None, None);
    report
}
