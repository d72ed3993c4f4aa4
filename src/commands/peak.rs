//! `memrec peak`.

use super::plot::{open, tell_skipped};
use super::{Failure, talk::print};
use crate::analysis::{Summary, SummaryBuilder, peaks};
use crate::cli::Peak;
use crate::exit::Outcome;
use crate::model::{Metric, printable, shown};
use crate::storage::{Kind, Recording};

pub(super) fn peak(peak: &Peak) -> Result<Outcome, Failure> {
    for recording in open(&peak.recordings)? {
        let mut summary = SummaryBuilder::new();
        let tally = recording
            .samples(&mut |sample| summary.add(sample))
            .map_err(|error| Failure::new(Outcome::Failed, error))?;
        tell_skipped(&recording, &tally);
        print_peaks(&recording, &summary.finish())?;
    }
    Ok(Outcome::Done)
}

fn print_peaks(recording: &Recording, summary: &Summary) -> Result<(), Failure> {
    let name = shown(recording.path());
    let mut processes = peaks(summary, recording.events());
    match recording.kind() {
        // MEM is process 1, and mprof's own peak is its highest.
        Kind::Mprof => {
            let children = processes.split_off(processes.len().min(1));
            print(format_args!("{name}\t{} MiB", mebibytes(processes.first().map_or(0, |main| main.bytes))))?;
            for child in children {
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
