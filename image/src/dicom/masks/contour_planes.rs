//! The planes of contours, and which image's slices they are.

use super::{
    contours::Contour,
    images::{ImageSpace, is_step},
    slices::Slicing,
};
use crate::{
    finding::Finding,
    vector::{Vector, cross, dot, minus, plus, scaled, unit},
};

/// Contours closer than this along their normal are in one plane.
const SAME_PLANE_MM: f64 = 0.05;

/// How much a spacing may differ from another and count as the same.
const SAME_SPACING: f64 = 1.01;

/// The step of the planes that contours lie in.
pub(super) struct ContourPlanes {
    /// The smallest distance of two planes; `None` for a single plane.
    step_mm: Option<f64>,
}

impl ContourPlanes {
    /// By the normal of the largest contour.
    pub(super) fn of(contours: &[Contour]) -> Self {
        let Some(normal) = normal_of_largest(contours.iter()) else { return Self { step_mm: None } };
        let mut positions: Vec<f64> =
            contours.iter().map(|contour| dot(middle(&contour.points), normal)).collect();
        positions.sort_by(f64::total_cmp);
        let distances = positions.windows(2).map(|pair| pair[1] - pair[0]);
        let step_mm = distances.filter(|mm| *mm > SAME_PLANE_MM).min_by(f64::total_cmp);
        Self { step_mm: step_mm.filter(|mm| mm.is_finite()) }
    }

    /// Of the images that contours fit, the one whose slices they are: those of the contours' step and not across them,
    /// else those with the fewest slices in between. A finding tells where it could be another.
    pub(super) fn best<'i, 'a, 's>(
        &self,
        mut fitting: Vec<(&'i ImageSpace<'a>, Slicing<'s>)>,
        findings: &mut Vec<Finding>,
    ) -> Option<(&'i ImageSpace<'a>, Slicing<'s>)> {
        let slices_mm = |slicing: &Slicing<'_>| slicing.grid().spacing_mm()[slicing.axis()];
        let fit = |(image, slicing): &(&ImageSpace<'_>, Slicing<'_>)| {
            let along = image.has_slices_along(slicing.axis());
            let step = self.step_mm.is_some_and(|mm| is_step(mm, slices_mm(slicing)));
            (along && step, along, step)
        };
        // a stable sort: of equal ones the first stays first
        fitting.sort_by(|a, b| {
            // in steps of a hundredth, so that rounding does not prefer an image
            let spacing = |slicing: &Slicing<'_>| (slices_mm(slicing).ln() * 100.0).round();
            let by_spacing = spacing(&b.1).total_cmp(&spacing(&a.1));
            fit(b).cmp(&fit(a)).then(a.1.left_out().cmp(&b.1.left_out())).then(by_spacing)
        });
        let mut fitting = fitting.into_iter();
        let best = fitting.next()?;
        let others =
            fitting.filter(|other| fit(other) == fit(&best) && other.1.left_out() == best.1.left_out());
        let differs = |other: &f64| {
            let mm = slices_mm(&best.1);
            mm.max(*other) > mm.min(*other) * SAME_SPACING
        };
        if let Some(other) = others.map(|(_, slicing)| slices_mm(&slicing)).find(differs) {
            findings.push(Finding::warning(
                "ambiguous_image",
                format!(
                    "the contours refer to no image and fit two, with slices {:.2} and {other:.2} mm apart: those {:.2} mm apart were taken; check the volume",
                    slices_mm(&best.1),
                    slices_mm(&best.1)
                ),
            ));
        }
        Some(best)
    }
}

/// The unit normal of the contour that encloses most; `None` when none encloses anything.
pub(super) fn normal_of_largest<'c>(contours: impl Iterator<Item = &'c Contour>) -> Option<Vector> {
    let areas = contours.map(|contour| area(&contour.points)).filter(|area| dot(*area, *area).is_finite());
    areas.max_by(|a, b| dot(*a, *a).total_cmp(&dot(*b, *b))).and_then(unit)
}

/// Twice the enclosed area, as a vector along the normal (Newell's method).
fn area(points: &[Vector]) -> Vector {
    let Some(&first) = points.first() else { return [0.0; 3] };
    let mut sum = [0.0; 3];
    for pair in points.windows(2) {
        sum = plus(sum, 1.0, cross(minus(pair[0], first), minus(pair[1], first)));
    }
    sum
}

fn middle(points: &[Vector]) -> Vector {
    let sum = points.iter().fold([0.0; 3], |sum, point| plus(sum, 1.0, *point));
    scaled(sum, 1.0 / points.len().max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(z: f64, size: f64) -> Contour {
        let points = [[0.0, 0.0], [size, 0.0], [size, size], [0.0, size]];
        Contour { roi: 1, number: 1, points: points.map(|[x, y]| [x, y, z]).to_vec(), drawn_on: None }
    }

    #[test]
    fn the_step_is_the_smallest_distance_of_planes() {
        let step =
            |z: &[f64]| ContourPlanes::of(&z.iter().map(|&z| square(z, 2.0)).collect::<Vec<_>>()).step_mm;
        assert_eq!(step(&[3.0, 15.0, 7.0, 7.01]), Some(4.0));
        assert_eq!(step(&[3.0, 3.02]), None);
        assert_eq!(step(&[]), None);
    }

    #[test]
    fn the_normal_is_that_of_the_largest_contour() {
        let line = Contour { points: vec![[0.0; 3], [9.0, 9.0, 9.0]], ..square(0.0, 1.0) };
        let tilted = Contour { points: vec![[0.0; 3], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], ..square(0.0, 1.0) };
        assert_eq!(normal_of_largest([&line, &tilted, &square(4.0, 2.0)].into_iter()), Some([0.0, 0.0, 1.0]));
        assert_eq!(normal_of_largest([&line].into_iter()), None);
    }
}
