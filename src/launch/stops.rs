//! Stopping where the command has stopped itself, so that a shell that looks after memrec sees what it would have seen of the bare command.
//!
//! Ctrl-Z stops the whole group, memrec with it. But an editor that takes Ctrl-Z as a key stops itself when it is ready, often itself alone, and
//! the shell would never know.

use crate::model::Pid;
use nix::sys::signal::{Signal, raise};
use nix::unistd::{getpgid, getpgrp, getppid, getsid};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

/// A command that is continued before that has not been stopped for anybody to notice. Also, of a group that is continued memrec may be the
/// first to run.
const SETTLED: Duration = Duration::from_millis(200);

/// Since when the command is known to stand still, while memrec does not.
#[derive(Debug, Default)]
pub(super) struct Stops(Option<Instant>);

impl Stops {
    /// A child has stopped, gone on or ended.
    pub(super) fn child_changed(&mut self, command: Pid) {
        self.0 = stopped_by(command).map(|_| self.0.unwrap_or_else(Instant::now));
    }

    /// memrec was continued, and most likely the command too.
    pub(super) fn continued(&mut self, command: Pid) {
        self.0 = None;
        self.child_changed(command);
    }

    /// How long may be waited before [`Stops::follow`].
    pub(super) fn at_most(&self, timeout: Duration) -> Duration {
        self.0.map_or(timeout, |since| timeout.min(SETTLED.saturating_sub(since.elapsed())))
    }

    /// Stops memrec where a shell waits for its foreground job and the command has stopped. Returns when it was continued.
    pub(super) fn follow(&mut self, command: Pid) {
        if self.0.is_none_or(|since| since.elapsed() < SETTLED) {
            return;
        }
        self.0 = None;
        if let Some(signal) = stopped_by(command)
            && a_shell_waits()
        {
            let _ = raise(signal);
        }
    }
}

/// What stopped the command, if it is stopped.
fn stopped_by(command: Pid) -> Option<Signal> {
    // SAFETY: `told` is ours, valid when zeroed, and filled by the kernel; pid and status are what waitid fills in of the union.
    let (asked, pid, status) = unsafe {
        let mut told: libc::siginfo_t = std::mem::zeroed();
        let flags = libc::WSTOPPED | libc::WNOHANG | libc::WNOWAIT;
        (libc::waitid(libc::P_PID, command, &raw mut told, flags), told.si_pid(), told.si_status())
    };
    (asked == 0 && pid != 0).then(|| Signal::try_from(status).unwrap_or(Signal::SIGSTOP))
}

/// Whether whoever started memrec controls jobs (it is in this session, and has put memrec into another process group than its own), and memrec's
/// is in the foreground. Elsewhere nobody waits for it to stop, and whoever stops the command by hand may continue it alone: it would be unrecorded.
fn a_shell_waits() -> bool {
    let (parent, group) = (getppid(), getpgrp());
    let looked_after = getsid(Some(parent)) == getsid(None) && getpgid(Some(parent)).is_ok_and(|other| other != group);
    // SAFETY: a question about an open descriptor.
    let foreground = |terminal: File| unsafe { libc::tcgetpgrp(terminal.as_raw_fd()) };
    looked_after && File::open("/dev/tty").is_ok_and(|terminal| foreground(terminal) == group.as_raw())
}
