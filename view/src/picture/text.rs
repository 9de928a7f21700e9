//! Numbers as a reader wants them, text from outside made harmless, how wide a text is, about, and texts beside each
//! other without overlap.

/// The space between a number and its unit, at which no line breaks.
pub(crate) const GAP: char = '\u{a0}';

/// `Late subacute`.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A share in percent; one that is above 0 never reads as 0, and one below 1 never as 100.
pub(crate) fn percent(share: f64) -> String {
    match 100.0 * share {
        p if p > 0.0 && p < 0.5 => format!("<1{GAP}%"),
        p if p >= 99.5 && share < 1.0 => format!(">99{GAP}%"),
        p => format!("{p:.0}{GAP}%"),
    }
}

/// A volume in mL, a small one in mm³; what is above 0 never reads as 0.
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

/// Text from outside without what could mislead a reader: control characters and marks that turn the
/// direction of a line.
pub(crate) fn clean(text: &str) -> String {
    let misleads = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if misleads(c) { '\u{fffd}' } else { c }).collect()
}

/// The width of a text in its size's unit, a little more than it takes in the font that comes along.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let of = |c: char| match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '|' | '\'' | '!' | ' ' | '·' => 0.34,
        'f' | 't' | 'r' | '(' | ')' | '-' | '[' | ']' | '/' => 0.43,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | 'Q' | '—' => 1.0,
        c if c.is_ascii_uppercase() => 0.72,
        c if c.is_ascii() => 0.65,
        _ => 0.85,
    };
    size * text.chars().map(of).sum::<f64>()
}

/// The text, cut off with an ellipsis where it is wider than this.
pub(super) fn shortened(text: &str, size: f64, most: f64) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        short.push(c);
        if width(&short, size) + size > most {
            break;
        }
    }
    short.push('…');
    short
}

/// Words in lines no wider than this.
pub(super) fn wrapped(text: &str, size: f64, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line, size) + width(word, size) + size / 2.0 <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(shortened(word, size, most)),
        }
    }
    lines
}

/// Places moved as little as needed to be `gap` apart and, as far as there is room, between two ends; given and
/// returned in rising order.
pub(super) fn spread(places: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let room = (high - low).max(0.0) / places.len().saturating_sub(1).max(1) as f64;
    let gap = gap.min(room);
    // groups of neighbors that touch, each about the mean of what its places want
    let mut groups: Vec<(f64, usize)> = Vec::new();
    for &place in places {
        groups.push((place, 1));
        while let [.., (above, n), (below, m)] = groups[..] {
            let apart = (n + m) as f64 / 2.0 * gap;
            if below - above >= apart {
                break;
            }
            let both = (n + m) as f64;
            // where the middle of the joined group lies, so that each part moves as little
            let middle = (above * n as f64 + below * m as f64) / both;
            groups.truncate(groups.len() - 2);
            groups.push((middle, n + m));
        }
    }
    let mut found: Vec<f64> = Vec::with_capacity(places.len());
    for (middle, count) in groups {
        let first = middle - gap * (count - 1) as f64 / 2.0;
        found.extend((0..count).map(|n| first + gap * n as f64));
    }
    let last = found.len().saturating_sub(1);
    for (n, place) in found.iter_mut().enumerate() {
        *place =
            place.clamp(low + gap * n as f64, (high - gap * (last - n) as f64).max(low + gap * n as f64));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crowded_places_are_spread_and_lonely_ones_stay() {
        assert_eq!(spread(&[10.0, 50.0], 20.0, 0.0, 100.0), [10.0, 50.0]);
        assert_eq!(spread(&[50.0, 52.0], 20.0, 0.0, 100.0), [41.0, 61.0]);
        assert_eq!(spread(&[1.0, 2.0, 3.0], 20.0, 0.0, 100.0), [0.0, 20.0, 40.0]);
        assert_eq!(spread(&[99.0, 99.0], 20.0, 0.0, 100.0), [80.0, 100.0]);
        assert_eq!(spread(&[5.0; 3], 20.0, 0.0, 10.0), [0.0, 5.0, 10.0]);
        assert_eq!(spread(&[], 20.0, 0.0, 10.0), [0.0; 0]);
    }

    #[test]
    fn a_long_text_is_cut_or_broken() {
        assert_eq!(shortened("C3", 10.0, 100.0), "C3");
        let short = shortened(&"study ".repeat(50), 10.0, 100.0);
        assert!(short.ends_with('…') && width(&short, 10.0) <= 100.0, "{short}");
        let lines = wrapped(&"a few words ".repeat(20), 10.0, 200.0);
        assert!(lines.len() > 3 && lines.iter().all(|line| width(line, 10.0) <= 200.0));
    }
}
