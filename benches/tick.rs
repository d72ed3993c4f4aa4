//! What one tick costs in CPU time, beside the bare minimum: walk the `children` files, read the kept `statm` descriptors, add up.
//!
//! `cargo bench --bench tick` prints a table; both are measured in turns, in the same run, over the same tree, with 500 strangers on the machine.
//! `cargo bench --bench tick -- 1 10` measures trees of these sizes only.

use memrec::source::{Orphans, Source, linux::Linux};
use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const STRANGERS: usize = 500;
const ROUNDS: usize = 15;

/// The least that a recorder can do: one kept descriptor for the size of every process, one for the children of every process.
struct Bare {
    processes: Vec<(u32, File, File)>,
    buffer: Vec<u8>,
}

impl Bare {
    fn new(root: u32) -> Self {
        let mut bare = Self { processes: Vec::new(), buffer: vec![0; 4096] };
        bare.open(root);
        bare
    }

    fn open(&mut self, pid: u32) {
        let statm = File::open(format!("/proc/{pid}/statm"));
        let children = File::open(format!("/proc/{pid}/task/{pid}/children"));
        if let (Ok(statm), Ok(children)) = (statm, children) {
            self.processes.push((pid, statm, children));
        }
    }

    fn tick(&mut self) -> u64 {
        let mut sum = 0;
        let mut place = 0;
        while place < self.processes.len() {
            let (_, statm, children) = &self.processes[place];
            let length = statm.read_at(&mut self.buffer, 0).unwrap_or(0);
            sum += second_number(&self.buffer[..length]);
            let length = children.read_at(&mut self.buffer, 0).unwrap_or(0);
            let listed: Vec<u32> = std::str::from_utf8(&self.buffer[..length])
                .unwrap_or_default()
                .split_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect();
            for pid in listed {
                // Children stand behind their parent, and mostly in order.
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

fn second_number(line: &[u8]) -> u64 {
    line.split(|byte| *byte == b' ').nth(1).map_or(0, |digits| {
        digits.iter().take_while(|byte| byte.is_ascii_digit()).fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))
    })
}

/// A shell that has started others until there are `size` processes, at most 30 to a parent.
struct Forest(Child);

impl Forest {
    fn of(size: usize) -> Self {
        let (groups, rest) = ((size - 1) / 31, (size - 1) % 31);
        let script = format!(
            "g=0; while [ $g -lt {groups} ]; do sh -c 'i=0; while [ $i -lt 30 ]; do sleep 1000 & i=$((i+1)); done; wait' & g=$((g+1)); done; \
             i=0; while [ $i -lt {rest} ]; do sleep 1000 & i=$((i+1)); done; exec sleep 1000"
        );
        let mut command = Command::new("sh");
        command.args(["-c", &script]).stdin(Stdio::null());
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Self(command.spawn().expect("a shell is on every machine"))
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
fn cpu() -> Duration {
    nix::time::clock_gettime(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID).expect("every Linux has that clock").into()
}

fn cost(times: usize, mut tick: impl FnMut()) -> f64 {
    let before = cpu();
    for _ in 0..times {
        tick();
    }
    (cpu() - before).as_secs_f64() * 1e6 / times as f64
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn measure(size: usize) {
    let forest = Forest::of(size);
    let root = forest.0.id();
    let mut source = Linux::open(Path::new("/proc"), Orphans::GoElsewhere).expect("/proc is mounted");
    source.follow(root).expect("the shell waits");
    let mut seen = Vec::new();
    let mut now = Duration::ZERO;
    // Until the whole tree stands, and old enough that marks are read once a second.
    while seen.len() < size {
        std::thread::sleep(Duration::from_millis(20));
        source.look(now, &mut seen);
    }
    now += Duration::from_secs(60);
    source.look(now, &mut seen);
    let mut bare = Bare::new(root);
    bare.tick();
    let times = (20_000 / size).clamp(10, 2000);
    let (mut minimum, mut quiet, mut busy, mut ratio) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let bare_cost = cost(times, || _ = black_box(bare.tick()));
        let mut look = |walk: bool| {
            cost(times, || {
                now += Duration::from_millis(100);
                if walk {
                    source.walk_again();
                }
                source.look(now, &mut seen);
                black_box(seen.len());
            })
        };
        let quiet_cost = look(false);
        let busy_cost = look(true);
        minimum.push(bare_cost);
        quiet.push(quiet_cost);
        busy.push(busy_cost);
        ratio.push(busy_cost / bare_cost);
    }
    assert_eq!(bare.processes.len(), seen.len(), "both see the same tree");
    let (bare, quiet, busy) = (median(&mut minimum), median(&mut quiet), median(&mut busy));
    println!("{size:>9} {bare:>12.1} {quiet:>12.1} {:>7.2} {busy:>12.1} {:>7.2}", quiet / bare, median(&mut ratio));
}

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|size| size.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1, 10, 100, 1000] } else { sizes };
    let strangers = Forest::of(STRANGERS);
    println!(
        "CPU time of one tick in µs, 100 ms apart, medians of {ROUNDS} rounds, {STRANGERS} strangers on the machine"
    );
    println!("{:>9} {:>12} {:>12} {:>7} {:>12} {:>7}", "processes", "bare", "quiet", "ratio", "walked", "ratio");
    for size in sizes {
        measure(size);
    }
    println!("quiet: nothing was started since the last tick; walked: something was, at every tick");
    drop(strangers);
}
