//! From recordings to a [`Chart`]: two passes over each, the first to know who is who, the second to keep what is drawn.

use super::axis::{time_axis, value_axis};
use super::cast::Cast;
use super::chart::{Band, Chart, Layer, PeakMark, Shape};
use super::layout::Layout;
use super::legend::{entries, inks, names};
use super::palette::Ink;
use super::trace::{Trace, Tracer, Wanted};
use super::{Input, Options, PlotError, View, quantity, role, words};
use crate::analysis::{Phase, Summary, SummaryBuilder, Thinning, is_carried, is_unseen_spike, phases};
use crate::model::{Event, Metric, Unit, What, printable};
use std::time::Duration;

/// A recording after the first pass.
pub(super) struct Seen<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) summary: Summary,
}

/// Makes the figure of these recordings.
///
/// # Errors
/// If there is nothing to draw in one of them, or it cannot be read.
pub fn chart(inputs: &[Input], options: &Options) -> Result<Chart, PlotError> {
    options.check()?;
    let seen = inputs.iter().map(look_through).collect::<Result<Vec<_>, _>>()?;
    let options = &Options { metric: metric(&seen, options.metric)?, ..options.clone() };
    let unit = options.metric.info().unit;
    let (from, to) = span(&seen, options)?;
    let casts: Vec<Cast> = seen
        .iter()
        .map(|seen| Cast::of(&seen.summary, &role::commands(seen.input.events), options.metric, from, to))
        .collect();
    let manner = Manner::of(&casts, options.view);
    let bands = match &seen[..] {
        [seen] => bands(seen.input.events, from, to),
        _ => Vec::new(),
    };
    let names = names(inputs, &casts, manner, options.metric);
    let layout = Layout::new(options.size, &names, !bands.is_empty(), unit);
    let columns = (layout.plot.width() * options.scale as f32).round() as u32;
    let stacked = manner == Manner::Stacked;
    let wanted = Wanted { metric: options.metric, from, to, columns, stacked };
    let nobody = Cast::default();
    let mut traces = Vec::new();
    for (seen, cast) in seen.iter().zip(&casts) {
        let cast = if matches!(manner, Manner::Stacked | Manner::Lines) { cast } else { &nobody };
        traces.push(seen.trace(wanted, cast)?);
    }
    if let Some(window) = options.window
        && traces.iter().all(|trace| trace.total.peak.is_none())
    {
        let recording = seen.first().map_or_else(String::new, |seen| seen.input.name.clone());
        return Err(PlotError::NothingInWindow { recording, window: window.to_string() });
    }
    // The edges of a window lie on the way to ticks outside of it, which may be higher than all within.
    let drawn = traces.iter().flat_map(|trace| trace.total.segments.iter().flatten()).map(|point| point.value);
    let peaks_of = traces.iter().filter_map(|trace| trace.total.peak).map(|peak| peak.value);
    let max = drawn.chain(peaks_of).max().unwrap_or(0);
    let entries = entries(&traces, &casts, names, manner, unit, to);
    // A span of nothing, one tick, still needs a place to stand in.
    let alone = traces.iter().all(|trace| trace.ticks <= 1) && options.window.is_none();
    let end = if to > from && !alone { to } else { from.saturating_add(Duration::from_secs(1)) };
    Ok(Chart {
        title: words::title(inputs, options),
        subtitle: subtitle(&seen, &casts, &traces, from, to, options),
        x: time_axis(from.as_secs_f64(), end.as_secs_f64(), layout.time_steps()),
        y: value_axis(unit, max, layout.value_steps(), layout.headroom()),
        unit,
        peaks: peaks(&traces, manner, unit),
        layers: layers(traces, &casts, manner),
        entries,
        bands,
    })
}

/// How series are shown, once it is known how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Stacked,
    Lines,
    /// One process, whose line is the total.
    Single(Ink),
    /// The total of many.
    Total,
    /// The total of several recordings.
    Overlay,
}

impl Manner {
    fn of(casts: &[Cast], view: View) -> Self {
        let [cast] = casts else { return Self::Overlay };
        match (view, &cast.roles[..]) {
            (View::Total, _) | (_, []) => Self::Total,
            (_, [role]) if cast.others == 0 => Self::Single(role.ink),
            (View::Lines, _) => Self::Lines,
            (View::Auto | View::Stacked, _) => Self::Stacked,
        }
    }
}

/// The first pass.
pub(super) fn look_through<'a>(input: &'a Input<'a>) -> Result<Seen<'a>, PlotError> {
    let interval = input.events.iter().find_map(|event| match &event.what {
        What::Start(start) => Duration::try_from_secs_f64(start.interval_s).ok(),
        _ => None,
    });
    let mut builder = SummaryBuilder::new().with_interval(interval).with_thinning(Thinning::of(input.events));
    (input.stream)(&mut |sample| builder.add(sample))?;
    let summary = builder.finish();
    if summary.ticks == 0 {
        return Err(PlotError::Empty(input.name.clone()));
    }
    Ok(Seen { input, summary })
}

/// The metric to draw. Of commands that were gone before their first reading there is the kernel's mark at most, and that is drawn then.
pub(super) fn metric(seen: &[Seen], wanted: Metric) -> Result<Metric, PlotError> {
    let have = |metric| seen.iter().all(|seen| seen.summary.total(metric).is_some());
    if wanted == Metric::Rss && !have(Metric::Rss) && have(Metric::PeakRss) {
        return Ok(Metric::PeakRss);
    }
    match seen.iter().find(|seen| seen.summary.total(wanted).is_none()) {
        None => Ok(wanted),
        Some(Seen { input, summary }) => {
            let has: Vec<_> = summary.metrics().map(|metric| metric.info().name).collect();
            let recording = input.name.clone();
            Err(PlotError::NoMetric { recording, wanted: wanted.info().name, has: has.join(", ") })
        }
    }
}

impl Seen<'_> {
    /// The second pass.
    fn trace(&self, wanted: Wanted, cast: &Cast) -> Result<Trace, PlotError> {
        let gaps = self.summary.gap_finder(wanted.metric);
        let mut tracer = Tracer::new(wanted, cast, gaps);
        (self.input.stream)(&mut |sample| tracer.add(sample))?;
        Ok(tracer.finish())
    }
}

/// The time that the figure shows, which holds the windows of all recordings.
pub(super) fn span(seen: &[Seen], options: &Options) -> Result<(Duration, Duration), PlotError> {
    let mut span: Option<(Duration, Duration)> = None;
    for Seen { input, summary } in seen {
        let (first, last) = (summary.first, summary.last);
        let (from, to) = match options.window {
            Some(window) => window
                .resolve(first, last)
                .map_err(|source| PlotError::Window { recording: input.name.clone(), source })?,
            // A recording begins at 0 and not at its first tick, unless it is a piece of another one.
            None if first > last / 10 + Duration::from_secs(1) => (first, last),
            None => (Duration::ZERO, last),
        };
        span = Some(span.map_or((from, to), |span| (span.0.min(from), span.1.max(to))));
    }
    span.ok_or(PlotError::NoRecording)
}

fn layers(traces: Vec<Trace>, casts: &[Cast], manner: Manner) -> Vec<Layer> {
    let layer = |ink, shape, segments| Layer { ink, shape, segments };
    let mut layers = Vec::new();
    for (rank, trace) in traces.into_iter().enumerate() {
        let Trace { total, parts, .. } = trace;
        let shape = if manner == Manner::Stacked { Shape::Area } else { Shape::Line };
        let parts = parts.into_iter().zip(inks(&casts[rank]));
        let mut parts: Vec<_> = parts.map(|(part, ink)| layer(ink, shape, part.segments)).collect();
        match manner {
            Manner::Stacked => layers.extend(parts.drain(..).rev()),
            Manner::Lines => layers.append(&mut parts),
            Manner::Single(ink) => layers.push(layer(ink, Shape::SoftArea, total.segments.clone())),
            Manner::Total => layers.push(layer(Ink::Total, Shape::SoftArea, total.segments.clone())),
            Manner::Overlay => {}
        }
        let ink = match manner {
            Manner::Overlay => Ink::Rank(rank),
            Manner::Single(ink) => ink,
            _ => Ink::Total,
        };
        layers.push(layer(ink, Shape::StrongLine, total.segments));
    }
    layers
}

fn peaks(traces: &[Trace], manner: Manner, unit: Unit) -> Vec<PeakMark> {
    let mark = |(rank, trace): (usize, &Trace)| {
        let peak = trace.total.peak.filter(|peak| peak.value > 0)?;
        let overlay = manner == Manner::Overlay;
        Some(PeakMark {
            at: peak.at.as_secs_f64(),
            value: peak.value,
            label: if overlay { quantity::value(unit, peak.value) } else { words::peak(unit, peak.value, peak.at) },
            ink: overlay.then_some(Ink::Rank(rank)),
        })
    };
    traces.iter().enumerate().filter_map(mark).collect()
}

fn subtitle(
    seen: &[Seen],
    casts: &[Cast],
    traces: &[Trace],
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
        _ => words::processes(info.label, cast.roles.len() + cast.others),
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
    parts
}

/// A process that was larger between ticks, by the kernel's own mark, than the whole tree at any of them.
pub(super) fn unseen_spike(seen: &Seen) -> Option<String> {
    let highest = seen.summary.total(Metric::Rss)?.peak.value;
    let at_least = seen.summary.at_least(seen.input.events)?;
    is_unseen_spike(at_least, highest).then(|| words::unseen_spike(at_least))
}

/// The phases, as far as they are within the figure.
fn bands(events: &[Event], from: Duration, to: Duration) -> Vec<Band> {
    let band = |(place, phase): (usize, Phase)| Band {
        from: phase.from.max(from).as_secs_f64(),
        to: phase.to.min(to).as_secs_f64(),
        label: printable(&phase.label),
        shaded: place % 2 == 0,
    };
    let bands = phases(events, to.max(from)).into_iter().enumerate().map(band);
    bands.filter(|band| band.to >= band.from && band.from < to.as_secs_f64()).collect()
}
