//! Reads a DICOM series once per line of standard input and prints the seconds it took, for
//! `scripts/bench_dicom.py`; the line `check` prints a sum of the voxels instead.

use std::{
    fs,
    hint::black_box,
    io::{self, BufRead as _, Read as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use hemastage::{
    Volume,
    grid::IndexBox,
    io::{
        Limits,
        dicom::{DicomSeries, Selector},
    },
};

const USAGE: &str = "usage: time_dicom volume|headers|kept|dropped FOLDER";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [task, folder] = given.as_slice() else { return Err(USAGE.into()) };
    let folder = Path::new(folder);
    for line in io::stdin().lock().lines() {
        let answer = if line.map_err(text)? == "check" {
            weighted_sum(&volume(folder)?)
        } else {
            seconds(task, folder)?
        };
        println!("{answer}");
        io::stdout().flush().map_err(text)?;
    }
    Ok(())
}

fn seconds(task: &str, folder: &Path) -> Result<f64, String> {
    let start = Instant::now();
    match task {
        "volume" => drop(black_box(volume(folder)?)),
        "headers" => drop(black_box(open(folder)?)),
        "kept" => drop(black_box(kept(folder).map_err(text)?)),
        "dropped" => dropped(folder).map_err(text)?,
        _ => return Err(USAGE.into()),
    }
    Ok(start.elapsed().as_secs_f64())
}

fn open(folder: &Path) -> Result<DicomSeries, String> {
    DicomSeries::open(folder, &Selector::Only, Limits::default()).map_err(text)
}

fn volume(folder: &Path) -> Result<Volume, String> {
    let series = open(folder)?;
    series.read_block(IndexBox::whole(series.grid().shape())).map_err(text)
}

/// All files in one vector, new memory each time as a volume's is.
fn kept(folder: &Path) -> io::Result<Vec<u8>> {
    let files = files(folder)?;
    let lengths: io::Result<Vec<u64>> = files.iter().map(|path| Ok(fs::metadata(path)?.len())).collect();
    let mut bytes = Vec::with_capacity(lengths?.iter().sum::<u64>() as usize);
    for path in files {
        fs::File::open(path)?.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// All files through one small vector, which stays in the processor's cache.
fn dropped(folder: &Path) -> io::Result<()> {
    let mut bytes = Vec::new();
    for path in files(folder)? {
        bytes.clear();
        black_box(fs::File::open(path)?.read_to_end(&mut bytes)?);
    }
    Ok(())
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.sort();
    Ok(files)
}

/// The sum of signal times the number of its slice, from 1.
fn weighted_sum(volume: &Volume) -> f64 {
    let [ni, nj, nk] = volume.grid().shape();
    let slice = |k| (0..nj).flat_map(move |j| (0..ni).map(move |i| [i, j, k]));
    let sum = |k| slice(k).filter_map(|index| volume.signal(index)).sum::<f64>();
    (0..nk).map(|k| (k + 1) as f64 * sum(k)).sum()
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
