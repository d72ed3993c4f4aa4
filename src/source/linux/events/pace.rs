//! How often events may wake memrec up. At once is best, while a process that lives for a millisecond can still be read; but to be woken costs more
//! than to read, most of all the program that forks: read at once, two events a fork made a loop of forks 6 to 10 % slower, read every few milliseconds
//! not measurably.

use std::time::Duration;

/// So many times in a row at once, ...
const CREDIT: u32 = 40;
/// ... of which one comes back in this time.
const ONE_MORE: Duration = Duration::from_millis(10);
/// Without credit: after this time where there is something to be read of a process only as long as it lives, ...
const WHILE_IT_LIVES: Duration = Duration::from_millis(3);
/// ... and after this one where strangers are busy, or an exit record tells what a process was.
const AFTERWARDS: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(super) struct Pace {
    credit: u32,
    /// When a part of the credit last came back.
    since: Duration,
    read: Duration,
    /// What was read last concerned the tree.
    concerned: bool,
    /// Exit records tell what a process was.
    records: bool,
}

impl Pace {
    pub(super) fn new(records: bool) -> Self {
        Self { credit: CREDIT, since: Duration::ZERO, read: Duration::ZERO, concerned: true, records }
    }

    /// When events may wake us up again; `None` for at once.
    pub(super) fn not_before(&self, now: Duration) -> Option<Duration> {
        if self.credit > 0 || now >= self.since + ONE_MORE {
            return None;
        }
        let pause = if self.concerned && !self.records { WHILE_IT_LIVES } else { AFTERWARDS };
        Some(self.read + pause).filter(|at| *at > now)
    }

    /// Events were read at `now`.
    pub(super) fn was_read(&mut self, now: Duration, concerned: bool) {
        let back = now.saturating_sub(self.since).as_nanos() / ONE_MORE.as_nanos();
        if back > 0 {
            self.since = now;
            self.credit = self.credit.saturating_add(u32::try_from(back).unwrap_or(u32::MAX)).min(CREDIT);
        }
        self.credit = self.credit.saturating_sub(1);
        self.read = now;
        self.concerned = concerned;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: u64) -> Duration {
        Duration::from_micros(micros)
    }

    #[test]
    fn a_quiet_tree_is_heard_at_once_and_a_storm_in_batches() {
        let mut pace = Pace::new(false);
        let wakes = |pace: &mut Pace, from: u64, to: u64, concerned: bool| {
            // Something happens every 100 µs.
            let moments = (from..to).step_by(100);
            let heard = moments.filter(|now| {
                let heard = pace.not_before(at(*now)).is_none();
                if heard {
                    pace.was_read(at(*now), concerned);
                }
                heard
            });
            heard.count()
        };
        assert_eq!(wakes(&mut pace, 0, 4000, true), 40, "at once, while there is credit");
        let storm = wakes(&mut pace, 4000, 1_004_000, true);
        assert!((330..=500).contains(&storm), "every 3 ms and at once a hundred times a second: {storm}");
        let strangers = wakes(&mut pace, 1_004_000, 2_004_000, false);
        assert!((100..=210).contains(&strangers), "of strangers every 10 ms: {strangers}");
        assert_eq!(pace.not_before(at(9_000_000)), None, "after a rest at once again");
    }
}
