//! Which ticks of a span of time are kept when there is room for a few of them only, and how long the spans must be for all to fit.

use crate::model::{Metric, Sample};
use std::time::Duration;

/// Of these the highest total of a span is kept.
const HIGHEST: [Metric; 5] = [Metric::Rss, Metric::Pss, Metric::Uss, Metric::Swap, Metric::Cgroup];

/// Spans of so many lengths are tried, each twice as long as the one before; the longest is the whole time.
const LEVELS: usize = 26;

/// What decides whether a tick is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tick {
    /// Its number in the file, from 0.
    pub(super) number: u64,
    /// How many rows it has.
    pub(super) rows: u64,
    totals: [Option<u64>; HIGHEST.len()],
}

impl Tick {
    pub(super) fn of(number: u64, sample: &Sample) -> Self {
        let total = |metric: Metric| match metric {
            Metric::Cgroup => sample.cgroup,
            // Swap is not read of every process at every tick.
            Metric::Swap => {
                sample.rows.iter().try_fold(0_u64, |sum, row| Some(sum.saturating_add(metric.of(&row.memory)?)))
            }
            _ => sample.rows.iter().filter_map(|row| metric.of(&row.memory)).reduce(u64::saturating_add),
        };
        let rows = sample.rows.len() as u64 + u64::from(sample.cgroup.is_some());
        Self { number, rows, totals: HIGHEST.map(total) }
    }
}

/// The ticks of a span that are kept: the first, that of the lowest total, and those of the highest.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bucket {
    first: Option<Tick>,
    lowest: Option<Tick>,
    highest: [Option<Tick>; HIGHEST.len()],
}

impl Bucket {
    /// Takes in a later tick.
    pub(super) fn add(&mut self, tick: Tick) {
        self.merge(&Self { first: Some(tick), lowest: Some(tick), highest: [Some(tick); HIGHEST.len()] });
    }

    /// Takes in a later span.
    fn merge(&mut self, later: &Self) {
        self.first = self.first.or(later.first);
        let rss = |tick: &Tick| tick.totals[0].unwrap_or(u64::MAX);
        self.lowest = match (self.lowest, later.lowest) {
            (Some(one), Some(other)) if rss(&other) < rss(&one) => Some(other),
            (one, other) => one.or(other),
        };
        for place in 0..HIGHEST.len() {
            let total = |tick: Option<Tick>| tick.and_then(|tick| tick.totals[place]);
            if total(later.highest[place]) > total(self.highest[place]) {
                self.highest[place] = later.highest[place];
            }
        }
    }

    /// Hands each tick that is kept to `each`, in their order, once.
    pub(super) fn kept(&self, mut each: impl FnMut(Tick)) {
        let highest = (0..HIGHEST.len()).map(|place| self.highest[place].filter(|tick| tick.totals[place].is_some()));
        let mut ticks = [None; HIGHEST.len() + 2];
        ticks.iter_mut().zip([self.first, self.lowest].into_iter().chain(highest)).for_each(|(to, tick)| *to = tick);
        ticks.sort_unstable_by_key(|tick| tick.map_or(u64::MAX, |tick| tick.number));
        let mut last = None;
        for tick in ticks.into_iter().flatten() {
            if last.replace(tick.number) != Some(tick.number) {
                each(tick);
            }
        }
    }
}

/// Counts, for spans of every length at once, the rows that would be kept.
#[derive(Debug)]
pub(super) struct Ladder {
    finest: Duration,
    levels: [Level; LEVELS],
}

#[derive(Debug, Clone, Copy, Default)]
struct Level {
    /// Which span is being filled, counted from the beginning.
    index: u64,
    filling: Option<Bucket>,
    rows: u64,
}

/// Which span of that length a moment is in.
pub(super) fn span_at(at: Duration, span: Duration) -> u64 {
    u64::try_from(at.as_nanos() / span.as_nanos().max(1)).unwrap_or(u64::MAX)
}

impl Ladder {
    /// For ticks up to `end`.
    pub(super) fn new(end: Duration) -> Self {
        let finest = (end / (1 << (LEVELS - 1))).max(Duration::from_micros(1));
        Self { finest, levels: [Level::default(); LEVELS] }
    }

    /// Takes in the next tick.
    pub(super) fn add(&mut self, at: Duration, tick: Tick) {
        let index = span_at(at, self.finest);
        if self.levels[0].index != index {
            self.close(0);
        }
        self.levels[0].index = index;
        self.levels[0].filling.get_or_insert_default().add(tick);
    }

    /// A span is over: it is counted, and is half of one twice as long.
    fn close(&mut self, level: usize) {
        let Level { index, ref mut filling, .. } = self.levels[level];
        let Some(bucket) = filling.take() else { return };
        let rows = &mut self.levels[level].rows;
        bucket.kept(|tick| *rows += tick.rows);
        if level + 1 == LEVELS {
            return;
        }
        if self.levels[level + 1].index != index / 2 {
            self.close(level + 1);
        }
        let longer = &mut self.levels[level + 1];
        longer.index = index / 2;
        longer.filling.get_or_insert_default().merge(&bucket);
    }

    /// The shortest spans of which no more than so many rows are kept; where there are none such, the longest.
    pub(super) fn spans_for(mut self, rows: u64) -> Duration {
        (0..LEVELS).for_each(|level| self.close(level));
        let level = self.levels.iter().position(|level| level.rows <= rows).unwrap_or(LEVELS - 1);
        self.finest * (1 << level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tick(number: u64, rss: u64) -> Tick {
        Tick { number, rows: 2, totals: [Some(rss), None, None, None, None] }
    }

    fn kept(bucket: &Bucket) -> Vec<u64> {
        let mut numbers = Vec::new();
        bucket.kept(|tick| numbers.push(tick.number));
        numbers
    }

    fn bucket(totals: &[u64]) -> Bucket {
        let mut bucket = Bucket::default();
        (0..).zip(totals).for_each(|(number, rss)| bucket.add(tick(number, *rss)));
        bucket
    }

    #[test]
    fn the_first_the_lowest_and_the_highest_are_kept_once_each() {
        assert_eq!(kept(&bucket(&[5, 9, 9, 1, 1, 4])), [0, 1, 3]);
        assert_eq!(kept(&bucket(&[5])), [0]);
        assert_eq!(kept(&bucket(&[1, 2, 3])), [0, 2]);
        let mut pss = bucket(&[5, 6, 7]);
        pss.add(Tick { totals: [Some(6), Some(3), None, None, Some(1)], ..tick(3, 0) });
        pss.add(Tick { totals: [Some(6), Some(4), None, None, None], ..tick(4, 0) });
        assert_eq!(kept(&pss), [0, 2, 3, 4], "whatever is measured seldom too");
    }

    #[test]
    fn where_all_fits_all_is_kept() {
        let mut ladder = Ladder::new(Duration::from_secs(100));
        (0..100).for_each(|second| ladder.add(Duration::from_secs(second), tick(second, second)));
        assert!(ladder.spans_for(200) <= Duration::from_secs(1));
    }

    proptest! {
        #[test]
        fn what_is_counted_is_what_is_kept(totals in proptest::collection::vec(0..50_u64, 1..300), room in 2..400_u64) {
            let end = Duration::from_millis(100 * totals.len() as u64);
            let mut ladder = Ladder::new(end);
            let ticks: Vec<_> = (0..).zip(&totals).map(|(number, rss)| (Duration::from_millis(100 * number), tick(number, *rss))).collect();
            ticks.iter().for_each(|(at, tick)| ladder.add(*at, *tick));
            let span = ladder.spans_for(room);
            let rows = |span: Duration| {
                let mut buckets = std::collections::BTreeMap::<u64, Bucket>::new();
                ticks.iter().for_each(|(at, tick)| buckets.entry(span_at(*at, span)).or_default().add(*tick));
                let mut rows = 0;
                buckets.values().for_each(|bucket| bucket.kept(|tick| rows += tick.rows));
                rows
            };
            prop_assert!(rows(span) <= room || span >= end, "{span:?}");
            if span > Duration::from_millis(1) { prop_assert!(rows(span / 2) > room, "shorter ones would do"); }
        }
    }
}
