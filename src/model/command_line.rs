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

    /// The same of a running process, as the kernel shows it. What a program that has written a title over its arguments has filled the rest of them
    /// with, as redis, postgres and nginx do, is left out. `None` where nothing is left.
    pub fn of_process<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Option<Self> {
        let mut arguments: Vec<A> = arguments.into_iter().collect();
        let bytes = |argument: &A| argument.as_ref().as_encoded_bytes().to_owned();
        let filled = arguments.iter().rev().take_while(|argument| argument.as_ref().is_empty()).count();
        // One empty argument may be meant, behind a name without blanks.
        let title = arguments.first().is_some_and(|first| bytes(first).iter().any(u8::is_ascii_whitespace));
        if filled > 1 || title {
            arguments.truncate(arguments.len() - filled);
        }
        if arguments.len() < 2 && arguments.iter().all(|only| bytes(only).trim_ascii().is_empty()) {
            return None;
        }
        let mut shown = Self::masked(arguments);
        if let [only] = &mut shown.0[..] {
            only.truncate(only.trim_end().len());
        }
        Some(shown)
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
    fn what_a_program_has_filled_its_arguments_with_is_no_argument() {
        let shown = |arguments: &[&str]| CommandLine::of_process(arguments).map(|command| command.to_string());
        assert_eq!(shown(&["redis-server *:6379", "", "", ""]).as_deref(), Some("'redis-server *:6379'"));
        assert_eq!(shown(&["nginx: worker process", ""]).as_deref(), Some("'nginx: worker process'"));
        assert_eq!(shown(&["postgres: checkpointer       "]).as_deref(), Some("'postgres: checkpointer'"));
        assert_eq!(shown(&["sshd", "", "", ""]).as_deref(), Some("sshd"));
        assert_eq!(shown(&["grep", "x", ""]).as_deref(), Some("grep x ''"), "somebody means it");
        assert_eq!(shown(&["echo", "", "x"]).as_deref(), Some("echo '' x"));
        assert_eq!(shown(&["mysql -phunter2", "", ""]).as_deref(), Some("'mysql -p***'"));
        for nothing in [&[][..], &[""], &["", "", ""], &["  "]] {
            assert_eq!(shown(nothing), None);
        }
    }

    #[test]
    fn escapes_do_not_reach_the_terminal() {
        assert_eq!(CommandLine::masked(["\x1b]0;hi\x07"]).to_string(), r"'\u{1b}]0;hi\u{7}'");
    }
}
