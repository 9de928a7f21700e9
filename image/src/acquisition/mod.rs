//! The scan parameters of an image ([`Acquisition`]), and the [`Weighting`] that follows from them.
//!
//! No free text of a header is kept: names and terms are stored as enums.

mod date_time;
mod pulse_sequence;
mod sidecar;
mod terms;
mod visit;
mod weighting;

pub(crate) use self::visit::{ReadTime, Visit};
pub use self::{
    date_time::DateTime,
    pulse_sequence::PulseSequence,
    terms::{ScanningSequence, SequenceVariant},
    weighting::Weighting,
};

/// The scan parameters of an image: times, sequence, preparation. What is unknown is `None`, empty or false.
///
/// # Units
/// Times in ms, angles in degrees, field strength in tesla.
///
/// # Example
/// ```
/// use hemastage_image::acquisition::{Acquisition, ScanningSequence, Weighting};
/// let mut acquisition = Acquisition::default();
/// acquisition.repetition_time_ms = Some(600.0);
/// acquisition.echo_time_ms = Some(9.0);
/// assert_eq!(acquisition.weighting(), Weighting::Unknown, "a gradient echo may have these times too");
/// acquisition.scanning_sequence.push(ScanningSequence::SpinEcho);
/// assert_eq!(acquisition.weighting(), Weighting::T1);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "what headers say of an image, each on its own")]
pub struct Acquisition {
    /// Echo time; of an echo train, the effective one.
    pub echo_time_ms: Option<f64>,
    /// Repetition time.
    pub repetition_time_ms: Option<f64>,
    /// Time from an inversion pulse to the excitation.
    pub inversion_time_ms: Option<f64>,
    /// Flip angle of the excitation; scanners write that of the refocusing pulses for long echo trains.
    pub flip_angle_deg: Option<f64>,
    /// Lines of k-space per excitation.
    pub echo_train_length: Option<u32>,
    /// Strength of the main field.
    pub field_strength_tesla: Option<f64>,
    /// Scanning Sequence (0018,0020).
    pub scanning_sequence: Vec<ScanningSequence>,
    /// Sequence Variant (0018,0021).
    pub sequence_variant: Vec<SequenceVariant>,
    /// The sequence by its vendor's name.
    pub pulse_sequence: Option<PulseSequence>,
    /// Whether it is a 3D acquisition (MR Acquisition Type).
    pub volumetric: bool,
    /// Whether fat is suppressed by its frequency, or absent as in a water image.
    pub fat_suppressed: bool,
    /// Whether it shows fat alone, as the fat image of a Dixon sequence.
    pub fat_only: bool,
    /// Whether a contrast agent was given.
    pub contrast_agent: bool,
    /// The contrast that the header states, as an enhanced file does.
    pub stated: Option<Weighting>,
    /// Never printed.
    pub(crate) visit: Visit,
}

impl Acquisition {
    /// Whether it is a gradient echo (true) or a spin echo (false), if known.
    pub fn gradient_echo(&self) -> Option<bool> {
        if self.scanning(ScanningSequence::GradientRecalled) {
            return Some(true);
        }
        if self.scanning(ScanningSequence::SpinEcho) {
            return Some(false);
        }
        self.pulse_sequence.and_then(PulseSequence::gradient_echo)
    }

    /// Whether it is a fast spin echo, if known.
    pub fn fast_spin_echo(&self) -> Option<bool> {
        if self.pulse_sequence.is_some_and(PulseSequence::is_fast_spin_echo) {
            return Some(true);
        }
        if self.gradient_echo()? || self.echo_planar() {
            return Some(false);
        }
        let segmented = self.sequence_variant.contains(&SequenceVariant::SegmentedKSpace);
        match self.echo_train_length {
            Some(length) => Some(length > 1),
            None => segmented.then_some(true),
        }
    }

    /// Whether it is prepared by an inversion pulse.
    pub fn inversion_recovery(&self) -> bool {
        // in a spin echo, some headers give the delay of a fat suppression as inversion time
        let prepared = self.gradient_echo() == Some(true) && self.inversion_time_ms.is_some();
        let prepared = prepared || self.inverts_by_times();
        self.scanning(ScanningSequence::InversionRecovery)
            || self.pulse_sequence == Some(PulseSequence::InversionFastSpinEcho)
            || prepared
    }

    fn echo_planar(&self) -> bool {
        self.scanning(ScanningSequence::EchoPlanar) || self.pulse_sequence == Some(PulseSequence::EchoPlanar)
    }

    fn scanning(&self, sequence: ScanningSequence) -> bool {
        self.scanning_sequence.contains(&sequence)
    }
}

/// A time, angle or strength of a header, where 0 and less mean unknown.
pub(crate) fn positive(value: f64) -> Option<f64> {
    (value.is_finite() && value > 0.0).then_some(value)
}

/// A field strength in tesla; some headers state gauss.
pub(crate) fn tesla(value: f64) -> Option<f64> {
    let value = if value > 100.0 { value / 10_000.0 } else { value };
    (0.01..=20.0).contains(&value).then_some(value)
}

/// A number of echoes.
pub(crate) fn echoes(value: f64) -> Option<u32> {
    (value.fract() == 0.0 && (1.0..=10_000.0).contains(&value)).then_some(value as u32)
}
