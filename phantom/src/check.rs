//! What options are refused, and with which words.

use hemastage_image::error::{Detail, ErrorKind, Result};

use super::PhantomOptions;
use super::hematoma::{Collection, Extent};
use super::levels::LEVELS;
use super::signal::Sequence;
use hemastage::stage::Stage;

#[derive(Debug, thiserror::Error)]
pub(super) enum PhantomError {
    #[error("unknown vertebra `{found}`: the phantom has C1 to C7, T1 to T12, L1 to L5 and S1")]
    Level { found: String },
    #[error("vertebra number {found}: expected 0 (C1) to 24 (S1)")]
    LevelIndex { found: usize },
    #[error("the collection goes from {first} to {last}: the first vertebra must not lie below the last")]
    LevelOrder { first: &'static str, last: &'static str },
    #[error(
        "the collection goes from {top_mm} mm to {bottom_mm} mm: the top must lie at least 2 mm above the bottom"
    )]
    HeightOrder { top_mm: f64, bottom_mm: f64 },
    #[error("{what} is {found}: expected {low} to {high}{unit}")]
    Range { what: &'static str, found: f64, low: f64, high: f64, unit: &'static str },
    #[error("TE is {te_ms} ms and TR {tr_ms} ms: the echo must come before the next repetition")]
    EchoAfterRepetition { tr_ms: f64, te_ms: f64 },
    #[error("a collection holds the stage `indeterminate`: name one of the five stages")]
    StageIndeterminate,
    #[error("a mixture of {found} stages: expected 1 to 16, each with a share above 0")]
    Parts { found: usize },
    #[error("{found} collections: expected at most 64")]
    Collections { found: usize },
    #[error(
        "the collection has {room_mm:.2} mm of room beside the cord: choose another side, compartment or vertebra"
    )]
    NoRoom { room_mm: f64 },
    #[error("the grid's axes are {}: expected one of right or left, one of anterior or posterior and one of superior or inferior", .code)]
    Axes { code: String },
    #[error("the grid has {} x {} x {} voxels: expected 1 to 32767 along each axis and at most {most} in all", .shape[0], .shape[1], .shape[2])]
    Shape { shape: [usize; 3], most: usize },
    #[error("supersampling is {} x {} x {}: expected 1 to 16 along each axis", .found[0], .found[1], .found[2])]
    Supersampling { found: [usize; 3] },
    #[error("{found} voxels were sampled of {expected}")]
    Incomplete { found: usize, expected: usize },
}

impl Detail for PhantomError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

/// Refuses a number outside [low, high], NaN included.
pub(super) fn range(
    what: &'static str,
    found: f64,
    (low, high): (f64, f64),
    unit: &'static str,
) -> Result<(), PhantomError> {
    if (low..=high).contains(&found) {
        Ok(())
    } else {
        Err(PhantomError::Range { what, found, low, high, unit })
    }
}

pub(super) fn level(index: usize) -> Result<&'static str, PhantomError> {
    LEVELS.get(index).copied().ok_or(PhantomError::LevelIndex { found: index })
}

/// Checks everything but the grids, which check themselves when they are built.
pub(super) fn options(options: &PhantomOptions) -> Result<()> {
    range("lordosis", options.lordosis_mm, (0.0, 30.0), " mm").map_err(at("lordosis_mm"))?;
    range("scoliosis", options.scoliosis_mm, (0.0, 30.0), " mm").map_err(at("scoliosis_mm"))?;
    sequence(options.t1).map_err(at("t1"))?;
    sequence(options.t2).map_err(at("t2"))?;
    if let Some(snr) = options.snr {
        range("the signal-to-noise ratio", snr, (0.1, 1e6), "").map_err(at("snr"))?;
    }
    range("the shading ratio", options.shading, (1.0, 20.0), "").map_err(at("shading"))?;
    if let Some(found) = options.supersampling
        && found.iter().any(|n| !(1..=16).contains(n))
    {
        return Err(at("supersampling")(PhantomError::Supersampling { found }));
    }
    if let Some(view) = options.view {
        level(view).map_err(at("view"))?;
    }
    if options.collections.len() > 64 {
        return Err(at("collections")(PhantomError::Collections { found: options.collections.len() }));
    }
    options.collections.iter().try_for_each(|c| collection(c).map_err(at("collections")))
}

/// Names the option at fault.
pub(super) fn at(place: &'static str) -> impl Fn(PhantomError) -> hemastage_image::Error {
    move |error| hemastage_image::Error::from(error).at(place)
}

fn sequence(sequence: Sequence) -> Result<(), PhantomError> {
    range("TR", sequence.tr_ms, (1.0, 60_000.0), " ms")?;
    range("TE", sequence.te_ms, (0.1, 1000.0), " ms")?;
    if sequence.te_ms >= sequence.tr_ms {
        return Err(PhantomError::EchoAfterRepetition { tr_ms: sequence.tr_ms, te_ms: sequence.te_ms });
    }
    Ok(())
}

fn collection(collection: &Collection) -> Result<(), PhantomError> {
    match collection.extent {
        Extent::Levels { first, last } => {
            let names = (level(first)?, level(last)?);
            if first > last {
                return Err(PhantomError::LevelOrder { first: names.0, last: names.1 });
            }
        }
        Extent::Heights { top_mm, bottom_mm } => {
            range("the collection's top", top_mm, (-700.0, 300.0), " mm")?;
            range("the collection's bottom", bottom_mm, (-700.0, 300.0), " mm")?;
            if top_mm - bottom_mm < 2.0 {
                return Err(PhantomError::HeightOrder { top_mm, bottom_mm });
            }
        }
    }
    range("the collection's thickness", collection.thickness_mm, (0.5, 20.0), " mm")?;
    range("the collection's half width", collection.half_width_deg, (10.0, 180.0), " degrees")?;
    range("the collection's side", collection.side.degrees(), (-360.0, 360.0), " degrees")?;
    let stages = collection.layout.stages();
    if !(1..=16).contains(&stages.len()) {
        return Err(PhantomError::Parts { found: stages.len() });
    }
    if stages.contains(&Stage::Indeterminate) {
        return Err(PhantomError::StageIndeterminate);
    }
    for share in collection.layout.shares() {
        range("a stage's share", share, (1e-3, 1e3), "")?;
    }
    Ok(())
}
