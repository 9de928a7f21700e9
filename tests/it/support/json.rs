//! Two reports compared key by key.

use approx::abs_diff_eq;
use serde_json::Value;

/// Panics with the place unless texts and counts are equal and numbers agree to `tolerance` of their size
/// (of 1 where they are smaller): a sum in another order, or another machine's mathematics, rounds otherwise.
pub(crate) fn assert_same_json(found: &Value, expected: &Value, tolerance: f64, place: &str) {
    match (found, expected) {
        (Value::Number(x), Value::Number(y)) => {
            let (x, y) = (x.as_f64().unwrap_or(f64::NAN), y.as_f64().unwrap_or(f64::NAN));
            let near = abs_diff_eq!(x, y, epsilon = tolerance * y.abs().max(1.0));
            assert!(near, "{place}: {x} is not {y}");
        }
        (Value::Object(x), Value::Object(y)) => {
            assert!(x.keys().eq(y.keys()), "{place}");
            for (key, value) in x {
                assert_same_json(value, &y[key], tolerance, &format!("{place}.{key}"));
            }
        }
        (Value::Array(x), Value::Array(y)) => {
            assert_eq!(x.len(), y.len(), "{place}");
            x.iter().zip(y).for_each(|(x, y)| assert_same_json(x, y, tolerance, place));
        }
        _ => assert_eq!(found, expected, "{place}"),
    }
}
