//! The usual time between ticks, estimated in bounded memory.

use super::gaps::median;
use std::time::Duration;

/// So many distances are kept; 16 bytes each.
const KEPT: usize = 4096;

/// Keeps every distance at first, then every second, every fourth: an even sample of all, whose median is close to theirs.
#[derive(Debug, Clone)]
pub(super) struct IntervalEstimate {
    kept: Vec<Duration>,
    stride: u64,
    seen: u64,
}

impl IntervalEstimate {
    pub(super) fn new() -> Self {
        Self { kept: Vec::new(), stride: 1, seen: 0 }
    }

    #[inline]
    pub(super) fn add(&mut self, distance: Duration) {
        self.seen += 1;
        if self.seen & (self.stride - 1) != 0 {
            return;
        }
        if self.kept.len() == KEPT {
            let mut place = 0;
            self.kept.retain(|_| {
                place += 1;
                place % 2 == 0
            });
            self.stride *= 2;
        }
        self.kept.push(distance);
    }

    pub(super) fn finish(mut self) -> Option<Duration> {
        (!self.kept.is_empty()).then(|| median(&mut self.kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_a_million_distances_is_found_in_little_memory() {
        let mut estimate = IntervalEstimate::new();
        for place in 0..1_000_000_u64 {
            estimate.add(Duration::from_micros(100_000 + place * 7919 % 200));
        }
        assert!(estimate.kept.len() <= KEPT);
        let median = estimate.finish().unwrap().as_micros();
        assert!((100_090..100_110).contains(&median), "{median}");
    }

    #[test]
    fn one_tick_alone_has_no_interval() {
        assert_eq!(IntervalEstimate::new().finish(), None);
    }
}
