//! Who plays a part in a figure: which processes are shown by themselves, in which colour, and which are folded into one.

use super::palette::{Ink, RANKS};
use super::{GroupBy, Options, role, words};
use crate::analysis::{ProcessSummary, Summary};
use crate::model::{CommandLine, METRICS, Pid, ProcessNumber, printable};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// The number of the process that was asked for: what the recording is of.
const COMMAND: ProcessNumber = 1;

/// A process that is shown by itself, or all of one name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Role {
    /// Who plays it, the first started first.
    pub(super) numbers: Vec<ProcessNumber>,
    /// The first one's.
    pub(super) pid: Pid,
    pub(super) name: String,
    /// What tells it from others of that name.
    pub(super) word: Option<String>,
    pub(super) ink: Ink,
}

impl Role {
    /// What tells it from others of its name: its pid, or how many it is. mprof does not write down the pid of the process itself.
    pub(super) fn id(&self) -> Option<String> {
        match self.numbers.len() {
            1 => (self.pid != 0).then(|| self.pid.to_string()),
            several => Some(format!("\u{d7}{}", words::grouped(several as u64))),
        }
    }

    /// `rustc serde`.
    pub(super) fn full_name(&self) -> String {
        match &self.word {
            Some(word) => format!("{} {word}", self.name),
            None => self.name.clone(),
        }
    }
}

/// The series of a figure, the first started first.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Cast {
    pub(super) roles: Vec<Role>,
    /// How many processes are folded.
    pub(super) others: usize,
    /// The name that most of them have, where they have one in common.
    pub(super) others_name: Option<String>,
}

/// Each of the ranks' colours, and a shade of each.
const COLOURS: usize = 2 * RANKS;

/// Processes that are one series: places in the summary.
type Group = Vec<usize>;

impl Cast {
    /// Everybody who lived and had some of the metric between the two moments; the command and the biggest by themselves.
    ///
    /// A series' colour follows from its rank in the whole recording, whatever is drawn of it, so that it is the same in every
    /// figure. Where two of the biggest share one, the smaller one is folded, and somebody else is shown instead.
    /// `commands` are the processes' command lines, as far as they are known.
    pub(super) fn of(
        summary: &Summary,
        commands: &HashMap<ProcessNumber, &CommandLine>,
        options: &Options,
        from: Duration,
        to: Duration,
    ) -> Self {
        let groups = groups(summary, options.group_by);
        let ranks = ranks(summary, &groups);
        let peak = |process: &ProcessSummary| process.reading(options.metric).map(|reading| reading.peak.value);
        let is_there = |place: &usize| {
            let process = &summary.processes[*place];
            process.first <= to && process.last >= from && peak(process).is_some()
        };
        let here: Vec<Group> = groups.iter().map(|group| group.iter().copied().filter(is_there).collect()).collect();
        let mut present: Vec<usize> = (0..groups.len()).filter(|group| !here[*group].is_empty()).collect();
        // The command, however small it is, then by size.
        let largest = |group: &usize| here[*group].iter().filter_map(|place| peak(&summary.processes[*place])).max();
        let is_other = |group: &usize| summary.processes[groups[*group][0]].number != COMMAND;
        present.sort_by_key(|group| (is_other(group), std::cmp::Reverse(largest(group)), ranks[*group]));
        // One more is shown too rather than folded alone.
        let most = if present.len() <= options.top + 1 { options.top + 1 } else { options.top };
        let mut taken = [false; COLOURS];
        let mut shown: Vec<usize> = Vec::new();
        for &group in &present {
            let colour = &mut taken[ranks[group] % COLOURS];
            if shown.len() < most && !*colour {
                *colour = true;
                shown.push(group);
            }
        }
        shown.sort_unstable();
        let folded: Vec<usize> =
            present.iter().filter(|group| !shown.contains(group)).flat_map(|group| here[*group].clone()).collect();
        let others_name = common_name(folded.iter().map(|place| summary.processes[*place].name.as_str()));
        let role = |group: usize| {
            let members = here[group].iter().map(|place| &summary.processes[*place]);
            let first = &summary.processes[here[group][0]];
            let name = printable(first.name.as_str());
            let ink = Ink::Rank(ranks[group] % COLOURS);
            let mut numbers: Vec<ProcessNumber> = members.map(|process| process.number).collect();
            numbers.sort_unstable();
            Role { numbers, pid: first.pid, name, word: None, ink }
        };
        let mut roles: Vec<Role> = shown.iter().map(|group| role(*group)).collect();
        if options.group_by == GroupBy::Pid {
            tell_apart(&mut roles, commands);
        }
        Self { others: folded.len(), others_name, roles }
    }

    /// How many processes it is of.
    pub(super) fn processes(&self) -> usize {
        self.roles.iter().map(|role| role.numbers.len()).sum::<usize>() + self.others
    }
}

/// What is one series, the first started first.
fn groups(summary: &Summary, by: GroupBy) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (place, process) in summary.processes.iter().enumerate() {
        match by {
            GroupBy::Pid => groups.push(vec![place]),
            GroupBy::Name => {
                let group = *places.entry(process.name.as_str()).or_insert(groups.len());
                if group == groups.len() {
                    groups.push(Vec::new());
                }
                groups[group].push(place);
            }
        }
    }
    groups
}

/// Gives each role the word that tells it from those of the same name.
fn tell_apart(roles: &mut [Role], commands: &HashMap<ProcessNumber, &CommandLine>) {
    let names: BTreeSet<String> = roles.iter().map(|role| role.name.clone()).collect();
    for name in names {
        let mut alike: Vec<&mut Role> = roles.iter_mut().filter(|role| role.name == name).collect();
        let lines: Vec<_> = alike.iter().map(|role| commands.get(&role.numbers[0]).copied()).collect();
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

/// The place of each group when all are ordered by their largest process' peak of the first metric that the recording has, the command before all.
fn ranks(summary: &Summary, groups: &[Group]) -> Vec<usize> {
    let metric = METRICS.iter().map(|row| row.metric).find(|metric| summary.total(*metric).is_some());
    let peak = |place: &usize| {
        metric.and_then(|metric| summary.processes[*place].reading(metric)).map_or(0, |reading| reading.peak.value)
    };
    let largest = |group: &usize| groups[*group].iter().map(peak).max();
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|group| {
        (summary.processes[groups[*group][0]].number != COMMAND, std::cmp::Reverse(largest(group)))
    });
    let mut ranks = vec![0; order.len()];
    for (rank, group) in order.into_iter().enumerate() {
        ranks[group] = rank;
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
        Cast::of(summary, &HashMap::new(), &Options::default(), from, second(9))
    }

    #[test]
    fn many_processes_are_the_command_the_biggest_seven_and_the_others() {
        let summary = summary_of(&constant(&(1..=40).collect::<Vec<u64>>(), 3));
        let cast = cast(&summary, Duration::ZERO);
        assert_eq!((cast.roles.len(), cast.others), (8, 32));
        let numbers: Vec<_> = cast.roles.iter().map(|role| role.numbers[0]).collect();
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
        assert!(late.roles.iter().all(|role| role.numbers[0] <= 10));
        for cast in [&all, &late] {
            let mut inks: Vec<_> = cast.roles.iter().map(|role| role.ink).collect();
            inks.sort_by_key(|ink| format!("{ink:?}"));
            inks.dedup();
            assert_eq!(inks.len(), cast.roles.len());
        }
        let ranks = ranks(&summary, &groups(&summary, GroupBy::Pid));
        assert!(late.roles.iter().all(|role| role.ink == Ink::Rank(ranks[role.numbers[0] as usize - 1] % COLOURS)));
    }

    #[test]
    fn processes_of_one_name_can_be_one_series() {
        let mut ticks = constant(&[5, 10, 20, 30], 3);
        ticks.iter_mut().flat_map(|tick| &mut tick.rows).filter(|row| row.process > 2).for_each(|row| {
            row.name = crate::model::Name::from_written("worker");
        });
        let options = Options { group_by: GroupBy::Name, ..Options::default() };
        let cast = Cast::of(&summary_of(&ticks), &HashMap::new(), &options, Duration::ZERO, second(9));
        let told: Vec<_> = cast.roles.iter().map(|role| (role.full_name(), role.id(), role.numbers.len())).collect();
        let worker = ("worker".to_owned(), Some("\u{d7}2".to_owned()), 2);
        assert_eq!(told[2], worker);
        assert_eq!((told.len(), cast.processes()), (3, 4));
    }

    #[test]
    fn as_many_are_shown_as_were_asked_for() {
        let summary = summary_of(&constant(&(1..=40).collect::<Vec<u64>>(), 3));
        for top in [1, 3, 10, 20] {
            let options = Options { top, ..Options::default() };
            let cast = Cast::of(&summary, &HashMap::new(), &options, Duration::ZERO, second(9));
            assert_eq!((cast.roles.len(), cast.others), (top, 40 - top));
        }
    }
}
