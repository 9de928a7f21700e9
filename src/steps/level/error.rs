//! The errors of the level step.

use hemastage_image::error::{Detail, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub(super) enum LevelError {
    #[error("unknown label scheme `{name}`: expected a TOML file or one of {known}")]
    UnknownScheme { name: String, known: String },
    #[error("unknown disc `{found}`: expected two vertebrae such as `C3/C4`, or `C1` for the top of C1")]
    UnknownDisc { found: String },
    #[error("line {line}: {message}")]
    Line { line: usize, message: String },
    #[error(
        "the label map's scheme is missing: the same number means different vertebrae in different schemes, so name the one it was made with; {fitting}"
    )]
    NoScheme { fitting: String },
    #[error("the label map holds no vertebra of the scheme `{scheme}`: found the values {values}; {fitting}")]
    NoVertebra { scheme: String, values: String, fitting: String },
    #[error("the scheme `{scheme}` does not know the values {values} of the label map; {fitting}")]
    OtherScheme { scheme: String, values: String, fitting: String },
    #[error(
        "the label map holds discs but no vertebra between them by the scheme `{scheme}`: it fits `{other}` ({title}), so choose that scheme"
    )]
    DiscsAlone { scheme: String, other: String, title: String },
    #[error(
        "{upper} lies below {lower} (at {upper_mm:.1} and {lower_mm:.1} mm along the spine): expected the order from the head down, so check {source_of}"
    )]
    Order { upper: String, lower: String, upper_mm: f64, lower_mm: f64, source_of: String },
    #[error("the landmarks are neither JSON nor CSV: {message}; expected {expected}")]
    Landmarks { message: String, expected: &'static str },
    #[error("the point of {name} is {point:?}: expected RAS mm, at most {max} from 0")]
    Point { name: String, point: [f64; 3], max: f64 },
    #[error("{name} is among the landmarks {found} times: expected at most {max} points of one vertebra")]
    Points { name: String, found: usize, max: usize },
    #[error(
        "the vertebrae span {length_mm:.0} mm: expected at most {max_mm} mm, as no spine is longer; check the unit of the coordinates"
    )]
    TooLong { length_mm: f64, max_mm: f64 },
    #[error("no landmark found: expected {expected}")]
    NoLandmark { expected: &'static str },
    #[error(
        "the map of disc points holds no disc of the scheme `{scheme}`: found the values {values}, expected disc k directly above vertebra k"
    )]
    NoDiscPoint { scheme: String, values: String },
    #[error(
        "looks like an image ({found}), not a label map: give the map of the vertebrae that was made of the image"
    )]
    Image { found: String },
    #[error(
        "the labels look like points, not vertebrae: the median one has {voxels} voxels ({mm3:.0} mm3){height}; give a map of whole vertebrae, or these points as --landmarks"
    )]
    PointsAsMap { voxels: f64, mm3: f64, height: String },
    #[error("label {label} has {voxels} voxels: expected points of at most {max}; {advice}")]
    MapAsPoints { label: i64, voxels: usize, max: usize, advice: &'static str },
    #[error("`{option}` is {found}: expected {expected}")]
    Option { option: &'static str, found: f64, expected: &'static str },
}

impl Detail for LevelError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownScheme { .. }
            | Self::UnknownDisc { .. }
            | Self::NoScheme { .. }
            | Self::NoVertebra { .. }
            | Self::OtherScheme { .. }
            | Self::DiscsAlone { .. }
            | Self::NoDiscPoint { .. }
            | Self::Point { .. }
            | Self::Points { .. }
            | Self::Option { .. } => ErrorKind::Parameter,
            Self::Line { .. }
            | Self::Landmarks { .. }
            | Self::NoLandmark { .. }
            | Self::Image { .. }
            | Self::PointsAsMap { .. }
            | Self::MapAsPoints { .. } => ErrorKind::Malformed,
            Self::Order { .. } | Self::TooLong { .. } => ErrorKind::Geometry,
        }
    }
}

/// Values for a message: up to ten of them.
pub(super) fn listed<T: std::fmt::Display>(values: impl IntoIterator<Item = T>) -> String {
    const MAX: usize = 10;
    let mut text: Vec<String> = values.into_iter().take(MAX + 1).map(|v| v.to_string()).collect();
    if text.len() > MAX {
        text[MAX] = "…".into();
    }
    text.join(", ")
}
