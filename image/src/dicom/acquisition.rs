//! The scan parameters, from a classic header or the functional groups of an enhanced one.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::{dataset::Dataset, functional_groups::FrameGroups};
use crate::acquisition::{
    Acquisition, DateTime, PulseSequence, ReadTime, ScanningSequence, SequenceVariant, Visit, Weighting,
    echoes, positive, tesla,
};

/// The scan parameters of a frame, counted from 0. A classic file has one frame.
///
/// # Reference
/// DICOM PS3.3 C.8.3.1 (MR Image), C.8.13.2 to C.8.13.5 (enhanced MR), C.7.6.4b (contrast agent).
pub(crate) fn acquisition(dataset: Dataset<'_>, frame: usize) -> Acquisition {
    let header = ScanHeader(FrameGroups::of_frame(dataset, frame));
    let mut acquisition = Acquisition {
        echo_time_ms: header
            .group_number(tags::MR_ECHO_SEQUENCE, tags::EFFECTIVE_ECHO_TIME)
            .or_else(|| header.number(tags::ECHO_TIME)),
        repetition_time_ms: header.timing(tags::REPETITION_TIME),
        inversion_time_ms: header
            .group_number(tags::MR_MODIFIER_SEQUENCE, tags::INVERSION_TIMES)
            .or_else(|| header.number(tags::INVERSION_TIME)),
        flip_angle_deg: header.timing(tags::FLIP_ANGLE),
        echo_train_length: header.echo_train_length(),
        field_strength_tesla: header.number(tags::MAGNETIC_FIELD_STRENGTH).and_then(tesla),
        volumetric: dataset.text(tags::MR_ACQUISITION_TYPE).is_some_and(|term| term == "3D"),
        pulse_sequence: header.pulse_sequence(),
        contrast_agent: contrast_agent(&header.0),
        stated: header.stated(),
        visit: header.visit(),
        ..Acquisition::default()
    };
    header.add_sequence(&mut acquisition);
    header.add_suppression(&mut acquisition);
    for image_type in [dataset.texts(tags::IMAGE_TYPE), header.group_texts(FRAME_TYPE, tags::FRAME_TYPE)] {
        acquisition.add_image_type(image_type.iter().map(String::as_str));
    }
    if header.is_phase() {
        acquisition.stated = Some(Weighting::Other);
    }
    acquisition
}

const FRAME_TYPE: Tag = tags::MR_IMAGE_FRAME_TYPE_SEQUENCE;

/// Whether a contrast agent was given. An enhanced header says so for each frame; in a classic one, naming an agent means
/// that it was.
pub(super) fn contrast_agent(groups: &FrameGroups<'_>) -> bool {
    if let Some(usage) = groups.group(tags::CONTRAST_BOLUS_USAGE_SEQUENCE) {
        return usage.text(tags::CONTRAST_BOLUS_AGENT_ADMINISTERED).is_none_or(|given| given == "YES");
    }
    let mut agent = Acquisition::default();
    agent.add_agent(&groups.dataset.text(tags::CONTRAST_BOLUS_AGENT).unwrap_or_default());
    agent.contrast_agent || groups.dataset.item(tags::CONTRAST_BOLUS_AGENT_SEQUENCE).is_some()
}

/// When a frame was acquired, to order frames of one series: a time of day without its date is of any day.
pub(super) fn acquired(groups: &FrameGroups<'_>) -> Option<DateTime> {
    const ANY_DAY: &str = "20000101";
    let text = |tag| groups.dataset.text(tag);
    let content = groups.group(tags::FRAME_CONTENT_SEQUENCE);
    let joined = content
        .and_then(|content| content.text(tags::FRAME_ACQUISITION_DATE_TIME))
        .or_else(|| text(tags::ACQUISITION_DATE_TIME));
    if let Some(time) = joined.and_then(|joined| DateTime::from_dicom_datetime(&joined)) {
        return Some(time);
    }
    let date = [tags::ACQUISITION_DATE, tags::STUDY_DATE].into_iter().find_map(text);
    DateTime::from_dicom(date.as_deref().unwrap_or(ANY_DAY), &text(tags::ACQUISITION_TIME)?)
}

/// The header of one frame, read for scan parameters: a value that cannot be read counts as unknown.
struct ScanHeader<'a>(FrameGroups<'a>);

impl ScanHeader<'_> {
    fn group_number(&self, sequence: Tag, tag: Tag) -> Option<f64> {
        self.0.group(sequence)?.number(tag).ok().flatten().and_then(positive)
    }

    fn group_text(&self, sequence: Tag, tag: Tag) -> Option<String> {
        self.0.group(sequence)?.text(tag)
    }

    fn group_texts(&self, sequence: Tag, tag: Tag) -> Vec<String> {
        self.0.group(sequence).map_or_else(Vec::new, |group| group.texts(tag))
    }

    fn number(&self, tag: Tag) -> Option<f64> {
        self.0.dataset.number(tag).ok().flatten().and_then(positive)
    }

    /// A value of the timing group, or of a classic header.
    fn timing(&self, tag: Tag) -> Option<f64> {
        self.group_number(tags::MR_TIMING_AND_RELATED_PARAMETERS_SEQUENCE, tag).or_else(|| self.number(tag))
    }

    fn echo_train_length(&self) -> Option<u32> {
        [tags::RF_ECHO_TRAIN_LENGTH, tags::ECHO_TRAIN_LENGTH]
            .into_iter()
            .find_map(|tag| self.timing(tag))
            .and_then(echoes)
    }

    fn pulse_sequence(&self) -> Option<PulseSequence> {
        [tags::SEQUENCE_NAME, tags::PULSE_SEQUENCE_NAME]
            .into_iter()
            .find_map(|tag| PulseSequence::of_name(&self.0.dataset.text(tag)?))
    }

    fn add_sequence(&self, to: &mut Acquisition) {
        let texts = |tag| self.0.dataset.texts(tag);
        let (sequence, variant) = (texts(tags::SCANNING_SEQUENCE), texts(tags::SEQUENCE_VARIANT));
        to.add_sequence(sequence.iter().map(String::as_str), variant.iter().map(String::as_str));
        let modifier = |tag| self.group_text(tags::MR_MODIFIER_SEQUENCE, tag).unwrap_or_default();
        let plain = |tag| self.0.dataset.text(tag).unwrap_or_default();
        match plain(tags::ECHO_PULSE_SEQUENCE).as_str() {
            "SPIN" => to.scanning_sequence.push(ScanningSequence::SpinEcho),
            "GRADIENT" => to.scanning_sequence.push(ScanningSequence::GradientRecalled),
            _ => {}
        }
        if modifier(tags::INVERSION_RECOVERY) == "YES" {
            to.scanning_sequence.push(ScanningSequence::InversionRecovery);
        }
        if plain(tags::ECHO_PLANAR_PULSE_SEQUENCE) == "YES" {
            to.scanning_sequence.push(ScanningSequence::EchoPlanar);
        }
        if plain(tags::MULTIPLE_SPIN_ECHO) == "YES" {
            to.sequence_variant.push(SequenceVariant::SegmentedKSpace);
        }
        if matches!(modifier(tags::SPOILING).as_str(), "RF" | "GRADIENT" | "RF_AND_GRADIENT") {
            to.sequence_variant.push(SequenceVariant::Spoiled);
        }
        match plain(tags::STEADY_STATE_PULSE_SEQUENCE).as_str() {
            "FREE_PRECESSION" | "TRANSVERSE" => to.sequence_variant.push(SequenceVariant::SteadyState),
            "TIME_REVERSED" => to.sequence_variant.push(SequenceVariant::TimeReversedSteadyState),
            _ => {}
        }
    }

    fn add_suppression(&self, to: &mut Acquisition) {
        to.add_options(self.0.dataset.texts(tags::SCAN_OPTIONS).iter().map(String::as_str));
        // the standard has suppression in the pulse sequence and excitation in the modifier; writers have both in either
        let term = |tag| {
            let plain = self.0.dataset.text(tag);
            self.group_text(tags::MR_MODIFIER_SEQUENCE, tag).or(plain).unwrap_or_default()
        };
        let fat = matches!(term(tags::SPECTRALLY_SELECTED_SUPPRESSION).as_str(), "FAT" | "FAT_AND_WATER");
        to.fat_suppressed |= fat || term(tags::SPECTRALLY_SELECTED_EXCITATION) == "WATER";
    }

    /// Whether a frame holds the phase or the imaginary part of a complex signal.
    fn is_phase(&self) -> bool {
        let tag = tags::COMPLEX_IMAGE_COMPONENT;
        let component = self.group_text(FRAME_TYPE, tag).or_else(|| self.0.dataset.text(tag));
        component.is_some_and(|term| matches!(term.as_str(), "PHASE" | "IMAGINARY"))
    }

    fn stated(&self) -> Option<Weighting> {
        let frame = self.group_text(FRAME_TYPE, tags::ACQUISITION_CONTRAST);
        match frame.or_else(|| self.0.dataset.text(tags::ACQUISITION_CONTRAST))?.as_str() {
            "T1" => Some(Weighting::T1),
            "T2" => Some(Weighting::T2),
            "T2_STAR" => Some(Weighting::T2Star),
            "PROTON_DENSITY" => Some(Weighting::ProtonDensity),
            "STIR" => Some(Weighting::Stir),
            "FLUID_ATTENUATED" => Some(Weighting::Flair),
            "DIFFUSION" | "FLOW_ENCODED" | "PERFUSION" | "TAGGING" | "TOF" => Some(Weighting::Other),
            _ => None,
        }
    }

    /// The study, and the time of the scan, else of the series, else of the study.
    fn visit(&self) -> Visit {
        let text = |tag| self.0.dataset.text(tag);
        let joined = [
            self.group_text(tags::FRAME_CONTENT_SEQUENCE, tags::FRAME_ACQUISITION_DATE_TIME),
            text(tags::ACQUISITION_DATE_TIME),
        ];
        let dates = [tags::ACQUISITION_DATE, tags::SERIES_DATE, tags::STUDY_DATE].map(text);
        let dates: Vec<String> = joined.iter().chain(&dates).flatten().cloned().collect();
        let joined =
            joined.into_iter().map(|text| ReadTime::of_text(text.as_deref(), DateTime::from_dicom_datetime));
        let pairs = [
            (tags::ACQUISITION_DATE, tags::ACQUISITION_TIME),
            (tags::SERIES_DATE, tags::SERIES_TIME),
            (tags::STUDY_DATE, tags::STUDY_TIME),
        ];
        let pairs = pairs
            .into_iter()
            .map(|(date, time)| ReadTime::of_pair(text(date).as_deref(), text(time).as_deref()));
        Visit::new(joined.chain(pairs), dates.iter().map(String::as_str), text(tags::STUDY_INSTANCE_UID))
            .with_patient([tags::PATIENT_ID, tags::PATIENT_NAME].map(text))
    }
}

#[cfg(test)]
mod tests {
    use dicom_core::{DataElement, VR, header::Length, value::DataSetSequence};
    use dicom_object::InMemDicomObject;

    use super::{super::DicomFile, *};

    fn object(elements: &[(Tag, VR, &str)]) -> InMemDicomObject {
        let element = |&(tag, vr, text): &(Tag, VR, &str)| DataElement::new(tag, vr, text);
        InMemDicomObject::from_element_iter(elements.iter().map(element))
    }

    fn sequence(object: &mut InMemDicomObject, tag: Tag, items: Vec<InMemDicomObject>) {
        object.put(DataElement::new(tag, VR::SQ, DataSetSequence::new(items, Length::UNDEFINED)));
    }

    fn number(object: &mut InMemDicomObject, tag: Tag, value: f64) {
        object.put(DataElement::new(tag, VR::FD, dicom_core::PrimitiveValue::from(value)));
    }

    fn read(object: &InMemDicomObject, frame: usize) -> Acquisition {
        acquisition(DicomFile::of_object(object).dataset(), frame)
    }

    fn classic(more: &[(Tag, VR, &str)]) -> Acquisition {
        let plain = [
            (tags::SCANNING_SEQUENCE, VR::CS, "SE"),
            (tags::SEQUENCE_VARIANT, VR::CS, "SK\\OSP"),
            (tags::SEQUENCE_NAME, VR::SH, "*tse2d1_3"),
            (tags::REPETITION_TIME, VR::DS, "550"),
            (tags::ECHO_TIME, VR::DS, "9.9"),
            (tags::INVERSION_TIME, VR::DS, "0"),
            (tags::ECHO_TRAIN_LENGTH, VR::IS, "3"),
            (tags::FLIP_ANGLE, VR::DS, "150"),
            (tags::MAGNETIC_FIELD_STRENGTH, VR::DS, "1.5"),
            (tags::MR_ACQUISITION_TYPE, VR::CS, "2D"),
            (tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY\\M\\ND\\NORM"),
        ];
        read(&object(&[&plain[..], more].concat()), 0)
    }

    #[test]
    fn a_classic_header_is_read() {
        let found = classic(&[]);
        assert_eq!(found.weighting(), Weighting::T1);
        assert_eq!((found.repetition_time_ms, found.echo_time_ms), (Some(550.0), Some(9.9)));
        assert_eq!((found.inversion_time_ms, found.echo_train_length), (None, Some(3)));
        assert_eq!((found.field_strength_tesla, found.fast_spin_echo()), (Some(1.5), Some(true)));
        assert!(!found.fat_suppressed && !found.contrast_agent && found.acquired().is_none());
    }

    #[test]
    fn an_agent_and_a_suppression_are_noted() {
        let agent = |text| classic(&[(tags::CONTRAST_BOLUS_AGENT, VR::LO, text)]).contrast_agent;
        assert!(agent("GADOVIST") && !agent("NONE") && !agent("") && !agent("no"));
        assert!(classic(&[(tags::SCAN_OPTIONS, VR::CS, "PFP\\FS")]).fat_suppressed);
        assert!(!classic(&[(tags::SCAN_OPTIONS, VR::CS, "PFP")]).fat_suppressed);
    }

    #[test]
    fn unreadable_values_are_not_known() {
        let found = classic(&[(tags::ECHO_TIME, VR::DS, "nine"), (tags::REPETITION_TIME, VR::DS, "-550")]);
        assert_eq!((found.echo_time_ms, found.repetition_time_ms), (None, None));
        assert_eq!(found.weighting(), Weighting::Unknown);
    }

    #[test]
    fn the_scan_time_falls_back_on_series_and_study() {
        let study = [(tags::STUDY_DATE, VR::DA, "20310506"), (tags::STUDY_TIME, VR::TM, "0800")];
        let series = [(tags::SERIES_DATE, VR::DA, "20310506"), (tags::SERIES_TIME, VR::TM, "081000.5")];
        let scan = [(tags::ACQUISITION_DATE, VR::DA, "20310506"), (tags::ACQUISITION_TIME, VR::TM, "082000")];
        let joined = [(tags::ACQUISITION_DATE_TIME, VR::DT, "20310506083000.000000+0100")];
        let time = |text: &str| DateTime::parse_iso(text);
        assert_eq!(classic(&study).acquired(), time("2031-05-06T08:00"));
        assert_eq!(classic(&[study, series].concat()).acquired(), time("2031-05-06T08:10:00.5"));
        assert_eq!(classic(&[study, series, scan].concat()).acquired(), time("2031-05-06T08:20"));
        let all = [&study[..], &series, &scan, &joined].concat();
        assert_eq!(classic(&all).acquired(), time("2031-05-06T08:30"));
        // a time without its date is no time
        assert_eq!(classic(&[&study[..], &scan[1..]].concat()).acquired(), time("2031-05-06T08:00"));
    }

    #[test]
    fn suppressed_fat_of_an_enhanced_header_is_noted_where_the_standard_has_it() {
        let top = |term| read(&object(&[(tags::SPECTRALLY_SELECTED_SUPPRESSION, VR::CS, term)]), 0);
        assert!(top("FAT").fat_suppressed && top("FAT_AND_WATER").fat_suppressed);
        assert!(!top("NONE").fat_suppressed && !top("WATER").fat_suppressed);
        assert!(read(&object(&[(tags::SPECTRALLY_SELECTED_EXCITATION, VR::CS, "WATER")]), 0).fat_suppressed);
        // a frame's own group says more than the data set
        let mut made = enhanced();
        made.put(DataElement::new(tags::SPECTRALLY_SELECTED_SUPPRESSION, VR::CS, "FAT"));
        assert!(!read(&made, 0).fat_suppressed && read(&made, 1).fat_suppressed);
    }

    #[test]
    fn maps_and_phases_are_no_weighted_images() {
        let typed = |image_type: String| {
            let stated = (tags::ACQUISITION_CONTRAST, VR::CS, "T1");
            read(&object(&[stated, (tags::IMAGE_TYPE, VR::CS, &image_type)]), 0).weighting()
        };
        for map in
            ["FIELD_MAP", "FIELD MAP", "B0 MAP", "B0", "B1", "T1 MAP", "T1_MAP", "PHASE", "SUBTRACTION"]
        {
            assert_eq!(typed(format!("ORIGINAL\\PRIMARY\\{map}\\NONE")), Weighting::Other, "{map}");
            assert_eq!(typed(format!("ORIGINAL\\PRIMARY\\T1\\{map}")), Weighting::Other, "{map}");
        }
        for plain in ["T1", "M", "VOLUME", "RESAMPLED", "MEAN"] {
            assert_eq!(typed(format!("ORIGINAL\\PRIMARY\\{plain}\\NONE")), Weighting::T1, "{plain}");
        }
        let stated = (tags::ACQUISITION_CONTRAST, VR::CS, "T1");
        let component = |term| read(&object(&[stated, (tags::COMPLEX_IMAGE_COMPONENT, VR::CS, term)]), 0);
        assert_eq!(component("PHASE").weighting(), Weighting::Other);
        assert_eq!(component("MAGNITUDE").weighting(), Weighting::T1);
    }

    /// Two frames that share their timing: a STIR and a T2 after contrast agent.
    fn enhanced() -> InMemDicomObject {
        let mut timing = object(&[]);
        number(&mut timing, tags::REPETITION_TIME, 4000.0);
        number(&mut timing, tags::FLIP_ANGLE, 90.0);
        let mut shared = object(&[]);
        sequence(&mut shared, tags::MR_TIMING_AND_RELATED_PARAMETERS_SEQUENCE, vec![timing]);

        let frame = |te, ti: Option<f64>, suppression, contrast, agent| {
            let mut echo = object(&[]);
            number(&mut echo, tags::EFFECTIVE_ECHO_TIME, te);
            let recovery = if ti.is_some() { "YES" } else { "NO" };
            let mut modifier = object(&[
                (tags::INVERSION_RECOVERY, VR::CS, recovery),
                (tags::SPECTRALLY_SELECTED_SUPPRESSION, VR::CS, suppression),
            ]);
            if let Some(ti) = ti {
                number(&mut modifier, tags::INVERSION_TIMES, ti);
            }
            let mut groups = object(&[]);
            sequence(&mut groups, tags::MR_ECHO_SEQUENCE, vec![echo]);
            sequence(&mut groups, tags::MR_MODIFIER_SEQUENCE, vec![modifier]);
            let contrast = object(&[(tags::ACQUISITION_CONTRAST, VR::CS, contrast)]);
            sequence(&mut groups, tags::MR_IMAGE_FRAME_TYPE_SEQUENCE, vec![contrast]);
            let usage = object(&[(tags::CONTRAST_BOLUS_AGENT_ADMINISTERED, VR::CS, agent)]);
            sequence(&mut groups, tags::CONTRAST_BOLUS_USAGE_SEQUENCE, vec![usage]);
            groups
        };
        let frames =
            vec![frame(40.0, Some(160.0), "NONE", "STIR", "NO"), frame(100.0, None, "FAT", "T2", "YES")];
        let mut made = object(&[
            (tags::ECHO_PULSE_SEQUENCE, VR::CS, "SPIN"),
            (tags::MULTIPLE_SPIN_ECHO, VR::CS, "YES"),
            (tags::ECHO_PLANAR_PULSE_SEQUENCE, VR::CS, "NO"),
            (tags::ACQUISITION_CONTRAST, VR::CS, "MIXED"),
        ]);
        sequence(&mut made, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, vec![shared]);
        sequence(&mut made, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, frames);
        made
    }

    #[test]
    fn frames_of_an_enhanced_file_have_their_own() {
        let made = enhanced();
        let [stir, t2] = [read(&made, 0), read(&made, 1)];
        assert_eq!((stir.weighting(), t2.weighting()), (Weighting::Stir, Weighting::T2));
        assert_eq!((stir.echo_time_ms, stir.inversion_time_ms), (Some(40.0), Some(160.0)));
        assert_eq!((t2.repetition_time_ms, t2.flip_angle_deg), (Some(4000.0), Some(90.0)));
        assert_eq!((stir.fat_suppressed, t2.fat_suppressed), (false, true));
        assert_eq!((stir.contrast_agent, t2.contrast_agent), (false, true));
        assert_eq!(t2.fast_spin_echo(), Some(true));
        let beyond = read(&made, 2);
        assert_eq!((beyond.repetition_time_ms, beyond.echo_time_ms), (Some(4000.0), None));
    }

    /// Headers of four makers' files, with what pydicom reads of them.
    #[test]
    fn real_headers_have_their_weighting() {
        let Some(folder) = std::env::var_os("HEMASTAGE_DATA") else {
            eprintln!("skipped real_headers_have_their_weighting: HEMASTAGE_DATA is not set");
            return;
        };
        let folder = std::path::PathBuf::from(folder);
        let nifti = "dicom2nifti/tests/data";
        for (file, weighting, [tr, te, ti], fat_suppressed) in [
            // classic: SE IR, GR, and EP alone
            (
                format!("{nifti}/generic/anatomical/001/IM-0001-0001-0001.dcm"),
                Weighting::Flair,
                [6000.0, 394.0, 2200.0],
                false,
            ),
            (
                format!("{nifti}/anatomical/001/IM-0001-0112-0001.dcm"),
                Weighting::T1,
                [8.9, 3.164, 900.0],
                false,
            ),
            ("dcm_qa_ts/In/1.dcm".into(), Weighting::Unknown, [3000.0, 30.0, 0.0], true),
            // enhanced: gradient echo EPI, and T1 with water excitation
            ("dcm_qa_enh/In/Siemens/XA10/6_1.dcm".into(), Weighting::T2Star, [500.0, 30.0, 0.0], true),
            (
                format!("{nifti}/philips_enhanced/anatomical/001/IM-0001-0170-0001.dcm"),
                Weighting::T1,
                [6.770_199_775_695_80, 3.133, 0.0],
                true,
            ),
        ] {
            let read = DicomFile::open(&folder.join(&file), crate::Limits::default()).unwrap();
            let found = acquisition(read.dataset(), 0);
            assert_eq!(found.weighting(), weighting, "{file}: {found:?}");
            let times = [found.repetition_time_ms, found.echo_time_ms, found.inversion_time_ms];
            for (found, expected) in times.into_iter().zip([tr, te, ti]) {
                assert!((found.unwrap_or(0.0) - expected).abs() < 1e-3, "{file}: {found:?}");
            }
            assert_eq!(found.fat_suppressed, fat_suppressed, "{file}");
        }
    }
}
