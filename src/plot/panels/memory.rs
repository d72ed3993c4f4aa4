//! The panel of memory: the processes, their total, its peak, and the legend with the figures beside the names.

use crate::analysis::Segment;
use crate::model::{Metric, Unit};
use crate::plot::axis::{log_axis, value_axis};
use crate::plot::cast::Cast;
use crate::plot::chart::{Entry, Layer, Limit, Panel, PanelKind, PeakMark, Shape, lines};
use crate::plot::frame::{Frame, Manner};
use crate::plot::judge::{Judge, rate_words, trend_line};
use crate::plot::layout::EntryName;
use crate::plot::palette::Ink;
use crate::plot::seen::Kept;
use crate::plot::trace::Series;
use crate::plot::{Input, Options, quantity, words};

/// A limit that is more than so many times as high as the peak would leave no room for what was measured.
const FARTHEST_LIMIT: u64 = 4;

/// The names of the legend, from top to bottom.
pub(in crate::plot) fn names(recordings: &[Input], frame: &Frame, options: &Options) -> Vec<EntryName> {
    let total = if options.metric == Metric::Cgroup { "control group" } else { "total" };
    let total = (total.to_owned(), None);
    let cast = &frame.casts[0];
    let roles = || {
        let others = (cast.others > 0).then(|| (words::others(cast.others), cast.others_name.clone()));
        let roles = cast.roles.iter().rev().map(|role| (role.full_name(), role.id()));
        others.into_iter().chain(roles)
    };
    let mut names: Vec<EntryName> = match frame.manner {
        Manner::Overlay => recordings.iter().map(|input| (input.name.clone(), None)).collect(),
        Manner::Total => vec![total],
        Manner::Single(_) => roles().collect(),
        Manner::Stacked | Manner::Lines => std::iter::once(total).chain(roles()).collect(),
    };
    if options.trend && frame.manner != Manner::Overlay && Judge::judges(options.metric) {
        let name = if Judge::by_phase(&frame.phases) { "trend of each phase" } else { "trend" };
        names.push((name.to_owned(), None));
    }
    names
}

/// The inks of the parts of a trace of that cast.
fn inks(cast: &Cast) -> impl Iterator<Item = Ink> + '_ {
    cast.roles.iter().map(|role| role.ink).chain([Ink::Others])
}

/// The panel. `steps` is how many its axis has room for, `headroom` the part of it that stays free above the highest.
pub(in crate::plot) fn memory(
    frame: &Frame,
    kept: &[Kept],
    names: Vec<EntryName>,
    options: &Options,
    (steps, headroom): (u32, f64),
) -> Panel {
    let unit = options.metric.info().unit;
    // The edges of a window lie on the way to ticks outside of it, which may be higher than all within.
    let total = || kept.iter().flat_map(|kept| kept.trace.total.segments.iter().flatten()).map(|point| point.value);
    let peaks_of = kept.iter().filter_map(|kept| kept.trace.total.peak).map(|peak| peak.value);
    let max = total().chain(peaks_of).max().unwrap_or(0);
    let (limit, beyond) = match options.limit {
        Some(limit) if limit <= max.saturating_mul(FARTHEST_LIMIT) => (Some(limit), None),
        limit => (None, limit),
    };
    let y = if options.log {
        let parts = kept.iter().flat_map(|kept| &kept.trace.parts).flat_map(|part| part.segments.iter().flatten());
        let shown = frame.manner == Manner::Lines;
        let least = parts.filter(|_| shown).map(|point| point.value).chain(total()).filter(|value| *value > 0).min();
        log_axis(unit, least.unwrap_or(0), max.max(limit.unwrap_or(0)), steps)
    } else {
        value_axis(unit, max.max(limit.unwrap_or(0)), steps, headroom)
    };
    let mut entries = entries(frame, kept, names, unit);
    let mut layers = layers(frame, kept);
    if options.trend && Judge::judges(options.metric) {
        let trends = trends(frame, kept, &mut layers);
        if let (Some(words), Some(entry)) = (trends, entries.last_mut()) {
            (entry.value, entry.highest) = (words, None);
        }
    }
    let above = beyond.map(|limit| format!("limit {}, above this", quantity::value(unit, limit)));
    let limit = limit.map(|limit| (limit as f64, format!("limit {}", quantity::value(unit, limit))));
    Panel {
        kind: PanelKind::Memory,
        caption: String::new(),
        limit: limit.or_else(|| above.map(|label| (y.to, label))).map(|(value, label)| Limit { value, label }),
        y,
        unit,
        layers,
        peaks: peaks(kept, frame.manner, unit),
        entries,
    }
}

/// Everything between the axes.
fn layers(frame: &Frame, kept: &[Kept]) -> Vec<Layer> {
    let layer = |ink, shape, segments: &[Segment]| Layer { ink, shape, lines: lines(segments) };
    let mut layers = Vec::new();
    for (rank, Kept { trace, .. }) in kept.iter().enumerate() {
        let total = &trace.total.segments;
        let shape = if frame.manner == Manner::Stacked { Shape::Area } else { Shape::Line };
        let parts = trace.parts.iter().zip(inks(&frame.casts[rank]));
        let mut parts: Vec<_> = parts.map(|(part, ink)| layer(ink, shape, &part.segments)).collect();
        match frame.manner {
            Manner::Stacked => layers.extend(parts.drain(..).rev()),
            Manner::Lines => layers.append(&mut parts),
            Manner::Single(ink) => layers.push(layer(ink, Shape::SoftArea, total)),
            Manner::Total => layers.push(layer(Ink::Total, Shape::SoftArea, total)),
            Manner::Overlay => {}
        }
        let ink = match frame.manner {
            Manner::Overlay => Ink::Rank(rank),
            Manner::Single(ink) => ink,
            _ => Ink::Total,
        };
        layers.push(layer(ink, Shape::StrongLine, total));
    }
    layers
}

/// Lines for what was judged: the whole, or each phase where there are any. Says in figures what the one line of the legend has to say.
fn trends(frame: &Frame, kept: &[Kept], layers: &mut Vec<Layer>) -> Option<String> {
    let mut words = Vec::new();
    for (rank, Kept { trace, judged }) in kept.iter().enumerate() {
        let ink = if frame.manner == Manner::Overlay { Ink::Rank(rank) } else { Ink::Trend };
        let judged: Vec<_> = match judged.phases.is_empty() {
            true => judged.whole.iter().collect(),
            false => judged.phases.iter().collect(),
        };
        let lines = judged.iter().filter_map(|trend| trend_line(trend, &trace.total.segments)).collect();
        layers.push(Layer { ink, shape: Shape::DashedLine, lines });
        if let [trend] = judged[..] {
            words.push(rate_words(trend).pop().unwrap_or_else(|| "too short to tell".to_owned()));
        }
    }
    (frame.manner != Manner::Overlay).then(|| words.pop().unwrap_or_default())
}

fn peaks(kept: &[Kept], manner: Manner, unit: Unit) -> Vec<PeakMark> {
    let mark = |(rank, Kept { trace, .. }): (usize, &Kept)| {
        let peak = trace.total.peak.filter(|peak| peak.value > 0)?;
        let overlay = manner == Manner::Overlay;
        Some(PeakMark {
            at: peak.at.as_secs_f64(),
            value: peak.value as f64,
            label: if overlay { quantity::value(unit, peak.value) } else { words::peak(unit, peak.value, peak.at) },
            ink: overlay.then_some(Ink::Rank(rank)),
        })
    };
    kept.iter().enumerate().filter_map(mark).collect()
}

/// The legend: what the second pass found, beside the names.
fn entries(frame: &Frame, kept: &[Kept], names: Vec<EntryName>, unit: Unit) -> Vec<Entry> {
    let none = Series::default();
    let mut rows: Vec<(Ink, Shape, &Series, Option<u64>)> = Vec::new();
    let first = &kept[0].trace;
    match frame.manner {
        Manner::Overlay => {
            for (rank, Kept { trace, .. }) in kept.iter().enumerate() {
                let end = trace.total.last.filter(|_| reaches(&trace.total, frame));
                rows.push((Ink::Rank(rank), Shape::StrongLine, &trace.total, end));
            }
        }
        Manner::Single(ink) => rows.push((ink, Shape::StrongLine, &first.total, first.total.last)),
        Manner::Total | Manner::Stacked | Manner::Lines => {
            rows.push((Ink::Total, Shape::StrongLine, &first.total, first.total.last));
        }
    }
    let shape = if frame.manner == Manner::Stacked { Shape::Area } else { Shape::Line };
    let mut below = 0_u64;
    let mut parts = Vec::new();
    for (part, ink) in first.parts.iter().zip(inks(&frame.casts[0])) {
        // In a stack a process ends in the middle of its area.
        let stacked = frame.manner == Manner::Stacked;
        let end = part.last.map(|last| if stacked { below.saturating_add(last / 2) } else { last });
        below = below.saturating_add(part.last.unwrap_or(0));
        parts.push((ink, shape, part, end));
    }
    rows.extend(parts.into_iter().rev());
    if names.len() > rows.len() {
        rows.push((Ink::Trend, Shape::DashedLine, &none, None));
    }
    let entry = |((name, id), (ink, shape, series, end)): (EntryName, (Ink, Shape, &Series, Option<u64>))| Entry {
        ink,
        shape,
        value: figures(series, frame.manner, unit),
        highest: series.peak.map(|peak| quantity::value(unit, peak.value)),
        name,
        id,
        end: end.map(|end| end as f64),
    };
    names.into_iter().zip(rows).map(entry).collect()
}

/// Whether a recording goes on to the right edge of the figure, or as near as makes no difference to the eye.
fn reaches(series: &Series, frame: &Frame) -> bool {
    let last = series.segments.last().and_then(|segment| segment.last());
    last.is_some_and(|last| last.at >= frame.to.as_secs_f64() - frame.span().as_secs_f64() * 0.01)
}

/// `last 187 MiB · max 508 MiB`.
fn figures(series: &Series, manner: Manner, unit: Unit) -> String {
    let Some(peak) = series.peak else { return "not measured".to_owned() };
    if manner == Manner::Overlay {
        return words::peak(unit, peak.value, peak.at);
    }
    quantity::last_and_max(unit, series.last, peak.value)
}
