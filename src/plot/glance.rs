//! A figure of what is known while a recording is still made: the total, and who it is made of at this moment.

use super::axis::{Axis, time_axis, value_axis};
use super::chart::{Band, Chart, Entry, Layer, Panel, PanelKind, PeakMark, Shape, lines};
use super::palette::Ink;
use super::{quantity, words};
use crate::analysis::{Peak, Phase, Segment};
use crate::model::{Unit, printable};
use std::time::Duration;

/// What is known at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Glance<'a> {
    /// Of what it is.
    pub title: &'a str,
    /// What there is to say below it, the most important first.
    pub subtitle: Vec<String>,
    /// The total, in bytes.
    pub total: &'a [Segment],
    /// Its highest.
    pub peak: Option<Peak>,
    /// How long it has been recorded.
    pub elapsed: Duration,
    /// The biggest processes: name, pid and bytes.
    pub biggest: Vec<(&'a str, u32, u64)>,
    /// How many others there are, and what they have.
    pub others: (usize, u64),
    /// Until now.
    pub phases: &'a [Phase],
}

/// Makes the figure, for so many cells.
pub fn glance(glance: &Glance<'_>, columns: usize, rows: usize) -> Chart {
    let (unit, ink) = (Unit::Bytes, Ink::Rank(0));
    let end = glance.elapsed.as_secs_f64().max(1.0);
    let peak = glance.peak.filter(|peak| peak.value > 0);
    let max = peak.map_or(0, |peak| peak.value);
    // A row for the peak's mark, where it has one.
    let headroom = if rows < 6 { 0.0 } else { 1.0 / (rows as f64 - 3.0) };
    let layer = |shape| Layer { ink, shape, lines: lines(glance.total) };
    let entry = |name: String, id, bytes| Entry {
        // Of no series that is drawn.
        ink: Ink::Others,
        shape: Shape::Area,
        name,
        id,
        value: quantity::value(unit, bytes),
        highest: None,
        end: None,
    };
    let process = |(name, pid, bytes): &(&str, u32, u64)| entry(printable(name), Some(pid.to_string()), *bytes);
    let (others, bytes) = glance.others;
    let others = (others > 0).then(|| entry(format!("{} others", words::grouped(others as u64)), None, bytes));
    let mark = |peak: Peak| PeakMark {
        at: peak.at.as_secs_f64(),
        value: peak.value as f64,
        // The subtitle says it.
        label: String::new(),
        ink: None,
    };
    let band = |(place, phase): (usize, &Phase)| Band {
        from: phase.from.as_secs_f64(),
        to: phase.to.as_secs_f64(),
        label: printable(&phase.label),
        rate: Vec::new(),
        growing: false,
        counts: Vec::new(),
        shaded: place % 2 == 0,
    };
    let axis = value_axis(unit, max, (rows / 3).clamp(1, 8) as u32, headroom);
    // Without labels it need not end at a round number.
    let axis = if rows < 4 { Axis { to: max.max(1) as f64, ticks: Vec::new(), ..axis } } else { axis };
    let panel = Panel {
        kind: PanelKind::Memory,
        caption: String::new(),
        y: axis,
        unit,
        layers: vec![layer(Shape::SoftArea), layer(Shape::StrongLine)],
        peaks: peak.map(mark).into_iter().collect(),
        entries: glance.biggest.iter().map(process).chain(others).collect(),
        limit: None,
    };
    Chart {
        title: printable(glance.title),
        subtitle: glance.subtitle.clone(),
        headline: None,
        x: time_axis(0.0, end, (columns / 12).clamp(1, 14) as u32),
        panels: vec![panel],
        bands: glance.phases.iter().enumerate().map(band).collect(),
    }
}
