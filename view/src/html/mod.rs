//! What all pages share: the style they begin with, words and marks, and what a browser may load and run.

pub(crate) mod sheet;
pub(crate) mod text;

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// The part of a content security policy that is the same for every page: nothing but what the rest allows.
pub(crate) const POLICY_END: &str = "base-uri 'none'; form-action 'none'";

/// A style or script by its hash, as a content security policy names it.
pub(crate) fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

/// The style that the page's own is put behind.
macro_rules! base_style {
    () => {
        include_str!("../html/base.css")
    };
}
pub(crate) use base_style;
