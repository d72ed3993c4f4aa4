//! A series while it streams by: its lowest value in each of at most [`MOST`] spans of time.

use super::{Trend, judge};
use std::time::Duration;

/// Spans that are kept; where time goes on beyond them, two become one.
pub(super) const MOST: usize = 1024;

/// The first spans are 2^20 ns long, about a millisecond: no interval is shorter.
const FINEST: u32 = 20;

/// What a series was at its lowest in a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Low {
    /// Bytes; meaningless without ticks.
    pub(super) bytes: u64,
    /// How many ticks fell into it.
    pub(super) ticks: u32,
}

const EMPTY: Low = Low { bytes: u64::MAX, ticks: 0 };

/// Judges one series (the total, a process, a role, a phase of any of them) after it has streamed by.
///
/// It keeps the lowest value of each span of time, at most some 1000 spans: a week takes no more memory than an hour, and [`finish`](Self::finish) no longer.
/// Holes need not be told: a span in which nothing was measured is one. Nor does thinning: it keeps the lowest ticks, and spans are spans of time
/// however many ticks are left in them.
#[derive(Debug, Clone, Default)]
pub struct TrendBuilder {
    spans: Vec<Low>,
    /// A span is 2^this nanoseconds long.
    power: u32,
    first: u64,
    last: u64,
    ticks: u64,
    limit: Option<u64>,
}

impl TrendBuilder {
    /// With nothing seen yet.
    pub fn new() -> Self {
        Self { power: FINEST, ..Self::default() }
    }

    /// With the size, in bytes, that must not be reached: the verdict on a growing series says when it would be.
    #[must_use]
    pub fn with_limit(mut self, bytes: Option<u64>) -> Self {
        self.limit = bytes;
        self
    }

    /// Takes the next point. Points come in the order of time; one that does not counts as of the series' first moment at the earliest.
    #[inline]
    pub fn push(&mut self, elapsed: Duration, bytes: u64) {
        let at = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        if self.ticks == 0 {
            (self.first, self.last, self.power) = (at, at, self.power.max(FINEST));
        }
        self.ticks += 1;
        self.last = self.last.max(at);
        let since = at.saturating_sub(self.first);
        while since >> self.power >= MOST as u64 {
            self.widen();
        }
        let place = (since >> self.power) as usize;
        if place >= self.spans.len() {
            self.spans.resize(place + 1, EMPTY);
        }
        let span = &mut self.spans[place];
        span.bytes = span.bytes.min(bytes);
        span.ticks = span.ticks.saturating_add(1);
    }

    /// Two spans become one.
    fn widen(&mut self) {
        let half = self.spans.len().div_ceil(2);
        for place in 0..half {
            let (a, b) = (self.spans[2 * place], self.spans.get(2 * place + 1).copied().unwrap_or(EMPTY));
            self.spans[place] = Low { bytes: a.bytes.min(b.bytes), ticks: a.ticks.saturating_add(b.ticks) };
        }
        self.spans.truncate(half);
        self.power += 1;
    }

    /// What became of the series.
    pub fn finish(self) -> Trend {
        let width = (self.power as f64).exp2() / 1e9;
        let spans: Vec<(f64, f64)> = self
            .spans
            .iter()
            .enumerate()
            .filter(|(_, span)| span.ticks > 0)
            .map(|(place, span)| ((place as f64 + 0.5) * width, span.bytes as f64))
            .collect();
        let first = Duration::from_nanos(self.first);
        let last = Duration::from_nanos(self.last);
        judge::judge(&judge::Course { spans: &spans, width, ticks: self.ticks, first, last, limit: self.limit })
    }
}
