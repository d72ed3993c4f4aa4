//! For pages that are written in markdown.

use super::text::moment;
use super::{Report, Told};
use crate::analysis::trend::per_time;
use crate::model::{Bytes, printable};
use std::fmt::Write;

/// A name or label that is no markup.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in printable(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '&' | '~' | '!') {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

/// The report as a heading, a few lines and tables.
pub fn markdown(report: &Report) -> String {
    let size = |bytes: Option<u64>| bytes.map_or_else(|| "–".to_owned(), |bytes| Bytes(bytes).to_string());
    let mut page = format!("## {}\n\n", plain(&report.recording));
    let command = report.command.as_ref().map(|command| format!("{}\n\n", plain(&command.to_string())));
    page.push_str(&command.unwrap_or_default());
    let Told(trend) = &report.trend;
    let at = report.peak.at_s.map_or_else(|| "–".to_owned(), moment);
    // Writing into memory does not fail.
    let _ = writeln!(
        page,
        "Peak **{}** at {at}; **{}**: {}.\n",
        size(report.peak.rss_bytes),
        trend.verdict,
        plain(&trend.reason)
    );
    if !report.phases.is_empty() {
        page.push_str("| phase | from | to | peak | trend |\n|---|---:|---:|---:|---|\n");
        for phase in &report.phases {
            let (from, to) = (moment(phase.from_s), moment(phase.to_s));
            let (label, highest) = (plain(&phase.label), size(phase.peak.rss_bytes));
            let _ = writeln!(page, "| {label} | {from} | {to} | {highest} | {} |", cell(&phase.trend));
        }
        page.push('\n');
    }
    page.push_str(
        "| process | pid | name | from | to | peak | last | trend |\n|---:|---:|---|---:|---:|---:|---:|---|\n",
    );
    for process in &report.processes {
        let (from, to) = (moment(process.first_s), moment(process.last_s));
        let (peak, last) = (size(process.peak_rss_bytes), size(process.last_rss_bytes));
        let name = plain(process.name.as_str());
        let (number, pid) = (process.process, process.pid);
        let _ = writeln!(
            page,
            "| {number} | {pid} | {name} | {from} | {to} | {peak} | {last} | {} |",
            cell(&process.trend)
        );
    }
    page
}

fn cell(told: &Told) -> String {
    let rate = told.0.rate.map(|rate| format!(" {}", per_time(rate.bytes_per_s)));
    format!("{}{}", told.0.verdict, rate.unwrap_or_default())
}
