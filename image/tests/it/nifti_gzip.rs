//! Gzip files, whole and damaged: a checksum that is reached counts, and a size that the file cannot hold is not
//! believed.

use std::io::Write as _;

use approx::assert_abs_diff_eq;
use flate2::{Compression, GzBuilder};
use hemastage_image::{
    ErrorKind::{Io, Limit, Malformed},
    Labels, Limits,
    grid::IndexBox,
    nifti::NiftiFile,
};

use crate::nifti_writer::{
    Crafted, Folder, Order, Version, assert_error, assert_reads, assert_refused, assert_signal, gzip,
    gzip_stored, read, signal,
};

fn counted() -> Vec<f64> {
    (0..24).map(f64::from).collect()
}

#[test]
fn gzip_is_known_by_its_content_not_its_name() {
    let (plain, zipped) = (Crafted::small().file(), gzip(&Crafted::small().file()));
    for name in ["a.nii", "A.NII", "a.nii.gz", "A.NII.GZ", "a.Nii.Gz", "a", "a.dat"] {
        assert_reads(name, &plain, &counted());
        assert_reads(name, &zipped, &counted());
    }
}

#[test]
fn a_wrong_checksum_is_refused() {
    for bytes in [gzip(&Crafted::small().file()), gzip_stored(&Crafted::small().file())] {
        for from_end in 5..=8 {
            let mut bytes = bytes.clone();
            let at = bytes.len() - from_end;
            bytes[at] ^= 1;
            assert_refused("crc.nii.gz", &bytes, Malformed, "the gzip stream is damaged");
        }
    }
}

#[test]
fn a_wrong_length_is_refused() {
    for from_end in 1..=4 {
        let mut bytes = gzip(&Crafted::small().file());
        let at = bytes.len() - from_end;
        bytes[at] ^= 1;
        assert_refused("isize.nii.gz", &bytes, Malformed, "the gzip stream is damaged");
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for bytes in [gzip(&Crafted::small().file()), gzip_stored(&Crafted::small().file())] {
        for length in 2..bytes.len() {
            let error = crate::nifti_writer::read_bytes("cut.nii.gz", &bytes[..length]).unwrap_err();
            assert_eq!(error.kind(), Malformed, "{length} bytes: {error}");
            if length >= bytes.len() - 8 {
                let part = "the file ends before its last voxel: it was cut short";
                assert_error(&error, Malformed, part, "cut.nii.gz");
            }
        }
    }
}

#[test]
fn a_bit_flipped_in_a_stored_block_is_refused() {
    let bytes = gzip_stored(&Crafted::small().file());
    let voxels = bytes.len() - 8 - 48;
    for at in voxels..voxels + 48 {
        let mut bytes = bytes.clone();
        bytes[at] ^= 4;
        assert_refused("flip.nii.gz", &bytes, Malformed, "the gzip stream is damaged");
    }
}

/// A stored image of 64 slices of 4096 voxels, each with the number of its slice.
fn slices() -> Vec<u8> {
    let crafted = Crafted::new(Version::One, Order::Little, [64, 64, 64], 2);
    crafted.with_values((0..64 * 4096).map(|n| f64::from(n / 4096))).file()
}

fn slice(k: usize) -> IndexBox {
    IndexBox { start: [0, 0, k], end: [64, 64, k + 1] }
}

#[test]
fn a_file_is_inflated_up_to_the_last_slice_that_is_needed() {
    let folder = Folder::new();
    let mut bytes = gzip_stored(&slices());
    let last_voxel = bytes.len() - 9;
    bytes[last_voxel] ^= 1;
    let file = NiftiFile::open(folder.put("flip.nii.gz", &bytes), Limits::default()).unwrap();
    for k in [0, 1, 30, 62] {
        let values = signal(&file.read_block(0, slice(k)).unwrap());
        assert!(values.iter().all(|&v| v == k as f64), "the slices before the damage are as they were");
    }
    let nothing = IndexBox { start: [0; 3], end: [0; 3] };
    assert!(file.read_block(0, nothing).is_ok());
    // the damage is met, or the checksum is asked for
    let checked = file.clone().with_checksum();
    for (file, block) in [(&file, slice(63)), (&checked, slice(0)), (&checked, nothing)] {
        let error = file.read_block(0, block).unwrap_err();
        assert_error(&error, Malformed, "the gzip stream is damaged", "flip.nii.gz");
    }
    let error = file.read_roi(0, &Labels::NonZero).unwrap_err();
    assert_error(&error, Malformed, "the gzip stream is damaged", "flip.nii.gz");
}

#[test]
fn a_file_that_was_cut_is_refused_whatever_block_is_read() {
    let folder = Folder::new();
    let bytes = gzip_stored(&slices());
    for length in [bytes.len() - 1, bytes.len() - 4, bytes.len() - 8, bytes.len() - 9, bytes.len() / 2] {
        let file = NiftiFile::open(folder.put("cut.nii.gz", &bytes[..length]), Limits::default()).unwrap();
        for k in [0, 20] {
            let error = file.read_block(0, slice(k)).unwrap_err();
            assert_error(&error, Malformed, "it was cut short", "cut.nii.gz");
        }
    }
}

/// A megabyte goes to its place in large steps.
#[test]
fn a_large_image_is_read_as_stored_and_refused_where_it_is_damaged() {
    let shape = [128, 128, 32];
    let values: Vec<f64> = (0..128 * 128 * 32).map(|n| f64::from(n * 7 % 30_011) - 9000.0).collect();
    let whole = IndexBox::whole(shape);
    for order in [Order::Little, Order::Big] {
        let folder = Folder::new();
        let plain = Crafted::new(Version::One, order, shape, 4).with_values(values.iter().copied()).file();
        let members = [gzip(&plain[..400_001]), gzip_stored(&plain[400_001..])].concat();
        for bytes in [&plain, &gzip(&plain), &gzip_stored(&plain), &members] {
            let open = |bytes: &[u8]| NiftiFile::open(folder.put("large.nii", bytes), Limits::default());
            assert_eq!(signal(&open(bytes).unwrap().read_block(0, whole).unwrap()), values);
            let error = open(&bytes[..bytes.len() - 1]).and_then(|cut| cut.read_block(0, whole)).unwrap_err();
            assert_eq!(error.kind(), Malformed, "{error}");
        }
        for mut bytes in [gzip_stored(&plain), members] {
            let at = bytes.len() - 300_000;
            bytes[at] ^= 1;
            let file = NiftiFile::open(folder.put("large.nii", &bytes), Limits::default()).unwrap();
            let error = file.read_block(0, whole).unwrap_err();
            assert_error(&error, Malformed, "the gzip stream is damaged", "large.nii");
        }
    }
}

#[test]
fn what_follows_the_voxels_or_the_stream_does_not_matter_to_a_block() {
    let folder = Folder::new();
    let (whole, mut longer) = (slices(), slices());
    longer.extend([7; 5000]);
    let members = [gzip(&whole[..130_000]), gzip(&whole[130_000..])].concat();
    let padded = [gzip(&whole), vec![0; 512]].concat();
    for bytes in [gzip(&longer), members, padded] {
        let file = NiftiFile::open(folder.put("tail.nii.gz", &bytes), Limits::default()).unwrap();
        for k in [0, 40, 63] {
            assert!(signal(&file.read_block(0, slice(k)).unwrap()).iter().all(|&v| v == k as f64));
        }
    }
}

#[test]
fn no_flipped_bit_gives_another_voxel() {
    // time and system before the stream may change, and code lengths that no code uses
    let bytes = gzip(&Crafted::small().file());
    let mut refused = 0;
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << bit;
            match crate::nifti_writer::read_bytes("flip.nii.gz", &bytes) {
                Ok((_, volume)) => {
                    assert_signal(&volume, &counted());
                }
                Err(error) => {
                    // a header that no longer is one is refused before the checksum is reached
                    assert_ne!(error.kind(), Io, "byte {at}: {error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 7 * (bytes.len() - 10), "{refused} of {} flips refused", 8 * bytes.len());
}

#[test]
fn members_follow_each_other() {
    let bytes = Crafted::small().file();
    for cuts in [&[1][..], &[4], &[348], &[352], &[360, 380], &[0, 352, 352, 400], &[100, 200, 300, 399]] {
        let mut zipped = Vec::new();
        let mut from = 0;
        for &cut in cuts.iter().chain([&bytes.len()]) {
            zipped.extend(gzip(&bytes[from..cut]));
            from = cut;
        }
        assert_reads("members.nii.gz", &zipped, &counted());
    }
}

#[test]
fn a_damaged_first_member_is_refused() {
    let bytes = Crafted::small().file();
    let mut zipped = gzip(&bytes[..370]);
    let crc = zipped.len() - 8;
    zipped[crc] ^= 1;
    zipped.extend(gzip(&bytes[370..]));
    assert_refused("members.nii.gz", &zipped, Malformed, "the gzip stream is damaged");
}

#[test]
fn members_are_found_wherever_the_first_one_ends() {
    let bytes = Crafted::small().file();
    let unpadded = gzip(&bytes[..370]).len();
    // files are read in pieces of a power of two: let the first member end around such a border
    for border in [4096, 8192, 32 * 1024, 64 * 1024] {
        for end in border - 3..=border + 1 {
            let mut zipped = padded_member(&bytes[..370], end - unpadded);
            assert_eq!(zipped.len(), end);
            zipped.extend(gzip(&bytes[370..]));
            assert_reads("members.nii.gz", &zipped, &counted());
        }
    }
}

/// A gzip member with a comment, `longer` bytes longer than one without; a comment ends with a zero.
fn padded_member(bytes: &[u8], longer: usize) -> Vec<u8> {
    let (name, comment) = (longer / 2, longer - longer / 2);
    let mut encoder = GzBuilder::new()
        .filename(vec![b'n'; name - 1])
        .comment(vec![b'c'; comment - 1])
        .write(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_follows_the_last_member_is_passed_over() {
    for tail in [&b"\0\0\0\0\0\0\0\0"[..], b"garbage", b"\x1f", b"\x1f\x8a", &[0xff; 3000]] {
        let mut zipped = gzip(&Crafted::small().file());
        zipped.extend(tail);
        assert_reads("tail.nii.gz", &zipped, &counted());
    }
}

#[test]
fn what_follows_a_damaged_member_does_not_make_up_for_it() {
    let mut zipped = gzip(&Crafted::small().file()[..390]);
    zipped.extend([0; 4096]);
    assert_refused("tail.nii.gz", &zipped, Malformed, "it was cut short");
}

#[test]
fn gzip_in_gzip_is_refused() {
    let twice = gzip(&gzip(&Crafted::small().file()));
    assert_refused("twice.nii.gz", &twice, Malformed, "not a NIfTI file");
}

#[test]
fn a_gzip_magic_without_a_stream_is_refused() {
    assert_refused("magic.nii.gz", &[0x1f, 0x8b], Malformed, "the file ends before its last voxel");
    assert_refused(
        "magic.nii.gz",
        &[0x1f, 0x8b, 9, 0, 0, 0, 0, 0, 0, 3],
        Malformed,
        "the gzip stream is damaged",
    );
}

#[test]
fn a_claim_past_the_limit_is_refused_before_inflating() {
    let crafted = Crafted::new(Version::One, Order::Little, [1, 1, 1], 2)
        .with(|c| c.dim[1..4].copy_from_slice(&[2048, 2048, 2048]));
    let mut bytes = crafted.file();
    bytes.resize(4 << 20, 0);
    assert_refused(
        "bomb.nii.gz",
        &gzip(&bytes),
        Limit,
        "the header claims 2048 x 2048 x 2048 voxels: the limit is 2147483648",
    );
}

#[test]
fn a_claim_past_what_deflate_can_hold_is_refused() {
    let crafted = Crafted::new(Version::One, Order::Little, [1, 1, 1], 2)
        .with(|c| c.dim[1..4].copy_from_slice(&[1000, 1000, 1000]));
    let bytes = gzip(&crafted.file());
    let part = format!("its header claims 1000000352 bytes, but it can hold at most {}", 1032 * bytes.len());
    assert_refused("bomb.nii.gz", &bytes, Malformed, &part);
}

#[test]
fn a_mask_as_empty_as_deflate_can_make_it_is_read() {
    // legitimate masks reach a ratio of 1000 to 1
    let crafted = Crafted::new(Version::One, Order::Little, [256, 256, 200], 2);
    let mut values = vec![0.0; 256 * 256 * 200];
    values[777_777] = 1.0;
    let best = {
        let bytes = crafted.with_values(values).file();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&bytes).unwrap();
        encoder.finish().unwrap()
    };
    assert!(best.len() < 256 * 256 * 200 / 900, "{} bytes", best.len());
    let folder = Folder::new();
    let (file, volume) = read(&folder.put("mask.nii.gz", &best)).unwrap();
    assert_abs_diff_eq!(signal(&volume).iter().sum::<f64>(), 1.0, epsilon = 1e-12);
    let roi = file.read_roi(0, &Labels::NonZero).unwrap();
    let voxels: Vec<_> = roi.voxels().collect();
    assert_eq!(voxels, [[777_777 % 256, 777_777 / 256 % 256, 777_777 / 65_536]]);
}

#[test]
fn bytes_after_the_voxels_do_not_hide_damage() {
    let mut bytes = Crafted::small().with_values((0..24).map(f64::from)).file();
    bytes.extend([7; 5000]);
    assert_reads("extra.nii.gz", &gzip_stored(&bytes), &counted());
    let mut damaged = gzip_stored(&bytes);
    let in_voxels = damaged.len() - 8 - 5000 - 10;
    damaged[in_voxels] ^= 1;
    assert_refused("extra.nii.gz", &damaged, Malformed, "the gzip stream is damaged");
}

#[test]
fn a_long_tail_is_refused_rather_than_inflated() {
    let mut bytes = Crafted::small().file();
    let voxels_end = bytes.len();
    let most = 64 << 20;
    bytes.resize(voxels_end + most, 0);
    assert_reads("tail.nii.gz", &gzip(&bytes), &counted());
    bytes.push(0);
    let part = "more than 67108864 bytes follow the last voxel";
    assert_refused("tail.nii.gz", &gzip(&bytes), Malformed, part);
}

#[test]
fn the_number_of_gzip_members_is_bounded() {
    let empty = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255][..], &[3, 0], &[0; 8]].concat();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.nii.gz");
    std::fs::write(&path, empty.repeat(100_002)).unwrap();
    let error = NiftiFile::open(&path, Limits::default()).unwrap_err().to_string();
    assert_eq!(
        error,
        "many.nii.gz: the gzip stream is damaged (more than 100000 members): copy or export the file again"
    );
}
