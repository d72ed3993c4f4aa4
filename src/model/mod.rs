//! The words that every room speaks: plain values, no files, no system calls, no formats of their own beyond how a
//! quantity is spelled. This room depends on none of the others.

mod bytes;
mod command_line;
mod event;
mod extras;
mod label;
mod memory;
mod name;
mod sample;
mod secrets;
mod span;

pub use bytes::{Bytes, ParseBytesError};
pub use command_line::CommandLine;
pub use event::{Edge, Event, Exit, ExitStatus, FORMAT, GapCause, PeakOrigin, Start, What};
pub use extras::{Extras, ParseExtrasError};
pub use label::{LONGEST_LABEL, WrongLabel, check_label};
pub use memory::{METRICS, Memory, Metric, MetricInfo, Unit, Written};
pub use name::{Name, printable, reason, shown, steers};
pub use sample::{Pid, ProcessNumber, Row, Sample};
pub use span::{ParseSpanError, clock_span, parse_seconds, parse_span, short_span};

/// Whether the time between two neighbouring ticks is a hole in the recording rather than a tick that came late.
///
/// Three intervals and at least a quarter of a second: with `-i 1ms` a busy machine loses some ticks all the time, which is counted,
/// while a hole is something that a reader of the figure has to see.
pub fn is_gap(between: std::time::Duration, interval: std::time::Duration) -> bool {
    const LEAST: std::time::Duration = std::time::Duration::from_millis(250);
    between >= interval.saturating_mul(3).max(LEAST)
}
