//! How thick a mask is at each step: the mean of neighbouring lines in a slab.

use std::collections::BTreeMap;

use super::chords::{Chord, beside_mm, planes_of, within};

/// The thickest place of a step.
#[derive(Debug, Clone)]
pub(super) struct Thickest {
    pub(super) mm: f64,
    /// Its middle: beside the spine's line, and on the lines.
    pub(super) beside_mm: f64,
    pub(super) middle_mm: f64,
    /// The chords it is the mean of.
    pub(super) chords: Vec<Chord>,
}

/// The thickest place of the slab around a step, of each line's longest chord.
///
/// Thickness is the mean over two neighbouring lines and all planes of the slab, as far as they meet the
/// mask: a single line of a voxelised surface is off by up to a voxel, and the largest of many such
/// lines always upwards. Of equal places the first, from the left or the back.
pub(super) fn thickest(longest: &[Chord], step: i64, half: i64) -> Option<Thickest> {
    let mut lines: BTreeMap<i64, (f64, usize)> = BTreeMap::new();
    let slab = within(longest, &planes_of(step - half, step + half + 1));
    for chord in slab {
        let (sum, count) = lines.entry(chord.line).or_default();
        *sum += chord.length_mm();
        *count += 1;
    }
    let mut best: Option<(f64, i64)> = None;
    for (&line, &(sum, count)) in &lines {
        let (next_sum, next_count) = lines.get(&(line + 1)).copied().unwrap_or_default();
        let mean = (sum + next_sum) / (count + next_count) as f64;
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
        beside_mm: chords.iter().map(|chord| beside_mm(chord.line)).sum::<f64>() / count,
        middle_mm: chords.iter().map(|chord| f64::midpoint(chord.low, chord.high)).sum::<f64>() / count,
        chords,
    })
}
