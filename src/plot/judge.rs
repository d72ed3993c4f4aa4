//! Whether what is drawn grows: the trend of the total, and of each phase.

use super::chart::{Headline, Line, Spot};
use crate::analysis::trend::per_time;
use crate::analysis::{Phase, Segment, Trend, TrendBuilder, Verdict};
use crate::model::{Bytes, Metric, Unit, clock_span};
use std::time::Duration;

/// Of more phases than this none has room for its rate.
const MOST_PHASES: usize = 64;

/// Follows a total while it streams by.
#[derive(Debug)]
pub(super) struct Judge {
    whole: Option<TrendBuilder>,
    phases: Vec<(Phase, TrendBuilder)>,
    limit: Option<u64>,
}

/// What became of it. Nothing where the metric is none that leaks.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) whole: Option<Trend>,
    /// Of each phase, or of none.
    pub(super) phases: Vec<Trend>,
    limit: Option<u64>,
}

impl Judge {
    pub(super) fn new(metric: Metric, phases: &[Phase], limit: Option<u64>) -> Self {
        // A mark only ever rises.
        let leaks = metric.info().unit == Unit::Bytes && metric != Metric::PeakRss;
        let few = leaks && phases.len() <= MOST_PHASES;
        let phases = phases.iter().filter(|_| few).map(|phase| (phase.clone(), TrendBuilder::new()));
        Self { whole: leaks.then(|| TrendBuilder::new().with_limit(limit)), phases: phases.collect(), limit }
    }

    /// Takes the total of the next tick.
    #[inline]
    pub(super) fn add(&mut self, at: Duration, total: u64) {
        if let Some(whole) = &mut self.whole {
            whole.push(at, total);
        }
        for (phase, trend) in &mut self.phases {
            if at >= phase.from && at < phase.to {
                trend.push(at, total);
            }
        }
    }

    pub(super) fn finish(self) -> Judged {
        Judged {
            whole: self.whole.map(TrendBuilder::finish),
            phases: self.phases.into_iter().map(|(_, trend)| trend.finish()).collect(),
            limit: self.limit,
        }
    }
}

impl Judged {
    /// What there is to say of the whole; nothing where nothing can be told.
    pub(super) fn headline(&self) -> Option<Headline> {
        let trend = self.whole.as_ref().filter(|trend| trend.verdict != Verdict::Unclear)?;
        let limit = trend
            .limit_at
            .zip(self.limit)
            .map(|(at, limit)| format!("; if that goes on, it reaches {} after {}", Bytes(limit), clock_span(at)));
        let words = format!("{}{}", trend.reason, limit.unwrap_or_default());
        Some(Headline { words, growing: trend.verdict == Verdict::Growing })
    }
}

/// A trend in figures: in full, shorter, shortest.
pub(super) fn rate_words(trend: &Trend) -> Vec<String> {
    let Some(rate) = trend.rate else { return Vec::new() };
    let told = per_time(rate.bytes_per_s);
    let bounds = format!("{} to {}", per_time(rate.low), per_time(rate.high));
    match trend.verdict {
        Verdict::Growing | Verdict::Falling => vec![format!("{told} ({bounds})"), told],
        Verdict::Level => vec![format!("level ({bounds})"), "level".to_owned()],
        Verdict::Unclear => vec![format!("unclear ({bounds})"), "unclear".to_owned()],
    }
}

/// The straight line that a trend stands for, through the lows of what it was judged by.
pub(super) fn trend_line(trend: &Trend, total: &[Segment]) -> Option<Line> {
    let slope = trend.rate?.bytes_per_s;
    let (from, to) = (trend.from.as_secs_f64(), trend.to.as_secs_f64());
    let judged = total.iter().flatten().filter(|point| point.at >= from && point.at <= to);
    let mut heights: Vec<f64> = judged.map(|point| point.value as f64 - slope * point.at).collect();
    if heights.is_empty() || to <= from {
        return None;
    }
    // What is kept is at the bottom of what is seen; the very lowest may be a tick that missed somebody.
    let middle = heights.len() / 4;
    let (_, height, _) = heights.select_nth_unstable_by(middle, f64::total_cmp);
    let spot = |at: f64| Spot { at, value: (*height + slope * at).max(0.0) };
    Some(vec![spot(from), spot(to)])
}
