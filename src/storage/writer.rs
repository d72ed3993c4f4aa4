//! A recording being written: one tick, one write into each file.

use super::columns;
use super::encode::RowEncoder;
use super::events::encode_event;
use super::outlet::{Outlet, Output, Part, Report};
use crate::model::{Event, Extras, Sample};
use std::io;
use std::time::Duration;

/// Bytes of events kept while their file takes none. The oldest go first.
const KEPT_EVENTS: usize = 1 << 20;

/// How often it is looked whether the files are still where they were, by the samples' own time.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Writes a recording. What a tick brought is in the files when [`write`](Self::write) returns.
///
/// A file that takes no more bytes is cut back to its last whole record; ticks are then lost and counted, events kept up to a MiB, and every tick
/// tries again.
#[derive(Debug)]
pub struct Writer<O> {
    csv: Outlet<O>,
    events: Outlet<O>,
    rows: RowEncoder,
    /// Lines of events that are not in the file yet.
    pending: Vec<u8>,
    looked: Duration,
}

impl<O: Output> Writer<O> {
    /// Begins a recording in two empty files: the header is in the first one when this returns.
    ///
    /// # Errors
    /// A file that takes no bytes, and which: before the command has started there is nothing yet to be saved by going on.
    pub fn new(csv: O, events: O) -> Result<Self, (Part, io::Error)> {
        Self::with_extras(csv, events, Extras::default())
    }

    /// The same, with further columns.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_extras(csv: O, events: O, extras: Extras) -> Result<Self, (Part, io::Error)> {
        let header = columns::header(extras).into_bytes();
        Ok(Self {
            csv: Outlet::new(csv, Part::Csv, header).map_err(|error| (Part::Csv, error))?,
            events: Outlet::new(events, Part::Events, Vec::new()).map_err(|error| (Part::Events, error))?,
            rows: RowEncoder::new(extras),
            pending: Vec::new(),
            looked: Duration::ZERO,
        })
    }

    /// Writes one tick and what happened since the one before. A sample without rows adds none.
    ///
    /// What is returned is to be told, and is empty nearly always; failures are in it, once each, for a recording goes on through them.
    #[must_use = "the reports are for the user"]
    pub fn write(&mut self, sample: &Sample, events: &[Event]) -> Vec<Report> {
        let mut reports = Vec::new();
        if !sample.rows.is_empty() {
            self.write_rows(sample, &mut reports);
        }
        for event in events {
            encode_event(event, &mut self.pending);
        }
        if !self.pending.is_empty() {
            self.write_events(&mut reports);
        }
        // Not at the very beginning: a file that replaces another one gets its place when the command has started.
        if sample.elapsed >= self.looked + LOOK_EVERY {
            self.looked = sample.elapsed;
            self.csv.look(&mut reports);
            self.events.look(&mut reports);
        }
        reports
    }

    /// Ticks that are not in the samples' file, which takes nothing to this moment.
    pub fn ticks_lost_at_the_end(&self) -> u64 {
        self.csv.outage().unwrap_or(0)
    }

    fn write_rows(&mut self, sample: &Sample, reports: &mut Vec<Report>) {
        let csv = &mut self.csv;
        self.rows.encode(sample, |rows| {
            if !csv.append(rows, reports) {
                csv.lose(1);
            }
        });
    }

    fn write_events(&mut self, reports: &mut Vec<Report>) {
        if self.events.append(&self.pending, reports) {
            self.pending.clear();
            return;
        }
        if self.pending.len() > KEPT_EVENTS {
            let over = self.pending.len() - KEPT_EVENTS;
            let cut = memchr::memchr(b'\n', &self.pending[over..]).map_or(self.pending.len(), |end| over + end + 1);
            let lost = memchr::memchr_iter(b'\n', &self.pending[..cut]).count() as u64;
            self.pending.drain(..cut);
            self.events.lose(lost);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Memory, Name, Row, What};
    use crate::storage::{Place, read_events, read_samples};
    use std::cell::RefCell;
    use std::rc::Rc;

    /// A disk with so much room, and a file on it that others can reach too.
    #[derive(Clone)]
    struct Disk(Rc<RefCell<Inside>>);

    struct Inside {
        bytes: Vec<u8>,
        room: usize,
        writes: usize,
        truncates: bool,
        interrupted: bool,
        place: Place,
    }

    impl Disk {
        fn new() -> Self {
            Self(Rc::new(RefCell::new(Inside {
                bytes: Vec::new(),
                room: usize::MAX,
                writes: 0,
                truncates: true,
                interrupted: false,
                place: Place::There,
            })))
        }

        fn room(&self, left: usize) {
            let mut inside = self.0.borrow_mut();
            inside.room = inside.bytes.len().saturating_add(left);
        }

        fn text(&self) -> String {
            String::from_utf8(self.0.borrow().bytes.clone()).unwrap()
        }
    }

    impl Output for Disk {
        fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut inside = self.0.borrow_mut();
            if std::mem::take(&mut inside.interrupted) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            inside.writes += 1;
            let taken = bytes.len().min(inside.room - inside.bytes.len());
            inside.bytes.extend_from_slice(&bytes[..taken]);
            if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
        }

        fn truncate(&mut self, length: u64) -> io::Result<()> {
            let mut inside = self.0.borrow_mut();
            if !inside.truncates {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            inside.bytes.truncate(length as usize);
            Ok(())
        }

        fn length(&mut self) -> io::Result<u64> {
            Ok(self.0.borrow().bytes.len() as u64)
        }

        fn place(&mut self) -> Place {
            self.0.borrow().place
        }
    }

    fn tick(number: u64) -> Sample {
        let row = |process| Row {
            process,
            pid: 4000 + process,
            ppid: 1,
            name: Name::from_bytes(b"sleep"),
            memory: Memory { rss: Some(number), ..Memory::default() },
        };
        let elapsed = Duration::from_millis(100 * number);
        Sample { time: chrono::DateTime::UNIX_EPOCH + elapsed, elapsed, rows: vec![row(1), row(2)], cgroup: None }
    }

    fn mark(label: &str) -> Event {
        let what = What::Mark { label: label.to_owned() };
        Event { time: chrono::DateTime::UNIX_EPOCH, elapsed: Duration::ZERO, what }
    }

    fn started() -> (Disk, Disk, Writer<Disk>) {
        let (csv, events) = (Disk::new(), Disk::new());
        let writer = Writer::new(csv.clone(), events.clone()).unwrap();
        (csv, events, writer)
    }

    /// The numbers of the ticks that are in the file, and that every line of it is whole.
    fn ticks_in(csv: &Disk) -> Vec<u64> {
        let mut numbers = Vec::new();
        let tally = read_samples(csv.text().as_bytes(), &mut |sample| {
            assert_eq!(sample.rows.len(), 2);
            numbers.push(sample.rows[0].memory.rss.unwrap());
        });
        assert_eq!(tally.unwrap().skipped, []);
        numbers
    }

    #[test]
    fn a_tick_is_one_write_into_each_file() {
        let (csv, events, mut writer) = started();
        assert_eq!(csv.text(), columns::header(Extras::default()), "the header is there before the first tick");
        assert!(writer.write(&tick(1), &[mark("a"), mark("b")]).is_empty());
        assert!(writer.write(&tick(2), &[]).is_empty());
        assert!(writer.write(&Sample::default(), &[]).is_empty());
        assert_eq!((csv.0.borrow().writes, events.0.borrow().writes), (3, 1));
        assert_eq!(ticks_in(&csv), [1, 2]);
    }

    #[test]
    fn a_full_disk_leaves_whole_lines_and_is_told_once_at_each_end() {
        let (csv, _, mut writer) = started();
        assert!(writer.write(&tick(1), &[]).is_empty());
        // Room for one row and a half.
        csv.room(90);
        let reports = writer.write(&tick(2), &[]);
        assert!(
            matches!(&reports[..], [Report::Failing { part: Part::Csv, error }] if error.kind() == io::ErrorKind::StorageFull)
        );
        assert_eq!(ticks_in(&csv), [1], "the piece was taken back");
        for number in 3..6 {
            assert!(writer.write(&tick(number), &[]).is_empty(), "told once");
        }
        csv.room(usize::MAX);
        let reports = writer.write(&tick(6), &[]);
        assert!(matches!(reports[..], [Report::Recovered { part: Part::Csv, lost: 4 }]));
        assert!(writer.write(&tick(7), &[]).is_empty());
        assert_eq!(ticks_in(&csv), [1, 6, 7]);
    }

    #[test]
    fn a_piece_that_cannot_be_taken_back_is_made_a_line_of_its_own() {
        let (csv, _, mut writer) = started();
        assert!(writer.write(&tick(1), &[]).is_empty());
        csv.room(20);
        csv.0.borrow_mut().truncates = false;
        assert_eq!(writer.write(&tick(2), &[]).len(), 1);
        csv.room(usize::MAX);
        assert_eq!(writer.write(&tick(3), &[]).len(), 1);
        let mut numbers = Vec::new();
        let tally = read_samples(csv.text().as_bytes(), &mut |sample| numbers.push(sample.rows[0].memory.rss.unwrap()));
        assert_eq!((numbers, tally.unwrap().skipped_lines()), (vec![1, 3], 1));
    }

    #[test]
    fn events_wait_until_there_is_room_again() {
        let (_, events, mut writer) = started();
        events.room(10);
        assert!(matches!(writer.write(&tick(1), &[mark("a")])[..], [Report::Failing { part: Part::Events, .. }]));
        assert!(writer.write(&tick(2), &[mark("b")]).is_empty());
        assert_eq!((events.text().as_str(), memchr::memchr_iter(b'\n', &writer.pending).count()), ("", 2));
        events.room(usize::MAX);
        assert!(matches!(writer.write(&tick(3), &[])[..], [Report::Recovered { part: Part::Events, lost: 0 }]));
        assert_eq!(read_events(events.text().as_bytes()).unwrap().events, [mark("a"), mark("b")]);
    }

    #[test]
    fn events_that_wait_are_bounded_and_the_oldest_go() {
        let (_, events, mut writer) = started();
        events.room(0);
        let long = "x".repeat(1000);
        for number in 0..1500 {
            let _ = writer.write(&Sample::default(), &[mark(&format!("{number}{long}"))]);
        }
        assert!(writer.pending.len() <= KEPT_EVENTS);
        events.room(usize::MAX);
        let reports = writer.write(&Sample::default(), &[]);
        let [Report::Recovered { lost, .. }] = reports[..] else { panic!("{reports:?}") };
        let read = read_events(events.text().as_bytes()).unwrap();
        assert_eq!((read.events.len() as u64 + lost, read.skipped), (1500, 0));
        assert_eq!(read.events.last(), Some(&mark(&format!("1499{long}"))));
    }

    #[test]
    fn a_file_that_was_emptied_gets_its_header_again() {
        for left in [0, 20] {
            let (csv, _, mut writer) = started();
            assert!(writer.write(&tick(1), &[]).is_empty());
            csv.0.borrow_mut().bytes.truncate(left);
            assert!(matches!(writer.write(&tick(2), &[])[..], [Report::Cut { part: Part::Csv }]));
            assert!(writer.write(&tick(3), &[]).is_empty());
            assert_eq!(ticks_in(&csv), [2, 3]);
        }
    }

    #[test]
    fn a_file_that_was_cut_within_a_row_goes_on_in_a_new_line() {
        let (csv, _, mut writer) = started();
        assert!(writer.write(&tick(1), &[]).is_empty());
        let length = csv.text().len();
        csv.0.borrow_mut().bytes.truncate(length - 8);
        assert_eq!(writer.write(&tick(2), &[]).len(), 1);
        let tally = read_samples(csv.text().as_bytes(), &mut |_| {}).unwrap();
        assert_eq!((tally.ticks, tally.rows, tally.skipped_lines()), (2, 3, 1));
    }

    #[test]
    fn an_interrupted_write_is_no_failure() {
        let (csv, _, mut writer) = started();
        csv.0.borrow_mut().interrupted = true;
        assert!(writer.write(&tick(1), &[]).is_empty());
        assert_eq!(ticks_in(&csv), [1]);
    }

    #[test]
    fn a_file_that_went_away_is_told_once() {
        let (csv, _, mut writer) = started();
        csv.0.borrow_mut().place = Place::Gone;
        let reports: Vec<Report> = (1..40).flat_map(|number| writer.write(&tick(number), &[])).collect();
        assert!(matches!(reports[..], [Report::Gone { part: Part::Csv }]));
        assert_eq!(ticks_in(&csv).len(), 39, "recording goes on");
    }

    #[test]
    fn no_room_for_the_header_is_an_error_at_once() {
        let (full, empty) = (Disk::new(), Disk::new());
        full.room(10);
        assert!(matches!(Writer::new(full.clone(), empty), Err((Part::Csv, _))));
        assert_eq!(full.text(), "");
    }
}
