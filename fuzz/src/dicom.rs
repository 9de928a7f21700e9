//! DICOM elements byte by byte, and what must hold of a DICOM file or folder.

use std::path::Path;

use hemastage::{
    Affine, Grid,
    io::dicom::{
        self, DicomSeries, ImageSpace, ObjectKind, SegmentChoice, Segmentation, Selector, StructureSet,
    },
};
use hemastage_image::{ImageReader, MaskReader};

use crate::{check, image, limits};

/// An element with explicit VR, little endian, padded to an even length.
pub fn element(out: &mut Vec<u8>, tag: u32, vr: &str, value: &[u8]) {
    let pad = value.len() % 2;
    let length = (value.len() + pad) as u32;
    out.extend(((tag >> 16) as u16).to_le_bytes());
    out.extend((tag as u16).to_le_bytes());
    out.extend(vr.as_bytes());
    if matches!(vr, "OB" | "OW" | "SQ") {
        out.extend([0, 0]);
        out.extend(length.to_le_bytes());
    } else {
        out.extend((length as u16).to_le_bytes());
    }
    out.extend(value);
    out.extend(&[if matches!(vr, "UI" | "OB") { 0 } else { b' ' }][..pad]);
}

/// A 16-bit number.
pub fn number(out: &mut Vec<u8>, tag: u32, value: u16) {
    element(out, tag, "US", &value.to_le_bytes());
}

/// An item of a sequence, or a fragment of pixel data.
pub fn item(inner: &[u8]) -> Vec<u8> {
    let pad = inner.len() % 2;
    let length = (inner.len() + pad) as u32;
    [&[0xfe, 0xff, 0x00, 0xe0][..], &length.to_le_bytes(), inner, &[0][..pad]].concat()
}

/// Preamble and meta group.
pub fn head(syntax: &str) -> Vec<u8> {
    let mut meta = Vec::new();
    element(&mut meta, 0x0002_0010, "UI", syntax.as_bytes());
    let mut out = vec![0; 128];
    out.extend(b"DICM");
    element(&mut out, 0x0002_0000, "UL", &(meta.len() as u32).to_le_bytes());
    out.extend(meta);
    out
}

/// The frame of reference of the seeds' first image.
const FRAME_OF_REFERENCE: &str = "1.2.826.0.1.3680043.10.917351.4.1";

/// Grids of images that masks may have been drawn on: that of the seeds, and another.
pub fn grids() -> [Grid; 2] {
    let grid = |shape, matrix| Grid::new(shape, Affine::new(matrix)?);
    let seeds =
        grid([12, 12, 6], [[-1., 0., 0., 6.], [0., -1., 0., 6.], [0., 0., 2., -6.], [0., 0., 0., 1.]]);
    let other = grid([16, 9, 7], [[0., 0., 2., 5.], [0., -0.5, 0., 3.], [1., 0., 0., -8.], [0., 0., 0., 1.]]);
    [seeds, other].map(|grid| grid.expect("sound grids"))
}

/// Lists the series of a folder: each opens by its choice as shown, unless its problem says why not.
pub fn check_list(path: &Path) {
    for series in check::read(dicom::list(path, limits())).unwrap_or_default() {
        let shown = series.to_string();
        check::text(&shown);
        check::private(&shown);
        let selector = Selector::parse(&series.choice()).expect("a choice as shown");
        let opened = check::read(DicomSeries::open(path, &selector, limits()));
        assert!(opened.is_none() || series.problem.is_none(), "{shown}");
    }
}

/// Reads a file or folder as an image, and as a mask of its labels.
pub fn check_image(path: &Path, again: &Path) {
    if let Some(image) = check::read(ImageReader::open(path, None, limits())) {
        image::check_image(&image);
        if let ImageReader::Dicom(series) = &image {
            check_origin(series);
        }
        check_contents(&MaskReader::Image(image), &[], again);
    }
}

/// What an object made from a series would carry: an image for each slice, identifiers that are some, short values.
fn check_origin(series: &DicomSeries) {
    let Some(origin) = check::read(series.origin()) else { return };
    assert_eq!(origin.slices().len(), series.grid().shape()[2]);
    let uids = origin.slices().iter().flat_map(|slice| [&*slice.class, &*slice.instance]);
    for uid in uids.chain([origin.series()]) {
        assert!(
            (1..=64).contains(&uid.len()) && uid.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        );
    }
    assert_eq!(origin.copied().count(), dicom::COPIED.len());
    assert!(origin.copied().all(|(_, value)| value.len() <= 1024));
}

/// Reads a file that is a segmentation or a structure set: on its own grid, on that of an image, and where there are two.
/// False for an image.
pub fn check_segments(path: &Path, again: &Path) -> bool {
    let Some(kind) = check::read(ObjectKind::of_file(path, limits())) else { return true };
    let mask = match kind {
        ObjectKind::Image => return false,
        ObjectKind::Segmentation => Segmentation::open(path, limits()).map(MaskReader::Segmentation),
        ObjectKind::StructureSet => StructureSet::open(path, limits()).map(MaskReader::StructureSet),
    };
    if let Some(mask) = check::read(mask) {
        let grids = grids();
        let space = |grid| ImageSpace::new(grid, Some(FRAME_OF_REFERENCE));
        let spaces = grids.each_ref().map(space);
        for images in [&spaces[..], &spaces[..1], &[]] {
            check_contents(&mask, images, again);
        }
    }
    true
}

/// Regions and labels are as they must be, and regions read the same when written.
fn check_contents(mask: &MaskReader, images: &[ImageSpace<'_>], again: &Path) {
    let [one, named] = ["1", "Hematoma"].map(SegmentChoice::parse);
    let choices: &[_] = match mask {
        MaskReader::Image(_) => &[&SegmentChoice::All, &one],
        _ => &[&SegmentChoice::All, &one, &named],
    };
    let Some(contents) = check::read(mask.read(choices, true, images)) else { return };
    for region in contents.regions {
        let Some((region, findings)) = check::read(region) else { continue };
        check::findings(&findings);
        image::check_region(&region);
        image::check_written(mask, &region, again);
    }
    if let Some((map, findings)) = contents.labels.and_then(check::read) {
        check::findings(&findings);
        image::check_labels(&map);
    }
}
