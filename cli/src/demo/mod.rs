//! `demo`: stages the bundled synthetic study.

mod followup;

use std::{
    env,
    io::Write,
    path::{Path, PathBuf},
};

use clap::Args;
use hemastage::{
    Onset, Report, StageOptions,
    io::output::OutputFolder,
    level::Scheme,
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles, VertebraeFile},
};

use crate::{
    failure::Outcome,
    interrupt,
    results::{self, MAP, PAGE, Selection, Source},
    stage, summary,
    theme::Theme,
};

/// The output folder by default.
const FOLDER: &str = "hemastage-demo";

/// The study's files, made by `hemastage phantom` as `demo/README.md` says.
const STUDY: [(&str, &[u8]); 6] = [
    ("t1.nii.gz", include_bytes!("../../demo/t1.nii.gz")),
    ("t2.nii.gz", include_bytes!("../../demo/t2.nii.gz")),
    ("hematoma.nii.gz", include_bytes!("../../demo/hematoma.nii.gz")),
    ("cord.nii.gz", include_bytes!("../../demo/cord.nii.gz")),
    ("canal.nii.gz", include_bytes!("../../demo/canal.nii.gz")),
    ("vertebrae.nii.gz", include_bytes!("../../demo/vertebrae.nii.gz")),
];

/// The numbering of its vertebrae.
const SCHEME: &str = "sct";

/// The time from each of its two bleeding events to the scan.
const ONSETS: [&str; 2] = ["10d", "36h"];

/// What the study shows.
const STORY: &str = "\
A synthetic study: a dorsal epidural hematoma from C3 to T1, its upper part acute, the rest late
subacute. Two onsets are given: a bleed 10 days ago, and worsening 36 hours ago.";

/// The program's name.
const PROGRAM: &str = "hemastage";

/// Options of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder for the study and its results
    #[arg(short, long, value_name = "FOLDER", default_value = FOLDER)]
    output: PathBuf,
    /// Make the four visits of a patient instead, and their follow-up
    #[arg(long)]
    followup: bool,
    /// Replace existing files
    #[arg(long)]
    force: bool,
}

/// Writes the study, stages it and prints what to try next.
pub(crate) fn run(args: &DemoArgs) -> Outcome {
    if args.followup {
        return followup::run(&args.output, stage::overwrite(args.force));
    }
    let selection = Selection::usual();
    let names: Vec<&str> = STUDY.iter().map(|(name, _)| *name).chain(selection.file_names()).collect();
    let mut output = OutputFolder::create(&args.output, &names, stage::overwrite(args.force))?;
    interrupt::guard(&output)?;
    for (name, bytes) in STUDY {
        output.add(name, |out| out.write_all(bytes))?;
    }
    let options = StageOptions::default();
    let files = study(|name| output.new_file(name))?;
    let (study, staged) = stage::staged(&selection.with_margin(files), &options)?;
    let source = Source { name: Some("demo"), study: &study, staged: &staged, criteria: &options.criteria };
    results::add(&mut output, source, &selection)?;
    interrupt::complete(output)?;
    print(&staged.report, &selection.file_names(), &args.output)
}

fn study(path: impl Fn(&str) -> PathBuf) -> Outcome<StudyFiles> {
    let [t1, t2, hematoma, cord, canal, vertebrae] = STUDY.map(|(name, _)| path(name));
    let onsets: Vec<Onset> = ONSETS.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    let reference = ReferenceFile::Cord(MaskFile::new(cord));
    let vertebrae =
        VertebraeFile::Map { map: ImageFile::new(vertebrae), scheme: Some(Scheme::built_in(SCHEME)?) };
    let study = StudyFiles::new(ImageFile::new(t1), ImageFile::new(t2), MaskFile::new(hematoma), reference);
    Ok(study.with_canal(MaskFile::new(canal)).with_vertebrae(vertebrae).with_onsets(onsets))
}

/// Prints the summary, then command lines to try.
fn print(report: &Report, written: &[&str], folder: &Path) -> Outcome {
    summary::print(report, written)?;
    let bold = Theme::heading();
    let mut out = anstream::stdout().lock();
    writeln!(out, "\n{STORY}")?;
    let page = folder.join(PAGE);
    writeln!(out, "{bold}Open in a browser:{bold:#}\n  {}", page.display())?;
    if folder == Path::new(FOLDER) {
        writeln!(out, "{bold}Try next:{bold:#}\n  cd {FOLDER}")?;
    } else {
        writeln!(out, "{bold}Try next, in the output folder:{bold:#}")?;
    }
    for line in next_commands(folder) {
        writeln!(out, "  {line}")?;
    }
    Ok(out.flush()?)
}

/// Command lines to copy: the first one stages the same study.
fn next_commands(folder: &Path) -> [String; 3] {
    let hemastage = program(folder);
    let [t1, t2, hematoma, cord, canal, vertebrae] = STUDY.map(|(name, _)| name);
    let images = format!("--t1 {t1} --t2 {t2}");
    let masks = format!("--hematoma {hematoma} --cord {cord} --canal {canal}");
    let levels = format!("--vertebrae {vertebrae} --scheme {SCHEME}");
    let onsets = ONSETS.map(|onset| format!("--onset {onset}")).join(" ");
    [
        format!("{hemastage} stage {images} {masks} {levels} {onsets} -o again"),
        format!("{hemastage} inspect {hematoma} {MAP}"),
        format!("{hemastage} read --t1 iso --t2 hyper,hypo --onset 15h"),
    ]
}

/// How this program is called from the output folder: by its name where the search path has it, else by its place below the
/// working folder, as in `../target/release/hemastage`.
fn program(output: &Path) -> String {
    let find = || {
        let program = env::current_exe().and_then(|path| path.canonicalize()).ok()?;
        let name = program.file_name()?;
        let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
        if folders.iter().any(|folder| folder.join(name).canonicalize().is_ok_and(|found| found == program)) {
            return None;
        }
        let here = env::current_dir().and_then(|path| path.canonicalize()).ok()?;
        let output = output.canonicalize().ok()?;
        let up = output.strip_prefix(&here).ok()?.components().count();
        let below = program.strip_prefix(&here).ok()?;
        Some("../".repeat(up) + &below.to_string_lossy())
    };
    find().unwrap_or_else(|| PROGRAM.into())
}
