//! What a reading went through: how much was read, what was passed over, and why nothing was read at all.

use std::fmt;
use std::io;

/// What was read and what was passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Ticks given out.
    pub ticks: u64,
    /// Rows of processes in them.
    pub rows: u64,
    /// Lines of an mprof file that time functions: they are no samples, and are not counted as passed over.
    pub functions: u64,
    /// What was passed over, one entry for each reason that occurred.
    pub skipped: Vec<Skipped>,
}

/// Lines that were passed over for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The reason.
    pub why: Why,
    /// How many lines.
    pub lines: u64,
    /// The number of the first of them, from 1.
    pub first_line: u64,
    /// The column that could not be read in that first line, where it was one of them.
    pub column: Option<&'static str>,
}

/// Why a line was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It is no row: the wrong number of cells, or a cell that cannot be what its column says.
    Malformed,
    /// The last line has no end: whoever wrote it was cut off.
    Torn,
    /// Longer than any line of a recording.
    TooLong,
    /// Its time lies before that of the line before it.
    Backwards,
    /// Its process, or the control group, has a row in this tick already.
    Repeated,
    /// It stands behind a second header and begins anew: two recordings were put into one file. The first one is read.
    OtherRecording,
}

impl Tally {
    /// Counts one line that is passed over.
    pub(super) fn skip(&mut self, why: Why, line: u64, column: Option<&'static str>) {
        self.skip_many(why, 1, line, column);
    }

    pub(super) fn skip_many(&mut self, why: Why, lines: u64, first_line: u64, column: Option<&'static str>) {
        match self.skipped.iter_mut().find(|skipped| skipped.why == why) {
            Some(skipped) => skipped.lines += lines,
            None => self.skipped.push(Skipped { why, lines, first_line, column }),
        }
    }

    /// Lines passed over, whatever the reason.
    pub fn skipped_lines(&self) -> u64 {
        self.skipped.iter().map(|skipped| skipped.lines).sum()
    }

    /// Lines passed over for this reason.
    pub fn skipped_for(&self, why: Why) -> u64 {
        self.skipped.iter().find(|skipped| skipped.why == why).map_or(0, |skipped| skipped.lines)
    }
}

/// `3 malformed lines (the first is line 17, column rss_bytes)`
impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = if self.lines == 1 { "line" } else { "lines" };
        match self.why {
            Why::Malformed => write!(f, "{} malformed {line}", self.lines)?,
            Why::Torn => return write!(f, "a torn last line (line {})", self.first_line),
            Why::TooLong => write!(f, "{} {line} without end", self.lines)?,
            Why::Repeated => write!(f, "{} repeated {line}", self.lines)?,
            Why::Backwards => write!(f, "{} {line} that go back in time", self.lines)?,
            Why::OtherRecording => write!(f, "{} {line} of another recording in the same file", self.lines)?,
        }
        let first = if self.lines == 1 { "" } else { "the first is " };
        write!(f, " ({first}line {}", self.first_line)?;
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        f.write_str(")")
    }
}

/// Why nothing could be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The file could not be read.
    #[error("{}; give a file that can be read", crate::model::reason(.0))]
    Io(#[from] io::Error),
    /// There is not a single byte in it.
    #[error("the file is empty; nothing was recorded into it")]
    Empty,
    /// It begins with something else than the header of a recording.
    #[error(
        "not a recording of memrec or mprof: it begins with '{found}'; give a CSV that begins with time,elapsed_s,... or an mprof .dat"
    )]
    WrongHeader {
        /// The beginning of what stands there, safe to print.
        found: String,
    },
    /// A header but no row that could be read.
    #[error("no rows{}; the recording ended before its first tick, or its rows were lost", passed_over(.0))]
    NoRows(Tally),
    /// It begins as files of another kind do.
    #[error("not a recording: it is {0}")]
    OtherKind(&'static str),
    /// It cannot be read twice, or at all: a folder, a pipe, a device.
    #[error("not a regular file; write it to a file first and give that")]
    NotAFile,
}

impl Fault {
    /// From the first line of a file that is no recording.
    pub(super) fn wrong_header(line: &[u8]) -> Self {
        let text = String::from_utf8_lossy(&line[..line.len().min(200)]);
        let mut found = String::new();
        for c in text.chars() {
            let shown = crate::model::printable(c.encode_utf8(&mut [0; 4]));
            if found.chars().count() + shown.len() > 40 {
                break;
            }
            found.push_str(&shown);
        }
        Self::WrongHeader { found }
    }

    /// What a file is that begins so and is known for something else, and what to do about it.
    pub(super) fn other_kind(head: &[u8]) -> Option<Self> {
        const KINDS: [(&[u8], &str); 7] = [
            (b"\x1f\x8b", "compressed; unpack it with gunzip first"),
            (b"\x28\xb5\x2f\xfd", "compressed; unpack it with unzstd first"),
            (b"\xfd7zXZ", "compressed; unpack it with unxz first"),
            (b"PK\x03\x04", "a zip archive or a spreadsheet; unpack it, or save it as CSV, first"),
            (b"\x89PNG", "a picture; give the recording that it was drawn from"),
            (b"\xff\xfe", "text in UTF-16; save it as UTF-8 first"),
            (b"\xfe\xff", "text in UTF-16; save it as UTF-8 first"),
        ];
        KINDS.iter().find(|(beginning, _)| head.starts_with(beginning)).map(|(_, what)| Self::OtherKind(what))
    }

    /// Line and column of the fault, from 1, where there is one.
    pub fn place(&self) -> Option<(u64, u64)> {
        matches!(self, Self::WrongHeader { .. }).then_some((1, 1))
    }
}

fn passed_over(tally: &Tally) -> String {
    let parts: Vec<String> = tally.skipped.iter().map(Skipped::to_string).collect();
    if parts.is_empty() { String::new() } else { format!(", but {}", parts.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_passed_over_is_said_with_the_line_of_the_first() {
        let mut tally = Tally::default();
        tally.skip(Why::Malformed, 17, Some("rss_bytes"));
        assert_eq!(tally.skipped[0].to_string(), "1 malformed line (line 17, column rss_bytes)");
        tally.skip(Why::Malformed, 18, None);
        assert_eq!(tally.skipped[0].to_string(), "2 malformed lines (the first is line 17, column rss_bytes)");
        tally.skip(Why::Torn, 20, None);
        assert_eq!(tally.skipped[1].to_string(), "a torn last line (line 20)");
        assert_eq!(tally.skipped_lines(), 3);
        assert!(Fault::NoRows(tally).to_string().contains("but 2 malformed lines"));
    }

    #[test]
    fn a_foreign_beginning_is_printed_harmlessly() {
        let fault = Fault::wrong_header(b"\x7fELF\x02\x1b[31m");
        assert!(!fault.to_string().contains('\x1b'), "{fault}");
        assert_eq!(fault.place(), Some((1, 1)));
    }
}
