//! Contours in the slices of an image.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    contour_planes::normal_of_largest,
    contours::Contour,
    error::MaskError,
    fill::{Budget, Point, Span, fill, trace},
    images::axis_along,
    marks::Marks,
    references::Referred,
};
use crate::{
    finding::Finding,
    grid::{Grid, SNAP_VOXELS},
    memory::reserve_exact,
};

/// How far a contour may be from its slice, as a share of the slice spacing.
const MAX_OFF_SLICE: f64 = 0.1;

/// How far a contour along the image's edge may lie beyond it, in pixels, as its coordinates are rounded.
const EDGE_TOLERANCE: f64 = 0.01;

/// Contours sorted by ROI and slice of an image.
#[derive(Debug)]
pub(super) struct Slicing<'a> {
    grid: Grid,
    /// The axis that the slices are stacked along.
    axis: usize,
    slices: BTreeMap<(i64, usize), Vec<&'a Contour>>,
    /// The number of contours beyond the first and the last slice, or drawn on another image.
    left_out: usize,
}

impl<'a> Slicing<'a> {
    /// Sorts contours into slices. These are stacked along the axis that is nearest to the contours' own normal.
    ///
    /// Contours beyond the first and the last slice are left out. So are, where others were drawn on this image, which has
    /// the number `image`: those that were drawn on another and lie in none of its slices, and those that name slices of no
    /// image.
    ///
    /// # Errors
    /// When another contour lies in no slice, all are left out, or a coordinate is not finite.
    pub(super) fn of(contours: &'a [Contour], image: Option<usize>, grid: &Grid) -> Result<Self, MaskError> {
        let is_finite = |point: &[f64; 3]| grid.affine().world_to_index(*point).iter().all(|v| v.is_finite());
        if let Some(contour) = contours.iter().find(|contour| !contour.points.iter().all(is_finite)) {
            return Err(MaskError::ContourNumber { roi: contour.roi, contour: contour.number });
        }
        let axis = axis_of(contours, grid);
        let is_drawn_here = |contour: &Contour| {
            contour.drawn_on.as_ref().zip(image).is_some_and(|(images, image)| images.has(image))
        };
        let is_known = contours.iter().any(is_drawn_here);
        let is_of_another =
            |contour: &Contour| is_known && contour.drawn_on.is_some() && !is_drawn_here(contour);
        // as of a station next to this one
        let is_of_none =
            |contour: &Contour| is_known && contour.drawn_on.as_ref().is_some_and(Referred::is_none);
        let mut slicing = Self { grid: *grid, axis, slices: BTreeMap::new(), left_out: 0 };
        let mut worst: Option<(f64, &Contour)> = None;
        for contour in contours {
            let Place { slice, off } = slicing.place(contour);
            match slice {
                Some(_) if is_of_none(contour) => slicing.left_out += 1,
                Some(_) if off > MAX_OFF_SLICE && is_of_another(contour) => slicing.left_out += 1,
                Some(slice) => {
                    if off > worst.map_or(0.0, |(off, _)| off) {
                        worst = Some((off, contour));
                    }
                    slicing.slices.entry((contour.roi, slice)).or_default().push(contour);
                }
                None => slicing.left_out += 1,
            }
        }
        if let Some((off, contour)) = worst.filter(|(off, _)| *off > MAX_OFF_SLICE) {
            let Contour { roi, number, .. } = *contour;
            let mm = grid.spacing_mm()[axis];
            let (distance_mm, max_mm) = (off * mm, MAX_OFF_SLICE * mm);
            return Err(MaskError::OffSlice { roi, contour: number, distance_mm, max_mm });
        }
        match contours.first() {
            Some(contour) if slicing.slices.is_empty() => {
                Err(MaskError::BeyondSlices { roi: contour.roi, contour: contour.number })
            }
            _ => Ok(slicing),
        }
    }

    pub(super) fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The axis that the slices are stacked along.
    pub(super) fn axis(&self) -> usize {
        self.axis
    }

    /// The number of contours beyond the first and the last slice, or drawn on another image.
    pub(super) fn left_out(&self) -> usize {
        self.left_out
    }

    /// The slice nearest to a contour's first point, unless all of it lies beyond the slices; and how far from that
    /// slice it reaches, in slices.
    fn place(&self, contour: &Contour) -> Place {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let index = |point: &[f64; 3]| self.grid.affine().world_to_index(*point)[self.axis];
        for at in contour.points.iter().map(index) {
            (low, high) = (low.min(at), high.max(at));
        }
        let last = self.grid.shape()[self.axis] as f64 - 1.0;
        if high < -0.5 || low > last + 0.5 {
            return Place { slice: None, off: 0.0 };
        }
        let slice = contour.points.first().map_or(0.0, index).round().clamp(0.0, last);
        Place { slice: Some(slice as usize), off: (high - slice).max(slice - low) }
    }

    /// A contour in pixels of its slice.
    fn outline(&self, contour: &Contour) -> Result<Vec<Point>, MaskError> {
        let [u, v] = self.in_plane();
        let mut outline = Vec::new();
        reserve_exact(&mut outline, contour.points.len())?;
        for &point in &contour.points {
            let index = self.grid.affine().world_to_index(point);
            outline.push([snapped(index[u]), snapped(index[v])]);
        }
        Ok(outline)
    }

    /// The two axes of a slice, the one with the smaller stride in memory first.
    fn in_plane(&self) -> [usize; 2] {
        [[1, 2], [0, 2], [0, 1]][self.axis]
    }

    /// Marks the voxels inside the contours with 1.
    ///
    /// # Errors
    /// When there are more crossings or marks than any real region has, or memory runs out.
    pub(super) fn fill(&self, marks: &mut Marks, findings: &mut Vec<Finding>) -> Result<(), MaskError> {
        let size = self.in_plane().map(|axis| self.grid.shape()[axis]);
        let mut budget = Budget::new();
        let (mut repeated, mut outside) = (0, 0);
        for (&(_, slice), contours) in &self.slices {
            let outlines = contours.iter().map(|contour| self.outline(contour));
            let outlines = without_repeats(outlines.collect::<Result<_, _>>()?);
            repeated += contours.len() - outlines.len();
            outside += outlines.iter().flatten().filter(|point| is_outside(point, size)).count();
            fill(&outlines, size, &mut budget, |span| self.mark(marks, slice, &span))?;
            trace(&outlines, size, &mut budget, |span| self.mark(marks, slice, &span))?;
        }
        if repeated > 0 {
            findings.push(Finding::warning(
                "repeated_contours",
                format!("{repeated} contours are there twice on their slice; each was taken once"),
            ));
        }
        if outside > 0 {
            findings.push(Finding::warning(
                "clipped_contours",
                format!("{outside} points of contours lie outside the image; the region ends at its edge"),
            ));
        }
        Ok(())
    }

    fn mark(&self, marks: &mut Marks, slice: usize, span: &Span) -> Result<(), MaskError> {
        let [ni, nj, _] = self.grid.shape();
        let strides = [1, ni, ni * nj];
        let [u, v] = self.in_plane();
        let row = slice * strides[self.axis] + span.row * strides[v];
        if u == 0 {
            return marks.add(row + span.columns.start, span.columns.len(), 1);
        }
        span.columns.clone().try_for_each(|column| marks.add(row + column * strides[u], 1, 1))
    }

    /// Findings about the slices without contours between the first and last of an ROI, and about contours that were
    /// left out.
    pub(super) fn findings(&self) -> impl Iterator<Item = Finding> {
        let mut of_roi: BTreeMap<i64, BTreeSet<usize>> = BTreeMap::new();
        for &(roi, slice) in self.slices.keys() {
            of_roi.entry(roi).or_default().insert(slice);
        }
        let span = |slices: &BTreeSet<usize>| Some(slices.last()? - slices.first()? + 1 - slices.len());
        let skipped: usize = of_roi.values().filter_map(span).sum();
        let message = format!("{skipped} slices between the contours of an ROI have none; they are empty");
        let skipped = (skipped > 0).then(|| Finding::warning("skipped_slices", message));
        let all = self.left_out + self.slices.values().map(Vec::len).sum::<usize>();
        let message = format!(
            "{} of {all} contours lie beyond the image's first or last slice, or on another image; they were left out",
            self.left_out
        );
        let beyond = (self.left_out > 0).then(|| Finding::warning("contours_beyond", message));
        skipped.into_iter().chain(beyond)
    }
}

/// The slice that a contour lies in, and how far off it is.
struct Place {
    /// `None` beyond the slices.
    slice: Option<usize>,
    off: f64,
}

/// The axis that is nearest to the normal of the largest contour with a point in the image, else of all; where none
/// encloses anything, that along which they are flattest.
fn axis_of(contours: &[Contour], grid: &Grid) -> usize {
    let normal = normal_of_largest(contours.iter().filter(|contour| reaches(contour, grid)))
        .or_else(|| normal_of_largest(contours.iter()));
    if let Some(normal) = normal {
        return axis_along(grid, normal);
    }
    let off: [f64; 3] = std::array::from_fn(|axis| farthest(contours, grid, axis));
    let spacing = grid.spacing_mm();
    // of several axes along which the contours are flat, the one with the largest spacing
    let flatness = |axis: usize| (off[axis] / SNAP_VOXELS).round();
    let order = |&a: &usize, &b: &usize| {
        flatness(a).total_cmp(&flatness(b)).then(spacing[b].total_cmp(&spacing[a])).then(b.cmp(&a))
    };
    (0..3).min_by(order).unwrap_or(2)
}

/// Whether a contour has a point in the image.
fn reaches(contour: &Contour, grid: &Grid) -> bool {
    let is_inside = |point: &[f64; 3]| {
        let index = grid.affine().world_to_index(*point);
        (0..3).all(|a| index[a] >= -0.5 && index[a] <= grid.shape()[a] as f64 - 0.5)
    };
    contour.points.iter().any(is_inside)
}

/// The largest distance, in slices, of a contour from the slice nearest to its first point.
fn farthest(contours: &[Contour], grid: &Grid, axis: usize) -> f64 {
    let mut farthest = 0.0_f64;
    for contour in contours {
        let index = |point: &[f64; 3]| grid.affine().world_to_index(*point)[axis];
        let slice = contour.points.first().map_or(0.0, index).round();
        farthest = contour.points.iter().map(|point| (index(point) - slice).abs()).fold(farthest, f64::max);
    }
    farthest
}

/// Rounds an index that is a pixel center up to rounding errors.
fn snapped(index: f64) -> f64 {
    let whole = index.round();
    if (index - whole).abs() <= SNAP_VOXELS { whole } else { index }
}

fn is_outside(point: &Point, size: [usize; 2]) -> bool {
    (0..2).any(|a| point[a] < -0.5 - EDGE_TOLERANCE || point[a] > size[a] as f64 - 0.5 + EDGE_TOLERANCE)
}

/// Drops repeated outlines: by the even-odd rule, two equal ones would cancel each other.
fn without_repeats(mut outlines: Vec<Vec<Point>>) -> Vec<Vec<Point>> {
    let order = |a: &Vec<Point>, b: &Vec<Point>| {
        let pairs = a.as_flattened().iter().zip(b.as_flattened());
        pairs.map(|(x, y)| x.total_cmp(y)).find(|order| order.is_ne()).unwrap_or(a.len().cmp(&b.len()))
    };
    outlines.sort_by(order);
    outlines.dedup();
    outlines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{grid::Affine, roi::Labels};

    /// Sagittal slices, 4 mm apart along R; i runs to the back, j to the feet.
    fn grid() -> Grid {
        let m = [[0.0, 0.0, 4.0, -8.0], [-0.5, 0.0, 0.0, 10.0], [0.0, -0.5, 0.0, 20.0], [0.0, 0.0, 0.0, 1.0]];
        Grid::new([20, 40, 5], Affine::new(m).unwrap()).unwrap()
    }

    /// The same slices stored along i.
    fn turned() -> Grid {
        let m = [[4.0, 0.0, 0.0, -8.0], [0.0, 0.0, -0.5, 10.0], [0.0, -0.5, 0.0, 20.0], [0.0, 0.0, 0.0, 1.0]];
        Grid::new([5, 40, 20], Affine::new(m).unwrap()).unwrap()
    }

    fn square(number: usize, x: f64, low: f64, high: f64) -> Contour {
        let points = [[low, low], [high, low], [high, high], [low, high]];
        Contour { roi: 3, number, points: points.map(|[y, z]| [x, y, z]).to_vec(), drawn_on: None }
    }

    fn filled(contours: &[Contour], grid: Grid) -> Result<(Vec<[usize; 3]>, Vec<Finding>), String> {
        let slicing = Slicing::of(contours, None, &grid).map_err(|error| error.to_string())?;
        let mut findings: Vec<Finding> = slicing.findings().collect();
        let mut marks = Marks::new(grid);
        slicing.fill(&mut marks, &mut findings).map_err(|error| error.to_string())?;
        Ok((marks.into_roi(Labels::NonZero).unwrap().voxels().collect(), findings))
    }

    #[test]
    fn contours_fill_slices_along_any_axis() {
        // y from 5 to 7 is i from 6 to 10; z from 5 to 7 is j from 26 to 30; x = 0 is k = 2
        let (voxels, findings) = filled(&[square(1, 0.1, 5.2, 7.2)], grid()).unwrap();
        let expected: Vec<[usize; 3]> = (26..30).flat_map(|j| (6..10).map(move |i| [i, j, 2])).collect();
        assert_eq!(voxels, expected);
        assert!(findings.is_empty());
        let (mut turned, _) = filled(&[square(1, 0.1, 5.2, 7.2)], turned()).unwrap();
        for voxel in &mut turned {
            voxel.reverse();
        }
        turned.sort_by_key(|[i, j, k]| [*k, *j, *i]);
        assert_eq!(turned, expected);
    }

    #[test]
    fn rounding_does_not_move_an_edge() {
        let at = |shift: f64| filled(&[square(1, 0.0, 5.5 + shift, 8.0 + shift)], grid()).unwrap().0;
        assert_eq!(at(0.0).len(), 36, "the centers on the edges too");
        assert_eq!(at(1e-9), at(0.0));
        assert_eq!(at(-1e-4), at(0.0));
    }

    #[test]
    fn unusual_contours_are_findings() {
        let codes = |contours: &[Contour]| -> Vec<String> {
            filled(contours, grid()).unwrap().1.into_iter().map(|finding| finding.code).collect()
        };
        assert_eq!(codes(&[square(1, 0.0, 5.2, 7.2), square(2, 0.0, 5.2, 7.2)]), ["repeated_contours"]);
        assert_eq!(codes(&[square(1, -8.0, 5.2, 7.2), square(2, 0.0, 5.2, 7.2)]), ["skipped_slices"]);
        assert_eq!(codes(&[square(1, 0.0, 5.2, 12.2)]), ["clipped_contours"]);
        assert!(codes(&[square(1, 0.0, 5.2, 10.252)]).is_empty(), "the image's edge, up to rounding");
    }

    #[test]
    fn refuses_contours_that_lie_in_no_slice() {
        let error = |contours: &[Contour]| filled(contours, grid()).unwrap_err();
        assert_eq!(
            error(&[square(1, 0.0, 5.2, 7.2), square(2, 1.0, 5.2, 7.2)]),
            "ROI 3, contour 2 is 1.00 mm away from the nearest slice of the image, or bent or tilted by that much: expected at most 0.40 mm, so give the series that it was drawn on"
        );
        assert!(error(&[square(1, 12.0, 5.2, 7.2)]).contains("beyond the image's first or last slice"));
        let of = |points: Vec<[f64; 3]>| Contour { roi: 3, number: 1, points, drawn_on: None };
        let tilted = of(vec![[0.0, 0.0, 8.1], [1.3, 5.3, 9.4], [0.0, 5.9, 17.2]]);
        assert!(error(&[tilted]).contains("bent or tilted"));
        let endless = of(vec![[0.0, 1e308, 8.1], [0.0, -1e308, 9.4]]);
        assert!(error(&[endless]).contains("not a finite number"));
    }
}
