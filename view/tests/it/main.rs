//! Figure and page against what is known of the studies that they show.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod page;
#[path = "../../../tests/it/phantom_parts/mod.rs"]
mod phantom_parts;
mod picture;
#[path = "../../../tests/it/rigid/mod.rs"]
mod rigid;
