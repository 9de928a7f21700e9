//! Segments whose names contradict the role or the number that they were given.

use std::fs;

use hemastage::{
    Report,
    level::Scheme,
    load::{AnatomyFile, ImageFile, MaskFile, ReferenceFile, StudyFiles, VertebraeFile},
};
use ndarray::Array3;

use super::{
    files::{Folder, staged},
    message, said, scan,
};

const CODE: &str = "label_named_otherwise";

/// A segmentation of 3D Slicer in one layer: each label with its name.
fn segmentation(folder: &Folder, name: &str, labels: &Array3<u8>, names: &[(u8, &str)]) {
    let grid = scan().mask_grid;
    let ([ni, nj, nk], m) = (grid.shape(), *grid.affine().matrix());
    let [x, y, z, origin] = [0, 1, 2, 3].map(|c| format!("({:?},{:?},{:?})", m[0][c], m[1][c], m[2][c]));
    let mut file = format!(
        "NRRD0004\ntype: uchar\ndimension: 3\nsizes: {ni} {nj} {nk}\nspace: RAS\nspace directions: {x} {y} {z}\nkinds: domain domain domain\nspace origin: {origin}\nencoding: raw\n"
    );
    let segment = |(n, (label, name)): (usize, &(u8, &str))| {
        format!("Segment{n}_Name:={name}\nSegment{n}_LabelValue:={label}\nSegment{n}_Layer:=0\n")
    };
    file.extend(names.iter().enumerate().map(segment));
    let mut file = (file + "\n").into_bytes();
    for k in 0..nk {
        for j in 0..nj {
            file.extend((0..ni).map(|i| labels[[i, j, k]]));
        }
    }
    fs::write(folder.path(name), file).unwrap();
}

/// Cord 1, hematoma 2, the rest of the canal 3.
fn regions() -> Array3<u8> {
    let scan = scan();
    Array3::from_shape_fn(scan.cord.dim(), |at| match (scan.cord[at], scan.hematoma[at], scan.canal[at]) {
        (1, ..) => 1,
        (_, 1, _) => 2,
        (.., canal) => 3 * canal,
    })
}

fn named(report: &Report) -> Vec<String> {
    said(report).into_iter().filter(|said| said.contains(CODE)).collect()
}

#[test]
fn names_that_fit_their_roles_are_quiet_and_others_are_named() {
    let folder = Folder::new();
    segmentation(
        &folder,
        "fit.seg.nrrd",
        &regions(),
        &[(1, "Spinal cord"), (2, "Epidural hematoma"), (3, "Canal")],
    );
    segmentation(&folder, "else.seg.nrrd", &regions(), &[(1, "Jane Doe"), (2, "Segment_2"), (3, "CSF")]);
    segmentation(&folder, "slip.seg.nrrd", &regions(), &[(1, "Hematoma"), (2, "Cord"), (3, "Canal")]);
    let report = |name: &str| {
        staged(&folder.files(&format!("{name}:2"), &format!("{name}:1"), &format!("{name}:1,2,3"))).unwrap()
    };
    for quiet in ["fit.seg.nrrd", "else.seg.nrrd"] {
        assert_eq!(named(&report(quiet)), [""; 0], "{quiet}");
    }
    let slip = report("slip.seg.nrrd");
    let expected = ["hematoma", "cord"].map(|role| format!("warning {CODE} {role}"));
    assert_eq!(named(&slip), expected);
    let text = message(&slip, CODE);
    assert!(
        text.starts_with(
            "number 2 of slip.seg.nrrd was taken as the hematoma, and by its name it is the cord"
        ),
        "{text}"
    );
    // by the name itself, as by its number
    let wrong =
        staged(&folder.files("fit.seg.nrrd:Canal", "fit.seg.nrrd:Spinal cord", "canal.nii.gz")).unwrap();
    assert_eq!(named(&wrong), [format!("warning {CODE} hematoma")]);
    let checked = folder.files("slip.seg.nrrd:2", "cord.nii.gz", "canal.nii.gz").check().unwrap();
    assert!(checked.iter().any(|finding| finding.code == CODE), "without a voxel of an image");
}

#[test]
fn names_that_contradict_the_scheme_are_named() {
    let folder = Folder::new();
    let vertebrae = scan().vertebrae.clone();
    let names: Vec<(u8, String)> = (1..=12_u8)
        .filter(|label| vertebrae.iter().any(|value| value == label))
        .map(|label| {
            (label, if label < 8 { format!("C{label}") } else { format!("vertebra_T{}", label - 7) })
        })
        .collect();
    let write = |file: &str, shift: u8| {
        let moved = vertebrae.mapv(|label| if label == 0 { 0 } else { label + shift });
        let names: Vec<(u8, &str)> =
            names.iter().map(|(label, name)| (label + shift, name.as_str())).collect();
        segmentation(&folder, file, &moved, &names);
    };
    write("fit.seg.nrrd", 0);
    write("off.seg.nrrd", 1);
    let report = |file: &str, as_anatomy: bool| {
        let map = ImageFile::new(folder.path(file));
        let scheme = Scheme::built_in("sct").unwrap();
        let mask = |name: &str| MaskFile::new(folder.path(name));
        let study = StudyFiles::new(
            ImageFile::new(folder.path("t1.nii.gz")),
            ImageFile::new(folder.path("t2.nii.gz")),
            mask("hematoma.nii.gz"),
            ReferenceFile::Cord(mask("cord.nii.gz")),
        );
        staged(&if as_anatomy {
            study.with_anatomy(AnatomyFile::new(map).with_scheme(scheme))
        } else {
            study.with_vertebrae(VertebraeFile::Map { map, scheme: Some(scheme) })
        })
        .unwrap()
    };
    for as_anatomy in [false, true] {
        assert_eq!(named(&report("fit.seg.nrrd", as_anatomy)), [""; 0]);
        let off = report("off.seg.nrrd", as_anatomy);
        assert_eq!(named(&off).len(), 1, "{:?}", named(&off));
        let (text, first) = (message(&off, CODE), &names[0].1.replace("vertebra_", ""));
        assert!(
            text.contains("by the scheme sct, and")
                && text.contains(&format!("and {first} by its name ("))
                && text.contains("more differ)"),
            "{text}"
        );
    }
}
