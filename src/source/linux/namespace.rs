//! Whose processes a `/proc` shows. In a pid namespace of one's own it may still be the outer one's: then everything in it has another pid than the
//! system calls here know it by.

use super::children::Children;
use super::files::{Buffer, open_below, open_tasks};
use super::parse;
use crate::model::Pid;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

/// This process, as a `/proc` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Namespace {
    pub(super) us: Pid,
}

impl Namespace {
    /// Of the `/proc` that is mounted there.
    ///
    /// # Errors
    /// Where there is none, or it does not show this process, and so none of its children.
    pub(super) fn of(proc: &Path) -> io::Result<Self> {
        let hidden = || {
            let why = "it shows another pid namespace, without memrec; mount this one's with: mount -t proc proc /proc";
            io::Error::other(why)
        };
        // Dangling where it does not show whoever asks.
        let link = std::fs::read_link(proc.join("self")).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound if proc.join("loadavg").exists() => hidden(),
            _ => error,
        })?;
        let us = link.to_str().and_then(|pid| pid.parse().ok()).ok_or_else(hidden)?;
        Ok(Self { us })
    }

    /// Whether pids in it are others than here.
    pub(super) fn is_foreign(self) -> bool {
        self.us != std::process::id()
    }

    /// The pid there of a child of this process, which has `pid` here.
    pub(super) fn child(self, pid: Pid, proc: &OwnedFd, buffer: &mut Buffer) -> Option<Pid> {
        if !self.is_foreign() {
            return Some(pid);
        }
        let mut children = Vec::new();
        let tasks = open_tasks(proc, self.us).ok()?;
        Children::new(self.us).read(&tasks, buffer, &mut children);
        children.into_iter().find(|child| {
            let status = open_below(proc, &format!("{child}/status"));
            let innermost = status.ok().and_then(|status| parse::status_innermost_pid(buffer.read_once(&status).ok()?));
            innermost == Some(pid)
        })
    }
}
