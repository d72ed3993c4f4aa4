//! Who plays a part in a figure: which processes are shown by themselves, in which colour, and which are folded into one.

use super::palette::{Ink, RANKS};
use crate::analysis::{ProcessSummary, Summary};
use crate::model::{METRICS, Metric, Pid, ProcessNumber, printable};
use std::collections::HashMap;
use std::time::Duration;

/// So many processes are shown by themselves. One more is shown too rather than folded alone.
const SHOWN: usize = 8;

/// A process that is shown by itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Role {
    pub(super) number: ProcessNumber,
    pub(super) pid: Pid,
    pub(super) name: String,
    pub(super) ink: Ink,
}

/// The processes of a figure, the first started first.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Cast {
    pub(super) roles: Vec<Role>,
    /// How many are folded.
    pub(super) others: usize,
    /// The name that most of them have, where they have one in common.
    pub(super) others_name: Option<String>,
}

impl Cast {
    /// Everybody who lived and had some of `metric` between the two moments; the biggest by themselves.
    ///
    /// A process' colour follows from its rank in the whole recording, whatever is drawn of it, so that it is the same in every
    /// figure. Where two of the biggest share one, the smaller one is folded, and somebody else is shown instead.
    pub(super) fn of(summary: &Summary, metric: Metric, from: Duration, to: Duration) -> Self {
        let ranks = ranks(summary);
        let peak = |process: &ProcessSummary| process.reading(metric).map(|reading| reading.peak.bytes);
        let mut present: Vec<usize> = (0..summary.processes.len())
            .filter(|place| {
                let process = &summary.processes[*place];
                process.first <= to && process.last >= from && peak(process).is_some()
            })
            .collect();
        let count = present.len();
        present.sort_by_key(|place| (std::cmp::Reverse(peak(&summary.processes[*place])), ranks[*place]));
        let most = if count <= SHOWN + 1 { SHOWN + 1 } else { SHOWN };
        let mut taken = [false; RANKS];
        let mut shown: Vec<usize> = Vec::new();
        for &place in &present {
            let colour = &mut taken[ranks[place] % RANKS];
            if shown.len() < most && !*colour {
                *colour = true;
                shown.push(place);
            }
        }
        shown.sort_unstable();
        let folded = present.iter().filter(|place| !shown.contains(place));
        let others_name = common_name(folded.map(|place| summary.processes[*place].name.as_str()));
        let role = |place: usize| {
            let process = &summary.processes[place];
            let name = printable(process.name.as_str());
            Role { number: process.number, pid: process.pid, name, ink: Ink::Rank(ranks[place] % RANKS) }
        };
        Self { others: count - shown.len(), others_name, roles: shown.into_iter().map(role).collect() }
    }
}

/// `rustc` where all have that name, `mostly rustc` where two thirds have it.
fn common_name<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let (mut counts, mut all) = (HashMap::<&str, usize>::new(), 0);
    for name in names {
        *counts.entry(name).or_default() += 1;
        all += 1;
    }
    let (name, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    let name = printable(name);
    match count {
        _ if count == all => Some(name),
        _ if count * 3 >= all * 2 => Some(format!("mostly {name}")),
        _ => None,
    }
}

/// The place of each process when all are ordered by their peak of the first metric that the recording has.
fn ranks(summary: &Summary) -> Vec<usize> {
    let metric = METRICS.iter().map(|row| row.metric).find(|metric| summary.total(*metric).is_some());
    let peak = |place: &usize| {
        metric.and_then(|metric| summary.processes[*place].reading(metric)).map_or(0, |reading| reading.peak.bytes)
    };
    let mut order: Vec<usize> = (0..summary.processes.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(peak(place)));
    let mut ranks = vec![0; order.len()];
    for (rank, place) in order.into_iter().enumerate() {
        ranks[place] = rank;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::test_samples::{constant, summary_of};

    fn second(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn many_processes_are_the_biggest_eight_and_the_others() {
        let summary = summary_of(&constant(&(1..=40).collect::<Vec<u64>>(), 3));
        let cast = Cast::of(&summary, Metric::Rss, Duration::ZERO, second(9));
        assert_eq!((cast.roles.len(), cast.others), (8, 32));
        assert_eq!(cast.roles.iter().map(|role| role.number).collect::<Vec<_>>(), (33..=40).collect::<Vec<_>>());
        assert_eq!(cast.roles[7].ink, Ink::Rank(0), "the biggest has the first colour");
    }

    #[test]
    fn the_others_are_called_by_the_name_that_they_have_in_common() {
        assert_eq!(common_name(["rustc", "rustc"].into_iter()), Some("rustc".to_owned()));
        assert_eq!(common_name(["rustc", "cc", "rustc"].into_iter()), Some("mostly rustc".to_owned()));
        assert_eq!(common_name(["rustc", "cc"].into_iter()), None);
    }

    #[test]
    fn nobody_is_folded_alone() {
        let cast = Cast::of(&summary_of(&constant(&[1; 9], 3)), Metric::Rss, Duration::ZERO, second(9));
        assert_eq!((cast.roles.len(), cast.others), (9, 0));
    }

    #[test]
    fn a_process_has_the_same_colour_in_every_window_and_no_two_share_one() {
        let mut ticks = constant(&(1..=40).collect::<Vec<u64>>(), 8);
        // The biggest thirty leave half-way.
        ticks[4..].iter_mut().for_each(|tick| tick.rows.retain(|row| row.process <= 10));
        let summary = summary_of(&ticks);
        let all = Cast::of(&summary, Metric::Rss, Duration::ZERO, second(9));
        let late = Cast::of(&summary, Metric::Rss, second(5), second(9));
        assert!(late.roles.iter().all(|role| role.number <= 10));
        for cast in [&all, &late] {
            let mut inks: Vec<_> = cast.roles.iter().map(|role| role.ink).collect();
            inks.dedup();
            assert_eq!(inks.len(), cast.roles.len());
        }
        let ranks = ranks(&summary);
        assert!(late.roles.iter().all(|role| role.ink == Ink::Rank(ranks[role.number as usize - 1] % RANKS)));
    }
}
