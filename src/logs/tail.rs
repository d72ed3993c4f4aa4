//! One file, read as it grows.

use super::lines::Lines;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::Instant;

/// So many bytes before the place where is read on are known by heart: where others stand there, the file was emptied and has grown beyond it.
const KNOWN: usize = 64;

/// Which file it is, whatever its name.
pub(super) type Id = (u64, u64);

pub(super) fn id(found: &Metadata) -> Id {
    (found.dev(), found.ino())
}

#[derive(Debug)]
pub(super) struct Tail {
    file: File,
    pub(super) id: Id,
    at: u64,
    known: Vec<u8>,
    lines: Lines,
    pub(super) grew: Instant,
}

impl Tail {
    /// From its beginning. An error that it is no file is one of kind `InvalidInput`.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        // What is no file must not keep whoever opens it waiting.
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        let found = file.metadata()?;
        if !found.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
        }
        let (id, lines, grew) = (id(&found), Lines::new(false), Instant::now());
        Ok(Self { file, id, at: 0, known: Vec::new(), lines, grew })
    }

    /// Passes over what is in it by now.
    pub(super) fn at_its_end(mut self) -> io::Result<Self> {
        self.at = self.file.metadata()?.len();
        let mut known = vec![0; KNOWN.min(self.at as usize)];
        let from = self.at - known.len() as u64;
        if self.file.read_exact_at(&mut known, from).is_err() {
            // Emptied just now.
            known.clear();
        }
        self.lines = Lines::new(known.last().is_some_and(|last| *last != b'\n'));
        self.known = known;
        Ok(self)
    }

    /// How much there is still to be read.
    pub(super) fn rest(&self) -> u64 {
        self.file.metadata().map_or(0, |found| found.len().saturating_sub(self.at))
    }

    /// Reads a piece into `buffer` and hands over the lines that end in it. How many bytes it was.
    pub(super) fn read_on(&mut self, buffer: &mut [u8], each: &mut dyn FnMut(&[u8])) -> io::Result<u64> {
        let length = self.file.metadata()?.len();
        if length < self.at || (length > self.at && !self.is_the_same()) {
            // What was begun is not continued at the beginning of another text.
            self.lines.end(each);
            (self.at, self.known) = (0, Vec::new());
        }
        let piece = self.file.read_at(buffer, self.at)?;
        if piece == 0 {
            return Ok(0);
        }
        self.at += piece as u64;
        self.grew = Instant::now();
        let piece = &buffer[..piece];
        self.lines.add(piece, each);
        self.known.extend_from_slice(&piece[piece.len().saturating_sub(KNOWN)..]);
        self.known.drain(..self.known.len().saturating_sub(KNOWN));
        Ok(piece.len() as u64)
    }

    /// Nothing more is to come.
    pub(super) fn end(&mut self, each: &mut dyn FnMut(&[u8])) {
        self.lines.end(each);
    }

    fn is_the_same(&self) -> bool {
        let mut there = [0; KNOWN];
        let there = &mut there[..self.known.len()];
        self.file.read_exact_at(there, self.at - self.known.len() as u64).is_ok() && *there == self.known[..]
    }
}
