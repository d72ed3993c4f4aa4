//! What memrec itself was started with, read before anything could change it.
//!
//! Rust's runtime ignores SIGPIPE and opens `/dev/null` over closed standard descriptors before `main` begins. What the command is to be given must
//! therefore be read earlier: by a function in `.init_array`, which the loader calls before the runtime (ELF gABI, "Initialization and
//! Termination Functions").

use std::cell::UnsafeCell;
use std::io;
use std::mem::MaybeUninit;

/// Signals are numbered from 1 to 64 on Linux (signal(7)).
const SIGNALS: usize = 64;
const STANDARD_DESCRIPTORS: i32 = 3;

/// What a bare start of the command would have inherited.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inherited {
    blocked: libc::sigset_t,
    ignored: [bool; SIGNALS + 1],
    /// Blocked, and sent already.
    pending: [bool; SIGNALS + 1],
    /// Whether orphans were to come to this process.
    reaper: libc::c_int,
    /// The signal that this process was to get when its parent ends.
    parents_end: libc::c_int,
    closed: [bool; STANDARD_DESCRIPTORS as usize],
}

struct Capture(UnsafeCell<MaybeUninit<Inherited>>);

// SAFETY: written once, by `capture`, before `main` and so before there is a second thread; only read after that.
unsafe impl Sync for Capture {}

static CAPTURED: Capture = Capture(UnsafeCell::new(MaybeUninit::uninit()));

#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = capture;

extern "C" fn capture() {
    // SAFETY: plain system calls into memory of this frame; every one of these types is valid when zeroed. CAPTURED has no other user yet.
    unsafe {
        let mut found: Inherited = std::mem::zeroed();
        libc::sigprocmask(libc::SIG_SETMASK, std::ptr::null(), &raw mut found.blocked);
        for signal in 1..=SIGNALS {
            let mut action: libc::sigaction = std::mem::zeroed();
            let asked = libc::sigaction(signal as libc::c_int, std::ptr::null(), &raw mut action);
            found.ignored[signal] = asked == 0 && action.sa_sigaction == libc::SIG_IGN;
        }
        let mut pending: libc::sigset_t = std::mem::zeroed();
        libc::sigpending(&raw mut pending);
        for signal in 1..=SIGNALS {
            found.pending[signal] = libc::sigismember(&raw const pending, signal as libc::c_int) == 1;
        }
        libc::prctl(libc::PR_GET_CHILD_SUBREAPER, &raw mut found.reaper);
        libc::prctl(libc::PR_GET_PDEATHSIG, &raw mut found.parents_end);
        for descriptor in 0..STANDARD_DESCRIPTORS {
            found.closed[descriptor as usize] = libc::fcntl(descriptor, libc::F_GETFD) == -1;
        }
        (*CAPTURED.0.get()).write(found);
    }
}

impl Inherited {
    /// What was read before `main`.
    pub(super) fn get() -> Self {
        // Named here so that no linker can leave it out.
        std::hint::black_box(BEFORE_MAIN);
        // SAFETY: `capture` has run: it is in `.init_array`, and this is after `main` began. Nothing writes any more.
        unsafe { (*CAPTURED.0.get()).assume_init() }
    }

    /// Whether `signal` was ignored.
    pub(super) fn ignores(&self, signal: i32) -> bool {
        usize::try_from(signal).is_ok_and(|signal| self.ignored.get(signal) == Some(&true))
    }

    /// Takes the signals that were pending from this process: they are the command's.
    pub(super) fn hand_over_pending(&self) {
        for signal in (1..=SIGNALS).filter(|signal| self.pending[*signal]) {
            // SAFETY: the sets are valid when zeroed, and the kernel only reads them; a time of zeros does not wait.
            unsafe {
                let mut one: libc::sigset_t = std::mem::zeroed();
                libc::sigaddset(&raw mut one, signal as libc::c_int);
                libc::sigtimedwait(&raw const one, std::ptr::null_mut(), &std::mem::zeroed());
            }
        }
    }

    /// Makes this process' state what it was. For the child, between fork and exec: nothing here allocates or locks. `outlives`: whether the
    /// command may go on after memrec has left in good order. It must not take that for the end of whoever started it.
    ///
    /// # Errors
    /// Of the system calls; none of them fails on a running Linux.
    pub(super) fn restore(&self, outlives: bool) -> io::Result<()> {
        self.restore_signals()?;
        for descriptor in 0..STANDARD_DESCRIPTORS {
            if self.closed[descriptor as usize] {
                // SAFETY: a plain system call. Not closed at once, lest something of the standard library's land there.
                unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
            }
        }
        // These a fork does not inherit; an exec keeps them.
        // SAFETY: system calls of numbers. What was pending was blocked, and is again.
        unsafe {
            if self.reaper != 0 {
                libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1);
            }
            if self.parents_end != 0 && !outlives {
                // memrec gets it at the end of its own parent, and passes it on or dies of it.
                libc::prctl(libc::PR_SET_PDEATHSIG, self.parents_end);
            }
            for signal in (1..=SIGNALS).filter(|signal| self.pending[*signal]) {
                libc::kill(libc::getpid(), signal as libc::c_int);
            }
        }
        Ok(())
    }

    /// Of that the signals alone: which are ignored, and which are blocked. For the child, too.
    ///
    /// # Errors
    /// As above.
    pub(super) fn restore_signals(&self) -> io::Result<()> {
        for signal in 1..=SIGNALS as libc::c_int {
            if matches!(signal, libc::SIGKILL | libc::SIGSTOP) {
                continue;
            }
            let wanted = if self.ignored[signal as usize] { libc::SIG_IGN } else { libc::SIG_DFL };
            // SAFETY: `action` is valid when zeroed, and no handler of ours is installed by this. The C library refuses its own two
            // signals (32, 33), which nobody has changed.
            unsafe {
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_sigaction = wanted;
                libc::sigaction(signal, &raw const action, std::ptr::null_mut());
            }
        }
        // SAFETY: `blocked` was filled by the kernel.
        if unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const self.blocked, std::ptr::null_mut()) } != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }
}
