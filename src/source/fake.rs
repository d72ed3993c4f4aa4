//! A source for tests: it shows whatever table of processes the test has laid out.

use super::{GroupMembers, Key, NoSuchProcess, Sighting, Source, State};
use crate::model::{CommandLine, Memory, Name, Pid};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;
use std::time::Duration;

/// One process of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeProcess {
    /// Its process id.
    pub pid: Pid,
    /// Its parent's.
    pub ppid: Pid,
    /// Tells apart two processes that have the same pid one after the other.
    pub generation: u64,
    /// Its short name.
    pub name: &'static str,
    /// How often it has become another program.
    pub execs: u32,
    /// Whether it has ended and waits to be reaped.
    pub state: State,
    /// Its resident set in bytes; the peak is the highest that was ever shown.
    pub rss: u64,
}

impl FakeProcess {
    /// A living process of 1000 bytes.
    pub fn new(pid: Pid, ppid: Pid, name: &'static str) -> Self {
        Self { pid, ppid, generation: 0, name, execs: 0, state: State::Alive, rss: 1000 }
    }

    /// The same with another size.
    pub fn of_size(mut self, rss: u64) -> Self {
        self.rss = rss;
        self
    }
}

/// All processes there are, to be changed between looks.
pub type Table = Rc<RefCell<Vec<FakeProcess>>>;

/// Shows the processes of a [`Table`] that belong to the tree.
#[derive(Debug, Default)]
pub struct Fake {
    table: Table,
    members: BTreeMap<(Pid, u64), (Key, u64)>,
    reaper: Option<Pid>,
    group: Option<Vec<Pid>>,
    keys: u64,
}

impl Fake {
    /// Over `table`; orphans are taken in where they come to `reaper`.
    pub fn new(table: Table, reaper: Option<Pid>) -> Self {
        Self { table, reaper, ..Self::default() }
    }

    /// Follows a control group which those of `pids` are in that are in the table.
    pub fn with_group(mut self, pids: Vec<Pid>) -> Self {
        self.group = Some(pids);
        self
    }

    fn take_in(&mut self, process: &FakeProcess) -> Key {
        let keys = &mut self.keys;
        let (key, _) = self.members.entry((process.pid, process.generation)).or_insert_with(|| {
            *keys += 1;
            (Key(*keys), 0)
        });
        *key
    }

    fn sight(&mut self, process: &FakeProcess) -> Sighting {
        let key = self.take_in(process);
        let zombie = process.state == State::Zombie;
        let peak = self.members.get_mut(&(process.pid, process.generation)).map(|(_, peak)| {
            *peak = (*peak).max(process.rss);
            *peak
        });
        Sighting {
            key,
            pid: process.pid,
            ppid: process.ppid,
            name: Name::from_bytes(process.name.as_bytes()),
            execs: process.execs,
            state: process.state,
            memory: if zombie {
                Memory::default()
            } else {
                Memory { rss: Some(process.rss), peak_rss: peak, ..Memory::default() }
            },
        }
    }
}

impl Source for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn following(&self) -> String {
        "as the test has laid it out".to_owned()
    }

    fn follow(&mut self, pid: Pid) -> Result<Key, NoSuchProcess> {
        let found = self.table.borrow().iter().find(|process| process.pid == pid).cloned();
        found.map(|process| self.take_in(&process)).ok_or(NoSuchProcess(pid))
    }

    /// A real group has nobody of the table in it: see [`Fake::with_group`].
    fn follow_group(&mut self, _members: GroupMembers) {
        self.group = Some(Vec::new());
    }

    fn group_lives(&self) -> bool {
        let alive = |process: &FakeProcess| process.state == State::Alive;
        self.group.as_ref().is_some_and(|group| {
            self.table.borrow().iter().any(|process| alive(process) && group.contains(&process.pid))
        })
    }

    fn look(&mut self, _now: Duration, seen: &mut Vec<Sighting>) {
        seen.clear();
        let table = self.table.borrow().clone();
        let in_group = |process: &&FakeProcess| self.group.as_ref().is_some_and(|group| group.contains(&process.pid));
        let of_group: Vec<&FakeProcess> = table.iter().filter(in_group).collect();
        of_group.into_iter().for_each(|process| _ = self.take_in(process));
        self.members.retain(|(pid, generation), _| {
            table.iter().any(|process| process.pid == *pid && process.generation == *generation)
        });
        loop {
            let pids: HashSet<Pid> = self.members.keys().map(|(pid, _)| *pid).collect();
            let before = self.members.len();
            for process in &table {
                if pids.contains(&process.ppid) || self.reaper == Some(process.ppid) {
                    self.take_in(process);
                }
            }
            if self.members.len() == before {
                break;
            }
        }
        for process in &table {
            if self.members.contains_key(&(process.pid, process.generation)) {
                let sighting = self.sight(process);
                seen.push(sighting);
            }
        }
    }

    fn identify(&mut self, pid: Pid, _now: Duration) -> Option<Sighting> {
        let found = self.table.borrow().iter().find(|process| process.pid == pid).cloned()?;
        Some(self.sight(&found))
    }

    fn command_line(&mut self, key: Key) -> Option<CommandLine> {
        let ((pid, generation), _) = self.members.iter().find(|(_, (known, _))| *known == key)?;
        let table = self.table.borrow();
        let found = table.iter().find(|process| process.pid == *pid && process.generation == *generation)?;
        Some(CommandLine::masked([found.name]))
    }

    fn waited_for_children(&mut self, _key: Key) -> bool {
        true
    }
}
