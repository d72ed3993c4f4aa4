//! What was counted in logs: how many lines of each kind, and when.

use crate::model::{Event, What};
use std::time::Duration;

/// All counts of a recording.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Counted {
    /// Each kind, in the order in which they came.
    pub(super) names: Vec<String>,
    pub(super) counts: Vec<Count>,
}

/// Lines of one kind, counted at a tick.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Count {
    pub(super) at: Duration,
    /// Its place among the names.
    pub(super) kind: usize,
    pub(super) number: u64,
}

impl Counted {
    /// Those among `events`, in the order of time.
    pub(super) fn of(events: &[Event]) -> Self {
        let mut counted = Self::default();
        for event in events {
            let What::Count { name, number } = &event.what else { continue };
            let known = counted.names.iter().position(|known| known == name);
            let kind = known.unwrap_or_else(|| {
                counted.names.push(name.clone());
                counted.names.len() - 1
            });
            counted.counts.push(Count { at: event.elapsed, kind, number: *number });
        }
        counted.counts.sort_by_key(|count| count.at);
        counted
    }
}

impl Count {
    /// When its lines came, about: between the tick before and this one. Their middle is not upon the border of two stretches of time, as ticks are.
    pub(super) fn middle(&self, interval: Duration) -> Duration {
        self.at.saturating_sub(interval / 2)
    }
}
