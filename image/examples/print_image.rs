//! Prints what is read of files, for `scripts/check_formats.py`: a line of JSON for each line `image FILE`,
//! `image FILE VOLUME` or `mask FILE CHOICE` of standard input, separated by tabs.

use std::{
    io::{self, BufRead as _, Write as _},
    path::Path,
};

use hemastage_image::{Error, Grid, ImageReader, Limits, MaskReader, dicom::SegmentChoice, grid::IndexBox};
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split('\t').collect();
        let answer = match words[..] {
            ["image", file] => image(file, None),
            ["image", file, volume] => image(file, volume.parse().ok()),
            ["mask", file, choice] => mask(file, choice),
            _ => return Err(io::Error::other("expected `image FILE [VOLUME]` or `mask FILE CHOICE`")),
        };
        let answer = answer.unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn image(file: &str, volume: Option<usize>) -> Result<Value, Error> {
    let image = ImageReader::open(Path::new(file), None, Limits::default())?;
    let block = image.read_block(volume, IndexBox::whole(image.grid().shape()))?;
    let values: Vec<Option<f64>> = indices(image.grid()).map(|index| block.signal(index)).collect();
    let source = image.source();
    Ok(
        json!({ "format": source.format, "oriented": source.oriented, "grid": grid(image.grid()), "values": values }),
    )
}

fn mask(file: &str, choice: &str) -> Result<Value, Error> {
    let mask = MaskReader::open(Path::new(file), None, Limits::default())?;
    let choice = if choice.is_empty() { SegmentChoice::All } else { SegmentChoice::parse(choice) };
    let mut contents = mask.read(&[&choice], false, &[])?;
    let (roi, _) = contents.regions.remove(0)?;
    let source = mask.source();
    let voxels: Vec<[usize; 3]> = roi.voxels().collect();
    Ok(
        json!({ "format": source.format, "oriented": source.oriented, "grid": grid(roi.grid()), "voxels": voxels }),
    )
}

fn grid(grid: &Grid) -> Value {
    json!({ "shape": grid.shape(), "affine": grid.affine().matrix() })
}

/// All indices of a grid, i fastest.
fn indices(grid: &Grid) -> impl Iterator<Item = [usize; 3]> + use<> {
    let [ni, nj, nk] = grid.shape();
    (0..nk).flat_map(move |k| (0..nj).flat_map(move |j| (0..ni).map(move |i| [i, j, k])))
}
