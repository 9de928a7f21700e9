//! Stray parts of the masks: specks far from the rest, parts to its side, blood off the canal.

use hemastage_image::{finding::Finding, roi::Roi};

use super::percent;
use crate::steps::shape::{ShapeInput, ShapeOptions, Stray, StrayParts};

const CODE: &str = "stray_voxels";

/// Findings about the stray parts of the hematoma, the cord and the canal.
pub(super) fn stray_voxels(
    stray: &StrayParts,
    hematoma: &Roi,
    cord: Option<&Roi>,
    canal: Option<&Roi>,
    options: &ShapeOptions,
) -> Vec<Finding> {
    let small = Stray::specks(hematoma);
    let of_rest = small.as_ref().and_then(|small| stray.off_canal(&input(&small.rest, cord, canal)));
    let off = if small.is_some() { of_rest.as_ref() } else { stray.off_canal.as_ref() };
    let off = off.map(|off| off_canal(hematoma, off, canal.is_some()));
    let length_mm = |hematoma: &Roi| stray.length_mm(&input(hematoma, cord, canal), options);
    let small = small.as_ref().map(|small| specks(hematoma, small, length_mm));
    let of_hematoma = small.into_iter().chain(off).map(|finding| finding.at("hematoma"));
    let tubes = [("cord", cord, &stray.cord), ("canal", canal, &stray.canal)];
    let of_tubes =
        tubes.into_iter().filter_map(|(role, mask, stray)| Some(of_tube(role, mask?, stray.as_ref()?)));
    of_hematoma.chain(of_tubes).collect()
}

pub(super) fn input<'a>(hematoma: &'a Roi, cord: Option<&'a Roi>, canal: Option<&'a Roi>) -> ShapeInput<'a> {
    let input = ShapeInput::new(hematoma);
    let input = cord.map_or(input, |cord| input.with_cord(cord));
    canal.map_or(input, |canal| input.with_canal(canal))
}

/// A finding about parts of less than a hundredth of the volume that lie more than 10 mm from all larger ones.
/// `length_mm` is called for the length of the hematoma, and for that without them.
fn specks(hematoma: &Roi, stray: &Stray, length_mm: impl Fn(&Roi) -> Option<f64>) -> Finding {
    let (noun, them) = if stray.parts == 1 { ("part", "it") } else { ("parts", "them") };
    let lengths = length_mm(&stray.rest).zip(length_mm(hematoma));
    let without = lengths.map_or_else(String::new, |(without, with)| {
        format!("; without {them} the hematoma is {without:.1} mm long, not {with:.1} mm")
    });
    let message = format!(
        "{} small {noun} ({} voxels, {:.1} mm3) lie up to {:.0} mm from the rest of the hematoma{without}: remove what is no blood from the mask",
        stray.parts,
        stray.voxels,
        stray.voxels as f64 * hematoma.grid().voxel_mm3(),
        stray.farthest_mm
    );
    Finding::warning(CODE, message)
}

/// A finding about parts of the hematoma off the canal.
fn off_canal(hematoma: &Roi, stray: &Stray, has_canal: bool) -> Finding {
    let around = if has_canal { "canal and cord" } else { "the cord" };
    let (lie, it) = if stray.parts == 1 { ("part lies", "it") } else { ("parts lie", "them") };
    let message = format!(
        "{} {lie} {:.0} mm off {around} ({} voxels, {} of the hematoma): thickness and occupancy are those without {it}, volume, length, levels and signal those with {it}; remove what is no blood from the mask",
        stray.parts,
        stray.farthest_mm,
        stray.voxels,
        share(stray, hematoma)
    );
    Finding::warning(CODE, message)
}

/// A finding about parts of a cord or a canal.
fn of_tube(role: &str, mask: &Roi, stray: &Stray) -> Finding {
    let (lie, it) = if stray.parts == 1 { ("part lies", "it") } else { ("parts lie", "them") };
    let message = format!(
        "{} {lie} up to {:.0} mm from the rest of the {role} ({} voxels, {} of the mask): extent, thickness, occupancy and displacement are those without {it}; remove {it} from the mask",
        stray.parts,
        stray.farthest_mm,
        stray.voxels,
        share(stray, mask)
    );
    Finding::warning(CODE, message).at(role)
}

fn share(stray: &Stray, mask: &Roi) -> String {
    let share = stray.voxels as f64 / mask.len() as f64;
    if share < 0.01 { "under 1 %".into() } else { percent(share) }
}
