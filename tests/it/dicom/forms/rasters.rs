//! NRRD, segmentations of 3D Slicer, MetaImage and a folder of masks.

use std::{fmt::Write as _, fs, io::Write as _, path::Path};

use flate2::{
    Compression,
    write::{GzEncoder, ZlibEncoder},
};
use ndarray::Array3;

use crate::dicom::forms::written::{Inputs, Written, grids, oblique};
use crate::support::dicom::place::Matrix;

/// Axis directions and origin in the header's space, which differs from RAS by these signs.
fn columns(affine: &Matrix, signs: [f64; 3]) -> [[f64; 3]; 4] {
    [0, 1, 2, 3].map(|column| [0, 1, 2].map(|row| affine[row][column] * signs[row]))
}

const LPS: [f64; 3] = [-1.0, -1.0, 1.0];
const RAS: [f64; 3] = [1.0; 3];

fn bytes<const N: usize>(voxels: &Array3<i32>, stored: impl Fn(i16) -> [u8; N]) -> Vec<u8> {
    voxels.t().iter().flat_map(|&value| stored(value as i16)).collect()
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().into()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The geometry of an NRRD header, with a direction `none` in front for layers.
fn nrrd_geometry(affine: &Matrix, space: &str, signs: [f64; 3], layers: bool) -> String {
    let vector = |[x, y, z]: [f64; 3]| format!("({x:?},{y:?},{z:?})");
    let [i, j, k, origin] = columns(affine, signs).map(vector);
    let none = if layers { "none " } else { "" };
    format!("space: {space}\nspace directions: {none}{i} {j} {k}\nspace origin: {origin}\n")
}

/// A gzip file in LPS.
fn nrrd(folder: &Path, name: &str, voxels: &Array3<i32>, affine: &Matrix) -> String {
    let (ni, nj, nk) = voxels.dim();
    let geometry = nrrd_geometry(affine, "left-posterior-superior", LPS, false);
    let head = format!(
        "NRRD0005\ntype: int16\ndimension: 3\nsizes: {ni} {nj} {nk}\n{geometry}endian: little\nencoding: gzip\n\n"
    );
    put(folder, name, &[head.as_bytes(), &packed(&bytes(voxels, i16::to_le_bytes))].concat())
}

/// A header in RAS with a data file, the most significant byte first.
fn nhdr(folder: &Path, name: &str, voxels: &Array3<i32>, affine: &Matrix) -> String {
    let (ni, nj, nk) = voxels.dim();
    let data = format!("{name}.raw");
    put(folder, &data, &bytes(voxels, i16::to_be_bytes));
    let geometry = nrrd_geometry(affine, "RAS", RAS, false);
    let head = format!(
        "NRRD0004\ntype: short\ndimension: 3\nsizes: {ni} {nj} {nk}\n{geometry}endian: big\nencoding: raw\ndata file: {data}\n"
    );
    put(folder, name, head.as_bytes())
}

fn meta_head(voxels: &Array3<i32>, affine: &Matrix) -> String {
    let (ni, nj, nk) = voxels.dim();
    let [i, j, k, origin] = columns(affine, LPS);
    let spacing = [i, j, k].map(|axis| axis.iter().map(|x| x * x).sum::<f64>().sqrt());
    let mut head = String::from("ObjectType = Image\nNDims = 3\nBinaryData = True\nTransformMatrix =");
    for (axis, spacing) in [i, j, k].iter().zip(spacing) {
        for x in axis {
            write!(head, " {:?}", x / spacing).unwrap();
        }
    }
    let three = |[x, y, z]: [f64; 3]| format!("{x:?} {y:?} {z:?}");
    let (origin, spacing) = (three(origin), three(spacing));
    head + &format!(
        "\nOffset = {origin}\nElementSpacing = {spacing}\nDimSize = {ni} {nj} {nk}\nElementType = MET_SHORT\n"
    )
}

/// A zlib stream.
fn mha(folder: &Path, name: &str, voxels: &Array3<i32>, affine: &Matrix) -> String {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&bytes(voxels, i16::to_le_bytes)).unwrap();
    let packed = encoder.finish().unwrap();
    let size = format!("CompressedData = True\nCompressedDataSize = {}\n", packed.len());
    let head = meta_head(voxels, affine) + &size + "ElementDataFile = LOCAL\n";
    put(folder, name, &[head.as_bytes(), &packed].concat())
}

/// A header with a data file.
fn mhd(folder: &Path, name: &str, voxels: &Array3<i32>, affine: &Matrix) -> String {
    let data = format!("{name}.raw");
    put(folder, &data, &bytes(voxels, i16::to_be_bytes));
    let head =
        format!("{}BinaryDataByteOrderMSB = True\nElementDataFile = {data}\n", meta_head(voxels, affine));
    put(folder, name, head.as_bytes())
}

/// Segments in two layers: the canal overlaps with hematoma and cord, and has the label of the hematoma.
fn layered(written: &Written) -> String {
    let scans = &written.scans;
    let (ni, nj, nk) = scans.cord.dim();
    let mut voxels = Vec::new();
    for ((&hematoma, &cord), &canal) in scans.hematoma.t().iter().zip(scans.cord.t()).zip(scans.canal.t()) {
        assert!(hematoma == 0 || cord == 0, "hematoma and cord are in one layer");
        voxels.extend([hematoma + 2 * cord, canal]);
    }
    let geometry = nrrd_geometry(&scans.masks_affine, "left-posterior-superior", LPS, true);
    let mut head = format!(
        "NRRD0005\ntype: unsigned char\ndimension: 4\nsizes: 2 {ni} {nj} {nk}\nkinds: list domain domain domain\n{geometry}encoding: gzip\n"
    );
    for (n, (name, label, layer)) in
        [("Hematoma", 1, 0), ("Spinal cord", 2, 0), ("Canal", 1, 1)].into_iter().enumerate()
    {
        write!(head, "Segment{n}_Name:={name}\nSegment{n}_LabelValue:={label}\nSegment{n}_Layer:={layer}\n")
            .unwrap();
    }
    head += "Segmentation_SourceRepresentation:=Binary labelmap\n\n";
    put(written.root(), "layers.seg.nrrd", &[head.as_bytes(), &packed(&voxels)].concat())
}

type Writer = fn(&Path, &str, &Array3<i32>, &Matrix) -> String;

fn in_form(written: &Written, ending: &str, write: Writer) -> Inputs {
    let scans = &written.scans;
    let file = |name: &str, voxels: &Array3<i32>, affine: &Matrix| {
        write(written.root(), &format!("{name}.{ending}"), voxels, affine)
    };
    let mask = |name: &str, mask: &Array3<u8>| file(name, &mask.mapv(i32::from), &scans.masks_affine);
    Inputs {
        t1: file("t1", &scans.t1.0, &scans.t1.1),
        t2: file("t2", &scans.t2.0, &scans.t2.1),
        hematoma: mask("hematoma", &scans.hematoma),
        cord: mask("cord", &scans.cord),
        canal: mask("canal", &scans.canal),
        vertebrae: Some(mask("vertebrae", &scans.vertebrae)),
    }
}

#[test]
fn every_raster_in_every_orientation() {
    for (name, grid) in grids() {
        let written = Written::new(grid);
        for (ending, write) in [("nrrd", nrrd as Writer), ("nhdr", nhdr), ("mha", mha), ("mhd", mhd)] {
            written.assert_same(&in_form(&written, ending, write), &format!("{name}, {ending}"));
        }
        let segments = layered(&written);
        let by_name = Inputs {
            hematoma: format!("{segments}:hematoma"),
            cord: format!("{segments}:Spinal cord"),
            canal: format!("{segments}:Canal"),
            ..written.nifti.clone()
        };
        written.assert_same(&by_name, &format!("{name}, segments by name"));
        written.assert_same(&Inputs { cord: format!("{segments}:2"), ..by_name }, "a segment by number");
    }
}

#[test]
fn masks_in_a_folder() {
    let written = Written::new(oblique());
    let folder = written.root().join("masks");
    fs::create_dir(&folder).unwrap();
    let put = |write: Writer, name: &str, mask: &Array3<u8>| {
        write(&folder, name, &mask.mapv(i32::from), &written.scans.masks_affine)
    };
    put(nrrd, "hematoma.nrrd", &written.scans.hematoma);
    put(mha, "spinal_cord.mha", &written.scans.cord);
    put(mhd, "canal.mhd", &written.scans.canal);
    fs::write(folder.join("._canal.nii.gz"), "").unwrap();
    let of = |name: &str| format!("{}:{name}", folder.display());
    let inputs = Inputs {
        hematoma: of("hematoma"),
        cord: of("spinal_cord"),
        canal: of("Canal"),
        ..written.nifti.clone()
    };
    written.assert_same(&inputs, "a folder of masks");
    put(nrrd, "CANAL.nrrd", &written.scans.canal);
    let error = inputs.files().open().unwrap_err().to_string();
    assert_eq!(error, "(a folder): several images in the folder have the chosen name: give the path of one");
    let missing = Inputs { cord: of("DOE^JANE"), ..inputs };
    let error = missing.files().open().unwrap_err().to_string();
    assert!(
        error.starts_with("(a folder): none of the 4 images in the folder has the chosen name"),
        "{error}"
    );
    assert!(!error.contains("DOE"), "{error}");
}
