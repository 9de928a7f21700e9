//! The modules of the workspace's crates, read from their files, and what a path in one of them names.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path as FilePath,
};

use super::syntax::{Import, Module, Path};

/// Modules of all crates, by their full path: `hemastage::steps::shape::line`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources {
    modules: BTreeMap<String, Module>,
    /// The file that each module is in.
    files: BTreeMap<String, String>,
}

/// The Rust files of a crate, by their path in its `src` folder.
pub(crate) type Files = BTreeMap<String, Module>;

/// Reads and parses all Rust files below a folder.
pub(crate) fn read(src: &FilePath) -> Files {
    let (mut folders, mut files) = (vec![src.to_path_buf()], Files::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(src).unwrap().to_str().unwrap().to_owned();
                let module = Module::parse(&fs::read_to_string(&path).unwrap(), &name);
                files.insert(name, module);
            }
        }
    }
    files
}

/// What a path names.
#[derive(Debug, Clone, Default)]
struct Target {
    /// Each module that the path leads through, re-exports and the last one included.
    through: BTreeSet<String>,
    /// The modules that the path as a whole is the name of.
    named: BTreeSet<String>,
}

impl Target {
    fn add(&mut self, other: Self) {
        self.through.extend(other.through);
        self.named.extend(other.named);
    }
}

/// The imports that are being followed: their module and their place in it.
type Open<'a> = Vec<(&'a str, usize)>;

/// One module that another one names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrow {
    pub(crate) from: String,
    pub(crate) to: String,
    /// As it is written in `file`.
    pub(crate) path: String,
    pub(crate) file: String,
}

impl Sources {
    /// Adds a crate, from its `lib.rs` down, and gives the number of files that are part of it, those for tests
    /// alone not counted.
    ///
    /// # Panics
    /// Where a module has no file, or a file no module.
    pub(crate) fn add_crate(&mut self, name: &str, files: &Files) -> usize {
        let mut left: BTreeSet<&String> = files.keys().collect();
        let mut open = vec![(name.to_owned(), String::new(), "lib.rs".to_owned())];
        let mut tests = Vec::new();
        let n_before = self.files.values().collect::<BTreeSet<_>>().len();
        while let Some((module, folder, file)) = open.pop() {
            left.remove(&file);
            let root = files.get(&file).unwrap_or_else(|| panic!("{module}: no file {file}"));
            let mut inside = vec![(module, folder, root)];
            while let Some((module, folder, content)) = inside.pop() {
                let child = |name: &String| {
                    let both = [format!("{folder}{name}.rs"), format!("{folder}{name}/mod.rs")];
                    let file = both.into_iter().find(|file| files.contains_key(file));
                    let file = file.unwrap_or_else(|| panic!("{module}: no file of {name}"));
                    (format!("{module}::{name}"), format!("{folder}{name}/"), file)
                };
                open.extend(content.files.iter().map(child));
                tests.extend(content.test_files.iter().map(child));
                let inline = content.inline.iter();
                inside.extend(inline.map(|(name, content)| {
                    (format!("{module}::{name}"), format!("{folder}{name}/"), content)
                }));
                self.files.insert(module.clone(), format!("{name}/{file}"));
                self.modules.insert(module, content.clone());
            }
        }
        while let Some((module, folder, file)) = tests.pop() {
            left.remove(&file);
            for name in files[&file].files.iter().chain(&files[&file].test_files) {
                let both = [format!("{folder}{name}.rs"), format!("{folder}{name}/mod.rs")];
                let file = both.into_iter().find(|file| files.contains_key(file)).unwrap();
                tests.push((format!("{module}::{name}"), format!("{folder}{name}/"), file));
            }
        }
        assert!(left.is_empty(), "{name}: no module has the files {left:?}");
        self.files.values().collect::<BTreeSet<_>>().len() - n_before
    }

    /// Every module that a module of this crate names, other than itself.
    pub(crate) fn arrows(&self, of_crate: &str) -> BTreeSet<Arrow> {
        let mut arrows = BTreeSet::new();
        for (from, module) in self.modules.iter().filter(|(from, _)| crate_of(from) == of_crate) {
            let mut add = |to: BTreeSet<String>, path: String| {
                let file = &self.files[from];
                arrows.extend(to.into_iter().filter(|to| to != from).map(|to| {
                    let (path, file) = (path.clone(), file.clone());
                    Arrow { from: from.clone(), to, path, file }
                }));
            };
            for path in &module.paths {
                add(self.target(from, path, &mut Open::new()).through, path.join("::"));
            }
            for import in &module.imports {
                let mut target = self.target(from, &import.path, &mut Open::new());
                let mut text = import.path.join("::");
                if import.name.is_none() {
                    text += "::*";
                    let named = std::mem::take(&mut target.named);
                    for named in &named {
                        target.add(self.all_of(named));
                    }
                }
                add(target.through, text);
            }
        }
        arrows
    }

    /// The modules of a crate that are marked `#[doc(hidden)]`.
    pub(crate) fn hidden(&self, of_crate: &str) -> BTreeSet<String> {
        let of = |(parent, module): (&String, &Module)| {
            module.hidden.iter().map(|name| format!("{parent}::{name}")).collect::<Vec<_>>()
        };
        self.modules.iter().filter(|(parent, _)| crate_of(parent) == of_crate).flat_map(of).collect()
    }

    /// What a glob of a module brings in.
    fn all_of(&self, module: &str) -> Target {
        let mut all = Target::default();
        let Some(content) = self.modules.get(module) else { return all };
        for child in content.inline.keys().chain(&content.files) {
            all.through.insert(format!("{module}::{child}"));
        }
        for import in &content.imports {
            all.add(self.target(module, &import.path, &mut Open::new()));
        }
        all
    }

    /// What a path names in a module. Where a name has several meanings, as a type and a module of one name or
    /// through two globs, all of them count.
    fn target<'a>(&'a self, module: &'a str, path: &[String], open: &mut Open<'a>) -> Target {
        let Some((first, rest)) = path.split_first() else { return Target::default() };
        match first.as_str() {
            "" => self.of_crate(rest, open),
            "crate" => self.below(crate_of(module), rest, open),
            "self" | "super" => self.below(module, path, open),
            _ => {
                let mut target = self.in_scope(module, path, open);
                target.add(self.of_crate(path, open));
                target
            }
        }
    }

    fn of_crate<'a>(&'a self, path: &[String], open: &mut Open<'a>) -> Target {
        match path.split_first() {
            Some((name, rest)) => match self.modules.get_key_value(name) {
                Some((name, _)) => self.below(name, rest, open),
                None => Target::default(),
            },
            None => Target::default(),
        }
    }

    /// What the rest of a path names inside a module.
    fn below<'a>(&'a self, module: &'a str, rest: &[String], open: &mut Open<'a>) -> Target {
        match rest.split_first().map(|(first, rest)| (first.as_str(), rest)) {
            Some(("self", rest)) => return self.below(module, rest, open),
            Some(("super", rest)) => {
                let Some((parent, _)) = module.rsplit_once("::") else { return Target::default() };
                return self.below(parent, rest, open);
            }
            _ => {}
        }
        let mut target = self.in_scope(module, rest, open);
        if let [first, _, ..] = rest
            && target.through.is_empty()
            && self.modules[module].values.contains(first)
        {
            // a function of a module's name
            return target;
        }
        target.through.insert(module.to_owned());
        if rest.is_empty() {
            target.named.insert(module.to_owned());
        }
        target
    }

    /// What a path names that opens with a module's child or with a name that the module imports.
    fn in_scope<'a>(&'a self, module: &'a str, path: &[String], open: &mut Open<'a>) -> Target {
        let mut target = Target::default();
        let (Some((first, rest)), Some(content)) = (path.split_first(), self.modules.get(module)) else {
            return target;
        };
        if let Some((child, _)) = self.modules.get_key_value(&format!("{module}::{first}")) {
            target.add(self.below(child, rest, open));
        }
        for (n, Import { name, path: imported }) in content.imports.iter().enumerate() {
            // `use line::line` names itself, and globs may lead back
            if name.as_ref().is_some_and(|name| name != first) || open.contains(&(module, n)) {
                continue;
            }
            open.push((module, n));
            if name.is_some() {
                let whole: Path = imported.iter().chain(rest).cloned().collect();
                target.add(self.target(module, &whole, open));
            } else {
                for globbed in self.target(module, imported, open).named {
                    if let Some((globbed, _)) = self.modules.get_key_value(&globbed) {
                        target.add(self.in_scope(globbed, path, open));
                    }
                }
            }
            open.pop();
        }
        target
    }
}

/// The crate of a module.
pub(crate) fn crate_of(module: &str) -> &str {
    module.split("::").next().unwrap_or(module)
}
