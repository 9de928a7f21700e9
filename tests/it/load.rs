//! Studies from files: the ways to give a reference, hashes, orientation, canal and vertebrae.

use std::{fs, io::Read as _, num::NonZero, path::Path};

use approx::{abs_diff_eq, assert_abs_diff_eq};
use flate2::read::GzDecoder;
use hemastage::{
    ErrorKind, Report, StageOptions,
    level::Scheme,
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles, VertebraeFile},
    on_threads, stage,
};
use hemastage_image::{ArrayImage, ImageReader, Limits};
use hemastage_phantom::{Collection, Extent, PhantomOptions, phantom};
use ndarray::Array3;

use crate::support::phantoms::write_phantom;

fn write_study(folder: &Path) {
    let clot = Collection::new(Extent::levels("C5", "C6").unwrap());
    write_phantom(&PhantomOptions::small().with_collections([clot]), folder);
}

fn files(folder: &Path, reference: ReferenceFile) -> StudyFiles {
    let file = |name: &str| folder.join(name);
    StudyFiles::new(
        ImageFile::new(file("t1.nii.gz")),
        ImageFile::new(file("t2.nii.gz")),
        MaskFile::new(file("hematoma.nii.gz")),
        reference,
    )
}

/// The content of a gzip file.
fn inflated(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(&fs::read(path).unwrap()[..]).read_to_end(&mut bytes).unwrap();
    bytes
}

fn cord(folder: &Path) -> ReferenceFile {
    ReferenceFile::Cord(MaskFile::new(folder.join("cord.nii.gz")))
}

fn staged(files: &StudyFiles) -> Report {
    stage(&files.open().unwrap(), &StageOptions::default()).unwrap().report
}

fn has_finding(report: &Report, code: &str) -> bool {
    report.findings.iter().any(|finding| finding.code == code)
}

#[test]
fn another_tissue_or_values_can_be_the_reference() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path());
    let by_cord = staged(&files(folder.path(), cord(folder.path())));
    assert!(!has_finding(&by_cord, "reference_not_cord"));

    let csf = MaskFile::new(folder.path().join("csf.nii.gz"));
    let by_csf =
        staged(&files(folder.path(), ReferenceFile::Tissue { tissue: "csf".parse().unwrap(), mask: csf }));
    assert!(has_finding(&by_csf, "reference_not_cord") && by_csf.reference.t1.tissue == "csf");
    assert!(by_csf.hematoma.signal.t1.median_ratio > 1.5 * by_cord.hematoma.signal.t1.median_ratio);
    assert_eq!(by_csf.shape.line, None, "no cord, no line");

    let reference = &by_cord.reference;
    let values = ReferenceFile::Values {
        t1: (2.0 * reference.t1.median, reference.t1.spread),
        t2: (reference.t2.median, None),
    };
    let by_values = staged(&files(folder.path(), values));
    assert!(has_finding(&by_values, "reference_not_cord"));
    let half = by_values.hematoma.signal.t1.median_ratio / by_cord.hematoma.signal.t1.median_ratio;
    assert_abs_diff_eq!(half, 0.5, epsilon = 0.02);
    assert_eq!((by_values.reference.t2.spread, by_values.reference.t2.voxels), (None, None));
    assert!(by_values.reasons.contains_key("reference.t2.spread"));
}

#[test]
fn arrays_may_stand_next_to_files() {
    let folder = tempfile::tempdir().unwrap();
    let clot = Collection::new(Extent::levels("C5", "C6").unwrap());
    let options = PhantomOptions::small().with_collections([clot]);
    write_phantom(&options, folder.path());
    let scan = phantom(&options).unwrap();
    // as it is stored, in single precision
    let affine = |name: &str| {
        let file = ImageReader::open(&folder.path().join(name), None, Limits::default()).unwrap();
        *file.grid().affine()
    };
    let t1 = ArrayImage::new("t1", scan.t1, affine("t1.nii.gz")).unwrap();
    let hematoma = ArrayImage::new("hematoma", scan.hematoma, affine("hematoma.nii.gz")).unwrap();
    let t2 = ImageFile::new(folder.path().join("t2.nii.gz"));
    let mask = MaskFile::array(hematoma.clone());
    let mixed = StudyFiles::new(ImageFile::array(t1.clone()), t2.clone(), mask, cord(folder.path()));
    let (mut found, mut expected) = (staged(&mixed), staged(&files(folder.path(), cord(folder.path()))));
    let formats: Vec<&str> = found.inputs.iter().map(|input| input.format.as_str()).collect();
    assert_eq!(formats, ["array", "nifti-1", "array", "nifti-1"]);
    assert_eq!((found.inputs[0].shape, found.inputs[0].spacing_mm), {
        (expected.inputs[0].shape, expected.inputs[0].spacing_mm)
    });
    for report in [&mut found, &mut expected] {
        report.inputs.clear();
        report.reasons.retain(|key, _| !key.starts_with("inputs"));
    }
    assert_eq!(found.to_json(), expected.to_json());

    let error = mixed.fingerprint().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parameter, "a batch could not know another array from it");
    let empty = ArrayImage::new("hematoma", Array3::<u8>::zeros((3, 3, 3)), *t1.grid().affine()).unwrap();
    let empty = StudyFiles::new(ImageFile::array(t1), t2, MaskFile::array(empty), cord(folder.path()));
    let error = empty.open().unwrap_err().to_string();
    assert!(error.starts_with("hematoma: the mask is empty"), "{error}");
}

#[test]
fn hashes_are_those_of_the_files() {
    use sha2::{Digest, Sha256};
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path());
    let plain = files(folder.path(), cord(folder.path()));
    assert!(staged(&plain).inputs.iter().all(|input| input.sha256.is_none()));
    for input in staged(&plain.with_hashes()).inputs {
        let bytes = fs::read(folder.path().join(input.file.unwrap())).unwrap();
        let digest = Sha256::digest(&bytes);
        let expected = digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        assert_eq!((input.sha256.unwrap(), input.bytes.unwrap()), (expected, bytes.len() as u64));
    }
}

#[test]
fn the_same_image_twice_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path());
    fs::copy(folder.path().join("t1.nii.gz"), folder.path().join("t2.nii.gz")).unwrap();
    assert!(has_finding(&staged(&files(folder.path(), cord(folder.path()))), "identical_images"));
}

#[test]
fn a_file_without_orientation_is_read_only_when_allowed() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path());
    for name in ["t1", "t2", "hematoma", "cord", "vertebrae"] {
        let path = folder.path().join(format!("{name}.nii.gz"));
        let mut bytes = inflated(&path);
        bytes[252..256].fill(0);
        fs::write(&path, bytes).unwrap();
    }
    let files = files(folder.path(), cord(folder.path()));
    let error = files.open().unwrap_err();
    assert!(
        error.kind() == ErrorKind::Geometry && error.to_string().contains("neither sform nor qform"),
        "{error}"
    );
    let report = staged(&files.clone().with_unoriented_allowed());
    assert!(
        has_finding(&report, "unoriented") && report.inputs.iter().all(|input| input.orientation.is_none())
    );
    assert!(report.mixed_phase.phases.iter().all(|phase| phase.centroid_mm.is_none()));
    assert_eq!((&report.shape.sectors, &report.shape.position), (&None, &None));
    let extent = report.shape.extent.as_ref().unwrap();
    assert!(extent.lower.point_mm.is_none() && report.reasons.contains_key("shape.*.point_mm"));
    // nor is it known where the head is
    let vertebrae = VertebraeFile::Map {
        map: ImageFile::new(folder.path().join("vertebrae.nii.gz")),
        scheme: Some(Scheme::built_in("sct").unwrap()),
    };
    let report = staged(&files.with_unoriented_allowed().with_vertebrae(vertebrae));
    assert!(report.levels.is_none() && report.reasons["levels"].starts_with("files without orientation"));
}

#[test]
fn canal_and_vertebrae_give_levels_and_occupancy() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path());
    let file = |name: &str| folder.path().join(name);
    let plain = files(folder.path(), cord(folder.path()));
    let none = staged(&plain);
    assert!(none.levels.is_none() && none.reasons["levels"] == "not requested");
    assert!(none.shape.occupancy_area.is_none() && none.reasons.contains_key("shape.occupancy_area"));

    let map = |scheme: &str| VertebraeFile::Map {
        map: ImageFile::new(file("vertebrae.nii.gz")),
        scheme: Some(Scheme::built_in(scheme).unwrap()),
    };
    let with = plain.clone().with_canal(MaskFile::new(file("canal.nii.gz"))).with_vertebrae(map("sct"));
    let report = staged(&with);
    let levels = report.levels.as_ref().unwrap();
    assert_eq!(levels.span.as_ref().unwrap().to_string(), "C5–C6");
    assert_eq!((levels.vertebrae, levels.interspaces, levels.scheme.as_str()), (2, 1, "sct"));
    let total: f64 = levels.per_level.iter().map(|level| level.mm3).sum::<f64>() + levels.outside_mm3;
    assert_abs_diff_eq!(total, report.hematoma.volume_mm3, epsilon = 1e-3);
    let share = report.shape.occupancy_area.as_ref().unwrap();
    assert!((0.05..0.6).contains(&share.value) && share.place.level.is_some());
    assert_eq!(report.shape.position.as_deref(), Some("dorsal"));
    let cord_t2 = report.shape.cord_t2.as_ref().unwrap();
    assert!(cord_t2.iter().any(|group| abs_diff_eq!(group.median_ratio.unwrap_or(0.0), 1.0, epsilon = 0.05)));

    let wrong = plain.clone().with_vertebrae(map("totalsegmentator-mr")).open();
    let error = stage(&wrong.unwrap(), &StageOptions::default()).unwrap_err().to_string();
    assert!(error.contains("lies below") && error.contains("totalsegmentator-mr"), "{error}");
    let unnamed = VertebraeFile::Map { map: ImageFile::new(file("vertebrae.nii.gz")), scheme: None };
    let error = plain.clone().with_vertebrae(unnamed).open().unwrap_err().to_string();
    assert!(error.contains("verse, spineps, sct; all give the same levels"), "{error}");

    let discs = staged(&plain.with_vertebrae(VertebraeFile::Landmarks(file("points.nii.gz"))));
    assert_eq!(discs.levels.unwrap().span.unwrap().to_string(), "C5–C6");
}

#[test]
fn a_margin_keeps_more_of_the_images_and_changes_no_number() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path());
    let plain = files(folder.path(), cord(folder.path()));
    let kept = |files: &StudyFiles| files.open().unwrap().t1().block().shape();
    let wide = plain.clone().with_margin_mm(12.0);
    let (narrow, more) = (kept(&plain), kept(&wide));
    assert!((0..3).all(|axis| narrow[axis] <= more[axis]) && narrow != more, "{narrow:?} {more:?}");
    let all = plain.clone().with_margin_mm(f64::MAX).open().unwrap();
    assert_eq!(all.t1().block().shape(), all.t1().grid().shape());
    assert_eq!(staged(&wide), staged(&plain));
}

#[test]
fn a_check_finds_what_opening_would_without_the_images() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path());
    let plain = files(folder.path(), cord(folder.path()));
    plain.check().unwrap();
    let missing = files(folder.path(), ReferenceFile::Cord(MaskFile::new(folder.path().join("none.nii"))));
    let label = cord(folder.path());
    let label = match label {
        ReferenceFile::Cord(mask) => ReferenceFile::Cord(mask.with_labels([9])),
        other => other,
    };
    let onset = plain.clone().with_onset_times(["2031-05-06T08:00".parse().unwrap()]);
    for wrong in [missing, files(folder.path(), label), onset] {
        assert_eq!(wrong.check().unwrap_err().to_string(), wrong.open().unwrap_err().to_string());
    }
    let volume = ImageFile::new(folder.path().join("t1.nii.gz")).with_volume(3);
    let t2 = ImageFile::new(folder.path().join("t2.nii.gz"));
    let hematoma = MaskFile::new(folder.path().join("hematoma.nii.gz"));
    let wrong = StudyFiles::new(volume, t2, hematoma, cord(folder.path()));
    assert_eq!(wrong.check().unwrap_err().to_string(), wrong.open().unwrap_err().to_string());

    let path = folder.path().join("t2.nii.gz");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(plain.open().is_err(), "a damaged image is found by reading it");
    plain.check().unwrap();
}

#[test]
fn a_mask_outside_the_image_is_found_by_its_header() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path());
    let mut bytes = inflated(&folder.path().join("hematoma.nii.gz"));
    // the place of the first voxel along x, in the sform
    bytes[292..296].copy_from_slice(&5000_f32.to_le_bytes());
    fs::write(folder.path().join("hematoma.nii.gz"), bytes).unwrap();
    let error = files(folder.path(), cord(folder.path())).check().unwrap_err();
    let expected =
        "t1.nii.gz: the mask of the hematoma lies outside the image: check that both are of the same study";
    let text = error.to_string();
    assert_eq!(error.kind(), ErrorKind::Geometry);
    assert!(
        text.starts_with(&format!("{expected} (hematoma: the mask has the shape and voxel size of")),
        "{text}"
    );
    assert!(text.contains(" right of where it should be"), "{text}");
}

#[test]
fn a_fingerprint_is_of_every_byte_and_name_but_no_folder() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in [&folder, &other] {
        write_study(folder.path());
    }
    let of = |folder: &Path| {
        let map = ImageFile::new(folder.join("vertebrae.nii.gz"));
        let vertebrae = VertebraeFile::Map { map, scheme: None };
        files(folder, cord(folder)).with_vertebrae(vertebrae).fingerprint().unwrap()
    };
    let before = of(folder.path());
    assert_eq!(before.len(), 64);
    assert_eq!(of(other.path()), before, "the same files elsewhere");
    for name in ["t1.nii.gz", "t2.nii.gz", "hematoma.nii.gz", "cord.nii.gz", "vertebrae.nii.gz"] {
        let path = folder.path().join(name);
        let kept = fs::read(&path).unwrap();
        let mut bytes = kept.clone();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_ne!(of(folder.path()), before, "{name}");
        fs::remove_file(&path).unwrap();
        assert_ne!(of(folder.path()), before, "{name} gone");
        fs::write(&path, kept).unwrap();
    }
    fs::write(folder.path().join("notes.txt"), "not read").unwrap();
    assert_eq!(of(folder.path()), before);
    fs::write(folder.path().join("t1.json"), "{}").unwrap();
    let with_sidecar = of(folder.path());
    assert_ne!(with_sidecar, before, "a sidecar");
    for name in ["hematoma.json", "cord.json", "vertebrae.json"] {
        fs::write(folder.path().join(name), "{}").unwrap();
    }
    assert_eq!(of(folder.path()), with_sidecar, "sidecars that are not read");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let clot = Collection::new(Extent::levels("C3", "T6").unwrap());
    write_phantom(&PhantomOptions::default().with_collections([clot]), folder.path());
    let map = ImageFile::new(folder.path().join("vertebrae.nii.gz"));
    let files = files(folder.path(), cord(folder.path()))
        .with_canal(MaskFile::new(folder.path().join("canal.nii.gz")))
        .with_vertebrae(VertebraeFile::Map { map, scheme: Some(Scheme::built_in("sct").unwrap()) });
    let staged_with = |options: &StageOptions| {
        let staged = stage(&files.open().unwrap(), options).unwrap();
        let mut map = Vec::new();
        staged.stage_map.write_nifti_gz(&mut map).unwrap();
        (staged.report.to_json(), map)
    };
    let options = StageOptions::default();
    let here = staged_with(&options);
    for threads in [1, 2, 3, 8].map(|threads| NonZero::new(threads).unwrap()) {
        let there = on_threads(threads, || staged_with(&options)).unwrap();
        assert!(there == here, "{threads} threads");
        let there = staged_with(&options.clone().with_threads(threads));
        assert!(there == here, "{threads} threads by the options");
    }
}

#[test]
fn checksums_are_checked_on_request() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path());
    let path = folder.path().join("t1.nii.gz");
    let mut bytes = fs::read(&path).unwrap();
    let checksum = bytes.len() - 8;
    bytes[checksum] ^= 1;
    fs::write(&path, bytes).unwrap();
    let files = files(folder.path(), cord(folder.path()));
    let checked = files.clone().with_checksums().open().unwrap_err();
    assert_eq!((checked.kind(), checked.place()), (ErrorKind::Malformed, Some("t1.nii.gz")));
    // the phantom's hematoma ends before its last slice
    assert!(files.open().is_ok());
}
