//! Reading one of a few words.

use crate::{
    error::{Detail, ErrorKind, Result},
    text::quoted,
};

/// The value whose key is the text, spaces around it aside.
///
/// # Errors
/// `Parameter` for any other text, naming all keys.
///
/// # Example
/// ```
/// use hemastage_image::Severity;
/// assert_eq!("info".parse::<Severity>()?, Severity::Info);
/// let error = "note".parse::<Severity>().unwrap_err();
/// assert_eq!(error.to_string(), "unknown severity `note`: expected info or warning");
/// # Ok::<(), hemastage_image::Error>(())
/// ```
pub fn by_key<T: Copy>(what: &'static str, all: &[T], key: fn(T) -> &'static str, text: &str) -> Result<T> {
    all.iter().copied().find(|&value| key(value) == text.trim()).ok_or_else(|| {
        let keys: Vec<&str> = all.iter().map(|&value| key(value)).collect();
        let expected = match keys.as_slice() {
            [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
            keys => keys.concat(),
        };
        UnknownWord { what, found: quoted(text), expected }.into()
    })
}

#[derive(Debug, thiserror::Error)]
#[error("unknown {what} `{found}`: expected {expected}")]
struct UnknownWord {
    what: &'static str,
    found: String,
    expected: String,
}

impl Detail for UnknownWord {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}
