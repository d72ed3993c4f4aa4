//! Who plays a part in a figure: which processes are shown by themselves, in which colour, and which are folded into one.

use super::palette::{Ink, RANKS};
use super::role;
use crate::analysis::{ProcessSummary, Summary};
use crate::model::{CommandLine, METRICS, Metric, Pid, ProcessNumber, printable};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// So many processes are shown by themselves. One more is shown too rather than folded alone.
const SHOWN: usize = 8;

/// The number of the process that was asked for: what the recording is of.
const COMMAND: ProcessNumber = 1;

/// A process that is shown by itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Role {
    pub(super) number: ProcessNumber,
    pub(super) pid: Pid,
    pub(super) name: String,
    /// What tells it from others of that name.
    pub(super) word: Option<String>,
    pub(super) ink: Ink,
}

impl Role {
    /// mprof does not write down the pid of the process itself.
    pub(super) fn known_pid(&self) -> Option<String> {
        (self.pid != 0).then(|| self.pid.to_string())
    }

    /// `rustc serde`.
    pub(super) fn full_name(&self) -> String {
        match &self.word {
            Some(word) => format!("{} {word}", self.name),
            None => self.name.clone(),
        }
    }
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
    /// Everybody who lived and had some of `metric` between the two moments; the command and the biggest by themselves.
    ///
    /// A process' colour follows from its rank in the whole recording, whatever is drawn of it, so that it is the same in every
    /// figure. Where two of the biggest share one, the smaller one is folded, and somebody else is shown instead.
    /// `commands` are the processes' command lines, as far as they are known.
    pub(super) fn of(
        summary: &Summary,
        commands: &HashMap<ProcessNumber, &CommandLine>,
        metric: Metric,
        from: Duration,
        to: Duration,
    ) -> Self {
        let ranks = ranks(summary);
        let peak = |process: &ProcessSummary| process.reading(metric).map(|reading| reading.peak.value);
        let mut present: Vec<usize> = (0..summary.processes.len())
            .filter(|place| {
                let process = &summary.processes[*place];
                process.first <= to && process.last >= from && peak(process).is_some()
            })
            .collect();
        let count = present.len();
        // The command, however small it is, then by size.
        present.sort_by_key(|place| {
            let process = &summary.processes[*place];
            (process.number != COMMAND, std::cmp::Reverse(peak(process)), ranks[*place])
        });
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
            let ink = Ink::Rank(ranks[place] % RANKS);
            Role { number: process.number, pid: process.pid, name, word: None, ink }
        };
        let mut roles: Vec<Role> = shown.iter().map(|place| role(*place)).collect();
        tell_apart(&mut roles, commands);
        Self { others: count - shown.len(), others_name, roles }
    }
}

/// Gives each role the word that tells it from those of the same name.
fn tell_apart(roles: &mut [Role], commands: &HashMap<ProcessNumber, &CommandLine>) {
    let names: BTreeSet<String> = roles.iter().map(|role| role.name.clone()).collect();
    for name in names {
        let mut alike: Vec<&mut Role> = roles.iter_mut().filter(|role| role.name == name).collect();
        let lines: Vec<_> = alike.iter().map(|role| commands.get(&role.number).copied()).collect();
        for (role, word) in alike.iter_mut().zip(role::roles(&name, &lines)) {
            role.word = word;
        }
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

/// The place of each process when all are ordered by their peak of the first metric that the recording has, the command before all.
fn ranks(summary: &Summary) -> Vec<usize> {
    let metric = METRICS.iter().map(|row| row.metric).find(|metric| summary.total(*metric).is_some());
    let peak = |place: &usize| {
        metric.and_then(|metric| summary.processes[*place].reading(metric)).map_or(0, |reading| reading.peak.value)
    };
    let mut order: Vec<usize> = (0..summary.processes.len()).collect();
    order.sort_by_key(|place| (summary.processes[*place].number != COMMAND, std::cmp::Reverse(peak(place))));
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

    fn cast(summary: &Summary, from: Duration) -> Cast {
        Cast::of(summary, &HashMap::new(), Metric::Rss, from, second(9))
    }

    #[test]
    fn many_processes_are_the_command_the_biggest_seven_and_the_others() {
        let summary = summary_of(&constant(&(1..=40).collect::<Vec<u64>>(), 3));
        let cast = cast(&summary, Duration::ZERO);
        assert_eq!((cast.roles.len(), cast.others), (8, 32));
        let numbers: Vec<_> = cast.roles.iter().map(|role| role.number).collect();
        assert_eq!(numbers, [1, 34, 35, 36, 37, 38, 39, 40], "the command, and the biggest");
        assert_eq!(cast.roles[0].ink, Ink::Rank(0), "the command has the first colour");
        assert_eq!(cast.roles[7].ink, Ink::Rank(1), "the biggest has the second");
    }

    #[test]
    fn the_others_are_called_by_the_name_that_they_have_in_common() {
        assert_eq!(common_name(["rustc", "rustc"].into_iter()), Some("rustc".to_owned()));
        assert_eq!(common_name(["rustc", "cc", "rustc"].into_iter()), Some("mostly rustc".to_owned()));
        assert_eq!(common_name(["rustc", "cc"].into_iter()), None);
    }

    #[test]
    fn nobody_is_folded_alone() {
        let cast = cast(&summary_of(&constant(&[1; 9], 3)), Duration::ZERO);
        assert_eq!((cast.roles.len(), cast.others), (9, 0));
    }

    #[test]
    fn a_process_has_the_same_colour_in_every_window_and_no_two_share_one() {
        let mut ticks = constant(&(1..=40).collect::<Vec<u64>>(), 8);
        // The biggest thirty leave half-way.
        ticks[4..].iter_mut().for_each(|tick| tick.rows.retain(|row| row.process <= 10));
        let summary = summary_of(&ticks);
        let all = cast(&summary, Duration::ZERO);
        let late = cast(&summary, second(5));
        assert!(late.roles.iter().all(|role| role.number <= 10));
        for cast in [&all, &late] {
            let mut inks: Vec<_> = cast.roles.iter().map(|role| role.ink).collect();
            inks.sort_by_key(|ink| format!("{ink:?}"));
            inks.dedup();
            assert_eq!(inks.len(), cast.roles.len());
        }
        let ranks = ranks(&summary);
        assert!(late.roles.iter().all(|role| role.ink == Ink::Rank(ranks[role.number as usize - 1] % RANKS)));
    }
}
