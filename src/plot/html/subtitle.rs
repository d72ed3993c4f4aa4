//! What there is to say of a metric below the title, the most important first.

use super::collect::{Collector, Figures};
use crate::analysis::is_carried;
use crate::model::Metric;
use crate::plot::compose::{Seen, unseen_spike};
use crate::plot::words;
use std::time::Duration;

/// What the second pass saw beside the points.
#[derive(Debug, Clone, Copy)]
pub(super) struct Saw {
    measured: u64,
    summed: bool,
    missing: (u64, u64),
}

impl Saw {
    pub(super) fn of(collector: &Collector) -> Self {
        Self { measured: collector.measured, summed: collector.summed, missing: collector.missing.unwrap_or_default() }
    }
}

/// The parts of the subtitle, as in a picture of the whole recording.
pub(super) fn of(
    seen: &Seen,
    metric: Metric,
    saw: &Saw,
    total: &Figures,
    processes: usize,
    (from, to): (Duration, Duration),
) -> Vec<String> {
    let (info, summary) = (metric.info(), &seen.summary);
    let mut parts: Vec<String> = total.peak.iter().map(|peak| words::peak(info.unit, peak.value, peak.at)).collect();
    if !is_carried(metric) && saw.missing.1 > 0 {
        parts.push(words::missing(saw.missing.0, saw.missing.1));
    }
    parts.push(words::length(to.saturating_sub(from)));
    parts.push(match &summary.thinning {
        _ if metric != Metric::Rss && saw.measured != summary.ticks => words::some_ticks(saw.measured, summary.ticks),
        Some(thinning) if thinning.until > from => words::thinned_ticks(summary.ticks, thinning.until),
        _ => words::ticks(summary.ticks, summary.interval),
    });
    parts.push(match metric {
        Metric::Cgroup => info.label.to_owned(),
        _ => words::processes(info.label, processes),
    });
    if metric == Metric::Rss {
        if saw.summed {
            parts.push(words::shared_pages(summary.total(Metric::Pss)));
        }
        parts.extend(unseen_spike(seen));
    }
    if summary.gaps > 0 {
        parts.push(words::gaps(summary.gaps, summary.gap_time));
    }
    parts
}
