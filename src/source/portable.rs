//! sysinfo: every operating system. It lists all processes at every look, which costs milliseconds where `/proc` costs microseconds,
//! and knows neither high-water marks nor swap of a process. On Linux it can be chosen, so that it cannot rot.

use super::linux::Followed;
use super::{GroupMembers, Key, NoSuchProcess, Orphans, Sighting, Source, State};
use crate::model::{CommandLine, Memory, Name, Pid};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use sysinfo::{ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

/// Reads through sysinfo.
#[derive(Debug)]
pub struct Portable {
    system: System,
    /// By pid, those of the tree: start time (seconds since 1970) and key. Together they tell a reused pid from the old process,
    /// as long as a second lies between the two.
    members: HashMap<Pid, (u64, Key)>,
    reaper: Option<Pid>,
    strangers: HashSet<Pid>,
    group: Option<Followed>,
    keys: u64,
}

/// Memory and nothing else: tasks would be listed as processes of their own, each with the memory of all.
fn memory_only() -> ProcessRefreshKind {
    ProcessRefreshKind::nothing().with_memory().without_tasks()
}

fn sysinfo_pid(pid: Pid) -> sysinfo::Pid {
    sysinfo::Pid::from_u32(pid)
}

impl Portable {
    /// Opens it. Children that this process has by now are strangers to the tree.
    ///
    /// # Errors
    /// Where sysinfo does not know the operating system.
    pub fn open(orphans: Orphans) -> std::io::Result<Self> {
        let system = System::new().map_err(std::io::Error::other)?;
        let (members, strangers) = (HashMap::new(), HashSet::new());
        let mut source = Self { system, members, reaper: None, strangers, group: None, keys: 0 };
        if orphans == Orphans::ComeToUs {
            let us = std::process::id();
            source.refresh_all();
            source.reaper = Some(us);
            source.strangers = source.children_of(us).collect();
        }
        Ok(source)
    }

    fn refresh_all(&mut self) {
        // Anew: sysinfo reads a name when it meets a process and never again, and exec changes it.
        if let Ok(system) = System::new() {
            self.system = system;
        }
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, memory_only());
    }

    fn children_of(&self, parent: Pid) -> impl Iterator<Item = Pid> + '_ {
        let ours = move |process: &&sysinfo::Process| process.parent() == Some(sysinfo_pid(parent));
        self.system.processes().values().filter(ours).map(|process| process.pid().as_u32())
    }

    fn take_in(&mut self, pid: Pid) -> Option<Key> {
        let started = self.system.process(sysinfo_pid(pid))?.start_time();
        if let Some((known, key)) = self.members.get(&pid)
            && *known == started
        {
            return Some(*key);
        }
        self.keys += 1;
        self.members.insert(pid, (started, Key(self.keys)));
        Some(Key(self.keys))
    }

    fn sight(&self, pid: Pid) -> Option<Sighting> {
        let process = self.system.process(sysinfo_pid(pid))?;
        let (started, key) = self.members.get(&pid)?;
        if process.start_time() != *started {
            return None;
        }
        let ended = matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead);
        Some(Sighting {
            key: *key,
            pid,
            ppid: process.parent().map_or(0, sysinfo::Pid::as_u32),
            name: Name::from_bytes(process.name().as_encoded_bytes()),
            execs: 0,
            state: if ended { State::Zombie } else { State::Alive },
            memory: if ended { Memory::default() } else { Memory { rss: Some(process.memory()), ..Memory::default() } },
        })
    }

    /// Takes in what the processes of the tree have started, to the last generation.
    fn grow(&mut self) {
        let mut children: HashMap<Pid, Vec<Pid>> = HashMap::new();
        for process in self.system.processes().values().filter(|process| process.thread_kind().is_none()) {
            if let Some(parent) = process.parent() {
                children.entry(parent.as_u32()).or_default().push(process.pid().as_u32());
            }
        }
        let mut waiting: Vec<Pid> = self.members.keys().copied().chain(self.reaper).collect();
        let mut visited = HashSet::new();
        while let Some(parent) = waiting.pop() {
            if !visited.insert(parent) {
                continue;
            }
            for child in children.remove(&parent).unwrap_or_default() {
                if !self.strangers.contains(&child) {
                    self.take_in(child);
                    waiting.push(child);
                }
            }
        }
    }
}

impl Source for Portable {
    fn name(&self) -> &'static str {
        "portable"
    }

    fn following(&self) -> String {
        let orphans = match self.reaper {
            Some(_) => "orphans come to memrec where the system allows it",
            None => "orphans stay in the tree if a tick saw them before their parent ended",
        };
        let group = self.group.as_ref().map(Followed::following).unwrap_or_default();
        format!(
            "{group}a list of all processes at every tick; {orphans}; a process that lives between two ticks only can be missed"
        )
    }

    fn follow(&mut self, pid: Pid) -> Result<Key, NoSuchProcess> {
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[sysinfo_pid(pid)]), true, memory_only());
        self.take_in(pid).ok_or(NoSuchProcess(pid))
    }

    fn follow_group(&mut self, members: GroupMembers) {
        self.group = Some(Followed::new(members));
    }

    fn group_lives(&self) -> bool {
        self.group.as_ref().is_some_and(Followed::lives)
    }

    fn look(&mut self, _now: Duration, seen: &mut Vec<Sighting>) {
        seen.clear();
        self.refresh_all();
        let system = &self.system;
        self.members.retain(|pid, (started, _)| {
            system.process(sysinfo_pid(*pid)).is_some_and(|process| process.start_time() == *started)
        });
        let mut group = self.group.take();
        // Where the list cannot be read, who is known stays.
        if let Some(Ok(pids)) = group.as_mut().map(Followed::list) {
            pids.iter().for_each(|pid| _ = self.take_in(*pid));
        }
        self.grow();
        seen.extend(self.members.keys().filter_map(|pid| self.sight(*pid)));
        seen.sort_unstable_by_key(|sighting| sighting.key);
        if let Some(group) = &mut group {
            group.look_after(seen);
        }
        self.group = group;
    }

    fn identify(&mut self, pid: Pid, _now: Duration) -> Option<Sighting> {
        if self.strangers.remove(&pid) {
            return None;
        }
        self.follow(pid).ok()?;
        self.sight(pid)
    }

    fn command_line(&mut self, key: Key) -> Option<CommandLine> {
        let pid = self.members.iter().find(|(_, (_, known))| *known == key).map(|(pid, _)| sysinfo_pid(*pid))?;
        let kind = ProcessRefreshKind::nothing().with_cmd(UpdateKind::Always).without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, kind);
        CommandLine::of_process(self.system.process(pid)?.cmd())
    }

    fn waited_for_children(&mut self, _key: Key) -> bool {
        true
    }
}
