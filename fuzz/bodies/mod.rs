//! What each target does with its bytes: plain functions that panic where a promise is broken. libFuzzer calls them (`fuzz/targets`), and
//! `tests/corpus.rs` plays the kept corpus through the same ones.
#![allow(dead_code, unused_imports, reason = "every target needs one of them")]

mod command_line;
mod events;
mod kernel;
mod recordings;

pub(crate) use command_line::command_line;
pub(crate) use events::events;
pub(crate) use kernel::{netlink, proc_files};
pub(crate) use recordings::{mprof, picture, samples};

use memrec::model::steers;

/// Nothing in it could steer a terminal: it can be printed as it is, on one line.
fn assert_printable(text: &str) {
    assert!(!text.chars().any(steers), "{text:?}");
}
