//! Processes that were there already.

use super::target::{AtEnd, Target};
use crate::launch::{Happened, Reaped, ignore_what_was_ignored, wait_to_read};
use crate::model::Pid;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::Signal;
use std::io::{self, PipeReader, Read, Write, pipe};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// Processes that run and are none of ours: nothing is reaped, nothing ended; Ctrl-C, SIGTERM and SIGHUP end the recording.
#[derive(Debug)]
pub struct Attached {
    pids: Vec<Pid>,
    /// A byte comes out for each time that somebody asks.
    asked: PipeReader,
}

impl Attached {
    /// To nobody yet. From now on Ctrl-C, SIGTERM and SIGHUP come to the recording, or to whoever [waits](Target::wait) for something to
    /// record.
    ///
    /// # Errors
    /// Where the signals cannot be had, as when this is called twice in a process.
    pub fn to_nobody() -> io::Result<Self> {
        let (asked, mut ask) = pipe()?;
        fcntl(&asked, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        // Writing fails only when the recording has ended, and then nobody needs to ask.
        ctrlc::set_handler(move || _ = ask.write_all(&[0])).map_err(io::Error::other)?;
        ignore_what_was_ignored(&[Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP])?;
        Ok(Self { pids: Vec::new(), asked })
    }

    /// To `pids`; where there are none, to the control group that the source follows.
    pub fn to(self, pids: Vec<Pid>) -> Self {
        Self { pids, ..self }
    }
}

impl Target for Attached {
    fn roots(&self) -> Vec<Pid> {
        self.pids.clone()
    }

    fn wait(&mut self, timeout: Duration, others: [Option<BorrowedFd<'_>>; 2]) -> io::Result<Happened> {
        let [_, second] = wait_to_read(self.asked.as_fd(), others, timeout)?;
        Ok(match self.asked.read(&mut [0]) {
            Ok(_) => Happened::AskedToEnd,
            Err(_) if second => Happened::SecondCanBeRead,
            Err(_) => Happened::Nothing,
        })
    }

    fn reaps(&self) -> bool {
        false
    }

    fn zombie(&mut self) -> Option<Pid> {
        None
    }

    fn reap(&mut self, _pid: Pid) -> Option<Reaped> {
        None
    }

    fn end(&mut self, _how: AtEnd) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
