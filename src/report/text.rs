//! For people: one thing a line, numbers under one another.

use super::counts::in_words;
use super::{Report, Told};
use crate::analysis::Verdict;
use crate::analysis::trend::per_time;
use crate::model::{Bytes, ExitStatus, clock_span, printable, short_span};
use std::fmt::Write;
use std::time::Duration;

/// Processes that are listed, the largest; the others are counted.
const LISTED: usize = 20;

/// Phases that are told.
const PHASES: usize = 40;

/// Roles that are told.
const ROLES: usize = 5;

/// Notes that are told.
const NOTES: usize = 8;

/// The report in words and columns; `coloured` for a terminal.
pub fn text(report: &Report, coloured: bool) -> String {
    let mut text = format!("{}\n", printable(&report.recording));
    let mut line = |name: &str, words: &str| {
        // Writing into memory does not fail.
        let _ = writeln!(text, "  {name:9} {words}");
    };
    if let Some(command) = &report.command {
        line("command", &command.to_string());
    }
    line("recorded", &recorded(report));
    line("peak", &peak(report));
    line("trend", &trend(&report.trend, coloured));
    if let Some(words) = limit(report) {
        line("limit", &words);
    }
    for phase in report.phases.iter().take(PHASES) {
        let (from, to) = (moment(phase.from_s), moment(phase.to_s));
        let highest = phase
            .peak
            .rss_bytes
            .map_or_else(|| "nothing measured".to_owned(), |bytes| format!("peak {}", Bytes(bytes)));
        let counts = match phase.counts.is_empty() {
            true => String::new(),
            false => format!("; {}", in_words(&phase.counts)),
        };
        let (label, trend) = (printable(&phase.label), trend(&phase.trend, coloured));
        line("phase", &format!("{label} ({from} to {to}): {highest}; {trend}{counts}"));
    }
    if report.phases.len() > PHASES {
        line("phase", &format!("and {} more; all of them with --format json", report.phases.len() - PHASES));
    }
    for role in report.roles.iter().take(ROLES) {
        let (name, count) = (printable(role.name.as_str()), role.processes.len());
        line(
            "role",
            &format!("{name} ({count} processes that replaced one another): {}", trend(&role.trend, coloured)),
        );
    }
    if report.roles.len() > ROLES {
        line("role", &format!("and {} more; all of them with --format json", report.roles.len() - ROLES));
    }
    for count in &report.counts {
        line("count", &format!("{} ({} of them): {}", printable(&count.name), count.number, count.reason));
    }
    for note in report.coverage.iter().take(NOTES) {
        line("note", &printable(note));
    }
    if report.coverage.len() > NOTES {
        line("note", &format!("and {} more in its events", report.coverage.len() - NOTES));
    }
    table(report, coloured, &mut text);
    text
}

fn recorded(report: &Report) -> String {
    let mut words: Vec<String> = report.started.iter().cloned().collect();
    words.push(short_span(span(report.duration_s)));
    let missed = if report.ticks_missed > 0 { format!(" ({} missed)", report.ticks_missed) } else { String::new() };
    let every = report.interval_s.map_or_else(String::new, |interval| format!(" every {}", short_span(span(interval))));
    words.push(format!("{} ticks{every}{missed}", report.ticks));
    words.extend(report.exit.map(|exit| match exit {
        ExitStatus::Code(code) => format!("ended with code {code}"),
        ExitStatus::Signal(signal) => format!("ended by signal {signal}"),
    }));
    words.join(", ")
}

fn peak(report: &Report) -> String {
    let peak = &report.peak;
    let (Some(bytes), Some(at)) = (peak.rss_bytes, peak.at_s) else {
        let mark = peak.at_least_bytes.map(|bytes| format!("; a process reached {}", Bytes(bytes)));
        return format!("nothing measured{}", mark.unwrap_or_default());
    };
    let unseen = peak.at_least_bytes.filter(|mark| crate::analysis::is_unseen_spike(*mark, bytes));
    let unseen = unseen.map(|mark| format!("; a process reached {} between ticks", Bytes(mark)));
    format!("{} at {}{}", Bytes(bytes), moment(at), unseen.unwrap_or_default())
}

/// `512 MiB (the peak is 35 % of it): would be reached at 2:05:10, 1:02 h after the end`.
pub(super) fn limit(report: &Report) -> Option<String> {
    let limit = report.limit_bytes?;
    let share =
        report.peak.rss_bytes.map(|peak| format!(" (the peak is {:.0} % of it)", peak as f64 / limit as f64 * 100.0));
    let Told(trend) = &report.trend;
    let reached = trend.limit_at.map(|at| match at.saturating_sub(trend.to) {
        left if left.is_zero() => ": reached".to_owned(),
        left => format!(": would be reached at {}, {} after the end", clock_span(at), short_span(left)),
    });
    Some(format!("{}{}{}", Bytes(limit), share.unwrap_or_default(), reached.unwrap_or_default()))
}

/// `level: grew 5.70 MiB in the first 1:10 min, level since (-1.20 KiB/h to +3.40 KiB/h)`. The words of what grows, falls or lies
/// somewhere between two bounds have the rate in them.
fn trend(told: &Told, coloured: bool) -> String {
    let Told(trend) = told;
    let verdict = verdict(trend.verdict, coloured);
    let untold = match trend.verdict {
        Verdict::Level => true,
        Verdict::Unclear => !trend.reason.contains("somewhere between"),
        Verdict::Growing | Verdict::Falling => false,
    };
    let bounds =
        trend.rate.filter(|_| untold).map(|rate| format!(" ({} to {})", per_time(rate.low), per_time(rate.high)));
    format!("{verdict}: {}{}", trend.reason, bounds.unwrap_or_default())
}

fn verdict(verdict: Verdict, coloured: bool) -> String {
    let colour = match verdict {
        Verdict::Growing => "31",
        Verdict::Level => "32",
        Verdict::Falling => "36",
        Verdict::Unclear => "33",
    };
    if coloured { format!("\x1b[{colour}m{verdict}\x1b[0m") } else { verdict.to_string() }
}

fn table(report: &Report, coloured: bool, text: &mut String) {
    let mut largest: Vec<_> = report.processes.iter().collect();
    largest.sort_by_key(|process| std::cmp::Reverse(process.peak_rss_bytes));
    let size = |bytes: Option<u64>| bytes.map_or_else(|| "-".to_owned(), |bytes| Bytes(bytes).to_string());
    let mut rows = vec![["process", "pid", "name", "from", "to", "peak", "last", "trend"].map(str::to_owned)];
    rows.extend(largest.iter().take(LISTED).map(|process| {
        let Told(trend) = &process.trend;
        let rate = trend.rate.map(|rate| format!(" {}", per_time(rate.bytes_per_s)));
        [
            process.process.to_string(),
            process.pid.to_string(),
            printable(process.name.as_str()),
            moment(process.first_s),
            moment(process.last_s),
            size(process.peak_rss_bytes),
            size(process.last_rss_bytes),
            format!("{}{}", trend.verdict, rate.unwrap_or_default()),
        ]
    }));
    let widths: [usize; 8] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    text.push('\n');
    for (place, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| match column {
            2 | 7 => format!("{cell:width$}"),
            _ => format!("{cell:>width$}"),
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        let line = line.trim_end();
        let _ = match coloured && place == 0 {
            true => writeln!(text, "  \x1b[1m{line}\x1b[0m"),
            false => writeln!(text, "  {line}"),
        };
    }
    if largest.len() > LISTED {
        let _ = writeln!(text, "  and {} more; all of them with --format json or csv", largest.len() - LISTED);
    }
}

fn span(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

pub(super) fn moment(seconds: f64) -> String {
    clock_span(span(seconds))
}
