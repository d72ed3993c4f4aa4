//! Who is in the tree, and what happened to them: sightings in, rows and events out. Pure.

use crate::launch::Reaped;
use crate::model::{CommandLine, Exit, ExitStatus, Name, PeakOrigin, Pid, ProcessNumber, Row, What};
use crate::source::{Key, News, Sighting, State};
use std::collections::HashMap;

/// A process that shows no command line by then has none: it has overwritten it, or never had one.
const COMMAND_TRIES: u8 = 3;

/// The mark may be remembered too low by this much, in bytes: the kernel adds by processor.
const MARK_SLACK: u64 = 512 << 10;

/// Numbers the processes of a recording and tells what happens to them.
///
/// It is fed by looks at the whole tree ([`Tree::look`]) and by what is known of one process ([`Tree::sight`], [`Tree::reaped`]); both
/// end in the same two places, so that whoever else learns of a process' beginning or end can tell it here.
#[derive(Debug, Default)]
pub struct Tree {
    known: HashMap<Key, Process>,
    last_number: ProcessNumber,
    look: u64,
}

#[derive(Debug)]
struct Process {
    number: ProcessNumber,
    pid: Pid,
    name: Name,
    peak_rss: Option<u64>,
    /// Where that comes from.
    peak_from: PeakOrigin,
    /// How often it had become another program by the last look, as its source counts.
    execs: u32,
    /// It became another program since it was found: its wait status may tell of the one before.
    has_execed: bool,
    ended: bool,
    /// How often its command line is still to be asked for: in the midst of an exec there is none.
    command_tries: u8,
    /// How many rows it has had.
    rows: u64,
    /// The last look that showed it.
    seen: u64,
}

/// What reaping tells of a process, beside what was known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reaping {
    /// As the kernel told it.
    pub reaped: Reaped,
    /// It has waited for children of its own: the peak in its wait status may be one of theirs.
    pub waited_for_children: bool,
    /// Its peak as an exit record told it, in bytes.
    pub last_peak: Option<u64>,
}

/// How a process ended, as far as that is known.
#[derive(Debug, Clone, Copy, Default)]
struct End {
    status: Option<ExitStatus>,
    /// Of the wait status.
    waited_peak: Option<u64>,
    /// Of the exit record.
    last_peak: Option<u64>,
}

impl Tree {
    /// Takes in a look at the whole tree: adds a row for each living process to `rows` and what has happened to `happened`.
    ///
    /// A zombie child of `reaper` is left to [`Tree::reaped`], which knows its exit status. `command_line` is asked for processes that are new
    /// or have changed their name.
    pub fn look(
        &mut self,
        seen: &[Sighting],
        reaper: Option<Pid>,
        command_line: &mut dyn FnMut(Key) -> Option<CommandLine>,
        rows: &mut Vec<Row>,
        happened: &mut dyn FnMut(What),
    ) {
        self.look += 1;
        for sighting in seen {
            let row = self.sight(sighting, command_line, happened);
            if let Some(row) = row {
                rows.push(row);
                self.known.entry(sighting.key).and_modify(|process| process.rows += 1);
            }
            if sighting.state == State::Zombie && reaper != Some(sighting.ppid) {
                self.end(sighting.key, End::default(), happened);
            }
        }
        let look = self.look;
        let mut gone: Vec<(ProcessNumber, Key)> = Vec::new();
        gone.extend(
            self.known.iter().filter(|(_, process)| process.seen != look).map(|(key, process)| (process.number, *key)),
        );
        gone.sort_unstable();
        for (_, key) in gone {
            self.end(key, End::default(), happened);
            self.known.remove(&key);
        }
        rows.sort_unstable_by_key(|row| row.process);
    }

    /// Takes in one process: its beginning if it is new, its new name if it has one. A row if it lives.
    pub fn sight(
        &mut self,
        sighting: &Sighting,
        command_line: &mut dyn FnMut(Key) -> Option<CommandLine>,
        happened: &mut dyn FnMut(What),
    ) -> Option<Row> {
        let Sighting { key, pid, ppid, ref name, execs, state, memory } = *sighting;
        let process = match self.known.entry(key) {
            std::collections::hash_map::Entry::Vacant(place) => {
                self.last_number += 1;
                let number = self.last_number;
                let command = command_line(key);
                let command_tries = if command.is_none() { COMMAND_TRIES } else { 0 };
                happened(What::Spawn { process: number, pid, ppid, name: name.clone(), command });
                let (peak_rss, seen) = (None, self.look);
                place.insert(Process {
                    number,
                    pid,
                    name: name.clone(),
                    peak_rss,
                    peak_from: PeakOrigin::Samples,
                    execs,
                    has_execed: false,
                    ended: false,
                    command_tries,
                    rows: 0,
                    seen,
                })
            }
            std::collections::hash_map::Entry::Occupied(place) => place.into_mut(),
        };
        process.seen = self.look;
        let changed = process.name != *name || process.execs != execs;
        let changed = changed && !process.ended;
        if changed || (process.command_tries > 0 && state == State::Alive) {
            let command = command_line(key);
            process.command_tries = if command.is_some() { 0 } else { process.command_tries.saturating_sub(1) };
            if changed || command.is_some() {
                process.has_execed |= changed;
                if process.execs != execs {
                    // The mark counts anew.
                    process.peak_rss = None;
                }
                process.execs = execs;
                process.name = name.clone();
                happened(What::Exec { process: process.number, pid, name: name.clone(), command });
            }
        }
        if state != State::Alive {
            return None;
        }
        // The kernel's mark only rises, but for an exec, from which it counts anew: one that nobody has told of.
        let fallen = memory.peak_rss.zip(process.peak_rss).is_some_and(|(now, before)| now + MARK_SLACK < before);
        process.has_execed |= fallen && process.peak_from == PeakOrigin::HighWaterMark;
        if memory.peak_rss.is_some() {
            process.peak_from = PeakOrigin::HighWaterMark;
        }
        process.peak_rss = memory.peak_rss.or(process.peak_rss.max(memory.rss));
        Some(Row { process: process.number, pid, ppid, name: name.clone(), memory })
    }

    /// Takes in what a source has come to know between two looks.
    pub fn hear(
        &mut self,
        news: &News,
        command_line: &mut dyn FnMut(Key) -> Option<CommandLine>,
        happened: &mut dyn FnMut(What),
    ) {
        match *news {
            News::Seen(ref sighting) => _ = self.sight(sighting, command_line, happened),
            News::Ended { key, status, peak_rss } => {
                self.end(key, End { status, waited_peak: None, last_peak: peak_rss }, happened);
            }
        }
    }

    /// Takes in how a process ended that this process has reaped.
    pub fn reaped(&mut self, key: Key, reaping: Reaping, happened: &mut dyn FnMut(What)) {
        let Reaping { reaped, waited_for_children, last_peak } = reaping;
        let waited_peak = reaped.peak_rss.filter(|_| !waited_for_children);
        self.end(key, End { status: Some(reaped.status), waited_peak, last_peak }, happened);
    }

    fn end(&mut self, key: Key, end: End, happened: &mut dyn FnMut(What)) {
        let Some(process) = self.known.get_mut(&key).filter(|process| !process.ended) else { return };
        process.ended = true;
        let waited = || end.waited_peak.filter(|_| !process.has_execed).map(|peak| (peak, PeakOrigin::WaitStatus));
        let told = end.last_peak.map(|peak| (peak, PeakOrigin::ExitRecord)).or_else(waited);
        // What the kernel tells at the end is up to 200 KiB low: a mark that was read before may be higher.
        let seen = process.peak_rss.map(|peak| (peak, process.peak_from));
        let highest = told.filter(|told| seen.is_none_or(|seen| seen.0 < told.0)).or(seen);
        let (peak_rss_bytes, peak_from) = highest.unzip();
        let status = end.status;
        let (number, pid) = (process.number, process.pid);
        happened(What::Exit(Exit { process: number, pid, peak_rss_bytes, peak_from, status, oom_kill: false }));
        process.peak_rss = peak_rss_bytes;
    }

    /// Whether that process has been found and has not ended.
    pub fn lives(&self, key: Key) -> bool {
        self.known.get(&key).is_some_and(|process| !process.ended)
    }

    /// How many rows that process has had.
    pub fn rows(&self, key: Key) -> u64 {
        self.known.get(&key).map_or(0, |process| process.rows)
    }

    /// The name of the process with that number, as long as it is remembered.
    pub fn name(&self, number: ProcessNumber) -> Option<&Name> {
        self.known.values().find(|process| process.number == number).map(|process| &process.name)
    }

    /// How many processes live, as far as is known.
    pub fn living(&self) -> usize {
        self.known.values().filter(|process| !process.ended).count()
    }

    /// How many processes have been found so far.
    pub fn found(&self) -> ProcessNumber {
        self.last_number
    }

    /// The highest peak known of a process.
    pub fn peak_rss(&self, key: Key) -> Option<u64> {
        self.known.get(&key)?.peak_rss
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::source::fake::{Fake, FakeProcess, Table};
    use std::time::Duration;

    const US: Pid = 1;

    /// Plays frames, each the table of all processes at one tick, and returns what happened as short sentences, and the rows of each tick
    /// as number and size.
    fn play(frames: Vec<Vec<FakeProcess>>) -> (Vec<String>, Vec<Vec<(ProcessNumber, u64)>>) {
        let table = Table::default();
        let mut fake = Fake::new(table.clone(), Some(US));
        let mut tree = Tree::default();
        let (mut happened, mut all_rows, mut seen): (Vec<What>, _, _) = (Vec::new(), Vec::new(), Vec::new());
        for (tick, frame) in frames.into_iter().enumerate() {
            table.replace(frame);
            if tick == 0 {
                fake.follow(10).unwrap();
            }
            fake.look(Duration::from_secs(tick as u64), &mut seen);
            let mut rows = Vec::new();
            tree.look(&seen, Some(US), &mut |_| None, &mut rows, &mut |what| happened.push(what));
            all_rows.push(rows.iter().map(|row| (row.process, row.memory.rss.unwrap())).collect());
        }
        (happened.iter().map(sentence).collect(), all_rows)
    }

    fn sentence(what: &What) -> String {
        match what {
            What::Spawn { process, pid, name, .. } => format!("{process} spawns as {name} ({pid})"),
            What::Exec { process, name, .. } => format!("{process} becomes {name}"),
            What::Exit(Exit { process, peak_rss_bytes, .. }) => {
                format!("{process} exits at {:?}", peak_rss_bytes.unwrap_or(0))
            }
            other => format!("{other:?}"),
        }
    }

    fn process(pid: Pid, ppid: Pid, name: &'static str) -> FakeProcess {
        FakeProcess::new(pid, ppid, name)
    }

    #[test]
    fn a_child_that_goes_leaves_the_sum() {
        let (happened, rows) = play(vec![
            vec![process(10, US, "server")],
            vec![process(10, US, "server"), process(11, 10, "worker").of_size(50)],
            vec![process(10, US, "server")],
        ]);
        assert_eq!(happened, ["1 spawns as server (10)", "2 spawns as worker (11)", "2 exits at 50"]);
        assert_eq!(rows, [vec![(1, 1000)], vec![(1, 1000), (2, 50)], vec![(1, 1000)]]);
    }

    #[test]
    fn a_reused_pid_is_another_process() {
        let mut second = process(11, 10, "worker").of_size(7);
        second.generation = 1;
        let (happened, rows) = play(vec![
            vec![process(10, US, "server"), process(11, 10, "worker")],
            vec![process(10, US, "server"), second],
        ]);
        assert_eq!(happened[2..], ["3 spawns as worker (11)", "2 exits at 1000"]);
        assert_eq!(rows[1], [(1, 1000), (3, 7)]);
    }

    #[test]
    fn an_orphan_that_comes_to_us_stays_in_the_tree() {
        let (happened, rows) = play(vec![
            vec![process(10, US, "sh"), process(11, 10, "sh"), process(12, 11, "daemon")],
            vec![process(10, US, "sh"), process(12, US, "daemon")],
        ]);
        assert_eq!(happened[3..], ["2 exits at 1000"]);
        assert_eq!(rows[1], [(1, 1000), (3, 1000)]);
    }

    #[test]
    fn exec_keeps_the_number_and_takes_the_new_name() {
        let (happened, rows) = play(vec![vec![process(10, US, "sh")], vec![process(10, US, "sleep").of_size(2000)]]);
        assert_eq!(happened, ["1 spawns as sh (10)", "1 becomes sleep"]);
        assert_eq!(rows[1], [(1, 2000)]);
    }

    #[test]
    fn exec_is_told_even_where_the_name_stays() {
        let mut shim = process(10, US, "python3");
        let before = shim.clone();
        shim.execs = 1;
        let (happened, _) = play(vec![vec![before], vec![shim.clone()], vec![shim]]);
        assert_eq!(happened, ["1 spawns as python3 (10)", "1 becomes python3"]);
    }

    #[test]
    fn a_zombie_has_ended_once_and_has_no_row() {
        let mut zombie = process(11, 10, "worker");
        zombie.state = State::Zombie;
        let frame = vec![process(10, US, "server"), zombie];
        let (happened, rows) = play(vec![
            vec![process(10, US, "server"), process(11, 10, "worker")],
            frame.clone(),
            frame,
            vec![process(10, US, "server")],
        ]);
        assert_eq!(happened[2..], ["2 exits at 1000"]);
        assert_eq!(rows[1], [(1, 1000)]);
    }

    #[test]
    fn a_zombie_of_ours_ends_when_it_is_reaped_with_its_status() {
        let mut zombie = process(10, US, "server");
        zombie.state = State::Zombie;
        let table = Table::default();
        let mut fake = Fake::new(table.clone(), Some(US));
        let (mut tree, mut happened, mut seen): (_, Vec<What>, _) = (Tree::default(), Vec::new(), Vec::new());
        table.replace(vec![zombie]);
        let key = fake.follow(10).unwrap();
        fake.look(Duration::ZERO, &mut seen);
        tree.look(&seen, Some(US), &mut |_| None, &mut Vec::new(), &mut |what| happened.push(what));
        assert!(tree.lives(key), "left to the one who knows how it ended");
        let reaped = Reaped { status: ExitStatus::Code(3), peak_rss: Some(9000) };
        tree.reaped(key, Reaping { reaped, waited_for_children: false, last_peak: None }, &mut |what| {
            happened.push(what)
        });
        let exit = Exit {
            process: 1,
            pid: 10,
            peak_rss_bytes: Some(9000),
            peak_from: Some(PeakOrigin::WaitStatus),
            status: Some(ExitStatus::Code(3)),
            oom_kill: false,
        };
        assert_eq!(happened.last(), Some(&What::Exit(exit)));
        assert_eq!(tree.rows(key), 0);
    }
}
