//! Does it leak? How fast a series rises once it has warmed up, between which bounds, and what that amounts to in a word.
//!
//! A [`TrendBuilder`] takes one series while it streams by: the total, a process, a role, a phase of any of them. [`TrendBuilder::finish`] tells its [`Trend`].
//! `docs/TREND.md` says how it is found, and how often it is right.

mod budget;
mod builder;
mod change;
pub mod counts;
mod followed;
mod judge;
mod lows;
mod roles;
mod slope;
pub(super) mod student;
#[cfg(test)]
mod tests;
mod words;

pub use budget::Against;
pub use builder::TrendBuilder;
pub use followed::ProcessTrends;
pub use roles::{Role, RoleTrends, roles};
pub use words::per_time;

use std::fmt;
use std::time::Duration;

/// What became of a series, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It rises, and by more than could be neglected.
    Growing,
    /// If it rises or falls at all, then by no more than it moves up and down anyway.
    Level,
    /// It falls, and by more than could be neglected.
    Falling,
    /// It cannot be told.
    Unclear,
}

impl Verdict {
    /// As files and reports have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Growing => "growing",
            Self::Level => "level",
            Self::Falling => "falling",
            Self::Unclear => "unclear",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How fast a series rises, in bytes per second; below zero, it falls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// The best guess.
    pub bytes_per_s: f64,
    /// 95 times of 100 the truth is not below this ...
    pub low: f64,
    /// ... and not above this.
    pub high: f64,
}

/// What became of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// In a word.
    pub verdict: Verdict,
    /// The slope of what is kept. None of a series that is too short to have one.
    pub rate: Option<Rate>,
    /// From here on it was judged: what came before was warm-up, or another course.
    pub from: Duration,
    /// Until here; the last tick.
    pub to: Duration,
    /// Why, in a few words: `grew 5.70 MiB in the first 1:10 min, level since`.
    pub reason: String,
    /// How long the judged part should be for a verdict other than `unclear`, as far as can be said; for that verdict alone.
    pub enough: Option<Duration>,
    /// When the crests of a growing series reach the limit that the builder was given, as time since the recording began.
    pub limit_at: Option<Duration>,
    /// How long the noise remembers: 0, not at all, 1, as flicker noise, 2, as a random walk. The more, the less a longer recording tells.
    pub(super) memory: f64,
}
