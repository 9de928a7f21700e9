//! `stage` with a canal and vertebrae.

use std::fs;

use crate::{
    bench::{Bench, RESULTS, Run, STUDY},
    nifti::{Nifti, voxels},
};

/// A phantom study, and its staging with further options.
fn made() -> Bench {
    let bench = Bench::empty();
    let folder = bench.path("made");
    let options = ["--grid", "small", "--from", "C5", "--to", "C6", "--stage", "late_subacute", "-o"];
    assert_eq!(bench.run(&[&["phantom"], &options[..], &[&folder]].concat()).code, 0);
    bench
}

fn stage(bench: &Bench, more: &[&str]) -> Run {
    let file = |name: &str| bench.path(&format!("made/{name}.nii.gz"));
    let (t1, t2, hematoma, cord, out) =
        (file("t1"), file("t2"), file("hematoma"), file("cord"), bench.path("out"));
    let inputs = ["stage", "--t1", &t1, "--t2", &t2, "--hematoma", &hematoma, "--cord", &cord, "-o", &out];
    bench.run(&[&inputs[..], more].concat())
}

#[test]
fn levels_are_counted_printed_and_tabled() {
    let bench = made();
    let (map, canal) = (bench.path("made/vertebrae.nii.gz"), bench.path("made/canal.nii.gz"));
    let run = stage(&bench, &["--vertebrae", &map, "--scheme", "sct", "--canal", &canal]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("levels      C5–C6, 2 vertebrae, 1 interspace\n"), "{}", run.stdout);
    assert!(
        run.stdout.contains("position    dorsal; ") && run.stdout.contains(" % of the canal's area at C"),
        "{}",
        run.stdout
    );
    assert_eq!(bench.names("out"), RESULTS);
    let table = fs::read_to_string(bench.folder.join("out/levels.tsv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows[0][..6], ["study", "level", "VertLevel", "volume_mm3", "covered_mm", "involved"]);
    let involved: Vec<_> = rows.iter().filter(|row| row[5] == "true").map(|row| (row[1], row[2])).collect();
    assert_eq!(involved, [("C5", "5"), ("C6", "6")]);
}

#[test]
fn a_scheme_is_never_guessed() {
    let bench = made();
    let map = bench.path("made/vertebrae.nii.gz");
    let before = bench.content();
    let run = stage(&bench, &["--vertebrae", &map]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(
        run.stderr.contains("scheme is missing") && run.stderr.contains("verse, spineps, sct"),
        "{}",
        run.stderr
    );
    let run = stage(&bench, &["--vertebrae", &map, "--scheme", "totalsegmentator-mr"]);
    assert!(run.code == 1 && run.stderr.contains("lies below"), "{} {}", run.code, run.stderr);
    let run = stage(&bench, &["--vertebrae", &map, "--scheme", "vertebral"]);
    assert!(run.code == 2 && run.stderr.contains("totalspineseg"), "{} {}", run.code, run.stderr);
    assert_eq!(stage(&bench, &["--scheme", "sct"]).code, 2, "a scheme needs a map");
    assert_eq!(bench.content(), before, "nothing is left behind");
}

#[test]
fn an_anatomy_without_a_cord_needs_one() {
    let bench = made();
    let file = |name: &str| bench.path(&format!("made/{name}.nii.gz"));
    let (t1, t2, hematoma, map, out) =
        (file("t1"), file("t2"), file("hematoma"), file("vertebrae"), bench.path("out"));
    let inputs = ["stage", "--t1", &t1, "--t2", &t2, "--hematoma", &hematoma, "-o", &out];
    let run = bench.run(&[&inputs[..], &["--anatomy", &map, "--scheme", "sct"]].concat());
    let text = "vertebrae.nii.gz: the scheme `sct` has no number for the cord: give a mask of the cord, or another reference";
    assert!(run.code == 2 && run.stderr.contains(text), "{} {}", run.code, run.stderr);
    let run = stage(&bench, &["--anatomy", &map, "--scheme", "sct"]);
    assert!(run.code == 0 && run.stdout.contains("levels      C5–C6, "), "{}", run.stdout);
}

/// The middle voxel of each disc, of the same anatomy.
fn points_of_discs() -> Nifti {
    let mut points = STUDY.discs.mapv(|_| 0);
    for label in 2..=25 {
        let of_disc = STUDY.discs.indexed_iter().filter(|(_, v)| **v == label).map(|(at, _)| at);
        let mut of_disc: Vec<_> = of_disc.collect();
        // the middle one along i, of those the middle along j, of those along k
        of_disc.sort_unstable();
        if let Some(&middle) = of_disc.get(of_disc.len() / 2) {
            points[middle] = label;
        }
    }
    Nifti::u8(&STUDY.mask_grid, voxels(&points))
}

#[test]
fn landmarks_stand_in_for_a_map() {
    let bench = made();
    let points = "level,x,y,z\nC4,0,20,70\nC5,0,20,52\nC6,0,20,34\nC7,0,20,16\n";
    let csv = bench.text("points.csv", points);
    assert_eq!(stage(&bench, &["--landmarks", &csv]).code, 0);
    assert_eq!(bench.report()["levels"]["scheme"], "landmarks");
    let discs = bench.add("points.nii", &points_of_discs());
    let run = stage(&bench, &["--landmarks", &discs, "--force"]);
    assert!(run.stdout.contains("levels      C5–C6, "), "{}", run.stdout);
    let one = bench.text("one.json", r#"{"C5": [0, 20, 52]}"#);
    let run = stage(&bench, &["--landmarks", &one, "--force"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("levels      none: only C5 is labeled: "), "{}", run.stdout);
    let report = bench.report();
    assert!(report["levels"].is_null() && report["reasons"]["levels"].as_str().unwrap() != "not requested");
    let run = stage(&bench, &["--force"]);
    assert!(run.code == 0 && !run.stdout.contains("levels  "), "{}", run.stdout);
    let broken = bench.text("broken.json", "{\"C5\": [0, 20]}");
    let run = stage(&bench, &["--landmarks", &broken, "--force"]);
    assert!(run.code == 1 && run.stderr.starts_with("error: broken.json: "), "{} {}", run.code, run.stderr);
}
