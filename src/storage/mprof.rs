//! mprof's recordings (memory_profiler), read as if they were ours.
//!
//! ```text
//! CMDLINE python3 train.py
//! MEM 35.980469 1795429042.1052
//! CHLD 4712 12.500000 1795429042.1060
//! FUNC train.fit 20.1 1795429042.2000 30.2 1795429043.1000 1
//! ```
//!
//! At each step mprof writes `MEM`, in MiB at a unix time, and with `-M` a `CHLD` for each child then. `MEM` is the started process alone, but with `-C`
//! the sum with its children. The file does not tell which: `MEM` becomes process 1 and each `CHLD` a process of its own, so the total is right with
//! `-M`, with `-C`, and with neither; with both at once the children are in it twice, and only process 1 is the total.

use super::lines::{Line, Lines};
use super::seen::Seen;
use super::tally::{Fault, Tally, Why};
use crate::model::{CommandLine, Memory, Name, Pid, ProcessNumber, Row, Sample};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::io::Read;
use std::time::Duration;

/// Longer than any command line that mprof would write.
const LONGEST_LINE: usize = 1 << 20;

/// What a `.dat` holds besides its samples.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MprofRead {
    /// What was read and passed over. `functions` are its `FUNC` lines.
    pub tally: Tally,
    /// The first `CMDLINE`, secrets masked.
    pub command: Option<CommandLine>,
    /// The moment of the first sample, from which `elapsed` counts.
    pub started: Option<DateTime<Utc>>,
}

/// Reads an mprof recording and hands each step to `each` as one tick; the `Sample` is the same one every time.
///
/// Process 1 is `MEM`, with pid 0, for the file does not tell it, and the command's name; children are numbered as they appear, with the number that
/// mprof gave them (a pid, in old versions an index) as pid. Sizes are rounded to bytes. Elapsed times rise strictly: of two steps with one time the
/// second is a microsecond later; steps that go back are passed over.
///
/// # Errors
/// [`Fault::Io`], [`Fault::Empty`], [`Fault::WrongHeader`] where no line is mprof's, [`Fault::NoRows`] where none is a sample.
pub fn read_mprof(input: impl Read, each: &mut dyn FnMut(&Sample)) -> Result<MprofRead, Fault> {
    let mut lines = Lines::new(input, LONGEST_LINE);
    let mut steps = Steps { children: HashMap::new(), ..Steps::default() };
    let mut foreign = None;
    let mut known = false;
    while let Some(line) = lines.next()? {
        let (line, ended) = match line {
            Line::Whole(line) => (line, true),
            Line::Unended(line) => (line, false),
            Line::TooLong => {
                let number = lines.number();
                steps.read.tally.skip(Why::TooLong, number, None);
                continue;
            }
        };
        let line = super::reader::without_mark(line);
        if line.is_empty() {
            continue;
        }
        // The last decimals of a line without end may be missing, which would only shift it a little: but who knows.
        let wrong = if ended { Why::Malformed } else { Why::Torn };
        let taken = ended && steps.take_line(line, each);
        known |= is_mprof(line);
        if !known && foreign.is_none() {
            foreign = Some(line.to_vec());
        }
        if !taken {
            let number = lines.number();
            steps.read.tally.skip(wrong, number, None);
        }
    }
    steps.give(each);
    match (known, foreign) {
        (true, _) if steps.read.tally.rows == 0 => Err(Fault::NoRows(steps.read.tally)),
        (true, _) => Ok(steps.read),
        (false, Some(line)) => Err(Fault::wrong_header(&line)),
        (false, None) => Err(Fault::Empty),
    }
}

/// Whether a line is one of mprof's.
pub(super) fn is_mprof(line: &[u8]) -> bool {
    ["CMDLINE ", "MEM ", "CHLD ", "FUNC "].iter().any(|field| line.starts_with(field.as_bytes()))
}

/// The steps of a file: one tick is gathered at a time.
#[derive(Default)]
struct Steps {
    sample: Sample,
    name: Option<Name>,
    child: Option<Name>,
    seen: Seen,
    children: HashMap<Pid, ProcessNumber>,
    /// The time of the step given away last since the first one, as the file has it and as it was given.
    before: Option<(Duration, Duration)>,
    read: MprofRead,
    lines: u64,
}

impl Steps {
    /// Takes one line; `false` if it is malformed.
    fn take_line(&mut self, line: &[u8], each: &mut dyn FnMut(&Sample)) -> bool {
        self.lines += 1;
        let Ok(line) = std::str::from_utf8(line) else { return false };
        let (field, rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut values = rest.split_ascii_whitespace();
        match field {
            "CMDLINE" => {
                self.read.command.get_or_insert_with(|| CommandLine::masked(arguments(rest)));
                true
            }
            "FUNC" => {
                self.read.tally.functions += 1;
                true
            }
            "MEM" => reading(&mut values).is_some_and(|(rss, time)| {
                self.take(None, rss, time, each);
                true
            }),
            "CHLD" => values.next().and_then(|id| id.parse().ok()).zip(reading(&mut values)).is_some_and(
                |(id, (rss, time)): (Pid, _)| {
                    // `CHLD 0 0.000000`: the child was gone when mprof looked.
                    if id != 0 || rss != 0 {
                        self.take(Some(id), rss, time, each);
                    }
                    true
                },
            ),
            _ => false,
        }
    }

    /// A step ends where one of its lines would come a second time: mprof writes MEM first, and this holds for any other order too.
    fn take(&mut self, child: Option<Pid>, rss: u64, time: DateTime<Utc>, each: &mut dyn FnMut(&Sample)) {
        let next = self.children.len() as ProcessNumber + 2;
        let process = child.map_or(1, |id| *self.children.entry(id).or_insert(next));
        if !self.seen.is_new(process, &self.sample.rows) {
            self.give(each);
            self.seen.is_new(process, &[]);
        }
        if self.sample.rows.is_empty() {
            self.sample.time = time;
        }
        let name = match child {
            None => self.name.get_or_insert_with(|| name_of(self.read.command.as_ref())),
            Some(_) => self.child.get_or_insert_with(|| Name::from_written("child")),
        };
        let memory = Memory { rss: Some(rss), ..Memory::default() };
        self.sample.rows.push(Row { process, pid: child.unwrap_or(0), ppid: 0, name: name.clone(), memory });
    }

    fn give(&mut self, each: &mut dyn FnMut(&Sample)) {
        let rows = self.sample.rows.len() as u64;
        if rows == 0 {
            return;
        }
        let started = *self.read.started.get_or_insert(self.sample.time);
        let since = (self.sample.time - started).to_std().ok();
        let elapsed = match (since, self.before) {
            (Some(since), Some((before, _))) if since < before => None,
            (Some(since), Some((_, given))) => Some(since.max(given + Duration::from_micros(1))),
            (since, None) => since,
            (None, _) => None,
        };
        match elapsed {
            Some(elapsed) => {
                self.sample.elapsed = elapsed;
                self.sample.rows.sort_by_key(|row| row.process);
                each(&self.sample);
                self.before = since.map(|since| (since, elapsed));
                self.read.tally.ticks += 1;
                self.read.tally.rows += rows;
            }
            None => self.read.tally.skip_many(Why::Backwards, rows, self.lines.saturating_sub(rows), None),
        }
        self.sample.rows.clear();
        self.seen.clear();
    }
}

/// `35.980469 1795429042.1052`: MiB and seconds since 1970, as bytes and a moment.
pub(super) fn reading<'a>(values: &mut impl Iterator<Item = &'a str>) -> Option<(u64, DateTime<Utc>)> {
    let mebibytes: f64 = values.next()?.parse().ok()?;
    let seconds: f64 = values.next()?.parse().ok()?;
    let bytes = (mebibytes * 1_048_576.0).round();
    let micros = (seconds * 1e6).round();
    if !(0.0..9.0e18).contains(&bytes) || !(0.0..9.0e18).contains(&micros) || values.next().is_some() {
        return None;
    }
    let time = DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::microseconds(micros as i64))?;
    let time = super::numbers::spelled(time)?;
    Some((bytes as u64, time))
}

/// `python3 'my script.py' x`: mprof puts arguments with blanks in single quotes and escapes nothing; attached by name it leaves Python's list,
/// `['python3', 'x']`.
fn arguments(line: &str) -> Vec<String> {
    let list = line.trim().strip_prefix("['").and_then(|rest| rest.strip_suffix("']"));
    if let Some(list) = list {
        return list.split("', '").map(str::to_owned).collect();
    }
    let mut arguments = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let quoted = rest.strip_prefix('\'').and_then(|inner| {
            let end = inner
                .match_indices('\'')
                .map(|(at, _)| at)
                .find(|at| inner[at + 1..].is_empty() || inner[at + 1..].starts_with(' '))?;
            Some((&inner[..end], &inner[end + 1..]))
        });
        let (argument, behind) =
            quoted.unwrap_or_else(|| rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())));
        arguments.push(argument.to_owned());
        rest = behind.trim_start();
    }
    arguments
}

/// A short name as the kernel would give it: the program's, without its folder.
fn name_of(command: Option<&CommandLine>) -> Name {
    let program = command.and_then(|command| command.arguments().first());
    Name::from_bytes(program.map_or("process", |path| path.rsplit('/').next().unwrap_or(path)).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Elapsed milliseconds, then process and MiB of each row.
    type Step = (u128, Vec<(ProcessNumber, u64)>);

    fn read(text: &str) -> (Vec<Step>, MprofRead) {
        let mut steps = Vec::new();
        let read = read_mprof(text.as_bytes(), &mut |sample| {
            let rows = sample.rows.iter().map(|row| (row.process, row.memory.rss.unwrap() >> 20)).collect();
            steps.push((sample.elapsed.as_millis(), rows));
        });
        (steps, read.unwrap())
    }

    #[test]
    fn a_step_is_its_mem_line_and_the_children_behind_it() {
        let (steps, read) = read(
            "CMDLINE /usr/bin/python3 'my script.py' --password=x\nMEM 10.000000 100.0000\nCHLD 71 1.000000 100.0010\n\
             MEM 11.000000 100.1000\nCHLD 71 2.000000 100.1010\nCHLD 72 3.000000 100.1020\nMEM 12.000000 100.2000\nCHLD 0 0.000000 100.2010\n\
             FUNC a.b 1.0 100.0 2.0 100.1 1\n",
        );
        assert_eq!(steps, [(0, vec![(1, 10), (2, 1)]), (100, vec![(1, 11), (2, 2), (3, 3)]), (200, vec![(1, 12)])]);
        assert_eq!(read.command.unwrap().arguments(), ["/usr/bin/python3", "my script.py", "--password=***"]);
        assert_eq!(read.started, DateTime::from_timestamp(100, 0));
        assert_eq!((read.tally.functions, read.tally.skipped_lines()), (1, 0));
    }

    #[test]
    fn children_may_stand_before_their_mem_line_too() {
        let (steps, _) = read("CHLD 7 1 100.0\nMEM 10 100.01\nCHLD 7 2 100.1\nMEM 11 100.11\n");
        assert_eq!(steps, [(0, vec![(1, 10), (2, 1)]), (100, vec![(1, 11), (2, 2)])]);
    }

    #[test]
    fn steps_of_one_moment_stay_two_and_steps_that_go_back_are_counted() {
        let mut elapsed = Vec::new();
        let text = "MEM 1 100.0\nMEM 2 100.0\nMEM 2 100.0\nMEM 3 99.0\nMEM 4 100.1\n";
        let read = read_mprof(text.as_bytes(), &mut |sample| elapsed.push(sample.elapsed.as_micros())).unwrap();
        assert_eq!(elapsed, [0, 1, 2, 100_000]);
        assert_eq!(read.tally.skipped_for(Why::Backwards), 1);
    }

    #[test]
    fn sizes_are_rounded_to_bytes() {
        let mut rss = None;
        read_mprof(&b"MEM 35.980469 100.0\n"[..], &mut |sample| rss = sample.rows[0].memory.rss).unwrap();
        assert_eq!(rss, Some(37_728_256));
    }

    #[test]
    fn broken_lines_are_counted_not_fatal() {
        let (steps, read) = read(
            "MEM 1 100.0\nMEM x 100.1\nMEM NaN 100.1\nMEM -1 100.1\nMEM 1 1e300\nMEM 1 8e12\nME\n\nMEM 2 100.2 7\n\u{0}\nMEM 3 100.3\nMEM 4 100",
        );
        assert_eq!(steps, [(0, vec![(1, 1)]), (300, vec![(1, 3)])]);
        assert_eq!(read.tally.skipped_for(Why::Malformed), 7);
        assert_eq!(read.tally.skipped_for(Why::Torn), 1);
    }

    #[test]
    fn a_file_that_is_not_mprofs_is_said_to_be_none() {
        let read = |text: &str| read_mprof(text.as_bytes(), &mut |_| {}).unwrap_err();
        assert!(matches!(read(""), Fault::Empty));
        assert!(matches!(read("hello\nworld\n"), Fault::WrongHeader { found } if found == "hello"));
        assert!(matches!(read("CMDLINE x\n"), Fault::NoRows(_)));
    }

    #[test]
    fn the_list_that_attaching_by_name_leaves_is_read() {
        assert_eq!(arguments("['python3', '-c', 'a b']"), ["python3", "-c", "a b"]);
        assert_eq!(arguments("sh -c 'it's a b' "), ["sh", "-c", "it's a b"]);
        assert_eq!(arguments("'unclosed x"), ["'unclosed", "x"]);
    }
}
