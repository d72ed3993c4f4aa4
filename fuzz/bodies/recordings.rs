//! Recordings: ours, mprof's, and what is drawn of them.

use super::assert_printable;
use memrec::analysis::{SummaryBuilder, peaks};
use memrec::export::{Exporter, Format};
use memrec::model::{Extras, METRICS, Sample};
use memrec::plot::{Input, Options, Size, View, chart};
use memrec::storage::fake::Disk;
use memrec::storage::{Fault, Tally, Writer, read_calls, read_mprof, read_samples};
use std::collections::HashSet;

fn written(samples: &[Sample]) -> Vec<u8> {
    let csv = Disk::new();
    let writer = Writer::with(csv.clone(), Disk::new(), Extras::all(), None);
    let mut writer = writer.unwrap_or_else(|(_, error)| panic!("there is room in memory: {error}"));
    for sample in samples {
        assert!(writer.write(sample, &[]).is_empty(), "there is room in memory");
    }
    csv.bytes()
}

fn read(text: &[u8]) -> Result<(Vec<Sample>, Tally), Fault> {
    let mut samples = Vec::new();
    let tally = read_samples(text, &mut |sample| samples.push(sample.clone()))?;
    Ok((samples, tally))
}

/// Time rises, every tick has rows, a process has one in each, and the tally is right.
fn assert_in_order(samples: &[Sample], tally: &Tally) {
    assert!(samples.windows(2).all(|pair| pair[0].elapsed < pair[1].elapsed), "time rises");
    for sample in samples {
        let mut seen = HashSet::new();
        assert!(!sample.rows.is_empty() && sample.rows.iter().all(|row| row.process > 0 && seen.insert(row.process)));
        for row in &sample.rows {
            assert!(!row.name.as_str().chars().any(char::is_control), "{:?}", row.name);
        }
    }
    let rows = samples.iter().map(|sample| sample.rows.len() as u64).sum();
    assert_eq!((tally.ticks, tally.rows), (samples.len() as u64, rows));
    tally.skipped.iter().for_each(|skipped| assert_printable(&skipped.to_string()));
}

/// In either format, whole lines that steer nothing; and what was written for mprof is read as mprof's.
fn assert_exported(samples: &[Sample]) {
    for format in [Format::Jsonl, Format::Mprof] {
        let mut text = Vec::new();
        let mut exporter = Exporter::new(format, None, &mut text);
        samples.iter().for_each(|sample| exporter.take(sample));
        exporter.finish().expect("there is room in memory");
        let lines = std::str::from_utf8(&text).expect("text");
        lines.lines().for_each(assert_printable);
        if format == Format::Jsonl {
            let groups = samples.iter().filter(|sample| sample.cgroup.is_some()).count();
            let rows: usize = samples.iter().map(|sample| sample.rows.len()).sum();
            assert_eq!(lines.lines().count(), groups + rows);
        } else if let Err(fault) = read_mprof(&text[..], &mut |_| {}) {
            assert!(matches!(fault, Fault::NoRows(ref tally) if tally.skipped_lines() == 0), "{fault}");
        }
    }
}

/// A CSV, whoever wrote it.
pub(crate) fn samples(bytes: &[u8]) {
    let (samples, tally) = match read(bytes) {
        Ok(read) => read,
        Err(fault) => return assert_printable(&fault.to_string()),
    };
    assert_in_order(&samples, &tally);
    assert_exported(&samples);
    // What was read and written is what is read again, but for what is below a millisecond.
    let text = written(&samples);
    let (again, tally) = read(&text).expect("what memrec writes it reads");
    assert_eq!(tally.skipped_lines(), 0);
    assert_eq!(again.len(), samples.len());
    for (again, first) in again.iter().zip(&samples) {
        assert_eq!((again.elapsed, &again.rows, again.cgroup), (first.elapsed, &first.rows, first.cgroup));
    }
    assert_eq!(written(&again), text);
    // A further column at the other end turns the fast way off; the same must be read.
    let turned: Vec<u8> = text
        .split_inclusive(|byte| *byte == b'\n')
        .enumerate()
        .flat_map(|(line, text)| [if line == 0 { &b"further,"[..] } else { b"1," }, text].concat())
        .collect();
    assert_eq!(read(&turned).expect("the same").0, again);
}

/// A `.dat` of mprof's.
pub(crate) fn mprof(bytes: &[u8]) {
    let mut samples = Vec::new();
    let read = match read_mprof(bytes, &mut |sample| samples.push(sample.clone())) {
        Ok(read) => read,
        Err(fault) => return assert_printable(&fault.to_string()),
    };
    assert_in_order(&samples, &read.tally);
    assert_exported(&samples);
    for other in read_calls(bytes, "f").expect("from memory").others() {
        assert!(!other.contains(char::is_whitespace));
    }
    assert_eq!(samples[0].elapsed, std::time::Duration::ZERO);
    assert_eq!(read.started, Some(samples[0].time));
    if let Some(command) = read.command {
        assert_printable(&command.to_string());
    }
    let (again, _) = self::read(&written(&samples)).expect("it can be kept as one of ours");
    assert_eq!(again.len(), samples.len());
    for (again, first) in again.iter().zip(&samples) {
        assert_eq!((again.elapsed, &again.rows), (first.elapsed, &first.rows));
    }
}

/// A recording of either kind, summed up, composed to a figure and now and then drawn. The first byte chooses what of it.
pub(crate) fn picture(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let views = [View::Auto, View::Stacked, View::Lines, View::Total];
    let options = Options {
        metric: METRICS[usize::from(choice / 4) % METRICS.len()].metric,
        view: views[usize::from(choice % 4)],
        size: Size { width: 400, height: 300 },
        ..Options::default()
    };
    let stream = |each: &mut dyn FnMut(&Sample)| -> Result<(), Fault> {
        match read_samples(bytes, each) {
            Err(Fault::WrongHeader { .. }) => read_mprof(bytes, each).map(|_| ()),
            read => read.map(|_| ()),
        }
    };
    let mut summary = SummaryBuilder::new();
    if stream(&mut |sample| summary.add(sample)).is_err() {
        return;
    }
    let summary = summary.finish();
    assert!(summary.first <= summary.last && summary.ticks > 0);
    let highest = METRICS.iter().filter_map(|row| summary.total(row.metric));
    highest.for_each(|total| assert!(total.peak.value >= total.last));
    peaks(&summary, &[]);
    let input = Input { name: "fuzz".to_owned(), command: None, events: &[], stream: &|each| Ok(stream(each)?) };
    // Pixels take long.
    let drawn = if *choice < 0xE0 {
        chart(&[input], &options).map(|_| ())
    } else {
        memrec::plot::draw(&[input], &options, memrec::plot::Format::Png, &mut Vec::new())
    };
    if let Err(error) = drawn {
        assert_printable(&error.to_string());
    }
}
