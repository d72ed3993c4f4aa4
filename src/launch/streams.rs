//! Letting go of what was handed through memrec to the command.

use std::fs::{self, File};
use std::os::fd::AsRawFd;

/// Closes what was inherited for the command and is of no use to memrec: all but stderr. Who reads the other end of a pipe learns by its end that the
/// command has closed it, and whoever writes into one that nobody reads it any more; a lock goes with the last who holds its file.
pub(super) fn let_go() {
    // In the place of stdin and stdout, so that nothing else gets their numbers.
    if let Ok(nothing) = File::options().read(true).write(true).open("/dev/null") {
        for standard in 0..2 {
            // SAFETY: both are descriptors of this process; nothing here reads stdin or prints to stdout from now on.
            unsafe { libc::dup2(nothing.as_raw_fd(), standard) };
        }
    }
    let open = fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let open: Vec<i32> = open.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for descriptor in open.into_iter().filter(|descriptor| *descriptor > libc::STDERR_FILENO) {
        // What this process has opened itself is closed by an exec; what has come through one is not.
        // SAFETY: plain system calls. Nobody here knows a descriptor that was inherited.
        unsafe {
            if libc::fcntl(descriptor, libc::F_GETFD) & libc::FD_CLOEXEC == 0 {
                libc::close(descriptor);
            }
        }
    }
}
