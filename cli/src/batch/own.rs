//! Columns of the caller's own, such as age and sex: which of them the summary repeats.
//!
//! A table of results is passed on, so what names a person, a place on a disk or a day stays behind.

/// Names, as options are written, of columns that name a person.
const PERSONS: [&str; 20] = [
    "name",
    "patient-name",
    "patientname",
    "subject-name",
    "first-name",
    "firstname",
    "last-name",
    "lastname",
    "surname",
    "family-name",
    "given-name",
    "mrn",
    "dob",
    "birth-date",
    "birthdate",
    "date-of-birth",
    "birthday",
    "address",
    "email",
    "phone",
];

/// Cells that are read to decide on a column.
const MAX_CELLS: usize = 100_000;

/// Why a column of paths is not repeated.
pub(super) const PATHS: &str = "holds paths";

/// Why a column is not repeated.
pub(super) fn withheld<'a>(name: &str, cells: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    let name = name.trim().to_lowercase().replace(['_', ' '], "-");
    if PERSONS.contains(&name.as_str()) {
        return Some("names a person");
    }
    cells.take(MAX_CELLS).find_map(|cell| {
        if is_path(cell) {
            Some(PATHS)
        } else if is_date(cell) {
            Some("holds dates")
        } else {
            None
        }
    })
}

/// Whether a cell looks like a path: from a root, home or drive, or to a file with an ending.
fn is_path(cell: &str) -> bool {
    let has_ending = |path: &str| {
        let end = path.rsplit_once('.').map_or("", |(_, end)| end);
        (2..=5).contains(&end.len()) && end.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let is_drive = cell.as_bytes().get(1..3).is_some_and(|start| matches!(start, b":\\" | b":/"));
    let is_rooted = cell.starts_with(['/', '~']) || cell.starts_with("./") || cell.starts_with("../");
    is_drive
        || is_rooted
        || cell.contains('\\')
        || (cell.contains('/') && has_ending(cell))
        || has_image_ending(cell)
}

fn has_image_ending(cell: &str) -> bool {
    let lower = cell.to_ascii_lowercase();
    [".nii", ".nii.gz", ".nrrd", ".mha", ".mhd", ".dcm", ".hdr", ".img"]
        .iter()
        .any(|end| lower.ends_with(end))
}

/// Whether a cell is a date: three numbers, one of them a year or a day, or eight digits as DICOM writes them.
fn is_date(cell: &str) -> bool {
    let day = cell.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split(['-', '/', '.']).collect();
    let number =
        |part: &&str| part.parse::<u32>().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()));
    let numbers: Option<Vec<u32>> = parts.iter().map(number).collect();
    match (numbers.as_deref(), &parts[..]) {
        (Some(&[a, b, c]), &[first, _, last]) => {
            let is_year = |n: u32, text: &str| text.len() == 4 && (1800..2200).contains(&n);
            let is_day = |n: u32| (1..=31).contains(&n);
            (is_year(a, first) && is_day(b) && is_day(c))
                || (is_day(a) && is_day(b) && (is_year(c, last) || last.len() == 2))
        }
        (Some(&[whole]), &[text]) if text.len() == 8 => {
            let (year, month, day) = (whole / 10_000, whole / 100 % 100, whole % 100);
            (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_person_a_place_or_a_day_stays_behind() {
        let of = |name: &str, cell: &str| withheld(name, ["", "x", cell].into_iter());
        for (name, cell) in [
            ("age", "70"),
            ("age", "70.5"),
            ("sex", "F"),
            ("radiologist", "KL"),
            ("inr", "1.1"),
            ("levels", "C3/C4"),
            ("unit", "mg/dL"),
            ("ratio", "1/2"),
            ("version", "5.7.1"),
            ("id", "00012345"),
            ("scanner", "MAGNETOM Skyra 3T"),
        ] {
            assert_eq!(of(name, cell), None, "{cell}");
        }
        for name in ["Name", "Patient Name", "MRN", "birth_date"] {
            assert_eq!(of(name, "x"), Some("names a person"), "{name}");
        }
        for cell in ["/data/x", "~/x", "../x", "DOE/ct.nii", "C:\\DOE", "a\\b", "DOE.nii.gz", "D:/x"] {
            assert_eq!(of("ct", cell), Some("holds paths"), "{cell}");
        }
        for cell in ["2031-05-06", "06.05.2031", "5/6/31", "2031-05-06T12:00", "2031/05/06 12:00", "20310506"]
        {
            assert_eq!(of("scan", cell), Some("holds dates"), "{cell}");
        }
    }
}
