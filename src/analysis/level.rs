//! What a series is at most of the time: its median.

use std::time::Duration;

/// Spans that are kept; where time goes on beyond them, two become one.
const MOST: u64 = 1024;

/// The first spans are 2^20 ns long, about a millisecond: no interval is shorter.
const FINEST: u32 = 20;

/// Keeps the mean of each span of time, so that the median of any later part can be told when it is over. Holes count for nothing, and a thinned part for as much as
/// any other.
#[derive(Debug, Clone, Default)]
pub struct Level {
    /// Sum and number.
    spans: Vec<(f64, u32)>,
    /// A span is 2^this nanoseconds long.
    power: u32,
    first: Option<u64>,
}

impl Level {
    /// Takes the next point. Points come in the order of time.
    #[inline]
    pub fn push(&mut self, elapsed: Duration, bytes: u64) {
        let at = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        let first = *self.first.get_or_insert_with(|| {
            self.power = FINEST;
            at
        });
        let since = at.saturating_sub(first);
        while since >> self.power >= MOST {
            let joined = self.spans.chunks(2).map(|pair| pair.iter().fold((0.0, 0), |a, b| (a.0 + b.0, a.1 + b.1)));
            self.spans = joined.collect();
            self.power += 1;
        }
        // Below MOST.
        let place = (since >> self.power) as usize;
        if place >= self.spans.len() {
            self.spans.resize(place + 1, (0.0, 0));
        }
        let span = &mut self.spans[place];
        *span = (span.0 + bytes as f64, span.1 + 1);
    }

    /// The median from a moment on, in bytes. None where nothing was measured then.
    pub fn from(&self, moment: Duration) -> Option<f64> {
        let since = u64::try_from(moment.as_nanos()).unwrap_or(u64::MAX).saturating_sub(self.first?);
        let spans = self.spans.iter().skip((since >> self.power) as usize).filter(|span| span.1 > 0);
        median(spans.map(|(sum, number)| sum / f64::from(*number)).collect())
    }
}

/// The middle one, or the mean of both that are in the middle.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[half]),
        _ => Some(f64::midpoint(values[half - 1], values[half])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_the_median_after_a_moment_however_long_it_lasts() {
        let mut level = Level::default();
        assert_eq!(level.from(Duration::ZERO), None);
        for second in 0..100_000 {
            let bytes = if second < 60_000 { 5 } else { 1000 + u64::from(second % 100 == 0) * 1_000_000 };
            level.push(Duration::from_secs(second), bytes);
        }
        assert!(level.spans.len() <= MOST as usize);
        assert_eq!(level.from(Duration::ZERO), Some(5.0));
        let late = level.from(Duration::from_secs(61_000)).expect("there is some");
        assert!((1000.0..20_000.0).contains(&late), "{late}");
        assert_eq!(level.from(Duration::from_secs(1_000_000)), None);
    }

    #[test]
    fn a_hole_counts_for_nothing() {
        let mut level = Level::default();
        (0..10).chain(1000..1030).for_each(|second| level.push(Duration::from_secs(second), second));
        let middle = level.from(Duration::ZERO).expect("there is some");
        assert!((1009.0..1011.0).contains(&middle), "{middle}");
    }
}
