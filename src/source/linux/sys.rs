//! System calls that no crate wraps: the only unsafe code of this room.

use crate::model::Pid;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

/// From `linux/kcmp.h`.
const KCMP_VM: libc::c_int = 1;

/// Whether two processes have one address space: a child between vfork and exec has its parent's (kcmp(2)). `None` where that may not be asked, one
/// of the two is gone, or the kernel was built without it.
pub(super) fn same_address_space(one: Pid, other: Pid) -> Option<bool> {
    // SAFETY: a system call of numbers. The last two are not looked at for KCMP_VM.
    match unsafe { libc::syscall(libc::SYS_kcmp, one as libc::pid_t, other as libc::pid_t, KCMP_VM, 0, 0) } {
        0 => Some(true),
        1.. => Some(false),
        _ => None,
    }
}

/// A netlink socket that never waits (netlink(7)). nix has no name for the connector's protocol.
pub(super) fn netlink_socket(protocol: libc::c_int) -> io::Result<OwnedFd> {
    let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: a system call of numbers.
    let socket = unsafe { libc::socket(libc::AF_NETLINK, kind, protocol) };
    if socket < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just given it to us, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(socket) })
}
