//! `demo`: stage the bundled synthetic study, from anywhere.

use std::{io::Write, path::Path};

use hemastage::{
    Onset, Report, StageOptions,
    io::output::OutputFolder,
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles},
};

use crate::{
    args::DemoArgs,
    failure::Outcome,
    look::Look,
    stage::{self, REPORT, STAGES},
    summary,
};

/// Where the demo goes when no folder is named.
pub(crate) const FOLDER: &str = "hemastage-demo";

/// The study's files, made by `hemastage phantom` as `demo/README.md` says.
const STUDY: [(&str, &[u8]); 4] = [
    ("t1.nii.gz", include_bytes!("../demo/t1.nii.gz")),
    ("t2.nii.gz", include_bytes!("../demo/t2.nii.gz")),
    ("hematoma.nii.gz", include_bytes!("../demo/hematoma.nii.gz")),
    ("cord.nii.gz", include_bytes!("../demo/cord.nii.gz")),
];

/// When the two bleeds of the study were.
const ONSETS: [&str; 2] = ["10d", "36h"];

/// What the study is.
const STORY: &str = "\
A synthetic study: a dorsal epidural hematoma from C3 to T1, its upper part acute, the rest late
subacute. Two onsets are given: a bleed 10 days ago, and worsening 36 hours ago.";

/// Writes the study, stages it and says what to try next.
pub(crate) fn run(args: &DemoArgs) -> Outcome {
    let names: Vec<&str> = STUDY.iter().map(|(name, _)| *name).chain([REPORT, STAGES]).collect();
    let mut output = OutputFolder::create(&args.output, &names, stage::overwrite(args.force))?;
    for (name, bytes) in STUDY {
        output.add(name, |out| out.write_all(bytes))?;
    }
    let staged = {
        let beside = tempfile::tempdir().map_err(|error| stage::no_temporary_folder(&error))?;
        for (name, bytes) in STUDY {
            std::fs::write(beside.path().join(name), bytes)
                .map_err(|error| stage::no_temporary_folder(&error))?;
        }
        stage::staged(&study(beside.path())?, &StageOptions::default())?
    };
    stage::write(output, &staged)?;
    print(&staged.report, &names, &args.output)
}

fn study(folder: &Path) -> Outcome<StudyFiles> {
    let [t1, t2, hematoma, cord] = STUDY.map(|(name, _)| folder.join(name));
    let onsets: Vec<Onset> = ONSETS.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    let reference = ReferenceFile::Cord(MaskFile::new(cord));
    let study = StudyFiles::new(ImageFile::new(t1), ImageFile::new(t2), MaskFile::new(hematoma), reference);
    Ok(study.with_onsets(onsets))
}

/// The summary, then the line that does the same.
fn print(report: &Report, written: &[&str], folder: &Path) -> Outcome {
    summary::print(report, written)?;
    let bold = Look::heading();
    let mut out = anstream::stdout().lock();
    writeln!(out, "\n{STORY}")?;
    if folder == Path::new(FOLDER) {
        writeln!(out, "{bold}Try next:{bold:#}\n  cd {FOLDER}")?;
    } else {
        writeln!(out, "{bold}Try next, in the output folder:{bold:#}")?;
    }
    for line in next() {
        writeln!(out, "  {line}")?;
    }
    Ok(out.flush()?)
}

/// Command lines that a reader can copy.
fn next() -> [String; 3] {
    let [t1, t2, hematoma, cord] = STUDY.map(|(name, _)| name);
    let files = format!("--t1 {t1} --t2 {t2} --hematoma {hematoma} --cord {cord}");
    let onsets = ONSETS.map(|onset| format!("--onset {onset}")).join(" ");
    [
        format!("hemastage stage {files} {onsets} -o again"),
        format!("hemastage inspect {hematoma} {STAGES}"),
        "hemastage read --t1 iso --t2 hyper,hypo --onset 15h".into(),
    ]
}
