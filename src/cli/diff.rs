//! `diff`.

use super::Misuse;
use super::plot::FormatWord;
use crate::report::Format;
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

/// `diff`.
#[derive(Debug)]
pub struct Diff {
    /// How to write it.
    pub format: Format,
    /// Where to; stdout without it.
    pub output: Option<PathBuf>,
    /// From these: paths or indices.
    pub base: Vec<OsString>,
    /// To these.
    pub new: Vec<OsString>,
}

#[derive(Debug, Args)]
#[command(override_usage = "memrec diff [OPTIONS] BASE NEW\n       memrec diff [OPTIONS] BASE... --to NEW...")]
pub(super) struct DiffLine {
    /// Two recordings, or with --to repeats of the first side: paths, or numbers of 'memrec list'
    #[arg(value_name = "RECORDING", required = true, allow_negative_numbers = true)]
    recordings: Vec<OsString>,
    /// Repeats of the second side
    #[arg(long, value_name = "RECORDING", num_args = 1.., allow_negative_numbers = true)]
    to: Vec<OsString>,
    /// How to write it
    #[arg(long, value_name = "text|json|markdown|csv", value_enum, default_value_t, hide_possible_values = true)]
    format: FormatWord,
    /// A file to write it to [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl DiffLine {
    pub(super) fn into_diff(self) -> Result<Diff, Misuse> {
        let (mut base, mut new) = (self.recordings, self.to);
        if new.is_empty() {
            if base.len() != 2 {
                let number =
                    if base.len() == 1 { "one recording".to_owned() } else { format!("{} recordings", base.len()) };
                let message = format!(
                    "diff: {number}, and no --to; give two, or repeats of both sides: memrec diff a1.csv a2.csv --to b1.csv b2.csv"
                );
                return Err(Misuse::Wrong { message, recording: false });
            }
            new = base.split_off(1);
        }
        Ok(Diff { format: self.format.into(), output: self.output, base, new })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Command, parse};
    use super::*;

    fn parsed(line: &str) -> Result<Diff, String> {
        match parse(line.split(' ').map(OsString::from)) {
            Ok(Command::Diff(diff)) => Ok(diff),
            Ok(other) => panic!("{other:?}"),
            Err(Misuse::Wrong { message, .. }) => Err(message),
            Err(Misuse::Help(help)) => panic!("{help}"),
        }
    }

    #[test]
    fn two_recordings_are_a_side_each_and_repeats_stand_on_both_sides_of_to() {
        let sides = |line: &str| parsed(line).map(|diff| (diff.base.len(), diff.new.len()));
        assert_eq!(sides("memrec diff a.csv b.csv"), Ok((1, 1)));
        assert_eq!(sides("memrec diff -2 -1 --format json"), Ok((1, 1)));
        assert_eq!(sides("memrec diff a.csv b.csv --to c.csv -1 d.csv"), Ok((2, 3)));
        assert_eq!(sides("memrec diff a.csv --to c.csv -o x.txt"), Ok((1, 1)));
        for (line, why) in [
            ("memrec diff a.csv", "one recording, and no --to"),
            ("memrec diff a b c", "3 recordings, and no --to"),
            ("memrec diff", "RECORDING"),
            ("memrec diff --to a.csv", "RECORDING"),
            ("memrec diff a b --format xml", "xml"),
        ] {
            let told = sides(line).unwrap_err();
            assert!(told.contains(why), "{line}: {told}");
        }
    }
}
