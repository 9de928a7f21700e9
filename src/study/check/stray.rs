//! Small parts of a hematoma far from the rest.

use hemastage_image::{
    finding::Finding,
    roi::{Parts, Roi, Run},
    vector::{Vector, dot, length, minus, plus},
};

/// A part below this share of the volume may be stray.
const MAX_SHARE: f64 = 0.01;
/// And is, if it lies farther from all larger parts.
const MIN_MM: f64 = 10.0;

/// A finding about parts of less than a hundredth of the volume that lie more than 10 mm from all larger ones.
/// `length_mm` is called for the length of the hematoma, and for that without them.
pub(super) fn stray_voxels(hematoma: &Roi, length_mm: impl Fn(&Roi) -> Option<f64>) -> Option<Finding> {
    let parts = hematoma.parts();
    let stray = Stray::of(hematoma, &parts)?;
    let (noun, them) = if stray.parts == 1 { ("part", "it") } else { ("parts", "them") };
    let mm3 = stray.voxels as f64 * hematoma.grid().voxel_mm3();
    let lengths = length_mm(&stray.rest).zip(length_mm(hematoma));
    let without = lengths.map_or_else(String::new, |(without, with)| {
        format!("; without {them} the hematoma is {without:.1} mm long, not {with:.1} mm")
    });
    let message = format!(
        "{} small {noun} ({} voxels, {mm3:.1} mm3) lie up to {:.0} mm from the rest of the hematoma{without}: remove what is no blood from the mask",
        stray.parts, stray.voxels, stray.farthest_mm
    );
    Some(Finding::warning("stray_voxels", message))
}

struct Stray {
    parts: usize,
    voxels: usize,
    farthest_mm: f64,
    /// The hematoma without them.
    rest: Roi,
}

impl Stray {
    /// `None` when there are none.
    fn of(hematoma: &Roi, parts: &Parts) -> Option<Self> {
        let max = MAX_SHARE * hematoma.len() as f64;
        let largest = parts.sizes().iter().copied().max()?;
        let is_small = |&size: &usize| (size as f64) < max && size < largest;
        let small: Vec<bool> = parts.sizes().iter().map(is_small).collect();
        if !small.contains(&true) {
            return None;
        }
        let runs = || hematoma.runs().iter().zip(parts.of_runs());
        let segment = |run: &Run| Segment::of(hematoma, run);
        let large: Vec<Segment> =
            runs().filter(|&(_, &part)| !small[part as usize]).map(|(run, _)| segment(run)).collect();
        let mut distances = vec![f64::INFINITY; small.len()];
        for (run, &part) in runs().filter(|&(_, &part)| small[part as usize]) {
            let nearest = &mut distances[part as usize];
            if *nearest > MIN_MM {
                *nearest = nearest.min(segment(run).distance_mm(&large));
            }
        }
        let is_stray = |part: u32| small[part as usize] && distances[part as usize] > MIN_MM;
        let stray = || (0..small.len()).filter(|&part| is_stray(part as u32));
        let rest = hematoma.of_runs(|n, _| !is_stray(parts.of_runs()[n])).ok()?;
        (stray().count() > 0).then(|| Self {
            parts: stray().count(),
            voxels: stray().map(|part| parts.sizes()[part]).sum(),
            farthest_mm: stray().map(|part| distances[part]).fold(0.0, f64::max),
            rest,
        })
    }
}

/// The centers of a run, from the first to the last.
struct Segment {
    first: Vector,
    along: Vector,
}

impl Segment {
    fn of(region: &Roi, run: &Run) -> Self {
        let center = |i: u32| region.grid().center([i, run.j, run.k].map(|v| v as usize));
        let first = center(run.i);
        Self { first, along: minus(center(run.i + run.len - 1), first) }
    }

    /// The distance of its ends from the nearest of others. A part as small is not much longer than a voxel.
    fn distance_mm(&self, others: &[Self]) -> f64 {
        let ends = [self.first, plus(self.first, 1.0, self.along)];
        let nearest = |end: Vector| others.iter().map(move |other| other.point_mm(end));
        ends.into_iter().flat_map(nearest).fold(f64::INFINITY, f64::min)
    }

    /// The distance of a point.
    fn point_mm(&self, point: Vector) -> f64 {
        let offset = minus(point, self.first);
        let squared = dot(self.along, self.along);
        let along = if squared > 0.0 { (dot(offset, self.along) / squared).clamp(0.0, 1.0) } else { 0.0 };
        length(plus(offset, -along, self.along))
    }
}
