//! The tissue whose signal is the reference.

use std::{fmt, str::FromStr};

use hemastage_image::{
    error::{Error, Result},
    text::{MAX_NAME, checked},
};

use super::ReferenceError;

/// The tissue whose signal is the reference. Published criteria are relative to the spinal cord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tissue {
    /// The spinal cord.
    Cord,
    /// Another tissue, by what reports call it.
    Other(TissueName),
}

/// The name of a tissue that is not the cord; it is made by reading a [`Tissue`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TissueName(String);

impl fmt::Display for TissueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Tissue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cord => f.write_str("spinal cord"),
            Self::Other(name) => name.fmt(f),
        }
    }
}

impl FromStr for Tissue {
    type Err = Error;

    /// Reads a name; `cord` and `spinal cord`, in lower or upper case, are the cord.
    ///
    /// # Errors
    /// When the name is empty, longer than 200 characters, or cannot be printed.
    fn from_str(text: &str) -> Result<Self> {
        let name = text.trim();
        if name.is_empty() {
            return Err(ReferenceError::NoTissue.into());
        }
        checked("the tissue's name", name, MAX_NAME)?;
        let is_cord = ["cord", "spinal cord"].iter().any(|cord| name.eq_ignore_ascii_case(cord));
        Ok(if is_cord { Self::Cord } else { Self::Other(TissueName(name.into())) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_cord_however_it_is_written() {
        for text in ["spinal cord", "Spinal cord", " SPINAL CORD ", "cord"] {
            assert_eq!(text.parse::<Tissue>().unwrap(), Tissue::Cord, "{text}");
        }
        let muscle: Tissue = "Muscle ".parse().unwrap();
        assert_eq!((muscle.to_string(), Tissue::Cord.to_string()), ("Muscle".into(), "spinal cord".into()));
        for name in ["mus\u{1b}[31mcle", "mus\u{202e}cle"] {
            assert_eq!(
                name.parse::<Tissue>().unwrap_err().to_string(),
                "the tissue's name holds a character that cannot be printed, such as a line break: expected one line of plain text"
            );
        }
        assert!(" ".parse::<Tissue>().unwrap_err().to_string().starts_with("the tissue has no name"));
    }
}
