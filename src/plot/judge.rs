//! Whether what is drawn grows: the trend of the total, and of each phase.

use super::chart::{Headline, Line, Spot};
use super::{quantity, words};
use crate::analysis::trend::Rate;
use crate::analysis::{Phase, Segment, Trend, TrendBuilder, Verdict};
use crate::model::{Bytes, Metric, Unit};
use std::time::Duration;

/// Of more phases in a figure than this hardly one has room for its rate, and judging each costs.
const MOST_PHASES: usize = 64;

/// A change before a phase came to rest is told from so many bytes on.
const LEAST_CHANGE: f64 = 65_536.0;

/// Pieces of a trend's line.
const PIECES: u32 = 32;

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
    /// Whether that is a metric that leaks. A mark only ever rises.
    pub(super) fn judges(metric: Metric) -> bool {
        metric.info().unit == Unit::Bytes && metric != Metric::PeakRss
    }

    /// Whether each phase is judged by itself.
    pub(super) fn by_phase(phases: &[Phase]) -> bool {
        !phases.is_empty() && phases.len() <= MOST_PHASES
    }

    pub(super) fn new(metric: Metric, phases: &[Phase], limit: Option<u64>) -> Self {
        let leaks = Self::judges(metric);
        let few = leaks && Self::by_phase(phases);
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
    /// What there is to say of the whole, of which these are the totals; nothing where nothing can be told.
    pub(super) fn headline(&self, total: &[Segment]) -> Option<Headline> {
        let trend = self.whole.as_ref()?;
        match trend.verdict {
            Verdict::Unclear => return None,
            Verdict::Level if !is_level_to_the_eye(trend, total) => return None,
            Verdict::Growing | Verdict::Falling | Verdict::Level => {}
        }
        let highest = total.iter().flatten().map(|point| point.value).max().unwrap_or(0);
        let ahead = trend.limit_at.zip(self.limit).filter(|(_, limit)| *limit > highest);
        let limit = ahead
            .map(|(at, limit)| format!("; if that goes on, it reaches {} after {}", Bytes(limit), words::moment(at)));
        let words = format!("{}{}", trend.reason, limit.unwrap_or_default());
        Some(Headline { words, growing: trend.verdict == Verdict::Growing })
    }
}

/// Whether what is kept stays near what is seen. Under a build's mountains it may be level too, but who sees the mountains would not believe it.
fn is_level_to_the_eye(trend: &Trend, total: &[Segment]) -> bool {
    let (from, to) = (trend.from.as_secs_f64(), trend.to.as_secs_f64());
    let judged = total.iter().flatten().filter(|point| point.at >= from && point.at <= to);
    let mut values: Vec<u64> = judged.map(|point| point.value).collect();
    values.sort_unstable();
    let part = |part: usize| values.get(values.len() * part / 10).copied().unwrap_or(0);
    part(1) >= part(9) / 2
}

/// A trend in figures: in full, and short.
pub(super) fn rate_words(trend: &Trend) -> Vec<String> {
    let Some(rate) = trend.rate else { return Vec::new() };
    let unit = RateUnit::of(&rate);
    let told = format!("{} {}", unit.amount(rate.bytes_per_s), unit.name());
    let bounds = format!("{} to {}", unit.amount(rate.low), unit.amount(rate.high));
    match trend.verdict {
        Verdict::Growing | Verdict::Falling => vec![format!("{told} ({bounds})"), told],
        Verdict::Level if rate.low == 0.0 && rate.high == 0.0 => vec!["level".to_owned()],
        Verdict::Level => vec![format!("level ({bounds} {})", unit.name()), "level".to_owned()],
        Verdict::Unclear => vec!["unclear".to_owned()],
    }
}

/// What became of a phase: how fast it grew, or by how much before it came to rest.
pub(super) fn phase_words(phase: &Phase, trend: &Trend, total: &[Segment]) -> Vec<String> {
    let (from, rest) = (phase.from.as_secs_f64(), trend.from.as_secs_f64());
    let value_at = |at: f64| total.iter().flatten().find(|point| point.at >= at).map(|point| point.value as f64);
    let is_late = trend.from.saturating_sub(phase.from) > (phase.to - phase.from) / 50;
    let change = value_at(rest).zip(value_at(from)).map(|(rest, from)| rest - from);
    match change.filter(|_| is_late && trend.verdict == Verdict::Level) {
        // Less is what a level memory does anyway.
        Some(change) if change.abs() >= LEAST_CHANGE => {
            let change = quantity::change(Unit::Bytes, change);
            vec![trend.reason.clone(), format!("{change}, then level"), change]
        }
        _ => rate_words(trend),
    }
}

/// The unit in which a rate and its bounds are told.
struct RateUnit {
    /// Its time, and that in seconds.
    time: (&'static str, f64),
    /// Its size, and that in bytes.
    size: (&'static str, f64),
}

impl RateUnit {
    /// In which the largest of the three is neither tiny nor huge.
    fn of(rate: &Rate) -> Self {
        const MIB: f64 = 1_048_576.0;
        let most = rate.bytes_per_s.abs().max(rate.low.abs()).max(rate.high.abs());
        let time = match most {
            _ if most >= MIB => ("s", 1.0),
            _ if most * 60.0 >= MIB / 4.0 => ("min", 60.0),
            _ if most * 3600.0 >= MIB / 16.0 => ("h", 3600.0),
            _ => ("d", 86_400.0),
        };
        let size = match most * time.1 {
            most if most >= 1024.0 * MIB => ("GiB", 1024.0 * MIB),
            most if most >= MIB => ("MiB", MIB),
            _ => ("KiB", 1024.0),
        };
        Self { time, size }
    }

    fn name(&self) -> String {
        format!("{}/{}", self.size.0, self.time.0)
    }

    /// Two decimals, of large ones fewer.
    fn amount(&self, bytes_per_s: f64) -> String {
        let amount = bytes_per_s * self.time.1 / self.size.1;
        let decimals = match amount.abs() {
            99.5.. => 0,
            9.95.. => 1,
            _ => 2,
        };
        let digits = format!("{:.decimals$}", amount.abs());
        match digits.bytes().all(|digit| matches!(digit, b'0' | b'.')) {
            true => "0".to_owned(),
            false => format!("{}{digits}", if amount < 0.0 { '\u{2212}' } else { '+' }),
        }
    }
}

/// The straight line that a trend stands for, through the lows of what it was judged by.
pub(super) fn trend_line(trend: &Trend, total: &[Segment]) -> Option<Line> {
    // What cannot be told is not drawn.
    let slope = trend.rate.filter(|_| trend.verdict != Verdict::Unclear)?.bytes_per_s;
    let (from, to) = (trend.from.as_secs_f64(), trend.to.as_secs_f64());
    let judged = total.iter().flatten().filter(|point| point.at >= from && point.at <= to);
    let mut heights: Vec<f64> = judged.map(|point| point.value as f64 - slope * point.at).collect();
    if heights.is_empty() || to <= from {
        return None;
    }
    // What is kept is at the bottom of what is seen; the very lowest may be a tick that missed somebody.
    let middle = heights.len() / 4;
    let (_, height, _) = heights.select_nth_unstable_by(middle, f64::total_cmp);
    let spot = |at: f64| Spot { at, value: *height + slope * at };
    // In many pieces: on a logarithmic axis it is a curve. What lies below nothing is none.
    let place = |piece: u32| spot(from + (to - from) * f64::from(piece) / f64::from(PIECES));
    Some((0..=PIECES).map(place).filter(|spot| spot.value >= 0.0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bytes_per_s: f64, low: f64, high: f64) -> String {
        let rate = Rate { bytes_per_s, low, high };
        let unit = RateUnit::of(&rate);
        format!("{} ({} to {}) {}", unit.amount(bytes_per_s), unit.amount(low), unit.amount(high), unit.name())
    }

    #[test]
    fn a_rate_and_its_bounds_have_one_unit() {
        assert_eq!(told(50_000.0, 10_000.0, 90_000.0), "+2.86 (+0.57 to +5.15) MiB/min");
        assert_eq!(told(1.0, -1.0, 3.0), "+84.4 (\u{2212}84.4 to +253) KiB/d");
        assert_eq!(told(0.0, 0.0, 0.0), "0 (0 to 0) KiB/d");
        assert_eq!(told(5e9, 4e9, 6e9), "+4.66 (+3.73 to +5.59) GiB/s");
    }
}
