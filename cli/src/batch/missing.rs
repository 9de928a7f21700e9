//! Cells without a value, whole numbers and decimal commas, as other programs write them.

/// What R, pandas and Excel write into a cell without a value. Case counts: `none` is a value of `smooth`.
///
/// # Reference
/// pandas, `read_csv`, `na_values`.
const MISSING: [&str; 18] = [
    "", "n/a", "N/A", "NA", "#N/A", "#N/A N/A", "#NA", "<NA>", "NaN", "nan", "-NaN", "-nan", "None", "NULL",
    "null", "NaT", "1.#QNAN", "-1.#IND",
];

/// Whether a cell has no value.
pub(super) fn is_missing(cell: &str) -> bool {
    MISSING.contains(&cell)
}

/// Whole numbers joined by `,`, also as they are written in a column with gaps: `1.0`.
pub(super) fn whole(cell: &str) -> String {
    let is_whole = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let without_point = |part: &str| {
        let part = part.trim();
        part.strip_suffix(".0").filter(is_whole).unwrap_or(part).to_owned()
    };
    cell.split(',').map(without_point).collect::<Vec<_>>().join(",")
}

/// Times or numbers joined by `;`, with a point where they have a decimal comma; `None` where none has one.
pub(super) fn with_points(cell: &str) -> Option<String> {
    let point = |part: &str| {
        let (whole, rest) = part.trim().split_once(',')?;
        let is_decimal = !whole.is_empty()
            && whole.bytes().all(|byte| byte.is_ascii_digit())
            && rest.starts_with(|first: char| first.is_ascii_digit())
            && !rest.contains(',');
        is_decimal.then(|| format!("{whole}.{rest}"))
    };
    let parts: Vec<&str> = cell.split(';').collect();
    parts.iter().any(|part| point(part).is_some()).then(|| {
        parts
            .into_iter()
            .map(|part| point(part).unwrap_or_else(|| part.to_owned()))
            .collect::<Vec<_>>()
            .join(";")
    })
}

/// The whole number that a column with gaps and decimal commas has: `1,0`.
pub(super) fn whole_with_comma(cell: &str) -> &str {
    let is_whole = |number: &&str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    cell.strip_suffix(",0").filter(is_whole).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_comma_is_that_of_one_number() {
        for (cell, expected) in [
            ("36,5", Some("36.5")),
            ("36,5h", Some("36.5h")),
            ("2d; 1,5 d", Some("2d;1.5 d")),
            ("36.5", None),
            ("1,2,3", None),
            (",5", None),
            ("2031-05-06T12:00", None),
            ("a,5", None),
        ] {
            assert_eq!(with_points(cell).as_deref(), expected, "{cell}");
        }
        assert_eq!(["1,0", "3,4", "1,0,0", ",0"].map(whole_with_comma), ["1", "3,4", "1,0,0", ",0"]);
    }
}
