//! For spreadsheets: a row for the total, for each phase, for each kind that was counted and for each process.

use super::{Report, Told};

/// The columns.
const HEADER: &str = "recording,scope,label,process,pid,from_s,to_s,peak_rss_bytes,last_rss_bytes,verdict,bytes_per_s,low,high,\
                      number,bytes_per_1000,low_per_1000,high_per_1000\n";

/// The reports' rows, under one header.
pub fn sheet(reports: &[Report]) -> String {
    let mut lines = HEADER.to_owned();
    for report in reports {
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        let mut row =
            |scope: &str, label: &str, who: [String; 2], span: [f64; 2], sizes: [Option<u64>; 2], told: &Told| {
                let rate = told.0.rate;
                let [low, high] = [rate.map(|rate| rate.low), rate.map(|rate| rate.high)].map(decimal);
                let [process, pid] = who;
                let cells = [
                    cell(&report.recording),
                    scope.to_owned(),
                    cell(label),
                    process,
                    pid,
                    span[0].to_string(),
                    span[1].to_string(),
                    number(sizes[0]),
                    number(sizes[1]),
                    told.0.verdict.to_string(),
                    decimal(rate.map(|rate| rate.bytes_per_s)),
                    low,
                    high,
                ];
                lines.push_str(&cells.join(","));
                lines.push_str(",,,,\n");
            };
        let nobody = || [String::new(), String::new()];
        let whole = [0.0, report.duration_s];
        row("total", "", nobody(), whole, [report.peak.rss_bytes, None], &report.trend);
        for phase in &report.phases {
            row(
                "phase",
                &phase.label,
                nobody(),
                [phase.from_s, phase.to_s],
                [phase.peak.rss_bytes, None],
                &phase.trend,
            );
        }
        for process in &report.processes {
            let who = [process.process.to_string(), process.pid.to_string()];
            let sizes = [process.peak_rss_bytes, process.last_rss_bytes];
            row("process", process.name.as_str(), who, [process.first_s, process.last_s], sizes, &process.trend);
        }
        for count in &report.counts {
            let [kept, low, high] = [count.bytes_per_1000, count.low, count.high].map(decimal);
            let (recording, name, number, verdict) =
                (cell(&report.recording), cell(&count.name), count.number, count.verdict);
            let to = report.duration_s;
            lines.push_str(&format!("{recording},count,{name},,,0,{to},,,{verdict},,,,{number},{kept},{low},{high}\n"));
        }
    }
    lines
}

fn decimal(value: Option<f64>) -> String {
    value.map(|value| format!("{value:.3}")).unwrap_or_default()
}

/// Quoted where it must be, on one line, and no formula.
pub(super) fn cell(text: &str) -> String {
    let text = crate::model::printable(text);
    let guarded = if text.starts_with(['=', '+', '-', '@', '\'']) { format!("'{text}") } else { text };
    if guarded.contains([',', '"']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}
