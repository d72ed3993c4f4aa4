//! `export`.

use crate::export::Format;
use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// `export`.
#[derive(Debug)]
pub struct Export {
    /// In whose format.
    pub format: Format,
    /// Where to; stdout without it.
    pub output: Option<PathBuf>,
    /// A path or an index; the newest without it.
    pub recording: Option<OsString>,
}

#[derive(Debug, Args)]
pub(super) struct ExportLine {
    /// jsonl: an object for each row; mprof: a .dat for 'mprof plot'
    #[arg(long, value_name = "jsonl|mprof", value_enum, hide_possible_values = true)]
    to: FormatWord,
    /// Where to, instead of stdout; a file that exists is replaced
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A path, or a number of 'memrec list': 0 the oldest, -1 the newest [default: the newest]
    #[arg(value_name = "RECORDING", allow_negative_numbers = true)]
    recording: Option<OsString>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatWord {
    Jsonl,
    Mprof,
}

impl From<ExportLine> for Export {
    fn from(line: ExportLine) -> Self {
        let format = match line.to {
            FormatWord::Jsonl => Format::Jsonl,
            FormatWord::Mprof => Format::Mprof,
        };
        Self { format, output: line.output, recording: line.recording }
    }
}
