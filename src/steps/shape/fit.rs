//! The center line of a mask, fitted in passes: across the mask's main axis, then across the line of the pass before.

use hemastage_image::{
    principal_axis::PrincipalAxis,
    roi::Roi,
    vector::{Vector, dot, length, minus, plus},
};

use super::{
    line::Line,
    middles::{MAX_SPINE_MM, Middles, checked},
    smooth::smoothed,
};
use crate::kernel::{
    cells::{Cells, corners, voxels},
    frame::{Frame, STEP_MM},
    grid_line::LinePosition,
};

/// A mask shows its direction if it is at least this long, ...
const MIN_MM: f64 = 20.0;
/// ... and if the variance along it is at least this many times the variance across it.
const MIN_ELONGATION: f64 = 2.0;
/// Number of passes.
const PASSES: usize = 3;
/// Slack on lengths, so that rounding does not decide a tie.
const SLACK_MM: f64 = 1e-6;

/// The center line of a mask; the reason why there is none, when the mask shows no direction.
pub(super) fn fit(mask: &Roi, half_width_mm: f64) -> Result<Line, String> {
    let cells = Cells::of(mask.grid());
    let patient = mask.grid().patient_axes();
    let PrincipalAxis { center: centroid, axis, elongation } = PrincipalAxis::of(mask.centers(), &patient);
    let middles = Middles::of(mask, &cells, &straight(mask, centroid, axis))?;
    let (low, high) = middles.ends();
    let long = high - low;
    if long < MIN_MM - SLACK_MM || elongation < MIN_ELONGATION {
        return Err(format!(
            "the mask is {long:.0} mm long: expected at least {MIN_MM} mm and more than it is wide, so its direction is not known"
        ));
    }
    let mut line = through(&middles, axis, patient.right, half_width_mm)?;
    for _ in 1..PASSES {
        let middles = Middles::of(mask, &cells, &line)?;
        line = through(&middles, axis, patient.right, half_width_mm)?;
    }
    let (low, high) = checked(ends(&line, mask, &cells))?;
    line.start -= low;
    line.extent = (0.0, high - low);
    Ok(line)
}

/// A straight line along a mask, from end to end unless that is longer than any spine.
fn straight(mask: &Roi, center: Vector, axis: Vector) -> Line {
    let places = corners(mask).map(|corner| dot(minus(corner, center), axis));
    let steps = |mm: f64| mm.clamp(-MAX_SPINE_MM, MAX_SPINE_MM) / STEP_MM;
    let low = steps(places.iter().copied().fold(f64::INFINITY, f64::min)).floor();
    let high = steps(places.iter().copied().fold(f64::NEG_INFINITY, f64::max)).ceil();
    let frame =
        |n: i64| Frame { center: plus(center, n as f64 * STEP_MM, axis), up: axis, ..Frame::default() };
    let frames: Vec<Frame> = (low as i64 - 1..=high as i64 + 1).map(frame).collect();
    Line::new(frames, (low - 1.0) * STEP_MM, axis, [0.0; 3])
}

/// The smooth line through the middles of cross-sections.
fn through(middles: &Middles, axis: Vector, right: Vector, half_width_mm: f64) -> Result<Line, String> {
    let centers = resampled(&smoothed(&middles.inner(), half_width_mm));
    if centers.len() < 3 {
        return Err("too little of the mask shows its direction".into());
    }
    let last = centers.len() - 1;
    let frame = |n: usize| {
        let up = minus(centers[(n + 1).min(last)], centers[n.saturating_sub(1)]);
        Frame::new(centers[n], up, right)
    };
    let frames: Option<Vec<Frame>> = (0..=last).map(frame).collect();
    let frames = frames.ok_or("the line runs from left to right, as no spine does")?;
    Ok(Line::new(frames, 0.0, axis, right))
}

/// Points every millimeter of arc length along a polyline.
fn resampled(points: &[Vector]) -> Vec<Vector> {
    let Some(&first) = points.first() else { return Vec::new() };
    let mut even = vec![first];
    let mut next = STEP_MM;
    let mut arc = 0.0;
    for pair in points.windows(2) {
        let way = minus(pair[1], pair[0]);
        let long = length(way);
        while next <= arc + long + SLACK_MM {
            even.push(plus(pair[0], (next - arc) / long, way));
            next += STEP_MM;
        }
        arc += long;
    }
    even
}

/// The positions of a mask's lower and upper end on a line.
fn ends(line: &Line, mask: &Roi, cells: &Cells) -> (f64, f64) {
    let on_grid = line.on_grid(mask.grid());
    // no cell is this far along the line from its voxel's center, even on the inner side of a curve
    let margin = 2.0 * mask.grid().spacing_mm().iter().sum::<f64>();
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut last: Option<LinePosition> = None;
    for voxel in voxels(mask.runs()) {
        let position = on_grid.locate_voxel(voxel, last.as_ref());
        last = Some(position);
        if position.along - margin < low || position.along + margin > high {
            let half = cells.extent_mm(line.frames[position.frame()].up) / 2.0;
            for index in cells.centers(voxel) {
                let along = on_grid.locate_near(index, &position).along;
                (low, high) = (low.min(along - half), high.max(along + half));
            }
        }
    }
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{frame::tests::arc_mask, grid_line::tests::plain_position};

    #[test]
    fn an_arc_is_followed_and_its_frames_are_square() {
        for (radius, spacing, off, turned) in
            [(80.0, [0.5, 0.5, 0.5], 0.1, 0.02), (120.0, [4.0, 0.5, 0.5], 0.6, 0.05)]
        {
            let line = fit(&arc_mask(radius, spacing), 20.0).unwrap();
            for n in 0..line.frames.len() {
                let frame = &line.frames[n];
                let [x, y, z] = frame.center;
                assert!(((y + radius).hypot(z) - radius).abs() < off && x.abs() < off, "{n}: {frame:?}");
                let tangent = [0.0, -z, y + radius].map(|v| v / (y + radius).hypot(z));
                assert!(length(minus(frame.up, tangent)) < turned, "{n}: {frame:?} {tangent:?}");
                assert!(
                    dot(frame.up, frame.right).abs() < 1e-12
                        && dot(frame.anterior, frame.right).abs() < 1e-12
                );
                assert!(frame.right[0] > 0.9 && frame.anterior[1] > 0.7 && frame.up[2] > 0.7);
            }
            let length = line.extent.1 - line.extent.0;
            let whole = 2.0 * radius * (50.0 / radius).asin();
            assert!((length - whole).abs() < 0.08 * whole, "{length} {whole}");
        }
    }

    #[test]
    fn a_point_is_found_where_it_was_put() {
        let mask = arc_mask(90.0, [0.5; 3]);
        let line = fit(&mask, 20.0).unwrap();
        let on_grid = line.on_grid(mask.grid());
        for along in [-8.0, 1.3, 20.0, 47.77, 99.0, line.extent.1 + 5.0] {
            let point = line.at(along).point(3.0, -7.0);
            let index = mask.grid().affine().world_to_index(point);
            let far = on_grid.locate_voxel([20.0; 3], None);
            for position in [on_grid.locate_voxel(index, None), on_grid.locate_near(index, &far)] {
                let [right, anterior] = on_grid.across(index, &position);
                let found = [position.along, right, anterior];
                let near = |other: Vector, mm: f64| (0..3).all(|a| (found[a] - other[a]).abs() < mm);
                assert!(near([along, 3.0, -7.0], 0.05), "{along}: {found:?}");
                assert!(near(plain_position(&line.frames, line.start, point), 1e-9), "{along}: {found:?}");
            }
        }
    }
}
