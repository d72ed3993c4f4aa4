//! System calls that no crate wraps: the only unsafe code of this room.

use crate::model::Pid;

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
