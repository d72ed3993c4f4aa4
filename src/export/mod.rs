//! What other programs read: a recording in their format, written while it is read. This room is given samples one by one and somewhere to write; of
//! files and of the command line it knows nothing, and it keeps no sample.

mod jsonl;
mod mprof;

use crate::model::{CommandLine, Sample};
use std::io::{self, Write};

/// In whose format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line for each row, under the names of the CSV's columns.
    Jsonl,
    /// The `.dat` of mprof (memory_profiler).
    Mprof,
}

/// A recording on its way into another format.
pub struct Exporter<W: Write> {
    out: W,
    kind: Kind,
    /// The first failure. What comes after it is not written.
    failed: Option<io::Error>,
    written: u64,
}

enum Kind {
    Jsonl,
    Mprof(mprof::Steps),
}

impl<W: Write> Exporter<W> {
    /// For a recording of `command`, where that is known.
    pub fn new(format: Format, command: Option<&CommandLine>, out: W) -> Self {
        let kind = match format {
            Format::Jsonl => Kind::Jsonl,
            Format::Mprof => Kind::Mprof(mprof::Steps::new(command)),
        };
        Self { out, kind, failed: None, written: 0 }
    }

    /// Writes a tick.
    pub fn take(&mut self, sample: &Sample) {
        if self.failed.is_some() {
            return;
        }
        let written = match &mut self.kind {
            Kind::Jsonl => jsonl::write(sample, &mut self.out),
            Kind::Mprof(steps) => steps.write(sample, &mut self.out),
        };
        match written {
            Ok(readings) => self.written += readings,
            Err(error) => self.failed = Some(error),
        }
    }

    /// How many readings were written: objects, or for mprof those of the first process, without which its programs find nothing in a file.
    ///
    /// # Errors
    /// The first one that writing met.
    pub fn finish(mut self) -> io::Result<u64> {
        match self.failed {
            Some(error) => Err(error),
            None => self.out.flush().map(|()| self.written),
        }
    }
}
