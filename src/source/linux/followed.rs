//! A control group whose processes belong to the tree.

use super::group_members::GroupMembers;
use super::{Linux, open_below, parse};
use crate::model::Pid;
use crate::source::{Sighting, State};
use std::collections::HashSet;
use std::io;
use std::time::Duration;

/// A control group, and what the last look told of it.
#[derive(Debug)]
pub(in crate::source) struct Followed {
    members: GroupMembers,
    /// Who was in it at the last look, in order.
    pids: Vec<Pid>,
    lives: bool,
}

impl Followed {
    pub(in crate::source) fn new(members: GroupMembers) -> Self {
        Self { members, pids: Vec::new(), lives: true }
    }

    /// How it is followed, as the beginning of a sentence.
    pub(in crate::source) fn following(&self) -> String {
        format!("the list of the control group {}; ", crate::model::shown(self.members.path()))
    }

    /// Whether a process of it lived at the last look.
    pub(in crate::source) fn lives(&self) -> bool {
        self.lives
    }

    /// Who is in it now.
    pub(in crate::source) fn list(&mut self) -> io::Result<&[Pid]> {
        let read = self.members.read(&mut self.pids);
        if read.is_err() {
            self.pids.clear();
        }
        read?;
        self.lives = false;
        Ok(&self.pids)
    }

    /// Learns from the rest of the look whether somebody lives: lists of version 1 have zombies in them. Who could not be opened does.
    pub(in crate::source) fn look_after(&mut self, seen: &[Sighting]) {
        let zombies = seen.iter().filter(|sighting| sighting.state == State::Zombie);
        let ended: HashSet<Pid> = zombies.map(|sighting| sighting.pid).collect();
        self.lives |= self.pids.iter().any(|pid| !ended.contains(pid));
    }
}

impl Linux {
    /// Takes in those who have come into the group.
    pub(super) fn take_in_group(&mut self, now: Duration) {
        let Some(mut group) = self.group.take() else { return };
        let first_new = self.members.len();
        let mut listed = group.list().map(|pids| pids.iter().for_each(|pid| _ = self.take_in(*pid, None, now)));
        if self.members.len() > first_new {
            listed = listed.and_then(|()| group.list().map(|pids| self.check_new(first_new, pids)));
        }
        if let Err(error) = listed {
            self.note_shortage(&error);
        }
        self.group = Some(group);
    }

    /// Between being listed and being opened a process can have ended, and its pid have gone to a stranger: who is not listed again is none of
    /// the group's.
    fn check_new(&mut self, first_new: usize, pids: &[Pid]) {
        for place in (first_new..self.members.len()).rev() {
            let member = &mut self.members[place];
            if pids.binary_search(&member.pid).is_err() {
                let stranger = self.members.remove(place);
                self.by_pid.remove(&stranger.pid);
                continue;
            }
            // It may be in its parent's memory for now, which only the parent's pid can tell.
            let stat = open_below(&self.proc, &format!("{}/stat", member.pid));
            let ppid = stat.ok().and_then(|stat| parse::stat_ppid(self.buffer.read_once(&stat).ok()?));
            member.ppid = ppid.unwrap_or(member.ppid);
        }
    }
}
