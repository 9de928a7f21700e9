//! Whether the images are what they were given as, by their acquisition.

use hemastage_image::{
    acquisition::{Acquisition, Weighting},
    finding::Finding,
};

use crate::{
    steps::classify::Model,
    vocabulary::{
        contrast::PerContrast,
        protocol::Unmodelled,
        stage::{SignalLevel, Stage},
        units::Onset,
    },
};

/// Field strengths of one scanner, as headers write them, differ by less (T): 2.89 and 3.
const SAME_FIELD_TESLA: f64 = 0.3;
/// From here on acute blood is as dark on T1 as late chronic blood (T).
const HIGH_FIELD_TESLA: f64 = 2.5;
/// Below, deoxygenated blood darkens little on T2 (T).
const LOW_FIELD_TESLA: f64 = 1.0;

/// Codes that say that an image is not what it was given as.
pub(crate) const WRONG_IMAGE: [&str; 5] =
    ["swapped_images", "not_t1_weighted", "not_t2_weighted", "inversion_recovery", "t2_star"];

/// Findings by comparing the images' roles with their acquisitions.
pub(crate) fn sequence_findings(PerContrast { t1, t2 }: &PerContrast<Option<Acquisition>>) -> Vec<Finding> {
    let mut findings = Vec::new();
    match (t1, t2) {
        (Some(first), Some(second)) if swapped(first.weighting(), second.weighting()) => {
            findings.push(Finding::warning(
                "swapped_images",
                format!(
                    "the image given as T1 is {} ({}) and the image given as T2 is {} ({}): each was given in the other's place, so exchange them",
                    first.weighting(),
                    times(first),
                    second.weighting(),
                    times(second)
                ),
            ));
        }
        _ => {
            findings.extend(t1.as_ref().and_then(not_t1));
            findings.extend(t2.as_ref().and_then(not_t2));
        }
    }
    findings.extend(t1.as_ref().and_then(after_contrast_agent));
    for (image, contrast) in [(t1, "t1"), (t2, "t2")] {
        findings.extend(image.as_ref().and_then(fat_suppressed).map(|finding| finding.at(contrast)));
    }
    findings.extend(t1.as_ref().and_then(t1_gradient_echo));
    findings.extend(t2.as_ref().and_then(one_echo));
    if let (Some(first), Some(second)) = (t1, t2) {
        findings.extend(fields_differ(first, second));
    }
    findings
}

fn swapped(given_as_t1: Weighting, given_as_t2: Weighting) -> bool {
    use Weighting::{Flair, Stir, T1, T2, T2Star};
    given_as_t2 == T1 && matches!(given_as_t1, T2 | T2Star | Stir | Flair)
}

fn not_t1(image: &Acquisition) -> Option<Finding> {
    let found = match image.weighting() {
        Weighting::T1 | Weighting::Unknown => return None,
        Weighting::Stir | Weighting::Flair => inversion(image, "T1"),
        found => Finding::warning(
            "not_t1_weighted",
            format!(
                "the image given as T1 is {found} ({}): the criteria are for T1-weighted images, so give one",
                times(image)
            ),
        ),
    };
    Some(found.at("t1"))
}

fn not_t2(image: &Acquisition) -> Option<Finding> {
    let found = match image.weighting() {
        Weighting::Unknown if image.gradient_echo() == Some(true) => Finding::warning(
            "gradient_echo",
            format!(
                "the image given as T2 is a gradient echo ({}): the criteria are for spin echo, so give one if there is one",
                times(image)
            ),
        ),
        Weighting::T2 | Weighting::Unknown => return None,
        Weighting::Stir | Weighting::Flair => inversion(image, "T2"),
        Weighting::T2Star => Finding::warning(
            "t2_star",
            format!(
                "the image given as T2 is a T2*-weighted gradient echo ({}): blood is darker in it than in spin echo, so give one if there is one",
                times(image)
            ),
        ),
        found => Finding::warning(
            "not_t2_weighted",
            format!(
                "the image given as T2 is {found} ({}): the criteria are for T2-weighted images, so give one",
                times(image)
            ),
        ),
    };
    Some(found.at("t2"))
}

fn inversion(image: &Acquisition, role: &str) -> Finding {
    let lost = match image.weighting() {
        Weighting::Stir => "blood with a short T1 loses its signal with the fat, so give a plain image",
        _ => "blood with a long T1 loses its signal with the fluid, so give a plain image",
    };
    let message = format!("the image given as {role} is an {} ({}): {lost}", image.weighting(), times(image));
    Finding::warning("inversion_recovery", message)
}

fn after_contrast_agent(image: &Acquisition) -> Option<Finding> {
    let message = "the T1 was made after contrast agent: what takes it up is bright as methemoglobin is, so give the T1 from before it";
    image.contrast_agent.then(|| Finding::warning("contrast_agent", message).at("t1"))
}

fn fat_suppressed(image: &Acquisition) -> Option<Finding> {
    let message = "fat is suppressed: epidural fat is dark, and the scale of the cord and of blood is kept";
    image.fat_suppressed.then(|| Finding::info("fat_suppression", message))
}

fn t1_gradient_echo(image: &Acquisition) -> Option<Finding> {
    let message = format!(
        "the T1 is a gradient echo ({}): blood that disturbs the field is darker than in spin echo",
        times(image)
    );
    let found = image.weighting() == Weighting::T1 && image.gradient_echo() == Some(true);
    found.then(|| Finding::info("gradient_echo", message).at("t1"))
}

fn one_echo(image: &Acquisition) -> Option<Finding> {
    let message = format!(
        "the T2 is a spin echo without an echo train ({}): blood is darker than in fast spin echo",
        times(image)
    );
    let found = image.weighting() == Weighting::T2 && image.fast_spin_echo() == Some(false);
    found.then(|| Finding::info("conventional_spin_echo", message).at("t2"))
}

fn fields_differ(t1: &Acquisition, t2: &Acquisition) -> Option<Finding> {
    let (first, second) = (t1.field_strength_tesla?, t2.field_strength_tesla?);
    let message = format!(
        "the T1 was made at {} T and the T2 at {} T: two scanners, so two times or two ages of the blood; give two images of one visit",
        short(first),
        short(second)
    );
    ((first - second).abs() > SAME_FIELD_TESLA).then(|| Finding::warning("field_strengths_differ", message))
}

/// That stages are determined by the table, as the signal of blood in an image is not computed.
pub(crate) fn likelihood_not_used(image: &Unmodelled) -> Finding {
    let text = format!(
        "{}, for which the signal of blood is not computed: stages are those of the table of signal levels",
        image.reason
    );
    Finding::warning("likelihood_not_used", text).at(image.contrast.key())
}

/// Says when the field strength bears on the call.
///
/// At 3 T acute and late chronic blood overlap in T1 and T2 (`docs/signal-model.md`), and the table of signal levels, which
/// knows no field, calls acute blood chronic. In low fields acute blood keeps its T2 signal and looks hyperacute (Bradley
/// 1993).
pub(crate) fn field_strength(
    acquisitions: &PerContrast<Option<Acquisition>>,
    model: Model,
    call: Stage,
    t2: SignalLevel,
    onsets: &[Onset],
) -> Option<Finding> {
    let fields = acquisitions.as_ref().map(|image| image.as_ref()?.field_strength_tesla);
    let tesla = fields.t2.or(fields.t1)?;
    let is_high = tesla >= HIGH_FIELD_TESLA && onsets.is_empty();
    let message = match (call, model) {
        (Stage::Chronic, Model::Pattern) if is_high => {
            "by the table of signal levels, acute blood can look chronic in a field as strong; an onset would tell"
        }
        (Stage::Acute | Stage::Chronic, Model::Relaxation) if is_high && t2 == SignalLevel::Hypo => {
            "acute and late chronic blood overlap in T1 and T2 in a field as strong; an onset or a T2* image would tell"
        }
        (Stage::Hyperacute, _) if tesla < LOW_FIELD_TESLA => {
            "acute blood darkens less in a field as weak than at 1 T and can look hyperacute"
        }
        _ => return None,
    };
    Some(Finding::info("field_strength", format!("the field is {} T: {message}", short(tesla))))
}

/// The times that tell a weighting, as far as they are known.
fn times(image: &Acquisition) -> String {
    let ms = |name: &str, value: Option<f64>| value.map(|ms| format!("{name} {} ms", short(ms)));
    let known = [
        ms("TE", image.echo_time_ms),
        ms("TR", image.repetition_time_ms),
        ms("TI", image.inversion_time_ms),
        image.flip_angle_deg.map(|angle| format!("flip angle {} degrees", short(angle))),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    if known.is_empty() { "by its header".into() } else { known.join(", ") }
}

/// At most two decimals.
fn short(value: f64) -> String {
    format!("{value:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An acquisition with one thing changed.
    fn but(mut image: Acquisition, change: impl FnOnce(&mut Acquisition)) -> Acquisition {
        change(&mut image);
        image
    }

    fn image(sequence: &str, te: f64, tr: f64, ti: Option<f64>) -> Acquisition {
        let mut made = Acquisition::default();
        made.add_sequence(sequence.split('\\'), []);
        (made.echo_time_ms, made.repetition_time_ms, made.inversion_time_ms) = (Some(te), Some(tr), ti);
        made
    }

    fn t1() -> Acquisition {
        image("SE", 9.0, 600.0, None)
    }

    fn t2() -> Acquisition {
        image("SE", 102.5, 3500.0, None)
    }

    fn codes(t1: Acquisition, t2: Acquisition) -> Vec<(String, Option<String>)> {
        let found = sequence_findings(&(Some(t1), Some(t2)).into());
        found.into_iter().map(|finding| (finding.code, finding.place)).collect()
    }

    #[test]
    fn plain_images_and_unknown_ones_are_silent() {
        assert_eq!(codes(t1(), t2()), []);
        assert_eq!(codes(Acquisition::default(), Acquisition::default()), []);
        assert_eq!(sequence_findings(&PerContrast::default()), []);
    }

    #[test]
    fn each_kind_of_wrong_image_has_its_code() {
        let at = |code: &str, place: &str| vec![(code.to_owned(), Some(place.to_owned()))];
        let flip = |image: Acquisition, angle| but(image, |a| a.flip_angle_deg = Some(angle));
        assert_eq!(codes(t2(), t1()), [("swapped_images".to_owned(), None)]);
        assert_eq!(codes(t2(), t2()), at("not_t1_weighted", "t1"));
        assert_eq!(codes(t1(), t1()), at("not_t2_weighted", "t2"));
        assert_eq!(codes(t1(), image("SE", 20.0, 3000.0, None)), at("not_t2_weighted", "t2"));
        assert_eq!(codes(t1(), image("SE\\IR", 40.0, 4000.0, Some(160.0))), at("inversion_recovery", "t2"));
        assert_eq!(codes(image("SE\\IR", 40.0, 4000.0, Some(160.0)), t2()), at("inversion_recovery", "t1"));
        assert_eq!(codes(t1(), image("SE\\IR", 120.0, 9000.0, Some(2500.0))), at("inversion_recovery", "t2"));
        assert_eq!(codes(t1(), flip(image("GR", 14.0, 600.0, None), 30.0)), at("t2_star", "t2"));
        assert_eq!(codes(flip(image("GR", 14.0, 600.0, None), 30.0), t2()), at("not_t1_weighted", "t1"));
        assert_eq!(codes(t1(), image("GR", 3.0, 6.0, None)), at("gradient_echo", "t2"));
        assert_eq!(codes(flip(image("GR", 3.0, 7.0, None), 12.0), t2()), at("gradient_echo", "t1"));
        assert_eq!(codes(image("SE\\IR", 9.0, 2000.0, Some(860.0)), t2()), [], "T1 FLAIR is a T1");
        let agent = but(t1(), |a| a.contrast_agent = true);
        assert_eq!(codes(agent, t2()), at("contrast_agent", "t1"));
        assert_eq!(codes(t1(), but(t2(), |a| a.contrast_agent = true)), []);
        let suppressed = but(t2(), |a| a.fat_suppressed = true);
        assert_eq!(codes(t1(), suppressed), at("fat_suppression", "t2"));
        let one = but(t2(), |a| a.echo_train_length = Some(1));
        assert_eq!(codes(t1(), one), at("conventional_spin_echo", "t2"));
        let at_tesla = |image, tesla| but(image, |a| a.field_strength_tesla = Some(tesla));
        assert_eq!(
            codes(at_tesla(t1(), 1.5), at_tesla(t2(), 3.0)),
            [("field_strengths_differ".to_owned(), None)]
        );
        assert_eq!(codes(at_tesla(t1(), 2.89), at_tesla(t2(), 3.0)), []);
    }

    #[test]
    fn messages_have_numbers() {
        let text = |t1, t2| sequence_findings(&(Some(t1), Some(t2)).into())[0].message.clone();
        assert_eq!(
            text(t2(), t1()),
            "the image given as T1 is T2-weighted (TE 102.5 ms, TR 3500 ms) and the image given as T2 is T1-weighted (TE 9 ms, TR 600 ms): each was given in the other's place, so exchange them"
        );
        assert_eq!(
            text(t1(), image("SE\\IR", 40.0, 4000.0, Some(160.0))),
            "the image given as T2 is an inversion recovery with suppressed fat (STIR) (TE 40 ms, TR 4000 ms, TI 160 ms): blood with a short T1 loses its signal with the fat, so give a plain image"
        );
    }

    #[test]
    fn the_field_strength_is_a_finding_where_it_bears_on_the_call() {
        let by = |model, tesla, call, level, onsets: &[Onset]| {
            let image = but(t2(), |a| a.field_strength_tesla = Some(tesla));
            let found = field_strength(&(None, Some(image)).into(), model, call, level, onsets);
            found.map(|finding| finding.message)
        };
        let onset = [Onset::from_hours(48.0).unwrap()];
        let (hypo, hyper) = (SignalLevel::Hypo, SignalLevel::Hyper);
        let overlap = "the field is 3 T: acute and late chronic blood overlap";
        for call in [Stage::Acute, Stage::Chronic] {
            assert!(by(Model::Relaxation, 3.0, call, hypo, &[]).unwrap().starts_with(overlap));
            assert_eq!(by(Model::Relaxation, 3.0, call, hypo, &onset), None);
            assert_eq!(by(Model::Relaxation, 3.0, call, hyper, &[]), None);
            assert_eq!(by(Model::Relaxation, 1.5, call, hypo, &[]), None);
        }
        let of = |tesla, call, onsets: &[Onset]| by(Model::Pattern, tesla, call, hypo, onsets);
        assert!(of(3.0, Stage::Chronic, &[]).unwrap().starts_with("the field is 3 T: by the table"));
        assert_eq!(of(3.0, Stage::Chronic, &onset), None);
        assert_eq!(of(3.0, Stage::Acute, &[]), None);
        assert_eq!(of(1.5, Stage::Chronic, &[]), None);
        assert_eq!(of(3.0, Stage::LateSubacute, &[]), None);
        assert!(of(0.35, Stage::Hyperacute, &[]).unwrap().starts_with("the field is 0.35 T"));
        assert_eq!(of(1.5, Stage::Hyperacute, &[]), None);
        let unknown = PerContrast::default();
        assert_eq!(field_strength(&unknown, Model::Pattern, Stage::Chronic, hypo, &[]), None);
    }
}
