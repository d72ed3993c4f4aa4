//! This process as the one to which the tree's orphans come.

use super::children::{Children, Listing};
use super::files::{Buffer, open_tasks};
use crate::model::Pid;
use std::collections::HashSet;
use std::os::fd::OwnedFd;

#[derive(Debug)]
pub(super) struct Reaper {
    pub(super) pid: Pid,
    /// Children from before, which have nothing to do with the tree.
    pub(super) strangers: HashSet<Pid>,
    tasks: OwnedFd,
    children: Children,
}

impl Reaper {
    /// This process, which has that pid in `proc`.
    pub(super) fn this_process(proc: &OwnedFd, pid: Pid, buffer: &mut Buffer) -> std::io::Result<Self> {
        let tasks = open_tasks(proc, pid)?;
        let mut reaper = Self { pid, strangers: HashSet::new(), tasks, children: Children::new(pid) };
        let mut already_there = Vec::new();
        reaper.list_children(buffer, &mut already_there);
        reaper.strangers.extend(already_there);
        Ok(reaper)
    }

    pub(super) fn list_children(&mut self, buffer: &mut Buffer, found: &mut Vec<Pid>) -> Listing {
        self.children.read(&self.tasks, buffer, found)
    }
}
