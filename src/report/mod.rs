//! The numbers of a recording, for people and for programs: what it reached, who had it, how it went, and whether it grows.
//!
//! A [`Report`] is a value, gathered from ticks that stream by twice; [`text`], [`json`], [`markdown`] and [`sheet`] are ways of writing it. This room knows neither
//! files nor the command line.

pub mod check;
mod counts;
pub mod diff;
mod gather;
mod markdown;
mod sheet;
#[cfg(test)]
mod tests;
mod text;

pub use counts::{Count, PhaseCount};
pub use gather::{Input, Stream, program_of};
pub use markdown::markdown;
pub use sheet::sheet;
pub use text::text;

use crate::analysis::trend::Trend;
use crate::model::{CommandLine, ExitStatus, Name, Pid, ProcessNumber};
use serde::{Serialize, Serializer};
use std::time::Duration;

/// How to write a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For pages that are written with it, such as a pull request's.
    Markdown,
    /// For spreadsheets.
    Csv,
}

/// A recording in numbers. The derived form is its JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What it is called.
    pub recording: String,
    /// What was recorded, secrets masked, where that is known.
    pub command: Option<CommandLine>,
    /// The wall clock at its beginning, UTC.
    pub started: Option<String>,
    /// How long it is.
    pub duration_s: f64,
    /// Time between ticks.
    pub interval_s: Option<f64>,
    /// Ticks that took place, those included that were left out since.
    pub ticks: u64,
    /// Ticks that did not.
    pub ticks_missed: u64,
    /// How the command ended, where that is known.
    pub exit: Option<ExitStatus>,
    /// The highest total of resident sets.
    pub peak: Peak,
    /// The size that must not be reached: the one that was asked about, or that of the control group in which it began.
    pub limit_bytes: Option<u64>,
    /// Of the total.
    pub trend: Told,
    /// All that have rows, in the order of their numbers.
    pub processes: Vec<Process>,
    /// From one mark to the next.
    pub phases: Vec<Phase>,
    /// Processes that replaced one another, each kind followed as one.
    pub roles: Vec<Role>,
    /// What was counted in logs, with the memory that is kept for each kind.
    pub counts: Vec<Count>,
    /// What the numbers do not tell.
    pub coverage: Vec<String>,
}

/// A highest total.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Peak {
    /// Bytes; none where no tick measured any.
    pub rss_bytes: Option<u64>,
    /// When.
    pub at_s: Option<f64>,
    /// The higher of that and the highest mark of a single process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least_bytes: Option<u64>,
}

/// One process.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Process {
    /// Its number in the recording.
    pub process: ProcessNumber,
    /// Its process id.
    pub pid: Pid,
    /// Its parent's, when it was first seen.
    pub ppid: Pid,
    /// The name that it had last.
    pub name: Name,
    /// Its command line, secrets masked, where that is known.
    pub command: Option<CommandLine>,
    /// The first tick that saw it.
    pub first_s: f64,
    /// The last one.
    pub last_s: f64,
    /// Its highest resident set that is known.
    pub peak_rss_bytes: Option<u64>,
    /// Its last one.
    pub last_rss_bytes: Option<u64>,
    /// Of its resident set.
    pub trend: Told,
}

/// Processes of one name and one parent, of which some came when others had gone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Role {
    /// Their name.
    pub name: Name,
    /// Their parent's process id.
    pub ppid: Pid,
    /// Their numbers in the recording.
    pub processes: Vec<ProcessNumber>,
    /// Of the sum of their resident sets.
    pub trend: Told,
}

/// The time from one mark to the next.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Phase {
    /// The mark's.
    pub label: String,
    /// Where it begins.
    pub from_s: f64,
    /// And ends.
    pub to_s: f64,
    /// The highest total in it.
    pub peak: Peak,
    /// Of the total.
    pub trend: Told,
    /// How many of each kind were counted in it.
    pub counts: Vec<PhaseCount>,
}

/// A trend, as it is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Told(pub Trend);

impl Serialize for Told {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            verdict: &'static str,
            bytes_per_s: Option<f64>,
            low: Option<f64>,
            high: Option<f64>,
            from_s: f64,
            to_s: f64,
            reason: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            enough_s: Option<f64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            limit_at_s: Option<f64>,
        }
        let Self(trend) = self;
        let rate = trend.rate;
        let written = Written {
            verdict: trend.verdict.as_str(),
            bytes_per_s: rate.map(|rate| rate.bytes_per_s),
            low: rate.map(|rate| rate.low),
            high: rate.map(|rate| rate.high),
            from_s: seconds(trend.from),
            to_s: seconds(trend.to),
            reason: &trend.reason,
            enough_s: trend.enough.map(seconds),
            limit_at_s: trend.limit_at.map(seconds),
        };
        written.serialize(to)
    }
}

/// The reports as JSON: one object, or an array of them where there are several.
pub fn json(reports: &[Report]) -> String {
    let written = match reports {
        [report] => serde_json::to_string_pretty(report),
        reports => serde_json::to_string_pretty(reports),
    };
    // Plain words and numbers into memory: there is nothing that could fail.
    let mut json = written.unwrap_or_default();
    json.push('\n');
    json
}

/// With the six decimals of a recording.
fn seconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e6).round() / 1e6
}
