//! When the next pass is due. Pure.

use crate::source::PssPolicy;
use std::time::Duration;

/// What is started is usually still loading; after this it is worth a look.
const SETTLED: Duration = Duration::from_secs(1);

/// By itself memrec measures no more often.
const LEAST_BETWEEN: Duration = Duration::from_secs(1);

/// And in one part of so many of the time: 0.5 %.
const PART_OF_TIME: u32 = 200;

#[derive(Debug)]
pub(super) struct Pacing {
    policy: PssPolicy,
    /// The next pass begins then or later. `None` until there was somebody to measure.
    due: Option<Duration>,
    began: Duration,
    /// How long the last pass took.
    took: Duration,
}

impl Pacing {
    pub(super) fn new(policy: PssPolicy) -> Self {
        Self { policy, due: None, began: Duration::ZERO, took: Duration::ZERO }
    }

    pub(super) fn is_off(&self) -> bool {
        self.policy == PssPolicy::Off
    }

    /// Whether a pass is to begin now that the tree has so many processes with memory.
    pub(super) fn is_due(&mut self, now: Duration, processes: usize) -> bool {
        let least = match self.policy {
            PssPolicy::Off => return false,
            PssPolicy::Auto => 2,
            PssPolicy::Always | PssPolicy::Every(_) => 1,
        };
        if processes < least {
            return false;
        }
        let first = if self.policy == PssPolicy::Auto { now.saturating_add(SETTLED) } else { now };
        now >= *self.due.get_or_insert(first)
    }

    /// A pass begins.
    pub(super) fn began(&mut self, now: Duration) {
        self.began = now;
        if let PssPolicy::Every(period) = self.policy {
            // On a grid: a look that comes a moment late does not put off all that follow.
            let next = self.due.unwrap_or(now).saturating_add(period);
            self.due = Some(if next > now { next } else { now.saturating_add(period) });
        }
    }

    /// The pass has ended by itself.
    pub(super) fn ended(&mut self, took: Duration) {
        self.took = took;
        self.pause_since(self.began);
    }

    /// A pass has ended that had been given up. The time in which it hung has cost nobody anything: the last one counts.
    pub(super) fn came_back(&mut self, now: Duration) {
        self.pause_since(now);
    }

    fn pause_since(&mut self, moment: Duration) {
        if self.policy == PssPolicy::Auto {
            let pause = self.took.saturating_mul(PART_OF_TIME).max(LEAST_BETWEEN);
            self.due = Some(moment.saturating_add(pause));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// When passes begin among looks every 100 ms for as long as `processes` go, each of them taking that long.
    fn begins(policy: PssPolicy, took: u64, processes: &[usize]) -> Vec<u64> {
        let mut pacing = Pacing::new(policy);
        let (mut begins, mut ends) = (Vec::new(), None);
        for (tick, processes) in (0..).zip(processes) {
            let now = tick * 100;
            if let Some(end) = ends.take_if(|end| now >= *end) {
                pacing.ended(ms(took));
                assert!(end <= now);
            }
            if ends.is_none() && pacing.is_due(ms(now), *processes) {
                pacing.began(ms(now));
                begins.push(now);
                ends = Some(now + took);
            }
        }
        begins
    }

    #[test]
    fn auto_begins_a_second_after_there_is_more_than_one_and_never_for_one() {
        assert_eq!(begins(PssPolicy::Auto, 1, &[1; 100]), [0; 0]);
        let processes = [&[1; 5][..], &[2; 30]].concat();
        assert_eq!(begins(PssPolicy::Auto, 1, &processes), [1500, 2500]);
    }

    #[test]
    fn auto_takes_one_part_of_two_hundred_of_the_time() {
        assert_eq!(begins(PssPolicy::Auto, 30, &[9; 140]), [1000, 7000, 13_000]);
    }

    #[test]
    fn auto_measures_a_tree_whose_others_come_and_go() {
        let processes: Vec<usize> = (0..40).map(|tick| 1 + tick % 2).collect();
        assert_eq!(begins(PssPolicy::Auto, 1, &processes), [1100, 2100, 3100]);
    }

    #[test]
    fn always_is_at_every_look_or_as_soon_as_the_last_pass_has_ended() {
        assert_eq!(begins(PssPolicy::Always, 1, &[1; 4]), [0, 100, 200, 300]);
        assert_eq!(begins(PssPolicy::Always, 250, &[0, 1, 1, 1, 1, 1]), [100, 400]);
        assert_eq!(begins(PssPolicy::Off, 1, &[9; 40]), [0; 0]);
    }

    #[test]
    fn a_period_is_kept_and_a_long_pass_puts_off_the_next_one_only() {
        assert_eq!(begins(PssPolicy::Every(ms(500)), 1, &[1; 16]), [0, 500, 1000, 1500]);
        assert_eq!(begins(PssPolicy::Every(ms(500)), 650, &[1; 22]), [0, 700, 1400, 2100]);
        assert_eq!(begins(PssPolicy::Every(ms(10)), 1, &[1; 3]), [0, 100, 200]);
        let mut late = Pacing::new(PssPolicy::Every(ms(1000)));
        assert!(late.is_due(ms(3), 1));
        late.began(ms(3));
        assert!(!late.is_due(ms(1002), 1) && late.is_due(ms(1003), 1));
        late.began(ms(1050));
        assert!(late.is_due(ms(2003), 1), "the grid stays where it was");
    }

    #[test]
    fn a_pass_that_hung_does_not_count_against_the_budget() {
        let mut pacing = Pacing::new(PssPolicy::Auto);
        assert!(!pacing.is_due(ms(0), 2) && pacing.is_due(ms(1000), 2));
        pacing.began(ms(1000));
        pacing.ended(ms(20));
        assert!(!pacing.is_due(ms(4900), 2) && pacing.is_due(ms(5000), 2));
        pacing.began(ms(5000));
        pacing.came_back(ms(65_000));
        assert!(!pacing.is_due(ms(68_900), 2) && pacing.is_due(ms(69_000), 2));
    }
}
