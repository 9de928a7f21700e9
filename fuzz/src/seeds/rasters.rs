//! NRRD files, segmentations of 3D Slicer and MetaImage files, of every encoding.

use crate::{
    Seeds,
    nifti::gzip,
    raster::{changed, counted, meta, meta_lines, nrrd, nrrd_lines, zlib},
};

/// The key of a segment's name, of its label and of its layer.
const SEGMENTS: [&str; 6] = [
    "Segment0_Name:=Hematoma",
    "Segment0_LabelValue:=1",
    "Segment0_Layer:=0",
    "Segment1_Name:=Grabowski",
    "Segment1_LabelValue:=2",
    "Segment1_Layer:=0",
];

pub(crate) fn make() {
    let [nrrds, metas] = ["nrrd", "metaimage"].map(Seeds::of);
    let words: Vec<u8> = (0..24).flat_map(|n| format!("{} ", n / 5 % 3).into_bytes()).collect();
    let few: Vec<u8> = (0_i16..24).flat_map(|n| (n / 5 % 3).to_le_bytes()).collect();
    for voxels in [&counted(), &few] {
        nrrds.add(&nrrd(&nrrd_lines(), &["encoding: raw", "byte skip: 0"], voxels));
        nrrds.add(&nrrd(&nrrd_lines(), &["encoding: gzip", "line skip: 0"], &gzip(voxels)));
        nrrds.add(&nrrd(&nrrd_lines(), &[&["encoding: raw"], &SEGMENTS[..]].concat(), voxels));
        let size = format!("CompressedDataSize = {}", zlib(voxels).len());
        metas.add(&meta(&meta_lines(), &["HeaderSize = -1", "ElementDataFile = LOCAL"], voxels));
        let packed = ["CompressedData = True", &size, "ElementDataFile = LOCAL"];
        metas.add(&meta(&meta_lines(), &packed, &zlib(voxels)));
    }
    nrrds.add(&nrrd(&nrrd_lines(), &["encoding: ascii"], &words));
    let text = changed(meta_lines(), "BinaryData =", Some("BinaryData = False"));
    metas.add(&meta(&text, &["ElementDataFile = LOCAL"], &words));
    metas.add(&meta(&meta_lines(), &["ElementDataFile = Papadimitriou.raw"], &[]));
    let four = changed(nrrd_lines(), "dimension", Some("dimension: 4"));
    let four = changed(four, "sizes", Some("sizes: 2 3 2 2"));
    let four = changed(four, "space directions", Some("space directions: none (0,0.5,0) (2,0,0) (0,0,-3)"));
    let kinds = ["encoding: raw", "kinds: list domain domain domain"];
    nrrds.add(&nrrd(&four, &[&kinds[..], &SEGMENTS[..5], &["Segment1_Layer:=1"]].concat(), &few));
    nrrds.add(&nrrd(&nrrd_lines(), &["encoding: raw", "data file: Quakenstedt.raw"], &[]));
}
