//! A DICOM series: whole, a block of it, and a study of images and masks against the same as NIfTI.

#[path = "../tests/it/support/dicom/mod.rs"]
mod dicom_files;

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use criterion::{Criterion, Throughput};
use dicom_files::{
    classic::{Series, Storage},
    file::{Syntax, write},
    seg::SegmentationType,
    study::{Scans, write_series},
};
use hemastage::{
    StageOptions, Volume,
    grid::IndexBox,
    io::{
        Limits,
        dicom::{DicomSeries, Selector},
    },
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles},
    stage,
    volume::Voxels,
};
use ndarray::{Array3, ShapeBuilder as _};

use crate::support::scan;

const SHAPE: [usize; 3] = [512, 512, 200];

/// A block of 20 rows by 10 slices, as a hematoma needs.
const NEEDED: IndexBox = IndexBox { start: [0, 240, 95], end: [512, 260, 105] };

/// Both groups.
pub(crate) fn bench(c: &mut Criterion) {
    series(c);
    study(c);
}

fn series(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    write_large(folder.path());
    let whole = IndexBox::whole(SHAPE);
    match read_block(folder.path(), whole).voxels() {
        Voxels::U16(voxels) => assert_eq!(voxels, obvious(folder.path())),
        _ => panic!("12 bits without a sign are u16"),
    }
    let mut group = c.benchmark_group("dicom series");
    group.sample_size(10);
    group.throughput(Throughput::Elements(whole.voxels() as u64));
    group.bench_function("bytes, read and kept", |b| b.iter(|| bytes(folder.path())));
    group.bench_function("whole", |b| b.iter(|| read_block(folder.path(), whole)));
    group.bench_function("whole, the obvious way", |b| b.iter(|| obvious(folder.path())));
    group.throughput(Throughput::Elements(NEEDED.voxels() as u64));
    group.bench_function("needed block", |b| b.iter(|| read_block(folder.path(), NEEDED)));
    group.finish();
}

/// 12 bits of 16, unsigned, explicit little endian, one file per slice.
fn write_large(folder: &Path) {
    let signal = Array3::from_shape_fn(SHAPE.f(), |(i, j, k)| ((i * 7 + j * 13 + k * 31) % 4096) as i32);
    let affine =
        [[0.0, 0.0, -1.1, 100.0], [0.6, 0.0, 0.0, -150.0], [0.0, -0.6, 0.0, 150.0], [0.0, 0.0, 0.0, 1.0]];
    let series = Series::new(1, signal, affine).with(|series| series.stored = Storage::TWELVE);
    write_series(folder, "series", &series, Syntax::ExplicitLittle);
}

fn read_block(folder: &Path, block: IndexBox) -> Volume {
    let series = DicomSeries::open(folder, &Selector::Only, Limits::default()).unwrap();
    series.read_block(block).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder.join("series")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// All files in one vector, new memory as a volume's is.
fn bytes(folder: &Path) -> Vec<u8> {
    let files = files(folder);
    let length: u64 = files.iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    let mut bytes = Vec::with_capacity(length as usize);
    for path in files {
        fs::File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
    }
    bytes
}

/// Every file parsed whole, sorted along the normal (here x), set voxel by voxel.
fn obvious(folder: &Path) -> Array3<u16> {
    let open = |path| dicom_object::open_file(path).unwrap();
    let mut slices: Vec<_> = files(folder).into_iter().map(open).collect();
    let x = |slice: &dicom_object::DefaultDicomObject| {
        slice.element_by_name("ImagePositionPatient").unwrap().to_multi_float64().unwrap()[0]
    };
    slices.sort_by(|a, b| x(a).total_cmp(&x(b)));
    let mut volume = Array3::zeros(SHAPE.f());
    for (k, slice) in slices.iter().enumerate() {
        let stored = slice.element_by_name("PixelData").unwrap().to_multi_int::<u16>().unwrap();
        for (n, value) in stored.into_iter().enumerate() {
            volume[[n % SHAPE[0], n / SHAPE[0], k]] = value & 0x0fff;
        }
    }
    volume
}

fn study(c: &mut Criterion) {
    let made = scan::usual();
    let folder = tempfile::tempdir().unwrap();
    made.write(folder.path()).unwrap();
    inflate_all(folder.path());
    let compressed = as_nifti(folder.path(), "nii.gz");
    let plain = as_nifti(folder.path(), "nii");
    let dicom = as_dicom(folder.path(), &Scans::of(&made));
    let options = StageOptions::default();
    let report = |files: &StudyFiles| stage(&files.open().unwrap(), &options).unwrap().report.to_json();
    let mut group = c.benchmark_group("dicom study");
    group.throughput(Throughput::Elements(scan::hematoma(&made).len() as u64));
    group.bench_function("as .nii.gz", |b| b.iter(|| report(&compressed)));
    group.bench_function("as .nii", |b| b.iter(|| report(&plain)));
    group.bench_function("as DICOM", |b| b.iter(|| report(&dicom)));
    group.finish();
}

fn inflate_all(folder: &Path) {
    for name in ["t1", "t2", "hematoma", "cord"] {
        let file = fs::File::open(folder.join(format!("{name}.nii.gz"))).unwrap();
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(file).read_to_end(&mut plain).unwrap();
        fs::write(folder.join(format!("{name}.nii")), plain).unwrap();
    }
}

fn as_nifti(folder: &Path, ending: &str) -> StudyFiles {
    let file = |name: &str| folder.join(format!("{name}.{ending}"));
    StudyFiles::new(
        ImageFile::new(file("t1")),
        ImageFile::new(file("t2")),
        MaskFile::new(file("hematoma")),
        ReferenceFile::Cord(MaskFile::new(file("cord"))),
    )
}

/// Images as one file per slice, masks as segments of one file.
fn as_dicom(folder: &Path, scans: &Scans) -> StudyFiles {
    let syntax = Syntax::ExplicitLittle;
    let masks = scans.segmentation(SegmentationType::Binary).dataset();
    let masks = write(folder, "masks.dcm", &masks, syntax);
    let segment = |number: usize| MaskFile::parse(&format!("{}:{number}", masks.display()));
    let image = |name: &str, series: &Series| ImageFile::new(write_series(folder, name, series, syntax));
    StudyFiles::new(
        image("t1", &scans.t1_series()),
        image("t2", &scans.t2_series()),
        segment(3),
        ReferenceFile::Cord(segment(2)),
    )
}
