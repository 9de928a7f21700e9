//! A segmentation of 3D Slicer, read segment by segment.

use std::path::Path;

use super::{
    error::NrrdError,
    header::Header,
    open::opened,
    segments::{Segment, SegmentMeaning, segments},
};
use crate::{
    choice::{Entry, EntryKind, SegmentChoice, resolve},
    error::{Error, Result},
    file::file_name,
    grid::Grid,
    label_map::LabelMapBuilder,
    limits::Limits,
    mask_contents::MaskContents,
    raster::{Layout, RasterFile},
    roi::{Labels, Roi, RoiBuilder, label},
    sink::Sink,
};

/// Labels of segments that were taken together, at most.
const MAX_JOINED: usize = 64;

/// A segmentation of 3D Slicer (`.seg.nrrd`). Segments that overlap are in different layers.
#[derive(Debug, Clone)]
pub struct NrrdSegmentation {
    file: RasterFile,
    segments: Vec<Segment>,
}

/// A segment of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentInfo {
    /// Its label, by which it is chosen; segments in different layers may share it.
    pub label: i64,
    /// Its name.
    pub name: Option<String>,
    /// Its layer.
    pub layer: usize,
}

impl NrrdSegmentation {
    /// Opens an NRRD file as a segmentation; `None` when it describes no segments.
    ///
    /// # Errors
    /// As [`open`](super::open), and when what it says of the segments contradicts itself.
    pub fn open(path: impl AsRef<Path>, limits: Limits) -> Result<Option<Self>> {
        let path = path.as_ref();
        let read = || {
            let header = Header::read(path)?;
            let file = opened(path, &header, limits)?;
            let segments = segments(&header, file.voxels.layout)?;
            Ok((!segments.is_empty()).then_some(Self { file, segments }))
        };
        read().map_err(|error: Error| error.at(file_name(path)))
    }

    /// The file, as an image of labels.
    pub fn file(&self) -> &RasterFile {
        &self.file
    }

    /// The same on another grid of its shape, where the file has no orientation of its own.
    ///
    /// # Errors
    /// `Geometry` when the grid has another shape.
    pub fn with_grid(self, grid: Grid) -> Result<Self> {
        Ok(Self { file: self.file.with_grid(grid)?, ..self })
    }

    /// The segments, in the order of the file.
    pub fn segments(&self) -> impl Iterator<Item = SegmentInfo> + '_ {
        self.segments.iter().map(|segment| SegmentInfo {
            label: segment.label,
            name: segment.name.clone(),
            layer: segment.layer,
        })
    }

    /// The names of the segments, with their labels.
    pub(crate) fn names(&self) -> Vec<(i64, &str)> {
        let named = self.segments.iter();
        named.filter_map(|segment| Some((segment.label, segment.name.as_deref()?))).collect()
    }

    /// Gives segments the numbers that their names mean, for a label map, which then holds these alone; the number of
    /// segments with one.
    pub fn number(&mut self, meaning: impl Fn(&str) -> Option<SegmentMeaning>) -> usize {
        for segment in &mut self.segments {
            segment.meaning = segment.name.as_deref().and_then(&meaning);
        }
        self.segments.iter().filter(|segment| segment.meaning.is_some()).count()
    }

    /// The labels of the segments that [have](Self::number) these numbers in a label map.
    pub fn labels_numbered(&self, numbers: &[i64]) -> Vec<i64> {
        let is_numbered = |segment: &&Segment| segment.meaning.is_some_and(|of| numbers.contains(&of.number));
        self.segments.iter().filter(is_numbered).map(|segment| segment.label).collect()
    }

    /// The labels that a choice selects, or `None` for all of the file.
    ///
    /// # Errors
    /// `Parameter` when a label or name is not in the file, or is that of several segments.
    pub fn choose(&self, choice: &SegmentChoice) -> Result<Option<Vec<i64>>> {
        if *choice == SegmentChoice::All {
            return Ok(None);
        }
        let mut labels: Vec<i64> = self.chosen(choice)?.iter().map(|segment| segment.label).collect();
        labels.sort_unstable();
        labels.dedup();
        Ok(Some(labels))
    }

    fn chosen(&self, choice: &SegmentChoice) -> Result<Vec<&Segment>> {
        let chosen = || -> Result<Vec<&Segment>> {
            // errors list labels
            resolve(choice, &self.entries(|_, segment| segment.label), EntryKind::Segment)?;
            if let SegmentChoice::Numbers(labels) = choice {
                return labels.iter().map(|&label| Ok(self.only(label)?)).collect();
            }
            // segments in different layers may share a label
            let places = resolve(choice, &self.entries(|place, _| place as i64), EntryKind::Segment)?;
            Ok(places.iter().map(|&place| &self.segments[place as usize]).collect())
        };
        chosen().map_err(|error| error.at(self.file.name()))
    }

    fn entries(&self, number: impl Fn(usize, &Segment) -> i64) -> Vec<Entry> {
        let segments = self.segments.iter().enumerate();
        segments
            .map(|(n, segment)| Entry { number: number(n, segment), name: segment.name.clone() })
            .collect()
    }

    /// The only segment with a label.
    fn only(&self, label: i64) -> Result<&Segment, NrrdError> {
        let mut with_label = self.segments.iter().filter(|segment| segment.label == label);
        match (with_label.next(), with_label.count()) {
            (Some(segment), 0) => Ok(segment),
            (_, others) => Err(NrrdError::Ambiguous { label, segments: others + 1 }),
        }
    }

    /// Reads a region per choice and, if `labels` is set, the label map, in one pass. Where segments overlap, a voxel of a
    /// region counts once.
    pub(crate) fn read(&self, choices: &[&SegmentChoice], labels: bool) -> Result<MaskContents> {
        let at = |error: Error| error.at(self.file.name());
        let regions = choices.iter().map(|choice| {
            let labels = self.choose(choice)?.map_or(Labels::NonZero, Labels::Only);
            let segments = self.chosen(choice)?;
            Ok(SegmentRegion {
                found: vec![false; segments.len()],
                joins: **choice == SegmentChoice::All,
                segments,
                // a segment may be covered by another
                voxels: RoiBuilder::new(*self.file.grid(), labels).with_all_chosen(),
            })
        });
        let mut sink = SegmentSink {
            regions: regions.collect::<Result<_>>()?,
            map: labels.then(|| self.map()).transpose().map_err(at)?,
            overlap: None,
        };
        match self.file.voxels.layout {
            Layout::Interleaved(_) => {
                self.file.voxels.stream_components(|index, len, values| sink.add_values(index, len, values))
            }
            Layout::Apart(_) => self.file.stream(0, &mut sink),
        }
        .map_err(at)?;
        let finished = |roi: Result<Roi>| roi.map(|roi| (roi, Vec::new())).map_err(at);
        let map = sink.map.map(|(_, map)| match sink.overlap {
            Some((one, other)) => Err(at(NrrdError::Overlap { one, other }.into())),
            None => map.finish().map(|map| (map, Vec::new())).map_err(at),
        });
        let regions = sink.regions.into_iter().map(|region| finished(region.finish())).collect();
        Ok(MaskContents { regions, labels: map })
    }

    /// What makes a label map, if each label is that of one segment, or of those that have a meaning.
    fn map(&self) -> Result<(Vec<&Segment>, LabelMapBuilder)> {
        let builder = LabelMapBuilder::new(*self.file.grid());
        let mut named: Vec<&Segment> =
            self.segments.iter().filter(|segment| segment.meaning.is_some()).collect();
        if !named.is_empty() {
            named.sort_by_key(|segment| segment.meaning.is_some_and(|meaning| meaning.holds_others));
            return Ok((named, builder));
        }
        let segments = self.segments.iter().map(|segment| self.only(segment.label));
        Ok((segments.collect::<Result<_, _>>()?, builder))
    }
}

/// Regions of segments and a label map, in one pass.
struct SegmentSink<'a> {
    regions: Vec<SegmentRegion<'a>>,
    map: Option<(Vec<&'a Segment>, LabelMapBuilder)>,
    /// The first two segments that were found in one voxel.
    overlap: Option<(i64, i64)>,
}

/// A region of some segments.
struct SegmentRegion<'a> {
    segments: Vec<&'a Segment>,
    /// Which of them have a voxel.
    found: Vec<bool>,
    /// Whether they are all, as none was chosen.
    joins: bool,
    voxels: RoiBuilder,
}

impl SegmentRegion<'_> {
    fn add(&mut self, index: [usize; 3], len: usize, values: &[f64], invalid: Option<f64>) {
        if self.joins {
            for (found, segment) in self.found.iter_mut().zip(&self.segments) {
                *found |= segment.is_in(values);
            }
        }
        let value = invalid.or_else(|| marked(&self.segments, values).next());
        self.voxels.add(index, len, value.unwrap_or(0.0));
    }

    fn finish(self) -> Result<Roi> {
        let found = self.segments.iter().zip(&self.found).filter(|(_, found)| **found);
        let mut joined: Vec<i64> = found.map(|(segment, _)| segment.label).collect();
        joined.sort_unstable();
        joined.truncate(MAX_JOINED);
        let region = self.voxels.finish()?;
        Ok(if joined.len() > 1 { region.with_joined(&joined) } else { region })
    }
}

impl SegmentSink<'_> {
    /// Adds voxels by their values in each layer.
    fn add_values(&mut self, index: [usize; 3], len: usize, values: &[f64]) {
        if values.iter().all(|&value| value == 0.0) {
            return;
        }
        let invalid = values.iter().copied().find(|&value| label(value).is_none());
        for region in &mut self.regions {
            region.add(index, len, values, invalid);
        }
        if let Some((segments, map)) = &mut self.map {
            let mut found = within(segments, values);
            let one = found.next();
            if let (Some(one), Some(other)) = (one, found.next())
                && !other.meaning.is_some_and(|meaning| meaning.holds_others)
                && number(one) != number(other)
            {
                self.overlap.get_or_insert((one.label, other.label));
            }
            map.add(index, len, invalid.unwrap_or_else(|| one.map_or(0.0, number)));
        }
    }
}

impl Sink for SegmentSink<'_> {
    fn add(&mut self, index: [usize; 3], len: usize, value: f64) {
        self.add_values(index, len, &[value]);
    }

    fn skips_zeros(&self) -> bool {
        true
    }
}

/// The number of a segment in a label map.
fn number(segment: &Segment) -> f64 {
    segment.meaning.map_or(segment.label, |meaning| meaning.number) as f64
}

/// The labels of the segments that a voxel with these values is in.
fn marked(segments: &[&Segment], values: &[f64]) -> impl Iterator<Item = f64> {
    within(segments, values).map(|segment| segment.label as f64)
}

/// The segments that a voxel with these values is in.
fn within<'a>(segments: &[&'a Segment], values: &[f64]) -> impl Iterator<Item = &'a Segment> {
    segments.iter().copied().filter(|segment| segment.is_in(values))
}
