//! A T1 that does not lie on the T2.

use hemastage::{Affine, Report, Severity};
use hemastage_phantom::{GridSpec, PhantomOptions};

use super::{arrays, message, options, said, staged};
use crate::support::phantoms::{StudyArrays, shared_phantom};

/// The report with the affine of T1 changed.
fn with_t1(change: impl FnOnce(&mut [[f64; 4]; 4])) -> Report {
    let mut arrays = arrays();
    let mut matrix = *arrays.t1.1.matrix();
    change(&mut matrix);
    arrays.t1.1 = Affine::new(matrix).unwrap();
    staged(arrays).unwrap()
}

/// The warnings about the place of T1.
fn about_t1(report: &Report) -> Vec<&str> {
    let codes = ["images_off_grid", "images_shifted", "alignment_unknown"];
    let own = |finding: &&hemastage::Finding| {
        finding.severity == Severity::Warning && codes.contains(&finding.code.as_str())
    };
    report.findings.iter().filter(own).map(|finding| finding.code.as_str()).collect()
}

#[test]
fn a_t1_far_off_the_t2_is_told() {
    for (axis, by) in [(0, 8.0), (0, -8.0), (0, 12.0), (1, 8.0), (1, -8.0), (1, 15.0), (1, -15.0), (1, 20.0)]
    {
        let report = with_t1(|m| m[axis][3] += by);
        assert!(!about_t1(&report).is_empty(), "{axis} {by}: {:?}", report.alignment);
    }
    let off = with_t1(|m| m[1][3] -= 8.0);
    assert!(message(&off, "alignment_unknown").contains("the T1 lies elsewhere"));
}

#[test]
fn the_signs_of_another_convention_are_named() {
    let lps = with_t1(|m| (0..4).for_each(|c| (m[0][c], m[1][c]) = (-m[0][c], -m[1][c])));
    assert_eq!(about_t1(&lps), ["images_off_grid", "alignment_unknown"]);
    let text = message(&lps, "images_off_grid");
    assert!(text.contains("the sign of its x and y coordinates is the other one, as when LPS"), "{text}");
}

#[test]
fn images_of_other_fields_of_view_are_quiet() {
    let grids = [
        GridSpec::axial(),
        GridSpec::isotropic(),
        GridSpec::thick_sagittal().with_offset_mm([3.0, -9.0, 14.0]),
    ];
    for (n, grid) in grids.into_iter().enumerate() {
        let scan = shared_phantom(&PhantomOptions::with_t1_grid(options(), grid));
        let report = staged(StudyArrays::new(&scan).with_canal(&scan)).unwrap();
        assert_eq!(said(&report), [""; 0], "{n}");
        assert_eq!(about_t1(&report), [""; 0], "{n}");
    }
}
