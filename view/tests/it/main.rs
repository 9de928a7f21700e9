//! Figure and page against what is known of the studies that they show.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod page;
mod picture;
mod support;
