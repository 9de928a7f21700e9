//! Reads small text files, and hashes files.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use hemastage_image::{
    error::{Error, Result},
    file_name, open_regular,
};
use sha2::{Digest, Sha256};

use super::error::LoadError;
use crate::io::output::sha256::hex;

/// No file of landmarks is larger.
const MAX_TEXT: u64 = 1 << 20;

/// A small text file, whole.
pub(super) fn text(path: &Path) -> Result<String> {
    let mut text = String::new();
    let (file, _) = open_regular(path).map_err(LoadError::Text)?.ok_or(LoadError::NotText)?;
    file.take(MAX_TEXT + 1).read_to_string(&mut text).map_err(LoadError::Text)?;
    if text.len() as u64 > MAX_TEXT { Err(LoadError::NotText.into()) } else { Ok(text) }
}

/// The SHA-256 of the concatenated files, as hexadecimal digits.
pub(super) fn sha256(files: &[&Path]) -> Result<String> {
    Ok(hex(&digest(files)?))
}

/// The SHA-256 of the concatenated files.
pub(super) fn digest(files: &[&Path]) -> Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    for path in files {
        let copied = File::open(path).and_then(|mut file| io::copy(&mut file, &mut hasher));
        copied.map_err(|error| Error::from(LoadError::Hash(error)).at(file_name(path)))?;
    }
    Ok(hasher.finalize().into())
}
