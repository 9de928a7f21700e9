//! What a NIfTI, NRRD or MetaImage file holds.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::Path,
};

use hemastage::{
    Finding,
    io::{
        ImageReader, Limits, MaskReader,
        nifti::{NiftiFile, NiftiVersion, Orientation},
        raster::RasterFile,
    },
    volume::Scaling,
};
use hemastage_image::text::{MAX_QUOTED, cut, printable};
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
    /// `sform`, `qform` or `header`; null when the file does not say.
    orientation_from: Option<&'static str>,
    /// Null when the stored values are the signal.
    scaling: Option<Slope>,
    /// Voxels per nonzero label; null for an image.
    labels: Option<BTreeMap<i64, usize>>,
    /// The names of labels that the file holds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    label_names: BTreeMap<i64, String>,
    /// The segments of a segmentation of 3D Slicer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    segments: Vec<Segment>,
    findings: Vec<Finding>,
}

#[derive(Debug, Serialize)]
struct Slope {
    slope: f64,
    intercept: f64,
}

/// A segment, with its layer where segments may overlap.
#[derive(Debug, Serialize)]
struct Segment {
    label: i64,
    name: Option<String>,
    layer: usize,
}

impl Record {
    /// Reads a file that is not DICOM.
    pub(super) fn read(path: &Path) -> hemastage::Result<Self> {
        match MaskReader::open(path, None, Limits::default())? {
            MaskReader::Nrrd(segmentation) => {
                let segments = segmentation.segments();
                let segments = segments.map(|segment| Segment {
                    label: segment.label,
                    name: segment.name,
                    layer: segment.layer,
                });
                Ok(Self { segments: segments.collect(), ..Self::of_raster(segmentation.file(), "nrrd-seg")? })
            }
            MaskReader::Image(ImageReader::Raster(file)) => Self::of_raster(&file, file.format()),
            MaskReader::Image(ImageReader::Nifti(file)) => Self::of_nifti(&file),
            _ => Self::of_nifti(&NiftiFile::open(path, Limits::default())?),
        }
    }

    fn of_raster(file: &RasterFile, format: &'static str) -> hemastage::Result<Self> {
        let labels = if file.volumes() == 1 { file.count_labels(0, MAX_LABELS)? } else { None };
        Ok(Self {
            name: file.name().into(),
            format,
            bytes: file.stored_bytes(),
            shape: file.grid().shape(),
            volumes: file.volumes(),
            datatype: file.datatype().name(),
            big_endian: file.big_endian(),
            spacing_mm: file.grid().spacing_mm().map(|mm| (mm * 1e6).round() / 1e6),
            orientation: file.is_oriented().then(|| file.grid().orientation()),
            orientation_from: file.is_oriented().then_some("header"),
            scaling: None,
            labels,
            label_names: BTreeMap::new(),
            segments: Vec::new(),
            findings: file.findings().to_vec(),
        })
    }

    fn of_nifti(file: &NiftiFile) -> hemastage::Result<Self> {
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
            labels: label_counts(file)?,
            label_names: file.label_names()?,
            segments: Vec::new(),
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
        let name = |label| record.label_names.get(label).map(|name| shown(name)).unwrap_or_default();
        let counts: Vec<String> =
            labels.iter().map(|(label, voxels)| format!("{label}{}: {voxels}", name(label))).collect();
        let text = if counts.is_empty() { "none: every voxel is 0".into() } else { counts.join(", ") };
        entry(out, "labels", &text)?;
    }
    if !record.segments.is_empty() {
        let layers = record.segments.iter().any(|segment| segment.layer > 0);
        let segment = |segment: &Segment| {
            let layer = if layers { format!(" in layer {}", segment.layer) } else { String::new() };
            format!("{}{}{layer}", segment.label, segment.name.as_deref().map(shown).unwrap_or_default())
        };
        let segments: Vec<String> = record.segments.iter().map(segment).collect();
        entry(out, "segments", &segments.join(", "))?;
    }
    findings(out, theme, &record.findings, "  ")
}

/// A name in a file, as it stands behind its number.
fn shown(name: &str) -> String {
    format!(" {}", cut(&printable(name), MAX_QUOTED))
}

/// A file with more values than this is an image, not a label map.
const MAX_LABELS: usize = 1024;

/// The voxels of each nonzero value; `None` where the file is an image or holds several volumes.
fn label_counts(file: &NiftiFile) -> hemastage::Result<Option<BTreeMap<i64, usize>>> {
    if file.volumes() == 1 { file.count_labels(0, MAX_LABELS) } else { Ok(None) }
}
