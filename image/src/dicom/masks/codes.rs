//! What the standard's codes of segmented properties mean, in the words of this program: a file's own are free text.

use dicom_dictionary_std::tags;

use crate::dicom::dataset::Dataset;

/// Code by SNOMED CT, by SNOMED RT, and meaning.
const CODES: &str = include_str!("codes.tsv");

/// The meaning of the code that an item of a code sequence holds; `None` for one that is not in the table.
pub(super) fn meaning(item: Dataset<'_>) -> Option<&'static str> {
    known(&item.text(tags::CODING_SCHEME_DESIGNATOR)?, &item.text(tags::CODE_VALUE)?)
}

fn known(scheme: &str, value: &str) -> Option<&'static str> {
    let column = match scheme {
        "SCT" => 0,
        "SRT" | "SNM3" => 1,
        _ => return None,
    };
    rows().find(|row| row[column] == value && !value.is_empty()).map(|row| row[2])
}

fn rows() -> impl Iterator<Item = [&'static str; 3]> {
    let lines = CODES.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split('\t').collect::<Vec<_>>().try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_the_standard_have_a_meaning() {
        assert_eq!(known("SCT", "35566002"), Some("Hematoma"));
        assert_eq!(known("SRT", "T-A7010"), Some("Spinal cord"));
        assert_eq!(known("SCT", "87391001"), Some("C7 vertebra"));
        for (scheme, value) in
            [("99MINE", "35566002"), ("SCT", ""), ("SRT", ""), ("SCT", "T-A7010"), ("SCT", "1")]
        {
            assert_eq!(known(scheme, value), None, "{scheme} {value}");
        }
        assert_eq!(rows().count() + 2, CODES.lines().count());
        for [sct, _, meaning] in rows() {
            assert!(sct.bytes().all(|byte| byte.is_ascii_digit()) && !meaning.is_empty(), "{sct} {meaning}");
        }
        assert!(rows().count() > 100);
    }
}
