//! What is drawn of a staged study by default, part by part, next to the staging itself.

#![allow(clippy::unwrap_used, reason = "a bench stops at what it did not expect")]
#![allow(missing_docs, reason = "criterion's macros write the main function")]

use criterion::{Criterion, criterion_group, criterion_main};
use hemastage::{
    Labels, Roi, StageOptions, Study, VertebraeSource, Volume, label_map::LabelMap, level::Scheme, stage,
};
use hemastage_phantom::{Collection, Direction, Extent, GridSpec, PhantomOptions, phantom};
use hemastage_view::{
    page::{PageOptions, page},
    picture::{PictureOptions, picture},
};

/// A long hematoma: on 256 x 256 x 180 voxels, as a test on a small grid.
fn study(is_test: bool) -> Study {
    use Direction::{Inferior, Posterior, Right};
    let large = GridSpec::new([256, 256, 180], [1.0; 3], [Posterior, Inferior, Right]);
    let grid = if is_test { GridSpec::small() } else { large };
    let (first, last) = if is_test { ("C4", "C6") } else { ("C3", "T10") };
    let clot = Collection::new(Extent::levels(first, last).unwrap());
    let made = phantom(&PhantomOptions::default().with_grids(grid).with_collections([clot])).unwrap();
    let masks = *made.mask_grid.affine();
    let roi = |mask: &ndarray::Array3<u8>| Roi::from_array(mask.view(), masks, &Labels::NonZero).unwrap();
    let image = |array: &ndarray::Array3<i16>, grid: &hemastage::Grid| {
        Volume::from_array(array.clone(), *grid.affine()).unwrap()
    };
    let vertebrae = LabelMap::from_array(made.vertebrae.view(), masks).unwrap();
    Study::new(
        image(&made.t1, &made.t1_grid),
        image(&made.t2, &made.t2_grid),
        roi(&made.hematoma),
        roi(&made.cord),
    )
    .unwrap()
    .with_canal(roi(&made.canal))
    .with_vertebrae(VertebraeSource::map(vertebrae, Scheme::built_in("sct").unwrap()))
}

fn figure(c: &mut Criterion) {
    let study = study(!std::env::args().any(|argument| argument == "--bench"));
    let options = StageOptions::default();
    let staged = stage(&study, &options).unwrap();
    let drawn = picture(&study, &staged, &PictureOptions::default()).unwrap();
    let mut timed = c.benchmark_group("figure");
    timed.sample_size(10);
    timed.bench_function("staging", |b| b.iter(|| stage(&study, &options).unwrap()));
    timed.bench_function("drawing", |b| {
        b.iter(|| picture(&study, &staged, &PictureOptions::default()).unwrap());
    });
    timed.bench_function("png", |b| b.iter(|| drawn.png().unwrap()));
    timed.bench_function("page", |b| {
        b.iter(|| page(&staged.report, &options.criteria, &drawn, &PageOptions::default()));
    });
    timed.finish();
}

criterion_group!(benches, figure);
criterion_main!(benches);
