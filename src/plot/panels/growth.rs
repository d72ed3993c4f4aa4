//! What each series has grown by since start-up. On an axis from zero seven MiB of ninety look flat; here they climb.

use crate::analysis::{Point, Segment, Summary, grown_since};
use crate::model::Unit;
use crate::plot::axis::growth_axis;
use crate::plot::cast::Role;
use crate::plot::chart::{Entry, Layer, Line, Panel, PanelKind, Shape, Spot};
use crate::plot::frame::{Frame, Manner};
use crate::plot::layout::EntryName;
use crate::plot::palette::Ink;
use crate::plot::seen::Kept;
use crate::plot::{Input, quantity, words};
use std::time::Duration;

/// Who lives for less than this part of the figure does not grow: it comes and goes.
const SHORTEST: f64 = 0.1;

/// The part of the time in which a tree ends.
const ENDING: f64 = 0.02;

/// What is left of a tree that ends is less than this part.
const MOST_LEFT: f64 = 0.7;

/// The roles of a cast that have a line here, by their places.
fn residents(frame: &Frame, summary: &Summary) -> Vec<usize> {
    let roles = &frame.casts[0].roles;
    // From the first to the last of those who play it: workers that replace one another are there throughout.
    let lived = |role: &Role| {
        let members = || summary.processes.iter().filter(|process| role.numbers.binary_search(&process.number).is_ok());
        let first = members().map(|process| process.first.max(frame.from)).min().unwrap_or_default();
        let last = members().map(|process| process.last.min(frame.to)).max().unwrap_or_default();
        last.saturating_sub(first).as_secs_f64()
    };
    (0..roles.len()).filter(|place| lived(&roles[*place]) >= frame.span().as_secs_f64() * SHORTEST).collect()
}

/// The names of its legend, from top to bottom.
pub(in crate::plot) fn names(inputs: &[Input], frame: &Frame, summary: &Summary) -> Vec<EntryName> {
    let total = ("total".to_owned(), None);
    let cast = &frame.casts[0];
    let role = |place: usize| (cast.roles[place].full_name(), cast.roles[place].id());
    match frame.manner {
        Manner::Overlay => inputs.iter().map(|input| (input.name.clone(), None)).collect(),
        Manner::Total => vec![total],
        Manner::Single(_) => vec![role(0)],
        Manner::Stacked | Manner::Lines => {
            let roles = residents(frame, summary).into_iter().rev().map(role);
            std::iter::once(total).chain(roles).collect()
        }
    }
}

/// One line of the panel.
struct Series {
    ink: Ink,
    shape: Shape,
    grown: Option<Grown>,
    /// To the end of the figure.
    goes_on: bool,
}

/// A series since its start-up.
struct Grown {
    lines: Vec<Line>,
    since: f64,
    last: f64,
}

/// `ends`: whether somebody of it went away at the end.
fn grown(segments: &[Segment], frame: &Frame, ends: bool) -> Option<Grown> {
    let mut points = segments.concat();
    let mark = frame.phases.first().map(|phase| phase.from.as_secs_f64());
    let start = if frame.in_window { points.first().copied() } else { grown_since(&points, mark) }?;
    // A tree that ends does so one by one, and what a last tick saw of it is no shrinking.
    let begins = points.partition_point(|point| point.at < start.at);
    let left = if ends { ending(&points[begins..]) } else { 0 };
    points.truncate(points.len() - left);
    let until = points.last().map_or(f64::INFINITY, |point| point.at);
    let spot = |point: &Point| Spot { at: point.at, value: point.value as f64 - start.value as f64 };
    let mut lines: Vec<Line> = Vec::new();
    for segment in segments {
        let shown = segment.iter().filter(|point| point.at >= start.at && point.at <= until);
        let mut line: Line = shown.map(spot).collect();
        let Some(first) = line.first().copied() else { continue };
        if lines.is_empty() && first.at > start.at && segment[0].at < start.at {
            // The mark lies between two ticks.
            line.insert(0, Spot { at: start.at, value: 0.0 });
        }
        lines.push(line);
    }
    let last = lines.last()?.last()?.value;
    Some(Grown { lines, since: start.at, last })
}

/// How many points at the end, in a fiftieth of the time, are lower than all of the tenth before: what an ending looks like.
fn ending(points: &[Point]) -> usize {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return 0 };
    let ago = |part: f64| points.partition_point(|point| point.at < last.at - (last.at - first.at) * part);
    let before = ago(ENDING);
    let tenth = points.get(ago(ENDING + 0.1)..before).unwrap_or_default();
    let Some(lowest) = tenth.iter().map(|point| point.value).min() else { return 0 };
    // Where less than that is gone somebody else goes on.
    let is_ending = (last.value as f64) < lowest as f64 * MOST_LEFT;
    points[before..].iter().rev().take_while(|point| is_ending && point.value < lowest).count()
}

/// The panel; none where nothing was measured.
pub(in crate::plot) fn growth(
    frame: &Frame,
    kept: &[Kept],
    names: Vec<EntryName>,
    summaries: &[&Summary],
    unit: Unit,
    steps: u32,
) -> Option<Panel> {
    let mut all: Vec<Series> = Vec::new();
    // Whether somebody is gone who was there until shortly before.
    let late = frame.to.saturating_sub(frame.span().mul_f64(ENDING));
    let total = |place: usize| {
        let Kept { trace, .. } = &kept[place];
        let left = summaries[place].processes.iter().any(|process| process.last < frame.to && process.last >= late);
        let ink = match frame.manner {
            Manner::Overlay => Ink::Rank(place),
            Manner::Single(ink) => ink,
            _ => Ink::Total,
        };
        let grown = grown(&trace.total.segments, frame, left);
        Series { ink, shape: Shape::StrongLine, grown, goes_on: trace.total.last.is_some() }
    };
    all.extend((0..kept.len()).map(total));
    if matches!(frame.manner, Manner::Stacked | Manner::Lines) {
        let cast = &frame.casts[0];
        for place in residents(frame, summaries[0]).into_iter().rev() {
            let part = &kept[0].trace.parts[place];
            let own = part.own.as_ref().unwrap_or(&part.segments);
            let (ink, goes_on) = (cast.roles[place].ink, part.last.is_some());
            all.push(Series { ink, shape: Shape::Line, grown: grown(own, frame, !goes_on), goes_on });
        }
    }
    let spots = || all.iter().filter_map(|series| series.grown.as_ref()).flat_map(|grown| grown.lines.iter().flatten());
    let (lowest, highest) =
        spots().fold((0.0_f64, 0.0_f64), |(low, high), spot| (low.min(spot.value), high.max(spot.value)));
    spots().next()?;
    let entry = |((name, id), series): (EntryName, &Series)| {
        let grown = series.grown.as_ref();
        let amount = grown.map_or_else(String::new, |grown| quantity::change(unit, grown.last));
        let since = grown.map(|grown| words::moment(Duration::try_from_secs_f64(grown.since).unwrap_or_default()));
        Entry {
            ink: series.ink,
            shape: series.shape,
            value: since.map_or_else(|| "not measured".to_owned(), |since| format!("{amount} since {since}")),
            highest: Some(amount),
            name,
            id,
            end: grown.filter(|_| series.goes_on).map(|grown| grown.last),
        }
    };
    let entries = names.into_iter().zip(&all).map(entry).collect();
    // The total is painted first, below those whose sum it is.
    let layer = |series: Series| Some(Layer { ink: series.ink, shape: series.shape, lines: series.grown?.lines });
    let layers = all.into_iter().filter_map(layer).collect();
    Some(Panel {
        kind: PanelKind::Growth,
        caption: if frame.in_window { "growth within the window" } else { "growth since start-up" }.to_owned(),
        y: growth_axis(unit, lowest, highest, steps, 0.08),
        unit,
        layers,
        peaks: Vec::new(),
        entries,
        limit: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_last_tick_saw_of_a_tree_that_ends_is_left_out() {
        let points = |values: &[u64]| -> Vec<Point> {
            values.iter().zip(0..).map(|(value, at)| Point { at: f64::from(at), value: *value }).collect()
        };
        let mut values = vec![90; 200];
        values.extend([51, 12]);
        assert_eq!(ending(&points(&values)), 2);
        assert_eq!(ending(&points(&[90; 200])), 0);
        let grown: Vec<u64> = (0..200).chain([150, 100]).collect();
        assert_eq!(ending(&points(&grown)), 2, "however much it has grown");
        let falling: Vec<u64> = (0..200).rev().collect();
        assert!(ending(&points(&falling)) <= 4, "what falls all the time loses a fiftieth at most");
        assert_eq!(ending(&[]), 0);
    }
}
