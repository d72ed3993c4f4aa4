//! Keys that end or stop memrec itself, held back until what it shows on the terminal has been cleared away.

use super::signals::wait_to_read;
use super::stops::stop_by;
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// From the terminal, or from whoever wants memrec to end.
const HELD: [Signal; 5] = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGTSTP];

/// Holds them back from this thread, and from those that it starts, as long as it lives.
#[derive(Debug)]
pub struct Interrupts {
    waiting: SignalFd,
    before: SigSet,
}

impl Interrupts {
    /// From now on they wait to be asked for.
    ///
    /// # Errors
    /// Of the system calls; none is expected but too many open files.
    pub fn hold() -> io::Result<Self> {
        let mut held = SigSet::empty();
        HELD.into_iter().for_each(|signal| held.add(signal));
        let waiting = SignalFd::with_flags(&held, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let before = held.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        Ok(Self { waiting, before })
    }

    /// Waits until `end` can be read, at most for `timeout`; whether it can be. A signal that has come meanwhile does what it always does, to memrec
    /// as a whole, after `clear` was called. To be asked by one thread, which holds them back too.
    ///
    /// # Errors
    /// Of the system call; none is expected.
    pub fn wait(&self, end: BorrowedFd<'_>, timeout: Duration, clear: impl FnOnce()) -> io::Result<bool> {
        let [ended] = wait_to_read(self.waiting.as_fd(), [Some(end)], timeout)?;
        if let Ok(Some(told)) = self.waiting.read_signal() {
            clear();
            let signal = i32::try_from(told.ssi_signo).ok().and_then(|signal| Signal::try_from(signal).ok());
            // Who has it ignored goes on.
            signal.into_iter().for_each(stop_by);
        }
        Ok(ended)
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        let _ = self.before.thread_set_mask();
    }
}
