//! The control group's own figure: what all of its processes together are charged with, page cache, sockets and kernel memory included.
//!
//! It is the figure of `docker stats`: in version 2 `memory.current` without the `inactive_file` of `memory.stat`, in version 1
//! `memory.usage_in_bytes` without `total_inactive_file` (docs.docker.com/reference/cli/docker/container/stats; the kernel's
//! admin-guide/cgroup-v2 and cgroup-v1/memory). What is inactive is given back as soon as somebody needs it.

use super::files::{Buffer, open_below, open_tasks};
use super::mounts::Hierarchies;
use super::parse;
use crate::model::{Pid, reason, shown};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// Longer than what the largest hosts of containers have mounted.
const LONGEST_MOUNTINFO: usize = 16 << 20;

/// A control group with the memory controller, by kept descriptors. They go on to mean this group, and fail once it is removed.
#[derive(Debug)]
pub(super) struct Group {
    folder: PathBuf,
    usage: File,
    stat: File,
    /// The line of `stat` that is not counted.
    inactive: &'static [u8],
}

impl Group {
    /// That in `folder`, of either version.
    ///
    /// # Errors
    /// Where it has no figures of memory: `folder` is no control group, its controller is not switched on, or it is the root of version 2.
    pub(super) fn at(folder: &Path) -> io::Result<Self> {
        let open = |name| File::open(folder.join(name));
        let (usage, inactive) = match open("memory.current") {
            Ok(usage) => (usage, &b"inactive_file "[..]),
            Err(error) => match open("memory.usage_in_bytes") {
                Ok(usage) => (usage, &b"total_inactive_file "[..]),
                Err(_) => return Err(error),
            },
        };
        Ok(Self { folder: folder.to_owned(), usage, stat: open("memory.stat")?, inactive })
    }

    /// That of the process which has `pid` now. It must be alive: the kernel says of one that is ending that it is in the root group.
    ///
    /// # Errors
    /// Why there is none to be read, in words.
    pub(super) fn of_process(proc: &OwnedFd, pid: Pid, buffer: &mut Buffer) -> Result<Self, String> {
        let membership = Membership::open(proc, pid).and_then(|process| process.read(buffer));
        Self::of_membership(proc, &membership.map_err(|error| reason(&error))?, buffer)
    }

    /// `membership` is the text of `/proc/PID/cgroup`.
    fn of_membership(proc: &OwnedFd, membership: &[u8], buffer: &mut Buffer) -> Result<Self, String> {
        // Our own, whose paths we can open. The kernel gives both files as the reader's namespace of control groups has it.
        let mounts = open_below(proc, "self/mountinfo").and_then(|file| buffer.read_whole(&file, LONGEST_MOUNTINFO));
        let places = Hierarchies::parse(&mounts.map_err(|error| reason(&error))?).of_memory(membership);
        let mut why = None;
        for place in places {
            let error = match Self::at(&place) {
                Ok(group) => return Ok(group),
                Err(error) => error,
            };
            let reason = match error.kind() {
                io::ErrorKind::NotFound => "it is the root group, or its memory controller is off".to_owned(),
                _ => reason(&error),
            };
            why.get_or_insert(format!("{}: {reason}", shown(&place)));
        }
        Err(why
            .unwrap_or_else(|| "it has no memory controller, or is not mounted where memrec could see it".to_owned()))
    }

    /// What it is charged with in bytes, without its inactive page cache; `None` once it is gone.
    pub(super) fn used(&self, buffer: &mut Buffer) -> Option<u64> {
        let usage = usage_in(buffer.read_once(&self.usage).ok()?)?;
        charged(usage, buffer.read_once(&self.stat).ok()?, self.inactive)
    }
}

/// `61407232\n`
pub(super) fn usage_in(text: &[u8]) -> Option<u64> {
    parse::number(text.trim_ascii_end())
}

/// A usage without what the line of `stat` that begins with `inactive` says.
pub(super) fn charged(usage: u64, stat: &[u8], inactive: &[u8]) -> Option<u64> {
    let inactive = stat.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(inactive));
    // The two are read at different moments. As docker has it, what cannot be is not taken off.
    inactive.and_then(parse::number).map(|inactive| if inactive < usage { usage - inactive } else { usage })
}

/// The files that tell in which groups a process is.
#[derive(Debug)]
struct Membership {
    cgroup: File,
    stat: File,
}

impl Membership {
    fn open(proc: &OwnedFd, pid: Pid) -> io::Result<Self> {
        // By one descriptor, so that both are of one process.
        let tasks = open_tasks(proc, pid)?;
        Ok(Self { cgroup: open_below(&tasks, "../cgroup")?, stat: open_below(&tasks, "../stat")? })
    }

    /// The text of its `cgroup`.
    fn read(&self, buffer: &mut Buffer) -> io::Result<Vec<u8>> {
        let text = buffer.read_once(&self.cgroup)?.to_vec();
        // Of a process that ends, version 1 says that it is in the root: the whole machine would be taken for its group.
        match buffer.read_once(&self.stat).map(parse::stat_is_exiting)? {
            Some(false) => Ok(text),
            _ => Err(io::Error::other("its process has ended")),
        }
    }
}

/// The group of one process, into whichever group that moves.
#[derive(Debug)]
pub(super) struct Charge {
    /// None once the process has ended: its last group stays.
    process: Option<Membership>,
    membership: Vec<u8>,
    group: Option<Group>,
    /// That there is nothing to be read has been told.
    told: bool,
}

impl Charge {
    /// Of the process that has `pid` now. `starter` is who has started it, if that is known: of one that has ended already, the group in which it
    /// was started counts.
    pub(super) fn new(proc: &OwnedFd, pid: Pid, starter: Option<Pid>, buffer: &mut Buffer) -> Self {
        let process = Membership::open(proc, pid).ok();
        let membership = process.as_ref().and_then(|process| process.read(buffer).ok());
        let group = match (&membership, starter) {
            (None, Some(starter)) => Group::of_process(proc, starter, buffer).ok(),
            _ => None,
        };
        Self { process, membership: membership.unwrap_or_default(), group, told: false }
    }

    /// Of the group in `folder`, whoever is in it.
    pub(super) fn at(folder: &Path) -> Self {
        Self { process: None, membership: Vec::new(), group: Group::at(folder).ok(), told: false }
    }

    /// What the group is charged with now. Why there is no figure, and that it is another group's from now on, is added to `notes`, once.
    pub(super) fn used(&mut self, proc: &OwnedFd, buffer: &mut Buffer, notes: &mut Vec<String>) -> Option<u64> {
        let now = self.process.as_ref().and_then(|process| process.read(buffer).ok());
        match now {
            None => self.process = None,
            Some(now) if now != self.membership => {
                self.membership = now;
                let before = self.group.take().map(|group| group.folder);
                self.find(proc, buffer, notes);
                if let (Some(before), Some(group)) = (before, &self.group)
                    && before != group.folder
                {
                    notes.push(format!("another control group from here on: {}", shown(&group.folder)));
                }
            }
            Some(_) => {}
        }
        if self.group.is_none() && !self.told {
            self.find(proc, buffer, notes);
        }
        let used = self.group.as_ref()?.used(buffer);
        if used.is_none() {
            let folder = self.group.take().map(|group| shown(&group.folder)).unwrap_or_default();
            self.tell(format_args!("{folder}: it is gone, or cannot be read any more"), notes);
        }
        used
    }

    fn find(&mut self, proc: &OwnedFd, buffer: &mut Buffer, notes: &mut Vec<String>) {
        match Group::of_membership(proc, &self.membership, buffer) {
            Ok(group) => (self.group, self.told) = (Some(group), false),
            Err(why) => self.tell(format_args!("{why}"), notes),
        }
    }

    fn tell(&mut self, why: std::fmt::Arguments<'_>, notes: &mut Vec<String>) {
        if !std::mem::replace(&mut self.told, true) {
            notes.push(format!("no figure of the control group: {why}"));
        }
    }
}

#[cfg(test)]
#[path = "cgroup_tests.rs"]
mod tests;
