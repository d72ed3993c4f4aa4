//! What a process was given, as lines, and giving it something else.

use std::fmt::Write;
use std::fs;

/// Descriptors above this are not looked for.
const HIGHEST_DESCRIPTOR: i32 = 255;

/// Lines of `/proc/self/status` that a start decides.
const STATUS: [&str; 23] = [
    "Umask:",
    "TracerPid:",
    "Uid:",
    "Gid:",
    "Groups:",
    "VmLck:",
    "THP_enabled:",
    "Threads:",
    "SigPnd:",
    "ShdPnd:",
    "SigBlk:",
    "SigIgn:",
    "SigCgt:",
    "CapInh:",
    "CapPrm:",
    "CapEff:",
    "CapBnd:",
    "CapAmb:",
    "NoNewPrivs:",
    "Seccomp",
    "Speculation",
    "Cpus_allowed_list:",
    "Mems_allowed_list:",
];

/// Files of `/proc/self` that do.
const FILES: [&str; 11] = [
    "limits",
    "oom_score_adj",
    "timerslack_ns",
    "coredump_filter",
    "personality",
    "comm",
    "cgroup",
    "timers",
    "loginuid",
    "sessionid",
    "uid_map",
];

/// Writes all of it into `path`.
pub(super) fn write(path: &str) {
    // Before anything is opened: it would take the place of a closed descriptor.
    let mut report = descriptors();
    let status = fs::read_to_string("/proc/self/status").expect("/proc");
    for line in status.lines().filter(|line| STATUS.iter().any(|wanted| line.starts_with(wanted))) {
        let _ = writeln!(report, "{line}");
    }
    for file in FILES {
        let text = fs::read_to_string(format!("/proc/self/{file}"));
        let _ = writeln!(report, "{file}: {:?}", text.map_err(|error| error.kind()));
    }
    let _ = writeln!(report, "words: {:?}", fs::read("/proc/self/cmdline").map(|raw| String::from_utf8(raw).ok()));
    let _ = writeln!(report, "folder: {:?}", std::env::current_dir());
    let mut links: Vec<_> = fs::read_dir("/proc/self/ns").into_iter().flatten().flatten().map(|ns| ns.path()).collect();
    links.sort();
    for link in
        links.iter().map(std::path::PathBuf::as_path).chain(["/proc/self/root", "/proc/self/exe"].map(str::as_ref))
    {
        let _ = writeln!(report, "{}: {:?}", link.display(), fs::read_link(link).map_err(|error| error.kind()));
    }
    // SAFETY: plain questions about this process; all that is pointed to lives as long as the call, is valid when zeroed, and filled by the kernel.
    unsafe {
        let (mut parent_death, mut reaper): (libc::c_int, libc::c_int) = (0, 0);
        libc::prctl(libc::PR_GET_PDEATHSIG, &raw mut parent_death);
        libc::prctl(libc::PR_GET_CHILD_SUBREAPER, &raw mut reaper);
        let mut priority: libc::sched_param = std::mem::zeroed();
        libc::sched_getparam(0, &raw mut priority);
        let _ = writeln!(report, "group {}, session {}", libc::getpgid(0), libc::getsid(0));
        let _ = writeln!(report, "in the foreground {}", libc::tcgetpgrp(0) == libc::getpgid(0));
        let _ = writeln!(report, "has a terminal {}", fs::File::open("/dev/tty").is_ok());
        let _ = writeln!(report, "niceness {}", libc::getpriority(libc::PRIO_PROCESS, 0));
        let _ = writeln!(report, "scheduler {} {}", libc::sched_getscheduler(0), priority.sched_priority);
        // 1 is "this process" (ioprio_set(2)).
        let _ = writeln!(report, "order of reading from disk {}", libc::syscall(libc::SYS_ioprio_get, 1, 0));
        let _ = writeln!(report, "signal at the parent's death {parent_death}, orphans come {reaper}");
        let _ = writeln!(report, "dumpable {}", libc::prctl(libc::PR_GET_DUMPABLE));
        let _ = writeln!(report, "secure bits {}", libc::prctl(libc::PR_GET_SECUREBITS));
        let _ = writeln!(report, "huge pages off {}", libc::prctl(libc::PR_GET_THP_DISABLE, 0, 0, 0, 0));
        let _ = writeln!(report, "keyring {}", libc::syscall(libc::SYS_keyctl, 0, -3, 0));
        for which in [libc::ITIMER_REAL, libc::ITIMER_VIRTUAL, libc::ITIMER_PROF] {
            let mut timer: libc::itimerval = std::mem::zeroed();
            libc::getitimer(which as _, &raw mut timer);
            // To the minute: what is left of it is another number each time.
            let _ = writeln!(report, "timer {which}: {} minutes left", (timer.it_value.tv_sec + 30) / 60);
        }
        let file = libc::getauxval(libc::AT_EXECFN) as *const libc::c_char;
        let file = if file.is_null() { c"" } else { std::ffi::CStr::from_ptr(file) };
        let _ = writeln!(report, "secure {}, executed as {file:?}", libc::getauxval(libc::AT_SECURE));
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
            let _ = writeln!(lines, "descriptor {descriptor}: a terminal, {flags:o}, {}", settings(descriptor));
        } else {
            let leads_to = fs::read_link(format!("/proc/self/fd/{descriptor}"));
            let _ = writeln!(lines, "descriptor {descriptor}: {leads_to:?}, {flags:o}");
        }
    }
    lines
}

/// Those of the terminal behind a descriptor.
pub(super) fn settings(descriptor: i32) -> String {
    // SAFETY: both are valid when zeroed, and filled by the C library and the kernel.
    unsafe {
        let mut terminal: libc::termios = std::mem::zeroed();
        libc::tcgetattr(descriptor, &raw mut terminal);
        let mut size: libc::winsize = std::mem::zeroed();
        libc::ioctl(descriptor, libc::TIOCGWINSZ, &raw mut size);
        let libc::termios { c_iflag, c_oflag, c_cflag, c_lflag, c_cc, .. } = terminal;
        format!("{c_iflag:o} {c_oflag:o} {c_cflag:o} {c_lflag:o} {c_cc:?}, {} x {}", size.ws_col, size.ws_row)
    }
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
    let (value, more) = value.split_once(':').unwrap_or((value, "0"));
    let (number, more): (i32, libc::c_ulong) = (value.parse().expect("a number"), more.parse().expect("a number"));
    // SAFETY: plain system calls on this single-threaded process; the structures are valid when zeroed. No handler is installed.
    let done = unsafe {
        match key {
            "block" => {
                let mut signals: libc::sigset_t = std::mem::zeroed();
                libc::sigaddset(&raw mut signals, number);
                libc::sigprocmask(libc::SIG_BLOCK, &raw const signals, std::ptr::null_mut())
            }
            "raise" => libc::kill(libc::getpid(), number),
            "prctl" => libc::prctl(number, more, 0, 0, 0),
            "alarm" => i32::from(libc::alarm(number as libc::c_uint) != 0),
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
