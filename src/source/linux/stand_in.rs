//! A thread that stands in for the first one of its process, where that has ended before the others: the kernel then shows the memory in theirs.

use super::children::threads;
use super::files::{Buffer, open_below};
use super::parse::{self, Statm, Status};
use crate::model::Pid;
use std::fs::File;
use std::os::fd::OwnedFd;

#[derive(Debug)]
pub(super) struct StandIn {
    pub(super) thread: Pid,
    statm: File,
}

impl StandIn {
    /// A thread of `tasks` that lives, and what it shows.
    pub(super) fn find(tasks: &OwnedFd, buffer: &mut Buffer) -> Option<(Self, Statm)> {
        threads(tasks).into_iter().find_map(|thread| {
            let statm = open_below(tasks, &format!("{thread}/statm")).ok()?;
            let stand_in = Self { thread, statm };
            let shows = stand_in.read(buffer)?;
            Some((stand_in, shows))
        })
    }

    /// What it shows, as long as it lives.
    pub(super) fn read(&self, buffer: &mut Buffer) -> Option<Statm> {
        buffer.read_once(&self.statm).ok().and_then(parse::statm).filter(|statm| statm.size > 0)
    }

    /// Its `status`, under the name of its process: a thread has one of its own.
    pub(super) fn status(&self, tasks: &OwnedFd, name: &[u8], buffer: &mut Buffer) -> Option<Status> {
        let file = open_below(tasks, &format!("{}/status", self.thread)).ok()?;
        let status = parse::status(buffer.read_once(&file).ok()?)?;
        Some(Status { name: name.to_vec(), ..status })
    }
}
