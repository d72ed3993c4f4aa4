//! What is recorded, as the loop sees it.

use crate::launch::{Happened, Launched, Reaped};
use crate::model::Pid;
use std::io;
use std::time::Duration;

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// The time has passed.
    InTime,
    /// A child has ended.
    ByChild,
    /// memrec had been stopped and goes on.
    ByContinuing,
    /// Somebody asks memrec to end the recording.
    ToEnd,
    /// This signal could not be passed on to the command.
    ByRefusal(i32),
}

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
    /// The processes that were asked for, the first of them first.
    fn roots(&self) -> Vec<Pid>;

    /// Waits until something happens, at most for `timeout`.
    ///
    /// # Errors
    /// Of the system call that waits; none is expected.
    fn wait(&mut self, timeout: Duration) -> io::Result<Woken>;

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

    fn wait(&mut self, timeout: Duration) -> io::Result<Woken> {
        Ok(match Launched::wait(self, timeout)? {
            Happened::Nothing => Woken::InTime,
            Happened::ChildEnded => Woken::ByChild,
            Happened::Continued => Woken::ByContinuing,
            Happened::ForwardRefused(signal) => Woken::ByRefusal(signal),
            Happened::AskedToEnd(_) => Woken::ToEnd,
        })
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
