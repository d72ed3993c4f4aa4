//! Linux, by reading `/proc` with kept descriptors.
//!
//! A look reads every known process' `statm`, and where something was started on the machine since the last one, walks the `children`
//! files from them on; where the kernel tells of processes by itself, it goes by that instead. Nothing is found by listing all of `/proc`, except where a
//! list of children changes while it is read or cannot be opened, or events were lost.

mod cgroup;
mod children;
#[doc(hidden)]
pub mod door;
mod events;
mod extra;
mod files;
mod followed;
mod ghosts;
mod group_members;
mod kin;
mod limit;
mod look;
mod member;
mod mounts;
mod namespace;
mod oom;
pub mod parse;
mod pss;
mod pulse;
mod reaper;
mod search;
mod stand_in;
mod sys;

pub use group_members::GroupMembers;
pub use limit::memory_limit;
pub use mounts::{ControlGroup, Hierarchies, NoGroup, Version};
pub use search::{Arrivals, Search};

pub(super) use followed::Followed;

use super::{Key, News, Options, Orphans, Sighting};
use crate::model::{Name, Pid};
use cgroup::Charge;
use children::Listing;
use events::Feed;
use extra::Wanted;
use files::{Buffer, numbers_in, open_below};
use ghosts::Ghosts;
use kin::Kin;
use member::{Lister, Member, NotSeen};
use namespace::Namespace;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use oom::Oom;
use pss::Passes;
use pulse::Pulse;
use reaper::Reaper;
use std::collections::{HashMap, HashSet};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

/// What is missed where nothing but looks tell of processes.
const BETWEEN_TICKS: &str = "a process that lives between two ticks only can be missed";

/// Reads `/proc`.
#[derive(Debug)]
pub struct Linux {
    proc: OwnedFd,
    namespace: Namespace,
    members: Vec<Member>,
    by_pid: HashMap<Pid, Key>,
    last_key: u64,
    pulse: Pulse,
    reaper: Option<Reaper>,
    group: Option<Followed>,
    buffer: Buffer,
    found: Vec<Pid>,
    /// What the kernel tells of processes by itself, or why it does not.
    kin: Result<Kin, String>,
    ghosts: Ghosts,
    news: Vec<News>,
    /// The next look does not trust the lists of children.
    scan_due: bool,
    notes: Vec<String>,
    told_shortage: bool,
    told_hidden: bool,
    pss: Passes,
    wanted: Wanted,
    /// The control group of the first process that was asked for, where its figure was.
    charge: Option<Charge>,
    /// In `attach` from the first process that is followed on.
    oom: Option<Oom>,
}

/// Whose thread `id` is, where it is none of a process' own: `/proc` shows threads to who names them, as if each were a process.
pub fn process_of_thread(id: Pid) -> Option<Pid> {
    let status = std::fs::read(format!("/proc/{id}/status")).ok()?;
    parse::status_process(&status).filter(|process| *process != id)
}

/// Whether the `/proc` that is mounted there shows other pids than this process knows, for who cannot tell them apart.
///
/// # Errors
/// If so, or if there is none.
pub fn check_namespace(proc: &Path) -> std::io::Result<()> {
    if Namespace::of(proc)?.is_foreign() {
        let why = "it shows another pid namespace; mount this one's with: mount -t proc proc /proc";
        return Err(std::io::Error::other(why));
    }
    Ok(())
}

/// Where the member with that key is. They stand in the order of their keys, but for those that could not be opened at first and came later.
fn place_in(members: &[Member], key: Key) -> Option<usize> {
    let sorted = members.binary_search_by_key(&key, |member| member.key).ok().filter(|place| !members[*place].gone);
    sorted.or_else(|| members.iter().rposition(|member| member.key == key))
}

impl Linux {
    /// Opens the process file system that is mounted at `proc`, to read what `options` ask for.
    ///
    /// # Errors
    /// Where there is none, or it is one that does not show this process.
    pub fn open(proc: &Path, orphans: Orphans, options: &Options) -> std::io::Result<Self> {
        let namespace = Namespace::of(proc)?;
        let proc = open(proc, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
        let mut buffer = Buffer::new();
        let mut notes = Vec::new();
        // Before anything is looked for: whatever begins from now on is told.
        let kin = match namespace.is_foreign() {
            true => Err("/proc shows another pid namespace than memrec's".to_owned()),
            false => Feed::subscribe().map(Kin::new),
        };
        if let Err(why) = &kin {
            notes.push(format!("no process events: {why}; {BETWEEN_TICKS}"));
        }
        let reaper = match orphans {
            Orphans::ComeToUs => Some(Reaper::this_process(&proc, namespace.us, &mut buffer)?),
            Orphans::GoElsewhere => None,
        };
        // Before the command starts, which will be in the same control group.
        let oom = reaper.is_some().then(|| Oom::of(&proc, "self", &mut buffer));
        Ok(Self {
            pulse: Pulse::new(open_below(&proc, "loadavg").ok(), kin.is_ok()),
            proc,
            namespace,
            members: Vec::new(),
            by_pid: HashMap::new(),
            last_key: 0,
            reaper,
            group: None,
            buffer,
            found: Vec::new(),
            wanted: Wanted::new(options.extras, kin.is_ok()),
            kin,
            ghosts: Ghosts::default(),
            news: Vec::new(),
            scan_due: false,
            notes,
            told_shortage: false,
            told_hidden: false,
            pss: Passes::new(options.pss),
            charge: None,
            oom,
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
        if self.ghosts.laid.contains(&pid) {
            return None;
        }
        let ghost = self.ghosts.living.get(&pid).map(|ghost| (ghost.key, ghost.ppid));
        let key = ghost.map(|ghost| ghost.0).unwrap_or(Key(self.last_key + 1));
        let mut member = match Member::open(&self.proc, pid, key, listed_by, now) {
            Ok(member) => member,
            Err(error) => {
                self.note_shortage(&error);
                return None;
            }
        };
        self.last_key = self.last_key.max(key.0);
        // In whose memory it may still run.
        member.ppid = ghost.map_or(member.ppid, |ghost| ghost.1);
        member.awaits_end = ghost.is_some();
        self.ghosts.living.remove(&pid);
        if self.namespace.is_foreign() {
            // Nobody here goes by that pid.
            member.assume_own_memory();
        }
        self.by_pid.insert(pid, key);
        self.members.push(member);
        Some(key)
    }

    /// A pid that was asked for, as `/proc` has it. Children of this process are known by the pid that they have here; whoever else is named, is
    /// named as somebody has seen it in `/proc`.
    fn in_proc(&mut self, pid: Pid) -> Option<Pid> {
        match self.reaper {
            Some(_) => self.namespace.child(pid, &self.proc, &mut self.buffer),
            None => Some(pid),
        }
    }

    fn new_key(&mut self) -> Key {
        self.last_key += 1;
        Key(self.last_key)
    }

    /// Where the member is that has `pid`, the latest one.
    fn place_of(&self, pid: Pid) -> Option<usize> {
        self.place(*self.by_pid.get(&pid)?)
    }

    /// Where the member with that key is.
    fn place(&self, key: Key) -> Option<usize> {
        place_in(&self.members, key)
    }

    /// A process that cannot be opened for want of descriptors lives, and is not measured.
    fn note_shortage(&mut self, error: &std::io::Error) {
        let short = [Errno::EMFILE, Errno::ENFILE].iter().any(|errno| error.raw_os_error() == Some(*errno as i32));
        if short && !self.told_shortage {
            self.told_shortage = true;
            let note = "out of descriptors: some processes are missing, or without their memory; totals are a lower bound; allow more with: ulimit -n";
            self.notes.push(note.to_owned());
        }
    }

    /// It lives, and `/proc` does not show it, or no more of it than was opened before.
    fn note_hidden(&mut self, who: &Sighting) {
        if !std::mem::replace(&mut self.told_hidden, true) && !self.told_shortage {
            let began =
                if who.name == Name::unknown() { String::new() } else { format!(" that began as {}", who.name) };
            let what = "of such processes little or nothing is measured";
            self.notes.push(format!("hidden from memrec: a process{began} (pid {}), as by hidepid; {what}", who.pid));
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
        let sighting = match member.read(now, self.wanted, &mut self.buffer) {
            Ok(sighting) => sighting,
            Err(NotSeen::Gone) => return None,
            Err(NotSeen::Unreadable(error)) => {
                let (pid, ppid, key) = (member.pid, member.ppid, member.key);
                self.note_shortage(&error);
                self.take_in_ghost(pid, ppid, Some(key), self.kin.is_ok());
                return None;
            }
        };
        let listed_by = member.listed_by;
        if member.hidden {
            self.note_hidden(&sighting);
        }
        if first && let Some(lister) = listed_by {
            // Between being listed and being opened it can have ended, and its pid have gone to a stranger. An orphan on its way to a new
            // parent is no stranger: then the one who listed it is gone.
            let expected = self.by_pid.contains_key(&sighting.ppid)
                || self.reaper.as_ref().is_some_and(|reaper| reaper.pid == sighting.ppid);
            if !expected {
                let lister = self.place(lister.key);
                if lister.is_some_and(|place| self.members[place].is_there(&mut self.buffer)) {
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
            let member = &mut self.members[place];
            if member.gone {
                place += 1;
                continue;
            }
            // A process' first row has all that can be had of it.
            member.stale |= !std::mem::replace(&mut member.shown, true);
            let sighting = self.read(place, now);
            match self.until_told(place, sighting) {
                None => self.members[place].gone = true,
                Some(sighting) => {
                    let lister = Lister { key: sighting.key, pid: sighting.pid };
                    seen.push(sighting);
                    if walk {
                        let member = &mut self.members[place];
                        listing =
                            listing.and(member.list_children(self.kin.is_err(), &mut self.buffer, &mut self.found));
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
        let mut children: HashMap<Pid, Pid> = HashMap::new();
        loop {
            let before = parents.len();
            parents.retain(|(pid, ppid)| {
                let child = known.contains(ppid);
                if child {
                    known.insert(*pid);
                    children.insert(*pid, *ppid);
                    self.found.push(*pid);
                }
                !child
            });
            if parents.len() == before {
                break;
            }
        }
        let first_new = self.members.len();
        self.take_in_found(None, now);
        for member in &mut self.members[first_new..] {
            // In whose memory it may still run.
            member.ppid = children.get(&member.pid).copied().unwrap_or(member.ppid);
        }
    }

    /// Drops the members that are gone. Their children get another parent, and may have been left unseen.
    fn drop_gone(&mut self) {
        let gone: HashSet<Pid> = self.members.iter().filter(|member| member.gone).map(|member| member.pid).collect();
        if gone.is_empty() {
            return;
        }
        if self.kin.is_err() {
            self.pulse.walk_again();
        }
        let by_pid = &mut self.by_pid;
        let living: HashSet<Key> = self.members.iter().filter(|member| !member.gone).map(|member| member.key).collect();
        self.members.retain_mut(|member| {
            member.stale |= gone.contains(&member.ppid);
            // One that could not be read at first may have been opened again since.
            if member.gone && by_pid.get(&member.pid) == Some(&member.key) && !living.contains(&member.key) {
                by_pid.remove(&member.pid);
            }
            !member.gone
        });
    }
}
