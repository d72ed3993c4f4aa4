//! Samples as lines of CSV.

use super::columns;
use super::numbers;
use crate::model::{Extras, Metric, MetricInfo, Sample};
use std::cell::RefCell;
use std::io;

/// Encodes one sample after another, in buffers that are kept.
#[derive(Debug)]
pub(super) struct RowEncoder {
    csv: csv::Writer<Collected>,
    time: Vec<u8>,
    elapsed: Vec<u8>,
    digits: Vec<u8>,
    guarded: String,
    columns: Vec<&'static MetricInfo>,
    /// Whether the control group has a row.
    group: bool,
}

/// Where the csv crate puts its bytes. It lends its inside only for looking, hence the cell.
#[derive(Debug, Default)]
struct Collected(RefCell<Vec<u8>>);

impl io::Write for Collected {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.get_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl RowEncoder {
    /// For a recording with these further columns.
    pub(super) fn new(extras: Extras) -> Self {
        Self {
            csv: csv::WriterBuilder::new().flexible(true).from_writer(Collected::default()),
            time: Vec::new(),
            elapsed: Vec::new(),
            digits: Vec::new(),
            guarded: String::new(),
            columns: columns::metrics(extras).collect(),
            group: extras.has(Metric::Cgroup),
        }
    }

    /// Hands the rows of a sample to `with`, line ends included.
    pub(super) fn encode(&mut self, sample: &Sample, with: impl FnOnce(&[u8])) {
        let encoded = self.push_rows(sample);
        debug_assert!(encoded.is_ok(), "into memory: {encoded:?}");
        let mut rows = self.csv.get_ref().0.borrow_mut();
        with(&rows);
        rows.clear();
    }

    fn push_rows(&mut self, sample: &Sample) -> csv::Result<()> {
        self.time.clear();
        numbers::push_time(sample.time, &mut self.time);
        self.elapsed.clear();
        numbers::push_elapsed(sample.elapsed, &mut self.elapsed);
        // First: who guesses what a column holds from the first rows then sees a number in every one.
        if let Some(bytes) = sample.cgroup.filter(|_| self.group) {
            self.push_group(bytes)?;
        }
        for row in &sample.rows {
            self.csv.write_field(&self.time)?;
            self.csv.write_field(&self.elapsed)?;
            for number in [row.process, row.pid, row.ppid] {
                self.push_number(Some(u64::from(number)))?;
            }
            let name = row.name.as_str();
            if columns::needs_guard(name) {
                self.guarded.clear();
                self.guarded.push('\'');
                self.guarded.push_str(name);
                self.csv.write_field(&self.guarded)?;
            } else {
                self.csv.write_field(name)?;
            }
            for place in 0..self.columns.len() {
                self.push_number(self.columns[place].metric.of(&row.memory))?;
            }
            self.csv.write_record(None::<&[u8]>)?;
        }
        self.csv.flush()?;
        Ok(())
    }

    /// The row of the control group: process 0, and nothing but its charge.
    fn push_group(&mut self, bytes: u64) -> csv::Result<()> {
        self.csv.write_field(&self.time)?;
        self.csv.write_field(&self.elapsed)?;
        for _ in ["process", "pid", "ppid"] {
            self.push_number(Some(0))?;
        }
        self.csv.write_field(columns::GROUP)?;
        for place in 0..self.columns.len() {
            self.push_number(Some(bytes).filter(|_| self.columns[place].metric == Metric::Cgroup))?;
        }
        self.csv.write_record(None::<&[u8]>)
    }

    fn push_number(&mut self, value: Option<u64>) -> csv::Result<()> {
        self.digits.clear();
        if let Some(value) = value {
            numbers::push_whole(value, &mut self.digits);
        }
        self.csv.write_field(&self.digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Memory, Name, Row};
    use std::time::Duration;

    fn row(process: u32, name: &[u8], rss: Option<u64>) -> Row {
        let memory = Memory { rss, ..Memory::default() };
        Row { process, pid: 4711, ppid: 4700, name: Name::from_bytes(name), memory }
    }

    fn encoded(rows: Vec<Row>) -> String {
        encoded_with("", None, rows)
    }

    fn encoded_with(extras: &str, cgroup: Option<u64>, rows: Vec<Row>) -> String {
        let time = "2026-11-23T10:17:22.105Z".parse().unwrap();
        let mut text = String::new();
        let sample = Sample { time, elapsed: Duration::from_micros(100_213), rows, cgroup };
        let extras = if extras.is_empty() { Extras::default() } else { extras.parse().unwrap() };
        RowEncoder::new(extras).encode(&sample, |rows| text = String::from_utf8(rows.to_vec()).unwrap());
        text
    }

    #[test]
    fn further_columns_stand_behind_the_others_and_the_group_has_a_row_of_its_own() {
        let mut whole = row(1, b"sh", Some(7));
        (whole.memory.anon, whole.memory.threads, whole.memory.cpu) = (Some(5), Some(2), Some(340));
        assert_eq!(
            encoded_with("cgroup,threads,anon", Some(99), vec![whole.clone()]),
            "2026-11-23T10:17:22.105Z,0.100213,0,0,0,[cgroup],,,,,,,,99\n\
             2026-11-23T10:17:22.105Z,0.100213,1,4711,4700,sh,7,,,,,5,2,\n"
        );
        assert_eq!(
            encoded_with("cpu", Some(99), vec![whole]),
            "2026-11-23T10:17:22.105Z,0.100213,1,4711,4700,sh,7,,,,,340\n",
            "what was not asked for is not written"
        );
    }

    #[test]
    fn a_row_is_written_to_the_letter() {
        let mut whole = row(1, b"hypercorn", Some(40_345_600));
        (whole.memory.peak_rss, whole.memory.swap) = (Some(40_345_600), Some(0));
        assert_eq!(
            encoded(vec![whole, row(2, b"sh", None)]),
            "2026-11-23T10:17:22.105Z,0.100213,1,4711,4700,hypercorn,40345600,40345600,0,,\n\
             2026-11-23T10:17:22.105Z,0.100213,2,4711,4700,sh,,,,,\n"
        );
    }

    #[test]
    fn hostile_names_stay_in_their_cell() {
        for (name, cell) in [
            (&b"a,b"[..], r#""a,b""#),
            (b"say \"hi\"", r#""say ""hi""""#),
            (b"=1+1", "'=1+1"),
            (b"-bash", "'-bash"),
            (b"@x,y", "\"'@x,y\""),
            (b"a\nb\r", r"a\x0Ab\x0D"),
            (b"\xff\x1b[2J", r"\xFF\x1B[2J"),
            (b"", ""),
        ] {
            let text = encoded(vec![row(1, name, Some(1))]);
            assert_eq!(text, format!("2026-11-23T10:17:22.105Z,0.100213,1,4711,4700,{cell},1,,,,\n"));
        }
    }
}
