//! `rm` and `clean`.

use clap::Args;
use std::ffi::OsString;

/// Whether it is done or only shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Earnest {
    /// Files go.
    #[default]
    Yes,
    /// Only their names are printed.
    DryRun,
}

/// `rm`.
#[derive(Debug)]
pub struct Rm {
    /// Whether files go.
    pub earnest: Earnest,
    /// Paths or indices; at least one.
    pub recordings: Vec<OsString>,
}

/// `clean`.
#[derive(Debug)]
pub struct Clean {
    /// Whether files go.
    pub earnest: Earnest,
}

#[derive(Debug, Args)]
pub(super) struct CleanLine {
    /// Print the files that would be removed, and remove none
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(super) struct RmLine {
    #[command(flatten)]
    how: CleanLine,
    /// Paths, or numbers of 'memrec list': 0 the oldest, -1 the newest
    #[arg(value_name = "RECORDING", required = true, allow_negative_numbers = true)]
    recordings: Vec<OsString>,
}

impl From<CleanLine> for Clean {
    fn from(line: CleanLine) -> Self {
        Self { earnest: if line.dry_run { Earnest::DryRun } else { Earnest::Yes } }
    }
}

impl From<RmLine> for Rm {
    fn from(line: RmLine) -> Self {
        Self { earnest: Clean::from(line.how).earnest, recordings: line.recordings }
    }
}
