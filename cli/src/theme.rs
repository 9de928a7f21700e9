//! Signs and styles of printed text: drawn on a terminal, plain characters elsewhere.

use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};
use hemastage::stage::Stage;

use crate::palette;

/// The signs of a summary, and its styles, which are stripped where color is not wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Theme {
    /// The filled part of a bar.
    pub(crate) full: char,
    /// The rest of a bar.
    pub(crate) empty: char,
    /// Between a median and its spread.
    pub(crate) plus_minus: &'static str,
    /// In front of a warning.
    pub(crate) warning: &'static str,
    /// In front of a note.
    pub(crate) note: &'static str,
    /// Cubic millimeters.
    pub(crate) mm3: &'static str,
}

impl Theme {
    /// For a terminal.
    pub(crate) const DRAWN: Self =
        Self { full: '█', empty: '░', plus_minus: "±", warning: "▲", note: "·", mm3: "mm³" };

    /// For files, pipes and terminals without drawing characters.
    pub(crate) const PLAIN: Self =
        Self { full: '#', empty: '.', plus_minus: "+/-", warning: "!", note: "-", mm3: "mm3" };

    /// The signs that standard output can show.
    pub(crate) fn of_stdout() -> Self {
        let can_draw =
            std::io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|t| t != "dumb");
        if can_draw { Self::DRAWN } else { Self::PLAIN }
    }

    /// A bar for a share of 0 to 1. A share above 0 always shows.
    pub(crate) fn bar(self, share: f64, width: usize) -> String {
        let filled = (share * width as f64).round() as usize;
        let filled = filled.clamp(usize::from(share > 0.0), width);
        let repeat = |sign: char, n| std::iter::repeat_n(sign, n).collect::<String>();
        repeat(self.full, filled) + &repeat(self.empty, width - filled)
    }

    /// A stage's color.
    pub(crate) fn stage(stage: Stage) -> Style {
        Style::new().fg_color(Some(palette::color(stage)))
    }

    /// The style of the heading at the left of a line.
    pub(crate) fn heading() -> Style {
        Style::new().bold()
    }

    /// The style of notes.
    pub(crate) fn quiet() -> Style {
        Style::new().dimmed()
    }

    /// The style of warnings.
    pub(crate) fn attention() -> Style {
        Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()))
    }

    /// The style of errors.
    pub(crate) fn alarm() -> Style {
        Style::new().bold().fg_color(Some(AnsiColor::Red.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_share_still_shows() {
        assert_eq!(Theme::PLAIN.bar(0.0, 4), "....");
        assert_eq!(Theme::PLAIN.bar(0.001, 4), "#...");
        assert_eq!(Theme::PLAIN.bar(0.5, 4), "##..");
        assert_eq!(Theme::PLAIN.bar(1.0, 4), "####");
    }
}
