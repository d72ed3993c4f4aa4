//! From the lows of a series to its verdict.

use super::change::change;
use super::lows::lows;
use super::slope::{Slope, slope};
use super::{Trend, Verdict};
use std::time::Duration;

pub(super) struct Course<'a> {
    pub(super) spans: &'a [(f64, f64)],
    pub(super) width: f64,
    pub(super) ticks: u64,
    pub(super) first: Duration,
    pub(super) last: Duration,
    pub(super) limit: Option<u64>,
}

const STRETCHES: usize = 96;
const KEPT: f64 = 0.3;
const COUNTS: [usize; 3] = [48, 24, 12];

pub(super) fn judge(course: &Course<'_>) -> Trend {
    let whole = (course.last - course.first).as_secs_f64();
    let mut trend = Trend {
        verdict: Verdict::Unclear, bytes_per_s: None, low: None, high: None,
        from: course.first, to: course.last, reason: String::new(), memory: 1.0,
    };
    let end = course.spans.last().map_or(0.0, |s| s.0 + course.width / 2.0);
    if course.spans.len() < 24 || whole < 5.0 {
        return trend;
    }
    // warm-up
    let mut from = 0.0;
    let mut late = false;
    for _ in 0..6 {
        let here = course.spans.iter().filter(|s| s.0 >= from).count();
        let count = STRETCHES.min(here / 2);
        if count < 16 { break; }
        let low = lows(course.spans, from, end, count);
        let step = (end - from) / count as f64;
        let after = ((KEPT * end) / step).ceil() as usize;
        match change(&low.values, after) {
            Some(c) => { from += c.at as f64 * step; }
            None => {
                if let Some(c) = change(&low.values, (count as f64 * 0.08) as usize) {
                    if std::env::var_os("DBG").is_some() { eprintln!("late at {}", from + c.at as f64 * step); }
                    late = true;
                }
                break;
            }
        }
    }
    let here = course.spans.iter().filter(|s| s.0 >= from).count();
    let mut best: Option<(f64, Slope, Vec<f64>, usize)> = None;
    for count in COUNTS {
        if count > 12 && here < count * 2 { continue; }
        let low = lows(course.spans, from, end, count);
        if count > 12 && low.measured * 5 < count * 4 { continue; }
        let step = (end - from) / count as f64;
        let Some(s) = slope(&low.values) else { continue };
        let wide = (s.high - s.low) / step;
        if best.as_ref().is_none_or(|b| wide < b.0) {
            best = Some((wide, s, low.values, count));
        }
    }
    let Some((_, s, values, count)) = best else { return trend };
    let step = (end - from) / count as f64;
    let span = end - from;
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let level = sorted[sorted.len() / 2];
    let mid = (count as f64 - 1.0) / 2.0;
    let mut rest: Vec<f64> = values.iter().enumerate().map(|(i, v)| v - s.middle * (i as f64 - mid)).collect();
    rest.sort_by(f64::total_cmp);
    let spread = rest[rest.len() * 9 / 10] - rest[rest.len() / 10];
    let (mid, lo, hi) = (s.middle / step, s.low / step, s.high / step);
    let negligible = (0.005 * level).max(65536.0);
    let margin = (0.05 * level).max(65536.0).max(2.0 * spread);
    trend.bytes_per_s = Some(mid);
    trend.low = Some(lo);
    trend.high = Some(hi);
    trend.memory = s.memory;
    trend.from = course.first + Duration::from_secs_f64(from);
    let reach = lo.abs().max(hi.abs()) * span;
    trend.verdict = if late && (lo > 0.0 || hi < 0.0) && mid.abs() * span > negligible { Verdict::Unclear }
        else if lo > 0.0 && mid * span > negligible { Verdict::Growing }
        else if hi < 0.0 && -mid * span > negligible { Verdict::Falling }
        else if reach <= margin { Verdict::Level }
        else { Verdict::Unclear };
    trend.reason = format!("late {late} count {count} growth {:.3} [{:.3} {:.3}] of level, spread {:.3} mem {:.2}", mid*span/level, lo*span/level, hi*span/level, spread/level, s.memory);
    trend
}
