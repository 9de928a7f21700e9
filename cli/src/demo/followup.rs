//! `demo --followup`: four visits of a patient as in the case report of the literature, and their follow-up.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use hemastage::{
    Result, StageOptions,
    batch::REPORT_FILE,
    followup::{FollowUpOptions, Visit, followup},
    io::output::{OutputFolder, Overwrite},
    level::Scheme,
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles, VertebraeFile},
    measure_without_hematoma,
    stage::Stage,
    units::VisitTime,
};
use hemastage_phantom::{Collection, Extent, FILES, GridSpec, Layout, Phantom, PhantomOptions, phantom};

use super::SCHEME;
use crate::{
    failure::Outcome,
    followup::{
        files::{self, Pixels},
        images::image,
        summary::summary,
    },
    interrupt,
    progress::Progress,
    results::{self, Selection, Source},
    theme::Theme,
};

/// What the visits show.
const STORY: &str = "\
Four synthetic studies of one patient, after a case report: a cervical epidural hematoma from C2 to C5 at admission,
smaller on day 2 with a brighter cord at C3 and C4, smaller still on day 7, and gone on day 20.";

/// The image of a visit that the figure shows.
const T2: &str = "t2.nii.gz";
/// The folder of the result, next to those of the visits.
const RESULT: &str = "followup";

/// A visit of the patient.
struct Planned {
    folder: &'static str,
    time: &'static str,
    /// First and last vertebra, thickness in mm and stage; `None` where the hematoma is gone.
    blood: Option<(&'static str, &'static str, f64, Stage)>,
    /// How much brighter the cord is on T2 at C3 and C4.
    cord_factor: f64,
}

const VISITS: [Planned; 4] = [
    Planned { folder: "day0", time: "0h", blood: Some(("C2", "C5", 6.0, Stage::Acute)), cord_factor: 1.0 },
    Planned {
        folder: "day2",
        time: "2d",
        blood: Some(("C2", "C4", 4.5, Stage::EarlySubacute)),
        cord_factor: 1.7,
    },
    Planned {
        folder: "day7",
        time: "7d",
        blood: Some(("C3", "C4", 3.0, Stage::LateSubacute)),
        cord_factor: 1.35,
    },
    Planned { folder: "day20", time: "20d", blood: None, cord_factor: 1.0 },
];

/// Labels of C3 and C4, and the position of C4 in the phantom's levels.
const CHANGED: std::ops::RangeInclusive<u8> = 3..=4;
const VIEW: usize = 3;
const FIELD_OF_VIEW_MM: [f64; 3] = [110.0, 120.0, 44.0];

/// Makes the visits, stages them, compares them and prints the story.
pub(super) fn run(folder: &Path, overwrite: Overwrite) -> Outcome {
    let progress = Progress::start("day0");
    let mut visits = Vec::new();
    for (n, planned) in VISITS.iter().enumerate() {
        progress.set(planned.folder);
        visits.push(planned.made(n as u64 + 1, &folder.join(planned.folder), overwrite)?);
    }
    drop(progress);
    let found = followup(&visits, &FollowUpOptions::default())?;
    let image = |planned: &Planned| {
        let visit = folder.join(planned.folder);
        image(&visit.join(T2), &visit, planned.blood.is_some())
    };
    let images = VISITS.iter().map(image).collect::<Result<Vec<_>>>()?;
    let mut output = OutputFolder::create(folder.join(RESULT), &files::NAMES, overwrite)?;
    interrupt::guard(&output)?;
    files::add(&mut output, &found, None, &images, Pixels::Drawn)?;
    interrupt::complete(output)?;

    let mut text = Vec::new();
    summary(&mut text, &found)?;
    let bold = Theme::heading();
    let page = folder.join(RESULT).join(files::PAGE);
    writeln!(text, "\n{STORY}")?;
    writeln!(text, "{bold}Open in a browser:{bold:#}\n  {}", page.display())?;
    let visits = VISITS.map(|visit| visit.folder).join(" ");
    let images = VISITS.map(|visit| format!("--t2 {}/{T2}", visit.folder)).join(" ");
    writeln!(
        text,
        "{bold}Try next, in the output folder:{bold:#}\n  hemastage followup {visits} {images} -o again"
    )?;
    let mut out = anstream::stdout().lock();
    out.write_all(&text)?;
    Ok(out.flush()?)
}

impl Planned {
    /// Writes the study and its results.
    fn made(&self, seed: u64, folder: &Path, overwrite: Overwrite) -> Outcome<Visit> {
        let selection = match self.blood {
            Some(_) => Selection::usual(),
            None => Selection::the_report(),
        };
        let names: Vec<&str> = FILES.into_iter().chain(selection.file_names()).collect();
        let mut output = OutputFolder::create(folder, &names, overwrite)?;
        interrupt::guard(&output)?;
        self.phantom(seed)?.add_to(&mut output)?;
        let files = self.files(|name| output.new_file(name))?;
        let options = StageOptions::default();
        let visit = if files.is_without_hematoma() {
            let report = measure_without_hematoma(&files.open_without_hematoma()?, &options)?;
            results::add_text(&mut output, REPORT_FILE, &report.to_json())?;
            Visit::of_study_without_hematoma(&report)
        } else {
            let study = selection.with_margin(files).open()?;
            let staged = hemastage::stage(&study, &options)?;
            let source = Source {
                name: Some(self.folder),
                study: &study,
                staged: &staged,
                criteria: &options.criteria,
            };
            results::add(&mut output, source, &selection)?;
            Visit::new(&staged.report)
        };
        interrupt::complete(output)?;
        Ok(visit)
    }

    fn phantom(&self, seed: u64) -> Outcome<Phantom> {
        let collections: Vec<Collection> = match self.blood {
            Some((first, last, thickness, stage)) => {
                let clot = Collection::new(Extent::levels(first, last)?).with_thickness_mm(thickness);
                vec![clot.with_layout(Layout::Single(stage))]
            }
            None => Vec::new(),
        };
        let options = PhantomOptions::default()
            .with_seed(seed)
            .with_grids(GridSpec::thick_sagittal().with_fov_mm(FIELD_OF_VIEW_MM))
            .with_collections(collections)
            .with_view(VIEW);
        let mut made = phantom(&options)?;
        brighten(&mut made, self.cord_factor);
        Ok(made)
    }

    fn files(&self, path: impl Fn(&str) -> PathBuf) -> Outcome<StudyFiles> {
        let image = |name: &str| ImageFile::new(path(name));
        let (t1, t2) = (image("t1.nii.gz"), image(T2));
        let reference = ReferenceFile::Cord(MaskFile::new(path("cord.nii.gz")));
        let hematoma = MaskFile::new(path("hematoma.nii.gz"));
        let files = match self.blood {
            Some(_) => StudyFiles::new(t1, t2, hematoma, reference),
            None => StudyFiles::without_hematoma(t1, t2, reference).with_empty_mask(hematoma),
        };
        let vertebrae =
            VertebraeFile::Map { map: image("vertebrae.nii.gz"), scheme: Some(Scheme::built_in(SCHEME)?) };
        let files = files.with_canal(MaskFile::new(path("canal.nii.gz"))).with_vertebrae(vertebrae);
        Ok(files.with_visit_time(VisitTime::parse(self.time, None)?))
    }
}

/// Brightens the cord on T2 at the height of C3 and C4.
fn brighten(made: &mut Phantom, factor: f64) {
    let height = |grid: &hemastage::Grid, index| grid.center(index)[2];
    let bodies = made.vertebrae.indexed_iter().filter(|(_, label)| CHANGED.contains(*label));
    let heights: Vec<f64> = bodies.map(|((i, j, k), _)| height(&made.mask_grid, [i, j, k])).collect();
    let low = heights.iter().copied().fold(f64::INFINITY, f64::min);
    let high = heights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // images and masks of these phantoms have one grid
    for ((i, j, k), voxel) in made.t2.indexed_iter_mut() {
        if made.cord[[i, j, k]] == 1 && (low..=high).contains(&height(&made.t2_grid, [i, j, k])) {
            *voxel = (f64::from(*voxel) * factor) as i16;
        }
    }
}
