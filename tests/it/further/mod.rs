//! Further contrasts: evidence next to the stage, which stays as it is.

mod classes;
mod copies;
mod fat;
mod files;
mod headers;
mod oracle;
mod unchanged;

use hemastage::{Labels, Report, Roi, StageOptions, Study, Volume, fat::FatImage, stage, stage::Stage};
use hemastage_phantom::{
    Collection, Enhancement, Extent, GridSpec, Layout, Phantom, PhantomOptions, phantom,
};
use ndarray::Array3;

/// A dorsal hematoma of one stage in a view of 1 mm voxels, large enough for a cord.
fn options(of: Stage) -> PhantomOptions {
    let clot = Collection::new(Extent::levels("C5", "C6").unwrap())
        .with_thickness_mm(6.0)
        .with_layout(Layout::Single(of));
    PhantomOptions::default()
        .with_collections([clot])
        .with_grids(GridSpec::isotropic().with_shape([40, 52, 70]))
        .with_shading(1.5)
        .with_snr(25.0)
        .with_seed(4)
}

fn with_post(of: Enhancement, shift_mm: [f64; 3]) -> PhantomOptions {
    options(Stage::Hyperacute).with_t1_post(of, shift_mm)
}

fn image(made: &Phantom, array: &Array3<i16>) -> Volume {
    Volume::from_array(array.clone(), *made.t1_grid.affine()).unwrap()
}

fn mask(made: &Phantom, array: &Array3<u8>) -> Roi {
    Roi::from_array(array.view(), *made.mask_grid.affine(), &Labels::NonZero).unwrap()
}

/// A phantom's study without its further images.
fn plain(made: &Phantom) -> Study {
    let t2 = Volume::from_array(made.t2.clone(), *made.t2_grid.affine()).unwrap();
    Study::new(image(made, &made.t1), t2, mask(made, &made.hematoma), mask(made, &made.cord)).unwrap()
}

/// The same with them.
fn study(made: &Phantom) -> Study {
    let mut study = plain(made);
    let further = &made.further;
    if let Some(post) = &further.t1_post {
        study = study.with_t1_post(image(made, post), None);
    }
    if let Some(dark) = &further.t2star {
        study = study.with_t2star(image(made, dark), None);
    }
    if let Some(suppressed) = &further.t1_fs {
        study = study.with_t1_fs(image(made, suppressed), FatImage::Suppressed, None);
    }
    study
}

fn report(study: &Study) -> Report {
    stage(study, &StageOptions::default()).unwrap().report
}

fn of(options: &PhantomOptions) -> Report {
    report(&study(&phantom(options).unwrap()))
}

fn finding<'a>(report: &'a Report, code: &str) -> Option<&'a str> {
    let found = report.findings.iter().find(|finding| finding.code == code);
    found.map(|finding| finding.message.as_str())
}
