//! Files in the wrong role: images as masks, labels that are not there, scaled labels, headers without orientation.

use std::{
    fs::{self, File},
    io::Read as _,
    path::PathBuf,
};

use flate2::read::GzDecoder;
use hemastage::{
    ErrorKind, Labels, Report, Result, Roi, StageOptions,
    level::Scheme,
    load::{AnatomyFile, ImageFile, MaskFile, ReferenceFile, StudyFiles, VertebraeFile},
    stage,
};
use hemastage_image::nifti::{LabelMapHeader, write_label_map};
use ndarray::Array3;
use tempfile::TempDir;

use super::{message, options, said, scan, shifted};
use crate::support::phantoms::write_phantom;

/// A folder with the study's files.
pub(super) struct Folder(TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_phantom(&options(), folder.path());
        Self(folder)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn copy(&self, from: &str, to: &str) {
        fs::copy(self.path(from), self.path(to)).unwrap();
    }

    /// Writes labels on the phantom's grid.
    fn labels(&self, name: &str, labels: &Array3<u8>) {
        let roi = Roi::from_array(labels.view(), *scan().mask_grid.affine(), &Labels::NonZero).unwrap();
        let values: Vec<u8> = roi.voxels().map(|voxel| labels[voxel]).collect();
        let file = File::create(self.path(name)).unwrap();
        write_label_map(file, &LabelMapHeader::of_grid(roi.grid()), &roi, &values, "").unwrap();
    }

    /// Changes the bytes of a file, which is no longer compressed then.
    fn change(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = Vec::new();
        GzDecoder::new(&fs::read(self.path(name)).unwrap()[..]).read_to_end(&mut bytes).unwrap();
        change(&mut bytes);
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(super) fn files(&self, hematoma: &str, cord: &str, canal: &str) -> StudyFiles {
        let mask = |name: &str| MaskFile::parse(self.path(name).to_str().unwrap());
        let map = ImageFile::new(self.path("vertebrae.nii.gz"));
        let scheme = Some(Scheme::built_in("sct").unwrap());
        StudyFiles::new(
            ImageFile::new(self.path("t1.nii.gz")),
            ImageFile::new(self.path("t2.nii.gz")),
            mask(hematoma),
            ReferenceFile::Cord(mask(cord)),
        )
        .with_canal(mask(canal))
        .with_vertebrae(VertebraeFile::Map { map, scheme })
    }

    pub(super) fn usual(&self) -> StudyFiles {
        self.files("hematoma.nii.gz", "cord.nii.gz", "canal.nii.gz")
    }
}

pub(super) fn staged(files: &StudyFiles) -> Result<Report> {
    stage(&files.open()?, &StageOptions::default()).map(|staged| staged.report)
}

/// A segmentation of 3D Slicer with a layer for each mask, all with the label 1; `space` says what its axes mean.
fn layered(folder: &Folder, name: &str, masks: &[&Array3<u8>], space: &str) {
    let grid = scan().mask_grid;
    let ([ni, nj, nk], m) = (grid.shape(), *grid.affine().matrix());
    let column = |c: usize| format!("({:?},{:?},{:?})", m[0][c], m[1][c], m[2][c]);
    let [x, y, z, origin] = [0, 1, 2, 3].map(column);
    let layers = masks.len();
    let mut file = format!(
        "NRRD0004\ntype: uchar\ndimension: 4\nsizes: {layers} {ni} {nj} {nk}\n{space}space directions: none {x} {y} {z}\nkinds: list domain domain domain\nspace origin: {origin}\nencoding: raw\n"
    );
    for n in 0..layers {
        let lines = [
            format!("Segment{n}_Name:=Part {n}"),
            format!("Segment{n}_LabelValue:=1"),
            format!("Segment{n}_Layer:={n}\n"),
        ];
        file += &lines.join("\n");
    }
    let mut file = (file + "\n").into_bytes();
    for k in 0..nk {
        for j in 0..nj {
            for i in 0..ni {
                file.extend(masks.iter().map(|mask| mask[[i, j, k]]));
            }
        }
    }
    fs::write(folder.path(name), file).unwrap();
}

#[test]
fn segments_that_share_a_label_are_chosen_by_name() {
    let folder = Folder::new();
    let (hematoma, edema) = (&scan().hematoma, &shifted(&scan().hematoma, 0, -14));
    layered(&folder, "both.seg.nrrd", &[hematoma, edema], "space: RAS\n");
    layered(&folder, "one.seg.nrrd", &[hematoma], "space: RAS\n");
    let report = |mask: &str| staged(&folder.files(mask, "cord.nii.gz", "canal.nii.gz")).unwrap();
    let both = report("both.seg.nrrd");
    assert!(said(&both).contains(&"warning labels_joined hematoma".into()), "{:?}", said(&both));
    let text = message(&both, "labels_joined");
    assert!(
        text.starts_with("the mask holds 2 segments (with labels 1, 1) and none was chosen")
            && text.contains("by its name, as in `masks.seg.nrrd:NAME`"),
        "{text}"
    );
    let labels =
        |report: &Report| report.inputs.iter().find(|input| input.role == "hematoma").unwrap().labels.clone();
    assert_eq!(labels(&both), Some(vec![1]));
    for mask in ["one.seg.nrrd", "both.seg.nrrd:Part 0", "hematoma.nii.gz"] {
        let one = report(mask);
        assert_eq!(
            (said(&one), one.hematoma.volume_mm3),
            (vec![], report("hematoma.nii.gz").hematoma.volume_mm3)
        );
    }
}

fn error(files: &StudyFiles) -> String {
    let error = files.open().unwrap_err();
    assert_eq!(error.to_string(), files.check().unwrap_err().to_string(), "both ways say the same");
    error.to_string()
}

/// What the same study says, however it is stored.
fn numbers(report: &Report) -> String {
    let (stage, shape, levels) = (&report.stage, &report.shape, &report.levels);
    format!("{:?}", (stage, &report.reference, shape, levels))
}

#[test]
fn an_image_in_a_masks_place_is_refused_by_its_role() {
    let folder = Folder::new();
    for (n, role) in ["hematoma", "cord", "canal"].into_iter().enumerate() {
        let mut names = ["hematoma.nii.gz", "cord.nii.gz", "canal.nii.gz"];
        names[n] = "t2.nii.gz";
        let error = error(&folder.files(names[0], names[1], names[2]));
        let start =
            format!("t2.nii.gz, given as the mask of the {role}: looks like an image (more than 64 distinct");
        assert!(error.starts_with(&start) && error.contains("name a label"), "{error}");
    }
    let cord = || ReferenceFile::Cord(MaskFile::new(folder.path("cord.nii.gz")));
    for scheme in [None, Some("totalspineseg"), Some("sct")] {
        let mut anatomy = AnatomyFile::new(ImageFile::new(folder.path("t2.nii.gz")));
        if let Some(name) = scheme {
            anatomy = anatomy.with_scheme(Scheme::built_in(name).unwrap());
        }
        let image = |name: &str| ImageFile::new(folder.path(name));
        let hematoma = MaskFile::new(folder.path("hematoma.nii.gz"));
        for reference in [cord(), ReferenceFile::Anatomy] {
            let files = StudyFiles::new(image("t1.nii.gz"), image("t2.nii.gz"), hematoma.clone(), reference);
            let error = error(&files.with_anatomy(anatomy.clone()));
            assert!(error.starts_with("t2.nii.gz: looks like an image ("), "{scheme:?}: {error}");
        }
    }
}

#[test]
fn a_label_that_is_not_there_is_refused() {
    let folder = Folder::new();
    let mut labels = scan().hematoma.clone();
    labels.zip_mut_with(&scan().cord, |label, cord| *label += 2 * cord);
    folder.labels("labels.nii.gz", &labels);
    let files = folder.files("labels.nii.gz:1,2,9", "labels.nii.gz:2", "canal.nii.gz");
    let refused = files.open().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Malformed);
    assert_eq!(refused.to_string(), "labels.nii.gz: the mask has no voxel labeled 9: it holds 1, 2");
    assert!(staged(&folder.files("labels.nii.gz:1", "labels.nii.gz:2", "canal.nii.gz")).is_ok());
}

/// Saved in whole steps of a slope below 1, as with the header of another image.
fn rescaled(folder: &Folder, name: &str, slope: f32) {
    folder.change(name, |bytes| {
        bytes[352..].iter_mut().for_each(|v| *v = (f32::from(*v) / slope).round() as u8);
        bytes[112..116].copy_from_slice(&slope.to_le_bytes());
    });
}

#[test]
fn labels_of_a_scaled_header_are_what_they_were() {
    let folder = Folder::new();
    let untouched = staged(&folder.usual()).unwrap();
    let largest = f32::from(scan().vertebrae.iter().copied().max().unwrap());
    rescaled(&folder, "vertebrae.nii.gz", largest / 255.0);
    let report = staged(&folder.usual()).unwrap();
    assert_eq!(said(&report), ["info labels_rescaled vertebrae"]);
    assert_eq!(numbers(&report), numbers(&untouched));
    // a soft mask has values between the whole numbers
    let mut soft = 254;
    folder.change("hematoma.nii.gz", |bytes| {
        for voxel in bytes[352..].iter_mut().filter(|voxel| **voxel != 0) {
            *voxel = soft;
            soft = soft.wrapping_sub(51).max(10);
        }
        bytes[112..116].copy_from_slice(&(1.0_f32 / 255.0).to_le_bytes());
    });
    assert!(error(&folder.usual()).contains("so threshold a probability map first"));
}

fn without_orientation(folder: &Folder, name: &str) {
    folder.change(name, |bytes| bytes[252..256].fill(0));
}

#[test]
fn a_mask_without_orientation_takes_the_grid_of_the_image_with_its_shape() {
    let folder = Folder::new();
    let untouched = staged(&folder.usual()).unwrap();
    without_orientation(&folder, "hematoma.nii.gz");
    assert!(error(&folder.usual()).contains("neither sform nor qform is set, so left and right are unknown"));
    let report = staged(&folder.usual().with_unoriented_allowed()).unwrap();
    assert_eq!(said(&report), ["warning grid_taken hematoma"]);
    assert!(message(&report, "grid_taken").contains("the shape of the T1: that image's grid was taken"));
    assert_eq!(numbers(&report), numbers(&untouched));

    let hematoma = &scan().hematoma;
    layered(&folder, "bare.seg.nrrd", &[hematoma, &shifted(hematoma, 0, -14)], "");
    let bare = folder.files("bare.seg.nrrd:Part 0", "cord.nii.gz", "canal.nii.gz");
    let report = staged(&bare.with_unoriented_allowed()).unwrap();
    assert_eq!(said(&report), ["warning grid_taken hematoma"]);
    assert_eq!(numbers(&report), numbers(&untouched));

    folder.copy("t1.nii.gz", "whole.nii.gz");
    without_orientation(&folder, "t1.nii.gz");
    let report = staged(&folder.usual().with_unoriented_allowed()).unwrap();
    assert_eq!(said(&report), ["warning grid_taken t1", "warning grid_taken hematoma"]);

    // cut to another shape
    folder.change_shape("hematoma.nii.gz");
    let error = error(&folder.usual().with_unoriented_allowed());
    assert!(
        error.starts_with("hematoma.nii.gz: the file has no orientation while others have one"),
        "{error}"
    );
}

impl Folder {
    /// Drops the last slice of a file that is not compressed.
    fn change_shape(&self, name: &str) {
        let mut bytes = fs::read(self.path(name)).unwrap();
        let dim = |n: usize| usize::from(u16::from_le_bytes([bytes[40 + 2 * n], bytes[41 + 2 * n]]));
        let (slice, nk) = (dim(1) * dim(2), dim(3));
        bytes.truncate(352 + slice * (nk - 1));
        bytes[46..48].copy_from_slice(&(nk as u16 - 1).to_le_bytes());
        fs::write(self.path(name), bytes).unwrap();
    }
}

#[test]
fn a_check_without_voxels_says_what_staging_says_of_masks() {
    let folder = Folder::new();
    assert_eq!(folder.usual().check().unwrap().iter().filter(|f| f.code == "mask_off_grid").count(), 0);
    folder.change("hematoma.nii.gz", |bytes| {
        for at in [268, 292] {
            let x = f32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
            bytes[at..at + 4].copy_from_slice(&(x + 8.0).to_le_bytes());
        }
    });
    let checked: Vec<String> = folder.usual().check().unwrap().into_iter().map(|f| f.message).collect();
    let report = staged(&folder.usual()).unwrap();
    assert!(checked.contains(&message(&report, "mask_off_grid")));
    let study = folder.usual().open().unwrap();
    assert!(study.check().iter().all(|finding| report.findings.contains(finding)));
}

#[test]
fn images_of_two_visits_are_told_and_so_is_the_time_an_onset_is_counted_to() {
    let folder = Folder::new();
    let sidecar = |name: &str, study: &str, time: &str| {
        let text = format!(
            r#"{{"ScanningSequence": "SE", "StudyInstanceUID": "{study}", "AcquisitionDateTime": "{time}"}}"#
        );
        fs::write(folder.path(name), text).unwrap();
    };
    sidecar("t1.json", "1.2.3", "2031-03-02T10:00:00.000000");
    sidecar("t2.json", "1.2.4", "2031-03-07T10:00:00.000000");
    let report = staged(&folder.usual()).unwrap();
    assert!(message(&report, "studies_differ").contains("made 5 days apart"));
    assert!(folder.usual().check().unwrap().iter().any(|finding| finding.code == "studies_differ"));

    sidecar("t2.json", "1.2.3", "2031-02-30T25:61:00");
    let onset = "2031-03-01T08:00".parse().unwrap();
    let report = staged(&folder.usual().with_onset_times([onset])).unwrap();
    assert!(message(&report, "time_unreadable").contains("was counted to that of the T1"));
    assert!(message(&report, "scan_time").contains("the T1"));
    assert!(report.findings.iter().all(|finding| finding.code != "studies_differ"));
    let text = serde_json::to_string(&report).unwrap();
    assert!(!text.contains("2031-0") && !text.contains("1.2.3"));
}

#[test]
fn a_check_without_voxels_says_what_headers_say_of_the_images() {
    let folder = Folder::new();
    assert_eq!(folder.usual().check().unwrap().iter().filter(|f| f.code == "swapped_images").count(), 0);
    for (name, tr, te) in [("t1.json", 3.5, 0.1), ("t2.json", 0.55, 0.01)] {
        let text = format!(r#"{{"ScanningSequence": "SE", "RepetitionTime": {tr}, "EchoTime": {te}}}"#);
        fs::write(folder.path(name), text).unwrap();
    }
    let checked = folder.usual().check().unwrap();
    assert_eq!(checked.iter().filter(|finding| finding.code == "swapped_images").count(), 1, "{checked:?}");
    let study = folder.usual().open().unwrap();
    let report = stage(&study, &StageOptions::default()).unwrap().report;
    assert!(report.findings.contains(checked.iter().find(|f| f.code == "swapped_images").unwrap()));
}
