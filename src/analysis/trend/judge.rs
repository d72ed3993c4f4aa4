//! From the extents of a series to its verdict: what was warm-up, how fast the rest rises, whether that matters.

use super::budget::{half, longer, shrinking};
use super::change::change;
use super::lows::{lows, quantile, trim, without_drops};
use super::slope::Mixture;
use super::words::{Story, reason};
use super::{Rate, Trend, Verdict};
use std::time::Duration;

/// What lies ten years ahead is no forecast.
const FAR: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Fewer ticks, or less time, is a start and no course.
pub(super) const FEWEST: u64 = 24;
pub(super) const SHORTEST: Duration = Duration::from_secs(5);

/// Stretches in which changes are looked for.
pub(super) const STRETCHES: usize = 96;

/// The share of a series that must be left behind a change to be judged by itself.
pub(super) const LEFT: f64 = 0.3;

/// Where less than that is left, but this, the change is told and nothing judged.
const SEEN: f64 = 0.08;

/// The share of what is left that is taken to belong to the change still: where a bend is cannot be told exactly.
pub(super) const MARGIN: f64 = 0.05;

/// A warm-up may have several bends; what has more of them than this has no end of warm-up.
pub(super) const CHANGES: usize = 6;

/// Into how many stretches what is left is cut. Few are wide enough for slow saw teeth, many tell more of the noise.
const COUNTS: [usize; 4] = [48, 24, 16, 12];

/// How much narrower the interval must be for fewer stretches to be taken.
pub(super) const NARROWER: f64 = 2.0;

/// A rise over the judged part that is less than this share of the level, or than 16 pages, is neglected.
pub(super) const NEGLIGIBLE: f64 = 0.002;
pub(super) const PAGES: f64 = 65_536.0;

/// Level is what rises or falls, by the best guess, by no more than 2 % of the level, or than its lows are apart without the outer tenths ...
const GUESS: (f64, f64) = (0.02, 1.0);

/// ... and certainly by no more than 5 % or four times that.
pub(super) const BOUND: (f64, f64) = (0.05, 4.0);

/// What was measured in a span of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    /// Its middle, in seconds since the first point.
    pub(super) at: f64,
    /// The lowest value, in bytes.
    pub(super) low: f64,
    /// The highest value, in bytes.
    pub(super) high: f64,
}

/// A series, as far as it was kept: the spans in which anything was measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course<'a> {
    pub(super) spans: &'a [Span],
    /// Where the last span ends, in seconds since the first point.
    pub(super) end: f64,
    pub(super) ticks: u64,
    pub(super) first: Duration,
    pub(super) last: Duration,
    pub(super) limit: Option<u64>,
}

/// What is known of a part of a series, which lasts until its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    /// Its beginning, in seconds since the first point.
    pub(super) from: f64,
    /// Where the change was that it came after: somewhat earlier.
    pub(super) since: f64,
    pub(super) seconds: f64,
    pub(super) rate: Rate,
    /// The median of its lows.
    pub(super) level: f64,
    /// How far apart its lows are without the slope, the outer tenths left out.
    pub(super) spread: f64,
    memory: f64,
}

/// What came before the judged part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Before {
    /// From the first low to the line of the judged part at its beginning.
    pub(super) rise: f64,
    /// In seconds since the first point.
    pub(super) until: f64,
}

/// The latest course that a series took.
struct Latest {
    /// Where the change was before it.
    since: f64,
    /// Where that is certainly over.
    from: f64,
    /// A change that is too late to be judged from there.
    late: Option<f64>,
}

pub(super) fn judge(course: &Course<'_>) -> Trend {
    let spans = without_drops(course.spans);
    let course = &Course { spans: &spans, ..*course };
    let mut trend = Trend {
        verdict: Verdict::Unclear,
        rate: None,
        from: course.first,
        to: course.last,
        reason: String::new(),
        enough: None,
        limit_at: None,
        memory: 1.0,
    };
    let length = course.last.saturating_sub(course.first);
    if course.ticks < FEWEST || length < SHORTEST || course.spans.len() < FEWEST as usize / 2 {
        let pace = length.checked_div(course.ticks.saturating_sub(1).try_into().unwrap_or(u32::MAX));
        let enough = pace.unwrap_or_default().saturating_mul(FEWEST as u32).max(SHORTEST);
        trend.enough = Some(enough);
        trend.reason = reason(&Story::TooShort { ticks: course.ticks, length, enough });
        return trend;
    }
    let Latest { since, from, late } = course.warmed_up();
    let Some(mut part) = course.measure(from) else {
        trend.reason = reason(&Story::TooFull { length });
        return trend;
    };
    part.since = since;
    let slowing = course.follow(&mut part);
    let verdict = part.verdict();
    let moves = matches!(verdict, Verdict::Growing | Verdict::Falling);
    trend.from = course.first.saturating_add(seconds(part.from)).min(course.last);
    (trend.rate, trend.memory) = (Some(part.rate), part.memory);
    let story = match late {
        Some(since) if moves || course.leaves(&part, since) => {
            // As much as would be judged by itself.
            trend.enough = Some(seconds(since * LEFT / (1.0 - LEFT)));
            Story::Late { since: seconds(since), left: seconds(course.end - since) }
        }
        _ if moves && slowing => {
            trend.enough = Some(seconds(2.0 * part.seconds));
            Story::Slowing { part }
        }
        _ => {
            trend.verdict = verdict;
            Story::Told { part, length: trend.judged(), before: course.before(&part), verdict }
        }
    };
    trend.reason = reason(&story);
    match trend.verdict {
        Verdict::Growing => {
            trend.limit_at = course.limit.and_then(|limit| course.reaches(limit, &part)).filter(|at| *at < FAR)
        }
        Verdict::Unclear if trend.enough.is_none() => trend.enough = part.enough(),
        _ => {}
    }
    trend
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
}

impl Course<'_> {
    fn warmed_up(&self) -> Latest {
        let mut latest = Latest { since: 0.0, from: 0.0, late: None };
        for _ in 0..CHANGES {
            let from = latest.from;
            let here = self.spans.iter().filter(|span| span.at >= from).count();
            let count = STRETCHES.min(here / 2);
            let step = (self.end - from) / count as f64;
            let values = lows(self.spans, from, self.end, count).values;
            let place = |at: usize| from + at as f64 * step;
            let Some(turn) = change(&values, (LEFT * self.end / step).ceil() as usize) else {
                let late = change(&values, (SEEN * count as f64) as usize);
                latest.late = late.filter(|late| !late.goes_on()).map(|late| place(late.at));
                return latest;
            };
            latest.since = place(turn.at);
            latest.from = latest.since + MARGIN * (self.end - latest.since);
        }
        latest
    }

    /// The slope from a moment on, by as many stretches as tell most.
    fn measure(&self, from: f64) -> Option<Part> {
        let here = self.spans.iter().filter(|span| span.at >= from).count();
        let length = self.end - from;
        let mut best: Option<(f64, usize, Mixture, Vec<f64>)> = None;
        for count in COUNTS {
            let mut lows = lows(self.spans, from, self.end, count);
            let fewest = COUNTS[COUNTS.len() - 1];
            if count > fewest && (here < 2 * count || lows.measured * 5 < count * 4) || lows.measured * 2 < fewest {
                continue;
            }
            trim(&mut lows.values);
            let Some(mixture) = Mixture::of(&lows.values) else { continue };
            let width = mixture.width() * count as f64;
            if best.as_ref().is_none_or(|best| width * NARROWER < best.0) {
                best = Some((width, count, mixture, lows.values));
            }
        }
        let (_, count, mixture, mut lows) = best?;
        let (slope, step) = (mixture.slope(), length / count as f64);
        let mut rest: Vec<f64> = lows.iter().enumerate().map(|(at, low)| low - slope.middle * at as f64).collect();
        let spread = quantile(&mut rest, 0.9) - quantile(&mut rest, 0.1);
        let level = quantile(&mut lows, 0.5);
        // Numbers of sixteen digits cannot tell it from nothing.
        let nothing = 1e-9 * level.max(1e6);
        let per_s = |rise: f64| if (rise * count as f64).abs() < nothing { 0.0 } else { rise / step };
        let rate = Rate { bytes_per_s: per_s(slope.middle), low: per_s(slope.low), high: per_s(slope.high) };
        Some(Part { from, since: from, seconds: length, rate, level, spread, memory: slope.memory })
    }

    /// What grows ever more slowly is judged by its later half, as long as enough is left. Whether too little was.
    fn follow(&self, part: &mut Part) -> bool {
        while matches!(part.verdict(), Verdict::Growing | Verdict::Falling) {
            let middle = f64::midpoint(part.from, self.end);
            let Some(later) = self.measure(middle) else { return false };
            let whole = part.rate.bytes_per_s;
            let slower = if whole > 0.0 { later.rate.high < whole } else { later.rate.low > whole };
            if !slower {
                return false;
            }
            if self.end - middle < LEFT * self.end {
                return true;
            }
            *part = later;
        }
        false
    }

    /// Whether what came after a late change is elsewhere than the part it belongs to.
    fn leaves(&self, part: &Part, since: f64) -> bool {
        let mut late: Vec<f64> = self.spans.iter().filter(|span| span.at >= since).map(|span| span.low).collect();
        if late.is_empty() {
            return false;
        }
        let line = part.level + part.rate.bytes_per_s * (since - part.from - part.seconds / 2.0);
        (quantile(&mut late, 0.5) - line).abs() > part.within(GUESS)
    }

    /// By how much the series rose before the judged part, and until when; none where all of it was judged.
    fn before(&self, part: &Part) -> Option<Before> {
        let start = self.spans.first().filter(|_| part.from > 0.0)?.low;
        // The line of the part at its beginning.
        let then = part.level - part.rate.bytes_per_s * part.seconds / 2.0;
        let rise = then - start;
        // Changes are found to within some stretches; where it was last lower than it was to become, is known to within a span. Saw teeth come back down,
        // so that nothing of the kind can be said of a fall.
        let reached = then - part.spread.max(0.05 * rise);
        let lower = self.spans.iter().rfind(|span| span.at < part.since && span.low < reached);
        let until = lower.filter(|_| rise > 0.0).map_or(part.since, |lower| lower.at.min(part.since));
        Some(Before { rise, until })
    }

    /// When the crests reach `limit`, if the series goes on as it does.
    fn reaches(&self, limit: u64, part: &Part) -> Option<Duration> {
        // The highest of the last quarter, which its own trend has carried to the end.
        let late = self.spans.iter().filter(|span| span.at >= self.end - part.seconds / 4.0);
        let crest = late.map(|span| span.high + part.rate.bytes_per_s * (self.end - span.at)).fold(0.0, f64::max);
        let left = (limit as f64 - crest).max(0.0) / part.rate.bytes_per_s;
        self.last.checked_add(Duration::try_from_secs_f64(left).ok()?)
    }
}

impl Part {
    /// Over the judged part.
    fn rise(&self) -> f64 {
        self.rate.bytes_per_s * self.seconds
    }

    fn within(&self, (share, spreads): (f64, f64)) -> f64 {
        PAGES.max(share * self.level).max(spreads * self.spread)
    }

    pub(super) fn verdict(&self) -> Verdict {
        let (rise, negligible) = (self.rise(), PAGES.max(NEGLIGIBLE * self.level));
        let reach = self.rate.low.abs().max(self.rate.high.abs()) * self.seconds;
        match self.rate {
            rate if rate.low > 0.0 && rise > negligible => Verdict::Growing,
            rate if rate.high < 0.0 && -rise > negligible => Verdict::Falling,
            _ if rise.abs() <= self.within(GUESS) && reach <= self.within(BOUND) => Verdict::Level,
            _ => Verdict::Unclear,
        }
    }

    /// How long it should be for a verdict: until the interval excludes zero, if the best guess is right, or until it shows that this is level.
    fn enough(&self) -> Option<Duration> {
        let now = half(&self.rate);
        let growing = shrinking(now, self.rate.bytes_per_s.abs(), self.memory);
        // Over the part, the interval goes with its length to the power -(1 - a)/2, if at all.
        let level = match self.memory < 0.9 {
            true => (now * self.seconds / self.within(BOUND)).powf(2.0 / (1.0 - self.memory)),
            false => f64::INFINITY,
        };
        longer(seconds(self.seconds), growing.min(level))
    }
}
