//! The files that a staged study is written to, the same for every command.

use std::{
    env,
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum, ValueHint};
use hemastage::{
    Criteria, Result, Staged, Study,
    batch::{PROVENANCE_FILE, REPORT_FILE},
    io::output::OutputFolder,
    load::StudyFiles,
    table::{self, Table},
};
use hemastage_image::open_regular;
use hemastage_view::{
    page::{BUILD_COMMAND, PageOptions, Viewer, page},
    picture::{MARGIN_MM, Picture, PictureOptions, picture},
};

use crate::failure::{Failure, Outcome};

/// The stage map's file.
pub(crate) const MAP: &str = "stages.nii.gz";
/// What the values of the stage map mean.
pub(crate) const MAP_LABELS: &str = "stages.tsv";
/// The hematoma's voxels, which a BIDS derivative repeats.
pub(crate) const MASK: &str = "hematoma.nii.gz";
/// The figure, as pixels and as a drawing.
pub(crate) const PICTURE: [&str; 2] = ["picture.png", "picture.svg"];
/// The page.
pub(crate) const PAGE: &str = "report.html";
/// The picture of a study on the page over all studies of a batch.
pub(crate) const THUMBNAIL: &str = "thumbnail.png";
/// The stage map as a DICOM segmentation.
pub(crate) const SEGMENTATION: &str = "stages.dcm";
/// The report as a DICOM structured report.
pub(crate) const STRUCTURED_REPORT: &str = "report.dcm";

/// What a table calls a study without a name.
const UNNAMED: &str = "n/a";

/// The viewer's bundle in this command; empty without the feature `viewer`.
const BUILT_IN: &str = include_str!(concat!(env!("OUT_DIR"), "/viewer.js"));
/// Stands for `--viewer` without a path.
const FIND: &str = ":";
/// Where the viewer's bundle is once it is built in the folder of the sources.
const BUNDLE: &str = "viewer/dist/viewer.js";
/// Its name next to an installed program.
const INSTALLED: &str = "viewer.js";
/// No bundle is larger.
const MAX_BUNDLE_BYTES: u64 = 32 << 20;

/// A part of a study's results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Everything found, as JSON
    Report,
    /// The stage of each voxel, with a table of what its values mean
    Map,
    /// The report's numbers as tables with their dictionaries
    Tables,
    /// The hematoma in its images, as PNG and SVG
    Picture,
    /// The report as a page of HTML
    Page,
    /// The stage map as a DICOM segmentation, which names the patient
    Seg,
    /// The report as a DICOM structured report, which names the patient and refers to the segmentation
    Sr,
    /// The tables of many studies as Parquet, by `batch` and `bids` alone
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Part {
    /// All parts, in the order in which they are written.
    const ALL: [Self; 7] =
        [Self::Report, Self::Map, Self::Tables, Self::Picture, Self::Page, Self::Seg, Self::Sr];

    /// Whether it is of many studies together.
    fn is_of_many(self) -> bool {
        !Self::ALL.contains(&self)
    }

    /// Whether it is DICOM and so names the patient: written only where it is asked for.
    fn names_patient(self) -> bool {
        matches!(self, Self::Seg | Self::Sr)
    }

    fn file_names(self) -> Vec<&'static str> {
        match self {
            Self::Report => vec![REPORT_FILE],
            Self::Map => vec![MAP, MAP_LABELS],
            Self::Tables => table_names(),
            Self::Picture => PICTURE.to_vec(),
            Self::Page => vec![PAGE],
            Self::Seg => vec![SEGMENTATION],
            Self::Sr => vec![STRUCTURED_REPORT],
            #[cfg(feature = "parquet")]
            Self::Parquet => Vec::new(),
        }
    }
}

/// The files of all tables and their dictionaries.
pub(crate) fn table_names() -> Vec<&'static str> {
    Table::ALL.iter().flat_map(|table| [table.file_name(), table.dictionary_name()]).collect()
}

/// The files of all parts.
pub(crate) fn all_file_names() -> impl Iterator<Item = &'static str> {
    Part::ALL.into_iter().flat_map(Part::file_names).chain([THUMBNAIL])
}

/// Which results to write.
#[derive(Debug, Args)]
pub(crate) struct WriteArgs {
    /// Parts of the results to write [default: all but seg and sr]
    #[arg(long, value_name = "PART,...", value_delimiter = ',')]
    write: Vec<Part>,
    /// Add an interactive viewer to the page, from the bundle that `npm ci && npm run build` makes in `viewer/`; without a
    /// path that in the command, if it was built with it, else one in the sources or next to the program
    #[arg(long, value_name = "BUNDLE", value_hint = ValueHint::FilePath, num_args = 0..=1,
          default_missing_value = FIND)]
    viewer: Option<PathBuf>,
}

impl WriteArgs {
    /// The viewer's bundle: where it was named, else where it is found; `None` where it is in the command.
    pub(crate) fn viewer(&self) -> Option<PathBuf> {
        let given = self.viewer.as_ref()?;
        let is_named = given.as_os_str() != FIND;
        if is_named { Some(given.clone()) } else { BUILT_IN.is_empty().then(found_bundle) }
    }
}

/// The bundle below the working folder or a folder above it, or above or next to this program; else where it would be
/// in the sources.
fn found_bundle() -> PathBuf {
    let here = env::current_dir().ok();
    let program = env::current_exe().and_then(|path| path.canonicalize()).ok();
    let above = [here.as_deref(), program.as_deref()].into_iter().flatten().flat_map(Path::ancestors);
    let in_sources = above.map(|folder| folder.join(BUNDLE));
    let installed = program.iter().map(|program| program.with_file_name(INSTALLED));
    in_sources.chain(installed).find(|path| path.is_file()).unwrap_or_else(|| BUNDLE.into())
}

/// The parts of the results that are wanted.
#[derive(Debug)]
pub(crate) struct Selection {
    parts: Vec<Part>,
    /// The viewer's bundle.
    viewer: Option<String>,
    /// Whether pages have a thumbnail next to them, for the page over all studies.
    thumbnail: bool,
    /// Whether the tables of all studies are wanted as Parquet.
    parquet: bool,
    /// Whether the mask is written too.
    mask: bool,
}

impl Selection {
    /// All parts but those that name the patient, without the viewer.
    pub(crate) fn usual() -> Self {
        let parts = Part::ALL.into_iter().filter(|part| !part.names_patient()).collect();
        Self { parts, viewer: None, thumbnail: false, parquet: false, mask: false }
    }

    /// The chosen parts, each once; the usual ones by default.
    ///
    /// # Errors
    /// When the viewer's bundle is missing, or a part is not wanted that another one goes into or refers to.
    pub(crate) fn new(args: &WriteArgs) -> Outcome<Self> {
        let mut parts = Self::usual().parts;
        if !args.write.is_empty() {
            parts = Part::ALL.into_iter().filter(|part| args.write.contains(part)).collect();
        }
        if parts.contains(&Part::Sr) && !parts.contains(&Part::Seg) {
            return Err(Failure::usage("sr refers to the segments of seg: write both, --write seg,sr"));
        }
        if args.viewer.is_some() && !parts.contains(&Part::Page) {
            return Err(Failure::usage("--viewer is part of the page: add `page` to --write"));
        }
        let viewer = match args.viewer() {
            Some(path) => Some(bundle(&path)?),
            None => args.viewer.is_some().then(|| BUILT_IN.to_owned()),
        };
        let parquet = args.write.iter().any(|part| part.is_of_many());
        Ok(Self { parts, viewer, thumbnail: false, parquet, mask: false })
    }

    /// The report alone, which is all there is of a study without a hematoma.
    ///
    /// # Errors
    /// When another part was asked for.
    pub(crate) fn report_alone(args: &WriteArgs) -> Outcome<Self> {
        if args.viewer.is_some() || args.write.iter().any(|part| *part != Part::Report) {
            return Err(Failure::usage(
                "of a study without a hematoma there is only a report: leave out --write and --viewer",
            ));
        }
        Ok(Self::the_report())
    }

    /// The report, and nothing else.
    pub(crate) fn the_report() -> Self {
        Self { parts: vec![Part::Report], viewer: None, thumbnail: false, parquet: false, mask: false }
    }

    /// Of a batch: without the report, which it writes itself, and with what its page over all studies shows.
    pub(crate) fn of_batch(mut self) -> Self {
        self.parts.retain(|part| *part != Part::Report);
        self.thumbnail = self.has_page();
        self
    }

    /// Of a BIDS derivative: with its map and mask.
    pub(crate) fn of_derivative(mut self) -> Self {
        if !self.parts.contains(&Part::Map) {
            self.parts.insert(0, Part::Map);
        }
        self.mask = true;
        self
    }

    /// Whether the tables of all studies are wanted as Parquet.
    #[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "there is no such part"))]
    pub(crate) fn has_parquet(&self) -> bool {
        self.parquet
    }

    /// Of one study.
    ///
    /// # Errors
    /// When a part was asked for that is of many studies.
    pub(crate) fn of_study(self) -> Outcome<Self> {
        if self.parquet {
            return Err(Failure::usage(
                "parquet is of the tables of many studies: give it to `batch` or `bids`",
            ));
        }
        Ok(self)
    }

    /// Whether the page is wanted.
    pub(crate) fn has_page(&self) -> bool {
        self.parts.contains(&Part::Page)
    }

    /// Whether results name the patient, and so need a DICOM image.
    pub(crate) fn names_patient(&self) -> bool {
        self.parts.iter().any(|part| part.names_patient())
    }

    /// Whether the report is wanted as DICOM.
    pub(crate) fn has_structured_report(&self) -> bool {
        self.parts.contains(&Part::Sr)
    }

    /// The names of the files, in the order in which they are written.
    pub(crate) fn file_names(&self) -> Vec<&'static str> {
        let names = self.parts.iter().flat_map(|part| part.file_names());
        names.chain(self.thumbnail.then_some(THUMBNAIL)).chain(self.mask.then_some(MASK)).collect()
    }

    /// Refuses a folder with results that would stay next to the new ones, perhaps of another study.
    ///
    /// # Errors
    /// When there are some.
    pub(crate) fn refuse_others(&self, folder: &Path) -> Outcome {
        let names = self.file_names();
        let stays = |name: &&str| !names.contains(name) && folder.join(name).symlink_metadata().is_ok();
        let others: Vec<&str> = all_file_names().chain([PROVENANCE_FILE]).filter(stays).collect();
        if others.is_empty() {
            return Ok(());
        }
        let others = others.join(", ");
        Err(Failure::usage(format!(
            "{others}: in the output folder, and would stay next to the new results: remove what is there, choose another folder, or name its part in --write"
        )))
    }

    /// The viewer's bundle.
    pub(crate) fn viewer(&self) -> Option<&str> {
        self.viewer.as_deref()
    }

    /// The files, with as much of the images as the figure shows.
    pub(crate) fn with_margin(&self, files: StudyFiles) -> StudyFiles {
        if self.shows_images() { files.with_margin_mm(MARGIN_MM) } else { files }
    }

    fn shows_images(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Picture | Part::Page))
    }
}

/// The text of the viewer's bundle.
fn bundle(path: &Path) -> Outcome<String> {
    let missing = |error: io::Error| {
        Failure::input(format!(
            "the viewer's bundle could not be read ({}): build it with `{BUILD_COMMAND}` in the folder `viewer/` of the sources, which needs Node.js, then give `--viewer PATH/viewer/dist/viewer.js`, or build the command once more with `--features viewer`, which puts it in; the page without a viewer needs none of it",
            error.kind()
        ))
    };
    let Some((file, _)) = open_regular(path).map_err(missing)? else {
        return Err(missing(io::ErrorKind::InvalidInput.into()));
    };
    let mut text = String::new();
    file.take(MAX_BUNDLE_BYTES).read_to_string(&mut text).map_err(missing)?;
    Ok(text)
}

/// A staged study with all that its results are written from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// What the results call it.
    pub(crate) name: Option<&'a str>,
    pub(crate) study: &'a Study,
    pub(crate) staged: &'a Staged,
    pub(crate) criteria: &'a Criteria,
}

/// Adds the selected results of a study to its folder.
///
/// # Errors
/// When a file can't be written.
pub(crate) fn add(output: &mut OutputFolder, source: Source<'_>, selection: &Selection) -> Result<()> {
    let Source { name, study, staged, .. } = source;
    let figure = selection.shows_images().then(|| {
        let options =
            name.map_or_else(PictureOptions::default, |name| PictureOptions::default().with_study(name));
        picture(study, staged, &options)
    });
    let figure = figure.transpose()?;
    for part in &selection.parts {
        match (part, &figure) {
            (Part::Report, _) => add_text(output, REPORT_FILE, &staged.report.to_json())?,
            (Part::Map, _) => {
                output.add(MAP, |out| staged.stage_map.write_nifti_gz(out))?;
                add_text(output, MAP_LABELS, &table::stage_labels())?;
            }
            (Part::Tables, _) => add_tables(output, name, staged)?,
            (Part::Picture, Some(figure)) => {
                let [png, svg] = PICTURE;
                let pixels = figure.png()?;
                output.add(png, |out| out.write_all(&pixels))?;
                add_text(output, svg, figure.svg())?;
            }
            (Part::Page, Some(figure)) => {
                add_text(output, PAGE, &page_of(source, figure, selection.viewer())?)?;
            }
            // those of DICOM are added from their own source
            (Part::Picture | Part::Page, None) | (Part::Seg | Part::Sr, _) => {}
            // made of the tables of all studies
            #[cfg(feature = "parquet")]
            (Part::Parquet, _) => {}
        }
    }
    if let Some(figure) = figure.filter(|_| selection.thumbnail) {
        let pixels = figure.thumbnail_png()?;
        output.add(THUMBNAIL, |out| out.write_all(&pixels))?;
    }
    if selection.mask {
        output.add(MASK, |out| staged.stage_map.write_mask_nifti_gz(out))?;
    }
    Ok(())
}

pub(crate) fn add_text(output: &mut OutputFolder, name: &str, text: &str) -> Result<()> {
    output.add(name, |out| out.write_all(text.as_bytes()))
}

fn add_tables(output: &mut OutputFolder, name: Option<&str>, staged: &Staged) -> Result<()> {
    let outcome = table::Outcome::Staged(&staged.report);
    for table in Table::ALL {
        let rows = table.rows(name.unwrap_or(UNNAMED), &outcome);
        add_text(output, table.file_name(), &(table.header() + &rows))?;
        add_text(output, table.dictionary_name(), &table.dictionary())?;
    }
    Ok(())
}

fn page_of(source: Source<'_>, figure: &Picture, viewer: Option<&str>) -> Result<String> {
    let mut options = PageOptions::default();
    if let Some(name) = source.name {
        options = options.with_study(name);
    }
    if let Some(bundle) = viewer {
        options = options.with_viewer(Viewer::new(bundle, source.study, source.staged)?);
    }
    Ok(page(&source.staged.report, source.criteria, figure, &options))
}
