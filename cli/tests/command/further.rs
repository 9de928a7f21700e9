//! Further contrasts on the command line, in a manifest and in all results.

use std::fs;

use crate::{
    bench::{Bench, STUDY},
    nifti::{Nifti, voxels},
};

/// A study with all further images.
fn made() -> Bench {
    let bench = Bench::empty();
    let folder = bench.path("made");
    let size = ["--grid", "isotropic", "--fov", "40,52,70", "--from", "C5", "--to", "C6", "--thickness", "6"];
    let further =
        ["--t1-post", "whole", "--t1-post-shift", "0.4,-0.5,0.3", "--t2star", "dark", "--fat-images"];
    let run = bench.run(&[&["phantom", "-o", &folder][..], &size, &further].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(bench.names("made").len(), 15, "{}", run.stdout);
    bench
}

#[test]
fn evidence_is_in_all_results_and_in_a_batch() {
    let bench = made();
    let of = |name: &str| bench.path(&format!("made/{name}.nii.gz"));
    let arguments: Vec<String> = [
        ("t1", "t1"),
        ("t2", "t2"),
        ("t1-post", "t1_post"),
        ("t2star", "t2star"),
        ("t1-fs", "t1_fs"),
        ("hematoma", "hematoma"),
        ("cord", "cord"),
    ]
    .iter()
    .flat_map(|(option, name)| [format!("--{option}"), of(name)])
    .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let out = bench.path("alone");
    let run = bench.run(&[&["stage", "-o", &out, "--study", "a"][..], &arguments].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    for text in ["enhancement   diffuse: ", "T2*           ", "fat           ", "a tumor as a whole"] {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let all = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(all.contains(&line), "{text}: {}", run.stdout);
    }
    let read = |name: &str| fs::read_to_string(bench.folder.join("alone").join(name)).unwrap();
    assert!(read("report.html").contains("Further contrasts"));
    let figure = read("picture.svg");
    for text in
        ["T1 after contrast agent, axial", "T2*, axial", "T1 without fat, axial", "Enhancement diffuse"]
    {
        assert!(figure.contains(text), "{text}");
    }
    assert!(read("summary.tsv").contains("\tdiffuse\t"));

    let cells = ["t1", "t2", "t1_post", "t2star", "t1_fs", "hematoma", "cord"]
        .map(|name| format!("made/{name}.nii.gz"));
    bench.text("m.csv", format!("study,t1,t2,t1_post,t2star,t1_fs,hematoma,cord\na,{}\n", cells.join(",")));
    let run = bench.run(&["batch", "m.csv", "-o", &bench.path("all")]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let report = |folder: &str| fs::read_to_string(bench.folder.join(folder).join("report.json")).unwrap();
    assert_eq!(report("all/a"), report("alone"));
}

#[test]
fn a_volume_of_a_4d_further_image_is_measured() {
    let bench = Bench::new();
    let alone = |of: &[i16]| Nifti::i16(&STUDY.t1_grid, of.iter().copied());
    let second = |of: &[i16]| {
        let first = of.iter().map(|_| 0);
        Nifti::i16(&STUDY.t1_grid, first.chain(of.iter().copied()))
    };
    // not the T1 itself nor a multiple of it, which would be given twice
    let noise = |n: usize| (7 * n % 11) as i16 * 3;
    let dimmer: Vec<i16> = voxels(&STUDY.t1).iter().enumerate().map(|(n, &v)| v - v / 4 + noise(n)).collect();
    let (one, two) =
        (bench.add("one_water.nii", &alone(&dimmer)), bench.add("two_water.nii", &second(&dimmer)));
    for (option, key) in [("--t1-fs", "fat"), ("--t2star", "susceptibility")] {
        let volume = format!("{option}-volume");
        let of = |arguments: &[&str]| bench.stage(&[("-o", "")], &[arguments, &["--json"]].concat());
        let expected = of(&[option, &one]).json();
        assert!(expected[key].is_object(), "{key}: {}", expected["reasons"][key]);
        assert_eq!(of(&[option, &two, &volume, "1"]).json()[key], expected[key]);
        let unchosen = of(&[option, &two]);
        assert!(unchosen.code != 0 && unchosen.stderr.contains("volume"), "{}", unchosen.stderr);
        assert_eq!(of(&[&volume, "1"]).code, 2, "it needs the image");
    }
}

#[test]
fn a_batch_is_validated_with_the_headers_of_further_images() {
    let bench = made();
    let header = |agent: &str| {
        format!(r#"{{"ScanningSequence": "SE", "RepetitionTime": 0.55, "EchoTime": 0.01{agent}}}"#)
    };
    bench.text("made/t1.json", header(r#", "ContrastBolusIngredient": "GADOLINIUM""#));
    bench.text("made/t1_post.json", header(""));
    let cells = ["t1", "t2", "t1_post", "hematoma", "cord"].map(|name| format!("made/{name}.nii.gz"));
    bench.text("m.csv", format!("study,t1,t2,t1_post,hematoma,cord\na,{}\n", cells.join(",")));
    let run = bench.run(&["batch", "m.csv", "--validate"]);
    let all = format!("{}{}", run.stdout, run.stderr);
    assert!(all.contains("not_measured") || all.contains("exchange them"), "{all}");
}
