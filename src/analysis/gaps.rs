//! Holes in a recording: times in which nothing was measured, as against ticks that came late.

use super::thinning::Thinning;
use crate::model::is_gap;
use std::time::Duration;

/// How many of the latest distances between ticks say what is usual here.
const REMEMBERED: usize = 15;

/// A distance that can still be multiplied; times of a broken file may be anything.
const LONGEST: Duration = Duration::from_secs(u64::MAX / 8);

/// Finds holes between ticks as they stream by.
///
/// What is usual is judged by the neighbourhood (the latest distances) and not by the whole recording: one kept small by thinning has wide ticks at its
/// beginning and close ones at its end, and neither is a hole. Since a few ticks of each span are left there, far apart and close together, it is the upper
/// quartile that counts, and where events tell of the thinning, their word.
#[derive(Debug, Clone, Default)]
pub struct GapFinder {
    last: Option<Duration>,
    latest: Vec<Duration>,
    next: usize,
    /// None of the latest is smaller.
    floor: Duration,
    thinning: Option<Thinning>,
}

impl GapFinder {
    /// Knows from the start what is usual there: the recording's first distances, which an earlier pass has seen.
    pub fn seeded(first_distances: &[Duration]) -> Self {
        Self { latest: first_distances.iter().take(REMEMBERED).copied().collect(), ..Self::default() }
    }

    /// Knows too which part of the recording was thinned, and where there are holes in that.
    #[must_use]
    pub fn with_thinning(mut self, thinning: Option<Thinning>) -> Self {
        self.thinning = thinning;
        self
    }

    /// Takes the next tick and says whether there is a hole before it.
    #[inline]
    pub fn gap_before(&mut self, elapsed: Duration) -> Option<Duration> {
        let last = self.last.replace(elapsed)?;
        let between = elapsed.saturating_sub(last).min(LONGEST);
        if let Some(thinning) = self.thinning.as_ref().filter(|thinning| last < thinning.until) {
            // Such distances say nothing of what is usual behind it.
            return thinning.has_hole_between(last, elapsed).then_some(between);
        }
        // Against the smallest distance first: whatever passes this is no hole by the quartile either, and that costs more.
        let gap = is_gap(between, self.floor) && self.is_gap_by_quartile(between);
        self.floor = self.floor.min(between);
        if self.latest.len() < REMEMBERED {
            self.latest.push(between);
        } else {
            self.latest[self.next] = between;
            self.next = (self.next + 1) % REMEMBERED;
        }
        gap.then_some(between)
    }

    #[cold]
    fn is_gap_by_quartile(&mut self, between: Duration) -> bool {
        // It may have become larger since.
        self.floor = self.latest.iter().min().copied().unwrap_or(between);
        is_gap(between, self.floor) && is_gap(between, self.usual())
    }

    fn usual(&self) -> Duration {
        let mut latest = self.latest.clone();
        if latest.is_empty() {
            return Duration::MAX / 4;
        }
        let place = (latest.len() - 1) * 3 / 4;
        *latest.select_nth_unstable(place).1
    }
}

/// The first distances of a series of ticks: what a later pass must know to judge its beginning.
#[derive(Debug, Clone, Default)]
pub(super) struct Opening {
    last: Option<Duration>,
    distances: Vec<Duration>,
}

impl Opening {
    /// Takes the next tick.
    #[inline]
    pub(super) fn add(&mut self, elapsed: Duration) {
        if self.distances.len() < REMEMBERED {
            if let Some(last) = self.last {
                self.distances.push(elapsed.saturating_sub(last).min(LONGEST));
            }
            self.last = Some(elapsed);
        }
    }

    /// Whether there are enough of them to judge by.
    pub(super) fn is_full(&self) -> bool {
        self.distances.len() >= REMEMBERED
    }

    /// The first distances; where they are too few to tell, the interval that was asked for.
    pub(super) fn seed(self, interval: Option<Duration>) -> Vec<Duration> {
        match interval {
            Some(interval) if self.distances.len() < 3 => vec![interval; 3],
            _ => self.distances,
        }
    }
}

/// The middle one of `durations`, which are put into another order; the lower one of two.
pub(super) fn median(durations: &mut [Duration]) -> Duration {
    if durations.is_empty() {
        return Duration::MAX / 4;
    }
    let middle = (durations.len() - 1) / 2;
    *durations.select_nth_unstable(middle).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Event, GapCause, What};

    fn gaps(seed: &[u64], ticks: &[u64]) -> Vec<u64> {
        let seed: Vec<_> = seed.iter().copied().map(Duration::from_millis).collect();
        let mut finder = GapFinder::seeded(&seed);
        ticks.iter().filter(|at| finder.gap_before(Duration::from_millis(**at)).is_some()).copied().collect()
    }

    #[test]
    fn a_late_tick_is_no_hole_and_a_missing_minute_is_one() {
        assert_eq!(gaps(&[100; 7], &[0, 100, 200, 450, 500, 60_500, 60_600]), [60_500]);
    }

    #[test]
    fn a_thinned_beginning_is_no_row_of_holes() {
        let ticks = [0, 4000, 8000, 12_000, 16_000, 16_500, 17_000, 17_500, 18_000, 18_500];
        assert_eq!(gaps(&[4000, 4000, 4000, 4000, 500, 500, 500], &ticks), [0; 0]);
    }

    #[test]
    fn a_few_ticks_of_each_span_are_no_row_of_holes_either() {
        let ticks: Vec<u64> = (0..40).flat_map(|span| [0, 130, 170, 610].map(|within| span * 1000 + within)).collect();
        assert_eq!(gaps(&[130, 40, 440, 390, 130, 40, 440], &ticks), [0; 0]);
    }

    #[test]
    fn of_what_was_thinned_the_events_tell() {
        let event =
            |elapsed, what| Event { time: chrono::DateTime::UNIX_EPOCH, elapsed: Duration::from_secs(elapsed), what };
        let hole = What::Gap { cause: GapCause::Late, ticks_missed: 100, seconds: 40.0 };
        let thinned = What::Thinned { until_s: 1000.0, span_s: 60.0, ticks: 5, processes: 0 };
        let thinning = Thinning::of(&[event(300, hole), event(1005, thinned)]);
        let mut finder = GapFinder::seeded(&[Duration::from_secs(1); 7]).with_thinning(thinning);
        let ticks = [0, 1, 100, 101, 259, 300, 301, 600, 1000, 1001, 1020];
        let gaps: Vec<_> =
            ticks.into_iter().filter(|at| finder.gap_before(Duration::from_secs(*at)).is_some()).collect();
        assert_eq!(gaps, [300, 1020]);
    }

    #[test]
    fn two_ticks_alone_have_no_hole_between_them() {
        assert_eq!(gaps(&[], &[0, 60_000]), [0; 0]);
    }

    #[test]
    fn a_hole_at_the_very_beginning_is_found_in_the_second_pass() {
        assert_eq!(gaps(&[60_000, 100, 100, 100, 100, 100, 100], &[0, 60_000, 60_100]), [60_000]);
    }
}
