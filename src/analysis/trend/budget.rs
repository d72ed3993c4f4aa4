//! Whether a slope is within what is allowed, and how long a recording must be to tell.

use super::{Rate, Trend};
use std::time::Duration;

/// Nobody records a hundred times as long on a guess.
const LONGEST: f64 = 100.0;

/// A trend beside a slope that is allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Against {
    /// The whole interval is at most as steep.
    Within,
    /// The whole interval is steeper.
    Exceeded,
    /// The slope that is allowed lies within the interval, or there is none.
    Unclear {
        /// How long the judged part should be, about, if the best guess is right. None where that is more than a hundred times as long, or the best guess too
        /// close to what is allowed.
        enough: Option<Duration>,
    },
}

impl Trend {
    /// Whether the interval excludes that the series grows faster than so many bytes per second, or that it does not.
    pub fn against(&self, bytes_per_s: f64) -> Against {
        match self.rate {
            None => Against::Unclear { enough: self.enough },
            Some(rate) if rate.high <= bytes_per_s => Against::Within,
            Some(rate) if rate.low > bytes_per_s => Against::Exceeded,
            Some(rate) => {
                let apart = (rate.bytes_per_s - bytes_per_s).abs();
                Against::Unclear { enough: longer(self.judged(), shrinking(half(&rate), apart, self.memory)) }
            }
        }
    }

    /// How long the judged part is.
    pub fn judged(&self) -> Duration {
        self.to.saturating_sub(self.from)
    }
}

/// Half of the interval.
pub(super) fn half(rate: &Rate) -> f64 {
    (rate.high - rate.low) / 2.0
}

/// How many times as long a recording is whose half interval has come from `now` down to `wanted`. The interval of a slope in a time T goes with T^-(3-a)/2.
pub(super) fn shrinking(now: f64, wanted: f64, memory: f64) -> f64 {
    (now / wanted).powf(2.0 / (3.0 - memory.clamp(0.0, 2.5)))
}

/// `span` so many times, with some more to be sure.
pub(super) fn longer(span: Duration, times: f64) -> Option<Duration> {
    let times = times.max(1.0) * 1.2;
    (times <= LONGEST).then(|| Duration::try_from_secs_f64(span.as_secs_f64() * times).ok()).flatten()
}
