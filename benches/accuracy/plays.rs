//! Processes in every relation to each other, as in `tests/following.rs`, but none of them waits to be seen: each play goes as fast as it can, counts what it
//! has started, and tells it: `lived N`, itself included.

use crate::common::player::{self, Area, bytes_until_closed, end, fork, number, sleep_ms, tell, wait_for_children};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What the process without a leader holds, in MiB: the kernel shows none of it in the place where it shows everybody's.
pub(crate) const LEADERLESS: u64 = 50;

/// ```text
/// daemon             a double-forked, setsid daemon of 300 ms
/// thread-child       a child of 300 ms, forked by another thread
/// crowd N            N children that end at any time within half a second
/// leaderless         a process whose main thread ends, while another one goes on for 300 ms
/// spawner MIB MS     posix_spawn of `true` again and again for MS, out of a process of MIB
/// zombies N          N children that nobody waits for
/// execs N            a process that becomes itself N times
/// chain N            each has one child, and ends 2 ms after its own start
/// storm N            N children that end at once
/// shell N            `true` N times, by a shell
/// ```
pub(crate) fn play(words: &[String]) {
    let lived = match words[0].as_str() {
        "daemon" => 1 + daemon(),
        "thread-child" => 1 + thread_child(),
        "crowd" => 1 + crowd(number(words, 1)),
        "leaderless" => 1 + leaderless(),
        "spawner" => 1 + spawner(number(words, 1), number(words, 2)),
        "zombies" => 1 + zombies(number(words, 1)),
        "execs" => 1 + execs(number(words, 1)),
        "link" => return link(number(words, 1)),
        "chain" => 1 + chain(number(words, 1)),
        "storm" => 1 + storm(number(words, 1)),
        "shell" => 1 + shell(number(words, 1)),
        other => panic!("{other} is no play"),
    };
    tell(format_args!("lived {lived}"));
}

/// Counts births: each process that is born writes a byte, and when the last one has ended so has the pipe.
fn births(play: impl FnOnce(&dyn Fn())) -> u64 {
    let (count, born) = std::io::pipe().expect("a pipe");
    play(&|| (&born).write_all(&[1]).expect("it is counted"));
    drop(born);
    wait_for_children();
    bytes_until_closed(count)
}

fn daemon() -> u64 {
    births(|born| {
        fork(|| {
            born();
            // SAFETY: a plain system call.
            unsafe { libc::setsid() };
            fork(|| {
                born();
                sleep_ms(300);
            });
        });
    })
}

fn thread_child() -> u64 {
    let thread = std::thread::spawn(|| {
        fork(|| sleep_ms(300));
        // The kernel lists a child by the thread that forked it: this one stays.
        wait_for_children()
    });
    thread.join().expect("it forks and waits")
}

fn crowd(count: u64) -> u64 {
    for place in 0..count {
        // In no order: any child may be gone before the one that is listed ahead of it.
        fork(|| sleep_ms(place * 7919 % 500));
    }
    wait_for_children()
}

fn leaderless() -> u64 {
    fork(|| {
        std::thread::spawn(|| {
            let _held = Area::touched(LEADERLESS);
            tell(format_args!("leaderless {}", std::process::id()));
            sleep_ms(300);
            end(0);
        });
        // SAFETY: ends this thread alone; nothing on its stack is anybody else's.
        unsafe { libc::syscall(libc::SYS_exit, 0) };
    });
    wait_for_children()
}

fn true_program() -> &'static str {
    // A path: what looks for the program would try, and so take, longer.
    if std::path::Path::new("/bin/true").exists() { "/bin/true" } else { "/usr/bin/true" }
}

fn spawner(mebibytes: u64, milliseconds: u64) -> u64 {
    let held = Area::touched(mebibytes);
    let (began, mut count) = (Instant::now(), 0);
    while began.elapsed() < Duration::from_millis(milliseconds) {
        // Without a closure to run in the child the standard library takes posix_spawn, whose child borrows our memory until its exec.
        let status = Command::new(true_program()).stdin(Stdio::null()).status();
        count += u64::from(status.is_ok_and(|status| status.success()));
    }
    drop(held);
    count
}

fn zombies(count: u64) -> u64 {
    for _ in 0..count {
        fork(|| ());
    }
    sleep_ms(500);
    count
}

fn execs(count: u64) -> u64 {
    let links = player::part(&["link", &count.to_string()]).status();
    u64::from(links.is_ok_and(|status| status.success()))
}

fn link(left: u64) {
    sleep_ms(5);
    if left > 0 {
        let error = player::part(&["link", &(left - 1).to_string()]).exec();
        panic!("exec: {error}");
    }
}

fn chain(count: u64) -> u64 {
    fn one(left: u64, born: &dyn Fn()) {
        if left > 0 {
            fork(|| {
                born();
                sleep_ms(2);
                one(left - 1, born);
            });
        }
    }
    births(|born| one(count, born))
}

fn storm(count: u64) -> u64 {
    for _ in 0..count {
        fork(|| ());
    }
    wait_for_children()
}

fn shell(count: u64) -> u64 {
    let (said, say) = std::io::pipe().expect("a pipe");
    let script = format!("i=0; while [ $i -lt {count} ]; do {} || exit; i=$((i+1)); printf x; done", true_program());
    let status = Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).stdout(say).status();
    assert!(status.is_ok_and(|status| status.success()) && said.as_raw_fd() >= 0);
    1 + bytes_until_closed(said)
}
