//! How fast a series grows at this moment: the slope of its lows over the last minute.

use super::Point;
use std::collections::VecDeque;
use std::time::Duration;

/// So far it looks back ...
const BACK: f64 = 60.0;
/// ... but to so many lows in any case, however long the interval is.
const FEWEST: usize = 8;
/// Each low is that of so long a time: the lows of a garbage collector's saw teeth are what grows with a leak.
const SPAN: Duration = Duration::from_secs(1);
/// A slope over less time than this says nothing.
const SHORTEST: f64 = 5.0;

/// Takes one series while it comes into being.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    lows: VecDeque<Point>,
    /// The span that is under way: when it ends, and its low until now.
    open: Option<(Duration, Point)>,
}

impl Pace {
    /// Takes the next value.
    pub fn add(&mut self, at: Duration, value: u64) {
        let point = Point { at: at.as_secs_f64(), value };
        match &mut self.open {
            Some((end, low)) if at < *end => {
                if value <= low.value {
                    *low = point;
                }
            }
            _ => {
                if let Some((_, low)) = self.open.replace((at + SPAN, point)) {
                    self.lows.push_back(low);
                }
                while self.lows.len() > FEWEST && self.lows.front().is_some_and(|first| first.at < point.at - BACK) {
                    self.lows.pop_front();
                }
            }
        }
    }

    /// Growth a minute, which is below 0 where it shrinks; none where too little is known. It is the median of the slopes between any two lows (Sen 1968),
    /// which a few of them far from the others do not change.
    pub fn per_minute(&self) -> Option<f64> {
        let (first, last) = (self.lows.front()?, self.lows.back()?);
        if self.lows.len() < 3 || last.at - first.at < SHORTEST {
            return None;
        }
        let slope = |a: &Point, b: &Point| (b.value as f64 - a.value as f64) / (b.at - a.at) * 60.0;
        let pairs =
            self.lows.iter().enumerate().flat_map(|(place, a)| self.lows.iter().skip(place + 1).map(move |b| (a, b)));
        let mut slopes: Vec<f64> = pairs.filter(|(a, b)| b.at > a.at).map(|(a, b)| slope(a, b)).collect();
        if slopes.is_empty() {
            return None;
        }
        let middle = slopes.len() / 2;
        Some(*slopes.select_nth_unstable_by(middle, f64::total_cmp).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(seconds: u64, value: impl Fn(f64) -> f64) -> Option<f64> {
        let mut pace = Pace::default();
        for tick in 0..seconds * 10 {
            let at = tick as f64 / 10.0;
            pace.add(Duration::from_millis(tick * 100), value(at) as u64);
        }
        pace.per_minute()
    }

    #[test]
    fn steady_growth_is_told_as_it_is() {
        let growth = pace(120, |at| 1e6 + at * 1000.0).unwrap();
        assert!((growth - 60_000.0).abs() < 100.0, "{growth}");
        assert_eq!(pace(30, |_| 5e6), Some(0.0));
        assert!(pace(30, |at| 1e9 - at * 1e6).unwrap() < -5.9e7);
    }

    #[test]
    fn saw_teeth_and_a_spike_are_no_growth() {
        assert_eq!(pace(120, |at| 1e6 + at % 7.0 * 1e5).map(|growth| growth.abs() < 1e5), Some(true));
        assert_eq!(pace(60, |at| if (30.0..33.0).contains(&at) { 1e9 } else { 1e6 }), Some(0.0));
    }

    #[test]
    fn it_is_of_the_last_minute() {
        assert_eq!(pace(200, |at| if at < 100.0 { at * 1e6 } else { 1e8 }), Some(0.0));
    }

    #[test]
    fn of_a_few_seconds_nothing_is_said_and_a_long_interval_is_no_hindrance() {
        assert_eq!(pace(5, |at| at * 1e6), None);
        let mut pace = Pace::default();
        (0..20).for_each(|hour| pace.add(Duration::from_secs(hour * 3600), hour * 3600));
        assert_eq!(pace.per_minute(), Some(60.0));
    }
}
