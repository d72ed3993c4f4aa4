//! A recording's rows, streamed back as samples in constant memory. Broken lines are passed over and counted, never fatal.
//!
//! A line is a record: memrec writes no line ends into names, so a stray quote in a damaged file costs its own line only.

use super::columns::Layout;
use super::lines::{Line, Lines};
use super::rows::{NoRow, Rows};
use super::tally::{Fault, Tally, Why};
use super::ticks::Ticks;
use crate::model::Sample;
use std::io::Read;

/// Longer than any row that could be one.
const LONGEST_LINE: usize = 1 << 20;

/// Reads a recording and hands each tick to `each`, in the order of the file; the `Sample` is the same one every time, filled anew.
///
/// Columns are found by their names; further ones are passed over, missing ones read as "not measured". `elapsed` only rises: rows that go back are passed
/// over, and behind a second header they are another recording's, which ends the reading. A last line without end is taken if nothing can be missing
/// from it: all cells there and the last one empty. The rows of groups (no process number) are passed over and are not faults.
///
/// # Errors
/// [`Fault::Io`], [`Fault::Empty`], [`Fault::WrongHeader`], or [`Fault::NoRows`] where not one row could be read.
pub fn read_samples(input: impl Read, each: &mut dyn FnMut(&Sample)) -> Result<Tally, Fault> {
    let mut lines = Lines::new(input, LONGEST_LINE);
    let (header, layout) = read_header(&mut lines)?;
    let mut rows = Rows::new(layout);
    let mut ticks = Ticks::default();
    let mut number = lines.number();
    while let Some(line) = lines.next()? {
        number += 1;
        match line {
            Line::Whole(line) => read_line(line, number, &header, &mut rows, &mut ticks, each),
            Line::Unended(line) => match line.ends_with(b",").then(|| rows.read_any(line)) {
                Some(Ok(row)) => ticks.take(&row, number, each),
                Some(Err(NoRow::NoProcess)) => {}
                _ => ticks.tally.skip(Why::Torn, number, None),
            },
            Line::TooLong => ticks.tally.skip(Why::TooLong, number, None),
        }
    }
    let tally = ticks.finish(each);
    if tally.rows == 0 { Err(Fault::NoRows(tally)) } else { Ok(tally) }
}

#[inline]
fn read_line(
    line: &[u8],
    number: u64,
    header: &[u8],
    rows: &mut Rows,
    ticks: &mut Ticks,
    each: &mut dyn FnMut(&Sample),
) {
    match rows.read_plain(line, ticks) {
        Some(row) => ticks.take(&row, number, each),
        None => read_odd_line(line, number, header, rows, ticks, each),
    }
}

#[cold]
fn read_odd_line(
    line: &[u8],
    number: u64,
    header: &[u8],
    rows: &mut Rows,
    ticks: &mut Ticks,
    each: &mut dyn FnMut(&Sample),
) {
    // A file that was cut while somebody wrote at his old place in it begins anew behind a run of NULs.
    let line = &line[line.iter().take_while(|byte| **byte == 0).count()..];
    if line.is_empty() {
        return;
    }
    if without_mark(line) == header {
        return ticks.second_header();
    }
    let read = if line.contains(&0) { Err(NoRow::Malformed(None)) } else { rows.read_any(line) };
    match read {
        Ok(row) => ticks.take(&row, number, each),
        Err(NoRow::NoProcess) => {}
        Err(NoRow::Malformed(column)) => ticks.tally.skip(Why::Malformed, number, column),
    }
}

/// The first line that is not empty, which must be a header.
fn read_header<R: Read>(lines: &mut Lines<R>) -> Result<(Vec<u8>, Layout), Fault> {
    loop {
        let line = match lines.next()? {
            Some(Line::Whole(line) | Line::Unended(line)) => line,
            Some(Line::TooLong) => return Err(Fault::wrong_header(b"a line without end")),
            None => return Err(Fault::Empty),
        };
        let line = without_mark(line);
        if line.is_empty() {
            continue;
        }
        return match layout_of(line) {
            Some(layout) => Ok((line.to_vec(), layout)),
            None => Err(Fault::wrong_header(line)),
        };
    }
}

/// The layout that a header line tells; `None` where it is not one of ours.
pub(super) fn layout_of(line: &[u8]) -> Option<Layout> {
    let unquoted = |name: &'_ [u8]| -> Vec<u8> { name.iter().copied().filter(|byte| *byte != b'"').collect() };
    let names: Vec<Vec<u8>> = line.split(|byte| *byte == b',').map(unquoted).collect();
    Layout::of(names.iter().map(|name| name.trim_ascii()))
}

/// Without the byte order mark that some editors put first, and NULs.
pub(super) fn without_mark(line: &[u8]) -> &[u8] {
    let line = &line[line.iter().take_while(|byte| **byte == 0).count()..];
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
}
