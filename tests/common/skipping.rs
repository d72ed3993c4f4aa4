//! A test that cannot be run here says so where it is seen.

use std::io::Write;

/// Says on stderr that a test was skipped, and why: the test harness swallows what `eprintln!` says of a test that passes.
pub(crate) fn skipped(why: impl std::fmt::Display) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = std::io::stderr().write_all(format!("skipped: {test}: {why}\n").as_bytes());
}
