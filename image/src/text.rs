//! Lists in error texts.

use std::fmt::Display;

/// The first `max` values, separated by commas; an ellipsis stands for the rest.
pub(crate) fn listed<T: Display>(values: impl IntoIterator<Item = T>, max: usize) -> String {
    let mut text: Vec<String> = values.into_iter().take(max + 1).map(|value| value.to_string()).collect();
    if text.len() > max {
        text[max] = "…".into();
    }
    text.join(", ")
}
