//! What a recording says of having been thinned: which ticks are missing on purpose.

use crate::model::{Event, What};
use std::time::Duration;

/// A recording's older part, of which only some ticks are left. Its holes cannot be told by the distances of its ticks, but events have told of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thinning {
    /// From here on all ticks are there.
    pub until: Duration,
    /// How many are not.
    pub left_out: u64,
    /// A moment within each hole, in their order.
    holes: Vec<Duration>,
}

impl Thinning {
    /// From a recording's events; none where it was not thinned.
    pub fn of(events: &[Event]) -> Option<Self> {
        let thinned = events.iter().rev().find_map(|event| match event.what {
            What::Thinned { until_s, ticks, .. } => Some((Duration::try_from_secs_f64(until_s).ok()?, ticks)),
            _ => None,
        });
        let (until, left_out) = thinned?;
        let mut holes: Vec<Duration> = events.iter().filter_map(Event::within_hole).collect();
        holes.sort_unstable();
        Some(Self { until, left_out, holes })
    }

    /// Whether there is a hole between two ticks that follow one another.
    pub(super) fn has_hole_between(&self, before: Duration, after: Duration) -> bool {
        let first = self.holes.partition_point(|hole| *hole <= before);
        self.holes.get(first).is_some_and(|hole| *hole < after)
    }
}
