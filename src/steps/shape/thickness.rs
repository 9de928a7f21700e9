//! How thick a mask is at each step: the mean of neighboring lines in a slab.

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
/// Thickness is the mean over two neighboring lines and all planes of the slab, as far as they meet the
/// mask: a single line of a voxelised surface is off by up to a voxel, and the largest of many such
/// lines always upwards. Of equal places the first, from the left or the back.
pub(super) fn thickest(longest: &[Chord], step: i64, half: i64) -> Option<Thickest> {
    let slab = within(longest, &planes_of(step - half, step + half + 1));
    let first = slab.iter().map(|chord| chord.line).min()?;
    // one line more than there is, for the last to have a neighbor
    let mut lines: Vec<(f64, usize)> = Vec::new();
    for chord in slab {
        let place = (chord.line - first) as usize;
        if lines.len() < place + 2 {
            lines.resize(place + 2, (0.0, 0));
        }
        lines[place].0 += chord.length_mm();
        lines[place].1 += 1;
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
        beside_mm: chords.iter().map(|chord| beside_mm(chord.line)).sum::<f64>() / count,
        middle_mm: chords.iter().map(|chord| f64::midpoint(chord.low, chord.high)).sum::<f64>() / count,
        chords,
    })
}
