use super::*;
use crate::model::{Memory, Name, Row, What};
use crate::storage::fake::Disk;
use crate::storage::{Place, read_events, read_samples};

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
    let what = What::Mark { label: label.to_owned(), edge: None };
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
    assert_eq!((csv.inside().writes, events.inside().writes), (3, 1));
    assert_eq!(ticks_in(&csv), [1, 2]);
}

#[test]
fn a_full_disk_leaves_whole_lines_and_is_told_once_at_each_end() {
    let (csv, _, mut writer) = started();
    assert!(writer.write(&tick(1), &[]).is_empty());
    // Room for one row and a half.
    csv.leave_room(90);
    let reports = writer.write(&tick(2), &[]);
    assert!(
        matches!(&reports[..], [Report::Failing { part: Part::Csv, error }] if error.kind() == io::ErrorKind::StorageFull)
    );
    assert_eq!(ticks_in(&csv), [1], "the piece was taken back");
    for number in 3..6 {
        assert!(writer.write(&tick(number), &[]).is_empty(), "told once");
    }
    csv.leave_room(usize::MAX);
    let reports = writer.write(&tick(6), &[]);
    let away = Duration::from_millis(500);
    assert!(matches!(reports[..], [Report::Recovered { part: Part::Csv, lost: 4, away: told }] if told == away));
    assert!(writer.write(&tick(7), &[]).is_empty());
    assert_eq!(ticks_in(&csv), [1, 6, 7]);
}

#[test]
fn a_piece_that_cannot_be_taken_back_is_made_a_line_of_its_own() {
    let (csv, _, mut writer) = started();
    assert!(writer.write(&tick(1), &[]).is_empty());
    csv.leave_room(20);
    csv.inside().truncates = false;
    assert_eq!(writer.write(&tick(2), &[]).len(), 1);
    csv.leave_room(usize::MAX);
    assert_eq!(writer.write(&tick(3), &[]).len(), 1);
    let mut numbers = Vec::new();
    let tally = read_samples(csv.text().as_bytes(), &mut |sample| numbers.push(sample.rows[0].memory.rss.unwrap()));
    assert_eq!((numbers, tally.unwrap().skipped_lines()), (vec![1, 3], 1));
}

#[test]
fn events_wait_until_there_is_room_again() {
    let (_, events, mut writer) = started();
    events.leave_room(10);
    assert!(matches!(writer.write(&tick(1), &[mark("a")])[..], [Report::Failing { part: Part::Events, .. }]));
    assert!(writer.write(&tick(2), &[mark("b")]).is_empty());
    assert_eq!((events.text().as_str(), memchr::memchr_iter(b'\n', &writer.pending).count()), ("", 2));
    events.leave_room(usize::MAX);
    assert!(matches!(writer.write(&tick(3), &[])[..], [Report::Recovered { part: Part::Events, lost: 0, .. }]));
    assert_eq!(read_events(events.text().as_bytes()).unwrap().events, [mark("a"), mark("b")]);
}

#[test]
fn events_that_wait_are_bounded_and_the_oldest_go() {
    let (_, events, mut writer) = started();
    events.leave_room(0);
    let long = "x".repeat(1000);
    for number in 0..1500 {
        let _ = writer.write(&Sample::default(), &[mark(&format!("{number}{long}"))]);
    }
    assert!(writer.pending.len() <= KEPT_EVENTS);
    events.leave_room(usize::MAX);
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
        csv.inside().bytes.truncate(left);
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
    csv.inside().bytes.truncate(length - 8);
    assert_eq!(writer.write(&tick(2), &[]).len(), 1);
    let tally = read_samples(csv.text().as_bytes(), &mut |_| {}).unwrap();
    assert_eq!((tally.ticks, tally.rows, tally.skipped_lines()), (2, 3, 1));
}

#[test]
fn an_interrupted_write_is_no_failure() {
    let (csv, _, mut writer) = started();
    csv.inside().interrupted = true;
    assert!(writer.write(&tick(1), &[]).is_empty());
    assert_eq!(ticks_in(&csv), [1]);
}

#[test]
fn a_file_that_went_away_is_told_once() {
    let (csv, _, mut writer) = started();
    csv.inside().place = Place::Gone;
    let reports: Vec<Report> = (1..40).flat_map(|number| writer.write(&tick(number), &[])).collect();
    assert!(matches!(reports[..], [Report::Gone { part: Part::Csv }]));
    assert_eq!(ticks_in(&csv).len(), 39, "recording goes on");
}

#[test]
fn no_room_for_the_header_is_an_error_at_once() {
    let (full, empty) = (Disk::new(), Disk::new());
    full.leave_room(10);
    assert!(matches!(Writer::new(full.clone(), empty), Err((Part::Csv, _))));
    assert_eq!(full.text(), "");
}
