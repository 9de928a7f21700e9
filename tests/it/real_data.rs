//! Real tissue, where `HEMASTAGE_DATA` names the folder with the public test images.

use std::path::PathBuf;

use approx::assert_abs_diff_eq;
use hemastage::{
    Labels, Report, Roi, StageOptions, Study,
    grid::IndexBox,
    io::{Limits, nifti::NiftiFile},
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles},
    stage,
};

use crate::support::real_files::real_files;

fn staged(files: &StudyFiles) -> Report {
    stage(&files.open().unwrap(), &StageOptions::default()).unwrap().report
}

#[test]
fn csf_looks_like_csf() {
    let Some(data) = real_files("csf_looks_like_csf") else { return };
    let subject = data.join("ivadomed-data-testing/sub-unf01/anat");
    let labels = data.join("ivadomed-data-testing/derivatives/labels/sub-unf01/anat");
    let files = |mask: PathBuf| {
        StudyFiles::new(
            ImageFile::new(subject.join("sub-unf01_T1w.nii.gz")),
            ImageFile::new(subject.join("sub-unf01_T2w.nii.gz")),
            MaskFile::new(mask),
            ReferenceFile::Cord(MaskFile::new(labels.join("sub-unf01_T2w_seg-manual.nii.gz"))),
        )
    };
    let report = staged(&files(data.join("derived/ivadomed_unf01/sub-unf01_csf_resampled1mm.nii.gz")));
    let signal = &report.hematoma.signal;
    assert_abs_diff_eq!(signal.t1.median_ratio, 0.48, epsilon = 0.05);
    assert_abs_diff_eq!(signal.t2.median_ratio, 3.1, epsilon = 0.15);
    assert!(report.findings.iter().any(|finding| finding.code == "looks_like_csf"));
    assert!(report.findings.iter().all(|finding| finding.code != "zero_signal"), "no zeros under this mask");
    assert!(report.inputs.iter().all(|input| !input.file.as_ref().unwrap().contains('/')));
}

/// Most of this subject's T2 is exactly 0; a region that reaches into it is named as what it is.
#[test]
fn the_empty_part_of_an_image_is_not_blood() {
    let Some(data) = real_files("the_empty_part_of_an_image_is_not_blood") else { return };
    let image = |name: &str| {
        let path = data.join("ivadomed-data-testing/sub-unf01/anat").join(name);
        let file = NiftiFile::open(path, Limits::default()).unwrap();
        file.read_block(0, IndexBox::whole(file.grid().shape())).unwrap()
    };
    let (t1, t2) = (image("sub-unf01_T1w.nii.gz"), image("sub-unf01_T2w.nii.gz"));
    let seg = "ivadomed-data-testing/derivatives/labels/sub-unf01/anat/sub-unf01_T2w_seg-manual.nii.gz";
    let cord =
        NiftiFile::open(data.join(seg), Limits::default()).unwrap().read_roi(0, &Labels::NonZero).unwrap();
    // a plate across the border of the empty part
    let mut mask = ndarray::Array3::<u8>::zeros(t2.grid().shape());
    let mut empty = 0;
    let in_plate = |(i, j, k): &(usize, usize, usize)| {
        (30..80).contains(i) && (60..70).contains(j) && (6..9).contains(k)
    };
    for (index, voxel) in mask.indexed_iter_mut().filter(|(at, _)| in_plate(at)) {
        *voxel = 1;
        empty += usize::from(t2.signal(index.into()) == Some(0.0));
    }
    let hematoma = Roi::from_array(mask.view(), *t2.grid().affine(), &Labels::NonZero).unwrap();
    let voxels = hematoma.len();
    assert!(empty > voxels / 10, "{empty} of {voxels}");
    let study = Study::new(t1, t2, hematoma, cord).unwrap();
    let report = stage(&study, &StageOptions::default()).unwrap().report;
    let zeros = |place: &str| {
        report.findings.iter().find(|f| f.code == "zero_signal" && f.place.as_deref() == Some(place)).unwrap()
    };
    assert!(zeros("t2").message.starts_with(&format!("{empty} of {voxels} hematoma voxels are exactly 0")));
}

/// dcmqi keeps each segmentation as NRRD and as DICOM: both are the same hematoma.
#[test]
fn nrrd_masks_of_dcmqi_are_staged_as_its_dicom_segmentations() {
    let Some(data) = real_files("nrrd_masks_of_dcmqi_are_staged_as_its_dicom_segmentations") else { return };
    for (name, voxels) in [("24x38x3", 315), ("23x38x3", 322)] {
        let folder = data.join("dcmqi/data/segmentations").join(name);
        let of = |mask: &str| {
            let image = || ImageFile::new(folder.join("image"));
            let reference = ReferenceFile::Values { t1: (1000.0, Some(20.0)), t2: (1000.0, Some(20.0)) };
            staged(&StudyFiles::new(image(), image(), MaskFile::new(folder.join(mask)), reference))
        };
        let (nrrd, dicom) = (of("nrrd/label.nrrd"), of("seg/label.seg"));
        assert_eq!(nrrd.hematoma.voxels, voxels, "{name}");
        assert_eq!((nrrd.inputs[2].format.as_str(), dicom.inputs[2].format.as_str()), ("nrrd", "dicom-seg"));
        assert_eq!(nrrd.hematoma, dicom.hematoma, "{name}");
        assert_eq!((&nrrd.stage, &nrrd.shape), (&dicom.stage, &dicom.shape), "{name}");
    }
}
