//! Texts that fit: cut, broken into lines, or moved apart.

use super::svg::Type;

/// The text, cut off with an ellipsis where it is wider than `max`.
pub(super) fn shortened(text: &str, how: Type<'_>, max: f64) -> String {
    if how.width(text) <= max {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut width = how.width("…");
    for letter in text.chars() {
        width += how.width(letter.encode_utf8(&mut [0; 4]));
        if width > max {
            break;
        }
        short.push(letter);
    }
    short.push('…');
    short
}

/// Words in lines no wider than `max`.
pub(super) fn wrapped(text: &str, how: Type<'_>, max: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if how.width(line) + how.width(" ") + how.width(word) <= max => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(shortened(word, how, max)),
        }
    }
    lines
}

/// Ascending positions moved as little as needed to be `gap` apart and, where there is room, between two ends.
pub(super) fn spread(positions: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let room = (high - low).max(0.0) / positions.len().saturating_sub(1).max(1) as f64;
    let gap = gap.min(room);
    // groups of touching neighbors, as the middle and the size of each
    let mut groups: Vec<(f64, usize)> = Vec::new();
    for &position in positions {
        groups.push((position, 1));
        while let [.., (above, n), (below, m)] = groups[..] {
            let both = (n + m) as f64;
            if below - above >= both / 2.0 * gap {
                break;
            }
            // the joined group lies where its members move least
            let middle = (above * n as f64 + below * m as f64) / both;
            groups.truncate(groups.len() - 2);
            groups.push((middle, n + m));
        }
    }
    let mut moved: Vec<f64> = Vec::with_capacity(positions.len());
    for (middle, n) in groups {
        let first = middle - gap * (n - 1) as f64 / 2.0;
        moved.extend((0..n).map(|i| first + gap * i as f64));
    }
    let last = moved.len().saturating_sub(1);
    for (n, position) in moved.iter_mut().enumerate() {
        let lowest = low + gap * n as f64;
        *position = position.clamp(lowest, (high - gap * (last - n) as f64).max(lowest));
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crowded_positions_are_spread_and_lonely_ones_stay() {
        assert_eq!(spread(&[10.0, 50.0], 20.0, 0.0, 100.0), [10.0, 50.0]);
        assert_eq!(spread(&[50.0, 52.0], 20.0, 0.0, 100.0), [41.0, 61.0]);
        assert_eq!(spread(&[1.0, 2.0, 3.0], 20.0, 0.0, 100.0), [0.0, 20.0, 40.0]);
        assert_eq!(spread(&[99.0, 99.0], 20.0, 0.0, 100.0), [80.0, 100.0]);
        assert_eq!(spread(&[5.0; 3], 20.0, 0.0, 10.0), [0.0, 5.0, 10.0]);
        assert_eq!(spread(&[], 20.0, 0.0, 10.0), [0.0; 0]);
    }

    #[test]
    fn a_long_text_is_cut_or_broken() {
        let how = Type::new(10.0, "#000000");
        assert_eq!(shortened("C3", how, 100.0), "C3");
        let short = shortened(&"study ".repeat(50), how, 100.0);
        assert!(short.ends_with('…'), "{short}");
        assert!((90.0..=100.0).contains(&how.width(&short)), "{short}");
        let lines = wrapped(&"a few words ".repeat(20), how, 200.0);
        assert!(lines.len() > 3 && lines.iter().all(|line| how.width(line) <= 200.0));
    }
}
