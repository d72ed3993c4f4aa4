//! Signals that are held back until what they would interrupt has been put in order.

use super::stops::stop_by;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::io;

/// Signals that wait to be let through.
#[derive(Debug)]
pub struct HeldBack(SignalFd);

impl HeldBack {
    /// Holds back what the terminal's keys send to stop this process or to end it with a core. To be called before there is a second thread.
    ///
    /// # Errors
    /// Of the system calls; none is expected.
    pub fn keys() -> io::Result<Self> {
        let mut held = SigSet::empty();
        held.add(Signal::SIGTSTP);
        held.add(Signal::SIGQUIT);
        held.thread_block()?;
        Ok(Self(SignalFd::with_flags(&held, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?))
    }

    /// Lets the next that has come through, once `ready` has been called, if there is one. Returns after the stop where it was one to stop.
    pub fn let_through(&self, ready: impl FnOnce()) -> bool {
        let told = self.0.read_signal().ok().flatten();
        let Some(signal) = told.and_then(|told| Signal::try_from(told.ssi_signo as i32).ok()) else { return false };
        ready();
        stop_by(signal);
        true
    }
}

/// To be called by a thread that was started: signals are for the first one.
pub fn take_no_signals() {
    // Where they cannot be blocked, which is not expected, they come to any thread.
    let _ = SigSet::all().thread_block();
}
