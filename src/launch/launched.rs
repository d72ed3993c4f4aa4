//! The command, from its start to its exit status.

use super::inherited::Inherited;
use super::signals::{Sender, Signals, Told};
use super::stops::{Curtain, STOPPING, Stops};
use super::streams;
use super::timers::Timers;
use crate::model::{ExitStatus, Pid};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::fd::BorrowedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Why a command did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no such program.
    #[error("not found")]
    NotFound,
    /// There is, but it cannot be executed.
    #[error("{0}")]
    NotExecutable(io::Error),
    /// memrec could not get so far as to try.
    #[error("{0}")]
    Failed(io::Error),
}

/// The command, running or ended.
#[derive(Debug)]
pub struct Launched {
    pid: Pid,
    signals: Signals,
    stops: Stops,
    /// Of a child something is to be told.
    child_changed: bool,
    inherited: Inherited,
    /// The peak that the kernel may tell of a command smaller than memrec, whose fork it was until exec. In bytes.
    floor: u64,
    ended: bool,
}

/// An exec takes microseconds from where spawning returns, and a look in its midst is no more than a wrong name in one event.
const EXEC_TRIES: u32 = 10_000;

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// Nothing: the time has passed, or the first of the other descriptors can be read.
    Nothing,
    /// The second of the other descriptors can be read.
    SecondCanBeRead,
    /// A child has ended: see [`Launched::zombie`].
    ChildEnded,
    /// memrec had been stopped and goes on.
    Continued,
    /// This signal was meant for the command, which did not take it.
    ForwardRefused(i32),
    /// Somebody asks memrec to end, and there is no command (left) to pass that on to.
    AskedToEnd,
}

/// Which of the two ends first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// The command: memrec waits for it.
    UntilTheCommandEnds,
    /// Perhaps memrec, leaving the command behind.
    ForATime,
}

/// To whom processes of the command's tree come that lose their parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaper {
    /// To this process.
    Us,
    /// To whom those of a bare command would have gone.
    Others,
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reaped {
    /// Its exit status.
    pub status: ExitStatus,
    /// `ru_maxrss` in bytes: the peak over the life of the process and of all children that it has waited for. `None` where it tells of
    /// memrec's own fork rather than of the program.
    pub peak_rss: Option<u64>,
}

impl Launched {
    /// Starts `program` as a bare start would have: with the signal mask, ignored signals and descriptors that memrec itself was given, in the
    /// same process group, and with `MEMREC_RECORDING` set to `recording` where there is one. From then on the signals that are passed on are held,
    /// and what was handed through memrec (stdin, stdout, further descriptors) is the command's alone.
    ///
    /// To be called from the only thread.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start(
        program: &OsStr,
        arguments: &[OsString],
        recording: Option<&Path>,
        lasting: Lasting,
        reaper: Reaper,
    ) -> Result<Self, StartError> {
        let inherited = Inherited::get();
        let timers = Timers::pending();
        // With SIGCHLD ignored by whoever started memrec, the kernel would reap by itself and keep the status to itself.
        let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
        // SAFETY: the default action is no handler of ours.
        unsafe { sigaction(Signal::SIGCHLD, &default) }.map_err(|error| StartError::Failed(error.into()))?;
        if reaper == Reaper::Us {
            nix::sys::prctl::set_child_subreaper(true).map_err(|error| StartError::Failed(error.into()))?;
        }
        inherited.hand_over_pending();
        // Before the fork: a signal that comes in between would end memrec and leave the command unrecorded.
        let signals = Signals::hold().map_err(StartError::Failed)?;
        if let Some(recording) = recording {
            // SAFETY: there is no other thread that could read the environment meanwhile. Not through `Command::env`, which would hand the
            // command its environment in another order.
            unsafe { std::env::set_var("MEMREC_RECORDING", recording) };
        }

        let (mut floor_told, floor_tells) = io::pipe().map_err(StartError::Failed)?;
        let mut command = Command::new(program);
        command.args(arguments);
        let in_child = move || {
            inherited.restore(lasting == Lasting::ForATime)?;
            timers.arm();
            let _ = (&floor_tells).write(&own_peak().to_ne_bytes());
            Ok(())
        };
        // SAFETY: `in_child` makes system calls only; it neither allocates nor locks.
        unsafe { command.pre_exec(in_child) };
        let child = command.spawn().map_err(|error| why_not_started(program, error))?;
        // The command has taken it over.
        Timers::none().arm();
        streams::let_go();
        // The end that tells lives in the command's closure.
        drop(command);
        let mut told = [0; 8];
        // What is left to do until exec brings in more pages of code, sixteen at a time, and the kernel counts in steps: 128 to 256 KiB upon
        // 512 were measured. So the half again is allowed for.
        let floor = floor_told.read_exact(&mut told).map_or(u64::MAX, |()| u64::from_ne_bytes(told));
        let floor = floor.saturating_add(floor / 2);
        // Ticks that are late by the usual 50 µs are late by half a percent of 10 ms. Set after the fork, which would have inherited it.
        let _ = nix::sys::prctl::set_timerslack(1);
        let launched = Self {
            pid: child.id(),
            signals,
            stops: Stops::default(),
            child_changed: false,
            inherited,
            floor,
            ended: false,
        };
        launched.wait_for_exec();
        Ok(launched)
    }

    /// Spawning returns when exec closes descriptors, which the kernel does before it gives the process its new name and arguments. A look in
    /// between would take memrec's name for the command's.
    fn wait_for_exec(&self) {
        // In `/proc` it may have another pid, that of another namespace.
        let children = std::fs::read_to_string("/proc/thread-self/children").unwrap_or_default();
        let newest = children.split_ascii_whitespace().next_back().map(str::to_owned);
        let path = format!("/proc/{}/cmdline", newest.unwrap_or_else(|| self.pid.to_string()));
        for _ in 0..EXEC_TRIES {
            match std::fs::read(&path) {
                Ok(arguments) if arguments.is_empty() && self.zombie().is_none() => std::thread::yield_now(),
                _ => return,
            }
        }
    }

    /// The command's process id.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// From now on `curtain` falls before memrec stops with the command, and rises when it goes on.
    pub fn with_curtain(&mut self, curtain: Box<dyn Curtain>) {
        self.stops.with_curtain(curtain);
    }

    /// Waits until something happens, at most for `timeout`, or until one of the others can be read. Signals that are meant for the command are passed on
    /// meanwhile.
    ///
    /// # Errors
    /// Of the system call; none is expected.
    pub fn wait(&mut self, timeout: Duration, others: [Option<BorrowedFd<'_>>; 2]) -> io::Result<Happened> {
        if let Some(happened) = self.take_signals() {
            return Ok(happened);
        }
        let [_, second] = self.signals.wait(self.stops.at_most(timeout), others)?;
        self.stops.follow(self.pid);
        let nothing = if second { Happened::SecondCanBeRead } else { Happened::Nothing };
        Ok(self.take_signals().unwrap_or(nothing))
    }

    fn take_signals(&mut self) -> Option<Happened> {
        while let Some(told) = self.signals.next() {
            let Told { signal, sender, from } = told;
            match signal {
                // Told last: where memrec was stopped, so was the command, and its stop is not to be taken for a late tick.
                libc::SIGCHLD => self.child_changed = true,
                libc::SIGCONT => {
                    self.stops.continued(self.pid);
                    return Some(Happened::Continued);
                }
                _ if STOPPING.contains(&signal) => {
                    if self.ended {
                        Signal::try_from(signal).ok().into_iter().for_each(|signal| self.stops.stop_by(signal));
                        continue;
                    }
                    self.stops.meant();
                    // The terminal's reach the command by themselves, and so do the command's own to its group.
                    let has_it = sender == Sender::Kernel || from == self.pid;
                    if !has_it && told.pass_on(raw(self.pid)).is_err() {
                        return Some(Happened::ForwardRefused(signal));
                    }
                }
                // What would not have ended a command that does not ask for it: a terminal of another size, urgent news at a socket.
                libc::SIGWINCH | libc::SIGURG if self.ended => {}
                _ if self.ended => {
                    if !self.inherited.ignores(signal) {
                        return Some(Happened::AskedToEnd);
                    }
                }
                // The terminal's keys reach the whole group. Its end is told to the session's leader alone: where that is memrec, a bare command
                // would have been it.
                _ if sender == Sender::Kernel && !(signal == libc::SIGHUP && leads_session()) => {}
                _ => {
                    if told.pass_on(raw(self.pid)).is_err() {
                        return Some(Happened::ForwardRefused(signal));
                    }
                }
            }
        }
        std::mem::take(&mut self.child_changed).then(|| {
            self.stops.child_changed(self.pid);
            Happened::ChildEnded
        })
    }

    /// Asks the command to end (SIGTERM).
    ///
    /// # Errors
    /// Where the command may not be signalled, having become another user's.
    pub fn terminate(&self) -> io::Result<()> {
        self.send(Signal::SIGTERM)
    }

    /// Ends the command (SIGKILL).
    ///
    /// # Errors
    /// As [`Launched::terminate`].
    pub fn kill(&self) -> io::Result<()> {
        self.send(Signal::SIGKILL)
    }

    /// Waits until the command has ended, passing signals on. For when nothing can be recorded any more.
    pub fn wait_to_the_end(&mut self) -> Option<ExitStatus> {
        while !self.ended {
            while let Some(zombie) = self.zombie() {
                let reaped = self.reap(zombie)?;
                if zombie == self.pid {
                    return Some(reaped.status);
                }
            }
            self.wait(Duration::from_secs(3600), [None; 2]).ok()?;
        }
        None
    }

    fn send(&self, signal: Signal) -> io::Result<()> {
        if self.ended {
            // Reaped: its pid may be somebody else's by now.
            return Ok(());
        }
        Told { signal: signal as i32, sender: Sender::Process, from: 0 }.pass_on(raw(self.pid))
    }

    /// A child that has ended and was not reaped: the command, or an orphan of the tree. It keeps its pid until [`Launched::reap`].
    pub fn zombie(&self) -> Option<Pid> {
        // nix's waitid cannot tell of a child that died of a real-time signal, for which it has no name.
        // SAFETY: `told` is ours, valid when zeroed, and filled by the kernel; si_pid is what waitid fills in of the union.
        let (asked, pid) = unsafe {
            let mut told: libc::siginfo_t = std::mem::zeroed();
            let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
            (libc::waitid(libc::P_ALL, 0, &raw mut told, flags), told.si_pid())
        };
        // 0 where none has ended (wait(2)).
        u32::try_from(pid).ok().filter(|pid| asked == 0 && *pid > 0)
    }

    /// Takes the exit status of a child that has ended.
    pub fn reap(&mut self, pid: Pid) -> Option<Reaped> {
        let mut status = 0;
        let raw = libc::pid_t::try_from(pid).ok()?;
        // SAFETY: both places are ours and are filled by the kernel; `rusage` is valid when zeroed.
        let (reaped, usage) = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            (libc::wait4(raw, &raw mut status, libc::WNOHANG, &raw mut usage), usage)
        };
        if reaped != raw {
            return None;
        }
        let status = if libc::WIFSIGNALED(status) {
            ExitStatus::Signal(libc::WTERMSIG(status))
        } else {
            ExitStatus::Code(libc::WEXITSTATUS(status))
        };
        // Of an orphan nothing is known of what it was forked from.
        let is_command = pid == self.pid;
        self.ended |= is_command;
        let peak_rss = kibibytes(usage.ru_maxrss);
        Some(Reaped { status, peak_rss: (is_command && peak_rss > self.floor).then_some(peak_rss) })
    }
}

fn raw(pid: Pid) -> libc::pid_t {
    // A pid is positive and below 2^22 on Linux.
    pid as libc::pid_t
}

/// Whether this process leads its session, as under `ssh -t`, `docker run -t` or as a terminal window's own command.
fn leads_session() -> bool {
    nix::unistd::getsid(None).is_ok_and(|leader| leader == nix::unistd::getpid())
}

fn is_in_path(program: &OsStr) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}

/// The calling process' own peak in bytes.
fn own_peak() -> u64 {
    // SAFETY: `rusage` is valid when zeroed, and filled by the kernel.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        usage
    };
    kibibytes(usage.ru_maxrss)
}

fn kibibytes(count: libc::c_long) -> u64 {
    u64::try_from(count).unwrap_or(0) * 1024
}

fn why_not_started(program: &OsStr, error: io::Error) -> StartError {
    match error.raw_os_error() {
        // A script whose interpreter is missing is there, and yet "not found".
        Some(libc::ENOENT) if Path::new(program).components().count() > 1 && Path::new(program).exists() => {
            StartError::NotExecutable(io::Error::new(
                io::ErrorKind::NotFound,
                "the interpreter in its first line is not found",
            ))
        }
        Some(libc::ENOENT | libc::ENOTDIR) => StartError::NotFound,
        // A folder of PATH that may not be searched hides nothing: as in a shell, what stands in none of the others is not found.
        Some(libc::EACCES) if Path::new(program).components().count() == 1 && !is_in_path(program) => {
            StartError::NotFound
        }
        Some(libc::EAGAIN | libc::ENOMEM | libc::EMFILE | libc::ENFILE) => StartError::Failed(error),
        _ if Path::new(program).is_dir() => StartError::NotExecutable(io::Error::other("it is a folder")),
        _ => StartError::NotExecutable(error),
    }
}
