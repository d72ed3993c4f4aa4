//! The samples' file, thinned: its older ticks by spans of equal length, its latest not at all.

use super::bits::Bits;
use super::buckets::{Bucket, Ladder, Tick, span_at};
use super::fold::{Hole, Told};
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
    /// How much was written.
    pub(super) bytes: u64,
    /// Holes that were no longer than this cannot be seen any more.
    pub(super) closed: Duration,
    /// Ticks later than this are all there.
    pub(super) until: Duration,
    /// Of each span of this length before, a few ticks are.
    pub(super) span: Duration,
    /// Ticks that are not there any more.
    pub(super) left_out: u64,
    /// Processes that have rows in what is left of the older part; in all of it where nothing was left out.
    pub(super) processes: Bits,
}

/// Holes have this part of the room at most, for the ticks on both sides of them: if there are too many, the longest.
const HOLES: u64 = 4;

/// Writes what is kept of `csv` to `to`, in no more than `room` bytes as far as that can be.
pub(super) fn thin(
    csv: &Section<'_>,
    extras: Extras,
    told: &Told,
    room: u64,
    to: &mut dyn Write,
) -> io::Result<Outcome> {
    if csv.length() <= room {
        let bytes = io::copy(&mut csv.clone(), to)?;
        // What was left out before still is.
        let mut outcome = Outcome { bytes, until: told.until, span: told.span, ..Outcome::default() };
        each_tick(csv, &mut |_, sample| outcome.add_processes(sample))?;
        return Ok(outcome);
    }
    let (old, latest) = csv.split(end_of_tick(csv, csv.length() - room / LATEST)?);
    let room = room.saturating_sub(latest.length());
    let survey = survey(&old, &told.holes, room)?;
    let (kept, left_out) = choose(&old, &survey, &told.holes)?;
    let Survey { until, span, closed, .. } = survey;
    let mut outcome = Outcome { until, span, closed, left_out, ..Outcome::default() };
    let header = columns::header(extras);
    outcome.bytes = header.len() as u64 + latest.length();
    let mut written = to.write_all(header.as_bytes());
    let mut rows = RowEncoder::new(extras);
    each_tick(&old, &mut |number, sample| {
        if kept.has(number) && written.is_ok() {
            outcome.add_processes(sample);
            rows.encode(sample, |rows| {
                outcome.bytes += rows.len() as u64;
                written = to.write_all(rows);
            });
        }
    })?;
    written?;
    io::copy(&mut latest.clone(), to)?;
    Ok(outcome)
}

impl Outcome {
    fn add_processes(&mut self, sample: &Sample) {
        sample.rows.iter().for_each(|row| self.processes.insert(u64::from(row.process)));
    }
}

#[derive(Debug)]
struct Survey {
    closed: Duration,
    until: Duration,
    span: Duration,
    /// Ticks that are kept wherever they fall, by their numbers.
    peaks: Vec<u64>,
}

/// How long the spans must be, and where the peaks are.
fn survey(old: &Section<'_>, holes: &[Hole], room: u64) -> io::Result<Survey> {
    let mut until = Duration::ZERO;
    each_tick(old, &mut |_, sample| until = sample.elapsed)?;
    let mut ladder = Ladder::new(until);
    let mut peaks = Peaks::new((room / SHORTEST_ROW / 8).clamp(16, MOST_PEAKS) as usize);
    let (mut rows, mut ticks) = (0, 0);
    each_tick(old, &mut |number, sample| {
        let tick = Tick::of(number, sample);
        (rows, ticks) = (rows + tick.rows, number + 1);
        peaks.add(number, tick.rows, sample);
        ladder.add(sample.elapsed, tick);
    })?;
    // Rows are about as long as one another.
    let room_rows = (room as f64 / old.length().max(1) as f64 * rows as f64) as u64;
    let (peaks, of_peaks) = peaks.ticks(room_rows / 2);
    let (closed, open) = closed(holes, until, room_rows / HOLES / (2 * rows.div_ceil(ticks.max(1))).max(1));
    let of_holes = open * 2 * rows.div_ceil(ticks.max(1));
    Ok(Survey { until, closed, span: ladder.spans_for(room_rows.saturating_sub(of_peaks + of_holes)), peaks })
}

/// How long the longest hole is of which the ticks beside it are not kept, where there is room for so many; and of how many they are.
fn closed(holes: &[Hole], until: Duration, most: u64) -> (Duration, u64) {
    let mut lengths: Vec<Duration> = holes.iter().filter(|hole| hole.within < until).map(|hole| hole.length).collect();
    lengths.sort_unstable_by(|one, other| other.cmp(one));
    let closed = usize::try_from(most).ok().and_then(|most| lengths.get(most)).copied().unwrap_or_default();
    let open = lengths.iter().take_while(|length| **length > closed).count();
    (closed, open as u64)
}

/// Which ticks are kept, by their numbers, and how many are not.
fn choose(old: &Section<'_>, survey: &Survey, holes: &[Hole]) -> io::Result<(Bits, u64)> {
    let mut kept = Bits::default();
    survey.peaks.iter().for_each(|number| kept.insert(*number));
    let mut holes = holes.iter().filter(|hole| hole.length > survey.closed).peekable();
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
        while holes.next_if(|hole| hole.within < sample.elapsed).is_some() {
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
