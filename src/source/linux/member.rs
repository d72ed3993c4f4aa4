//! One process of the tree: its kept descriptors, and what is read from them when.
//!
//! The descriptor of its folder of threads is the process' identity: it keeps meaning this process and answers ESRCH once it is gone, even if another
//! one has its pid by then.

use super::children::{Children, Listing};
use super::files::{Buffer, open_below, open_tasks};
use super::parse::{self, Statm, Status};
use crate::model::{Memory, Name, Pid};
use crate::source::{Key, Sighting, State};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

/// At least this often the marks that only `status` has are read again.
const LONGEST_BETWEEN_MARKS: Duration = Duration::from_secs(1);

/// And as long as a process is young, whenever it has aged by this part: what has lived for a short time is likely to end soon, and what is
/// not read by then is lost.
const PART_OF_AGE: u32 = 8;

#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: Key,
    pub(super) pid: Pid,
    pub(super) ppid: Pid,
    name: Name,
    raw_name: Vec<u8>,
    state: State,
    tasks: OwnedFd,
    statm: File,
    /// The thread whose `statm` is read where the main thread has ended before the others.
    stand_in: Option<Pid>,
    children: Children,
    text_pages: u64,
    execs: u32,
    since: Duration,
    marks_read: Option<Duration>,
    /// Who listed it as a child; `None` where it was asked for by its pid.
    pub(super) listed_by: Option<Key>,
    /// Its parent may have changed.
    pub(super) parent_gone: bool,
    /// A look found it gone; the end of that look drops it.
    pub(super) gone: bool,
}

/// What a reading found.
#[derive(Debug)]
pub(super) enum Reading {
    Seen(Sighting),
    Gone,
}

impl Member {
    /// Opens the process that has `pid` now.
    pub(super) fn open(proc: &OwnedFd, pid: Pid, key: Key, listed_by: Option<Key>, now: Duration) -> io::Result<Self> {
        let tasks = open_tasks(proc, pid)?;
        let statm = open_below(&tasks, "../statm")?;
        Ok(Self {
            key,
            pid,
            ppid: 0,
            name: Name::from_bytes(b""),
            raw_name: Vec::new(),
            state: State::Alive,
            children: Children::new(pid),
            tasks,
            statm,
            stand_in: None,
            text_pages: 0,
            execs: 0,
            since: now,
            marks_read: None,
            listed_by,
            parent_gone: false,
            gone: false,
        })
    }

    /// Whether it has been read at least once.
    pub(super) fn is_known(&self) -> bool {
        self.marks_read.is_some()
    }

    /// Whether the process still has its pid: as a zombie at least.
    pub(super) fn is_there(&self, buffer: &mut Buffer) -> bool {
        let statm = open_below(&self.tasks, "../statm");
        statm.is_ok_and(|statm| buffer.read_once(&statm).is_ok_and(|line| !line.is_empty()))
    }

    /// Adds the pids of its children to `found`.
    pub(super) fn list_children(&mut self, buffer: &mut Buffer, found: &mut Vec<Pid>) -> Listing {
        self.children.read(&self.tasks, buffer, found)
    }

    /// Its raw command line: arguments, each followed by a NUL byte. Empty for a zombie, or where the process has overwritten it.
    pub(super) fn command_line(&self, buffer: &mut Buffer, limit: usize) -> Vec<u8> {
        let file = open_below(&self.tasks, "../cmdline");
        file.and_then(|file| buffer.read_whole(&file, limit)).unwrap_or_default()
    }

    /// Page faults of children that it has waited for.
    pub(super) fn children_faults(&self, buffer: &mut Buffer) -> Option<u64> {
        let stat = open_below(&self.tasks, "../stat").ok()?;
        parse::stat_children_faults(buffer.read_once(&stat).ok()?)
    }

    /// Reads what is due at `now`. `page` is the size of a page in bytes.
    pub(super) fn read(&mut self, now: Duration, page: u64, buffer: &mut Buffer) -> Reading {
        let Some(mut statm) = self.read_statm(buffer) else { return Reading::Gone };
        let mut memory = Memory::default();
        let no_memory = statm.size == 0;
        let news = if no_memory { self.state == State::Alive } else { statm.text != self.text_pages };
        if news || self.marks_due(now) {
            let Some(status) = self.read_status(buffer) else { return Reading::Gone };
            self.state = status.state;
            if no_memory {
                // Ended, or on the way: the address space goes shortly before the state changes. But where only the main thread has ended,
                // the memory is still there, and the other threads show it.
                self.state = State::Zombie;
                if status.threads > 1
                    && let Some(other) = self.read_other_thread(buffer)
                {
                    statm = other;
                    self.state = State::Alive;
                }
            }
            self.marks_read = Some(now);
            // In the midst of an exec the new program has no code yet.
            if statm.text != 0 {
                self.execs += u32::from(self.text_pages != 0 && self.text_pages != statm.text);
                self.text_pages = statm.text;
            }
            self.ppid = status.ppid;
            self.parent_gone = false;
            self.rename(&status);
            memory.peak_rss = status.peak_rss;
            memory.swap = status.swap;
        }
        if self.state == State::Alive {
            memory.rss = Some(statm.resident * page);
            // A few pages may have come between the two reads.
            memory.peak_rss = memory.peak_rss.map(|peak| peak.max(statm.resident * page));
        } else {
            memory = Memory::default();
        }
        Reading::Seen(Sighting {
            key: self.key,
            pid: self.pid,
            ppid: self.ppid,
            name: self.name.clone(),
            execs: self.execs,
            state: self.state,
            memory,
        })
    }

    fn marks_due(&self, now: Duration) -> bool {
        let Some(read) = self.marks_read else { return true };
        let age = now.saturating_sub(self.since);
        self.parent_gone || now.saturating_sub(read) >= (age / PART_OF_AGE).min(LONGEST_BETWEEN_MARKS)
    }

    fn read_statm(&mut self, buffer: &mut Buffer) -> Option<Statm> {
        let read = buffer.read_once(&self.statm).ok().and_then(parse::statm);
        if read.is_none() && self.stand_in.take().is_some() {
            // Only the thread that stood in has ended.
            self.statm = open_below(&self.tasks, "../statm").ok()?;
            return buffer.read_once(&self.statm).ok().and_then(parse::statm);
        }
        read
    }

    fn read_status(&self, buffer: &mut Buffer) -> Option<Status> {
        let status = match self.stand_in {
            Some(thread) => open_below(&self.tasks, &format!("{thread}/status")),
            None => open_below(&self.tasks, "../status"),
        };
        let mut status = parse::status(buffer.read_once(&status.ok()?).ok()?)?;
        if self.stand_in.is_some() {
            // A thread has a name of its own; the process keeps its leader's.
            status.name.clone_from(&self.raw_name);
        }
        Some(status)
    }

    /// Finds a thread that lives and keeps its `statm` in place of the leader's.
    fn read_other_thread(&mut self, buffer: &mut Buffer) -> Option<Statm> {
        for thread in super::children::threads(&self.tasks) {
            let Ok(file) = open_below(&self.tasks, &format!("{thread}/statm")) else { continue };
            match buffer.read_once(&file).ok().and_then(parse::statm) {
                Some(statm) if statm.size > 0 => {
                    self.statm = file;
                    self.stand_in = Some(thread);
                    return Some(statm);
                }
                _ => {}
            }
        }
        None
    }

    fn rename(&mut self, status: &Status) {
        if status.name != self.raw_name {
            self.name = Name::from_bytes(&status.name);
            self.raw_name.clone_from(&status.name);
        }
    }
}
