//! A part of a file, read from its beginning as often as needed, while others write behind it.

use crate::storage::outlet::Stored;
use std::io::{self, Read};
use std::ops::Range;

/// So many bytes of it.
#[derive(Clone)]
pub(in crate::storage) struct Section<'a> {
    stored: &'a dyn Stored,
    bytes: Range<u64>,
}

impl<'a> Section<'a> {
    pub(in crate::storage) fn new(stored: &'a dyn Stored, bytes: Range<u64>) -> Self {
        Self { stored, bytes }
    }

    pub(super) fn length(&self) -> u64 {
        self.bytes.end.saturating_sub(self.bytes.start)
    }

    /// What is before and what is behind the place `at` of it.
    pub(in crate::storage) fn split(&self, at: u64) -> (Self, Self) {
        let at = self.bytes.start.saturating_add(at).min(self.bytes.end);
        let part = |bytes| Self { stored: self.stored, bytes };
        (part(self.bytes.start..at), part(at..self.bytes.end))
    }
}

impl Read for Section<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.length()).map_or(to.len(), |length| length.min(to.len()));
        let read = self.stored.read_at(&mut to[..most], self.bytes.start)?;
        self.bytes.start += read as u64;
        Ok(read)
    }
}
