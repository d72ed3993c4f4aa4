//! `memrec peak`.

use super::plot::{open, tell_skipped};
use super::{Failure, talk::print};
use crate::analysis::{Summary, SummaryBuilder};
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
    let highest = |process: &crate::analysis::ProcessSummary| {
        let sampled = process.reading(Metric::Rss).map(|reading| reading.peak.value);
        sampled.max(process.kernel_peak())
    };
    match recording.kind() {
        // MEM is process 1, and mprof's own peak is its highest.
        Kind::Mprof => {
            let (main, children) =
                summary.processes.split_first().map_or((None, &[][..]), |(main, rest)| (Some(main), rest));
            print(format_args!("{name}\t{} MiB", mebibytes(main.and_then(highest).unwrap_or(0))))?;
            for child in children {
                print(format_args!("  Child {}\t\t\t{} MiB", child.pid, mebibytes(highest(child).unwrap_or(0))))?;
            }
        }
        Kind::Memrec => {
            let total = summary.total(Metric::Rss).map(|total| total.peak.value);
            // A command that was gone before its first reading has a mark of the kernel's at most.
            let total = total.or_else(|| summary.processes.iter().filter_map(highest).max());
            print(format_args!("{name}\t{} MiB", mebibytes(total.unwrap_or(0))))?;
            for process in &summary.processes {
                let Some(bytes) = highest(process) else { continue };
                print(format_args!(
                    "  {} ({})\t{} MiB",
                    printable(process.name.as_str()),
                    process.pid,
                    mebibytes(bytes)
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
