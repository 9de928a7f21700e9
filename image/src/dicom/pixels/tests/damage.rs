//! Damaged files: an answer or an error, soon, and within memory that the file accounts for.

use std::{
    io::Write,
    panic::{self, AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use tempfile::NamedTempFile;

use super::{
    crafted::{
        Crafted, EXPLICIT_BIG, EXPLICIT_LITTLE, JPEG_2000_LOSSLESS, JPEG_BASELINE, JPEG_LOSSLESS, JPEG_LS,
        JPEG_LS_NEAR, Pixels, RLE, header, jpeg_lossless, rle,
    },
    real::data,
    samples,
};
use crate::{
    contained::panics_are_contained,
    dicom::{
        DicomFile,
        pixels::{FrameReader, Pixel, PixelFormat, StoredType, format::PixelHeader},
    },
    error::Result,
    limits::Limits,
};

/// How often each file is damaged in its pixel data, and as often in the elements that describe it.
const ROUNDS: usize = 60;
const SLOWEST: Duration = Duration::from_secs(2);
/// What a decoder and this test may need on top.
const SLACK: u64 = 8 << 20;

/// Small files of each kind, and real ones where there are any.
fn seeds() -> Vec<Vec<u8>> {
    let unsigned: Vec<u16> = samples::pixels().iter().map(|&pixel| pixel as u16 & 0x0fff).collect();
    let header = |bits| header(samples::ROWS, samples::COLUMNS, bits, false);
    let frames = |frames| PixelHeader { frames: Some(frames), ..header([16, 12]) };
    let native: Vec<u8> = unsigned.iter().flat_map(|pixel| pixel.to_le_bytes()).collect();
    let compressed = |syntax, bits, sample: &str| {
        Crafted::compressed(syntax, header(bits), samples::bytes(sample)).bytes()
    };
    let two = |frame: Vec<u8>| Pixels::Fragments {
        offsets: vec![0, frame.len() as u32 + 8],
        fragments: vec![frame; 2],
    };
    let lossless = jpeg_lossless(&unsigned, samples::COLUMNS, 12, 4);
    let crafted = [
        Crafted::native(EXPLICIT_LITTLE, frames(2), *b"OW", native.repeat(2)),
        Crafted::native(EXPLICIT_BIG, header([1, 1]), *b"OW", native[..154].to_vec()),
        Crafted { syntax: RLE, header: frames(2), pixels: two(rle(&unsigned)) },
        Crafted { syntax: JPEG_LOSSLESS, header: frames(2), pixels: two(lossless) },
    ];
    let mut seeds: Vec<_> = crafted.iter().map(Crafted::bytes).collect();
    seeds.extend([
        compressed(JPEG_BASELINE, [8, 8], samples::JPEG_BASELINE),
        compressed(JPEG_LS, [16, 12], samples::JPEG_LS),
        compressed(JPEG_LS_NEAR, [16, 12], samples::JPEG_LS_NEAR),
        Crafted::compressed(
            JPEG_2000_LOSSLESS,
            PixelHeader { representation: Some(1), ..header([16, 12]) },
            samples::bytes(samples::JPEG_2000),
        )
        .bytes(),
    ]);
    if let Some(folder) = data("damage to real files") {
        let small =
            ["MR_small_RLE", "MR_small_jp2klossless", "MR_small_jpeg_ls_lossless", "MR_small_bigendian"];
        let mut paths: Vec<PathBuf> =
            small.iter().map(|name| folder.join(format!("pydicom-wheel/{name}.dcm"))).collect();
        paths.extend([4, 5, 7, 9].map(|number| folder.join(format!("dcm_qa_ts/In/{number}.dcm"))));
        paths.push(folder.join("pydicom-data/data_store/data/emri_small_RLE.dcm"));
        paths.push(folder.join("pydicom-data/data_store/data/liver_nonbyte_aligned.dcm"));
        seeds.extend(paths.iter().map(|path| std::fs::read(path).unwrap()));
    }
    seeds
}

fn place(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).rposition(|window| window == part)
}

/// Where the pixel data starts, in either byte order.
fn pixel_data(bytes: &[u8]) -> usize {
    place(bytes, &[0xe0, 0x7f, 0x10, 0, b'O']).or_else(|| place(bytes, &[0x7f, 0xe0, 0, 0x10, b'O'])).unwrap()
}

/// Another value for one of the elements that describe pixels.
fn lie(random: &mut fastrand::Rng, bytes: &mut [u8]) {
    let numbers = [2, 0x10, 0x11, 0x100, 0x101, 0x102, 0x103];
    let number = numbers[random.usize(..numbers.len())];
    let values =
        [0, 1, 2, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 63, 64, 65, 512, 32_767, 32_768, 60_000, 65_535];
    let value = values[random.usize(..values.len())] as u16;
    let (low, high) = ((number & 0xff) as u8, (number >> 8) as u8);
    if let Some(at) = place(bytes, &[0x28, 0, low, high, b'U', b'S', 2, 0]) {
        bytes[at + 8..at + 10].copy_from_slice(&value.to_le_bytes());
    } else if let Some(at) = place(bytes, &[0, 0x28, high, low, b'U', b'S', 0, 2]) {
        bytes[at + 8..at + 10].copy_from_slice(&value.to_be_bytes());
    }
    if let Some(at) = place(bytes, &[0x28, 0, 8, 0, b'I', b'S', 2, 0]) {
        let frames = [b"0 ", b"1 ", b"2 ", b"3 ", b"99", b"-1", b"1A"];
        bytes[at + 8..at + 10].copy_from_slice(frames[random.usize(..frames.len())]);
    }
}

/// Damage to the pixel data: bits, bytes, runs, markers, and a cut.
fn damage(random: &mut fastrand::Rng, bytes: &mut Vec<u8>, start: usize) {
    for _ in 0..=random.usize(..4) {
        // the headers of compressed images are the first hundred bytes or so
        let span = if random.usize(..2) == 0 { 160 } else { bytes.len() };
        let at = start + 12 + random.usize(..span.min(bytes.len() - start - 12).max(1));
        match random.usize(..6) {
            0 => bytes[at] ^= 1 << random.usize(..8),
            1 => bytes[at] = random.u8(..),
            2 => bytes[at] = [0, 0xff, 0x80, 0x7f, 1][random.usize(..5)],
            3 => {
                let end = bytes.len().min(at + random.usize(..40));
                bytes[at..end].fill(random.u8(..));
            }
            4 => {
                let end = bytes.len().min(at + 4);
                bytes[at..end]
                    .copy_from_slice(&(random.u32(..) >> random.usize(..32)).to_be_bytes()[..end - at]);
            }
            _ if random.usize(..4) == 0 => bytes.truncate(at),
            _ => bytes.insert(at, 0xff),
        }
        if bytes.len() < start + 20 {
            return;
        }
    }
}

/// Reads every frame, and says how many bytes the largest had.
fn read_all(path: &Path) -> Result<usize> {
    fn frames<T: Pixel>(reader: &mut FrameReader<'_>, format: &PixelFormat) -> Result<usize> {
        let mut out = Vec::<T>::new();
        for frame in 0..format.frames {
            reader.read(frame, &mut out)?;
            assert_eq!(out.len(), format.rows * format.columns);
        }
        Ok(size_of_val(out.as_slice()))
    }
    let file = DicomFile::open(path, Limits::default())?;
    let format = PixelFormat::of(file.dataset(), Limits::default())?;
    let mut reader = FrameReader::new(&file, &format)?;
    match format.stored_type() {
        StoredType::U8 => frames::<u8>(&mut reader, &format),
        StoredType::I8 => frames::<i8>(&mut reader, &format),
        StoredType::U16 => frames::<u16>(&mut reader, &format),
        StoredType::I16 => frames::<i16>(&mut reader, &format),
        StoredType::U32 => frames::<u32>(&mut reader, &format),
        StoredType::I32 => frames::<i32>(&mut reader, &format),
    }
}

/// The most memory this process ever had, in bytes; none where the system does not tell.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(1024 * line.split_whitespace().nth(1)?.parse::<u64>().ok()?)
}

/// Set in the process of its own that memory is measured in.
const ALONE: &str = "HEMASTAGE_TEST_ALONE";

/// As the command does: to print where a decoder panicked takes more memory than to decode.
fn silence_contained_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !panics_are_contained() {
            usual(info);
        }
    }));
}

#[test]
fn damaged_pixels_give_an_error_soon() {
    if std::env::var_os(ALONE).is_none() {
        let (_, module) = module_path!().split_once("::").unwrap();
        let name = format!("{module}::damaged_pixels_give_an_error_soon");
        let test = std::env::current_exe().unwrap();
        let output =
            Command::new(test).args(["--exact", &name, "--nocapture"]).env(ALONE, "1").output().unwrap();
        print!("{}", String::from_utf8_lossy(&output.stdout));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "the process ran no test");
        return;
    }
    silence_contained_panics();
    let seeds = seeds();
    // a larger file or frame may take more
    let largest = seeds.iter().map(Vec::len).max().unwrap() as u64;
    for (number, seed) in seeds.iter().enumerate() {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(seed).unwrap();
        let error = read_all(file.path()).err().map(|error| error.to_string());
        assert!(
            error.is_none_or(|error| error.contains("cargo feature")),
            "seed {number} is not good itself"
        );
    }
    let before = most_memory();
    let (mut largest_frame, mut read, mut slowest) = (0, 0, Duration::ZERO);
    let mut random = fastrand::Rng::with_seed(1);
    for (number, seed) in seeds.iter().enumerate() {
        let start = pixel_data(seed);
        for round in 0..2 * ROUNDS {
            let mut bytes = seed.clone();
            if round % 2 == 0 {
                lie(&mut random, &mut bytes);
            } else {
                damage(&mut random, &mut bytes, start);
            }
            let mut file = NamedTempFile::new().unwrap();
            file.write_all(&bytes).unwrap();
            let clock = Instant::now();
            let result = catch_unwind(AssertUnwindSafe(|| read_all(file.path())));
            slowest = slowest.max(clock.elapsed());
            assert!(clock.elapsed() < SLOWEST, "seed {number}, round {round} took {:?}", clock.elapsed());
            match result.unwrap_or_else(|_| panic!("seed {number}, round {round} panicked")) {
                Ok(frame) => {
                    read += 1;
                    largest_frame = largest_frame.max(frame as u64);
                }
                Err(error) => assert!(!error.to_string().contains('/'), "{error}"),
            }
        }
    }
    let damaged = seeds.len() * 2 * ROUNDS;
    println!(
        "{damaged} damaged files: {read} read, the slowest in {slowest:?}, from {before:?} to {:?}",
        most_memory()
    );
    assert!(damaged >= 300 && read > 0 && read < damaged);
    if let (Some(before), Some(after)) = (before, most_memory()) {
        assert!(after - before < 4 * largest + largest_frame + SLACK, "{} bytes more", after - before);
    }
}

/// Few bytes that claim many pixels: refused before there is room for them.
#[test]
fn bombs_are_refused_at_once() {
    let claimed = |bits| header(40_000, 40_000, bits, false);
    let size = |mut bytes: Vec<u8>, at: usize, number: u32| {
        bytes[at..at + 4].copy_from_slice(&number.to_be_bytes());
        bytes
    };
    let both = (40_000 << 16) + 40_000;
    let frame = |sample| samples::bytes(sample);
    let sof = |bytes: &[u8], marker| place(bytes, &[0xff, marker, 0, 11]).unwrap() + 5;
    let jpeg = frame(samples::JPEG_BASELINE);
    let lossless = jpeg_lossless(&[0; 64], 8, 12, 1);
    let (jpeg_at, lossless_at) = (sof(&jpeg, 0xc0), sof(&lossless, 0xc3));
    let mut bombs = vec![
        Crafted::compressed(RLE, claimed([16, 12]), rle(&[0; 4096])),
        Crafted::compressed(JPEG_BASELINE, claimed([8, 8]), size(jpeg, jpeg_at, both)),
        Crafted::compressed(JPEG_LOSSLESS, claimed([16, 12]), size(lossless, lossless_at, both)),
    ];
    if cfg!(feature = "jpegls") {
        let ls = frame(samples::JPEG_LS);
        let at = sof(&ls, 0xf7);
        bombs.push(Crafted::compressed(JPEG_LS, claimed([16, 12]), size(ls, at, both)));
    }
    if cfg!(feature = "jpeg2000") {
        // the image and its one tile
        let mut wide = frame(samples::JPEG_2000);
        for at in [8, 12, 24, 28] {
            wide = size(wide, at, 40_000);
        }
        let signed = PixelHeader { representation: Some(1), ..claimed([16, 12]) };
        bombs.push(Crafted::compressed(JPEG_2000_LOSSLESS, signed, wide));
    }
    for bomb in bombs {
        let clock = Instant::now();
        let error = read_all(bomb.file().path()).unwrap_err().to_string();
        let refused = ["more pixels than its bytes", "more than 2^24 pixels"];
        assert!(refused.iter().any(|text| error.contains(text)), "{error}");
        assert!(clock.elapsed() < Duration::from_millis(500), "{}: {:?}", bomb.syntax, clock.elapsed());
    }
}
