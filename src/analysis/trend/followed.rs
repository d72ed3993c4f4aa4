//! The trends of many processes at once.

use super::{Trend, TrendBuilder};
use crate::analysis::Seats;
use crate::model::{Metric, ProcessNumber, Sample};
use std::collections::HashMap;

/// Judges each of some processes by itself.
#[derive(Debug, Clone)]
pub struct ProcessTrends {
    metric: Metric,
    seats: Seats,
    builders: Vec<(ProcessNumber, TrendBuilder)>,
}

impl ProcessTrends {
    /// Of these processes, by `metric`.
    pub fn of(processes: impl IntoIterator<Item = ProcessNumber>, metric: Metric) -> Self {
        let builders: Vec<_> = processes.into_iter().map(|number| (number, TrendBuilder::new())).collect();
        let seats = builders.iter().enumerate().map(|(place, (number, _))| (*number, place)).collect();
        Self { metric, seats, builders }
    }

    /// Takes the next tick.
    pub fn add(&mut self, sample: &Sample) {
        for (place, row) in sample.rows.iter().enumerate() {
            if let Some(place) = self.seats.of(place, row.process)
                && let Some(bytes) = self.metric.of(&row.memory)
            {
                self.builders[place].1.push(sample.elapsed, bytes);
            }
        }
    }

    /// The trend of each.
    pub fn finish(self) -> HashMap<ProcessNumber, Trend> {
        self.builders.into_iter().map(|(number, builder)| (number, builder.finish())).collect()
    }
}
