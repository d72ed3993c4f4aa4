//! When ticks are due.

use std::time::Duration;

/// Ticks at whole multiples of the interval since the beginning: deadlines are absolute, so that lateness never adds up. A tick that could
/// not take place in its time is missed and counted, never caught up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    interval: Duration,
    /// The number of the tick that is due next.
    next: u64,
    missed: u64,
}

impl Schedule {
    /// The first tick is due at once.
    pub fn new(interval: Duration) -> Self {
        Self { interval, next: 0, missed: 0 }
    }

    /// When the next tick is due, since the beginning.
    pub fn next_due(&self) -> Duration {
        multiple(self.interval, self.next)
    }

    /// Takes note that a tick took place at `now`: which is the last one that is due by then. Returns how many before it were missed.
    pub fn ticked(&mut self, now: Duration) -> u64 {
        let current =
            u64::try_from(now.as_nanos() / self.interval.as_nanos().max(1)).unwrap_or(u64::MAX).max(self.next);
        let missed = current - self.next;
        self.missed += missed;
        self.next = current + 1;
        missed
    }

    /// Ticks missed so far.
    pub fn missed(&self) -> u64 {
        self.missed
    }
}

fn multiple(interval: Duration, times: u64) -> Duration {
    let nanos = interval.as_nanos().saturating_mul(u128::from(times));
    Duration::from_nanos_u128(nanos.min(Duration::MAX.as_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn deadlines_are_multiples_of_the_interval_however_late_a_tick_was() {
        let mut schedule = Schedule::new(at(100));
        assert_eq!(schedule.next_due(), at(0));
        assert_eq!(schedule.ticked(at(0)), 0);
        assert_eq!(schedule.next_due(), at(100));
        assert_eq!(schedule.ticked(at(140)), 0);
        assert_eq!(schedule.next_due(), at(200));
    }

    #[test]
    fn missed_ticks_are_counted_and_not_caught_up() {
        let mut schedule = Schedule::new(at(100));
        schedule.ticked(at(0));
        assert_eq!(schedule.ticked(at(350)), 2, "those at 100 and 200 did not take place; the one at 300 came late");
        assert_eq!(schedule.next_due(), at(400));
        assert_eq!(schedule.missed(), 2);
    }

    #[test]
    fn a_week_of_milliseconds_does_not_overflow() {
        let mut schedule = Schedule::new(at(1));
        assert_eq!(schedule.ticked(Duration::from_secs(7 * 86_400)), 604_800_000);
        assert_eq!(schedule.next_due(), at(604_800_001));
    }
}
