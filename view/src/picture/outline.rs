//! The borders between pixels as long lines, grouped by the value on their inner side.

use std::collections::BTreeMap;

/// A corner of pixels.
pub(super) type Corner = [usize; 2];

/// The lines around the pixels of each value.
pub(super) type Outlines = BTreeMap<u8, Vec<Vec<Corner>>>;

/// The edge of the raster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// A border of the pixels at it.
    Border,
    /// No border: the pixels continue beyond it.
    Open,
}

/// The borders between each value but 0 and a neighbor that `differs`, as lines along the edges of pixels.
/// A line that ends where it begins is closed.
pub(super) fn outlines(
    values: &[u8],
    shape: [usize; 2],
    edge: Edge,
    differs: impl Fn(u8, u8) -> bool,
) -> Outlines {
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
            let border = neighbor.map_or(edge == Edge::Border, |other| differs(value, other));
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
    let mut lines: Vec<Vec<Corner>> = open.into_iter().map(|start| line(&mut edges, start)).collect();
    while let Some(start) = edges.keys().next().copied() {
        lines.push(line(&mut edges, start));
    }
    lines
}

/// The line that starts at a corner, its edges removed; straight pieces are joined.
fn line(edges: &mut Edges, start: Corner) -> Vec<Corner> {
    let mut line = vec![start];
    let mut at = start;
    while let Some(next) = next_corner(edges, at) {
        let before = line.len().checked_sub(2).map(|n| line[n]);
        if before.is_some_and(|before| (0..2).any(|a| before[a] == at[a] && at[a] == next[a])) {
            line.pop();
        }
        line.push(next);
        at = next;
    }
    line
}

/// The end of an edge that starts at a corner; the edge is removed.
fn next_corner(edges: &mut Edges, from: Corner) -> Option<Corner> {
    let ends = edges.get_mut(&from)?;
    let next = ends.pop();
    if ends.is_empty() {
        edges.remove(&from);
    }
    next
}
