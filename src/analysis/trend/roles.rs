//! Processes that replace one another: generations of one role, followed as one series.
//!
//! A worker that is replaced before it has grown large leaks all the same, and no single one of them is there long enough to show it; what each
//! generation begins with tells whether their parent does.

use super::{Trend, TrendBuilder};
use crate::analysis::{ProcessSummary, Seats};
use crate::model::{Metric, Name, Pid, ProcessNumber, Sample};
use std::collections::HashMap;

/// Processes of one name and one parent, of which some came when others had gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Their name.
    pub name: Name,
    /// Their parent's process id.
    pub ppid: Pid,
    /// Their numbers, in the order in which they came.
    pub processes: Vec<ProcessNumber>,
}

/// The roles among the processes of a recording, in the order of their first process. Who was never replaced is a role by himself, and not listed.
pub fn roles(processes: &[ProcessSummary]) -> Vec<Role> {
    let mut places: HashMap<(&Name, Pid), usize> = HashMap::new();
    let mut groups: Vec<Vec<&ProcessSummary>> = Vec::new();
    for process in processes {
        let place = *places.entry((&process.name, process.ppid)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[place].push(process);
    }
    let replaced = |group: &Vec<&ProcessSummary>| {
        let first_end = group.iter().map(|process| process.last).min();
        let last_start = group.iter().map(|process| process.first).max();
        last_start > first_end
    };
    let role = |group: Vec<&ProcessSummary>| Role {
        name: group[0].name.clone(),
        ppid: group[0].ppid,
        processes: group.iter().map(|process| process.number).collect(),
    };
    groups.into_iter().filter(replaced).map(role).collect()
}

/// Adds up the processes of each role, tick by tick, and judges the sums.
#[derive(Debug, Clone)]
pub struct RoleTrends {
    metric: Metric,
    seats: Seats,
    builders: Vec<TrendBuilder>,
    sums: Vec<Option<u64>>,
}

impl RoleTrends {
    /// Of `roles`, by `metric`.
    pub fn of(roles: &[Role], metric: Metric) -> Self {
        let of_role =
            |(place, role): (usize, &Role)| role.processes.iter().map(move |number| (*number, place)).collect();
        let seats = roles.iter().enumerate().flat_map::<Vec<_>, _>(of_role).collect();
        Self { metric, seats, builders: vec![TrendBuilder::new(); roles.len()], sums: vec![None; roles.len()] }
    }

    /// Takes the next tick. A role that nobody has at it is not measured.
    pub fn add(&mut self, sample: &Sample) {
        if self.builders.is_empty() {
            return;
        }
        for (row_place, row) in sample.rows.iter().enumerate() {
            if let Some(place) = self.seats.of(row_place, row.process)
                && let Some(bytes) = self.metric.of(&row.memory)
            {
                let sum = &mut self.sums[place];
                *sum = Some(sum.unwrap_or_default().saturating_add(bytes));
            }
        }
        for (sum, builder) in self.sums.iter_mut().zip(&mut self.builders) {
            if let Some(bytes) = sum.take() {
                builder.push(sample.elapsed, bytes);
            }
        }
    }

    /// The trend of each role, in their order.
    pub fn finish(self) -> Vec<Trend> {
        self.builders.into_iter().map(TrendBuilder::finish).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::SummaryBuilder;
    use crate::analysis::trend::Verdict;
    use crate::model::{Memory, Row};
    use std::time::Duration;

    fn row(process: ProcessNumber, ppid: Pid, name: &str, rss: u64) -> Row {
        let memory = Memory { rss: Some(rss), ..Memory::default() };
        Row { process, pid: 100 + process, ppid, name: Name::from_written(name), memory }
    }

    /// A master, and a worker that is replaced every minute: each begins with the master's size and grows by as much again.
    fn prefork(leak: u64) -> Vec<Sample> {
        let tick = |second: u64| {
            let master = (64 << 20) + leak * second;
            let worker = master + (1 << 20) * (second % 60);
            Sample {
                elapsed: Duration::from_secs(second),
                rows: vec![row(1, 1, "master", master), row(2 + (second / 60) as u32, 101, "worker", worker)],
                ..Sample::default()
            }
        };
        (0..3600).map(tick).collect()
    }

    fn judged(samples: &[Sample]) -> Vec<(Vec<ProcessNumber>, Verdict)> {
        let mut summary = SummaryBuilder::new();
        samples.iter().for_each(|sample| summary.add(sample));
        let roles = roles(&summary.finish().processes);
        let mut trends = RoleTrends::of(&roles, Metric::Rss);
        samples.iter().for_each(|sample| trends.add(sample));
        let verdicts = trends.finish().into_iter().map(|trend| trend.verdict);
        roles.into_iter().map(|role| role.processes).zip(verdicts).collect()
    }

    #[test]
    fn workers_that_replace_one_another_are_one_role_and_level() {
        assert_eq!(judged(&prefork(0)), [((2..62).collect(), Verdict::Level)]);
    }

    #[test]
    fn workers_that_inherit_ever_more_are_a_role_that_grows() {
        assert_eq!(judged(&prefork(8192)), [((2..62).collect(), Verdict::Growing)]);
    }

    #[test]
    fn processes_that_live_at_the_same_time_are_no_generations() {
        let rows = vec![row(1, 1, "worker", 5), row(2, 1, "worker", 6)];
        assert_eq!(judged(&[Sample { rows, ..Sample::default() }]), []);
    }
}
