//! The files that a staged study is written to, the same for every command.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum, ValueHint};
use hemastage::{
    Criteria, Staged, Study,
    io::output::OutputFolder,
    load::StudyFiles,
    table::{self, Table},
};
use hemastage_view::{
    page::{BUILD_COMMAND, PageOptions, Viewer, page},
    picture::{MARGIN_MM, Picture, PictureOptions, picture},
};
use sha2::{Digest, Sha256};

use crate::failure::{Failure, Outcome};

/// The report's file.
pub(crate) const REPORT: &str = "report.json";
/// The stage map's file.
pub(crate) const MAP: &str = "stages.nii.gz";
/// What the values of the stage map mean.
const MAP_LABELS: &str = "stages.tsv";
/// The figure, as pixels and as a drawing.
const PICTURE: [&str; 2] = ["picture.png", "picture.svg"];
/// The page.
pub(crate) const PAGE: &str = "report.html";

/// What a batch puts beside the results of a study: what they were made from, and the hash of each.
pub(crate) const MARKER: &str = "provenance.json";

/// What a table calls a study without a name.
const UNNAMED: &str = "n/a";

/// Where the viewer's bundle is when it was built in the folder of the sources.
const BUNDLE: &str = "viewer/dist/viewer.js";
/// No bundle is larger.
const MAX_BYTES: u64 = 32 << 20;

/// A part of a study's results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Part {
    /// Everything found, as JSON
    Report,
    /// The stage of each voxel, and what its values mean
    Map,
    /// The report's numbers as tables with their dictionaries
    Tables,
    /// The hematoma in its images, as PNG and SVG
    Picture,
    /// The report as a page of HTML
    Page,
}

impl Part {
    /// All parts.
    const ALL: [Self; 5] = [Self::Report, Self::Map, Self::Tables, Self::Picture, Self::Page];

    /// The names of its files.
    fn names(self) -> Vec<&'static str> {
        match self {
            Self::Report => vec![REPORT],
            Self::Map => vec![MAP, MAP_LABELS],
            Self::Tables => {
                Table::ALL.iter().flat_map(|table| [table.file_name(), table.dictionary_name()]).collect()
            }
            Self::Picture => PICTURE.to_vec(),
            Self::Page => vec![PAGE],
        }
    }
}

/// What to write of a study.
#[derive(Debug, Args)]
pub(crate) struct WriteArgs {
    /// What to write of a study [default: all of it]
    #[arg(long, value_name = "PART,...", value_delimiter = ',')]
    write: Vec<Part>,
    /// Put an interactive viewer into the page, from the bundle that `npm ci && npm run build` makes in `viewer/`
    #[arg(long, value_name = "BUNDLE", value_hint = ValueHint::FilePath, num_args = 0..=1,
          default_missing_value = BUNDLE)]
    viewer: Option<PathBuf>,
}

/// The results that are wanted of a study.
#[derive(Debug)]
pub(crate) struct Wanted {
    parts: Vec<Part>,
    /// The viewer's bundle.
    viewer: Option<String>,
}

impl Wanted {
    /// All parts, without the viewer.
    pub(crate) fn all() -> Self {
        Self { parts: Part::ALL.to_vec(), viewer: None }
    }

    /// What was chosen, each part once; all of them where none was.
    ///
    /// # Errors
    /// When the viewer's bundle is not there, or the page that it goes into is not wanted.
    pub(crate) fn new(args: &WriteArgs) -> Outcome<Self> {
        let is_chosen = |part: &Part| args.write.is_empty() || args.write.contains(part);
        let parts: Vec<Part> = Part::ALL.into_iter().filter(is_chosen).collect();
        if args.viewer.is_some() && !parts.contains(&Part::Page) {
            return Err(Failure::Usage("--viewer is part of the page: add `page` to --write".into()));
        }
        Ok(Self { parts, viewer: args.viewer.as_deref().map(bundle).transpose()? })
    }

    /// With the report, if it was not.
    pub(crate) fn with_report(mut self) -> Self {
        if !self.parts.contains(&Part::Report) {
            self.parts.insert(0, Part::Report);
        }
        self
    }

    /// The names of the files, in the order in which they are written.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.parts.iter().flat_map(|part| part.names()).collect()
    }

    /// Refuses a folder with results that would stay beside the new ones, perhaps of another study.
    ///
    /// # Errors
    /// When there are some.
    pub(crate) fn refuse_others(&self, folder: &Path) -> Outcome {
        let names = self.names();
        let all = Part::ALL.iter().flat_map(|part| part.names()).chain([MARKER]);
        let stays = |name: &&str| !names.contains(name) && folder.join(name).symlink_metadata().is_ok();
        let others: Vec<&str> = all.filter(stays).collect();
        if others.is_empty() {
            return Ok(());
        }
        let others = others.join(", ");
        Err(Failure::Usage(format!(
            "{others}: in the output folder, and would stay beside the new results: remove what is there, choose another folder, or name its part in --write"
        )))
    }

    /// The viewer's bundle.
    pub(crate) fn viewer(&self) -> Option<&str> {
        self.viewer.as_deref()
    }

    /// The files, with as much of the images as the figure shows.
    pub(crate) fn surroundings(&self, files: StudyFiles) -> StudyFiles {
        if self.shows_images() { files.with_margin_mm(MARGIN_MM) } else { files }
    }

    fn shows_images(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Picture | Part::Page))
    }
}

/// Whether a file's name is one of the results, whatever parts were asked for.
pub(crate) fn is_result(name: &str) -> bool {
    Part::ALL.iter().any(|part| part.names().contains(&name))
}

/// The text of the viewer's bundle.
fn bundle(path: &Path) -> Outcome<String> {
    let missing = |error: io::Error| {
        format!(
            "the viewer's bundle could not be read ({}): build it with `{BUILD_COMMAND}` in the folder `viewer/` of the sources, then name `dist/viewer.js` there",
            error.kind()
        )
    };
    let mut text = String::new();
    let file = File::open(path).map_err(|error| Failure::Input(missing(error)))?;
    file.take(MAX_BYTES).read_to_string(&mut text).map_err(|error| Failure::Input(missing(error)))?;
    Ok(text)
}

/// A staged study with all that its results are made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made<'a> {
    /// What the results call it.
    pub(crate) name: Option<&'a str>,
    pub(crate) study: &'a Study,
    pub(crate) staged: &'a Staged,
    pub(crate) criteria: &'a Criteria,
}

/// Adds the wanted results of a study to its folder, and gives the SHA-256 of each file.
///
/// # Errors
/// When a file can't be written.
pub(crate) fn add(
    output: &mut OutputFolder,
    made: Made<'_>,
    wanted: &Wanted,
) -> Outcome<BTreeMap<String, String>> {
    let Made { name, study, staged, .. } = made;
    let mut results = Results { output, hashes: BTreeMap::new() };
    let figure = wanted.shows_images().then(|| {
        let options =
            name.map_or_else(PictureOptions::default, |name| PictureOptions::default().with_study(name));
        picture(study, staged, &options)
    });
    let figure = figure.transpose()?;
    for part in &wanted.parts {
        match (part, &figure) {
            (Part::Report, _) => results.text(REPORT, &staged.report.to_json())?,
            (Part::Map, _) => {
                results.add(MAP, |out| staged.stage_map.write_nifti_gz(out))?;
                results.text(MAP_LABELS, &table::stage_labels())?;
            }
            (Part::Tables, _) => results.tables(name, staged)?,
            (Part::Picture, Some(figure)) => {
                let [png, svg] = PICTURE;
                let pixels = figure.png()?;
                results.add(png, |out| out.write_all(&pixels))?;
                results.text(svg, figure.svg())?;
            }
            (Part::Page, Some(figure)) => results.page(made, figure, wanted.viewer())?,
            (Part::Picture | Part::Page, None) => {}
        }
    }
    Ok(results.hashes)
}

/// Files on their way into a folder.
struct Results<'a> {
    output: &'a mut OutputFolder,
    hashes: BTreeMap<String, String>,
}

impl Results<'_> {
    fn tables(&mut self, name: Option<&str>, staged: &Staged) -> Outcome {
        let outcome = table::Outcome::Staged(&staged.report);
        for table in Table::ALL {
            let rows = table.rows(name.unwrap_or(UNNAMED), &outcome);
            self.text(table.file_name(), &(table.header() + &rows))?;
            self.text(table.dictionary_name(), &table.dictionary())?;
        }
        Ok(())
    }

    fn page(&mut self, made: Made<'_>, figure: &Picture, viewer: Option<&str>) -> Outcome {
        let mut options = PageOptions::default();
        if let Some(name) = made.name {
            options = options.with_study(name);
        }
        if let Some(bundle) = viewer {
            options = options.with_viewer(Viewer::new(bundle, made.study, made.staged)?);
        }
        self.text(PAGE, &page(&made.staged.report, made.criteria, figure, &options))
    }

    fn text(&mut self, name: &str, text: &str) -> Outcome {
        self.add(name, |out| out.write_all(text.as_bytes()))
    }

    fn add(&mut self, name: &str, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Outcome {
        let mut hasher = Sha256::new();
        self.output.add(name, |out| write(&mut Hashed { out, hasher: &mut hasher }))?;
        self.hashes.insert(name.to_owned(), hex(&hasher.finalize()));
        Ok(())
    }
}

/// Bytes hashed on their way.
struct Hashed<'a> {
    out: &'a mut dyn Write,
    hasher: &'a mut Sha256,
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
