//! Ghosts: processes of the tree that are known to live and cannot be read.

use super::files::{Buffer, open_below};
use super::{Linux, parse};
use crate::model::{Memory, Name, Pid};
use crate::source::{Key, Sighting, State};
use nix::errno::Errno;
use nix::sys::signal::kill;
use std::collections::{HashMap, HashSet};
use std::os::fd::OwnedFd;
use std::time::Duration;

/// So many that have ended are remembered before it is asked which of them are still there.
const MANY_LAID: usize = 256;

/// Who cannot be read, by pid.
#[derive(Debug, Default)]
pub(super) struct Ghosts {
    pub(super) living: HashMap<Pid, Ghost>,
    /// Who was a ghost to the end, all of it told. As a zombie it is still there, and must not be taken for somebody new.
    pub(super) laid: HashSet<Pid>,
}

impl Ghosts {
    /// Events are lost, and the ends of some of these may be among them.
    pub(super) fn ask_again(&mut self, proc: &OwnedFd, buffer: &mut Buffer) {
        self.living.retain(|pid, _| exists(*pid));
        // Whose pid may have been given to somebody new.
        self.laid.retain(|pid| is_zombie(proc, *pid, buffer));
    }
}

/// A process of the tree that cannot be read, though events tell of it or it is this process' own child: it had ended by then, is hidden, or no descriptor
/// was left for it.
#[derive(Debug, Clone)]
pub(super) struct Ghost {
    pub(super) key: Key,
    pub(super) ppid: Pid,
    pub(super) name: Name,
    pub(super) execs: u32,
    /// How many looks found it so.
    pub(super) looks: u32,
    /// Its beginning was told.
    pub(super) told: bool,
    /// It was told to have ended, and is this process' to reap.
    pub(super) ended: bool,
}

impl Ghost {
    pub(super) fn sighting(&self, pid: Pid, state: State) -> Sighting {
        let Self { key, ppid, ref name, execs, .. } = *self;
        Sighting { key, pid, ppid, name: name.clone(), execs, state, memory: Memory::default() }
    }
}

/// Whether somebody has that pid.
pub(super) fn exists(pid: Pid) -> bool {
    let nobody = Err(Errno::ESRCH);
    i32::try_from(pid).is_ok_and(|pid| kill(nix::unistd::Pid::from_raw(pid), None) != nobody)
}

/// Whether who has that pid has no memory any more.
pub(super) fn is_zombie(proc: &OwnedFd, pid: Pid, buffer: &mut Buffer) -> bool {
    let statm = open_below(proc, &format!("{pid}/statm"));
    let statm = statm.ok().and_then(|file| parse::statm(buffer.read_once(&file).ok()?));
    statm.is_some_and(|statm| statm.size == 0)
}

impl Linux {
    /// Those that live as far as events tell, and cannot be read, once more: into `seen`, without memory.
    pub(super) fn look_for_ghosts(&mut self, now: Duration, seen: &mut Vec<Sighting>) {
        let Ghosts { living, laid } = &mut self.ghosts;
        living.values_mut().for_each(|ghost| ghost.looks += 1);
        if laid.len() > MANY_LAID {
            laid.retain(|pid| exists(*pid));
        }
        // One that was reaped before its end was told is asked for no more.
        living.retain(|_, ghost| !ghost.ended || ghost.looks < 10);
        if self.kin.is_err() {
            // Nobody tells of ends. Where `/proc` has other pids than this process knows, it is asked itself.
            let (proc, foreign) = (&self.proc, self.namespace.is_foreign());
            let gone = |pid: Pid| {
                let opened = open_below(proc, &format!("{pid}/statm"));
                opened.is_err_and(|error| error.raw_os_error() == Some(Errno::ENOENT as i32))
            };
            living.retain(|pid, _| if foreign { !gone(*pid) } else { exists(*pid) });
        }
        let living = living.iter().filter(|(_, ghost)| !ghost.ended);
        let ghosts: Vec<Pid> = living.map(|(pid, _)| *pid).collect();
        for pid in ghosts {
            let known = self.members.len();
            if self.take_in(pid, None, now).is_some() {
                self.read_from(known, false, now, seen);
            }
            // It may not be read even so, for want of descriptors.
            let Some(ghost) = self.ghosts.living.get(&pid) else { continue };
            let sighting = ghost.sighting(pid, State::Alive);
            // One that has just ended is told of before the next look.
            if ghost.looks > 1 {
                self.note_hidden(&sighting);
            }
            seen.push(sighting);
        }
    }

    pub(super) fn take_in_ghost(&mut self, pid: Pid, ppid: Pid, known: Option<Key>, told: bool) -> Sighting {
        let key = known.unwrap_or_else(|| self.new_key());
        // A fork has its parent's name until it takes another.
        let of_member = self.place_of(ppid).map(|place| self.members[place].ended().name);
        let of_ghost = || self.ghosts.living.get(&ppid).map(|ghost| ghost.name.clone());
        let name = of_member.or_else(of_ghost).unwrap_or_else(Name::unknown);
        self.by_pid.remove(&pid);
        let ghost = Ghost { key, ppid, name, execs: 0, looks: 0, told, ended: false };
        let sighting = ghost.sighting(pid, State::Alive);
        self.ghosts.living.insert(pid, ghost);
        sighting
    }

    /// As far as events tell of a process that cannot be read. One that has ended is told of once: by whoever reaps it.
    pub(super) fn ghost(&mut self, pid: Pid) -> Option<Sighting> {
        let ghost = self.ghosts.living.get(&pid)?;
        let ended = ghost.ended;
        let sighting = ghost.sighting(pid, if ended { State::Zombie } else { State::Alive });
        if ended {
            self.ghosts.living.remove(&pid);
        }
        Some(sighting)
    }

    /// A child of this process that is hidden from it, as a command of another user's is under `hidepid`.
    pub(super) fn child_as_ghost(&mut self, pid: Pid) -> Option<Key> {
        let us = self.reaper.as_ref()?.pid;
        if self.namespace.is_foreign() || !exists(pid) {
            return None;
        }
        let key = self.new_key();
        self.take_in_ghost(pid, us, Some(key), false);
        Some(key)
    }
}
