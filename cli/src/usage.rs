//! Prints usage errors and help, without the names of folders.

use std::{
    env,
    ffi::OsStr,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use crate::failure::{self, Failure, USAGE};

/// Prints help to standard output or a usage error to standard error.
///
/// Usage errors quote arguments; of a path only the last part is shown.
pub(crate) fn exit(error: &clap::Error) -> ExitCode {
    let text = without_folders(error.render().ansi().to_string(), env::args_os().skip(1));
    if error.use_stderr() {
        drop(write!(anstream::stderr(), "{text}"));
        return ExitCode::from(USAGE);
    }
    failure::exit(print(&text).map_err(Failure::from))
}

fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    write!(out, "{text}")?;
    out.flush()
}

/// Replaces each path among the arguments by its last part, and each existing folder by `(a folder)`.
fn without_folders(mut text: String, arguments: impl Iterator<Item = impl AsRef<OsStr>>) -> String {
    let mut paths: Vec<String> = Vec::new();
    for argument in arguments {
        let argument = argument.as_ref().to_string_lossy().into_owned();
        if let Some((_, value)) = argument.split_once('=') {
            paths.push(value.to_owned());
        }
        paths.push(argument);
    }
    // the longest first: a path may begin with another
    paths.sort_by_key(|path| std::cmp::Reverse(path.len()));
    for path in paths {
        let shown = if Path::new(&path).is_dir() {
            Some("(a folder)")
        } else if path.contains(['/', '\\']) {
            path.rsplit(['/', '\\']).next()
        } else {
            None
        };
        if let Some(shown) = shown {
            // only as a quoted value, plain or styled, never within another word
            text = text.replace(&format!("'{path}'"), &format!("'{shown}'"));
            text = text.replace(&format!("m{path}\u{1b}"), &format!("m{shown}\u{1b}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
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
}
