//! The borders between pixels as long lines, by the value on their inner side.

use std::collections::BTreeMap;

/// A corner of pixels.
pub(super) type Corner = [usize; 2];

/// What lies beyond the pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beyond {
    /// Nothing: a border.
    Nothing,
    /// More of the same: no border.
    Same,
}

/// The borders of each value but 0 with a neighbor that `differs`, as lines along the pixels' edges.
/// A line that ends where it begins is closed.
pub(super) fn outlines(
    values: &[u8],
    shape: [usize; 2],
    beyond: Beyond,
    differs: impl Fn(u8, u8) -> bool,
) -> BTreeMap<u8, Vec<Vec<Corner>>> {
    let [width, height] = shape;
    let mut edges: BTreeMap<u8, Edges> = BTreeMap::new();
    let at = |x: usize, y: usize| (x < width && y < height).then(|| values[y * width + x]);
    for (n, &value) in values.iter().enumerate().filter(|(_, value)| **value != 0) {
        let (x, y) = (n % width, n / width);
        let sides = [
            (at(x, y.wrapping_sub(1)), [x, y], [x + 1, y]),
            (at(x + 1, y), [x + 1, y], [x + 1, y + 1]),
            (at(x, y + 1), [x + 1, y + 1], [x, y + 1]),
            (at(x.wrapping_sub(1), y), [x, y + 1], [x, y]),
        ];
        for (neighbor, from, to) in sides {
            let border = neighbor.map_or(beyond == Beyond::Nothing, |other| differs(value, other));
            if border {
                edges.entry(value).or_default().entry(from).or_default().push(to);
            }
        }
    }
    edges.into_iter().map(|(value, edges)| (value, lines(edges))).collect()
}

/// The edges by their first corner; each runs clockwise around its pixel.
type Edges = BTreeMap<Corner, Vec<Corner>>;

/// The edges joined end to end.
fn lines(mut edges: Edges) -> Vec<Vec<Corner>> {
    let mut ends: BTreeMap<Corner, usize> = BTreeMap::new();
    edges.values().flatten().for_each(|&to| *ends.entry(to).or_default() += 1);
    let opens = |(from, to): (&Corner, &Vec<Corner>)| {
        let starts = to.len().saturating_sub(ends.get(from).copied().unwrap_or(0));
        std::iter::repeat_n(*from, starts)
    };
    let open: Vec<Corner> = edges.iter().flat_map(opens).collect();
    let mut found: Vec<Vec<Corner>> = open.into_iter().map(|start| line(&mut edges, start)).collect();
    while let Some(start) = edges.keys().next().copied() {
        found.push(line(&mut edges, start));
    }
    found
}

/// The line from a corner on, its edges taken away; straight pieces are one.
fn line(edges: &mut Edges, start: Corner) -> Vec<Corner> {
    let mut line = vec![start];
    let mut at = start;
    while let Some(next) = taken(edges, at) {
        let before = line.len().checked_sub(2).map(|n| line[n]);
        if before.is_some_and(|before| (0..2).any(|a| before[a] == at[a] && at[a] == next[a])) {
            line.pop();
        }
        line.push(next);
        at = next;
    }
    line
}

fn taken(edges: &mut Edges, from: Corner) -> Option<Corner> {
    let ways = edges.get_mut(&from)?;
    let next = ways.pop();
    if ways.is_empty() {
        edges.remove(&from);
    }
    next
}
