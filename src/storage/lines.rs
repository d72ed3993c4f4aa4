//! A file cut into lines, in bounded memory whatever stands in it.

use std::io::{self, Read};

/// How much is read at once.
const CHUNK: usize = 128 << 10;

/// The lines of an input, numbered from 1. A line that is longer than the limit is passed over without being kept.
pub(super) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    /// What of the buffer is filled and not yet given out.
    start: usize,
    end: usize,
    number: u64,
    longest: usize,
}

/// One line, without what ended it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A line that ended in `\n` or `\r\n`.
    Whole(&'a [u8]),
    /// The rest of a file that does not end in `\n`.
    Unended(&'a [u8]),
    /// A line longer than the limit.
    TooLong,
}

impl<R: Read> Lines<R> {
    /// `longest` bytes are the most that a line may have.
    pub(super) fn new(input: R, longest: usize) -> Self {
        Self { input, buffer: vec![0; CHUNK.min(longest)], start: 0, end: 0, number: 0, longest }
    }

    /// The number of the line given out last.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line, `None` after the last one.
    #[inline]
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        if let Some(length) = memchr::memchr(b'\n', &self.buffer[self.start..self.end]) {
            return Ok(Some(Line::Whole(self.give(length))));
        }
        self.next_from_input()
    }

    /// What has been read and not been given out: whole lines, and the beginning of one. Empty does not mean the end of the input.
    #[inline]
    pub(super) fn waiting(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Passes over one line of those that wait: so many bytes, its end included.
    #[inline]
    pub(super) fn pass(&mut self, length: usize) {
        self.start = (self.start + length).min(self.end);
        self.number += 1;
    }

    fn give(&mut self, length: usize) -> &[u8] {
        let line = &self.buffer[self.start..self.start + length];
        self.start += length + 1;
        self.number += 1;
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    #[cold]
    fn next_from_input(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut too_long = false;
        loop {
            let searched = self.end - self.start;
            let ended = !self.fill()?;
            if let Some(more) = memchr::memchr(b'\n', &self.buffer[self.start + searched..self.end]) {
                let line = self.give(searched + more);
                // Borrowed only to say which: the length alone would do for the long one.
                return Ok(Some(if too_long { Line::TooLong } else { Line::Whole(line) }));
            }
            if ended {
                if self.start == self.end && !too_long {
                    return Ok(None);
                }
                let rest = self.start..self.end;
                self.start = self.end;
                self.number += 1;
                return Ok(Some(if too_long { Line::TooLong } else { Line::Unended(&self.buffer[rest]) }));
            }
            if self.end - self.start == self.longest {
                too_long = true;
                self.start = self.end;
            }
        }
    }

    /// Reads more behind what is there; `false` at the end of the input.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.buffer.len() {
            let larger = (self.buffer.len() * 2).min(self.longest);
            self.buffer.resize(larger, 0);
        }
        loop {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => return Ok(false),
                Ok(more) => {
                    self.end += more;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives out a few bytes at a time, so that lines are cut anywhere.
    struct Dribble<'a>(&'a [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let some = self.1.min(into.len()).min(self.0.len());
            into[..some].copy_from_slice(&self.0[..some]);
            self.0 = &self.0[some..];
            Ok(some)
        }
    }

    fn lines(text: &[u8], at_once: usize, longest: usize) -> Vec<Option<Vec<u8>>> {
        let mut lines = Lines::new(Dribble(text, at_once), longest);
        let mut seen = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            seen.push(match line {
                Line::Whole(bytes) | Line::Unended(bytes) => Some(bytes.to_vec()),
                Line::TooLong => None,
            });
        }
        assert_eq!(lines.number(), seen.len() as u64);
        seen
    }

    #[test]
    fn lines_end_in_either_way_and_the_last_one_perhaps_not_at_all() {
        let mut of = Lines::new(&b"a\r\n\nb"[..], 100);
        assert_eq!(of.next().unwrap(), Some(Line::Whole(b"a")));
        assert_eq!(of.next().unwrap(), Some(Line::Whole(b"")));
        assert_eq!(of.next().unwrap(), Some(Line::Unended(b"b")));
        assert_eq!(of.next().unwrap(), None);
    }

    #[test]
    fn a_line_without_end_is_passed_over_and_takes_no_memory() {
        let mut endless = Lines::new(b"a\n".chain(io::repeat(b'x').take(50 << 20)).chain(&b"\nb\n"[..]), 1 << 20);
        assert_eq!(endless.next().unwrap(), Some(Line::Whole(b"a")));
        assert_eq!(endless.next().unwrap(), Some(Line::TooLong));
        assert_eq!(endless.next().unwrap(), Some(Line::Whole(b"b")));
        assert_eq!(endless.next().unwrap(), None);
        assert!(endless.buffer.capacity() <= 1 << 20);
        assert_eq!(lines(&[b'x'; 500], 7, 16), [None]);
    }

    proptest! {
        #[test]
        fn lines_are_the_same_however_they_arrive(text in "[ab\n]{0,200}", at_once in 1_usize..20) {
            let expected: Vec<_> = text.split_terminator('\n')
                .map(|line| if line.len() < 8 { Some(line.as_bytes().to_vec()) } else { None }).collect();
            let seen = lines(text.as_bytes(), at_once, 8);
            prop_assert_eq!(seen.len(), expected.len());
            for (seen, expected) in seen.iter().zip(&expected) {
                // At the limit itself it depends on where the reads fell.
                if expected.is_some() { prop_assert_eq!(seen, expected); }
                if let Some(line) = seen { prop_assert!(line.len() <= 8); }
            }
        }
    }
}
