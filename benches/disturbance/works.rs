//! The programs that are disturbed. Each has an idle sibling, so that there is a tree to divide memory among, and works when it is asked to for as long as it is
//! asked to; it takes its time itself, so that nobody's start counts.

use crate::common::player::{Area, fork, idle_sibling, kilobytes, number, wait_for_children};
use crate::common::stage::Talk;
use std::io::BufRead;
use std::time::{Duration, Instant};

/// What a mapping of the page-fault program has.
const FAULTED: usize = 16 << 20;
/// What the mapper maps beside its memory: small, so that taking the lock is most of it.
const MAPPED: usize = 64 << 10;

/// What was done in a window.
pub(crate) struct Done {
    pub(crate) per_second: f64,
    pub(crate) longest_ms: f64,
}

/// Has a program work for that long.
pub(crate) fn window(program: &mut Talk, seconds: f64) -> Result<Done, String> {
    let answer = program.ask(&seconds.to_string())?;
    let numbers: Vec<f64> = answer.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [count, took, longest_ms] = numbers[..] else { return Err(format!("not an answer: {answer}")) };
    Ok(Done { per_second: count / took, longest_ms })
}

/// `exec 0`, `fork 0`, `fault 0`, `mapper MIB`: answers each line with a number of seconds by a line `COUNT SECONDS LONGEST`, the longest work in milliseconds.
pub(crate) fn play(words: &[String]) {
    let sibling = idle_sibling();
    let held = Area::touched(number(words, 1));
    println!("ready");
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let time = Duration::from_secs_f64(line.parse().expect("seconds"));
        match words[0].as_str() {
            "exec" => answer(time, exec_and_wait),
            "fork" => answer(time, fork_and_wait),
            "fault" => answer(time, || Area::map(FAULTED).touch(FAULTED)),
            // A thread of its own, as in a server whose main thread waits.
            "mapper" => std::thread::scope(|scope| {
                scope.spawn(|| answer(time, || Area::map(MAPPED).touch(MAPPED)));
            }),
            other => panic!("{other} is no work"),
        }
    }
    drop(held);
    // SAFETY: a child that was not waited for, so that its pid is its own.
    unsafe { libc::kill(sibling as libc::pid_t, libc::SIGKILL) };
    wait_for_children();
}

fn answer(time: Duration, mut work: impl FnMut()) {
    let began = Instant::now();
    let (mut count, mut now, mut longest) = (0_u64, began, Duration::ZERO);
    while now - began < time {
        work();
        let then = std::mem::replace(&mut now, Instant::now());
        longest = longest.max(now - then);
        count += 1;
    }
    println!("{count} {} {}", (now - began).as_secs_f64(), longest.as_secs_f64() * 1e3);
}

fn fork_and_wait() {
    wait(fork(|| ()));
}

fn exec_and_wait() {
    let program = if std::path::Path::new("/bin/true").exists() { c"/bin/true" } else { c"/usr/bin/true" };
    wait(fork(|| {
        let words = [program.as_ptr(), std::ptr::null()];
        // SAFETY: strings that live until the process becomes another, and a null pointer behind them.
        unsafe { libc::execv(program.as_ptr(), words.as_ptr()) };
    }));
}

fn wait(child: u32) {
    let mut status = 0;
    // SAFETY: a plain system call into this frame.
    let ended = unsafe { libc::waitpid(child as libc::pid_t, &raw mut status, 0) };
    assert!(ended > 0 && status == 0, "a child that failed is no work");
}

/// What the kernel thinks can be had without swapping.
pub(crate) fn available_mib() -> u64 {
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    kilobytes(&memory, "MemAvailable:").unwrap_or(0) >> 20
}
