//! One line of a recording, read. Two ways that must say the same: a fast one for the rows that memrec writes nearly always (no quotes, our
//! order of columns), and the csv crate for all others.
//!
//! ```text
//! 2026-11-23T10:17:22.105Z,0.100213,1,4711,4700,hypercorn,40345600,40345600,0,,
//! ```

use super::columns::{self, Cell, Layout};
use super::numbers;
use super::ticks::Ticks;
use crate::model::{Memory, Metric, Pid, ProcessNumber};
use chrono::{DateTime, TimeDelta, Utc};
use std::borrow::Cow;
use std::io::Cursor;
use std::time::Duration;

/// The columns of metrics that every recording of ours has, in their order.
const USUAL: [Cell; 5] = [
    Cell::Metric(Metric::Rss),
    Cell::Metric(Metric::PeakRss),
    Cell::Metric(Metric::Swap),
    Cell::Metric(Metric::Pss),
    Cell::Metric(Metric::Uss),
];

/// A row as it was read, but for what it measured.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RowRead<'a> {
    pub(super) time: DateTime<Utc>,
    pub(super) elapsed: Duration,
    pub(super) identity: Identity<'a>,
}

/// Whose row it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Identity<'a> {
    /// That of the row which stood in this place at the tick before, byte for byte.
    AsExpected,
    Read {
        process: ProcessNumber,
        pid: Pid,
        ppid: Pid,
        /// As it stands in the file, unquoted.
        name: Cow<'a, str>,
        /// The bytes to compare the next tick's row with; empty for "do not".
        text: &'a [u8],
    },
    /// Of no process: the control group's, which is charged with so many bytes.
    Group(u64),
}

/// Why a line is not taken as a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoRow {
    /// A row that is neither a process' nor that of a control group's charge: of later versions.
    NoProcess,
    /// The column that cannot be read, or none where the number of cells is wrong.
    Malformed(Option<&'static str>),
}

/// Reads lines of one layout.
pub(super) struct Rows {
    layout: Layout,
    /// Whether the columns of metrics begin with those that every recording of ours has.
    usual: bool,
    /// `2026-11-23T10:17:` of the row before, and what it means.
    minute: ([u8; 17], DateTime<Utc>),
    /// `2026-11-23T10:17:22.105Z,0.100213,` of the row before, and what it means: rows of one tick share it.
    moment: (Vec<u8>, DateTime<Utc>, Duration),
    csv: csv::Reader<Cursor<Vec<u8>>>,
    record: csv::ByteRecord,
    /// What the process of the row that was read last measured. It is filled again and again, since it is large: what the layout has no column
    /// of stays empty.
    pub(super) memory: Memory,
}

impl Rows {
    pub(super) fn new(layout: Layout) -> Self {
        let csv = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(Cursor::new(Vec::new()));
        Self {
            usual: layout.cells[columns::FIXED.len().min(layout.cells.len())..].starts_with(&USUAL),
            layout,
            minute: ([0; 17], DateTime::UNIX_EPOCH),
            moment: (Vec::new(), DateTime::UNIX_EPOCH, Duration::ZERO),
            csv,
            record: csv::ByteRecord::new(),
            memory: Memory::default(),
        }
    }

    /// The fast way, for the line at the beginning of `text`, and how long that is without its end; `None` where it needs the other one. Never
    /// says anything that the other one would not say. A line that `text` does not hold whole may be taken for one that ends with it.
    #[inline]
    pub(super) fn read_plain<'a>(&mut self, text: &'a [u8], ticks: &Ticks) -> Option<(RowRead<'a>, usize)> {
        if !self.layout.ours {
            return None;
        }
        let (time, elapsed, at) = self.plain_moment(text)?;
        let expected = ticks.expected(ticks.is_under_way(elapsed));
        let (identity, at) = if !expected.is_empty() && text[at..].starts_with(expected) {
            (Identity::AsExpected, at + expected.len())
        } else {
            match plain_identity(text, at)? {
                (Identity::Read { process: 0, name, .. }, at) => {
                    let (charge, end) = self.plain_charge(&name, text, at)?;
                    return Some((RowRead { time, elapsed, identity: Identity::Group(charge) }, end));
                }
                read => read,
            }
        };
        let end = self.plain_memory(text, at)?;
        Some((RowRead { time, elapsed, identity }, end))
    }

    /// Fills `memory` from the cells behind the name. Where they end.
    #[inline]
    fn plain_memory(&mut self, text: &[u8], mut at: usize) -> Option<usize> {
        let memory = &mut self.memory;
        let mut cells = &self.layout.cells[columns::FIXED.len()..];
        if self.usual {
            // Nearly always: so these have no table to go through.
            cells = &cells[USUAL.len()..];
            (memory.rss, at) = plain_cell(text, at)?;
            (memory.peak_rss, at) = plain_cell(text, at)?;
            (memory.swap, at) = plain_cell(text, at)?;
            (memory.pss, at) = plain_cell(text, at)?;
            if cells.is_empty() {
                let (value, end) = plain_last_cell(text, at)?;
                memory.uss = value;
                return Some(end);
            }
            (memory.uss, at) = plain_cell(text, at)?;
        }
        plain_cells(cells, text, at, |cell, value| {
            if let Cell::Metric(metric) = cell {
                metric.set(memory, value);
            }
        })
    }

    /// What the group of that name is charged with, and where its row ends.
    fn plain_charge(&self, name: &str, text: &[u8], at: usize) -> Option<(u64, usize)> {
        let mut charge = None;
        let end = plain_cells(&self.layout.cells[columns::FIXED.len()..], text, at, |cell, value| {
            if cell == Cell::Group {
                charge = value;
            }
        })?;
        Some((charge.filter(|_| name == columns::GROUP)?, end))
    }

    /// `2026-11-23T10:17:22.105Z,0.100213,` and where the next cell begins.
    #[inline]
    fn plain_moment(&mut self, text: &[u8]) -> Option<(DateTime<Utc>, Duration, usize)> {
        let (known, time, elapsed) = &self.moment;
        if !known.is_empty() && text.starts_with(known) {
            return Some((*time, *elapsed, known.len()));
        }
        let time = self.plain_time(text)?;
        let (elapsed, end) = plain_elapsed(text, 25)?;
        self.moment.0.clear();
        self.moment.0.extend_from_slice(&text[..end]);
        (self.moment.1, self.moment.2) = (time, elapsed);
        Some((time, elapsed, end))
    }

    /// `2026-11-23T10:17:22.105Z,`: only seconds and milliseconds are read while the minute stays the same.
    #[inline]
    fn plain_time(&mut self, line: &[u8]) -> Option<DateTime<Utc>> {
        let stamp: &[u8; 25] = line.first_chunk()?;
        let (minute, rest): (&[u8; 17], &[u8]) = stamp.split_first_chunk()?;
        let &[s1, s0, b'.', m2, m1, m0, b'Z', b','] = rest else { return None };
        let digit = |byte: u8| i64::from(byte.wrapping_sub(b'0'));
        let digits = [s1, s0, m2, m1, m0].map(digit);
        // `:60` is a leap second, which chrono knows how to hold.
        if digits.iter().any(|digit| *digit > 9) || digits[0] > 5 {
            return None;
        }
        if *minute != self.minute.0 {
            let text = std::str::from_utf8(&stamp[..17]).ok()?;
            let time = DateTime::parse_from_rfc3339(&format!("{text}00Z")).ok()?;
            self.minute = (*minute, time.to_utc());
        }
        let millis = digits[0] * 10_000 + digits[1] * 1000 + digits[2] * 100 + digits[3] * 10 + digits[4];
        self.minute.1.checked_add_signed(TimeDelta::milliseconds(millis))
    }

    /// The thorough way: any order of columns, quotes, other spellings of numbers and moments. The line has no end of line in it.
    pub(super) fn read_any(&mut self, line: &[u8]) -> Result<RowRead<'static>, NoRow> {
        self.cells_of(line);
        if self.record.len() != self.layout.cells.len() {
            return Err(NoRow::Malformed(None));
        }
        let (mut time, mut elapsed) = (DateTime::UNIX_EPOCH, Duration::ZERO);
        let (mut process, mut pid, mut ppid, mut name, mut charge) = (None, 0, 0, String::new(), None);
        for (cell, text) in self.layout.cells.iter().zip(&self.record) {
            let wrong = |column| NoRow::Malformed(Some(column));
            match cell {
                Cell::Time => time = numbers::read_time(&columns::text(text)).ok_or(wrong("time"))?,
                Cell::Elapsed => elapsed = numbers::read_elapsed(text).ok_or(wrong("elapsed_s"))?,
                Cell::Process => process = number(text).ok_or(wrong("process"))?,
                Cell::Pid => pid = number(text).ok_or(wrong("pid"))?.unwrap_or(0),
                Cell::Ppid => ppid = number(text).ok_or(wrong("ppid"))?.unwrap_or(0),
                Cell::Name => name = columns::text(text).into_owned(),
                Cell::Metric(metric) if text.is_empty() => metric.set(&mut self.memory, None),
                Cell::Metric(metric) => {
                    let value = numbers::read_bytes(text).ok_or(wrong(metric.info().column))?;
                    metric.set(&mut self.memory, Some(value));
                }
                Cell::Group if !text.is_empty() => {
                    charge = Some(numbers::read_bytes(text).ok_or(wrong(Metric::Cgroup.info().column))?);
                }
                Cell::Group | Cell::Other => {}
            }
        }
        let Some(process) = process.filter(|number| *number > 0) else {
            let charge = charge.filter(|_| name == columns::GROUP).ok_or(NoRow::NoProcess)?;
            return Ok(RowRead { time, elapsed, identity: Identity::Group(charge) });
        };
        let identity = Identity::Read { process, pid, ppid, name: name.into(), text: &[] };
        Ok(RowRead { time, elapsed, identity })
    }

    /// The line's cells, unquoted, in `self.record`.
    fn cells_of(&mut self, line: &[u8]) {
        let input = self.csv.get_mut();
        input.get_mut().clear();
        input.get_mut().extend_from_slice(line);
        input.get_mut().push(b'\n');
        self.record.clear();
        // Neither can fail on bytes in memory; were it so, the record would be empty and the line malformed.
        let start = self.csv.seek_raw(std::io::SeekFrom::Start(0), csv::Position::new());
        if start.is_ok() {
            let _ = self.csv.read_byte_record(&mut self.record);
        }
    }
}

/// These cells, up to the end of the line: digits or nothing. Where they end.
#[inline]
fn plain_cells(cells: &[Cell], text: &[u8], mut at: usize, mut take: impl FnMut(Cell, Option<u64>)) -> Option<usize> {
    // Without any the identity has taken the comma that would have followed it.
    let (last, others) = cells.split_last()?;
    for cell in others {
        let value;
        (value, at) = plain_cell(text, at)?;
        take(*cell, value);
    }
    let (value, end) = plain_last_cell(text, at)?;
    take(*last, value);
    Some(end)
}

/// A cell with others behind it, and where the next one begins.
#[inline]
fn plain_cell(text: &[u8], at: usize) -> Option<(Option<u64>, usize)> {
    // Most of the cells of a tick without a pass: guessed rightly, which the length of a number is not.
    if text.get(at) == Some(&b',') {
        return Some((None, at + 1));
    }
    let (value, end) = plain_whole(text, at)?;
    (text.get(end) == Some(&b',')).then_some((value, end + 1))
}

/// The last cell of a line, and where that ends.
#[inline]
fn plain_last_cell(text: &[u8], at: usize) -> Option<(Option<u64>, usize)> {
    let (value, end) = plain_whole(text, at)?;
    matches!(text.get(end), None | Some(b'\n' | b'\r')).then_some((value, end))
}

/// A number that may be empty, which is not 0.
fn number(text: &[u8]) -> Option<Option<u32>> {
    if text.is_empty() {
        return Some(None);
    }
    numbers::read_bytes(text).and_then(|value| u32::try_from(value).ok()).map(Some)
}

/// Digits or none, and where they end. At most 18 of them, which cannot overflow.
#[inline]
fn plain_whole(text: &[u8], start: usize) -> Option<(Option<u64>, usize)> {
    let Some((first, count)) = numbers::next_eight(text, start) else { return plain_whole_by_digits(text, start) };
    match count {
        0 => return Some((None, start)),
        1..=7 => return Some((Some(first), start + count)),
        _ => {}
    }
    match numbers::next_eight(text, start + 8) {
        Some((second, count @ 0..=7)) => Some((Some(first * numbers::TENS[count] + second), start + 8 + count)),
        _ => plain_whole_by_digits(text, start),
    }
}

/// The same for what stands near the end of `text`, or is very long.
fn plain_whole_by_digits(text: &[u8], start: usize) -> Option<(Option<u64>, usize)> {
    let count = text.get(start..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let end = start + count;
    match count {
        0 => Some((None, end)),
        1..=18 => Some((numbers::read_whole(&text[start..end]), end)),
        _ => None,
    }
}

/// `0.100213,` with exactly six decimals, and where the next cell begins.
#[inline]
fn plain_elapsed(line: &[u8], start: usize) -> Option<(Duration, usize)> {
    let (seconds, point) = plain_whole(line, start)?;
    let (decimals, end) = plain_whole(line, point + 1)?;
    if point - start > 15 || end - point != 7 || line.get(point) != Some(&b'.') || line.get(end) != Some(&b',') {
        return None;
    }
    Some((Duration::new(seconds?, decimals? as u32 * 1000), end + 1))
}

/// `1,4711,4700,hypercorn,` with a name in plain ASCII, and where the next cell begins. Process 0 is none: a group.
fn plain_identity(line: &[u8], start: usize) -> Option<(Identity<'_>, usize)> {
    let mut at = start;
    let mut numbers = [0; 3];
    for number in &mut numbers {
        let (value, end) = plain_whole(line, at)?;
        if line.get(end) != Some(&b',') {
            return None;
        }
        *number = u32::try_from(value?).ok()?;
        at = end + 1;
    }
    let length = memchr::memchr(b',', &line[at..])?;
    let name = &line[at..at + length];
    let [process, pid, ppid] = numbers;
    if !name.iter().all(|byte| matches!(byte, b' '..=b'~') && *byte != b'"') {
        return None;
    }
    let name = Cow::Borrowed(std::str::from_utf8(name).ok()?);
    let end = at + length + 1;
    Some((Identity::Read { process, pid, ppid, name, text: &line[start..end] }, end))
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
