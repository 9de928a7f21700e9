//! Signs and styles: drawn on a terminal, plain characters elsewhere.

use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};
use hemastage::stage::Stage;

use crate::palette;

/// The signs of a summary. Styles are taken out again where color is not wanted.
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
    /// For a terminal that draws.
    pub(crate) const DRAWN: Self =
        Self { full: '█', empty: '░', plus_minus: "±", warning: "▲", note: "·", mm3: "mm³" };

    /// For files, pipes and terminals that do not draw.
    pub(crate) const PLAIN: Self =
        Self { full: '#', empty: '.', plus_minus: "+/-", warning: "!", note: "-", mm3: "mm3" };

    /// What suits standard output.
    pub(crate) fn of_stdout() -> Self {
        let draws = std::io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|t| t != "dumb");
        if draws { Self::DRAWN } else { Self::PLAIN }
    }

    /// A bar for a share of 0 to 1; any share above 0 shows.
    pub(crate) fn bar(self, share: f64, width: usize) -> String {
        let filled = (share * width as f64).round() as usize;
        let filled = filled.clamp(usize::from(share > 0.0), width);
        let part = |sign: char, count| std::iter::repeat_n(sign, count).collect::<String>();
        part(self.full, filled) + &part(self.empty, width - filled)
    }

    /// A stage's color.
    pub(crate) fn stage(stage: Stage) -> Style {
        Style::new().fg_color(Some(palette::color(stage)))
    }

    /// What stands at the left of a line.
    pub(crate) fn heading() -> Style {
        Style::new().bold()
    }

    /// What is good to know.
    pub(crate) fn quiet() -> Style {
        Style::new().dimmed()
    }

    /// What needs attention.
    pub(crate) fn attention() -> Style {
        Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()))
    }

    /// What stopped the work.
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
