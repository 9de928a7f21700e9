//! Two reports compared key by key.

use serde_json::Value;

/// Panics with the place unless words and counts are equal and numbers agree to `tolerance` of their size
/// (of 1, where they are smaller): a sum in another order, or another machine's mathematics, rounds otherwise.
pub(crate) fn same(found: &Value, expected: &Value, tolerance: f64, place: &str) {
    match (found, expected) {
        (Value::Number(x), Value::Number(y)) => {
            let (x, y) = (x.as_f64().unwrap_or(f64::NAN), y.as_f64().unwrap_or(f64::NAN));
            assert!((x - y).abs() <= tolerance * y.abs().max(1.0), "{place}: {x} is not {y}");
        }
        (Value::Object(x), Value::Object(y)) => {
            assert!(x.keys().eq(y.keys()), "{place}");
            x.iter().for_each(|(key, value)| same(value, &y[key], tolerance, &format!("{place}.{key}")));
        }
        (Value::Array(x), Value::Array(y)) => {
            assert_eq!(x.len(), y.len(), "{place}");
            x.iter().zip(y).for_each(|(x, y)| same(x, y, tolerance, place));
        }
        _ => assert_eq!(found, expected, "{place}"),
    }
}
