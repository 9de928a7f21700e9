//! What these tests share with the library's.

#![allow(dead_code, reason = "the library's tests use the rest")]

#[path = "../../../tests/it/support/cache.rs"]
pub(crate) mod cache;
#[path = "../../../tests/it/support/phantoms.rs"]
pub(crate) mod phantoms;
#[path = "../../../tests/it/support/rigid.rs"]
pub(crate) mod rigid;
#[path = "../../../tests/it/support/storage.rs"]
pub(crate) mod storage;
