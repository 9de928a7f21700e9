//! One file for cord, canal and vertebrae: the same as three, but for what is given otherwise.

use std::{fs::File, path::Path};

use hemastage::{
    Affine, ErrorKind, Labels, Report, Roi, StageOptions,
    level::Scheme,
    load::{AnatomyFile, ImageFile, MaskFile, ReferenceFile, StudyFiles, VertebraeFile},
    stage,
    vertebra::VertebralLevel,
};
use hemastage_image::nifti::{LabelMapHeader, write_label_map};
use hemastage_phantom::{Collection, Extent, Phantom, PhantomOptions};
use ndarray::Array3;

use crate::support::{
    phantoms::{shared_phantom, write_phantom},
    spine::number,
};

fn options() -> PhantomOptions {
    let clot = Collection::new(Extent::levels("C5", "C6").unwrap());
    PhantomOptions::small().with_collections([clot])
}

fn scheme(name: &str) -> Scheme {
    Scheme::built_in(name).unwrap()
}

/// What a map of the phantom labels, by its scheme.
#[derive(Clone, Copy)]
struct Labeled {
    vertebrae: bool,
    discs: bool,
    cord: Option<u8>,
    /// The canal around the cord.
    canal: Option<u8>,
}

const ALL: Labeled = Labeled { vertebrae: true, discs: true, cord: Some(1), canal: Some(2) };

fn labels(phantom: &Phantom, scheme: &Scheme, labeled: Labeled) -> Array3<u8> {
    let disc = |label: u8| {
        let below = VertebralLevel::usual().nth(usize::from(label) - 1);
        (1..=255).find(|&n| scheme.disc(n).is_some_and(|disc| Some(disc.below) == below)).unwrap_or(0)
    };
    let vertebra = |label: u8| if labeled.vertebrae { number(scheme, label) as u8 } else { 0 };
    let mut map = phantom.vertebrae.mapv(vertebra);
    for (index, voxel) in map.indexed_iter_mut() {
        if labeled.discs && phantom.discs[index] > 0 {
            *voxel = disc(phantom.discs[index]) as u8;
        }
        let canal = labeled.canal.filter(|_| phantom.canal[index] > 0);
        let cord = labeled.cord.filter(|_| phantom.cord[index] > 0);
        *voxel = cord.or(canal).unwrap_or(*voxel);
    }
    map
}

fn write(path: &Path, map: &Array3<u8>, affine: Affine) {
    let whole = Roi::from_array(map.view(), affine, &Labels::NonZero).unwrap();
    let values: Vec<u8> = whole.voxels().map(|voxel| map[voxel]).collect();
    let header = LabelMapHeader::of_grid(whole.grid());
    write_label_map(File::create(path).unwrap(), &header, &whole, &values, "").unwrap();
}

/// A phantom's files, and `seg.nii.gz` with its anatomy by a scheme.
struct Made(tempfile::TempDir);

impl Made {
    fn new(name: &str, labeled: Labeled) -> Self {
        let made = Self(tempfile::tempdir().unwrap());
        write_phantom(&options(), made.0.path());
        made.add("seg.nii.gz", name, labeled);
        made
    }

    fn add(&self, file: &str, name: &str, labeled: Labeled) {
        let phantom = shared_phantom(&options());
        let map = labels(&phantom, &scheme(name), labeled);
        write(&self.0.path().join(file), &map, *phantom.mask_grid.affine());
    }

    fn image(&self, name: &str) -> ImageFile {
        ImageFile::new(self.0.path().join(name))
    }

    fn mask(&self, name: &str) -> MaskFile {
        MaskFile::new(self.0.path().join(name))
    }

    fn files(&self, reference: ReferenceFile) -> StudyFiles {
        let hematoma = self.mask("hematoma.nii.gz");
        StudyFiles::new(self.image("t1.nii.gz"), self.image("t2.nii.gz"), hematoma, reference)
    }

    fn map(&self, file: &str, name: &str) -> VertebraeFile {
        VertebraeFile::Map { map: self.image(file), scheme: Some(scheme(name)) }
    }

    fn anatomy(&self, name: &str) -> AnatomyFile {
        AnatomyFile::new(self.image("seg.nii.gz")).with_scheme(scheme(name))
    }

    /// The study of the anatomy alone.
    fn by_one(&self, name: &str) -> StudyFiles {
        self.files(ReferenceFile::Anatomy).with_anatomy(self.anatomy(name))
    }
}

fn staged(files: &StudyFiles) -> Report {
    stage(&files.open().unwrap(), &StageOptions::default()).unwrap().report
}

fn error(files: &StudyFiles) -> String {
    let error = files.open().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parameter, "{error}");
    assert_eq!(files.check().unwrap_err().to_string(), error.to_string());
    error.to_string()
}

/// A report without what names its sources.
fn numbers(report: Report) -> serde_json::Value {
    let mut report = serde_json::to_value(report).unwrap();
    report["inputs"] = serde_json::Value::Null;
    report["levels"]["scheme"] = serde_json::Value::Null;
    report["reasons"]["inputs[].labels"] = serde_json::Value::Null;
    report
}

#[test]
fn one_file_is_three_options_byte_for_byte() {
    let made = Made::new("totalspineseg", ALL);
    let seg = || made.mask("seg.nii.gz");
    let three = made
        .files(ReferenceFile::Cord(seg().with_labels([1])))
        .with_canal(seg().with_labels([1, 2]))
        .with_vertebrae(made.map("seg.nii.gz", "totalspineseg"));
    let (one, three) = (made.by_one("totalspineseg").with_hashes(), three.with_hashes());
    one.check().unwrap();
    let report = staged(&one);
    assert_eq!(report.to_json(), staged(&three).to_json());
    assert_eq!(report.levels.as_ref().unwrap().span.as_ref().unwrap().to_string(), "C5–C6");
    assert!(report.shape.occupancy_area.is_some() && report.shape.displacement.is_some());
    let roles: Vec<&str> = report.inputs.iter().map(|input| input.role.as_str()).collect();
    assert_eq!(roles, ["t1", "t2", "hematoma", "cord", "canal", "vertebrae"]);

    // the phantom's own files have the same voxels, and no discs
    let made = Made::new("totalspineseg", Labeled { discs: false, ..ALL });
    let own = made
        .files(ReferenceFile::Cord(made.mask("cord.nii.gz")))
        .with_canal(made.mask("canal.nii.gz"))
        .with_vertebrae(made.map("vertebrae.nii.gz", "sct"));
    assert_eq!(numbers(staged(&made.by_one("totalspineseg"))), numbers(staged(&own)));
}

#[test]
fn the_two_files_of_spineps_and_the_canal_of_spider() {
    let spine = Labeled { vertebrae: false, discs: false, cord: Some(60), canal: Some(61) };
    let made = Made::new("spineps", spine);
    made.add("vert.nii.gz", "spineps", Labeled { vertebrae: true, discs: true, cord: None, canal: None });
    let pair = made.by_one("spineps").with_vertebrae(made.map("vert.nii.gz", "spineps"));
    let seg = || made.mask("seg.nii.gz");
    let three = made
        .files(ReferenceFile::Cord(seg().with_labels([60])))
        .with_canal(seg().with_labels([60, 61]))
        .with_vertebrae(made.map("vert.nii.gz", "spineps"));
    assert_eq!(staged(&pair).to_json(), staged(&three).to_json());

    let made = Made::new("spider", Labeled { cord: None, canal: Some(100), ..ALL });
    let cord = || ReferenceFile::Cord(made.mask("cord.nii.gz"));
    let spider = made.files(cord()).with_anatomy(made.anatomy("spider"));
    let three = made
        .files(cord())
        .with_canal(made.mask("seg.nii.gz").with_labels([100]))
        .with_vertebrae(made.map("seg.nii.gz", "spider"));
    let report = staged(&spider);
    assert_eq!(report.to_json(), staged(&three).to_json());
    assert_eq!(report.levels.unwrap().span.unwrap().to_string(), "C5–C6");
    assert_eq!(
        error(&made.by_one("spider")),
        "seg.nii.gz: the scheme `spider` has no number for the cord: give a mask of the cord, or another reference"
    );
}

#[test]
fn a_folder_with_a_mask_per_file_is_one_map() {
    let made = Made::new("totalsegmentator", Labeled { discs: false, canal: None, cord: Some(79), ..ALL });
    let phantom = shared_phantom(&options());
    let folder = made.0.path().join("total");
    std::fs::create_dir(&folder).unwrap();
    let affine = *phantom.mask_grid.affine();
    let put = |name: &str, mask: &Array3<u8>| write(&folder.join(format!("{name}.nii.gz")), mask, affine);
    put("spinal_cord", &phantom.cord);
    put("aorta", &phantom.csf);
    for (level, label) in VertebralLevel::usual().zip(1..) {
        let mask = phantom.vertebrae.mapv(|found| u8::from(found == label));
        if mask.iter().any(|&voxel| voxel > 0) {
            put(&format!("vertebrae_{level}"), &mask);
        }
    }
    let anatomy =
        |name: &str| AnatomyFile::new(ImageFile::new(&folder)).with_scheme(Scheme::built_in(name).unwrap());
    let of_folder = made.files(ReferenceFile::Anatomy).with_anatomy(anatomy("totalsegmentator"));
    of_folder.check().unwrap();
    let report = staged(&of_folder);
    let by_file = staged(&made.by_one("totalsegmentator"));
    let [found, expected] = [report.clone(), by_file].map(|mut report| {
        // it names the file
        report.findings.retain(|finding| finding.code != "anatomy_without_canal");
        numbers(report)
    });
    assert_eq!(found, expected);
    assert_eq!(report.levels.unwrap().span.unwrap().to_string(), "C5–C6");
    let shown: Vec<_> = report.inputs.iter().filter(|input| input.format == "folder").collect();
    assert_eq!(shown.iter().map(|input| input.role.as_str()).collect::<Vec<_>>(), ["cord", "vertebrae"]);
    assert!(shown.iter().all(|input| input.file.as_deref() == Some("(a folder)")));

    // vertebrae alone need no cord, which may have been corrected
    let mut wider = phantom.cord.clone();
    wider.zip_mut_with(&phantom.vertebrae, |cord, &vertebra| *cord |= u8::from(vertebra > 0));
    put("spinal_cord", &wider);
    let cord = || ReferenceFile::Cord(made.mask("cord.nii.gz"));
    let vertebrae =
        VertebraeFile::Map { map: ImageFile::new(&folder), scheme: Some(scheme("totalsegmentator")) };
    assert!(staged(&made.files(cord()).with_vertebrae(vertebrae)).levels.is_some());
    let overlap = of_folder.open().unwrap_err().to_string();
    assert!(overlap.contains("overlaps with") && overlap.contains(".nii.gz"), "{overlap}");
    assert_eq!(
        error(&made.files(ReferenceFile::Anatomy).with_anatomy(anatomy("totalspineseg"))),
        format!(
            "(a folder): none of the {} images in the folder has a number: name a scheme that knows their names, such as totalsegmentator",
            std::fs::read_dir(&folder).unwrap().count()
        )
    );
}

/// A file of 3D Slicer with the labels of a map, each named by its number.
fn slicer_file(map: &Array3<u8>, phantom: &Phantom, name: impl Fn(usize, u8) -> String) -> Vec<u8> {
    let [ni, nj, nk] = phantom.mask_grid.shape();
    let matrix = phantom.mask_grid.affine().matrix();
    let column = |c: usize| format!("({:?},{:?},{:?})", matrix[0][c], matrix[1][c], matrix[2][c]);
    let mut file = format!(
        "NRRD0004\ntype: uchar\ndimension: 3\nsizes: {ni} {nj} {nk}\nspace: RAS\nspace directions: {} {} {}\nspace origin: {}\nencoding: raw\n",
        column(0),
        column(1),
        column(2),
        column(3)
    );
    let values: std::collections::BTreeSet<u8> = map.iter().copied().filter(|&value| value > 0).collect();
    for (n, value) in values.iter().enumerate() {
        let segment = [
            format!("Segment{n}_Name:={}", name(n, *value)),
            format!("Segment{n}_LabelValue:={value}"),
            format!("Segment{n}_Layer:=0\n"),
        ];
        file.push_str(&segment.join("\n"));
    }
    let mut file = (file + "\n").into_bytes();
    file.extend(map.t().iter());
    file
}

#[test]
fn segments_of_slicer_are_an_anatomy_by_their_names() {
    let made = Made::new("totalspineseg", ALL);
    let phantom = shared_phantom(&options());
    let known = scheme("totalspineseg");
    let map = labels(&phantom, &known, ALL);
    // numbered by Slicer as they were drawn
    let order: Vec<u8> = {
        let mut order: Vec<u8> = map.iter().copied().filter(|&value| value > 0).collect();
        order.sort_unstable_by_key(|&value| std::cmp::Reverse(value));
        order.dedup();
        order
    };
    let drawn = map.mapv(|value| order.iter().position(|&other| other == value).map_or(0, |n| n as u8 + 1));
    let name = |_: usize, label: u8| {
        let value = i64::from(order[usize::from(label) - 1]);
        match known.vertebra(value) {
            _ if value == 1 => "Spinal cord".into(),
            _ if value == 2 => "Canal".into(),
            Some(vertebra) if value % 2 == 0 => format!("vertebra_{vertebra}"),
            Some(vertebra) => vertebra.to_string(),
            None => format!("disc {value}"),
        }
    };
    std::fs::write(made.0.path().join("a.seg.nrrd"), slicer_file(&drawn, &phantom, name)).unwrap();
    let of = |anatomy| staged(&made.files(ReferenceFile::Anatomy).with_anatomy(anatomy));
    let by_names = of(AnatomyFile::new(made.image("a.seg.nrrd")));
    assert_eq!(by_names.levels.as_ref().unwrap().scheme, "segments");
    let by_numbers = staged(&made.by_one("totalspineseg"));
    let span = |report: &Report| report.levels.as_ref().unwrap().span.clone();
    assert_eq!(span(&by_names), span(&by_numbers));
    assert_eq!(by_names.shape.occupancy_area, by_numbers.shape.occupancy_area);
    assert_eq!(by_names.reference.t1.median, by_numbers.reference.t1.median);

    let nameless = slicer_file(&drawn, &phantom, |n, _| format!("Segment_{n}"));
    std::fs::write(made.0.path().join("a.seg.nrrd"), nameless).unwrap();
    let text =
        error(&made.files(ReferenceFile::Anatomy).with_anatomy(AnatomyFile::new(made.image("a.seg.nrrd"))));
    assert!(text.contains(" segments is named as a cord, a canal or a vertebra: "), "{text}");
}

#[test]
fn segments_of_slicer_are_an_anatomy_by_their_numbers() {
    let made = Made::new("totalspineseg", ALL);
    let phantom = shared_phantom(&options());
    let map = labels(&phantom, &scheme("totalspineseg"), ALL);
    let file = slicer_file(&map, &phantom, |n, _| format!("Segment {n}"));
    std::fs::write(made.0.path().join("a.seg.nrrd"), file).unwrap();
    let anatomy = AnatomyFile::new(made.image("a.seg.nrrd")).with_scheme(scheme("totalspineseg"));
    let report = staged(&made.files(ReferenceFile::Anatomy).with_anatomy(anatomy));
    assert_eq!(numbers(report), numbers(staged(&made.by_one("totalspineseg"))));
}

#[test]
fn what_is_given_otherwise_wins() {
    let made = Made::new("totalspineseg", ALL);
    // other voxels than the anatomy's, so that a report tells whose they are
    let other = shared_phantom(&options());
    write(&made.0.path().join("own.nii.gz"), &other.csf, *other.mask_grid.affine());
    let one = staged(&made.by_one("totalspineseg"));
    let file = |report: &Report, role: &str| {
        let input = report.inputs.iter().find(|input| input.role == role);
        input.and_then(|input| input.file.clone())
    };
    let own = |role| Some((role, "own.nii.gz".to_owned()));
    let csf = ReferenceFile::Tissue { tissue: "csf".parse().unwrap(), mask: made.mask("own.nii.gz") };
    let by_csf = staged(&made.files(csf).with_anatomy(made.anatomy("totalspineseg")));
    assert_eq!(file(&by_csf, "reference").map(|name| ("reference", name)), own("reference"));
    assert_eq!(file(&by_csf, "cord"), None);
    assert!(by_csf.levels.is_some() && by_csf.shape.occupancy_area.is_some());

    let by_canal = staged(&made.by_one("totalspineseg").with_canal(made.mask("own.nii.gz")));
    assert_eq!(file(&by_canal, "canal").map(|name| ("canal", name)), own("canal"));
    assert_ne!(by_canal.shape.occupancy_area, one.shape.occupancy_area);
    assert_eq!(by_canal.levels.as_ref().unwrap().scheme, "totalspineseg");

    let by_map = staged(&made.by_one("totalspineseg").with_vertebrae(made.map("vertebrae.nii.gz", "sct")));
    assert_eq!(by_map.levels.unwrap().scheme, "sct");
    let points = VertebraeFile::Landmarks(made.0.path().join("points.nii.gz"));
    let by_points = staged(&made.by_one("totalspineseg").with_vertebrae(points));
    assert_eq!(by_points.levels.unwrap().scheme, "landmarks");
    let roles: Vec<&str> = by_canal.inputs.iter().map(|input| input.role.as_str()).collect();
    assert_eq!(roles, ["t1", "t2", "hematoma", "cord", "canal", "vertebrae"]);
}

#[test]
fn what_the_file_lacks_is_null_with_a_reason() {
    let cord_alone = Labeled { vertebrae: false, discs: false, cord: Some(1), canal: None };
    let made = Made::new("totalspineseg", cord_alone);
    let report = staged(&made.by_one("totalspineseg"));
    assert_eq!((&report.levels, &report.shape.occupancy_area), (&None, &None));
    assert_eq!(
        report.reasons["levels"],
        "seg.nii.gz names no vertebra by the scheme totalspineseg: give a map of the vertebrae, or landmarks"
    );
    assert!(report.reasons.contains_key("shape.occupancy_area"));
    let finding = report.findings.iter().find(|finding| finding.code == "anatomy_without_canal").unwrap();
    assert_eq!(
        finding.message,
        "seg.nii.gz holds no canal by the scheme totalspineseg: give its mask for occupancy and displacement"
    );
    let with_canal = made.by_one("totalspineseg").with_canal(made.mask("canal.nii.gz"));
    assert!(staged(&with_canal).findings.iter().all(|finding| finding.code != "anatomy_without_canal"));

    let made = Made::new("totalsegmentator-total-mr", Labeled { cord: Some(21), ..cord_alone });
    let report = staged(&made.by_one("totalsegmentator-total-mr"));
    assert!(report.levels.is_none() && report.reasons["levels"].contains("names no vertebra"));
}

#[test]
fn a_wrong_scheme_is_refused() {
    let made = Made::new("totalspineseg", ALL);
    let text = error(&made.by_one("spineps"));
    assert!(text.starts_with("seg.nii.gz: the scheme `spineps` does not know the values "), "{text}");
    assert!(
        text.ends_with("; these fit its values and their order from the head down: totalspineseg"),
        "{text}"
    );
    let unnamed = AnatomyFile::new(made.image("seg.nii.gz"));
    let text = error(&made.files(ReferenceFile::Anatomy).with_anatomy(unnamed));
    assert!(text.contains("scheme is missing") && text.ends_with("head down: totalspineseg"), "{text}");
    let text = error(&made.files(ReferenceFile::Anatomy));
    assert!(text.starts_with("the reference is the cord of the anatomy, and no anatomy is given"), "{text}");

    // numbers that several schemes have in common
    let plain = Made::new("spineps", Labeled { vertebrae: true, discs: false, cord: None, canal: None });
    let cord = || ReferenceFile::Cord(plain.mask("cord.nii.gz"));
    let unnamed = AnatomyFile::new(plain.image("seg.nii.gz"));
    for anatomy in [unnamed, plain.anatomy("totalspineseg")] {
        let text = error(&plain.files(cord()).with_anatomy(anatomy));
        assert!(
            text.contains("their order from the head down: ") && text.contains("verse, spineps, sct"),
            "{text}"
        );
        assert!(text.ends_with("give the same levels"), "{text}");
    }

    // a label of the caller's own that no scheme knows
    let made = Made::new("totalspineseg", Labeled { canal: Some(230), ..ALL });
    let text = error(&made.by_one("spineps"));
    assert!(
        text.starts_with("seg.nii.gz: no voxel is labeled 60, the cord by the scheme `spineps`"),
        "{text}"
    );
    assert!(staged(&made.by_one("totalspineseg")).findings.iter().any(|f| f.code == "labels_unknown"));

    let foreign = Labeled { vertebrae: false, discs: false, cord: Some(250), canal: Some(251) };
    let made = Made::new("totalspineseg", foreign);
    let cord = ReferenceFile::Cord(made.mask("cord.nii.gz"));
    let text = error(&made.files(cord).with_anatomy(made.anatomy("totalspineseg")));
    assert!(
        text.starts_with("seg.nii.gz: the label map holds nothing of the scheme `totalspineseg`"),
        "{text}"
    );
}

#[test]
fn a_map_of_step_one_is_told_from_one_of_step_two() {
    let discs = Labeled { vertebrae: false, ..ALL };
    let made = Made::new("totalspineseg", discs);
    let text = error(&made.by_one("totalspineseg"));
    assert!(text.contains("it fits `totalspineseg-step1` (TotalSpineSeg, output of its step 1"), "{text}");
    let report = staged(&made.by_one("totalspineseg-step1"));
    assert_eq!(report.levels.unwrap().span.unwrap().to_string(), "C5–C6");
    // cord and canal are the same in both
    let points = VertebraeFile::Landmarks(made.0.path().join("points.nii.gz"));
    assert!(staged(&made.by_one("totalspineseg").with_vertebrae(points)).levels.is_some());
}

#[test]
fn a_fingerprint_is_of_the_anatomy_too() {
    let made = Made::new("totalspineseg", ALL);
    let of = || made.by_one("totalspineseg").fingerprint().unwrap();
    let before = of();
    made.add("seg.nii.gz", "totalspineseg", Labeled { discs: false, ..ALL });
    assert_ne!(of(), before);
    let roles = made.by_one("totalspineseg").inputs();
    assert!(roles.iter().any(|(role, path)| *role == "anatomy" && path.ends_with("seg.nii.gz")));
}
