//! Commands that are started beside the recorded one, by a process that exists for that alone.
//!
//! A child of memrec is taken for one of the recorded tree, and its status is whoever's who reaps: so these are children of a process that was forked
//! before there was anything to record, and is known as a stranger. It is the reaper of what they leave behind, in a session of its own: neither keys of
//! the terminal nor a `kill 0` of the recorded command reach an alert. It holds none of the command's streams, and ends when memrec does.

use super::inherited::Inherited;
use super::signals::Signals;
use super::streams;
use crate::model::{ExitStatus, Pid};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::unistd::{ForkResult, fork, setsid};
use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, Read, Write, stderr};
use std::os::fd::AsFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What the command of an alert is told.
#[derive(Debug, Clone, Copy)]
pub struct Ring<'a> {
    /// Which of the commands, by its place.
    pub which: usize,
    /// Whom it is about: `MEMREC_PID`.
    pub pid: Pid,
    /// How much memory that and its tree have: `MEMREC_TOTAL_BYTES`.
    pub total: u64,
    /// The recording: `MEMREC_RECORDING`.
    pub recording: &'a Path,
}

/// What became of the command of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alerted {
    /// It ended so.
    Ended(ExitStatus),
    /// It could not be started; the number of the system's error.
    NotStarted(i32),
}

/// The process that starts them, as seen from memrec.
#[derive(Debug)]
pub struct Bell {
    socket: UnixStream,
    /// What has come of the next answer.
    heard: Vec<u8>,
}

/// Numbers of eight bytes before a recording's path: which, pid, total, and the path's length.
const RING: usize = 32;
/// An answer: which, what, and a number.
const ANSWER: usize = 12;
/// There is nothing to wait for but the two descriptors.
const LONG: Duration = Duration::from_secs(3600);

impl Bell {
    /// Makes the process, to which `commands` are known from then on. To be called from the only thread, before anything is opened for the recording.
    ///
    /// # Errors
    /// Where there is no process to be had.
    pub fn hang(commands: Vec<OsString>) -> io::Result<Self> {
        let (ours, its) = UnixStream::pair()?;
        // SAFETY: there is no other thread whose locks the child could find held; it never returns from `serve`, nor runs what is to be run when
        // memrec ends.
        match unsafe { fork() }? {
            ForkResult::Child => {
                drop(ours);
                let _ = catch_unwind(AssertUnwindSafe(|| serve(its, &commands)));
                // SAFETY: ends this process, and does nothing else.
                unsafe { libc::_exit(0) }
            }
            ForkResult::Parent { .. } => {
                ours.set_nonblocking(true)?;
                Ok(Self { socket: ours, heard: Vec::new() })
            }
        }
    }

    /// Has a command started. It costs a write, whatever becomes of it.
    ///
    /// # Errors
    /// Where nobody is there any more to do that.
    pub fn ring(&mut self, ring: &Ring<'_>) -> io::Result<()> {
        let path = ring.recording.as_os_str().as_bytes();
        let numbers = [ring.which as u64, u64::from(ring.pid), ring.total, path.len() as u64];
        let message = [&numbers.map(u64::to_le_bytes).concat(), path].concat();
        self.socket.write_all(&message)
    }

    /// What has become of commands since this was last asked.
    pub fn answers(&mut self) -> Vec<(usize, Alerted)> {
        let mut some = [0; 16 * ANSWER];
        while let Ok(more @ 1..) = self.socket.read(&mut some) {
            self.heard.extend_from_slice(&some[..more]);
        }
        let whole = self.heard.len() / ANSWER * ANSWER;
        let answers: Vec<u8> = self.heard.drain(..whole).collect();
        answers.chunks_exact(ANSWER).filter_map(answer).collect()
    }
}

fn answer(bytes: &[u8]) -> Option<(usize, Alerted)> {
    let number = |from: usize| Some(i32::from_le_bytes(bytes.get(from..from + 4)?.try_into().ok()?));
    let (what, value) = (number(4)?, number(8)?);
    let alerted = match what {
        0 => Alerted::Ended(ExitStatus::Code(value)),
        1 => Alerted::Ended(ExitStatus::Signal(value)),
        _ => Alerted::NotStarted(value),
    };
    Some((usize::try_from(number(0)?).ok()?, alerted))
}

/// The life of that process: until memrec is gone.
fn serve(mut socket: UnixStream, commands: &[OsString]) -> io::Result<()> {
    setsid()?;
    let signals = Signals::hold()?;
    streams::let_go();
    nix::sys::prctl::set_child_subreaper(true)?;
    let _ = nix::sys::prctl::set_name(c"memrec-alert");
    // Ignored by whoever started memrec, the kernel would keep how alerts ended to itself.
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: the default action is no handler of ours.
    unsafe { sigaction(Signal::SIGCHLD, &default) }?;
    let mut running: HashMap<u32, usize> = HashMap::new();
    loop {
        let [asked] = signals.wait(LONG, [Some(socket.as_fd())])?;
        while signals.next().is_some() {}
        while let Some((pid, alerted)) = reap() {
            if let Some(which) = running.remove(&pid) {
                tell(&mut socket, which, alerted)?;
            }
        }
        if !asked {
            continue;
        }
        let mut numbers = [0; RING];
        if socket.read_exact(&mut numbers).is_err() {
            return Ok(());
        }
        let mut numbers = numbers.chunks_exact(8).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap_or_default()));
        let [which, pid, total, length] = std::array::from_fn(|_| numbers.next().unwrap_or_default());
        let mut path = vec![0; length as usize];
        socket.read_exact(&mut path)?;
        let which = which as usize;
        let Some(command) = commands.get(which) else { continue };
        match start(command, pid, total, OsString::from_vec(path)) {
            Ok(child) => _ = running.insert(child, which),
            Err(error) => tell(&mut socket, which, Alerted::NotStarted(error.raw_os_error().unwrap_or(0)))?,
        }
    }
}

fn start(command: &OsString, pid: u64, total: u64, recording: OsString) -> io::Result<u32> {
    let inherited = Inherited::get();
    let out = stderr().as_fd().try_clone_to_owned()?;
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command).stdin(Stdio::null()).stdout(Stdio::from(out));
    shell.env("MEMREC_PID", pid.to_string()).env("MEMREC_TOTAL_BYTES", total.to_string());
    shell.env("MEMREC_RECORDING", recording);
    // SAFETY: system calls only; nothing is allocated or locked.
    unsafe { shell.pre_exec(move || inherited.restore_signals()) };
    // Dropped without being waited for: whoever ends is reaped above.
    Ok(shell.spawn()?.id())
}

fn tell(socket: &mut UnixStream, which: usize, alerted: Alerted) -> io::Result<()> {
    let (what, value) = match alerted {
        Alerted::Ended(ExitStatus::Code(code)) => (0, code),
        Alerted::Ended(ExitStatus::Signal(signal)) => (1, signal),
        Alerted::NotStarted(error) => (2, error),
    };
    socket.write_all(&[which as i32, what, value].map(i32::to_le_bytes).concat())
}

/// A child that has ended, whosever it was.
fn reap() -> Option<(u32, Alerted)> {
    let mut status = 0;
    // SAFETY: the place is ours, and filled by the kernel.
    let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG) };
    let status = std::process::ExitStatus::from_raw(status);
    let ended = status.signal().map(ExitStatus::Signal).or(status.code().map(ExitStatus::Code));
    Some((u32::try_from(pid).ok().filter(|pid| *pid > 0)?, Alerted::Ended(ended?)))
}
