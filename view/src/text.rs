//! Numbers in few digits with their units, written the same in figure, page and terminal.
//!
//! Between a number and its unit stands [`GAP`].

use hemastage::report::AlignmentRecord;

/// The space between a number and its unit: no line breaks there.
pub const GAP: char = '\u{a0}';

/// The text with its first letter in upper case, as in `Late subacute`.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A share in percent. A share above 0 never reads as 0 %, one below 1 never as 100 %.
pub fn percent(share: f64) -> String {
    match 100.0 * share {
        p if p > 0.0 && p < 0.5 => format!("<1{GAP}%"),
        p if p >= 99.5 && share < 1.0 => format!(">99{GAP}%"),
        p => format!("{p:.0}{GAP}%"),
    }
}

/// Hours, from 48 on with days.
pub fn hours(value: f64) -> String {
    let hours = trimmed(value);
    if value < 48.0 {
        format!("{hours}{GAP}h")
    } else {
        format!("{hours}{GAP}h ({}{GAP}days)", trimmed(value / 24.0))
    }
}

/// Where T1 lies, as in `1.2 mm in front and 0.3 mm to the left of T2`.
pub fn shift(found: &AlignmentRecord) -> String {
    let front = if found.front_mm < 0.0 { "behind" } else { "in front" };
    let left = if found.left_mm < 0.0 { "to the right" } else { "to the left" };
    let [front_mm, left_mm] = [found.front_mm, found.left_mm].map(f64::abs);
    format!("{front_mm:.1}{GAP}mm {front} and {left_mm:.1}{GAP}mm {left} of T2")
}

/// A count with its noun, as in `1 vertebra` or `6 vertebrae`.
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n}{GAP}{}", if n == 1 { one } else { many })
}

/// At most two decimals, without trailing zeros.
pub(crate) fn trimmed(value: f64) -> String {
    format!("{value:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A volume in mL, a small one in mm³. A volume above 0 never reads as 0.
pub(crate) fn volume(mm3: f64) -> String {
    match mm3 {
        v if v >= 10_000.0 => format!("{:.1}{GAP}mL", v / 1000.0),
        v if v >= 100.0 => format!("{:.2}{GAP}mL", v / 1000.0),
        v if v >= 10.0 => format!("{v:.0}{GAP}mm³"),
        v if v > 0.0 && v < 0.05 => format!("<0.1{GAP}mm³"),
        v => format!("{v:.1}{GAP}mm³"),
    }
}

/// A signal in the scanner's own unit, to four significant digits.
pub(crate) fn signal(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let digits = 3 - value.abs().log10().floor() as i32;
    format!("{value:.*}", digits.clamp(0, 12) as usize)
}

/// Text from outside with control characters and marks of writing direction replaced, which could mislead a reader.
pub(crate) fn clean(text: &str) -> String {
    let misleads = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if misleads(c) { '\u{fffd}' } else { c }).collect()
}
