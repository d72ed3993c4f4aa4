//! The sidecar.

use super::assert_printable;
use memrec::model::{Event, What, steers};
use memrec::storage::{encode_event, read_events};

/// Event lines, whoever wrote them.
pub(crate) fn events(bytes: &[u8]) {
    let read = read_events(bytes).expect("memory can be read");
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    assert!(read.events.len() as u64 + read.skipped <= lines);
    for event in read.events.iter().filter(|event| event.what != What::Unknown) {
        let mut line = Vec::new();
        encode_event(event, &mut line);
        let text = std::str::from_utf8(&line).expect("JSON is text");
        assert_eq!(text.chars().filter(|c| steers(*c)).collect::<String>(), "\n", "{text:?}");
        let again = read_events(&line[..]).expect("memory can be read");
        assert_eq!((again.events.len(), again.skipped), (1, 0), "{text}");
        assert_alike(&again.events[0], event);
        if let What::Spawn { command: Some(command), .. } | What::Exec { command: Some(command), .. } = &event.what {
            assert_printable(&command.to_string());
        }
    }
}

/// The same event, but for the last digit of a fraction, and what is below a millisecond.
fn assert_alike(again: &Event, first: &Event) {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
    assert_eq!(again.time.timestamp_millis(), first.time.timestamp_millis());
    assert!(near(again.elapsed.as_secs_f64(), first.elapsed.as_secs_f64()), "{again:?} {first:?}");
    let mut what = again.what.clone();
    match (&mut what, &first.what) {
        (What::Start(again), What::Start(first)) if near(again.interval_s, first.interval_s) => {
            again.interval_s = first.interval_s;
        }
        (What::Gap { seconds: again, .. }, What::Gap { seconds: first, .. }) if near(*again, *first) => *again = *first,
        (What::End { cpu_s: Some(again), .. }, What::End { cpu_s: Some(first), .. }) if near(*again, *first) => {
            *again = *first;
        }
        _ => {}
    }
    assert_eq!(what, first.what);
}
