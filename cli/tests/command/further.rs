//! Further contrasts on the command line, in a manifest and in all results.

use std::fs;

use crate::bench::Bench;

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
