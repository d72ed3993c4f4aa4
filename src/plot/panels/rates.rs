//! What was counted in logs beside the memory: lines of each kind per second.

use crate::analysis::Phase;
use crate::model::{Event, Unit, printable};
use crate::plot::axis::rate_axis;
use crate::plot::chart::{Entry, Layer, Panel, PanelKind, Shape, Spot};
use crate::plot::counted::Counted;
use crate::plot::layout::EntryName;
use crate::plot::palette::Ink;
use crate::plot::{quantity, words};
use std::time::Duration;

/// At most so many steps from left to right: more are hair, and none is a rate any more.
const MOST_STEPS: f64 = 240.0;

/// Lengths of a step, in seconds.
const STEPS: [f64; 17] =
    [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 21_600.0, 86_400.0];

/// Counted lines within a figure.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::plot) struct Rates {
    counted: Counted,
    /// Between two ticks.
    interval: Duration,
    from: Duration,
    to: Duration,
    step: f64,
}

impl Rates {
    /// What was counted between these moments; nothing where nothing was.
    pub(in crate::plot) fn of(
        events: &[Event],
        from: Duration,
        to: Duration,
        interval: Option<Duration>,
    ) -> Option<Self> {
        let mut counted = Counted::of(events);
        counted.counts.retain(|count| count.at >= from && count.at <= to);
        if counted.counts.is_empty() {
            return None;
        }
        let interval = interval.unwrap_or_default();
        // A step shorter than two ticks would be 0 in every second one.
        let least = ((to - from).as_secs_f64() / MOST_STEPS).max(2.0 * interval.as_secs_f64());
        let step = STEPS.into_iter().find(|step| *step >= least).unwrap_or(least);
        Some(Self { counted, interval, from, to, step })
    }

    /// The names of its legend, from top to bottom.
    pub(in crate::plot) fn names(&self) -> Vec<EntryName> {
        self.counted.names.iter().rev().map(|name| (printable(name), None)).collect()
    }

    /// How many of each kind were counted in a phase: `5 268 valid · 5 268 rejected`, and shorter, with what part each but the first is of all.
    pub(in crate::plot) fn in_phase(&self, phase: &Phase) -> Vec<String> {
        let mut sums = vec![0_u64; self.counted.names.len()];
        let counts = &self.counted.counts;
        let place = |moment: Duration| counts.partition_point(|count| count.at < moment);
        for count in counts.get(place(phase.from)..place(phase.to)).unwrap_or_default() {
            sums[count.kind] = sums[count.kind].saturating_add(count.number);
        }
        let all = sums.iter().copied().fold(0, u64::saturating_add);
        if all == 0 {
            return Vec::new();
        }
        let told = |(name, sum): (&String, &u64)| format!("{} {}", words::grouped(*sum), printable(name));
        let long = self.counted.names.iter().zip(&sums).map(told).collect::<Vec<_>>().join(" \u{b7} ");
        match &sums[..] {
            [_] => vec![long],
            sums => {
                let parts = sums.iter().map(|sum| format!("{:.0} %", *sum as f64 * 100.0 / all as f64));
                let parts = self
                    .counted
                    .names
                    .iter()
                    .zip(parts)
                    .skip(1)
                    .map(|(name, part)| format!("{part} {}", printable(name)));
                let short = format!("{}: {}", words::grouped(all), parts.collect::<Vec<_>>().join(" \u{b7} "));
                vec![long, short]
            }
        }
    }

    /// Sums of each kind in each step of time.
    fn binned(&self) -> Vec<Vec<u64>> {
        let place = |at: Duration| (at.saturating_sub(self.from).as_secs_f64() / self.step) as usize;
        let mut bins = vec![vec![0_u64; place(self.to) + 1]; self.counted.names.len()];
        for count in &self.counted.counts {
            let bin = &mut bins[count.kind][place(count.middle(self.interval))];
            *bin = bin.saturating_add(count.number);
        }
        bins
    }

    pub(in crate::plot) fn panel(&self, steps: u32) -> Panel {
        let bins = self.binned();
        let (from, to) = (self.from.as_secs_f64(), self.to.as_secs_f64());
        let mut below = vec![0.0; bins[0].len()];
        let mut layers = Vec::new();
        let mut entries = Vec::new();
        let mut highest = 0.0_f64;
        for (kind, bins) in bins.iter().enumerate() {
            let mut line = Vec::with_capacity(2 * bins.len());
            let mut most = 0.0_f64;
            for (place, number) in bins.iter().enumerate() {
                let begins = from + place as f64 * self.step;
                let ends = (begins + self.step).min(to);
                // The last step is cut by the end of the recording.
                let length = if ends - begins > self.step * 0.5 { ends - begins } else { self.step };
                let rate = *number as f64 / length;
                most = most.max(rate);
                below[place] += rate;
                line.extend([begins, ends].map(|at| Spot { at, value: below[place] }));
            }
            let sum = bins.iter().copied().fold(0, u64::saturating_add);
            layers.push(Layer { ink: Ink::Count(kind), shape: Shape::Area, lines: vec![line] });
            entries.push(Entry {
                ink: Ink::Count(kind),
                shape: Shape::Area,
                name: printable(&self.counted.names[kind]),
                id: None,
                value: format!("{} · max {}/s", words::grouped(sum), quantity::count(most.round() as u64)),
                highest: Some(words::grouped(sum)),
                end: None,
            });
            highest = below.iter().copied().fold(highest, f64::max);
        }
        layers.reverse();
        entries.reverse();
        Panel {
            kind: PanelKind::Rates,
            caption: "per second".to_owned(),
            y: rate_axis(highest, steps, 0.12),
            unit: Unit::Count("", ""),
            layers,
            peaks: Vec::new(),
            entries,
            limit: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::What;
    use chrono::DateTime;

    fn count(second: u64, name: &str, number: u64) -> Event {
        let what = What::Count { name: name.to_owned(), number };
        Event { time: DateTime::UNIX_EPOCH, elapsed: Duration::from_secs(second), what }
    }

    fn rates(events: &[Event]) -> Rates {
        Rates::of(events, Duration::ZERO, Duration::from_secs(100), Some(Duration::from_millis(100))).unwrap()
    }

    #[test]
    fn counts_are_stacked_as_rates() {
        let panel = rates(&[count(10, "valid", 40), count(10, "rejected", 10), count(50, "valid", 5)]).panel(3);
        let at = |layer: usize, second: f64| {
            panel.layers[layer].lines[0].iter().rev().find(|spot| spot.at <= second).unwrap().value
        };
        assert_eq!(panel.layers[0].ink, Ink::Count(1), "the last kind is painted first, below the others");
        assert_eq!((at(0, 9.7), at(1, 9.7), at(0, 49.7), at(0, 70.0)), (100.0, 80.0, 10.0, 0.0));
        let values: Vec<_> = panel.entries.iter().map(|entry| (entry.name.as_str(), entry.value.as_str())).collect();
        assert_eq!(values, [("rejected", "10 · max 20/s"), ("valid", "45 · max 80/s")]);
    }

    #[test]
    fn a_phase_has_its_counts() {
        let rates = rates(&[count(10, "valid", 30), count(20, "rejected", 10), count(60, "valid", 7)]);
        let phase =
            |from, to| Phase { label: String::new(), from: Duration::from_secs(from), to: Duration::from_secs(to) };
        assert_eq!(rates.in_phase(&phase(0, 50))[..2], ["30 valid · 10 rejected", "40: 25 % rejected"]);
        assert!(rates.in_phase(&phase(80, 90)).is_empty());
    }

    #[test]
    fn where_nothing_was_counted_there_is_no_panel() {
        assert_eq!(Rates::of(&[], Duration::ZERO, Duration::from_secs(1), None), None);
    }
}
