//! Ghosts: processes of the tree that events tell of and that cannot be read.

use super::files::{Buffer, open_below};
use super::{Linux, parse};
use crate::model::{Memory, Name, Pid};
use crate::source::{Key, Sighting, State};
use nix::errno::Errno;
use nix::sys::signal::kill;
use std::os::fd::OwnedFd;
use std::time::Duration;

/// So many that have ended are remembered before it is asked which of them are still there.
const MANY_LAID: usize = 256;

/// A process of the tree that events tell of and that cannot be read: it had ended by then, is hidden, or no descriptor was left for it.
#[derive(Debug, Clone)]
pub(super) struct Ghost {
    pub(super) key: Key,
    pub(super) ppid: Pid,
    pub(super) name: Name,
    pub(super) execs: u32,
    /// How many looks found it so.
    pub(super) looks: u32,
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
        let Ok(kin) = &mut self.kin else { return };
        kin.ghosts.values_mut().for_each(|ghost| ghost.looks += 1);
        if kin.laid.len() > MANY_LAID {
            kin.laid.retain(|pid| exists(*pid));
        }
        // One that was reaped before its end was told is asked for no more.
        kin.ghosts.retain(|_, ghost| !ghost.ended || ghost.looks < 10);
        let living = kin.ghosts.iter().filter(|(_, ghost)| !ghost.ended);
        let ghosts: Vec<Pid> = living.map(|(pid, _)| *pid).collect();
        for pid in ghosts {
            let known = self.members.len();
            if self.take_in(pid, None, now).is_some() {
                self.read_from(known, false, now, seen);
            }
            // It may not be read even so, for want of descriptors.
            let Ok(kin) = &self.kin else { return };
            let Some(ghost) = kin.ghosts.get(&pid) else { continue };
            let sighting = ghost.sighting(pid, State::Alive);
            // One that has just ended is told of before the next look.
            if ghost.looks > 1 {
                self.note_hidden(&sighting);
            }
            seen.push(sighting);
        }
    }

    pub(super) fn take_in_ghost(&mut self, pid: Pid, ppid: Pid, known: Option<Key>) -> Sighting {
        let key = known.unwrap_or_else(|| self.new_key());
        // A fork has its parent's name until it takes another.
        let of_member = self.place_of(ppid).map(|place| self.members[place].ended().name);
        let of_ghost = || self.kin.as_ref().ok()?.ghosts.get(&ppid).map(|ghost| ghost.name.clone());
        let name = of_member.or_else(of_ghost).unwrap_or_else(|| Name::from_bytes(b""));
        self.by_pid.remove(&pid);
        let ghost = Ghost { key, ppid, name, execs: 0, looks: 0, ended: false };
        let sighting = ghost.sighting(pid, State::Alive);
        if let Ok(kin) = &mut self.kin {
            kin.ghosts.insert(pid, ghost);
        }
        sighting
    }

    /// As far as events tell of a process that cannot be read. One that has ended is told of once: by whoever reaps it.
    pub(super) fn ghost(&mut self, pid: Pid) -> Option<Sighting> {
        let kin = self.kin.as_mut().ok()?;
        let ghost = kin.ghosts.get(&pid)?;
        let ended = ghost.ended;
        let sighting = ghost.sighting(pid, if ended { State::Zombie } else { State::Alive });
        if ended {
            kin.ghosts.remove(&pid);
        }
        Some(sighting)
    }

    /// Whether that pid is one's of whom all has been told, and who is a zombie at most.
    pub(super) fn is_laid(&self, pid: Pid) -> bool {
        self.kin.as_ref().is_ok_and(|kin| kin.laid.contains(&pid))
    }

    /// A child of this process that is hidden from it, as a command of another user's is under `hidepid`.
    pub(super) fn child_as_ghost(&mut self, pid: Pid) -> Option<Key> {
        let us = self.reaper.as_ref()?.pid;
        if self.kin.is_err() || !exists(pid) {
            return None;
        }
        let key = self.new_key();
        self.take_in_ghost(pid, us, Some(key));
        Some(key)
    }
}
