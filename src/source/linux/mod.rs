//! Linux, by reading `/proc` with kept descriptors.
//!
//! A look reads every known process' `statm`, and where something was started on the machine since the last one, walks the `children`
//! files from them on. Nothing is found by listing all of `/proc`, except where a list of children changes while it is read, or cannot be opened.

mod cgroup;
mod children;
mod extra;
mod files;
mod member;
pub mod parse;
mod pulse;
mod reaper;
mod sys;

use super::{Key, NoSuchProcess, Options, Orphans, Sighting, Source};
use crate::model::{CommandLine, Metric, Pid};
use cgroup::Followed;
use children::Listing;
use extra::Wanted;
use files::{Buffer, numbers_in, open_below};
use member::{Lister, Member, NotSeen};
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use nix::unistd::{SysconfVar, sysconf};
use pulse::Pulse;
use reaper::Reaper;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

/// Trees of up to so many processes of one thread each are walked at every look.
const SMALL_TREE: usize = 2;

/// Reads `/proc`.
#[derive(Debug)]
pub struct Linux {
    proc: OwnedFd,
    page: u64,
    members: Vec<Member>,
    by_pid: HashMap<Pid, Key>,
    last_key: u64,
    pulse: Pulse,
    reaper: Option<Reaper>,
    buffer: Buffer,
    found: Vec<Pid>,
    notes: Vec<String>,
    told_shortage: bool,
    wanted: Wanted,
    /// The control group of the first process that was asked for, where its figure was.
    group: Option<Followed>,
}

/// Refuses a `/proc` that shows the processes of another pid namespace than ours: whatever pid we name would be a stranger's there.
///
/// # Errors
/// If it does, or is none.
pub fn check_namespace(proc: &Path) -> std::io::Result<()> {
    let ours = std::fs::read_link(proc.join("self"))?;
    if ours == Path::new(&std::process::id().to_string()) {
        return Ok(());
    }
    Err(std::io::Error::other(
        "it shows the processes of another pid namespace; mount this one's with: mount -t proc proc /proc",
    ))
}

impl Linux {
    /// Opens the process file system that is mounted at `proc`, to read what `options` ask for.
    ///
    /// # Errors
    /// Where there is none.
    pub fn open(proc: &Path, orphans: Orphans, options: &Options) -> std::io::Result<Self> {
        let proc = open(proc, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
        let mut buffer = Buffer::new();
        let reaper = match orphans {
            Orphans::ComeToUs => Some(Reaper::this_process(&proc, &mut buffer)?),
            Orphans::GoElsewhere => None,
        };
        let page = sysconf(SysconfVar::PAGE_SIZE).ok().flatten().and_then(|size| u64::try_from(size).ok());
        Ok(Self {
            pulse: Pulse::new(open_below(&proc, "loadavg").ok()),
            proc,
            // The kernel always tells; no Linux has smaller pages.
            page: page.unwrap_or(4096),
            members: Vec::new(),
            by_pid: HashMap::new(),
            last_key: 0,
            reaper,
            buffer,
            found: Vec::new(),
            notes: Vec::new(),
            told_shortage: false,
            wanted: Wanted::new(options.extras),
            group: None,
        })
    }

    /// Makes the next look walk the tree, as if something had been started since the last one.
    pub fn walk_again(&mut self) {
        self.pulse.walk_again();
    }

    /// Takes in the process that has `pid` now, if there is one and it is not known yet.
    fn take_in(&mut self, pid: Pid, listed_by: Option<Lister>, now: Duration) -> Option<Key> {
        if let Some(key) = self.by_pid.get(&pid) {
            return Some(*key);
        }
        let key = Key(self.last_key + 1);
        let member = match Member::open(&self.proc, pid, key, listed_by, now) {
            Ok(member) => member,
            Err(error) => {
                self.note_shortage(&error);
                return None;
            }
        };
        self.last_key = key.0;
        self.by_pid.insert(pid, key);
        self.members.push(member);
        Some(key)
    }

    /// A process that cannot be opened for want of descriptors lives, and is not recorded.
    fn note_shortage(&mut self, error: &std::io::Error) {
        let short = [Errno::EMFILE, Errno::ENFILE].iter().any(|errno| error.raw_os_error() == Some(*errno as i32));
        if short && !self.told_shortage {
            self.told_shortage = true;
            let note = "out of descriptors: some processes are not recorded; allow more with: ulimit -n";
            self.notes.push(note.to_owned());
        }
    }

    /// Takes in all that a list of children held.
    fn take_in_found(&mut self, listed_by: Option<Lister>, now: Duration) {
        let mut found = std::mem::take(&mut self.found);
        for pid in found.drain(..) {
            if !self.reaper.as_ref().is_some_and(|reaper| reaper.strangers.contains(&pid)) {
                self.take_in(pid, listed_by, now);
            }
        }
        self.found = found;
    }

    /// Reads the member at `place`. `None` where it is gone, or turns out to be none of the tree's.
    fn read(&mut self, place: usize, now: Duration) -> Option<Sighting> {
        let member = &mut self.members[place];
        let first = !member.is_known();
        let sighting = match member.read(now, self.page, self.wanted, &mut self.buffer) {
            Ok(sighting) => sighting,
            Err(NotSeen::Gone) => return None,
            Err(NotSeen::Unreadable(error)) => {
                self.note_shortage(&error);
                return None;
            }
        };
        if first && let Some(lister) = member.listed_by {
            // Between being listed and being opened it can have ended, and its pid have gone to a stranger. An orphan on its way to a new
            // parent is no stranger: then the one who listed it is gone.
            let expected = self.by_pid.contains_key(&sighting.ppid)
                || self.reaper.as_ref().is_some_and(|reaper| reaper.pid == sighting.ppid);
            if !expected {
                let lister = self.members.iter().find(|member| member.key == lister.key);
                if lister.is_some_and(|lister| lister.is_there(&mut self.buffer)) {
                    return None;
                }
            }
        }
        Some(sighting)
    }

    /// Reads the members from `place` on, and where the tree is walked, takes in what they have started and reads that too.
    fn read_from(&mut self, mut place: usize, walk: bool, now: Duration, seen: &mut Vec<Sighting>) -> Listing {
        let mut listing = Listing::Whole;
        while place < self.members.len() {
            match self.read(place, now) {
                None => self.members[place].gone = true,
                Some(sighting) => {
                    let lister = Lister { key: sighting.key, pid: sighting.pid };
                    seen.push(sighting);
                    if walk {
                        let member = &mut self.members[place];
                        listing = listing.and(member.list_children(&mut self.buffer, &mut self.found));
                        self.take_in_found(Some(lister), now);
                    }
                }
            }
            place += 1;
        }
        listing
    }

    /// Finds what lists of children may have left out, by the parent that every process of the machine names.
    fn scan(&mut self, now: Duration) {
        let mut parents: Vec<(Pid, Pid)> = Vec::new();
        for pid in numbers_in(&self.proc, ".") {
            if self.by_pid.contains_key(&pid) {
                continue;
            }
            let Ok(stat) = open_below(&self.proc, &format!("{pid}/stat")) else { continue };
            if let Some(ppid) = self.buffer.read_once(&stat).ok().and_then(parse::stat_ppid) {
                parents.push((pid, ppid));
            }
        }
        // A child may stand before its parent in the list: again, until a round finds nothing more.
        let mut known: HashSet<Pid> =
            self.by_pid.keys().copied().chain(self.reaper.as_ref().map(|us| us.pid)).collect();
        loop {
            let before = parents.len();
            parents.retain(|(pid, ppid)| {
                let child = known.contains(ppid);
                if child {
                    known.insert(*pid);
                    self.found.push(*pid);
                }
                !child
            });
            if parents.len() == before {
                break;
            }
        }
        self.take_in_found(None, now);
    }

    /// Drops the members that are gone. Their children get another parent, and may have been left unseen.
    fn drop_gone(&mut self) {
        let gone: HashSet<Pid> = self.members.iter().filter(|member| member.gone).map(|member| member.pid).collect();
        if gone.is_empty() {
            return;
        }
        self.pulse.walk_again();
        let by_pid = &mut self.by_pid;
        self.members.retain_mut(|member| {
            member.parent_gone |= gone.contains(&member.ppid);
            if member.gone && by_pid.get(&member.pid) == Some(&member.key) {
                by_pid.remove(&member.pid);
            }
            !member.gone
        });
    }
}

impl Source for Linux {
    fn name(&self) -> &'static str {
        "linux"
    }

    fn following(&self) -> String {
        let orphans = match self.reaper {
            Some(_) => "as their subreaper memrec keeps orphans, daemons too",
            None => "an orphan stays in the tree if a tick saw it before its parent ended",
        };
        format!(
            "the children files of every thread; {orphans}; a process that lives between two ticks only can be missed"
        )
    }

    fn follow(&mut self, pid: Pid) -> Result<Key, NoSuchProcess> {
        let key = self.take_in(pid, None, Duration::ZERO).ok_or(NoSuchProcess(pid))?;
        self.pulse.walk_again();
        if self.wanted.extras.has(Metric::Cgroup) && self.group.is_none() {
            let starter = self.reaper.as_ref().map(|us| us.pid);
            self.group = Some(Followed::new(&self.proc, pid, starter, &mut self.buffer));
        }
        Ok(key)
    }

    fn look(&mut self, now: Duration, seen: &mut Vec<Sighting>) {
        seen.clear();
        // Where there is next to nothing to walk, to ask whether to walk costs more.
        let small = self.members.len() <= SMALL_TREE && self.members.iter().all(Member::is_one_list);
        let walk = small || self.pulse.walk_due(now, &mut self.buffer);
        let mut listing = self.read_from(0, walk, now, seen);
        if walk {
            // Our own children last: what lost its parent during this look is with us by now.
            let known = self.members.len();
            if let Some(reaper) = &mut self.reaper {
                listing = listing.and(reaper.list_children(&mut self.buffer, &mut self.found));
                self.take_in_found(None, now);
            }
            listing = listing.and(self.read_from(known, walk, now, seen));
            if listing == Listing::Partial {
                let known = self.members.len();
                self.scan(now);
                self.read_from(known, false, now, seen);
            }
        }
        self.drop_gone();
    }

    fn identify(&mut self, pid: Pid, now: Duration) -> Option<Sighting> {
        if self.reaper.as_mut().is_some_and(|reaper| reaper.strangers.remove(&pid)) {
            return None;
        }
        if let Some(place) = self.members.iter().position(|member| member.pid == pid)
            && !self.members[place].is_there(&mut self.buffer)
        {
            // Its pid has been used again: this is another process.
            self.members[place].gone = true;
            self.drop_gone();
        }
        let key = self.take_in(pid, None, now)?;
        let place = self.members.iter().position(|member| member.key == key)?;
        self.read(place, now)
    }

    fn group(&mut self) -> Option<u64> {
        self.group.as_mut()?.used(&self.proc, &mut self.buffer, &mut self.notes)
    }

    fn command_line(&mut self, key: Key) -> Option<CommandLine> {
        let member = self.members.iter().find(|member| member.key == key)?;
        let raw = member.command_line(&mut self.buffer, CommandLine::LONGEST);
        let text = raw.strip_suffix(b"\0").unwrap_or(&raw);
        (!text.is_empty()).then(|| CommandLine::masked(text.split(|byte| *byte == 0).map(OsStr::from_bytes)))
    }

    fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    fn waited_for_children(&mut self, key: Key) -> bool {
        let member = self.members.iter().find(|member| member.key == key);
        member.and_then(|member| member.children_faults(&mut self.buffer)) != Some(0)
    }
}
