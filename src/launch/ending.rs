//! Ending memrec the way the command ended.

use crate::model::Pid;
use nix::sys::signal::{
    SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, killpg, raise, sigaction, sigprocmask,
};

/// Ends a process group by SIGKILL. A group that is gone needs no ending.
pub fn kill_group(leader: Pid) {
    if let Ok(leader) = i32::try_from(leader) {
        let _ = killpg(nix::unistd::Pid::from_raw(leader), Signal::SIGKILL);
    }
}

/// Ends this process by `signal`, so that a shell that waits for it sees what it would have seen of the bare command: a loop in bash goes on
/// after exit status 130, and ends when its command *died* of SIGINT. Returns only where the signal cannot end a process.
pub fn die_by(signal: i32) {
    // memrec's core would replace the command's. The limit does not hold for a core that is piped to a program; not being dumpable does.
    let _ = nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0);
    let _ = nix::sys::prctl::set_dumpable(false);
    let Ok(signal) = Signal::try_from(signal) else {
        // A real-time signal: nix has no name for it.
        // SAFETY: the default action of a real-time signal is to end the process; no handler of ours is installed by this. The set is valid
        // when zeroed, and lives as long as the call takes.
        unsafe {
            libc::signal(signal, libc::SIG_DFL);
            let mut alone: libc::sigset_t = std::mem::zeroed();
            libc::sigaddset(&raw mut alone, signal);
            libc::sigprocmask(libc::SIG_UNBLOCK, &raw const alone, std::ptr::null_mut());
            // Not raise(3), which refuses the C library's own two, 32 and 33.
            libc::kill(libc::getpid(), signal);
        }
        return;
    };
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: the default action is no handler of ours.
    let _ = unsafe { sigaction(signal, &default) };
    let mut alone = SigSet::empty();
    alone.add(signal);
    let _ = sigprocmask(SigmaskHow::SIG_UNBLOCK, Some(&alone), None);
    let _ = raise(signal);
}
