//! The line below the title: how high, how long, of what.

use super::cast::Cast;
use super::seen::Seen;
use super::trace::Trace;
use super::{Options, words};
use crate::analysis::{is_carried, is_unseen_spike};
use crate::model::Metric;
use std::time::Duration;

/// Its parts, the most important first.
pub(super) fn subtitle(
    seen: &[Seen],
    casts: &[Cast],
    traces: &[&Trace],
    from: Duration,
    to: Duration,
    options: &Options,
) -> Vec<String> {
    let info = options.metric.info();
    let ([seen], [cast], [trace]) = (seen, casts, traces) else {
        return vec![format!("{} of {} recordings, each from its own start", info.label, seen.len())];
    };
    let mut parts = Vec::new();
    if let Some(peak) = trace.total.peak {
        parts.push(words::peak(info.unit, peak.value, peak.at));
    }
    // Before all that may be left out where there is little room.
    if !is_carried(options.metric) && trace.missing.1 > 0 {
        parts.push(words::missing(trace.missing.0, trace.missing.1));
    }
    parts.push(words::length(to.saturating_sub(from)));
    // RSS is measured at every tick: one that has none is a command's that was gone.
    let ticks = || match &seen.summary.thinning {
        Some(thinning) if thinning.until > from => words::thinned_ticks(trace.ticks, thinning.until),
        _ => words::ticks(trace.ticks, seen.summary.interval),
    };
    parts.push(match options.metric {
        Metric::Rss => ticks(),
        _ if trace.measured == trace.ticks => ticks(),
        _ => words::some_ticks(trace.measured, trace.ticks),
    });
    parts.push(match options.metric {
        Metric::Cgroup => info.label.to_owned(),
        _ => words::processes(info.label, cast.processes()),
    });
    if options.metric == Metric::Rss && trace.summed {
        // A window's own peak of PSS is not known.
        let pss = seen.summary.total(Metric::Pss).filter(|_| options.window.is_none());
        parts.push(words::shared_pages(pss));
    }
    if options.metric == Metric::Rss && options.window.is_none() {
        parts.extend(unseen_spike(seen));
    }
    if seen.summary.gaps > 0 && options.window.is_none() {
        parts.push(words::gaps(seen.summary.gaps, seen.summary.gap_time));
    }
    if let Some(moved) = seen.clock_moved().filter(|_| options.clock) {
        parts.push(words::clock_moved(moved));
    }
    parts
}

/// A process that was larger between ticks, by the kernel's own mark, than the whole tree at any of them.
fn unseen_spike(seen: &Seen) -> Option<String> {
    let highest = seen.summary.total(Metric::Rss)?.peak.value;
    let at_least = seen.summary.at_least(seen.input.events)?;
    is_unseen_spike(at_least, highest).then(|| words::unseen_spike(at_least))
}
