//! What is kept for each of the things that are counted: memory per thousand of each kind, and between which bounds.
//!
//! The lows of a series are taken for what was kept for each of a kind, times how many there had been by then, for all kinds at once, and for time itself. `docs/TREND.md`
//! says how that is found, and how often it is right.

mod builder;
mod fit;
mod judge;
mod matrix;
#[cfg(test)]
mod tests;

use super::{Rate, Verdict};
use crate::model::Event;
use builder::{Spans, Tally};
use std::time::Duration;

/// Memory per thousand of one kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PerThousand {
    /// The best guess, in bytes.
    pub bytes: f64,
    /// 95 times of 100 the truth is not below this ...
    pub low: f64,
    /// ... and not above this.
    pub high: f64,
}

/// One kind that was counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// How many there were.
    pub number: u64,
    /// What is kept of memory for a thousand of them; for a thousand of all that it cannot be told from. None where that cannot be said.
    pub kept: Option<PerThousand>,
    /// In a word: `growing` where memory is kept for each of them, `level` where it is none that matters.
    pub verdict: Verdict,
    /// Others that it always came together with.
    pub together: Vec<String>,
    /// It came as evenly as time goes by: what is kept for each of them cannot be told from what is kept for each second.
    pub evenly: bool,
    /// Why nothing can be said, in a few words.
    pub reason: Option<String>,
}

/// What is kept for all that was counted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PerCount {
    /// Each kind, in the order in which they came.
    pub kinds: Vec<Kind>,
    /// What memory grows by whatever was counted. None where that cannot be told from a kind that came evenly.
    pub besides: Option<Rate>,
    /// From here on it was judged: what came before was warm-up.
    pub from: Duration,
    /// Until here: the last tick, or where it gave back its memory at its end.
    pub to: Duration,
}

/// Finds what is kept for each, after a series has streamed by.
#[derive(Debug, Clone, Default)]
pub struct PerCountBuilder {
    numbers: Numbers,
    spans: Spans,
    first: Duration,
    last: Duration,
}

impl PerCountBuilder {
    /// Of what these events count.
    pub fn of(events: &[Event]) -> Self {
        Self { numbers: Numbers::of(events), ..Self::default() }
    }

    /// Takes the next point. Points come in the order of time.
    #[inline]
    pub fn push(&mut self, elapsed: Duration, bytes: u64) {
        if self.numbers.0.is_empty() {
            return;
        }
        if self.spans.ticks == 0 {
            self.first = elapsed;
        }
        self.last = self.last.max(elapsed);
        self.spans.push(elapsed, bytes);
    }

    /// What is kept.
    pub fn finish(self) -> PerCount {
        judge::judge(&self.numbers.0, &self.spans, self.first, self.last)
    }
}

/// How many of each kind there were, by the events.
#[derive(Debug, Clone, Default)]
pub struct Numbers(Vec<Tally>);

impl Numbers {
    /// Of what these events count.
    pub fn of(events: &[Event]) -> Self {
        Self(Tally::all(events))
    }

    /// Of each kind in a part of the time, in the order of their first appearance in all of it. A count belongs to the tick at which it was told, which is the end
    /// of its time.
    pub fn within(&self, from: Duration, to: Duration) -> Vec<(String, u64)> {
        let (from, to) = (from.as_secs_f64(), to.as_secs_f64());
        self.0.iter().map(|tally| (tally.name.clone(), tally.within(from, to) as u64)).collect()
    }
}
