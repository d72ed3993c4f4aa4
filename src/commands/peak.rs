//! `memrec peak`.

use super::plot::{open, tell_skipped};
use super::progress::Progress;
use super::{Failure, talk::print};
use crate::analysis::{Summary, SummaryBuilder, peaks};
use crate::cli::Peak;
use crate::exit::Outcome;
use crate::model::{Metric, printable, shown};
use crate::storage::{Calls, Kind, Recording};

pub(super) fn peak(peak: &Peak) -> Result<Outcome, Failure> {
    let recordings = open(&peak.recordings)?;
    let _progress = Progress::of(&recordings, 1);
    for recording in recordings {
        let calls = peak.function.as_deref().map(|name| calls(&recording, name)).transpose()?;
        let mut summary = SummaryBuilder::new();
        // MEM is process 1; and what of it there was while the function ran.
        let (mut highest, mut of_function) = (None, None);
        let tally = recording
            .samples(&mut |sample| {
                summary.add(sample);
                let main = sample.rows.iter().find(|row| row.process == 1).and_then(|row| row.memory.rss);
                highest = highest.max(main);
                if calls.as_ref().is_some_and(|calls| calls.ran_at(sample.time)) {
                    of_function = of_function.max(main);
                }
            })
            .map_err(|error| Failure::new(Outcome::Failed, error))?;
        tell_skipped(&recording, &tally);
        if let Some(calls) = calls {
            // It was shorter than the time between two samples: what it measured itself.
            highest = of_function.or(Some(calls.highest_at_ends()));
        }
        if recording.kind() == Kind::Mprof && highest.is_none() {
            let path = shown(recording.path());
            let message =
                format!("cannot find a peak: {path}: there is no MEM line in it; plot it to see its children");
            return Err(Failure::new(Outcome::Failed, message));
        }
        print_peaks(&recording, &summary.finish(), highest)?;
    }
    Ok(Outcome::Done)
}

/// When a function ran, which only mprof tells.
fn calls(recording: &Recording, name: &str) -> Result<Calls, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(Outcome::Failed, error);
    let calls = recording.calls_of(name).map_err(|error| failed(&error))?;
    if !calls.is_empty() {
        return Ok(calls);
    }
    let others: Vec<&str> = calls.others().collect();
    let (name, path) = (printable(name), shown(recording.path()));
    Err(failed(&if others.is_empty() {
        format!("cannot find the function: {name}: no functions are timed in {path}; leave --func out")
    } else {
        let others = printable(&others.join(", "));
        format!("cannot find the function: {name}: it is not timed in {path}; give one that is: {others}")
    }))
}

/// `highest`: of mprof's `MEM`.
fn print_peaks(recording: &Recording, summary: &Summary, highest: Option<u64>) -> Result<(), Failure> {
    let name = shown(recording.path());
    let processes = peaks(summary, recording.events());
    match recording.kind() {
        Kind::Mprof => {
            print(format_args!("{name}\t{} MiB", mebibytes(highest.unwrap_or(0))))?;
            for child in processes.iter().filter(|process| process.number != 1) {
                print(format_args!("  Child {}\t\t\t{} MiB", child.pid, mebibytes(child.bytes)))?;
            }
        }
        Kind::Memrec => {
            let total = summary.total(Metric::Rss).map(|total| total.peak.value);
            // A command that was gone before its first reading has a mark of the kernel's at most.
            let total = total.or_else(|| processes.iter().map(|process| process.bytes).max());
            print(format_args!("{name}\t{} MiB", mebibytes(total.unwrap_or(0))))?;
            for process in processes {
                print(format_args!(
                    "  {} ({})\t{} MiB",
                    printable(process.name.as_str()),
                    process.pid,
                    mebibytes(process.bytes)
                ))?;
            }
        }
    }
    Ok(())
}

/// As mprof has it: three decimals.
fn mebibytes(bytes: u64) -> String {
    format!("{:.3}", bytes as f64 / f64::from(1 << 20))
}
