//! Points around the cord, on a lattice along the scanner's axes.

use hemastage_image::{
    error::Result,
    grid::{Affine, Grid, GridMap},
    roi::{Labels, Roi, RoiBuilder},
};

/// Distance of points from front to back, from left to right and up: cord and fluid border each other in the first.
const STEP_MM: [f64; 3] = [0.5, 1.0, 2.0];
/// Points lie within this of the cord: farther out chemical shift puts fat ...
const NEAR_CORD_MM: f64 = 1.0;
/// ... this far from the hematoma, ...
const CLEAR_MM: f64 = 1.5;
/// ... and this far from the cord's ends.
const END_MM: f64 = 4.0;
/// More points than this say nothing new: planes are left out.
const MAX_POINTS: usize = 8000;
/// No cord is larger; a lattice that is comes of wrong voxel sizes.
const MAX_SIDE: f64 = 4096.0;

/// Points of the lattice as a region of its grid, whose axes are front, right and up; `None` where there are none.
pub(super) fn points(cord: &Roi, hematoma: &Roi) -> Result<Option<Roi>> {
    let Some(mut lattice) = Lattice::around(cord)? else { return Ok(None) };
    let grid = lattice.grid;
    let in_cord = Within::new(&grid, &[0.0], cord)?;
    // between two planes there may be blood too
    let in_blood = Within::new(&grid, &[-CLEAR_MM, 0.0, CLEAR_MM], hematoma)?;
    let planes: Vec<Vec<Row>> = (0..grid.shape()[2]).map(|k| lattice.plane(k, &in_cord, &in_blood)).collect();
    let count: usize = planes.iter().flatten().map(|row| row.len).sum();
    if count == 0 {
        return Ok(None);
    }
    let every = count.div_ceil(MAX_POINTS);
    let mut builder = RoiBuilder::new(grid, Labels::NonZero);
    for (k, rows) in planes.iter().enumerate().step_by(every) {
        for row in rows {
            builder.add([row.i, row.j, k], row.len, 1.0);
        }
    }
    Ok(builder.finish().ok())
}

/// Points of a plane that follow each other.
struct Row {
    i: usize,
    j: usize,
    len: usize,
}

/// A part of a plane: the first index along i and j, and one past the last.
type Window = [[usize; 2]; 2];

struct Lattice {
    grid: Grid,
    /// Where the cord lies in each plane.
    windows: Vec<Option<Window>>,
    near: Vec<u8>,
    blood: Vec<u8>,
}

impl Lattice {
    /// The lattice from the cord's lower to its upper end, centered on it; `None` for a cord too short.
    fn around(cord: &Roi) -> Result<Option<Self>> {
        let n = cord.len() as f64;
        let (mut mean, mut low, mut high) = ([0.0; 3], [f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
        for center in cord.centers() {
            for a in 0..3 {
                mean[a] += center[a] / n;
                low[a] = low[a].min(center[a]);
                high[a] = high[a].max(center[a]);
            }
        }
        let spacing = cord.grid().spacing_mm();
        // a voxel reaches half its diagonal beyond its center
        let half = spacing.iter().map(|mm| mm * mm).sum::<f64>().sqrt() / 2.0;
        let margin = half + NEAR_CORD_MM + CLEAR_MM;
        let bottom = low[2] + END_MM;
        let planes = ((high[2] - END_MM - bottom) / STEP_MM[2] + 1e-6).floor() + 1.0;
        // steps from the mean to the sides, along y and x
        let sides = [(1, 0), (0, 1)].map(|(axis, step)| {
            let steps = |mm: f64| ((mm + margin) / STEP_MM[step]).ceil();
            [steps(mean[axis] - low[axis]), steps(high[axis] - mean[axis])]
        });
        let counts = sides.map(|[before, after]| before + after + 1.0);
        if planes < 1.0 || !counts.iter().chain([&planes]).all(|&n| n < MAX_SIDE) {
            return Ok(None);
        }
        let origin = [mean[0] - sides[1][0] * STEP_MM[1], mean[1] - sides[0][0] * STEP_MM[0], bottom];
        let shape = [counts[0] as usize, counts[1] as usize, planes as usize];
        let grid = Grid::new(shape, affine(origin)?)?;
        let mut windows = vec![None; shape[2]];
        for center in cord.centers() {
            let at = [(center[1] - origin[1]) / STEP_MM[0], (center[0] - origin[0]) / STEP_MM[1]];
            let span = |axis: usize| {
                let reach = half / STEP_MM[axis];
                let last = shape[axis];
                [
                    (at[axis] - reach).floor().max(0.0) as usize,
                    ((at[axis] + reach).ceil() as usize + 1).min(last),
                ]
            };
            let plane = (center[2] - bottom) / STEP_MM[2];
            let reach = half / STEP_MM[2];
            let (from, to) = ((plane - reach).ceil().max(0.0) as usize, (plane + reach).floor() + 1.0);
            for window in windows.iter_mut().take(to.max(0.0) as usize).skip(from) {
                let [i, j] = window.unwrap_or([[usize::MAX, 0]; 2]);
                let wider = |[a, b]: [usize; 2], [c, d]: [usize; 2]| [a.min(c), b.max(d)];
                *window = Some([wider(i, span(0)), wider(j, span(1))]);
            }
        }
        let all = shape[0] * shape[1];
        Ok(Some(Self { grid, windows, near: vec![0; all], blood: vec![0; all] }))
    }

    /// The points of a plane.
    fn plane(&mut self, k: usize, in_cord: &Within<'_>, in_blood: &Within<'_>) -> Vec<Row> {
        let Some(cord) = self.windows[k] else { return Vec::new() };
        let width = self.grid.shape()[0];
        let all = [0, 1].map(|axis| {
            let margin = ((NEAR_CORD_MM + CLEAR_MM) / STEP_MM[axis]).ceil() as usize;
            let [from, to] = cord[axis];
            [from.saturating_sub(margin), (to + margin).min(self.grid.shape()[axis])]
        });
        let [is, js] = all;
        let mut rows = Vec::new();
        self.near.fill(0);
        if !mark(&mut self.near, width, all, NEAR_CORD_MM, cord, |i, j| in_cord.holds([i, j, k])) {
            return rows;
        }
        self.blood.fill(0);
        if let Some(blood) = in_blood.window(k, all) {
            // the nearest point of blood that does not count
            let clear = CLEAR_MM - 1e-6;
            mark(&mut self.blood, width, all, clear, blood, |i, j| in_blood.holds([i, j, k]));
        }
        for j in js[0]..js[1] {
            let mut i = is[0];
            while i < is[1] {
                let is_point = |i: usize| self.near[j * width + i] == 1 && self.blood[j * width + i] == 0;
                let len = (i..is[1]).take_while(|&i| is_point(i)).count();
                if len > 0 {
                    rows.push(Row { i, j, len });
                }
                i += len + 1;
            }
        }
        rows
    }
}

/// The affine of the lattice with its first point there: i to the front, j to the right, k up.
pub(super) fn affine(origin: [f64; 3]) -> Result<Affine> {
    let [front, right, up] = STEP_MM;
    Affine::new([
        [0.0, right, 0.0, origin[0]],
        [front, 0.0, 0.0, origin[1]],
        [0.0, 0.0, up, origin[2]],
        [0.0, 0.0, 0.0, 1.0],
    ])
}

/// The points of a lattice that lie in a region, or do when moved up by one of some distances.
struct Within<'a> {
    roi: &'a Roi,
    maps: Vec<GridMap>,
    /// All of them lie between these indices.
    low: [f64; 3],
    high: [f64; 3],
}

impl<'a> Within<'a> {
    fn new(lattice: &Grid, up_mm: &[f64], roi: &'a Roi) -> Result<Self> {
        let [x, y, z] = lattice.center([0; 3]);
        let bounds = roi.bounds();
        // a voxel reaches half of its size beyond its center
        let ends = [0, 1, 2].map(|a| [bounds.start[a] as f64 - 0.51, bounds.end[a] as f64 - 0.49]);
        let (mut maps, mut low, mut high) = (Vec::new(), [f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
        for &up in up_mm {
            let moved = Grid::new(lattice.shape(), affine([x, y, z + up])?)?;
            maps.push(moved.map_to(roi.grid()));
            for corner in 0..8 {
                let index = [0, 1, 2].map(|a: usize| ends[a][corner >> a & 1]);
                let at = moved.affine().world_to_index(roi.grid().affine().index_to_world(index));
                for a in 0..3 {
                    (low[a], high[a]) = (low[a].min(at[a]), high[a].max(at[a]));
                }
            }
        }
        Ok(Self { roi, maps, low, high })
    }

    /// The part of a window of plane `k` where such points can lie.
    fn window(&self, k: usize, window: Window) -> Option<Window> {
        let part = [0, 1].map(|axis| {
            let [from, to] = window[axis];
            let low = self.low[axis].ceil().max(0.0) as usize;
            let end = (self.high[axis].floor() + 1.0).max(0.0) as usize;
            [from.max(low), to.min(end)]
        });
        let is_here = (self.low[2]..=self.high[2]).contains(&(k as f64));
        (is_here && part.iter().all(|[from, to]| from < to)).then_some(part)
    }

    fn holds(&self, point: [usize; 3]) -> bool {
        let is_in = |voxel| self.roi.bounds().contains(voxel) && self.roi.position(voxel).is_some();
        self.maps.iter().any(|map| map.nearest(point).is_some_and(is_in))
    }
}

/// Marks the points of a window within a distance of those that are chosen, which are looked for in a part of it; whether
/// any is.
fn mark(
    marks: &mut [u8],
    width: usize,
    [is, js]: Window,
    distance: f64,
    part: Window,
    chosen: impl Fn(usize, usize) -> bool,
) -> bool {
    let reach_j = (distance / STEP_MM[1]) as usize;
    let mut any = false;
    for j in part[1][0]..part[1][1] {
        let mut i = part[0][0];
        while i < part[0][1] {
            let len = (i..part[0][1]).take_while(|&i| chosen(i, j)).count();
            if len > 0 {
                any = true;
                for row in j.saturating_sub(reach_j).max(js[0])..(j + reach_j + 1).min(js[1]) {
                    let apart = row.abs_diff(j) as f64 * STEP_MM[1];
                    let reach =
                        ((distance * distance - apart * apart).max(0.0).sqrt() / STEP_MM[0] + 1e-9) as usize;
                    let (from, to) = (i.saturating_sub(reach).max(is[0]), (i + len + reach).min(is[1]));
                    marks[row * width + from..row * width + to].fill(1);
                }
            }
            i += len + 1;
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use hemastage_image::vector::distance;
    use ndarray::Array3;

    use super::*;

    fn mask(inside: impl Fn([f64; 3]) -> bool) -> Roi {
        let affine = Affine::new([
            [-0.9, 0.1, 0.0, 12.0],
            [0.1, 0.9, 0.05, -14.0],
            [0.0, -0.05, 1.5, 3.0],
            [0.0, 0.0, 0.0, 1.0],
        ])
        .unwrap();
        let array = Array3::from_shape_fn((28, 30, 20), |(i, j, k)| {
            u8::from(inside(affine.index_to_world([i as f64, j as f64, k as f64])))
        });
        Roi::from_array(array.view(), affine, &Labels::NonZero).unwrap()
    }

    #[test]
    fn points_lie_near_the_cord_and_clear_of_blood() {
        let cord = mask(|[x, y, _]| x.hypot(y) < 5.0);
        let hematoma = mask(|[x, y, z]| x.abs() < 4.0 && (-9.0..-4.0).contains(&y) && z > 15.0);
        let found = points(&cord, &hematoma).unwrap().unwrap();
        let nearest = |roi: &Roi, point: [f64; 3]| {
            roi.centers().map(|center| distance(center, point)).fold(f64::INFINITY, f64::min)
        };
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for point in found.centers() {
            // a voxel reaches up to 1 mm beyond its center
            assert!(nearest(&cord, point) < NEAR_CORD_MM + 1.0, "{point:?}");
            assert!(nearest(&hematoma, point) > CLEAR_MM - 0.3, "{point:?}");
            (low, high) = (low.min(point[2]), high.max(point[2]));
        }
        let heights: Vec<f64> = cord.centers().map(|center| center[2]).collect();
        assert!((low - heights.iter().copied().fold(f64::INFINITY, f64::min) - END_MM).abs() < 1e-9);
        assert!(high <= heights.iter().copied().fold(f64::NEG_INFINITY, f64::max) - END_MM);
        // a disc of 6 mm has 113 mm2, of which blood takes 27 mm2 from 13.5 mm up; two points lie in each
        let planes: std::collections::BTreeSet<u64> =
            found.centers().map(|center| center[2].to_bits()).collect();
        let with_hematoma = planes.iter().filter(|&&height| f64::from_bits(height) > 13.5).count();
        let expected = (226 * planes.len() - 54 * with_hematoma) as f64;
        assert!((found.len() as f64 / expected - 1.0).abs() < 0.05, "{} {expected}", found.len());
    }

    #[test]
    fn a_long_cord_has_fewer_planes() {
        let affine = Affine::from_spacing([1.0, 1.0, 2.0]).unwrap();
        let array = Array3::from_shape_fn((20, 20, 200), |(i, j, _)| {
            u8::from((i as f64 - 9.5).hypot(j as f64 - 9.5) < 6.0)
        });
        let cord = Roi::from_array(array.view(), affine, &Labels::NonZero).unwrap();
        let mut blood = Array3::<u8>::zeros((20, 20, 200));
        blood[[0, 0, 0]] = 1;
        let blood = Roi::from_array(blood.view(), affine, &Labels::NonZero).unwrap();
        let found = points(&cord, &blood).unwrap().unwrap();
        assert!((MAX_POINTS / 2..=MAX_POINTS + 500).contains(&found.len()), "{}", found.len());
    }
}
