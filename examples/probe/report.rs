//! What a process was given, as lines, and giving it something else.

use std::fmt::Write;
use std::fs;

/// Descriptors above this are not looked for.
const HIGHEST_DESCRIPTOR: i32 = 255;

/// Lines of `/proc/self/status` that a start decides.
const STATUS: [&str; 14] = [
    "Umask:",
    "Uid:",
    "Gid:",
    "Groups:",
    "Threads:",
    "SigPnd:",
    "SigBlk:",
    "SigIgn:",
    "SigCgt:",
    "CapInh:",
    "CapEff:",
    "CapBnd:",
    "NoNewPrivs:",
    "Cpus_allowed_list:",
];

/// Writes all of it into `path`.
pub(super) fn write(path: &str) {
    // Before anything is opened: it would take the place of a closed descriptor.
    let mut report = descriptors();
    let status = fs::read_to_string("/proc/self/status").expect("/proc");
    for line in status.lines().filter(|line| STATUS.iter().any(|wanted| line.starts_with(wanted))) {
        let _ = writeln!(report, "{line}");
    }
    for file in ["limits", "oom_score_adj", "timerslack_ns", "coredump_filter", "personality", "comm", "cgroup"] {
        let text = fs::read_to_string(format!("/proc/self/{file}"));
        let _ = writeln!(report, "{file}: {:?}", text.map_err(|error| error.kind()));
    }
    let _ = writeln!(report, "words: {:?}", fs::read("/proc/self/cmdline").map(|raw| String::from_utf8(raw).ok()));
    let _ = writeln!(report, "folder: {:?}", std::env::current_dir());
    // SAFETY: plain system calls on this process; `parent_death` is filled by the kernel.
    unsafe {
        let mut parent_death: libc::c_int = 0;
        libc::prctl(libc::PR_GET_PDEATHSIG, &raw mut parent_death);
        let _ = writeln!(report, "group {}, session {}", libc::getpgid(0), libc::getsid(0));
        let _ = writeln!(report, "in the foreground {}", libc::tcgetpgrp(0) == libc::getpgid(0));
        let _ = writeln!(report, "niceness {}", libc::getpriority(libc::PRIO_PROCESS, 0));
        let _ = writeln!(report, "scheduler {}", libc::sched_getscheduler(0));
        let _ = writeln!(report, "signal at the parent's death {parent_death}");
        let _ = writeln!(report, "dumpable {}", libc::prctl(libc::PR_GET_DUMPABLE));
    }
    for (name, value) in std::env::vars_os() {
        let _ = writeln!(report, "environment: {name:?}={value:?}");
    }
    fs::write(path, report).expect("the report can be written");
}

fn descriptors() -> String {
    let mut lines = String::new();
    for descriptor in 0..=HIGHEST_DESCRIPTOR {
        // SAFETY: plain questions about descriptors, open or not.
        let (open, flags, terminal) = unsafe {
            (
                libc::fcntl(descriptor, libc::F_GETFD),
                libc::fcntl(descriptor, libc::F_GETFL),
                libc::isatty(descriptor) == 1,
            )
        };
        if open == -1 {
            if descriptor > 2 {
                continue;
            }
            let _ = writeln!(lines, "descriptor {descriptor}: closed");
        } else if terminal {
            // Not its name: every test has its own.
            let _ = writeln!(lines, "descriptor {descriptor}: a terminal, {flags:o}");
        } else {
            let leads_to = fs::read_link(format!("/proc/self/fd/{descriptor}"));
            let _ = writeln!(lines, "descriptor {descriptor}: {leads_to:?}, {flags:o}");
        }
    }
    lines
}

/// The kernel's high-water mark of this process in bytes.
pub(super) fn own_peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a mark");
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kilobytes * 1024
}

/// Gives this process, and so what it becomes, `KEY=VALUE`.
pub(super) fn give(what: &str) {
    let (key, value) = what.split_once('=').expect("KEY=VALUE");
    if key == "terminal" {
        return take_terminal(value);
    }
    if key == "oom" {
        return fs::write("/proc/self/oom_score_adj", value).expect("raising it is allowed to everybody");
    }
    let number: i32 = value.parse().expect("a number");
    // SAFETY: plain system calls on this single-threaded process; the structures are valid when zeroed. No handler is installed.
    let done = unsafe {
        match key {
            "block" => {
                let mut signals: libc::sigset_t = std::mem::zeroed();
                libc::sigaddset(&raw mut signals, number);
                libc::sigprocmask(libc::SIG_BLOCK, &raw const signals, std::ptr::null_mut())
            }
            "ignore" => i32::from(libc::signal(number, libc::SIG_IGN) == libc::SIG_ERR),
            "close" => libc::close(number),
            "open" => libc::dup2(libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC), number) - number,
            "nofile" => {
                let limit = libc::rlimit { rlim_cur: number as libc::rlim_t, rlim_max: number as libc::rlim_t };
                libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit)
            }
            _ => panic!("{key} cannot be given"),
        }
    };
    assert_eq!(done, 0, "{what}: {}", std::io::Error::last_os_error());
}

/// Makes the terminal at `path` the one that controls this process, in a session of its own, and all of its standard descriptors.
fn take_terminal(path: &str) {
    let path = std::ffi::CString::new(path).expect("a path");
    // SAFETY: plain system calls with a string that lives as long as they take.
    unsafe {
        assert_ne!(libc::setsid(), -1, "no leader of a process group");
        // The first terminal that the leader of a session opens is the session's (tty_ioctl(2)).
        let terminal = libc::open(path.as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
        assert_ne!(terminal, -1, "{}", std::io::Error::last_os_error());
        for standard in 0..3 {
            libc::dup2(terminal, standard);
        }
    }
}
