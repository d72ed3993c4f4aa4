//! Memory that a parent shares with its workers: once in the sum of PSS, once for each of them in the sum of RSS.

use crate::common::Wanted;
use crate::common::player::{self, Area, kilobytes, number, sleep_ms, tell};
use crate::common::recording::{Recording, Row};
use crate::common::stage::{How, Play, Played, Privilege, Stage};
use crate::common::stats::{failed, head, mib, quantile, row, shown};
use std::fs;
use std::io::{Read, Write};

/// The same in Python: what it dirties are its own objects, and with them the counts of references.
const PYTHON: &str = r#"
import os, sys, time
parent, workers, dirtied, seconds = map(int, sys.argv[1:])
def own(pid="self"):
    fields = (line.split() for line in open(f"/proc/{pid}/smaps_rollup").read().splitlines()[1:])
    sizes = {words[0]: int(words[1]) * 1024 for words in fields}
    return sizes["Rss:"], sizes["Pss:"], sizes["Private_Clean:"] + sizes["Private_Dirty:"]
truth = open(os.environ["MEMREC_BENCH_TRUTH"], "a", buffering=1)
truth.write(f"base {own()[1]}\n")
memory = bytearray(b"\1") * (parent << 20)
ready, tell = os.pipe()
stay, hold = os.pipe()
children = []
for _ in range(workers):
    child = os.fork()
    if child == 0:
        os.close(hold)
        for place in range(0, dirtied << 20, 4096):
            memory[place] = 2
        os.write(tell, b".")
        os.read(stay, 1)
        os._exit(0)
    children.append(child)
standing = 0
while standing < workers:
    standing += len(os.read(ready, workers))
rss, pss, uss = map(sum, zip(*(own(pid) for pid in [os.getpid(), *children])))
truth.write(f"kernel {rss} {pss} {uss}\n")
time.sleep(seconds)
os.close(hold)
for child in children:
    os.waitpid(child, 0)
"#;

/// `prefork PARENT WORKERS DIRTIED SECONDS`: a parent of PARENT MiB, WORKERS children that write to DIRTIED MiB of it, and all of them stay for SECONDS. It tells what it
/// was before (`base PSS`), and what the kernel says when all of it stands (`kernel RSS PSS USS`).
pub(crate) fn play(words: &[String]) {
    let (parent, workers, dirtied) = (number(words, 1), number(words, 2), number(words, 3) << 20);
    player::warm_up();
    tell(format_args!("base {}", kernels(&[std::process::id()])[1]));
    let memory = Area::touched(parent);
    let (mut ready, say) = std::io::pipe().expect("a pipe");
    let (mut stay, hold) = std::io::pipe().expect("a pipe");
    let mut pids = vec![std::process::id()];
    for _ in 0..workers {
        pids.push(player::fork(|| {
            // SAFETY: the child's copy of a descriptor, which nobody uses in it: the parent's is then the last one.
            unsafe { libc::close(std::os::fd::AsRawFd::as_raw_fd(&hold)) };
            memory.touch(dirtied as usize);
            let _ = (&say).write(&[1]);
            let _ = stay.read(&mut [0]);
        }));
    }
    ready.read_exact(&mut vec![0; workers as usize]).expect("the workers stand");
    let [rss, pss, uss] = kernels(&pids);
    tell(format_args!("kernel {rss} {pss} {uss}"));
    sleep_ms(number(words, 4) * 1000);
    drop(hold);
    player::wait_for_children();
}

/// RSS, PSS and USS of all of them, from where memrec has them too.
fn kernels(pids: &[u32]) -> [u64; 3] {
    let mut sums = [0; 3];
    for pid in pids {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("one's own and one's children's");
        let field = |name| kilobytes(&text, name).expect("the kernel counts it");
        let uss = field("Private_Clean:") + field("Private_Dirty:");
        for (sum, value) in sums.iter_mut().zip([field("Rss:"), field("Pss:"), uss]) {
            *sum += value;
        }
    }
    sums
}

pub(crate) fn measure(stage: &Stage, wanted: &Wanted) {
    let seconds = wanted.pick("3", "6");
    let trees = wanted.pick(vec![["100", "4", "5"]], vec![["100", "4", "5"], ["500", "8", "10"]]);
    let columns = [
        "program",
        "`--pss`",
        "tree",
        "truth, MiB",
        "Σ RSS, MiB",
        "Σ PSS, MiB",
        "Σ USS, MiB",
        "PSS against the truth, %",
        "RSS against the truth, %",
        "kernel's Σ PSS, MiB",
        "PSS against the kernel's, %",
        "ticks with PSS",
    ];
    head("Prefork trees, interval 100 ms", 3, &columns);
    let options: &[&[&str]] = if stage.knows_pss() { &[&["--pss", "auto"], &["--pss", "always"]] } else { &[&[]] };
    let python =
        std::process::Command::new("python3").arg("--version").output().is_ok_and(|told| told.status.success());
    for options in options {
        for program in ["native", "python3"] {
            for tree in &trees {
                if program == "python3" && !python {
                    continue;
                }
                let player = stage.player();
                let start = if program == "native" {
                    vec![player.as_str(), "play", "prefork"]
                } else {
                    vec!["python3", "-c", PYTHON]
                };
                let command = [&start[..], &tree[..], &[seconds]].concat();
                let [parent, workers, dirtied] = tree.map(|word| word.parse::<u64>().expect("a number"));
                let shape = format!("{parent} MiB, {workers} × {dirtied} MiB");
                let pss = options.last().map_or("not there", |word| *word);
                let cells = vec![program.to_owned(), pss.to_owned(), shape];
                match stage.play(&Play { privilege: Privilege::AsStarted, how: How::Run, options, command: &command }) {
                    Ok(played) => show(cells, &played, (parent + workers * dirtied) << 20, 1 + workers as usize),
                    Err(why) => failed(&cells, &why),
                }
            }
        }
    }
    if !python {
        println!("\nskipped: the Python program; there is no python3");
    }
    if !stage.knows_pss() {
        println!("\n--pss: this memrec does not have it");
    }
}

fn show(mut cells: Vec<String>, played: &Played, allocated: u64, processes: usize) {
    let (Some(base), Some(kernel)) = (played.told("base").pop(), played.told("kernel").pop()) else {
        return failed(&cells, "the play has not told what it is");
    };
    let truth = (base[0] + allocated) as f64;
    let (rss, _) = standing(&played.recording, processes, |row| row.rss_bytes);
    let (pss, measured) = standing(&played.recording, processes, |row| row.pss_bytes);
    let (uss, _) = standing(&played.recording, processes, |row| row.uss_bytes);
    cells.extend([truth, rss, pss, uss].map(|bytes| shown(mib(bytes), 1)));
    cells.extend([pss, rss].map(|bytes| shown((bytes / truth - 1.0) * 100.0, 2)));
    let kernel = kernel[1] as f64;
    cells.extend([shown(mib(kernel), 1), shown((pss / kernel - 1.0) * 100.0, 2), measured.to_string()]);
    row(&cells);
}

/// The sum over the tree, the middle one of the second half of the ticks in which the whole tree stands; and how many ticks have such a sum at all.
fn standing(recording: &Recording, processes: usize, value: impl Fn(&Row) -> Option<u64>) -> (f64, usize) {
    let mut sums = Vec::new();
    for tick in recording.ticks().into_iter().filter(|tick| tick.len() == processes) {
        let values: Vec<u64> = tick.iter().filter_map(|row| value(row)).collect();
        if values.len() == processes {
            sums.push(values.iter().sum::<u64>() as f64);
        }
    }
    (quantile(&sums[sums.len() / 2..], 0.5), sums.len())
}
