//! Contours as masks.

use hemastage_phantom::PhantomOptions;
use ndarray::Array3;

use crate::dicom::forms::written::{Inputs, Written, grids};
use crate::support::dicom::{
    file::{Syntax, write},
    rtstruct::{Contour, structure_set},
    secrets::label,
    study::Scans,
};
use crate::support::phantoms::shared_phantom;

/// Contours along the outer faces of voxels hold these voxels; one within another is a hole.
#[test]
fn contours_give_the_mask_that_they_outline() {
    for (name, grid) in grids() {
        let made = shared_phantom(&PhantomOptions::small().with_grids(grid));
        let mut scans = Scans::of(&made);
        let (corner, size) = inside(&scans.hematoma);
        let mut contours = Vec::new();
        scans.hematoma.fill(0);
        for k in corner[2]..corner[2] + size[2] {
            let [i, j] = [0, 1].map(|a| [corner[a], corner[a] + size[a] - 1]);
            contours.push(Contour::rectangle(k, i, j));
            let hole = [i[0] + size[0] / 2, j[0] + size[1] / 2];
            contours.push(Contour::rectangle(k, [hole[0]; 2], [hole[1]; 2]));
            voxels_of([i[0], j[0], k], [size[0], size[1], 1]).for_each(|index| scans.hematoma[index] = 1);
            scans.hematoma[[hole[0], hole[1], k]] = 0;
        }
        let marked = scans.hematoma.iter().filter(|&&voxel| voxel > 0).count();
        assert_eq!(marked, (size[0] * size[1] - 1) * size[2]);
        let written = Written::of(scans);
        let set = structure_set(&written.scans.t2.1, 2, &[contours]);
        let path = write(written.root(), "rt.dcm", &set, Syntax::ExplicitLittle);
        let path = path.to_str().unwrap();
        for hematoma in [path.to_owned(), format!("{path}:1"), format!("{path}:{}", label(1))] {
            let inputs = Inputs { hematoma, ..written.classic(Syntax::ExplicitLittle) };
            written.assert_same(&inputs, &format!("{name}, contours"));
        }
    }
}

/// The largest of some boxes that lie in a mask: its lowest corner and its size.
fn inside(mask: &Array3<u8>) -> ([usize; 3], [usize; 3]) {
    const SIZES: [[usize; 3]; 8] =
        [[3, 3, 3], [3, 9, 2], [3, 9, 4], [5, 3, 9], [9, 3, 3], [4, 3, 9], [9, 4, 3], [3, 9, 5]];
    let voxels = |size: [usize; 3]| size.iter().product::<usize>();
    let fits = |corner: [usize; 3], size: [usize; 3]| {
        voxels_of(corner, size).all(|index| mask.get(index).is_some_and(|&voxel| voxel > 0))
    };
    let corners = mask.indexed_iter().map(|(index, _)| <[usize; 3]>::from(index));
    let boxes = corners.flat_map(|corner| SIZES.map(|size| (corner, size)));
    boxes.filter(|&(corner, size)| fits(corner, size)).max_by_key(|&(_, size)| voxels(size)).unwrap()
}

/// The indices of a box.
fn voxels_of(corner: [usize; 3], size: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    (0..size.iter().product()).map(move |n: usize| {
        let at = [n % size[0], n / size[0] % size[1], n / size[0] / size[1]];
        std::array::from_fn(|a| corner[a] + at[a])
    })
}
