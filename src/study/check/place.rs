//! Whether a mask with the array of an image lies on that image.

use hemastage_image::{
    Affine,
    finding::Finding,
    grid::{Grid, GridMap, IndexBox},
    vector::{Vector, distance, minus},
};

use crate::vocabulary::contrast::{Contrast, PerContrast};

/// The code of the finding.
pub(super) const OFF_GRID: &str = "mask_off_grid";
/// Voxel sizes that differ by less are the same.
const SAME_SPACING: f64 = 0.01;
/// A mask lies off an image from here on along some axis (voxels). Headers whose spacing was rounded reach half of one.
const MAX_OFF: f64 = 0.75;
/// An axis follows another if it makes at least this cosine with it.
const FOLLOWS: f64 = std::f64::consts::FRAC_1_SQRT_2;
/// Axes that turn by less (cosine) have not turned: half a degree.
const SAME_DIRECTION: f64 = 0.999_96;

/// A finding when a mask has the shape and spacing of an image, and lies off each image that it has them of.
pub(super) fn off_grid(
    role: &str,
    mask: &Grid,
    bounds: &IndexBox,
    images: &PerContrast<&Grid>,
) -> Option<Finding> {
    let offsets =
        images.iter().filter_map(|(contrast, image)| Some((contrast, image, Axes::of(mask, image)?)));
    let offsets = offsets.map(|(contrast, image, axes)| (contrast, *image, axes.offset(mask, bounds, image)));
    let (contrast, image, offset) = offsets.min_by(|a, b| a.2.voxels.total_cmp(&b.2.voxels))?;
    if offset.voxels <= MAX_OFF {
        return None;
    }
    let cause = cause(mask, bounds, image, offset.mm, contrast);
    let message = format!(
        "the mask has the shape and voxel size of the {contrast} but lies up to {:.1} mm ({:.1} voxels) off it: {cause}",
        offset.mm, offset.voxels
    );
    Some(Finding::warning(OFF_GRID, message).at(role))
}

/// A finding when T1 has the shape and spacing of T2, and lies on it once the signs of coordinates are changed or T2's
/// orientation is taken. Two images may well have been planned apart, so that a distance alone is none.
pub(super) fn t1_off_t2(images: &PerContrast<&Grid>) -> Option<Finding> {
    let PerContrast { t1, t2 } = *images;
    let bounds = IndexBox::whole(t1.shape());
    let offset = Axes::of(t1, t2)?.offset(t1, &bounds, t2);
    if offset.voxels <= MAX_OFF {
        return None;
    }
    let cause = if let Some(axes) = negated_axes(t1, &bounds, t2) {
        let lps =
            if axes == "x and y" { ", as when LPS coordinates (ITK, DICOM) are written as RAS" } else { "" };
        format!("the sign of its {axes} coordinates is the other one{lps}")
    } else if is_bare(t1) && !is_bare(t2) {
        "it has no orientation of its own (voxel 0 at the origin, axes along the world's)".into()
    } else {
        return None;
    };
    let message = format!(
        "T1 has the shape and voxel size of T2 but lies up to {:.1} mm off it: {cause}; give it the affine that it had when it was converted",
        offset.mm
    );
    Some(Finding::warning("images_off_grid", message).at("t1"))
}

/// Whether a grid has only voxel sizes.
fn is_bare(grid: &Grid) -> bool {
    let m = grid.affine().matrix();
    (0..3).all(|r| m[r][3] == 0.0 && (0..3).all(|c| r == c || m[r][c] == 0.0))
}

/// How the axes of an array run along those of another of the same shape, as it may have been stored otherwise.
#[derive(Debug, Clone, Copy)]
struct Axes {
    /// For each axis of the image, the mask's axis that follows it, and whether they run the same way.
    follows: [(usize, bool); 3],
}

impl Axes {
    /// `None` when shapes or voxel sizes differ.
    fn of(mask: &Grid, image: &Grid) -> Option<Self> {
        let cosines = cosines(mask, image);
        let following = |r: usize| (0..3).find(|&c| cosines[r][c].abs() > FOLLOWS);
        let found: [Option<usize>; 3] = [following(0), following(1), following(2)];
        let stored = match found {
            [Some(i), Some(j), Some(k)] if i != j && j != k && i != k => [i, j, k],
            // the axes have turned, whatever the storage
            _ => [0, 1, 2],
        };
        let is_turned = stored == [0, 1, 2] && found.contains(&None);
        let follows = [0, 1, 2].map(|r| (stored[r], is_turned || cosines[r][stored[r]] > 0.0));
        // an array whose axes lost their directions is stored as its image is
        [Self { follows }, Self::STORED].into_iter().find(|axes| axes.are_alike(mask, image))
    }

    /// Whether shape and voxel size are the same along axes that follow each other.
    fn are_alike(&self, mask: &Grid, image: &Grid) -> bool {
        let (shape, spacing) = (mask.shape(), mask.spacing_mm());
        (0..3).all(|r| {
            let (c, expected) = (self.follows[r].0, image.spacing_mm()[r]);
            shape[c] == image.shape()[r] && (spacing[c] - expected).abs() <= SAME_SPACING * expected
        })
    }

    /// As the array is stored, axis by axis.
    const STORED: Self = Self { follows: [(0, true), (1, true), (2, true)] };

    /// The voxel of the image that holds a mask's voxel, if both cover the same box.
    fn voxel(&self, index: [usize; 3], shape: [usize; 3]) -> [usize; 3] {
        std::array::from_fn(|r| match self.follows[r] {
            (c, true) => index[c],
            (c, false) => shape[r] - 1 - index[c],
        })
    }

    /// How far the corners of a mask's box lie off.
    fn offset(&self, mask: &Grid, bounds: &IndexBox, image: &Grid) -> Offset {
        let map = mask.map_to(image);
        let mut offset = Offset { voxels: 0.0, mm: 0.0 };
        for corner in corners(bounds) {
            let expected = self.voxel(corner, image.shape());
            let found = map.exact(corner.map(|v| v as f64));
            let off = (0..3).map(|r| (found[r] - expected[r] as f64).abs()).fold(0.0, f64::max);
            offset.voxels = offset.voxels.max(off);
            offset.mm = offset.mm.max(distance(mask.center(corner), image.center(expected)));
        }
        offset
    }
}

/// The largest distance from where a mask should lie.
struct Offset {
    /// Along an axis of the image.
    voxels: f64,
    mm: f64,
}

fn corners(bounds: &IndexBox) -> impl Iterator<Item = [usize; 3]> + '_ {
    let at = |bits: usize, a: usize| if bits >> a & 1 == 1 { bounds.end[a] - 1 } else { bounds.start[a] };
    (0..8).map(move |bits| [at(bits, 0), at(bits, 1), at(bits, 2)])
}

/// The cosine of each axis of the image (rows) with each of the mask.
fn cosines(mask: &Grid, image: &Grid) -> [[f64; 3]; 3] {
    let (from, to) = (mask.spacing_mm(), image.spacing_mm());
    let map: GridMap = mask.map_to(image);
    let origin = map.exact([0.0; 3]);
    let column = |c: usize| -> Vector {
        minus(map.exact(std::array::from_fn(|a| f64::from(u8::from(a == c)))), origin)
    };
    let columns = [column(0), column(1), column(2)];
    std::array::from_fn(|r| std::array::from_fn(|c| columns[c][r] * to[r] / from[c]))
}

/// Why a mask may lie off an image, and what to do.
fn cause(mask: &Grid, bounds: &IndexBox, image: &Grid, mm: f64, contrast: Contrast) -> String {
    let copy = format!("give the mask the affine of the {contrast}, or the mask that was drawn on it");
    let third = "or it was drawn on a third series";
    if let Some(axes) = negated_axes(mask, bounds, image) {
        let lps =
            if axes == "x and y" { ", as when LPS coordinates (ITK, DICOM) are written as RAS" } else { "" };
        return format!("the sign of its {axes} coordinates is the other one{lps}; {copy}");
    }
    if is_bare(mask) {
        return format!(
            "it has no orientation of its own (voxel 0 at the origin, axes along the world's); {copy}"
        );
    }
    let is_parallel = cosines(mask, image).iter().enumerate().all(|(r, row)| row[r] > SAME_DIRECTION);
    if is_parallel {
        let shift = minus(mask.center(bounds.start), image.center(bounds.start));
        let way = direction(shift);
        return format!("its origin is {mm:.1} mm {way} of where it should be, {third}; {copy}");
    }
    format!("its axes run otherwise (a rotation was lost or added), {third}; {copy}")
}

/// The world axes whose sign is wrong, where that is all that is wrong.
fn negated_axes(mask: &Grid, bounds: &IndexBox, image: &Grid) -> Option<&'static str> {
    const SIGNS: [([f64; 3], &str); 7] = [
        ([-1.0, -1.0, 1.0], "x and y"),
        ([-1.0, 1.0, 1.0], "x"),
        ([1.0, -1.0, 1.0], "y"),
        ([1.0, 1.0, -1.0], "z"),
        ([-1.0, 1.0, -1.0], "x and z"),
        ([1.0, -1.0, -1.0], "y and z"),
        ([-1.0, -1.0, -1.0], "x, y and z"),
    ];
    let is_cause = |signs: [f64; 3]| {
        let mut matrix = *mask.affine().matrix();
        for (row, sign) in matrix.iter_mut().zip(signs) {
            *row = row.map(|v| sign * v);
        }
        let negated = Affine::new(matrix).and_then(|affine| Grid::new(mask.shape(), affine));
        negated.is_ok_and(|negated| Axes::STORED.offset(&negated, bounds, image).voxels <= MAX_OFF)
    };
    SIGNS.into_iter().find(|&(signs, _)| is_cause(signs)).map(|(_, axes)| axes)
}

/// The patient's direction that a shift is mostly along.
fn direction(shift: Vector) -> &'static str {
    const WAYS: [[&str; 2]; 3] = [["right", "left"], ["in front", "behind"], ["above", "below"]];
    let longest = (0..3).max_by(|&a, &b| shift[a].abs().total_cmp(&shift[b].abs())).unwrap_or(0);
    WAYS[longest][usize::from(shift[longest] < 0.0)]
}
