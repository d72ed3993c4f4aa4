//! What the benchmarks share: trees of processes, and the least that a recorder can do.

#![allow(dead_code, unreachable_pub, reason = "each benchmark is a program of its own and uses its part of this")]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The bare minimum: one kept descriptor for the size of every process, one for its children; walk, read, add up.
pub struct Bare {
    processes: Vec<(u32, File, File)>,
    buffer: Vec<u8>,
}

impl Bare {
    pub fn new(root: u32) -> Self {
        let mut bare = Self { processes: Vec::new(), buffer: vec![0; 4096] };
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
            self.processes.push((pid, statm, children));
        }
    }

    /// The sum of all resident sets, in pages.
    pub fn tick(&mut self) -> u64 {
        let mut sum = 0;
        let mut place = 0;
        while place < self.processes.len() {
            let (_, statm, children) = &self.processes[place];
            let length = statm.read_at(&mut self.buffer, 0).unwrap_or(0);
            sum += number(self.buffer[..length].split(|byte| *byte == b' ').nth(1).unwrap_or_default()) as u64;
            let length = children.read_at(&mut self.buffer, 0).unwrap_or(0);
            let listed: Vec<u32> = self.buffer[..length].split(|byte| *byte == b' ').map(number).collect();
            for pid in listed.into_iter().filter(|pid| *pid > 0) {
                // Pids of a tree that was started in one go rise from parent to child.
                if self.processes.binary_search_by_key(&pid, |(known, ..)| *known).is_err()
                    && !self.processes.iter().any(|(known, ..)| *known == pid)
                {
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

pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
