//! What the benchmarks share: here, trees of processes and the least that a recorder can do; beside it, playing programs to memrec and reading what it wrote.

#![allow(dead_code, unreachable_pub, reason = "each benchmark is a program of its own and uses its part of this")]

pub mod pacing;
pub mod player;
pub mod recording;
pub mod stage;
pub mod stats;

use std::collections::HashSet;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The bare minimum: one kept descriptor for the size of every process, one for its children; walk, read, add up.
pub struct Bare {
    processes: Vec<(File, File)>,
    /// Asked for each child at each tick: a list would make a large tree dear for no reason.
    known: HashSet<u32>,
    buffer: Vec<u8>,
}

impl Bare {
    pub fn new(root: u32) -> Self {
        let mut bare = Self { processes: Vec::new(), known: HashSet::new(), buffer: vec![0; 4096] };
        bare.open(root);
        bare
    }

    pub fn processes(&self) -> usize {
        self.processes.len()
    }

    fn open(&mut self, pid: u32) {
        let statm = File::open(format!("/proc/{pid}/statm"));
        let children = File::open(format!("/proc/{pid}/task/{pid}/children"));
        if let (Ok(statm), Ok(children)) = (statm, children) {
            self.known.insert(pid);
            self.processes.push((statm, children));
        }
    }

    /// The sum of all resident sets, in pages.
    pub fn tick(&mut self) -> u64 {
        let mut sum = 0;
        let mut place = 0;
        while place < self.processes.len() {
            let (statm, children) = &self.processes[place];
            let length = statm.read_at(&mut self.buffer, 0).unwrap_or(0);
            sum += number(self.buffer[..length].split(|byte| *byte == b' ').nth(1).unwrap_or_default()) as u64;
            let length = children.read_at(&mut self.buffer, 0).unwrap_or(0);
            let listed: Vec<u32> = self.buffer[..length].split(|byte| *byte == b' ').map(number).collect();
            for pid in listed.into_iter().filter(|pid| *pid > 0) {
                if !self.known.contains(&pid) {
                    self.open(pid);
                }
            }
            place += 1;
        }
        sum
    }
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().take_while(|byte| byte.is_ascii_digit()).fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
}

/// A shell that has started others until there are `size` processes, at most 30 to a parent.
pub struct Forest(Child);

impl Forest {
    pub fn of(size: usize) -> Self {
        let (groups, rest) = ((size - 1) / 31, (size - 1) % 31);
        let script = format!(
            "g=0; while [ $g -lt {groups} ]; do sh -c 'i=0; while [ $i -lt 30 ]; do sleep 1000 & i=$((i+1)); done; wait' & g=$((g+1)); done; \
             i=0; while [ $i -lt {rest} ]; do sleep 1000 & i=$((i+1)); done; exec sleep 1000"
        );
        let mut command = Command::new("sh");
        command.args(["-c", &script]).stdin(Stdio::null());
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let forest = Self(command.spawn().expect("a shell is on every machine"));
        forest.wait_until_it_stands(size);
        forest
    }

    fn wait_until_it_stands(&self, size: usize) {
        loop {
            let mut bare = Bare::new(self.root());
            bare.tick();
            if bare.processes() == size {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn root(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Forest {
    fn drop(&mut self) {
        let group = nix::unistd::Pid::from_raw(self.0.id() as i32);
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
        let _ = self.0.wait();
    }
}

/// User and system time of this thread so far.
pub fn cpu() -> Duration {
    nix::time::clock_gettime(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID).expect("every Linux has that clock").into()
}

/// What was typed behind `cargo bench --bench NAME --`: names of parts, and `--quick` (or `MEMREC_BENCH_QUICK=1`) for a look at whether all of it works.
pub struct Wanted {
    pub quick: bool,
    parts: Vec<String>,
}

impl Wanted {
    /// Ends the program where a word is none of `parts`.
    pub fn typed(parts: &[&str]) -> Self {
        // cargo itself adds `--bench`.
        let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
        let quick = words.iter().any(|word| word == "--quick")
            || std::env::var_os("MEMREC_BENCH_QUICK").is_some_and(|value| !value.is_empty() && value != "0");
        let named: Vec<String> = words.into_iter().filter(|word| word != "--quick").collect();
        if let Some(strange) = named.iter().find(|word| !parts.contains(&word.as_str())) {
            eprintln!("{strange} is no part of this benchmark; there are: {} and --quick", parts.join(", "));
            std::process::exit(2);
        }
        Self { quick, parts: named }
    }

    /// No part named means all of them.
    pub fn part(&self, name: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|part| part == name)
    }

    pub fn pick<T>(&self, quick: T, whole: T) -> T {
        if self.quick { quick } else { whole }
    }
}
