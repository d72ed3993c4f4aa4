//! Stopping where the command has stopped, and only there, so that a shell that looks after memrec sees what it would have seen of the bare command.
//!
//! Ctrl-Z reaches the whole group, memrec with it. But a command may ignore it, or take it as a key as editors do; then memrec must not stand still beside
//! a command that runs. And a command that stops itself, often itself alone, would stop without its shell's knowing. So memrec holds such signals back, and
//! follows the command.

use crate::model::Pid;
use nix::sys::signal::{SigSet, Signal, kill, raise};
use nix::unistd::{getpgid, getpgrp, getppid, getsid};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

/// Those that stop whoever does not ask for them, but for SIGSTOP, which nobody can hold back.
pub(super) const STOPPING: [i32; 3] = [libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU];

/// A command that is continued before that has not been stopped for anybody to notice.
const SETTLED: Duration = Duration::from_millis(50);

/// Who has the terminal in use beside the command, and clears it while memrec stands still, for whoever has it then.
pub trait Curtain: std::fmt::Debug {
    /// memrec is about to stop.
    fn falls(&self);

    /// It goes on.
    fn rises(&self);
}

/// What is known of the command's standing still.
#[derive(Debug, Default)]
pub(super) struct Stops {
    curtain: Option<Box<dyn Curtain>>,
    /// Since when it does, while memrec does not.
    since: Option<Instant>,
    /// memrec was to stop too: it was sent such a signal.
    meant: bool,
    /// The process group that had the terminal when memrec stopped, where it was the command's and not memrec's.
    had_terminal: Option<i32>,
}

impl Stops {
    /// memrec has got one of [`STOPPING`].
    pub(super) fn meant(&mut self) {
        self.meant = true;
    }

    /// A child has stopped, gone on or ended.
    pub(super) fn child_changed(&mut self, command: Pid) {
        self.since = stopped_by(command).map(|_| self.since.unwrap_or_else(Instant::now));
    }

    /// memrec was continued. So is the command, wherever it stands.
    pub(super) fn continued(&mut self, command: Pid) {
        let curtain = self.curtain.take();
        let had_terminal = std::mem::replace(self, Self { curtain, ..Self::default() }).had_terminal;
        if let Some(group) = had_terminal {
            // A shell that is recorded has a group of its own, and whoever has continued memrec knows memrec's only.
            hand_terminal_on(group);
        }
        if stopped_by(command).is_some()
            && let Ok(command) = i32::try_from(command)
        {
            let _ = kill(nix::unistd::Pid::from_raw(command), Signal::SIGCONT);
        }
    }

    /// How long may be waited before [`Stops::follow`].
    pub(super) fn at_most(&self, timeout: Duration) -> Duration {
        self.since.map_or(timeout, |since| timeout.min(SETTLED.saturating_sub(since.elapsed())))
    }

    /// Stops memrec where the command has stopped and somebody waits for that. Returns when it was continued.
    pub(super) fn follow(&mut self, command: Pid) {
        if self.since.is_none_or(|since| since.elapsed() < SETTLED) {
            return;
        }
        self.since = None;
        if let Some(signal) = stopped_by(command)
            && (std::mem::take(&mut self.meant) || a_shell_waits(command))
        {
            self.had_terminal =
                foreground().filter(|group| *group != getpgrp().as_raw() && Some(*group) == group_of(command));
            self.stop_by(signal);
        }
    }

    /// Asks for the terminal to be cleared before memrec stops.
    pub(super) fn with_curtain(&mut self, curtain: Box<dyn Curtain>) {
        self.curtain = Some(curtain);
    }

    /// Stops memrec by `signal`. Returns when it was continued.
    pub(super) fn stop_by(&self, signal: Signal) {
        self.curtain.iter().for_each(|curtain| curtain.falls());
        stop_by(signal);
        self.curtain.iter().for_each(|curtain| curtain.rises());
    }
}

/// Has `signal`, which is held back, do to memrec what it does, which tells a shell why. Returns when it was continued.
pub(super) fn stop_by(signal: Signal) {
    let mut alone = SigSet::empty();
    alone.add(signal);
    // It is delivered when it is held back no more.
    let _ = raise(signal);
    let _ = alone.thread_unblock();
    let _ = alone.thread_block();
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

/// Whether whoever started memrec controls jobs (it is in this session, and has put memrec into another process group than its own), and the job
/// is in the foreground. Elsewhere nobody waits for it to stop, and whoever stops the command by hand may continue it alone: it would be unrecorded.
fn a_shell_waits(command: Pid) -> bool {
    let (parent, group) = (getppid(), getpgrp());
    let looked_after = getsid(Some(parent)) == getsid(None) && getpgid(Some(parent)).is_ok_and(|other| other != group);
    let shown = foreground();
    looked_after && shown.is_some() && (shown == Some(group.as_raw()) || shown == group_of(command))
}

/// The process group of a process.
fn group_of(command: Pid) -> Option<i32> {
    let command = i32::try_from(command).ok()?;
    getpgid(Some(nix::unistd::Pid::from_raw(command))).ok().map(nix::unistd::Pid::as_raw)
}

/// The process group in the foreground of the terminal, where there is one.
fn foreground() -> Option<i32> {
    let terminal = File::open("/dev/tty").ok()?;
    // SAFETY: a question about an open descriptor.
    Some(unsafe { libc::tcgetpgrp(terminal.as_raw_fd()) }).filter(|group| *group > 0)
}

/// Puts another process group into the foreground, where memrec's own is there.
fn hand_terminal_on(group: i32) {
    if foreground() == Some(getpgrp().as_raw())
        && let Ok(terminal) = File::open("/dev/tty")
    {
        // SAFETY: a system call of numbers on an open descriptor.
        unsafe { libc::tcsetpgrp(terminal.as_raw_fd(), group) };
    }
}
