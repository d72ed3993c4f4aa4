//! One process of the tree: its kept descriptors, and what is read from them when.
//!
//! The descriptor of its folder of threads is the process' identity: it keeps meaning this process and answers ESRCH once it is gone, even if another
//! one has its pid by then.

use super::children::{Children, Listing};
use super::extra::{ExtraFiles, Wanted};
use super::files::{Buffer, open_below, open_tasks};
use super::parse::{self, Statm, Status};
use super::pss::Place;
use super::stand_in::StandIn;
use super::sys;
use crate::model::{Memory, Name, Pid};
use crate::source::{Key, Sighting, State};
use nix::errno::Errno;
use nix::time::{ClockId, clock_gettime};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

/// At least this often the marks that only `status` has are read again.
const LONGEST_BETWEEN_MARKS: Duration = Duration::from_secs(1);

/// And as long as a process is young, whenever it has aged by this part: what has lived for a short time is likely to end soon, and what is
/// not read by then is lost.
const PART_OF_AGE: u32 = 8;

/// An exec gives a process its new name at its beginning, and is told at its end.
const LONGEST_EXEC: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: Key,
    pub(super) pid: Pid,
    pub(super) ppid: Pid,
    name: Name,
    raw_name: Vec<u8>,
    state: State,
    /// Shared with the pass that reads its PSS beside the looks.
    tasks: Arc<OwnedFd>,
    statm: File,
    /// Who is read where the main thread has ended before the others.
    stand_in: Option<StandIn>,
    children: Children,
    extra: ExtraFiles,
    text_pages: u64,
    execs: u32,
    since: Duration,
    marks_read: Option<Duration>,
    /// Who listed it as a child; `None` where something else has told of it.
    pub(super) listed_by: Option<Lister>,
    /// It is known to have an address space of its own, and keeps one from then on.
    has_own_memory: bool,
    /// When last asked, it was running in its parent's.
    pub(super) borrows: bool,
    /// What `status` says may have changed: its parent has ended, or it has become another program.
    pub(super) stale: bool,
    /// CLOCK_MONOTONIC just before `status` was last read, where events tell of changes by that clock.
    named_at: Duration,
    /// When it wants to be read between two looks.
    pub(super) next_reading: Option<Duration>,
    /// It lives, and `/proc` shows no more of it than what was opened before: another user's program under `hidepid`.
    pub(super) hidden: bool,
    /// The kernel has told that it has ended. It may still be a zombie.
    pub(super) exited: bool,
    /// Its first thread has ended, and others live.
    pub(super) leaderless: bool,
    /// It was alive, and events will tell of its end.
    pub(super) awaits_end: bool,
    /// Its beginning was told, or was before events were: the next one of its pid is somebody else's.
    pub(super) told: bool,
    /// A look has shown it.
    pub(super) shown: bool,
    /// The mark that the kernel told of at its end.
    pub(super) last_peak: Option<u64>,
    /// A look found it gone; the end of that look drops it.
    pub(super) gone: bool,
}

/// CLOCK_MONOTONIC, which the kernel stamps its events with.
fn monotonic() -> Duration {
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(Duration::ZERO, Duration::from)
}

/// Who has listed a process as a child.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lister {
    pub(super) key: Key,
    pub(super) pid: Pid,
}

/// Why a reading shows nothing.
#[derive(Debug)]
pub(super) enum NotSeen {
    /// The process has ended and was reaped.
    Gone,
    /// It lives, and could not be made out even once.
    Unreadable(io::Error),
}

impl Member {
    /// Opens the process that has `pid` now.
    pub(super) fn open(
        proc: &OwnedFd,
        pid: Pid,
        key: Key,
        listed_by: Option<Lister>,
        now: Duration,
    ) -> io::Result<Self> {
        let tasks = open_tasks(proc, pid)?;
        let statm = open_below(&tasks, "../statm")?;
        Ok(Self {
            key,
            pid,
            ppid: listed_by.map_or(0, |lister| lister.pid),
            name: Name::from_bytes(b""),
            raw_name: Vec::new(),
            state: State::Alive,
            children: Children::new(pid),
            extra: ExtraFiles::default(),
            tasks: Arc::new(tasks),
            statm,
            stand_in: None,
            text_pages: 0,
            execs: 0,
            since: now,
            marks_read: None,
            listed_by,
            has_own_memory: false,
            borrows: false,
            stale: false,
            named_at: Duration::ZERO,
            next_reading: None,
            hidden: false,
            exited: false,
            leaderless: false,
            awaits_end: false,
            told: false,
            shown: false,
            last_peak: None,
            gone: false,
        })
    }

    /// Whether it has been read at least once.
    pub(super) fn is_known(&self) -> bool {
        self.marks_read.is_some()
    }

    /// Whether the process still has its pid: as a zombie at least.
    pub(super) fn is_there(&self, buffer: &mut Buffer) -> bool {
        self.read_statm(buffer).is_ok()
    }

    /// It became another program at that CLOCK_MONOTONIC. As it is now, where that is news: it is not where it was read since.
    pub(super) fn execed(
        &mut self,
        at: Duration,
        now: Duration,
        wanted: Wanted,
        buffer: &mut Buffer,
    ) -> Option<Sighting> {
        if !self.is_known() || self.named_at >= at {
            return None;
        }
        let (name, text, in_its_midst) = (self.raw_name.clone(), self.text_pages, at - self.named_at < LONGEST_EXEC);
        self.execs += 1;
        // Another size of code tells no other exec.
        self.text_pages = 0;
        self.stale = true;
        self.borrows = false;
        let Ok(mut sighting) = self.read(now, wanted, buffer) else {
            // It has ended, and its end tells its name at best.
            self.name = Name::unknown();
            return None;
        };
        let same_text = text == self.text_pages || text == 0 || self.text_pages == 0;
        if in_its_midst && name == self.raw_name && same_text {
            // It was read in the midst of that exec, under its new name.
            self.execs -= 1;
            sighting.execs = self.execs;
        }
        Some(sighting)
    }

    /// For how long it has been known.
    pub(super) fn age(&self, now: Duration) -> Duration {
        now.saturating_sub(self.since)
    }

    /// There is no asking whose memory it runs in.
    pub(super) fn assume_own_memory(&mut self) {
        self.has_own_memory = true;
    }

    /// Its end has told its name.
    pub(super) fn take_name(&mut self, name: &[u8]) {
        self.name = Name::from_bytes(name);
    }

    /// As it is known, ended.
    pub(super) fn ended(&self) -> Sighting {
        Sighting {
            key: self.key,
            pid: self.pid,
            ppid: self.ppid,
            name: self.name.clone(),
            execs: self.execs,
            state: State::Zombie,
            memory: Memory::default(),
        }
    }

    /// Whether its children stand in one list.
    pub(super) fn is_one_list(&self) -> bool {
        self.children.is_one_list()
    }

    /// Adds the pids of its children to `found`.
    /// Where that is seldom, the lists are not kept open.
    pub(super) fn list_children(&mut self, often: bool, buffer: &mut Buffer, found: &mut Vec<Pid>) -> Listing {
        let listing = self.children.read(&self.tasks, buffer, found);
        if !often {
            self.children.close();
        }
        listing
    }

    /// Its raw command line: arguments, each followed by a NUL byte. Empty for a zombie, or where the process has overwritten it.
    pub(super) fn command_line(&self, buffer: &mut Buffer, limit: usize) -> Vec<u8> {
        let file = open_below(&self.tasks, "../cmdline");
        file.and_then(|file| buffer.read_whole(&file, limit)).unwrap_or_default()
    }

    /// Where its PSS is to be read.
    pub(super) fn place(&self) -> Place {
        Place { tasks: Arc::clone(&self.tasks), thread: self.stand_in.as_ref().map(|other| other.thread) }
    }

    /// Page faults of children that it has waited for.
    pub(super) fn children_faults(&self, buffer: &mut Buffer) -> Option<u64> {
        let stat = open_below(&self.tasks, "../stat").ok()?;
        parse::stat_children_faults(buffer.read_once(&stat).ok()?)
    }

    /// Reads what is due at `now`. `wanted` is what was asked for beyond the usual.
    pub(super) fn read(&mut self, now: Duration, wanted: Wanted, buffer: &mut Buffer) -> Result<Sighting, NotSeen> {
        // Asked before its size is read: what is its own by then stays its own, while the parent's may be given up at any moment.
        let borrows = self.borrows_memory();
        let mut statm = self.read_statm(buffer)?;
        if statm.is_some_and(|statm| statm.size == 0) {
            statm = self.read_stand_in(buffer).or(statm);
        } else if statm.is_some() {
            // An exec by another thread has made that one the first.
            self.stand_in = None;
        }
        let mut memory = Memory::default();
        if wanted.status || self.news_in(statm) || self.marks_due(now) {
            match self.read_status(wanted, buffer) {
                Ok(status) => {
                    statm = self.take_in(&status, statm, now, buffer);
                    memory = status.memory;
                    wanted.extras.keep(&mut memory);
                }
                // Not to be opened: no descriptor is left, or the process is hidden by now. What was known of it stays.
                Err(error) if self.is_known() => {
                    if statm.is_some_and(|statm| statm.size == 0) {
                        self.state = State::Zombie;
                    }
                    let not_found = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied);
                    self.hidden |= not_found && statm.is_some_and(|statm| statm.size > 0) && self.is_there(buffer);
                }
                Err(error) => return Err(NotSeen::Unreadable(error)),
            }
        }
        let resident = statm.filter(|statm| statm.size > 0).map(|statm| statm.resident * wanted.page);
        if self.state == State::Alive && !borrows {
            memory.rss = resident;
            // A few pages may have come between the two reads.
            memory.peak_rss = memory.peak_rss.max(memory.peak_rss.and(resident));
        } else {
            // What it borrows is its parent's; its threads are its own.
            memory = Memory { threads: memory.threads, ..Memory::default() };
        }
        if self.state == State::Alive {
            self.extra.read_stat(wanted, &self.tasks, buffer, &mut memory);
        } else {
            memory = Memory::default();
        }
        Ok(Sighting {
            key: self.key,
            pid: self.pid,
            ppid: self.ppid,
            name: self.name.clone(),
            execs: self.execs,
            state: self.state,
            memory,
        })
    }

    /// Whether it still runs in its parent's memory, as between vfork and exec: the kernel shows that as its own too.
    fn borrows_memory(&mut self) -> bool {
        if self.has_own_memory {
            return false;
        }
        let same = sys::same_address_space(self.pid, self.ppid);
        // Without an answer: its parent may not be known yet. The next look knows it, or there is none to be had.
        self.has_own_memory = same == Some(false) || same.is_none() && self.is_known();
        self.borrows = same == Some(true);
        self.borrows
    }

    /// Whether what `statm` says has more behind it: an end, or another program.
    fn news_in(&self, statm: Option<Statm>) -> bool {
        statm.is_some_and(|statm| match statm.size {
            0 => self.state != State::Zombie,
            _ => statm.text != self.text_pages,
        })
    }

    /// Takes in what `status` says, and returns what `statm` says by then.
    fn take_in(
        &mut self,
        status: &Status,
        mut statm: Option<Statm>,
        now: Duration,
        buffer: &mut Buffer,
    ) -> Option<Statm> {
        self.state = status.state;
        if statm.is_some_and(|statm| statm.size == 0) {
            // Ended, or on the way: the address space goes before the state changes, with gigabytes long before. But where only the main thread
            // has ended, the memory is still there, and the other threads show it.
            if status.state == State::Alive {
                self.state = State::Ending;
            }
            if status.threads > 1
                && let Some((other, shows)) = StandIn::find(&self.tasks, buffer)
            {
                statm = Some(shows);
                self.stand_in = Some(other);
                self.state = State::Alive;
            }
        }
        // In the midst of an exec the new program has no code yet.
        if let Some(text) = statm.map(|statm| statm.text).filter(|text| *text != 0) {
            self.execs += u32::from(self.text_pages != 0 && self.text_pages != text);
            self.text_pages = text;
        }
        self.marks_read = Some(now);
        self.ppid = status.ppid;
        self.stale = false;
        self.rename(status);
        statm
    }

    fn marks_due(&self, now: Duration) -> bool {
        let Some(read) = self.marks_read else { return true };
        let age = self.age(now);
        self.stale || now.saturating_sub(read) >= (age / PART_OF_AGE).min(LONGEST_BETWEEN_MARKS)
    }

    /// What the kept `statm` says; nothing where it says nothing sensible. That a file cannot be opened proves nothing: only the kept
    /// descriptor's ESRCH does.
    fn read_statm(&self, buffer: &mut Buffer) -> Result<Option<Statm>, NotSeen> {
        match buffer.read_once(&self.statm) {
            Ok(line) => Ok(parse::statm(line)),
            Err(error) if error.raw_os_error() == Some(Errno::ESRCH as i32) => Err(NotSeen::Gone),
            Err(_) => Ok(None),
        }
    }

    fn read_status(&mut self, wanted: Wanted, buffer: &mut Buffer) -> io::Result<Status> {
        self.named_at = monotonic();
        let of_thread = self.stand_in.as_ref().and_then(|other| other.status(&self.tasks, &self.raw_name, buffer));
        if let Some(status) = of_thread {
            return Ok(status);
        }
        self.extra.status(wanted, &self.tasks, buffer)
    }

    /// What the thread that stands in for the leader shows, as long as it lives.
    fn read_stand_in(&mut self, buffer: &mut Buffer) -> Option<Statm> {
        let statm = self.stand_in.as_ref()?.read(buffer);
        if statm.is_none() {
            self.stand_in = None;
        }
        statm
    }

    fn rename(&mut self, status: &Status) {
        if status.name != self.raw_name {
            self.name = Name::from_bytes(&status.name);
            self.raw_name.clone_from(&status.name);
        }
    }
}
