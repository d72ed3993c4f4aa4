//! Lines for people. That stderr is closed, full or a broken pipe is no reason to stop.

use super::Failure;
use super::progress::beside_the_bar;
use crate::exit::Outcome;
use crate::launch::writing_from_the_background;
use crate::model::{printable, reason, shown};
use std::fmt::Display;
use std::io::{ErrorKind, IsTerminal, Write, stderr, stdout};
use std::path::Path;

/// One line on stderr. Whatever the message repeats of names and paths, it stays one, and steers no terminal.
pub(super) fn tell(message: impl Display) {
    // In one write, lest it be mixed with what the command writes there.
    let line = format!("memrec: {}\n", printable(&message.to_string()));
    let _ = beside_the_bar(|| writing_from_the_background(|| stderr().write_all(line.as_bytes())));
}

/// One line on stdout, where a command prints what it was asked for. What was asked for and cannot be had is a failure.
pub(super) fn print(line: impl Display) -> Result<(), Failure> {
    write_out(format!("{line}\n").as_bytes())
}

/// A path on a line of stdout. A script is given it as it is, byte for byte; a terminal is given nothing that could steer it.
pub(super) fn print_path(path: &Path) -> Result<(), Failure> {
    if stdout().is_terminal() {
        return print(shown(path));
    }
    write_out(&[path.as_os_str().as_encoded_bytes(), b"\n"].concat())
}

/// Text that is ready.
pub(super) fn print_whole(text: &str) -> Result<(), Failure> {
    write_out(text.as_bytes())
}

fn write_out(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = stdout().lock();
    let terminal = out.is_terminal();
    let mut write = || out.write_all(bytes).and_then(|()| out.flush());
    // A pipe that nobody reads must not keep the bar's keys from being answered.
    match if terminal { beside_the_bar(write) } else { write() } {
        // `memrec list | head -1`: whoever reads has had enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let why = reason(&error);
            Err(Failure::new(Outcome::Failed, format!("cannot print: stdout: {why}; send it where there is room")))
        }
        _ => Ok(()),
    }
}
