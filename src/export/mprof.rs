//! A recording as mprof would have written it with `-M`.
//!
//! ```text
//! CMDLINE python3 train.py
//! MEM 35.98046875 1795429042.105200
//! CHLD 4712 12.50000000 1795429042.105200
//! ```
//!
//! `MEM` is process 1 and each `CHLD` another process, by its pid, so that nothing is in the file twice and its readers, memrec among them, find every
//! process. Sizes have more decimals than mprof's six: a page is 0.00390625 MiB, and stays exact. Moments are monotonic, from the wall clock of the first tick on.

use crate::model::{CommandLine, Row, Sample, printable};
use chrono::{DateTime, TimeDelta, Utc};
use std::io::{self, Write};

/// What mprof sets in quotes for.
const BLANKS: [char; 2] = [' ', '\t'];

pub(super) struct Steps {
    command: Option<String>,
    began: Option<DateTime<Utc>>,
}

impl Steps {
    pub(super) fn new(command: Option<&CommandLine>) -> Self {
        let line = |command: &CommandLine| command.arguments().iter().map(|word| quoted(word)).collect::<Vec<_>>();
        Self { command: command.map(|command| line(command).join(" ")), began: None }
    }

    /// Writes a tick; how many readings of process 1 it had.
    pub(super) fn write(&mut self, sample: &Sample, out: &mut dyn Write) -> io::Result<u64> {
        let began = match self.began {
            Some(began) => began,
            None => {
                self.write_command(sample, out)?;
                let since = TimeDelta::from_std(sample.elapsed).unwrap_or_default();
                *self.began.insert(sample.time.checked_sub_signed(since).unwrap_or(sample.time))
            }
        };
        let since = TimeDelta::from_std(sample.elapsed).unwrap_or_default();
        let time = began.checked_add_signed(since).unwrap_or(sample.time);
        // No clock shows a moment before 1970, and what lies beyond the year 9999 could not be read again.
        let micros = time.timestamp_micros().clamp(0, LATEST);
        let moment = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
        let mut first = 0;
        // mprof writes MEM before its children.
        for row in sample.rows.iter().filter(|row| row.process == 1) {
            if let Some(bytes) = size(row) {
                writeln!(out, "MEM {:.8} {moment}", mebibytes(bytes))?;
                first += 1;
            }
        }
        for row in sample.rows.iter().filter(|row| row.process != 1) {
            if let Some(bytes) = size(row) {
                writeln!(out, "CHLD {} {:.8} {moment}", row.pid, mebibytes(bytes))?;
            }
        }
        Ok(first)
    }

    /// Where no events tell the command, its short name.
    fn write_command(&mut self, sample: &Sample, out: &mut dyn Write) -> io::Result<()> {
        let name = || sample.rows.first().map(|row| quoted(row.name.as_str()));
        match self.command.take().or_else(name) {
            Some(command) => writeln!(out, "CMDLINE {command}"),
            None => Ok(()),
        }
    }
}

/// A command that was gone before its first reading has the kernel's mark alone.
fn size(row: &Row) -> Option<u64> {
    row.memory.rss.or(row.memory.peak_rss)
}

/// The last second of the year 9999, in microseconds of Unix time.
const LATEST: i64 = 253_402_300_799_000_000;

/// 7 EiB: what is read of mprof's files is not much more.
const LARGEST: u64 = 7 << 60;

fn mebibytes(bytes: u64) -> f64 {
    bytes.min(LARGEST) as f64 / f64::from(1 << 20)
}

/// As mprof has it: in single quotes where there is a blank in it, and else as it is. It stays on its line.
fn quoted(word: &str) -> String {
    let word = printable(&word.replace(['\n', '\r'], " "));
    if word.is_empty() || word.contains(BLANKS) { format!("'{word}'") } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Memory, Name};
    use std::time::Duration;

    fn sample(millis: u64, rows: &[(u32, u32, Option<u64>)]) -> Sample {
        let row = |&(process, pid, rss): &(u32, u32, Option<u64>)| {
            let memory = Memory { rss, ..Memory::default() };
            Row { process, pid, ppid: 1, name: Name::from_written("web"), memory }
        };
        let elapsed = Duration::from_millis(millis);
        let time = DateTime::from_timestamp(1000, 0).expect("a moment") + elapsed;
        Sample { time, elapsed, rows: rows.iter().map(row).collect(), cgroup: None }
    }

    fn written(command: Option<&CommandLine>, samples: &[Sample]) -> (String, u64) {
        let (mut steps, mut out) = (Steps::new(command), Vec::new());
        let first = samples.iter().map(|sample| steps.write(sample, &mut out).expect("into memory")).sum();
        (String::from_utf8(out).expect("text"), first)
    }

    #[test]
    fn the_largest_size_can_be_read_again() {
        let (text, _) = written(None, &[sample(500, &[(1, 71, Some(u64::MAX))])]);
        assert_eq!(text, "CMDLINE web\nMEM 7696581394432.00000000 1000.500000\n");
    }

    #[test]
    fn the_first_process_is_mem_and_the_others_its_children() {
        let command = CommandLine::masked(["python3", "my script.py", "--password=x", "a\nb"]);
        let samples = [
            sample(500, &[(2, 72, Some(4096)), (1, 71, Some(1 << 20))]),
            sample(600, &[(1, 71, None), (2, 72, Some(8192))]),
        ];
        let (text, first) = written(Some(&command), &samples);
        assert_eq!(
            text,
            "CMDLINE python3 'my script.py' --password=*** 'a b'\nMEM 1.00000000 1000.500000\nCHLD 72 0.00390625 1000.500000\n\
             CHLD 72 0.00781250 1000.600000\n"
        );
        assert_eq!(first, 1);
    }

    #[test]
    fn the_example_of_the_documentation_is_true() {
        let mut tick = sample(100, &[(1, 4711, Some(40_345_600)), (2, 4712, Some(12_345_344))]);
        tick.time = "2026-11-23T10:17:22.105Z".parse().expect("a moment");
        let (text, _) = written(Some(&CommandLine::masked(["hypercorn", "app:app"])), &[tick]);
        assert!(include_str!("../../docs/FORMAT.md").contains(&text), "{text}");
    }

    #[test]
    fn a_wall_clock_that_jumps_moves_nothing() {
        let mut jumped = sample(600, &[(1, 71, Some(0))]);
        jumped.time -= TimeDelta::hours(1);
        let (text, _) = written(None, &[sample(500, &[(1, 71, Some(0))]), jumped]);
        assert_eq!(text, "CMDLINE web\nMEM 0.00000000 1000.500000\nMEM 0.00000000 1000.600000\n");
    }
}
