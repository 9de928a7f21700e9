//! The rules, as the arrows that they forbid.

use std::collections::{BTreeMap, BTreeSet};

use super::sources::{Arrow, Sources, crate_of};

/// The crates whose imports are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Crate {
    Hemastage,
    Image,
    Phantom,
    View,
}

impl Crate {
    pub(crate) const ALL: [Self; 4] = [Self::Hemastage, Self::Image, Self::Phantom, Self::View];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hemastage => "hemastage",
            Self::Image => "hemastage_image",
            Self::Phantom => "hemastage_phantom",
            Self::View => "hemastage_view",
        }
    }

    pub(crate) fn src(self) -> &'static str {
        match self {
            Self::Hemastage => "src",
            Self::Image => "image/src",
            Self::Phantom => "phantom/src",
            Self::View => "view/src",
        }
    }
}

/// The folders of the library; each imports only those before it.
const ORDER: [&str; 20] = [
    "vocabulary",
    "io",
    "kernel",
    "steps::sample",
    "steps::reference",
    "steps::align",
    "steps::classify",
    "steps::enhancement",
    "steps::susceptibility",
    "steps::fat",
    "steps::phase",
    "steps::level",
    "steps::shape",
    "study",
    "report",
    "table",
    "pipeline",
    "batch",
    "followup",
    "agreement",
];

/// The modules of `hemastage_image` that know files. No other module imports them.
const FORMATS: [&str; 10] =
    ["nifti", "nrrd", "metaimage", "raster", "dicom", "content", "foreign", "folder", "image", "mask"];

/// The folder or step of the library that a module is part of; `None` for those that only list others.
fn folder(module: &str) -> Option<usize> {
    let inside = module.strip_prefix("hemastage::")?;
    let is_in =
        |folder: &str| inside.strip_prefix(folder).is_some_and(|r| r.is_empty() || r.starts_with("::"));
    ORDER.iter().position(|folder| is_in(folder))
}

/// The part of a module's path that stands at this depth: `grid` of `hemastage_image::grid` at 1.
fn segment(module: &str, depth: usize) -> Option<&str> {
    module.split("::").nth(depth)
}

/// Every import of a crate that breaks a rule, and every circle.
pub(crate) fn complaints(part: Crate, sources: &Sources) -> Vec<String> {
    let arrows = sources.arrows(part.name());
    match part {
        Crate::Hemastage => library(&arrows),
        Crate::Image => image(&arrows),
        Crate::Phantom => {
            forbidden(&arrows, "the phantom imports only the vocabulary and the output of files", |arrow| {
                let lists_others = ["hemastage", "hemastage::vocabulary"].contains(&&*arrow.to);
                let is_apart = folder(&arrow.to).is_some_and(|folder| folder < 2);
                crate_of(&arrow.to) == "hemastage" && !lists_others && !is_apart
            })
        }
        Crate::View => {
            let hidden = sources.hidden(Crate::Hemastage.name());
            forbidden(&arrows, "the view imports no hidden module", |arrow| hidden.contains(&arrow.to))
        }
    }
}

fn forbidden(arrows: &BTreeSet<Arrow>, rule: &str, is_wrong: impl Fn(&Arrow) -> bool) -> Vec<String> {
    let text = |arrow: &Arrow| format!("{}: `{}` is {}: {rule}", arrow.file, arrow.path, arrow.to);
    arrows.iter().filter(|arrow| is_wrong(arrow)).map(text).collect()
}

fn library(arrows: &BTreeSet<Arrow>) -> Vec<String> {
    let mut complaints = forbidden(arrows, "a folder imports only those before it", |arrow| {
        match (folder(&arrow.from), folder(&arrow.to)) {
            (Some(from), Some(to)) => from < to,
            _ => false,
        }
    });
    // a module that no rule covers
    complaints.extend(forbidden(arrows, "the folder has no place in the order", |arrow| {
        let is_covered =
            |module: &str| ["hemastage", "hemastage::steps"].contains(&module) || folder(module).is_some();
        crate_of(&arrow.to) == "hemastage" && !(is_covered(&arrow.from) && is_covered(&arrow.to))
    }));
    let vocabulary =
        arrows.iter().filter(|arrow| folder(&arrow.from) == Some(0) && folder(&arrow.to) == Some(0));
    complaints.extend(circles(vocabulary, 2));
    complaints
}

fn image(arrows: &BTreeSet<Arrow>) -> Vec<String> {
    let is_format = |module: &str| segment(module, 1).is_some_and(|first| FORMATS.contains(&first));
    let mut complaints = forbidden(arrows, "voxels know no files", |arrow| {
        segment(&arrow.from, 1).is_some() && !is_format(&arrow.from) && is_format(&arrow.to)
    });
    let inside = arrows.iter().filter(|arrow| crate_of(&arrow.to) == Crate::Image.name());
    complaints.extend(circles(inside, 1));
    complaints
}

/// The arrows of circles among modules, each module with all below it, at a depth of the path.
fn circles<'a>(arrows: impl Iterator<Item = &'a Arrow>, depth: usize) -> Vec<String> {
    let mut between: BTreeMap<(&str, &str), &Arrow> = BTreeMap::new();
    for arrow in arrows {
        if let (Some(from), Some(to)) = (segment(&arrow.from, depth), segment(&arrow.to, depth))
            && from != to
        {
            between.entry((from, to)).or_insert(arrow);
        }
    }
    // what nothing leads to or from is in no circle
    loop {
        let all: Vec<_> = between.keys().copied().collect();
        between.retain(|&(from, to), _| {
            all.iter().any(|&(other, _)| other == to) && all.iter().any(|&(_, other)| other == from)
        });
        if between.len() == all.len() {
            break;
        }
    }
    let text = |((from, to), arrow): ((&str, &str), &Arrow)| {
        format!("{}: `{}` closes a circle: {from} imports {to}", arrow.file, arrow.path)
    };
    between.into_iter().map(text).collect()
}
