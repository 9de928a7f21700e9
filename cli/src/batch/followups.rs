//! The follow-ups of a batch: after the studies, one folder per patient with two visits or more, and one table of all. Those of
//! earlier runs that are none any more are removed.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Read as _,
    path::Path,
};

use hemastage::{
    ErrorKind,
    batch::{Batch, BatchStudy, REPORT_FILE},
    followup::{FollowUpOptions, Visit, followup, table},
    io::output::{OutputFolder, Overwrite},
};
use hemastage_image::text::printable;

use super::{
    host::Host,
    layout::Layout,
    manifest::{Manifest, Row},
    stale,
};
use crate::{
    failure::{Failure, Outcome, refusal},
    followup::files::{self, Pixels},
    interrupt,
};

/// The patients of a manifest.
pub(super) struct FollowUps<'a> {
    /// With two rows or more.
    patients: Vec<Patient<'a>>,
    /// With one row, of which an earlier run may have had more.
    others: Vec<Patient<'a>>,
    /// Whether results that exist are replaced.
    replaces: bool,
    layout: Layout,
}

struct Patient<'a> {
    name: String,
    /// Each with the name of its study and of the visit.
    rows: Vec<(&'a Row, String, String)>,
    /// Why it has no folder of its own.
    refused: Option<String>,
}

impl<'a> FollowUps<'a> {
    pub(super) fn of(manifest: &'a Manifest, replaces: bool, layout: Layout) -> Self {
        let mut rows: BTreeMap<String, Vec<(&Row, String, String)>> = BTreeMap::new();
        for row in &manifest.rows {
            if let Some(patient) = manifest.patient(row) {
                let study = manifest.name(row);
                let visit = manifest.visit(row).unwrap_or_else(|| study.clone());
                rows.entry(patient).or_default().push((row, study, visit));
            }
        }
        let mut patients: Vec<Patient<'_>> =
            rows.into_iter().map(|(name, rows)| Patient { name, rows, refused: None }).collect();
        // a patient's folder stands among those of the studies, so that its name is checked with theirs
        let studies = manifest.rows.iter().map(|row| manifest.name(row));
        let (n, of_patients) = (manifest.rows.len(), patients.iter().map(|patient| patient.name.clone()));
        let never = || Err(refusal(ErrorKind::Parameter, "a name alone"));
        let names = studies.chain(of_patients).map(|name| BatchStudy::deferred(name, never));
        for (place, error) in Batch::new(names).refused_names() {
            if let Some(patient) = place.checked_sub(n).and_then(|place| patients.get_mut(place)) {
                let text = error.to_string().replacen("the study's name", "the patient's name", 1);
                patient.refused = Some(text);
            }
        }
        let (patients, others) = patients.into_iter().partition(|patient| patient.rows.len() > 1);
        Self { patients, others, replaces, layout }
    }

    /// Refuses a folder with earlier follow-ups before anything is staged.
    pub(super) fn refuse_existing(&self, folder: &Path) -> Outcome {
        if self.replaces || self.patients.is_empty() {
            return Ok(());
        }
        let tables = [table::FILE_NAME, table::DICTIONARY_NAME].map(|name| folder.join(name));
        let record =
            |patient: &Patient<'_>| folder.join(self.layout.patient(&patient.name)).join(files::RECORD);
        let of_patients = self.patients.iter().map(record);
        if let Some(found) =
            tables.into_iter().chain(of_patients).find(|path| path.symlink_metadata().is_ok())
        {
            let name = found.file_name().unwrap_or_default().to_string_lossy().into_owned();
            return Err(Failure::usage(format!(
                "{name}: the output folder already holds follow-ups: choose another folder, go on with --resume, or replace them with --force"
            )));
        }
        Ok(())
    }

    /// Writes the follow-ups by the reports in the output folder. A patient without two reports has none.
    pub(super) fn write(&self, folder: &Path, host: &Host) -> Outcome {
        for patient in &self.others {
            self.remove_earlier(patient, folder)?;
        }
        let names = [table::FILE_NAME, table::DICTIONARY_NAME];
        if self.patients.is_empty() {
            let is_ours = self.replaces && begins(&folder.join(names[0]), &table::header());
            return if is_ours { stale::remove(folder, &names, folder) } else { Ok(()) };
        }
        let mut output = OutputFolder::create_after_others(folder, &names, Overwrite::Replace)?;
        interrupt::guard(&output)?;
        let mut notes = Vec::new();
        output.add(table::DICTIONARY_NAME, |out| out.write_all(table::dictionary().as_bytes()))?;
        output.add(table::FILE_NAME, |out| {
            out.write_all(table::header().as_bytes())?;
            for patient in &self.patients {
                match patient.write(folder, self.layout) {
                    Ok(rows) => out.write_all(rows.as_bytes())?,
                    Err(note) => {
                        // in BIDS the name is a label, and a row has no line
                        let whose = match self.layout {
                            Layout::Flat => format!("the patient of line {}", patient.rows[0].0.line),
                            Layout::Bids => patient.name.clone(),
                        };
                        notes.push((patient, format!("{whose}: {note}")));
                    }
                }
            }
            Ok(())
        })?;
        interrupt::complete(output)?;
        for (patient, note) in notes {
            self.remove_earlier(patient, folder)?;
            host.note(&format!("no follow-up of {}", printable(&note)));
        }
        Ok(())
    }

    /// Removes the follow-up of a patient that an earlier batch wrote, which has no figure in pixels.
    fn remove_earlier(&self, patient: &Patient<'_>, folder: &Path) -> Outcome {
        if !self.replaces || patient.refused.is_some() {
            return Ok(());
        }
        let path = folder.join(self.layout.patient(&patient.name));
        let is_ours =
            begins(&path.join(files::RECORD), files::RECORD_START) && !path.join(files::PICTURE[0]).exists();
        if is_ours { stale::remove(&path, &files::NAMES_WITHOUT_PIXELS, folder) } else { Ok(()) }
    }
}

impl Patient<'_> {
    /// Writes the patient's folder, and gives the rows of the table.
    fn write(&self, folder: &Path, layout: Layout) -> Result<String, String> {
        if let Some(reason) = &self.refused {
            return Err(reason.clone());
        }
        let mut visits = Vec::new();
        for (_, study, visit) in &self.rows {
            // a study that failed has its reason in the summary
            let Some(text) = text(&folder.join(layout.study(study)).join(REPORT_FILE)) else { continue };
            visits.push(Visit::from_json(&text).map_err(|error| error.to_string())?.named(visit));
        }
        if visits.len() < 2 {
            return Err("fewer than two of its studies were staged".into());
        }
        let found = followup(&visits, &FollowUpOptions::default()).map_err(|error| error.to_string())?;
        let path = folder.join(layout.patient(&self.name));
        let mut output =
            OutputFolder::create_after_others(&path, &files::NAMES_WITHOUT_PIXELS, Overwrite::Replace)
                .map_err(|error| error.to_string())?;
        files::add(&mut output, &found, Some(&self.name), &[], Pixels::LeftOut)
            .map_err(|error| error.to_string())?;
        output.complete().map_err(|error| error.to_string())?;
        Ok(table::rows(&self.name, &found))
    }
}

/// Whether a file begins with a text.
fn begins(path: &Path, text: &str) -> bool {
    let mut start = Vec::new();
    let is_file = path.symlink_metadata().is_ok_and(|found| found.is_file());
    let mut read = || File::open(path)?.take(text.len() as u64).read_to_end(&mut start);
    is_file && read().is_ok() && start == text.as_bytes()
}

fn text(path: &Path) -> Option<String> {
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    File::open(path).ok()?.take(files::MAX_REPORT_BYTES).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::columns::Decided;

    const PATIENTS: usize = 200;
    const VISITS: usize = 4;

    /// `cargo test -p hemastage-cli --lib many_patients` is also how their time is measured.
    #[test]
    fn many_patients_are_written_one_by_one() {
        let report = include_str!("../../../testdata/mixed/report.json");
        let root = tempfile::tempdir().unwrap();
        let mut rows = vec!["patient,visit,t1".to_owned()];
        for patient in 0..PATIENTS {
            for visit in 0..VISITS {
                let folder = root.path().join(format!("P{patient}_{visit}"));
                fs::create_dir(&folder).unwrap();
                let hours =
                    format!("\"visit\": {{\"hours_since_first\": {}.0, \"by\": \"caller\"}}", 48 * visit);
                let timed = report.replacen("\"visit\": null", &hours, 1);
                fs::write(folder.join(REPORT_FILE), timed).unwrap();
                rows.push(format!("P{patient},{visit},x"));
            }
        }
        fs::write(root.path().join("m.csv"), rows.join("\n")).unwrap();
        let manifest = Manifest::read(&root.path().join("m.csv"), &Decided::default()).unwrap();
        let followups = FollowUps::of(&manifest, false, Layout::Flat);
        followups.refuse_existing(root.path()).unwrap();
        followups.write(root.path(), &Host::Command(None)).unwrap();
        let table = fs::read_to_string(root.path().join(table::FILE_NAME)).unwrap();
        let volumes = table.lines().filter(|line| line.contains("\tvolume\tn/a\t")).count();
        assert_eq!(volumes, PATIENTS * VISITS);
        for patient in 0..PATIENTS {
            let folder = root.path().join(format!("P{patient}"));
            assert!(files::NAMES_WITHOUT_PIXELS.iter().all(|name| folder.join(name).is_file()));
        }
        let again = FollowUps::of(&manifest, false, Layout::Flat);
        assert!(again.refuse_existing(root.path()).is_err());
    }
}
