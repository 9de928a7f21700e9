//! Label maps of the Spinal Cord Toolbox, where `HEMASTAGE_DATA` names the folder with the public test images.

use std::path::{Path, PathBuf};

use hemastage::{
    ErrorKind, Labels,
    grid::IndexBox,
    io::{Limits, nifti::NiftiFile},
    label_map::LabelMap,
    level::{Landmarks, LevelOptions, Levels, Scheme, Vertebra, Vertebrae, levels},
};
use ndarray::Array3;

use super::{found, sct};
use crate::support::real_files::real_files;

fn sct_files(test: &str) -> Option<PathBuf> {
    let folder = real_files(test)?.join("sct_testing_data");
    assert!(folder.is_dir(), "HEMASTAGE_DATA is set but its folder sct_testing_data is missing");
    Some(folder)
}

fn open(folder: &Path, name: &str) -> NiftiFile {
    NiftiFile::open(folder.join(name), Limits::default()).unwrap()
}

const PAM50: &str = "template/template/PAM50_small_levels.nii.gz";
const SUBJECT: &str = "t2/t2_seg-manual_labeled.nii.gz";

fn stretches(levels: &Levels) -> Vec<String> {
    levels.spine.stretches().iter().map(|stretch| stretch.level.to_string()).collect()
}

#[test]
fn cord_labels_are_read_in_anatomical_order() {
    let Some(folder) = sct_files("cord_labels_are_read_in_anatomical_order") else { return };
    for (name, labels, first, last) in [(PAM50, 20, "C1", "L1"), (SUBJECT, 4, "C2", "C5")] {
        let file = open(&folder, name);
        let map = file.read_labels(0).unwrap();
        assert_eq!(map.labels().count(), labels, "{name}");
        let cord = file.read_roi(0, &Labels::NonZero).unwrap();
        assert_eq!(map.labels().map(|(_, voxels)| voxels).sum::<usize>(), cord.len());
        let scheme = sct();
        let read = found(&cord, &Vertebrae::from_map(&map, &scheme).with_canal(&cord));
        println!("{name}: {:?} {:?}", stretches(&read), read.findings);
        let levels = stretches(&read);
        assert_eq!((levels.len(), levels[0].as_str(), levels[labels - 1].as_str()), (labels, first, last));
        // the tip of the cord, and what the image's edge cuts, stay levels without a center of their own
        let small: Vec<&str> = read.findings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(small, ["end_label_small"], "{:?}", read.findings);
        let inferred: Vec<String> =
            read.spine.stretches().iter().filter(|s| s.inferred).map(|s| s.level.to_string()).collect();
        assert_eq!(inferred, [last]);
        // the label's own voxels mostly come back as its level
        let stored = file.read_block(0, IndexBox::whole(file.grid().shape())).unwrap();
        let right = read.column.iter().zip(cord.voxels()).filter(|(level, voxel)| {
            level.and_then(|level| scheme.number(level)) == stored.signal(*voxel).map(|label| label as i64)
        });
        let share = right.count() as f64 / cord.len() as f64;
        println!("{name}: {share:.3} of the voxels get their own label back");
        assert!(share > 0.95, "{name}: {share}");
        assert!(Scheme::fitting(&map).contains(&"sct"));
    }
}

#[test]
fn the_reversed_numbering_is_refused() {
    let Some(folder) = sct_files("the_reversed_numbering_is_refused") else { return };
    let scheme = sct();
    let mr = Scheme::built_in("totalsegmentator-mr").unwrap();
    for name in [PAM50, SUBJECT] {
        let file = open(&folder, name);
        let map = file.read_labels(0).unwrap();
        let cord = file.read_roi(0, &Labels::NonZero).unwrap();
        let stored = file.read_block(0, IndexBox::whole(file.grid().shape())).unwrap();
        let [ni, nj, nk] = file.grid().shape();
        let mut renumbered = Array3::<u8>::zeros((ni, nj, nk));
        for voxel in cord.voxels() {
            let level = scheme.vertebra(stored.signal(voxel).unwrap() as i64).unwrap();
            let Vertebra::Level(level) = level else { panic!("a sacrum in {name}") };
            renumbered[voxel] = mr.number(level).unwrap() as u8;
        }
        let renumbered = LabelMap::from_array(renumbered.view(), *file.grid().affine()).unwrap();
        for (map, wrong) in [(&renumbered, &scheme), (&map, &mr)] {
            let error =
                levels(&cord, &Vertebrae::from_map(map, wrong), None, &LevelOptions::default()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Geometry);
            assert!(error.to_string().contains(" lies below "), "{error}");
            assert!(!Scheme::fitting(map).contains(&wrong.name.as_str()));
        }
        assert!(Scheme::fitting(&renumbered).contains(&"totalsegmentator-mr"));
        let right = found(&cord, &Vertebrae::from_map(&renumbered, &mr));
        assert_eq!(right.per_level, found(&cord, &Vertebrae::from_map(&map, &scheme)).per_level);
    }
}

#[test]
fn disc_points_of_the_template_agree_with_its_levels() {
    let Some(folder) = sct_files("disc_points_of_the_template_agree_with_its_levels") else { return };
    let map = open(&folder, PAM50).read_labels(0).unwrap();
    let cord = open(&folder, PAM50).read_roi(0, &Labels::NonZero).unwrap();
    let scheme = sct();
    let points = open(&folder, "template/template/PAM50_small_label_disc.nii.gz").read_labels(0).unwrap();
    let discs = Landmarks::from_disc_points(&points, &scheme).unwrap();
    let of_map = found(&cord, &Vertebrae::from_map(&map, &scheme));
    let of_discs = found(&cord, &Vertebrae::from_landmarks(&discs));
    let same = of_map.column.iter().zip(&of_discs.column[..]).filter(|(a, b)| a.is_some() && a == b).count();
    let both =
        of_map.column.iter().zip(&of_discs.column[..]).filter(|(a, b)| a.is_some() && b.is_some()).count();
    println!("{:?} {same} of {both} of {}", discs.discs().len(), cord.len());
    assert!(same as f64 > 0.85 * both as f64, "{same} of {both}");
}
