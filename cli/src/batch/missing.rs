//! Cells without a value, and whole numbers, as other programs write them.

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
