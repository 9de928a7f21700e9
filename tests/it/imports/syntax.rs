//! One file, parsed: its modules and every path that their code names. Test code is left out.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, Item, Meta, UseTree,
    ext::IdentExt,
    visit::{self, Visit},
};

/// The segments of a path; one that starts with `::` has an empty first segment.
pub(crate) type Path = Vec<String>;

/// What a `use` brings into scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    /// The name in this module, or `None` for a glob.
    pub(crate) name: Option<String>,
    pub(crate) path: Path,
}

/// A module as it is written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Module {
    /// Modules with their code in this file.
    pub(crate) inline: BTreeMap<String, Module>,
    /// Modules in files of their own.
    pub(crate) files: BTreeSet<String>,
    /// Those of `files` that only tests have, so that nothing else can name them.
    pub(crate) test_files: BTreeSet<String>,
    /// Modules, inline or not, that are marked `#[doc(hidden)]`.
    pub(crate) hidden: BTreeSet<String>,
    /// Functions, constants and statics: no path leads on from them.
    pub(crate) values: BTreeSet<String>,
    pub(crate) imports: Vec<Import>,
    /// Other paths in the code, in macro calls and in attributes such as `#[serde(with = "..")]`.
    pub(crate) paths: BTreeSet<Path>,
}

impl Module {
    /// # Panics
    /// Where the text is not Rust.
    pub(crate) fn parse(text: &str, place: &str) -> Self {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{place}: {error}"));
        let mut module = Self::default();
        file.items.iter().for_each(|item| module.visit_item(item));
        module
    }

    /// Adds what another text of the same module has.
    pub(crate) fn merge(&mut self, other: Self) {
        for (name, module) in other.inline {
            self.inline.entry(name).or_default().merge(module);
        }
        self.files.extend(other.files);
        self.test_files.extend(other.test_files);
        self.hidden.extend(other.hidden);
        self.values.extend(other.values);
        self.imports.extend(other.imports);
        self.paths.extend(other.paths);
    }

    fn add_use(&mut self, tree: &UseTree, mut path: Path) {
        let mut import = |name: Option<String>, path| self.imports.push(Import { name, path });
        match tree {
            UseTree::Path(step) => {
                path.push(step.ident.unraw().to_string());
                self.add_use(&step.tree, path);
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_use(tree, path.clone())),
            UseTree::Glob(_) => import(None, path),
            UseTree::Name(leaf) => {
                let name = leaf.ident.unraw().to_string();
                if name == "self" {
                    import(path.last().cloned(), path);
                } else {
                    path.push(name.clone());
                    import(Some(name), path);
                }
            }
            UseTree::Rename(leaf) => {
                let name = leaf.ident.unraw().to_string();
                if name != "self" {
                    path.push(name);
                }
                import(Some(leaf.rename.unraw().to_string()), path);
            }
        }
    }

    /// Paths in the arguments of a macro or an attribute, which syn leaves as tokens.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut colons) = (Path::new(), 0);
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons < 2 {
                        self.add_path(std::mem::take(&mut path));
                    }
                    path.push(ident.unraw().to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    let path = std::mem::take(&mut path);
                    // `a::{b, c}` and `a::*`, which only a `use` has
                    match syn::parse2::<UseTree>(other.clone().into()) {
                        Ok(tree) if colons == 2 && !path.is_empty() => self.add_use(&tree, path),
                        _ => self.add_path(path),
                    }
                    if let TokenTree::Group(group) = other {
                        self.add_tokens(group.stream());
                    }
                    colons = 0;
                }
            }
        }
        self.add_path(path);
    }

    fn add_path(&mut self, path: Path) {
        if !path.is_empty() {
            self.paths.insert(path);
        }
    }

    fn add_attributes(&mut self, attributes: &[Attribute]) {
        for attribute in attributes.iter().filter(|attribute| !attribute.path().is_ident("doc")) {
            if let Meta::List(list) = &attribute.meta {
                self.add_tokens(list.tokens.clone());
                texts(list.tokens.clone(), &mut |text| {
                    if let Ok(path) = syn::parse_str::<syn::Path>(text) {
                        self.visit_path(&path);
                    }
                });
            }
        }
    }
}

/// The string literals among tokens.
fn texts(tokens: TokenStream, each: &mut dyn FnMut(&str)) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => texts(group.stream(), each),
            TokenTree::Literal(literal) => {
                let literal = literal.to_string();
                if let Some(text) = literal.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                    each(text);
                }
            }
            _ => {}
        }
    }
}

/// Whether an item exists only in tests: `#[test]`, `#[cfg(test)]` or `#[cfg(all(test, ..))]`.
fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        if attribute.path().is_ident("test") {
            return true;
        }
        attribute.path().is_ident("cfg") && attribute.parse_args::<Meta>().is_ok_and(|meta| needs_test(&meta))
    })
}

fn needs_test(meta: &Meta) -> bool {
    match meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => list
            .parse_args_with(syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated)
            .is_ok_and(|all| all.iter().any(needs_test)),
        _ => false,
    }
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let hidden = |meta: syn::Path| meta.is_ident("hidden");
        attribute.path().is_ident("doc") && attribute.parse_args::<syn::Path>().is_ok_and(hidden)
    })
}

/// The attributes of an item; a kind of item that has none here is read as if it were not test code.
fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Mod(module) => {
                let name = module.ident.unraw().to_string();
                let tests = for_tests(&module.attrs);
                if is_hidden(&module.attrs) {
                    self.hidden.insert(name.clone());
                }
                assert!(
                    !module.attrs.iter().any(|a| a.path().is_ident("path")),
                    "mod {name}: a file is found by the module's name"
                );
                match &module.content {
                    Some(_) if tests => {}
                    Some((_, items)) => {
                        let mut inline = Self::default();
                        for item in items {
                            inline.visit_item(item);
                        }
                        self.inline.insert(name, inline);
                    }
                    None if tests => drop(self.test_files.insert(name)),
                    None => drop(self.files.insert(name)),
                }
            }
            item if for_tests(attributes(item)) => {}
            Item::Use(item) => {
                let start = if item.leading_colon.is_some() { vec![String::new()] } else { Path::new() };
                self.add_use(&item.tree, start);
            }
            Item::ExternCrate(item) => {
                let name = item.ident.unraw().to_string();
                let path = if name == "self" { "crate".into() } else { name.clone() };
                let name = item.rename.as_ref().map_or(name, |(_, rename)| rename.unraw().to_string());
                self.imports.push(Import { name: Some(name), path: vec![path] });
            }
            item => {
                match item {
                    Item::Const(item) => drop(self.values.insert(item.ident.unraw().to_string())),
                    Item::Fn(item) => drop(self.values.insert(item.sig.ident.unraw().to_string())),
                    Item::Static(item) => drop(self.values.insert(item.ident.unraw().to_string())),
                    _ => {}
                }
                visit::visit_item(self, item);
            }
        }
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let tests = match item {
            syn::ImplItem::Fn(item) => for_tests(&item.attrs),
            syn::ImplItem::Const(item) => for_tests(&item.attrs),
            _ => false,
        };
        if !tests {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        self.add_attributes(std::slice::from_ref(attribute));
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.add_tokens(call.tokens.clone());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let start = path.leading_colon.map(|_| String::new());
        let segments = path.segments.iter().map(|segment| segment.ident.unraw().to_string());
        self.add_path(start.into_iter().chain(segments).collect());
        visit::visit_path(self, path);
    }

    /// `pub(in crate::a::b)` says who may see something and imports nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}
