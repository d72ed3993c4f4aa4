//! Signals that come to memrec, told apart by who sent them.
//!
//! All are blocked and read from a descriptor (signalfd(2)), so that no handler runs and none is missed. `si_code` tells the origin: what the
//! terminal sends reaches the command's whole process group by itself and must not be passed on; a `kill` of memrec alone must.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::time::TimeSpec;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// Waits until `one` or some of the others can be read, at most for `timeout`. Which of the others can be.
///
/// # Errors
/// Of the system call; none is expected.
pub fn wait_to_read<const N: usize>(
    one: BorrowedFd<'_>,
    others: [Option<BorrowedFd<'_>>; N],
    timeout: Duration,
) -> io::Result<[bool; N]> {
    let descriptor = |descriptor| PollFd::new(descriptor, PollFlags::POLLIN);
    let descriptors = std::iter::once(one).chain(others.into_iter().flatten());
    let mut asked: Vec<PollFd<'_>> = descriptors.map(descriptor).collect();
    match ppoll(&mut asked, Some(TimeSpec::from_duration(timeout)), None) {
        Ok(_) => {}
        Err(Errno::EINTR) => return Ok([false; N]),
        Err(error) => return Err(error.into()),
    }
    let mut told = asked[1..].iter().map(|polled| polled.any().unwrap_or(false));
    Ok(others.map(|other| other.is_some() && told.next().unwrap_or(false)))
}

/// Who sent a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// The kernel: the terminal's keys, or its end. The command has got it too.
    Kernel,
    /// A process, by `kill`. The command has got it too only if the whole group was meant, which cannot be told.
    Process,
    /// A process, by sigqueue(3), with something more to say.
    Queue(u64),
}

/// A signal that has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    /// Its number: real-time signals have no names.
    pub(super) signal: i32,
    pub(super) sender: Sender,
    /// The process id of who sent it, where it was a process.
    pub(super) from: u32,
}

impl Told {
    /// Sends `pid` the same.
    pub(super) fn pass_on(self, pid: libc::pid_t) -> io::Result<()> {
        let sent = match self.sender {
            Sender::Queue(value) => {
                let value = libc::sigval { sival_ptr: std::ptr::without_provenance_mut(value as usize) };
                // SAFETY: a system call; nobody here looks at what `value` may point to.
                unsafe { libc::sigqueue(pid, self.signal, value) }
            }
            // Not nix's, which knows no real-time signals.
            // SAFETY: a system call of numbers.
            _ => unsafe { libc::kill(pid, self.signal) },
        };
        if sent == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}

#[derive(Debug)]
pub(super) struct Signals(SignalFd);

impl Signals {
    /// From now on all signals that can be held wait to be asked for: whatever is sent is meant for the command.
    pub(super) fn hold() -> io::Result<Self> {
        let held = SigSet::all();
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&held), None)?;
        Ok(Self(SignalFd::with_flags(&held, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?))
    }

    /// Waits for a signal, at most for `timeout`, or until one of the others can be read. Which of them can be.
    pub(super) fn wait<const N: usize>(
        &self,
        timeout: Duration,
        others: [Option<BorrowedFd<'_>>; N],
    ) -> io::Result<[bool; N]> {
        wait_to_read(self.0.as_fd(), others, timeout)
    }

    /// The next signal that has come, if there is one.
    pub(super) fn next(&self) -> Option<Told> {
        loop {
            let told = self.0.read_signal().ok().flatten()?;
            let signal = i32::try_from(told.ssi_signo).ok()?;
            // What a broken pipe or a full file sends to whoever writes to it: memrec's own affair. Such come as if from oneself.
            if told.ssi_code <= 0 && told.ssi_pid == std::process::id() {
                continue;
            }
            let sender = match told.ssi_code {
                // Codes above 0 are the kernel's (sigaction(2)).
                1.. => Sender::Kernel,
                libc::SI_QUEUE => Sender::Queue(told.ssi_ptr),
                _ => Sender::Process,
            };
            return Some(Told { signal, sender, from: told.ssi_pid });
        }
    }
}
