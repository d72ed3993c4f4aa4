//! Samples for the tests of this room.

use crate::analysis::{Summary, SummaryBuilder};
use crate::model::{Memory, Name, Row, Sample};
use std::time::Duration;

pub(super) const MIB: u64 = 1 << 20;

/// A row of process `number`, named `pN`, with so many MiB.
pub(super) fn row(number: u32, mib: u64) -> Row {
    let memory = Memory { rss: Some(mib * MIB), ..Memory::default() };
    Row { process: number, pid: 4710 + number, ppid: 1, name: Name::from_written(&format!("p{number}")), memory }
}

/// A tick at that second.
pub(super) fn tick(second: f64, rows: Vec<Row>) -> Sample {
    Sample { elapsed: Duration::from_secs_f64(second), rows, ..Sample::default() }
}

/// So many ticks, one a second, of processes that stay at so many MiB.
pub(super) fn constant(mib: &[u64], ticks: u64) -> Vec<Sample> {
    let rows = || mib.iter().zip(1..).map(|(mib, number)| row(number, *mib)).collect();
    (0..ticks).map(|second| tick(second as f64, rows())).collect()
}

pub(super) fn summary_of(ticks: &[Sample]) -> Summary {
    let mut builder = SummaryBuilder::new();
    ticks.iter().for_each(|tick| builder.add(tick));
    builder.finish()
}
