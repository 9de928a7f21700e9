//! Images with an offset, with padding, or of one value.

use hemastage::{Report, Result};
use ndarray::Axis;

use super::{arrays, message, said, scan, staged};
use crate::support::phantoms::StudyArrays;

fn with(change: impl FnOnce(&mut StudyArrays)) -> Result<Report> {
    let mut arrays = arrays();
    change(&mut arrays);
    staged(arrays)
}

#[test]
fn a_signal_below_0_is_an_offset() {
    let shifted = |by: f64| {
        with(|arrays| {
            arrays.t1.0 += by;
            arrays.t2.0 += by;
        })
    };
    let some = shifted(-300.0).unwrap();
    assert_eq!(said(&some), ["warning negative_signal t1", "warning negative_signal t2"]);
    assert!(message(&some, "negative_signal").contains("the image has an offset"));
    for by in [-450.0, -2000.0] {
        let error = shifted(by).unwrap_err().to_string();
        assert!(
            error.starts_with("t1: the reference's median signal is -") && error.contains("below 0"),
            "{error}"
        );
    }
    let negative = with(|arrays| {
        let mask = scan().hematoma.clone();
        arrays.t2.0.zip_mut_with(&mask, |signal, &blood| *signal *= 1.0 - 2.0 * f64::from(blood));
    });
    let error = negative.unwrap_err().to_string();
    assert!(
        error.starts_with("t2: the hematoma's median signal is -") && error.contains("below 0"),
        "{error}"
    );
}

/// Resampling leaves a few voxels a little below 0 next to bright fluid: no offset.
#[test]
fn ringing_is_no_offset() {
    let below = |depth: f64| {
        let report = with(|arrays| {
            let mask = scan().hematoma.clone();
            for (n, ((i, j, k), _)) in mask.indexed_iter().filter(|(_, v)| **v != 0).enumerate() {
                if n % 30 == 0 {
                    arrays.t2.0[[i, j, k]] = -depth;
                }
            }
        });
        said(&report.unwrap())
    };
    assert_eq!(below(15.0), [""; 0]);
    assert_eq!(below(200.0), ["warning negative_signal t2"]);
}

/// A constant added to all of an image, its empty part too.
#[test]
fn a_signal_far_above_0_everywhere_is_an_offset() {
    let raised = |by: f64, in_t1: bool| {
        let report = with(|arrays| {
            let image = if in_t1 { &mut arrays.t1.0 } else { &mut arrays.t2.0 };
            *image += by;
        });
        said(&report.unwrap()).into_iter().filter(|said| said.contains("signal_offset")).collect::<Vec<_>>()
    };
    for (in_t1, place) in [(true, "t1"), (false, "t2")] {
        assert_eq!(raised(1000.0, in_t1), [format!("warning signal_offset {place}")]);
        assert_eq!(raised(0.0, in_t1), [""; 0]);
    }
    let text = with(|arrays| arrays.t1.0 += 1000.0).unwrap();
    assert!(message(&text, "signal_offset").contains("a constant was added to the image"));
}

/// The field of view ends within the cord and is filled with 0.
#[test]
fn padding_is_no_reference() {
    let untouched = with(|_| ()).unwrap();
    for rows in [9, 2] {
        let report = with(|arrays| {
            let inside = |j: usize| arrays.hematoma.0.index_axis(Axis(1), j).iter().any(|&v| v != 0);
            let n = arrays.hematoma.0.len_of(Axis(1));
            let (first, last) = ((0..n).find(|&j| inside(j)).unwrap(), (0..n).rfind(|&j| inside(j)).unwrap());
            for image in [&mut arrays.t1.0, &mut arrays.t2.0] {
                for j in (0..n).filter(|j| *j + rows < first || *j > last + rows) {
                    image.index_axis_mut(Axis(1), j).fill(0.0);
                }
            }
        });
        let report = report.unwrap();
        assert_eq!(said(&report), ["warning zero_signal t1", "warning zero_signal t2"]);
        assert!(message(&report, "zero_signal").contains("reference voxels are exactly 0, the empty part"));
        assert_eq!(report.stage.call, untouched.stage.call);
        for (a, b) in
            [(&report.reference.t1, &untouched.reference.t1), (&report.reference.t2, &untouched.reference.t2)]
        {
            assert!((a.median - b.median).abs() < 0.03 * b.median, "{} {}", a.median, b.median);
        }
    }
    let empty = with(|arrays| arrays.t1.0.fill(0.0)).unwrap_err().to_string();
    assert!(empty.contains("are exactly 0, the empty part of an image"), "{empty}");
}

#[test]
fn a_constant_is_no_image() {
    let constant = with(|arrays| arrays.t1.0.fill(1.0)).unwrap();
    assert_eq!(said(&constant), ["warning reference_flat t1"]);
    let mask = with(|arrays| arrays.t1.0 = scan().canal.mapv(f64::from)).unwrap();
    assert_eq!(said(&mask), ["warning reference_flat t1"]);
}

/// As padding, but of a value that tissue might have.
#[test]
fn padding_of_a_constant_is_no_reference() {
    let untouched = with(|_| ()).unwrap();
    let report = with(|arrays| {
        let inside = |j: usize| arrays.hematoma.0.index_axis(Axis(1), j).iter().any(|&v| v != 0);
        let n = arrays.hematoma.0.len_of(Axis(1));
        let last = (0..n).rfind(|&j| inside(j)).unwrap();
        for image in [&mut arrays.t1.0, &mut arrays.t2.0] {
            (last + 5..n).for_each(|j| image.index_axis_mut(Axis(1), j).fill(4095.0));
        }
    });
    let report = report.unwrap();
    assert_eq!(said(&report), ["warning constant_signal t1", "warning constant_signal t2"]);
    assert!(message(&report, "constant_signal").contains("exactly the same signal, 4095, over "));
    assert!(report.findings.iter().all(|finding| finding.code != "reference_lesion"));
    assert_eq!(report.stage.call, untouched.stage.call);
    for (a, b) in
        [(&report.reference.t1, &untouched.reference.t1), (&report.reference.t2, &untouched.reference.t2)]
    {
        assert!((a.median - b.median).abs() < 0.03 * b.median, "{} {}", a.median, b.median);
    }
}

/// Where blood is black, its noise may be cut off at 0: up to most of its voxels are 0 then, all between tissue. If all
/// are, it was blanked.
#[test]
fn black_blood_is_no_padding() {
    for share in [1, 3, 6, 9, 10] {
        let report = with(|arrays| {
            let mask = scan().hematoma.clone();
            for ((i, j, k), _) in mask.indexed_iter().filter(|(_, v)| **v != 0) {
                arrays.t2.0[[i, j, k]] = if (7 * i + 3 * j + k) % 10 < share { 0.0 } else { 12.0 };
            }
        });
        let blanked = ["warning constant_signal t2"];
        let expected = if share == 10 { &blanked[..] } else { &[] };
        assert_eq!(said(&report.unwrap()), expected, "{share} of 10");
    }
}

#[test]
fn a_hematoma_in_the_padding_is_told() {
    let report = with(|arrays| {
        let inside = |j: usize| arrays.hematoma.0.index_axis(Axis(1), j).iter().any(|&v| v != 0);
        let n = arrays.hematoma.0.len_of(Axis(1));
        let (first, last) = ((0..n).find(|&j| inside(j)).unwrap(), (0..n).rfind(|&j| inside(j)).unwrap());
        (0..first + (last - first) / 4).for_each(|j| arrays.t2.0.index_axis_mut(Axis(1), j).fill(0.0));
    });
    let report = report.unwrap();
    let of_blood = |finding: &&hemastage::Finding| finding.message.contains("hematoma voxels are exactly 0");
    assert_eq!(report.findings.iter().filter(of_blood).count(), 1, "{:?}", said(&report));
}

#[test]
fn a_hematoma_that_covers_the_cord_is_to_blame() {
    let error = with(|arrays| arrays.hematoma.0 = arrays.cord.0.clone()).unwrap_err().to_string();
    assert!(
        error.starts_with("t1: the hematoma's mask covers ") && error.contains("that of the cord"),
        "{error}"
    );
}

/// As padding, but of a value that blood might have; and with the lesion filled in.
#[test]
fn a_hematoma_of_one_signal_is_none() {
    for value in [1.0, 255.0] {
        let padded = with(|arrays| {
            let inside = |j: usize| arrays.hematoma.0.index_axis(Axis(1), j).iter().any(|&v| v != 0);
            let n = arrays.hematoma.0.len_of(Axis(1));
            let (first, last) = ((0..n).find(|&j| inside(j)).unwrap(), (0..n).rfind(|&j| inside(j)).unwrap());
            (0..first + (last - first) / 4).for_each(|j| arrays.t2.0.index_axis_mut(Axis(1), j).fill(value));
        })
        .unwrap();
        let of_blood = |finding: &&hemastage::Finding| {
            finding
                .message
                .contains(&format!("hematoma voxels have exactly the same signal, {value}, as a solid"))
        };
        assert_eq!(padded.findings.iter().filter(of_blood).count(), 1, "{:?}", said(&padded));
    }
    let filled = with(|arrays| {
        let mask = scan().hematoma.clone();
        arrays.t2.0.zip_mut_with(&mask, |signal, &blood| *signal = if blood > 0 { 77.0 } else { *signal });
    });
    let filled = filled.unwrap();
    assert_eq!(said(&filled), ["warning constant_signal t2"]);
    assert!(message(&filled, "constant_signal").contains("it was blanked or filled in"));
    let negative = with(|arrays| {
        let n = arrays.hematoma.0.len_of(Axis(1));
        let inside = |j: usize| arrays.hematoma.0.index_axis(Axis(1), j).iter().any(|&v| v != 0);
        let last = (0..n).rfind(|&j| inside(j)).unwrap();
        (0..last).for_each(|j| arrays.t2.0.index_axis_mut(Axis(1), j).fill(-1024.0));
    });
    let error = negative.unwrap_err().to_string();
    println!("{error}");
    assert!(error.starts_with("t2: ") && error.contains("-1024"), "{error}");
}

/// Each image has its own finding: on the T1 too.
#[test]
fn a_cord_that_varies_is_uneven_in_that_image() {
    let uneven = |in_t1: bool, by: f64| {
        let report = with(|arrays| {
            let cord = scan().cord.clone();
            let image = if in_t1 { &mut arrays.t1.0 } else { &mut arrays.t2.0 };
            for ((i, j, k), _) in cord.indexed_iter().filter(|(_, v)| **v != 0) {
                let drawn = ((i * 7919 + j * 104_729 + k * 1_299_709) % 97) as f64 / 48.0 - 1.0;
                image[[i, j, k]] *= 1.0 + by * drawn;
            }
        });
        said(&report.unwrap())
            .into_iter()
            .filter(|said| said.contains("reference_uneven"))
            .collect::<Vec<_>>()
    };
    assert_eq!(uneven(true, 0.8), ["warning reference_uneven t1"]);
    assert_eq!(uneven(false, 0.8), ["warning reference_uneven t2"]);
    for in_t1 in [true, false] {
        assert_eq!(uneven(in_t1, 0.2), [""; 0]);
    }
}

/// Cut inside the hematoma alone, so that no part of it reaches the border of the image.
#[test]
fn half_a_hematoma_of_one_signal_was_cut() {
    let mask = scan().hematoma.clone();
    let middle = |axis: usize| {
        let mut places: Vec<usize> =
            mask.indexed_iter().filter(|(_, v)| **v != 0).map(|((i, j, k), _)| [i, j, k][axis]).collect();
        places.sort_unstable();
        places[places.len() / 2]
    };
    for (value, axis) in [(0.0, 0), (0.0, 1), (0.0, 2), (55.0, 1)] {
        let middle = middle(axis);
        let report = with(|arrays| {
            for ((i, j, k), _) in mask.indexed_iter().filter(|(_, v)| **v != 0) {
                if [i, j, k][axis] < middle {
                    arrays.t2.0[[i, j, k]] = value;
                }
            }
        })
        .unwrap();
        assert_eq!(said(&report), ["warning constant_signal t2"], "{value} {axis}");
        assert!(message(&report, "constant_signal").contains("lie in stretches of exactly the same signal"));
    }
}

#[test]
fn an_image_that_lost_its_scale_is_flat() {
    let rounded = with(|arrays| {
        let middle = 300.0;
        arrays.t2.0.mapv_inplace(|signal| (signal / middle).round());
    })
    .unwrap();
    assert!(said(&rounded).contains(&"warning reference_flat t2".to_owned()), "{:?}", said(&rounded));
    assert!(message(&rounded, "reference_flat").contains("the image was rounded coarsely"));
}
