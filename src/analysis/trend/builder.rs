//! A series while it streams by: its lowest and its highest value in each of at most [`MOST`] spans of time.

use super::Trend;
use super::judge::{Course, Span, judge};
use crate::analysis::downsample::nanos;
use std::time::Duration;

/// Spans that are kept; where time goes on beyond them, two become one.
const MOST: u64 = 1024;

/// The first spans are 2^20 ns long, about a millisecond: no interval is shorter.
const FINEST: u32 = 20;

/// A program takes at most one in so many spans to end.
const ENDING: usize = 50;

/// And the first of its processes to go takes this share of the total with it.
const GONE: f64 = 0.02;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Extent {
    low: u64,
    high: u64,
}

impl Extent {
    /// Of a span in which nothing was measured: whatever comes is lower than its low, and higher than its high.
    const NONE: Self = Self { low: u64::MAX, high: 0 };

    fn with(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    fn is_measured(self) -> bool {
        self.low <= self.high
    }
}

/// Judges one series (the total, a process, a role, a phase of any of them) after it has streamed by.
///
/// It keeps the extent of each span of time, of at most about 1000 spans: a week takes no more memory than an hour, and [`finish`](Self::finish) no longer.
/// Holes need not be told: nothing was measured in those spans. Nor need thinning: it leaves the lowest ticks, and a span is a span of time
/// however many ticks are left in it.
#[derive(Debug, Clone, Default)]
pub struct TrendBuilder {
    spans: Vec<Extent>,
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
        Self::default()
    }

    /// With the size, in bytes, that must not be reached: of a growing series the trend then says when it would be.
    #[must_use]
    pub fn with_limit(mut self, bytes: Option<u64>) -> Self {
        self.limit = bytes;
        self
    }

    /// Takes the next point. Points come in the order of time; one from before the first counts as of its moment.
    #[inline]
    pub fn push(&mut self, elapsed: Duration, bytes: u64) {
        let at = nanos(elapsed);
        if self.ticks == 0 {
            (self.first, self.last, self.power) = (at, at, FINEST);
        }
        self.ticks += 1;
        self.last = self.last.max(at);
        let since = at.saturating_sub(self.first);
        while since >> self.power >= MOST {
            self.widen();
        }
        // Below MOST.
        let place = (since >> self.power) as usize;
        if place >= self.spans.len() {
            self.spans.resize(place + 1, Extent::NONE);
        }
        self.spans[place] = self.spans[place].with(Extent { low: bytes, high: bytes });
    }

    fn widen(&mut self) {
        let half = self.spans.len().div_ceil(2);
        for place in 0..half {
            let second = self.spans.get(2 * place + 1).copied().unwrap_or(Extent::NONE);
            self.spans[place] = self.spans[2 * place].with(second);
        }
        self.spans.truncate(half);
        self.power += 1;
    }

    /// What became of the series.
    pub fn finish(self) -> Trend {
        let width = f64::from(self.power).exp2() / 1e9;
        let measured = self.spans.iter().enumerate().filter(|(_, extent)| extent.is_measured());
        let mut spans: Vec<Span> = measured
            .map(|(place, extent)| Span {
                at: (place as f64 + 0.5) * width,
                low: extent.low as f64,
                high: extent.high as f64,
            })
            .collect();
        let whole = spans.len();
        spans.truncate(whole - ending(&spans));
        let (first, mut last) = (Duration::from_nanos(self.first), Duration::from_nanos(self.last));
        if let Some(span) = spans.last().filter(|_| spans.len() < whole) {
            last = first.saturating_add(Duration::try_from_secs_f64(span.at).unwrap_or_default()).min(last);
        }
        let end = spans.last().map_or(0.0, |span| span.at + width / 2.0);
        judge(&Course { spans: &spans, end, ticks: self.ticks, first, last, limit: self.limit })
    }
}

/// How many spans at the end are those of a program that is about to end: its processes go one after another, and what is seen of the total meanwhile is no course.
/// They are few, and lie further below the lowest of the last quarter than its lows are apart, which nothing does that goes on.
fn ending(spans: &[Span]) -> usize {
    let most = spans.len() / ENDING;
    let goes = |count: &usize| {
        let (before, tail) = spans.split_at(spans.len() - count);
        let recent = &before[before.len() - before.len() / 4..];
        let least = recent.iter().map(|span| span.low).fold(f64::INFINITY, f64::min);
        let most = recent.iter().map(|span| span.low).fold(0.0, f64::max);
        let apart = (most - least).max(GONE * most);
        recent.len() > 2 && tail.iter().all(|span| span.low < least - apart)
    };
    (1..=most).rev().find(goes).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_kept_in_as_many_spans_as_an_hour() {
        let mut builder = TrendBuilder::new();
        for second in 0..7 * 86_400 {
            builder.push(Duration::from_secs(second), second);
        }
        assert!((MOST as usize / 2..=MOST as usize).contains(&builder.spans.len()), "{}", builder.spans.len());
        assert_eq!(builder.spans[0].low, 0);
        assert_eq!(builder.spans[builder.spans.len() - 1].high, 7 * 86_400 - 1);
        assert!(builder.spans.windows(2).all(|pair| pair[0].high < pair[1].low));
    }

    #[test]
    fn a_hole_is_a_row_of_spans_without_anything() {
        let mut builder = TrendBuilder::new();
        for second in (0..100).chain(800..1000) {
            builder.push(Duration::from_secs(second), 5);
        }
        let measured = builder.spans.iter().filter(|span| span.is_measured()).count();
        assert!(measured < builder.spans.len() / 2, "{measured} of {}", builder.spans.len());
    }
}
