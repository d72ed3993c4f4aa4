//! A recording's rows, streamed back as samples in constant memory. Broken lines are passed over and counted, never fatal.
//!
//! A line is a record: memrec writes no line ends into names, so a stray quote in a damaged file costs its own line only.

use super::columns::Layout;
use super::lines::{Line, Lines};
use super::rows::{NoRow, Rows};
use super::tally::{Fault, Tally, Why};
use super::ticks::Ticks;
use crate::model::Sample;
use std::io::Read;

/// Longer than any row that could be one.
const LONGEST_LINE: usize = 1 << 20;

/// Reads a recording and hands each tick to `each`, in the order of the file; the `Sample` is the same one every time, filled anew.
///
/// Columns are found by their names; further ones are passed over, missing ones read as "not measured". `elapsed` only rises: rows that go back are passed
/// over, and behind a second header they are another recording's, which ends the reading. A last line without end is taken if nothing can be missing
/// from it: all cells there and the last one empty. The row of the control group (process 0, named
/// `[cgroup]`) is [`Sample::cgroup`], never one of `rows`; other rows without a process number are passed over and are not faults.
///
/// # Errors
/// [`Fault::Io`], [`Fault::Empty`], [`Fault::WrongHeader`], or [`Fault::NoRows`] where not one row could be read.
pub fn read_samples(input: impl Read, each: &mut dyn FnMut(&Sample)) -> Result<Tally, Fault> {
    read(input, Way::Fast, each)
}

/// How lines are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The fast way where that can be.
    Fast,
    /// All by the csv crate: for tests, which hold the fast way against this one.
    #[cfg(test)]
    Thorough,
}

fn read(input: impl Read, way: Way, each: &mut dyn FnMut(&Sample)) -> Result<Tally, Fault> {
    let mut lines = Lines::new(input, LONGEST_LINE);
    let (header, mut layout) = read_header(&mut lines)?;
    layout.ours &= way == Way::Fast;
    let mut rows = Rows::new(layout);
    let mut ticks = Ticks::default();
    loop {
        read_plain_lines(&mut lines, &mut rows, &mut ticks, each);
        // What the fast way leaves: an odd line, one that is not read to its end yet, or the end.
        let number = lines.number() + 1;
        let Some(line) = lines.next()? else { break };
        match line {
            Line::Whole(line) => read_line(line, number, &header, &mut rows, &mut ticks, each),
            Line::Unended(line) => match line.ends_with(b",").then(|| rows.read_any(line)) {
                Some(Ok(row)) => ticks.take(&row, &rows.memory, number, each),
                Some(Err(NoRow::NoProcess)) => {}
                _ => ticks.tally.skip(Why::Torn, number, None),
            },
            Line::TooLong => ticks.tally.skip(Why::TooLong, number, None),
        }
    }
    let tally = ticks.finish(each);
    if tally.rows == 0 { Err(Fault::NoRows(tally)) } else { Ok(tally) }
}

/// As many lines as can be read the fast way, straight from what has been read of the file.
fn read_plain_lines<R: Read>(lines: &mut Lines<R>, rows: &mut Rows, ticks: &mut Ticks, each: &mut dyn FnMut(&Sample)) {
    loop {
        let text = lines.waiting();
        let read = rows.read_plain(text, ticks);
        // Not moved from where it is, for it is large and there are many.
        let Some((row, length)) = &read else { return };
        let end = match text[*length..] {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return,
        };
        ticks.take(row, &rows.memory, lines.number() + 1, each);
        let line = length + end;
        lines.pass(line);
    }
}

#[inline]
fn read_line(
    line: &[u8],
    number: u64,
    header: &[u8],
    rows: &mut Rows,
    ticks: &mut Ticks,
    each: &mut dyn FnMut(&Sample),
) {
    match rows.read_plain(line, ticks) {
        Some((row, length)) if length == line.len() => ticks.take(&row, &rows.memory, number, each),
        _ => read_odd_line(line, number, header, rows, ticks, each),
    }
}

#[cold]
fn read_odd_line(
    line: &[u8],
    number: u64,
    header: &[u8],
    rows: &mut Rows,
    ticks: &mut Ticks,
    each: &mut dyn FnMut(&Sample),
) {
    // A file that was cut while somebody wrote at his old place in it begins anew behind a run of NULs.
    let line = &line[line.iter().take_while(|byte| **byte == 0).count()..];
    if line.is_empty() {
        return;
    }
    if without_mark(line) == header {
        return ticks.second_header();
    }
    let read = if line.contains(&0) { Err(NoRow::Malformed(None)) } else { rows.read_any(line) };
    match read {
        Ok(row) => ticks.take(&row, &rows.memory, number, each),
        Err(NoRow::NoProcess) => {}
        Err(NoRow::Malformed(column)) => ticks.tally.skip(Why::Malformed, number, column),
    }
}

/// The first line that is not empty, which must be a header.
fn read_header<R: Read>(lines: &mut Lines<R>) -> Result<(Vec<u8>, Layout), Fault> {
    loop {
        let line = match lines.next()? {
            Some(Line::Whole(line) | Line::Unended(line)) => line,
            Some(Line::TooLong) => return Err(Fault::wrong_header(b"a line without end")),
            None => return Err(Fault::Empty),
        };
        let line = without_mark(line);
        if line.is_empty() {
            continue;
        }
        return match layout_of(line) {
            Some(layout) => Ok((line.to_vec(), layout)),
            None => Err(Fault::wrong_header(line)),
        };
    }
}

/// The layout that a header line tells; `None` where it is not one of ours.
pub(super) fn layout_of(line: &[u8]) -> Option<Layout> {
    let unquoted = |name: &'_ [u8]| -> Vec<u8> { name.iter().copied().filter(|byte| *byte != b'"').collect() };
    let names: Vec<Vec<u8>> = line.split(|byte| *byte == b',').map(unquoted).collect();
    Layout::of(names.iter().map(|name| name.trim_ascii()))
}

/// Without the byte order mark that some editors put first, and NULs.
pub(super) fn without_mark(line: &[u8]) -> &[u8] {
    let line = &line[line.iter().take_while(|byte| **byte == 0).count()..];
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
}

#[cfg(test)]
#[path = "reader_ways_tests.rs"]
mod ways_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Extras, Name};
    use crate::storage::columns;

    const A: &str = "2026-11-23T10:17:22.105Z,0.100213,1,4711,4700,hypercorn,40345600,40345600,0,,\n";
    const B: &str = "2026-11-23T10:17:22.105Z,0.100213,2,4712,4711,\"a,b\",1000,,,,\n";
    const C: &str = "2026-11-23T10:17:22.205Z,0.200213,1,4711,4700,hypercorn,50345600,50345600,0,7,\n";
    const D: &str = "2026-11-23T10:17:22.305Z,0.300213,1,4711,4700,hypercorn,60345600,60345600,0,,\n";

    fn read(text: impl AsRef<[u8]>) -> (Vec<Sample>, Tally) {
        let mut samples = Vec::new();
        let tally = read_samples(text.as_ref(), &mut |sample| samples.push(sample.clone())).unwrap();
        (samples, tally)
    }

    fn with_header(rows: &[&str]) -> String {
        columns::header(Extras::default()) + &rows.concat()
    }

    /// The milliseconds at which there is a tick.
    fn ticks(text: &str) -> (Vec<u128>, Tally) {
        let (samples, tally) = read(text);
        (samples.iter().map(|sample| sample.elapsed.as_millis()).collect(), tally)
    }

    #[test]
    fn rows_of_one_tick_become_one_sample() {
        let (samples, tally) = read(with_header(&[A, B, C]));
        assert_eq!((tally.ticks, tally.rows, tally.skipped_lines()), (2, 3, 0));
        assert_eq!(samples[0].rows[1].name, Name::from_bytes(b"a,b"));
        assert_eq!(samples[0].rows[1].memory.peak_rss, None);
        assert_eq!(samples[1].rows.len(), 1);
        assert_eq!(samples[1].rows[0].memory.pss, Some(7));
        assert_eq!(samples[1].time.timestamp_subsec_millis(), 205);
    }

    #[test]
    fn a_torn_last_line_is_counted_not_fatal() {
        let whole = with_header(&[A, C]);
        for cut in 2..C.len() {
            let (seen, tally) = ticks(&whole[..whole.len() - cut]);
            assert_eq!((seen, tally.skipped_for(Why::Torn)), (vec![100], 1), "{cut} bytes short");
            assert_eq!(tally.skipped[0].first_line, 3);
        }
    }

    #[test]
    fn a_last_line_without_end_counts_where_nothing_can_be_missing() {
        assert_eq!(ticks(with_header(&[A, C]).trim_end()).0, [100, 200]);
        let filled = C.replace(",7,", ",7,8");
        assert_eq!(ticks(with_header(&[A, &filled]).trim_end()).0, [100], "perhaps it was 87");
    }

    #[test]
    fn malformed_middle_lines_are_passed_over_and_the_first_is_named() {
        let garbage = "2026-11-23T10:17:22.205Z,0.2002\n\n\"\"\"\nhello\n1,2,3,4,5,6,7,8,9,10,11\n";
        let (seen, tally) = ticks(&with_header(&[A, garbage, D]));
        assert_eq!(seen, [100, 300]);
        assert_eq!((tally.skipped_for(Why::Malformed), tally.skipped[0].first_line), (4, 3));
    }

    #[test]
    fn marks_returns_and_nuls_do_no_harm() {
        let text = format!("\u{feff}{}", with_header(&[A, "\0\0\0\0", C]).replace('\n', "\r\n"));
        assert_eq!(ticks(&text).0, [100, 200]);
        let (seen, tally) = ticks(&with_header(&[A, &C.replace("hyper", "hy\0er"), "\0\0\n", D]));
        assert_eq!((seen, tally.skipped_for(Why::Malformed)), (vec![100, 300], 1));
    }

    #[test]
    fn bytes_that_are_no_text_cost_no_row() {
        let latin =
            [columns::header(Extras::default()).as_bytes(), &A.as_bytes()[..52], b"\xe9", &A.as_bytes()[52..]].concat();
        assert_eq!(read(latin).0[0].rows[0].memory.rss, Some(40_345_600));
    }

    #[test]
    fn a_line_without_end_is_passed_over() {
        let endless = "x".repeat(3 * LONGEST_LINE);
        let (seen, tally) = ticks(&with_header(&[A, &endless, "\n", D]));
        assert_eq!((seen, tally.skipped_for(Why::TooLong)), (vec![100, 300], 1));
    }

    #[test]
    fn a_process_has_one_row_in_a_tick() {
        let (samples, tally) = read(with_header(&[A, A, C, C, D]));
        assert!(samples.iter().all(|sample| sample.rows.len() == 1));
        assert_eq!(tally.skipped_for(Why::Repeated), 2);
    }

    #[test]
    fn time_never_goes_back() {
        let late = D.replace("0.300", "0.400");
        let (seen, tally) = ticks(&with_header(&[C, D, A, &late]));
        assert_eq!((seen, tally.skipped_for(Why::Backwards)), (vec![200, 300, 400], 1));
    }

    #[test]
    fn one_wild_time_costs_one_tick_and_not_the_rest() {
        let wild = C.replace("0.200213", "999999.200213");
        let (seen, tally) = ticks(&with_header(&[A, &wild, D, &D.replace("0.300", "0.400")]));
        assert_eq!((seen, tally.skipped_for(Why::Backwards)), (vec![100, 300, 400], 1));
        assert_eq!(ticks(&with_header(&[&wild, A, D])).0, [100, 300], "be it the very first");
    }

    #[test]
    fn of_two_recordings_in_one_file_the_first_is_read() {
        let one = with_header(&[A, C, D]);
        let (seen, tally) = ticks(&format!("{one}{one}"));
        assert_eq!((seen, tally.skipped_for(Why::OtherRecording)), (vec![100, 200, 300], 3));
    }

    #[test]
    fn the_pieces_of_a_rotated_recording_are_read_as_one() {
        let (seen, tally) = ticks(&format!("{}{}", with_header(&[A, C]), with_header(&[D])));
        assert_eq!((seen, tally.skipped_lines()), (vec![100, 200, 300], 0));
    }

    #[test]
    fn older_and_newer_recordings_read() {
        let old =
            "time,elapsed_s,process,pid,ppid,name,rss_bytes\n2026-11-23T10:17:22.105Z,0.1,1,4711,4700,sh,40345600\n";
        let new = with_header(&[A]).replace('\n', ",5\n").replacen(",5\n", ",anon_bytes\n", 1);
        let group = "2026-11-23T10:17:22.105Z,0.100213,,0,,[cgroup],,,,,,123456\n";
        for text in [old.to_owned(), new.clone(), new + group] {
            let (samples, tally) = read(&text);
            assert_eq!((samples[0].rows.len(), tally.skipped_lines()), (1, 0), "{text}");
            assert_eq!(samples[0].rows[0].memory.rss, Some(40_345_600));
        }
    }

    #[test]
    fn the_groups_charge_belongs_to_its_tick_wherever_its_row_stands() {
        let header = columns::header("cgroup".parse().unwrap());
        let process = |elapsed: &str, number| format!("2026-11-23T10:17:22.105Z,{elapsed},{number},7,1,sh,5,,,,,\n");
        let group =
            |elapsed: &str, charge| format!("2026-11-23T10:17:22.105Z,{elapsed},0,0,0,[cgroup],,,,,,{charge}\n");
        let (a, b, c) = ("0.100000", "0.200000", "0.300000");
        for text in [
            // First, in between, last; with none in the third tick, and one of a tick that has no processes.
            [group(a, 10), process(a, 1), process(a, 2), group(b, 20), process(b, 1), process(c, 1), group("0.4", 40)],
            [process(a, 1), group(a, 10), process(a, 2), process(b, 1), group(b, 20), group("0.25", 40), process(c, 1)],
        ] {
            let (samples, tally) = read(header.clone() + &text.concat());
            let seen: Vec<_> = samples.iter().map(|sample| (sample.cgroup, sample.rows.len())).collect();
            assert_eq!(seen, [(Some(10), 2), (Some(20), 1), (None, 1)]);
            assert_eq!((tally.rows, tally.skipped_lines()), (4, 0), "the group is no process");
        }
        let (samples, tally) = read(header + &[group(a, 10), group(a, 11), process(a, 1), group(a, 12)].concat());
        assert_eq!((samples.len(), tally.skipped_for(Why::Repeated)), (1, 2));
    }

    #[test]
    fn columns_may_stand_in_any_order() {
        let text = "rss_bytes,name,ppid,pid,process,elapsed_s,time\n7,'-bash,1,2,3,0.5,2026-11-23 10:17:22+00:00\n";
        let row = &read(text).0[0].rows[0];
        assert_eq!((row.process, row.pid, row.ppid, row.name.as_str()), (3, 2, 1, "-bash"));
        assert_eq!((row.memory.rss, row.memory.uss), (Some(7), None));
    }

    #[test]
    fn processes_that_change_places_keep_their_names() {
        let row = |elapsed, process, name| format!("2026-11-23T10:17:22.105Z,{elapsed},{process},7,1,{name},5,,,,\n");
        let text = with_header(&[
            &row("0.100000", 1, "a"),
            &row("0.100000", 2, "b"),
            &row("0.100000", 3, "c"),
            &row("0.200000", 2, "b"),
            &row("0.200000", 3, "c"),
            &row("0.300000", 2, "b2"),
            &row("0.300000", 3, "c"),
            &row("0.300000", 4, "a"),
        ]);
        let names: Vec<String> = read(&text)
            .0
            .iter()
            .map(|sample| sample.rows.iter().map(|row| format!("{}{} ", row.process, row.name)).collect())
            .collect();
        assert_eq!(names, ["1a 2b 3c ", "2b 3c ", "2b2 3c 4a "]);
    }

    #[test]
    fn what_is_no_recording_is_said() {
        let fault = |text: &str| read_samples(text.as_bytes(), &mut |_| {}).unwrap_err();
        assert!(matches!(fault(""), Fault::Empty));
        assert!(matches!(fault("\n\n"), Fault::Empty));
        assert!(matches!(fault("a,b\n1,2\n"), Fault::WrongHeader { found } if found == "a,b"));
        assert!(matches!(fault(&"x".repeat(2 * LONGEST_LINE)), Fault::WrongHeader { .. }));
        assert!(matches!(fault(&columns::header(Extras::default())), Fault::NoRows(_)));
        assert!(matches!(fault(&with_header(&["x\n"])), Fault::NoRows(tally) if tally.skipped_lines() == 1));
    }
}
