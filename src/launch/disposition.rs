//! What memrec itself does about signals that would end it at the wrong time.

use super::inherited::Inherited;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction};
use std::io;

/// A file that may not grow any more is an error to be told (EFBIG), and no reason to die of SIGXFSZ. The command gets back what was inherited.
/// To be called before anything is written.
pub fn outlive_full_files() {
    // Where it cannot be ignored, which is not expected, a full file is what it was.
    let _ = ignore(Signal::SIGXFSZ);
}

/// Lets `write` write to the terminal from the background, where the terminal would stop the whole group for it (`stty tostop`): a line of memrec's is
/// no reason to stop a command that has written nothing.
pub fn writing_from_the_background<T>(write: impl FnOnce() -> T) -> T {
    let mut stopping = SigSet::empty();
    stopping.add(Signal::SIGTTOU);
    let before = stopping.thread_swap_mask(SigmaskHow::SIG_BLOCK);
    let written = write();
    if let Ok(before) = before {
        let _ = before.thread_set_mask();
    }
    written
}

/// Ignores again those of `signals` that were ignored when memrec was started, as `nohup` and a script's `&` have it, whatever handler was installed
/// since.
///
/// # Errors
/// Of the system call; none is expected.
pub fn ignore_what_was_ignored(signals: &[Signal]) -> io::Result<()> {
    let inherited = Inherited::get();
    signals.iter().filter(|signal| inherited.ignores(**signal as i32)).try_for_each(|signal| ignore(*signal))
}

fn ignore(signal: Signal) -> io::Result<()> {
    let ignored = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
    // SAFETY: to ignore a signal is no handler of ours.
    unsafe { sigaction(signal, &ignored) }?;
    Ok(())
}
