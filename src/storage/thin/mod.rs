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

pub(super) use fold::THINNED;
pub(super) use section::Section;
pub use section::Stored;

use crate::model::Extras;
use std::io::{self, Write};
use std::time::Duration;

/// The events have so large a part of the room at most.
const EVENTS: u64 = 4;

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Thinned {
    /// Of the time before this ...
    pub(super) until: Duration,
    /// ... a few ticks of each span of this length are left.
    pub(super) span: Duration,
}

/// Writes what is kept of both files, in no more than `room` bytes as far as that can be.
pub(super) fn thin(
    (csv, events): (&Section<'_>, &Section<'_>),
    extras: Extras,
    room: u64,
    (to_csv, to_events): (&mut dyn Write, &mut dyn Write),
) -> io::Result<Thinned> {
    let told = fold::Told::of(events)?;
    let of_events = events.length().min(room / EVENTS);
    let samples = samples::thin(csv, extras, &told.holes, room - of_events, to_csv)?;
    // What the samples have left of it too.
    fold::fold(events, &told, &samples, room / EVENTS, to_events)?;
    Ok(Thinned { until: samples.until, span: samples.span })
}

#[cfg(test)]
mod tests;
