//! One file that is written to: whole records only, whatever happens to it.

use super::thin::thinned;
use crate::model::Bytes;
use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

/// What is in a file: to be read and made durable by whoever may wait for it, while somebody else goes on writing.
pub trait Stored: Send + Sync + 'static {
    /// Reads what stands at `offset`, as `pread(2)`.
    ///
    /// # Errors
    /// Whatever the system says.
    fn read_at(&self, to: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Returns when everything written so far is on the disk, as `fdatasync(2)`.
    ///
    /// # Errors
    /// Whatever the system says.
    fn sync(&self) -> io::Result<()>;

    /// Whether that makes any difference.
    fn is_on_a_disk(&self) -> bool {
        true
    }
}

/// What a recording is written to. A trait because a full disk has to be played in tests.
pub trait Output: Sized + Send + 'static {
    /// What is in it, for another thread.
    type Stored: Stored + Clone;

    /// What is in it. Goes on showing this file when another one has taken its place.
    fn stored(&self) -> Self::Stored;

    /// An empty file beside it, that could take its place.
    ///
    /// # Errors
    /// Whatever the system says.
    fn beside(&self) -> io::Result<Self>;

    /// Takes the place of another one, in one step: whoever opens that path finds the one or the other whole.
    ///
    /// # Errors
    /// Whatever the system says; the other one is where it was then.
    fn take_place_of(&mut self, other: &Self) -> io::Result<()>;

    /// Removes it, as far as that can be done.
    fn discard(&mut self);

    /// How many bytes its disk still takes, where that can be known.
    fn free(&self) -> Option<u64>;

    /// Removes what others have left behind who were to take a recording's place here, and did not come to it.
    fn sweep(&self);

    /// Appends, perhaps less than all, and tells how much: as `write(2)` on a file opened for appending.
    ///
    /// # Errors
    /// Whatever the system says; nothing was written then.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Cuts the file to `length` bytes.
    ///
    /// # Errors
    /// Whatever the system says.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// How long the file is now: somebody else may have cut it.
    ///
    /// # Errors
    /// Whatever the system says.
    fn length(&mut self) -> io::Result<u64>;

    /// Whether the file is still where it was created.
    fn place(&mut self) -> Place;
}

/// Where a file is that is being written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Where it was created.
    There,
    /// Its path is empty: it was deleted or moved away.
    Gone,
    /// Another file stands in its place.
    Replaced,
}

/// Which of a recording's two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The samples.
    Csv,
    /// The events.
    Events,
}

/// Something about a file that the user should be told, once.
#[derive(Debug)]
pub enum Report {
    /// It takes nothing any more. The next report about it is that it does again.
    Failing {
        /// Which file.
        part: Part,
        /// What the system says.
        error: io::Error,
    },
    /// It takes bytes again.
    Recovered {
        /// Which file.
        part: Part,
        /// Ticks (of the CSV) or events (of the sidecar) that were lost meanwhile.
        lost: u64,
        /// For how long, by the ticks' own time.
        away: Duration,
    },
    /// Somebody cut it. What comes is written at its end; the CSV gets its header anew where that was cut off.
    Cut {
        /// Which file.
        part: Part,
    },
    /// It was deleted or moved away. Recording goes on into the file, wherever it is.
    Gone {
        /// Which file.
        part: Part,
    },
    /// Another file stands in its place. Recording goes on into the old one.
    Replaced {
        /// Which file.
        part: Part,
    },
    /// It was thinned to stay below the size that was asked for.
    Thinned {
        /// Which file.
        part: Part,
        /// That size.
        limit: u64,
        /// Of the time before this ...
        until: Duration,
        /// ... a few ticks of each span of this length are left.
        span: Duration,
    },
    /// That could not be done, and is tried again.
    NotThinned {
        /// Which file.
        part: Part,
        /// The size that is exceeded.
        limit: u64,
        /// What the system says.
        error: io::Error,
    },
    /// It was done and does not suffice.
    OverLimit {
        /// Which file.
        part: Part,
        /// The size that is exceeded.
        limit: u64,
    },
    /// The disk does not tell that it has what was written.
    NotDurable {
        /// Which file.
        part: Part,
        /// What the system says.
        error: io::Error,
    },
}

impl Report {
    /// Whether it is bad news.
    pub fn is_trouble(&self) -> bool {
        !matches!(self, Self::Recovered { .. } | Self::Thinned { .. })
    }

    /// Which file it is about.
    pub fn part(&self) -> Part {
        match self {
            Self::Failing { part, .. }
            | Self::Recovered { part, .. }
            | Self::Cut { part }
            | Self::Gone { part }
            | Self::Replaced { part }
            | Self::Thinned { part, .. }
            | Self::NotThinned { part, .. }
            | Self::OverLimit { part, .. }
            | Self::NotDurable { part, .. } => *part,
        }
    }

    /// The line for stderr, without `memrec: ` before it. `path` is that of the file it is about.
    pub fn message(&self, path: &Path) -> String {
        format!("{}: {}: {self}", self.what(), crate::model::shown(path))
    }

    fn what(&self) -> &'static str {
        match (self, self.part()) {
            (Self::Failing { .. }, Part::Csv) => "cannot write the samples",
            (Self::Failing { .. }, Part::Events) => "cannot write the events",
            (Self::Thinned { .. } | Self::NotThinned { .. } | Self::OverLimit { .. }, _) => "the recording",
            (_, Part::Csv) => "the samples",
            (_, Part::Events) => "the events",
        }
    }
}

/// Why and what now, without the path: this also serves as the text of a note.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failing { error, .. } => {
                write!(
                    f,
                    "{}; the command goes on, and so does the recording when there is room again",
                    crate::model::reason(error)
                )
            }
            Self::Recovered { lost: 0, .. } => f.write_str("written again; nothing was lost"),
            Self::Recovered { lost: 1, part: Part::Csv, .. } => f.write_str("written again; 1 tick was lost"),
            Self::Recovered { lost, part: Part::Csv, .. } => write!(f, "written again; {lost} ticks were lost"),
            Self::Recovered { lost, part: Part::Events, .. } => write!(f, "written again; {lost} events were lost"),
            Self::Cut { .. } => f.write_str("the file was cut short by somebody else; recording goes on at its end"),
            Self::Gone { .. } => f.write_str("the file was deleted or moved away; recording goes on into it"),
            Self::Replaced { .. } => f.write_str(
                "another file stands in its place; recording goes on into the old one, which has no name here",
            ),
            Self::Thinned { limit, until, span, .. } => f.write_str(&thinned(*limit, *until, *span)),
            Self::NotThinned { limit, error, .. } => {
                let why = crate::model::reason(error);
                write!(f, "cannot be kept below {}: {why}; recording goes on, and that is tried again", Bytes(*limit))
            }
            Self::OverLimit { limit, .. } => {
                let limit = Bytes(*limit);
                write!(
                    f,
                    "cannot be kept below {limit} by leaving things out; recording goes on; give more with --max-size"
                )
            }
            Self::NotDurable { error, .. } => {
                write!(f, "not safe from a power failure: {}; recording goes on", crate::model::reason(error))
            }
        }
    }
}

/// A file, and how long it is as far as whole records go.
#[derive(Debug)]
pub(super) struct Outlet<O> {
    output: O,
    part: Part,
    /// What an emptied file begins with anew.
    header: Vec<u8>,
    known: u64,
    /// What was lost since the file stopped taking bytes.
    outage: Option<u64>,
    place: Place,
    /// How often it was anything but appended to.
    turns: u64,
}

impl<O: Output> Outlet<O> {
    /// Writes the header.
    pub(super) fn new(mut output: O, part: Part, header: Vec<u8>) -> io::Result<Self> {
        let known = output.length()?;
        let mut outlet = Self { output, part, header, known, outage: None, place: Place::There, turns: 0 };
        if !outlet.header.is_empty() {
            let header = std::mem::take(&mut outlet.header);
            let written = outlet.append_whole(&header);
            outlet.header = header;
            written?;
        }
        Ok(outlet)
    }

    /// Appends records, all of them or none; `true` if they are in the file. Reports come once for each change.
    pub(super) fn append(&mut self, records: &[u8], reports: &mut Vec<Report>) -> bool {
        match self.append_resynced(records, reports) {
            Ok(()) => {
                if let Some(lost) = self.outage.take() {
                    reports.push(Report::Recovered { part: self.part, lost, away: Duration::ZERO });
                }
                true
            }
            Err(error) => {
                if self.outage.is_none() {
                    self.outage = Some(0);
                    reports.push(Report::Failing { part: self.part, error });
                }
                false
            }
        }
    }

    /// What has been lost since the file stopped taking bytes, if it has not begun again.
    pub(super) fn outage(&self) -> Option<u64> {
        self.outage
    }

    /// Counts what could not be kept until there was room again.
    pub(super) fn lose(&mut self, count: u64) {
        *self.outage.get_or_insert(0) += count;
    }

    /// How long the file is, as far as whole records go.
    pub(super) fn length(&self) -> u64 {
        self.known
    }

    /// The file.
    pub(super) fn output(&self) -> &O {
        &self.output
    }

    /// How often the file was anything but appended to: as long as this stays the same, so does what stands in it.
    pub(super) fn turns(&self) -> u64 {
        self.turns
    }

    /// Whether the file is where it was created, and as it was left.
    pub(super) fn is_in_place(&mut self) -> bool {
        self.output.place() == Place::There && self.output.length().ok() == Some(self.known)
    }

    /// Goes on in a file with less in it, which takes the place of the one before.
    pub(super) fn become_smaller(&mut self, mut smaller: O) -> io::Result<()> {
        let known = smaller.length().and_then(|length| smaller.take_place_of(&self.output).map(|()| length));
        match known {
            Ok(known) => (self.output, self.known) = (smaller, known),
            Err(_) => smaller.discard(),
        }
        known.map(|_| ())
    }

    /// Looks whether the file is still where it was.
    pub(super) fn look(&mut self, reports: &mut Vec<Report>) {
        let place = self.output.place();
        if place != self.place {
            self.place = place;
            match place {
                Place::There => {}
                Place::Gone => reports.push(Report::Gone { part: self.part }),
                Place::Replaced => reports.push(Report::Replaced { part: self.part }),
            }
        }
    }

    fn append_resynced(&mut self, records: &[u8], reports: &mut Vec<Report>) -> io::Result<()> {
        let length = self.output.length()?;
        if length == self.known {
            return self.append_whole(records);
        }
        self.turns += 1;
        if length < self.known {
            reports.push(Report::Cut { part: self.part });
        }
        // With less than its header left the file begins anew. Else it may end in the middle of a line, cut by somebody or torn by ourselves
        // when the piece could not be taken back: a line end makes that piece a line of its own.
        let mut resumed = Vec::with_capacity(records.len() + self.header.len() + 1);
        self.known = length;
        if length < self.header.len() as u64 {
            if length > 0 {
                self.output.truncate(0)?;
                self.known = 0;
            }
            resumed.extend_from_slice(&self.header);
        } else if length > 0 {
            resumed.push(b'\n');
        }
        resumed.extend_from_slice(records);
        self.append_whole(&resumed)
    }

    /// One write, unless it falls short: then the rest is tried to learn why, and the piece is taken back.
    fn append_whole(&mut self, records: &[u8]) -> io::Result<()> {
        let mut written = 0;
        let failed = loop {
            match self.output.append(&records[written..]) {
                Ok(0) => break io::ErrorKind::WriteZero.into(),
                Ok(more) => written += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break error,
            }
            if written == records.len() {
                self.known += written as u64;
                return Ok(());
            }
        };
        if written > 0 {
            // If this fails, the length tells it next time.
            let _ = self.output.truncate(self.known);
        }
        Err(failed)
    }
}
