//! The legend: who is who, and the figures beside the names.

use super::cast::Cast;
use super::chart::{Entry, Shape};
use super::compose::Manner;
use super::palette::Ink;
use super::trace::{Series, Trace};
use super::{Input, quantity, words};
use crate::model::{Metric, Unit};
use std::time::Duration;

/// A name of the legend, and what tells it from others of that name.
pub(super) type EntryName = (String, Option<String>);

/// The names of the legend, from top to bottom.
pub(super) fn names(recordings: &[Input], casts: &[Cast], manner: Manner, metric: Metric) -> Vec<EntryName> {
    let total = if metric == Metric::Cgroup { "control group" } else { "total" };
    let total = (total.to_owned(), None);
    let roles = || {
        let cast = &casts[0];
        let others = (cast.others > 0)
            .then(|| (format!("{} others", words::grouped(cast.others as u64)), cast.others_name.clone()));
        let roles = cast.roles.iter().rev().map(|role| (role.full_name(), role.known_pid()));
        others.into_iter().chain(roles)
    };
    match manner {
        Manner::Overlay => recordings.iter().map(|input| (input.name.clone(), None)).collect(),
        Manner::Total => vec![total],
        Manner::Single(_) => roles().collect(),
        Manner::Stacked | Manner::Lines => std::iter::once(total).chain(roles()).collect(),
    }
}

/// The inks of the parts of a trace of that cast.
pub(super) fn inks(cast: &Cast) -> impl Iterator<Item = Ink> + '_ {
    cast.roles.iter().map(|role| role.ink).chain([Ink::Others])
}

/// The legend: what the second pass found, beside the names.
pub(super) fn entries(
    traces: &[Trace],
    casts: &[Cast],
    names: Vec<EntryName>,
    manner: Manner,
    unit: Unit,
    to: Duration,
) -> Vec<Entry> {
    let mut rows: Vec<(Ink, Shape, &Series, Option<u64>)> = Vec::new();
    match manner {
        Manner::Overlay => {
            for (rank, trace) in traces.iter().enumerate() {
                let end = trace.total.last.filter(|_| reaches(&trace.total, to));
                rows.push((Ink::Rank(rank), Shape::StrongLine, &trace.total, end));
            }
        }
        Manner::Single(ink) => rows.push((ink, Shape::StrongLine, &traces[0].total, traces[0].total.last)),
        Manner::Total | Manner::Stacked | Manner::Lines => {
            rows.push((Ink::Total, Shape::StrongLine, &traces[0].total, traces[0].total.last));
        }
    }
    let shape = if manner == Manner::Stacked { Shape::Area } else { Shape::Line };
    let mut below = 0_u64;
    let mut parts = Vec::new();
    for (part, ink) in traces[0].parts.iter().zip(inks(&casts[0])) {
        // In a stack a process ends in the middle of its area.
        let end = part.last.map(|last| if manner == Manner::Stacked { below.saturating_add(last / 2) } else { last });
        below = below.saturating_add(part.last.unwrap_or(0));
        parts.push((ink, shape, part, end));
    }
    rows.extend(parts.into_iter().rev());
    let entry = |((name, id), (ink, shape, series, end)): (EntryName, (Ink, Shape, &Series, Option<u64>))| Entry {
        ink,
        shape,
        value: figures(series, manner, unit),
        highest: series.peak.map(|peak| quantity::value(unit, peak.value)),
        name,
        id,
        end,
    };
    names.into_iter().zip(rows).map(entry).collect()
}

/// Whether a recording goes on to the right edge of the figure, or as near as makes no difference to the eye.
fn reaches(series: &Series, to: Duration) -> bool {
    let last = series.segments.last().and_then(|segment| segment.last());
    last.is_some_and(|last| last.at >= to.as_secs_f64() * 0.99)
}

/// `last 187 MiB · max 508 MiB`.
fn figures(series: &Series, manner: Manner, unit: Unit) -> String {
    let Some(peak) = series.peak else { return "not measured".to_owned() };
    if manner == Manner::Overlay {
        return words::peak(unit, peak.value, peak.at);
    }
    quantity::last_and_max(unit, series.last, peak.value)
}
