//! Reading: a mask into runs, and the block of an image that a hematoma needs.

use crate::support::{
    files::{Files, bytes_of, shorts_of},
    group,
    scan::scans,
};
use criterion::Criterion;
use hemastage::{
    Labels, Roi,
    grid::IndexBox,
    io::{Limits, nifti::NiftiFile},
    volume::Voxels,
};
use ndarray::{Array3, ShapeBuilder as _};

pub(crate) fn bench(c: &mut Criterion) {
    for scan in scans() {
        let masks = scan.masks();
        let files = Files::new(&scan, &masks);
        let path = files.path("t2");
        let image = NiftiFile::open(&path, Limits::default()).unwrap();
        let shape = image.grid().shape();
        let obvious = || Array3::from_shape_vec(shape.f(), shorts_of(&path)).unwrap();
        let whole = IndexBox::whole(shape);
        let read = |block| match image.read_block(0, block).unwrap().voxels() {
            Voxels::I16(voxels) => voxels.clone(),
            _ => panic!("images are i16"),
        };
        assert_eq!(read(whole), obvious());
        let mut timed = group(c, &format!("read {}", scan.size), whole.voxels());
        timed.bench_function("image, whole", |b| b.iter(|| image.read_block(0, whole).unwrap()));
        timed.bench_function("image, whole, oracle", |b| b.iter(obvious));
        timed.finish();
        for (n, (name, _)) in masks.iter().enumerate() {
            let path = files.mask(n);
            let mask = NiftiFile::open(&path, Limits::default()).unwrap();
            let roi = mask.read_roi(0, &Labels::NonZero).unwrap();
            let obvious = || -> Vec<[usize; 3]> {
                let marked = bytes_of(&path).into_iter().enumerate().filter(|(_, value)| *value != 0);
                marked
                    .map(|(n, _)| [n % shape[0], n / shape[0] % shape[1], n / shape[0] / shape[1]])
                    .collect()
            };
            assert_eq!(roi.voxels().collect::<Vec<_>>(), obvious());
            let block = *roi.bounds();
            let obvious_block = || {
                part(&Array3::from_shape_vec(shape.f(), shorts_of(files.path("t2").as_path())).unwrap(), &roi)
            };
            assert_eq!(read(block), obvious_block());
            let mut timed = group(c, &format!("read {name}"), whole.voxels());
            timed.bench_function("mask", |b| b.iter(|| mask.read_roi(0, &Labels::NonZero).unwrap()));
            timed.bench_function("mask, oracle", |b| b.iter(obvious));
            timed.bench_function("image, needed block", |b| b.iter(|| image.read_block(0, block).unwrap()));
            timed.bench_function("image, needed block, oracle", |b| b.iter(obvious_block));
            timed.finish();
        }
    }
}

/// The smallest box around a region, cut from the whole image.
fn part(image: &Array3<i16>, roi: &Roi) -> Array3<i16> {
    let IndexBox { start: [i0, j0, k0], .. } = *roi.bounds();
    Array3::from_shape_fn(roi.bounds().shape(), |(i, j, k)| image[[i0 + i, j0 + j, k0 + k]])
}
