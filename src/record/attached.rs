//! Processes that were there already.

use super::target::{AtEnd, Target};
use crate::launch::{Happened, Reaped, ignore_what_was_ignored};
use crate::model::Pid;
use nix::sys::signal::Signal;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Processes that run and are none of ours: nothing is reaped, nothing ended; Ctrl-C, SIGTERM and SIGHUP end the recording.
#[derive(Debug)]
pub struct Attached {
    pids: Vec<Pid>,
    asked: Receiver<()>,
}

impl Attached {
    /// To nobody yet. From now on Ctrl-C, SIGTERM and SIGHUP come to the recording, or to whoever [waits](Target::wait) for something to
    /// record.
    ///
    /// # Errors
    /// Where the signals cannot be had, as when this is called twice in a process.
    pub fn to_nobody() -> io::Result<Self> {
        let (ask, asked) = channel();
        // Sending fails only when the recording has ended, and then nobody needs to ask.
        ctrlc::set_handler(move || _ = ask.send(())).map_err(io::Error::other)?;
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

    fn wait(&mut self, timeout: Duration) -> io::Result<Happened> {
        match self.asked.recv_timeout(timeout) {
            Ok(()) => Ok(Happened::AskedToEnd),
            Err(RecvTimeoutError::Timeout) => Ok(Happened::Nothing),
            Err(RecvTimeoutError::Disconnected) => Err(io::Error::other("the handler for Ctrl-C is gone")),
        }
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
