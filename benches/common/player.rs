//! The other side: a benchmark started again, with words behind `play` or `part`, is one of the programs that are recorded. What it knows of itself it writes
//! into the file that `MEMREC_BENCH_TRUTH` names.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{BufRead, Read, Write};
use std::process::Command;
use std::time::Duration;

pub const TRUTH: &str = "MEMREC_BENCH_TRUTH";

/// The words behind `play` and `part`, where this program was started to be recorded. A `play` waits for its stdin, a `part` of one does not.
pub fn words() -> Option<Vec<String>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let first = words.first()?.clone();
    if first == "play" {
        println!("ready");
        let _ = std::io::stdin().lock().read_line(&mut String::new());
    }
    (first == "play" || first == "part").then(|| words[1..].to_vec())
}

pub fn number(words: &[String], place: usize) -> u64 {
    words.get(place).and_then(|word| word.parse().ok()).expect("a play's words are written beside it")
}

/// This program as `part WORDS...` of itself.
pub fn part(words: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("/proc tells it"));
    command.arg("part").args(words);
    command
}

/// A line of the truth, in one write: several processes share the file.
pub fn tell(line: impl Display) {
    let path = std::env::var_os(TRUTH).expect("who starts a play gives it a file");
    let told =
        File::options().append(true).open(path).and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
    told.expect("the truth can be written");
}

/// The kernel's high-water mark of this process in bytes.
pub fn own_peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("a process may read its own");
    kilobytes(&status, "VmHWM:").expect("the kernel counts it")
}

/// The value of a line such as `Pss:     580 kB`, in bytes.
pub fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// What is done for the second time needs no new page: after this, the mark that is read at the top of a spike is the last word.
pub fn warm_up() {
    for _ in 0..3 {
        std::hint::black_box((own_peak(), monotonic()));
        tell("warm");
        sleep_ms(0);
        std::thread::sleep(Duration::from_nanos(1));
    }
}

/// The same clock in every process.
pub fn monotonic() -> Duration {
    nix::time::clock_gettime(nix::time::ClockId::CLOCK_MONOTONIC).expect("every Linux has that clock").into()
}

/// Memory from the kernel that goes back to it at once when this is dropped, in pages of 4 KiB.
pub struct Area {
    start: *mut u8,
    length: usize,
}

impl Area {
    pub fn map(length: usize) -> Self {
        // SAFETY: a new private mapping at a place of the kernel's choice; nobody else's memory is changed.
        let start = unsafe {
            let start = libc::mmap(
                std::ptr::null_mut(),
                // The kernel maps no nothing.
                length.max(1),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            );
            assert_ne!(start, libc::MAP_FAILED, "mmap: {}", std::io::Error::last_os_error());
            // Huge pages would make the work on a page uneven, and depend on how the machine is set.
            libc::madvise(start, length, libc::MADV_NOHUGEPAGE);
            start.cast()
        };
        Self { start, length }
    }

    /// Writes to the first `length` bytes, a page at a time.
    pub fn touch(&self, length: usize) {
        assert!(length <= self.length);
        for offset in (0..length).step_by(4096) {
            // SAFETY: within the mapping, which is writable and ours alone.
            unsafe { self.start.add(offset).write_volatile(1) };
        }
    }

    pub fn touched(mebibytes: u64) -> Self {
        let length = (mebibytes << 20) as usize;
        let area = Self::map(length);
        area.touch(length);
        area
    }
}

impl Drop for Area {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's, and nothing points into it any more.
        unsafe { libc::munmap(self.start.cast(), self.length.max(1)) };
    }
}

/// A fork whose child does that and ends. To be called in processes of one thread, or with a child that only sleeps.
pub fn fork(child: impl FnOnce()) -> u32 {
    // SAFETY: the child is this thread alone; the C library leaves its allocator usable there, and `child` ends in `_exit`.
    match unsafe { libc::fork() } {
        -1 => panic!("fork: {}", std::io::Error::last_os_error()),
        0 => {
            child();
            end(0)
        }
        pid => pid as u32,
    }
}

/// Ends the whole process without anything that Rust or C would do at its end.
pub fn end(status: i32) -> ! {
    // SAFETY: does not return.
    unsafe { libc::_exit(status) }
}

/// Until every child has ended; how many did.
pub fn wait_for_children() -> u64 {
    let mut ended = 0;
    // SAFETY: a plain system call that is told to forget the status.
    while unsafe { libc::wait(std::ptr::null_mut()) } > 0 {
        ended += 1;
    }
    ended
}

/// A child that does nothing, and ends with this thread.
pub fn idle_sibling() -> u32 {
    fork(|| {
        // SAFETY: plain system calls; `pause` returns after a signal at most.
        unsafe {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            loop {
                libc::pause();
            }
        }
    })
}

pub fn sleep_ms(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}

/// How many bytes come before everybody has closed the other end.
pub fn bytes_until_closed(mut pipe: impl Read) -> u64 {
    let mut bytes = Vec::new();
    pipe.read_to_end(&mut bytes).expect("a pipe can be read");
    bytes.len() as u64
}
