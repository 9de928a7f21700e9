//! What the benches share: scans of three sizes, masks of two densities, and how they are timed.
//!
//! | file | what it holds |
//! |---|---|
//! | `scan.rs` | seeded phantoms, and the masks on them |
//! | `measured.rs` | the results of the steps before the timed one |
//! | `oracle.rs` | a scan as input of the slow program in `tests/it/oracle` |
//! | `files.rs` | a scan as files |

pub(crate) mod files;
pub(crate) mod measured;
pub(crate) mod oracle;
pub(crate) mod scan;

use std::time::Duration;

use approx::abs_diff_eq;
use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};

/// A group whose throughput is in voxels.
pub(crate) fn group<'a>(c: &'a mut Criterion, name: &str, voxels: usize) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    group.throughput(Throughput::Elements(voxels as u64));
    group
}

/// Panics unless two numbers agree to 1e-9 of their size; NaN agrees with NaN.
pub(crate) fn assert_close(what: &str, found: f64, expected: f64) {
    let agree = abs_diff_eq!(found, expected, epsilon = 1e-9 * expected.abs().max(1.0));
    assert!(agree || found.is_nan() && expected.is_nan(), "{what}: {found} is not {expected}");
}

/// As [`assert_close`], number by number.
pub(crate) fn assert_all_close(what: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    found.iter().zip(expected).for_each(|(&found, &expected)| assert_close(what, found, expected));
}
