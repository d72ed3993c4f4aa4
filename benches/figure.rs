//! How fast a recording is read and drawn: nanoseconds a row of reading, against a bare pass over the bytes, cells split by hand and the csv crate; and whole programs that make
//! a picture of the same data: `memrec plot`, pandas with matplotlib, gnuplot, `mprof plot`.
//!
//! `cargo bench --bench figure` takes recordings of 10 million rows, four processes and ten; `-- 1` of one million. The others draw the one of four. What is not installed is said
//! and left out: Python is `$PYTHON` or `python3`, mprof stands beside it or in the path.

mod common;

use common::stats::{failed, head, median, mib, row, shown};
use memrec::storage::read_samples;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Read, Write as _};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const MEMREC: &str = env!("CARGO_BIN_EXE_memrec");
const MILLION: u64 = 1_000_000;

/// Of each recording.
const PROCESSES: [u64; 2] = [4, 10];

/// Whoever takes longer is ended.
const PATIENCE: Duration = Duration::from_secs(120);

/// A recording as memrec writes it, with marks and swap at every tick (as with `--extra`: the longest rows there are) and PSS now and then.
fn recording(path: &Path, ticks: u64, processes: u64) {
    let file = File::create(path).expect("the folder for temporary files can be written to");
    let mut file = BufWriter::with_capacity(1 << 20, file);
    let mut text =
        String::from("time,elapsed_s,process,pid,ppid,name,rss_bytes,peak_rss_bytes,swap_bytes,pss_bytes,uss_bytes\n");
    for tick in 0..ticks {
        let (second, tenth) = (tick / 10, tick % 10);
        for process in 1..=processes {
            // A collector's saw teeth of ten minutes, and some pages up and down.
            let rss = (50 << 20) * process + (tick % 6000 + tick * 7919 % 16 + tick / 100) * 4096;
            let (day, hour, minute) = (2 + second / 86_400, second / 3600 % 24, second / 60 % 60);
            let _ = write!(
                text,
                "2026-11-{day:02}T{hour:02}:{minute:02}:{:02}.{tenth}00Z,{second}.{tenth}00057,{process},{},4711,gunicorn: worke,{rss}",
                second % 60,
                4711 + process,
            );
            let _ = write!(text, ",{},0,", (50 << 20) * process + 6016 * 4096 + tick * 40);
            let _ = if tick % 20 == 0 { writeln!(text, "{},{}", rss / 2, rss / 4) } else { writeln!(text, ",") };
        }
        file.write_all(text.as_bytes()).expect("there is room for a gigabyte");
        text.clear();
    }
    file.flush().expect("there is room for a gigabyte");
}

/// CPU time of this process, all of its threads.
fn own_cpu() -> f64 {
    // SAFETY: all zeros are a valid rusage, which the call fills in.
    let used = unsafe {
        let mut used: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_SELF, &raw mut used), 0);
        used
    };
    cpu_of(&used)
}

fn cpu_of(used: &libc::rusage) -> f64 {
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    seconds(used.ru_utime) + seconds(used.ru_stime)
}

/// Hands each piece of the file to `each`, as large as memrec's.
fn pieces(path: &Path, mut each: impl FnMut(&[u8])) {
    let mut file = File::open(path).expect("it was just written");
    let mut piece = vec![0; 128 << 10];
    loop {
        match file.read(&mut piece).expect("a file can be read") {
            0 => return,
            length => each(&piece[..length]),
        }
    }
}

fn bare_pass(path: &Path) -> u64 {
    let mut lines = 0;
    pieces(path, |piece| lines += memchr::memchr_iter(b'\n', piece).count() as u64);
    lines
}

/// Lines, cells, and the one number that a picture needs: what a program for this format alone could do at best, without a check of anything.
fn split_by_hand(path: &Path) -> u64 {
    let (mut sum, mut rest, mut header) = (0_u64, Vec::new(), true);
    let mut line = |line: &[u8]| {
        if std::mem::take(&mut header) {
            return;
        }
        if let Some(cell) = line.split(|byte| *byte == b',').nth(6) {
            sum = sum.wrapping_add(cell.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit.wrapping_sub(b'0'))));
        }
    };
    pieces(path, |piece| {
        let mut from = 0;
        for end in memchr::memchr_iter(b'\n', piece) {
            if rest.is_empty() {
                line(&piece[from..end]);
            } else {
                rest.extend_from_slice(&piece[from..end]);
                line(&rest);
                rest.clear();
            }
            from = end + 1;
        }
        rest.extend_from_slice(&piece[from..]);
    });
    sum
}

/// The csv crate as its documentation recommends it for speed, and the same number.
fn csv_crate(path: &Path) -> u64 {
    let mut reader = csv::ReaderBuilder::new().buffer_capacity(128 << 10).from_path(path).expect("it was just written");
    let (mut record, mut sum) = (csv::ByteRecord::new(), 0_u64);
    while reader.read_byte_record(&mut record).expect("it is well formed") {
        let cell = std::str::from_utf8(&record[6]).ok().and_then(|cell| cell.parse().ok());
        sum = sum.wrapping_add(cell.unwrap_or(0));
    }
    sum
}

/// All that is in it, checked.
fn memrec(path: &Path) -> u64 {
    let mut sum = 0_u64;
    let file = File::open(path).expect("it was just written");
    let tally = read_samples(file, &mut |sample| {
        sum = sample.rows.iter().fold(sum, |sum, row| sum.wrapping_add(row.memory.rss.unwrap_or(0)));
    });
    assert_eq!(tally.map(|tally| tally.skipped_lines()).ok(), Some(0));
    sum
}

fn reading(files: &[(u64, PathBuf)], rows: u64) {
    type Pass = fn(&Path) -> u64;
    let passes: [(&str, Pass); 4] = [
        ("bare pass: lines counted", bare_pass),
        ("split by hand, one number read", split_by_hand),
        ("csv crate, one number read", csv_crate),
        ("memrec, all numbers read and checked", memrec),
    ];
    for (processes, path) in files {
        let length = mib(fs::metadata(path).map_or(f64::NAN, |file| file.len() as f64));
        let title = format!(
            "Reading {rows} rows of {processes} processes ({length:.0} MiB, in the page cache): CPU time, medians of 5 in turn"
        );
        head(&title, 1, &["", "ns a row", "of the bare pass"]);
        let mut times = vec![Vec::new(); passes.len()];
        for _ in 0..5 {
            let mut sums = Vec::new();
            for ((_, pass), times) in passes.iter().zip(&mut times) {
                // CPU time: all are one thread, and what else the machine does is not theirs.
                let used = own_cpu();
                sums.push(pass(path));
                times.push((own_cpu() - used) * 1e9 / rows as f64);
            }
            assert!(sums[1..].iter().all(|sum| *sum == sums[1]), "all have read the same: {sums:?}");
        }
        let medians: Vec<f64> = times.iter_mut().map(|times| median(times)).collect();
        for ((name, _), each) in passes.iter().zip(&medians) {
            row(&[(*name).to_owned(), shown(*each, 1), shown(each / medians[0], 1)]);
        }
    }
}

/// What a program cost.
struct Cost {
    wall: f64,
    cpu: f64,
    rss: f64,
}

/// Runs it to its end.
fn cost(command: &mut Command) -> Result<Cost, String> {
    let began = Instant::now();
    // A group of its own, so that all of it can be ended.
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let pid = i32::try_from(child.id()).map_err(|error| error.to_string())?;
    let mut told = child.stderr.take();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = told.as_mut().map(|told| told.read_to_string(&mut text));
        text
    });
    let (mut status, used) = (0, std::mem::MaybeUninit::<libc::rusage>::zeroed());
    // SAFETY: all zeros are a valid rusage.
    let mut used = unsafe { used.assume_init() };
    loop {
        // SAFETY: both are ours and live as long as the call takes; the child is nobody else's to wait for.
        let ended = unsafe { libc::wait4(pid, &raw mut status, libc::WNOHANG, &raw mut used) };
        match ended {
            0 if began.elapsed() > PATIENCE => {
                // SAFETY: the group of a child that was not waited for yet.
                unsafe { libc::kill(-pid, libc::SIGKILL) };
                std::thread::sleep(Duration::from_millis(100));
            }
            0 => std::thread::sleep(Duration::from_millis(1)),
            _ => break,
        }
    }
    let wall = began.elapsed();
    let told = reader.join().unwrap_or_default();
    if wall > PATIENCE {
        return Err(format!("ended after {} s", PATIENCE.as_secs()));
    }
    if status != 0 {
        return Err(told.lines().last().unwrap_or("it failed").to_owned());
    }
    Ok(Cost { wall: wall.as_secs_f64(), cpu: cpu_of(&used), rss: mib(used.ru_maxrss as f64 * 1024.0) })
}

fn python() -> String {
    std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// The total as a line and the processes as areas below it, as memrec draws them.
const PANDAS: &str = "
import sys, pandas, matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt
table = pandas.read_csv(sys.argv[1], usecols=['elapsed_s', 'process', 'rss_bytes'])
wide = table.pivot(index='elapsed_s', columns='process', values='rss_bytes').fillna(0) / 2**20
figure, axes = plt.subplots(figsize=(16, 8), dpi=100)
axes.stackplot(wide.index, wide.T.values, labels=wide.columns)
axes.plot(wide.index, wide.sum(axis=1), color='black')
axes.legend()
figure.savefig(sys.argv[2])
";

/// A program that draws, or why it is left out.
fn programs(csv: &Path, processes: u64, folder: &Path) -> Vec<(&'static str, Result<Command, String>)> {
    let picture = folder.join("picture.png");
    let mut memrec = Command::new(MEMREC);
    memrec.arg("plot").arg(csv).arg("-o").arg(&picture);
    let mut report = Command::new(MEMREC);
    report.arg("report").arg(csv);
    let answers = |program: &str, words: &[&str]| {
        let asked = Command::new(program).args(words).stdout(Stdio::null()).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    let mut programs = vec![("memrec plot", Ok(memrec)), ("memrec report", Ok(report))];
    if processes != PROCESSES[0] {
        return programs;
    }
    let python = python();
    let pandas = if answers(&python, &["-c", "import pandas, matplotlib"]) {
        let mut command = Command::new(&python);
        command.args(["-c", PANDAS]).arg(csv).arg(&picture);
        Ok(command)
    } else {
        Err(format!("{python} has no pandas and matplotlib"))
    };
    let gnuplot = if answers("gnuplot", &["--version"]) {
        let mut script = format!(
            "set terminal pngcairo size 1600,800; set output '{}'; set datafile separator ','; plot ",
            picture.display()
        );
        for process in 0..processes {
            let _ = write!(
                script,
                "'{}' using 2:($7/2**20) every {processes}::{} with lines title '{}', ",
                csv.display(),
                process + 1,
                process + 1
            );
        }
        let mut command = Command::new("gnuplot");
        command.arg("-e").arg(script.trim_end_matches(", "));
        Ok(command)
    } else {
        Err("gnuplot is not here".to_owned())
    };
    programs.extend([
        ("pandas, matplotlib", pandas),
        ("gnuplot, a line for each process", gnuplot),
        ("mprof plot", mprof(csv, folder, &picture)),
    ]);
    programs
}

/// It reads its own format: the recording is exported before the time is taken.
fn mprof(csv: &Path, folder: &Path, picture: &Path) -> Result<Command, String> {
    let python = python();
    let beside = Path::new(&python).with_file_name("mprof");
    let program = if beside.is_file() { beside } else { PathBuf::from("mprof") };
    let asked = Command::new(&program).arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.map_err(|_| "mprof is not here".to_owned())?;
    let dat = folder.join("run.dat");
    let exported = Command::new(MEMREC)
        .args(["export", "--to", "mprof"])
        .arg(csv)
        .arg("-o")
        .arg(&dat)
        .stderr(Stdio::null())
        .status();
    if !exported.is_ok_and(|status| status.success()) {
        return Err("it could not be exported".to_owned());
    }
    let mut command = Command::new(program);
    command.args(["plot", "-o"]).arg(picture).arg(dat).env("MPLBACKEND", "Agg").current_dir(folder);
    Ok(command)
}

fn drawing(files: &[(u64, PathBuf)], rows: u64, folder: &Path) {
    for (processes, csv) in files {
        let title = format!("A picture of {rows} rows of {processes} processes; memrec: medians of 5");
        head(&title, 1, &["", "time, s", "CPU time, s", "peak memory, MiB"]);
        for (name, command) in programs(csv, *processes, folder) {
            let runs = if name.starts_with("memrec") { 5 } else { 1 };
            let costs =
                command.and_then(|mut command| (0..runs).map(|_| cost(&mut command)).collect::<Result<Vec<_>, _>>());
            match costs {
                Ok(costs) => {
                    let of = |what: fn(&Cost) -> f64| median(&mut costs.iter().map(what).collect::<Vec<_>>());
                    row(&[
                        name.to_owned(),
                        shown(of(|cost| cost.wall), 2),
                        shown(of(|cost| cost.cpu), 2),
                        shown(of(|cost| cost.rss), 0),
                    ]);
                }
                Err(why) => failed(&[name.to_owned()], &format!("left out: {why}")),
            }
        }
    }
}

/// From the command to the picture, of ten seconds.
fn small(folder: &Path) {
    let csv = folder.join("small.csv");
    recording(&csv, 100, 4);
    head(
        "A picture of 100 ticks of 4 processes: medians of 21",
        1,
        &["", "time, ms", "CPU time, ms", "peak memory, MiB"],
    );
    let run = || cost(Command::new(MEMREC).arg("plot").arg(&csv).arg("-o").arg(folder.join("small.png")));
    match (0..21).map(|_| run()).collect::<Result<Vec<_>, _>>() {
        Ok(costs) => {
            let of = |what: fn(&Cost) -> f64| median(&mut costs.iter().map(what).collect::<Vec<_>>());
            row(&[
                "memrec plot".to_owned(),
                shown(of(|cost| cost.wall * 1e3), 0),
                shown(of(|cost| cost.cpu * 1e3), 0),
                shown(of(|cost| cost.rss), 0),
            ]);
        }
        Err(why) => failed(&["memrec plot".to_owned()], &why),
    }
}

fn main() {
    let millions = std::env::args().skip(1).find_map(|word| word.parse::<u64>().ok()).unwrap_or(10);
    let folder = tempfile::tempdir().expect("the folder for temporary files can be written to");
    let rows = millions * MILLION;
    let files: Vec<(u64, PathBuf)> = PROCESSES
        .into_iter()
        .map(|processes| {
            let path = folder.path().join(format!("of-{processes}.csv"));
            recording(&path, rows / processes, processes);
            (processes, path)
        })
        .collect();
    small(folder.path());
    reading(&files, rows);
    drawing(&files, rows, folder.path());
}
