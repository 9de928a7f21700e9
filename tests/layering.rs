//! The direction of imports: vocabulary imports no step, and a step no later step.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::{fs, path::Path};

/// Types without I/O.
const VOCABULARY: [&str; 17] = [
    "acquisition",
    "criteria",
    "error",
    "finding",
    "grid",
    "label_map",
    "lib",
    "roi",
    "span",
    "stage",
    "statistics",
    "stretches",
    "threads",
    "units",
    "vector",
    "vertebra",
    "volume",
];

/// The steps in the order of the flow. `io` knows file formats, `study` is what loading makes.
const STEPS: [&str; 16] = [
    "io",
    "sample",
    "reference",
    "classify",
    "phase",
    "level",
    "shape",
    "reading",
    "report",
    "table",
    "study",
    "load",
    "pipeline",
    "picture",
    "page",
    "phantom",
];

#[test]
fn imports_point_backwards() {
    let mut files = 0;
    let mut wrong = Vec::new();
    visit(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut |path, text| {
        files += 1;
        let module = module_of(path);
        for imported in imports(text) {
            if !may_import(&module, &imported) {
                wrong.push(format!("{module} imports {imported}"));
            }
        }
    });
    assert!(files > 25, "read only {files} files");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_step_backwards_is_seen() {
    assert!(
        !may_import("grid", "sample") && !may_import("sample", "reference") && !may_import("phase", "report")
    );
    assert!(
        may_import("phase", "classify") && may_import("sample", "grid") && may_import("pipeline", "report")
    );
    assert_eq!(
        imports("use crate::{\n    grid::Grid,\n    roi::{Labels, Roi},\n};\nuse crate::stage::Stage;"),
        ["grid", "roi", "stage"]
    );
    assert_eq!(imports("let x = crate::grid::distance(a, b);"), ["grid"]);
}

fn may_import(module: &str, imported: &str) -> bool {
    if module == imported || module == "lib" {
        return true;
    }
    let step = |name: &str| STEPS.iter().position(|&s| s == name);
    match (step(module), step(imported)) {
        (_, None) => VOCABULARY.contains(&imported),
        (None, Some(_)) => false,
        (Some(this), Some(other)) => other < this,
    }
}

fn visit(folder: &Path, see: &mut dyn FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, see);
        } else if path.extension().is_some_and(|e| e == "rs") {
            see(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

/// The top-level module of a file.
fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules of this crate that a file names, tests and comments left out.
fn imports(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let code: String =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|l| [l, "\n"]).collect();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 && (c.is_alphanumeric() || c == '_') {
                    word.push(c);
                } else if !word.is_empty() {
                    if c == ':' && depth == 0 {
                        found.push(std::mem::take(&mut word));
                        // the rest of the path is not a module of the crate's root
                        depth = depth.max(0);
                    }
                    word.clear();
                }
            }
        } else {
            found.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    let known = |name: &String| VOCABULARY.contains(&name.as_str()) || STEPS.contains(&name.as_str());
    found.retain(known);
    found
}
