//! How a study's images were made, as far as the signal of blood depends on it: the [`Sequence`] of each and the field.

mod of_header;
mod sequence;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::{
    of_header::Unmodelled,
    sequence::{Sequence, SequenceKind},
};
use crate::vocabulary::contrast::{Contrast, PerContrast};

/// The sequences of a study's T1 and T2 image, and the fields they were made in.
///
/// The default is that of a study without any header: a spin echo of TR 550 and TE 10 ms, one of TR 3500 and TE 100 ms,
/// in an unknown field.
///
/// # Example
/// ```
/// use hemastage::{contrast::PerContrast, protocol::{Header, Protocol, Sequence}};
/// let t1 = Sequence::spin_echo(620.0, 9.0)?;
/// let t2 = Sequence::spin_echo(3800.0, 105.0)?;
/// let protocol = Protocol::new(PerContrast { t1, t2 }, Some(3.0))?;
/// assert_eq!(protocol.header(), Header::Full);
/// assert_eq!(Protocol::default().header(), Header::None);
/// # Ok::<(), hemastage::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Protocol {
    images: PerContrast<ImageProtocol>,
}

/// One image's sequence and field.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct ImageProtocol {
    /// `None`: the default of its contrast.
    sequence: Option<Sequence>,
    tesla: Option<f64>,
}

/// How much of a protocol is known from headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Header {
    /// Both sequences and the field.
    Full,
    /// The field; a sequence is the default of its contrast.
    Field,
    /// Not the field.
    None,
}

impl Header {
    /// The three, most first.
    pub const ALL: [Self; 3] = [Self::Full, Self::Field, Self::None];

    /// The name in reports: `full`, `field` or `none`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Field => "field",
            Self::None => "none",
        }
    }
}

impl Protocol {
    /// The protocol of two known sequences; the field of both, if known.
    ///
    /// # Errors
    /// `Parameter` when the field is not within 0.01 to 20 T.
    pub fn new(sequences: PerContrast<Sequence>, tesla: Option<f64>) -> hemastage_image::Result<Self> {
        if let Some(tesla) = tesla {
            sequence::check_field(tesla)?;
        }
        Ok(Self { images: sequences.map(|sequence| ImageProtocol { sequence: Some(sequence), tesla }) })
    }

    /// The sequence of an image: its own, else the default of its contrast.
    pub fn sequence(&self, contrast: Contrast) -> Sequence {
        self.images[contrast].sequence.unwrap_or(Sequence::default_of(contrast))
    }

    /// Whether an image's own sequence is known.
    pub fn is_known(&self, contrast: Contrast) -> bool {
        self.images[contrast].sequence.is_some()
    }

    /// The field of an image: its own, else the other's.
    ///
    /// # Units
    /// Tesla.
    pub fn tesla(&self, contrast: Contrast) -> Option<f64> {
        let PerContrast { t1, t2 } = self.images;
        self.images[contrast].tesla.or(t1.tesla).or(t2.tesla)
    }

    /// How much is known.
    pub fn header(&self) -> Header {
        match (self.tesla(Contrast::T2), Contrast::BOTH.into_iter().all(|contrast| self.is_known(contrast))) {
            (None, _) => Header::None,
            (Some(_), false) => Header::Field,
            (Some(_), true) => Header::Full,
        }
    }
}
