//! NRRD, segmentations of 3D Slicer, and MetaImage: what is read, and what is refused with which words.

use hemastage_image::{
    ErrorKind::{self, Geometry, Io, Limit, Malformed, Parameter, Unsupported},
    ImageReader, Labels, Limits, MaskReader, Roi, Volume,
    dicom::SegmentChoice,
    files_of,
    grid::IndexBox,
    nrrd::NrrdSegmentation,
};

use crate::{
    nifti_writer::{Folder, assert_error, assert_private, assert_signal, gzip, gzip_stored, random_block},
    raster_writer::{AFFINE, SHAPE, changed, counted, meta, meta_lines, nrrd, nrrd_lines, zlib},
};

fn whole(image: &ImageReader) -> Volume {
    image.read_block(None, IndexBox::whole(SHAPE)).unwrap()
}

/// The bytes are read as 0 to 23 in the crafted places.
#[track_caller]
fn assert_counts(name: &str, bytes: &[u8]) {
    let folder = Folder::new();
    let image = ImageReader::open(&folder.put(name, bytes), None, Limits::default()).unwrap();
    assert_eq!(image.grid().affine().matrix(), &AFFINE, "{name}");
    assert!(image.source().oriented && image.source().findings.is_empty(), "{name}");
    assert_signal(&whole(&image), &(0..24).map(f64::from).collect::<Vec<_>>());
}

#[track_caller]
fn assert_refused(name: &str, bytes: &[u8], kind: ErrorKind, part: &str) {
    let folder = Folder::new();
    let path = folder.put(name, bytes);
    let read = ImageReader::open(&path, None, Limits::default())
        .and_then(|image| image.read_block(None, IndexBox::whole(image.grid().shape())));
    assert_error(&read.unwrap_err(), kind, part, name);
}

fn text() -> Vec<u8> {
    (0..24).flat_map(|n| format!("{n}\n").into_bytes()).collect()
}

fn big() -> Vec<u8> {
    (0_i16..24).flat_map(i16::to_be_bytes).collect()
}

#[test]
fn every_encoding_of_nrrd_is_read() {
    let (lines, raw) = (nrrd_lines(), counted());
    let behind = [b"junk".as_slice(), &raw].concat();
    let in_lines = [b"one\ntwo\n".as_slice(), &raw].concat();
    for (more, voxels) in [
        (&["encoding: raw"][..], raw.clone()),
        (&["encoding: raw", "key:=value", "unknown field: 1"], [&raw[..], b"tail"].concat()),
        (&["encoding: gzip"], gzip(&raw)),
        (&["encoding: gz"], gzip_stored(&raw)),
        (&["encoding: gz"], [gzip(&raw[..20]), gzip(&raw[20..])].concat()),
        (&["encoding: gzip", "byte skip: 4"], gzip(&behind)),
        (&["encoding: ascii"], text()),
        (&["encoding: raw", "byte skip: 4"], behind.clone()),
        (&["encoding: raw", "byteskip: -1"], behind.clone()),
        (&["encoding: raw", "line skip: 2"], in_lines),
    ] {
        assert_counts("a.nrrd", &nrrd(&lines, more, &voxels));
        assert_counts("mask", &nrrd(&lines, more, &voxels));
    }
    let order = changed(lines.clone(), "endian", Some("Endian: BIG"));
    assert_counts("a.nrrd", &nrrd(&order, &["encoding: raw"], &big()));
    let ends = String::from_utf8(nrrd(&lines, &["encoding: raw"], b"")).unwrap().replace('\n', "\r\n");
    assert_counts("a.nrrd", &[ends.as_bytes(), &raw].concat());
}

#[test]
fn every_space_of_nrrd_is_turned() {
    for (space, directions, origin) in [
        ("right-anterior-superior", "(0,-0.5,0) (-2,0,0) (0,0,-3)", "(-10,-20,30)"),
        ("RAS", "(0,-0.5,0) (-2,0,0) (0,0,-3)", "(-10,-20,30)"),
        ("LAS", "(0, -0.5, 0) (2,0,0) (0,0,-3)", "(10,-20,30)"),
        ("lps", "(0,0.5,0) (2,0,0) (0,0,-3)", "(10,20,30)"),
    ] {
        let lines = changed(nrrd_lines(), "space:", Some(&format!("space: {space}")));
        let lines = changed(lines, "space directions", Some(&format!("space directions: {directions}")));
        let lines = changed(lines, "space origin", Some(&format!("space origin: {origin}")));
        assert_counts("a.nrrd", &nrrd(&lines, &["encoding: raw"], &counted()));
    }
}

#[test]
fn every_encoding_of_metaimage_is_read() {
    let (lines, raw) = (meta_lines(), counted());
    let packed = zlib(&raw);
    let size = format!("CompressedDataSize = {}", packed.len());
    let last = "ElementDataFile = LOCAL";
    assert_counts("a.mha", &meta(&lines, &[last], &raw));
    assert_counts("mask", &meta(&lines, &[last], &[&raw[..], b"tail"].concat()));
    assert_counts("a.mha", &meta(&lines, &["CompressedData = True", &size, last], &packed));
    let words = changed(lines.clone(), "BinaryData =", Some("BinaryData = False"));
    assert_counts("a.mha", &meta(&words, &[last], &text()));
    let order = changed(lines.clone(), "BinaryDataByteOrderMSB", Some("ElementByteOrderMSB = True"));
    assert_counts("a.mha", &meta(&order, &[last], &big()));
    for (of, is) in [("Offset", "Position"), ("Offset", "Origin"), ("TransformMatrix", "Rotation")] {
        let line = lines.iter().find(|line| line.starts_with(of)).unwrap().replace(of, is);
        assert_counts("a.mha", &meta(&changed(lines.clone(), of, Some(&line)), &[last], &raw));
    }
    // several keys of one meaning
    let origin = lines.iter().find(|line| line.starts_with("Offset")).unwrap().replace("Offset", "Origin");
    assert_counts("a.mha", &meta(&lines, &[&origin, last], &raw));
    for (more, keys) in [
        ("Position = 7 7 7", "`Offset` and `Position`"),
        ("Origin = 7 7 7", "`Offset` and `Origin`"),
        ("Rotation = 1 0 0 0 1 0 0 0 1", "`TransformMatrix` and `Rotation`"),
    ] {
        let part = format!("{keys} of the MetaImage header mean the same and differ");
        assert_refused("a.mha", &meta(&lines, &[more, last], &raw), Geometry, &part);
    }
    let behind = [b"junk".as_slice(), &raw].concat();
    assert_counts("a.mha", &meta(&lines, &["HeaderSize = 4", last], &behind));
    assert_counts("a.mha", &meta(&lines, &["HeaderSize = -1", last], &behind));
    // the letters are where the axes come from
    assert_counts("a.mha", &meta(&lines, &["AnatomicalOrientation = ARS", last], &raw));
}

#[test]
fn a_data_file_is_read_beside_its_header_alone() {
    let folder = Folder::new();
    folder.put("voxels.raw", &counted());
    folder.put("voxels.gz", &gzip(&counted()));
    let nrrd_header = |encoding: &str, name: &str| {
        nrrd(&nrrd_lines(), &[&format!("encoding: {encoding}"), &format!("data file: {name}")], b"")
    };
    let meta_header = |name: &str| meta(&meta_lines(), &[&format!("ElementDataFile = {name}")], b"");
    for (name, header, data) in [
        ("a.nhdr", nrrd_header("raw", "voxels.raw"), "voxels.raw"),
        ("b.nhdr", nrrd_header("gzip", "voxels.gz"), "voxels.gz"),
        ("a.mhd", meta_header("voxels.raw"), "voxels.raw"),
    ] {
        let path = folder.put(name, &header);
        let image = ImageReader::open(&path, None, Limits::default()).unwrap();
        assert_signal(&whole(&image), &(0..24).map(f64::from).collect::<Vec<_>>());
        assert_eq!(image.source().name, name);
        assert_eq!(files_of(&path, Limits::default()).unwrap(), [path, folder.path().join(data)]);
    }
    for (name, kind, part) in [
        ("../voxels.raw", Unsupported, "expected the plain name of a file in the header's folder"),
        ("/etc/passwd", Unsupported, "expected the plain name of a file in the header's folder"),
        ("LIST", Unsupported, "the header lists several data files"),
        ("v%02d.raw 1 2 1", Unsupported, "the header lists several data files"),
        ("gone.raw", Io, "the data file that the header names is not in the header's folder"),
    ] {
        assert_refused("x.nhdr", &nrrd_header("raw", name), kind, part);
        assert_refused("x.mhd", &meta_header(name), kind, part);
    }
}

#[test]
fn a_box_has_the_voxels_of_the_whole() {
    let mut random = fastrand::Rng::with_seed(5);
    let (folder, raw) = (Folder::new(), counted());
    let size = format!("CompressedDataSize = {}", zlib(&raw).len());
    for bytes in [
        nrrd(&nrrd_lines(), &["encoding: raw"], &raw),
        nrrd(&nrrd_lines(), &["encoding: gzip"], &gzip(&raw)),
        nrrd(&nrrd_lines(), &["encoding: ascii"], &text()),
        meta(&meta_lines(), &["CompressedData = True", &size, "ElementDataFile = LOCAL"], &zlib(&raw)),
    ] {
        let image = ImageReader::open(&folder.put("a", &bytes), None, Limits::default()).unwrap();
        for _ in 0..30 {
            let block = random_block(&mut random, SHAPE);
            let part = image.read_block(None, block).unwrap();
            for index in crate::nifti_writer::indices(&block) {
                let [i, j, k] = index;
                assert_eq!(part.signal(index), Some((i + 4 * j + 12 * k) as f64), "{block:?}");
            }
        }
    }
}

#[test]
fn packed_voxels_are_unpacked_as_far_as_needed() {
    let mut bytes = nrrd(&nrrd_lines(), &["encoding: gzip"], &gzip_stored(&counted()));
    // a bit of the last voxel
    let at = bytes.len() - 9;
    bytes[at] ^= 1;
    let folder = Folder::new();
    let image = ImageReader::open(&folder.put("a.nrrd", &bytes), None, Limits::default()).unwrap();
    let first = IndexBox { start: [0; 3], end: [4, 3, 1] };
    assert!(image.read_block(None, first).is_ok());
    assert!(image.read_block(None, IndexBox::whole(SHAPE)).is_err());
    assert!(image.with_checksum().read_block(None, first).is_err());

    let mut packed = zlib(&counted());
    let last = packed.len() - 1;
    packed[last] ^= 1;
    let size = format!("CompressedDataSize = {}", packed.len());
    let bytes = meta(&meta_lines(), &["CompressedData = True", &size, "ElementDataFile = LOCAL"], &packed);
    assert_refused("a.mha", &bytes, Malformed, "the zlib stream is damaged");
}

#[test]
fn volumes_are_apart_or_interleaved() {
    let (folder, raw) = (Folder::new(), counted());
    let lines = changed(nrrd_lines(), "dimension", Some("dimension: 4"));
    let first = changed(lines.clone(), "sizes", Some("sizes: 2 3 2 2"));
    let first = changed(first, "space directions", Some("space directions: none (0,0.5,0) (2,0,0) (0,0,-3)"));
    let last = changed(lines, "sizes", Some("sizes: 3 2 2 2"));
    let last = changed(last, "space directions", Some("space directions: (0,0.5,0) (2,0,0) (0,0,-3) none"));
    let channels = changed(meta_lines(), "DimSize", Some("DimSize = 3 2 2"));
    let more = ["ElementNumberOfChannels = 2", "ElementDataFile = LOCAL"];
    for (bytes, step, apart) in [
        (nrrd(&first, &["encoding: gzip", "kinds: list domain domain domain"], &gzip(&raw)), 2, 1),
        (nrrd(&first, &["encoding: raw"], &raw), 2, 1),
        (nrrd(&last, &["encoding: raw", "kinds: domain domain domain list"], &raw), 1, 12),
        (meta(&channels, &more, &raw), 2, 1),
    ] {
        let image = ImageReader::open(&folder.put("a", &bytes), None, Limits::default()).unwrap();
        assert_eq!((image.grid().shape(), image.grid().spacing_mm()), ([3, 2, 2], [0.5, 2.0, 3.0]));
        for volume in 0..2 {
            let read = image.read_block(Some(volume), IndexBox::whole([3, 2, 2])).unwrap();
            assert_signal(&read, &(0..12).map(|n| (n * step + volume * apart) as f64).collect::<Vec<_>>());
        }
        let error = image.check_volume(None).unwrap_err();
        assert_error(&error, Parameter, "the file holds 2 volumes: choose one, 0 to 1", "a");
        assert!(image.check_volume(Some(2)).is_err());
        let mask = MaskReader::open(&folder.path().join("a"), None, Limits::default()).unwrap();
        let error = mask.read(&[&SegmentChoice::All], false, &[]).err().unwrap();
        assert_error(&error, Unsupported, "the file holds 2 volumes, and a mask is one: save that", "a");
        let ImageReader::Raster(file) = image else { panic!("another format") };
        let (labels, expected): (_, Vec<[usize; 3]>) = match apart {
            1 => (vec![1, 3, 5, 23], vec![[0, 0, 0], [1, 0, 0], [2, 0, 0], [2, 1, 1]]),
            _ => (vec![12, 23], vec![[0, 0, 0], [2, 1, 1]]),
        };
        let chosen = file.read_roi(1, &Labels::Only(labels)).unwrap();
        assert_eq!(chosen.voxels().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn what_has_no_place_in_the_patient_is_said() {
    let folder = Folder::new();
    let without = |start: &str| changed(nrrd_lines(), start, None);
    let spacings = changed(without("space directions"), "space origin", Some("spacings: 0.5 2 3"));
    let scanner = changed(nrrd_lines(), "space:", Some("space: scanner-xyz"));
    let dimension = changed(nrrd_lines(), "space:", Some("space dimension: 3"));
    for lines in [spacings, scanner, dimension, without("space origin")] {
        let bytes = nrrd(&lines, &["encoding: raw"], &counted());
        let image = ImageReader::open(&folder.put("a.nrrd", &bytes), None, Limits::default()).unwrap();
        assert!(!image.source().oriented, "{lines:?}");
        assert_eq!(image.grid().spacing_mm(), [0.5, 2.0, 3.0]);
    }
    for start in ["TransformMatrix", "Offset"] {
        let lines = changed(meta_lines(), start, None);
        let bytes = meta(&lines, &["ElementDataFile = LOCAL"], &counted());
        let image = ImageReader::open(&folder.put("a.mha", &bytes), None, Limits::default()).unwrap();
        assert!(!image.source().oriented, "{start}");
        assert_eq!(image.grid().spacing_mm(), [0.5, 2.0, 3.0]);
    }
    let bytes = meta(&meta_lines(), &["AnatomicalOrientation = RAI", "ElementDataFile = LOCAL"], &counted());
    let image = ImageReader::open(&folder.put("a.mha", &bytes), None, Limits::default()).unwrap();
    let codes: Vec<&str> = image.source().findings.iter().map(|finding| &*finding.code).collect();
    assert_eq!(codes, ["anatomical_orientation"]);
    let bytes = nrrd(&nrrd_lines(), &["encoding: raw", "space units: \"m\" \"m\" \"m\""], &counted());
    let image = ImageReader::open(&folder.put("a.nrrd", &bytes), None, Limits::default()).unwrap();
    assert_eq!(image.source().findings[0].code, "space_unit");
}

#[test]
fn a_damaged_nrrd_header_is_refused_with_its_field() {
    let of = |start: &str, line: Option<&str>| {
        nrrd(&changed(nrrd_lines(), start, line), &["encoding: raw"], &counted())
    };
    for (start, line, kind, part) in [
        ("NRRD", Some("NRRD0009"), Unsupported, "an NRRD file of an unknown version"),
        ("type", None, Malformed, "has no `type`"),
        ("type", Some("type: block"), Unsupported, "none of the ten integer and float types"),
        ("dimension", Some("dimension: 2"), Unsupported, "the image has 2 axes: expected 3, or 4"),
        ("dimension", Some("dimension: three"), Malformed, "`dimension` of the NRRD header is not a whole"),
        ("sizes", Some("sizes: 4 3"), Malformed, "`sizes` of the NRRD header has 2 entries: expected 3"),
        ("sizes", Some("sizes: 4 0 2"), Malformed, "expected 1 to 32767 voxels"),
        ("sizes", Some("sizes: 4 -3 2"), Malformed, "expected 1 to 32767 voxels"),
        ("sizes", Some("sizes: 32767 32767 32767"), Limit, "claims 32767 x 32767 x 32767 voxels"),
        ("sizes", Some("sizes: 4 3 3"), Malformed, "the file ends before its last voxel"),
        ("space:", Some("space: left-right-up"), Unsupported, "`space` of the NRRD header is unknown"),
        ("space:", Some("space dimension: 2"), Geometry, "`space dimension` of the NRRD header is 2"),
        (
            "space directions",
            Some("space directions: (0,nan,0) (2,0,0) (0,0,-3)"),
            Geometry,
            "`space directions` of the NRRD header is not a list of vectors of 3 finite numbers",
        ),
        ("space directions", Some("space directions: (0,0,0) (2,0,0) (0,0,-3)"), Geometry, "inverted"),
        ("space directions", Some("space directions: (0,1) (2,0) (0,0)"), Geometry, "vectors of 3"),
        ("space directions", Some("space directions: none (2,0,0) (0,0,-3)"), Unsupported, "`kinds`"),
        ("space directions", None, Geometry, "neither `space directions` nor `spacings`"),
        ("space origin", Some("space origin: (1,2)"), Geometry, "`space origin` of the NRRD header"),
        ("space origin", Some("sizes: 4 3 2"), Malformed, "line 8 of the NRRD header repeats a field"),
        ("space origin", Some("words"), Malformed, "line 8 of the NRRD header is neither"),
        ("endian", None, Malformed, "`endian` of the NRRD header is missing"),
        ("endian", Some("kinds: RGB-color domain domain"), Unsupported, "the voxels are colors"),
        ("endian", Some("kinds: complex domain domain"), Unsupported, "the voxels are complex"),
        ("endian", Some("byte skip: -2"), Malformed, "`endian`"),
    ] {
        assert_refused("a.nrrd", &of(start, line), kind, part);
    }
    let with = |more: &[&str], voxels: &[u8]| nrrd(&nrrd_lines(), more, voxels);
    for (more, voxels, kind, part) in [
        (&["encoding: hex"][..], counted(), Unsupported, "none of raw, gzip and ascii"),
        (&["encoding: bz2"], counted(), Unsupported, "none of raw, gzip and ascii"),
        (&["encoding: gzip"], counted(), Malformed, "the gzip stream is damaged"),
        (&["encoding: gzip", "byte skip: -1"], gzip(&counted()), Malformed, "`byte skip` is -1"),
        (&["encoding: raw", "byte skip: -2"], counted(), Malformed, "`byte skip` is -2"),
        (&["encoding: raw", "line skip: 99"], counted(), Malformed, "it was cut short"),
        (&["encoding: ascii"], b"1 2 three".repeat(9), Malformed, "the voxels are written as text, but"),
        (&["encoding: ascii"], b"1 2 3 ".repeat(4), Malformed, "the file ends before its last voxel"),
    ] {
        assert_refused("a.nrrd", &with(more, &voxels), kind, part);
    }
    let cut = nrrd_lines().join("\n") + "\nencoding: raw\n";
    assert_refused("a.nrrd", cut.as_bytes(), Malformed, "has no empty line after it and names no data file");
}

#[test]
fn a_damaged_metaimage_header_is_refused_with_its_key() {
    let of = |start: &str, line: Option<&str>| {
        meta(&changed(meta_lines(), start, line), &["ElementDataFile = LOCAL"], &counted())
    };
    for (start, line, kind, part) in [
        ("ObjectType", Some("ObjectType = Tube"), Unsupported, "something else than an image"),
        ("NDims", Some("NDims = 2"), Unsupported, "the image has 2 axes: expected 3"),
        ("NDims", None, Malformed, "has no `NDims`"),
        ("NDims", Some("words"), Malformed, "line 2 of the MetaImage header is not `key = value`"),
        ("NDims", Some("DimSize = 1 1 1"), Malformed, "repeats a key"),
        ("DimSize", Some("DimSize = 4 3"), Malformed, "`DimSize` of the MetaImage header is not 3 finite"),
        ("DimSize", Some("DimSize = 4 3 0"), Malformed, "expected 1 to 32767 voxels"),
        ("DimSize", Some("DimSize = 4 3 2.5"), Malformed, "expected 1 to 32767 voxels"),
        ("DimSize", Some("DimSize = 32767 32767 32767"), Limit, "the limit is"),
        ("ElementType", Some("ElementType = MET_STRING"), Unsupported, "none of the ten"),
        ("ElementSpacing", None, Geometry, "has no `ElementSpacing`"),
        ("ElementSpacing", Some("ElementSpacing = 0 1 1"), Geometry, "the voxel spacing is"),
        ("TransformMatrix", Some("TransformMatrix = 2 0 0 0 1 0 0 0 1"), Geometry, "expected unit vectors"),
        ("TransformMatrix", Some("TransformMatrix = 1 0 nan 0 1 0 0 0 1"), Malformed, "9 finite numbers"),
        ("Offset", Some("Offset = 1 2"), Malformed, "`Offset` of the MetaImage header is not 3"),
        ("Offset", Some("CompressedData = True"), Malformed, "`CompressedDataSize` is missing"),
        ("Offset", Some("ElementNumberOfChannels = 0"), Unsupported, "0 channels"),
        ("Offset", Some("HeaderSize = -2"), Malformed, "`HeaderSize` is -2"),
    ] {
        assert_refused("a.mha", &of(start, line), kind, part);
    }
    let packed = |size: usize, bytes: &[u8]| {
        let size = format!("CompressedDataSize = {size}");
        meta(&meta_lines(), &["CompressedData = True", &size, "ElementDataFile = LOCAL"], bytes)
    };
    let zipped = gzip(&counted());
    assert_refused("a.mha", &packed(zipped.len(), &zipped), Malformed, "the zlib stream is damaged");
    let claimed = format!("claims 999 compressed bytes, but there are {}", zlib(&counted()).len());
    assert_refused("a.mha", &packed(999, &zlib(&counted())), Malformed, &claimed);
    let cut = meta(&meta_lines(), &["ElementDataFile = LOCAL"], &counted()[1..]);
    assert_refused("a.mha", &cut, Malformed, "the file ends before its last voxel");
    assert_refused("a.mha", meta_lines().join("\n").as_bytes(), Malformed, "no `ElementDataFile`");
}

/// A segmentation of two layers: `Clot` is 1 and `Cord` 2 in the first, `Canal` 1 in the second.
fn layered(more: &[&str]) -> Vec<u8> {
    let lines = changed(nrrd_lines(), "dimension", Some("dimension: 4"));
    let lines = changed(lines, "sizes", Some("sizes: 2 4 3 2"));
    let lines = changed(lines, "space directions", Some("space directions: none (0,0.5,0) (2,0,0) (0,0,-3)"));
    let lines = changed(lines, "type", Some("type: uchar"));
    let voxels: Vec<u8> = (0..24).flat_map(|n| [[0, 1, 2, 0][n % 4], u8::from(n % 4 > 0)]).collect();
    let keys = [
        "encoding: gzip",
        "kinds: list domain domain domain",
        "Segment0_Name:=Clot",
        "Segment0_LabelValue:=1",
        "Segment0_Layer:=0",
        "Segment1_Name:=Cord",
        "Segment1_LabelValue:=2",
        "Segment1_Layer:=0",
        "Segment2_Name:=Spinal canal",
        "Segment2_LabelValue:=1",
        "Segment2_Layer:=1",
        "Segmentation_MasterRepresentation:=Binary labelmap",
    ];
    nrrd(&lines, &[&keys[..], more].concat(), &gzip(&voxels))
}

/// The places along i that a choice selects in each row.
fn chosen(mask: &MaskReader, choice: &str) -> Result<Vec<usize>, hemastage_image::Error> {
    let choice = if choice.is_empty() { SegmentChoice::All } else { SegmentChoice::parse(choice) };
    let (roi, _): (Roi, _) = mask.read(&[&choice], false, &[])?.regions.remove(0)?;
    let first: Vec<usize> = roi.voxels().filter(|voxel| voxel[1..] == [0, 0]).map(|voxel| voxel[0]).collect();
    assert_eq!(roi.len(), 6 * first.len());
    Ok(first)
}

#[test]
fn a_segment_is_chosen_by_its_name_or_its_label() {
    let folder = Folder::new();
    let path = folder.put("a.seg.nrrd", &layered(&[]));
    let mask = MaskReader::open(&path, None, Limits::default()).unwrap();
    assert_eq!(mask.source().format, "nrrd-seg");
    for (choice, expected) in [
        ("Clot", &[1][..]),
        ("clot", &[1]),
        ("Cord", &[2]),
        ("2", &[2]),
        ("Spinal canal", &[1, 2, 3]),
        ("", &[1, 2, 3]),
    ] {
        assert_eq!(chosen(&mask, choice).unwrap(), expected, "{choice}");
    }
    for (choice, part) in [
        ("1", "the label 1 is that of 2 segments, in different layers: choose the segment by its name"),
        ("3", "no segment has the number 3: the file holds the numbers 1, 2, 1, so choose among them"),
        ("Canal", "no segment has the chosen name"),
    ] {
        let error = chosen(&mask, choice).unwrap_err();
        assert_error(&error, Parameter, part, "a.seg.nrrd");
        assert!(!error.to_string().contains("Clot"), "{error}");
    }
    let labels = mask.read(&[], true, &[]).unwrap_err();
    assert_error(&labels, Parameter, "the label 1 is that of 2 segments", "a.seg.nrrd");
    assert!(!format!("{mask:?}").contains("Clot"));
    let ImageReader::Raster(image) = ImageReader::open(&path, None, Limits::default()).unwrap() else {
        panic!("another format")
    };
    assert_eq!(image.volumes(), 2);
}

/// Those that have a voxel: a label that two layers share is there twice.
#[test]
fn all_segments_together_say_so() {
    let folder = Folder::new();
    let joined = |more: &[&str], choice: SegmentChoice| {
        let path = folder.put("a.seg.nrrd", &layered(more));
        let mask = MaskReader::open(&path, None, Limits::default()).unwrap();
        let (roi, _): (Roi, _) = mask.read(&[&choice], false, &[]).unwrap().regions.remove(0).unwrap();
        roi.joined().to_vec()
    };
    let empty = ["Segment3_Name:=Empty", "Segment3_LabelValue:=9", "Segment3_Layer:=1"];
    assert_eq!(joined(&[], SegmentChoice::All), [1, 1, 2]);
    assert_eq!(joined(&empty, SegmentChoice::All), [1, 1, 2]);
    assert_eq!(joined(&[], SegmentChoice::parse("Clot")).len(), 0);
}

#[test]
fn a_segmentation_of_one_layer_is_a_label_map() {
    let folder = Folder::new();
    let lines = changed(nrrd_lines(), "type", Some("type: uchar"));
    let voxels: Vec<u8> = (0..24).map(|n| [0, 1, 2, 0][n % 4]).collect();
    let keys = ["encoding: raw", "Segment0_Name:=Clot", "Segment1_Name:=Cord", "Segment1_LabelValue:=2"];
    let path = folder.put("a.seg.nrrd", &nrrd(&lines, &keys, &voxels));
    let mask = MaskReader::open(&path, None, Limits::default()).unwrap();
    let map = mask.read(&[], true, &[]).unwrap().labels.unwrap().unwrap().0;
    assert_eq!(map.labels().collect::<Vec<_>>(), [(1, 6), (2, 6)]);
    assert_eq!((chosen(&mask, "2").unwrap(), chosen(&mask, "Clot").unwrap()), (vec![2], vec![1]));
    // a layer per segment, as 3D Slicer wrote before 4.11: label 1 in each
    let lines = changed(lines, "dimension", Some("dimension: 4"));
    let lines = changed(lines, "sizes", Some("sizes: 2 4 3 2"));
    let lines = changed(lines, "space directions", Some("space directions: none (0,0.5,0) (2,0,0) (0,0,-3)"));
    let voxels: Vec<u8> = (0..24).flat_map(|n| [u8::from(n % 4 == 1), u8::from(n % 4 > 0)]).collect();
    let keys = ["encoding: raw", "Segment0_Name:=Clot", "Segment1_Name:=Canal"];
    let path = folder.put("a.seg.nrrd", &nrrd(&lines, &keys, &voxels));
    let mask = MaskReader::open(&path, None, Limits::default()).unwrap();
    assert_eq!((chosen(&mask, "Clot").unwrap(), chosen(&mask, "canal").unwrap()), (vec![1], vec![1, 2, 3]));
}

#[test]
fn a_contradictory_segmentation_is_refused() {
    let folder = Folder::new();
    for (more, kind, part) in [
        (&["Segment3_Layer:=2"][..], Malformed, "a segment is in layer 2 but the file has 2"),
        (&["Segment3_Layer:=0"], Malformed, "two segments have the label 1 in the same layer"),
        (&["Segment3_LabelValue:=x"], Malformed, "`LabelValue` of a segment is not a whole number"),
        (&["Segment3_LabelValue:=0", "Segment3_Layer:=0"], Unsupported, "a segment has the label 0"),
        (
            &["Segmentation_SourceRepresentation:=Closed surface"],
            Unsupported,
            "the segmentation was saved as a surface: expected voxels",
        ),
        (&["Segmentation_SourceRepresentation:=Fractional labelmap"], Unsupported, "fractions of voxels"),
    ] {
        let path = folder.put("a.seg.nrrd", &layered(more));
        let error = NrrdSegmentation::open(&path, Limits::default()).unwrap_err();
        assert_error(&error, kind, part, "a.seg.nrrd");
    }
    let path = folder.put("a.nrrd", &nrrd(&nrrd_lines(), &["encoding: raw"], &counted()));
    assert!(NrrdSegmentation::open(&path, Limits::default()).unwrap().is_none());
    let mask = MaskReader::open(&path, None, Limits::default()).unwrap();
    let error = mask.choose(&SegmentChoice::Named("Clot".into())).unwrap_err();
    assert_error(&error, Parameter, "a label map has no names", "a.nrrd");
    let error = ImageReader::open(&path, Some("5"), Limits::default()).unwrap_err();
    assert_error(&error, Parameter, "an NRRD file holds no series", "a.nrrd");
}

#[test]
fn a_file_of_another_kind_is_named() {
    for (name, start, part) in [
        ("a.npy", &b"\x93NUMPY\x01\0"[..], "a numpy array (.npy)"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        ("a.nii.gz", b"/annex/objects/MD5E-s1--00.nii.gz\n", "a pointer of git-annex instead of the file"),
        ("a.nii", b"<!DOCTYPE html><html>", "a web page, as of a download that failed"),
        ("a.zip", b"PK\x03\x04\x14\0", "a ZIP archive"),
    ] {
        let bytes = [start, &[0; 200]].concat();
        assert_refused(name, &bytes, Unsupported, part);
    }
    let mut dicom = vec![0; 200];
    dicom[128..132].copy_from_slice(b"DICM");
    assert_refused("a.dcm.gz", &gzip(&dicom), Unsupported, "a DICOM file packed with gzip");
    #[cfg(unix)]
    {
        let folder = Folder::new();
        let link = folder.path().join("a.nii.gz");
        std::os::unix::fs::symlink(".git/annex/objects/gone", &link).unwrap();
        let error = ImageReader::open(&link, None, Limits::default()).unwrap_err();
        assert_error(&error, Unsupported, "a link to a file that is not there", "a.nii.gz");
        assert_private(&error);
    }
}

#[test]
fn a_folder_of_masks_is_a_label_map() {
    let folder = Folder::new();
    let mask = |n: i16| {
        let voxels: Vec<u8> = (0..24).flat_map(|at| i16::from(at / 8 == n).to_le_bytes()).collect();
        nrrd(&nrrd_lines(), &["encoding: raw"], &voxels)
    };
    folder.put("vertebrae_C2.nrrd", &mask(0));
    folder.put("vertebrae_C1.nrrd", &mask(2));
    folder.put("vertebrae_T1.nrrd", &nrrd(&nrrd_lines(), &["encoding: raw"], &[0; 48]));
    folder.put("spleen.nrrd", &mask(1));
    folder.put("._vertebrae_C2.nrrd", b"resource fork");
    let open = || MaskReader::open(folder.path(), None, Limits::default()).unwrap();
    let number =
        |name: &str| ["vertebrae_C1", "vertebrae_C2", "vertebrae_T1"].iter().position(|n| *n == name);
    let mut found = open();
    found.number_masks(|name| number(name).map(|n| n as i64 + 1)).unwrap();
    let map = found.read(&[], true, &[]).unwrap().labels.unwrap().unwrap().0;
    assert_eq!(map.labels().collect::<Vec<_>>(), [(1, 8), (2, 8)]);
    assert_eq!((map.runs()[0].label, found.source().files.len()), (2, 3));

    let error = open().read(&[], true, &[]).unwrap().labels.unwrap().unwrap_err();
    assert_error(&error, Parameter, "none of the 4 images in the folder has a number", "(a folder)");
    let error = open().choose(&SegmentChoice::Named("clot".into())).unwrap_err();
    assert_error(&error, Parameter, "none of the 4 images in the folder has the chosen name", "(a folder)");
    let mut overlapping = open();
    folder.put("spleen.nrrd", &mask(0));
    overlapping
        .number_masks(|name| number(name).or((name == "spleen").then_some(5)).map(|n| n as i64 + 1))
        .unwrap();
    let error = overlapping.read(&[], true, &[]).unwrap().labels.unwrap().unwrap_err();
    assert!(error.to_string().contains("overlaps with"), "{error}");
    folder.put(
        "spleen.nrrd",
        &nrrd(
            &changed(nrrd_lines(), "space origin", Some("space origin: (1,2,3)")),
            &["encoding: raw"],
            &counted(),
        ),
    );
    let moved = open().number_masks(|name| Some(name.len() as i64)).unwrap_err();
    assert_eq!(moved.kind(), Geometry);
}

/// The labels of dcmqi's masks and their voxels.
const VOXELS: [&[(i64, usize)]; 3] = [&[(1, 322)], &[(1, 315)], &[(2, 12439)]];

/// The masks that dcmqi's SEGs are made from, where `HEMASTAGE_DATA` names the folder with the public test images.
#[test]
fn masks_of_dcmqi_are_read() {
    let Some(data) = std::env::var_os("HEMASTAGE_DATA") else {
        println!("masks_of_dcmqi_are_read: skipped, HEMASTAGE_DATA is not set");
        return;
    };
    let folder = std::path::Path::new(&data).join("dcmqi/data/segmentations");
    // shape, origin in RAS and voxels by pynrrd
    for (name, shape, origin, voxels) in [
        ("23x38x3/nrrd/label.nrrd", [23, 38, 3], [-46.4649, -5.01881, -177.75], VOXELS[0]),
        ("24x38x3/nrrd/label.nrrd", [24, 38, 3], [-46.464_900_97, -5.018_809_795, -177.75], VOXELS[1]),
        ("spine_seg.nrrd", [512, 512, 3], [235.2, 226.8, -128.69], VOXELS[2]),
    ] {
        let ImageReader::Raster(file) =
            ImageReader::open(&folder.join(name), None, Limits::default()).unwrap()
        else {
            panic!("another format")
        };
        assert_eq!(file.grid().shape(), shape);
        approx::assert_abs_diff_eq!(file.grid().center([0; 3])[..], origin[..], epsilon = 1e-6);
        let labels: Vec<(i64, usize)> = file.read_labels(0).unwrap().labels().collect();
        assert_eq!(labels, voxels, "{name}");
    }
}
