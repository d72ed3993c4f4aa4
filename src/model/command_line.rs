//! Command lines that are fit to be written down.

use super::secrets;
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::fmt;

/// A command line whose secrets are masked. There is no way to make one that are not, so none can reach a file or a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>")]
pub struct CommandLine(Vec<String>);

/// From a sidecar, which somebody else may have written.
impl From<Vec<String>> for CommandLine {
    fn from(arguments: Vec<String>) -> Self {
        Self(secrets::mask(arguments))
    }
}

impl CommandLine {
    /// More bytes than this are cut: command lines can be megabytes, and are written down.
    pub const LONGEST: usize = 16 << 10;

    /// Masks what looks like a secret. Bytes that are no UTF-8 become U+FFFD; what is longer than [`LONGEST`](Self::LONGEST) is
    /// cut.
    pub fn masked<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let mut room = Self::LONGEST;
        let mut kept = Vec::new();
        for argument in arguments {
            let mut argument = argument.as_ref().to_string_lossy().into_owned();
            if argument.len() > room {
                argument.truncate(argument.floor_char_boundary(room));
                argument.push('…');
                room = 0;
            }
            room = room.saturating_sub(argument.len() + 1);
            kept.push(argument);
            if room == 0 {
                break;
            }
        }
        Self(secrets::mask(kept))
    }

    /// The arguments, the program first.
    pub fn arguments(&self) -> &[String] {
        &self.0
    }
}

/// As one would type it on one line: arguments with blanks or quotes in single quotes, line breaks as blanks, nothing that steers a terminal.
impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, argument) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            let argument = super::printable(&argument.replace(['\n', '\r', '\t'], " "));
            let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%^~{}[]*?".contains(c);
            if !argument.is_empty() && argument.chars().all(plain) {
                f.write_str(&argument)?;
            } else {
                write!(f, "'{}'", argument.replace('\'', r"'\''"))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_reads_as_it_was_typed() {
        let command = CommandLine::masked(["sh", "-c", "echo 'a b' | wc", "", "x=1"]);
        assert_eq!(command.to_string(), r"sh -c 'echo '\''a b'\'' | wc' '' x=1");
    }

    #[test]
    fn a_script_of_several_lines_reads_as_one() {
        assert_eq!(CommandLine::masked(["sh", "-c", "a\n\tb"]).to_string(), "sh -c 'a  b'");
    }

    #[test]
    fn escapes_do_not_reach_the_terminal() {
        assert_eq!(CommandLine::masked(["\x1b]0;hi\x07"]).to_string(), r"'\u{1b}]0;hi\u{7}'");
    }
}
