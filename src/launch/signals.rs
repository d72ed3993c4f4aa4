//! Signals that come to memrec, told apart by who sent them.
//!
//! All are blocked and read from a descriptor (signalfd(2)), so that no handler runs and none is missed. `si_code` tells the origin: what the
//! terminal sends reaches the command's whole process group by itself and must not be passed on; a `kill` of memrec alone must.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::time::TimeSpec;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// Those that a person or a supervisor sends to end, reload or poke a program, and what else would end memrec alone
/// or be lost.
const PASSED_ON: [Signal; 12] = [
    Signal::SIGINT,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGQUIT,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGALRM,
    Signal::SIGVTALRM,
    Signal::SIGPROF,
    Signal::SIGIO,
    Signal::SIGPWR,
    Signal::SIGWINCH,
];

/// Waits until one of two descriptors can be read, at most for `timeout`.
///
/// # Errors
/// Of the system call; none is expected.
pub fn wait_to_read(one: BorrowedFd<'_>, other: Option<BorrowedFd<'_>>, timeout: Duration) -> io::Result<()> {
    let descriptor = |descriptor| PollFd::new(descriptor, PollFlags::POLLIN);
    let mut descriptors = [descriptor(one), descriptor(other.unwrap_or(one))];
    let asked = if other.is_some() { 2 } else { 1 };
    match ppoll(&mut descriptors[..asked], Some(TimeSpec::from_duration(timeout)), None) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Who sent a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// The kernel: the terminal's keys, or its end. The command has got it too.
    Kernel,
    /// A process, by `kill`. The command has got it too only if the whole group was meant, which cannot be told.
    Process,
}

#[derive(Debug)]
pub(super) struct Signals(SignalFd);

impl Signals {
    /// From now on these signals wait to be asked for.
    pub(super) fn hold() -> io::Result<Self> {
        let mut held = SigSet::from_iter(PASSED_ON);
        held.add(Signal::SIGCHLD);
        held.add(Signal::SIGCONT);
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&held), None)?;
        Ok(Self(SignalFd::with_flags(&held, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?))
    }

    /// Waits for a signal, at most for `timeout`, or until `other` can be read.
    pub(super) fn wait(&self, timeout: Duration, other: Option<BorrowedFd<'_>>) -> io::Result<()> {
        wait_to_read(self.0.as_fd(), other, timeout)
    }

    /// The next signal that has come, if there is one.
    pub(super) fn next(&self) -> Option<(Signal, Sender)> {
        let told = self.0.read_signal().ok().flatten()?;
        let signal = Signal::try_from(i32::try_from(told.ssi_signo).ok()?).ok()?;
        // Codes above 0 are the kernel's (sigaction(2)).
        Some((signal, if told.ssi_code > 0 { Sender::Kernel } else { Sender::Process }))
    }
}
