//! DICOM series as volumes: real ones against the volumes others made of them, written ones against the
//! arrays they were written from.

mod blocks;
mod folders;
mod identifiers;
mod multiframe;
mod real;
mod written;

use std::path::Path;

use hemastage::{
    Volume,
    grid::IndexBox,
    io::{
        Limits,
        dicom::{DicomSeries, Selector},
    },
};

fn open(path: impl AsRef<Path>) -> hemastage::Result<DicomSeries> {
    DicomSeries::open(path, &Selector::Only, Limits::default())
}

fn choose(path: impl AsRef<Path>, choice: &str) -> hemastage::Result<DicomSeries> {
    DicomSeries::open(path, &Selector::parse(choice).unwrap(), Limits::default())
}

fn whole(series: &DicomSeries) -> Volume {
    series.read_block(IndexBox::whole(series.grid().shape())).unwrap()
}
