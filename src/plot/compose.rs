//! From recordings to a [`Chart`]: two passes over each, the first to know who is who, the second to keep what is drawn.

use super::axis::{clock_axis, local, time_axis};
use super::cast::Cast;
use super::chart::{Band, Chart, PanelKind};
use super::frame::{Frame, Manner};
use super::judge::phase_words;
use super::layout::{Layout, PanelParts, Parts};
use super::panels::{Rates, growth, growth_names, memory, memory_names};
use super::seen::{Kept, Seen, metric};
use super::subtitle::subtitle;
use super::trace::Wanted;
use super::{Input, Options, PlotError, words};
use crate::analysis::{Phase, Verdict};
use crate::model::{Unit, printable};
use std::time::Duration;

/// In a lower figure what was counted would take what memory needs.
const LOWEST_WITH_RATES: u32 = 480;

/// Makes the figure of these recordings.
///
/// # Errors
/// If there is nothing to draw in one of them, or it cannot be read.
pub fn chart(inputs: &[Input], options: &Options) -> Result<Chart, PlotError> {
    options.check()?;
    if options.clock && inputs.len() > 1 {
        return Err(PlotError::ClockOfSeveral);
    }
    let seen = inputs.iter().map(Seen::of).collect::<Result<Vec<_>, _>>()?;
    let options = &Options { metric: metric(&seen, options.metric)?, ..options.clone() };
    let unit = options.metric.info().unit;
    let frame = Frame::of(&seen, options)?;
    let rates = match &seen[..] {
        [seen] if options.size.height >= LOWEST_WITH_RATES => {
            Rates::of(seen.input.events, frame.from, frame.to, seen.summary.interval)
        }
        _ => None,
    };
    let summaries: Vec<_> = seen.iter().map(|seen| &seen.summary).collect();
    let mut panels = vec![PanelParts { kind: PanelKind::Memory, unit, names: memory_names(inputs, &frame, options) }];
    if options.growth {
        panels.push(PanelParts { kind: PanelKind::Growth, unit, names: growth_names(inputs, &frame, summaries[0]) });
    }
    if let Some(rates) = &rates {
        panels.push(PanelParts { kind: PanelKind::Rates, unit: Unit::Count("", ""), names: rates.names() });
    }
    // What is said above the plots is not known yet. It takes nothing of their width, of which the second pass must know, and so little of their height that the axes may have a
    // step too many.
    let parts = Parts { panels, headline: false, bands: false, band_rates: false };
    let layout = Layout::new(options.size, &parts);
    let columns = (layout.plot().width() * options.scale as f32).round() as u32;
    let wanted = Wanted {
        metric: options.metric,
        from: frame.from,
        to: frame.to,
        columns,
        stacked: frame.manner == Manner::Stacked,
        growth: options.growth,
    };
    let nobody = Cast::default();
    let mut kept = Vec::new();
    for (seen, cast) in seen.iter().zip(&frame.casts) {
        let cast = if matches!(frame.manner, Manner::Stacked | Manner::Lines) { cast } else { &nobody };
        kept.push(seen.keep(wanted, cast, &frame.phases, options.limit)?);
    }
    if let Some(window) = options.window
        && kept.iter().all(|kept| kept.trace.total.peak.is_none())
    {
        let recording = seen.first().map_or_else(String::new, |seen| seen.input.name.clone());
        return Err(PlotError::NothingInWindow { recording, window: window.to_string() });
    }
    let headline = match &kept[..] {
        [kept] => kept.judged.headline(&kept.trace.total.segments),
        _ => None,
    };
    let bands = bands(&frame, &kept, rates.as_ref());
    let mut names = parts.panels.into_iter().map(|panel| panel.names);
    let room = |panel: usize| layout.value_steps(panel);
    let mut panels =
        vec![memory(&frame, &kept, names.next().unwrap_or_default(), options, (room(0), layout.headroom()))];
    if options.growth {
        panels.extend(growth(&frame, &kept, names.next().unwrap_or_default(), &summaries, unit, room(1)));
    }
    if let Some(rates) = &rates {
        panels.push(rates.panel(room(layout.panels.len() - 1).min(3)));
    }
    let traces: Vec<_> = kept.iter().map(|kept| &kept.trace).collect();
    // A span of nothing, one tick, still needs a place to stand in.
    let alone = traces.iter().all(|trace| trace.ticks <= 1) && options.window.is_none();
    let end =
        if frame.to > frame.from && !alone { frame.to } else { frame.from.saturating_add(Duration::from_secs(1)) };
    let (left, right) = (frame.from.as_secs_f64(), end.as_secs_f64());
    let began = seen[0].began().filter(|_| options.clock);
    Ok(Chart {
        title: words::title(inputs, options),
        subtitle: subtitle(&seen, &frame.casts, &traces, frame.from, frame.to, options),
        headline,
        x: match began {
            Some(began) => clock_axis(left, right, layout.time_steps(), &local(began)),
            None => time_axis(left, right, layout.time_steps()),
        },
        bands,
        panels,
    })
}

/// The phases, as far as they are within the figure, with what there is to say of each.
fn bands(frame: &Frame, kept: &[Kept], rates: Option<&Rates>) -> Vec<Band> {
    let judged = kept.first().map(|kept| &kept.judged.phases);
    let band = |(place, phase): (usize, &Phase)| {
        let trend = judged.and_then(|judged| judged.get(place));
        Band {
            from: phase.from.max(frame.from).as_secs_f64(),
            to: phase.to.min(frame.to).as_secs_f64(),
            label: printable(&phase.label),
            rate: trend.map(|trend| phase_words(phase, trend, &kept[0].trace.total.segments)).unwrap_or_default(),
            growing: trend.is_some_and(|trend| trend.verdict == Verdict::Growing),
            counts: rates.map(|rates| rates.in_phase(phase)).unwrap_or_default(),
            shaded: place % 2 == 0,
        }
    };
    frame.phases.iter().enumerate().map(band).collect()
}
