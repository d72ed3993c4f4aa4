//! A log by its path: the file that has it now, and those that had it before and may still be written to.

use super::tail::{Tail, id};
use crate::model::shown;
use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A file that was renamed or deleted is read on until it has not grown for so long: who writes to it may open the new one only later.
const STILL_WRITTEN: Duration = Duration::from_secs(10);

/// So many such at a time.
const OLDER_AT_MOST: usize = 4;

/// A log.
#[derive(Debug)]
pub struct Watched {
    /// Where it is, or will be.
    pub path: PathBuf,
    /// What its lines are asked.
    pub questions: Questions,
}

/// The label that a line gives, if it gives one. What is no UTF-8 in it is replaced by U+FFFD.
pub type Label = Box<dyn Fn(&str) -> Option<String> + Send>;

/// Whether a line counts.
pub type Counts = Box<dyn Fn(&str) -> bool + Send>;

/// What lines are asked.
#[derive(Default)]
pub struct Questions {
    /// For a label.
    pub label: Option<Label>,
    /// For counts, each with its place in what is heard.
    pub counts: Vec<(usize, Counts)>,
}

impl fmt::Debug for Questions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Questions").field("counts", &self.counts.len()).finish_non_exhaustive()
    }
}

/// A log that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot read the log: {}: {}; give a file that can be read, or one that is still to come",
    shown(path),
    crate::model::reason(error)
)]
pub struct NotReadable {
    path: PathBuf,
    error: io::Error,
}

/// Logs whose lines from now on are to be read.
#[derive(Debug)]
pub struct Opened(pub(super) Vec<Log>);

#[derive(Debug)]
pub(super) struct Log {
    pub(super) files: Files,
    pub(super) questions: Questions,
}

/// Those that have the path, or had it.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) path: PathBuf,
    now: Option<Tail>,
    older: Vec<Tail>,
    told_unreadable: bool,
}

impl Opened {
    /// What is in them by now is passed over. Those that are not there yet are read when they have come.
    ///
    /// # Errors
    /// One that is there and cannot be read.
    pub fn new(watched: Vec<Watched>) -> Result<Self, NotReadable> {
        let open = |Watched { path, questions }| {
            let now = match Tail::open(&path).and_then(Tail::at_its_end) {
                Ok(now) => Some(now),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(NotReadable { path, error }),
            };
            Ok(Log { files: Files { path, now, older: Vec::new(), told_unreadable: false }, questions })
        };
        watched.into_iter().map(open).collect::<Result<_, _>>().map(Self)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that are not there yet.
    pub fn missing(&self) -> impl Iterator<Item = &PathBuf> {
        self.0.iter().filter(|log| log.files.now.is_none()).map(|log| &log.files.path)
    }
}

impl Files {
    /// Looks which file has the path now. What is to be told, if anything.
    pub(super) fn look(&mut self) -> Option<String> {
        let path = &self.path;
        let there = fs::metadata(path).ok().map(|found| id(&found));
        if there.is_none() || there == self.now.as_ref().map(|now| now.id) {
            return None;
        }
        let known = self.older.iter().position(|older| Some(older.id) == there);
        let next = match known {
            // It has got its name back.
            Some(place) => self.older.remove(place),
            None => match Tail::open(path) {
                Ok(next) => next,
                Err(error) if error.kind() == ErrorKind::NotFound => return None,
                Err(error) => {
                    let told = std::mem::replace(&mut self.told_unreadable, true);
                    let why = crate::model::reason(&error);
                    return (!told)
                        .then(|| format!("the log {} cannot be read: {why}; read on when it can", shown(path)));
                }
            },
        };
        self.older.extend(self.now.replace(next));
        None
    }

    /// Reads a piece of each of them, and hands over the lines that end in it. How many bytes that was.
    pub(super) fn read_on(&mut self, buffer: &mut [u8], each: &mut dyn FnMut(&[u8])) -> u64 {
        let mut any = 0;
        // The older ones first: so were their lines.
        for tail in self.older.iter_mut().chain(&mut self.now) {
            any += tail.read_on(buffer, each).unwrap_or(0);
        }
        let now = Instant::now();
        while self.older.len() > OLDER_AT_MOST {
            self.older.remove(0).end(each);
        }
        self.older.retain_mut(|older| {
            let lives = now.duration_since(older.grew) < STILL_WRITTEN;
            if !lives {
                older.end(each);
            }
            lives
        });
        any
    }

    /// Nothing more is to come.
    pub(super) fn end(&mut self, each: &mut dyn FnMut(&[u8])) {
        self.older.iter_mut().chain(&mut self.now).for_each(|tail| tail.end(each));
    }

    /// How much of them is still to be read.
    pub(super) fn rest(&self) -> u64 {
        self.older.iter().chain(&self.now).map(Tail::rest).sum()
    }
}
