//! `--workers`: a parent that serves nothing, and its workers, which accept from one socket.
//!
//! The parent opens the socket and starts this program again for each worker, with the socket as its stdin. It has no runtime and no threads, and waits for signals.
//! A worker that dies is told on stderr and replaced; one that ends with an error could not even start, and then the parent ends the others and leaves.

use anyhow::{Context, bail};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;
use std::io::stdin;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::parent_id;
use std::process::{Child, Command, ExitStatus, Stdio};

/// What the parent waits for.
fn waited_for() -> SigSet {
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGCHLD].into_iter().collect()
}

/// Keeps so many workers running until SIGINT or SIGTERM; then ends them, and returns when the last one has ended.
pub(crate) fn supervise(listener: TcpListener, count: usize, started: impl FnOnce()) -> anyhow::Result<()> {
    waited_for().thread_block()?;
    let mut workers = Vec::new();
    let ended = keep_running(&listener, count, &mut workers, started);
    // Ctrl-C has reached them already, and a second signal changes nothing for them.
    workers.iter().for_each(|worker| _ = kill(Pid::from_raw(worker.id() as i32), Signal::SIGTERM));
    workers.iter_mut().for_each(|worker| _ = worker.wait());
    ended
}

fn keep_running(
    listener: &TcpListener,
    count: usize,
    workers: &mut Vec<Child>,
    started: impl FnOnce(),
) -> anyhow::Result<()> {
    while workers.len() < count {
        workers.push(start(listener)?);
    }
    started();
    while waited_for().wait()? == Signal::SIGCHLD {
        for worker in workers.iter_mut() {
            let Some(status) = worker.try_wait()? else { continue };
            let pid = worker.id();
            if cannot_serve(status) {
                bail!("worker {pid} ended with {status}; see above why");
            }
            eprintln!("simple_api: worker {pid} ended ({status}); another one takes its place");
            *worker = start(listener)?;
        }
    }
    Ok(())
}

/// Whoever is killed may be replaced, and so may whoever left because he was asked to.
fn cannot_serve(status: ExitStatus) -> bool {
    status.code().is_some_and(|code| code != 0)
}

fn start(listener: &TcpListener) -> anyhow::Result<Child> {
    // Not by /proc/self/exe, which would be the worker's name.
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let mut worker = Command::new(&program);
    worker.args(std::env::args_os().skip(1)).args(["--worker-of", &std::process::id().to_string()]);
    worker.stdin(Stdio::from(OwnedFd::from(listener.try_clone()?)));
    worker.spawn().with_context(|| format!("cannot start a worker: {}", program.display()))
}

/// In a worker: the socket that the parent has opened, and an end of its own should the parent be killed.
pub(crate) fn inherited(parent: u32) -> anyhow::Result<TcpListener> {
    set_pdeathsig(Signal::SIGTERM)?;
    if parent_id() != parent {
        bail!("the parent {parent} is gone; start it again");
    }
    Ok(TcpListener::from(stdin().as_fd().try_clone_to_owned()?))
}

/// In a worker, when it is ready for them: the signals that the parent has blocked and that it has got this from.
pub(crate) fn unblock_signals() -> anyhow::Result<()> {
    Ok(waited_for().thread_unblock()?)
}
