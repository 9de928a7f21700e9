//! The shift between T1 and T2 against the dense implementation, on small phantoms.

use hemastage::{Affine, StageOptions, align::AlignOptions, stage, stage::Stage};
use hemastage_phantom::{Collection, Extent, FieldStrength, GridSpec, Layout, PhantomOptions, Side};

use super::{assert_close, dense};
use crate::support::{
    phantoms::{StudyArrays, shared_phantom},
    rigid::{moved_affine, rigid},
};

/// Phantoms that differ in all that bears on the shift: the hematoma, the field, the grids, how far T1 is moved.
fn moved(number: u32, [left, front]: [f64; 2]) -> StudyArrays {
    let n = number as usize;
    let clot = Collection::new(Extent::levels("C4", ["C5", "C6", "C7"][n % 3]).unwrap())
        .with_side([Side::Dorsal, Side::Left, Side::Ventral][n % 3])
        .with_layout(Layout::Single(Stage::FIVE[n % 5]));
    let field = [FieldStrength::T1_5, FieldStrength::T3][n % 2];
    let tilted = GridSpec::small().with_tilt_deg([2.0, -3.0, 1.5]);
    let options = PhantomOptions::small()
        .with_collections([clot])
        .with_field(field)
        .with_t1_grid(if n.is_multiple_of(2) { tilted } else { GridSpec::small() })
        .with_shading(1.0 + 0.4 * f64::from(number))
        .with_seed(70 + u64::from(number));
    let mut arrays = StudyArrays::new(&shared_phantom(&options));
    arrays.t1.1 = moved_affine(&arrays.t1.1, &rigid([0.0; 3], [-left, front, 0.0]));
    arrays
}

fn dense_shift(arrays: &StudyArrays) -> Option<dense::Shift> {
    let matrix = |affine: &Affine| *affine.matrix();
    let image = |(data, affine): &(ndarray::Array3<f64>, Affine)| dense::Image {
        data: data.clone(),
        affine: matrix(affine),
    };
    let mask = |(data, affine): &(ndarray::Array3<u8>, Affine)| dense::Mask {
        data: data.mapv(|label| label > 0),
        affine: matrix(affine),
    };
    let (t1, t2) = (image(&arrays.t1), image(&arrays.t2));
    dense::Shift::of([&t1, &t2], &mask(&arrays.hematoma), &mask(&arrays.cord)).unwrap()
}

#[test]
fn the_shift_agrees_with_the_oracle() {
    let shifts = [[0.0, 0.0], [0.6, -1.4], [-2.3, 2.1], [0.0, 3.2], [5.0, 0.3], [-0.4, 0.9]];
    for (n, shift) in (0..).zip(shifts) {
        let arrays = moved(n, shift);
        // a report rounds to a millionth of a millimeter
        let staged = stage(&arrays.clone().study().unwrap(), &StageOptions::default()).unwrap();
        let (found, expected) = (staged.alignment.alignment().unwrap(), dense_shift(&arrays).unwrap());
        println!("{shift:?}: {expected:?}");
        let seed = u64::from(n);
        assert_eq!(found.points, expected.points, "phantom {n}");
        assert_close(seed, "shift to the left", found.left_mm, expected.left);
        assert_close(seed, "shift to the front", found.front_mm, expected.front);
        assert_close(seed, "correlation", found.correlation, expected.correlation);
        assert_close(seed, "correlation without a shift", found.correlation_unmoved, expected.unmoved);
    }
}

#[test]
fn both_refuse_a_short_cord() {
    let mut arrays = moved(1, [0.0; 2]);
    // of 80 slices from head to feet, 8 are left
    arrays.cord.0.indexed_iter_mut().filter(|((_, j, _), _)| *j >= 8).for_each(|(_, label)| *label = 0);
    let options = StageOptions::default().with_align(AlignOptions::default());
    let report = stage(&arrays.clone().study().unwrap(), &options).unwrap().report;
    assert!(report.alignment.is_none() && dense_shift(&arrays).is_none());
}
