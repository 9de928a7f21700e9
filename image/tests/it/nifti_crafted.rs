//! Crafted NIfTI headers and files: each is read rightly or refused with its own text.

use std::{fs, time::Duration};

use approx::{abs_diff_eq, assert_abs_diff_eq};
use fastrand::Rng;
use hemastage_image::{
    ErrorKind::{Geometry, Io, Limit, Malformed, Parameter, Unsupported},
    Labels, Limits,
    grid::IndexBox,
    nifti::{NiftiFile, NiftiVersion, Orientation},
};

use crate::nifti_writer::{
    Crafted, Folder, Order, TYPES, Version, assert_error, assert_reads, assert_refused, assert_signal,
    findings, gzip, indices, random_block, read, read_bytes, read_within, signal,
};

const VERSIONS: [Version; 2] = [Version::One, Version::Two];
const ORDERS: [Order; 2] = [Order::Little, Order::Big];

/// 0, 1, 2, ...: the values of [`Crafted::small`].
fn counted(n: usize) -> Vec<f64> {
    (0..n).map(|v| v as f64).collect()
}

#[track_caller]
fn refused(crafted: &Crafted, kind: hemastage_image::ErrorKind, part: &str) {
    assert_refused("crafted.nii", &crafted.file(), kind, part);
    assert_refused("crafted.nii.gz", &gzip(&crafted.file()), kind, part);
}

#[track_caller]
fn small_is_read(crafted: &Crafted) -> NiftiFile {
    assert_reads("crafted.nii.gz", &gzip(&crafted.file()), &counted(24));
    assert_reads("crafted.nii", &crafted.file(), &counted(24))
}

// the number types

#[test]
fn every_type_in_both_orders_and_versions() {
    let mut read = 0;
    for (code, name) in TYPES {
        for (version, order) in VERSIONS.into_iter().flat_map(|v| ORDERS.map(|o| (v, o))) {
            for (slope, intercept) in [(0.0, 0.0), (1.0, 0.0), (0.5, -10.0)] {
                let values = [0.0, 1.0, 2.0, 77.0, 100.0, 127.0, 5.0, 6.0];
                let crafted = Crafted::new(version, order, [2, 2, 2], code)
                    .with(|c| (c.slope, c.intercept) = (slope, intercept))
                    .with_values(values);
                let map = |v: f64| if slope == 0.0 { v } else { v * slope + intercept };
                for bytes in [crafted.file(), gzip(&crafted.file())] {
                    let file = assert_reads("typed.nii", &bytes, &values.map(map));
                    assert_eq!(file.datatype().name(), name);
                    assert_eq!(file.big_endian(), order == Order::Big);
                    assert_eq!(file.version() == NiftiVersion::Two, version == Version::Two);
                    assert_eq!(file.orientation(), Orientation::Sform);
                    assert_eq!(file.grid().affine().matrix()[..3], crafted.srow);
                    assert!(file.findings().is_empty(), "{:?}", file.findings());
                    read += 1;
                }
            }
        }
    }
    assert_eq!(read, 10 * 4 * 3 * 2);
}

#[test]
fn extreme_values_of_every_type() {
    for (code, least, most) in [
        (2, 0.0, 255.0),
        (256, -128.0, 127.0),
        (4, -32768.0, 32767.0),
        (512, 0.0, 65535.0),
        (8, f64::from(i32::MIN), f64::from(i32::MAX)),
        (768, 0.0, f64::from(u32::MAX)),
        (1024, i64::MIN as f64, i64::MAX as f64),
        (1280, 0.0, u64::MAX as f64),
        (16, f64::from(f32::MIN), f64::from(f32::MAX)),
        (64, f64::MIN, f64::MAX),
    ] {
        for order in ORDERS {
            let crafted = Crafted::new(Version::One, order, [2, 1, 1], code).with_values([least, most]);
            assert_reads("extreme.nii", &crafted.file(), &[least, most]);
        }
    }
}

#[test]
fn nan_and_infinite_voxels_are_kept() {
    let values = [f64::NAN, 1.0, f64::NEG_INFINITY, f64::INFINITY];
    for (code, order) in [(16, Order::Little), (16, Order::Big), (64, Order::Little), (64, Order::Big)] {
        let crafted = Crafted::new(Version::One, order, [4, 1, 1], code).with_values(values);
        let (_, volume) = read_bytes("nan.nii", &crafted.file()).unwrap();
        let found = signal(&volume);
        assert!(found[0].is_nan());
        assert_eq!(found[1..], values[1..]);
    }
}

#[test]
fn color_is_refused() {
    for (code, bits, name) in [(128, 24, "RGB color"), (2304, 32, "RGBA color")] {
        let crafted = Crafted::small().with(|c| (c.datatype, c.bitpix) = (code, bits));
        refused(&crafted, Unsupported, name);
    }
}

#[test]
fn complex_is_refused() {
    for (code, bits) in [(32, 64), (1792, 128), (2048, 256)] {
        let crafted = Crafted::small().with(|c| (c.datatype, c.bitpix) = (code, bits));
        refused(&crafted, Unsupported, "complex voxels: expected real numbers");
    }
}

#[test]
fn rare_and_unknown_types_are_refused() {
    for (code, bits) in [(1, 1), (1536, 128)] {
        let crafted = Crafted::small().with(|c| (c.datatype, c.bitpix) = (code, bits));
        refused(&crafted, Unsupported, "is not supported: save the image as an integer or float type");
    }
    for code in [0, 3, 255, -4, i16::MIN, i16::MAX] {
        let crafted = Crafted::small().with(|c| c.datatype = code);
        refused(&crafted, Malformed, &format!("datatype {code} is not in the NIfTI standard"));
    }
}

#[test]
fn bitpix_must_match_the_type() {
    for bitpix in [0, 7, 8, 24, 32, -16] {
        let crafted = Crafted::small().with(|c| c.bitpix = bitpix);
        refused(&crafted, Malformed, &format!("bitpix is {bitpix} but datatype int16 has 16 bits"));
    }
}

// where the voxels start

#[test]
fn vox_offset_is_honored_in_single_files() {
    for offset in [352, 353, 368, 1024, 70_000] {
        small_is_read(&Crafted::small().with(|c| c.vox_offset = f64::from(offset)));
    }
    for offset in [544, 560, 1024] {
        for order in ORDERS {
            let two =
                Crafted::new(Version::Two, order, [4, 3, 2], 4).with(|c| c.vox_offset = f64::from(offset));
            small_is_read(&two);
        }
    }
}

#[test]
fn vox_offset_that_is_no_place_is_refused() {
    for offset in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e30, -5.0, 352.5, 0.0, 348.0, 351.0] {
        let crafted = Crafted::small().with(|c| c.vox_offset = offset);
        let part = format!(
            "vox_offset is {}: expected a whole number of bytes, 352 or more",
            f64::from(offset as f32)
        );
        refused(&crafted, Malformed, &part);
    }
    for offset in [0.0, -1.0, 352.0, 543.0, 1e18] {
        let two = Crafted::new(Version::Two, Order::Little, [4, 3, 2], 4).with(|c| c.vox_offset = offset);
        refused(&two, Malformed, "expected a whole number of bytes, 544 or more");
    }
}

#[test]
fn vox_offset_past_the_end_is_refused() {
    for offset in [400.0, 1e6, 4e15] {
        let crafted = Crafted::small().with(|c| c.vox_offset = offset);
        let mut bytes = crafted.header();
        bytes.extend([0; 4 + 48]);
        assert_refused("late.nii", &bytes, Malformed, "the file ends before its last voxel");
        assert_refused("late.nii.gz", &gzip(&bytes), Malformed, "the file ends before its last voxel");
    }
}

#[test]
fn vox_offset_is_honored_in_pairs() {
    for (version, offset) in
        [(Version::One, 0), (Version::One, 16), (Version::One, 352), (Version::Two, 0), (Version::Two, 99)]
    {
        for order in ORDERS {
            let crafted = Crafted::new(version, order, [4, 3, 2], 4)
                .into_pair()
                .with(|c| c.vox_offset = f64::from(offset));
            let folder = Folder::new();
            let header = folder.put("pair.hdr", &crafted.header());
            let mut voxels = vec![0xee; offset as usize];
            voxels.extend(&crafted.voxels);
            folder.put("pair.img", &voxels);
            assert_signal(&read(&header).unwrap().1, &counted(24));
        }
    }
}

#[test]
fn vox_offset_of_a_pair_that_is_no_place_is_refused() {
    for offset in [f64::NAN, f64::INFINITY, 1e30, -5.0, 0.5] {
        let crafted = Crafted::small().into_pair().with(|c| c.vox_offset = offset);
        let folder = Folder::new();
        let header = folder.put("pair.hdr", &crafted.header());
        folder.put("pair.img", &crafted.voxels);
        let error = read(&header).unwrap_err();
        assert_error(&error, Malformed, "expected a whole number of bytes, 0 or more", "pair.hdr");
    }
}

// extensions

#[test]
fn extensions_before_the_voxels_are_passed_over() {
    for version in VERSIONS {
        for order in ORDERS {
            let new = || Crafted::new(version, order, [4, 3, 2], 4);
            let first = new().vox_offset;
            small_is_read(&new().with_extension(16).with(|c| c.vox_offset = first + 16.0));
            small_is_read(&new().with_extension(32).with_extension(48).with(|c| c.vox_offset = first + 80.0));
            small_is_read(&new().with(|c| c.extension_flag = [1, 0, 0, 0]));
            small_is_read(&new().with(|c| (c.extension_flag, c.vox_offset) = ([0, 1, 2, 3], first + 64.0)));
        }
    }
}

#[test]
fn an_extension_past_the_voxels_is_refused() {
    for order in ORDERS {
        for (esize, offset) in [(32, 368.0), (64, 400.0), (i32::MAX, 384.0)] {
            let crafted = Crafted::new(Version::One, order, [4, 3, 2], 4)
                .with_extension(esize)
                .with(|c| c.vox_offset = offset)
                .with(|c| c.extensions.truncate(offset as usize - 352));
            let part = format!(
                "a header extension of {esize} bytes at byte 352 does not end before the voxels at byte {offset}"
            );
            refused(&crafted, Malformed, &part);
        }
    }
}

#[test]
fn an_extension_without_a_size_is_refused() {
    for esize in [0, 1, 7, -1, -16, i32::MIN] {
        let crafted = Crafted::small().with_extension(esize).with(|c| c.vox_offset = 400.0);
        refused(&crafted, Malformed, &format!("a header extension of {esize} bytes at byte 352"));
    }
}

#[test]
fn the_second_of_two_extensions_is_checked_too() {
    let crafted = Crafted::small().with_extension(16).with_extension(-3).with(|c| c.vox_offset = 400.0);
    refused(&crafted, Malformed, "a header extension of -3 bytes at byte 368");
}

#[test]
fn extensions_of_a_pair_end_with_its_header() {
    let crafted = Crafted::small().into_pair().with_extension(32);
    let folder = Folder::new();
    folder.put("pair.img", &crafted.voxels);
    let header = folder.put("pair.hdr", &crafted.file());
    // the writer of single files adds the voxels; a pair's header ends with its extensions
    let bytes = fs::read(&header).unwrap();
    let header = folder.put("pair.hdr", &bytes[..352 + 32]);
    assert_signal(&read(&header).unwrap().1, &counted(24));
    for (name, bytes) in [("pair.hdr", bytes[..352 + 20].to_vec()), ("pair.hdr.gz", gzip(&bytes[..352 + 20]))]
    {
        let folder = Folder::new();
        folder.put("pair.img", &crafted.voxels);
        let error = read(&folder.put(name, &bytes)).unwrap_err();
        assert_error(&error, Malformed, "a header extension of 32 bytes at byte 352", name);
    }
}

// scaling

#[test]
fn a_slope_that_is_no_number_means_unscaled() {
    for slope in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for intercept in [0.0, 5.0, f64::NAN] {
            let file = small_is_read(&Crafted::small().with(|c| (c.slope, c.intercept) = (slope, intercept)));
            assert_eq!(findings(&file), ["scl_slope"]);
        }
    }
}

#[test]
fn a_slope_of_zero_means_unscaled_whatever_the_intercept() {
    for intercept in [0.0, 5.0, f64::NAN, f64::INFINITY] {
        let file = small_is_read(&Crafted::small().with(|c| (c.slope, c.intercept) = (-0.0, intercept)));
        assert!(file.findings().is_empty());
    }
}

#[test]
fn an_intercept_that_is_no_number_is_refused() {
    for (intercept, text) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
        let crafted = Crafted::small().with(|c| (c.slope, c.intercept) = (1.0, intercept));
        refused(&crafted, Malformed, &format!("scl_slope is 1 but scl_inter is {text}"));
    }
}

#[test]
fn scaling_of_integers_is_done_in_f64() {
    let crafted = Crafted::new(Version::One, Order::Little, [2, 1, 1], 2)
        .with(|c| (c.slope, c.intercept) = (-2.5, 1000.0))
        .with_values([0.0, 255.0]);
    assert_reads("scaled.nii", &crafted.file(), &[1000.0, 1000.0 - 2.5 * 255.0]);
}

// sizes

#[test]
fn trailing_axes_of_one_are_dropped() {
    for (rank, tail) in [(4, [1, 0, 0, 0]), (5, [1, 1, 0, 0]), (7, [1, 1, 1, 1])] {
        let crafted = Crafted::small().with(|c| {
            c.dim[0] = rank;
            c.dim[4..].copy_from_slice(&tail);
        });
        let file = small_is_read(&crafted);
        assert_eq!((file.grid().shape(), file.volumes()), ([4, 3, 2], 1));
        assert_eq!(file.choose_volume(None).unwrap(), 0);
    }
}

#[test]
fn lines_and_planes_are_volumes_one_voxel_thick() {
    for (rank, shape) in [(1, [24, 1, 1]), (2, [4, 6, 1])] {
        let crafted = Crafted::small().with(|c| c.dim = [rank, shape[0], shape[1], 0, -7, 32767, 99, 0]);
        let crafted = if rank == 1 { crafted.with(|c| c.dim[2] = -3) } else { crafted };
        let file = small_is_read(&crafted);
        assert_eq!(file.grid().shape().map(|n| n as i64), shape);
    }
}

#[test]
fn volumes_past_the_first_are_read() {
    for order in ORDERS {
        let crafted = Crafted::new(Version::One, order, [2, 3, 2], 4)
            .with(|c| c.dim = [5, 2, 3, 2, 2, 3, 1, 1])
            .with_values(counted(72));
        for (name, bytes) in [("many.nii", crafted.file()), ("many.nii.gz", gzip(&crafted.file()))] {
            let folder = Folder::new();
            let (file, _) = read(&folder.put(name, &bytes)).unwrap();
            assert_eq!(file.volumes(), 6);
            let part = "the file holds 6 volumes: choose one, 0 to 5";
            assert_error(&file.choose_volume(None).unwrap_err(), Parameter, part, name);
            let part = "volume 6 was chosen but the file holds 6: choose 0 to 5";
            assert_error(&file.choose_volume(Some(6)).unwrap_err(), Parameter, part, name);
            for volume in 0..6 {
                let whole = file.read_block(volume, IndexBox::whole([2, 3, 2])).unwrap();
                assert_signal(&whole, &counted(72)[12 * volume..12 * (volume + 1)]);
            }
            let error = file.read_block(6, IndexBox::whole([2, 3, 2])).unwrap_err();
            assert_error(&error, Parameter, "the requested block lies outside the image", name);
        }
    }
}

#[test]
fn blocks_are_checked_and_may_be_empty() {
    let folder = Folder::new();
    for (name, bytes) in [("b.nii", Crafted::small().file()), ("b.nii.gz", gzip(&Crafted::small().file()))] {
        let (file, _) = read(&folder.put(name, &bytes)).unwrap();
        let outside = [[5, 3, 2], [4, 4, 2], [4, 3, 3], [usize::MAX; 3]].map(|end| ([0; 3], end));
        let reversed = [([3, 2, 1], [1, 1, 1]), ([usize::MAX; 3], [4, 3, 2])];
        for (start, end) in outside.into_iter().chain(reversed) {
            let error = file.read_block(0, IndexBox { start, end }).unwrap_err();
            assert_error(&error, Parameter, "the requested block lies outside the image", name);
        }
        for (start, end) in [([0; 3], [0; 3]), ([4, 0, 0], [4, 3, 2])] {
            let block = IndexBox { start, end };
            assert_eq!(file.read_block(0, block).unwrap().voxels().shape(), block.shape());
        }
    }
}

#[test]
fn every_box_equals_its_part_of_the_whole() {
    let mut random = Rng::with_seed(11);
    let crafted = Crafted::new(Version::One, Order::Big, [9, 7, 5], 4);
    let folder = Folder::new();
    for (name, bytes) in [("box.nii", crafted.file()), ("box.nii.gz", gzip(&crafted.file()))] {
        let (file, whole) = read(&folder.put(name, &bytes)).unwrap();
        for _ in 0..300 {
            let block = random_block(&mut random, [9, 7, 5]);
            let inside: Vec<f64> =
                crate::nifti_writer::indices(&block).map(|index| whole.signal(index).unwrap()).collect();
            assert_signal(&file.read_block(0, block).unwrap(), &inside);
        }
    }
}

#[test]
fn rows_longer_than_a_chunk_are_read() {
    let crafted = Crafted::new(Version::Two, Order::Little, [32_767, 2, 1], 64);
    let values: Vec<f64> = (0..65_534).map(|n| f64::from(n % 100)).collect();
    assert_reads("long.nii", &crafted.file(), &values);
    assert_reads("long.nii.gz", &gzip(&crafted.file()), &values);
}

#[test]
fn a_dimension_below_one_is_refused() {
    for (axis, found) in [(1, -1), (2, 0), (3, -32768)] {
        for order in ORDERS {
            let crafted = Crafted::new(Version::One, order, [4, 3, 2], 4).with(|c| c.dim[axis] = found);
            refused(&crafted, Malformed, &format!("dim[{axis}] is {found}: expected 1 to 32767 voxels"));
        }
    }
    let two = Crafted::new(Version::Two, Order::Big, [4, 3, 2], 4).with(|c| c.dim[2] = i64::MIN);
    refused(&two, Malformed, "dim[2] is -9223372036854775808");
}

#[test]
fn a_rank_out_of_range_is_refused() {
    for version in VERSIONS {
        for order in ORDERS {
            for rank in [0, 8, -1, 768, 32767, -32768] {
                let crafted = Crafted::new(version, order, [4, 3, 2], 4).with(|c| c.dim[0] = rank);
                let part = format!("the header says {rank} dimensions (dim[0]): expected 1 to 7");
                refused(&crafted, Malformed, &part);
            }
        }
    }
}

#[test]
fn too_many_voxels_are_refused() {
    let all = Crafted::small().with(|c| c.dim = [7, 32767, 32767, 32767, 32767, 32767, 32767, 32767]);
    let part = "the header claims 32767 x 32767 x 32767 x 32767 x 32767 x 32767 x 32767 voxels: the limit is 2147483648";
    refused(&all, Limit, part);
    let two = Crafted::new(Version::Two, Order::Little, [4, 3, 2], 4)
        .with(|c| c.dim = [7, i64::MAX, i64::MAX, 9, 9, 9, 9, 9]);
    refused(&two, Malformed, "dim[1] is 9223372036854775807: expected 1 to 32767 voxels");
}

#[test]
fn sizes_past_the_machine_are_refused_without_a_limit() {
    for dim in [
        [7, 32767, 32767, 32767, 32767, 32767, 32767, 32767],
        [3, i64::MAX, 2, 1, 1, 1, 1, 1],
        [3, i64::MAX, 1, 1, 1, 1, 1, 1],
        [4, 1, 1, 1, i64::MAX, 1, 1, 1],
        [5, 1, 1, 1, i64::MAX, 4, 1, 1],
    ] {
        let crafted = Crafted::new(Version::Two, Order::Little, [4, 3, 2], 64).with(|c| c.dim = dim);
        let folder = Folder::new();
        for (name, bytes) in [("huge.nii", crafted.file()), ("huge.nii.gz", gzip(&crafted.file()))] {
            let error = read_within(&folder.put(name, &bytes), Limits::default().with_max_voxels(u64::MAX))
                .unwrap_err();
            assert!(matches!(error.kind(), Limit | Malformed), "{error}");
        }
    }
}

#[test]
fn the_limit_counts_all_volumes() {
    let crafted = Crafted::small().with(|c| (c.dim[0], c.dim[4]) = (4, 3)).with_values(counted(72));
    let folder = Folder::new();
    let path = folder.put("limited.nii", &crafted.file());
    assert!(read_within(&path, Limits::default().with_max_voxels(72)).is_ok());
    let error = read_within(&path, Limits::default().with_max_voxels(71)).unwrap_err();
    assert_error(&error, Limit, "the header claims 4 x 3 x 2 x 3 voxels: the limit is 71", "limited.nii");
}

#[test]
fn a_body_cut_short_is_refused() {
    let bytes = Crafted::small().file();
    for left in [352, 353, 376, bytes.len() - 1] {
        let part = format!(
            "the file ends before its last voxel: its header claims {} bytes, but it can hold at most {left}",
            bytes.len()
        );
        assert_refused("cut.nii", &bytes[..left], Malformed, &part);
        let part = "the file ends before its last voxel: it was cut short";
        assert_refused("cut.nii.gz", &gzip(&bytes[..left]), Malformed, part);
    }
}

#[test]
fn extra_bytes_after_the_voxels_are_ignored() {
    let mut bytes = Crafted::small().file();
    bytes.extend([0xff; 999]);
    assert_reads("extra.nii", &bytes, &counted(24));
    assert_reads("extra.nii.gz", &gzip(&bytes), &counted(24));
}

// what is not NIfTI

#[test]
fn a_header_size_that_is_none_is_refused() {
    for size in [0, 347, 349, 541, -1, i32::MAX] {
        let crafted = Crafted::small().with(|c| c.sizeof_hdr = size);
        refused(&crafted, Malformed, "not a NIfTI file: expected a header of 348 or 540 bytes");
    }
}

#[test]
fn a_header_without_the_magic_is_analyze() {
    for magic in [&b"\0\0\0\0"[..], b"n+2\0", b"n+1x", b"N+1\0"] {
        let crafted = Crafted::small().with(|c| c.magic = magic.to_vec());
        refused(&crafted, Unsupported, "an ANALYZE 7.5 header without the NIfTI magic");
    }
    let two = Crafted::new(Version::Two, Order::Little, [4, 3, 2], 4).with(|c| c.magic[4] = b'\n');
    refused(&two, Malformed, "not a NIfTI file");
}

#[test]
fn other_and_tiny_files_are_refused() {
    let header = Crafted::small().header();
    for bytes in
        [&[][..], &[0; 10], &header[..3], &header[..10], &header[..347], &[0x1f, 0x8b][..0], b"hello, world"]
    {
        assert_refused("tiny.nii", bytes, Malformed, "not a NIfTI file");
        assert_refused("tiny.nii.gz", &gzip(bytes), Malformed, "not a NIfTI file");
    }
    assert_refused("header.nii", &header, Malformed, "the file ends before its last voxel");
    let two = Crafted::new(Version::Two, Order::Little, [4, 3, 2], 4).header();
    assert_refused("tiny2.nii", &two[..539], Malformed, "not a NIfTI file");
}

#[test]
fn dicom_is_named() {
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM\x02\0\0\0");
    assert_refused("image.dcm", &bytes, Unsupported, "a DICOM file, not NIfTI");
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = Folder::new();
    let error = read(&folder.path().join("missing.nii")).unwrap_err();
    assert_error(&error, Io, "the file could not be opened", "missing.nii");
    fs::create_dir(folder.path().join("folder.nii")).unwrap();
    let error = read(&folder.path().join("folder.nii")).unwrap_err();
    assert_error(&error, Io, "not a regular file", "(a folder)");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_without_waiting_for_a_writer() {
    let folder = Folder::new();
    let path = folder.path().join("pipe.nii");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: no mkfifo");
        return;
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(read(&path).unwrap_err()));
    let error = receiver.recv_timeout(Duration::from_secs(20)).expect("opening a pipe waits for a writer");
    assert_error(&error, Io, "not a regular file", "pipe.nii");
}

// pairs

#[test]
fn pairs_are_read_from_either_file_whatever_is_compressed() {
    for version in VERSIONS {
        let crafted = Crafted::new(version, Order::Little, [4, 3, 2], 4).into_pair();
        for (header_end, header) in [("hdr", crafted.header()), ("hdr.gz", gzip(&crafted.header()))] {
            for (voxels_end, voxels) in [("img", crafted.voxels.clone()), ("img.gz", gzip(&crafted.voxels))] {
                let folder = Folder::new();
                let paths = [
                    folder.put(&format!("pair.{header_end}"), &header),
                    folder.put(&format!("pair.{voxels_end}"), &voxels),
                ];
                for path in paths {
                    let (file, volume) = read(&path).unwrap();
                    assert_signal(&volume, &counted(24));
                    assert_eq!(file.name(), path.file_name().unwrap().to_str().unwrap());
                    assert_eq!(file.stored_bytes(), voxels.len() as u64);
                }
            }
        }
    }
}

#[test]
fn the_voxels_of_a_pair_are_those_asked_for() {
    let crafted = Crafted::small().into_pair();
    let folder = Folder::new();
    folder.put("pair.hdr", &crafted.header());
    folder.put("pair.img", &crafted.voxels);
    let zipped = folder.put("pair.img.gz", &gzip(&crafted.clone().with_values(vec![9.0; 24]).voxels));
    assert_signal(&read(&zipped).unwrap().1, &[9.0; 24]);
}

#[test]
fn names_of_pairs_may_be_upper_case() {
    let crafted = Crafted::small().into_pair();
    for (header, voxels) in [("A.B.HDR", "A.B.IMG"), ("PAIR.HDR", "PAIR.img"), ("pair.hdr.GZ", "pair.img.GZ")]
    {
        let folder = Folder::new();
        let (in_header, in_voxels) = if header.ends_with("GZ") {
            (gzip(&crafted.header()), gzip(&crafted.voxels))
        } else {
            (crafted.header(), crafted.voxels.clone())
        };
        let paths = [folder.put(header, &in_header), folder.put(voxels, &in_voxels)];
        for path in paths {
            assert_signal(&read(&path).unwrap().1, &counted(24));
        }
    }
}

#[test]
fn half_a_pair_is_refused() {
    let crafted = Crafted::small().into_pair();
    let folder = Folder::new();
    let part = "one file of a .hdr/.img pair without the other: keep both in one folder";
    for name in ["alone.hdr", "alone.nii", "alone", "alone.hdr.gz"] {
        assert_error(&read(&folder.put(name, &crafted.header())).unwrap_err(), Malformed, part, name);
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    let voxels = folder.put("alone.img", &crafted.voxels);
    assert_error(&read(&voxels).unwrap_err(), Malformed, part, "alone.img");
}

#[test]
fn the_voxels_of_a_pair_cut_short_are_refused() {
    let crafted = Crafted::small().into_pair();
    let folder = Folder::new();
    let header = folder.put("pair.hdr", &crafted.header());
    folder.put("pair.img", &crafted.voxels[1..]);
    let part = "its header claims 48 bytes, but it can hold at most 47";
    assert_error(&read(&header).unwrap_err(), Malformed, part, "pair.hdr");
    folder.put("pair.img", &[]);
    assert_error(&read(&header).unwrap_err(), Malformed, "it can hold at most 0", "pair.hdr");
}

// orientation

#[test]
fn qform_is_used_without_sform() {
    for order in ORDERS {
        let crafted = Crafted::new(Version::One, order, [4, 3, 2], 4).with_qform();
        let file = small_is_read(&crafted);
        assert_eq!(file.orientation(), Orientation::Qform);
        assert_eq!(*file.grid().affine().matrix(), diagonal([0.5, 0.75, 3.0], [1.0, 2.0, 3.0]));
    }
}

fn diagonal(size: [f64; 3], offset: [f64; 3]) -> [[f64; 4]; 4] {
    let mut matrix = [[0.0; 4]; 4];
    for a in 0..3 {
        (matrix[a][a], matrix[a][3]) = (size[a], offset[a]);
    }
    matrix[3][3] = 1.0;
    matrix
}

#[test]
fn a_qfac_other_than_minus_one_counts_as_one() {
    for (qfac, sign) in [(1.0, 1.0), (0.0, 1.0), (2.0, 1.0), (-2.0, 1.0), (f64::NAN, 1.0), (-1.0, -1.0)] {
        let file = small_is_read(&Crafted::small().with_qform().with(|c| c.pixdim[0] = qfac));
        assert_eq!(*file.grid().affine().matrix(), diagonal([0.5, 0.75, 3.0 * sign], [1.0, 2.0, 3.0]));
    }
}

#[track_caller]
fn assert_near(found: &[[f64; 4]; 4], expected: &[[f64; 4]; 4]) {
    for (found, expected) in found.iter().zip(expected) {
        assert_abs_diff_eq!(found[..], expected[..], epsilon = 1e-9);
    }
}

#[test]
fn a_quaternion_turns_the_axes() {
    // a quarter turn about z: i goes along +y, j along -x
    let half = 0.5_f64.sqrt();
    let two = Crafted::new(Version::Two, Order::Little, [4, 3, 2], 4)
        .with_qform()
        .with(|c| c.quatern = [0.0, 0.0, half]);
    let file = small_is_read(&two);
    let expected = [[0.0, -0.75, 0.0, 1.0], [0.5, 0.0, 0.0, 2.0], [0.0, 0.0, 3.0, 3.0], [0.0, 0.0, 0.0, 1.0]];
    assert_near(file.grid().affine().matrix(), &expected);
}

#[test]
fn a_half_turn_rounded_to_f32_is_a_half_turn() {
    // b, c of a half turn about an oblique axis, rounded: the missing a is 0, not the square root of the rounding
    for angle in [0.1_f64, 0.37, 0.5, 0.77, 1.0, 1.2] {
        let (b, c) = (angle.cos(), angle.sin());
        let file = small_is_read(&Crafted::small().with_qform().with(|x| x.quatern = [b, c, 0.0]));
        let m = file.grid().affine().matrix();
        for (r, size) in [(0, 0.5), (1, 0.75)] {
            let is_half_turn = abs_diff_eq!(m[2][r], 0.0, epsilon = 1e-6 * size)
                && abs_diff_eq!(m[r][2], 0.0, epsilon = 1e-6);
            assert!(is_half_turn, "angle {angle}: {m:?}");
        }
    }
}

#[test]
fn a_quaternion_a_little_too_long_is_shortened() {
    let long = 1.000_000_5_f64.sqrt();
    let file = small_is_read(&Crafted::small().with_qform().with(|c| c.quatern = [0.0, long, 0.0]));
    assert_near(file.grid().affine().matrix(), &diagonal([-0.5, 0.75, -3.0], [1.0, 2.0, 3.0]));
}

#[test]
fn a_quaternion_much_too_long_is_refused() {
    for (quatern, norm) in [
        ([1.2, 0.0, 0.0], "1.44"),
        ([0.0, 1.2_f64.sqrt(), 0.0], "1.2"),
        ([0.0, 0.0, 1e10], "1000000"),
        ([f64::NAN, 0.0, 0.0], "NaN"),
        ([f64::INFINITY, 0.0, 0.0], "inf"),
    ] {
        let crafted = Crafted::small().with_qform().with(|c| c.quatern = quatern);
        refused(&crafted, Geometry, &format!("the qform quaternion has b^2 + c^2 + d^2 = {norm}"));
    }
}

#[test]
fn a_negative_voxel_size_with_qform_is_read_with_a_finding() {
    let file = small_is_read(&Crafted::small().with_qform().with(|c| c.pixdim[2] = -0.75));
    assert_eq!(findings(&file), ["negative_pixdim"]);
    assert_eq!(*file.grid().affine().matrix(), diagonal([0.5, 0.75, 3.0], [1.0, 2.0, 3.0]));
}

#[test]
fn a_voxel_size_of_zero_or_nan_needs_an_sform() {
    for (size, text) in
        [(0.0, "0.5 x 0 x 3 mm"), (f64::NAN, "0.5 x NaN x 3 mm"), (f64::INFINITY, "0.5 x inf x 3 mm")]
    {
        let crafted = Crafted::small().with(|c| c.pixdim[2] = size);
        small_is_read(&crafted);
        let part = format!("the voxel sizes are {text}: expected positive finite numbers");
        refused(&crafted.clone().with_qform(), Geometry, &part);
        refused(&crafted.with(|c| c.sform_code = 0), Geometry, &part);
    }
}

#[test]
fn a_qform_offset_that_is_no_number_is_refused() {
    let crafted = Crafted::small().with_qform().with(|c| c.qoffset[1] = f64::NAN);
    refused(&crafted, Geometry, "the affine is not a finite 4x4 matrix");
}

#[test]
fn without_a_form_only_the_voxel_sizes_are_known() {
    for codes in [(0, 0), (-1, -3)] {
        let crafted = Crafted::small().with(|c| (c.sform_code, c.qform_code) = codes);
        let file = small_is_read(&crafted);
        assert_eq!(file.orientation(), Orientation::None);
        assert_eq!(*file.grid().affine().matrix(), diagonal([-0.5, 0.75, 3.0], [0.75, -0.75, -1.5]));
    }
}

#[test]
fn a_singular_sform_is_refused() {
    for rows in [[[0.0; 4]; 3], [[1.0, 2.0, 0.0, 0.0], [1.0, 2.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]] {
        refused(&Crafted::small().with(|c| c.srow = rows), Geometry, "the affine cannot be inverted");
        // a valid qform does not make up for it
        refused(
            &Crafted::small().with(|c| (c.srow, c.qform_code) = (rows, 1)),
            Geometry,
            "the affine cannot be inverted",
        );
    }
}

#[test]
fn an_sform_that_is_no_number_is_refused() {
    for value in [f64::NAN, f64::INFINITY] {
        refused(
            &Crafted::small().with(|c| c.srow[1][2] = value),
            Geometry,
            "the affine is not a finite 4x4 matrix",
        );
    }
}

#[test]
fn forms_that_disagree_are_a_finding() {
    let agreeing = Crafted::small().with(|c| {
        (c.qform_code, c.quatern) = (1, [0.0; 3]);
        c.srow = [[0.5, 0.0, 0.0, 1.0], [0.0, 0.75, 0.0, 2.0], [0.0, 0.0, 3.0, 3.0]];
        c.qoffset = [1.0, 2.0, 3.0];
    });
    assert!(small_is_read(&agreeing).findings().is_empty());
    // half a voxel of the smallest axis is 0.25 mm
    for (shift, expected) in [(0.2, &[][..]), (0.3, &["sform_qform_differ"][..])] {
        let file = small_is_read(&agreeing.clone().with(|c| c.qoffset[2] += shift));
        assert_eq!(findings(&file), expected, "shift {shift}");
        assert_eq!(file.orientation(), Orientation::Sform);
        assert_eq!(file.grid().affine().matrix()[..3], agreeing.srow);
    }
    let file = small_is_read(&agreeing.with(|c| c.quatern = [1.2, 0.0, 0.0]));
    assert_eq!(findings(&file), ["qform_invalid"]);
}

#[test]
fn units_other_than_millimeters_are_a_finding() {
    for (units, expected) in [(0, 0), (2, 0), (10, 0), (1, 1), (3, 1)] {
        let file = small_is_read(&Crafted::small().with(|c| c.units = units));
        assert_eq!(findings(&file), vec!["space_unit"; expected], "units {units}");
    }
}

#[test]
fn a_file_larger_than_what_is_read_at_once_is_read_box_by_box() {
    let mut random = Rng::with_seed(11);
    let folder = Folder::new();
    // rows that are jumped over and rows that are not; offsets at which a piece ends within a voxel
    for (shape, offset) in [([5000, 5, 9], 352.0), ([5000, 5, 9], 357.0), ([100, 90, 40], 353.0)] {
        for (datatype, order) in [(2, Order::Little), (4, Order::Big), (64, Order::Little)] {
            let mut value = 0.0;
            let mut next = |_| {
                if random.usize(..9) == 0 {
                    value = [0.0, 0.0, 1.0, 2.0, 100.0][random.usize(..5)];
                }
                value
            };
            let values: Vec<f64> = (0..shape.iter().product()).map(&mut next).collect();
            let crafted =
                Crafted::new(Version::One, order, shape, datatype).with_values(values.iter().copied());
            let bytes = crafted.with(|c| c.vox_offset = offset).file();
            for bytes in [gzip(&bytes), bytes] {
                let (file, volume) = read(&folder.put("large.nii", &bytes)).unwrap();
                assert!(signal(&volume) == values, "{shape:?} {offset} {datatype}");
                let at = |[i, j, k]: [usize; 3]| values[(k * shape[1] + j) * shape[0] + i];
                for _ in 0..12 {
                    let block = random_block(&mut random, shape);
                    let part = file.read_block(0, block).unwrap();
                    assert!(signal(&part).into_iter().eq(indices(&block).map(at)), "{block:?}");
                }
                for labels in [Labels::NonZero, Labels::Only(vec![2, 100]), Labels::Only(vec![0, 1])] {
                    let inside = |index: &[usize; 3]| labels.contains(at(*index) as i64);
                    let roi = file.read_roi(0, &labels).unwrap();
                    assert!(roi.voxels().eq(indices(volume.block()).filter(inside)), "{labels:?}");
                }
            }
        }
    }
}
