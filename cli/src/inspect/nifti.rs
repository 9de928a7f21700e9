//! What a NIfTI file holds.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::Path,
};

use hemastage::{
    Finding,
    io::{
        Limits,
        nifti::{NiftiFile, NiftiVersion, Orientation},
    },
    volume::Scaling,
};
use hemastage_image::text::printable;
use serde::Serialize;

use crate::{
    lines::{findings, line},
    theme::Theme,
};

/// What a file holds.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    name: String,
    format: &'static str,
    bytes: u64,
    shape: [usize; 3],
    volumes: usize,
    datatype: &'static str,
    big_endian: bool,
    spacing_mm: [f64; 3],
    /// The directions in which the axes grow; null when the file does not say.
    orientation: Option<String>,
    /// `sform` or `qform`; null when neither is set.
    orientation_from: Option<&'static str>,
    /// Null when the stored values are the signal.
    scaling: Option<Slope>,
    /// Voxels per nonzero label; null for an image.
    labels: Option<BTreeMap<i64, usize>>,
    findings: Vec<Finding>,
}

#[derive(Debug, Serialize)]
struct Slope {
    slope: f64,
    intercept: f64,
}

impl Record {
    pub(super) fn read(path: &Path) -> hemastage::Result<Self> {
        let file = NiftiFile::open(path, Limits::default())?;
        let orientation_from = match file.orientation() {
            Orientation::Sform => Some("sform"),
            Orientation::Qform => Some("qform"),
            Orientation::None => None,
        };
        let Scaling { slope, intercept } = file.scaling();
        Ok(Self {
            name: file.name().into(),
            format: match file.version() {
                NiftiVersion::One => "nifti-1",
                NiftiVersion::Two => "nifti-2",
            },
            bytes: file.stored_bytes(),
            shape: file.grid().shape(),
            volumes: file.volumes(),
            datatype: file.datatype().name(),
            big_endian: file.big_endian(),
            spacing_mm: file.grid().spacing_mm().map(|mm| (mm * 1e6).round() / 1e6),
            orientation: orientation_from.map(|_| file.grid().orientation()),
            orientation_from,
            scaling: (file.scaling() != Scaling::NONE).then_some(Slope { slope, intercept }),
            labels: label_counts(&file)?,
            findings: file.findings().to_vec(),
        })
    }
}

pub(super) fn print(out: &mut dyn Write, record: &Record, theme: Theme) -> io::Result<()> {
    let bold = Theme::heading();
    writeln!(out, "{bold}{}{bold:#}", printable(&record.name))?;
    let entry = |out: &mut dyn Write, heading: &str, text: &str| line(out, &format!("  {heading}"), text);
    let order = if record.big_endian { ", big-endian" } else { "" };
    entry(out, "format", &format!("{}, {}{order}, {} bytes", record.format, record.datatype, record.bytes))?;
    let volumes = if record.volumes == 1 { String::new() } else { format!(", {} volumes", record.volumes) };
    let shape = record.shape.map(|n| n.to_string()).join(" x ");
    let spacing =
        record.spacing_mm.map(|mm| format!("{mm:.3}").trim_end_matches('0').trim_end_matches('.').to_owned());
    entry(out, "voxels", &format!("{shape}{volumes}, {} mm", spacing.join(" x ")))?;
    let orientation = match (&record.orientation, record.orientation_from) {
        (Some(axes), Some(source)) => format!("{axes} ({source})"),
        _ => "not set".into(),
    };
    entry(out, "axes", &orientation)?;
    if let Some(Slope { slope, intercept }) = record.scaling {
        entry(out, "scaling", &format!("{slope} x stored + {intercept}"))?;
    }
    if let Some(labels) = &record.labels {
        let counts: Vec<String> = labels.iter().map(|(label, voxels)| format!("{label}: {voxels}")).collect();
        let text = if counts.is_empty() { "none: every voxel is 0".into() } else { counts.join(", ") };
        entry(out, "labels", &text)?;
    }
    findings(out, theme, &record.findings, "  ")
}

/// A file with more values than this is an image, not a label map.
const MAX_LABELS: usize = 64;

/// The voxels of each nonzero value; `None` where the file is an image or holds several volumes.
fn label_counts(file: &NiftiFile) -> hemastage::Result<Option<BTreeMap<i64, usize>>> {
    if file.volumes() == 1 { file.count_labels(0, MAX_LABELS) } else { Ok(None) }
}
