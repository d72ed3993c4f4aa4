//! The samples' file, thinned: its older ticks by spans of equal length, its latest not at all.

use super::bits::Bits;
use super::buckets::{Bucket, Ladder, Tick, span_at};
use super::marks::Peaks;
use super::section::Section;
use crate::model::{Extras, Sample};
use crate::storage::columns;
use crate::storage::encode::RowEncoder;
use crate::storage::lines::{Line, Lines};
use crate::storage::reader::read_samples;
use crate::storage::tally::Fault;
use std::io::{self, Write};
use std::time::Duration;

/// This part of the room is the latest ticks', which stay as they are.
const LATEST: u64 = 4;

/// A row is at least as long as this: so the room tells how many processes are worth remembering.
const SHORTEST_ROW: u64 = 50;

/// The peaks of so many processes are kept at most.
const MOST_PEAKS: u64 = 10_000;

/// What has become of the samples.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Ticks later than this are all there.
    pub(super) until: Duration,
    /// Of each span of this length before, a few ticks are.
    pub(super) span: Duration,
    /// Ticks that are not there any more.
    pub(super) left_out: u64,
    /// Processes that have rows in the thinned part.
    pub(super) processes: Bits,
}

/// Writes what is kept of `csv` to `to`, in no more than `room` bytes as far as that can be. The ticks on both sides of a hole are kept: `holes` are
/// moments within them, in their order.
pub(super) fn thin(
    csv: &Section<'_>,
    extras: Extras,
    holes: &[Duration],
    room: u64,
    to: &mut dyn Write,
) -> io::Result<Outcome> {
    if csv.length() <= room {
        io::copy(&mut csv.clone(), to)?;
        return Ok(Outcome::default());
    }
    let (old, latest) = csv.split(end_of_tick(csv, csv.length() - room / LATEST)?);
    let room = room.saturating_sub(latest.length());
    let survey = survey(&old, room)?;
    let (kept, left_out) = choose(&old, &survey, holes)?;
    let mut outcome = Outcome { until: survey.until, span: survey.span, left_out, processes: Bits::default() };
    let mut written = to.write_all(columns::header(extras).as_bytes());
    let mut rows = RowEncoder::new(extras);
    each_tick(&old, &mut |number, sample| {
        if kept.has(number) && written.is_ok() {
            sample.rows.iter().for_each(|row| outcome.processes.insert(u64::from(row.process)));
            rows.encode(sample, |rows| written = to.write_all(rows));
        }
    })?;
    written?;
    io::copy(&mut latest.clone(), to)?;
    Ok(outcome)
}

#[derive(Debug)]
struct Survey {
    until: Duration,
    span: Duration,
    /// Ticks that are kept wherever they fall, by their numbers.
    peaks: Vec<u64>,
}

/// How long the spans must be, and where the peaks are.
fn survey(old: &Section<'_>, room: u64) -> io::Result<Survey> {
    let mut until = Duration::ZERO;
    each_tick(old, &mut |_, sample| until = sample.elapsed)?;
    let mut ladder = Ladder::new(until);
    let mut peaks = Peaks::new((room / SHORTEST_ROW / 8).clamp(16, MOST_PEAKS) as usize);
    let mut rows = 0;
    each_tick(old, &mut |number, sample| {
        let tick = Tick::of(number, sample);
        rows += tick.rows;
        peaks.add(number, tick.rows, sample);
        ladder.add(sample.elapsed, tick);
    })?;
    // Rows are about as long as one another.
    let room_rows = (room as f64 / old.length().max(1) as f64 * rows as f64) as u64;
    let (peaks, of_peaks) = peaks.ticks(room_rows / 2);
    Ok(Survey { until, span: ladder.spans_for(room_rows - of_peaks), peaks })
}

/// Which ticks are kept, by their numbers, and how many are not.
fn choose(old: &Section<'_>, survey: &Survey, holes: &[Duration]) -> io::Result<(Bits, u64)> {
    let mut kept = Bits::default();
    survey.peaks.iter().for_each(|number| kept.insert(*number));
    let mut holes = holes.iter().peekable();
    let mut bucket = Bucket::default();
    let mut index = 0;
    let mut last = None;
    each_tick(old, &mut |number, sample| {
        let now = span_at(sample.elapsed, survey.span);
        if now != index {
            std::mem::take(&mut bucket).kept(|tick| kept.insert(tick.number));
            index = now;
        }
        bucket.add(Tick::of(number, sample));
        while holes.next_if(|hole| **hole < sample.elapsed).is_some() {
            kept.insert(number);
            kept.insert(number.saturating_sub(1));
        }
        last = Some(number);
    })?;
    bucket.kept(|tick| kept.insert(tick.number));
    // The last one, behind which all are there.
    last.iter().for_each(|number| kept.insert(*number));
    let ticks = last.map_or(0, |last| last + 1);
    let left_out = (0..ticks).filter(|number| !kept.has(*number)).count() as u64;
    Ok((kept, left_out))
}

/// Hands each tick to `each`, with its number.
fn each_tick(csv: &Section<'_>, each: &mut dyn FnMut(u64, &Sample)) -> io::Result<()> {
    let mut number = 0;
    let read = read_samples(csv.clone(), &mut |sample| {
        each(number, sample);
        number += 1;
    });
    match read {
        Ok(_) | Err(Fault::NoRows(_)) => Ok(()),
        Err(Fault::Io(error)) => Err(error),
        Err(fault) => Err(io::Error::other(fault)),
    }
}

/// The place in `csv` where the first tick begins that begins behind `from`; the end where none does.
fn end_of_tick(csv: &Section<'_>, from: u64) -> io::Result<u64> {
    let (_, behind) = csv.split(from);
    let end = csv.length();
    let mut lines = Lines::new(behind, 1 << 20);
    let mut at = from;
    // The first is a piece of a line, or a whole one by chance.
    let Some(Line::Whole(piece)) = lines.next()? else { return Ok(end) };
    at += piece.len() as u64 + 1;
    let mut tick: Option<Vec<u8>> = None;
    while let Some(Line::Whole(line)) = lines.next()? {
        let moment = line.split(|byte| *byte == b',').nth(1).unwrap_or_default();
        if tick.as_ref().is_some_and(|tick| tick != moment) {
            return Ok(at);
        }
        tick.get_or_insert_with(|| moment.to_vec());
        at += line.len() as u64 + 1;
    }
    Ok(end)
}
