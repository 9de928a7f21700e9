//! The thickness of a mask at each step: the mean over two adjacent lines in a slab.

use super::chords::{Chord, planes_of, raster_mm, within};

/// The thickest place of a step.
#[derive(Debug, Clone)]
pub(super) struct Thickest {
    pub(super) mm: f64,
    /// Its middle: across the lines and along them, from the spine's line.
    pub(super) across_mm: f64,
    pub(super) along_mm: f64,
    /// The chords it is the mean of.
    pub(super) chords: Vec<Chord>,
}

/// The thickest place of the slab around a step, by the longest chord of each line.
///
/// Thickness is the mean over two adjacent lines in all planes of the slab, of those that cross the mask. A single
/// chord of a voxelized surface is off by up to a voxel, and the largest of many is biased upward. Of equal places
/// the first, from the left or the back.
pub(super) fn thickest(longest: &[Chord], step: i64, half: i64) -> Option<Thickest> {
    let slab = within(longest, &planes_of(step - half, step + half + 1));
    let first = slab.iter().map(|chord| chord.line).min()?;
    // sum and number of chords per line; one line more, so that the last has a neighbor
    let mut lines: Vec<(f64, usize)> = Vec::new();
    for chord in slab {
        let n = (chord.line - first) as usize;
        if lines.len() < n + 2 {
            lines.resize(n + 2, (0.0, 0));
        }
        lines[n].0 += chord.length_mm();
        lines[n].1 += 1;
    }
    let mut best: Option<(f64, i64)> = None;
    for (line, pair) in (first..).zip(lines.windows(2)) {
        if pair[0].1 == 0 {
            continue;
        }
        let mean = (pair[0].0 + pair[1].0) / (pair[0].1 + pair[1].1) as f64;
        if best.is_none_or(|(mm, _)| mean > mm + 1e-6) {
            best = Some((mean, line));
        }
    }
    let (mm, line) = best?;
    let chords: Vec<Chord> =
        slab.iter().copied().filter(|chord| (line..=line + 1).contains(&chord.line)).collect();
    let count = chords.len() as f64;
    Some(Thickest {
        mm,
        across_mm: chords.iter().map(|chord| raster_mm(chord.line)).sum::<f64>() / count,
        along_mm: chords.iter().map(|chord| f64::midpoint(chord.low, chord.high)).sum::<f64>() / count,
        chords,
    })
}
