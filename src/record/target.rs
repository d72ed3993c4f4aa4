//! What is recorded, as the loop sees it.

use crate::launch::{Happened, Launched, Reaped};
use crate::model::Pid;
use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// How hard to end the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtEnd {
    /// Ask (SIGTERM).
    Terminate,
    /// Do not ask (SIGKILL).
    Kill,
}

/// A launched command, processes that were there already, or a test's script.
pub trait Target {
    /// The processes that were asked for, the first of them first. None where the control group was that the source follows.
    fn roots(&self) -> Vec<Pid>;

    /// Waits until something happens, at most for `timeout`. That one of `others` can be read is something, too: [`Happened::Nothing`] of the first,
    /// [`Happened::SecondCanBeRead`].
    ///
    /// # Errors
    /// Of the system call that waits; none is expected.
    fn wait(&mut self, timeout: Duration, others: [Option<BorrowedFd<'_>>; 2]) -> io::Result<Happened>;

    /// Whether the first of its processes is this process' child and only reaping tells of its end. Orphans of the tree are reaped then too.
    fn reaps(&self) -> bool;

    /// A child of this process that has ended and waits to be reaped.
    fn zombie(&mut self) -> Option<Pid>;

    /// Takes the exit status of that child.
    fn reap(&mut self, pid: Pid) -> Option<Reaped>;

    /// Ends the command.
    ///
    /// # Errors
    /// Where it may not be signalled, or is none of ours to end.
    fn end(&mut self, how: AtEnd) -> io::Result<()>;
}

impl Target for Launched {
    fn roots(&self) -> Vec<Pid> {
        vec![self.pid()]
    }

    fn wait(&mut self, timeout: Duration, others: [Option<BorrowedFd<'_>>; 2]) -> io::Result<Happened> {
        Launched::wait(self, timeout, others)
    }

    fn reaps(&self) -> bool {
        true
    }

    fn zombie(&mut self) -> Option<Pid> {
        Launched::zombie(self)
    }

    fn reap(&mut self, pid: Pid) -> Option<Reaped> {
        Launched::reap(self, pid)
    }

    fn end(&mut self, how: AtEnd) -> io::Result<()> {
        match how {
            AtEnd::Terminate => self.terminate(),
            AtEnd::Kill => self.kill(),
        }
    }
}
