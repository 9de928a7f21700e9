//! Prints usage errors and help, without the names of folders and in printable text.

use std::{
    ffi::{OsStr, OsString},
    io::{self, Write},
    path::Path,
};

use clap::{
    Command, CommandFactory as _,
    builder::StyledStr,
    error::{ContextKind, ContextValue, ErrorKind},
};
use hemastage::Error;
use hemastage_image::text::{is_printable, quoted};

use crate::{
    alike::nearest,
    failure::{self, Failure, USAGE},
};

/// A path of this many bytes is replaced wherever it stands, a shorter one as a whole word alone.
const MIN_DISTINCT: usize = 6;

/// Prints help to standard output or a usage error to standard error.
///
/// Usage errors quote arguments; of a path only the last part is shown, of a long word only its start.
pub(crate) fn exit(mut error: clap::Error, arguments: &[OsString]) -> u8 {
    add_tip(&mut error, &crate::Cli::command(), arguments);
    let text = without_folders(error.render().ansi().to_string(), arguments.iter());
    let text = with_styles_alone(&text);
    if error.use_stderr() {
        drop(write!(anstream::stderr(), "{text}"));
        return USAGE;
    }
    failure::exit(print(&text).map_err(Failure::from))
}

/// The first sentence of a usage error, for a program.
pub(crate) fn refused(error: &clap::Error, arguments: &[OsString]) -> Error {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let text = text.split("\n\n").next().unwrap_or(text).trim_end();
    let text = without_folders(text.to_owned(), arguments.iter());
    failure::refusal(hemastage::ErrorKind::Parameter, with_styles_alone(&text))
}

/// Names the option that an unknown one is almost: another word for it, as `--lesion`, `--mask` and `--outdir` are.
fn add_tip(error: &mut clap::Error, command: &Command, arguments: &[OsString]) {
    let (ErrorKind::UnknownArgument, Some(ContextValue::String(given))) =
        (error.kind(), error.get(ContextKind::InvalidArg))
    else {
        return;
    };
    let name =
        given.trim_start_matches('-').split('=').next().unwrap_or_default().to_lowercase().replace('_', "-");
    let subcommand = arguments.first().and_then(|name| command.find_subcommand(name).cloned());
    let Some(options) = subcommand.as_ref().map(options) else { return };
    let other = OTHERS.iter().find(|(word, option)| *word == name && options.contains(option));
    let Some(option) = other.map(|(_, option)| *option).or_else(|| nearest(&name, &options)) else { return };
    let value = StyledStr::from(format!("write `--{option}`"));
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![value]));
    error.remove(ContextKind::SuggestedArg);
}

/// The long names of a command's options.
fn options(command: &Command) -> Vec<&str> {
    command.get_arguments().filter(|option| !option.is_hide_set()).filter_map(clap::Arg::get_long).collect()
}

/// Words of other programs for options that are no files of a study.
const OTHERS: [(&str, &str); 10] = [
    ("mask", "hematoma"),
    ("label", "hematoma"),
    ("out", "output"),
    ("outdir", "output"),
    ("out-dir", "output"),
    ("output-dir", "output"),
    ("overwrite", "force"),
    ("n-jobs", "jobs"),
    ("n-procs", "jobs"),
    ("profile", "criteria"),
];

fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    write!(out, "{text}")?;
    out.flush()
}

/// Replaces each path among the arguments by its last part, each existing folder by `(a folder)`, and what is long or
/// cannot be printed as in other messages.
fn without_folders(mut text: String, arguments: impl Iterator<Item = impl AsRef<OsStr>>) -> String {
    let mut words: Vec<String> = Vec::new();
    for argument in arguments {
        let argument = argument.as_ref().to_string_lossy().into_owned();
        let value = argument.split_once('=').map_or(argument.as_str(), |(_, value)| value);
        words.extend(value.split(',').map(str::to_owned));
        words.push(value.to_owned());
        words.push(argument);
    }
    // the longest first: a path may begin with another
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.dedup();
    for word in words {
        let shown = quoted(&word);
        if shown == word || !text.contains(&word) {
            continue;
        }
        let is_path = word.contains(['/', '\\']);
        let is_word = !is_path && Path::new(&word).exists();
        if is_word || (is_path && word.len() < MIN_DISTINCT) {
            // only as a quoted value, plain or styled, never within another word
            text = text.replace(&format!("'{word}'"), &format!("'{shown}'"));
            text = text.replace(&format!("m{word}\u{1b}"), &format!("m{shown}\u{1b}"));
        } else {
            text = text.replace(&word, &shown);
        }
    }
    text
}

/// Text with no other control sequences than those that style it.
fn with_styles_alone(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let style = rest.strip_prefix("\u{1b}[").and_then(|after| {
            let digits = after.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
            after[digits..].starts_with('m').then_some(digits + 3)
        });
        if let Some(length) = style {
            out.push_str(&rest[..length]);
            rest = &rest[length..];
        } else {
            out.push(if is_printable(c) || c == '\n' { c } else { '?' });
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    #[test]
    fn a_quoted_path_loses_its_folder() {
        let cut = |text: &str, arguments: &[&str]| without_folders(text.into(), arguments.iter());
        assert_eq!(
            cut("unexpected 'DOE/t1.nii' found", &["stage", "DOE/t1.nii"]),
            "unexpected 't1.nii' found"
        );
        assert_eq!(cut("value 'a/b' for", &["--seed=a/b"]), "value 'b' for");
        assert_eq!(cut("unexpected 'a/b/c', 'a/b'", &["a/b", "a/b/c"]), "unexpected 'c', 'b'");
        assert_eq!(cut("no such 'stagee'", &["stagee"]), "no such 'stagee'");
        assert_eq!(cut("'\u{1b}[33ma/b\u{1b}[0m'", &["a/b"]), "'\u{1b}[33mb\u{1b}[0m'");
        assert_eq!(cut("'src' of --srcs, 'a.'", &["src", "."]), "'(a folder)' of --srcs, 'a.'");
        let here = env::temp_dir();
        assert_eq!(cut(&format!("'{}'", here.display()), &[here.to_str().unwrap()]), "'(a folder)'");
    }

    #[test]
    fn a_part_of_a_list_and_a_tip_lose_their_folder() {
        let cut = |text: &str, arguments: &[&str]| without_folders(text.into(), arguments.iter());
        assert_eq!(cut("value '/data/DOE' for", &["--stage", "acute,/data/DOE"]), "value 'DOE' for");
        assert_eq!(cut("use '-- --/data/DOE'", &["--/data/DOE"]), "use '-- DOE'");
        let long = "x".repeat(1 << 20);
        let text = cut(&format!("value '{long}'"), &[&long]);
        assert_eq!(text, format!("value '{}…'", "x".repeat(39)));
    }

    #[test]
    fn only_styles_reach_the_terminal() {
        let cut =
            |text: &str, argument: &str| with_styles_alone(&without_folders(text.into(), [argument].iter()));
        assert_eq!(
            cut("'\u{1b}[33ma\u{1b}[31mb\u{1b}[0m'\n", "a\u{1b}[31mb"),
            "'\u{1b}[33ma?[31mb\u{1b}[0m'\n"
        );
        assert_eq!(cut("'-\u{1b}\u{1b}[0m' \u{1b}]0;x\u{7}", "-\u{1b}x"), "'-?\u{1b}[0m' ?]0;x?");
        assert_eq!(cut("\u{202e}\u{1b}[31", ""), "??[31");
    }
}
