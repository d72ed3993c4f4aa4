use crate::model::{Event, Extras, Memory, Name, Row, Sample, What};
use crate::storage::fake::Disk;
use crate::storage::{Report, Writer, read_events, read_samples};
use std::time::Duration;

const LIMIT: u64 = 40_000;

fn tick(number: u64) -> Sample {
    let memory = Memory { rss: Some(number), ..Memory::default() };
    let row = Row { process: 1, pid: 4001, ppid: 1, name: Name::from_bytes(b"sleep"), memory };
    let elapsed = Duration::from_millis(100 * number);
    Sample { time: chrono::DateTime::UNIX_EPOCH + elapsed, elapsed, rows: vec![row], cgroup: None }
}

fn mark(number: u64) -> Event {
    let Sample { time, elapsed, .. } = tick(number);
    Event { time, elapsed, what: What::Mark { label: "here".to_owned(), edge: None } }
}

fn started() -> (Disk, Disk, Writer<Disk>) {
    let (csv, events) = (Disk::new(), Disk::new());
    let writer = Writer::with(csv.clone(), events.clone(), Extras::default(), Some(LIMIT)).unwrap();
    (csv, events, writer)
}

fn numbers(csv: &Disk) -> Vec<u64> {
    let mut numbers = Vec::new();
    let tally = read_samples(csv.text().as_bytes(), &mut |sample| numbers.extend(sample.rows[0].memory.rss));
    assert_eq!(tally.unwrap().skipped, []);
    numbers
}

#[test]
fn a_recording_stays_below_its_size_and_loses_neither_its_ends_nor_a_mark() {
    let (csv, events, mut writer) = started();
    let mut thinned = 0;
    for number in 0..5000 {
        let marks = if number % 500 == 0 { vec![mark(number)] } else { vec![] };
        let reports = writer.write(&tick(number), &marks);
        assert!(reports.iter().all(|report| matches!(report, Report::Thinned { .. })), "{reports:?}");
        thinned += reports.len();
        let size = csv.text().len() + events.text().len();
        assert!((size as u64) < LIMIT, "{size} at {number}");
    }
    assert!(thinned > 3, "{thinned}");
    let numbers = numbers(&csv);
    assert_eq!((numbers.first(), numbers.last()), (Some(&0), Some(&4999)));
    let read = read_events(events.text().as_bytes()).unwrap().events;
    assert_eq!(read.iter().filter(|event| matches!(event.what, What::Mark { .. })).count(), 10);
    assert_eq!(read.iter().filter(|event| matches!(event.what, What::Thinned { .. })).count(), 1);
}

#[test]
fn where_there_is_no_room_to_thin_recording_goes_on_and_that_is_told_once() {
    let (csv, _, mut writer) = started();
    csv.inside().alone = true;
    let reports: Vec<_> = (0..2000).flat_map(|number| writer.write(&tick(number), &[])).collect();
    assert!(matches!(reports[..], [Report::NotThinned { .. }]), "{reports:?}");
    assert_eq!(numbers(&csv).len(), 2000);
    csv.inside().alone = false;
    let reports: Vec<_> = (2000..3000).flat_map(|number| writer.write(&tick(number), &[])).collect();
    assert!(matches!(reports[0], Report::Thinned { .. }), "{reports:?}");
}

#[test]
fn what_somebody_else_has_changed_is_not_put_in_place_of_it() {
    let (csv, _, mut writer) = started();
    let mut number = 0;
    // Until the smaller one is there, and not yet in its place.
    while csv.inside().beside.is_empty() {
        assert!(writer.write(&tick(number), &[]).is_empty());
        number += 1;
    }
    csv.inside().bytes.truncate(20_000);
    let reports: Vec<_> = (number..number + 20).flat_map(|number| writer.write(&tick(number), &[])).collect();
    assert!(reports.iter().any(|report| matches!(report, Report::Cut { .. })), "{reports:?}");
    let mut last = None;
    let tally = read_samples(csv.text().as_bytes(), &mut |sample| last = sample.rows[0].memory.rss).unwrap();
    assert!(tally.ticks > 200, "{tally:?}");
    assert_eq!(last, Some(number + 19));
}

#[test]
fn a_recording_that_ends_while_it_is_thinned_leaves_nothing_behind() {
    let (csv, events, mut writer) = started();
    let mut number = 0;
    while csv.inside().beside.is_empty() {
        assert!(writer.write(&tick(number), &[]).is_empty());
        number += 1;
    }
    drop(writer);
    assert!([csv, events].iter().all(|disk| disk.inside().beside[0].inside().discarded));
}

/// So many processes that a tick is more than is copied at once.
fn wide_tick(number: u64) -> Sample {
    let tick = tick(number);
    let rows = (1..6000).map(|process| Row { process, ..tick.rows[0].clone() }).collect();
    Sample { rows, ..tick }
}

#[test]
fn ticks_of_any_size_are_thinned() {
    const LIMIT: u64 = 8 << 20;
    let (csv, events) = (Disk::new(), Disk::new());
    let mut writer = Writer::with(csv.clone(), events.clone(), Extras::default(), Some(LIMIT)).unwrap();
    let mut thinned = 0;
    for number in 0..60 {
        let reports = writer.write(&wide_tick(number), &[]);
        assert!(reports.iter().all(|report| matches!(report, Report::Thinned { .. })), "{reports:?}");
        thinned += reports.len();
    }
    assert!(thinned > 0);
    assert!(((csv.bytes().len() + events.bytes().len()) as u64) < LIMIT);
}

#[test]
fn a_disk_that_the_command_may_need_is_not_filled_by_thinning() {
    let (csv, _, mut writer) = started();
    csv.inside().free = Some(LIMIT / 2);
    let reports: Vec<_> = (0..1000).flat_map(|number| writer.write(&tick(number), &[])).collect();
    assert!(matches!(reports[..], [Report::NotThinned { .. }]), "{reports:?}");
    assert!(csv.inside().beside.is_empty(), "nothing was written");
    csv.inside().free = Some(LIMIT);
    let reports: Vec<_> = (1000..3000).flat_map(|number| writer.write(&tick(number), &[])).collect();
    assert!(matches!(reports[0], Report::Thinned { .. }), "{reports:?}");
}
