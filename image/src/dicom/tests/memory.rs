//! The memory that opening takes, by the peak of a process of its own.

#![cfg(target_os = "linux")]

use std::process::Command;

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

use super::{
    super::{DicomFile, list, list_masks},
    bytes::{DEFLATED, EXPLICIT, IMPLICIT, RLE, Stored, UNDEFINED, Written, file, image},
};
use crate::limits::Limits;

/// Names the file that a process opens.
const PATH: &str = "HEMASTAGE_TEST_OPENS";

/// Bytes of a process that do not come from the file: buffers, the standard library.
const FIXED: u64 = 4 << 20;

/// Opens the named file and prints by how many KiB its peak grew; run by the tests below.
#[test]
fn opens_a_file() {
    let Some(path) = std::env::var_os(PATH) else { return };
    let before = peak();
    let path = std::path::Path::new(&path);
    let is_read = if path.is_dir() {
        list(path, Limits::default()).is_ok_and(|stacks| !stacks.is_empty())
    } else {
        DicomFile::open(path, Limits::default()).is_ok()
    };
    println!("peak {} {is_read}", peak() - before);
}

/// Lists the masks in the folder of the named file; run by the test below.
#[test]
fn lists_a_folder() {
    let Some(path) = std::env::var_os(PATH) else { return };
    let before = peak();
    let listed = list_masks(std::path::Path::new(&path).parent().unwrap(), Limits::default());
    println!("peak {} {}", peak() - before, listed.is_ok_and(|masks| masks.len() == 1));
}

/// The peak of this process in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

fn grown(bytes: &[u8]) -> (u64, bool) {
    grown_by(&Stored::new(bytes).path())
}

fn grown_by(path: &std::path::Path) -> (u64, bool) {
    grown_in("dicom::tests::memory::opens_a_file", path)
}

fn grown_in(name: &str, path: &std::path::Path) -> (u64, bool) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(PATH, path)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| line.split("peak ").nth(1)).expect(&text);
    let (grown, opened) = line.split_once(' ').unwrap();
    (grown.parse().unwrap(), opened.starts_with("true"))
}

#[test]
fn opening_takes_less_than_four_times_the_file() {
    let (i, w) = (Written::Implicit, Written::Explicit);
    let list = "1\\".repeat(6 << 20) + "1";
    let sequence = |items: Vec<u8>| {
        [i.header(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, VR::SQ, UNDEFINED), items, i.item(0xe0dd, 0)]
            .concat()
    };
    let position =
        i.sequence(tags::PLANE_POSITION_SEQUENCE, &i.text(Tag(0x20, 0x32), VR::DS, "1\\2\\3"), false);
    let frame = [i.item(0xe000, position.len() as u32), position].concat();
    let fragments = [
        image(w),
        w.header(tags::PIXEL_DATA, VR::OB, UNDEFINED),
        w.item(0xe000, 4 << 20),
        vec![0; 4 << 20],
        w.item(0xe000, 0).repeat(1 << 20),
        w.item(0xe0dd, 0),
    ]
    .concat();
    let table = w.element(tags::EXTENDED_OFFSET_TABLE, VR::OV, &vec![0; 8 << 20]);
    let extended =
        [table, w.header(tags::PIXEL_DATA, VR::OB, UNDEFINED), w.item(0xe000, 0), w.item(0xe0dd, 0)].concat();
    for (what, bytes) in [
        ("empty elements", file(IMPLICIT, &i.header(Tag(9, 0x1001), VR::UN, 0).repeat(1 << 20))),
        ("one-byte elements", file(IMPLICIT, &i.element(Tag(9, 0x1001), VR::UN, &[1]).repeat(1 << 20))),
        ("empty items", file(IMPLICIT, &sequence(i.item(0xe000, 0).repeat(1 << 20)))),
        ("groups per frame", file(IMPLICIT, &sequence(frame.repeat(200_000)))),
        ("a list of numbers", file(IMPLICIT, &i.text(tags::CONTOUR_DATA, VR::DS, &list))),
        (
            "small private values",
            file(EXPLICIT, &w.element(Tag(9, 0x1001), VR::OB, &vec![1; 60_000]).repeat(200)),
        ),
        ("a large private value", file(EXPLICIT, &w.element(Tag(9, 0x1001), VR::OB, &vec![1; 12 << 20]))),
        (
            "pixels",
            file(EXPLICIT, &[image(w), w.element(tags::PIXEL_DATA, VR::OW, &vec![1; 12 << 20])].concat()),
        ),
        ("fragments", file(RLE, &fragments)),
        ("an extended offset table", file(RLE, &extended)),
    ] {
        let (grown, opened) = grown(&bytes);
        assert!(opened, "{what}");
        let ratio = grown as f64 / bytes.len() as f64;
        println!("{what}: {} bytes, {grown} more at the peak, {ratio:.2} times", bytes.len());
        assert!(grown < 4 * bytes.len() as u64 + FIXED, "{what} of {} bytes took {grown}", bytes.len());
    }
}

/// Slices that nothing tells apart, in many directions, in many blocks, or in many volumes.
#[test]
fn listing_a_folder_takes_less_than_four_times_its_headers() {
    type Place = fn(usize) -> [f64; 3];
    let w = Written::Explicit;
    let places: [(&str, Place); 3] = [
        ("one place", |_| [0.0; 3]),
        ("blocks", |n| [0.0, 0.0, 3.0 * n as f64 + 100.0 * (n / 2) as f64]),
        ("stations", |n| [50.0 * (n % 40) as f64, 50.0 * (n / 40) as f64, 0.0]),
    ];
    for (what, place) in places {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = 0;
        for n in 0..3000 {
            let [x, y, z] = place(n);
            let (s, c) = if n % 3 == 0 { (n as f64).sin_cos() } else { (0.0, 1.0) };
            let header = [
                w.text(tags::SERIES_INSTANCE_UID, VR::UI, "1.2.3"),
                w.text(tags::SERIES_NUMBER, VR::IS, "4"),
                w.text(tags::ACQUISITION_NUMBER, VR::IS, &(n % 7).to_string()),
                w.text(tags::IMAGE_POSITION_PATIENT, VR::DS, &format!("{x}\\{y}\\{z}")),
                w.text(
                    tags::IMAGE_ORIENTATION_PATIENT,
                    VR::DS,
                    &format!("{c:.6}\\{s:.6}\\0\\{:.6}\\{c:.6}\\0", -s),
                ),
                w.number(tags::SAMPLES_PER_PIXEL, 1),
                w.text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2"),
                w.number(tags::ROWS, 1),
                w.number(tags::COLUMNS, 1),
                w.text(tags::PIXEL_SPACING, VR::DS, "1\\1"),
                w.number(tags::BITS_ALLOCATED, 16),
                w.number(tags::BITS_STORED, 16),
                w.number(tags::PIXEL_REPRESENTATION, 0),
                w.element(Tag(9, 0x1001), VR::OB, &[1; 2000]),
                w.element(tags::PIXEL_DATA, VR::OW, &[n as u8, 0]),
            ];
            let whole = file(EXPLICIT, &header.concat());
            bytes += whole.len() as u64;
            std::fs::write(folder.path().join(n.to_string()), whole).unwrap();
        }
        let start = std::time::Instant::now();
        let (grown, listed) = grown_by(folder.path());
        println!("{what}: {bytes} bytes, {grown} more at the peak, {:?}", start.elapsed());
        assert!(listed && grown < 4 * bytes + FIXED, "{what} of {bytes} bytes took {grown}");
        assert!(start.elapsed() < std::time::Duration::from_mins(1), "{what}");
    }
}

/// Masks with many references and contours, whose headers are held while they are listed.
#[test]
fn listing_takes_less_than_four_times_the_file() {
    let i = Written::Implicit;
    let uid = i.text(tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, "1.2.826.0.1.3680043.8.498.12345678901");
    let named = [i.item(0xe000, uid.len() as u32), uid].concat();
    let many = |tag, items: Vec<u8>| [i.header(tag, VR::SQ, UNDEFINED), items, i.item(0xe0dd, 0)].concat();
    let image = i.sequence(tags::CONTOUR_IMAGE_SEQUENCE, &named[8..], false);
    let contour = [image, i.text(tags::CONTOUR_DATA, VR::DS, "1\\2\\3\\4\\5\\6")].concat();
    let contour = [i.item(0xe000, contour.len() as u32), contour].concat();
    let roi = [
        i.text(tags::REFERENCED_ROI_NUMBER, VR::IS, "1"),
        many(tags::CONTOUR_SEQUENCE, contour.repeat(40_000)),
    ];
    let roi = roi.concat();
    let class = i.text(Tag(8, 0x16), VR::UI, "1.2.840.10008.5.1.4.1.1.481.3");
    let numbered =
        i.sequence(tags::STRUCTURE_SET_ROI_SEQUENCE, &i.text(tags::ROI_NUMBER, VR::IS, "1"), false);
    let contours = [class, numbered, i.sequence(tags::ROI_CONTOUR_SEQUENCE, &roi, false)].concat();
    let class = i.text(Tag(8, 0x16), VR::UI, "1.2.840.10008.5.1.4.1.1.66.4");
    let series = many(tags::REFERENCED_INSTANCE_SEQUENCE, named.repeat(100_000));
    let references = [class, i.sequence(tags::REFERENCED_SERIES_SEQUENCE, &series, false)].concat();
    for (what, bytes) in [("contours", contours), ("references", references)] {
        let bytes = file(IMPLICIT, &bytes);
        let (grown, listed) = grown_in("dicom::tests::memory::lists_a_folder", &Stored::new(&bytes).path());
        assert!(listed, "{what}");
        println!("{what}: {} bytes, {grown} more at the peak", bytes.len());
        assert!(bytes.len() > 2 << 20 && grown < 4 * bytes.len() as u64 + FIXED, "{what} took {grown}");
    }
}

#[test]
fn a_lie_takes_no_memory() {
    let w = Written::Explicit;
    let lie = |vr| file(EXPLICIT, &[image(w), w.header(Tag(0x11, 0x1001), vr, 0xffff_fffe)].concat());
    let pixels = w.element(tags::PIXEL_DATA, VR::OW, &vec![0; 128 << 20]);
    let size =
        [w.number(tags::ROWS, 32768), w.number(tags::COLUMNS, 2048), w.number(tags::BITS_ALLOCATED, 16)];
    let deflated = file(DEFLATED, &[size.concat(), pixels.clone()].concat());
    let bomb = file(DEFLATED, &[image(w), w.element(Tag(9, 0x1001), VR::OB, &vec![0; 128 << 20])].concat());
    for (what, bytes, opens) in [
        ("a string", lie(VR::UT), false),
        ("bytes", lie(VR::OB), false),
        ("unknown", lie(VR::UN), false),
        ("pixels that are not inflated yet", deflated, true),
        ("a deflated bomb", bomb, false),
    ] {
        let (grown, opened) = grown(&bytes);
        assert_eq!(opened, opens, "{what}");
        assert!(grown < FIXED, "{what} took {grown}");
    }
}
