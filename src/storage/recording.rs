//! A recording as the other rooms use it: opened by its path, whatever made it, and streamed as often as they like.

use super::events::{EventsRead, read_events};
use super::functions::{Calls, read_calls, read_marks};
use super::lines::{Line, Lines};
use super::mprof::read_mprof;
use super::paths::sidecar_of;
use super::reader::{layout_of, read_samples, without_mark};
use super::tally::{Fault, Tally};
use crate::model::{CommandLine, Event, Pid, Sample, What, shown};
use chrono::{DateTime, TimeDelta, Utc};
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// How much of a file is looked at to see what it is, and when it began.
const HEAD: u64 = 64 << 10;

/// How far the clocks of samples and events may lie apart before they are of two recordings: both are read within one second of the beginning.
const SAME_START: TimeDelta = TimeDelta::seconds(10);

/// Which program made a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// memrec: a CSV, and a sidecar perhaps.
    Memrec,
    /// mprof of memory_profiler: a `.dat`.
    Mprof,
}

/// What keeps a recording from being read, and of which file.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the recording: {}: {fault}", place(path, fault))]
pub struct ReadError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it. [`Fault::NoRows`] is the one that a well-formed recording may have.
    #[source]
    pub fault: Fault,
}

fn place(path: &Path, fault: &Fault) -> String {
    let path = shown(path);
    match fault.place() {
        Some((line, column)) => format!("{path}:{line}:{column}"),
        None => path,
    }
}

/// The events beside a recording.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sidecar {
    /// What happened, in the order of the file. Empty where the file is missing or another recording's.
    pub events: Vec<Event>,
    /// Lines that are no event.
    pub skipped: u64,
    /// The number of the first of them, from 1.
    pub first_skipped_line: Option<u64>,
    /// How the reading went.
    pub state: SidecarState,
}

/// How the reading of a sidecar went. None of these keeps a recording from being drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SidecarState {
    /// It was read.
    Read,
    /// mprof has none.
    #[default]
    None,
    /// There is no file beside the recording.
    Missing,
    /// It is there but cannot be read: what the system says.
    Unreadable(String),
    /// It tells of another recording, and how one sees that.
    Foreign(String),
}

/// What the head of a file tells.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) kind: Kind,
    /// The first tick's wall clock.
    pub(super) first: Option<DateTime<Utc>>,
    /// When the recording began: `first` without the time elapsed until then.
    began: Option<DateTime<Utc>>,
    pid: Option<Pid>,
    command: Option<CommandLine>,
}

/// A recording on the disk.
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    /// The same one at each reading: a recording that is thinned meanwhile has another file by then.
    file: File,
    head: Head,
    sidecar: Sidecar,
    /// What mprof has timed, as marks, once it was asked for.
    functions: OnceLock<Vec<Event>>,
    /// Bytes of samples that were read so far, in all readings together.
    read: Arc<AtomicU64>,
}

impl Recording {
    /// Looks at the head of the file, and reads the sidecar.
    ///
    /// # Errors
    /// The file cannot be read, is no regular file, or is no recording. A recording without rows opens; [`samples`](Self::samples) fails then.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let (file, head) = open_head(path).map_err(|fault| ReadError { path: path.to_owned(), fault })?;
        let sidecar = match head.kind {
            Kind::Memrec => read_sidecar(&sidecar_of(path), &head),
            Kind::Mprof => Sidecar::default(),
        };
        let (functions, read) = (OnceLock::new(), Arc::default());
        Ok(Self { path: path.to_owned(), file, head, sidecar, functions, read })
    }

    /// The file that was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which program made it.
    pub fn kind(&self) -> Kind {
        self.head.kind
    }

    /// How large the file is now, in bytes; 0 where that cannot be told.
    pub fn length(&self) -> u64 {
        self.file.metadata().map_or(0, |found| found.len())
    }

    /// Counts on while it is read: the bytes of all [`samples`](Self::samples) together.
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }

    /// The events beside it, and how their reading went.
    pub fn sidecar(&self) -> &Sidecar {
        &self.sidecar
    }

    /// The events beside it. Of mprof's, the calls of the functions that it has timed, as marks.
    pub fn events(&self) -> &[Event] {
        match (self.head.kind, self.head.first) {
            (Kind::Mprof, Some(first)) => {
                // Where it cannot be read any more, its ticks cannot either, and they say so.
                self.functions.get_or_init(|| {
                    read_marks(FromStart { file: &self.file, at: 0, counter: None }, first).unwrap_or_default()
                })
            }
            _ => &self.sidecar.events,
        }
    }

    /// What was recorded, secrets masked, where the events or mprof tell it.
    pub fn command(&self) -> Option<&CommandLine> {
        self.head.command.as_ref().or_else(|| {
            let told = self.events().iter().find_map(|event| match &event.what {
                What::Start(start) => start.command.as_ref(),
                _ => None,
            });
            told.or_else(|| {
                self.events().iter().find_map(|event| match &event.what {
                    What::Spawn { process: 1, command, .. } => command.as_ref(),
                    _ => None,
                })
            })
        })
    }

    /// The wall clock when the recording began: that of its first tick without the time elapsed until then, or of its `start` event where it has no
    /// rows.
    pub fn started(&self) -> Option<DateTime<Utc>> {
        self.head.began.or_else(|| start_of(self.events()))
    }

    /// Reads the file once more and hands each tick to `each`; the `Sample` is the same one every time, filled anew.
    ///
    /// # Errors
    /// As [`read_samples`] and [`read_mprof`].
    pub fn samples(&self, each: &mut dyn FnMut(&Sample)) -> Result<Tally, ReadError> {
        let file = FromStart { file: &self.file, at: 0, counter: Some(&self.read) };
        let read = match self.head.kind {
            Kind::Memrec => read_samples(file, each),
            Kind::Mprof => read_mprof(file, each).map(|read| read.tally),
        };
        read.map_err(|fault| ReadError { path: self.path.clone(), fault })
    }

    /// When the function `name` ran, where mprof has timed it. None of ours tells that.
    ///
    /// # Errors
    /// The file cannot be read any more.
    pub fn calls_of(&self, name: &str) -> Result<Calls, ReadError> {
        if self.kind() == Kind::Memrec {
            return Ok(Calls::default());
        }
        let file = File::open(&self.path).map_err(Fault::Io);
        file.and_then(|file| read_calls(file, name)).map_err(|fault| ReadError { path: self.path.clone(), fault })
    }
}

/// Reads a file from its beginning, however often that was done before.
struct FromStart<'a> {
    file: &'a File,
    at: u64,
    counter: Option<&'a AtomicU64>,
}

impl Read for FromStart<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(to, self.at)?;
        self.at += read as u64;
        if let Some(counter) = self.counter {
            counter.fetch_add(read as u64, Ordering::Relaxed);
        }
        Ok(read)
    }
}

/// When a recording began, by its events.
pub(super) fn start_of(events: &[Event]) -> Option<DateTime<Utc>> {
    let start = events.iter().find(|event| matches!(event.what, What::Start(_)));
    start.and_then(|event| event.time.checked_sub_signed(TimeDelta::from_std(event.elapsed).ok()?))
}

/// Sees from the beginning of a file what it is.
pub(super) fn read_head(path: &Path) -> Result<Head, Fault> {
    open_head(path).map(|(_, head)| head)
}

fn open_head(path: &Path) -> Result<(File, Head), Fault> {
    // Before it is opened: opening a pipe waits for somebody to write into it.
    if !fs::metadata(path)?.is_file() {
        return Err(Fault::NotAFile);
    }
    let mut text = Vec::new();
    let file = File::open(path)?;
    FromStart { file: &file, at: 0, counter: None }.take(HEAD).read_to_end(&mut text)?;
    if let Some(fault) = Fault::other_kind(&text) {
        return Err(fault);
    }
    let Some(first_line) = first_line(&text) else { return Err(Fault::Empty) };
    let mut head = Head { kind: Kind::Memrec, first: None, began: None, pid: None, command: None };
    let mut look = |sample: &Sample| {
        if head.first.is_none() {
            head.first = Some(sample.time);
            head.began =
                TimeDelta::from_std(sample.elapsed).ok().and_then(|since| sample.time.checked_sub_signed(since));
            head.pid = sample.rows.iter().find(|row| row.process == 1).map(|row| row.pid);
        }
    };
    if layout_of(&first_line).is_some() {
        // No rows in the head is no fault of the file: they may come later.
        let _ = read_samples(&text[..], &mut look);
    } else {
        head.command = match read_mprof(&text[..], &mut look) {
            Ok(read) => read.command,
            Err(Fault::NoRows(_)) => None,
            Err(_) => return Err(Fault::wrong_header(&first_line)),
        };
        head.kind = Kind::Mprof;
    }
    Ok((file, head))
}

fn first_line(text: &[u8]) -> Option<Vec<u8>> {
    let mut lines = Lines::new(text, HEAD as usize);
    while let Ok(Some(line)) = lines.next() {
        match line {
            Line::Whole(line) | Line::Unended(line) if without_mark(line).is_empty() => {}
            Line::Whole(line) | Line::Unended(line) => return Some(without_mark(line).to_vec()),
            Line::TooLong => return Some(text[..text.len().min(100)].to_vec()),
        }
    }
    None
}

fn read_sidecar(path: &Path, head: &Head) -> Sidecar {
    let opened = match fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(io::Error::other("not a regular file")),
        Ok(_) => File::open(path),
        Err(error) => Err(error),
    };
    let state = match opened.and_then(read_events) {
        Ok(EventsRead { events, skipped, first_skipped_line }) => match foreign(&events, head) {
            None => return Sidecar { events, skipped, first_skipped_line, state: SidecarState::Read },
            Some(sign) => SidecarState::Foreign(sign),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => SidecarState::Missing,
        Err(error) => SidecarState::Unreadable(error.to_string()),
    };
    Sidecar { state, ..Sidecar::default() }
}

/// The sign by which the events are another recording's, if there is one.
fn foreign(events: &[Event], head: &Head) -> Option<String> {
    let spawned = events.iter().find_map(|event| match event.what {
        What::Spawn { process: 1, pid, .. } => Some(pid),
        _ => None,
    });
    if let (Some(spawned), Some(pid)) = (spawned, head.pid)
        && spawned != pid
    {
        return Some(format!("its process 1 has pid {spawned}, the recording's has {pid}"));
    }
    // Of a rotated recording the first rows are missing, and until its first one the clock may have been set.
    let late = head.began.zip(head.first).is_some_and(|(began, first)| first - began > SAME_START);
    let (told, began) = start_of(events).zip(head.began)?;
    let apart = (told - began).abs();
    (apart > SAME_START && !late).then(|| format!("it began {} s apart from the recording", apart.num_seconds()))
}
