//! Processes in every relation to each other, and memory in them.

use std::fmt::Display;
use std::io::{Read, Write, stdin, stdout};
use std::os::fd::AsRawFd;
use std::process::id;

/// That much memory, every page of it written to.
pub(super) fn touch(mebibytes: usize) -> Vec<u8> {
    std::hint::black_box(vec![1; mebibytes << 20])
}

/// That much shared memory, in huge pages or not, every page of it written to, for as long as this process lives. `None` where it cannot be had.
fn map(mebibytes: usize, flags: libc::c_int) -> Option<()> {
    let flags = flags | libc::MAP_SHARED | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping, which nobody else knows of, is written to within its length.
    unsafe {
        let length = mebibytes << 20;
        let at = libc::mmap(std::ptr::null_mut(), length, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
        (at != libc::MAP_FAILED).then(|| std::ptr::write_bytes(at.cast::<u8>(), 1, length))
    }
}

pub(super) fn mix(mebibytes: usize, threads: usize) {
    let _held = touch(mebibytes);
    map(mebibytes / 2, 0).expect("shared memory");
    let (started, all) = std::sync::mpsc::channel();
    for _ in 0..threads {
        let started = started.clone();
        std::thread::spawn(move || {
            let _ = started.send(());
            loop {
                std::thread::park();
            }
        });
    }
    all.iter().take(threads).for_each(drop);
    // SAFETY: filled by the kernel; valid when zeroed.
    let used = || unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        usage.ru_utime.tv_sec * 1_000_000 + usage.ru_utime.tv_usec
    };
    while used() < 200_000 {}
    say(format_args!("ready {}", id()));
    wait_for_input();
}

pub(super) fn huge(mebibytes: usize) -> libc::c_int {
    if map(mebibytes, libc::MAP_HUGETLB).is_none() {
        return 77;
    }
    say(format_args!("ready {}", id()));
    wait_for_input();
    0
}

/// A line on stdout, in one write: several processes share it.
pub(super) fn say(line: impl Display) {
    let line = format!("{line}\n");
    let _ = stdout().write_all(line.as_bytes());
}

/// Until a line comes, or stdin ends; whether a line came. Byte by byte: what follows the line may be another process'.
pub(super) fn wait_for_input() -> bool {
    let mut byte = [0];
    while stdin().read(&mut byte).is_ok_and(|length| length == 1) {
        if byte == *b"\n" {
            return true;
        }
    }
    false
}

fn wait_for_end_of_input() {
    while wait_for_input() {}
}

fn fork(child: impl FnOnce()) -> libc::pid_t {
    // SAFETY: the child is this thread alone; the C library leaves its allocator usable there, and `child` ends in `_exit`.
    match unsafe { libc::fork() } {
        -1 => panic!("fork: {}", std::io::Error::last_os_error()),
        0 => {
            child();
            // SAFETY: ends the child.
            unsafe { libc::_exit(0) }
        }
        pid => pid,
    }
}

/// Until every child has ended.
fn wait_for_children() {
    // SAFETY: a plain system call that is told to forget the status.
    while unsafe { libc::wait(std::ptr::null_mut()) } > 0 {}
}

/// For what does not wait for its stdin: it ends with its parent at the latest.
fn end_with_parent() {
    // SAFETY: a plain system call.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
}

pub(super) fn pause() -> ! {
    end_with_parent();
    loop {
        // SAFETY: returns after a signal at most.
        unsafe { libc::pause() };
    }
}

/// A child that holds memory, says so, and goes on until stdin ends or its parent is gone.
fn fork_holding(word: &str, mebibytes: usize) -> libc::pid_t {
    fork(|| {
        let _held = touch(mebibytes);
        say(format_args!("{word} {}", id()));
        wait_for_end_of_input();
    })
}

pub(super) fn daemon(mebibytes: usize) {
    let (mut ready, tell) = std::io::pipe().expect("a pipe");
    fork(|| {
        // SAFETY: a plain system call.
        unsafe { libc::setsid() };
        fork(|| {
            let _held = touch(mebibytes);
            say(format_args!("daemon {}", id()));
            let _ = (&tell).write(&[1]);
            wait_for_end_of_input();
        });
    });
    wait_for_children();
    ready.read_exact(&mut [0]).expect("the daemon is there");
}

pub(super) fn thread_child(mebibytes: usize) {
    let thread = std::thread::spawn(move || {
        fork_holding("child", mebibytes);
        // The kernel lists a child by the thread that forked it: this one must stay.
        wait_for_children();
    });
    let _ = thread.join();
}

pub(super) fn leaderless(mebibytes: usize) {
    std::thread::spawn(move || {
        let leader = format!("/proc/self/task/{}/stat", id());
        let ended = || std::fs::read_to_string(&leader).is_ok_and(|stat| stat.contains(") Z "));
        while !ended() {
            std::thread::yield_now();
        }
        let _held = touch(mebibytes);
        say(format_args!("leaderless {}", id()));
        wait_for_end_of_input();
        std::process::exit(0);
    });
    // Not pthread_exit, which unwinds the stack.
    // SAFETY: ends this thread alone; nothing on its stack is anybody else's.
    unsafe { libc::syscall(libc::SYS_exit, 0) };
}

pub(super) fn tree(count: usize, mebibytes: usize) {
    let (mut stay, hold) = std::io::pipe().expect("a pipe");
    let (mut ready, tell) = std::io::pipe().expect("a pipe");
    for place in 0..count {
        fork(|| {
            // SAFETY: the child's copy of a descriptor, which nobody uses in it: the parent's is then the last one.
            unsafe { libc::close(hold.as_raw_fd()) };
            let more = if mebibytes == 0 { 0 } else { place % 5 };
            let _held = touch(mebibytes + more);
            let _ = (&tell).write(&[1]);
            let _ = stay.read(&mut [0]);
        });
    }
    ready.read_exact(&mut vec![0; count]).expect("the children are there");
    say(format_args!("ready {}", id()));
    wait_for_input();
    drop(hold);
    wait_for_children();
}

/// That much memory in pages of 4 KiB, every one of them written to.
fn touch_small_pages(mebibytes: usize) -> &'static mut [u8] {
    let (length, any) = (mebibytes << 20, std::ptr::null_mut());
    // SAFETY: a new mapping that nobody else knows of, and that stays for as long as the process.
    unsafe {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let mapped = libc::mmap(any, length, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
        assert_ne!(mapped, libc::MAP_FAILED);
        // A child that writes to a large page may get all of it, or a page of 4 KiB: the sum would be anybody's guess.
        libc::madvise(mapped, length, libc::MADV_NOHUGEPAGE);
        let pages = std::slice::from_raw_parts_mut(mapped.cast::<u8>(), length);
        pages.fill(1);
        pages
    }
}

/// The kernel has the longer to take it all back.
pub(super) fn quit(mebibytes: usize, code: usize) {
    touch_small_pages(mebibytes);
    // SAFETY: ends this process, which had nothing to say.
    unsafe { libc::_exit(code as libc::c_int) }
}

pub(super) fn prefork(mebibytes: usize, count: usize, dirty: usize) {
    let pages = touch_small_pages(mebibytes);
    let (mut ready, tell) = std::io::pipe().expect("a pipe");
    for _ in 0..count {
        fork(|| {
            pages[..dirty << 20].fill(2);
            let _ = (&tell).write(&[1]);
            wait_for_end_of_input();
        });
    }
    ready.read_exact(&mut vec![0; count]).expect("the children are there");
    say(format_args!("ready {}", id()));
    wait_for_input();
    wait_for_children();
}

pub(super) fn hidden(mebibytes: usize) {
    fork(|| {
        let _held = touch(mebibytes);
        // SAFETY: a plain system call.
        assert_eq!(unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0) }, 0);
        say(format_args!("hidden {}", id()));
        wait_for_end_of_input();
    });
    wait_for_children();
}

pub(super) fn grow(mebibytes: usize) {
    let mut children = Vec::new();
    say(format_args!("ready {}", id()));
    while wait_for_input() {
        children.push(fork(|| {
            let _held = touch(mebibytes);
            say(format_args!("child {}", id()));
            pause();
        }));
    }
    for child in children {
        // SAFETY: a child that was not waited for, so that its pid is its own.
        unsafe { libc::kill(child, libc::SIGKILL) };
    }
    wait_for_children();
}

pub(super) fn middle(mebibytes: usize) {
    fork(|| {
        fork_holding("grandchild", mebibytes);
        say(format_args!("middle {}", id()));
        pause();
    });
    wait_for_children();
    say("the middle is gone");
    wait_for_end_of_input();
}

pub(super) fn storm(count: usize) {
    for _ in 0..count {
        fork(|| ());
    }
    wait_for_children();
}

/// Children that come and go, until stdin ends.
pub(super) fn churn(mebibytes: usize) {
    say(format_args!("ready {}", id()));
    let mut input = libc::pollfd { fd: 0, events: libc::POLLIN, revents: 0 };
    // SAFETY: one place to fill, which is ours.
    while unsafe { libc::poll(&raw mut input, 1, 4) } == 0 {
        fork(|| {
            let _held = touch(mebibytes);
            // SAFETY: a plain system call.
            unsafe { libc::usleep(3000) };
        });
        // SAFETY: a plain system call that is told to forget the status.
        while unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) } > 0 {}
    }
    wait_for_children();
}

pub(super) fn spike(mebibytes: usize) {
    say(format_args!("ready {}", id()));
    wait_for_input();
    drop(touch(mebibytes));
    say(format_args!("peak {}", super::report::own_peak()));
    wait_for_end_of_input();
}

pub(super) fn forget(count: usize) {
    for _ in 0..count {
        fork(|| ());
    }
    say(format_args!("ready {}", id()));
    wait_for_end_of_input();
}

pub(super) fn crowd(count: usize) {
    let (mut stay, hold) = std::io::pipe().expect("a pipe");
    for _ in 0..count {
        fork(|| {
            // SAFETY: the child's copy of a descriptor, which nobody uses in it: the parent's is then the last one.
            unsafe { libc::close(hold.as_raw_fd()) };
            let _ = stay.read(&mut [0]);
        });
        fork(|| ());
    }
    say(format_args!("ready {}", id()));
    wait_for_end_of_input();
    drop(hold);
    wait_for_children();
}

pub(super) fn chain(count: usize) {
    say(format_args!("ready {}", id()));
    wait_for_input();
    link(count);
    wait_for_children();
    wait_for_end_of_input();
}

fn link(left: usize) {
    if left == 0 {
        return say("the chain has ended");
    }
    fork(|| {
        std::thread::sleep(std::time::Duration::from_millis(2));
        link(left - 1);
    });
}

/// Ends with 77 where pids cannot be chosen.
pub(super) fn reuse(mebibytes: usize) -> libc::c_int {
    let first = fork(|| {
        let _held = touch(mebibytes);
        say(format_args!("first {}", id()));
        pause();
    });
    wait_for_input();
    // Another process of the namespace may take the pid in between: again, then.
    for _ in 0..100 {
        // SAFETY: a child that was not waited for, so that its pid is its own.
        unsafe { libc::kill(first, libc::SIGKILL) };
        wait_for_children();
        // The kernel hands out the next one (proc_sys_kernel(5)).
        if std::fs::write("/proc/sys/kernel/ns_last_pid", (first - 1).to_string()).is_err() {
            return 77;
        }
        let second = fork(move || {
            if id() == first as u32 {
                let _held = touch(2 * mebibytes);
                say(format_args!("second {}", id()));
                wait_for_end_of_input();
            }
        });
        if second == first {
            break;
        }
    }
    wait_for_children();
    0
}

/// `stops`: those that stop a process too.
pub(super) fn count_signals(stops: bool) -> libc::c_int {
    end_with_parent();
    let (named, real_time) = (
        [
            libc::SIGHUP,
            libc::SIGINT,
            libc::SIGQUIT,
            libc::SIGABRT,
            libc::SIGPIPE,
            libc::SIGTERM,
            libc::SIGUSR1,
            libc::SIGUSR2,
            libc::SIGCONT,
            libc::SIGURG,
            libc::SIGWINCH,
        ],
        libc::SIGRTMIN()..=libc::SIGRTMAX(),
    );
    // SAFETY: plain system calls into memory of this frame, which is valid when zeroed. The signals are blocked and waited for: no handler.
    unsafe {
        let mut signals: libc::sigset_t = std::mem::zeroed();
        let stopping = [libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU].into_iter().filter(|_| stops);
        for signal in named.into_iter().chain(real_time).chain(stopping) {
            libc::sigaddset(&raw mut signals, signal);
        }
        libc::sigprocmask(libc::SIG_BLOCK, &raw const signals, std::ptr::null_mut());
        say(format_args!("ready {}", id()));
        loop {
            let mut told: libc::siginfo_t = std::mem::zeroed();
            let signal = libc::sigwaitinfo(&raw const signals, &raw mut told);
            // Codes above 0 are the kernel's (sigaction(2)): the terminal's keys.
            match told.si_code {
                // It was stopped meanwhile.
                _ if signal == -1 => {}
                1.. => say(format_args!("got {signal} from the terminal")),
                libc::SI_QUEUE => say(format_args!("got {signal} with {}", told.si_value().sival_ptr as usize)),
                _ => say(format_args!("got {signal} from a process")),
            }
            if signal == libc::SIGUSR2 {
                return 7;
            }
        }
    }
}

/// Children that run in the memory of this process, and end in it.
pub(super) fn miss(mebibytes: usize, count: usize) {
    let _held = touch(mebibytes);
    say(format_args!("ready {}", id()));
    wait_for_input();
    let words = [c"nobody".as_ptr().cast_mut(), std::ptr::null_mut()];
    for _ in 0..count {
        let (mut child, path) = (0, c"/nonexistent/program".as_ptr());
        let (nothing, none) = (std::ptr::null(), std::ptr::null());
        // SAFETY: all that is pointed to lives until the call returns.
        let error =
            unsafe { libc::posix_spawn(&raw mut child, path, nothing, none, words.as_ptr(), words.as_ptr().add(1)) };
        assert_eq!(error, libc::ENOENT);
    }
    say("missed");
    wait_for_end_of_input();
}

/// A child that is between its birth and its exec, in the memory of this process, until `gate` is opened by somebody else.
pub(super) fn borrow(mebibytes: usize, gate: &str) {
    let _held = touch(mebibytes);
    // The child that waits for its gate ends with our stdin, as all of this does.
    std::thread::spawn(|| {
        wait_for_end_of_input();
        let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        let lists = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
        let children: Vec<libc::pid_t> =
            lists.flat_map(|list| list.split_whitespace().map(str::parse).collect::<Vec<_>>()).flatten().collect();
        for child in children {
            // SAFETY: plain system calls.
            unsafe { libc::kill(child, libc::SIGKILL) };
        }
        // SAFETY: as above.
        unsafe { libc::_exit(0) }
    });
    let gate = std::ffi::CString::new(gate).expect("no NUL in a path");
    let words = [c"cat".as_ptr().cast_mut(), std::ptr::null_mut()];
    // SAFETY: all that is pointed to lives until the call returns; glibc copies what it keeps.
    unsafe {
        let mut actions: libc::posix_spawn_file_actions_t = std::mem::zeroed();
        assert_eq!(libc::posix_spawn_file_actions_init(&raw mut actions), 0);
        // Opening a FIFO waits for a writer.
        let open = libc::posix_spawn_file_actions_addopen(&raw mut actions, 9, gate.as_ptr(), libc::O_RDONLY, 0);
        assert_eq!(open, 0);
        let (mut pid, environment) = (0, [std::ptr::null_mut()]);
        let program = words[0].cast_const();
        let spawned = libc::posix_spawnp(
            &raw mut pid,
            program,
            &raw const actions,
            std::ptr::null(),
            words.as_ptr(),
            environment.as_ptr(),
        );
        assert_eq!(spawned, 0);
        libc::posix_spawn_file_actions_destroy(&raw mut actions);
    }
    wait_for_children();
}
