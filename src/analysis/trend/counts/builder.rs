//! What streams by, beside what is counted: the lowest value in each of at most [`MOST`] spans of time, and how many of each kind there had been then.

use super::super::lows::quantile;
use crate::model::{Event, What};
use std::time::Duration;

/// Spans that are kept; where time goes on beyond them, two become one.
const MOST: u64 = 1024;

/// The first spans are 2^20 ns long, about a millisecond: no interval is shorter.
const FINEST: u32 = 20;

/// The share of a recording that may be its end, how many times further it falls there than neighbours usually are apart, and by what share of all of it at least.
const ENDING: f64 = 0.06;
const DROP: f64 = 8.0;
const SMALL: f64 = 0.02;

/// The lowest value in a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Low {
    /// When it was, in seconds since the recording began.
    pub(super) at: f64,
    /// Bytes.
    pub(super) low: f64,
}

/// The lows of one series.
#[derive(Debug, Clone, Default)]
pub(super) struct Spans {
    /// Of each span the lowest value, and when it was, in nanoseconds.
    spans: Vec<Option<(u64, u64)>>,
    /// A span is 2^this nanoseconds long.
    power: u32,
    first: u64,
    pub(super) ticks: u64,
}

impl Spans {
    #[inline]
    pub(super) fn push(&mut self, elapsed: Duration, bytes: u64) {
        let at = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        if self.ticks == 0 {
            (self.first, self.power) = (at, FINEST);
        }
        self.ticks += 1;
        let since = at.saturating_sub(self.first);
        while since >> self.power >= MOST {
            self.widen();
        }
        // Below MOST.
        let place = (since >> self.power) as usize;
        if place >= self.spans.len() {
            self.spans.resize(place + 1, None);
        }
        let span = &mut self.spans[place];
        if span.is_none_or(|(low, _)| bytes < low) {
            *span = Some((bytes, at));
        }
    }

    fn widen(&mut self) {
        self.spans = self.spans.chunks(2).map(|pair| pair.iter().flatten().min().copied()).collect();
        self.power += 1;
    }

    pub(super) fn lows(&self) -> Vec<Low> {
        let low = |(bytes, at): &(u64, u64)| Low { at: *at as f64 / 1e9, low: *bytes as f64 };
        self.spans.iter().flatten().map(low).collect()
    }
}

/// Leaves out the end, if much of the memory was given back there: what a program frees as it ends was not kept for what was counted then.
pub(super) fn without_the_end(lows: &mut Vec<Low>) {
    let mut steps: Vec<f64> = lows.windows(2).map(|pair| (pair[1].low - pair[0].low).abs()).collect();
    if steps.len() < 20 {
        return;
    }
    let last = lows.len() as f64 * (1.0 - ENDING);
    let usual = quantile(&mut steps, 0.5);
    for place in last as usize..lows.len() {
        let before = lows[place - 1].low;
        let least = (DROP * usual).max(SMALL * before);
        let stays = lows[place..].iter().fold(0.0_f64, |most, low| most.max(low.low));
        if before - stays > least {
            lows.truncate(place);
            return;
        }
    }
}

/// How many of one kind there had been, at any moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) name: String,
    /// When one or more were told, in seconds, and how many there had been then.
    sums: Vec<(f64, f64)>,
    pub(super) number: u64,
}

impl Tally {
    /// Of each kind that the events count, in the order of their names' first appearance.
    pub(super) fn all(events: &[Event]) -> Vec<Self> {
        let mut tallies: Vec<Self> = Vec::new();
        for event in events {
            let What::Count { name, number } = &event.what else { continue };
            let place = tallies.iter().position(|tally| tally.name == *name).unwrap_or_else(|| {
                tallies.push(Self { name: name.clone(), ..Self::default() });
                tallies.len() - 1
            });
            let tally = &mut tallies[place];
            tally.number = tally.number.saturating_add(*number);
            tally.sums.push((event.elapsed.as_secs_f64(), tally.number as f64));
        }
        tallies
    }

    /// How many there had been at a moment, that moment included.
    pub(super) fn at(&self, seconds: f64) -> f64 {
        let told = self.sums.partition_point(|(at, _)| *at <= seconds + 1e-7);
        told.checked_sub(1).map_or(0.0, |last| self.sums[last].1)
    }

    /// How many there were in a part of the time.
    pub(super) fn within(&self, from: f64, to: f64) -> f64 {
        self.at(to) - self.at(from)
    }
}

/// The lowest of each of `count` stretches from `from` to `to`, with its place among them. A stretch in which nothing was measured has none.
pub(super) fn stretches(lows: &[Low], from: f64, to: f64, count: usize) -> Vec<(usize, Low)> {
    let mut lowest: Vec<Option<Low>> = vec![None; count];
    for low in lows.iter().filter(|low| low.at >= from) {
        let place = ((low.at - from) / (to - from) * count as f64) as usize;
        let place = place.min(count - 1);
        if lowest[place].is_none_or(|other| low.low < other.low) {
            lowest[place] = Some(*low);
        }
    }
    lowest.into_iter().enumerate().filter_map(|(place, low)| Some((place, low?))).collect()
}
