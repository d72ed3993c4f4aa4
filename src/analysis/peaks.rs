//! The highest resident set of each process, those included that lived between two ticks.

use super::Summary;
use crate::model::{Event, Exit, Metric, Name, Pid, ProcessNumber, What};
use std::collections::BTreeMap;

/// How large a process has been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessPeak {
    /// Its number in the recording.
    pub number: ProcessNumber,
    /// Its process id.
    pub pid: Pid,
    /// The name that it had last.
    pub name: Name,
    /// Its highest resident set that is known, in bytes: of a tick, of the kernel's mark, or of its end.
    pub bytes: u64,
}

/// The peaks of all processes of which one is known, by their numbers. Those that no tick saw are in the events alone.
pub fn peaks(summary: &Summary, events: &[Event]) -> Vec<ProcessPeak> {
    let mut peaks: BTreeMap<ProcessNumber, (Pid, Name, Option<u64>)> = BTreeMap::new();
    for event in events {
        match &event.what {
            What::Spawn { process, pid, name, .. } | What::Exec { process, pid, name, .. } => {
                let known = peaks.entry(*process).or_insert_with(|| (*pid, name.clone(), None));
                known.1 = name.clone();
            }
            What::Exit(Exit { process, peak_rss_bytes, .. }) => {
                if let Some(known) = peaks.get_mut(process) {
                    known.2 = *peak_rss_bytes;
                }
            }
            _ => {}
        }
    }
    for process in &summary.processes {
        let sampled = process.reading(Metric::Rss).map(|reading| reading.peak.value);
        let known = peaks.entry(process.number).or_insert_with(|| (process.pid, process.name.clone(), None));
        known.2 = known.2.max(sampled).max(process.kernel_peak());
    }
    let known = peaks.into_iter().filter_map(|(number, (pid, name, bytes))| {
        let bytes = bytes?;
        Some(ProcessPeak { number, pid, name, bytes })
    });
    known.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::SummaryBuilder;
    use crate::model::{Memory, Row, Sample};
    use chrono::DateTime;
    use std::time::Duration;

    fn named(name: &str) -> Name {
        Name::from_bytes(name.as_bytes())
    }

    fn happened(what: What) -> Event {
        Event { time: DateTime::UNIX_EPOCH, elapsed: Duration::ZERO, what }
    }

    fn life(process: ProcessNumber, name: &str, peak: Option<u64>) -> [Event; 2] {
        let pid = process + 100;
        let exit = Exit { process, pid, peak_rss_bytes: peak, peak_from: None, status: None, oom_kill: false };
        let spawn = What::Spawn { process, pid, ppid: 1, name: named(name), command: None };
        [happened(spawn), happened(What::Exit(exit))]
    }

    #[test]
    fn the_highest_that_is_known_counts_and_nobody_is_left_out() {
        let mut builder = SummaryBuilder::new();
        let memory = Memory { rss: Some(20), peak_rss: Some(30), ..Memory::default() };
        let rows = vec![Row { process: 1, pid: 101, ppid: 1, name: named("server"), memory }];
        builder.add(&Sample { rows, ..Sample::default() });
        let summary = builder.finish();
        let events = [life(1, "sh", Some(25)), life(2, "of a moment", Some(90)), life(3, "unknown", None)].concat();
        let told: Vec<_> = peaks(&summary, &events).into_iter().map(|peak| (peak.number, peak.bytes)).collect();
        assert_eq!(told, [(1, 30), (2, 90)]);
        let without_events = peaks(&summary, &[]);
        assert_eq!((without_events[0].pid, without_events[0].name.as_str()), (101, "server"));
    }
}
