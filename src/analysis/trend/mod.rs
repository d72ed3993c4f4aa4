//! Does it leak?

mod builder;
mod change;
mod judge;
mod lows;
mod slope;
mod student;

pub use builder::TrendBuilder;
use std::time::Duration;

/// V
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// g
    Growing,
    /// l
    Level,
    /// f
    Falling,
    /// u
    Unclear,
}

/// T
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// v
    pub verdict: Verdict,
    /// v
    pub bytes_per_s: Option<f64>,
    /// v
    pub low: Option<f64>,
    /// v
    pub high: Option<f64>,
    /// v
    pub from: Duration,
    /// v
    pub to: Duration,
    /// v
    pub reason: String,
    /// m
    pub memory: f64,
}
