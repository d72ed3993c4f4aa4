//! Lines for people. A stream that is closed, full or a broken pipe is no reason to stop.

use std::fmt::Display;
use std::io::{Write, stderr, stdout};

/// One line on stderr.
pub(super) fn tell(message: impl Display) {
    // In one write, lest it be mixed with what the command writes there.
    let line = format!("memrec: {message}\n");
    let _ = stderr().write_all(line.as_bytes());
}

/// One line on stdout, where a command prints what it was asked for.
pub(super) fn print(line: impl Display) {
    let line = format!("{line}\n");
    let _ = stdout().write_all(line.as_bytes());
}
