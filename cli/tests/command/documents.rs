//! The documents show commands that exist, and what they print.

use std::{collections::BTreeMap, fs, path::Path};

use crate::bench::Bench;

/// The root of the sources.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every option of a command shown in a document is one of that command's help.
#[test]
fn the_options_shown_exist() {
    let bench = Bench::empty();
    let mut helps: BTreeMap<String, String> = BTreeMap::new();
    let mut options = 0;
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    for path in
        docs.chain([root().join("README.md")]).filter(|path| path.extension().is_some_and(|e| e == "md"))
    {
        for line in commands(&fs::read_to_string(&path).unwrap()) {
            let mut words = line.split_whitespace();
            let Some(command) = words.next().filter(|word| word.chars().all(|c| c.is_ascii_lowercase()))
            else {
                continue;
            };
            let help = helps.entry(command.to_owned()).or_insert_with(|| {
                let run = bench.run(&[command, "--help"]);
                assert_eq!(run.code, 0, "{}: no command `{command}`: {line}", path.display());
                run.stdout
            });
            for option in words.filter(|word| word.starts_with("--") && word.len() > 2) {
                let name = option.split_once('=').map_or(option, |(name, _)| name);
                let known = help.split_whitespace().any(|word| word.trim_end_matches(',') == name);
                assert!(known, "{}: `{command}` has no {name}: {line}", path.display());
                options += 1;
            }
        }
    }
    assert!(options > 60, "{options} options");
}

/// What the README shows is what the demo prints.
#[test]
fn the_readme_shows_what_the_demo_prints() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, shown) = readme.split_once("```text\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let run = Bench::empty().run(&["demo"]);
    assert!(shown.lines().count() > 15 && run.stdout.starts_with(shown), "{}", run.stdout);
}

/// The commands in a document's fences, each in one line without the program's name.
fn commands(text: &str) -> Vec<String> {
    let fences = text.split("```").skip(1).step_by(2);
    let lines: Vec<String> = fences.map(|fence| fence.replace("\\\n", " ")).collect();
    let lines = lines.iter().flat_map(|fence| fence.lines()).map(|line| line.trim_start_matches("$ "));
    // what follows three spaces or `#` explains
    let plain = |line: &str| line.split("   ").next().unwrap_or_default().to_owned();
    lines.filter_map(|line| line.strip_prefix("hemastage ")).map(plain).collect()
}
