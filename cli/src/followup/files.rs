//! The files of a follow-up.

use hemastage::{
    Result,
    followup::{FollowUp, table},
    io::output::OutputFolder,
};
use hemastage_view::followup::{VisitImage, followup_figure, followup_page};

use crate::results::add_text;

/// The record.
pub(crate) const RECORD: &str = "followup.json";
/// What the record begins with.
pub(crate) const RECORD_START: &str = "{\n  \"schema\": \"hemastage/followup/";
/// The figure, as pixels and as a drawing.
pub(crate) const PICTURE: [&str; 2] = ["followup.png", "followup.svg"];
/// The page.
pub(crate) const PAGE: &str = "followup.html";

/// The figure's pixels, which take longer to draw than all else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pixels {
    Drawn,
    LeftOut,
}

/// The files without the figure's pixels.
pub(crate) const NAMES_WITHOUT_PIXELS: [&str; 5] =
    [RECORD, table::FILE_NAME, table::DICTIONARY_NAME, PICTURE[1], PAGE];

/// All files, in the order in which they are written.
pub(crate) const NAMES: [&str; 6] =
    [RECORD, table::FILE_NAME, table::DICTIONARY_NAME, PICTURE[0], PICTURE[1], PAGE];

/// No report is larger.
pub(crate) const MAX_REPORT_BYTES: u64 = 64 << 20;

/// What the table calls a patient without a name.
const UNNAMED: &str = "n/a";

/// Adds the files of a follow-up to its folder; `name` is the patient's, `images` those of the visits for the figure.
///
/// # Errors
/// When a file can't be written.
pub(crate) fn add(
    output: &mut OutputFolder,
    found: &FollowUp,
    name: Option<&str>,
    images: &[Option<VisitImage>],
    pixels: Pixels,
) -> Result<()> {
    let figure = followup_figure(found, name, images)?;
    let rows = table::rows(name.unwrap_or(UNNAMED), found);
    add_text(output, RECORD, &found.to_json())?;
    add_text(output, table::FILE_NAME, &(table::header() + &rows))?;
    add_text(output, table::DICTIONARY_NAME, &table::dictionary())?;
    if pixels == Pixels::Drawn {
        let pixels = figure.png()?;
        output.add(PICTURE[0], |out| out.write_all(&pixels))?;
    }
    add_text(output, PICTURE[1], figure.svg())?;
    add_text(output, PAGE, &followup_page(found, &figure, name))
}
