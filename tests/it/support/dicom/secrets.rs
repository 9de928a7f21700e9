//! What stands in every identifying and free-text attribute, and must never come out again.

use super::{
    dataset::Dataset,
    tags::{
        ACCESSION_NUMBER, ACQUISITION_DATE, ACQUISITION_DATE_TIME, ACQUISITION_TIME,
        ADDITIONAL_PATIENT_HISTORY, CONTENT_DATE, CONTENT_TIME, DERIVATION_DESCRIPTION, DEVICE_SERIAL_NUMBER,
        FRAME_COMMENTS, IMAGE_COMMENTS, INSTITUTION_ADDRESS, INSTITUTION_NAME, INSTITUTIONAL_DEPARTMENT_NAME,
        MANUFACTURER, MANUFACTURER_MODEL_NAME, OPERATORS_NAME, OTHER_PATIENT_IDS, PATIENT_ADDRESS,
        PATIENT_BIRTH_DATE, PATIENT_COMMENTS, PATIENT_ID, PATIENT_NAME, PERFORMED_PROCEDURE_STEP_DESCRIPTION,
        PERFORMING_PHYSICIAN_NAME, POSITION_REFERENCE_INDICATOR, PROTOCOL_NAME, REFERRING_PHYSICIAN_NAME,
        REQUEST_ATTRIBUTES_SEQUENCE, REQUESTED_PROCEDURE_DESCRIPTION, REQUESTED_PROCEDURE_ID,
        REQUESTING_PHYSICIAN, SCHEDULED_PROCEDURE_STEP_DESCRIPTION, SERIES_DATE, SERIES_DESCRIPTION,
        SERIES_TIME, SOFTWARE_VERSIONS, SPECIFIC_CHARACTER_SET, STATION_NAME, STUDY_DATE, STUDY_DESCRIPTION,
        STUDY_ID, STUDY_TIME, Tag,
    },
};

/// All unique identifiers begin with this.
pub(crate) const UID_ROOT: &str = "1.2.826.0.1.3680043.10.917351";

/// The application that sent the file, in its meta group.
pub(crate) const STATION: &str = "QUUXSENDER77";

/// The label of the segment or the name of the contour number `n`.
pub(crate) fn label(n: usize) -> String {
    format!("Grabowski clot {n}")
}

/// The identifier of a series, a study, an image …, by its kind and number.
pub(crate) fn uid(kind: usize, number: usize) -> String {
    format!("{UID_ROOT}.{kind}.{number}")
}

/// Where the identifiers differ.
pub(crate) mod kind {
    pub(crate) const STUDY: usize = 1;
    pub(crate) const SERIES: usize = 2;
    pub(crate) const IMAGE: usize = 3;
    pub(crate) const FRAME_OF_REFERENCE: usize = 4;
    pub(crate) const DIMENSIONS: usize = 5;
}

const ALL: [(Tag, &str); 40] = [
    (PATIENT_NAME, "Wyszyńska^Bronisława^Zuzanna"),
    (PATIENT_ID, "PID-4471-XQ"),
    (PATIENT_BIRTH_DATE, "19470317"),
    (OTHER_PATIENT_IDS, "ALT-88213-KV"),
    (PATIENT_ADDRESS, "Brombeerweg 17, Quakenstedt"),
    (ADDITIONAL_PATIENT_HISTORY, "fell from the hayloft on Michaelmas"),
    (PATIENT_COMMENTS, "afraid of needles, brother is Ottokar"),
    (ACCESSION_NUMBER, "ACC7719034"),
    (INSTITUTION_NAME, "Sankt-Florian-Spital Quakenstedt"),
    (INSTITUTION_ADDRESS, "Lindenallee 4, Quakenstedt"),
    (INSTITUTIONAL_DEPARTMENT_NAME, "Neuroradiologie Haus Linde"),
    (REFERRING_PHYSICIAN_NAME, "Oehlenschlaeger^Tjark"),
    (PERFORMING_PHYSICIAN_NAME, "Vandenbroucke^Ilse"),
    (OPERATORS_NAME, "Papadimitriou^Xenia"),
    (REQUESTING_PHYSICIAN, "Ibarruri^Maite"),
    (STUDY_DESCRIPTION, "Wirbelsaeule nach Heubodensturz"),
    (SERIES_DESCRIPTION, "t2_tse_sag Wyszynska"),
    (PROTOCOL_NAME, "WS_Notfall_Quakenstedt"),
    (REQUESTED_PROCEDURE_DESCRIPTION, "HWS Notfall wegen Querschnitt"),
    (PERFORMED_PROCEDURE_STEP_DESCRIPTION, "HWS nativ durch Xenia"),
    (STUDY_ID, "STU55120Z"),
    (STATION_NAME, "MRQUAK03"),
    (MANUFACTURER, "Zyklotronwerke Hinterpommern"),
    (MANUFACTURER_MODEL_NAME, "Magnetofon Deluxe"),
    (DEVICE_SERIAL_NUMBER, "SN-330917-B"),
    (SOFTWARE_VERSIONS, "syngo_of_hinterpommern"),
    (DERIVATION_DESCRIPTION, "burned from the archive of Quakenstedt"),
    (IMAGE_COMMENTS, "moved a lot, see Papadimitriou"),
    (POSITION_REFERENCE_INDICATOR, "navel of Bronia"),
    (STUDY_DATE, "20190823"),
    (SERIES_DATE, "20190824"),
    (ACQUISITION_DATE, "20190825"),
    (CONTENT_DATE, "20190826"),
    (STUDY_TIME, "041907.117"),
    (SERIES_TIME, "051908.228"),
    (ACQUISITION_TIME, "061909.339"),
    (CONTENT_TIME, "071910.441"),
    (ACQUISITION_DATE_TIME, "20190825061909.339"),
    (REQUESTED_PROCEDURE_ID, "RPID660021"),
    (SCHEDULED_PROCEDURE_STEP_DESCRIPTION, "planned by Tjark"),
];

/// Free text that stands in functional groups.
pub(crate) const FRAME_COMMENT: (Tag, &str) = (FRAME_COMMENTS, "frame seen by Oehlenschlaeger");

/// A data set with a secret in each of these attributes, some of them inside a sequence too.
pub(crate) fn patient() -> Dataset {
    let mut dataset = Dataset::default().with(SPECIFIC_CHARACTER_SET, "ISO_IR 192");
    let mut request = Dataset::default();
    for (tag, value) in ALL {
        let requested = matches!(tag.0, 0x0040) || tag.0 == 0x0032;
        if requested { &mut request } else { &mut dataset }.set(tag, value);
    }
    dataset.with(REQUEST_ATTRIBUTES_SEQUENCE, request)
}

/// Every text that must not appear: each value, the parts of a name, dates as people write them.
pub(crate) fn forbidden() -> Vec<String> {
    let mut texts = vec![UID_ROOT.into(), STATION.into(), FRAME_COMMENT.1.into(), "Grabowski".into()];
    for (tag, value) in ALL {
        texts.push(value.to_owned());
        match tag.2 {
            "PN" => texts.extend(value.split('^').map(String::from)),
            "DA" => texts.push(format!("{}-{}-{}", &value[..4], &value[4..6], &value[6..])),
            "TM" => texts.push(format!("{}:{}:{}", &value[..2], &value[2..4], &value[4..6])),
            _ => {}
        }
    }
    texts.extend(["Quakenstedt", "Heubodensturz", "Hinterpommern"].map(String::from));
    texts
}
