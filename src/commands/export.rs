//! `memrec export`.

use super::Failure;
use super::plot::{open, same_file, tell_skipped};
use super::progress::Progress;
use super::talk::tell;
use crate::cli::Export;
use crate::exit::Outcome;
use crate::export::{Exporter, Format};
use crate::model::{reason, shown};
use crate::storage::{self, ReadError, Recording};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write, stdout};
use std::path::{Path, PathBuf};

/// What is gathered before it is written.
const ROOM: usize = 64 << 10;

/// What went wrong: on one side or on the other.
enum Fault {
    Reading(ReadError),
    Writing(io::Error),
    /// mprof's programs find nothing in a file without its first process.
    NothingForMprof,
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Writing(error)
    }
}

pub(super) fn export(export: &Export) -> Result<Outcome, Failure> {
    let recording = open(export.recording.as_slice())?.remove(0);
    // Not among what it is beside: a terminal that is shown the export itself.
    let beside = export.output.is_some() || !stdout().is_terminal();
    let progress = beside.then(|| Progress::of(std::slice::from_ref(&recording), 1));
    let written = match &export.output {
        None => write(&recording, export.format, stdout().lock()),
        Some(path) => {
            refuse(path, recording.path()).map_err(failed)?;
            write_file(&recording, export.format, path)
        }
    };
    drop(progress);
    let place = export.output.as_deref().map_or_else(|| "stdout".to_owned(), shown);
    match written {
        Ok(()) => Ok(Outcome::Done),
        // `memrec export --to jsonl | head`: whoever reads has had enough.
        Err(Fault::Writing(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(Outcome::Done),
        Err(Fault::Writing(error)) => {
            Err(failed(format!("cannot write the export: {place}: {}; choose another with -o", reason(&error))))
        }
        Err(Fault::Reading(error)) => Err(failed(error.to_string())),
        Err(Fault::NothingForMprof) => {
            let path = shown(recording.path());
            Err(failed(format!("cannot export: {path}: nothing was measured of its first process; use --to jsonl")))
        }
    }
}

fn failed(message: String) -> Failure {
    Failure::new(Outcome::Failed, message)
}

fn write(recording: &Recording, format: Format, out: impl Write) -> Result<(), Fault> {
    let out = BufWriter::with_capacity(ROOM, out);
    let mut exporter = Exporter::new(format, recording.command(), out);
    let tally = recording.samples(&mut |sample| exporter.take(sample)).map_err(Fault::Reading)?;
    let written = exporter.finish()?;
    tell_skipped(recording, &tally);
    if tally.functions > 0 {
        let lines = if tally.functions == 1 { "line" } else { "lines" };
        tell(format_args!("left out: {} {lines} that time functions", tally.functions));
    }
    if written == 0 { Err(Fault::NothingForMprof) } else { Ok(()) }
}

/// Writes beside where it belongs and puts it there in one step: what was there stays if this fails. What is no regular file is written into.
fn write_file(recording: &Recording, format: Format, path: &Path) -> Result<(), Fault> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return write(recording, format, OpenOptions::new().write(true).open(path)?);
    }
    // Behind a link, if there is one: the link stays.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let temporary = Temporary(path.with_file_name(format!(".memrec-{}.export.tmp", std::process::id())));
    write(recording, format, File::create(&temporary.0)?)?;
    fs::rename(&temporary.0, &path)?;
    Ok(())
}

/// A file that goes again where it has not been given another name.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// An export must not take the place of what it is made of, nor of what a memrec writes.
fn refuse(output: &Path, csv: &Path) -> Result<(), String> {
    let path = shown(output);
    if output.is_dir() {
        return Err(format!("cannot export: {path}: it is a folder; name a file in it"));
    }
    if same_file(output, csv) || same_file(output, &storage::sidecar_of(csv)) {
        return Err(format!("cannot export: {path}: it would replace the recording; choose another with -o"));
    }
    if storage::is_running(output) {
        return Err(format!("cannot export: {path}: a running memrec is writing it; choose another with -o"));
    }
    Ok(())
}
