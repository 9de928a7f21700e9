//! The protocol by the images' acquisitions, or why the signal of blood cannot be computed.

use hemastage_image::acquisition::{
    Acquisition, PulseSequence, ScanningSequence, SequenceVariant, Weighting,
};

use super::{ImageProtocol, Protocol, Sequence};
use crate::vocabulary::contrast::{Contrast, PerContrast};

/// An image whose signal is not computed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmodelled {
    /// The image.
    pub contrast: Contrast,
    /// What it is, as in `the T1 is an inversion recovery without a known TI`.
    pub reason: String,
}

impl Protocol {
    /// The protocol of images with these acquisitions.
    ///
    /// An image of unknown kind counts as a spin echo; one without TR or TE as the default of its contrast.
    ///
    /// # Errors
    /// With the first image that is neither T1- nor T2-weighted spin echo, T1 FLAIR or T1-weighted spoiled gradient echo.
    pub fn of(acquisitions: &PerContrast<Option<Acquisition>>) -> Result<Self, Unmodelled> {
        let of = |contrast| match &acquisitions[contrast] {
            Some(image) => ImageProtocol::of(contrast, image),
            None => Ok(ImageProtocol::default()),
        };
        Ok(Self { images: PerContrast { t1: of(Contrast::T1)?, t2: of(Contrast::T2)? } })
    }
}

impl ImageProtocol {
    fn of(contrast: Contrast, image: &Acquisition) -> Result<Self, Unmodelled> {
        let sequence = sequence(contrast, image)
            .map_err(|what| Unmodelled { contrast, reason: format!("the {contrast} is {what}") })?;
        Ok(Self { sequence, tesla: image.field_strength_tesla })
    }
}

/// The sequence of an image, `None` where its times are unknown, or what it is instead.
fn sequence(contrast: Contrast, image: &Acquisition) -> Result<Option<Sequence>, String> {
    let expected = match contrast {
        Contrast::T1 => Weighting::T1,
        Contrast::T2 => Weighting::T2,
    };
    let weighting = image.weighting();
    let inverted = image.inversion_recovery();
    if image.gradient_echo() == Some(true) {
        if contrast == Contrast::T2 {
            return Err("a gradient echo".into());
        }
        if inverted {
            return Err("a gradient echo after an inversion (MPRAGE)".into());
        }
        return spoiled_gradient_echo(image).map(Some);
    }
    if ![expected, Weighting::Unknown].contains(&weighting) {
        return Err(weighting.to_string());
    }
    if is_echo_planar(image) {
        return Err("echo-planar imaging".into());
    }
    let times = image.repetition_time_ms.zip(image.echo_time_ms);
    if inverted {
        let Some(((tr, te), ti)) = times.zip(image.inversion_time_ms) else {
            return Err("an inversion recovery without a known TR, TE and TI".into());
        };
        return Ok(Sequence::inversion_recovery(tr, te, ti).ok());
    }
    let Some((tr, te)) = times else { return Ok(None) };
    let sequence = match image.fast_spin_echo() {
        Some(true) => Sequence::fast_spin_echo(tr, te),
        _ => Sequence::spin_echo(tr, te),
    };
    // times beyond what any sequence has count as unknown
    Ok(sequence.ok())
}

fn spoiled_gradient_echo(image: &Acquisition) -> Result<Sequence, String> {
    let has = |variant| image.sequence_variant.contains(&variant);
    let steady = has(SequenceVariant::SteadyState) || has(SequenceVariant::TimeReversedSteadyState);
    let coherent = image.pulse_sequence == Some(PulseSequence::SteadyStateGradientEcho)
        || (steady && !has(SequenceVariant::Spoiled));
    let (Weighting::T1, false) = (image.weighting(), coherent) else {
        return Err("a gradient echo that is not known to be T1-weighted and spoiled".into());
    };
    let known = image.repetition_time_ms.zip(image.echo_time_ms).zip(image.flip_angle_deg);
    let Some(((tr, te), flip)) = known else {
        return Err("a gradient echo without a known TR, TE and flip angle".into());
    };
    Sequence::spoiled_gradient_echo(tr, te, flip).map_err(|error| error.to_string())
}

fn is_echo_planar(image: &Acquisition) -> bool {
    image.scanning_sequence.contains(&ScanningSequence::EchoPlanar)
        || image.pulse_sequence == Some(PulseSequence::EchoPlanar)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::protocol::{Header, SequenceKind};

    /// TR, TE, TI and flip angle; 0 is unknown.
    fn image(sequence: &str, name: &str, times: [f64; 4], tesla: f64) -> Acquisition {
        let mut made = Acquisition::default();
        made.add_sequence(sequence.split('\\'), []);
        made.pulse_sequence = PulseSequence::of_name(name);
        let [tr, te, ti, flip, tesla] =
            [times[0], times[1], times[2], times[3], tesla].map(|value| (value > 0.0).then_some(value));
        (made.repetition_time_ms, made.echo_time_ms, made.inversion_time_ms) = (tr, te, ti);
        (made.flip_angle_deg, made.field_strength_tesla) = (flip, tesla);
        made
    }

    fn t1() -> Acquisition {
        image("SE", "", [600.0, 9.0, 0.0, 90.0], 3.0)
    }

    fn t2() -> Acquisition {
        image("SE", "*tse2d1_15", [3500.0, 102.0, 0.0, 150.0], 3.0)
    }

    fn protocol(t1: Acquisition, t2: Acquisition) -> Result<Protocol, Unmodelled> {
        Protocol::of(&(Some(t1), Some(t2)).into())
    }

    #[test]
    fn each_image_has_its_own_sequence() {
        let found = protocol(t1(), t2()).unwrap();
        assert_eq!(found.sequence(Contrast::T1), Sequence::spin_echo(600.0, 9.0).unwrap());
        assert_eq!(found.sequence(Contrast::T2), Sequence::fast_spin_echo(3500.0, 102.0).unwrap());
        assert_eq!((found.header(), found.tesla(Contrast::T1)), (Header::Full, Some(3.0)));
        let flair = protocol(image("SE\\IR", "", [2000.0, 9.0, 860.0, 0.0], 1.5), t2()).unwrap();
        assert_eq!(flair.sequence(Contrast::T1).kind(), SequenceKind::InversionRecovery);
        assert_eq!([Contrast::T1, Contrast::T2].map(|c| flair.tesla(c)), [Some(1.5), Some(3.0)]);
        let spoiled = protocol(image("GR", "*fl3d1", [7.0, 3.0, 0.0, 12.0], 0.0), t2()).unwrap();
        assert_eq!(spoiled.sequence(Contrast::T1).flip_deg(), Some(12.0));
        assert_eq!(spoiled.tesla(Contrast::T1), Some(3.0), "that of the T2");
    }

    #[test]
    fn what_is_unknown_has_a_default() {
        let nothing = Protocol::of(&PerContrast::default()).unwrap();
        assert_eq!(nothing, Protocol::default());
        assert_eq!((nothing.header(), nothing.tesla(Contrast::T1)), (Header::None, None));
        assert_eq!(nothing.sequence(Contrast::T1), Sequence::spin_echo(550.0, 10.0).unwrap());
        assert_eq!(nothing.sequence(Contrast::T2), Sequence::spin_echo(3500.0, 100.0).unwrap());
        let field = protocol(image("", "", [600.0, 0.0, 0.0, 0.0], 1.5), t2()).unwrap();
        assert_eq!((field.header(), field.is_known(Contrast::T1)), (Header::Field, false));
        let times = protocol(
            image("", "", [620.0, 11.0, 0.0, 0.0], 0.0),
            image("SE", "", [3000.0, 90.0, 0.0, 0.0], 0.0),
        );
        assert_eq!(times.unwrap().header(), Header::None);
        let unnamed = protocol(image("", "", [620.0, 11.0, 0.0, 0.0], 3.0), t2()).unwrap();
        assert_eq!(unnamed.sequence(Contrast::T1), Sequence::spin_echo(620.0, 11.0).unwrap());
        let absurd = protocol(image("SE", "", [620.0, 1e9, 0.0, 0.0], 3.0), t2()).unwrap();
        assert!(!absurd.is_known(Contrast::T1));
    }

    #[test]
    fn other_images_are_not_modelled() {
        let reason = |t1, t2| protocol(t1, t2).unwrap_err().reason;
        assert_eq!(reason(t2(), t2()), "the T1 is T2-weighted");
        assert_eq!(reason(t1(), t1()), "the T2 is T1-weighted");
        let stir = || image("SE\\IR", "", [4000.0, 40.0, 160.0, 0.0], 1.5);
        assert_eq!(reason(t1(), stir()), "the T2 is inversion recovery with suppressed fat (STIR)");
        let t2_star = || image("GR", "_me2d1r3", [600.0, 14.0, 0.0, 30.0], 3.0);
        assert_eq!(reason(t1(), t2_star()), "the T2 is a gradient echo");
        let mprage = image("GR\\IR", "_tfl3d1_16", [2000.0, 3.7, 1000.0, 9.0], 3.0);
        assert_eq!(reason(mprage, t2()), "the T1 is a gradient echo after an inversion (MPRAGE)");
        let flair = image("SE\\IR", "", [2000.0, 9.0, 0.0, 0.0], 3.0);
        assert_eq!(reason(flair, t2()), "the T1 is an inversion recovery without a known TR, TE and TI");
        let balanced = image("GR", "*ci3d1", [6.0, 3.0, 0.0, 60.0], 3.0);
        let expected = "the T1 is a gradient echo that is not known to be T1-weighted and spoiled";
        assert_eq!(reason(balanced, t2()), expected);
        assert_eq!(reason(t2_star(), t2()), expected);
    }
}
