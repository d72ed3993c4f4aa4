//! What was written comes back, whatever it was.

use chrono::{DateTime, Utc};
use memrec::model::{Extras, METRICS, Memory, Metric, Name, Row, Sample};
use memrec::storage::{Output, Place, Stored, Writer, read_samples};
use proptest::prelude::*;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

#[derive(Clone, Default)]
struct InMemory(Arc<Mutex<Vec<u8>>>);

impl InMemory {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().expect("nobody has panicked with it")
    }
}

impl Stored for InMemory {
    fn read_at(&self, to: &mut [u8], offset: u64) -> io::Result<usize> {
        (&self.bytes()[offset as usize..]).read(to)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Output for InMemory {
    type Stored = Self;

    fn stored(&self) -> Self {
        self.clone()
    }

    fn beside(&self) -> io::Result<Self> {
        Ok(Self::default())
    }

    fn take_place_of(&mut self, _: &Self) -> io::Result<()> {
        Ok(())
    }

    fn discard(&mut self) {}

    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.bytes().truncate(length as usize);
        Ok(())
    }

    fn length(&mut self) -> io::Result<u64> {
        Ok(self.bytes().len() as u64)
    }

    fn place(&mut self) -> Place {
        Place::There
    }
}

fn written(samples: &[Sample], extras: Extras) -> Vec<u8> {
    let csv = InMemory::default();
    let mut writer = Writer::with(csv.clone(), InMemory::default(), extras, None).expect("there is room in memory");
    for sample in samples {
        assert_eq!(writer.write(sample, &[]).len(), 0);
    }
    std::mem::take(&mut csv.bytes())
}

fn read(text: &[u8]) -> Vec<Sample> {
    let mut samples = Vec::new();
    let tally = read_samples(text, &mut |sample| samples.push(sample.clone())).expect("a recording");
    assert_eq!(tally.skipped, []);
    samples
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    // Few processes and names, so that ticks repeat each other, and some that are odd.
    let name = prop_oneof![
        4 => "[ab]{1,2}".prop_map(|name| Name::from_bytes(name.as_bytes())),
        1 => proptest::collection::vec(any::<u8>(), 0..15).prop_map(|raw| Name::from_bytes(&raw)),
        1 => "[-=+@',\"\\\\\n]{1,3}".prop_map(|name| Name::from_bytes(name.as_bytes())),
    ];
    let bytes = || prop_oneof![Just(None), any::<Option<u64>>(), (0..1_u64 << 36).prop_map(Some)];
    let memory = proptest::collection::vec(bytes(), METRICS.len()).prop_map(|values| {
        let mut memory = Memory::default();
        METRICS.iter().zip(values).for_each(|(row, value)| row.metric.set(&mut memory, value));
        memory
    });
    let row = (1..4_u32, 1..3_u32, any::<u32>(), name, memory).prop_map(|(process, pid, ppid, name, memory)| Row {
        process,
        pid,
        ppid: ppid % 2,
        name,
        memory,
    });
    proptest::collection::vec(row, 1..5).prop_map(|mut rows| {
        let mut seen = std::collections::HashSet::new();
        rows.retain(|row| seen.insert(row.process));
        rows
    })
}

proptest! {
    #[test]
    fn every_sample_comes_back(
        ticks in proptest::collection::vec((1..100_000_000_u64, rows(), any::<Option<u64>>()), 1..12),
        extras in prop_oneof![Just(Extras::default()), Just(Extras::all()), Just("anon,cgroup".parse().expect("columns"))],
    ) {
        let mut micros = 0;
        let samples: Vec<Sample> = ticks.into_iter().map(|(later, mut rows, cgroup)| {
            // What was not asked for has no column.
            rows.iter_mut().for_each(|row| extras.keep(&mut row.memory));
            let cgroup = cgroup.filter(|_| extras.has(Metric::Cgroup));
            micros += later;
            let time: DateTime<Utc> = DateTime::from_timestamp_millis(1_795_429_042_105 + (micros / 1000) as i64).expect("this century");
            Sample { time, elapsed: Duration::from_micros(micros), rows, cgroup }
        }).collect();
        let text = written(&samples, extras);
        prop_assert_eq!(read(&text), &samples[..]);
        // A further column at the other end turns the fast way off; the same must be read.
        let turned: Vec<u8> = text.split_inclusive(|byte| *byte == b'\n').enumerate()
            .flat_map(|(line, text)| [if line == 0 { &b"further,"[..] } else { b"1," }, text].concat()).collect();
        prop_assert_eq!(read(&turned), samples);
    }

    #[test]
    fn a_recording_damaged_anywhere_still_reads(place in 0..2000_usize, byte: u8, cut in 0..2000_usize) {
        let rows = |tick: u32| vec![Row { process: 1, pid: 7, ppid: tick, name: Name::from_bytes(b"x"), memory: Memory::default() }];
        let samples: Vec<Sample> = (1..40).map(|tick| Sample {
            time: DateTime::UNIX_EPOCH, elapsed: Duration::from_millis(u64::from(tick)), rows: rows(tick), cgroup: None,
        }).collect();
        let mut text = written(&samples, Extras::default());
        let header = text.iter().position(|byte| *byte == b'\n').expect("a header") + 1;
        let length = text.len();
        text[header + place % (length - header)] = byte;
        text.truncate(length - cut % (length - header));
        let mut seen = 0;
        let _ = read_samples(&text[..], &mut |sample| seen += sample.rows.len());
        let lines = text.iter().filter(|byte| **byte == b'\n').count() - 1;
        prop_assert!(seen + 3 >= lines, "one byte costs at most two lines, or a tick that was no good: {seen} of {lines}");
    }
}
