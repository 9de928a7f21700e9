//! What is written is read back: voxels, places and names.

use std::fs;

use hemastage::{Affine, Grid, Staged, report::StageMap, stage::Stage};
use hemastage_dicom::{EmptyFrames, Segmentation, SegmentationOptions, SegmentationType, segmentation};
use hemastage_image::{
    Limits, MaskReader,
    dicom::{self, ImageSpace, SegmentChoice},
};
use hemastage_phantom::Layout;

use crate::{
    bench::{Source, T2_GRID, USUAL, grids, series, small, staged, staged_with},
    support::dicom::{
        file::Syntax,
        secrets::{kind, uid},
    },
};

/// The names of the segments, as they are chosen in a command.
const NAMES: [&str; 6] =
    ["Hyperacute", "Acute", "Early subacute", "Late subacute", "Chronic", "Indeterminate"];

fn options() -> [SegmentationOptions; 4] {
    let binary = SegmentationOptions::default();
    let label_map = binary.with_kind(SegmentationType::LabelMap);
    [
        binary,
        label_map,
        binary.with_empty_frames(EmptyFrames::Keep),
        label_map.with_empty_frames(EmptyFrames::Keep),
    ]
}

/// A written segmentation as the reader opens it.
fn opened(written: &Segmentation<'_>) -> (tempfile::TempDir, dicom::Segmentation) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stages.dcm");
    fs::write(&path, written.bytes()).unwrap();
    let opened = dicom::Segmentation::open(path, Limits::default()).unwrap();
    (folder, opened)
}

fn voxels_of(map: &StageMap, stage: Stage) -> Vec<[usize; 3]> {
    map.voxels().filter(|(_, value)| *value == stage.map_value()).map(|(voxel, _)| voxel).collect()
}

/// Points in an order that does not depend on the grid.
fn sorted(points: impl Iterator<Item = [f64; 3]>) -> Vec<[f64; 3]> {
    let mut points: Vec<[f64; 3]> = points.collect();
    let rounded = |point: &[f64; 3]| point.map(|v| (v * 1e3).round() as i64);
    points.sort_by_key(rounded);
    points
}

fn check(map: &StageMap, written: &Segmentation<'_>, what: &str) {
    let (_folder, file) = opened(written);
    let frame_of_reference = uid(kind::FRAME_OF_REFERENCE, 1);
    let image = ImageSpace::new(map.grid(), Some(&frame_of_reference));
    assert_eq!(file.numbers(), (1..=written.segments().len() as i64).collect::<Vec<_>>(), "{what}");
    for segment in written.segments() {
        let name = NAMES[segment.stage.index()];
        let expected = voxels_of(map, segment.stage);
        assert_eq!(segment.voxels, expected.len(), "{what}");
        for choice in [name.to_owned(), segment.number.to_string()] {
            let choice = SegmentChoice::parse(&choice);
            let on_map = file.read_roi(&choice, &[image], &mut Vec::new()).unwrap();
            assert_eq!(on_map.grid(), map.grid(), "{what}: the pixels are the map's voxels");
            assert_eq!(on_map.voxels().collect::<Vec<_>>(), expected, "{what}: {name}");
        }
        let alone = file.read_roi(&SegmentChoice::parse(name), &[], &mut Vec::new()).unwrap();
        let found = sorted(alone.centers());
        let centers = sorted(expected.iter().map(|&voxel| map.grid().center(voxel)));
        assert_eq!(found.len(), centers.len(), "{what}: {name}");
        for (found, center) in found.iter().flatten().zip(centers.iter().flatten()) {
            assert!((found - center).abs() < 1e-4, "{what}: {name}: {found} is {center}");
        }
        // one slice has no second one to tell the spacing
        assert!((alone.volume_mm3() / (expected.len() as f64 * map.grid().voxel_mm3()) - 1.0).abs() < 1e-5);
    }
    let whole = file.read_roi(&SegmentChoice::All, &[image], &mut Vec::new()).unwrap();
    assert_eq!(whole.len(), map.voxels().filter(|(_, value)| *value > 0).count(), "{what}");
}

/// Series along the usual planes, across them, and oblique.
fn source_grids() -> [(&'static str, Grid); 3] {
    let turned = |matrix: [[f64; 4]; 3]| {
        let [x, y, z] = matrix;
        Grid::new([40, 36, 12], Affine::new([x, y, z, [0.0, 0.0, 0.0, 1.0]]).unwrap()).unwrap()
    };
    let (sin, cos) = 0.35_f64.sin_cos();
    [
        ("sagittal", *T2_GRID),
        ("axial", turned([[-1.0, 0.0, 0.0, 20.0], [0.0, -1.0, 0.0, 20.0], [0.0, 0.0, 3.0, -20.0]])),
        ("oblique", turned([[-cos, 0.0, 3.0 * sin, 9.0], [0.0, -1.0, 0.0, 8.0], [sin, 0.0, 3.0 * cos, 7.0]])),
    ]
}

#[test]
fn every_grid_and_source_reads_back() {
    let mut sources: Vec<(String, Source)> = source_grids()
        .iter()
        .map(|(name, grid)| {
            (format!("classic {name}"), Source::classic(&series(grid).slices(), Syntax::ExplicitLittle))
        })
        .collect();
    sources.push(("enhanced".into(), Source::enhanced(&series(&T2_GRID))));
    let mut n = 0;
    for (grid, spec) in grids() {
        let Staged { stage_map, .. } = staged(spec);
        for (source, series) in &sources {
            let origin = series.origin();
            for options in options() {
                let written = segmentation(&stage_map, &origin, options).unwrap();
                assert!(written.segments().len() >= 2, "{grid}");
                check(&stage_map, &written, &format!("{grid} on {source}, {options:?}"));
                n += 1;
            }
        }
    }
    assert_eq!(n, 6 * 4 * 4);
}

#[test]
fn a_map_of_one_stage_has_one_segment() {
    let staged = staged_with(small(), Layout::Single(Stage::LateSubacute), false);
    let source = Source::usual();
    let origin = source.origin();
    for options in options() {
        let written = segmentation(&staged.stage_map, &origin, options).unwrap();
        let stages: Vec<Stage> = written.segments().iter().map(|segment| segment.stage).collect();
        assert_eq!(stages, [Stage::LateSubacute]);
        check(&staged.stage_map, &written, "one segment");
    }
}

#[test]
fn the_whole_is_a_label_map_and_a_mask() {
    let source = Source::usual();
    let origin = source.origin();
    for options in options() {
        let written = segmentation(&USUAL.stage_map, &origin, options).unwrap();
        let (folder, file) = opened(&written);
        let labels = file.read_labels(&[], &mut Vec::new()).unwrap();
        let counts: Vec<(i64, usize)> = labels.labels().collect();
        let expected = written.segments().iter().map(|segment| (i64::from(segment.number), segment.voxels));
        assert_eq!(counts, expected.collect::<Vec<_>>());
        let reader = MaskReader::open(&folder.path().join("stages.dcm"), None, Limits::default());
        assert!(reader.is_ok());
    }
}

#[test]
fn frames_are_sparse_unless_asked_for() {
    let source = Source::usual();
    let origin = source.origin();
    let size = |options| segmentation(&USUAL.stage_map, &origin, options).unwrap().bytes().len();
    let [binary, label_map, all, all_labels] = options().map(size);
    assert!(binary < all && label_map < all_labels);
}
