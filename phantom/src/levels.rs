//! The vertebrae of the phantom: their names, numbers and heights along the canal.

use hemastage_image::{
    error::{Detail, ErrorKind, Result},
    text::quoted,
};

/// The names of the vertebrae, cranial to caudal. Position 0 (`C1`) has the label 1 in the masks.
pub const LEVELS: [&str; 25] = [
    "C1", "C2", "C3", "C4", "C5", "C6", "C7", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10",
    "T11", "T12", "L1", "L2", "L3", "L4", "L5", "S1",
];

/// Height of each vertebra with half of each neighboring disc, mm along the canal.
pub(super) const HEIGHT_MM: [f64; 25] = [
    14.0, 22.0, 17.0, 17.0, 17.0, 17.0, 18.0, 20.0, 20.6, 21.2, 21.8, 22.4, 23.0, 23.6, 24.2, 24.8, 25.4,
    26.0, 27.0, 34.0, 35.0, 36.0, 36.0, 35.0, 30.0,
];

/// Thickness of the disc above each vertebra, mm. C1 and C2 have none.
pub(super) const DISC_MM: [f64; 26] = [
    0.0, 0.0, 4.5, 4.5, 4.5, 4.5, 4.5, 4.2, 4.0, 4.0, 4.0, 4.0, 4.2, 4.4, 4.6, 4.8, 5.0, 5.4, 5.8, 7.5, 8.5,
    9.5, 10.0, 10.0, 9.0, 0.0,
];

/// The position of a vertebra in [`LEVELS`].
///
/// # Errors
/// When the phantom has no vertebra of that name.
///
/// # Example
/// ```
/// assert_eq!(hemastage_phantom::level_index("T1")?, 7);
/// assert!(hemastage_phantom::level_index("C8").is_err());
/// # Ok::<(), hemastage::Error>(())
/// ```
pub fn level_index(name: &str) -> Result<usize> {
    let name = name.trim();
    LEVELS
        .iter()
        .position(|level| level.eq_ignore_ascii_case(name))
        .ok_or_else(|| LevelError::Name { found: quoted(name) }.into())
}

/// The name of the vertebra at a position in [`LEVELS`].
pub(super) fn level_name(index: usize) -> Result<&'static str> {
    LEVELS.get(index).copied().ok_or_else(|| LevelError::Index { found: index }.into())
}

#[derive(Debug, thiserror::Error)]
enum LevelError {
    #[error("unknown vertebra `{found}`: the phantom has C1 to C7, T1 to T12, L1 to L5 and S1")]
    Name { found: String },
    #[error("vertebra number {found}: expected 0 (C1) to 24 (S1)")]
    Index { found: usize },
}

impl Detail for LevelError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

/// The upper border of a vertebra, mm along the canal below the upper border of C1.
/// Position 25 is the lower border of S1.
pub(super) fn upper_border_mm(level: usize) -> f64 {
    HEIGHT_MM.iter().take(level).sum()
}

/// The vertebra at a height and the position in it: 0 at its upper border, 1 at its lower.
/// `None` above C1 and below S1.
pub(super) fn level_at(s_mm: f64) -> Option<(usize, f64)> {
    let mut top = 0.0;
    if s_mm < 0.0 {
        return None;
    }
    for (level, height) in HEIGHT_MM.into_iter().enumerate() {
        if s_mm < top + height {
            return Some((level, (s_mm - top) / height));
        }
        top += height;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_and_levels_agree() {
        for (level, name) in LEVELS.into_iter().enumerate() {
            let (found, fraction) = level_at(upper_border_mm(level) + 1e-6).unwrap();
            assert_eq!(found, level);
            assert!(fraction < 1e-3);
            assert_eq!(level_index(name).unwrap(), level);
        }
        assert_eq!(level_at(-0.1), None);
        assert_eq!(level_at(upper_border_mm(25) + 0.1), None);
        assert!(level_index("C8").unwrap_err().to_string().contains("`C8`"));
    }
}
