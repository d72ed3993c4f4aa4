//! The timers that were set before memrec was started, as by `perl -e 'alarm 10; exec @ARGV'`: a fork does not inherit them, a bare start would have.

const WHICH: [libc::c_int; 3] = [libc::ITIMER_REAL, libc::ITIMER_VIRTUAL, libc::ITIMER_PROF];

#[derive(Clone, Copy)]
pub(super) struct Timers([libc::itimerval; 3]);

impl Timers {
    /// What is left of those of this process.
    pub(super) fn pending() -> Self {
        let mut timers = Self::none();
        for (which, timer) in WHICH.into_iter().zip(&mut timers.0) {
            // SAFETY: filled by the kernel.
            unsafe { libc::getitimer(which as _, timer) };
        }
        timers
    }

    pub(super) fn none() -> Self {
        // SAFETY: numbers, of which zeros are no timer.
        unsafe { std::mem::zeroed() }
    }

    /// Makes them this process'. Allocates nothing: for the child, between fork and exec, too.
    pub(super) fn arm(&self) {
        for (which, timer) in WHICH.into_iter().zip(&self.0) {
            // SAFETY: the kernel only reads it.
            unsafe { libc::setitimer(which as _, timer, std::ptr::null_mut()) };
        }
    }
}
