use super::*;
use crate::model::{Event, Exit, GapCause, Memory, Name, Row, Sample, What};
use crate::storage::events::encode_event;
use crate::storage::fake::Disk;
use crate::storage::{columns, encode::RowEncoder, read_events, read_samples};
use chrono::DateTime;
use proptest::prelude::*;

fn at(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn row(process: u32, rss: u64) -> Row {
    let memory = Memory { rss: Some(rss), peak_rss: Some(rss), ..Memory::default() };
    Row { process, pid: 1000 + process, ppid: 1, name: Name::from_bytes(b"a,b"), memory }
}

fn sample(millis: u64, rows: Vec<Row>) -> Sample {
    Sample { time: DateTime::UNIX_EPOCH + at(millis), elapsed: at(millis), rows, cgroup: None }
}

fn event(millis: u64, what: What) -> Event {
    Event { time: DateTime::UNIX_EPOCH + at(millis), elapsed: at(millis), what }
}

fn spawn(millis: u64, process: u32) -> Event {
    let name = Name::from_bytes(b"sh");
    event(millis, What::Spawn { process, pid: 1000 + process, ppid: 1, name, command: None })
}

fn exit(millis: u64, process: u32, peak: u64) -> Event {
    let exit = Exit {
        process,
        pid: 1000 + process,
        peak_rss_bytes: Some(peak),
        peak_from: None,
        status: None,
        oom_kill: false,
    };
    event(millis, What::Exit(exit))
}

fn mark(millis: u64, label: &str) -> Event {
    event(millis, What::Mark { label: label.to_owned(), edge: None })
}

/// A recording, thinned: its samples, its events, and how many bytes they take.
struct Thin {
    samples: Vec<Sample>,
    events: Vec<Event>,
    bytes: u64,
    thinned: Thinned,
}

fn stored(bytes: Vec<u8>) -> (Disk, u64) {
    let (disk, length) = (Disk::new(), bytes.len() as u64);
    disk.inside().bytes = bytes;
    (disk, length)
}

fn thinned(samples: &[Sample], events: &[Event], room: u64) -> Thin {
    let mut csv = columns::header(Extras::default()).into_bytes();
    let mut rows = RowEncoder::new(Extras::default());
    samples.iter().for_each(|sample| rows.encode(sample, |rows| csv.extend_from_slice(rows)));
    let mut lines = Vec::new();
    events.iter().for_each(|event| encode_event(event, &mut lines));
    let ((csv, csv_length), (lines, lines_length)) = (stored(csv), stored(lines));
    let (mut to_csv, mut to_events) = (Vec::new(), Vec::new());
    let whole = (&Section::new(&csv, 0..csv_length), &Section::new(&lines, 0..lines_length));
    let thinned =
        thin(whole, Extras::default(), Aim { room, limit: 2 * room, at: at(3_700_000) }, (&mut to_csv, &mut to_events))
            .unwrap();
    let mut samples = Vec::new();
    let tally = read_samples(&to_csv[..], &mut |sample| samples.push(sample.clone())).unwrap();
    let events = read_events(&to_events[..]).unwrap();
    assert_eq!((tally.skipped, events.skipped), (vec![], 0));
    Thin { samples, events: events.events, bytes: (to_csv.len() + to_events.len()) as u64, thinned }
}

/// Every second a tick of a server and a worker.
fn hour() -> Vec<Sample> {
    let size = |number: u64| 10_000_000 + (number * 7919) % 1_000_003;
    (0..3600).map(|number| sample(number * 1000, vec![row(1, size(number)), row(2, size(number) / 3)])).collect()
}

/// How many ticks and processes are said to be left out.
fn tallies(events: &[Event]) -> (u64, u64) {
    let [.., thinned, note] = events else { panic!("{events:?}") };
    assert_eq!((thinned.elapsed, note.elapsed), (at(3_700_000), at(3_700_000)), "when it was");
    assert!(matches!(&note.what, What::Note { text } if text.starts_with("thinned to stay below")), "{note:?}");
    match thinned.what {
        What::Thinned { ticks, processes, .. } => (ticks, processes),
        _ => panic!("{thinned:?}"),
    }
}

#[test]
fn an_hour_is_told_in_the_room_that_there_is_and_its_last_minutes_in_full() {
    let (samples, room) = (hour(), 100_000);
    let events = [spawn(0, 1), spawn(0, 2), mark(1_234_500, "warm")];
    let thin = thinned(&samples, &events, room);
    assert!(thin.bytes <= room && thin.bytes > room / 2, "{} of {room}", thin.bytes);
    assert!(thin.events.starts_with(&events), "they have room");
    let What::Thinned { until_s, span_s, ticks, processes } = thin.events[3].what else { panic!("{:?}", thin.events) };
    assert_eq!((until_s, span_s), (thin.thinned.until.as_secs_f64(), thin.thinned.span.as_secs_f64()));
    assert_eq!((ticks, processes), (3600 - thin.samples.len() as u64, 0));
    let full: Vec<_> = samples.iter().filter(|sample| sample.elapsed >= thin.thinned.until).collect();
    assert!(full.len() > 100);
    assert!(
        thin.samples.iter().rev().zip(full.iter().rev()).all(|(kept, was)| kept == *was),
        "the latest are all there"
    );
    // What is left tells of every span, the first tick of all included.
    assert_eq!(thin.samples[0], samples[0]);
    for pair in thin.samples.windows(2) {
        assert!(pair[1].elapsed - pair[0].elapsed <= thin.thinned.span + at(1000), "{:?}", pair[0].elapsed);
    }
}

#[test]
fn the_peak_of_every_process_is_kept_and_the_lowest_total() {
    let mut samples = hour();
    samples[500].rows[1].memory.rss = Some(9_000_000);
    samples[700].rows[0].memory.peak_rss = Some(50_000_000);
    samples[900].rows.push(row(3, 77));
    samples[1100].rows = vec![row(1, 1)];
    samples[1300].rows[0].memory.pss = Some(5);
    let thin = thinned(&samples, &[], 30_000);
    for place in [500, 700, 900, 1100, 1300] {
        assert!(thin.samples.contains(&samples[place]), "{place}");
    }
}

#[test]
fn both_sides_of_a_hole_are_kept() {
    let mut samples = hour();
    samples.drain(1000..1123);
    let cause = GapCause::Late;
    let gap = event(1_123_000, What::Gap { cause, ticks_missed: 123, seconds: 124.0 });
    let thin = thinned(&samples, std::slice::from_ref(&gap), 20_000);
    let after = thin.samples.iter().position(|sample| sample.elapsed == at(1_123_000)).unwrap();
    assert_eq!(thin.samples[after - 1].elapsed, at(999_000));
    assert_eq!(thin.events[0], gap);
}

#[test]
fn lives_that_are_over_become_a_number_but_for_the_largest() {
    let samples = hour();
    let mut events = vec![spawn(0, 1), spawn(0, 2)];
    for process in 3..3000 {
        let millis = u64::from(process) * 1000;
        events.extend([spawn(millis, process), exit(millis + 10, process, u64::from(process % 100))]);
        if process % 1000 == 0 {
            events.push(mark(millis + 20, "thousand"));
        }
    }
    let thin = thinned(&samples, &events, 100_000);
    assert!(thin.bytes <= 100_000, "{}", thin.bytes);
    let count = |wanted: fn(&What) -> bool| thin.events.iter().filter(|event| wanted(&event.what)).count();
    let (spawned, ended) =
        (count(|what| matches!(what, What::Spawn { .. })), count(|what| matches!(what, What::Exit(_))));
    assert_eq!(spawned, ended + 2, "both of a pair, and those that live");
    assert_eq!(count(|what| matches!(what, What::Mark { .. })), 2);
    let highest = |event: &&Event| matches!(&event.what, What::Exit(exit) if exit.peak_rss_bytes == Some(99));
    assert_eq!(thin.events.iter().filter(highest).count(), 30, "the largest have kept their events");
    let processes = tallies(&thin.events).1;
    assert_eq!(processes + spawned as u64, 2999);
    // And once more: what was left out before stays counted.
    let again = thinned(&thin.samples, &thin.events, 20_000);
    assert_eq!(tallies(&again.events).0, 3600 - again.samples.len() as u64);
    assert!(tallies(&again.events).1 > processes);
    assert_eq!(again.events.iter().filter(|event| matches!(event.what, What::Thinned { .. })).count(), 1);
}

#[test]
fn counts_of_a_span_are_added_up() {
    let samples = hour();
    let count = |number: u64| event(number * 1000, What::Count { name: "ok".to_owned(), number: number % 10 });
    let events: Vec<_> = (0..3600).map(count).collect();
    let sum = |events: &[Event]| -> u64 {
        events.iter().map(|event| if let What::Count { number, .. } = event.what { number } else { 0 }).sum()
    };
    let thin = thinned(&samples, &events, 200_000);
    assert_eq!(sum(&thin.events), sum(&events));
    assert!(thin.events.len() < 2000, "{}", thin.events.len());
    assert!(thin.events.is_sorted_by_key(|event| event.elapsed));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_was_recorded_its_highest_and_lowest_totals_stay(
        ticks in proptest::collection::vec((1..500_u64, proptest::collection::vec(0..1_u64 << 40, 1..5)), 1..100),
        room in 1000..20_000_u64,
    ) {
        let mut millis = 0;
        let samples: Vec<_> = ticks.into_iter().map(|(pause, sizes)| {
            millis += pause;
            sample(millis, (1..).zip(sizes).map(|(process, rss)| row(process, rss)).collect())
        }).collect();
        let thin = thinned(&samples, &[], room);
        let total = |sample: &Sample| sample.rows.iter().filter_map(|row| row.memory.rss).sum::<u64>();
        prop_assert_eq!(thin.samples.iter().map(total).max(), samples.iter().map(total).max());
        prop_assert_eq!(thin.samples.iter().map(total).min(), samples.iter().map(total).min());
        let was = |kept: &Sample| samples.binary_search_by_key(&kept.elapsed, |sample| sample.elapsed);
        prop_assert!(thin.samples.iter().all(|kept| was(kept).is_ok_and(|place| samples[place] == *kept)), "nothing is invented");
        prop_assert!(thin.samples.is_sorted_by_key(|sample| sample.elapsed));
    }
}

#[test]
fn where_the_events_alone_are_too_many_what_is_known_of_earlier_thinnings_stays() {
    let first = thinned(&hour(), &[spawn(0, 1), spawn(0, 2)], 100_000);
    let mut events = first.events.clone();
    let storm = (3..2000).flat_map(|process| [spawn(3_600_000, process), exit(3_600_010, process, 1)]);
    events.extend(storm);
    let room = first.bytes * 3 / 2;
    let again = thinned(&first.samples, &events, room);
    assert!(again.samples == first.samples, "they fit");
    assert_eq!((again.thinned.until, again.thinned.span), (first.thinned.until, first.thinned.span));
    let (ticks, processes) = tallies(&again.events);
    assert_eq!(ticks, tallies(&first.events).0);
    assert!(processes > 0 && again.bytes <= room, "{processes} {}", again.bytes);
}

#[test]
fn of_too_many_holes_the_longest_are_kept() {
    let mut samples = hour();
    // Every tenth tick is missing, and once a minute of them.
    samples.retain(|sample| {
        let second = sample.elapsed.as_secs();
        second % 10 != 5 && !(1000..1060).contains(&second)
    });
    let gaps = samples.windows(2).filter(|pair| pair[1].elapsed - pair[0].elapsed > at(1000)).map(|pair| {
        let seconds = (pair[1].elapsed - pair[0].elapsed).as_secs_f64();
        Event {
            time: pair[1].time,
            elapsed: pair[1].elapsed,
            what: What::Gap { cause: GapCause::Late, ticks_missed: seconds as u64, seconds },
        }
    });
    let gaps: Vec<_> = gaps.collect();
    assert!(gaps.len() > 300);
    let thin = thinned(&samples, &gaps, 40_000);
    assert!(thin.bytes <= 40_000, "{}", thin.bytes);
    let longest =
        thin.samples.windows(2).find(|pair| pair[0].elapsed < at(1_030_000) && pair[1].elapsed > at(1_030_000));
    let (before, after) = longest.map(|pair| (pair[0].elapsed, pair[1].elapsed)).unwrap();
    assert_eq!((before, after), (at(999_000), at(1_060_000)));
    assert!(thin.events.iter().any(|event| event.elapsed == at(1_060_000)), "and told");
}
