//! The events' file, folded: beginnings and ends of small processes that are over and have left no row become a number, counts of a span become one.

use super::Aim;
use super::bits::Bits;
use super::samples::Outcome;
use super::section::Section;
use crate::model::{Event, Exit, ProcessNumber, What};
use crate::storage::events::{LONGEST_LINE, decode, encode_event};
use crate::storage::lines::{Line, Lines};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io::{self, Write};
use std::time::Duration;

use super::buckets::span_at;

/// So many processes that have ended keep their events for their size, at most and at least.
const MOST_LIVES: u64 = 10_000;
const FEWEST_LIVES: u64 = 4;

/// A hole in the ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hole {
    /// A moment within it.
    pub(super) within: Duration,
    pub(super) length: Duration,
}

impl Hole {
    fn of(event: &Event) -> Option<Self> {
        let within = event.within_hole()?;
        Some(Self { within, length: event.elapsed.saturating_sub(within) * 2 })
    }
}

/// What the samples' thinning must know of the events.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// In their order.
    pub(super) holes: Vec<Hole>,
    /// From when on all ticks are there, and how long spans are before, by the thinning before this one.
    pub(super) until: Duration,
    pub(super) span: Duration,
    /// What earlier thinnings have left out: ticks and processes.
    pub(super) before: (u64, u64),
    /// How many processes have ended.
    ended: u64,
    last: Duration,
}

impl Told {
    pub(super) fn of(events: &Section<'_>) -> io::Result<Self> {
        let mut told = Self::default();
        each_event(events, |_, event| {
            told.ended += u64::from(event.as_ref().is_some_and(|event| matches!(event.what, What::Exit(_))));
            told.holes.extend(event.as_ref().and_then(Hole::of));
            told.last = event.as_ref().map_or(told.last, |event| event.elapsed);
            if let Some(Event { what: What::Thinned { until_s, span_s, ticks, processes }, .. }) = event {
                let span = |seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default();
                (told.until, told.span, told.before) = (span(until_s), span(span_s), (ticks, processes));
            }
            Ok(())
        })?;
        told.holes.sort_unstable();
        Ok(told)
    }
}

/// Whose events go. Each step goes further than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// Nobody's.
    None,
    /// Of who had ended by the time from which on all ticks are there, has no row before, and is none of the largest.
    WithoutRows,
    /// Of those who have rows too.
    Ended,
    /// And of who has ended since.
    AllButTheLargest,
}

/// Who has ended, and how.
#[derive(Debug, Default)]
struct Lives {
    ended: Bits,
    ended_since: Bits,
    largest: Bits,
}

/// Writes what is kept of `events` to `to`, as small as they are to be as far as that can be: marks and notes stay, and holes that can be seen. Returns how many
/// processes are not there any more.
pub(super) fn fold(
    events: &Section<'_>,
    told: &Told,
    samples: &Outcome,
    aim: Aim,
    to: &mut dyn Write,
) -> io::Result<u64> {
    let room = aim.room;
    // Where all ticks fit, it is the older events that go.
    let until = if samples.left_out > 0 { samples.until } else { told.last * 3 / 4 };
    let span = if samples.span.is_zero() { until / 1000 } else { samples.span };
    // Some of the room is others'.
    let fit = room as f64 * 0.75 / (events.length().max(1) as f64 / told.ended.max(1) as f64);
    let lives = lives(events, until, (fit as u64).clamp(FEWEST_LIVES, MOST_LIVES) as usize)?;
    let mut fold = Fold { samples, until, span, lives: &lives, before: told.before, aim, step: Step::None };
    for step in [Step::WithoutRows, Step::Ended, Step::AllButTheLargest] {
        if fold.write(events, &mut io::sink())?.1 <= room {
            break;
        }
        fold.step = step;
    }
    Ok(fold.write(events, to)?.0)
}

fn lives(events: &Section<'_>, until: Duration, at_most: usize) -> io::Result<Lives> {
    let mut lives = Lives::default();
    let mut largest: BinaryHeap<Reverse<(Option<u64>, ProcessNumber)>> = BinaryHeap::new();
    each_event(events, |_, event| {
        if let Some(Event { what: What::Exit(Exit { process, peak_rss_bytes, .. }), elapsed, .. }) = event {
            let to = if elapsed < until { &mut lives.ended } else { &mut lives.ended_since };
            to.insert(u64::from(process));
            largest.push(Reverse((peak_rss_bytes, process)));
            if largest.len() > at_most {
                largest.pop();
            }
        }
        Ok(())
    })?;
    largest.into_iter().for_each(|Reverse((_, process))| lives.largest.insert(u64::from(process)));
    Ok(lives)
}

struct Fold<'a> {
    samples: &'a Outcome,
    /// The older events are those before this.
    until: Duration,
    /// Counts are added up over so long.
    span: Duration,
    lives: &'a Lives,
    aim: Aim,
    /// What earlier thinnings have left out.
    before: (u64, u64),
    step: Step,
}

impl Fold<'_> {
    fn drops(&self, process: ProcessNumber) -> bool {
        let number = u64::from(process);
        if process == 1 || self.step == Step::None || self.lives.largest.has(number) {
            return false;
        }
        let ended = self.lives.ended.has(number);
        match self.step {
            Step::None => false,
            Step::WithoutRows => ended && !self.samples.processes.has(number),
            Step::Ended => ended,
            Step::AllButTheLargest => ended || self.lives.ended_since.has(number),
        }
    }

    /// Returns how many processes were left out, and how many bytes written.
    fn write(&self, events: &Section<'_>, to: &mut dyn Write) -> io::Result<(u64, u64)> {
        let (mut left_out, mut bytes) = (0, 0);
        let mut counts = Counts { open: BTreeMap::new(), span: self.span, until: self.until };
        let mut of_the_last = false;
        let mut last: Option<Event> = None;
        let mut buffer = Vec::new();
        each_event(events, |line, event| {
            buffer.clear();
            let keep = match &event {
                // Not ours to judge: what a later memrec has written, or nobody can read.
                None => true,
                Some(event) => {
                    counts.close(event.elapsed, &mut buffer);
                    let note_of_the_last = std::mem::take(&mut of_the_last);
                    match &event.what {
                        What::Spawn { process, .. } if self.drops(*process) => {
                            left_out += 1;
                            false
                        }
                        What::Exec { process, .. } | What::Exit(Exit { process, .. }) => !self.drops(*process),
                        What::Note { .. } if note_of_the_last => false,
                        What::Thinned { .. } => {
                            of_the_last = true;
                            false
                        }
                        What::Gap { .. } => !Hole::of(event)
                            .is_some_and(|hole| hole.within < self.samples.until && hole.length <= self.samples.closed),
                        What::Count { .. } => self.step == Step::None || !counts.add(event),
                        _ => true,
                    }
                }
            };
            if keep {
                buffer.extend_from_slice(line);
                buffer.push(b'\n');
            }
            bytes += buffer.len() as u64;
            last = event.or(last.take());
            to.write_all(&buffer)
        })?;
        buffer.clear();
        counts.close(Duration::MAX, &mut buffer);
        if let Some(last) = last {
            let last = later(last, self.aim.at);
            let text = super::thinned(self.aim.limit, self.samples.until, self.samples.span);
            let what = What::Thinned {
                until_s: self.samples.until.as_secs_f64(),
                span_s: self.samples.span.as_secs_f64(),
                ticks: self.before.0 + self.samples.left_out,
                processes: self.before.1 + left_out,
            };
            encode_event(&Event { what, ..last.clone() }, &mut buffer);
            encode_event(&Event { what: What::Note { text }, ..last }, &mut buffer);
        }
        to.write_all(&buffer)?;
        Ok((left_out, bytes + buffer.len() as u64))
    }
}

/// An event of a later moment, as far as that is later.
fn later(event: Event, at: Duration) -> Event {
    let after = at.saturating_sub(event.elapsed);
    let time = chrono::TimeDelta::from_std(after).ok().and_then(|after| event.time.checked_add_signed(after));
    Event { time: time.unwrap_or(event.time), elapsed: event.elapsed + after, ..event }
}

/// Counts of one name within one span are added up.
struct Counts {
    open: BTreeMap<String, (u64, Event)>,
    span: Duration,
    until: Duration,
}

impl Counts {
    /// Whether it was taken in.
    fn add(&mut self, event: &Event) -> bool {
        let What::Count { name, number } = &event.what else { return false };
        if event.elapsed >= self.until {
            return false;
        }
        let sum = self.open.entry(name.clone()).or_insert_with(|| (0, event.clone()));
        *sum = (sum.0.saturating_add(*number), event.clone());
        true
    }

    /// At `now` the spans before are over.
    fn close(&mut self, now: Duration, to: &mut Vec<u8>) {
        let over = |at: Duration| now >= self.until || span_at(at, self.span) != span_at(now, self.span);
        if self.open.values().any(|(_, event)| over(event.elapsed)) {
            for (name, (number, event)) in std::mem::take(&mut self.open) {
                encode_event(&Event { what: What::Count { name, number }, ..event }, to);
            }
        }
    }
}

/// Hands each line to `each`, and what it says.
fn each_event(events: &Section<'_>, mut each: impl FnMut(&[u8], Option<Event>) -> io::Result<()>) -> io::Result<()> {
    let mut lines = Lines::new(events.clone(), LONGEST_LINE);
    while let Some(line) = lines.next()? {
        if let Line::Whole(line) | Line::Unended(line) = line {
            each(line, decode(line))?;
        }
    }
    Ok(())
}
