//! `check`.

use super::Misuse;
use crate::model::{Bytes, parse_span};
use crate::report::check::{Budgets, CheckFormat};
use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::time::Duration;

/// `check`.
#[derive(Debug)]
pub struct Check {
    /// What is allowed.
    pub budgets: Budgets,
    /// A recording that it is held against.
    pub baseline: Option<OsString>,
    /// How to write what was found.
    pub format: CheckFormat,
    /// A path or an index.
    pub recording: OsString,
}

#[derive(Debug, Args)]
pub(super) struct CheckLine {
    /// The highest total
    #[arg(long, value_name = "SIZE")]
    max_peak: Option<Bytes>,
    /// How fast the total may grow, as in 1MiB/h; fails only where that is sure
    #[arg(long, value_name = "SIZE/DURATION", value_parser = growth)]
    max_growth: Option<f64>,
    /// How many processes there may be at a time
    #[arg(long, value_name = "N")]
    max_processes: Option<u64>,
    /// A recording whose peak counts
    #[arg(long, value_name = "RECORDING", allow_negative_numbers = true)]
    baseline: Option<OsString>,
    /// By how many percent it may be exceeded
    #[arg(long, value_name = "PCT", default_value = "10", value_parser = percent)]
    tolerance: f64,
    /// So much of the beginning does not count
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = warmup)]
    warmup: Duration,
    /// Only phases of this label count
    #[arg(long, value_name = "LABEL")]
    phase: Option<String>,
    /// How to write what was found
    #[arg(long, value_name = "text|json|markdown|junit", value_enum, default_value_t, hide_possible_values = true)]
    format: FormatWord,
    /// A path, or a number of 'memrec list': 0 the oldest, -1 the newest
    #[arg(value_name = "RECORDING", allow_negative_numbers = true)]
    recording: OsString,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum FormatWord {
    #[default]
    Text,
    Json,
    Markdown,
    Junit,
}

impl CheckLine {
    pub(super) fn into_check(self) -> Result<Check, Misuse> {
        let format = match self.format {
            FormatWord::Text => CheckFormat::Text,
            FormatWord::Json => CheckFormat::Json,
            FormatWord::Markdown => CheckFormat::Markdown,
            FormatWord::Junit => CheckFormat::Junit,
        };
        let budgets = Budgets {
            max_peak: self.max_peak.map(|size| size.0),
            max_growth: self.max_growth,
            max_processes: self.max_processes,
            tolerance: self.tolerance,
            phase: self.phase,
            warmup: self.warmup,
        };
        let none = budgets.max_peak.is_none() && budgets.max_growth.is_none() && budgets.max_processes.is_none();
        if none && self.baseline.is_none() {
            let message =
                "check: nothing to hold it against; give --max-peak, --max-growth, --max-processes or --baseline"
                    .to_owned();
            return Err(Misuse::Wrong { message, recording: false });
        }
        Ok(Check { budgets, baseline: self.baseline, format, recording: self.recording })
    }
}

/// `1MiB/h`, `500KiB/10min`: bytes per second.
fn growth(text: &str) -> Result<f64, String> {
    let Some((size, time)) = text.split_once('/') else {
        return Err("it needs a time, as in 1MiB/h".to_owned());
    };
    let size: Bytes = size.parse().map_err(|error| format!("{error}"))?;
    let time = time.trim();
    if time.is_empty() {
        return Err("it needs a time, as in 1MiB/h".to_owned());
    }
    let time =
        if time.starts_with(|c: char| c.is_ascii_digit() || c == '.') { time.to_owned() } else { format!("1{time}") };
    let span = parse_span(&time).map_err(|error| error.to_string())?;
    if span.is_zero() {
        return Err("the time must be longer than nothing".to_owned());
    }
    Ok(size.0 as f64 / span.as_secs_f64())
}

fn percent(text: &str) -> Result<f64, &'static str> {
    let percent = text.trim_end_matches('%').trim().parse::<f64>().ok();
    percent.filter(|percent| percent.is_finite() && *percent >= 0.0).ok_or("give a number of percent, as in 10")
}

fn warmup(text: &str) -> Result<Duration, String> {
    parse_span(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_a_size_in_a_time() {
        assert_eq!(growth("1MiB/h"), Ok(1_048_576.0 / 3600.0));
        assert_eq!(growth("600KiB/10min"), Ok(1024.0));
        for wrong in ["1MiB", "1MiB/", "1MiB/0s", "x/h", "1MiB/parsec", ""] {
            assert!(growth(wrong).is_err(), "{wrong}");
        }
    }
}
