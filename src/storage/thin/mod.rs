//! A recording made smaller: whole ticks are left out where they tell least. Of each span of time stay its first tick and those of the lowest and the highest totals, so
//! that a figure of it looks as before; besides the ticks of the processes' peaks, those on both sides of a hole, and the latest ones, all of them.
//!
//! This knows two files and how much room there is. When it is time, and how the smaller ones take the places of the larger, it does not know.

mod bits;
mod buckets;
mod fold;
mod marks;
mod samples;
mod section;

pub(super) use section::Section;

use crate::model::{Bytes, Extras, clock_span, short_span};
use std::io::{self, Write};
use std::time::Duration;

/// The events have so large a part of the room at most, as long as the samples need the rest.
const EVENTS: u64 = 4;

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Thinned {
    /// Of the time before this ...
    pub(super) until: Duration,
    /// ... a few ticks of each span of this length are left.
    pub(super) span: Duration,
}

/// The same in words.
pub(super) fn thinned(limit: u64, until: Duration, span: Duration) -> String {
    let limit = Bytes(limit);
    if until.is_zero() {
        return format!("thinned to stay below {limit}: events of small processes that are over are left out");
    }
    let (until, span) = (clock_span(until), short_span(span));
    format!("thinned to stay below {limit}: before {until} a few ticks of every {span} are left, peaks among them")
}

/// How small it is to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aim {
    /// Both files together, in bytes, as far as that can be.
    pub(super) room: u64,
    /// The size that is not to be exceeded, which is only told.
    pub(super) limit: u64,
    /// When that is, which is told too.
    pub(super) at: Duration,
}

/// Writes what is kept of both files.
pub(super) fn thin(
    (csv, events): (&Section<'_>, &Section<'_>),
    extras: Extras,
    aim: Aim,
    (to_csv, to_events): (&mut dyn Write, &mut dyn Write),
) -> io::Result<Thinned> {
    let told = fold::Told::of(events)?;
    let of_events = events.length().min(aim.room / EVENTS);
    let samples = samples::thin(csv, extras, &told, aim.room - of_events, to_csv)?;
    // What the samples have left of it is the events'.
    let room = aim.room.saturating_sub(samples.bytes);
    fold::fold(events, &told, &samples, Aim { room, ..aim }, to_events)?;
    Ok(Thinned { until: samples.until, span: samples.span })
}

#[cfg(test)]
mod tests;
